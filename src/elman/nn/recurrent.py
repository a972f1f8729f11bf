"""RNN, LSTM and GRU: ``torch.nn``'s layers, made for sequences of different lengths.

Constructor, parameter names and initial distribution are those of ``torch.nn``, so that modules and state
dicts interchange. On top of it: inputs may be ``Ragged`` or come with ``lengths=``, and there are options
that ``torch.nn`` lacks (``Options``).

For models that shouldn't care which cell they hold there is a second way in: ``unroll`` and ``step``, where
the state is one tuple, ``(h,)`` or ``(h, c)``.
"""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar, TypedDict, Unpack

import torch
from torch import Tensor, nn

from elman.errors import LayerShapeError, ShapeError
from elman.nn import forms
from elman.nn.dropout import sequence_dropout
from elman.ops import recurrent
from elman.ragged import Ragged

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
NONLINEARITIES = ("tanh", "relu", "sigmoid")

State = tuple[Tensor, ...]


class Options(TypedDict, total=False):
    """What ``torch.nn`` lacks; keywords of ``RNN``, ``LSTM`` and ``GRU``.

    variational_dropout: probability; between layers, with one mask per sequence instead of ``dropout``'s one
                         per step (Gal & Ghahramani 2016)
    """

    variational_dropout: float


class Recurrent(nn.Module):
    """``num_layers`` recurrent layers on top of each other; subclasses choose the cell."""

    cell: ClassVar[str]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        device: Any,
        dtype: Any,
        *,
        proj_size: int = 0,
        nonlinearity: str = "tanh",
        reset_after: bool = True,
        variational_dropout: float = 0.0,
    ):
        super().__init__()
        _check_sizes(input_size, hidden_size, num_layers, proj_size, self.cell)
        _check_switches(bias, batch_first, dropout, num_layers)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout, self.variational_dropout = float(dropout), float(variational_dropout)
        self.proj_size, self.nonlinearity, self.reset_after = proj_size, nonlinearity, reset_after
        for layer in range(num_layers):
            for direction in range(self.num_directions):
                self._add_parameters(layer, direction, device, dtype)
        self.reset_parameters()

    # -- parameters ---------------------------------------------------------------------------

    @property
    def num_directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Features of each part of the state: ``(H,)``, or ``(H, H)`` for ``(h, c)`` of an LSTM."""
        return (self.hidden_size, self.hidden_size) if self.cell == "lstm" else (self.hidden_size,)

    def _add_parameters(self, layer: int, direction: int, device: Any, dtype: Any) -> None:
        rows, hidden = GATES[self.cell] * self.hidden_size, self.hidden_size
        inputs = self.input_size if layer == 0 else hidden * self.num_directions
        shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        for kind, shape in shapes.items():
            parameter = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
            self.register_parameter(parameter_name(kind, layer, direction), parameter)

    def reset_parameters(self) -> None:
        """Draw all weights and biases from U(-1/sqrt(H), 1/sqrt(H)), as ``torch.nn`` does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def layer_parameters(self, layer: int, direction: int = 0) -> tuple[Tensor | None, ...]:
        """``(weight_ih, weight_hh, bias_ih, bias_hh)`` of one layer, biases None without ``bias``.

        Read by name at every call: parametrizations, weights shared between layers and
        ``torch.func.functional_call`` are seen.
        """
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return tuple(getattr(self, parameter_name(kind, layer, direction), None) for kind in kinds)

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """Per layer and direction the list of its parameters, as in ``torch.nn``."""
        pairs = [(k, d) for k in range(self.num_layers) for d in range(self.num_directions)]
        return [[p for p in self.layer_parameters(k, d) if p is not None] for k, d in pairs]

    def flatten_parameters(self) -> None:
        """Nothing to do; here so that code written for ``torch.nn`` runs."""

    # -- torch.nn's way in --------------------------------------------------------------------

    def forward(self, input: Any, hx: Any = None, *, lengths: Tensor | None = None) -> tuple[Any, Any]:
        """Run all layers over a batch of sequences.

        input:   ``[T, B, I]``, ``[B, T, I]`` with ``batch_first``, ``[T, I]``, PackedSequence, jagged nested
                 tensor or Ragged; outputs come back in the same form with ``D*H`` features
        hx:      ``h`` ``[L*D, B, H]``, for an LSTM ``(h, c)``; zeros when None (``[L*D, H]`` for ``[T, I]``)
        lengths: ``[B]`` true lengths of a padded input, in any order, zeros allowed; outputs past a length
                 are zero, and the reverse direction starts at the true end

        Returns ``(output, hx)`` with the final states; a sequence of length zero keeps its initial state.
        Raises ShapeError and LengthsError (RuntimeErrors too where ``torch.nn`` raises those).
        """
        flat = forms.flatten(input, lengths, self.batch_first, type(self).__name__)
        state = None if hx is None else self._state_in(hx, flat)
        output, final = self._unroll(flat.values, flat.lengths, state)
        parts = tuple(flat.state_out(part) for part in final)
        return flat.restore(output), parts if self.cell == "lstm" else parts[0]

    def _state_in(self, hx: Any, flat: forms.Flat) -> State:
        parts = tuple(hx) if self.cell == "lstm" else (hx,)
        expected = 3 if flat.batched else 2
        if any(part.dim() != expected for part in parts):
            raise LayerShapeError(_wrong_dimensions(parts, expected))
        return tuple(flat.state_in(part) for part in parts)

    # -- the way in for models ----------------------------------------------------------------

    def initial_state(self, batch: int) -> State:
        """The state before the first step: ``(h,)`` or ``(h, c)``, each ``[L*D, batch, H]``."""
        like, layers = self._first_weight, self.num_layers * self.num_directions
        return tuple(like.new_zeros(layers, batch, size) for size in self.state_sizes)

    def unroll(self, x: Ragged, state: State | None = None) -> tuple[Ragged, State]:
        """All steps of ``x`` ``[N, I]`` -> outputs ``[N, D*H]`` and the final state, a tuple for any cell."""
        output, final = self._unroll(x.values, x.lengths, state)
        return x.with_values(output), final

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step of ``B`` sequences: ``[B, I]`` -> output ``[B, H]`` and the new state."""
        if self.bidirectional:
            raise ShapeError("a bidirectional layer can't step: its reverse direction starts at the end")
        return self._unroll(x, torch.ones(len(x), dtype=torch.int64), state)

    # -- the computation ----------------------------------------------------------------------

    @property
    def _first_weight(self) -> Tensor:
        return getattr(self, parameter_name("weight_ih", 0, 0))

    def _unroll(self, values: Tensor, lengths: Tensor, state: State | None) -> tuple[Tensor, State]:
        values = self._check_input(values)
        if state is None:
            state = self.initial_state(len(lengths))
        self._check_state(state, len(lengths))
        directions, finals = self.num_directions, []
        for layer in range(self.num_layers):
            if layer > 0:
                values = self._drop_between(values, lengths)
            rows = slice(layer * directions, (layer + 1) * directions)
            values, final = self._run_layer(layer, values, lengths, tuple(part[rows] for part in state))
            finals.append(final)
        return values, tuple(torch.cat(parts) for parts in zip(*finals, strict=True))

    def _run_layer(self, layer: int, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Both directions of one layer: ``[N, I]`` and states ``[D, B, H]`` -> ``[N, D*H]`` and states."""
        outputs, finals = [], []
        for direction in range(self.num_directions):
            h0, c0 = state[0][direction], state[1][direction] if self.cell == "lstm" else None
            weight_ih, weight_hh, bias_ih, bias_hh = self.layer_parameters(layer, direction)
            assert weight_ih is not None and weight_hh is not None
            output, *final = recurrent(
                self.cell, x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0,
                reverse=direction == 1, nonlinearity=self.nonlinearity, reset_after=self.reset_after,
            )  # fmt: skip
            outputs.append(output)
            finals.append([part for part in final if part is not None])
        output = outputs[0] if len(outputs) == 1 else torch.cat(outputs, 1)
        return output, tuple(torch.stack(parts) for parts in zip(*finals, strict=True))

    def _drop_between(self, values: Tensor, lengths: Tensor) -> Tensor:
        values = nn.functional.dropout(values, self.dropout, self.training)
        return sequence_dropout(values, lengths, self.variational_dropout, self.training)

    # -- checks -------------------------------------------------------------------------------

    def _check_input(self, values: Tensor) -> Tensor:
        """``values`` ``[N, I]`` in the weights' dtype, which autocast may have changed."""
        weight = self._first_weight
        if values.dim() != 2 or values.shape[1] != self.input_size:
            raise LayerShapeError(
                "input.size(-1) must be equal to input_size. "
                f"Expected {self.input_size}, got {values.shape[-1]}"
            )
        if values.dtype == weight.dtype:
            return values
        if values.is_floating_point() and torch.is_autocast_enabled(values.device.type):
            return values.to(weight.dtype)
        raise ShapeError(
            f"RNN input dtype ({values.dtype}) does not match weight dtype ({weight.dtype}). "
            f"Convert input: input.to({weight.dtype}), or convert model: model.to({values.dtype})"
        )

    def _check_state(self, state: State, batch: int) -> None:
        if len(state) != len(self.state_sizes):
            raise LayerShapeError(
                f"the state of a {type(self).__name__} has {len(self.state_sizes)} parts, got {len(state)}"
            )
        for index, (part, size) in enumerate(zip(state, self.state_sizes, strict=True)):
            expected = (self.num_layers * self.num_directions, batch, size)
            if part.shape != expected:
                which = f"hidden[{index}]" if self.cell == "lstm" else "hidden"
                raise LayerShapeError(f"Expected {which} size {expected}, got {list(part.shape)}")

    def extra_repr(self) -> str:
        defaults = {
            "proj_size": 0, "num_layers": 1, "nonlinearity": "tanh", "bias": True, "batch_first": False,
            "dropout": 0.0, "variational_dropout": 0.0, "bidirectional": False, "reset_after": True,
        }  # fmt: skip
        set_otherwise = (f"{k}={getattr(self, k)!r}" for k, v in defaults.items() if getattr(self, k) != v)
        return ", ".join([str(self.input_size), str(self.hidden_size), *set_otherwise])


class RNN(Recurrent):
    """The simple (Elman 1990) recurrent network, ``h' = f(W_ih x + b_ih + W_hh h + b_hh)``.

    ``nonlinearity`` is "tanh", "relu" or "sigmoid"; the rest as ``torch.nn.RNN``, and ``Options``.
    """

    cell = "rnn"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        **options: Unpack[Options],
    ):
        if nonlinearity not in NONLINEARITIES:
            expected = ", ".join(repr(name) for name in NONLINEARITIES)
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from {expected}.")
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype,
            nonlinearity=nonlinearity, **options,
        )  # fmt: skip


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997) with forget gates (Gers et al. 2000).

    State ``(h, c)``. Arguments as ``torch.nn.LSTM``, and ``Options``.
    """

    cell = "lstm"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
        **options: Unpack[Options],
    ):
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype,
            proj_size=proj_size, **options,
        )  # fmt: skip


class GRU(Recurrent):
    """The gated recurrent unit (Cho et al. 2014).

    ``reset_after=False`` is the paper's cell, whose reset gate acts on the state itself; with True, as in
    torch and cuDNN, it acts on the state's product with ``weight_hh``. Other arguments as ``torch.nn.GRU``,
    and ``Options``.
    """

    cell = "gru"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        reset_after: bool = True,
        **options: Unpack[Options],
    ):
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype,
            reset_after=reset_after, **options,
        )  # fmt: skip


LAYERS: dict[str, type[Recurrent]] = {layer.cell: layer for layer in (RNN, LSTM, GRU)}


def recurrent_layer(
    cell: str,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    *,
    bidirectional: bool = False,
    dropout: float = 0.0,
    **options: Any,
) -> Recurrent:
    """The layer for ``cell``, "rnn", "lstm" or "gru"; ``options`` are that class's own keywords."""
    if cell not in LAYERS:
        raise ValueError(f"unknown cell {cell!r}; expected one of {', '.join(LAYERS)}")
    layer: Any = LAYERS[cell]
    return layer(input_size, hidden_size, num_layers, bidirectional=bidirectional, dropout=dropout, **options)


def parameter_name(kind: str, layer: int, direction: int) -> str:
    """``torch.nn``'s name of a parameter: ``weight_ih_l0``, ``bias_hh_l1_reverse``."""
    return f"{kind}_l{layer}{'_reverse' if direction else ''}"


def _check_sizes(input_size: int, hidden_size: int, num_layers: int, proj_size: int, cell: str) -> None:
    sizes = {"input_size": input_size, "hidden_size": hidden_size, "num_layers": num_layers}
    for name, size in sizes.items():
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if proj_size and cell != "lstm":
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


def _check_switches(bias: bool, batch_first: bool, dropout: float, num_layers: int) -> None:
    for name, switch in {"bias": bias, "batch_first": batch_first}.items():
        if not isinstance(switch, bool):
            raise TypeError(f"{name} should be of type bool, got: {type(switch).__name__}")
    if not isinstance(dropout, numbers.Real) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] "
            "representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout acts after all but the last recurrent layer, so it needs num_layers greater than 1; "
            f"got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )


def _wrong_dimensions(parts: Sequence[Tensor], expected: int) -> str:
    kind, found = ("batched 3-D" if expected == 3 else "unbatched 2-D"), [f"{part.dim()}-D" for part in parts]
    if len(parts) == 1:
        return f"For {kind} input, hx should also be {expected}-D but got {found[0]} tensor"
    return f"For {kind} input, hx and cx should also be {expected}-D but got ({', '.join(found)}) tensors"
