# pyright: strict
"""The layouts in which a batch of sequences may come, and the way back: what comes in decides what comes out.

Every layout is read as rows ``[N, I]``, sequence after sequence, with no padding among them:

    padded tensor           [B, T, I], [T, B, I] or unbatched [T, I]; all sequences have length T
    padded with lengths=    only the true steps become rows; outputs past a length are zero
    PackedSequence          rows in time order are regrouped by sequence
    nested jagged tensor    [B, *, I]; already lies this way
    Ragged                  already is this
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from elman.errors import LengthsError, ShapeError
from elman.ragged import Ragged


@dataclass(frozen=True)
class Flat:
    """A batch as the kernels want it, and how to give results back in the layout in which it came.

    values:  ``[N, I]``, sequence after sequence
    lengths: ``[B]`` int64 on the CPU
    restore: ``[N, H]`` -> outputs in the caller's layout
    order:   ``[B]`` where the caller's order of sequences isn't ours (PackedSequence), else None
    batched: False where the caller's states have no batch dimension
    """

    values: Tensor
    lengths: Tensor
    restore: Callable[[Tensor], Any]
    order: Tensor | None = None
    batched: bool = True

    def state_in(self, state: Tensor) -> Tensor:
        """The caller's state as ``[layers, B, H]`` in our order of sequences."""
        if not self.batched:
            return state.unsqueeze(1)
        return state if self.order is None else state.index_select(1, self.order)

    def state_out(self, state: Tensor) -> Tensor:
        """Our state ``[layers, B, H]`` as the caller expects it."""
        if not self.batched:
            return state.squeeze(1)
        return state if self.order is None else state.index_select(1, self.order.argsort())


def flatten(input: Any, lengths: Tensor | None, batch_first: bool, layer: str) -> Flat:
    """Read ``input`` in whichever layout it comes; ``layer`` names the caller in errors."""
    if lengths is not None and not (isinstance(input, Tensor) and input.layout == torch.strided):
        raise LengthsError(f"{layer}: lengths= belongs to a padded tensor; a {type(input).__name__} has its own")
    if isinstance(input, Ragged):
        return _from_ragged(input, layer)
    if isinstance(input, PackedSequence):
        return _from_packed(input)
    if isinstance(input, Tensor) and input.layout == torch.jagged:
        return _from_nested(input)
    if not isinstance(input, Tensor):
        raise TypeError(f"{layer}: expected a tensor, PackedSequence or Ragged, got {type(input).__name__}")
    if input.dim() not in (2, 3):
        raise ShapeError(f"{layer}: Expected input to be 2D or 3D, got {input.dim()}D instead")
    if lengths is not None:
        return _from_padded_with_lengths(input, lengths, batch_first, layer)
    return _from_padded(input, batch_first)


def _from_ragged(input: Ragged, layer: str) -> Flat:
    if input.values.dim() != 2:
        raise ShapeError(f"{layer}: expected a Ragged of values [N, I], got {list(input.values.shape)}")
    return Flat(input.values, input.lengths, input.with_values)


def _from_padded(input: Tensor, batch_first: bool) -> Flat:
    if input.dim() == 2:
        length = torch.full((1,), input.shape[0], dtype=torch.int64, device="cpu")
        return Flat(input, length, _own, batched=False)
    batch_major = input if batch_first else input.transpose(0, 1)
    batch, steps, features = batch_major.shape

    def restore(rows: Tensor) -> Tensor:
        padded = rows.reshape(batch, steps, rows.shape[1])
        return _own(padded) if batch_first else padded.transpose(0, 1).contiguous()

    values = batch_major.reshape(batch * steps, features)
    return Flat(values, torch.full((batch,), steps, dtype=torch.int64, device="cpu"), restore)


def _own(output: Tensor) -> Tensor:
    """``output``, free to be changed in place (``output += x``): a copy where the backward pass still reads it."""
    return output.clone() if output.requires_grad else output


def _from_padded_with_lengths(input: Tensor, lengths: Tensor, batch_first: bool, layer: str) -> Flat:
    if input.dim() != 3:
        raise LengthsError(f"{layer}: lengths= needs a batched 3D input, got {input.dim()}D")
    batch_major = input if batch_first else input.transpose(0, 1)
    batch, steps, features = batch_major.shape
    lengths = _check_lengths(lengths, batch, steps, layer)
    true_rows = (torch.arange(steps, device="cpu") < lengths[:, None]).flatten().nonzero()[:, 0].to(input.device)

    def restore(rows: Tensor) -> Tensor:
        blank = rows.new_zeros(batch * steps, rows.shape[1])
        padded = blank.index_copy(0, true_rows, rows).view(batch, steps, rows.shape[1])
        return padded if batch_first else padded.transpose(0, 1).contiguous()

    values = batch_major.reshape(batch * steps, features).index_select(0, true_rows)
    return Flat(values, lengths, restore)


def _check_lengths(as_given: Any, batch: int, steps: int, layer: str) -> Tensor:
    """Lengths, a tensor or a list, as int64 on the CPU, or LengthsError."""
    lengths = as_given if isinstance(as_given, Tensor) else torch.as_tensor(as_given, device="cpu")
    if lengths.is_floating_point() or lengths.shape != (batch,):
        raise LengthsError(
            f"{layer}: lengths must be {batch} integers, one per sequence of the batch, "
            f"got {lengths.dtype} of shape {list(lengths.shape)}"
        )
    lengths = lengths.to("cpu", torch.int64)
    if batch and not 0 <= int(lengths.min()) <= int(lengths.max()) <= steps:
        raise LengthsError(
            f"{layer}: lengths must lie between 0 and the input's {steps} steps, "
            f"got {int(lengths.min())} to {int(lengths.max())}"
        )
    return lengths


def _from_packed(input: PackedSequence) -> Flat:
    if input.data.dim() != 2:
        raise ShapeError(f"input must have 2 dimensions, got {input.data.dim()}")
    rows, lengths = _rows_by_sequence(input.batch_sizes)
    rows = rows.to(input.data.device)
    back = torch.empty_like(rows)
    back[rows] = torch.arange(len(rows), device=rows.device)

    def restore(by_sequence: Tensor) -> PackedSequence:
        data = by_sequence.index_select(0, back)
        return PackedSequence(data, input.batch_sizes, input.sorted_indices, input.unsorted_indices)

    return Flat(input.data.index_select(0, rows), lengths, restore, order=input.sorted_indices)


def _rows_by_sequence(batch_sizes: Tensor) -> tuple[Tensor, Tensor]:
    """Which row of a PackedSequence holds each step, sequence after sequence ``[N]``; and lengths ``[B]``."""
    sequences = torch.arange(int(batch_sizes[0]), device="cpu")
    running = sequences[:, None] < batch_sizes  # [B, T]
    starts = batch_sizes.cumsum(0) - batch_sizes
    return (starts + sequences[:, None])[running], running.sum(1)


def _from_nested(input: Any) -> Flat:
    if input.dim() != 3:
        raise ShapeError(f"a nested input must have 3 dimensions [B, *, I], got {input.dim()}")
    offsets = input.offsets()
    if input.lengths() is None:
        values, lengths = input.values(), offsets.diff()
    else:  # a nested tensor may skip rows of its buffer
        sequences = input.unbind()
        values = torch.cat(sequences)
        lengths = torch.tensor([len(s) for s in sequences], device="cpu")
        offsets = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)]).to(input.device)

    def restore(rows: Tensor) -> Tensor:
        return torch.nested.nested_tensor_from_jagged(rows, offsets)

    return Flat(values, lengths.to("cpu", torch.int64), restore)
