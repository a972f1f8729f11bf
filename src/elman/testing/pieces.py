"""Sequences that come in pieces: what is read of them is what is read of the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ElmanError
from elman.kinds import Kind
from elman.kinds.base import Before
from elman.kinds.column import is_list, is_sequence
from elman.testing.expecting import expect, expect_same, first, part

Cut = Callable[[Kind, Any], Sequence[Any]]
"""``(kind, cell) -> its pieces``, each of an element or some."""


def elements_of(kind: Kind, cell: Any) -> list[Any]:
    """A cell cut into pieces of one element: the items of a list; of a text the characters, where each of them is a
    step, and else the words."""
    if kind.of_parts:  # a list for each column that changes from step to step
        return [tuple([one[t]] if is_list(one) else one for one in cell) for t in range(kind.count(cell))]
    if cell is None or is_sequence(cell):
        return [[item] for item in cell or ()]
    (encoded,) = kind.encode([cell])
    return list(cell) if kind.steps(encoded) == len(cell) else cell.split()


def check_pieces(kind: Kind, cells: Sequence[Any], encoded: Sequence[Any], bad: Sequence[Any], cut: Cut) -> None:
    """Of a fitted kind that says that its sequences may come in pieces: these are encoded as the whole is, each alone
    and many side by side; and what can't be read is refused with an ElmanError."""
    if not kind.in_pieces or kind.why_whole():
        return
    expect(kind.can_follow(kind.nothing_before), "can_follow to be true of nothing_before")
    whole = [first(kind.collate([one])) for one in encoded]
    given = [list(cut(kind, cell)) for cell in cells]
    together = in_pieces(kind, given)
    for row, expected in enumerate(whole):
        (alone,) = in_pieces(kind, [given[row]])
        for found, company in ((alone, "alone"), (together[row], "beside others")):
            what = f"row {row} to be read in {len(given[row])} pieces, {company}, as it is encoded as a whole"
            expect_same(np.concatenate([expected[:0], *found]), expected, what)
    for cell in bad:
        try:
            kind.next_batch([cell], [kind.nothing_before])
        except ElmanError:
            pass
        except Exception as problem:  # whatever a kind raises: that is the fault
            said = f"{type(problem).__name__}: {problem}"
            expect(False, f"the piece {cell!r:.200} to be read, or an ElmanError; got {said}")


def in_pieces(kind: Kind, given: Sequence[Sequence[Any]]) -> list[list[NDArray[Any]]]:
    """What is read of each sequence, piece after piece, those of all sequences side by side."""
    begun = kind.begun()
    read: list[list[NDArray[Any]]] = [[] if begun is None else [first(begun)] for _ in given]
    before: list[Before] = [kind.nothing_before for _ in given]
    for t in range(max(map(len, given), default=0)):
        there = [row for row, pieces in enumerate(given) if t < len(pieces)]
        batch, after = kind.next_batch([given[row][t] for row in there], [before[row] for row in there])
        steps = part(batch)
        expect(len(steps) == len(there), f"a batch of {len(there)} pieces; got {len(steps)}")
        expect(len(after) == len(there), f"what is remembered of {len(there)} sequences; got {len(after)}")
        for place, row in enumerate(there):
            end = steps.offsets[place] + steps.lengths[place]
            read[row].append(steps.values[steps.offsets[place] : end])
            before[row] = after[place]
            expect(kind.can_follow(before[row]), f"can_follow to be true after piece {t + 1} of row {row}")
    return read
