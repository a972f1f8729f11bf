"""Operators: shapes checked once, gradients registered, the backend chosen."""

from __future__ import annotations

from elman.ops.recurrent import recurrent

__all__ = ["recurrent"]
