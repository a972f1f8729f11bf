"""Rows drawn from many: as many as were asked for, of each label its share, the same every time."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from elman.data.drawn import drawn_rows, drawn_sequences


@pytest.mark.parametrize("most", [None, 63, 64, 1000])
def test_few_rows_are_all_taken(most):
    assert drawn_rows(["a"] * 63, most).tolist() == [*range(63)]
    assert drawn_rows([], most).tolist() == []


@pytest.mark.parametrize(("count", "most"), [(64, 63), (1009, 101), (1000, 1), (10_007, 500)])
def test_each_label_keeps_its_share(count, most):
    labels = random.Random(count).choices(["common", "rare", 3], [90, 9, 1], k=count)
    rows = drawn_rows(labels, most).tolist()
    assert len(rows) == len(set(rows)) == most and rows == sorted(rows) and rows[-1] < count
    drawn, all_of_them = Counter(labels[row] for row in rows), Counter(labels)
    for label, often in all_of_them.items():
        assert abs(drawn[label] - often * most / count) <= 1
    assert drawn_rows(list(labels), most).tolist() == rows


def test_what_comes_by_turns_is_drawn_by_chance():
    """Every tenth row would have one label alone, and stand at one place of ten."""
    rows = drawn_rows(["one"] * 10_000, 1_000).tolist()
    places = Counter(row % 10 for row in rows)
    assert len(places) == 10 and max(places.values()) < 150


def test_sequences_are_drawn_whole_up_to_so_many_steps():
    lengths = np.array(random.Random(1).choices(range(1, 20), k=500))
    rows = drawn_sequences(lengths, 700)
    assert rows.tolist() == sorted(set(rows.tolist())) and 680 < lengths[rows].sum() <= 700
    assert rows[0] < 100 and rows[-1] > 400 and drawn_sequences(lengths, 700).tolist() == rows.tolist()
    assert drawn_sequences(lengths, int(lengths.sum())).tolist() == [*range(500)]
    assert len(drawn_sequences(np.array([900, 900]), 700)) == 1
