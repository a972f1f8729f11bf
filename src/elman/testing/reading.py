"""Which settings some code reads, and where it does."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elman import settings as home
from elman.settings import Settings, declared

PASSED_THROUGH = ("recurrence", "<dictcomp>", "watched")
"""Functions that read a setting for whoever called them."""


@contextmanager
def settings_read() -> Iterator[dict[str, set[Path]]]:
    """The settings that are read within the block, each with the files whose code read it.

    What copies settings as a whole, or saves them, reads none.
    """
    plain, names, found = Settings.__getattribute__, declared(), {}
    copying = Path(dataclasses.__file__), Path(home.__file__).parent

    def watched(settings: Settings, name: str) -> Any:
        frame = sys._getframe(1)
        while frame.f_code.co_name in PASSED_THROUGH and frame.f_back is not None:
            frame = frame.f_back
        file = Path(frame.f_code.co_filename)
        if name in names and not {file, file.parent} & set(copying):
            found.setdefault(name, set()).add(file)
        return plain(settings, name)

    Settings.__getattribute__ = watched
    try:
        yield found
    finally:
        Settings.__getattribute__ = plain
