"""Rows that are alike in several columns have one key, and no others."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from elman.data import alike as module
from elman.data.alike import alike, hashed

NUMBERS = [0, 0.0, -0.0, 1, 1.0, True, False, -1, -2, 0.5, None, 2**53, 2**53 + 1, 2**60, 2**60 + 1, -(2**62)]


def groups(keys):
    found = defaultdict(list)
    for row, key in enumerate(keys):
        found[key].append(row)
    return sorted(found.values())


@pytest.mark.parametrize("rows", [1, 2, 63, 997])
@pytest.mark.parametrize("pool", [NUMBERS[:11], NUMBERS, NUMBERS[11:], [-1, -2, 3], [0.1, 0.2], ["a", 1, None]])
def test_keys_are_equal_where_rows_are(monkeypatch, rows, pool):
    monkeypatch.setattr(module, "BLOCK", 17)
    generator = random.Random(rows)
    columns = [generator.choices(pool, k=rows) for _ in range(3)]
    assert groups(alike(columns)) == groups(list(zip(*columns, strict=True)))


def test_numbers_are_hashed_and_texts_are_not():
    assert hashed([[1, 2, None], [0.5, 1.5, 2.5]]) is not None
    assert hashed([["1", "2"], [1, 2]]) is None
    assert hashed([[(1, 2), (3, 4)], [1, 2]]) is None
    assert hashed([[float("nan"), None], [1, 2]]) is None


def test_large_and_small_numbers_in_one_column_are_told_apart(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 2)
    column = [5, 2**60, 5, 6, 2**60, 5]
    assert groups(alike([column, [1] * 6])) == [[0, 2, 5], [1, 4], [3]]
