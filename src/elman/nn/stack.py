# pyright: strict
"""What RNN, LSTM and GRU share: layers on top of each other, and the ways through them.

One layer in one direction is run by one of three: the ``recurrent`` op (fused kernels), ``stepwise`` (options
that change the inside of a cell), or ``torch_kernels`` (other devices, ``proj_size``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypedDict

import torch
from torch import Tensor, nn

from elman import graph
from elman.errors import ExportError, LayerShapeError, ShapeError
from elman.graph import Name, Writer
from elman.graph.writer import weight
from elman.nn import arguments, layouts, stepwise, torch_kernels, tracing
from elman.nn.dropout import sequence_dropout
from elman.nn.parameters import Parameters
from elman.ops import recurrent, step
from elman.ragged import Ragged

# (h,) or (h, c), each [L*D, B, H], or where layers differ in width a tuple of [D, B, H] per layer
State = tuple[Any, ...]
LayerState = tuple[Tensor, ...]  # the same of one layer, each [D, B, H]


class Options(TypedDict, total=False):
    """What ``torch.nn`` lacks; keywords of ``RNN``, ``LSTM`` and ``GRU``.

    variational_dropout: probability; between layers, with one mask per sequence instead of ``dropout``'s one
                         per step (Gal & Ghahramani 2016)
    learned_state:       the initial state is a parameter (``h_0_l0``, and ``c_0_l0``), zero at first

    These change the inside of a cell, run several times slower (``stepwise.py``), and need ``reset_after``:

    recurrent_dropout:   probability; on ``h`` where the recurrent product reads it, one mask per sequence
    zoneout:             probability that a unit keeps its old value, one number or ``(h, c)``
    layer_norm:          layer normalisation of the input and recurrent products, and of ``c`` where there is one
    """

    variational_dropout: float
    learned_state: bool
    recurrent_dropout: float
    zoneout: float | tuple[float, float]
    layer_norm: bool


class Recurrent(Parameters):
    """Recurrent layers on top of each other; subclasses choose the cell.

    classes: by the name of a cell, the subclass whose constructor has a signature of its own for it

    >>> layer = elman.nn.recurrent_layer("gru", 3, 5)       # a subclass, by the name of its cell
    >>> output, state = layer.unroll(elman.Ragged.from_list([torch.randn(7, 3), torch.randn(2, 3)]))
    >>> step, state = layer.step(torch.randn(2, 3), state)
    >>> output.values.shape, step.shape, [part.shape for part in state]
    (torch.Size([9, 5]), torch.Size([2, 5]), [torch.Size([1, 2, 5])])
    """

    classes: ClassVar[dict[str, type[Recurrent]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if isinstance(own := cls.__dict__.get("cell"), str):
            Recurrent.classes[own] = cls

    def __init__(
        self,
        input_size: int,
        hidden_size: int | Sequence[int],
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
        learned_state: bool = False,
        recurrent_dropout: float = 0.0,
        zoneout: float | tuple[float, float] = 0.0,
        layer_norm: bool = False,
    ):
        super().__init__()
        arguments.check_bool("bias", bias)
        arguments.check_bool("batch_first", batch_first)
        arguments.check_size("input_size", input_size)
        self.hidden_sizes = arguments.widths(hidden_size, num_layers)
        arguments.check_dropout(dropout, len(self.hidden_sizes))
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, len(self.hidden_sizes)
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bool(bidirectional)
        self.dropout, self.variational_dropout = float(dropout), variational_dropout
        self.proj_size, self.nonlinearity, self.reset_after = proj_size, nonlinearity, reset_after
        self.learned_state, self.layer_norm = learned_state, layer_norm
        self.recurrent_dropout = recurrent_dropout
        self.zoneout = zoneout if isinstance(zoneout, tuple) else (zoneout, zoneout)
        for name in ("variational_dropout", "recurrent_dropout"):
            arguments.check_probability(name, getattr(self, name))
        for p in self.zoneout:
            arguments.check_probability("zoneout", p)
        if recurrent_dropout and not self.spec.recurrent_weight:
            raise ValueError(f"a {self.spec.title} has no weight_hh, so that recurrent_dropout means nothing")
        arguments.check_projection(proj_size, self.hidden_sizes, self.spec.projects, self.is_stepwise)
        if self.is_stepwise and not reset_after:
            raise ValueError("reset_after=False can't be combined with recurrent_dropout, zoneout or layer_norm")
        self._register_parameters(device, dtype)

    def write(self, g: Writer, x: Name, *state: Name) -> tuple[Name, ...]:
        """The last layer's outputs, and the parts of the final state, in a graph; as the layer runs outside training.

        Raises ExportError for options that no operator has.
        """
        if self.is_stepwise or self.proj_size or self.learned_state:
            raise ExportError(
                f"{self} can't be written as a graph: layer norm, projections and learned states stay here"
            )
        layers: Any = tuple(
            tuple(
                tuple(None if p is None else weight(p) for p in self.layer_parameters(layer, direction))
                for direction in range(self.num_directions)
            )
            for layer in range(self.num_layers)
        )
        operator = graph.recurrence.Recurrent(self.cell, self.nonlinearity, self.reset_after, layers)
        return g.add_several(1 + len(self.spec.states), operator, x, *state)

    # -- torch.nn's way in --------------------------------------------------------------------

    def flatten_parameters(self) -> None:
        """Nothing to do; here so that code written for ``torch.nn`` runs."""

    def forward(self, input: Any, hx: Any = None, lengths: Tensor | None = None) -> tuple[Any, Any]:
        """Run all layers over a batch of sequences.

        input:   ``[T, B, I]``, ``[B, T, I]`` with ``batch_first``, ``[T, I]``, PackedSequence, jagged nested
                 tensor or Ragged; outputs come back in the same layout with ``D*H`` features
        hx:      ``h`` ``[L*D, B, H]``, where there is a ``c`` ``(h, c)``; ``[L*D, H]`` for ``[T, I]``; when None, zeros
                 or what was learned
        lengths: ``[B]`` true lengths of a padded input, in any order, zeros allowed; outputs past a length
                 are zero, and the reverse direction starts at the true end

        Returns ``(output, hx)`` with the final states; a sequence of length zero keeps its initial state.
        Raises ShapeError and LengthsError (RuntimeErrors too where ``torch.nn`` raises those), and TracingError where
        TorchScript or an ONNX exporter asks for a layer that PyTorch has no operator for.
        """
        if isinstance(input, torch.fx.Proxy):
            return tracing.leaf(self, input, hx, lengths)
        if tracing.traced():
            return tracing.forward(self, input, hx, lengths)
        flat = layouts.flatten(input, lengths, self.batch_first, type(self).__name__)
        state = None if hx is None else self._state_in(hx, flat)
        output, final = self._unroll(flat.values, flat.lengths, state)
        parts = _map_parts(flat.state_out, final)
        return flat.restore(output), parts if len(self.spec.states) > 1 else parts[0]

    def __prepare_scriptable__(self) -> nn.Module:
        """What ``torch.jit.script`` puts into the model in place of this layer, and compiles."""
        return tracing.twin(self)

    def _state_in(self, hx: Any, flat: layouts.Flat) -> State:
        parts = tuple(hx) if len(self.spec.states) > 1 else (hx,)
        tensors = [part for part in parts if isinstance(part, Tensor)]
        expected = 3 if flat.batched else 2
        if any(part.dim() != expected for part in tensors):
            raise LayerShapeError(_wrong_dimensions(tensors, expected))
        return _map_parts(flat.state_in, parts)

    # -- the way in for models ----------------------------------------------------------------

    def initial_state(self, batch: int) -> State:
        """The state before the first step: ``(h,)`` or ``(h, c)``, each ``[L*D, batch, H]``."""
        return self.joined(self._initial_layers(batch))

    def unroll(self, x: Ragged, state: State | None = None) -> tuple[Ragged, State]:
        """All steps of ``x`` ``[N, I]`` -> outputs ``[N, D*H]`` and the final state, a tuple for any cell."""
        output, final = self._unroll(x.values, x.lengths, state)
        return x.with_values(output), final

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step of ``B`` sequences, on the weights as they are now: ``[B, I]`` -> ``[B, H]`` and the new state."""
        if self.bidirectional:
            raise ShapeError("a bidirectional layer can't step: its reverse direction starts at the end")
        if self.is_stepwise or self.proj_size:
            return self._unroll(x, torch.ones(x.shape[0], dtype=torch.int64, device="cpu"), state)
        x = self.check_input(x)
        finals: list[LayerState] = []
        self.check_state(state, len(x))
        for layer, own in enumerate(self.by_layer(state)):
            if layer > 0:
                x = self._dropped(x, torch.ones(x.shape[0], dtype=torch.int64, device="cpu"))
            after = step(
                self.cell,
                x,
                *self.layer_parameters(layer),
                *(part[0] for part in own),
                nonlinearity=self.nonlinearity,
                reset_after=self.reset_after,
            )
            x = after[0]
            finals.append(tuple(part.unsqueeze(0) for part in after if part is not None))
        return x, self.joined(finals)

    # -- states -------------------------------------------------------------------------------

    def _initial_layers(self, batch: int) -> list[LayerState]:
        return [self._initial(layer, batch) for layer in range(self.num_layers)]

    def _initial(self, layer: int, batch: int) -> LayerState:
        sizes = self._state_sizes(layer)
        if not self.learned_state:
            like = self._get("weight_ih", 0, 0)
            return tuple(like.new_zeros(self.num_directions, batch, size) for size in sizes)
        learned = [
            torch.stack([self._get(kind, layer, direction) for direction in range(self.num_directions)])
            for kind in (f"{state}_0" for state in self.spec.states)
        ]
        return tuple(part.unsqueeze(1).expand(-1, batch, -1) for part in learned)

    def by_layer(self, state: State) -> list[LayerState]:
        """A state as a list with each layer's own; ``joined`` is the way back."""
        if self.num_layers == 1:
            return [state]
        parts: list[Sequence[Tensor]] = [
            part.split(self.num_directions) if isinstance(part, Tensor) else part  # pyright: ignore[reportUnknownMemberType]
            for part in state
        ]
        return list(zip(*parts, strict=True))

    def joined(self, layers: list[LayerState]) -> State:
        if self.num_layers == 1:
            return layers[0]
        parts = zip(*layers, strict=True)
        if len(set(self.hidden_sizes)) == 1:
            return tuple(torch.cat(part) for part in parts)
        return tuple(parts)

    # -- the computation ----------------------------------------------------------------------

    def _unroll(self, values: Tensor, lengths: Tensor, state: State | None) -> tuple[Tensor, State]:
        if tracing.traced():
            raise tracing.refusal(self, tracing.RAGGED)
        values, batch = self.check_input(values), lengths.shape[0]
        on_torch = self._runs_on_torch(values)
        if state is not None:
            self.check_state(state, batch)
            layers = self.by_layer(state)
        elif self.learned_state or on_torch:
            layers = self._initial_layers(batch)
        else:
            layers = [()] * self.num_layers  # the op takes a state left out for zeros, and has less to do
        if on_torch and len(set(self.hidden_sizes)) == 1 and not self.variational_dropout:
            return self._run_torch(range(self.num_layers), values, lengths, self.joined(layers))
        finals: list[LayerState] = []
        for layer, own in enumerate(layers):
            if layer > 0:
                values = self._dropped(values, lengths)
            values, final = self._run_layer(layer, values, lengths, own)
            finals.append(final)
        return values, self.joined(finals)

    def _dropped(self, values: Tensor, lengths: Tensor) -> Tensor:
        """What a layer hears of the one below."""
        values = nn.functional.dropout(values, self.dropout, self.training)
        return sequence_dropout(values, lengths, self.variational_dropout, self.training)

    def _run_layer(self, layer: int, x: Tensor, lengths: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Both directions of one layer: ``[N, I]`` and states ``[D, B, H]`` or none -> ``[N, D*H]`` and states."""
        if self._runs_on_torch(x):
            return self._run_torch(range(layer, layer + 1), x, lengths, state)
        outputs: list[Tensor] = []
        finals: list[list[Tensor]] = []
        for direction in range(self.num_directions):
            own = [part[direction] for part in state]
            output, *final = self._run_direction(layer, direction, x, lengths, *own)
            outputs.append(output)
            finals.append([part for part in final if part is not None])
        if len(outputs) == 1:
            return outputs[0], tuple(part.unsqueeze(0) for part in finals[0])
        return torch.cat(outputs, 1), tuple(torch.stack(parts) for parts in zip(*finals, strict=True))

    def _run_direction(
        self,
        layer: int,
        direction: int,
        x: Tensor,
        lengths: Tensor,
        h0: Tensor | None = None,
        c0: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        weights, reverse = self.layer_parameters(layer, direction), direction == 1
        if self.is_stepwise:
            inside = self._inside(layer, direction)
            return stepwise.unroll(
                self.cell,
                x,
                lengths,
                *weights,
                h0,
                c0,
                inside,
                reverse=reverse,
                nonlinearity=self.nonlinearity,
            )
        return recurrent(
            self.cell,
            x,
            lengths,
            *weights,
            h0,
            c0,
            reverse=reverse,
            nonlinearity=self.nonlinearity,
            reset_after=self.reset_after,
        )

    def _inside(self, layer: int, direction: int) -> stepwise.Inside:
        kinds = ("norm_ih_weight", "norm_hh_weight", "norm_c_weight", "norm_c_bias")
        gains = [self._get(kind, layer, direction) for kind in kinds]
        norms = stepwise.LayerNorms(*gains) if self.layer_norm else None
        return stepwise.Inside(self.recurrent_dropout, self.zoneout, norms, self.training)

    def _runs_on_torch(self, values: Tensor) -> bool:
        if self.proj_size:
            return True
        return values.device.type != "cpu" and self.spec.torch is not None and not self.is_stepwise

    def _run_torch(self, layers: range, x: Tensor, lengths: Tensor, state: Any) -> tuple[Tensor, LayerState]:
        assert self.spec.torch is not None
        with torch.autocast("cpu", enabled=False):  # the weights' precision is kept, as by the op
            return torch_kernels.unroll(self.spec.torch, x, lengths, *self.torch_arguments(layers), state)

    def torch_arguments(self, layers: range) -> tuple[list[Tensor], torch_kernels.Settings]:
        """The weights of some layers in torch's order, and its functions' other arguments."""
        dropout = self.dropout if len(layers) > 1 else 0.0
        settings = torch_kernels.Settings(self.bias, len(layers), dropout, self.training, self.bidirectional)
        every = self.all_weights[layers.start * self.num_directions : layers.stop * self.num_directions]
        return [parameter for one in every for parameter in one], settings

    # -- checks -------------------------------------------------------------------------------

    def check_input(self, values: Tensor) -> Tensor:
        """``values`` ``[N, I]`` in the weights' dtype, which autocast may have changed."""
        weight = self._get("weight_ih", 0, 0)
        if values.dim() != 2 or values.shape[1] != self.input_size:
            raise LayerShapeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {values.shape[-1]}"
            )
        if values.dtype == weight.dtype:
            return values
        if values.is_floating_point() and torch.is_autocast_enabled(values.device.type):
            return values.to(weight.dtype)
        raise ShapeError(
            f"RNN input dtype ({values.dtype}) does not match weight dtype ({weight.dtype}). "
            f"Convert input: input.to({weight.dtype}), or convert model: model.to({values.dtype})"
        )

    def check_state(self, state: State, batch: int) -> None:
        directions, parts = self.num_directions, len(self._state_sizes(0))
        if len(state) != parts:
            name = type(self).__name__
            raise LayerShapeError(f"the state of a {name} has {parts} part(s), got {len(state)}")
        for index, part in enumerate(state):
            if isinstance(part, Tensor):
                found, expected = [part], [(self.num_layers * directions, batch, self._state_sizes(0)[index])]
            else:
                sizes = [self._state_sizes(layer)[index] for layer in range(self.num_layers)]
                found, expected = list(part), [(directions, batch, size) for size in sizes]
            if [tuple(tensor.shape) for tensor in found] != expected:
                shapes = [list(tensor.shape) for tensor in found]
                name = f"hidden[{index}]" if parts > 1 else "hidden"
                wanted, got = (expected[0], shapes[0]) if isinstance(part, Tensor) else (expected, shapes)
                raise LayerShapeError(f"Expected {name} size {wanted}, got {got}")

    def extra_repr(self) -> str:
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "nonlinearity": "tanh",
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "variational_dropout": 0.0,
            "bidirectional": False,
            "reset_after": True,
            "learned_state": False,
            "recurrent_dropout": 0.0,
            "zoneout": (0.0, 0.0),
            "layer_norm": False,
        }
        set_otherwise = (f"{k}={getattr(self, k)!r}" for k, v in defaults.items() if getattr(self, k) != v)
        return ", ".join([str(self.input_size), str(self.hidden_size), *set_otherwise])


def _map_parts(function: Callable[[Tensor], Tensor], state: State) -> State:
    """``function`` applied to every tensor of a state."""
    return tuple(
        function(part) if isinstance(part, Tensor) else tuple(function(tensor) for tensor in part) for part in state
    )


def _wrong_dimensions(parts: Sequence[Tensor], expected: int) -> str:
    kind, found = ("batched 3-D" if expected == 3 else "unbatched 2-D"), [f"{part.dim()}-D" for part in parts]
    if len(parts) == 1:
        return f"For {kind} input, hx should also be {expected}-D but got {found[0]} tensor"
    return f"For {kind} input, hx and cx should also be {expected}-D but got ({', '.join(found)}) tensors"
