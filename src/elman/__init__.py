# pyright: strict
"""Elman: recurrent neural networks, from a file of sequences to a trained, measured, usable model.

    >>> import elman
    >>> model = elman.fit("messages.csv", minutes=1)      # doctest: +SKIP
    >>> model.predict(["Call now to win a prize!"])       # doctest: +SKIP

The names below are imported when they are first used, so that ``import elman`` loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elman import errors, nn, samples
    from elman.answers.prediction import Prediction
    from elman.data.detect import detect
    from elman.data.detection import Detection
    from elman.data.readers import Data, read
    from elman.data.table import Table
    from elman.errors import ElmanError
    from elman.inspection import Inspection
    from elman.model import Model, load
    from elman.ragged import Ragged
    from elman.scoring.report import Report
    from elman.sessions import Session, advance
    from elman.settings import Settings
    from elman.trainer import Plan, Trainer, fit, plan
    from elman.training.loop import Event

    __version__: str

__all__ = [
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

HOMES = {
    "Data": "elman.data.readers",
    "Detection": "elman.data.detection",
    "ElmanError": "elman.errors",
    "Event": "elman.training.loop",
    "Inspection": "elman.inspection",
    "Model": "elman.model",
    "Plan": "elman.trainer",
    "Prediction": "elman.answers.prediction",
    "Ragged": "elman.ragged",
    "Report": "elman.scoring.report",
    "Session": "elman.sessions",
    "Settings": "elman.settings",
    "Table": "elman.data.table",
    "Trainer": "elman.trainer",
    "advance": "elman.sessions",
    "detect": "elman.data.detect",
    "fit": "elman.trainer",
    "load": "elman.model",
    "plan": "elman.trainer",
    "read": "elman.data.readers",
}
"""Where each name stands that is no module of the package."""


def __getattr__(name: str) -> Any:
    from elman.extras import needed  # here, so that ``import elman`` costs next to nothing

    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("elman")
    elif name in HOMES:
        value = getattr(needed(HOMES[name]), name)
    elif name in __all__:
        value = needed(f"elman.{name}")
    else:
        raise AttributeError(f"module 'elman' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
