"""Number, numbers and row: numbers are standardised by the training part."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from elman import kinds
from elman.errors import TaskError
from elman.kinds import NumberKind, NumbersKind, RowKind


def test_numbers_are_standardised_by_the_training_part():
    kind = NumberKind()
    kind.fit([1.0, "3", 5, None])
    encoded = np.stack(kind.encode([1, 3, 5]))
    assert encoded.tolist() == pytest.approx([-1.0, 0.0, 1.0])
    assert kind.state() == {"mean": 3.0, "scale": 2.0}
    for bad, message in (("x", "not a number"), (None, "missing"), (math.inf, "not finite")):
        with pytest.raises(TaskError, match=message):
            kind.encode([bad])
    with pytest.raises(TaskError, match="constant"):
        NumberKind().fit([2.0, 2.0])


def test_numbers_per_step_are_standardised_together():
    kind = NumbersKind()
    kind.fit([[1.0, None], [], ["3", 5]])
    assert kind.state() == {"mean": 3.0, "scale": 2.0} and not kind.is_value and not kind.in_rows
    encoded = kind.encode([[1, None, 5], []])
    assert encoded[0].tolist() == pytest.approx([-1.0, math.nan, 1.0], nan_ok=True) and len(encoded[1]) == 0
    assert kind.names(encoded[0][[0, 2]]) == ["1", "5"] and kind.wrong_cell([1.0, 2.0]) == [3.0, 4.0]
    with pytest.raises(TaskError, match="no list of numbers"):
        kind.encode([3])


def test_rows_mix_numbers_and_categories():
    kind = RowKind()
    kind.fit([(1.0, "red"), (3.0, "blue"), (None, "red")])
    numbers, categories = kind.collate(kind.encode([(None, "red"), (3.0, "green")]))
    assert numbers.tolist() == [[0.0, 1.0], [pytest.approx(1 / math.sqrt(2)), 0.0]]  # and whether it is missing
    assert categories.flatten().tolist() == [2, 0]
    assert kinds.to_json(kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))) == kinds.to_json(kind)
