# pyright: strict
"""The recurrent part that all architectures share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from elman.graph import Name, Writer, recurrence
from elman.graph.elementwise import Activation
from elman.nn.dropout import SequenceDropout, WeightDropout
from elman.nn.initialization import init_recurrent_
from elman.nn.recurrent import State, recurrent_layer
from elman.nn.stepper import Advance, stepper
from elman.ragged import Ragged


class RecurrentStack(nn.Module):
    """``num_layers`` recurrent layers, with one dropout mask per sequence after each, and weight dropout within.

    ``Ragged [N, input_size] -> Ragged [N, output_size]``; the same weights at every step. Recurrent weights
    start orthogonal, an LSTM's forget gate open (Jozefowicz et al. 2015). The state is ``(h,)`` or ``(h, c)``,
    each ``[layers * directions, B, hidden_size]``.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bidirectional: bool = False,
        dropout: float = 0.0,
        weight_dropout: float = 0.0,
    ):
        super().__init__()
        self.output_size = hidden_size * (2 if bidirectional else 1)
        self.rnn = recurrent_layer(
            cell, input_size, hidden_size, num_layers, bidirectional=bidirectional, variational_dropout=dropout
        )
        init_recurrent_(self.rnn)
        self.dropout = SequenceDropout(dropout)
        for name in [name for name, _ in self.rnn.named_parameters() if name.startswith("weight_hh")]:
            if weight_dropout:
                register_parametrization(self.rnn, name, WeightDropout(weight_dropout))

    def forward(self, x: Ragged, state: State | None = None) -> tuple[Ragged, State]:
        """The last layer's outputs at every step, and the final state."""
        steps, state = self.rnn.unroll(x, state)
        return self.dropout(steps), state

    def write(self, g: Writer, x: Name, *state: Name) -> tuple[Name, ...]:
        """The last layer's outputs, and the parts of the final state, in a graph."""
        return self.rnn.write(g, x, *state)

    def write_on(self, g: Writer, x: Name) -> tuple[Name, Name]:
        """``write`` of one direction, going on from the state before: the outputs, and ``h`` after them."""
        names = self.rnn.spec.states
        before = [g.carry(name, self.rnn.hidden_sizes[0], layers=self.rnn.num_layers) for name in names]
        steps, *after = self.write(g, x, *before)
        g.carried(**dict(zip(names, after, strict=True)))
        return steps, after[0]

    def write_step(self, g: Writer, x: Name, state: Sequence[Name]) -> tuple[Name, ...]:
        """One more step of each hypothesis, however many there are of each row of the batch."""
        steps, *after = self.write(g, g.add(recurrence.EachAlone(), x), *state)
        return g.add(recurrence.Like(), steps, x), *after

    def write_last_output(self, g: Writer, h: Name) -> Name:
        """``last_output`` in a graph."""
        return g.add(recurrence.LastOutput(self.rnn.num_directions), h)

    def stepper(self) -> Advance:
        """One time step after another, ``[M, input_size] -> [M, output_size]``, on the weights as they are now.

        To be made where a search or a generation begins, and dropped at its end.
        """
        return stepper(self.rnn)

    def last_output(self, state: State) -> Tensor:
        """The last layer's final ``h``, its directions side by side: ``[B, output_size]``."""
        return torch.cat(list(state[0][-self.rnn.num_directions :]), dim=-1)


class FirstState(nn.Module):
    """The state that a decoder begins with, made from a vector: ``[B, input_size] -> (h,)`` or ``(h, c)``.

    With several stacks of one width, the layers of all of them in turn.
    """

    def __init__(self, input_size: int, *stacks: RecurrentStack):
        super().__init__()
        rnn = stacks[0].rnn
        layers = sum(stack.rnn.num_layers for stack in stacks)
        self.shape = len(rnn.state_sizes), layers, rnn.hidden_sizes[0]
        self.linear = nn.Linear(input_size, math.prod(self.shape))

    def forward(self, vector: Tensor) -> State:
        parts = self.linear(vector).tanh().view(len(vector), *self.shape)
        return tuple(part.transpose(0, 1).contiguous() for part in parts.unbind(1))

    def write(self, g: Writer, vector: Name) -> tuple[Name, ...]:
        """The parts of the state in a graph."""
        parts = g.add(Activation("tanh"), g.linear(vector, self.linear))
        states, layers, _ = self.shape
        return g.add_several(states, recurrence.FirstState(states, layers), parts)
