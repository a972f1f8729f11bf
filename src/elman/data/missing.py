# pyright: strict
"""Which of Python's values stand for one that is missing, whoever made them."""

from __future__ import annotations

from typing import Any, cast

NOT_A_NUMBER = ("f", "m", "M")
"""Kinds of NumPy's values that have one for what is missing."""


def present(value: Any) -> Any:
    """A value, or the values of a row, as they are; None for what stands for missing."""
    if isinstance(value, tuple):
        return tuple(None if is_missing(one) else one for one in cast("tuple[Any, ...]", value))
    return None if is_missing(value) else value


def is_missing(value: Any) -> bool:
    """None, NaN and NaT of Python, NumPy and pandas, and the NA of pandas."""
    if value is None or type(value).__name__ in ("NAType", "NaTType", "MaskedConstant"):
        return True
    if type(value).__name__ == "Decimal":
        return value.is_nan()
    if isinstance(value, float) or (kind_of_array(value) in NOT_A_NUMBER and not value.ndim):
        return bool(value != value)  # which is so of NaN and NaT alone
    return False


def kind_of_array(value: Any) -> str:
    """Of NumPy's values and arrays, the letter of their kind."""
    return str(getattr(getattr(value, "dtype", None), "kind", ""))
