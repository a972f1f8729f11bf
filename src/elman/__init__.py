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
    from elman.data.readers import read
    from elman.errors import ElmanError
    from elman.model import Model, load
    from elman.ragged import Ragged
    from elman.trainer import fit

    __version__: str

__all__ = ["ElmanError", "Model", "Ragged", "__version__", "errors", "fit", "load", "nn", "read", "samples"]

HOMES = {
    "fit": "elman.trainer",
    "load": "elman.model",
    "Model": "elman.model",
    "Ragged": "elman.ragged",
    "read": "elman.data.readers",
    "ElmanError": "elman.errors",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("elman")
    elif name in HOMES:
        value = getattr(import_module(HOMES[name]), name)
    elif name in __all__:
        value = import_module(f"elman.{name}")
    else:
        raise AttributeError(f"module 'elman' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
