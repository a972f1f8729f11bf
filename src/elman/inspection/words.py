"""Answers and steps of rows as text, for pictures and tables."""

from __future__ import annotations

from elman.inspection.answers import decided
from elman.inspection.subject import Subject
from elman.ragged import Ragged


def said(subject: Subject, found: Ragged) -> list[list[str]]:
    """What the network answers, sequence by sequence, from its scores."""
    names = subject.parts.output.names(decided(subject.network, found))
    sizes = found.lengths.tolist()
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [names[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def short(word: str, most: int = 12) -> str:
    """A word of at most so many letters."""
    return word if len(word) <= most else word[: most - 1] + "…"
