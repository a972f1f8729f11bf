"""The compiled kernels under autograd.

In training the input projection of all steps is one matrix product, and so is each weight gradient; only ``h W_hh^T``
and the gates run step by step, in the kernels (``csrc/kernels.h`` describes their buffers).

Two ways lead to the same two functions ``_forward`` and ``_backward``: an ``autograd.Function`` for plain tensors,
which costs the least (less still without gradients, where there is nothing to wrap), and registered operators for
whoever looks at operators: ``torch.compile``, ``torch.export``, and double backward, whose formula is the reference
kernels'. An absent tensor among the results has no elements, since an operator can't return None.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from elman.kernels import cpu, reference
from elman.ops.gradients import GradientRecord, new_record
from elman.ragged import check_lengths


def recurrent(
    cell: str, nonlinearity: str, reverse: bool, *tensors: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """``elman.ops.recurrent`` on the compiled kernels; ``tensors`` are its checked tensors, in its order."""
    nonlinearity = nonlinearity if cell == "rnn" else "tanh"
    output, h_n, c_n, _, _ = _way(tensors[0])(cell, nonlinearity, reverse, torch.is_grad_enabled(), *tensors)
    return output, h_n, c_n if cell == "lstm" else None


def _way(x: Tensor | None) -> Callable[..., tuple[Tensor, ...]]:
    """The cheapest of the ways to the kernels that serves whoever looks at ``x``."""
    if not _plain(x):
        return _forward_op
    return _Recurrent.apply if torch.is_grad_enabled() else _forward


def _plain(tensor: Tensor | None) -> bool:
    """Whether nobody watches: no tracing, no tensor that only pretends to hold data."""
    return (
        type(tensor) in (Tensor, torch.nn.Parameter)
        and not torch.compiler.is_compiling()
        and torch._C._len_torch_dispatch_stack() == 0
    )


# -- forward and backward -----------------------------------------------------------------------------


# Without gradients, the input projection can stand inside the loop, and no gates need be kept. That saves a tenth to a
# fifth if each thread has a tile of sequences to multiply every weight with, and the weights stay in the cache.
ROWS_INSIDE, BYTES_INSIDE = 4, 2 << 20


@cache
def _kernel(name: str, dtype: torch.dtype) -> Callable[..., None]:
    return getattr(cpu.extension(), f"{name}_{str(dtype).removeprefix('torch.')}")


def _address(tensor: Tensor | None) -> int:
    return 0 if tensor is None else tensor.data_ptr()


def _absent(like: Tensor) -> Tensor:
    return like.new_empty(0)


def _gate_buffer(cell: str, x: Tensor, hidden: int) -> Tensor:
    return x.new_empty(x.shape[0], cpu.BUFFER_WIDTH[cell] * hidden)


def _of_inputs(gates: Tensor, columns: int) -> Tensor:
    """The columns of a gate buffer, or of its gradients, that come of the input: the last ones."""
    return gates if gates.shape[1] == columns else gates[:, -columns:]


def _of_sums(gates: Tensor, columns: int) -> Tensor:
    """The columns that come of the recurrent product: the first ones."""
    return gates if gates.shape[1] == columns else gates[:, :columns]


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
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``output, h_n, c_n, gates, cells``: the results, and what the backward pass needs beside them."""
    check_lengths(lengths, x.shape[0], "x")
    batch, hidden, lstm = lengths.shape[0], weight_hh.shape[1], cell == "lstm"
    inside = not training and batch >= ROWS_INSIDE * torch.get_num_threads()
    inside = inside and weight_ih.nbytes + weight_hh.nbytes <= BYTES_INSIDE
    gates = _absent(x) if inside else _gate_buffer(cell, x, hidden)
    if not inside:
        torch.mm(x, weight_ih.t(), out=_of_inputs(gates, weight_ih.shape[0]))
    output = gates if cell == "rnn" and not inside else x.new_empty(x.shape[0], hidden)
    cells = x.new_empty(x.shape[0] if lstm and training else 0, hidden)
    h_n = x.new_empty(batch, hidden)
    c_n = x.new_empty(batch, hidden) if lstm else _absent(x)
    lengths, weight_hh = lengths.contiguous(), weight_hh.contiguous()
    bias_ih, bias_hh, h0, c0 = (None if t is None else t.contiguous() for t in (bias_ih, bias_hh, h0, c0))
    projected = (x.contiguous(), weight_ih.contiguous()) if inside else (None, None)
    _kernel("forward", x.dtype)(
        cpu.CELLS[cell, nonlinearity], torch.get_num_threads(), batch, hidden, reverse,
        lengths.data_ptr(), weight_hh.data_ptr(), _address(bias_ih), _address(bias_hh), _address(h0),
        _address(c0), gates.data_ptr(), output.data_ptr(), cells.data_ptr(), h_n.data_ptr(), c_n.data_ptr(),
        x.shape[1], *map(_address, projected),
    )  # fmt: skip
    return output, h_n, c_n, _absent(x) if cell == "rnn" or not training else gates, cells


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
    gates: Tensor,
    cells: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients of ``x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0``, then ``dL/dh_t`` and ``dL/dc_t``.

    ``needs`` says which of the first five are wanted; the last two are computed if ``record``. If ``spent``, nobody
    will look at ``gates`` again, and their memory takes their gradients (not so a simple cell's: they are its output).
    """
    need_x, need_ih, need_hh, need_bias_ih, need_bias_hh = needs
    batch, hidden, lstm = lengths.shape[0], weight_hh.shape[1], cell == "lstm"
    d_gates = gates if spent and cell != "rnn" else _gate_buffer(cell, x, hidden)
    d_h0 = _absent(x) if h0 is None else x.new_empty(batch, hidden)
    d_c0 = x.new_empty(batch, hidden) if lstm else _absent(x)
    d_h = torch.empty_like(output) if record else _absent(x)
    d_c = torch.empty_like(output) if record and lstm else _absent(x)
    lengths, contiguous_hh = lengths.contiguous(), weight_hh.contiguous()
    h0, c0, grad_output, grad_h_n, grad_c_n = (
        None if t is None else t.contiguous() for t in (h0, c0, grad_output, grad_h_n, grad_c_n)
    )
    _kernel("backward", x.dtype)(
        cpu.CELLS[cell, nonlinearity], torch.get_num_threads(), batch, hidden, reverse,
        lengths.data_ptr(), contiguous_hh.data_ptr(), _address(h0), _address(c0),
        (output if cell == "rnn" else gates).data_ptr(), output.data_ptr(), cells.data_ptr(),
        _address(grad_output), _address(grad_h_n), _address(grad_c_n),
        d_gates.data_ptr(), d_h0.data_ptr(), d_c0.data_ptr(), d_h.data_ptr(), d_c.data_ptr(),
    )  # fmt: skip

    columns = weight_hh.shape[0]
    apart = d_gates.shape[1] > columns  # the candidate's product stands in front, n r z: to be rolled to r z n
    d_inputs, d_sums = _of_inputs(d_gates, columns), _of_sums(d_gates, columns)
    d_x = d_inputs @ weight_ih if need_x else _absent(x)
    d_weight_ih = d_inputs.t() @ x if need_ih else _absent(x)
    d_bias = d_gates.sum(0) if need_bias_ih or need_bias_hh else _absent(x)
    d_bias_ih = d_bias[-columns:].clone() if need_bias_ih else _absent(x)
    d_bias_hh = _absent(x)
    if need_bias_hh:
        d_bias_hh = d_bias[:columns].roll(-hidden, 0) if apart else d_bias
    d_weight_hh = _absent(x)
    if need_hh:  # the sum of d_sums_t^T h_(t-1): a state lies one row before its step's, or, at the first, in h0
        first = None if h0 is None else x.new_empty(batch, columns)
        _kernel("take_first", x.dtype)(
            cpu.CELLS[cell, nonlinearity], batch, hidden, reverse,
            lengths.data_ptr(), d_gates.data_ptr(), _address(first),
        )  # fmt: skip
        d_weight_hh = d_sums[:-1].t() @ output[1:] if reverse else d_sums[1:].t() @ output[:-1]
        if h0 is not None and first is not None:
            d_weight_hh.addmm_(first.t(), h0)
        d_weight_hh = d_weight_hh.roll(-hidden, 0) if apart else d_weight_hh
    return d_x, d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh, d_h0, d_c0, d_h, d_c


# -- autograd -----------------------------------------------------------------------------------------


def _save_for_backward(ctx, inputs, output) -> None:
    cell, nonlinearity, reverse, _, *tensors = inputs
    result, _, _, gates, cells = output
    ctx.set_materialize_grads(False)
    ctx.mark_non_differentiable(gates, cells)
    ctx.save_for_backward(*tensors, result, gates, cells)
    ctx.options = (cell, nonlinearity, reverse)
    ctx.record = new_record(tensors[1], reverse)
    if ctx.record is not None:
        ctx.record.remember(cell, nonlinearity, True, tensors, result)


def _run_backward(ctx, grad_output, grad_h_n, grad_c_n, grad_gates, grad_cells, *, spent: bool = False):
    cell, nonlinearity, reverse = ctx.options
    saved = ctx.saved_tensors
    record: GradientRecord | None = ctx.record
    lstm = cell == "lstm"
    *_, need_x, _, need_ih, need_hh, need_bias_ih, need_bias_hh, need_h0, need_c0 = ctx.needs_input_grad
    needs = [need_x, need_ih, need_hh, need_bias_ih, need_bias_hh]
    plain = _plain(saved[0]) and not torch.is_grad_enabled()
    *gradients, d_h0, d_c0, d_h, d_c = (_backward if plain else _backward_op)(
        cell, nonlinearity, reverse, record is not None, spent and plain, needs,
        grad_output, grad_h_n, grad_c_n if lstm else None, *saved,
    )  # fmt: skip
    if record is not None:
        record.fill(d_h, d_c if lstm else None)
    d_x, *d_parameters = (g if need else None for g, need in zip(gradients, needs, strict=True))
    return None, None, None, None, d_x, None, *d_parameters, d_h0 if need_h0 else None, d_c0 if need_c0 else None


class _Recurrent(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *inputs):
        output = _forward(*inputs)
        _save_for_backward(ctx, inputs, output)
        return output

    @staticmethod
    def backward(ctx, *grad_outputs):
        # Whether this graph is kept for another pass; AOTAutograd asks in the same way.
        keep = torch._C._autograd._get_current_graph_task_keep_graph()  # pyright: ignore[reportAttributeAccessIssue]
        return _run_backward(ctx, *grad_outputs, spent=not keep)


def _save_for_double_backward(ctx, inputs, output) -> None:
    cell, nonlinearity, reverse, _, _, needs, *tensors = inputs
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(*tensors[:11])
    ctx.options = (cell, nonlinearity, reverse, needs)


def _run_double_backward(ctx, *grads):
    """The gradient of the gradients, by differentiating the reference kernels twice."""
    cell, nonlinearity, reverse, needs = ctx.options
    with torch.enable_grad():
        above = [None if t is None else t.detach().requires_grad_() for t in ctx.saved_tensors[:3]]
        lengths = ctx.saved_tensors[4]
        inputs = [
            None if t is None else t.detach().requires_grad_() for t in (ctx.saved_tensors[3], *ctx.saved_tensors[5:])
        ]
        x, *rest = inputs
        results = reference.recurrent(cell, x, lengths, *rest, reverse=reverse, nonlinearity=nonlinearity)  # pyright: ignore[reportArgumentType]
        wanted = [t if need else None for t, need in zip(inputs, [*needs, True, True], strict=True)]
        first = _grad(results, wanted, above, create_graph=True)
        second = _grad(first, [*above, *inputs], grads, create_graph=torch.is_grad_enabled())
    d_above, (d_x, *d_rest) = second[:3], second[3:]
    return None, None, None, None, None, None, *d_above, d_x, None, *d_rest, None, None, None


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

_forward_op = torch.library.custom_op("elman::recurrent", _forward, mutates_args=(), device_types="cpu")
_backward_op = torch.library.custom_op("elman::recurrent_backward", _backward, mutates_args=(), device_types="cpu")


@_forward_op.register_fake
def _(cell, nonlinearity, reverse, training, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0):
    steps, hidden, lstm = x.shape[0], weight_hh.shape[1], cell == "lstm"
    state = (lengths.shape[0], hidden)
    gates = (0,) if cell == "rnn" or not training else (steps, cpu.BUFFER_WIDTH[cell] * hidden)
    return (
        x.new_empty(steps, hidden),
        x.new_empty(state),
        x.new_empty(state if lstm else (0,)),
        x.new_empty(gates),
        x.new_empty(steps if lstm and training else 0, hidden),
    )


@_backward_op.register_fake
def _(
    cell, nonlinearity, reverse, record, spent, needs, grad_output, grad_h_n, grad_c_n, x, lengths, weight_ih,
    weight_hh, bias_ih, bias_hh, h0, c0, output, gates, cells,
):  # fmt: skip
    lstm, state = cell == "lstm", (lengths.shape[0], weight_hh.shape[1])
    inputs = (x, weight_ih, weight_hh, bias_ih, bias_hh)
    gradients = [
        x.new_empty(t.shape if need and t is not None else (0,)) for t, need in zip(inputs, needs, strict=True)
    ]
    return (
        *gradients,
        x.new_empty((0,) if h0 is None else state),
        x.new_empty(state if lstm else (0,)),
        x.new_empty(output.shape if record else (0,)),
        x.new_empty(output.shape if record and lstm else (0,)),
    )


_forward_op.register_autograd(_run_backward, setup_context=_save_for_backward)
_backward_op.register_autograd(_run_double_backward, setup_context=_save_for_double_backward)
for _op in (_forward_op, _backward_op):
    _op.register_autocast("cpu", torch.float32)
