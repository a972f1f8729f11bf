# pyright: strict
"""Layers for those who write a program down to run it elsewhere: TorchScript, ``torch.fx`` and ONNX.

What they write must not depend on Elman, nor on the example they were shown. So a layer answers with torch's own
operator (``torch.lstm`` and its like), which each of them can write, and which leaves batch size and number of steps
open; in the ONNX exporter through ``torch.export``, where it doesn't, with ONNX's. Where there is no operator for a
layer there is a TracingError. ``torch.compile`` and ``torch.export`` need none of this: they keep the kernels' own
operator (``ops/compiled.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from elman.errors import TracingError
from elman.nn import torch_kernels

if TYPE_CHECKING:
    from elman.nn.stack import Recurrent


def traced() -> bool:
    """Whether TorchScript's tracer or an ONNX exporter writes down what is called now."""
    if torch._C._get_tracing_state() is not None:  # pyright: ignore[reportPrivateUsage, reportUnnecessaryComparison]
        return True
    return torch.compiler.is_exporting() and torch.onnx.is_in_onnx_export()


def forward(layer: Recurrent, input: Any, hx: Any, lengths: Tensor | None) -> tuple[Any, Any]:
    """``layer.forward`` by torch's operators; raises TracingError where there are none."""
    if why := _why_not(layer):
        raise refusal(layer, why)
    if not _is_torchs(input, lengths):
        raise refusal(layer, RAGGED)
    if torch.compiler.is_exporting() and _onnx_has_it(layer, input):
        return _by_onnx(layer, input, hx, lengths)
    if lengths is not None:
        packed = pack_padded_sequence(input, lengths.to("cpu"), layer.batch_first, enforce_sorted=False)
        output, final = forward(layer, packed, hx, None)
        steps = input.shape[1 if layer.batch_first else 0]
        return pad_packed_sequence(output, layer.batch_first, total_length=steps)[0], final
    if isinstance(input, PackedSequence):
        order = input.sorted_indices
        state = _state(layer, hx, input.batch_sizes[0], lambda part: part if order is None else part[:, order])
        data, final = _run(layer, input.data, (input.batch_sizes,), state)
        back = input.unsorted_indices
        final = tuple(part if back is None else part[:, back] for part in final)
        output = PackedSequence(data, input.batch_sizes, order, back)
    elif input.dim() == 2:
        state = _state(layer, hx, 1, lambda part: part.unsqueeze(1))
        output, final = _run(layer, input.unsqueeze(1), (False,), state)
        output, final = output.squeeze(1), tuple(part.squeeze(1) for part in final)
    else:
        state = _state(layer, hx, input.shape[0 if layer.batch_first else 1], lambda part: part)
        output, final = _run(layer, input, (layer.batch_first,), state)
    return output, final if len(layer.spec.states) > 1 else final[0]


def _onnx_has_it(layer: Recurrent, input: Any) -> bool:
    """Whether ONNX has an operator for this, and PyTorch a way to name it (since 2.8; before, its own have to do)."""
    padded = not isinstance(input, PackedSequence)
    return hasattr(torch.onnx, "ops") and layer.spec.onnx is not None and not layer.proj_size and padded


def _by_onnx(layer: Recurrent, input: Tensor, hx: Any, lengths: Tensor | None) -> tuple[Any, Any]:
    """``layer.forward`` by the operators RNN, LSTM and GRU of ONNX itself, in the exporter through ``torch.export``.

    That exporter takes torch's operators apart where two dimensions are free, or a layer is simple.
    """
    batched = input.dim() == 3
    x = input if batched else input.unsqueeze(1)
    x = x.transpose(0, 1) if batched and layer.batch_first else x
    state = _state(layer, hx, x.shape[1], lambda part: part if batched else part.unsqueeze(1))
    finals: list[tuple[Tensor, ...]] = []
    for index, own in enumerate(layer.by_layer(state)):
        x = x if index == 0 else nn.functional.dropout(x, layer.dropout, layer.training)
        x, *final = _onnx_layer(layer, index, x, own, lengths)
        finals.append(tuple(final))
    final = tuple(part if batched else part.squeeze(1) for part in layer.joined(finals))
    output = x.transpose(0, 1) if batched and layer.batch_first else x if batched else x.squeeze(1)
    return output, final if len(layer.spec.states) > 1 else final[0]


def _onnx_layer(layer: Recurrent, index: int, x: Tensor, state: Any, lengths: Tensor | None) -> tuple[Tensor, ...]:
    """One layer: ``[T, B, I]`` and states ``[D, B, H]`` -> ``[T, B, D*H]`` and the final states."""
    (steps, batch, _), directions, hidden = x.shape, layer.num_directions, layer.hidden_sizes[index]
    order = layer.spec.onnx
    assert order is not None

    def arranged(parameter: Tensor) -> Tensor:
        blocks = parameter.chunk(len(order))
        return torch.cat([blocks[place] for place in order])

    weights = [[arranged(t) for t in layer.all_weights[index * directions + d]] for d in range(directions)]
    attributes: dict[str, Any] = {"hidden_size": hidden, "direction": "bidirectional" if directions == 2 else "forward"}
    attributes |= layer.spec.onnx_attributes(directions)
    inputs = [
        x,
        torch.stack([own[0] for own in weights]),
        torch.stack([own[1] for own in weights]),
        torch.stack([torch.cat(own[2:]) for own in weights]) if layer.bias else None,
        None if lengths is None else lengths.to(torch.int32),
        *state,
    ]
    shapes = [(steps, directions, batch, hidden), *[(directions, batch, hidden)] * len(state)]
    output, *final = torch.onnx.ops.symbolic_multi_out(
        f"::{layer.spec.title}", inputs, attributes, dtypes=[x.dtype] * len(shapes), shapes=shapes
    )
    return output.transpose(1, 2).reshape(steps, batch, directions * hidden), *final


RAGGED = "its input must be a padded tensor (with lengths= where sequences differ) or a PackedSequence"


def refusal(layer: Recurrent, why: str) -> TracingError:
    return TracingError(f"{type(layer).__name__} can't be traced or exported: {why}")


def _why_not(layer: Recurrent) -> str | None:
    """Why no operator of torch's says what ``layer`` does."""
    if layer.is_stepwise or layer.spec.torch is None:
        return f"PyTorch has no operator for {layer}"
    if len(set(layer.hidden_sizes)) > 1:
        return "its layers differ in width; put one layer of each width after another"
    if layer.variational_dropout and layer.training:
        return "PyTorch's operators have no variational_dropout; call eval() first"
    return None


def _is_torchs(input: Any, lengths: Tensor | None) -> bool:
    """Whether PyTorch has an operator for this input too."""
    if isinstance(input, PackedSequence):
        return lengths is None
    return isinstance(input, Tensor) and input.layout == torch.strided


def _state(layer: Recurrent, hx: Any, batch: Any, arrange: Callable[[Tensor], Tensor]) -> tuple[Tensor, ...]:
    """The state ``[L*D, B, H]`` to begin with, the caller's after ``arrange``."""
    if hx is None:
        return layer.initial_state(batch)
    return tuple(arrange(part) for part in (hx if len(layer.spec.states) > 1 else (hx,)))


def _run(layer: Recurrent, x: Tensor, layout: tuple[Any, ...], state: tuple[Tensor, ...]) -> tuple[Tensor, Any]:
    assert layer.spec.torch is not None
    return torch_kernels.run(layer.spec.torch, x, layout, *layer.torch_arguments(range(layer.num_layers)), state)


def leaf(layer: Recurrent, input: Any, hx: Any, lengths: Any) -> Any:
    """A call of ``layer`` in a graph of ``torch.fx``, which looks into all modules but torch's own."""
    options = {name: value for name, value in (("hx", hx), ("lengths", lengths)) if value is not None}
    return input.tracer.create_proxy("call_module", input.tracer.path_of_module(layer), (input,), options)


def twin(layer: Recurrent) -> nn.RNNBase:
    """The layer of ``torch.nn`` that does the same with the same parameters, for ``torch.jit.script``."""
    why = _why_not(layer)
    if layer.learned_state:
        why = "PyTorch has no layer whose initial state is learned"
    if layer.variational_dropout:
        why = "PyTorch has no layer with variational_dropout"
    if why:
        raise refusal(layer, why)
    settings: dict[str, Any] = {"nonlinearity": layer.nonlinearity} if layer.spec.nonlinearities else {}
    settings |= {"proj_size": layer.proj_size} if layer.spec.projects else {}
    assert layer.spec.torch is not None
    kind: Callable[..., nn.RNNBase] = getattr(nn, layer.spec.torch.partition("_")[0].upper())  # "rnn_tanh" is nn.RNN's
    made = kind(
        layer.input_size,
        layer.hidden_sizes[0],
        layer.num_layers,
        bias=layer.bias,
        batch_first=layer.batch_first,
        dropout=layer.dropout,
        bidirectional=layer.bidirectional,
        device="meta",
        **settings,
    )
    names, own = ({name for name, _ in one.named_parameters(remove_duplicate=False)} for one in (made, layer))
    if names != own:
        raise refusal(layer, "its weights are computed (parametrized or pruned); make them parameters first")
    for name, parameter in layer.named_parameters():
        setattr(made, name, parameter)
    return made.train(layer.training)
