"""Encoded rows as batches of arrays, each row once: what answers and measurements read.

Batches to learn from, in an order drawn anew for each epoch, stand in ``training/batches.py``.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.sequences import Sequences
from elman.stored import Growing, cells_of, empty

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


class Plan:
    """Which rows make up each batch: rows ``[N]``, batch after batch, and where each of these begins and ends."""

    def __init__(self, rows: NDArray[np.int64], bounds: NDArray[np.int64]):
        self.rows, self.bounds = rows, bounds

    @classmethod
    def of(cls, pieces: Iterable[NDArray[np.int64]], sizes: NDArray[np.int32], batch_tokens: int) -> Plan:
        """Rows in this order, as many together as have ``batch_tokens`` elements, or one that has more; none with rows
        of another piece."""
        rows, bounds = Growing(np.int64), Growing(np.int64)
        for piece in pieces:
            begins, room = list[int](), 0
            for place, size in enumerate(sizes[piece].tolist(), start=rows.length):
                if room < size or not begins:
                    begins.append(place)
                    room = max(batch_tokens, size)
                room -= size
            bounds.add(begins)
            rows.add(piece)
        bounds.add([rows.length])
        return cls(rows.array(), bounds.array())

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __iter__(self) -> Iterator[list[int]]:
        return self.batches(range(len(self)))

    def batches(self, order: Iterable[int]) -> Iterator[list[int]]:
        """The batches in this order."""
        return (self.rows[self.bounds[i] : self.bounds[i + 1]].tolist() for i in order)


class RowsInOrder:
    """Rows of data in batches of about ``batch_tokens`` elements, those of similar lengths together."""

    def __init__(
        self, input: Kind, output: Kind, inputs: Sequence[Any], outputs: Sequence[Any] | None, *, batch_tokens: int
    ):
        self.input, self.output = input, output
        self.inputs, self.outputs = inputs, outputs
        self.sizes = np.maximum(1, np.asarray(input.sizes(inputs), np.int32), out=empty(len(inputs), np.int32))
        if outputs is not None and not output.aligned:
            self.sizes += np.asarray(output.sizes(outputs), np.int32)
            self.sizes -= 1
        self.tokens = int(self.sizes.sum(dtype=np.int64))  # elements in all rows
        self.batch_tokens = batch_tokens

    def in_batches_of(self, batch_tokens: int) -> Self:
        """The same rows in other batches."""
        again = copy.copy(self)
        again.batch_tokens = batch_tokens
        return again

    def arrays(self) -> Iterator[ArrayBatch]:
        """All rows, the longest together, each once."""
        return self._collated(Plan.of([np.argsort(self.sizes, kind="stable")], self.sizes, self.batch_tokens))

    def collate(self, rows: list[int]) -> ArrayBatch:
        chosen = np.array(rows, np.int64)
        inputs = self.input.collate(cells_of(self.inputs, chosen))
        targets = None if self.outputs is None else self.output.targets(cells_of(self.outputs, chosen))
        return ArrayBatch(inputs, targets, rows)

    def _collated(self, plan: Iterable[list[int]]) -> Iterator[ArrayBatch]:
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


class PiecesInOrder(RowsInOrder):
    """Pieces that each have a beginning and an end; every element is predicted from those before it in its piece."""

    def __init__(self, kind: Kind, pieces: Sequence[Any], *, batch_tokens: int):
        super().__init__(kind, kind, pieces, pieces, batch_tokens=batch_tokens)
        self.sizes = np.array(kind.sizes(pieces), np.int32)
        self.tokens = int(self.sizes.sum(dtype=np.int64))


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
