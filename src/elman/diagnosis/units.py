"""Gates that are stuck and units that are dead: what no longer answers to its input.

A gate whose sigmoid stands at its end has next to no slope, so that no gradient moves it (Karpathy, Johnson & Fei-Fei
2015 count such gates). A gate that lets the old state through is left out: standing so is how it remembers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from elman.diagnosis.flow import SEQUENCES, chosen, layer_names
from elman.ops import GradientRecord
from elman.ragged import Ragged

ENDS = 0.01  # a sigmoid (or tanh, moved to 0 ... 1) nearer than this to an end is saturated
ALWAYS = 0.99  # of the steps
STEADY = 1e-3  # a unit whose state has a smaller standard deviation over all steps is dead; new ones begin small


@dataclass(frozen=True)
class Units:
    """One layer in one direction.

    stuck: by gate ("state" where a cell has none), the share of units that are saturated at the same end at nearly all
           steps
    dead:  how many of the ``of`` units never move
    """

    name: str
    cell: str
    stuck: dict[str, float]
    dead: int
    of: int


def units(records: Iterable[GradientRecord], network: nn.Module, *, sequences: int = SEQUENCES) -> list[Units]:
    """Of every recorded call with at least two steps, on so many of its sequences."""
    names = layer_names(network)
    return [
        units_of(record, names.get(record.call.weight_ih.data_ptr(), f"call {number}"), sequences)
        for number, record in enumerate(records)
        if record.call is not None and len(record.call.output) > 1
    ]


@torch.no_grad()
def units_of(record: GradientRecord, name: str, sequences: int = SEQUENCES) -> Units:
    call = record.call
    assert call is not None
    rows = chosen(record.lengths, sequences)
    output = Ragged(call.output, record.lengths).select(rows)
    keeps, stuck = call.spec.keeps, {}
    for gate, values in gate_values(record, rows).items():
        at = {"shut": values < ENDS, "open": values > 1 - ENDS}
        if keeps is not None and keeps.name == gate:
            at = {end: there for end, there in at.items() if end != keeps.keeps}
        saturated = torch.stack([end.double().mean(0) >= ALWAYS for end in at.values()]).any(0)
        stuck[gate] = float(saturated.double().mean())
    dead = int((output.values.std(0, correction=0) < STEADY).sum())
    return Units(name, call.cell, stuck, dead, output.values.shape[1])


def gate_values(record: GradientRecord, rows: Tensor) -> dict[str, Tensor]:
    """Each gate over all steps of the sequences ``rows``, ``[N, H]`` from 0 to 1; where a cell has none, its state,
    moved there, if a squashing function made it.

    From the inputs and the states that the call gave, all steps at once: nothing is run again.
    """
    call, lengths = record.call, record.lengths
    assert call is not None
    output = Ragged(call.output, lengths).select(rows)
    if not call.spec.gates:
        state = call.spec.squashed(output.values)
        return {} if state is None else {"state": state}
    input = linear(Ragged(call.x, lengths).select(rows).values, call.weight_ih, call.bias_ih)
    if call.weight_hh is None:
        return call.spec.opened(input, None)
    before = states_before(output, call.h0[rows], record.reverse)
    return call.spec.opened(input, linear(before, call.weight_hh, call.bias_hh))


def states_before(output: Ragged, h0: Tensor, reverse: bool) -> Tensor:
    """``h`` before each step ``[N, H]``, from the states after each."""
    before = output.values.roll(-1 if reverse else 1, 0)
    some = output.lengths > 0
    first = output.offsets + (output.lengths - 1 if reverse else 0)
    before[first[some]] = h0[some]
    return before
