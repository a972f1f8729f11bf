# pyright: strict
"""The parameters of recurrent layers on top of each other: their names, shapes and first values, as in ``torch.nn``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from elman import cells
from elman.cells import Cell

KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Parameters(nn.Module):
    """A module that has the parameters of a stack of layers, by what it is made of."""

    cell: str
    input_size: int
    hidden_sizes: tuple[int, ...]
    num_layers: int
    bias: bool
    bidirectional: bool
    proj_size: int
    nonlinearity: str
    reset_after: bool
    learned_state: bool
    layer_norm: bool
    recurrent_dropout: float
    zoneout: tuple[float, float]

    def _register_parameters(self, device: Any, dtype: Any) -> None:
        """Make them all, in ``torch.nn``'s order; called once, when all that they follow from is set."""
        for layer, direction in self._layers_and_directions():
            for kind, shape in self._parameter_shapes(layer).items():
                parameter = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                self.register_parameter(parameter_name(kind, layer, direction), parameter)
        self.reset_parameters()

    @property
    def spec(self) -> Cell:
        """The cell that each step is: its equations, states and what its weights are called."""
        return cells.find(self.cell, nonlinearity=self.nonlinearity, reset_after=self.reset_after)

    @property
    def num_directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def is_stepwise(self) -> bool:
        """Whether an option changes the inside of the cell, so that no fused kernel can run it."""
        return bool(self.layer_norm or self.recurrent_dropout or any(self.zoneout))

    @property
    def output_size(self) -> int:
        """Features of the output: ``D*H`` of the last layer."""
        return self.num_directions * (self.proj_size or self.hidden_sizes[-1])

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Features of each part of the last layer's state: ``(H,)``, or those of ``(h, c)``."""
        return self._state_sizes(self.num_layers - 1)

    def _state_sizes(self, layer: int) -> tuple[int, ...]:
        hidden, (_, *others) = self.hidden_sizes[layer], self.spec.states
        return self.proj_size or hidden, *(hidden for _ in others)

    def _layers_and_directions(self) -> Iterable[tuple[int, int]]:
        return itertools.product(range(self.num_layers), range(self.num_directions))

    def _parameter_shapes(self, layer: int) -> dict[str, tuple[int, ...]]:
        """Of one direction of a layer, in ``torch.nn``'s order."""
        hidden, sizes, spec = self.hidden_sizes[layer], self._state_sizes(layer), self.spec
        rows = len(spec.rows) * hidden
        inputs = self.num_directions * self._state_sizes(layer - 1)[0] if layer else self.input_size
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs), "weight_hh": (rows, sizes[0])}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes |= {"weight_hr": (self.proj_size, hidden)}
        if self.layer_norm:
            shapes |= {"norm_ih_weight": (rows,), "norm_hh_weight": (rows,)}
        if self.layer_norm and "c" in spec.states:
            shapes |= {"norm_c_weight": (hidden,), "norm_c_bias": (hidden,)}
        if self.learned_state:
            shapes |= {f"{state}_0": (size,) for state, size in zip(spec.states, sizes, strict=True)}
        if not spec.recurrent_weight:
            shapes = {kind: shape for kind, shape in shapes.items() if "_hh" not in kind}
        return shapes

    def reset_parameters(self) -> None:
        """Weights and biases from U(-1/sqrt(H), 1/sqrt(H)), as ``torch.nn`` does; the rest neutral."""
        for layer, direction in self._layers_and_directions():
            bound = 1 / math.sqrt(self.hidden_sizes[layer])
            for kind in self._parameter_shapes(layer):
                parameter = self._get(kind, layer, direction)
                if kind.startswith(("weight", "bias")):
                    nn.init.uniform_(parameter, -bound, bound)
                else:
                    nn.init.constant_(parameter, 1.0 if kind.endswith("weight") else 0.0)

    def _get(self, kind: str, layer: int, direction: int) -> Any:
        """A parameter by name, None where there is none.

        Read at every call, so that parametrizations, weights shared between layers and
        ``torch.func.functional_call`` are seen.
        """
        return getattr(self, parameter_name(kind, layer, direction), None)

    def layer_parameters(
        self, layer: int, direction: int = 0
    ) -> tuple[Tensor, Tensor | None, Tensor | None, Tensor | None]:
        """``(weight_ih, weight_hh, bias_ih, bias_hh)`` of one layer; None for what the layer or its cell lacks."""
        weight_ih, weight_hh, bias_ih, bias_hh = (self._get(kind, layer, direction) for kind in KINDS)
        return weight_ih, weight_hh, bias_ih, bias_hh

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """Per layer and direction the list of its weights and biases, as in ``torch.nn``."""
        every = [[self._get(kind, *at) for kind in (*KINDS, "weight_hr")] for at in self._layers_and_directions()]
        return [[parameter for parameter in one if parameter is not None] for one in every]


def parameter_name(kind: str, layer: int, direction: int) -> str:
    """``torch.nn``'s name of a parameter: ``weight_ih_l0``, ``bias_hh_l1_reverse``."""
    return f"{kind}_l{layer}{'_reverse' if direction else ''}"
