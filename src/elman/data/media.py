"""Files that cells name: pictures, recordings and tunes, told by their extensions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Medium = Literal["image", "audio", "notes"]

SUFFIXES: dict[Medium, frozenset[str]] = {
    "image": frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}),
    "audio": frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff"}),
    "notes": frozenset({".mid", ".midi"}),
}


def medium_of(name: object) -> Medium | None:
    """What a file of this name or path holds; None where it is none of these."""
    _, dot, end = str(name).rpartition(".")
    suffix = dot + end.lower()
    return next((medium for medium, suffixes in SUFFIXES.items() if suffix in suffixes), None)


def common_medium(names: Iterable[object]) -> Medium | None:
    """What all of these name; None where they differ, or one of them names no such file."""
    first: Medium | None = None
    for name in names:
        medium = medium_of(name) if isinstance(name, str) else None
        if medium is None or medium != (first := first or medium):
            return None
    return first
