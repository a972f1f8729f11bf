"""The compiled kernels under autograd.

A layer's pass in one direction is one call of the extension, forward and backward: the products over all steps, the
time loop and the weight gradients (``csrc/passes.h`` and ``kernels.h`` describe the buffers).

Two ways lead to the same two functions ``_forward`` and ``_backward``: an ``autograd.Function`` for plain tensors,
which costs the least (less still without gradients, where there is nothing to wrap), and registered operators for
whoever looks at operators: ``torch.compile``, ``torch.export``, tensors that only pretend to hold data. Gradients that
are to be differentiated again, or a batch of them at once, come from the reference. What is absent is None; among the
results of an operator, which can't return that, a tensor without elements.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from elman.cells import find
from elman.kernels import cpu, reference
from elman.ops.gradients import GradientRecord, new_record
from elman.ragged import check_lengths


def recurrent(
    cell: str, nonlinearity: str, reverse: bool, *tensors: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """``elman.ops.recurrent`` on the compiled kernels; ``tensors`` are its checked tensors, in its order."""
    output, h_n, c_n, *_ = _way(tensors)(cell, nonlinearity, reverse, torch.is_grad_enabled(), *tensors)
    return output, h_n, c_n if _has_c(cell) else None


def transformed() -> bool:
    """Whether operations are given another meaning: by ``torch.func``, vmap, or forward-mode derivatives.

    Then whatever wants to be differentiated or batched has to be made of operations that PyTorch knows.
    """
    return not torch.compiler.is_compiling() and (
        forward_ad._current_level >= 0 or torch._C._are_functorch_transforms_active()
    )


def _way(tensors: tuple[Tensor | None, ...]) -> Callable[..., Any]:
    """The cheapest of the ways to the kernels that serves whoever looks at ``tensors``."""
    if not _plain(tensors):
        return _forward_op
    return _Recurrent.apply if torch.is_grad_enabled() else _forward


PLAIN = {Tensor, torch.nn.Parameter, type(None)}


def _plain(tensors: tuple[Tensor | None, ...]) -> bool:
    """Whether nobody watches: no tracing, no tensor that only pretends to hold data."""
    return (
        PLAIN.issuperset(map(type, tensors))
        and not torch.compiler.is_compiling()
        and torch._C._len_torch_dispatch_stack() == 0
        and torch._C._get_tracing_state() is None
    )


# -- forward and backward -----------------------------------------------------------------------------


@cache
def _kernel(name: str, dtype: torch.dtype) -> Callable[..., None]:
    return getattr(cpu.extension(), f"{name}_{str(dtype).removeprefix('torch.')}")


class Torch:
    """Its tensors, as passes ask for them."""

    def empty(self, like: Tensor, rows: int, columns: int) -> Tensor:
        return like.new_empty(rows, columns)

    def address(self, array: Tensor | None) -> int:
        return 0 if array is None else array.data_ptr()


TORCH = Torch()


def _has_c(cell: str) -> bool:
    return "c" in find(cell).states


def _are_the_output(cell: str, nonlinearity: str) -> bool:
    """Whether a cell's activated gates are its output, as a simple cell's are."""
    return cpu.cells()[cell, nonlinearity].width == 1


def _gate_buffer(cell: str, nonlinearity: str, x: Tensor, hidden: int) -> Tensor:
    return x.new_empty(x.shape[0], cpu.cells()[cell, nonlinearity].width * hidden)


def _contiguous(*tensors: Tensor | None) -> list[Tensor | None]:
    return [None if t is None else _rows(t) for t in tensors]


def _rows(tensor: Tensor) -> Tensor:
    """``tensor`` as the kernels read it: its numbers one after another, with their own sign (not ``z.conj().imag``)."""
    return tensor.resolve_neg().contiguous()


def _forward(
    cell: str,
    nonlinearity: str,
    reverse: bool,
    training: bool,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None]:
    """``output, h_n, c_n, gates, cells``: the results, and what the backward pass needs beside them."""
    check_lengths(lengths, x.shape[0], "x")
    bias_ih, bias_hh, h0, c0 = _contiguous(bias_ih, bias_hh, h0, c0)
    output, h_n, c_n, gates, cells = cpu.forward(
        TORCH,
        _kernel("forward", x.dtype),
        cpu.cells()[cell, nonlinearity],
        _rows(x),
        lengths.contiguous(),
        (_rows(weight_ih), _rows(weight_hh), bias_ih, bias_hh),
        h0,
        c0,
        has_c=_has_c(cell),
        threads=torch.get_num_threads(),
        reverse=reverse,
        training=training,
    )
    return output, h_n, c_n, None if gates is output or not training else gates, cells


def _backward(
    cell: str,
    nonlinearity: str,
    reverse: bool,
    record: bool,
    spent: bool,
    needs: list[bool],
    grad_output: Tensor | None,
    grad_h_n: Tensor | None,
    grad_c_n: Tensor | None,
    x: Tensor,
    lengths: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
    output: Tensor,
    gates: Tensor | None,
    cells: Tensor | None,
) -> tuple[Tensor | None, ...]:
    """Gradients of ``x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0``, then ``dL/dh_t`` and ``dL/dc_t``.

    ``needs`` says which of the first five are wanted; the last two are computed if ``record``. If ``spent``, nobody
    will look at ``gates`` again, and their memory takes their gradients (not so a simple cell's: they are its output).
    """
    batch, hidden, has_c = lengths.shape[0], weight_hh.shape[1], _has_c(cell)
    gates = output if gates is None or _are_the_output(cell, nonlinearity) else gates
    d_gates = gates if spent and gates is not output else _gate_buffer(cell, nonlinearity, x, hidden)
    parameters = x, weight_ih, weight_hh, bias_ih, bias_hh
    gradients = [
        t.new_empty(t.shape) if need and t is not None else None for t, need in zip(parameters, needs, strict=True)
    ]
    d_h0 = None if h0 is None else x.new_empty(batch, hidden)
    d_c0 = x.new_empty(batch, hidden) if has_c else None
    d_h = x.new_empty(output.shape) if record else None
    d_c = x.new_empty(output.shape) if record and has_c else None
    x, lengths = _rows(x), lengths.contiguous()
    weight_ih, weight_hh = _rows(weight_ih), _rows(weight_hh)
    h0, c0, grad_output, grad_h_n, grad_c_n = _contiguous(h0, c0, grad_output, grad_h_n, grad_c_n)
    d_x, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh = gradients
    address = TORCH.address
    _kernel("backward", x.dtype)(
        cell=cpu.cells()[cell, nonlinearity].number,
        threads=torch.get_num_threads(),
        batch=batch,
        hidden=hidden,
        inputs=x.shape[1],
        reverse=reverse,
        lengths=lengths.data_ptr(),
        x=x.data_ptr(),
        weight_ih=weight_ih.data_ptr(),
        weight_hh=weight_hh.data_ptr(),
        h0=address(h0),
        c0=address(c0),
        gates=address(gates),
        output=output.data_ptr(),
        cells=address(cells),
        d_output=address(grad_output),
        d_h_n=address(grad_h_n),
        d_c_n=address(grad_c_n),
        d_gates=d_gates.data_ptr(),
        d_x=address(d_x),
        d_weight_ih=address(d_weight_ih),
        d_weight_hh=address(d_weight_hh),
        d_bias_ih=address(d_bias_ih),
        d_bias_hh=address(d_bias_hh),
        d_h0=address(d_h0),
        d_c0=address(d_c0),
        d_h=address(d_h),
        d_c=address(d_c),
    )
    return *gradients, d_h0, d_c0, d_h, d_c


# -- autograd -----------------------------------------------------------------------------------------


# The hooks that see what is saved now for a backward pass (torch.autograd.graph.saved_tensors_hooks), or None. They may
# keep it, or bring back one tensor for several. PyTorch before 2.8 doesn't say: then there may always be some.
_autograd: Any = torch._C._autograd  # pyright: ignore[reportAttributeAccessIssue]
_saved_tensors_hooks = getattr(_autograd, "_top_saved_tensors_default_hooks", lambda ignore_is_tracing: True)


def _keep(ctx, inputs, output: Tensor, gates: Tensor | None, cells: Tensor | None) -> None:
    """What the backward pass needs, and a record for it if gradients are being recorded."""
    cell, nonlinearity, reverse, _, *tensors = inputs
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(*tensors, output, gates, cells)
    ctx.options = (cell, nonlinearity, reverse)
    ctx.record = new_record(tensors[1], reverse)
    if ctx.record is not None:
        ctx.record.remember(cell, nonlinearity, True, tensors, output)


def _run_backward(ctx, grad_output, grad_h_n, grad_c_n, *, spent: bool = False):
    cell, nonlinearity, reverse = ctx.options
    saved = ctx.saved_tensors
    record: GradientRecord | None = ctx.record
    *_, need_x, _, need_ih, need_hh, need_bias_ih, need_bias_hh, need_h0, need_c0 = ctx.needs_input_grad
    needs = [need_x, need_ih, need_hh, need_bias_ih, need_bias_hh]
    above = [grad_output, grad_h_n, grad_c_n]
    if torch.is_grad_enabled() or transformed() or any(map(_is_batch, above)):
        d_x, *rest = _differentiable_backward(ctx, [*needs, need_h0, need_c0], above, *saved[:8])
        return None, None, None, None, d_x, None, *rest
    plain = _plain(saved)
    *gradients, d_h0, d_c0, d_h, d_c = (_backward if plain else _backward_op)(
        cell, nonlinearity, reverse, record is not None, spent and plain, needs, *above, *saved
    )
    if record is not None:
        assert d_h is not None
        record.fill(d_h, d_c if _has_c(cell) else None)
    d_x, *d_parameters = (g if need else None for g, need in zip(gradients, needs, strict=True))
    return None, None, None, None, d_x, None, *d_parameters, d_h0 if need_h0 else None, d_c0 if need_c0 else None


def _is_batch(tensor: Tensor | None) -> bool:
    """Whether this stands for many tensors, as in ``torch.autograd.grad(..., is_grads_batched=True)``."""
    return tensor is not None and not torch._C._has_storage(tensor)


class _Recurrent(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *inputs):
        output, h_n, c_n, gates, cells = _forward(*inputs)
        _keep(ctx, inputs, output, gates, cells)
        ctx.watched = _saved_tensors_hooks(True) is not None
        return output, h_n, c_n

    @staticmethod
    def backward(ctx, *grad_outputs):
        # Whether this graph is kept for another pass; AOTAutograd asks in the same way.
        keep = torch._C._autograd._get_current_graph_task_keep_graph()  # pyright: ignore[reportAttributeAccessIssue]
        return _run_backward(ctx, *grad_outputs, spent=not keep and not ctx.watched)


def _differentiable_backward(ctx, needs: list[bool], above: list[Tensor | None], x, lengths, *rest):
    """The gradients once more, by the reference: by operations that can be differentiated, batched, or both.

    The inputs are looked at through views, so that a gradient stops there, and depends on the inputs all the same.
    They keep their precision under autocast, as in the forward pass.
    """
    cell, nonlinearity, reverse = ctx.options
    record: GradientRecord | None = None if transformed() or any(map(_is_batch, above)) else ctx.record
    with torch.autocast(x.device.type, enabled=False):
        with torch.enable_grad():
            inputs = [
                None if t is None else t.view_as(t) if t.requires_grad else t.detach().requires_grad_()
                for t in (x, *rest)
            ]
            results = reference.recurrent(
                cell,
                inputs[0],  # pyright: ignore[reportArgumentType]
                lengths,
                *inputs[1:],  # pyright: ignore[reportArgumentType]
                reverse=reverse,
                nonlinearity=nonlinearity,
                on_state=None if record is None else record.watch,
            )
        wanted = [t if need else None for t, need in zip(inputs, needs, strict=True)]
        return _grad(results, wanted, above, create_graph=torch.is_grad_enabled())


def _grad(outputs, inputs, grad_outputs, create_graph: bool) -> list[Tensor | None]:
    """``torch.autograd.grad`` that skips what is None on either side."""
    used = [(o, g) for o, g in zip(outputs, grad_outputs, strict=False) if o is not None and g is not None]
    wanted = [t for t in inputs if t is not None]
    if not used:
        return [None] * len(inputs)
    found = torch.autograd.grad(
        [o for o, _ in used], wanted, [g for _, g in used], create_graph=create_graph, allow_unused=True
    )
    rest = iter(found)
    return [None if t is None else next(rest) for t in inputs]


# -- operators ----------------------------------------------------------------------------------------


def _present(x: Tensor, results: tuple[Tensor | None, ...]) -> tuple[Tensor, ...]:
    return tuple(x.new_empty(0) if t is None else t for t in results)


_TENSORS = "Tensor x, Tensor lengths, Tensor weight_ih, Tensor weight_hh, Tensor? bias_ih, Tensor? bias_hh"
_STATES = "Tensor? h0, Tensor? c0"


@torch.library.custom_op(
    "elman::recurrent",
    mutates_args=(),
    device_types="cpu",
    schema=f"(str cell, str nonlinearity, bool reverse, bool training, {_TENSORS}, {_STATES}) -> "
    "(Tensor output, Tensor h_n, Tensor c_n, Tensor gates, Tensor cells)",
)
def _forward_op(*arguments):
    return _present(arguments[4], _forward(*arguments))


@torch.library.custom_op(
    "elman::recurrent_backward",
    mutates_args=(),
    device_types="cpu",
    schema="(str cell, str nonlinearity, bool reverse, bool record, bool spent, bool[] needs, "
    f"Tensor? grad_output, Tensor? grad_h_n, Tensor? grad_c_n, {_TENSORS}, {_STATES}, "
    "Tensor output, Tensor? gates, Tensor? cells) -> "
    f"({', '.join(['Tensor'] * 9)})",
)
def _backward_op(*arguments):
    return _present(arguments[9], _backward(*arguments))


@_forward_op.register_fake
def _(cell, nonlinearity, reverse, training, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0):
    steps, hidden, has_c = x.shape[0], weight_hh.shape[1], _has_c(cell)
    state = (lengths.shape[0], hidden)
    width = 0 if _are_the_output(cell, nonlinearity) or not training else cpu.cells()[cell, nonlinearity].width
    return (
        x.new_empty(steps, hidden),
        x.new_empty(state),
        x.new_empty(state if has_c else (0,)),
        x.new_empty((steps, width * hidden) if width else (0,)),
        x.new_empty((steps, hidden) if has_c and training else (0,)),
    )


@_backward_op.register_fake
def _(
    cell,
    nonlinearity,
    reverse,
    record,
    spent,
    needs,
    grad_output,
    grad_h_n,
    grad_c_n,
    x,
    lengths,
    weight_ih,
    weight_hh,
    bias_ih,
    bias_hh,
    h0,
    c0,
    output,
    gates,
    cells,
):
    has_c, state = _has_c(cell), (lengths.shape[0], weight_hh.shape[1])
    inputs = (x, weight_ih, weight_hh, bias_ih, bias_hh)
    gradients = [
        x.new_empty(t.shape if need and t is not None else (0,)) for t, need in zip(inputs, needs, strict=True)
    ]
    return (
        *gradients,
        x.new_empty((0,) if h0 is None else state),
        x.new_empty(state if has_c else (0,)),
        x.new_empty(output.shape if record else (0,)),
        x.new_empty(output.shape if record and has_c else (0,)),
    )


def _save_for_backward(ctx, inputs, output) -> None:
    result, _, _, gates, cells = output
    ctx.mark_non_differentiable(gates, cells)
    _keep(ctx, inputs, result, gates, cells)


def _run_backward_op(ctx, grad_output, grad_h_n, grad_c_n, grad_gates, grad_cells):
    return _run_backward(ctx, grad_output, grad_h_n, grad_c_n if _has_c(ctx.options[0]) else None)


_forward_op.register_autograd(_run_backward_op, setup_context=_save_for_backward)
for _op in (_forward_op, _backward_op):
    _op.register_autocast("cpu", torch.float32)
