# pyright: strict
"""Measurements of invented flowers. Species differ in proportions, not in size; no column tells them."""

from __future__ import annotations

import random

from elman.data.table import Table, from_rows

ROWS = 600
# Petal length, petal width, sepal length, sepal width, all in cm, of a flower of usual size.
SPECIES = {
    "bellwort": (4.0, 1.2, 5.4, 2.1),
    "moonroot": (4.0, 1.9, 5.0, 2.6),
    "starleaf": (3.0, 1.2, 5.4, 2.6),
    "windcap": (3.0, 1.9, 6.2, 2.1),
}
NOISE = 0.1


def flowers() -> Table:
    """Columns petal_length, petal_width, sepal_length, sepal_width (cm) and species."""
    rng = random.Random(1)
    columns = ["petal_length", "petal_width", "sepal_length", "sepal_width", "species"]
    rows: list[list[float | str]] = []
    for _ in range(ROWS):
        species = rng.choice(list(SPECIES))
        size = rng.uniform(0.6, 1.6)  # a young or an old flower
        sides = [round(size * side * rng.gauss(1, NOISE), 2) for side in SPECIES[species]]
        rows.append([*sides, species])
    return from_rows(columns, rows)
