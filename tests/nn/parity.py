"""Our layer and torch's with the same weights, and the comparison of all that they compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from conftest import assert_close
from elman import cells
from elman import nn as elman_nn

CELLS = tuple(cell.title for cell in map(cells.find, cells.names()) if cell.torch)


def pair(cell: str, *args: Any, **kwargs: Any) -> tuple[Any, torch.nn.RNNBase]:
    """The layer of both libraries with one set of random weights, not so large that the RNN turns chaotic."""
    ours, theirs = getattr(elman_nn, cell)(*args, **kwargs), getattr(torch.nn, cell)(*args, **kwargs)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.8 * theirs.hidden_size**-0.5)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def random_state(layer: torch.nn.RNNBase, *batch: int) -> Any:
    """Initial states that require a gradient, in the layout that the layer takes."""
    layers = layer.num_layers * (2 if layer.bidirectional else 1)
    dtype = next(layer.parameters()).dtype
    h = torch.randn(layers, *batch, layer.proj_size or layer.hidden_size, dtype=dtype, requires_grad=True)
    c = torch.randn(layers, *batch, layer.hidden_size, dtype=dtype, requires_grad=True)
    return (h, c) if layer.mode == "LSTM" else h


def tensors(output: Tensor, hx: Any) -> list[Tensor]:
    """An output and states as one list."""
    return [output, *hx] if isinstance(hx, tuple) else [output, hx]


def assert_same(
    ours: list[Tensor], theirs: list[Tensor], our_inputs: Sequence[Tensor], their_inputs: Sequence[Tensor]
) -> None:
    """The results agree, and so do their gradients by the inputs, for a random gradient of each result."""
    for our, their in zip(ours, theirs, strict=True):
        assert our.shape == their.shape and our.dtype == their.dtype
        assert_close(our, their)
    upstream = [torch.randn_like(result) for result in ours]
    loss = torch.stack([(result * grad).sum() for result, grad in zip(ours, upstream, strict=True)]).sum()
    their_loss = torch.stack([(result * grad).sum() for result, grad in zip(theirs, upstream, strict=True)]).sum()
    our_grads = torch.autograd.grad(loss, our_inputs, retain_graph=True)  # both may share how x was made
    their_grads = torch.autograd.grad(their_loss, their_inputs)
    for our, their in zip(our_grads, their_grads, strict=True):
        assert_close(our, their, "gradient")
