"""What an answer is: how a task is learned from a kind of input, measured, and used."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman.answers.prediction import Prediction
from elman.data.batches import RowsInOrder
from elman.data.drawn import drawn_rows
from elman.errors import TaskError
from elman.export.around import ReadOut
from elman.kinds import KINDS, Kind
from elman.settings import Settings
from elman.settings.used import read_by, read_by_methods, reads
from elman.stages import each
from elman.stored import Rows, chosen, stored_lengths
from elman.tasks import Architecture, Task

if TYPE_CHECKING:
    from elman.answers.race import Without
    from elman.answers.start import Start
    from elman.data.table import Table
    from elman.models.network import Network
    from elman.recipes import TrainingStatistics
    from elman.scoring.calibration import Coverage
    from elman.scoring.evaluation import Evaluation
    from elman.scoring.report import Race
    from elman.training.batches import RowBatches
    from elman.training.loop import Batches

PREDICT_ROWS = 8_192  # encoded at a time
PREDICT_STEPS = 1 << 23
"""Steps of sequences in files that are encoded, and answered, at a time: fewer rows, where these are longer. No table
that has room in memory has so many."""
BATCH_TOKENS = 4_000  # elements of a batch that is answered, where no file is decoded for it
MEASURED_SCORES = 1_000_000_000
"""Scores that a measurement finds, at most, which takes half a minute: of very many classes fewer rows are measured."""
MOST_SCORES = 1 << 24
"""Scores that are in memory at a time, about: of many classes few rows are answered together."""
NETWORK = "network"
"""The recipe that a network answers alone."""
NATS, SQUARED = "nats", "(squared error, 1 is the variance)"

I = TypeVar("I", bound=Kind)
O = TypeVar("O", bound=Kind)
N = TypeVar("N", bound="Network")
B = TypeVar("B", bound="Batches")


@dataclass
class Parts(Generic[I, O, N]):
    """What a trained model is made of.

    network:     what answers ask for scores: one of the protocols in ``decoding.networks``
    module:      the torch network behind it, to learn, and to be looked into; None where there is none to do so
    ngram_model, mixing_weights: where a linear model on n-grams, or on patterns of signals, answers together with the
    network, that model and the two weights of their scores
    classical:   of series, the forecasts without a network that answer in its place, or are mixed with it
    scale:       what a network's scores were multiplied by after training, so that probabilities mean what they say
    sure:        of labels, the probability of the right one of rows that the network didn't learn from ``[n]``, rising
    """

    input: I
    output: O
    settings: Settings
    network: Any
    module: N = None  # pyright: ignore[reportAssignmentType]
    ngram_model: Any = None
    classical: Any = None
    mixing_weights: tuple[float, float] | None = None
    scale: float = 1.0
    sure: NDArray[np.float32] | None = None


AnyParts: TypeAlias = Parts[Any, Any, Any]
"""The parts of a model of which no more is asked than what all have."""

Cells = tuple[Any, Any]
"""Inputs and outputs, row by row: lists, or columns too large for memory."""


@dataclass(frozen=True)
class ToFit:
    """What baselines are fitted on, and chosen by.

    beside: cells like the inputs that have no output
    folds:  of the training rows, where there are no more than ``most_folded``
    """

    train: Cells
    valid: Cells
    beside: Sequence[Any] = ()
    folds: Sequence[Rows] = ()


class Answer(ABC, Generic[I, O, N, B]):
    """One sort of answer: ``I`` is the kind that is read, ``O`` the kind that is answered with, ``N`` the network
    between them, and ``B`` the batches that it learns from.

    Attributes:
        task: what a user asks for.
        input: the kind of input, by its name.
        learns: the column that is learned, by its name; "" where there is none.
    """

    blank_is_an_answer: ClassVar[bool] = False
    """Whether an empty output cell says something (no label applies), or is missing."""
    decides: ClassVar[frozenset[str]] = frozenset()
    """Settings that its kinds could read and it chooses itself."""
    causal: ClassVar[bool] = False
    """Whether the recurrence goes forward alone, as what comes later is what is to be predicted."""
    loss_unit: ClassVar[str] = NATS
    """What the loss counts while the network is trained."""
    most_measured: ClassVar[int | None] = None
    """Of the rows that are held out, as many are measured on; None for all."""
    row_by_row: ClassVar[bool] = False
    """Whether what a row adds to a measurement doesn't depend on the other rows."""
    most_reported: ClassVar[int | None] = 400
    """Rows that a look inside is scored on: as many as take seconds. None for those that can't be drawn one by one."""
    found_by: ClassVar[str] = "more than its network's scores"
    """What answers are found by, where a program that has but the network can't."""
    in_onnx: ClassVar[str] = "the scores"
    """What ``model.onnx`` gives of it then."""

    def __init__(self, task: Task, input: str, columns: Mapping[str, str] | None = None, learns: str = ""):
        """columns: by name, what each input column was found to be, where that is known before they are fitted"""
        self.task, self.input, self.read, self.learns = task, input, columns or {}, learns

    @property
    def name(self) -> str:
        """Of the task, as a user says it."""
        return self.task.name

    @property
    def title(self) -> str:
        """The task and what it is learned from."""
        return f"{self.name} of {self.input}"

    @property
    def input_kind(self) -> type[Kind]:
        """The kind of input."""
        return KINDS[self.input]

    def architecture(self, settings: Settings) -> Architecture:
        """Of the network that these settings make."""
        return self.task.architecture_for(one_value=self.input_kind.is_value)

    @property
    def candidates(self) -> tuple[str, ...]:
        """The recipes of which validation chooses, by name; nothing where there is one way alone."""
        return ()

    @property
    def lent(self) -> str:
        """The baseline, by its name, that may answer together with a network."""
        return "order_free"

    @property
    def beside(self) -> str:
        """What that is on, for people; "" where there is none."""
        return ""

    def races(self, settings: Settings) -> bool:
        """Whether folds of the rows to learn from choose of the candidates, or make the one that was asked for."""
        return False

    def race(
        self, parts: Parts[I, O, N], folds: Sequence[NDArray[np.int64]], rows: Cells, without: Without
    ) -> tuple[Race, Any] | None:
        """Where ``races``: let ``parts`` answer by the candidate that does best on folds of these rows, as
        ``answers.race`` says, and give the linear model that may be it, too."""
        raise TypeError(f"{self.title} has no recipes to choose of by folds")

    def check_alone(self, parts: Parts[I, O, N]) -> None:
        """Raise ExportError where a linear model answers, too, for which a form has nothing."""

    def trains(self, settings: Settings) -> bool:
        """Whether a network learns: else what was asked for answers without one."""
        return True

    def on_scale_of(self, parts: Parts[I, O, N], scores: NDArray[np.float32], source: Any) -> NDArray[np.float32]:
        """Scores of a source that was fitted on other rows, as the network would give them; by default, they are."""
        return scores

    def instead_of_network(self, parts: Parts[I, O, N]) -> str:
        """What a trained model answers by where its network has no share in its answers; "" where it has one."""
        return ""

    # -- construction -------------------------------------------------------------------------

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        """The input and output cells of a table; outputs are None where the table lacks the column."""
        given: Any = self.input_kind.together([table.column(name) for name in inputs])
        return given, table.columns.get(output or "")

    def pairs(self, inputs: list[Any], outputs: list[Any]) -> Cells:
        """What is learned from, and what answers are held against, of those cells: by default, all of them."""
        return inputs, outputs

    def new_input(self, settings: Settings) -> Kind:
        """A column of the kind of input, not fitted yet."""
        return KINDS[self.input_kind.fitted_as or self.input].from_settings(settings).reading(self.read)

    @property
    def may_be_causal(self) -> bool:
        """Whether it can be learned so that nothing needs the whole sequence, where that isn't so anyway."""
        return False

    @reads("causal", where=lambda answer, settings: answer.may_be_causal)
    def recipe(self, statistics: TrainingStatistics) -> dict[str, Any]:
        """The settings that differ from the defaults, chosen by the data's size."""
        from elman import recipes

        chosen = recipes.find(self.input, self.name, statistics)
        return recipes.made_causal(chosen) if statistics.asked.get("causal") else chosen

    @abstractmethod
    def columns(self, settings: Settings) -> tuple[I, O]:
        """New columns of the kinds of input and output, not fitted yet."""

    @abstractmethod
    def network(self, input: I, output: O, settings: Settings) -> N:
        """A new torch network between two fitted columns."""

    def uses(self, settings: Settings) -> frozenset[str]:
        """The names of the settings that make a difference to a run with these settings: all that the kinds are made
        from, that the network, its encoder and its head are built with, and that training and answers go by."""
        from elman.models.sides import read_by_encoder, read_by_head
        from elman.training.loop import Run

        input, output = self.columns(settings)
        sides = read_by_encoder(input, settings) | read_by_head(output, settings)
        own = read_by_methods(self, settings) | read_by(Run, self, settings)
        return (input.uses | output.uses | sides | own) - self.decides

    def takes(self, settings: Settings) -> frozenset[str]:
        """Those of them that a user may change: where no network learns, what it would be like is of no matter."""
        return self.uses(settings)

    def parts(
        self,
        inputs: list[Any],
        outputs: list[Any],
        settings: Settings,
        start: Start | None = None,
        beside: Sequence[Any] = (),
    ) -> Parts[I, O, N]:
        """Columns fitted on the training cells, and a new network between them, which may go on from another model.

        beside: cells like the inputs that have no output
        """
        from elman.models.answering import Answering

        settings = self.sized(inputs, settings)
        input, output = self.columns(settings)
        if "vectors" in self.uses(settings) and settings.vectors:
            from elman.data.vector_files import VectorFile

            input.taking_vectors(VectorFile(Path(settings.vectors)), fills=input is not output)
        learned = self.fitted_on(inputs, outputs, settings)
        input.fit([*learned, *beside] if beside else learned)
        if output is not input:
            output.fit(outputs)
        whole = start is not None and start.fit(self, input, output)
        module = self.network(input, output, settings)
        if start is not None:
            start.give(module, input, output, whole=whole)
        return Parts(input, output, settings, Answering(module), module)

    def sized(self, inputs: list[Any], settings: Settings) -> Settings:
        """The settings, with those that the training cells decide."""
        return settings

    def fitted_on(self, inputs: list[Any], outputs: list[Any], settings: Settings) -> list[Any]:
        """The training cells that the input column is fitted on."""
        return inputs

    def read_out_elsewhere(self, parts: Parts[I, O, N]) -> ReadOut:
        """What a program without Elman makes of the network's scores, to answer as ``predict`` does.

        Raises ExportError where answers are found in another way.
        """
        from elman.export.around import AS_ONNX, without

        why = f"this {self.title} model finds its answers by {self.found_by}"
        raise without("C", why, f"{AS_ONNX}, where model.onnx gives {self.in_onnx} and your program does the rest")

    # -- training -----------------------------------------------------------------------------

    @abstractmethod
    def batches(self, parts: Parts[I, O, N], inputs: list[Any], outputs: list[Any]) -> B:
        """Cells as batches."""

    def evaluation(self, parts: Parts[I, O, N], batches: B) -> Callable[[N], Evaluation]:
        """A function torch network -> ``Evaluation`` on validation batches: here, of the mean loss alone."""
        from elman.answers.learning import mean_loss
        from elman.scoring.evaluation import Evaluation

        def evaluate(network: N) -> Evaluation:
            loss = mean_loss(network, batches.in_order())
            return Evaluation(-loss, {"loss": loss})

        return evaluate

    def weighs(self, settings: Settings) -> bool:
        """Whether a baseline may answer together with the network."""
        return False

    def most_folded(self, parts: Parts[I, O, N]) -> int:
        """Training rows up to which folds of them help to weigh that baseline, too, and not the validation part alone;
        0 where there is none."""
        return 0

    def lend(self, parts: Parts[I, O, N], baselines: list[Any]) -> None:
        """Give a network what of the fitted baselines answers together with it; by default, nothing."""

    def finish(self, parts: Parts[I, O, N], validation: B, inputs: list[Any]) -> Race | None:
        """Fit on the validation part what training left open; by default, nothing. Where that chooses who answers, how
        each did is given."""
        return None

    def inherit(self, old: Parts[I, O, N], new: Parts[I, O, N]) -> None:
        """Take over into a network trained anew what ``finish`` fitted beside the old one; by default, nothing."""

    def scorable(self, parts: Parts[I, O, N], inputs: list[Any], outputs: list[Any]) -> Cells:
        """The rows whose output training has seen: on others, a loss isn't defined."""
        keep = [row for row, output in enumerate(outputs) if self.knows(parts, output)]
        return chosen(inputs, keep), chosen(outputs, keep)

    def knows(self, parts: Parts[I, O, N], output: Any) -> bool:
        """Whether training has seen this output's labels."""
        return True

    # -- measuring ----------------------------------------------------------------------------

    def bound(self, classes: int = 0) -> tuple[int | None, str]:
        """How many rows, or steps, are measured on at most, of which each may be of so many classes; and which of these
        it is."""
        return bounded(self.most_measured, classes), "rows"

    def left_out(self, classes: int) -> list[str]:
        """What there isn't of outputs of so many classes, and why, as sentences for people."""
        return []

    def extent(self, inputs: Sequence[Any], outputs: Sequence[Any] | None) -> int:
        """How many of them there are."""
        return len(inputs)

    def rows_in(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> int:
        """How many rows a measurement of them has."""
        return len(outputs)

    def measured_rows(self, inputs: Sequence[Any], outputs: Sequence[Any], classes: int = 0) -> Rows:
        """The rows that are measured on: all, or of many some that chance draws."""
        return drawn_rows(outputs, self.bound(classes)[0])

    @abstractmethod
    def baselines(self, parts: Parts[I, O, N]) -> list[Any]:
        """New baselines to beat: a trivial one, and where there is one, a linear model that ignores order."""

    @abstractmethod
    def metrics(self, output: O) -> tuple[str, ...]:
        """The names of the metrics, the one that comparisons go by first."""

    @abstractmethod
    def measured(self, parts: Parts[I, O, N], inputs: list[Any], outputs: list[Any]) -> Measured:
        """The model's answers in the form that the metrics take."""

    def fit_baselines(self, parts: Parts[I, O, N], given: ToFit) -> list[Any]:
        """The baselines, fitted on the data that the network was trained on."""
        fitted = self.examples(parts, *given.train), self.examples(parts, *given.valid)
        return [baseline.fit(*fitted) for baseline in self.baselines(parts)]

    def validated(self, parts: Parts[I, O, N], baselines: list[Any], valid: Cells) -> dict[str, float]:
        """The first metric of the model (``model``) and of each baseline by its name on the validation part, which says
        which of many baselines is the best without a look at the test part; nothing where they are few."""
        return {}

    @abstractmethod
    def examples(self, parts: Parts[I, O, N], inputs: list[Any], outputs: list[Any]) -> Cells:
        """Inputs and outputs as the baselines take them."""

    # -- use ----------------------------------------------------------------------------------

    @abstractmethod
    def predict(self, parts: Parts[I, O, N], cells: Sequence[Any]) -> list[Prediction]:
        """An answer for each cell, in order."""

    def describe_encoder(self) -> str:
        """What reads the input before the architecture does; nothing worth a word but for pictures."""
        return "convolutions, then " if self.input_kind.pictured else ""

    def drawn(self, rows: Iterable[tuple[Any, Prediction]]) -> bytes:
        """Inputs with their answers as a picture, a PNG file. Raises TaskError where there is nothing to look at."""
        if self.input_kind.pictured:
            from elman.answers.contact_sheet import contact_sheet

            return contact_sheet(rows)
        raise TaskError(f"a {self.name} model draws no pictures; pass --to a file that ends in .jsonl or .csv")

    def line(self, given: str, elements: Sequence[str], answer: Prediction) -> str:
        """An input, as it was typed and as its elements, and the answer to it, on one line."""
        sure = "" if answer.probability is None else f"{answer.probability:.1%}"
        likely = "" if answer.labels is None else f"{{{', '.join(answer.labels)}}}\t"
        return f"{written(answer.value)}\t{sure}\t{likely}{given}"


AnyAnswer: TypeAlias = Answer[Any, Any, Any, Any]
"""An answer of which no more is asked than what all can do."""


class RowAnswer(Answer[I, O, N, "RowBatches"]):
    """An answer that is learned from rows, each by itself."""

    @reads("batch_tokens")
    def batches(self, parts: Parts[I, O, N], inputs: list[Any], outputs: list[Any]) -> RowBatches:
        from elman.training.batches import RowBatches

        encoded = parts.input.encoded_cells(inputs), parts.output.encoded_cells(outputs)
        settings = parts.settings
        return RowBatches(parts.input, parts.output, *encoded, batch_tokens=settings.batch_tokens, seed=settings.seed)


@dataclass(frozen=True)
class Measured:
    """Answers and what is right, row by row, as the metrics take them.

    inputs:  what the baselines answer from; nothing where there is nothing to compare
    shown:   what a person is shown of the row: its input, what was predicted and what was expected
    losses:  how wrong each row is, in ``unit``
    rows:    what a row is, for people
    metrics: those that are defined on these rows, where that isn't all
    claims:  probabilities ``[M]``, and whether what they are of was so ``[M]``
    coverage: how often what is right lies in the intervals or sets that the model gives
    deciding: by what answers are chosen, where it isn't that they are the likeliest
    itself:  the baseline, by its name, that these are the answers of; "" where they are the model's own
    """

    predictions: list[Any]
    references: list[Any]
    inputs: list[Any]
    shown: list[tuple[Any, Any, Any]]
    losses: Sequence[float]
    unit: str = NATS
    rows: str = "rows"
    metrics: tuple[str, ...] = ()
    claims: tuple[NDArray[Any], NDArray[Any]] | None = None
    coverage: list[Coverage] = field(default_factory=list)
    deciding: str = ""
    itself: str = ""


def joined(found: Sequence[Measured]) -> Measured:
    """What was measured of some rows and of others after them, as one."""
    losses = array("d")
    for one in found:
        losses.extend(one.losses)
    claims = [one.claims for one in found if one.claims is not None]
    return replace(
        found[0],
        predictions=[answer for one in found for answer in one.predictions],
        references=[right for one in found for right in one.references],
        inputs=[cell for one in found for cell in one.inputs],
        shown=[row for one in found for row in one.shown],
        losses=losses,
        claims=(np.concatenate([p for p, _ in claims]), np.concatenate([hit for _, hit in claims])) if claims else None,
        coverage=[of_all(several, found) for several in zip(*(one.coverage for one in found), strict=True)],
    )


def of_all(several: Sequence[Coverage], measured: Sequence[Measured]) -> Coverage:
    """Of all rows; what is counted of some is a whole number."""
    counts = [len(one.references) for one in measured]

    def mean(shares: Sequence[float]) -> float:
        return sum(round(share * count) for share, count in zip(shares, counts, strict=True)) / sum(counts)

    sizes = [one.size for one in several if one.size is not None]
    return replace(several[0], found=mean([one.found for one in several]), size=mean(sizes) if sizes else None)


def written(value: Any, between: str = " ") -> str:
    """A predicted value, or a cell, on one line."""
    if isinstance(value, list):
        return between.join(map(written, value))
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)


def stretches(cells: Sequence[Any]) -> list[range]:
    """The rows that are encoded together, stretch after stretch. A stretch by itself is one again."""
    lengths, found, start = stored_lengths(cells), list[range](), 0
    while start < len(cells):
        stop = min(len(cells), start + PREDICT_ROWS)
        if lengths is not None:
            fit = np.searchsorted(np.cumsum(lengths[start:stop]), PREDICT_STEPS, side="right")
            stop = start + max(1, int(fit))
        found.append(range(start, stop))
        start = stop
    return found


def in_batches(kind: Kind, cells: Sequence[Any], batch_tokens: int) -> Iterator[tuple[list[int], Any]]:
    """Collated inputs with their row numbers, similar lengths together."""
    together = stretches(cells)
    for rows in each(together, "predicting", len(together)):
        encoded = kind.encode(cells[rows.start : rows.stop])
        for batch in RowsInOrder(kind, kind, encoded, None, batch_tokens=batch_tokens).arrays():
            yield [rows.start + row for row in batch.rows], batch.inputs


def predicted(
    kind: Kind, cells: Sequence[Any], answer: Callable[[Any], Iterable[Any]], batch_tokens: int = BATCH_TOKENS
) -> list[Any]:
    """What ``answer`` makes of each cell, in order; it takes a batch of them, collated."""
    results: list[Any] = [None] * len(cells)
    for rows, inputs in in_batches(kind, cells, batch_tokens):
        for row, result in zip(rows, answer(inputs), strict=True):
            results[row] = result
    return results


def bounded(most: int | None, classes: int) -> int | None:
    """So many rows, or fewer where they would have more scores than are measured."""
    return most and min(most, max(1, MEASURED_SCORES // max(1, classes)))


def room(parts: AnyParts) -> dict[str, int]:
    """Elements of a batch: where inputs are decoded from files, what training had room for; and no more than there is
    room for the scores of."""
    most = parts.settings.batch_tokens if parts.input.decodes else BATCH_TOKENS
    return {"batch_tokens": max(1, min(most, MOST_SCORES // parts.output.outcomes))}
