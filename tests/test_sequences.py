"""Sequences against torch's own padding, and against the list of its sequences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from elman.errors import LengthsError
from elman.sequences import Sequences

BATCHES = [[], [0], [0, 0], [1], [3, 0, 63, 2, 1], [0, 5, 0], [7, 7]]


def drawn(lengths: list[int]) -> tuple[list[np.ndarray], Sequences]:
    generator = np.random.default_rng(len(lengths))
    rows = [generator.normal(size=(length, 3)) for length in lengths]
    return rows, Sequences.of(rows, np.zeros((0, 3)))


@pytest.mark.parametrize("lengths", BATCHES)
def test_sequences_are_what_they_were_made_of(lengths):
    rows, batch = drawn(lengths)
    assert len(batch) == len(lengths)
    assert batch.lengths.dtype == np.int64 and batch.lengths.tolist() == lengths
    for one, row in zip(batch, rows, strict=True):
        np.testing.assert_array_equal(one, row)
    places = [(b, t) for b, length in enumerate(lengths) for t in range(length)]
    assert list(zip(batch.sequence_ids.tolist(), batch.positions.tolist(), strict=True)) == places
    assert batch.offsets.tolist() == [sum(lengths[:b]) for b in range(len(lengths))]


@pytest.mark.parametrize("lengths", BATCHES)
@pytest.mark.parametrize("value", [0.0, -1.5])
def test_padding_is_as_torch_pads(lengths, value):
    rows, batch = drawn(lengths)
    padded, mask = batch.padded(value), batch.mask()
    if rows:
        expected = pad_sequence([torch.from_numpy(row) for row in rows], batch_first=True, padding_value=value)
        np.testing.assert_array_equal(padded, expected.numpy())
    assert padded.shape == (len(lengths), max(lengths, default=0), 3) and mask.shape == padded.shape[:2]
    assert mask.sum(1).tolist() == lengths
    np.testing.assert_array_equal(padded[mask], batch.values)


def test_padding_keeps_the_type():
    ids = Sequences.of([np.array([4, 5]), np.array([6])], np.zeros(0, np.int64))
    assert ids.padded(-1).dtype == np.int64 and ids.padded(-1).tolist() == [[4, 5], [6, -1]]


@pytest.mark.parametrize("rows", [[], [0], [2, 2, 0], [4, 1, 3], [1, 1]])
def test_sequences_are_selected_in_any_order_and_again(rows):
    all_rows, batch = drawn([3, 0, 63, 2, 1])
    chosen = batch.select(np.array(rows, np.int64))
    assert len(chosen) == len(rows)
    for one, row in zip(chosen, rows, strict=True):
        np.testing.assert_array_equal(one, all_rows[row])


def test_other_values_have_as_many_steps():
    _, batch = drawn([3, 0, 2])
    other = batch.with_values(np.arange(5))
    assert [one.tolist() for one in other] == [[0, 1, 2], [], [3, 4]]
    with pytest.raises(LengthsError, match=r"5 steps can't get values of shape \[4\]"):
        batch.with_values(np.arange(4))
