# pyright: strict
"""Clips of a shape that moves about. Each combination of colour, shape and moves stands in one part only."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations, product
from pathlib import Path
from typing import TYPE_CHECKING

from elman.data.table import Table, from_rows
from elman.extras import needed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLOURS = {
    "red": (215, 40, 40),
    "green": (40, 160, 60),
    "blue": (45, 75, 215),
    "yellow": (240, 215, 50),
    "purple": (150, 50, 190),
    "black": (25, 25, 25),
}
SHAPES = ("square", "circle", "triangle", "cross")
MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
CLIPS_OF_ONE = {"train": 3, "valid": 2, "test": 2}
"""Clips of each combination in a part."""
HELD_OUT = {"valid": 48, "test": 96}
"""Combinations of 384."""
SIDE = 32
FOLDER = "clips"


@dataclass(frozen=True)
class Clip:
    """A shape, where it starts (pixels from the left and the top), and how it moves.

    moves: each a direction, and how many steps it takes;  radius, step: in pixels;  shade: of the background
    """

    name: str
    part: str
    colour: str
    shape: str
    moves: tuple[tuple[str, int], ...]
    start: tuple[int, int]
    radius: int
    step: int
    shade: int

    @property
    def caption(self) -> str:
        return f"a {self.colour} {self.shape} moves {', then '.join(direction for direction, _ in self.moves)}"

    def places(self) -> Iterator[tuple[int, int]]:
        """The middle of the shape in each frame."""
        x, y = self.start
        yield x, y
        for direction, steps in self.moves:
            right, down = MOVES[direction]
            for _ in range(steps):
                x, y = x + self.step * right, y + self.step * down
                yield x, y


def moving_shapes() -> Table:
    """Columns clip (a folder of frames), caption and split."""
    return from_rows(["clip", "caption", "split"], ([f"{FOLDER}/{c.name}/", c.caption, c.part] for c in all_clips()))


def write_frames(folder: Path) -> None:
    """The frames of all clips as PNG files within ``folder``. Raises ExtraMissingError where Pillow is missing."""
    images = needed("PIL.Image")
    for clip in all_clips():
        within = folder / FOLDER / clip.name
        within.mkdir(parents=True)
        for t, pixels in enumerate(frames(clip)):
            images.fromarray(pixels).save(within / f"{t:02}.png")


def all_clips() -> list[Clip]:
    rng = random.Random(7)
    moves = [*((direction,) for direction in MOVES), *permutations(MOVES, 2)]
    combinations = list(product(COLOURS, SHAPES, moves))
    rng.shuffle(combinations)
    test, valid = HELD_OUT["test"], HELD_OUT["test"] + HELD_OUT["valid"]
    parts = {"test": combinations[:test], "valid": combinations[test:valid], "train": combinations[valid:]}
    chosen = [(part, one) for part, some in parts.items() for one in some for _ in range(CLIPS_OF_ONE[part])]
    rng.shuffle(chosen)
    return [invent(rng, f"{i:04}", part, *combination) for i, (part, combination) in enumerate(chosen)]


def invent(rng: random.Random, name: str, part: str, colour: str, shape: str, directions: tuple[str, ...]) -> Clip:
    """A clip of this combination, all of which can be seen."""
    radius, step = rng.randint(4, 6), rng.choice((2, 3))
    most = (SIDE - 2 * radius) // step - 1
    moves = tuple((direction, rng.randint(3, min(5, most))) for direction in directions)
    here = Clip(name, part, colour, shape, moves, (0, 0), radius, step, rng.randint(170, 250))
    across, down = zip(*here.places(), strict=True)
    left, top = (rng.randint(radius - min(reach), SIDE - 1 - radius - max(reach)) for reach in (across, down))
    return replace(here, start=(left, top))


def frames(clip: Clip) -> Iterator[NDArray[np.uint8]]:
    """Each frame ``[SIDE, SIDE, 3]``."""
    import numpy as np

    rng = np.random.default_rng(int(clip.name))
    for x, y in clip.places():
        pixels = rng.normal(clip.shade, 4, (SIDE, SIDE, 3))
        pixels[covered(clip.shape, clip.radius, x, y)] = COLOURS[clip.colour]
        yield pixels.clip(0, 255).astype(np.uint8)


def covered(shape: str, radius: int, x: int, y: int) -> NDArray[np.bool_]:
    """``[SIDE, SIDE]``: where a shape with its middle at ``x``, ``y`` is."""
    import numpy as np

    down, right = np.ogrid[-y : SIDE - y, -x : SIDE - x]
    within = np.maximum(abs(down), abs(right)) <= radius
    if shape == "circle":
        return right**2 + down**2 <= radius**2
    if shape == "triangle":
        return within & (2 * abs(right) <= down + radius)
    if shape == "cross":
        return within & (np.minimum(abs(down), abs(right)) <= radius // 3)
    return within
