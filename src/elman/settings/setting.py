# pyright: strict
"""What one setting is: its default, what may be set, and one line of explanation, all in the place that declares it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from elman.errors import TaskError

BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
CHECK = "check"
"""Where a dataclass field keeps the check of its setting."""


@dataclass(frozen=True)
class Check:
    """What is said of a setting beside its type and default.

    help:    one line, for people
    least:   the smallest number allowed; below: numbers are smaller than this; most: the largest number allowed
    among:   gives the words allowed, where they aren't in the type; joined: the sign that joins several of them
    """

    help: str
    least: float = 0
    below: float = math.inf
    most: float = math.inf
    among: Callable[[], Collection[str]] | None = None
    joined: str = ""


def setting(default: Any, help: str, **limits: Any) -> Any:
    """A field of a dataclass with its check beside it: ``hidden_size: int = setting(128, "units", least=1)``."""
    return dataclasses.field(default=default, metadata={CHECK: Check(help, **limits)})


def share(default: float, help: str) -> Any:
    """A number from 0 up to, but not including, 1."""
    return setting(default, help, below=1)


@dataclass(frozen=True)
class Setting:
    """One setting as its dataclass declares it. ``group`` is the title of that dataclass."""

    name: str
    type: Any
    default: Any
    check: Check
    group: str

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values there are, where they can be listed."""
        if self.type is bool:
            return (True, False)
        return tuple(self.check.among()) if self.check.among else get_args(self.type) if self._literal else ()

    @property
    def _literal(self) -> bool:
        return get_origin(self.type) is Literal

    def parsed(self, value: Any) -> Any:
        """``value``, perhaps a string as typed, as the setting's type. Raises TaskError, saying what is allowed."""
        if self.type is bool:
            return self._truth(value)
        if self._literal or self.check.among:
            return self._choice(value)
        if self.type in (int, float):
            return self._number(value)
        if self.type is str:
            return str(value)
        return self._shares(value)

    def _truth(self, value: Any) -> bool:
        word = str(value).lower()
        if word not in BOOLS:
            raise TaskError(f"{self.name} takes true or false, got {value!r}")
        return BOOLS[word]

    def _choice(self, value: Any) -> Any:
        by_name = {str(choice): choice for choice in get_args(self.type)}
        allowed: Collection[str] = self.check.among() if self.check.among else by_name
        sign = self.check.joined
        words = str(value).split(sign) if sign else [str(value)]
        if not all(word in allowed for word in words):
            several = f", or several joined by {sign}" if sign else ""
            raise TaskError(f"{self.name} is one of {', '.join(allowed)}{several}; got {value!r}")
        return sign.join(words) if sign else by_name.get(words[0], words[0])

    def _number(self, value: Any) -> int | float:
        check, what = self.check, "whole number" if self.type is int else "number"
        try:
            parsed = self.type(value)
        except (TypeError, ValueError, OverflowError):
            parsed = None
        if parsed is None or isinstance(value, bool) or (self.type is int and parsed != float(value)):
            raise TaskError(f"{self.name} takes a {what}, got {value!r}")
        if check.below < math.inf and not check.least <= parsed < check.below:
            raise TaskError(f"{self.name} must lie between {check.least:g} and {check.below:g}, got {value!r}")
        if check.most < math.inf and not check.least <= parsed <= check.most:
            raise TaskError(f"{self.name} must lie between {check.least:g} and {check.most:g}, got {value!r}")
        if not check.least <= parsed < math.inf:
            least = f"be at least {check.least:g}" if check.least else "not be negative"
            must = least if parsed < check.least else "be finite"
            raise TaskError(f"{self.name} must {must}, got {value!r}")
        return parsed

    def _shares(self, value: Any) -> tuple[float, ...]:
        """Rising numbers between 0 and 1, each once."""
        parts = value.split(",") if isinstance(value, str) else value
        try:
            shares = sorted({float(part) for part in parts if str(part).strip()})
        except (TypeError, ValueError):
            shares = [math.nan]
        if not all(0 < share < 1 for share in shares):
            raise TaskError(f"{self.name} are shares between 0 and 1, such as 0.1,0.9; got {value!r}")
        return tuple(shares)


def typed(value: bool | float | str | Sequence[float]) -> str:
    """A value as one types it: ``true``, ``0.001``, ``0.1,0.9``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, (int, str)) else ",".join(map(typed, value))
