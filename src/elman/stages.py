# pyright: strict
"""What takes its time, told to whoever watches: the name of each stage, and how much of it is done.

Who does the work says ``each(rows, "reading x.csv", len(rows))`` or ``with stage("dealing rows out")``; where nobody
watches, that costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Watch: TypeAlias = Callable[[str, float | None], None]
"""Called with the name of the stage that is going on, "" where none is; and the share of it that is done, where that
can be told."""
UPDATES = 200
"""Shares that are told of a stage, about."""


class _Watched:
    def __init__(self, watch: Watch):
        self.watch = watch
        self.name, self.share = "", None

    def tell(self, name: str, share: float | None) -> None:
        self.name, self.share = name, share
        self.watch(name, share)


_watched: ContextVar[_Watched | None] = ContextVar("watched", default=None)


@contextmanager
def watched_by(watch: Watch) -> Generator[None]:
    """``watch`` is told of each stage within, in this thread."""
    before = _watched.set(_Watched(watch))
    try:
        yield
    finally:
        _watched.reset(before)


@contextmanager
def stage(name: str) -> Generator[None]:
    """What is done within is a stage of which nobody knows how long it takes."""
    watched = _watched.get()
    if watched is None:
        yield
        return
    around = watched.name, watched.share
    watched.tell(name, None)
    try:
        yield
    finally:
        watched.tell(*around)


def each(items: Iterable[T], name: str, total: int) -> Iterable[T]:
    """The items, ``total`` of them; going through them is a stage."""
    watched = _watched.get()
    return items if watched is None or not total else _each(items, name, total, watched)


def _each(items: Iterable[T], name: str, total: int, watched: _Watched) -> Generator[T]:
    around, every = (watched.name, watched.share), max(1, total // UPDATES)
    try:
        for done, item in enumerate(items):
            if done % every == 0:
                watched.tell(name, min(1.0, done / total))
            yield item
    finally:
        watched.tell(*around)
