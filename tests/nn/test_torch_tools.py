"""The layers under PyTorch's own tools: copies, parametrizations, transforms, compilers."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch
from parity import CELLS, pair, tensors
from torch.nn.utils import parametrizations, parametrize

from conftest import assert_close
from elman import nn as elman_nn
from elman.nn import WeightDropout
from elman.ragged import Ragged

MAGNITUDE = "parametrizations.weight_hh_l0.original0"  # of weight_norm
F64 = torch.float64


@pytest.mark.parametrize("cell", CELLS)
def test_copies_and_files(cell: str):
    ours, theirs = pair(cell, 3, 4, 2, bidirectional=True)
    x = torch.randn(5, 2, 3)
    expected, _ = ours(x)
    file = io.BytesIO()
    torch.save(ours, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    for copied in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), loaded):
        assert torch.equal(copied(x)[0], expected)
        assert copied.weight_hh_l0 is not ours.weight_hh_l0
    with torch.no_grad():
        ours.weight_hh_l0 += 1
    theirs.load_state_dict(ours.state_dict())
    assert_close(theirs(x)[0], ours(x)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_dtype_and_device_moves(cell: str):
    layer = getattr(elman_nn, cell)(3, 4, device="meta").to_empty(device="cpu").double()
    layer.reset_parameters()
    assert layer(torch.randn(5, 2, 3, dtype=F64))[0].dtype == F64


@pytest.mark.parametrize("cell", CELLS)
def test_weight_norm_and_weight_dropout(cell: str):
    ours, theirs = pair(cell, 3, 4, dtype=F64)
    for layer in (ours, theirs):
        parametrizations.weight_norm(layer, "weight_hh_l0")
        layer.get_parameter(MAGNITUDE).data.mul_(2)
    x = torch.randn(5, 2, 3, dtype=F64)
    results = [layer(x)[0] for layer in (ours, theirs)]
    assert_close(*results)
    for result in results:
        result.sum().backward()
    assert_close(*(layer.get_parameter(MAGNITUDE).grad for layer in (ours, theirs)), kind="gradient")

    ours, _ = pair(cell, 3, 4, dtype=F64)
    parametrize.register_parametrization(ours, "weight_hh_l0", WeightDropout(0.5))
    assert not torch.equal(ours(x)[0], ours(x)[0])
    ours.eval()
    assert torch.equal(ours(x)[0], ours(x)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_weights_shared_between_layers(cell: str):
    ours, theirs = pair(cell, 4, 4, 2, dtype=F64)
    for layer in (ours, theirs):
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            setattr(layer, f"{kind}_l1", getattr(layer, f"{kind}_l0"))
    assert len(list(ours.parameters())) == 4
    x = torch.randn(5, 2, 4, dtype=F64)
    grads = []
    for layer in (ours, theirs):
        layer(x)[0].square().sum().backward()
        grads.append(layer.weight_hh_l0.grad)
    assert_close(*grads, kind="gradient")


@pytest.mark.parametrize("cell", CELLS)
def test_functional_call_and_grad(cell: str):
    ours, theirs = pair(cell, 3, 4, dtype=F64)
    x = torch.randn(5, 2, 3, dtype=F64)

    def loss(layer):
        return lambda parameters: torch.func.functional_call(layer, parameters, (x,))[0].square().sum()

    weights = {name: torch.randn_like(p) for name, p in ours.named_parameters()}
    our_grads, their_grads = torch.func.grad(loss(ours))(weights), torch.func.grad(loss(theirs))(weights)
    for name in weights:
        assert_close(our_grads[name], their_grads[name], "gradient")


@pytest.mark.parametrize("cell", CELLS)
def test_vmap_over_models(cell: str):
    models = [pair(cell, 3, 4, dtype=F64)[0] for _ in range(3)]
    parameters, _ = torch.func.stack_module_state(models)
    x = torch.randn(5, 2, 3, dtype=F64)
    outputs = torch.vmap(lambda p: torch.func.functional_call(models[0], p, (x,))[0])(parameters)
    for output, model in zip(outputs, models, strict=True):
        assert_close(output, model(x)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_double_backward(cell: str):
    layer = getattr(elman_nn, cell)(2, 3, dtype=F64)
    x = Ragged(torch.randn(4, 2, dtype=F64, requires_grad=True), torch.tensor([3, 0, 1]))
    assert torch.autograd.gradgradcheck(lambda v: layer.unroll(x.with_values(v))[0].values, [x.values])


@pytest.mark.parametrize("cell", CELLS)
def test_compile(cell: str):
    ours, _ = pair(cell, 3, 4, 2, bidirectional=True, dtype=F64)
    x = torch.randn(5, 2, 3, dtype=F64)
    compiled = torch.compile(lambda x: tensors(*ours(x)), backend="aot_eager", fullgraph=True)
    for actual, expected in zip(compiled(x), tensors(*ours(x)), strict=True):
        assert_close(actual, expected)
    grads = []
    for run in (compiled, lambda x: tensors(*ours(x))):
        ours.zero_grad()
        run(x)[0].square().sum().backward()
        grads.append(ours.weight_hh_l0.grad)
    assert_close(*grads, kind="gradient")


@pytest.mark.parametrize("cell", CELLS)
def test_export(cell: str):
    ours, _ = pair(cell, 3, 4, dtype=F64)
    x = torch.randn(5, 2, 3, dtype=F64)
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(ours, (x,), dynamic_shapes=({1: batch},)).module()
    other = torch.randn(5, 7, 3, dtype=F64)
    assert_close(exported(other)[0], ours(other)[0])
