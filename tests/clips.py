"""Clips that tests make: a dark square that crosses a bright frame to the left or to the right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pictures import save

WAYS = {"left": range(12, -1, -4), "right": range(0, 13, 4)}


def clip(folder: Path, way: str, seed: int = 0, wait: int = 0) -> Path:
    """``folder/<t>.png``, 16 x 20 pixels: so many frames of rest, then four of moving."""
    rng = np.random.default_rng(seed)
    places = list(WAYS[way])
    for t, left in enumerate([places[0]] * wait + places):
        pixels = rng.integers(200, 256, (16, 20, 3), np.uint8)
        pixels[4:12, left : left + 8] = (30, 30, 220)
        save(pixels, folder / f"{t}.png")
    return folder


def captioned_clips(folder: Path, each: int = 10) -> Path:
    """``folder/captions.csv`` and ``folder/clips/<name>/<t>.png``; returns the folder."""
    rows = ["clip,caption"]
    for number in range(each):
        for way in WAYS:
            name = f"{way}_{number}"
            clip(folder / "clips" / name, way, number, wait=number % 3)
            rows.append(f"{name},something square {'now ' if number % 2 else ''}moves off to the {way} side")
    (folder / "captions.csv").write_text("\n".join(rows) + "\n")
    return folder


def labelled_clips(folder: Path, each: int = 8) -> Path:
    """``folder/frames.jsonl``, which names a tag for each frame, and the clips beside it; returns the table."""
    rows = []
    for number in range(each):
        for way in WAYS:
            wait = number % 3
            clip(folder / f"{way}{number}", way, number, wait)
            rows.append(json.dumps({"clip": f"{way}{number}", "tags": ["rest"] * (wait + 1) + [way] * 3}))
    table = folder / "frames.jsonl"
    table.write_text("\n".join(rows) + "\n")
    return table
