"""Saved and restored, every baseline answers as before."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from elman.errors import BundleError
from elman.kinds.ngrams import NgramFeatures
from elman.kinds.statistics import ColumnStatistics, VectorFeatures
from elman.scoring import forecasting
from elman.scoring.baselines import (
    CommonOrCopy,
    FirstSentence,
    FrequentTag,
    Majority,
    MajorityTag,
    Marginals,
    Mean,
    Nearest,
    Unigram,
)
from elman.scoring.each_step import AfterSame, EachStep, SameAgain, Step
from elman.scoring.order_free import (
    OrderFreeLabel,
    OrderFreeLabels,
    OrderFreeNumber,
    OrderFreeTags,
)
from elman.scoring.saved import HOMES, from_json, to_json

TEXTS = ["good film", "bad film", "good good", "bad bad", "a film", "ümlaut ümlaut"]
SENTENCES = [text.split() for text in TEXTS]
VECTORS = [[[0.5 * n, 1.0], [n % 2, None]] for n in range(6)]
STEPS = [[Step("B", [1.0]), Step("", [float(n)])] for n in range(6)]
CHORDS = [np.eye(3, dtype=bool), np.ones((1, 3), dtype=bool)]
CASES = [
    (Majority(), TEXTS, list("ababaa")),
    (Majority(), TEXTS, [["a", "b"], []] * 3),
    (Mean(), TEXTS, [1.0, 2, 3, 4, 5, 6]),
    (FrequentTag(), SENTENCES, [["A", "B"]] * 6),
    (CommonOrCopy(), TEXTS, [[text] for text in TEXTS]),
    (OrderFreeLabel(NgramFeatures()), TEXTS, list("ababaa")),
    (OrderFreeLabels(NgramFeatures()), TEXTS, [["a", "b"], []] * 3),
    (OrderFreeNumber(NgramFeatures()), TEXTS, [1.0, 2, 3, 4, 5, 6]),
    (OrderFreeTags(), SENTENCES, [["A", "B"]] * 6),
    (Nearest("picture"), list(np.arange(12.0).reshape(6, 2)), SENTENCES),
    (OrderFreeLabel(VectorFeatures("linear", "a linear model")), list(np.arange(12.0).reshape(6, 2)), list("ababaa")),
    (FirstSentence(), SENTENCES, [[text] for text in TEXTS]),
    (MajorityTag(), SENTENCES, [["A", "B"]] * 6),
    (EachStep(OrderFreeLabel(VectorFeatures("order_free", "alone"))), VECTORS, [["A", "B"]] * 6),
    (OrderFreeLabel(ColumnStatistics()), VECTORS, list("ababaa")),
    (EachStep(Mean()), VECTORS, [[1.0, 2.0]] * 6),
    (EachStep(OrderFreeNumber(VectorFeatures("order_free", "alone"))), VECTORS, [[1.0, 2.0]] * 6),
    (SameAgain(), STEPS, [["A", "B"]] * 6),
    (SameAgain(), [[Step(1.5, [1.5]), Step(math.nan, [0.0])]] * 6, [[1.0, 2.0]] * 6),
    (AfterSame(), STEPS, [["A", "B"]] * 6),
    (EachStep(OrderFreeLabel(VectorFeatures("order_free", "alone"))), STEPS, [["A", "B"]] * 6),
    (Unigram(4), [[0, 1], [2]], [[0, 1], [2]]),
    (Unigram(4, turns=2), [[0, 1], [2]], [[0, 1], [2]]),
    (Marginals(), CHORDS, CHORDS),
    (Marginals(after_itself=True), CHORDS, CHORDS),
]


def test_all_kinds_are_tried():
    elsewhere = {"MovingZScore", "SeasonalError"}  # which read stretches of steps: test_watching_baselines.py
    elsewhere |= {name for name, home in HOMES.items() if home == forecasting.__name__}  # test_forecasting_baselines.py
    assert {type(baseline).__name__ for baseline, _, _ in CASES} == set(HOMES) - elsewhere


def through_json(baselines):
    records, arrays = to_json(baselines)
    return json.loads(json.dumps(records)), {name: array.copy() for name, array in arrays.items()}


def test_state_goes_round():
    fitted = [b.fit((x, y if not isinstance(b, CommonOrCopy) else x), (x, y)) for b, x, y in CASES]
    restored = from_json(*through_json(fitted))
    for (_, inputs, _), before, after in zip(CASES, fitted, restored, strict=True):
        assert type(after) is type(before) and after.description == before.description
        for was, is_now in zip(before.predict(inputs), after.predict(inputs), strict=True):
            np.testing.assert_array_equal(is_now, was)


def test_damage_and_unknown_kinds_are_refused():
    records, arrays = through_json(
        [OrderFreeLabel(NgramFeatures()).fit((TEXTS, list("ababaa")), (TEXTS, list("ababaa")))]
    )
    with pytest.raises(BundleError, match="damaged"):
        from_json(records, arrays | {"0.weight": arrays["0.weight"][1:]})
    with pytest.raises(BundleError, match="'Oracle', which this version doesn't have"):
        from_json([{"kind": "Oracle"}], {})
