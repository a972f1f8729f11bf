"""Sequences of records: how their steps are read, and what is said of cells that can't be."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np
import pytest
import torch

from elman.errors import TaskError
from elman.kinds import RecordsKind
from elman.models.sides import encoder_of
from elman.models.tensors import tensors_of
from elman.settings import Settings

COLUMNS = {"day": "time", "product": "label", "amount": "number", "region": "label", "age": "number"}
CELLS: list[Any] = [
    (["2024-01-01", "2024-01-03", "2024-02-03"], ["tea", 7, "milk"], [1.0, None, 5.0], "north", 40),
    (["2024-01-05"], ["tea"], [3.0], "south", None),
    ([f"2024-03-{1 + i % 28:02d}" for i in range(63)], [None, *["milk"] * 62], [2.5] * 63, None, 30),
]


def fitted(columns: Any = COLUMNS, cells: Any = CELLS) -> Any:
    kind = RecordsKind(columns)
    kind.fit(cells)
    return kind


def test_what_holds_throughout_stands_at_each_step_and_times_bring_gaps():
    kind = fitted()
    assert kind.throughout == [3, 4]
    steps = kind.steps_of(CELLS[0])
    assert [step[1] for step in steps] == ["tea", "7", "milk"]  # categories, though they be numbers
    assert {step[3] for step in steps} == {"north"} and {step[4] for step in steps} == {40}
    gaps = sorted([2, 31, *[1] * 60, 27, 27])  # one of March's falls: back by 27 days, twice
    unit = gaps[len(gaps) // 2]
    assert steps[0][5] is None
    assert [step[5] for step in steps[1:]] == pytest.approx([math.log1p(2 / unit), math.log1p(31 / unit)])
    falls = kind.steps_of(CELLS[2])[28][5]
    assert falls == pytest.approx(-math.log1p(27 / unit))


def test_the_encoder_is_the_row_applied_to_each_step():
    """The oracle: torch.nn on each step alone."""
    torch.manual_seed(0)
    kind = fitted()
    encoder: Any = encoder_of(kind, Settings(embedding_size=5)).eval()
    found = encoder(tensors_of(kind.collate(kind.encode(CELLS))))
    assert found.lengths.tolist() == [3, 1, 63]
    record = encoder.record
    (row,) = record.parts.encoders
    expected = []
    for cell in CELLS:
        for figures, ids in (step[0] for step in kind.encode([cell])[0]):
            beside = [embed(torch.tensor(int(i))) for embed, i in zip(row.embeddings, ids, strict=True)]
            vector = torch.cat([torch.tensor(figures), *beside])
            first, second = record.values[0], record.values[2]
            hidden = torch.relu(vector @ first.weight.T + first.bias)
            expected.append(torch.cat([vector, torch.relu(hidden @ second.weight.T + second.bias)]))
    torch.testing.assert_close(found.values, torch.stack(expected))


def test_unseen_categories_are_like_nothing_in_particular():
    kind = fitted()
    encoder: Any = encoder_of(kind, Settings(embedding_size=5))
    (row,) = encoder.record.parts.encoders
    cell = (["2024-01-01"], ["spice"], [1.0], "west", 1)
    _, ids = kind.encode([cell])[0][0][0]
    assert ids.tolist() == [0, 0]
    assert not any(embed.weight[0].any() for embed in row.embeddings)


def test_missing_values_are_marked_and_not_guessed():
    kind = fitted()
    (full, _), (gap, _), _ = (step[0] for step in kind.encode([CELLS[0]])[0])
    flags = len(kind.record.parts[0].kind.masked)
    assert flags == 3  # amount, age, and the time since the step before, which first steps lack
    assert full[-flags:].tolist() == [0, 0, 1] and gap[-flags:].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, "is missing"),
        ("tea", "expected 5 columns of a sequence of records: day, product, amount, region, age"),
        ((["2024-01-01"], "tea", [1], "north", 4), "column 'product' holds 'tea', expected a list"),
        ((["2024-01-01"], ["tea", "milk"], [1], "north", 4), r"numbers of steps \(day 1, product 2, amount 1\)"),
        ((["2024-01-01"] * 2, ["tea"] * 2, [1] * 2, ["north", "west"], 4), "'region' changes from 'north' to 'west'"),
        ((["2024-01-01"] * 2, ["tea"] * 2, [1, "dear"], "west", 4), "step 2: column 'amount' holds 'dear'"),
        ((["2024-01-01", "soon"], ["tea"] * 2, [1, 2], "west", 4), "column 'day' holds 'soon' at step 2"),
        ((["2024-01-01"], ["tea"], [math.inf], "west", 4), "column 'amount' holds inf"),
    ],
)
def test_faults_name_column_and_step(cell, said):
    kind = fitted()
    found = kind.faults([CELLS[0], cell, CELLS[1]])
    assert list(found) == [1]
    with pytest.raises(TaskError, match=said):
        kind.encode([cell])


def test_a_value_that_holds_may_be_written_at_each_step():
    kind = fitted()
    days, products, amounts, region, age = CELLS[0]
    written = (days, products, amounts, [region] * 3, [age] * 3)
    assert not kind.faults([written])
    assert kind.steps_of(written) == kind.steps_of(CELLS[0])


def test_it_is_saved_whole():
    kind, again = fitted(), RecordsKind()
    again.load_state(json.loads(json.dumps(kind.state())))
    for one, other in zip(kind.encode(CELLS), again.encode(CELLS), strict=True):
        for ((figures, ids),), ((others, names),) in zip(one, other, strict=True):
            np.testing.assert_array_equal(figures, others)
            np.testing.assert_array_equal(ids, names)
    state = kind.state()
    with pytest.raises(ValueError, match="aren't made of their columns"):
        RecordsKind().load_state({**state, "units": {}})


def test_linear_models_see_nothing_of_the_order():
    cells = [cell[1:] for cell in CELLS]
    kind = fitted({name: role for name, role in COLUMNS.items() if name != "day"}, cells)
    backwards = tuple(values[::-1] if isinstance(values, list) else values for values in cells[0])
    whole, turned = kind.linear_inputs([cells[0], backwards])
    np.testing.assert_array_equal(whole.ids, turned.ids)
    np.testing.assert_allclose(whole.weights, turned.weights, rtol=1e-6)
    assert whole.weights[-1] == pytest.approx(math.log1p(3))


def test_dealing_out_keeps_lengths_values_and_the_order_of_times():
    kind = fitted()
    for place in range(5):
        dealt = kind.dealt_out(CELLS, place, random.Random(1))
        assert [kind.count(cell) for cell in dealt] == [3, 1, 63]
        flat = [[str(v) for c in cells for v in (c[place] if place < 3 else [c[place]])] for cells in (CELLS, dealt)]
        assert sorted(flat[0]) == sorted(flat[1])
        if place == 0:
            assert all(cell[0] == sorted(cell[0]) for cell in dealt)


def test_sequences_are_typed_as_json():
    cell = RecordsKind.typed('{"product": ["a", "b"], "region": "north"}', ["product", "region", "age"])
    assert cell == (["a", "b"], "north", None)
    with pytest.raises(TaskError, match="expected a JSON object of lists of product"):
        RecordsKind.typed("a,b", ["product"])
