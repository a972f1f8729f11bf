"""Batches hold every element exactly once."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch

from elman.kinds import LabelKind, Sequences, TagsKind, TextKind, VectorKind
from elman.training.batches import PieceBatches, RowBatches, StreamBatches

TEXTS = [" ".join("abcdefg"[: n % 7]) for n in range(53)]


@pytest.fixture
def rows():
    text, label = TextKind("tokens"), LabelKind()
    labels = [str(n % 3) for n in range(53)]
    text.fit(TEXTS)
    label.fit(labels)
    return RowBatches(text, label, text.encode(TEXTS), label.encode(labels), batch_tokens=20, seed=4)


def test_an_epoch_has_every_row_once_and_is_repeatable(rows):
    first = [batch.rows for batch in rows.epoch(0)]
    assert sorted(row for batch in first for row in batch) == list(range(53))
    assert first == [batch.rows for batch in rows.epoch(0)]
    assert first != [batch.rows for batch in rows.epoch(1)]
    assert [batch.rows for batch in rows.epoch(0, skip=3)] == first[3:]
    assert sorted(row for batch in rows.in_order() for row in batch.rows) == list(range(53))


def test_batches_keep_to_their_tokens_and_hold_what_they_say(rows):
    for batch in rows.epoch(2):
        assert sum(rows.sizes[row] for row in batch.rows) <= 20
        assert batch.inputs.ids.lengths.tolist() == [len(TEXTS[row].split()) for row in batch.rows]
        assert batch.targets.tolist() == [row % 3 for row in batch.rows]


def test_batches_made_ready_ahead_are_the_same_ones(rows, monkeypatch):
    at_once = [batch.inputs.ids.values.tolist() for batch in rows.epoch(2)]
    monkeypatch.setattr(TextKind, "decodes", True)
    assert [batch.inputs.ids.values.tolist() for batch in rows.epoch(2)] == at_once
    assert [batch.inputs.ids.values.tolist() for batch in rows.epoch(2, skip=3)] == at_once[3:]
    running = threading.active_count()
    left = rows.epoch(2)
    next(left)
    assert threading.active_count() == running + 1
    left.close()
    assert threading.active_count() == running


def test_mixed_batches_hold_rows_of_all_lengths(rows, monkeypatch):
    def spread() -> list[int]:
        lengths = [batch.inputs.ids.lengths.tolist() for batch in rows.epoch(0)]
        return [max(several) - min(several) for several in lengths if len(several) > 3]

    assert max(spread()) <= 2
    monkeypatch.setattr(TextKind, "mixed", True)
    assert sorted(spread())[len(spread()) // 2] >= 4
    assert sorted(row for batch in rows.epoch(0) for row in batch.rows) == list(range(53))
    assert all(sum(rows.sizes[row] for row in batch.rows) <= 20 for batch in rows.epoch(0))


def test_what_goes_wrong_ahead_is_told_where_batches_are_taken(rows, monkeypatch):
    monkeypatch.setattr(TextKind, "decodes", True)
    monkeypatch.setattr(TextKind, "collate", lambda self, encoded: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(rows.epoch(0))


def test_a_row_longer_than_a_batch_stands_alone(rows):
    rows.sizes[5] = 1000
    assert [5] in [batch.rows for batch in rows.epoch(0)]


@pytest.mark.parametrize("length, streams, bptt", [(101, 4, 7), (12, 32, 5), (2, 1, 1), (64, 3, 100)])
def test_streams_predict_every_token_once_from_the_one_before(length, streams, bptt):
    ids = np.arange(10, 10 + length)
    batches = StreamBatches(ids, streams=streams, bptt=bptt, begin=1)
    for epoch in (lambda: batches.in_order(), lambda: batches.epoch(3)):
        pieces = [[] for _ in range(batches.streams)]
        for i, batch in enumerate(epoch()):
            assert batch.continues == (i > 0)
            assert len(batch.targets) == batches.streams
            for stream, (inputs, targets) in enumerate(zip(batch.inputs.ids, batch.targets, strict=True)):
                assert len(targets) <= bptt
                assert torch.equal(inputs[1:], targets[:-1])
                pieces[stream].append(targets)
        assert np.array_equal(torch.cat([torch.cat(stream) for stream in pieces]), ids)
    first = next(iter(batches.in_order()))
    assert int(first.inputs.ids.values[0]) == 1


@pytest.mark.parametrize("piece", [1, 7, 63, 1000])
def test_long_rows_are_read_in_pieces_that_move_about(piece):
    lengths = [0, 1, 2, 63, 200]
    starts = [sum(lengths[:row]) for row in range(len(lengths))]
    steps = [[[float(start + t)] for t in range(length)] for start, length in zip(starts, lengths, strict=True)]
    vectors, tags = VectorKind(), TagsKind()
    vectors.fit(steps)
    names = [[str(int(step[0]) % 5) for step in row] for row in steps]
    tags.fit(names)
    batches = RowBatches(vectors, tags, vectors.encode(steps), tags.encode(names), batch_tokens=50, seed=3, piece=piece)
    epochs = [list(batches.epoch(number)) for number in range(2)]
    for epoch in epochs:
        assert max(int(batch.inputs.lengths.max()) for batch in epoch) <= piece
        values = torch.cat([batch.inputs.values for batch in epoch]).squeeze(1)
        back = (values * float(vectors.scale[0]) + float(vectors.mean[0])).round().long()
        assert sorted(back.tolist()) == list(range(266))  # every step once
        assert torch.cat([batch.targets.values for batch in epoch]).tolist() == (back % 5).tolist()
        for batch in epoch:
            for part in batch.inputs:
                assert len(part) < 2 or torch.allclose(part.diff(dim=0), part[1] - part[0], atol=1e-4)
    shapes = [sorted(int(n) for batch in epoch for n in batch.inputs.lengths) for epoch in epochs]
    assert (shapes[0] != shapes[1]) == (piece in (7, 63))
    whole = [batch.inputs.lengths.tolist() for batch in batches.in_order()]
    assert sorted(length for batch in whole for length in batch) == lengths


class Shifted:
    """Pieces of numbers, which are varied by adding one and the same."""

    decodes, mixed, aligned = False, False, False

    def steps(self, piece):
        return len(piece)

    def sizes(self, pieces):
        return list(map(len, pieces))

    def collate(self, pieces):
        return Sequences.of(pieces, np.zeros(0, np.int64))

    targets = collate

    @staticmethod
    def vary(piece, generator):
        return piece + 100 * int(generator.integers(1, 5))


def test_pieces_are_varied_as_wholes_and_anew_in_each_epoch():
    pieces = [np.arange(n % 7) + 10 * n for n in range(1, 40)]
    shifted: Any = Shifted()
    batches = PieceBatches(shifted, pieces, batch_tokens=20, seed=3, vary=Shifted.vary)
    assert batches.tokens == sum(map(len, pieces))
    epochs = []
    for number in (0, 0, 1):
        read = {
            row: piece
            for batch in batches.epoch(number)
            for row, piece in zip(batch.rows, batch.inputs.unbind(), strict=True)
        }
        assert all(batch.inputs.values.equal(batch.targets.values) for batch in batches.epoch(number))
        assert sorted(read) == list(range(39))
        shifts = [set((read[row].numpy() - piece).tolist()) for row, piece in enumerate(pieces) if len(piece)]
        assert all(len(shift) == 1 for shift in shifts)
        assert set.union(*shifts) == {100, 200, 300, 400}
        epochs.append(shifts)
    assert epochs[0] == epochs[1] != epochs[2]
    assert [b.rows for b in batches.epoch(0, skip=2)] == [b.rows for b in batches.epoch(0)][2:]
    assert batches.batches_per_epoch() == len(list(batches.epoch(0)))
    still = torch.cat([batch.inputs.values for batch in batches.in_order()])
    assert sorted(still.tolist()) == sorted(np.concatenate(pieces).tolist())
