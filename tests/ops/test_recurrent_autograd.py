"""The ops under everything of PyTorch's that looks at operators."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch
from recurrent_cases import arguments, each_cell, results
from torch import Tensor

from elman import cells, ops
from elman.kernels import reference
from elman.ops import compiled

LENGTHS = [3, 0, 5, 1]


def call(cell: str, nonlinearity: str, inputs: list[Tensor | None], reverse: bool = False) -> list[Tensor]:
    return results(ops.recurrent(cell, *inputs, nonlinearity=nonlinearity, reverse=reverse))  # pyright: ignore


@pytest.mark.parametrize("reverse", [False, True])
@each_cell
def test_gradcheck(cell: str, nonlinearity: str, reverse: bool) -> None:
    inputs: Any = arguments(cell, LENGTHS, 2, 3)
    assert torch.autograd.gradcheck(lambda *t: tuple(call(cell, nonlinearity, list(t), reverse)), inputs)


@pytest.mark.parametrize("from_zeros", [False, True])
@pytest.mark.parametrize("cell, nonlinearity", [("rnn", "tanh"), ("lstm", "tanh"), ("gru", "tanh")])
def test_second_derivatives(cell: str, nonlinearity: str, from_zeros: bool) -> None:
    inputs: Any = arguments(cell, [2, 0, 3], 2, 2)[: 6 if from_zeros else 8]
    assert torch.autograd.gradgradcheck(lambda *t: tuple(call(cell, nonlinearity, list(t))), inputs)


def test_backward_twice_through_a_retained_graph() -> None:
    inputs = arguments("lstm", LENGTHS)
    loss = sum(o.square().sum() for o in call("lstm", "tanh", inputs))
    wanted = [t for t in inputs if t is not None and t.requires_grad]
    first = torch.autograd.grad(loss, wanted, retain_graph=True)  # pyright: ignore
    second = torch.autograd.grad(loss, wanted)  # pyright: ignore
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("from_zeros", [False, True])
@each_cell
def test_opcheck(cell: str, nonlinearity: str, from_zeros: bool) -> None:
    inputs = arguments(cell, LENGTHS)
    inputs = [*inputs[:6], None, None] if from_zeros else inputs
    torch.library.opcheck(compiled._forward_op, (cell, nonlinearity, False, True, *inputs))


def test_torch_compile_in_one_graph() -> None:
    inputs: Any = arguments("gru", LENGTHS, dtype=torch.float32)

    def loss(*tensors: Tensor) -> Tensor:
        return call("gru", "tanh", list(tensors))[0].square().sum()

    compiled_loss = torch.compile(loss, backend="aot_eager", fullgraph=True)
    wanted = [t for t in inputs if t is not None and t.requires_grad]
    actual = torch.autograd.grad(compiled_loss(*inputs), wanted)
    expected = torch.autograd.grad(loss(*inputs), wanted)  # pyright: ignore
    for a, e in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, e)


def test_functional_gradients_of_every_member_of_a_batch() -> None:
    x, lengths, *weights = arguments("lstm", [2, 3])
    assert isinstance(x, Tensor)
    members = torch.stack([x.detach(), x.detach() + 1])
    detached = [t.detach() for t in weights if t is not None]

    def loss(x: Tensor) -> Tensor:
        return ops.recurrent("lstm", x, lengths, *detached)[0].square().sum()  # pyright: ignore

    actual = torch.func.vmap(torch.func.grad(loss))(members)
    for member, gradient in zip(members, actual, strict=True):
        member.requires_grad_()
        torch.testing.assert_close(gradient, torch.autograd.grad(loss(member), member)[0])


def test_autocast_keeps_the_precision_of_the_weights() -> None:
    inputs = arguments("lstm", LENGTHS, dtype=torch.float32)
    expected = call("lstm", "tanh", inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        actual = call("lstm", "tanh", inputs)
    for a, e in zip(actual, expected, strict=True):
        assert torch.equal(a, e)


@pytest.mark.parametrize("batched", [False, True])
def test_autocast_keeps_the_precision_of_gradients_to_be_differentiated_or_in_batches(batched: bool) -> None:
    inputs = arguments("lstm", LENGTHS, dtype=torch.float32)
    output, x = call("lstm", "tanh", inputs)[0], inputs[0]
    above = torch.randn((4, *output.shape) if batched else output.shape)

    def gradient() -> Tensor:
        options = {"is_grads_batched": True, "retain_graph": True} if batched else {"create_graph": True}
        return torch.autograd.grad(output, x, above, **options)[0]  # pyright: ignore

    expected = gradient()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(gradient(), expected)


@pytest.mark.parametrize("backend", ["compiled", "reference"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell, nonlinearity", [("rnn", "tanh"), ("lstm", "tanh"), ("gru", "tanh")])
def test_recorded_gradients_are_those_of_every_state(
    cell: str, nonlinearity: str, reverse: bool, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the gradient of a perturbation added to each step's state, written out step by step."""
    if backend == "reference":
        monkeypatch.setattr(sys.modules["elman.ops.recurrent"], "_not_built", "for this test")
    inputs = arguments(cell, [4])
    x, _, weight_ih, weight_hh, bias_ih, bias_hh, h, c = inputs
    assert isinstance(x, Tensor) and isinstance(weight_ih, Tensor) and isinstance(weight_hh, Tensor)
    with ops.record_gradients() as records:
        output, h_n, *_ = call(cell, nonlinearity, inputs, reverse)
    (output.square().sum() + h_n.sum()).backward()

    assert isinstance(h, Tensor)
    state, nudges, loss = reference.State(h, c), [], torch.zeros((), dtype=torch.float64)
    for row in reversed(x) if reverse else x:
        gates = torch.nn.functional.linear(row[None], weight_ih, bias_ih)
        state = reference.step(cells.find(cell), gates, state, weight_hh, bias_hh)
        nudges.append(tuple(torch.zeros_like(s, requires_grad=True) for s in state if s is not None))
        state = reference.State(*(s + e for s, e in zip(state, nudges[-1], strict=False)))
        loss = loss + state.h.square().sum()
    (loss + state.h.sum()).backward()
    nudges = nudges[::-1] if reverse else nudges
    (record,) = records
    torch.testing.assert_close(record.grad_h, torch.cat([n[0].grad for n in nudges]))
    if cell == "lstm":  # h = o tanh(c) comes before the nudge of c; what the step after sees of it comes behind
        assert record.grad_c is not None and record.grad_c.shape == output.shape
