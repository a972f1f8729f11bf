# pyright: strict
"""What constructors of recurrent layers accept; errors are, and mostly read, like those of ``torch.nn``."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Sequence


def widths(hidden_size: int | Sequence[int], num_layers: int) -> tuple[int, ...]:
    """The hidden size of each layer, from one for all or a sequence with one for each."""
    if isinstance(hidden_size, (int, float, str)):
        check_size("hidden_size", hidden_size)
        check_size("num_layers", num_layers)
        return (int(hidden_size),) * num_layers
    for size in hidden_size:
        check_size("hidden_size", size)
    if not hidden_size or num_layers not in (1, len(hidden_size)):
        raise ValueError(f"hidden_size gives {len(hidden_size)} widths for num_layers={num_layers}")
    return tuple(hidden_size)


def check_size(name: str, size: object) -> None:
    if not isinstance(size, int):
        raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
    if size <= 0:
        raise ValueError(f"{name} must be greater than zero")


def check_bool(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")


def check_dropout(dropout: float, num_layers: int) -> None:
    check_probability("dropout", dropout)
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout acts after all but the last recurrent layer, so it needs num_layers greater than 1; "
            f"got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )


def check_probability(name: str, p: object) -> None:
    if isinstance(p, bool) or not isinstance(p, numbers.Real) or not 0 <= float(p) <= 1:
        raise ValueError(
            f"{name} should be a number in range [0, 1] representing the probability of an element being zeroed"
        )


def check_projection(proj_size: int, hidden_sizes: Sequence[int], offered: bool, is_stepwise: bool) -> None:
    if proj_size and not offered:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= min(hidden_sizes):
        raise ValueError("proj_size has to be smaller than hidden_size")
    if proj_size and is_stepwise:
        raise ValueError("proj_size can't be combined with recurrent_dropout, zoneout or layer_norm")
