"""Every layout of input against ``torch.nn`` run on each sequence by itself."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import CELLS, assert_same, pair, random_state, tensors

from elman.errors import LengthsError
from elman.ragged import Ragged

F64 = torch.float64
LENGTHS = st.lists(st.integers(0, 9), min_size=1, max_size=6)


def one_by_one(layer: torch.nn.RNNBase, sequences: list[torch.Tensor], state: Any) -> list[torch.Tensor]:
    """``torch.nn`` on each sequence: all outputs one after another, and final states."""
    is_lstm = layer.mode == "LSTM"
    outputs, finals = [], []  # torch can't run on no steps: the state stays
    for b, steps in enumerate(sequences):
        own = tuple(part[:, b] for part in state) if is_lstm else state[:, b]
        output, final = layer(steps, own) if len(steps) else (None, own)
        outputs += [] if output is None else [output]
        finals.append(final if is_lstm else (final,))
    width = layer.hidden_size * (2 if layer.bidirectional else 1)
    rows = torch.cat(outputs) if outputs else torch.empty(0, width, dtype=F64)
    return [rows, *(torch.stack(parts, 1) for parts in zip(*finals, strict=True))]


def case(cell: str, lengths: list[int]):
    ours, theirs = pair(cell, 3, 5, 2, bidirectional=True, batch_first=True, dtype=F64)
    sequences = [torch.randn(n, 3, dtype=F64, requires_grad=True) for n in lengths]
    state = random_state(theirs, len(lengths))
    return ours, theirs, sequences, state, one_by_one(theirs, sequences, state)


def check(ours, theirs, sequences, state, expected, rows: torch.Tensor, final: Any) -> None:
    used = [steps for steps in sequences if len(steps)]
    inputs = [*used, *(state if isinstance(state, tuple) else [state])]
    weights = ([*ours.parameters()], [*theirs.parameters()]) if used else ([], [])
    assert_same(tensors(rows, final), expected, [*inputs, *weights[0]], [*inputs, *weights[1]])


@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=10)
@given(lengths=LENGTHS)
def test_ragged(cell: str, lengths: list[int]):
    ours, theirs, sequences, state, expected = case(cell, lengths)
    output, final = ours(Ragged.from_list(sequences), state)
    assert isinstance(output, Ragged) and output.lengths.tolist() == lengths
    check(ours, theirs, sequences, state, expected, output.values, final)


@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=10)
@given(lengths=LENGTHS, spare=st.integers(0, 2), batch_first=st.booleans())
def test_padded_with_lengths(cell: str, lengths: list[int], spare: int, batch_first: bool):
    ours, theirs, sequences, state, expected = case(cell, lengths)
    ragged = Ragged.from_list(sequences)
    padded = ragged.padded(value=float("nan"), length=max(lengths) + spare)  # nothing past an end is read
    ours.batch_first = batch_first
    output, final = ours(padded if batch_first else padded.transpose(0, 1), state, lengths=torch.tensor(lengths))
    assert output.is_contiguous()
    output = output if batch_first else output.transpose(0, 1)
    beyond = torch.arange(output.shape[1]) >= torch.tensor(lengths)[:, None]
    assert (output[beyond] == 0).all()
    check(ours, theirs, sequences, state, expected, output[~beyond], final)


@pytest.mark.parametrize("cell", CELLS)
def test_nested(cell: str):
    ours, theirs, sequences, state, expected = case(cell, [4, 1, 7])
    nested = torch.nested.nested_tensor_from_jagged(torch.cat(sequences), torch.tensor([0, 4, 5, 12]))
    output, final = ours(nested, state)
    assert output.is_nested and [len(steps) for steps in output.unbind()] == [4, 1, 7]
    check(ours, theirs, sequences, state, expected, torch.cat(output.unbind()), final)


def test_nested_with_holes():
    ours, theirs, sequences, state, expected = case("LSTM", [2, 0, 3])
    blank = torch.full((1, 3), float("nan"), dtype=F64)
    buffer = torch.cat([sequences[0], blank, blank, sequences[2], blank])
    offsets, lengths = torch.tensor([0, 3, 4, 8]), torch.tensor([2, 0, 3])
    nested = torch.nested.nested_tensor_from_jagged(buffer, offsets, lengths)
    output, final = ours(nested, state)
    check(ours, theirs, sequences, state, expected, torch.cat(output.unbind()), final)


@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=10)
@given(lengths=LENGTHS)
def test_torch_kernels_behind_ragged_batches(cell: str, lengths: list[int]):
    """The path of a GPU, run on the CPU."""
    ours, theirs, sequences, state, expected = case(cell, lengths)
    ours._runs_on_torch = lambda values: True
    output, final = ours(Ragged.from_list(sequences), state)
    check(ours, theirs, sequences, state, expected, output.values, final)


@pytest.mark.parametrize("lengths", [[3, 3], [2, -1, 1], [2, 5, 1], [1.0, 2.0, 2.0]])
def test_impossible_lengths_are_refused(lengths: list):
    ours, _ = pair("GRU", 3, 5, batch_first=True)
    with pytest.raises(LengthsError, match="GRU: lengths must"):
        ours(torch.zeros(3, 4, 3), lengths=torch.tensor(lengths))


def test_lengths_belong_to_padded_tensors():
    ours, _ = pair("GRU", 3, 5)
    with pytest.raises(LengthsError, match="a Ragged has its own"):
        ours(Ragged(torch.zeros(2, 3), torch.tensor([2])), lengths=torch.tensor([2]))
    with pytest.raises(LengthsError, match="needs a batched 3D input"):
        ours(torch.zeros(2, 3), lengths=torch.tensor([2]))


def test_other_inputs_are_refused():
    with pytest.raises(TypeError, match="expected a tensor, PackedSequence or Ragged, got list"):
        pair("GRU", 3, 5)[0]([[1.0, 2.0, 3.0]])
