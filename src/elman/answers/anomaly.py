"""Anomalies: how unusual each step of a sequence is, learned from sequences that are normal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.answers.along import InPieces
from elman.answers.base import SQUARED, Cells, Measured, Parts, Prediction, RowAnswer, in_batches
from elman.answers.each_step import BLOCK, aligned
from elman.data.series import time_column
from elman.data.table import Table
from elman.decoding.alarms import Span, Watched, in_hindsight, per_step, spans
from elman.errors import TaskError
from elman.graph.graph import Input
from elman.kinds import AlarmsKind, WatchedKind
from elman.kinds.alarms import LONGEST_WINDOW, SCORES
from elman.kinds.base import Before
from elman.kinds.seasons import common_season
from elman.kinds.watched import Steps
from elman.scoring.evaluation import Evaluation
from elman.scoring.watching import MovingZScore, SeasonalError, Stretch
from elman.sequences import Sequences
from elman.settings import Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.answers.start import Start
    from elman.models.many_to_many import ManyToMany
    from elman.training.batches import RowBatches

WINDOW = 20
"""Steps that are looked at together where nothing says after how many a sequence repeats itself."""
FEW_SEQUENCES = 9
"""Of fewer validation sequences than this, each is parted in time, and not whole ones dealt out."""
NAMED = 0.1
"""A column is named for a span if it has at least this share in it."""

WatchedParts: TypeAlias = Parts[WatchedKind, AlarmsKind, "ManyToMany"]


@dataclass(frozen=True)
class Alarm:
    """A span of steps that stands out.

    first, last: its steps, counted from 1;  begins, ends: when they were, where the data say it
    peak: the greatest score in it, in thresholds
    columns: the share that each column has in it, the greatest first, of those that have some
    """

    first: int
    last: int
    peak: float
    columns: dict[str, float]
    begins: Any = None
    ends: Any = None


@dataclass(frozen=True)
class Anomalies(Prediction):
    """How unusual each step of a sequence is.

    value: a score for each step, in thresholds: above 1 is an alarm;  alarms: the spans that stand out
    unjudged: of how many steps at the beginning nothing can be said yet; their score is 0
    """

    alarms: list[Alarm] = field(default_factory=list)
    unjudged: int = 0

    @property
    def score(self) -> float:
        """Of the whole sequence: that of its most unusual step; 0 of an empty one."""
        return max(self.value, default=0.0)

    def to_json(self) -> dict[str, Any]:
        alarms = [{key: value for key, value in vars(alarm).items() if value is not None} for alarm in self.alarms]
        return {"score": self.score, "alarms": alarms, "unjudged": self.unjudged, **super().to_json()}


class AnomalyAnswer(InPieces, RowAnswer[WatchedKind, AlarmsKind, "ManyToMany"]):
    """vectors -> how unusual each is, given those before it; in hindsight, those after it, too.

    A causal network forecasts the steps to come; how far off it is, on normal data that training didn't see, sets the
    thresholds. Steps that are marked in the training data are neither forecast nor calibrated on.
    """

    loss_unit = SQUARED
    causal = True
    decides = frozenset({"bidirectional"})
    found_by = "what comes beside what it forecast, and thresholds"
    in_onnx = "the forecasts"

    def cells(self, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any] | None]:
        """Steps, with their times where there are any, and marks: none in a table without a column of them."""
        rows, _ = super().cells(table, inputs, None)
        marks = [[0] * self.input_kind.count(row) for row in rows]
        marking = output or next((name for name in table.columns if name.lower() in AlarmsKind.NAMES), "")
        if marking in table.columns and marking not in inputs:
            given = zip(table.columns[marking], marks, strict=True)
            marks = [cell if isinstance(cell, list) else [cell] * len(none) for cell, none in given]
        if time := time_column(table) if table.layout == "steps" else None:
            rows = [Steps(row, times) for row, times in zip(rows, table.columns[time], strict=True)]
        return rows, marks

    @reads("season", "false_alarms")
    def columns(self, settings: Settings) -> tuple[WatchedKind, AlarmsKind]:
        s = settings
        per_step(s.false_alarms, 1.0)  # which is refused before anything is learned
        return self.new_input(s), AlarmsKind(s.season or 1, s.false_alarms)  # type: ignore[return-value]

    def parts(
        self,
        inputs: list[Any],
        outputs: list[Any],
        settings: Settings,
        start: Start | None = None,
        beside: Sequence[Any] = (),
    ) -> WatchedParts:
        from elman.models.answering import Answering

        if start is not None:
            raise TaskError("what is normal is learned from the beginning; leave out --from")
        input, _ = self.columns(settings)
        input.fit(inputs)
        values = [input.values(encoded) for encoded in input.encode(inputs)]
        season = settings.season or common_season(list(max(values, key=len).T.astype(np.float64)))
        window = season if 1 < season <= LONGEST_WINDOW else WINDOW
        settings = settings.with_changes({"season": window})
        _, output = self.columns(settings)
        output.shaped(input.width, int(np.median([len(cell) for cell in inputs])))
        marked = map(output.parse, outputs)
        to_come = [output.following(row, marks) for row, marks in zip(values, marked, strict=True)]
        output.regress(values, to_come)
        output.know(values, to_come)
        per_step(settings.false_alarms, input.seconds)
        module = self.network(input, output, settings)
        return Parts(input, output, settings, Answering(module), module)

    @reads(aligned)
    def network(self, input: WatchedKind, output: AlarmsKind, settings: Settings) -> ManyToMany:
        return aligned(input, output, settings.with_changes({"bidirectional": False}))

    # -- training -----------------------------------------------------------------------------

    @reads("batch_tokens", "bptt")
    def batches(self, parts: WatchedParts, inputs: list[Any], outputs: list[Any]) -> RowBatches:
        self.refuse_unequal(inputs, outputs)
        kind, marked = parts.input, map(parts.output.parse, outputs)
        encoded, output = kind.encode(inputs), parts.output
        values = map(kind.values, encoded)
        lacking = [output.lacking(x, output.following(x, y)) for x, y in zip(values, marked, strict=True)]
        return self._batches(parts, encoded, lacking)

    def _batches(self, parts: WatchedParts, encoded: Sequence[Any], lacking: list[Any]) -> RowBatches:
        from elman.training.batches import SplicedBatches

        s = parts.settings
        kinds = parts.input, parts.output
        return SplicedBatches(*kinds, encoded, lacking, batch_tokens=s.batch_tokens, seed=s.seed, piece=s.bptt)

    def evaluation(self, parts: WatchedParts, batches: RowBatches) -> Callable[[ManyToMany], Evaluation]:
        stopping, _ = self._parted(parts, batches)
        return super().evaluation(parts, stopping.on(batches.device))

    def _parted(self, parts: WatchedParts, batches: RowBatches) -> tuple[RowBatches, RowBatches]:
        """A third of the validation part, by which training stops and which the spread of errors is found on; and the
        rest, which nothing reads but the thresholds."""
        pairs = list(zip(batches.inputs, there(batches), strict=True))
        if len(pairs) < FEW_SEQUENCES:
            thirds = [len(x) // 3 for x, _ in pairs]
            first = [(x[:third], y[:third]) for (x, y), third in zip(pairs, thirds, strict=True)]
            rest = [(x[third:], y[third:]) for (x, y), third in zip(pairs, thirds, strict=True)]
        else:
            first, rest = pairs[::3], [pair for place, pair in enumerate(pairs) if place % 3]
        stopping, calibrating = (self._batches(parts, *map(list, zip(*part, strict=True))) for part in (first, rest))
        return stopping, calibrating

    def finish(self, parts: WatchedParts, validation: RowBatches, inputs: list[Any]) -> None:
        """Find what the network is worth, and the spread of errors, on one part of the validation data, and the
        thresholds on the other. Shapes of both are known from then on: what drifts goes on from the latest."""
        output, (stopping, calibrating) = parts.output, self._parted(parts, validation)
        output.trusting(scores_of(parts, stopping), there(stopping))
        output.standardise(np.concatenate([errors[output.warm_up :] for errors in self._errors(parts, stopping)]))
        levels = [output.levels(errors, 0) for errors in self._errors(parts, calibrating)]
        lately = [output.lately(row, np.zeros(output.window))[0] for row in levels]
        off = [*self._strangeness(parts, calibrating)]
        output.set_usual(levels, lately, off)
        fresh, rate = np.zeros(len(SCORES)), per_step(output.false_alarms, parts.input.seconds)
        told = [output.beside_usual(*row, fresh)[:-1] for row in zip(levels, lately, off, strict=True)]
        levels, lately, off = zip(*told, strict=True)
        output.set_most(levels, lately, off, rate)
        lately, off = ([self._seen(parts, row) for row in rows] for rows in (lately, off))
        output.set_thresholds(levels, lately, off, rate)
        output.know(list(map(parts.input.values, validation.inputs)), there(validation))

    def _strangeness(self, parts: WatchedParts, batches: RowBatches) -> Iterator[NDArray[np.float64]]:
        """Of each sequence; 0 where one of the steps of a shape is marked, or missing."""
        output = parts.output
        for encoded, lacking in zip(batches.inputs, there(batches), strict=True):
            off = output.strangeness(parts.input.values(encoded), output.nothing, 0)
            yield np.where(output.disturbed(lacking, output.window)[:, None], 0.0, off)

    def _errors(self, parts: WatchedParts, batches: RowBatches) -> list[NDArray[np.float64]]:
        """Of each sequence; 0 where a step is marked, follows soon upon such a one, or is missing."""
        output = parts.output
        made = output.nothing[:1]
        found: list[NDArray[np.float64]] = []
        for encoded, lacking, scores in zip(batches.inputs, there(batches), scores_of(parts, batches), strict=True):
            values = parts.input.values(encoded)
            forecasts, _ = output.forecasts(values, scores, output.nothing)
            found.append(output.errors(output.undisturbed(values, lacking), forecasts, made)[0])
        return found

    def inherit(self, old: WatchedParts, new: WatchedParts) -> None:
        new.output.load_state(old.output.state())

    def refuse_unequal(self, inputs: list[Any], outputs: list[Any]) -> None:
        """Raise TaskError for the first row that hasn't a mark per step."""
        for row, (steps, marks) in enumerate(zip(inputs, outputs, strict=True), start=1):
            if self.input_kind.count(steps) != len(marks):
                raise TaskError(
                    f"row {row} has {self.input_kind.count(steps)} steps and {len(marks)} marks: there must be one "
                    "mark per step; correct the row, or leave it out"
                )

    # -- measuring ----------------------------------------------------------------------------

    def metrics(self, output: AlarmsKind) -> tuple[str, ...]:
        return ("average_precision", "roc_auc", "range_f1", "events_found", "delay", "false_alarms")

    def baselines(self, parts: WatchedParts) -> list[Any]:
        output = parts.output
        rate = per_step(output.false_alarms, parts.input.seconds)
        return [MovingZScore(output.window, rate), SeasonalError(output.window, rate)]

    def examples(self, parts: WatchedParts, inputs: list[Any], outputs: list[Any]) -> Cells:
        """The standardised numbers of each sequence, and its marks."""
        values = [parts.input.values(encoded) for encoded in parts.input.encode(inputs)]
        return values, list(map(parts.output.parse, outputs))

    def measured(self, parts: WatchedParts, inputs: list[Any], outputs: list[Any]) -> Measured:
        """Stretches of steps, cut where neither an event nor an alarm is, over which the bootstrap resamples. Where
        nothing is marked, false alarms are all that can be counted."""
        self.refuse_unequal(inputs, outputs)
        found: list[Watched] = []
        marks: list[NDArray[np.bool_]] = []
        stretches: list[Stretch] = []
        shown: list[tuple[Any, Any, Any]] = []
        values, marked = self.examples(parts, inputs, outputs)
        for row, (answer, steps, own) in enumerate(zip(self.predict(parts, inputs), values, marked, strict=True)):
            scores = np.array(answer.value, np.float64)
            whole = Watched.of(scores, parts.output.window)
            for first, end in blocks(own, whole.alarms):
                inside = [(a - first, b - first) for a, b in whole.alarms if first <= a < end]
                found.append(Watched(scores[first:end], inside))
                marks.append(own[first:end])
                stretches.append(Stretch(steps, first, end))
                where = f"row {row + 1}, steps {first + 1:,} to {end:,}"
                shown.append((where, said(found[-1].alarms, first), said(spans(own[first:end]), first)))
        losses = [wrongness(one, right) for one, right in zip(found, marks, strict=True)]
        labelled = any(right.any() for right in marks)
        of = "stretches of steps"
        defined = self.metrics(parts.output) if labelled else ("false_alarms",)
        unjudged = sum(parts.output.unjudged(len(own), 0) for own in marked)
        deciding = (
            f"Of the first {parts.output.warm_up:,} steps of a sequence nothing can be said yet, and they count as 0: "
            f"{unjudged:,} of {sum(map(len, marked)):,} steps."
            if unjudged
            else ""
        )
        if parts.settings.hindsight:  # alarms that begin with an event weren't told then
            defined = tuple(name for name in defined if name != "delay")
            deciding = f"Scores of a step see what comes after it (hindsight). {deciding}".strip()
        return Measured(
            found, marks, stretches if labelled else [], shown, losses, "thresholds", of, defined, deciding=deciding
        )

    # -- use ----------------------------------------------------------------------------------

    def predict(self, parts: WatchedParts, cells: Sequence[Any]) -> list[Prediction]:
        """A score for each step, and the spans that stand out: ``Anomalies`` each."""
        found: list[Any] = [None] * len(cells)
        nothing = {one.name: np.zeros((int(one.shape[0] or 0), 1, int(one.shape[1] or 0)), one.dtype)
                   for one in self.memory(parts)}  # fmt: skip
        for rows, batch in in_batches(parts.input, cells, 4_000):
            memory = {name: np.repeat(part, len(rows), 1) for name, part in nothing.items()}
            answers, _ = self.answered(parts, batch, parts.network.scores(batch), (), memory)
            for row, answer in zip(rows, answers, strict=True):
                found[row] = timed(answer, cells[row].times) if isinstance(cells[row], Steps) else answer
        return found

    def labels(self, parts: WatchedParts) -> list[str]:
        return parts.input.labels

    def anomalies(self, answers: Sequence[Prediction]) -> list[Anomalies]:
        return [answer for answer in answers if isinstance(answer, Anomalies)]

    def memory(self, parts: WatchedParts) -> tuple[Input, ...]:
        """The latest steps, forecast and levels, how far what is usual has risen, and how many steps were read."""
        output = parts.output
        return (
            Input("steps", "float32", "state", (output.window, output.width)),
            Input("forecast", "float32", "state", (1, output.width)),
            Input("levels", "float64", "state", (output.window, 1)),
            Input("risen", "float64", "state", (len(SCORES), 1)),
            Input("read", "int64", "state", (1, 1)),
        )

    def answered(
        self,
        parts: WatchedParts,
        batch: Sequences,
        scores: Sequences,
        before: Sequence[Before],
        memory: Mapping[str, NDArray[Any]],
    ) -> tuple[list[Anomalies], dict[str, NDArray[Any]]]:
        after = {one.name: memory[one.name].copy() for one in self.memory(parts)}
        answers: list[Anomalies] = []
        for row, (encoded, own_scores) in enumerate(zip(batch, scores, strict=True)):
            answer, *own = self._watched(parts, encoded, own_scores, *(after[name][:, row] for name in after))
            answers.append(answer)
            for name, part in zip(after, own, strict=True):
                after[name][:, row] = part
        return answers, after

    def _watched(
        self, parts: WatchedParts, encoded: Any, scores: Any, steps: Any, made: Any, before: Any, risen: Any, read: Any
    ) -> tuple[Anomalies, Any, Any, Any, Any, Any]:
        """One sequence, or a piece of it that goes on from what was made of those before."""
        output, values = parts.output, parts.input.values(encoded)
        off = output.strangeness(values, steps, int(read[0, 0]))
        forecasts, steps = output.forecasts(values, scores, steps)
        errors, made = output.errors(values, forecasts, made)
        levels = output.levels(errors, int(read[0, 0]))
        lately, latest = output.lately(levels, before[:, 0])
        levels, lately, off, risen = output.beside_usual(levels, lately, off, risen[:, 0])
        lately, off = self._seen(parts, lately), self._seen(parts, off)
        each = output.scores(levels, lately, off)
        found = Watched.of(each.max(0), output.window)
        blamed = output.blamed(each, errors, off)
        named = [alarm(found.scores, blamed, span, parts.input.labels) for span in found.alarms]
        answer = Anomalies(found.scores.tolist(), alarms=named, unjudged=output.unjudged(len(values), int(read[0, 0])))
        return answer, steps, made, latest[:, None], risen[:, None], read + len(encoded)

    @reads("hindsight")
    def _seen(self, parts: WatchedParts, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of the last ``window`` steps as they are told at each step: when it comes, or in hindsight."""
        return in_hindsight(scores, parts.output.window) if parts.settings.hindsight else scores

    def why_whole(self, parts: WatchedParts) -> str:
        if parts.settings.hindsight:
            return "a step's score sees what comes after it (hindsight=true; a model that is trained without it can be)"
        return super().why_whole(parts)


def there(batches: RowBatches) -> Sequence[Any]:
    """The outputs of batches to learn from."""
    assert batches.outputs is not None
    return batches.outputs


def scores_of(parts: WatchedParts, batches: RowBatches) -> list[Any]:
    """What the network says of each sequence."""
    found: list[Any] = [None] * len(batches.inputs)
    for batch in batches.arrays():
        for row, scores in zip(batch.rows, parts.network.scores(batch.inputs), strict=True):
            found[row] = scores
    return found


def alarm(scores: NDArray[Any], shares: NDArray[Any], span: Span, labels: list[str]) -> Alarm:
    """A span, with the columns that did it."""
    first, end = span
    by_column = shares[first:end].sum(0) / max(float(shares[first:end].sum()), 1e-30)
    ordered = [
        (labels[place], round(float(by_column[place]), 4)) for place in np.argsort(-by_column, kind="stable").tolist()
    ]
    columns = {name: share for name, share in ordered if share >= NAMED}
    return Alarm(first + 1, end, float(scores[first:end].max()), columns)


def timed(answer: Anomalies, times: Sequence[Any]) -> Anomalies:
    """The answer, with when its steps and its alarms were."""
    when = [replace(one, begins=times[one.first - 1], ends=times[one.last - 1]) for one in answer.alarms]
    return replace(answer, alarms=when, times=list(times))


def blocks(marks: NDArray[np.bool_], alarms: Sequence[Span]) -> list[Span]:
    """Stretches of about ``BLOCK`` steps, between which neither an event nor an alarm goes on."""
    busy = marks.copy()
    for first, end in alarms:
        busy[first:end] = True
    free = ~(busy[1:] & busy[:-1])  # whether it may be cut after each step
    cuts = [0]
    for place in np.flatnonzero(free) + 1:
        if place - cuts[-1] >= BLOCK and len(marks) - place >= BLOCK // 2:
            cuts.append(int(place))
    return [span for span in zip(cuts, [*cuts[1:], len(marks)], strict=True) if span[0] < span[1]]


def said(found: Sequence[Span], start: int) -> str:
    """Spans for people, their steps counted from 1."""
    return ", ".join(f"{start + first + 1:,} to {start + end:,}" for first, end in found) or "none"


def wrongness(found: Watched, marks: NDArray[np.bool_]) -> float:
    """By how much scores are on the wrong side of the threshold: the highest of a normal stretch above it, or how much
    the highest of an event lacks."""
    events = [1 - float(found.scores[first:end].max()) for first, end in spans(marks)]
    if events:
        return max(0.0, *events)
    return max(0.0, float(found.scores.max(initial=0.0)) - 1)
