# pyright: strict
"""Memory that was freed, and that the C library keeps for later, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    """What glibc has for it; None for other libraries, which have nothing of the kind, or do so by themselves."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def give_back() -> None:
    """Arrays that come and go, large and small, leave holes between those that stay. glibc keeps the holes, half as
    much again as what is in use after a hundred steps of training; given back, they are filled again as needed. It
    takes some milliseconds."""
    if trim := _trim():
        trim(0)
