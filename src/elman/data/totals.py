# pyright: strict
"""Rows of totals among others: sums or means of the rows around them, which tell of these, and are like none."""

from __future__ import annotations

from collections.abc import Sequence

from elman.data.table import Cell
from elman.kinds.column import Profile

TOTALS = frozenset(
    """
    total totals subtotal sum average mean overall summe gesamt gesamtsumme mittelwert durchschnitt somme moyenne totale
    media suma promedio итого всего 合计 总计 合計
    """.split()  # noqa: SIM905
) | {"grand total"}
"""What people call such a row, in lower case, alone or beside what it sums up."""
MOST_TOTALLED = 100_000
"""Rows of a table that somebody may have summed up, at most."""
FEW_WORDS = 3
"""Words of names, on the mean, that rows are called by, at most."""


def may_name_totals(found: Profile) -> bool:
    return not found.numeric and found.words <= FEW_WORDS


def rows_of_totals(cells: Sequence[Cell]) -> list[str]:
    """The cells that call their rows so: one that is nothing but such a word; or several, which say of what, as
    ``A Total`` does beside ``A``."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    plain = [cell for cell in texts if spelled(cell) in TOTALS]
    names = {spelled(cell) for cell in texts}
    of_some = [cell for cell in dict.fromkeys(texts) if totalled(cell) in names]
    if len(of_some) > 1:
        return [*of_some, *dict.fromkeys(plain)]
    return plain if len(plain) == 1 else []


def spelled(cell: str) -> str:
    return cell.strip(" :").lower()


def totalled(cell: str) -> str | None:
    """Of what a row is the total; None where its name doesn't say so."""
    before, _, last = spelled(cell).rpartition(" ")
    first, _, after = spelled(cell).partition(" ")
    return before.strip(" -:,") if last in TOTALS else after.strip(" -:,") if first in TOTALS else None
