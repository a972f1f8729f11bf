"""The textbook's claims about recurrent networks, as experiments that anyone can repeat.

    >>> from elman import lab
    >>> findings = lab.find("vanishing").run(seeds=3)     # doctest: +SKIP
    >>> findings.verdict                                  # doctest: +SKIP
    'holds'

One file per experiment: what is claimed, how it is measured, when it counts as true, and how it is drawn.
"""

from __future__ import annotations

from importlib import import_module

from elman import needs_torch as needs_torch
from elman.errors import TaskError, similar
from elman.lab.experiment import Experiment, Findings, Number, Trial

__all__ = ["EXPERIMENTS", "Experiment", "Findings", "Number", "Trial", "find"]

EXPERIMENTS = (
    "any-length",
    "same-weights",
    "bptt",
    "vanishing",
    "exploding",
    "gates",
    "truncation",
    "memory",
    "order",
    "both-sides",
    "stepwise",
    "feeding",
    "embedding",
    "padding",
    "speed",
    "when-to-use-what",
)
"""Their names, in the order in which they tell the story; each is a module here, with ``_`` for ``-``."""


def find(name: str) -> Experiment:
    """The experiment of this name; TaskError, with the nearest name, where there is none."""
    if name not in EXPERIMENTS:
        near = similar(name, EXPERIMENTS)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise TaskError(f"there is no experiment {name!r}.{hint} The experiments are: {', '.join(EXPERIMENTS)}.")
    return import_module(f"elman.lab.{name.replace('-', '_')}").EXPERIMENT
