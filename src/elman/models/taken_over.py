# pyright: strict
"""A network that goes on from another one: its weights, and new rows where there are new words and labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from elman.errors import TaskError
from elman.models.weights import tensors_in

READS = ("encoder.", "stack.")
"""What reads a sequence, whatever is made of it."""
DROPPED = r"parametrizations\.(\w+)\.original"
IN = "encoder."
"""The weights whose rows are of what is read; those of all others are of what is written."""


Names = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Rows:
    """Words or labels of one network, and of each of those of the next its place among them, below 0 if it is new."""

    before: int
    places: Tensor

    @classmethod
    def of(cls, old: Sequence[str], new: Sequence[str]) -> Rows:
        ids = {name: i for i, name in enumerate(old)}
        return cls(len(old), torch.tensor([ids.get(name, -1) for name in new]))


def take_over(new: nn.Module, old: nn.Module, read: Sequence[Names], written: Sequence[Names], *, whole: bool) -> None:
    """Give ``new`` the weights with which ``old`` reads, and if it is the ``whole`` that goes on, those with which it
    writes.

    read, written: the words and labels that rows of weights belong to, on either side: those of ``old``, and of ``new``
    Raises TaskError where a weight isn't there, or has another shape.
    """
    there, read_rows, written_rows = weights_in(old), *([Rows.of(*pair) for pair in side] for side in (read, written))
    with torch.no_grad():
        for name, tensor in weights_in(new).items():
            if not whole and not name.startswith(READS):
                continue
            rows = read_rows if name.startswith(IN) else written_rows
            if name not in there or not fill(tensor, there[name], rows):
                was = f"is {tuple(there[name].shape)} there" if name in there else "isn't there"
                raise TaskError(
                    f"the network to go on from isn't like the one that these data and settings ask for: {name} {was}, "
                    f"and would be {tuple(tensor.shape)}; leave out --from, or the settings that differ"
                )


def weights_in(network: nn.Module) -> dict[str, Tensor]:
    """All weights by name, also where some are dropped out in training, and so are called otherwise."""
    return {re.sub(DROPPED, r"\1", name): tensor for name, tensor in tensors_in(network).items()}


def fill(tensor: Tensor, source: Tensor, rows: Sequence[Rows]) -> bool:
    """Copy what was learned, along an axis of words or labels to those that were there; whether the shapes allow it."""
    kept: dict[int, Tensor] = {}
    for axis, (size, before) in enumerate(zip(tensor.shape, source.shape, strict=False)):
        fitting = next((one for one in rows if one.before == before and len(one.places) == size), None)
        if size != before and fitting is not None:
            kept[axis] = (fitting.places >= 0).nonzero().flatten()
            source = source.index_select(axis, fitting.places[kept[axis]])
        elif size != before:
            return False
    if tensor.dim() != source.dim():
        return False
    index = [slice(None) if axis not in kept else beside(kept, axis) for axis in range(tensor.dim())]
    tensor[tuple(index)] = source
    return True


def beside(kept: dict[int, Tensor], axis: int) -> Tensor:
    """The places along an axis, shaped so that with those of later axes they name every pair of them."""
    return kept[axis].view(-1, *[1] * sum(other > axis for other in kept))
