"""Operators: shapes checked once, gradients registered, the backend chosen."""

from __future__ import annotations

from elman import needs_torch as needs_torch
from elman.ops.gradients import GradientRecord, record_gradients
from elman.ops.recurrent import check, recurrent, why_not_compiled
from elman.ops.step import packed_step, step

__all__ = ["GradientRecord", "check", "packed_step", "record_gradients", "recurrent", "step", "why_not_compiled"]
