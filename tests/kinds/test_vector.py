"""Sequences of vectors as a kind of column, and as figures without order."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

from elman import kinds
from elman.errors import BundleError, TaskError
from elman.kinds import VectorKind
from elman.kinds.statistics import ColumnStatistics

RNG = np.random.default_rng(0)
CELLS = [RNG.normal(3, 2, (steps, 2)).tolist() for steps in (1, 2, 63, 7)]


def fitted(cells, **options):
    kind = VectorKind(**options)
    kind.fit(cells)
    return kind


def test_columns_are_standardised_on_all_steps_of_the_training_part():
    kind = fitted([*CELLS, []])
    batch = kind.collate(kind.encode([*CELLS, [], None]))
    assert batch.lengths.tolist() == [1, 2, 63, 7, 0, 0]
    assert batch.values.dtype == np.float32 and batch.values.shape == (73, 2)
    np.testing.assert_allclose(batch.values.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(batch.values.std(0), 1, atol=1e-5)
    again = kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))
    assert np.array_equal(again.encode(CELLS)[2], kind.encode(CELLS)[2])


def test_missing_numbers_are_the_mean_with_a_mask():
    kind = fitted([[[1.0, None], [3.0, 4.0]], [[None, 8.0]]])
    assert kind.size == 4
    (encoded,) = kind.encode([[[None, None], [2.0, 6.0]]])
    assert encoded.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0]]
    whole = fitted([[[1.0, 2.0], [3.0, 5.0]]])
    assert whole.size == 2 and whole.encode([[[math.nan, 2.0]]])[0].tolist() == [[0.0, -1.0]]


def test_a_constant_column_stays_at_zero_whatever_comes():
    kind = fitted([[[0.1, i * 1.0] for i in range(63)]])
    assert kind.encode([[[5000.0, 31.0]]])[0].tolist() == [[0.0, 0.0]]


def test_centred_sequences_say_nothing_about_where_they_lie():
    kind = fitted(CELLS, centred=True)
    near, far = kind.encode([CELLS[2], (np.array(CELLS[2]) + 100).tolist()])
    np.testing.assert_allclose(near, far, atol=1e-4)


def test_sequences_over_their_own_scale_keep_it_beside_them():
    cells = [*CELLS, [], [[7.0, 1.0], [7.0, None], [7.0, 4.0]]]
    kind, plain = fitted(cells, scaled=True), fitted(cells)
    assert kind.size == 7 and kind.source_columns() == [0, 1, 0, 1, 0, 1, 1]
    for own, given in zip(kind.encode(cells), plain.encode(cells), strict=True):
        steps = given[:, :2].astype(np.float64)
        steps[given[:, 2] > 0, 1] = np.nan
        assert own.shape == (len(given), 7)
        for column in range(2 if len(steps) else 0):
            values = steps[:, column]
            mean, spread = np.nanmean(values), np.nanstd(values)
            expected = np.nan_to_num((values - mean) / (spread if spread > 1e-6 else np.inf))
            np.testing.assert_allclose(own[:, column], expected, atol=1e-4)
            np.testing.assert_allclose(own[:, 2 + column], mean, atol=1e-5)
            np.testing.assert_allclose(own[:, 4 + column], np.log(spread + 0.01), atol=1e-4)
    again = kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))
    assert again.encode(cells)[2].shape[1] == 7 and np.array_equal(again.encode(cells)[2], kind.encode(cells)[2])


def test_shifted_and_drawn_out_numbers_differ_by_their_scale_alone():
    kind = fitted(CELLS, scaled=True)
    near, far = kind.encode([CELLS[2], (np.array(CELLS[2]) * 30 + 100).tolist()])
    np.testing.assert_allclose(near[:, :2], far[:, :2], atol=1e-4)
    assert (np.abs(near[:, 2:] - far[:, 2:]) > 1).all()


def test_one_number_per_step_is_a_vector_too():
    assert fitted([[1.0, 2.0, 4.0]]).collate(fitted([[1.0, 2.0]]).encode([[1.0], []])).values.shape == (1, 1)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ([[1.0, 2.0, 3.0]], "row 2 has 3 numbers per step, expected 2"),
        ([[1.0, 2.0], [math.inf, 0.0]], "row 2 holds an infinite number .step 2, number 1"),
        ([[1.0, 2.0], [3.0]], "steps of equally many numbers"),
        ([["a", "b"]], "steps of equally many numbers"),
        ([[[1.0]]], "3 dimensions"),
    ],
)
def test_bad_sequences(cell, message):
    with pytest.raises(TaskError, match=message):
        fitted(CELLS).encode([CELLS[0], cell])
    with pytest.raises(TaskError, match="all empty"):
        fitted([[], None])


def test_statistics_know_no_order():
    features = ColumnStatistics()
    first = features.fit(CELLS)
    shuffled = features.transform([list(reversed(cell)) for cell in CELLS])
    assert first.shape == (4, 9)
    np.testing.assert_allclose(first, shuffled, rtol=1e-5)
    raw = (first * 3 * features.scale + features.mean)[2]
    column = np.array(CELLS[2])[:, 1]
    np.testing.assert_allclose(raw[4:], [column.mean(), column.std(), column.min(), column.max(), 63], rtol=1e-4)


def test_statistics_of_what_is_missing_count_as_the_mean():
    features = ColumnStatistics()
    features.fit(CELLS)
    empty, half = features.transform([[], [[None, 1.0]]])
    assert empty[:8].tolist() == [0.0] * 8 and half[:4].tolist() == [0.0] * 4
    again = ColumnStatistics.from_state(*features.state())
    assert again.transform(CELLS[:1]).tolist() == features.transform(CELLS[:1]).tolist()
    with pytest.raises(BundleError, match="damaged"):
        ColumnStatistics.from_state({}, {"mean": np.zeros(3), "scale": np.zeros(2)})


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        (["1", 2, "bad"], "'bad' at step 3"),
        ([[1, 2], [3, "x"]], "at step 2"),
        ([[1, 2], [3]], r"\[\[1, 2\], \[3\]\] \.\.\."),
    ],
)
def test_the_step_that_holds_no_numbers_is_named(cell, named):
    (fault,) = VectorKind().faults([cell]).values()
    assert re.search(named, str(fault))
