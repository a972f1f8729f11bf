"""What a page is made of: measurements, each with its words, its pictures and how to read them, and its data."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from elman.drawing import figures
from elman.drawing.figures import Draw


@dataclass(frozen=True)
class Picture:
    """A figure: what draws it, how it is to be read, and how wide it has to be at least, in rem."""

    name: str
    draw: Draw
    caption: str
    label: str
    width: float = 30.0

    @cached_property
    def svg(self) -> str:
        return figures.svg(self.draw, self.name, self.label)

    @cached_property
    def png(self) -> bytes:
        return figures.png(self.draw, self.name)


@dataclass(frozen=True)
class Listing:
    """A table of words and numbers; ``numbers`` says which columns are numbers."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: range = range(0)
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """One measurement.

    words: what it found, in sentences with numbers;  mood: "good", "unsure", "bad" or ""
    data:  the measurement itself: dataclasses, lists, numbers
    """

    name: str
    title: str
    words: list[str]
    data: Any
    pictures: list[Picture] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    mood: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "words": self.words, "data": as_json(self.data)}


def as_json(value: Any) -> Any:
    """Dataclasses as objects, as their own ``to_json`` has them; numbers with six digits that count, or null."""
    if hasattr(value, "to_json"):
        return as_json(value.to_json())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: as_json(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, np.ndarray):
        return as_json(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def number(value: float | None) -> str:
    """Three digits that count."""
    if value is None or not math.isfinite(value):
        return "–"
    if value and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
