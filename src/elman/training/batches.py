"""From encoded rows to batches that a network learns from: in an order drawn anew for each epoch."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from elman import seeds
from elman.data.batches import ArrayBatch, PiecesInOrder, Plan, RowsInOrder, StreamInOrder, WindowsInOrder
from elman.kinds import Kind, SeriesKind
from elman.kinds.windows import EncodedSeries
from elman.models.batch import Batch
from elman.stored import empty

SORTED_TOGETHER = 30  # batches whose rows are sorted by length together, so that a batch has similar lengths


class Placed(ABC):
    """Batches are made in memory as arrays, and moved to where the network is that reads them."""

    device: str = "cpu"

    @abstractmethod
    def arrays(self) -> Iterator[ArrayBatch]:
        """All of the data in batches, each row once."""

    def on(self, device: str) -> Self:
        """The same batches, with their tensors on ``device``."""
        moved = copy.copy(self)
        moved.device = device
        return moved

    def placed(self, batch: ArrayBatch) -> Batch:
        """The same batch as tensors, where the network is."""
        return Batch.of(batch).to(self.device)

    def in_order(self) -> Iterator[Batch]:
        """All of the data in batches, each row once; for evaluation, where order doesn't matter."""
        return map(self.placed, self.arrays())


class RowBatches(RowsInOrder, Placed):
    """Rows of data in batches of about ``batch_tokens`` elements, in an order drawn anew for each epoch.

    Rows of similar lengths come together, unless the input is ``mixed``.

    piece: where inputs and outputs are arrays of steps, those longer than this are read in pieces of it by
           ``epoch``, cut at places drawn anew for each epoch; 0 cuts nothing
    """

    def __init__(
        self,
        input: Kind,
        output: Kind,
        inputs: Sequence[Any],
        outputs: Sequence[Any] | None,
        *,
        batch_tokens: int,
        seed: int = 0,
        piece: int = 0,
    ):
        super().__init__(input, output, inputs, outputs, batch_tokens=batch_tokens)
        self.seed, self.piece = seed, piece

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch but the first ``skip``; the same number gives the same batches."""
        if self.piece:
            yield from self._in_pieces(number).epoch(number, skip)
            return
        generator = generator_of(self.seed, number)
        plan = self._plan(generator)
        order = torch.randperm(len(plan), generator=generator).tolist()
        yield from map(self.placed, self._collated(plan.batches(order[skip:])))

    def _in_pieces(self, number: int) -> RowBatches:
        """The same rows with the long ones cut; the first cut of each is drawn, so that cuts move about."""
        assert self.outputs is not None
        generator = generator_of(self.seed, number)
        inputs, outputs = [], []
        for steps, targets in zip(self.inputs, self.outputs, strict=True):
            first = int(torch.randint(self.piece, (), generator=generator)) if len(steps) > self.piece else 0
            cuts = sorted({0, *range(first, len(steps), self.piece)})
            for start, end in zip(cuts, [*cuts[1:], None], strict=True):
                inputs.append(steps[start:end])
                outputs.append(targets[start:end])
        cut = RowBatches(self.input, self.output, inputs, outputs, batch_tokens=self.batch_tokens, seed=self.seed)
        return cut.on(self.device)

    def batches_per_epoch(self) -> int:
        if self.piece:
            return self._in_pieces(0).batches_per_epoch()
        return len(self._plan(torch.Generator().manual_seed(self.seed)))

    def _plan(self, generator: torch.Generator) -> Plan:
        """The batches of an epoch, whose order is still to be drawn."""
        order = empty(len(self.inputs), np.int64)
        torch.randperm(len(order), generator=generator, out=torch.from_numpy(order))
        mean = max(1, self.tokens // max(1, len(order)))
        together = max(1, SORTED_TOGETHER * self.batch_tokens // mean)
        pieces = (order[start : start + together] for start in range(0, len(order), together))
        if not self.input.mixed:
            pieces = (rows[np.argsort(self.sizes[rows], kind="stable")] for rows in pieces)
        return Plan.of(pieces, self.sizes, self.batch_tokens)


class PieceBatches(RowBatches, PiecesInOrder):
    """Pieces, each read anew in every epoch.

    vary: ``(encoded, generator) -> encoded``, by which each epoch reads every piece anew; None changes nothing
    """

    def __init__(
        self,
        kind: Kind,
        pieces: Sequence[Any],
        *,
        batch_tokens: int,
        seed: int = 0,
        vary: Callable[[Any, np.random.Generator], Any] | None = None,
    ):
        PiecesInOrder.__init__(self, kind, pieces, batch_tokens=batch_tokens)
        self.seed, self.piece, self.vary = seed, 0, vary

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        if self.vary is None:
            yield from super().epoch(number, skip)
            return
        generator = np.random.default_rng(seeds.of_epoch(self.seed, number))
        varied = [self.vary(piece, generator) for piece in self.inputs]
        pieces = PieceBatches(self.input, varied, batch_tokens=self.batch_tokens, seed=self.seed)
        yield from pieces.on(self.device).epoch(number, skip)


class SplicedBatches(RowBatches):
    """Pieces of long sequences, two by two one after the other, each louder or quieter by a factor that is drawn, anew
    for each epoch. What is learned so finds its way back where a sequence goes on otherwise than it should, and follows
    an amplitude that drifts.

    Outputs are numbers in the unit of the first of the input's features, which are as many.
    """

    LOUDNESS = 0.3
    """Factors are from ``exp(-LOUDNESS)`` to ``exp(LOUDNESS)``."""

    def _in_pieces(self, number: int) -> RowBatches:
        pieces = super()._in_pieces(number)
        assert pieces.outputs is not None
        generator = generator_of(self.seed, number)
        order = torch.randperm(len(pieces.inputs), generator=generator).tolist()
        factors = np.exp(self.LOUDNESS * (2 * torch.rand(len(order), generator=generator).numpy() - 1))
        loud = [
            louder(x, y, factor) for x, y, factor in zip(pieces.inputs, pieces.outputs, factors.tolist(), strict=True)
        ]
        pairs = [[loud[piece] for piece in order[place : place + 2]] for place in range(0, len(order), 2)]
        inputs, outputs = (
            [np.concatenate(part) for part in side]
            for side in zip(*(zip(*pair, strict=True) for pair in pairs), strict=True)
        )
        spliced = RowBatches(self.input, self.output, inputs, outputs, batch_tokens=self.batch_tokens, seed=self.seed)
        return spliced.on(self.device)


def louder(
    steps: NDArray[np.float32], targets: NDArray[np.float32], factor: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Targets ``[T, K]``, and the first ``K`` features of the steps, times a factor."""
    scaled = steps.copy()
    scaled[:, : targets.shape[1]] *= np.float32(factor)
    return scaled, targets * np.float32(factor)


class DrawnTargets(RowBatches):
    """Rows that have a second target: in each epoch, a share of them, drawn anew, are learned with that one."""

    def __init__(self, rows: RowBatches, second: Sequence[Any], share: float):
        super().__init__(
            rows.input, rows.output, rows.inputs, rows.outputs, batch_tokens=rows.batch_tokens, seed=rows.seed
        )
        self.second, self.share = second, share

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        assert self.outputs is not None
        generator = generator_of(self.seed, number)
        drawn = (torch.rand(len(self.second), generator=generator) < self.share).tolist()
        outputs = [b if other else a for a, b, other in zip(self.outputs, self.second, drawn, strict=True)]
        rows = RowBatches(self.input, self.output, self.inputs, outputs, batch_tokens=self.batch_tokens, seed=self.seed)
        yield from rows.on(self.device).epoch(number, skip)


class WindowBatches(WindowsInOrder, Placed):
    """Every forecast that can be made of series, in batches of about ``batch_tokens`` segments of windows."""

    def __init__(
        self, kind: SeriesKind, series: Sequence[EncodedSeries], *, batch_tokens: int, segment: int = 1, seed: int = 0
    ):
        super().__init__(kind, series, batch_tokens=batch_tokens, segment=segment)
        self.seed = seed

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch but the first ``skip``; the same number gives the same batches."""
        generator = generator_of(self.seed, number)
        order = torch.randperm(len(self.windows), generator=generator)
        return (self.placed(self.collate(rows)) for rows in self._cut(order.tolist())[skip:])

    def batches_per_epoch(self) -> int:
        return len(self._cut(range(len(self.windows))))


class StreamBatches(StreamInOrder, Placed):
    """One long sequence of token ids as ``streams`` parts read side by side, about ``bptt`` steps at a time."""

    def __init__(self, ids: NDArray[np.int64], *, streams: int, bptt: int, begin: int, seed: int = 0):
        super().__init__(ids, streams=streams, bptt=bptt, begin=begin)
        self.seed = seed

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch but the first ``skip``. The first cut is drawn, so that cuts move about."""
        generator = generator_of(self.seed, number)
        first = self.bptt - int(torch.randint(self.bptt // 2 + 1, (), generator=generator))
        starts = [0, *range(first, len(self.parts[0][0]), self.bptt)]
        return (self.placed(self.collate(i, starts)) for i in range(skip, len(starts)))

    def batches_per_epoch(self) -> int:
        return 1 + len(range(self.bptt, len(self.parts[0][0]), self.bptt))


def generator_of(seed: int, number: int) -> torch.Generator:
    """The source of random numbers of one epoch."""
    return torch.Generator().manual_seed(seeds.of_epoch(seed, number))
