# pyright: strict
"""Python's collector of circles, while there are none to be found."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

SELDOM = 100_000


@contextmanager
def seldom_collecting() -> Generator[None]:
    """While tables are read and looked at: their cells are in no circles, and millions of rows, keys and groups would
    be gone through again and again for nothing."""
    often = gc.get_threshold()
    gc.set_threshold(SELDOM, *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)
