# pyright: strict
"""Names that a package gives, each imported from its home when it is first asked for (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from elman.extras import needed


def names_of(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of ``package``, which gives what ``homes`` says the module of, by name.

    So that ``from elman.kinds import TextKind`` imports that kind alone, and not those beside it.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(needed(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
