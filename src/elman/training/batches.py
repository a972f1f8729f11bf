"""From encoded rows to batches: by token count for rows, side by side for one long text."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from elman import seeds
from elman.kinds import Kind, SeriesKind
from elman.kinds.series import EncodedSeries, Forecasts
from elman.models.batch import Batch
from elman.models.tensors import tensors_of
from elman.nn.encoders import Words
from elman.ragged import Ragged

AHEAD = 2  # batches of files that are made ready while the one before is learned from
SORTED_TOGETHER = 30  # batches whose rows are sorted by length together, so that a batch has similar lengths


class Placed:
    """Batches are made in memory, and moved to where the network is that reads them."""

    device: str = "cpu"

    def on(self, device: str) -> Self:
        """The same batches, with their tensors on ``device``."""
        moved = copy.copy(self)
        moved.device = device
        return moved


class RowBatches(Placed):
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
        self.input, self.output = input, output
        self.inputs, self.outputs = inputs, outputs
        self.piece = piece
        self.sizes = [max(1, input.steps(x)) for x in inputs]
        if outputs is not None and not output.aligned:
            self.sizes = [size + output.steps(y) - 1 for size, y in zip(self.sizes, outputs, strict=True)]
        self.tokens = sum(self.sizes)  # elements in one epoch
        self.batch_tokens, self.seed = batch_tokens, seed

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch but the first ``skip``; the same number gives the same batches."""
        if self.piece:
            yield from self._in_pieces(number).epoch(number, skip)
            return
        plan = self._plan(generator_of(self.seed, number))
        yield from self._collated(plan[skip:])

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

    def in_order(self) -> Iterator[Batch]:
        """All rows, the longest together, each once; for evaluation, where order doesn't matter."""
        order = sorted(range(len(self.inputs)), key=lambda row: (self.sizes[row], row))
        return self._collated(self._cut(order))

    def _collated(self, plan: Sequence[list[int]]) -> Iterator[Batch]:
        """The batches of a plan. Where files are decoded for them, that is done in a thread, some batches ahead."""
        if not self.input.decodes:
            yield from map(self.collate, plan)
            return
        with ThreadPoolExecutor(1) as worker:
            waiting: deque[Future[Batch]] = deque()
            for rows in plan:
                waiting.append(worker.submit(self.collate, rows))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _plan(self, generator: torch.Generator) -> list[list[int]]:
        order = torch.randperm(len(self.inputs), generator=generator).tolist()
        mean = max(1, self.tokens // max(1, len(order)))
        together = max(1, SORTED_TOGETHER * self.batch_tokens // mean)
        plan: list[list[int]] = []
        for start in range(0, len(order), together):
            rows = order[start : start + together]
            plan += self._cut(rows if self.input.mixed else sorted(rows, key=lambda row: self.sizes[row]))
        return [plan[i] for i in torch.randperm(len(plan), generator=generator).tolist()]

    def _cut(self, order: Sequence[int]) -> list[list[int]]:
        cut: list[list[int]] = []
        room = 0
        for row in order:
            if room < self.sizes[row] or not cut:
                cut.append([])
                room = max(self.batch_tokens, self.sizes[row])
            cut[-1].append(row)
            room -= self.sizes[row]
        return cut

    def collate(self, rows: list[int]) -> Batch:
        inputs = self.input.collate([self.inputs[row] for row in rows])
        targets = None if self.outputs is None else self.output.targets([self.outputs[row] for row in rows])
        return Batch(tensors_of(inputs), tensors_of(targets), rows).to(self.device)


class PieceBatches(RowBatches):
    """Pieces that each have a beginning and an end; every element is predicted from those before it in its piece.

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
        super().__init__(kind, kind, pieces, pieces, batch_tokens=batch_tokens, seed=seed)
        self.sizes = [kind.steps(piece) for piece in pieces]
        self.tokens = sum(self.sizes)
        self.vary = vary

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        if self.vary is None:
            yield from super().epoch(number, skip)
            return
        generator = np.random.default_rng(seeds.of_epoch(self.seed, number))
        varied = [self.vary(piece, generator) for piece in self.inputs]
        pieces = PieceBatches(self.input, varied, batch_tokens=self.batch_tokens, seed=self.seed)
        yield from pieces.on(self.device).epoch(number, skip)


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


class WindowBatches(Placed):
    """Every forecast that can be made of series, in batches of about ``batch_tokens`` segments of windows."""

    def __init__(
        self, kind: SeriesKind, series: Sequence[EncodedSeries], *, batch_tokens: int, segment: int = 1, seed: int = 0
    ):
        self.kind, self.seed = kind, seed
        self.together = max(1, batch_tokens * segment // kind.context)
        self.windows = Forecasts.every(series, kind.context, kind.horizon)
        self.tokens = len(self.windows) * kind.context // segment

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch but the first ``skip``; the same number gives the same batches."""
        generator = generator_of(self.seed, number)
        order = torch.randperm(len(self.windows), generator=generator)
        return (self.collate(rows) for rows in self._cut(order.tolist())[skip:])

    def batches_per_epoch(self) -> int:
        return len(self._cut(range(len(self.windows))))

    def in_order(self) -> Iterator[Batch]:
        return (self.collate(rows) for rows in self._cut(range(len(self.windows))))

    def _cut(self, order: Sequence[int]) -> list[list[int]]:
        return [list(order[start : start + self.together]) for start in range(0, len(order), self.together)]

    def collate(self, rows: list[int]) -> Batch:
        chosen = self.windows.select(rows)
        windows = self.kind.collate(chosen)
        targets = self.kind.lacking(windows, self.kind.observed(chosen))
        return Batch(tensors_of(windows), tensors_of(targets), rows).to(self.device)


class StreamBatches(Placed):
    """One long sequence of token ids as ``streams`` parts read side by side, ``bptt`` steps at a time.

    Every token but none twice: the parts differ by at most one token. Each token is predicted from all before
    it in its part; the first of the text from ``begin``.
    """

    def __init__(self, ids: NDArray[np.int64], *, streams: int, bptt: int, begin: int, seed: int = 0):
        self.streams = max(1, min(streams, len(ids) // 2))
        self.bptt, self.seed = bptt, seed
        previous = torch.from_numpy(np.concatenate([[begin], ids[:-1]]))
        following = torch.from_numpy(ids)
        parts = previous.tensor_split(self.streams), following.tensor_split(self.streams)
        self.parts = list(zip(*parts, strict=True))
        self.tokens = len(ids)

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch but the first ``skip``. The first cut is drawn, so that cuts move about."""
        generator = generator_of(self.seed, number)
        first = self.bptt - int(torch.randint(self.bptt // 2 + 1, (), generator=generator))
        starts = [0, *range(first, len(self.parts[0][0]), self.bptt)]
        return (self._cut(i, starts) for i in range(skip, len(starts)))

    def batches_per_epoch(self) -> int:
        return 1 + len(range(self.bptt, len(self.parts[0][0]), self.bptt))

    def in_order(self) -> Iterator[Batch]:
        starts = list(range(0, len(self.parts[0][0]), self.bptt))
        return (self._cut(i, starts) for i in range(len(starts)))

    def _cut(self, i: int, starts: list[int]) -> Batch:
        piece = slice(starts[i], starts[i + 1] if i + 1 < len(starts) else None)
        inputs = Ragged.from_list([previous[piece] for previous, _ in self.parts])
        targets = Ragged.from_list([following[piece] for _, following in self.parts])
        return Batch(Words(inputs), targets, list(range(self.streams)), continues=i > 0).to(self.device)


def generator_of(seed: int, number: int) -> torch.Generator:
    """The source of random numbers of one epoch."""
    return torch.Generator().manual_seed(seeds.of_epoch(seed, number))
