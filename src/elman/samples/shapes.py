# pyright: strict
"""Pictures of a shape, of any colour and anywhere: only its outline tells them apart."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from elman.data.table import Table, from_rows
from elman.extras import needed
from elman.samples.clips import COLOURS, SHAPES, SIDE, covered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PICTURES = 1_000
FOLDER = "pictures"


def still_shapes() -> Table:
    """Columns picture (a path) and shape."""
    return from_rows(["picture", "shape"], ([f"{FOLDER}/{n:03}.png", shape_of(n)] for n in range(PICTURES)))


def write_pictures(folder: Path) -> None:
    """All pictures as PNG files within ``folder``. Raises ExtraMissingError where Pillow is missing."""
    images = needed("PIL.Image")
    (folder / FOLDER).mkdir()
    for n in range(PICTURES):
        images.fromarray(picture(n)).save(folder / FOLDER / f"{n:03}.png")


def shape_of(n: int) -> str:
    return SHAPES[n % len(SHAPES)]


def picture(n: int) -> NDArray[np.uint8]:
    """``[SIDE, SIDE, 3]``: the shape on a light ground, both with a little noise."""
    import numpy as np

    rng, noise = random.Random(n), np.random.default_rng(n)
    radius = rng.randint(4, 7)
    x, y = (rng.randint(radius, SIDE - 1 - radius) for _ in range(2))
    pixels = np.full((SIDE, SIDE, 3), rng.randint(170, 250))
    pixels[covered(shape_of(n), radius, x, y)] = rng.choice(list(COLOURS.values()))
    return (pixels + noise.normal(0, 8, pixels.shape)).clip(0, 255).astype(np.uint8)
