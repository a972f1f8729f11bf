"""Items of data that are bad: an error, or left out and listed where the user asked for that."""

from __future__ import annotations

from dataclasses import dataclass, field

from elman.errors import DataFileError, ElmanError


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
            raise error
        self.found.setdefault(error.place, BadItem(error.place, error.why))  # files are read more than once


def item_of(error: ElmanError, place: str) -> BadItem:
    """What is wrong with an item; ``place`` is where it stands, if it isn't a file that says so itself."""
    return BadItem(error.place, error.why) if isinstance(error, DataFileError) else BadItem(place, str(error))


SHOWN = 5


def in_words(items: list[BadItem]) -> str:
    """How many were left out, and the first of them."""
    listed = "; ".join(f"{item.place}: {item.why}" for item in items[:SHOWN])
    return f"left out as bad: {len(items):,} item{'s' * (len(items) != 1)} ({listed}{'; ...' * (len(items) > SHOWN)})"
