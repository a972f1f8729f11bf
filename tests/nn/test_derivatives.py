"""Every way to differentiate, against ``torch.nn``: forward mode, batches of gradients, torch.func, higher orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from parity import CELLS, pair
from torch import Tensor
from torch.autograd import forward_ad, functional
from torch.func import functional_call

from conftest import assert_close

F64 = torch.float64
STACKS = [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}]
SINGLE = ["RNNCell", "LSTMCell", "GRUCell"]


def both(name: str, settings: dict[str, Any]) -> tuple[Any, Any, Tensor]:
    """Our layer or cell, torch's with the same weights, and an input."""
    if name in SINGLE:
        settings = {}
    ours, theirs = pair(name, 2, 3, dtype=F64, **settings)
    return ours, theirs, torch.randn(*((2, 2) if name in SINGLE else (4, 2, 2)), dtype=F64)


def results(layer: Any, x: Tensor, parameters: dict[str, Tensor] | None = None) -> tuple[Tensor, ...]:
    found = functional_call(layer, parameters, (x,)) if parameters else layer(x)
    return (found,) if isinstance(found, Tensor) else tuple(t for part in found for t in tensors_of(part))


def tensors_of(part: Any) -> list[Tensor]:
    return [part] if isinstance(part, Tensor) else list(part)


def loss(layer: Any) -> Callable[[Tensor], Tensor]:
    return lambda x: sum((t * t).sum() for t in results(layer, x))  # pyright: ignore[reportReturnType]


def assert_all_close(ours: Any, theirs: Any):
    ours, theirs = (torch.utils._pytree.tree_leaves(found) for found in (ours, theirs))  # pyright: ignore
    assert len(ours) == len(theirs) > 0
    for our, their in zip(ours, theirs, strict=True):
        assert our is not None and their is not None
        assert_close(our, their)


each = pytest.mark.parametrize(
    ("name", "settings"), [(c, s) for c in CELLS for s in STACKS] + [(c, {}) for c in SINGLE], ids=str
)


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("by", ["input", "weight"])
@each
def test_forward_mode(name: str, settings: dict[str, Any], by: str, gradients: bool):
    ours, theirs, x = both(name, settings)
    weight = "weight_hh" if name in SINGLE else "weight_hh_l0"
    direction = torch.randn_like(x if by == "input" else getattr(ours, weight))

    def tangents(layer: Any) -> list[Tensor | None]:
        with torch.set_grad_enabled(gradients), forward_ad.dual_level():
            if by == "input":
                found = results(layer, forward_ad.make_dual(x, direction))
            else:
                dual = forward_ad.make_dual(getattr(layer, weight).detach(), direction)
                found = results(layer, x, {weight: dual})
            return [forward_ad.unpack_dual(t).tangent for t in found]

    assert_all_close(tangents(ours), tangents(theirs))


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_forward_mode_with_states_lengths_and_a_projection(dtype: torch.dtype):
    ours, theirs = pair("LSTM", 2, 4, proj_size=3, dtype=dtype)
    x = torch.randn(5, 2, 2, dtype=dtype)
    with forward_ad.dual_level(), torch.no_grad():
        dual = forward_ad.make_dual(x, torch.ones_like(x))
        found = [forward_ad.unpack_dual(layer(dual)[0]).tangent for layer in (ours, theirs)]
    assert_all_close(*found)

    ours, theirs = pair("GRU", 2, 4, bidirectional=True, dtype=dtype)
    h, lengths = torch.randn(2, 2, 4, dtype=dtype), torch.tensor([3, 5])
    with forward_ad.dual_level(), torch.no_grad():
        dual = forward_ad.make_dual(h, torch.ones_like(h))
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        found = [ours(x, dual, lengths=lengths), theirs(packed, dual)]
        assert_all_close(*(forward_ad.unpack_dual(final).tangent for _, final in found))


@each
def test_a_batch_of_gradients_at_once(name: str, settings: dict[str, Any]):
    ours, theirs, x = both(name, settings)
    x.requires_grad_()

    def batched(layer: Any, upstream: list[Tensor]) -> tuple[Tensor, ...]:
        inputs = [x, *layer.parameters()]
        return torch.autograd.grad(results(layer, x), inputs, upstream, is_grads_batched=True)

    upstream = [torch.randn(3, *t.shape, dtype=F64) for t in results(ours, x)]
    found = batched(ours, upstream)
    assert_all_close(found, batched(theirs, upstream))
    one = torch.autograd.grad(results(ours, x), x, [t[1] for t in upstream])[0]
    assert_close(found[0][1], one)


@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
@each
def test_vectorized_jacobians_and_hessians(name: str, settings: dict[str, Any], strategy: str):
    """Against torch's layers one direction after another: some of them can't be vectorized."""
    ours, theirs, x = both(name, settings)
    found = functional.jacobian(lambda x: results(ours, x), x, vectorize=True, strategy=strategy)
    assert_all_close(found, functional.jacobian(lambda x: results(theirs, x), x))
    found = functional.hessian(loss(ours), x, vectorize=True, outer_jacobian_strategy=strategy)
    assert_all_close(found, functional.hessian(loss(theirs), x))


@each
def test_products_with_jacobians_and_hessians(name: str, settings: dict[str, Any]):
    ours, theirs, x = both(name, settings)
    v = torch.randn_like(x)
    for product in (functional.hvp, functional.vhp, functional.jvp, functional.vjp):
        by = None if product is functional.vjp else v
        assert_all_close(*(product(loss(m), x, by) for m in (ours, theirs)))


@each
def test_torch_func(name: str, settings: dict[str, Any]):
    ours, theirs, x = both(name, settings)
    v, batch = torch.randn_like(x), torch.randn(3, *x.shape, dtype=F64)
    func = torch.func
    with torch.no_grad():
        found = func.jvp(lambda x: results(ours, x), (x,), (v,))
        assert_all_close(found, functional.jvp(lambda x: results(theirs, x), x, v))
    gradient, hessian = functional.jacobian(loss(theirs), x), functional.hessian(loss(theirs), x)
    assert_all_close(func.jacfwd(loss(ours))(x), gradient)
    assert_all_close(func.jacrev(loss(ours))(x), gradient)
    assert_all_close(func.hessian(loss(ours))(x), hessian)
    assert_all_close(func.jacfwd(func.jacfwd(loss(ours)))(x), hessian)
    members = [results(theirs, member) for member in batch]
    assert_all_close(func.vmap(lambda x: results(ours, x))(batch), [torch.stack(t) for t in zip(*members, strict=True)])
    gradients = [functional.jacobian(loss(theirs), member) for member in batch]
    assert_all_close(func.vmap(func.grad(loss(ours)))(batch), torch.stack(gradients))  # pyright: ignore
    of_parameters = func.grad(lambda p: sum(t.sum() for t in results(ours, x, p)))(dict(ours.named_parameters()))
    expected = torch.autograd.grad(sum(t.sum() for t in results(theirs, x)), list(theirs.parameters()))  # pyright: ignore
    assert_all_close(list(of_parameters.values()), expected)


@each
def test_forward_over_reverse(name: str, settings: dict[str, Any]):
    """The derivative of a gradient in one direction, without ``torch.func``."""
    ours, theirs, x = both(name, settings)
    direction = torch.randn_like(x)

    def product(layer: Any) -> Tensor | None:
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(x.clone().requires_grad_(), direction)
            (gradient,) = torch.autograd.grad(loss(layer)(dual), dual)
            return forward_ad.unpack_dual(gradient).tangent

    assert_all_close(product(ours), product(theirs))


@each
def test_third_derivatives(name: str, settings: dict[str, Any]):
    ours, theirs, x = both(name, settings)

    def third(layer: Any) -> list[Tensor]:
        at = x.clone().requires_grad_()
        inputs = [at, *layer.parameters()]
        value = sum((t**3).sum() for t in results(layer, at))
        for _ in range(2):
            grads = torch.autograd.grad(value, inputs, create_graph=True, allow_unused=True)  # pyright: ignore
            value = sum(g.square().sum() for g in grads if g is not None)
        return list(torch.autograd.grad(value, inputs))  # pyright: ignore

    assert_all_close(third(ours), third(theirs))


def test_a_state_made_of_the_input_counts_once():
    """Gradients stop at a layer's inputs, even where one is computed from another."""
    ours, theirs = pair("GRU", 3, 3, dtype=F64)

    def second(layer: Any) -> Tensor:
        x = torch.linspace(-1, 1, 12, dtype=F64).view(4, 1, 3).requires_grad_()
        output, _ = layer(x, x[:1] * 2)
        (gradient,) = torch.autograd.grad(output.square().sum(), x, create_graph=True)
        return torch.autograd.grad(gradient.square().sum(), x)[0]

    assert_close(second(ours), second(theirs))
