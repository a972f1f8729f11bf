"""The names that users type: all there, loaded when they are used, and no more of them by accident."""

from __future__ import annotations

import subprocess
import sys

import pytest

import elman

NAMES = [
    "Data",
    "Detection",
    "ElmanError",
    "Event",
    "Inspection",
    "Model",
    "Plan",
    "Prediction",
    "Ragged",
    "Report",
    "Session",
    "Settings",
    "Table",
    "Trainer",
    "__version__",
    "advance",
    "detect",
    "errors",
    "fit",
    "load",
    "nn",
    "plan",
    "read",
    "samples",
]


def test_the_public_names_are_these():
    assert elman.__all__ == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_had_and_says_what_it_is(name):
    thing = getattr(elman, name)
    assert name in dir(elman)
    assert name in ("__version__", "Data") or (thing.__doc__ or "").strip()


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        elman.fitt  # noqa: B018


def test_looking_at_the_names_loads_no_torch():
    code = "import sys, elman; dir(elman); elman.Table, elman.Detection, elman.Settings; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
