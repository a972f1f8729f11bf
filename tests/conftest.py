"""Shared fixtures and the one table of tolerances."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

# (rtol, atol) by what is compared. Sums over a few hundred terms in another order explain each figure.
TOLERANCES = {
    ("forward", torch.float32): (1e-4, 1e-5),
    ("forward", torch.float64): (1e-9, 1e-10),
    ("gradient", torch.float32): (2e-3, 1e-4),
    ("gradient", torch.float64): (1e-8, 1e-9),
    ("forward", torch.bfloat16): (3e-2, 3e-2),
}


def assert_close(actual: torch.Tensor, expected: torch.Tensor, kind: str = "forward") -> None:
    """Equal within the table's tolerance for this kind of result and the dtype of ``actual``."""
    rtol, atol = TOLERANCES[kind, actual.dtype]
    torch.testing.assert_close(actual, expected, rtol=rtol, atol=atol)


def shared_data(name: str) -> Path:
    """The folder of a real dataset; skips the test where it isn't there (as on a user's machine)."""
    folder = DATA / name
    if not folder.exists():
        pytest.skip(f"real data {name!r} not found in {DATA} (set ELMAN_DATA to the folder that holds it)")
    return folder
