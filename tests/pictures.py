"""Pictures that tests make: squares, whose place and colour tell their class and caption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
PLACES = {"left": 1, "right": 11}


def square(colour: str, place: str, seed: int) -> NDArray[np.uint8]:
    """``[16, 20, 3]``: a square of a colour at the left or right, in noise."""
    pixels = np.random.default_rng(seed).integers(200, 256, (16, 20, 3), np.uint8)
    pixels[4:12, PLACES[place] : PLACES[place] + 8] = COLOURS[colour]
    return pixels


def save(pixels: NDArray, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def class_folders(folder: Path, each: int = 12) -> Path:
    """``folder/<colour>/<n>.png``"""
    for number in range(each):
        for colour in COLOURS:
            save(square(colour, ("left", "right")[number % 2], number), folder / colour / f"{number}.png")
    return folder


def captioned(folder: Path, each: int = 12) -> Path:
    """``folder/captions.csv`` with pictures in ``folder/images``; returns the table."""
    rows = ["image,caption"]
    for number in range(each):
        for colour in COLOURS:
            for place in PLACES:
                name = f"{colour}-{place}-{number}.png"
                save(square(colour, place, number), folder / "images" / name)
                rows.append(f"{name},a {colour} square {'on the very' if number % 2 else 'at the'} {place} side")
    table = folder / "captions.csv"
    table.write_text("\n".join(rows) + "\n")
    return table
