# pyright: strict
"""Which columns of a table say something about another one, so that they are read beside each other; and why not the
others."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from elman.data.table import Cell, Table
from elman.kinds.column import Profile
from elman.kinds.records import is_beside_steps, role_in_records
from elman.stored import Lists, Stored, first_rows, keys_in, types_of

SAME = 1e-9
"""Two columns of numbers whose standardised values differ by less are the same, up to unit and origin."""
ROWS_EACH = 4
"""A column whose values stand in so many rows each, on average, may give the output away; in fewer, that is chance."""

FEWEST_FILLED, HARDLY_EVER = 20, 0.01
"""Of a column with fewer cells than this, and in a smaller share of the rows, nothing can be learned."""
AT_THE_END = frozenset(
    """
    readmitted died dead deceased death cancelled canceled defaulted dropped_out dropout converted bought purchased
    returned passed failed failure left won winner result grade length_of_stay los duration total
    churned resolved escalated outcome status
    """.split()  # noqa: SIM905
)
"""What columns are called, beside usual outputs, that say how a sequence ended, in lower case."""


@dataclass(frozen=True)
class Chosen:
    """The columns that are read, and why others aren't."""

    taken: tuple[str, ...]
    left_out: dict[str, str]


class Telling:
    """What the columns of a table say about each other; each is looked at once."""

    def __init__(self, table: Table, columns: Mapping[str, Profile]):
        self.table, self.columns = table, columns
        self._same: dict[str, Hashable] = {}

    def about(self, target: str) -> Chosen:
        """The columns that may say something about ``target``, texts first, as they are read beside each other."""
        taken: list[str] = []
        left_out: dict[str, str] = {}
        several = sum(self._is_text(name) and found.words > 1 for name, found in self.columns.items()) > 0
        for name, found in self.columns.items():
            kind = found.kind
            if name == target or (kind.unused and not kind.tells_time):
                continue  # what is unused says itself why
            if not kind.beside_as:
                left_out[name] = f"{kind.describe(found)}, which can't be read beside other columns"
            elif kind.names_each_element:
                left_out[name] = f"{kind.describe(found)}; name it by --input to read it beside the others"
            elif self.same(name) is not None and self.same(name) == self.same(target):
                left_out[name] = f"says the same as {target!r} in every row, so it would give the answer away"
            elif found.filled < min(FEWEST_FILLED, HARDLY_EVER * found.rows):
                left_out[name] = f"filled in {found.filled:,} of {found.rows:,} rows, too few to learn from"
            elif several and self._is_text(name) and found.words <= 1 and 2 * found.distinct > found.filled:
                left_out[name] = (
                    "one word in each row, which seldom comes again, so it names the rows, or whose they are"
                )
            else:
                taken.append(name)
        ordered = sorted(taken, key=lambda name: not self._is_text(name))
        return Chosen(tuple(ordered), left_out)

    def _is_text(self, name: str) -> bool:
        return self.columns[name].kind.predicts_itself

    def same(self, name: str) -> Hashable:
        """What is equal for two columns that say the same: their values up to their names, or up to unit and origin;
        None of a column whose values are nearly all different, and no numbers."""
        if name not in self._same:
            self._same[name] = identity(self._cells(name), self.columns[name])
        return self._same[name]

    def _cells(self, name: str) -> Sequence[Cell]:
        return self.table.columns[name]


class Happening(Telling):
    """The same of a table of sequences that are read step by step as records."""

    def __init__(self, table: Table, columns: Mapping[str, Profile]):
        super().__init__(table, columns)
        self.listed = {name for name, cells in table.columns.items() if list in types_of(cells)}
        self.roles = {name: role_in_records(found, listed=name in self.listed) for name, found in columns.items()}

    def about(self, target: str) -> Chosen:
        """The columns that may say something about ``target``."""
        left_out: dict[str, str] = {}
        for name, found in self.columns.items():
            if name == target or found.kind.unused:
                continue  # what is unused says itself why
            if not self.roles[name]:
                left_out[name] = f"{found.kind.describe(found)}, which can't be read at the steps of a sequence"
            elif self.same(name) is not None and self.same(name) == self.same(target):
                left_out[name] = f"says the same as {target!r} in every row, so it would give the answer away"
        taken = [name for name, role in self.roles.items() if role and name != target and name not in left_out]
        return Chosen(tuple(taken), left_out)

    def before_the_end(self, target: str, outcomes: frozenset[str]) -> Chosen:
        """``about`` for what a column says at the next step: what holds throughout, and is called as ``outcomes`` or
        ``AT_THE_END``, is mostly known only once a sequence has ended."""
        about = self.about(target)
        late = [name for name in self.held(about.taken) if name.lower() in AT_THE_END | outcomes]
        why = "the same throughout each sequence, so maybe known at its end only; name it by --input if it isn't"
        taken = tuple(name for name in about.taken if name not in late)
        return Chosen(taken, about.left_out | dict.fromkeys(late, why))

    def are_mixed(self, names: Sequence[str]) -> bool:
        """Whether some of these name something at most steps, so that they are more than series of numbers."""
        kinds = [self.columns[name].kind for name in names if name in self.listed]
        return any(kind.names_each_element or is_beside_steps(kind) for kind in kinds)

    def held(self, names: Sequence[str]) -> list[str]:
        """Those of the columns that have one value for all steps of a sequence."""
        return [name for name in names if name not in self.listed]

    def _cells(self, name: str) -> Sequence[Cell]:
        """Of all steps one after another."""
        cells = self.table.columns[name]
        if isinstance(cells, Lists):
            return cells.elements()
        return [*chain.from_iterable(cells)] if name in self.listed else cells

    def summary(self, roles: Mapping[str, str], inputs: Sequence[str]) -> list[str]:
        """Those inputs by what they are read as, for people."""
        held = self.held(inputs)
        changing, throughout = (
            by_role({name: roles[name] for name in inputs if (name in held) is still}) for still in (False, True)
        )
        said = [f"records, step by step: {changing}"]
        return said + [f"the same throughout each sequence, and read at each step: {throughout}"] * bool(held)


def identity(cells: Sequence[Cell], found: Profile) -> Hashable:
    """``Telling.same`` of a column."""
    if any(issubclass(one, list) for one in types_of(cells)):
        return None
    if isinstance(cells, Stored):
        return identity_of_many(cells, found)
    if 2 * found.distinct <= found.rows:
        codes = {cell: code for code, cell in enumerate(dict.fromkeys(cells))}
        return hash(tuple(map(codes.__getitem__, cells)))
    if not found.numeric or found.missing:
        return None
    values: NDArray[np.float64] = np.array(cells, np.float64)
    spread = float(values.std())
    if not math.isfinite(spread) or not spread:
        return None
    standard: NDArray[np.float64] = (values - values.mean()) / spread
    first = int(np.argmax(np.abs(standard) > SAME))
    turned = (standard if standard[first] > 0 else -standard) / (10 * SAME)
    rounded: NDArray[np.float64] = np.rint(turned) + 0.0  # which leaves no -0.0
    return hash(rounded.tobytes())


def identity_of_many(cells: Stored, found: Profile) -> Hashable:
    """The same of a column too large for memory, some cells at a time."""
    digest = hashlib.blake2b(digest_size=16)
    if 2 * found.distinct <= found.rows:
        digest.update(first_rows(keys_in(cells.blocks(), len(cells), cells.types)).data)
        return digest.digest()
    if not found.numeric or found.missing:
        return None
    count, mean, squares = 0, 0.0, 0.0
    for block in cells.blocks():  # Chan et al. (1983)
        values: NDArray[np.float64] = np.array(block, np.float64)
        gap, before = float(values.mean()) - mean, count
        count += len(values)
        mean += gap * len(values) / count
        squares += float(((values - values.mean()) ** 2).sum()) + gap**2 * before * len(values) / count
    spread = math.sqrt(squares / count)
    if not math.isfinite(spread) or not spread:
        return None
    sign = 0.0
    for block in cells.blocks():
        standard: NDArray[np.float64] = (np.array(block, np.float64) - mean) / spread
        if not sign and (np.abs(standard) > SAME).any():
            sign = 1.0 if standard[np.argmax(np.abs(standard) > SAME)] > 0 else -1.0
        rounded: NDArray[np.float64] = np.rint((sign or 1.0) * standard / (10 * SAME)) + 0.0
        digest.update(rounded.tobytes())
    return digest.digest()


def summary(columns: Mapping[str, Profile], inputs: Sequence[str]) -> str:
    """The inputs of a record by what they are, for people."""
    return f"read beside each other: {by_role({name: columns[name].kind.name for name in inputs})}"


def by_role(roles: Mapping[str, str]) -> str:
    """Columns, given with what each is read as, by that."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, role in roles.items():
        found[role].append(name)
    return "; ".join(f"{role} {', '.join(names)}" for role, names in found.items())


def giving_away(table: Table, inputs: Sequence[str], output: str) -> Iterator[str]:
    """The inputs of each of whose values all rows have the same output, though the output differs."""
    wanted = table.column(output)
    if list in types_of(wanted):
        return
    for name in inputs:
        found: dict[Cell, Cell] = {}
        cells = table.column(name)
        if isinstance(cells, Stored) and ROWS_EACH * len(cells.counts()) > len(cells):
            continue
        fits = list not in types_of(cells) and all(
            found.setdefault(cell, answer) == answer for cell, answer in zip(cells, wanted, strict=True)
        )
        if fits and len(found) > 1 and ROWS_EACH * len(found) <= len(cells) and len(set(found.values())) > 1:
            yield name
