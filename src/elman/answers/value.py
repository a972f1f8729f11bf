"""One value out of a sequence (many-to-one) or of one value (one-to-one): what labels and numbers share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman.answers.along import Along
from elman.answers.base import (
    MOST_SCORES,
    NETWORK,
    PREDICT_ROWS,
    Cells,
    Parts,
    Prediction,
    RowAnswer,
    ToFit,
    predicted,
    room,
)
from elman.decoding.probabilities import mixed
from elman.errors import ExportError
from elman.export.around import AS_ONNX, ReadOut
from elman.kinds import Kind
from elman.kinds.base import Before
from elman.kinds.minirocket import MiniRocketFeatures
from elman.scoring.baselines import Baseline
from elman.scoring.order_free import OrderFree
from elman.settings import RECURRENCE, Settings
from elman.settings.used import reads
from elman.stages import each
from elman.stored import Rows, cells_of, mapped
from elman.tasks import Architecture

if TYPE_CHECKING:
    from elman.answers.race import Without
    from elman.models.network import Network
    from elman.scoring.report import Race
    from elman.training.batches import RowBatches

O = TypeVar("O", bound=Kind)
MINIROCKET = MiniRocketFeatures().name
"""The recipe that a linear model on patterns of signals answers alone."""
FEW_TO_WEIGH = 5_000
"""Up to so many rows to train on, an n-gram model is fitted on folds of them as well, which takes seconds."""
WEIGHED_SCORES = 2 * MOST_SCORES
"""Scores by which a temperature, and the share of each of two models, are found, at most."""
WITHOUT_NETWORK = frozenset({"recipe", "folds", "seed", "epochs", "minutes", "rare_class"})
"""Settings that it takes; of which epochs and minutes say how long a network learns at most, and it has none."""


class ValueAnswer(Along, RowAnswer[Kind, O, "Network"]):
    """text, vectors, row, record, records, picture, clip, recording or tune -> one value; on texts, a linear model on
    n-grams may answer together with the network, and on few signals one on patterns in them."""

    tempered: ClassVar[bool] = False
    """Whether scores say how likely answers are, which a temperature makes fit; numbers are what they are."""
    trivial: ClassVar[type[Any]]
    """The baseline that looks at no input."""
    order_free: ClassVar[type[Any]]
    """The linear model that ignores order."""
    row_by_row = True
    most_measured = 25_000  # of which a share is exact to .6 %, with a probability of 95 %

    def architecture(self, settings: Settings) -> Architecture:
        """Some sequences can be read as one value, and pictures as a sequence."""
        if self.input_kind.of_tokens and settings.window:
            return "one-to-one"
        if self.input_kind.row_by_row and settings.picture_rows:
            return self.task.architecture
        return super().architecture(settings)

    @property
    def may_be_causal(self) -> bool:
        return self.input_kind.in_pieces

    @property
    def candidates(self) -> tuple[str, ...]:
        return (NETWORK, MINIROCKET) if self.input_kind.has_signals else ()

    @property
    def lent(self) -> str:
        return MINIROCKET if self.candidates else super().lent

    @reads("recipe", where=lambda task, settings: bool(task.candidates))
    def trains(self, settings: Settings) -> bool:
        return not self.candidates or settings.recipe != MINIROCKET

    @reads("folds", where=lambda task, settings: bool(task.candidates) and settings.recipe != NETWORK)
    def races(self, settings: Settings) -> bool:
        return bool(self.candidates) and settings.recipe != NETWORK

    def takes(self, settings: Settings) -> frozenset[str]:
        used = self.uses(settings)
        return used if self.trains(settings) else used & WITHOUT_NETWORK

    def race(
        self, parts: Parts[Kind, O, Network], folds: Sequence[NDArray[np.int64]], rows: Cells, without: Without
    ) -> tuple[Race, Any] | None:
        from elman.answers.race import race

        return race(self, parts, folds, rows, without)

    def linear_beside(self) -> OrderFree:
        """A new linear model that may answer in the place of a network, or together with it."""
        return self.order_free(MiniRocketFeatures())

    def columns(self, settings: Settings) -> tuple[Kind, O]:
        return self.new_input(settings), self.output()

    @abstractmethod
    def output(self) -> O:
        """A new output column."""

    @reads("members")
    def network(self, input: Kind, output: O, settings: Settings) -> Network:
        from elman.models.ensemble import together

        members = settings.members if self.trains(settings) else 1  # what doesn't learn has no share
        return together([self.member(input, output, settings) for _ in range(members)])

    @reads("hidden_size", "num_layers", "dropout")
    @reads("window", where=lambda task, settings: task.input_kind.of_tokens)
    @reads("picture_rows", where=lambda task, settings: task.input_kind.row_by_row)
    @reads(*RECURRENCE, "pooling", where=lambda task, settings: task.architecture(settings) == "many-to-one")
    def member(self, input: Kind, output: O, settings: Settings) -> Network:
        """One network of those that answer together."""
        from elman.models.many_to_one import ManyToOne
        from elman.models.one_to_one import OneToOne
        from elman.models.sides import encoder_of, head_of
        from elman.nn.encoders import WindowEmbedding

        s, encoder = settings, encoder_of(input, settings)
        if self.architecture(s) == "one-to-one" or self.input_kind.as_one_vector:
            if self.input_kind.of_tokens:
                encoder = WindowEmbedding(encoder, s.window)
            head = head_of(output, s.hidden_size, s)
            sizes: dict[str, Any] = {
                "hidden_size": s.hidden_size,
                "num_layers": s.num_layers,
                "dropout": s.dropout,
            }
            if self.input_kind.as_one_vector:  # whose layers are those that read its texts, which are dropped out there
                sizes |= {"num_layers": 1, "dropout": 0.0}
            return OneToOne(encoder, head, **sizes)
        return ManyToOne(encoder, lambda size: head_of(output, size, s), **s.recurrence, pooling=s.pooling)

    def lend(self, parts: Parts[Kind, O, Network], baselines: list[Any]) -> None:
        if self.weighs(parts.settings):
            parts.ngram_model = next((b for b in baselines if b.name == "order_free"), None)

    def fit_baselines(self, parts: Parts[Kind, O, Network], given: ToFit) -> list[Any]:
        """Linear models learn from texts without an output, too, and are chosen by folds where there are some."""
        fitted = self.examples(parts, *given.train), self.examples(parts, *given.valid)
        texts = parts.input.linear_inputs(given.beside) if given.beside else ()
        return [
            one.fit(*fitted, texts, given.folds) if isinstance(one, OrderFree) else one.fit(*fitted)
            for one in self.baselines(parts)
        ]

    @reads("ngrams", where=lambda task, settings: task.input_kind.has_ngrams)
    def weighs(self, settings: Settings) -> bool:
        return self.input_kind.has_ngrams and settings.ngrams

    def most_folded(self, parts: Parts[Kind, O, Network]) -> int:
        return FEW_TO_WEIGH if self.weighs(parts.settings) else 0

    def finish(self, parts: Parts[Kind, O, Network], validation: RowBatches, inputs: list[Any]) -> Race | None:
        outputs = validation.outputs or []
        rows = self.weighed_rows(parts, len(outputs))
        inputs, targets = cells_of(inputs, rows), parts.output.targets(cells_of(outputs, rows))
        if parts.ngram_model is not None:
            return self.weigh(parts, inputs, targets)
        self.finish_alone(parts, inputs, targets)
        self.keep(parts, self.scores(parts, inputs), targets)
        return None

    def weighed_rows(self, parts: Parts[Kind, O, Network], rows: int) -> Rows:
        """Those of the validation part that say how answers are weighed: all; of many classes, evenly spaced ones as
        many as there is room for the scores of."""
        return np.arange(most := min(rows, WEIGHED_SCORES // parts.output.outcomes)) * rows // max(1, most)

    def keep(self, parts: Parts[Kind, O, Network], scores: NDArray[np.float32], targets: Any) -> None:
        """What is to be kept of scores ``[n, k]`` of rows that weren't learned from; by default, nothing."""

    def answer_by(self, parts: Parts[Kind, O, Network], linear: OrderFree, weights: tuple[float, float]) -> None:
        """From now on, by network and linear model with these weights; without the one whose weight is 0."""
        deep, wide = weights
        parts.ngram_model, parts.mixing_weights = (linear, weights) if wide else (None, None)
        if self.candidates and not (deep and wide):
            parts.settings = parts.settings.with_changes({"recipe": NETWORK if deep else linear.name})

    def called(self, parts: Parts[Kind, O, Network], answers: Sequence[Prediction]) -> list[Any]:
        """Answers as metrics take them."""
        return [answer.value for answer in answers]

    def finish_alone(self, parts: Parts[Kind, O, Network], inputs: list[Any], targets: Any) -> None:
        """``finish`` of a network that answers by itself; by default, nothing."""

    def weigh(self, parts: Parts[Kind, O, Network], inputs: list[Any], targets: Any) -> Race:
        """Weigh network and n-gram model for the validation part, and for what was left out of the latter in folds."""
        from elman.answers.race import decide
        from elman.scoring.report import BY_VALIDATION

        model, output = parts.ngram_model, parts.output
        deep, wide, further = self.scores(parts, inputs), self.ngram_scores(parts, inputs), None
        if left_out := model.left_out:
            right = output.targets(output.encoded_cells(left_out.outputs))
            further = self.on_scale_of(parts, left_out.scores, model), right
        return decide(self, parts, (self.beside, model), deep, wide, targets, further, BY_VALIDATION)[0]

    def inherit(self, old: Parts[Kind, O, Network], new: Parts[Kind, O, Network]) -> None:
        new.ngram_model, new.mixing_weights = old.ngram_model, old.mixing_weights

    def scores(self, parts: Parts[Kind, O, Network], cells: Sequence[Any]) -> NDArray[np.float32]:
        """The network's scores ``[n, k]``."""
        return np.stack(predicted(parts.input, cells, parts.network.scores, **room(parts)))

    def ngram_scores(self, parts: Parts[Kind, O, Network], cells: Sequence[Any]) -> NDArray[np.float32]:
        """The linear model's scores ``[n, k]``."""
        return self.on_scale_of(parts, parts.ngram_model.scores(parts.input.linear_inputs(cells)), parts.ngram_model)

    def scores_together(self, parts: Parts[Kind, O, Network], cells: Sequence[Any]) -> NDArray[np.float32]:
        """Of the network, and of the linear model where that answers too, or alone: ``[n, k]``."""
        if not parts.mixing_weights:
            return self.scores(parts, cells)
        wide = self.ngram_scores(parts, cells)
        deep = self.scores(parts, cells) if parts.mixing_weights[0] else np.zeros_like(wide)
        return mixed(deep, wide, parts.mixing_weights)

    def instead_of_network(self, parts: Parts[Kind, O, Network]) -> str:
        return parts.ngram_model.description if self._itself(parts) else ""

    def _itself(self, parts: Parts[Kind, O, Network]) -> str:
        """The linear model that answers alone, by its name; "" where none does."""
        return parts.ngram_model.name if parts.mixing_weights and not parts.mixing_weights[0] else ""

    def scored(self, parts: Parts[Kind, O, Network], cells: Sequence[Any]) -> Iterator[NDArray[np.float32]]:
        """``scores_together`` of all cells, of as many at a time as there is room for ``[some, k]``."""
        together = max(1, min(PREDICT_ROWS, MOST_SCORES // parts.output.outcomes))
        starts = range(0, max(1, len(cells)), together)
        for start in each(starts, "predicting", len(starts)):
            yield self.scores_together(parts, cells[start : start + together])

    def predict(self, parts: Parts[Kind, O, Network], cells: Sequence[Any]) -> list[Prediction]:
        return [answer for scores in self.scored(parts, cells) for answer in self.along(parts, scores)]

    def why_whole(self, parts: Parts[Kind, O, Network]) -> str:
        if parts.mixing_weights:
            return f"it answers by a linear model on {self.beside}, too, which takes whole inputs"
        return super().why_whole(parts)

    def along(
        self, parts: Parts[Kind, O, Network], scores: NDArray[np.float32], before: Sequence[Before] = ()
    ) -> list[Prediction]:
        """What is to be said of all that was read."""
        return [self.prediction(parts.output, row) for row in self.read_out(scores)]

    def read_out_elsewhere(self, parts: Parts[Kind, O, Network]) -> ReadOut:
        return self.said_by(parts.output)

    @property
    def beside(self) -> str:
        return "patterns in signals (MiniRocket)" if self.candidates else "n-grams"

    def check_alone(self, parts: Parts[Kind, O, Network]) -> None:
        if parts.mixing_weights:
            onnx = f"; or write it as {AS_ONNX}, which has n-grams" if self.input_kind.of_tokens else ""
            raise ExportError(
                f"this model answers by a linear model on {self.beside}, which can't be written so. Train the network "
                f"alone: --set ngrams=false{onnx}"
            )

    @abstractmethod
    def said_by(self, output: O) -> ReadOut:
        """``read_out`` and ``prediction`` elsewhere."""

    @abstractmethod
    def read_out(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """What scores ``[n, k]`` say: probabilities, or numbers."""

    @abstractmethod
    def prediction(self, output: O, row: NDArray[np.float32]) -> Prediction:
        """What was read out of the scores of a row, as a person reads it."""

    # -- measuring ----------------------------------------------------------------------------

    def baselines(self, parts: Parts[Kind, O, Network]) -> list[Baseline]:
        features = parts.input.linear_features()
        return [self.trivial(), *([] if features is None else [self.order_free(features)])]

    def examples(self, parts: Parts[Kind, O, Network], inputs: list[Any], outputs: list[Any]) -> Cells:
        parse = parts.output.parse
        answers = mapped(outputs, lambda cells: list(map(parse, cells)), {str})
        return mapped(inputs, parts.input.linear_inputs, {object}), answers

    def knows(self, parts: Parts[Kind, O, Network], output: Any) -> bool:
        return parts.output.can_encode(output)

    def shown(self, parts: Parts[Kind, O, Network], inputs: list[Any], *columns: list[Any]) -> list[tuple[Any, ...]]:
        """What a person is shown of each row."""
        given = inputs if parts.input.short else map(parts.input.in_short, inputs)
        return list(zip(given, *columns, strict=True))
