# pyright: strict
"""Names of columns that are made, not found."""

from __future__ import annotations

from collections.abc import Collection


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, or where it is taken, the first of ``x_2``, ``x_3`` ... that is free."""
    name, copy = wanted, 2
    while name in taken:
        name, copy = f"{wanted}_{copy}", copy + 1
    return name
