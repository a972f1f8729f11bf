"""One pass over some rows, watched: what sections about the recurrence are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch.nn.utils.parametrize import is_parametrized

from elman.inspection import unrolled
from elman.inspection.answers import answers, losses
from elman.inspection.subject import Subject
from elman.inspection.trace import LayerRun, StackRun, watched
from elman.inspection.trace import unrolled as layers_of
from elman.nn.parameters import parameter_name


@dataclass(frozen=True)
class Look:
    """One forward and backward pass over some rows, watched; ``grads`` holds dL/dW_hh of every layer that has one."""

    subject: Subject
    rows: list[int]
    runs: list[StackRun]
    layers: list[LayerRun]
    grads: list[torch.Tensor | None]

    @classmethod
    def at(cls, subject: Subject, rows: list[int]) -> Look:
        network, batch = subject.network, subject.collate(rows)
        network.zero_grad()
        with watched(network) as runs:
            found = answers(network, batch)
        losses(network, found, batch).sum().backward()
        pairs = [(run, layer) for run in runs for layer in layers_of(run)]
        grads = [None if layer.weight_hh is None else weight_hh_of(run, layer).grad for run, layer in pairs]
        return cls(subject, rows, runs, [layer for _, layer in pairs], grads)

    @cached_property
    def words(self) -> dict[str, list[list[str]]]:
        """By stack: what each row reads there, step by step."""
        return {
            run.name: [
                unrolled.read_by(self.subject, run, row, int(steps))
                for row, steps in zip(self.rows, run.inputs.lengths, strict=True)
            ]
            for run in self.runs
        }


def weight_hh_of(run: StackRun, layer: LayerRun) -> torch.Tensor:
    """The recurrent weights as they are learned: behind weight dropout, where there is some."""
    name = parameter_name("weight_hh", layer.layer, int(layer.reverse))
    if is_parametrized(run.rnn, name):
        return run.rnn.get_parameter(f"parametrizations.{name}.original")
    return run.rnn.get_parameter(name)
