"""The compiled kernels as PyTorch operators, with gradients.

The input projection of all steps is one matrix product, and so is each weight gradient; only ``h W_hh^T`` and
the gates run step by step, in the compiled kernels (``csrc/kernels.h`` describes their buffers). An absent
tensor among an operator's results has no elements, since an operator can't return None.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from elman.errors import LengthsError
from elman.kernels import cpu
from elman.ops.gradients import GradientRecord, new_record


def recurrent(
    cell: str, nonlinearity: str, reverse: bool, *tensors: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """``elman.ops.recurrent`` on the compiled kernels; ``tensors`` are its checked tensors, in its order."""
    nonlinearity = nonlinearity if cell == "rnn" else "tanh"
    output, h_n, c_n, _, _ = _forward(cell, nonlinearity, reverse, torch.is_grad_enabled(), *tensors)
    return output, h_n, c_n if cell == "lstm" else None


def check_lengths(lengths: Tensor, steps: int) -> None:
    """Raise LengthsError unless ``lengths`` are not negative and sum to ``steps``."""
    values = lengths.tolist()
    if values and min(values) < 0:
        raise LengthsError(f"lengths must not be negative, got {min(values)}")
    if sum(values) != steps:
        raise LengthsError(f"lengths sum to {sum(values)}, but x holds {steps} steps")


@cache
def _kernel(name: str, dtype: torch.dtype) -> Callable[..., None]:
    return getattr(cpu.extension(), f"{name}_{str(dtype).removeprefix('torch.')}")


def _address(tensor: Tensor | None) -> int:
    return 0 if tensor is None else tensor.data_ptr()


def _absent(like: Tensor) -> Tensor:
    return like.new_empty(0)


@torch.library.custom_op("elman::recurrent", mutates_args=(), device_types="cpu")
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
    h0: Tensor,
    c0: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``output, h_n, c_n, gates, cells``: the results, and what the backward pass needs beside them."""
    check_lengths(lengths, len(x))
    hidden, lstm = weight_hh.shape[1], cell == "lstm"
    gates = x.new_empty(len(x), cpu.BUFFER_WIDTH[cell] * hidden)
    torch.mm(x, weight_ih.t(), out=gates[:, hidden:] if cell == "gru" else gates)
    output = gates if cell == "rnn" else x.new_empty(len(x), hidden)
    cells = x.new_empty(len(x) if lstm and training else 0, hidden)
    h_n = torch.empty_like(h0, memory_format=torch.contiguous_format)
    c_n = torch.empty_like(h_n) if lstm else x.new_empty(0)
    lengths, weight_hh, h0 = lengths.contiguous(), weight_hh.contiguous(), h0.contiguous()
    bias_ih, bias_hh, c0 = (None if t is None else t.contiguous() for t in (bias_ih, bias_hh, c0))
    _kernel("forward", x.dtype)(
        cpu.CELLS[cell, nonlinearity], torch.get_num_threads(), len(lengths), hidden, reverse,
        lengths.data_ptr(), weight_hh.data_ptr(), _address(bias_ih), _address(bias_hh), h0.data_ptr(),
        _address(c0), gates.data_ptr(), output.data_ptr(), cells.data_ptr(), h_n.data_ptr(), c_n.data_ptr(),
    )  # fmt: skip
    if cell == "rnn" or not training:
        gates = x.new_empty(0)
    return output, h_n, c_n, gates, cells


@_forward.register_fake
def _(cell, nonlinearity, reverse, training, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0):
    steps, hidden, lstm = x.shape[0], weight_hh.shape[1], cell == "lstm"
    gates = (0,) if cell == "rnn" or not training else (steps, cpu.BUFFER_WIDTH[cell] * hidden)
    return (
        x.new_empty(steps, hidden),
        x.new_empty(h0.shape),
        x.new_empty(h0.shape if lstm else (0,)),
        x.new_empty(gates),
        x.new_empty(steps if lstm and training else 0, hidden),
    )


@torch.library.custom_op("elman::recurrent_backward", mutates_args=(), device_types="cpu")
def _backward(
    cell: str,
    nonlinearity: str,
    reverse: bool,
    record: bool,
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
    h0: Tensor,
    c0: Tensor | None,
    output: Tensor,
    gates: Tensor,
    cells: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients of ``x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0``, then ``dL/dh_t`` and ``dL/dc_t``.

    ``needs`` says which of the first five are wanted; the last two are computed if ``record``.
    """
    hidden, lstm = weight_hh.shape[1], cell == "lstm"
    d_gates = x.new_empty(len(x), cpu.BUFFER_WIDTH[cell] * hidden)
    d_h0 = torch.empty_like(h0, memory_format=torch.contiguous_format)
    d_c0 = torch.empty_like(d_h0) if lstm else _absent(x)
    d_h = torch.empty_like(output) if record else _absent(x)
    d_c = torch.empty_like(output) if record and lstm else _absent(x)
    lengths, contiguous_hh, h0 = lengths.contiguous(), weight_hh.contiguous(), h0.contiguous()
    c0, grad_output, grad_h_n, grad_c_n = (
        None if t is None else t.contiguous() for t in (c0, grad_output, grad_h_n, grad_c_n)
    )
    _kernel("backward", x.dtype)(
        cpu.CELLS[cell, nonlinearity], torch.get_num_threads(), len(lengths), hidden, reverse,
        lengths.data_ptr(), contiguous_hh.data_ptr(), h0.data_ptr(), _address(c0),
        gates.data_ptr(), output.data_ptr(), cells.data_ptr(),
        _address(grad_output), _address(grad_h_n), _address(grad_c_n),
        d_gates.data_ptr(), d_h0.data_ptr(), d_c0.data_ptr(), d_h.data_ptr(), d_c.data_ptr(),
    )  # fmt: skip

    d_inputs = d_gates[:, hidden:] if cell == "gru" else d_gates
    d_sums = d_gates[:, : 3 * hidden] if cell == "gru" else d_gates
    need_x, need_ih, need_hh, need_bias_ih, need_bias_hh = needs
    d_x = d_inputs @ weight_ih if need_x else _absent(x)
    d_weight_ih = d_inputs.t() @ x if need_ih else _absent(x)
    d_weight_hh = _d_weight_hh(d_sums, output, h0, lengths, reverse) if need_hh else _absent(x)
    d_bias = d_gates.sum(0) if need_bias_ih or need_bias_hh else _absent(x)
    d_bias_ih = (d_bias[hidden:] if cell == "gru" else d_bias).clone() if need_bias_ih else _absent(x)
    d_bias_hh = (d_bias[: 3 * hidden] if cell == "gru" else d_bias).clone() if need_bias_hh else _absent(x)
    if cell == "gru":  # the recurrent side stands in the order n r z
        d_weight_hh = d_weight_hh.roll(-hidden, 0) if need_hh else d_weight_hh
        d_bias_hh = d_bias_hh.roll(-hidden, 0) if need_bias_hh else d_bias_hh
    return d_x, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh, d_h0, d_c0, d_h, d_c


def _d_weight_hh(d_sums: Tensor, output: Tensor, h0: Tensor, lengths: Tensor, reverse: bool) -> Tensor:
    """The sum over all steps of ``d_sums_t^T h_(t-1)``: one product, shifted by a row.

    The state before a step is the output of the row before it (behind it, if ``reverse``), except at a
    sequence's first step, where the shift reaches into a neighbouring sequence: those rows are put right
    afterwards.
    """
    ends = lengths.cumsum(0)
    nonempty = lengths > 0
    first = (ends - 1 if reverse else ends - lengths)[nonempty]
    shifted = d_sums[:-1].t() @ output[1:] if reverse else d_sums[1:].t() @ output[:-1]
    neighbour = first + 1 if reverse else first - 1
    inside = (neighbour >= 0) & (neighbour < len(output))
    before = h0[nonempty]
    before[inside] -= output[neighbour[inside]]
    return shifted.addmm_(d_sums[first].t(), before)


@_backward.register_fake
def _(
    cell, nonlinearity, reverse, record, needs, grad_output, grad_h_n, grad_c_n, x, lengths, weight_ih,
    weight_hh, bias_ih, bias_hh, h0, c0, output, gates, cells,
):  # fmt: skip
    lstm = cell == "lstm"
    inputs = (x, weight_ih, weight_hh, bias_ih, bias_hh)
    gradients = [
        x.new_empty(t.shape if need and t is not None else (0,))
        for t, need in zip(inputs, needs, strict=True)
    ]
    return (
        *gradients,
        x.new_empty(h0.shape),
        x.new_empty(h0.shape if lstm else (0,)),
        x.new_empty(output.shape if record else (0,)),
        x.new_empty(output.shape if record and lstm else (0,)),
    )


# -- gradients ----------------------------------------------------------------------------------------


def _save_for_backward(ctx, inputs, output) -> None:
    cell, nonlinearity, reverse, _, *tensors = inputs
    result, _, _, gates, cells = output
    ctx.set_materialize_grads(False)
    ctx.mark_non_differentiable(gates, cells)
    ctx.save_for_backward(*tensors, result, result if cell == "rnn" else gates, cells)
    ctx.options = (cell, nonlinearity, reverse)
    ctx.record = new_record(tensors[1], reverse)


def _run_backward(ctx, grad_output, grad_h_n, grad_c_n, grad_gates, grad_cells):
    cell, nonlinearity, reverse = ctx.options
    x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0, output, gates, cells = ctx.saved_tensors
    needs = list(ctx.needs_input_grad)
    record: GradientRecord | None = ctx.record
    wanted = [needs[4], needs[6], needs[7], needs[8], needs[9]]
    *gradients, d_h0, d_c0, d_h, d_c = _backward(
        cell, nonlinearity, reverse, record is not None, wanted, grad_output, grad_h_n,
        grad_c_n if cell == "lstm" else None,
        x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0, output, gates, cells,
    )  # fmt: skip
    if record is not None:
        record.fill(d_h, d_c if cell == "lstm" else None)
    d_x, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh = (
        g if need else None for g, need in zip(gradients, wanted, strict=True)
    )
    return (
        None, None, None, None, d_x, None, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh, d_h0,
        d_c0 if cell == "lstm" else None,
    )  # fmt: skip


_forward.register_autograd(_run_backward, setup_context=_save_for_backward)
_forward.register_autocast("cpu", torch.float32)
_backward.register_autocast("cpu", torch.float32)
