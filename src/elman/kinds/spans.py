# pyright: strict
"""Tags that mark spans, in every scheme in which they are written; Elman reads and predicts them in IOB2.

In IOB2 (Tjong Kim Sang & Veenstra 1999) ``B-x`` begins each span of the type ``x``, ``I-x`` goes on with it, and ``O``
lies outside. All other schemes are read by one rule, that of conlleval: B and S begin a span, I and E go on with an
open one of their type, or begin one where there is none, and after E and S a span is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from elman.stored import Stored

MEANS = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}
"""The letters of all schemes -> those of BIOES: middle, last, unit and whole are other words for the same."""
FAMILIES = {"IOB": "BI", "IOE": "IE", "BIOES": "BIES", "BILOU": "BILU", "BMES": "BMES", "BMEWO": "BMEW"}
"""The schemes, and their letters beside O."""
OUTSIDE = frozenset({"o", "0", "_", "-", "out", "outside", "other", "none"})
"""How people write that an element is in no span, in lower case."""
SEPARATORS = "-_:/.|"
MOST_TAGS = 1_000
"""Columns of more different tags than this mark no spans: words do, that happen to have such signs."""
SLIPS = 0.1
"""Letters without a type are taken for a scheme only where at most so many spans begin as the scheme has none."""

Part = tuple[str, str]
"""A letter of BIOES, and the type of the span."""


@dataclass(frozen=True)
class Scheme:
    """How tags that mark spans are written.

    Attributes:
        called: its name: IOB1, IOB2, BILOU ...
        separator: what stands between letter and type: "-", "_" ...; "" where tags are letters alone
        letter_first: ``B-PER``, and not ``PER-B``.
        capitals: the letter is a capital.
        outside: the tag of an element in no span.
    """

    called: str
    separator: str = "-"
    letter_first: bool = True
    capitals: bool = True
    outside: str = "O"

    def part(self, tag: str) -> Part | None:
        """The letter and the type of a tag; None for one that lies outside, or isn't of this scheme."""
        if not self.separator:
            letter, kind, whole = tag, "", True
        elif self.letter_first:
            letter, whole, kind = tag.partition(self.separator)
        else:
            kind, whole, letter = tag.rpartition(self.separator)
        means = MEANS.get(letter.upper())
        return (means, kind) if means and whole else None

    def read(self, tags: Sequence[str]) -> list[str]:
        """The tags in IOB2. One that isn't of the scheme stays as it is, and ends a span."""
        found: list[str] = []
        for tag, part, goes_on in self.walk(tags):
            if part is None:
                found.append("O" if tag == self.outside else tag)
            else:
                found.append(("I" if goes_on else "B") + (f"-{part[1]}" if part[1] else ""))
        return found

    def walk(self, tags: Iterable[str]) -> Iterator[tuple[str, Part | None, bool]]:
        """Each tag with its part, and whether it goes on with the span before it."""
        open_kind: str | None = None
        for tag in tags:
            part = self.part(tag)
            if part is None:
                open_kind = None
                yield tag, None, False
            else:
                letter, kind = part
                yield tag, part, letter in "IE" and kind == open_kind
                open_kind = kind if letter in "BI" else None

    def describe(self) -> str:
        """One plain sentence for people."""
        letter, typed = "B" if self.capitals else "b", bool(self.separator)
        written = [f"{letter}{self.separator}{'PER' * typed}" if self.letter_first else f"PER{self.separator}{letter}"]
        usual = written[0] in ("B-PER", "B") and self.outside == "O"
        if usual and self.called == "IOB2":
            return f"the tags are O or begin with {'B- and I-' if typed else 'B and I'}: they mark spans (IOB2)"
        written += [] if self.outside == "O" else [f"{self.outside!r} outside"]
        how = "" if usual else f", written {' and '.join(written)}"
        return f"the tags mark spans, in {self.called}{how}; they are read, and predicted, as IOB2"

    def to_json(self) -> dict[str, Any]:
        return vars(self)


def scheme_of(rows: Iterable[Sequence[str]]) -> Scheme | None:
    """The scheme in which tags mark spans; None for tags that mark none, such as parts of speech.

    Every tag but one has to be a letter of one scheme with a type, or be a letter alone, and types that go on must be
    among those that begin: tags of other sorts may begin with such letters too.
    """
    rows = rows if isinstance(rows, Stored) else list(rows)
    counts = Counter(chain.from_iterable(rows))
    if not counts or len(counts) > MOST_TAGS:
        return None
    notations = [Scheme("", separator, first) for separator in SEPARATORS for first in (True, False)] + [Scheme("", "")]
    return next((found for notation in notations if (found := named(notation, counts, rows))), None)


def named(notation: Scheme, counts: Mapping[str, int], rows: Sequence[Sequence[str]]) -> Scheme | None:
    """The scheme whose tags are written so, if these are."""
    parts = {tag: notation.part(tag) for tag in counts}
    others = [tag for tag, part in parts.items() if part is None]
    if len(others) > 1 or not all(tag.lower() in OUTSIDE for tag in others):
        return None
    letters = {tag[0 if notation.letter_first else -1] for tag, part in parts.items() if part}
    family = next((name for name, own in FAMILIES.items() if {letter.upper() for letter in letters} <= set(own)), None)
    if family is None or not types_fit({part for part in parts.values() if part}, bool(others)):
        return None
    capitals = not all(map(str.islower, letters))
    found = replace(notation, called=family, capitals=capitals, outside=others[0] if others else "O")
    if family == "IOB":
        found = replace(found, called=which_iob(found, rows))
    untyped = all(part is None or not part[1] for part in parts.values())
    return found if not untyped or begins_as_it_should(found, rows) else None


def types_fit(parts: set[Part], some_outside: bool) -> bool:
    """Whether what goes on goes on with types that begin; without any tag outside, some must go on."""
    begin = {kind for letter, kind in parts if letter == "B"}
    within = {kind for letter, kind in parts if letter in "IE"}
    if begin and within:
        return bool(begin & within)
    return some_outside and any(letter in "BIS" for letter, _ in parts)


def starts(scheme: Scheme, rows: Iterable[Sequence[str]]) -> Counter[str]:
    """How often spans begin by B right after one of their type ("between"), by another B or S ("B"), by I or E
    ("I")."""
    found: Counter[str] = Counter()
    for row in rows:
        before: Part | None = None
        for _, part, goes_on in scheme.walk(row):
            if part and not goes_on:
                beside = before is not None and before[1] == part[1]
                found["I" if part[0] in "IE" else "between" if beside else "B"] += 1
            before = part
    return found


def which_iob(scheme: Scheme, rows: Sequence[Sequence[str]]) -> str:
    """The scheme of those that have B and I: in IOB1, B stands between neighbours of one type alone."""
    found = starts(scheme, rows)
    if not found["I"]:
        return "IOB2"
    if not found["B"]:
        return "IOB1" if found["between"] else "IOB1 without any B"
    if found["I"] <= SLIPS * found["B"]:
        return f"IOB2, but for {found['I']:,} of {found.total():,} spans that begin with I"
    return "IOB1 and IOB2, mixed"


def begins_as_it_should(scheme: Scheme, rows: Sequence[Sequence[str]]) -> bool:
    """Letters alone say little: B and I (or B and E) must be there, and spans begin as in IOB2, or as in IOB1."""
    letters = {part[0] for row in rows for tag in row if (part := scheme.part(tag))}
    found = starts(scheme, rows)
    return "B" in letters and bool(letters & {"I", "E"}) and min(found["I"], found["B"]) <= SLIPS * found.total()
