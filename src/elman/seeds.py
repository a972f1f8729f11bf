# pyright: strict
"""Seeds: what is drawn with them comes again, and differs from what is drawn with others."""

from __future__ import annotations


def of_epoch(seed: int, number: int) -> int:
    """The seed of epoch ``number`` of a run: for its order, its cuts, and how it varies the data."""
    return seed * 1_000_003 + number
