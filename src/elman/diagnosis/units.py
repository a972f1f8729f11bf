"""Gates that are stuck and units that are dead: what no longer answers to its input.

A gate whose sigmoid stands at its end has next to no slope, so that no gradient moves it (Karpathy, Johnson & Fei-Fei
2015 count such gates). A gate that lets the old state through is left out: standing open is how it remembers.
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
GATES = {
    "rnn": {},
    "lstm": {"input": 0, "forget": 1, "output": 3},
    "gru": {"reset": 0, "update": 1},
    "mgu": {"forget": 0},
}
KEEPS = {("lstm", "forget"), ("gru", "update")}  # open, these keep the state


@dataclass(frozen=True)
class Units:
    """One layer in one direction.

    stuck: by gate ("state" of a simple RNN), the share of units that are saturated at the same end at nearly all steps
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
    ends = gate_values(record, rows)
    stuck = {}
    for gate, values in ends.items():
        shut, opened = ((side < ENDS).double().mean(0) >= ALWAYS for side in (values, 1 - values))
        if (call.cell, gate) in KEEPS:
            opened = torch.zeros_like(opened)
        stuck[gate] = float((shut | opened).double().mean())
    dead = int((output.values.std(0, correction=0) < STEADY).sum())
    return Units(name, call.cell, stuck, dead, output.values.shape[1])


def gate_values(record: GradientRecord, rows: Tensor) -> dict[str, Tensor]:
    """Each gate over all steps of the sequences ``rows``, ``[N, H]`` from 0 to 1; of a simple RNN its state, so scaled.

    From the inputs and the states that the call gave, all steps at once: nothing is run again.
    """
    call, lengths = record.call, record.lengths
    assert call is not None
    output = Ragged(call.output, lengths).select(rows)
    if call.cell == "rnn":
        return {"state": (output.values + 1) / 2} if call.nonlinearity == "tanh" else {}
    hidden, open_ = call.weight_hh.shape[1], {}
    x, before = Ragged(call.x, lengths).select(rows).values, states_before(output, call.h0[rows], record.reverse)
    for gate, number in GATES[call.cell].items():
        own = slice(number * hidden, (number + 1) * hidden)
        bias_ih, bias_hh = (None if bias is None else bias[own] for bias in (call.bias_ih, call.bias_hh))
        open_[gate] = (linear(x, call.weight_ih[own], bias_ih) + linear(before, call.weight_hh[own], bias_hh)).sigmoid()
    return open_


def states_before(output: Ragged, h0: Tensor, reverse: bool) -> Tensor:
    """``h`` before each step ``[N, H]``, from the states after each."""
    before = output.values.roll(-1 if reverse else 1, 0)
    some = output.lengths > 0
    first = output.offsets + (output.lengths - 1 if reverse else 0)
    before[first[some]] = h0[some]
    return before
