# pyright: strict
"""The report: how good a model is on held-out rows, against what, and where it fails."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from elman.data.bad import Skipped
from elman.kinds.column import is_mapping, is_sequence
from elman.scoring.baselines import Baseline
from elman.scoring.calibration import Calibration, Coverage
from elman.scoring.metrics import Metric, Rows, as_labels, metric, spans
from elman.scoring.statistics import Difference, Estimate, paired_test, score

if TYPE_CHECKING:
    from rich.console import Console

SIGNIFICANT = 0.05  # p below which a difference counts
MATRIX_LABELS = 200  # more make a confusion matrix that nobody reads
WORST = 5  # examples shown
MODEL = "model"  # its name among those of baselines
BETTER = "better"  # the first word of a verdict


Shown: TypeAlias = Sequence[tuple[Any, Any, Any]] | Mapping[int, tuple[Any, Any, Any]]
"""Of rows, those of the greatest loss at least, the input, what was predicted and what was expected."""


@dataclass(frozen=True)
class Comparison:
    """A baseline on the same rows, with the paired test of the first metric, model less baseline."""

    name: str
    description: str
    metrics: dict[str, Estimate]
    test: Difference
    verdict: str


@dataclass(frozen=True)
class Confusion:
    """``counts[i][j]`` rows are labelled ``labels[i]`` and were predicted as ``labels[j]``."""

    labels: list[Any]
    counts: list[list[int]]


@dataclass(frozen=True)
class TagScore:
    """One tag, or one kind of entity: fractions found right, and how often it occurs in the reference."""

    tag: str
    precision: float
    recall: float
    f1: float
    count: int


@dataclass(frozen=True)
class Example:
    row: int  # counted from 1
    input: Any
    predicted: Any
    expected: Any
    loss: float


@dataclass(frozen=True)
class ColumnShare:
    """What a column of the input adds: the value of ``metric`` with its cells dealt out anew among the rows, and the
    paired test of the model's own value less that one."""

    column: str
    metric: str
    without: float
    test: Difference


BY_FOLDS, BY_VALIDATION = "by folds of the {:,} rows to learn from", "by the {:,} rows of the validation part"


@dataclass(frozen=True)
class Race:
    """Recipes side by side, on rows that they haven't learned from.

    scores: by recipe the value of the metric ``by``, where that was measured
    losses: the mean loss, the least of which is ``chosen``
    rows:   how many there were;  on: which, with ``{}`` for how many
    """

    by: str
    scores: dict[str, float]
    losses: dict[str, float]
    chosen: str
    rows: int
    on: str = BY_FOLDS

    def __str__(self) -> str:
        by = metric(self.by)
        values = {name: f"{by.format(value)} " for name, value in self.scores.items()}
        each = [f"{name} {values.get(name, '')}(loss {loss:.3f})" for name, loss in self.losses.items()]
        answers = f" Of these, {self.chosen} answers." if len(each) > 1 else ""
        measured = f", {by.name}" if values else ""
        return f"Recipes {self.on.format(self.rows)}{measured}: {', '.join(each)}.{answers}"


@dataclass(frozen=True)
class Report:
    """How good a model is on held-out rows, against what, and where it fails.

    task:      its name
    rows:      how many were measured;  of: what they are, for people
    drawn_from: how many there were of those, where chance drew some of them; 0 where all were measured
    metrics:   by name, the one that comparisons go by first: the value, and the ends of its 95 % bootstrap interval
    baselines: the same of each baseline, with a paired test and what it comes to
    confusion: of labels, and tags: of each tag or kind of entity, where the answers are such
    columns:   of an input made of several columns, what each of them adds
    worst:     the rows of greatest loss, in ``loss_unit``;  skipped: items that were left out as bad
    calibration: whether probabilities mean what they say, where answers have some
    coverage:  how often intervals, and sets of labels, hold what is right
    deciding:  by what answers are chosen, where it isn't that they are the likeliest
    validated: the first metric on the validation part, of the network (``model``) and of each baseline by its name,
               where there are so many that it has to say which of them is the one to beat
    race:      how recipes did on folds, where that chose between them

    >>> report = model.evaluate(elman.samples.load("flowers"))
    >>> list(report.metrics)[:2], [baseline.name for baseline in report.baselines]
    (['accuracy', 'f1'], ['majority'])
    >>> report.metrics["accuracy"]["low"] <= report.metrics["accuracy"]["value"]
    True
    """

    task: str
    rows: int
    metrics: dict[str, Estimate]
    baselines: list[Comparison] = field(default_factory=list)
    confusion: Confusion | None = None
    tags: list[TagScore] = field(default_factory=list)
    columns: list[ColumnShare] = field(default_factory=list)
    worst: list[Example] = field(default_factory=list)
    loss_unit: str = "nats"
    of: str = "held-out rows"
    skipped: Skipped = field(default_factory=Skipped)
    calibration: Calibration | None = None
    coverage: list[Coverage] = field(default_factory=list)
    validated: dict[str, float] = field(default_factory=dict[str, float])
    drawn_from: int = 0
    deciding: str = ""
    race: Race | None = None

    @property
    def best(self) -> str:
        """The baseline that did best on the validation part; "" where that wasn't asked."""
        return best_of(self.validated, metric(next(iter(self.metrics))))

    @property
    def said(self) -> list[str]:
        """What there is to say of answers and probabilities, a sentence each."""
        found = filter(None, [self.race, self.calibration])
        return [*filter(None, [self.deciding]), *map(str, found), *map(str, self.coverage)]

    @property
    def extent(self) -> str:
        """How many rows were measured, for people; and of how many, where that weren't all."""
        return f"{self.rows:,} {self.of}" + (f", drawn by chance from {self.drawn_from:,}" if self.drawn_from else "")

    @property
    def verdicts(self) -> list[str]:
        """What is to be said of the baselines: of each; or of the one that did best on the validation part, and of
        those that weren't beaten either."""
        if not self.best:
            return [comparison.verdict for comparison in self.baselines]
        best = next(comparison for comparison in self.baselines if comparison.name == self.best)
        others = [each.verdict for each in self.baselines if each is not best and not each.verdict.startswith(BETTER)]
        return [*self._worse_before(best), best.verdict, *others]

    def _worse_before(self, best: Comparison) -> Iterator[str]:
        """What the validation part says against the network."""
        by = metric(next(iter(self.metrics)))
        network, other = self.validated[MODEL], self.validated[best.name]
        if other > network if by.higher_is_better else other < network:
            yield (
                f"worse than {best.description} on the validation part: that would do ({by.name} {by.format(network)} "
                f"against {by.format(other)})"
            )

    def to_json(self) -> dict[str, Any]:
        """Ready for ``json.dumps``; what is not finite is null. Metrics marked ``%`` are fractions."""
        return _plain(
            {
                "task": self.task,
                "rows": self.rows,
                "drawn_from": self.drawn_from,
                "metrics": self.metrics,
                "baselines": {b.name: b.metrics for b in self.baselines},
                "comparisons": {
                    b.name: {"description": b.description, "verdict": b.verdict, **b.test} for b in self.baselines
                },
                "verdicts": self.verdicts,
                "units": {name: metric(name).unit for name in self.metrics},
                "confusion": self.confusion and vars(self.confusion),
                "tags": [vars(tag) for tag in self.tags],
                "columns": {c.column: {"metric": c.metric, "without": c.without, **c.test} for c in self.columns},
                "worst": [vars(example) for example in self.worst],
                "loss_unit": self.loss_unit,
                "of": self.of,
                "skipped": self.skipped.to_json(),
                "calibration": self.calibration and self.calibration.to_json(),
                "coverage": [vars(one) for one in self.coverage],
                "validated": self.validated,
                "deciding": self.deciding,
                "race": self.race and vars(self.race),
            }
        )

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Report:
        """What ``to_json`` gave; without examples where those weren't kept. Raises KeyError for anything else."""
        baselines = [
            Comparison(name, test["description"], _estimates(record["baselines"][name]), _test(test), test["verdict"])
            for name, test in record["comparisons"].items()
        ]
        return cls(
            task=record["task"],
            rows=record["rows"],
            metrics=_estimates(record["metrics"]),
            baselines=baselines,
            confusion=record["confusion"] and Confusion(**record["confusion"]),
            tags=[TagScore(**{key: _number(value) for key, value in tag.items()}) for tag in record["tags"]],
            columns=[
                ColumnShare(name, each["metric"], _number(each["without"]), _test(each))
                for name, each in record.get("columns", {}).items()
            ],
            worst=[Example(**example) for example in record.get("worst", [])],
            loss_unit=record.get("loss_unit", "nats"),
            of=record.get("of", "held-out rows"),
            drawn_from=record.get("drawn_from", 0),
            skipped=Skipped.from_json(record["skipped"]) if "skipped" in record else Skipped(),
            calibration=Calibration.from_json(record["calibration"]) if record.get("calibration") else None,
            coverage=[Coverage(**one) for one in record.get("coverage", [])],
            validated=record.get("validated", {}),
            deciding=record.get("deciding", ""),
            race=Race(**record["race"]) if record.get("race") else None,
        )

    def render(self, console: Console) -> None:
        """Print it, readable at 80 columns."""
        from elman.scoring.render import render  # rich is loaded only to print

        render(self, console)


# -- making one -------------------------------------------------------------------------------------------


def report(
    task: str,
    metrics: Sequence[str],
    predictions: Rows,
    references: Rows,
    baselines: Iterable[tuple[Baseline, Rows]] = (),
    shown: Shown | None = None,
    losses: Sequence[float] | None = None,
    loss_unit: str = "nats",
    of: str = "held-out rows",
    seed: int = 0,
    validated: Mapping[str, float] | None = None,
    itself: str = "",
) -> Report:
    """Measure predictions, set them beside fitted baselines with their predictions for the same rows.

    The first metric is the one that the paired tests compare. Examples of the greatest loss are kept where
    ``shown`` (of each row its input, what was predicted and what was expected) and ``losses`` are given.
    ``validated`` is as the report has it; ``itself`` is the baseline, by its name, whose answers these are. Raises what
    `score` raises.
    """
    measured = score(metrics, predictions, references, seed)
    first = metric(metrics[0])
    comparisons: list[Comparison] = []
    best = best_of(validated or {}, first)
    for baseline, answers in baselines:
        values = score(metrics, answers, references, seed)
        test = paired_test(first, predictions, answers, references, seed)
        among = f", the best of {len(validated or {}) - 1} baselines on the validation part" * (baseline.name == best)
        if baseline.name == itself:
            value = f"{first.name} {first.format(values[first.name]['value'])}"
            said = f"no network: its answers are those of {baseline.description}{among} ({value})"
        else:
            said = verdict(first, measured[first.name], values[first.name], test, baseline, among)
        comparisons.append(Comparison(baseline.name, baseline.description, values, test, said))
    one_label = "accuracy" in metrics and all(len(as_labels(row)) == 1 for row in (*predictions, *references))
    worst = [] if shown is None or losses is None else worst_examples(shown, losses)
    return Report(
        task=task,
        rows=len(references),
        metrics=measured,
        baselines=comparisons,
        confusion=confusion(predictions, references) if one_label else None,
        tags=_tag_scores(metrics, predictions, references),
        worst=worst,
        loss_unit=loss_unit,
        of=of,
        validated=dict(validated or {}),
    )


def best_of(validated: Mapping[str, float], by: Metric) -> str:
    """The name of the baseline that did best on the validation part; "" where that wasn't asked."""
    held = {name: value for name, value in validated.items() if name != MODEL}
    return (max if by.higher_is_better else min)(held, key=held.__getitem__) if held else ""


def fall(before: Report, after: Report) -> str:
    """What is to be said where the first metric got worse than its 95 % interval was before; "" where it didn't."""
    name, estimate = next(iter(before.metrics.items()))
    now = after.metrics[name]
    if not (now["value"] < estimate["low"] if metric(name).higher_is_better else now["value"] > estimate["high"]):
        return ""
    return f"{name} goes from {with_interval(estimate)} to {with_interval(now)}, beyond its interval"


def with_interval(one: Estimate) -> str:
    """A score and the ends of its interval."""
    return f"{one['value']:.4g} [{one['low']:.4g}, {one['high']:.4g}]"


def verdict(by: Metric, model: Estimate, other: Estimate, test: Difference, baseline: Baseline, among: str = "") -> str:
    """What a paired test says, to complete "The model is ..."; ``among`` says which baseline it is of many."""
    gain = test["difference"] if by.higher_is_better else -test["difference"]
    significant = test["p"] < SIGNIFICANT
    if baseline.name == "order_free":
        if significant and gain < 0:
            said = f"worse than {baseline.description}: a linear model does better"
        elif significant:
            said = f"{BETTER} than {baseline.description}: reading in order pays"
        else:
            said = f"no better than {baseline.description}: a linear model would do"
    elif significant:
        said = f"{BETTER if gain > 0 else 'worse'} than {baseline.description}"
    else:
        said = f"not better than {baseline.description}"
    p = "p < 0.001" if test["p"] < 0.001 else f"p = {test['p']:.2g}"
    return f"{said}{among} ({by.name} {by.format(model['value'])} against {by.format(other['value'])}, {p})"


def confusion(predictions: Rows, references: Rows) -> Confusion | None:
    """Of rows with one label each; the labels in the order of their frequency in the references.

    None where there are more labels than anybody would read a matrix of.
    """
    actual, predicted = ([next(iter(as_labels(row))) for row in rows] for rows in (references, predictions))
    pairs, often = Counter(zip(actual, predicted, strict=True)), Counter(actual)
    labels = sorted({*actual, *predicted}, key=lambda label: (-often[label], str(label)))
    if len(labels) > MATRIX_LABELS:
        return None
    return Confusion(labels, [[pairs[a, p] for p in labels] for a in labels])


def _tag_scores(metrics: Sequence[str], predictions: Rows, references: Rows) -> list[TagScore]:
    """By kind of entity where entities are what counts; else by tag; else nothing."""
    sides = (predictions, references)
    if "span_f1" in metrics:
        return tag_scores(*([[(span[0], span) for span in spans(row)] for row in rows] for rows in sides))
    if "tag_accuracy" in metrics:
        return tag_scores(*([[(tag, t) for t, tag in enumerate(row)] for row in rows] for rows in sides))
    return []


def tag_scores(predictions: Rows, references: Rows) -> list[TagScore]:
    """Rows of ``(tag, place)``: precision, recall and F1 of each tag, the most frequent first."""
    right, predicted, actual = Counter[str](), Counter[str](), Counter[str]()
    for p, r in zip(predictions, references, strict=True):
        right.update(tag for tag, _ in set(p) & set(r))
        predicted.update(tag for tag, _ in p)
        actual.update(tag for tag, _ in r)
    return [
        TagScore(
            tag,
            precision=right[tag] / predicted[tag] if predicted[tag] else math.nan,
            recall=right[tag] / actual[tag] if actual[tag] else math.nan,
            f1=2 * right[tag] / (predicted[tag] + actual[tag]),
            count=actual[tag],
        )
        for tag in sorted(predicted | actual, key=lambda tag: (-actual[tag], tag))
    ]


def worst_examples(shown: Shown, losses: Sequence[float]) -> list[Example]:
    """The rows of greatest loss."""
    rows: list[int] = np.argsort(-np.asarray(losses, float), kind="stable")[:WORST].tolist()
    examples: list[Example] = []
    for row in rows:
        given, predicted, expected = shown[row]
        examples.append(Example(row + 1, given, predicted, expected, float(losses[row])))
    return examples


def _number(value: Any) -> Any:
    """What JSON has no number for was NaN."""
    return math.nan if value is None else value


def _estimates(record: dict[str, Any]) -> dict[str, Estimate]:
    return {name: Estimate(**{key: _number(value) for key, value in found.items()}) for name, found in record.items()}


def _test(record: dict[str, Any]) -> Difference:
    """A paired test, of a record that may hold other things beside it."""
    return Difference(**{key: _number(record[key]) for key in ("difference", "low", "high", "p")})


def _plain(value: Any) -> Any:
    """Only what JSON can hold: sets become lists in order, NumPy's numbers Python's, nan null."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_mapping(value):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return _plain(sorted(cast("set[Any]", value), key=str))
    if is_sequence(value):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
