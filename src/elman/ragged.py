# pyright: strict
"""Ragged: a batch of sequences that lie one after another, with no padding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch
from torch import Tensor

from elman.errors import LengthsError, ShapeError


def whole_numbers(lengths: Tensor) -> list[int]:
    """``tolist``, which torch gives no type."""
    return cast("list[int]", lengths.tolist())  # pyright: ignore[reportUnknownMemberType]


def check_lengths(lengths: Tensor, steps: int, name: str) -> None:
    """Raise LengthsError unless ``lengths`` are not negative and sum to the ``steps`` that ``name`` holds."""
    numbers = whole_numbers(lengths)
    if numbers and min(numbers) < 0:
        raise LengthsError(f"lengths must not be negative, got {min(numbers)}")
    if sum(numbers) != steps:
        raise LengthsError(f"lengths sum to {sum(numbers)}, but {name} holds {steps} steps")


@dataclass(frozen=True, eq=False)
class Ragged:
    """A batch of ``B`` sequences with ``N`` steps in all.

    values:  ``[N, ...]``, sequence after sequence; step ``t`` of sequence ``b`` is row ``offsets[b] + t``
    lengths: ``[B]`` int64 on the CPU, any of them zero; they sum to ``N``

    >>> batch = elman.Ragged.from_list([torch.ones(3, 2), torch.ones(0, 2), torch.ones(1, 2)])
    >>> len(batch), batch.values.shape, batch.lengths.tolist()
    (3, torch.Size([4, 2]), [3, 0, 1])
    >>> batch.padded().shape
    torch.Size([3, 3, 2])
    """

    values: Tensor
    lengths: Tensor

    def __post_init__(self) -> None:
        lengths = self.lengths
        if lengths.dim() != 1 or lengths.dtype != torch.int64 or lengths.device.type != "cpu":
            raise LengthsError(
                "lengths must be a 1-d int64 tensor on the CPU, got "
                f"{lengths.dim()}-d {lengths.dtype} on {lengths.device}"
            )
        if self.values.dim() < 1:
            raise ShapeError("values must have a first dimension of steps, got a 0-d tensor")
        check_lengths(lengths, self.values.shape[0], "values")

    # -- making one ---------------------------------------------------------------------------

    @classmethod
    def from_list(cls, sequences: Sequence[Tensor]) -> Ragged:
        """Concatenate sequences of shapes ``[T_b, ...]``; at least one, which gives the element's shape."""
        if not sequences:
            raise ShapeError("from_list needs at least one sequence")
        return cls(
            torch.cat(list(sequences)), torch.tensor([len(s) for s in sequences], dtype=torch.int64, device="cpu")
        )

    @classmethod
    def from_padded(cls, padded: Tensor, lengths: Tensor) -> Ragged:
        """Take the true steps out of ``padded`` ``[B, T, ...]``; ``lengths`` ``[B]`` on any device."""
        lengths = lengths.to("cpu", torch.int64)
        if padded.dim() < 2 or lengths.shape != padded.shape[:1]:
            raise LengthsError(f"lengths of shape {tuple(lengths.shape)} don't fit a batch {tuple(padded.shape)}")
        if len(lengths) and int(lengths.max()) > padded.shape[1]:
            raise LengthsError(f"length {int(lengths.max())} exceeds the {padded.shape[1]} steps of the tensor")
        mask = torch.arange(padded.shape[1], device="cpu") < lengths[:, None]
        return cls(padded[mask.to(padded.device)], lengths)

    # -- what it is ---------------------------------------------------------------------------

    def __len__(self) -> int:
        """The number of sequences ``B``."""
        return len(self.lengths)

    @cached_property
    def offsets(self) -> Tensor:
        """``[B]`` int64 on the CPU: the row where each sequence starts."""
        return self.lengths.cumsum(0) - self.lengths

    @cached_property
    def sequence_ids(self) -> Tensor:
        """``[N]`` int64, on the values' device: which sequence each step belongs to."""
        return torch.repeat_interleave(self.lengths).to(self.values.device)

    @cached_property
    def positions(self) -> Tensor:
        """``[N]`` int64, on the values' device: ``t`` of each step within its sequence."""
        steps = torch.arange(len(self.values), device="cpu") - torch.repeat_interleave(self.offsets, self.lengths)
        return steps.to(self.values.device)

    @property
    def device(self) -> torch.device:
        return self.values.device

    # -- what it becomes ----------------------------------------------------------------------

    def with_values(self, values: Tensor) -> Ragged:
        """The same lengths over other values ``[N, ...]``."""
        if values.shape[:1] != self.values.shape[:1]:
            raise LengthsError(f"{len(self.values)} steps can't get values of shape {list(values.shape)}")
        other = object.__new__(Ragged)  # the lengths were checked when this batch was made
        other.__dict__.update(values=values, lengths=self.lengths)
        return other

    def map(self, function: Callable[[Tensor], Tensor]) -> Ragged:
        """Apply ``function`` to all steps at once: ``[N, ...] -> [N, ...]``."""
        return self.with_values(function(self.values))

    def to(self, device: torch.device | str) -> Ragged:
        return self.with_values(self.values.to(device))

    def padded(self, value: float = 0.0, length: int | None = None) -> Tensor:
        """``[B, T, ...]`` with ``value`` after each end; ``T`` is the longest, or ``length``."""
        steps = int(self.lengths.max()) if length is None and len(self) else (length or 0)
        out = self.values.new_full((len(self), steps, *self.values.shape[1:]), value)
        return out.index_put((self.sequence_ids, self.positions), self.values)

    def mask(self) -> Tensor:
        """``[B, T]`` bool: true where ``padded()`` holds a real step."""
        steps = int(self.lengths.max()) if len(self) else 0
        return (torch.arange(steps, device="cpu") < self.lengths[:, None]).to(self.values.device)

    def select(self, rows: Tensor) -> Ragged:
        """The sequences ``rows`` ``[K]`` (int64), in that order, repeats allowed."""
        lengths = self.lengths[rows.cpu()]
        starts = torch.repeat_interleave(self.offsets[rows.cpu()], lengths)
        within = torch.arange(int(lengths.sum()), device="cpu") - torch.repeat_interleave(
            lengths.cumsum(0) - lengths, lengths
        )
        return Ragged(self.values[(starts + within).to(self.values.device)], lengths)

    def unbind(self) -> list[Tensor]:
        """The sequences as a list of ``[T_b, ...]`` views."""
        return list(torch.split(self.values, whole_numbers(self.lengths)))

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.unbind())
