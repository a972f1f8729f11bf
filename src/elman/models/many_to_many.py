# pyright: strict
"""Many-to-many, aligned: one output per input step. Its causal form is the language model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from elman.graph import Graph, Name, Writer
from elman.models.batch import Batch
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.nn.encoders import Encoder
from elman.nn.heads import TagHead
from elman.nn.recurrent import State
from elman.ragged import Ragged

ReadOn = Callable[[Any, State], tuple[Ragged, State]]
"""``(inputs, state) -> (scores at every step, state)``"""


class ManyToMany(Network):
    """Read a sequence with a recurrent stack and answer at every step.

    encoder: batch -> ``Ragged [N, encoder.output_size]``;  head: ``Ragged [N, F] -> Ragged scores``, made by
    ``head(F)``. Unidirectional, it can be run step by step with carried state to the same answer.
    """

    def __init__(
        self,
        encoder: Encoder,
        head: Any,
        *,
        cell: str = "lstm",
        hidden_size: int = 128,
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
        weight_dropout: float = 0.0,
        project: int = 0,
    ):
        super().__init__()
        self.encoder = encoder
        self.stack = RecurrentStack(
            cell,
            encoder.output_size,
            hidden_size,
            num_layers,
            bidirectional=bidirectional,
            dropout=dropout,
            weight_dropout=weight_dropout,
        )
        size = self.stack.output_size
        self.project = nn.Linear(size, project) if project and project != size else nn.Identity()
        self.head = head(project or size)

    def features(self, inputs: Any, state: State | None = None) -> tuple[Ragged, State]:
        """What the head sees at every step ``[N, F]``, and the state to go on from."""
        steps, after = self.stack(self.encoder(inputs), state)
        return steps.map(self.project), after

    def forward(self, inputs: Any, state: State | None = None) -> tuple[Ragged, State]:
        """Scores at every step, and the state to go on from."""
        features, after = self.features(inputs, state)
        return self.head(features), after

    def stepper(self) -> ReadOn:
        """``self`` for one more step of each sequence at a call, on the weights as they are now (inference only)."""
        advance = self.stack.stepper()

        def read_on(inputs: Any, state: State) -> tuple[Ragged, State]:
            step = self.encoder(inputs)
            h, after = advance(step.values, state)
            return self.head(step.with_values(self.project(h))), after

        return read_on

    def write(self) -> dict[str, Graph]:
        """``scores``: at every step; of a causal network, given its state, with the state to go on from; and
        ``read_on``."""
        g = Writer()
        names = self.stack.rnn.spec.states
        layers, size = self.stack.rnn.num_layers, self.stack.rnn.hidden_sizes[0]
        causal = self.stack.rnn.num_directions == 1
        state = [g.state(name, layers, size) for name in names] if causal else []
        steps, *after = self.stack.write(g, self.encoder.write(g), *state)
        outputs = {"scores": self._write_scores(g, steps)}
        scores = g.graph(**outputs, **(dict(zip(names, after, strict=True)) if causal else {}))
        return {"scores": scores, **(self._write_on() if causal else {})}

    def _write_on(self) -> dict[str, Graph]:
        """``read_on``: the scores of each step of a sequence that comes in pieces, where the encoder can go on so."""
        g = Writer()
        vectors = self.encoder.write_on(g)
        if vectors is None:
            return {}
        return {"read_on": g.graph(scores=self._write_scores(g, self.stack.write_on(g, vectors)[0]))}

    def _write_scores(self, g: Writer, steps: Name) -> Name:
        features = steps if isinstance(self.project, nn.Identity) else g.linear(steps, self.project)
        return self.head.write(g, features)

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss per sequence ``[B]``, summed over its steps, and the number of steps ``[B]``.

        Where the batch continues the one before, the state is carried over and the gradient is cut there.
        """
        features, state = self.features(batch.inputs, self.state_before(batch))
        self.carry(state)
        return self.head.loss_of(features, batch.targets), features.lengths.to(features.device)

    def scores(self, inputs: Any) -> Ragged:
        """Scores at every step."""
        return self(inputs)[0]

    def best(self, inputs: Any) -> list[Tensor]:
        """Per sequence the best class of each step ``[T]``."""
        return self.head.best(self.scores(inputs))


def language_model(
    encoder: Encoder,
    tokens: int,
    *,
    tied: bool = True,
    label_smoothing: float = 0.0,
    negatives: int = 0,
    **options: Any,
) -> ManyToMany:
    """A causal ``ManyToMany`` that predicts the next of ``tokens``.

    ``tied`` shares the embedding with the output (Press & Wolf 2017), which needs ``encoder.token_weight``;
    ``label_smoothing`` and ``negatives`` as in ``ClassHead``, ``options`` as in ``ManyToMany``.
    """
    weight = encoder.token_weight if tied else None

    def head(size: int) -> TagHead:
        return TagHead(size, tokens, label_smoothing=label_smoothing, tied=weight, negatives=negatives)

    project = encoder.output_size if tied else 0
    return ManyToMany(encoder, head, bidirectional=False, project=project, **options)
