# pyright: strict
"""torch's own recurrent kernels (cuDNN on a GPU), behind a ragged batch.

Where they run: on devices other than the CPU, and for ``proj_size``. Kernels of our own for a GPU would stand
in ``kernels/`` and be chosen in ``ops/``; then this file serves ``proj_size`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

State = tuple[Tensor, ...]


class Settings(NamedTuple):
    """The arguments that torch's functions take after the weights, in their order."""

    has_biases: bool
    num_layers: int
    dropout: float
    train: bool
    bidirectional: bool


def unroll(
    name: str,
    x: Tensor,
    lengths: Tensor,
    weights: Sequence[Tensor],
    settings: Settings,
    state: State,
) -> tuple[Tensor, State]:
    """Layers on top of each other: ``[N, I]`` and states ``[L*D, B, H]`` -> ``[N, D*H]`` and final states.

    name: torch's, of the cell (``Cell.torch``)
    lengths: ``[B]`` int64 on the CPU, zeros allowed; weights: of all layers and directions in torch's order
    """
    if not len(x):
        return x.new_empty(0, state[0].shape[2] * (2 if settings.bidirectional else 1)), state
    if bool((lengths == lengths[0]).all()):
        padded = x.view(len(lengths), int(lengths[0]), -1)
        output, final = run(name, padded, (True,), weights, settings, state)
        return output.reshape(len(x), -1), final
    order, rows, batch_sizes = _packed(lengths)
    order, rows = order.to(x.device), rows.to(x.device)
    running = tuple(part[:, order] for part in state)
    output, final = run(name, x[rows], (batch_sizes,), weights, settings, running)
    values = output.new_empty(output.shape).index_copy(0, rows, output)
    return values, tuple(old.index_copy(1, order, new) for old, new in zip(state, final, strict=True))


def run(
    name: str,
    x: Tensor,
    layout: tuple[bool] | tuple[Tensor],
    weights: Sequence[Tensor],
    settings: Settings,
    state: State,
) -> tuple[Tensor, State]:
    """torch's function on a padded ``x``, ``layout`` ``(batch_first,)``, or on packed rows, ``(batch_sizes,)``."""
    function, hx = getattr(torch, name), [part.contiguous() for part in state]
    states = hx if len(hx) > 1 else hx[0]
    if isinstance(layout[0], Tensor):
        output, *final = function(x, *layout, states, list(weights), *settings)
    else:
        output, *final = function(x, states, list(weights), *settings, *layout)
    return output, tuple(final)


def _packed(lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How torch wants a ragged batch: step by step, longest sequence first, none without steps.

    Returns the sequences' order ``[B']``, each packed step's row ``[N]`` and how many run at step ``[T]``.
    """
    order = lengths.argsort(descending=True, stable=True)[: int((lengths > 0).sum())]
    first = (lengths.cumsum(0) - lengths)[order]
    steps = torch.arange(int(lengths.max()), device="cpu")[:, None]
    running = steps < lengths[order]  # [T, B']
    return order, (first + steps)[running], running.sum(1)
