# pyright: strict
"""What a causal run leaves out, so that its model can answer while a sequence is still coming in (``--causal``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elman.errors import TaskError
from elman.settings import Settings
from elman.settings.setting import typed

WHOLE: Mapping[str, tuple[Any, str]] = {
    "bidirectional": (False, "reading backwards"),
    "ngrams": (False, "the linear model on n-grams"),
    "crf": (False, "choosing tags together by a CRF"),
    "scaled": (False, "taking each sequence over its own scale"),
    "convolutions": (0, "convolutions over time"),
    "folds": (0, "a linear model on patterns found in whole signals"),
    "members": (1, "several networks that answer together"),
    "centred": (False, "taking off the mean of each sequence"),
    "whole_recordings": (False, "taking off the loudness of each recording and convolving its frames"),
    "window": (0, "a window of words at the beginning"),
}
"""Settings by which a model needs the whole sequence: their values without, and what is then left out."""
WHOLE_POOLS = frozenset({"attention"})
"""Ways to pool that weigh each step beside all others."""


def made_causal(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a recipe, changed so that nothing needs the whole sequence."""
    pools = str(chosen.get("pooling", Settings().pooling)).split("+")
    kept = "+".join(pool for pool in pools if pool not in WHOLE_POOLS)
    return {**chosen, **{name: value for name, (value, _) in WHOLE.items()}, "pooling": kept or "last"}


def check_causal(settings: Settings) -> None:
    """Raise TaskError for a causal run with a setting that needs the whole sequence."""
    wrong = [name for name, (value, _) in WHOLE.items() if getattr(settings, name) != value]
    wrong += ["pooling"] * bool(WHOLE_POOLS & {*settings.pooling.split("+")})
    if settings.causal and wrong:
        raise TaskError(
            f"{wrong[0]}={typed(getattr(settings, wrong[0]))} needs the whole sequence, and causal=true (--causal) "
            "leaves out what does: leave out one of them"
        )


def left_out(used: frozenset[str]) -> str:
    """What a causal run that uses these settings leaves out, for people."""
    return ", ".join(what for name, (_, what) in WHOLE.items() if name in used and name != "window")
