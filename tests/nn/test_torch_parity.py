"""The layers against ``torch.nn``: all it computes, for all the layouts of input that it takes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import CELLS, assert_same, pair, random_state, tensors
from torch.nn.utils.rnn import pack_sequence

from conftest import there
from elman import nn as elman_nn

SIZES = st.sampled_from([1, 2, 3, 5, 8, 13, 17, 31])
DTYPES = st.sampled_from([torch.float32, torch.float64])


@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_padded(cell: str, data: st.DataObject):
    batch_first, dtype = data.draw(st.booleans()), data.draw(DTYPES)
    ours, theirs = pair(
        cell,
        input_size := data.draw(SIZES),
        data.draw(SIZES),
        data.draw(st.integers(1, 3)),
        bias=data.draw(st.booleans()),
        batch_first=batch_first,
        bidirectional=data.draw(st.booleans()),
        dtype=dtype,
    )
    batch, steps = data.draw(st.integers(1, 9)), data.draw(st.sampled_from([1, 2, 7, 63]))
    shape = (batch, steps) if batch_first else (steps, batch)
    x = torch.randn(*shape, input_size, dtype=dtype, requires_grad=True)
    state = random_state(theirs, batch) if data.draw(st.booleans()) else None
    inputs = tensors(x, state) if state is not None else [x]
    assert_same(
        tensors(*ours(x, state)),
        tensors(*theirs(x, state)),
        [*inputs, *ours.parameters()],
        [*inputs, *theirs.parameters()],
    )
    assert ours(x)[0].is_contiguous()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_unbatched(cell: str, batch_first: bool):
    ours, theirs = pair(cell, 3, 5, 2, bidirectional=True, batch_first=batch_first, dtype=torch.float64)
    x = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    state = random_state(theirs)
    assert_same(tensors(*ours(x, state)), tensors(*theirs(x, state)), tensors(x, state), tensors(x, state))
    assert_same(tensors(*ours(x)), tensors(*theirs(x)), [x], [x])


@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=10)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6), ordered=st.booleans(), dtype=DTYPES)
def test_packed(cell: str, lengths: list[int], ordered: bool, dtype: torch.dtype):
    ours, theirs = pair(cell, 3, 5, 2, bidirectional=True, dtype=dtype)
    lengths = sorted(lengths, reverse=True) if ordered else lengths
    sequences = [torch.randn(n, 3, dtype=dtype, requires_grad=True) for n in lengths]
    packed = pack_sequence(sequences, enforce_sorted=ordered)
    state = random_state(theirs, len(lengths))
    (our_output, our_final), (their_output, their_final) = ours(packed, state), theirs(packed, state)
    for our, their in zip(our_output[1:], their_output[1:], strict=True):
        assert (our is None and their is None) or torch.equal(there(our), there(their))
    inputs = [*sequences, *tensors(sequences[0], state)[1:]]
    assert_same(
        tensors(our_output.data, our_final),
        tensors(their_output.data, their_final),
        [*inputs, *ours.parameters()],
        [*inputs, *theirs.parameters()],
    )


@pytest.mark.parametrize("layout", ["padded", "packed", "unbatched"])
def test_projections(layout: str):
    ours, theirs = pair("LSTM", 3, 7, 2, bidirectional=True, proj_size=4, dtype=torch.float64)
    sequences = [torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (2, 5, 1)]
    if layout == "packed":
        x, state = pack_sequence(sequences, enforce_sorted=False), random_state(theirs, 3)
        (our, our_final), (their, their_final) = ours(x, state), theirs(x, state)
        results = tensors(our.data, our_final), tensors(their.data, their_final)
    else:
        x = sequences[1] if layout == "unbatched" else sequences[1].unsqueeze(1).expand(-1, 3, -1)
        state = random_state(theirs, *([] if layout == "unbatched" else [3]))
        results = tensors(*ours(x, state)), tensors(*theirs(x, state))
    inputs = [sequences[1], *state]
    assert_same(*results, [*inputs, *ours.parameters()], [*inputs, *theirs.parameters()])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("options", [{}, {"bias": False}, {"num_layers": 2, "bidirectional": True}])
def test_the_same_seed_gives_the_same_weights(cell: str, options: dict):
    torch.manual_seed(5)
    theirs = getattr(torch.nn, cell)(3, 4, **options)
    torch.manual_seed(5)
    ours = getattr(elman_nn, cell)(3, 4, **options)
    for (name, parameter), (their_name, their) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == their_name and torch.equal(parameter, their)
    theirs.load_state_dict(ours.state_dict())
    for our_layer, their_layer in zip(ours.all_weights, theirs.all_weights, strict=True):
        assert [w.shape for w in our_layer] == [w.shape for w in their_layer]


def test_relu():
    ours, theirs = pair("RNN", 3, 5, nonlinearity="relu", dtype=torch.float64)
    x, state = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True), random_state(theirs, 2)
    assert_same(tensors(*ours(x, state)), tensors(*theirs(x, state)), tensors(x, state), tensors(x, state))


@pytest.mark.parametrize("cell", CELLS)
def test_dropout_between_layers_drops_its_share(cell: str):
    ours, theirs = pair(cell, 3, 5, 2, dropout=1.0)
    x = torch.randn(4, 2, 3)
    second = [[p for name, p in layer.named_parameters() if "l1" in name] for layer in (ours, theirs)]
    assert_same(tensors(*ours(x)), tensors(*theirs(x)), *second)
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(x)[0], theirs(x)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_no_sequences(cell: str):
    ours, theirs = pair(cell, 3, 5)
    x = torch.randn(4, 0, 3)
    assert [t.shape for t in tensors(*ours(x))] == [t.shape for t in tensors(*theirs(x))]
