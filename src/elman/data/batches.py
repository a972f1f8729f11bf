"""Encoded rows as batches of arrays, each row once: what answers and measurements read.

Batches to learn from, in an order drawn anew for each epoch, stand in ``training/batches.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.sequences import Sequences

if TYPE_CHECKING:
    from concurrent.futures import Future

    from elman.kinds import Kind, SeriesKind
    from elman.kinds.windows import EncodedSeries

AHEAD = 2  # batches of files that are made ready while the one before is read


@dataclass(frozen=True)
class ArrayBatch:
    """Inputs and targets as their columns collate them.

    rows:      which rows of the data these are
    continues: the sequences go on where the previous batch stopped (language models carry their state over)
    """

    inputs: Any
    targets: Any = None
    rows: list[int] = field(default_factory=list)
    continues: bool = False


class RowsInOrder:
    """Rows of data in batches of about ``batch_tokens`` elements, those of similar lengths together."""

    def __init__(
        self, input: Kind, output: Kind, inputs: Sequence[Any], outputs: Sequence[Any] | None, *, batch_tokens: int
    ):
        self.input, self.output = input, output
        self.inputs, self.outputs = inputs, outputs
        self.sizes = [max(1, size) for size in input.sizes(inputs)]
        if outputs is not None and not output.aligned:
            self.sizes = [size + own - 1 for size, own in zip(self.sizes, output.sizes(outputs), strict=True)]
        self.tokens = sum(self.sizes)  # elements in all rows
        self.batch_tokens = batch_tokens

    def arrays(self) -> Iterator[ArrayBatch]:
        """All rows, the longest together, each once."""
        order = sorted(range(len(self.inputs)), key=lambda row: (self.sizes[row], row))
        return self._collated(self._cut(order))

    def collate(self, rows: list[int]) -> ArrayBatch:
        inputs = self.input.collate([self.inputs[row] for row in rows])
        targets = None if self.outputs is None else self.output.targets([self.outputs[row] for row in rows])
        return ArrayBatch(inputs, targets, rows)

    def _collated(self, plan: Sequence[list[int]]) -> Iterator[ArrayBatch]:
        """The batches of a plan. Where files are decoded for them, that is done in a thread, some batches ahead."""
        if not self.input.decodes:
            yield from map(self.collate, plan)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as worker:
            waiting: deque[Future[ArrayBatch]] = deque()
            for rows in plan:
                waiting.append(worker.submit(self.collate, rows))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

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


class PiecesInOrder(RowsInOrder):
    """Pieces that each have a beginning and an end; every element is predicted from those before it in its piece."""

    def __init__(self, kind: Kind, pieces: Sequence[Any], *, batch_tokens: int):
        super().__init__(kind, kind, pieces, pieces, batch_tokens=batch_tokens)
        self.sizes = kind.sizes(pieces)
        self.tokens = sum(self.sizes)


class WindowsInOrder:
    """Every forecast that can be made of series, in batches of about ``batch_tokens`` segments of windows."""

    def __init__(self, kind: SeriesKind, series: Sequence[EncodedSeries], *, batch_tokens: int, segment: int = 1):
        self.kind = kind
        self.together = max(1, batch_tokens * segment // kind.context)
        self.windows = kind.examples(series)
        self.tokens = len(self.windows) * kind.context // segment

    def arrays(self) -> Iterator[ArrayBatch]:
        """All forecasts in order, each once."""
        return (self.collate(rows) for rows in self._cut(range(len(self.windows))))

    def collate(self, rows: list[int]) -> ArrayBatch:
        chosen = self.windows.select(rows)
        windows = self.kind.collate(chosen)
        return ArrayBatch(windows, self.kind.lacking(windows, self.kind.observed(chosen), chosen.spread), rows)

    def _cut(self, order: Sequence[int]) -> list[list[int]]:
        return [list(order[start : start + self.together]) for start in range(0, len(order), self.together)]


class StreamInOrder:
    """One long sequence of token ids as ``streams`` parts read side by side, ``bptt`` steps at a time.

    Every token but none twice: the parts differ by at most one token. Each token is predicted from all before
    it in its part; the first of the text from ``begin``.
    """

    def __init__(self, ids: NDArray[np.int64], *, streams: int, bptt: int, begin: int):
        self.streams = max(1, min(streams, len(ids) // 2))
        self.bptt = bptt
        previous = np.concatenate([[begin], ids[:-1]])
        parts = np.array_split(previous, self.streams), np.array_split(ids, self.streams)
        self.parts = list(zip(*parts, strict=True))
        self.tokens = len(ids)

    def arrays(self) -> Iterator[ArrayBatch]:
        """The whole text in order."""
        starts = list(range(0, len(self.parts[0][0]), self.bptt))
        return (self.collate(i, starts) for i in range(len(starts)))

    def collate(self, i: int, starts: list[int]) -> ArrayBatch:
        """What each part reads from the ``i``-th of these places on, to the next."""
        from elman.kinds.text import TokenBatch

        piece = slice(starts[i], starts[i + 1] if i + 1 < len(starts) else None)
        none = np.zeros(0, np.int64)
        inputs = Sequences.of([previous[piece] for previous, _ in self.parts], none)
        targets = Sequences.of([following[piece] for _, following in self.parts], none)
        return ArrayBatch(TokenBatch(inputs), targets, list(range(self.streams)), continues=i > 0)
