# pyright: strict
"""Invented names of people and places, in styles that differ in how their sounds follow each other."""

from __future__ import annotations

import random

from elman.data.table import Table, from_rows

PER_STYLE = 400
# Beginnings, middles and ends. Styles share many sounds; what differs is mostly how they follow each other.
STYLES = {
    "forest": ("el al fin thal sil ni cal mar", "a e i ia", "riel las wen dir neth lin ril mir"),
    "mountain": ("thar dur kal bor gim dal mor bal", "o u a", "rin gan mund din grim dok rak nar"),
    "harbour": ("mar os wil hel dar bren cal nor", "e o i", "wick port ham ton rey mouth sand den"),
    "desert": ("za ha ra qa sha ma ja fa", "ri mi na li zi", "d m r n f q sh l"),
    "lagoon": ("ka lo ma na pa wai ha ki", "lu no ma ni ki la", "na loa mea kai ni lani ra hi"),
}


def invented_names() -> Table:
    """Columns style and name; no name twice in a style."""
    rng = random.Random(2)
    rows: list[tuple[str, str]] = []
    for style, sounds in STYLES.items():
        starts, middles, ends = map(str.split, sounds)
        made: dict[str, None] = {}
        while len(made) < PER_STYLE:
            made[invent(rng, starts, middles, ends)] = None
        rows += [(style, name) for name in made]
    rng.shuffle(rows)
    return from_rows(["style", "name"], rows)


def invent(rng: random.Random, starts: list[str], middles: list[str], ends: list[str]) -> str:
    name = rng.choice(starts) + rng.choice(middles) + rng.choice(ends)
    if rng.random() < 0.4:
        name += rng.choice(middles) + rng.choice(ends)
    return name[0].upper() + name[1:]
