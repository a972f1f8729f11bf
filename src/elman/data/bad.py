# pyright: strict
"""Items of data that are bad: an error, or left out and listed where the user asked for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from elman.errors import DataFileError, ElmanError

LEFT_OUT = "(--skip-bad leaves out all such items)."


@dataclass(frozen=True)
class BadItem:
    """place: the file, with its line where there is one, or the row of a table;  why: what is wrong with it"""

    place: str
    why: str


@dataclass
class BadItems:
    """What is wrong with single items: raised at once, unless they are to be skipped."""

    skip: bool = False
    found: dict[str, BadItem] = field(default_factory=dict)

    def add(self, error: DataFileError) -> None:
        """Keep in mind what is wrong with an item that is left out; raise it where none may be."""
        if not self.skip:
            raise DataFileError(may_be_left_out(error.why), error.path, error.line) from error
        self.found.setdefault(error.place, BadItem(error.place, error.why))  # files are read more than once


def may_be_left_out(why: str) -> str:
    """What is wrong with an item, and that it need not stop anyone."""
    return f"{why.removesuffix('.')} {LEFT_OUT}"


def item_of(error: ElmanError, place: str) -> BadItem:
    """What is wrong with an item; ``place`` is where it stands, if it isn't a file that says so itself."""
    return BadItem(error.place, error.why) if isinstance(error, DataFileError) else BadItem(place, str(error))


SHOWN, KEPT = 5, 20
"""First ones of those that were left out: in a message, and in a report."""


@dataclass(frozen=True)
class Skipped:
    """How many items were left out as bad, and the first of them."""

    count: int = 0
    first: tuple[BadItem, ...] = ()

    @classmethod
    def of(cls, items: Sequence[BadItem]) -> Skipped:
        return cls(len(items), tuple(items[:KEPT]))

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Skipped:
        return cls(record["count"], tuple(BadItem(**item) for item in record["first"]))

    def to_json(self) -> dict[str, Any]:
        return {"count": self.count, "first": [vars(item) for item in self.first]}

    def __str__(self) -> str:
        listed = "; ".join(f"{item.place}: {item.why}" for item in self.first[:SHOWN])
        more = "; ..." if self.count > SHOWN else ""
        return f"left out as bad: {self.count:,} item{'s' * (self.count != 1)} ({listed}{more})"
