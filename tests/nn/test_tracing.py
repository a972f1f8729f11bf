"""Layers under whoever writes a program down: TorchScript's tracer and compiler, torch.fx, both ONNX exporters."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from parity import CELLS, pair, random_state, tensors
from torch import Tensor, nn
from torch.nn.utils import prune
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from conftest import assert_close
from elman import nn as elman_nn
from elman.errors import TracingError
from elman.ragged import Ragged

# TorchScript and the exporters warn of much that isn't theirs to decide, and of their own end.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")]

STACKS = [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}, {"bias": False, "num_layers": 2}]


trace: Any = torch.jit.trace


def saved_and_loaded(traced: Any) -> Any:
    file = io.BytesIO()
    torch.jit.save(traced, file)
    file.seek(0)
    return torch.jit.load(file)


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("settings", STACKS, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_a_trace_answers_for_other_batches_and_lengths(cell: str, settings: dict[str, Any], gradients: bool):
    ours, _ = pair(cell, 3, 4, **settings)
    with torch.set_grad_enabled(gradients):
        traced = saved_and_loaded(trace(ours, torch.randn(5, 2, 3)))
    assert not [node.kind() for node in traced.inlined_graph.nodes() if "elman" in node.kind()]
    for shape in ((5, 2, 3), (2, 7, 3), (63, 1, 3)):
        x = torch.randn(shape)
        for actual, expected in zip(tensors(*traced(x)), tensors(*ours(x)), strict=True):
            assert_close(actual, expected)


@pytest.mark.parametrize("cell", CELLS)
def test_a_trace_with_states_and_without_a_batch(cell: str):
    ours, theirs = pair(cell, 3, 4, 2, bidirectional=True)
    for batch in ((2,), ()):
        with torch.no_grad():
            hx = random_state(theirs, *batch)
            traced = trace(ours, (torch.randn(5, *batch, 3), hx))
            x, hx = torch.randn(9, *batch, 3), random_state(theirs, *batch)
            for actual, expected in zip(tensors(*traced(x, hx)), tensors(*ours(x, hx)), strict=True):
                assert_close(actual, expected)


class WithLengths(nn.Module):
    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensors(*self.layer(x, lengths=lengths)))


class Packed(WithLengths):
    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        packed = pack_padded_sequence(x, lengths, self.layer.batch_first, enforce_sorted=False)  # pyright: ignore
        output, state = self.layer(packed)
        assert isinstance(output, PackedSequence)
        return tuple(tensors(output.data, state))


@pytest.mark.parametrize("model", [WithLengths, Packed])
@pytest.mark.parametrize("settings", STACKS, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_a_trace_of_sequences_of_different_lengths(cell: str, settings: dict[str, Any], model: type[WithLengths]):
    ours, _ = pair(cell, 3, 4, **settings)
    module, first = model(ours), 0 if ours.batch_first else 1
    with torch.no_grad():
        shape = (3, 5, 3) if ours.batch_first else (5, 3, 3)
        traced = trace(module, (torch.randn(shape), torch.tensor([2, 5, 3])))
        for lengths in ([1, 4, 2, 2], [7], [3, 3]):
            x = torch.randn((len(lengths), 7, 3) if first == 0 else (7, len(lengths), 3))
            results = traced(x, torch.tensor(lengths)), module(x, torch.tensor(lengths))
            for actual, expected in zip(*results, strict=True):
                assert_close(actual, expected)


@pytest.mark.parametrize("cell", CELLS)
def test_a_learned_state_and_computed_weights_are_traced(cell: str):
    layer = getattr(elman_nn, cell)(3, 4, learned_state=True)
    nn.init.normal_(layer.h_0_l0)
    nn.utils.parametrizations.weight_norm(layer, "weight_hh_l0")
    traced = trace(layer, torch.randn(5, 2, 3))
    x = torch.randn(4, 3, 3)
    assert_close(traced(x)[0], layer(x)[0])


def test_a_projection_is_traced():
    layer = elman_nn.LSTM(3, 4, 2, proj_size=2)
    traced, x = trace(layer, torch.randn(5, 2, 3)), torch.randn(4, 3, 3)
    assert_close(traced(x)[0], layer(x)[0])


@pytest.mark.parametrize("cell", ["RNNCell", "LSTMCell", "GRUCell"])
def test_cells_are_traced_and_scripted(cell: str):
    layer = getattr(elman_nn, cell)(3, 4)
    x = torch.randn(5, 3)
    with torch.no_grad():
        for written in (trace(layer, torch.randn(2, 3)), torch.jit.script(layer)):
            torch.testing.assert_close(saved_and_loaded(written)(x), layer(x))


class Step(nn.Module):
    def __init__(self, layer: Any):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        return self.layer.step(x, state)[1]


@pytest.mark.parametrize("cell", [*CELLS, "MGU"])
def test_steps_are_traced(cell: str):
    layer = getattr(elman_nn, cell)(3, 4, 2)

    step = Step(layer)
    traced = trace(step, (torch.randn(2, 3), *layer.initial_state(2)))
    x, state = torch.randn(5, 3), tuple(torch.randn_like(part) for part in layer.initial_state(5))
    torch.testing.assert_close(traced(x, *state), step(x, *state))


# -- what PyTorch can't say -----------------------------------------------------------------------

NOT_TORCHS = {
    "sigmoid": lambda: elman_nn.RNN(3, 4, nonlinearity="sigmoid"),
    "mgu": lambda: elman_nn.MGU(3, 4),
    "reset before": lambda: elman_nn.GRU(3, 4, reset_after=False),
    "layer norm": lambda: elman_nn.LSTM(3, 4, layer_norm=True),
    "zoneout": lambda: elman_nn.LSTM(3, 4, zoneout=0.1),
    "widths": lambda: elman_nn.LSTM(3, (4, 5)),
}


@pytest.mark.parametrize("name", NOT_TORCHS)
def test_what_torch_cannot_say_is_refused_by_name(name: str, tmp_path: Path):
    layer = NOT_TORCHS[name]()
    for write in (
        lambda: trace(layer, torch.randn(5, 2, 3)),
        lambda: torch.jit.script(layer),
        lambda: torch.onnx.export(layer, (torch.randn(5, 2, 3),), str(tmp_path / "a.onnx"), dynamo=False),
    ):
        with pytest.raises(TracingError, match=rf"{type(layer).__name__} can't be"):
            write()


def test_variational_dropout_is_traced_in_evaluation_only():
    layer = elman_nn.LSTM(3, 4, 2, variational_dropout=0.1)
    for write in (lambda: trace(layer, torch.randn(5, 2, 3)), lambda: torch.jit.script(layer)):
        with pytest.raises(TracingError, match="variational_dropout"):
            write()
    traced, x = trace(layer.eval(), torch.randn(5, 2, 3)), torch.randn(4, 3, 3)
    assert_close(traced(x)[0], layer(x)[0])


class OfRagged(nn.Module):
    def __init__(self, way: str):
        super().__init__()
        self.layer, self.way = elman_nn.GRU(3, 4), way

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        ragged = Ragged.from_padded(x, lengths)
        output, _ = self.layer.unroll(ragged) if self.way == "unroll" else self.layer(ragged)
        return output.values


@pytest.mark.parametrize("way", ["unroll", "forward"])
def test_a_ragged_input_is_refused_and_the_way_out_is_named(way: str):
    with pytest.raises(TracingError, match="lengths= where sequences differ"):
        trace(OfRagged(way), (torch.randn(2, 5, 3), torch.tensor([3, 5])))


@pytest.mark.parametrize("spoil", ["prune", "weight_norm"])
def test_computed_weights_are_not_scripted(spoil: str):
    layer = elman_nn.LSTM(3, 4)
    if spoil == "prune":
        prune.l1_unstructured(layer, "weight_hh_l0", 0.5)
    else:
        nn.utils.parametrizations.weight_norm(layer, "weight_hh_l0")
    with pytest.raises(TracingError, match="weights are computed"):
        torch.jit.script(layer)


# -- other ways to write a program down -----------------------------------------------------------


class Tagger(nn.Module):
    def __init__(self, layer: Any):
        super().__init__()
        self.layer = layer
        self.scores = nn.Linear(4 * layer.num_directions, 2)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.layer(x)
        return self.scores(output)


@pytest.mark.parametrize("settings", STACKS, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_a_script_is_of_torchs_layer_with_the_same_parameters(cell: str, settings: dict[str, Any]):
    model = Tagger(getattr(elman_nn, cell)(3, 4, **settings))
    scripted = saved_and_loaded(torch.jit.script(model))
    x = torch.randn(5, 2, 3)
    assert_close(scripted(x), model(x))
    with torch.no_grad():
        model.layer.weight_hh_l0.mul_(2)  # torch has put its layer into the model; the parameters are the same
    assert_close(torch.jit.script(model)(x), model(x))


@pytest.mark.parametrize("cell", [*CELLS, "MGU"])
def test_fx_takes_a_layer_as_one_node(cell: str):
    model = Tagger(getattr(elman_nn, cell)(3, 4))
    graph = torch.fx.symbolic_trace(model)
    assert [node.op for node in graph.graph.nodes].count("call_module") == 2
    x = torch.randn(9, 2, 3)
    assert_close(graph(x), model(x))


def onnx_answer(file: Path, **inputs: Tensor) -> list[Tensor]:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(file)
    results = session.run(None, {name: x.numpy() for name, x in inputs.items()})
    return [torch.from_numpy(result) for result in results]


def operators(file: Path) -> set[str]:
    return {node.op_type for node in pytest.importorskip("onnx").load(file).graph.node}


class Everything(nn.Module):
    """Output and states as one tuple."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensors(*self.layer(x)))


@pytest.mark.parametrize("settings", STACKS, ids=str)
@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_onnx_through_torchscript(cell: str, settings: dict[str, Any], tmp_path: Path):
    ours, _ = pair(cell, 3, 4, **settings)
    file, model = tmp_path / "model.onnx", Everything(ours).eval()
    axes = {"x": {0: "a", 1: "b"}}
    torch.onnx.export(model, (torch.randn(5, 2, 3),), str(file), dynamo=False, input_names=["x"], dynamic_axes=axes)
    assert cell in operators(file)
    for shape in ((5, 2, 3), (2, 7, 3)):
        x = torch.randn(shape)
        for actual, expected in zip(onnx_answer(file, x=x), model(x), strict=True):
            assert_close(actual, expected)


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_onnx_through_torchscript_of_sequences_of_different_lengths(cell: str, tmp_path: Path):
    ours, _ = pair(cell, 3, 4, bidirectional=True, batch_first=True)
    file, model = tmp_path / "model.onnx", WithLengths(ours).eval()
    example = torch.randn(3, 5, 3), torch.tensor([2, 5, 3])
    axes = {"x": {0: "batch", 1: "steps"}, "lengths": {0: "batch"}}
    torch.onnx.export(model, example, str(file), dynamo=False, input_names=["x", "lengths"], dynamic_axes=axes)
    assert cell in operators(file)
    for lengths in ([1, 4, 7, 2], [7]):
        x = torch.randn(len(lengths), 7, 3)
        for actual, expected in zip(
            onnx_answer(file, x=x, lengths=torch.tensor(lengths)), model(x, torch.tensor(lengths)), strict=True
        ):
            assert_close(actual, expected)


class WithState(nn.Module):
    """All results for given lengths and states."""

    def __init__(self, layer: Any):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, lengths: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        hx = state if self.layer.cell == "lstm" else state[0]
        return tuple(tensors(*self.layer(x, hx, lengths=lengths)))


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_onnx_through_torch_export(cell: str, tmp_path: Path):
    """Any number of sequences and steps, lengths and states, where torch's own layers are bound to the example's."""
    pytest.importorskip("onnxscript")
    ours, _ = pair(cell, 3, 4, num_layers=2, bidirectional=True, batch_first=True, bias=cell != "RNN")
    file, model, dim = tmp_path / "model.onnx", WithState(ours).eval(), torch.export.Dim.DYNAMIC

    def example(batch: int, steps: int) -> tuple[Tensor, ...]:
        state = (torch.randn(4, batch, 4) for _ in ours.initial_state(batch))
        return torch.randn(batch, steps, 3), torch.randint(1, steps + 1, (batch,)), *state

    given = example(3, 5)
    names = ["x", "lengths", *"hc"][: len(given)]
    shapes = ({0: dim, 1: dim}, {0: dim}, tuple({1: dim} for _ in given[2:]))
    torch.onnx.export(model, given, str(file), dynamo=True, verbose=False, dynamic_shapes=shapes, input_names=names)
    assert cell in operators(file)
    for batch, steps in ((3, 5), (7, 2), (1, 63)):
        inputs = example(batch, steps)
        found = onnx_answer(file, **dict(zip(names, inputs, strict=True)))
        for actual, expected in zip(found, model(*inputs), strict=True):
            assert_close(actual, expected)
