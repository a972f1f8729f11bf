# pyright: strict
"""Memory: how much there is, whether something has room there, and what was freed, and the C library keeps for later,
given back to the system."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

STATE, GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")
"""What Linux says of memory, and where it bounds that of a container."""


def available() -> int | None:
    """Bytes that a program may still take before others must make room, those of files that were read and can be read
    again among them; None where the system doesn't say."""
    found: list[int] = []
    with suppress(OSError):
        found += [1024 * int(kilobytes) for kilobytes in re.findall(r"MemAvailable:\s+(\d+)", STATE.read_text())]
    with suppress(OSError, ValueError):  # which is "max" where there is no bound
        used = int((GROUP / "memory.current").read_text())
        told = stat.read_text() if (stat := GROUP / "memory.stat").exists() else ""
        cached = re.findall(r"^(?:in)?active_file (\d+)", told, re.MULTILINE)
        found.append(int((GROUP / "memory.max").read_text()) - used + sum(map(int, cached)))
    return min(found, default=None)


def lacking(needed: float) -> str:
    """How many bytes are needed and how many are free, for an error that says so, where these are fewer: a machine that
    swaps answers to nobody, and a program that takes all there is is ended without a word. "" where there is room, or
    the system doesn't say."""
    free = available()
    if free is None or needed <= free:
        return ""
    return f"about {needed / 1e9:,.1f} GB of memory; {free / 1e9:,.1f} GB are free"


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
