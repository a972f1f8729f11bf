# pyright: strict
"""Put Elman's layers into a model written with ``torch.nn``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from elman.nn.cells import GRUCell, LSTMCell, RNNCell
from elman.nn.recurrent import GRU, LSTM, RNN

LAYERS: dict[type[nn.Module], type[nn.Module]] = {nn.RNN: RNN, nn.LSTM: LSTM, nn.GRU: GRU}
CELLS, OURS = (nn.RNNCell, nn.LSTMCell, nn.GRUCell), (RNNCell, LSTMCell, GRUCell)
SETTINGS = ("num_layers", "bias", "batch_first", "dropout", "bidirectional")
TORCH_ONLY = ("mode", "_flat_weights", "_flat_weights_names", "_flat_weight_refs", "_all_weights")


@dataclass
class Acceleration:
    """What ``accelerate`` did; made to be printed.

    replaced:   the names of the layers that are Elman's now
    left_alone: the names of the recurrent layers that are not, each with the reason

    >>> network = torch.nn.Sequential(torch.nn.Embedding(9, 3), torch.nn.LSTM(3, 5))
    >>> print(elman.nn.accelerate(network))
    replaced    1
    >>> type(network[1]) is elman.nn.LSTM
    True
    """

    replaced: list[str] = field(default_factory=list)
    left_alone: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"replaced    {name}" for name in self.replaced]
        lines += [f"left alone  {name}: {reason}" for name, reason in self.left_alone.items()]
        return "\n".join(lines) or "no recurrent layers of torch.nn found"


def accelerate(module: nn.Module) -> Acceleration:
    """Turn every recurrent layer of ``torch.nn`` inside ``module``, or itself, into Elman's, in place.

    The objects stay: a layer becomes one of Elman's where it is, so that its parameters (and the optimizers
    that hold them), hooks and all references to it remain valid.
    """
    report = Acceleration()
    modules = cast("Iterator[tuple[str, nn.Module]]", module.named_modules())  # pyright: ignore[reportUnknownMemberType]
    for name, layer in modules:
        if not isinstance(layer, (nn.RNNBase, nn.RNNCellBase)) or isinstance(layer, OURS):
            continue
        reason = _why_not(layer)
        if reason is None:
            _convert(layer)
            report.replaced.append(name or "(the module itself)")
        else:
            report.left_alone[name or "(the module itself)"] = reason
    return report


def _why_not(layer: nn.Module) -> str | None:
    kind = type(layer)
    if kind in LAYERS:
        return None
    if kind in CELLS:
        return "a single step is as fast in torch.nn; give whole sequences to a layer, or use elman.nn.Stream"
    if is_parametrized(layer):
        return "it has parametrizations; accelerate the model first, then add them"
    return f"{kind.__module__}.{kind.__qualname__} may compute something of its own"


def _convert(layer: Any) -> None:
    """Give ``layer`` our class, and the attributes that a new layer of ours with its settings would have."""
    kind = cast("type[nn.Module]", type(layer))
    settings = {name: getattr(layer, name) for name in SETTINGS}
    if kind is nn.RNN:
        settings["nonlinearity"] = layer.nonlinearity
    if kind is nn.LSTM:
        settings["proj_size"] = layer.proj_size
    ours = LAYERS[kind](layer.input_size, layer.hidden_size, **settings, device="meta")
    for name in TORCH_ONLY:
        layer.__dict__.pop(name, None)
    shared = vars(nn.Module()).keys()  # parameters, hooks, training: they stay the layer's
    layer.__dict__.update({name: value for name, value in vars(ours).items() if name not in shared})
    layer.__class__ = type(ours)
