"""Metrics as sums over rows, so that each can be bootstrapped.

A metric first turns every row into a few numbers that may be added up (right answers and all answers, matched
n-grams and lengths, squared errors), and then turns the sums over rows into one value. The value on any
resample of the rows is then one matrix product away: `elman.scoring.statistics` needs nothing else.

What a row is, by kind of output (plain Python or NumPy values):

    label               prediction: the label                      reference: the label
    several labels      prediction: a set (list, tuple) of labels  reference: the same
    tags                prediction: a sequence of tags             reference: a sequence of as many tags
    sequence, text      prediction: a string or list of tokens     reference: a list of one or more of these,
                                                                   any of which counts as right
    likelihoods         prediction: the negative log-likelihood    reference: the tokens (or chords)
                        in nats of each token of the reference
    numbers             prediction: a number or array              reference: a number or array of that size
    forecasts           prediction: ``[k, 2]``, each number        reference: the same
                        in standard deviations and in
                        naive errors
    anomalies           prediction: a ``Watched``, scores and      reference: whether each step is
                        alarms of a stretch of steps               anomalous
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence, Sized
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.decoding.alarms import Watched
from elman.errors import ShapeError, TaskError
from elman.extras import needed
from elman.scoring import ranges
from elman.scoring.sparse import Entry, Matrix, matrix

CHANCES = 100
"""Probabilities of a rare label are told apart exactly up to so many, and by quantiles beyond."""
Floats = NDArray[np.float64]
Rows = Sequence[Any]


@dataclass(frozen=True)
class Metric:
    """One number that says how good predictions are.

    unit:  what the value counts; ``%`` means that the value is a fraction, shown as a percentage
    rows:  (predictions, references) -> ``[n, k]``, what each row adds to the sums
    value: sums ``[..., k]`` -> values ``[...]``
    """

    name: str
    unit: str
    higher_is_better: bool
    rows: Callable[[Rows, Rows], Matrix]
    value: Callable[[Floats], Floats]

    def __call__(self, predictions: Rows, references: Rows) -> float:
        return float(self.value(self.contributions(predictions, references).sum(0)))

    def contributions(self, predictions: Rows, references: Rows) -> Matrix:
        """``rows`` with both sides checked to be of one length.

        Raises ShapeError where they are not, TaskError where there are no rows.
        """
        if len(predictions) != len(references):
            raise ShapeError(f"{self.name}: {len(predictions)} predictions for {len(references)} references")
        if len(references) == 0:
            raise TaskError(f"{self.name} of no rows is undefined; pass at least one row to score")
        return self.rows(predictions, references)

    def number(self, value: float) -> str:
        """The value as a person reads it, in ``unit``."""
        if math.isnan(value):
            return "undefined"
        if self.unit == "%":
            return f"{100 * value:.1f}"
        return f"{value:.{3 if abs(value) < 10 else 1}f}"

    def format(self, value: float) -> str:
        """The same with its unit."""
        return f"{self.number(value)} {self.unit}"


# -- labels -----------------------------------------------------------------------------------------------


def as_labels(value: Any) -> frozenset[Hashable]:
    """One label as a set of one; several labels as their set."""
    if isinstance(value, str | bytes) or not isinstance(value, Collection):  # texts first: that is soon asked
        return frozenset([value])
    return frozenset(value)


def _accuracy_rows(predictions: Rows, references: Rows) -> Floats:
    rows = np.ones((len(references), 2))
    rows[:, 0] = [as_labels(p) == as_labels(r) for p, r in zip(predictions, references, strict=True)]
    return rows


def _label_rows(label: str, predictions: Rows, references: Rows) -> Floats:
    """``[n, 3]``: true positives, predicted, actual, of the label with this name (its ``str``)."""
    predicted = np.array([label in map(str, as_labels(p)) for p in predictions])
    actual = np.array([label in map(str, as_labels(r)) for r in references])
    return np.stack([predicted & actual, predicted, actual], axis=1).astype(float)


def _all_labels_rows(predictions: Rows, references: Rows) -> Matrix:
    """``[n, 3 * labels]``: for every label that occurs, true positives, predicted, actual."""
    sides = [list(map(as_labels, side)) for side in (predictions, references)]
    labels = sorted(frozenset().union(*sides[0], *sides[1]), key=str)
    column = {label: 3 * i for i, label in enumerate(labels)}
    entries = (
        (i, column[label] + kind, 1)
        for i, (predicted, actual) in enumerate(zip(*sides, strict=True))
        for kind, members in enumerate((predicted & actual, predicted, actual))
        for label in members
    )
    return matrix(entries, (len(references), 3 * len(labels)))


def _share_of(total: Floats, sums: Floats) -> Floats:
    """Of so many, those that were right; 0 where there are none."""
    return np.divide(sums[..., 0], total, out=np.zeros_like(total), where=total > 0)


def _chance_rows(label: str, predictions: Rows, references: Rows) -> Floats:
    """``counts_by_score``, of how likely this label was: for certain or not at all, where nothing says it."""
    certain = (float(str(answer) == label) for answer in predictions)
    chances = [getattr(answer, "chance", sure) for answer, sure in zip(predictions, certain, strict=True)]
    watched = [Watched(np.array([chance], np.float64), []) for chance in chances]
    marks = [np.array([str(reference) == label]) for reference in references]
    return ranges.counts_by_score(watched, marks, CHANCES)


def _f1(sums: Floats) -> Floats:
    """F1 of (matched, predicted, actual) in the last dimension; 0 where nothing was predicted or actual."""
    matched, total = sums[..., 0], sums[..., 1] + sums[..., 2]
    return np.divide(2 * matched, total, out=np.zeros_like(matched), where=total > 0)


def _macro_f1(sums: Floats) -> Floats:
    """The mean F1 of the labels that occur in the predictions or references (of the resample)."""
    by_label = sums.reshape(*sums.shape[:-1], -1, 3)
    occurs = by_label[..., 1:].sum(-1) > 0
    return (_f1(by_label) * occurs).sum(-1) / np.maximum(occurs.sum(-1), 1)


# -- tags -------------------------------------------------------------------------------------------------


def _check_as_many(predicted: Sized, actual: Sized, row: int, what: str) -> None:
    if len(predicted) != len(actual):
        raise ShapeError(f"row {row}: {len(predicted)} predicted {what} for {len(actual)} in the reference")


def _tag_rows(predictions: Rows, references: Rows) -> Floats:
    rows = np.zeros((len(references), 2))
    for i, (predicted, actual) in enumerate(zip(predictions, references, strict=True)):
        _check_as_many(predicted, actual, i, "tags")
        rows[i] = sum(p == a for p, a in zip(predicted, actual, strict=True)), len(actual)
    return rows


def _tag_counts(predictions: Rows, references: Rows) -> Matrix:
    """``[n, 3 * tags]``: for every tag that occurs, how often it was right, predicted, actual in each row."""
    names = {tag for side in (predictions, references) for tags in side for tag in tags}
    column = {tag: 3 * i for i, tag in enumerate(sorted(names, key=str))}

    def entries() -> Iterator[Entry]:
        for i, (predicted, actual) in enumerate(zip(predictions, references, strict=True)):
            _check_as_many(predicted, actual, i, "tags")
            for p, a in zip(predicted, actual, strict=True):
                yield i, column[p], p == a
                yield i, column[p] + 1, 1
                yield i, column[a] + 2, 1

    return matrix(entries(), (len(references), 3 * len(column)))


def spans(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """The entities ``(type, first, past_last)`` of BIO tags, as conlleval reads them; of BIOES tags alike.

    ``B-X`` begins one, ``S-X`` is one; ``I-X`` and ``E-X`` go on with one of the same type, and begin one where there
    is none; after ``E-X`` and ``S-X`` it is over.
    """
    found, kind, first, over = set(), None, 0, False
    for t, tag in enumerate([*tags, "O"]):
        prefix, _, this = tag.partition("-")
        if kind is not None and (over or not (prefix in ("I", "E") and this == kind)):
            found.add((kind, first, t))
            kind = None
        if kind is None and prefix in ("B", "I", "E", "S"):
            kind, first = this, t
        over = prefix in ("E", "S")
    return found


def _span_rows(predictions: Rows, references: Rows) -> Floats:
    rows = np.zeros((len(references), 3))
    for i, (predicted, actual) in enumerate(zip(predictions, references, strict=True)):
        _check_as_many(predicted, actual, i, "tags")
        p, a = spans(predicted), spans(actual)
        rows[i] = len(p & a), len(p), len(a)
    return rows


# -- sequences of their own length, and text --------------------------------------------------------------


def as_tokens(sequence: str | Sequence[Hashable]) -> list[Hashable]:
    """A string's words, split at white space; of any other sequence, its elements."""
    return list(sequence.split()) if isinstance(sequence, str) else list(sequence)


def _alternatives(reference: Any, row: int) -> list[list[Hashable]]:
    if isinstance(reference, str) or len(reference) == 0:
        raise ShapeError(f"row {row}: expected a list of one or more references, got {reference!r}")
    return [as_tokens(alternative) for alternative in reference]


def edits(source: Sequence[Hashable], target: Sequence[Hashable]) -> int:
    """The least number of insertions, deletions and substitutions that turn ``source`` into ``target``.

    A whole column of the dynamic programme at a time, its steps of +1 and -1 as bits of two integers
    (Myers 1999, "A fast bit-vector algorithm for approximate string matching", as given by Hyyrö 2003).
    """
    if not source:
        return len(target)
    where: dict[Hashable, int] = {}
    for i, token in enumerate(source):
        where[token] = where.get(token, 0) | 1 << i
    full, last = (1 << len(source)) - 1, 1 << (len(source) - 1)
    up, down, distance = full, 0, len(source)  # vertical steps +1, -1; the value in the last row
    for token in target:
        same = where.get(token, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        across_up, across_down = down | (full & ~(diagonal | up)), up & diagonal
        distance += bool(across_up & last) - bool(across_down & last)
        across_up, across_down = across_up << 1 | 1, across_down << 1
        up, down = full & (across_down | ~(diagonal | across_up)), full & across_up & diagonal
    return distance


def _edit_rows(predictions: Rows, references: Rows) -> Floats:
    """``[n, 2]``: edits to the nearest reference, and that reference's length."""
    rows = np.zeros((len(references), 2))
    for i, (prediction, reference) in enumerate(zip(predictions, references, strict=True)):
        tokens = as_tokens(prediction)
        distances = [(edits(tokens, r), len(r)) for r in _alternatives(reference, i)]
        rows[i] = min(distances, key=lambda distance: distance[0])
    return rows


def _exact_rows(predictions: Rows, references: Rows) -> Floats:
    rows = np.ones((len(references), 2))
    for i, (prediction, reference) in enumerate(zip(predictions, references, strict=True)):
        rows[i, 0] = as_tokens(prediction) in _alternatives(reference, i)
    return rows


@cache
def _sacrebleu(name: str) -> Any:
    sacrebleu = needed("sacrebleu")  # only translation and summaries need it
    metrics = {"bleu": sacrebleu.BLEU, "chrf": sacrebleu.CHRF}
    return metrics[name]()  # defaults: 13a tokens, cased, exponential smoothing; chrF2


def _translation_rows(name: str, predictions: Rows, references: Rows) -> Floats:
    def text(sequence: Any) -> str:
        return sequence if isinstance(sequence, str) else " ".join(map(str, sequence))

    for i, reference in enumerate(references):
        _alternatives(reference, i)
    most = max(map(len, references))
    streams = [[text(r[k]) if k < len(r) else None for r in references] for k in range(most)]
    return np.array(_sacrebleu(name)._extract_corpus_statistics(list(map(text, predictions)), streams), float)


def _translation_value(name: str, sums: Floats) -> Floats:
    def of_one(sums: Floats) -> float:
        return _sacrebleu(name)._compute_score_from_stats(sums.tolist()).score

    return np.apply_along_axis(of_one, -1, sums)


ROUGE_WORD = re.compile(r"[^\W_]+")


def rouge_tokens(sequence: str | Sequence[Hashable]) -> list[str]:
    """Runs of letters and digits in lower case: as the package rouge-score has them, but of any script."""
    text = sequence if isinstance(sequence, str) else " ".join(map(str, sequence))
    return ROUGE_WORD.findall(text.lower())


def common_subsequence(source: Sequence[Hashable], target: Sequence[Hashable]) -> int:
    """The length of the longest common subsequence, a column at a time as bits (Hyyrö 2004)."""
    where: dict[Hashable, int] = {}
    for i, token in enumerate(source):
        where[token] = where.get(token, 0) | 1 << i
    full = (1 << len(source)) - 1
    column = full
    for token in target:
        same = column & where.get(token, 0)
        column = full & ((column + same) | (column - same))
    return len(source) - column.bit_count()


def _rouge_n(n: int, predicted: Sequence[str], actual: Sequence[str]) -> float:
    """F1 of the n-grams, each counted as often as it occurs on both sides (Lin 2004)."""
    p, a = (Counter(zip(*(side[i:] for i in range(n)), strict=False)) for side in (predicted, actual))
    return 2 * (p & a).total() / max(p.total() + a.total(), 1)


def _rouge_l(predicted: Sequence[str], actual: Sequence[str]) -> float:
    """F1 of the longest common subsequence (Lin 2004)."""
    return 2 * common_subsequence(predicted, actual) / max(len(predicted) + len(actual), 1)


def _rouge_rows(f1: Callable[[Sequence[str], Sequence[str]], float], predictions: Rows, references: Rows) -> Floats:
    """``[n, 2]``: F1 with the reference for which it is highest, and 1."""
    rows = np.ones((len(references), 2))
    for i, (prediction, reference) in enumerate(zip(predictions, references, strict=True)):
        _alternatives(reference, i)
        tokens = rouge_tokens(prediction)
        rows[i, 0] = max(f1(tokens, rouge_tokens(alternative)) for alternative in reference)
    return rows


# -- likelihoods and numbers ------------------------------------------------------------------------------


def _nats_rows(predictions: Rows, references: Rows) -> Floats:
    rows = np.zeros((len(references), 2))
    for i, (nats, tokens) in enumerate(zip(predictions, references, strict=True)):
        _check_as_many(nats, tokens, i, "likelihoods")
        rows[i] = np.sum(nats), len(tokens)
    return rows


def _pitch_rows(predictions: Rows, references: Rows) -> Floats:
    """Of melodies, in which pitches and lengths take turns, the pitches alone, and the end."""
    return _nats_rows([nats[::2] for nats in predictions], [tokens[::2] for tokens in references])


def _paired_numbers(predictions: Rows, references: Rows) -> list[tuple[Floats, Floats]]:
    pairs = [
        (np.ravel(np.asarray(p, float)), np.ravel(np.asarray(r, float)))
        for p, r in zip(predictions, references, strict=True)
    ]
    for i, (predicted, actual) in enumerate(pairs):
        _check_as_many(predicted, actual, i, "numbers")
    return pairs


def _error_rows(power: int, predictions: Rows, references: Rows) -> Floats:
    pairs = _paired_numbers(predictions, references)
    return np.array([((np.abs(p - r) ** power).sum(), len(r)) for p, r in pairs])


def _forecast_rows(power: int, unit: int, predictions: Rows, references: Rows) -> Floats:
    """Errors of forecasts ``[k, 2]``: in standard deviations of the training part (unit 0), or in units of the mean
    absolute error of the naive forecast there (unit 1; Hyndman & Koehler 2006)."""
    return _error_rows(power, *([row[:, unit] for row in side] for side in (predictions, references)))


def _r2_rows(predictions: Rows, references: Rows) -> Floats:
    """``[n, 4]``: squared error; squares, sum and count of the references, less their mean to keep digits."""
    pairs = _paired_numbers(predictions, references)
    mean = np.concatenate([r for _, r in pairs]).mean()
    rows = np.zeros((len(pairs), 4))
    for i, (predicted, actual) in enumerate(pairs):
        centred = actual - mean
        rows[i] = ((predicted - actual) ** 2).sum(), (centred**2).sum(), centred.sum(), len(actual)
    return rows


def _r2(sums: Floats) -> Floats:
    """1 - squared error / variance. References that are all equal give 1 if predicted exactly, else 0."""
    error, squares, total, count = np.moveaxis(sums, -1, 0)
    variance = squares - total**2 / np.maximum(count, 1)
    varies = variance > 1e-12 * np.maximum(squares, 1e-300)
    return np.where(varies, 1 - error / np.where(varies, variance, 1), error == 0)


def _ratio(sums: Floats) -> Floats:
    """The first sum over the second; undefined (nan) where nothing was counted."""
    top, count = sums[..., 0], sums[..., 1]
    return np.divide(top, count, out=np.full_like(top, np.nan), where=count > 0)


# -- the names --------------------------------------------------------------------------------------------


def _translation_metric(name: str, unit: str) -> Metric:
    return Metric(name, unit, True, partial(_translation_rows, name), partial(_translation_value, name))


METRICS = {
    m.name: m
    for m in (
        Metric("accuracy", "%", True, _accuracy_rows, _ratio),
        Metric("f1", "%", True, _all_labels_rows, _macro_f1),
        Metric("tag_accuracy", "%", True, _tag_rows, _ratio),
        Metric("tag_f1", "%", True, _tag_counts, _macro_f1),
        Metric("span_f1", "%", True, _span_rows, _f1),
        _translation_metric("bleu", "BLEU of 100"),
        _translation_metric("chrf", "chrF of 100"),
        Metric("rouge1", "%", True, partial(_rouge_rows, partial(_rouge_n, 1)), _ratio),
        Metric("rouge2", "%", True, partial(_rouge_rows, partial(_rouge_n, 2)), _ratio),
        Metric("rougeL", "%", True, partial(_rouge_rows, _rouge_l), _ratio),
        Metric("exact_match", "%", True, _exact_rows, _ratio),
        Metric("edit_distance", "edits per target token", False, _edit_rows, _ratio),
        Metric("wer", "%", False, _edit_rows, _ratio),  # word error rate: of texts, whose tokens are words
        Metric("perplexity", "choices per token", False, _nats_rows, lambda sums: np.exp(_ratio(sums))),
        Metric("nats_per_token", "nats per token", False, _nats_rows, _ratio),
        Metric("nats_per_pitch", "nats per pitch", False, _pitch_rows, _ratio),
        Metric("nats_per_step", "nats per step", False, _nats_rows, _ratio),  # of chords: summed over the keys
        Metric("mae", "output units", False, partial(_error_rows, 1), _ratio),
        Metric("rmse", "output units", False, partial(_error_rows, 2), lambda sums: np.sqrt(_ratio(sums))),
        Metric("mase", "naive errors", False, partial(_forecast_rows, 1, 1), _ratio),
        Metric("std_mse", "squared std", False, partial(_forecast_rows, 2, 0), _ratio),
        Metric("std_mae", "std", False, partial(_forecast_rows, 1, 0), _ratio),
        Metric("r2", "%", True, _r2_rows, _r2),
        Metric("average_precision", "%", True, ranges.counts_by_score, ranges.average_precision),
        Metric("roc_auc", "%", True, ranges.counts_by_score, ranges.roc_auc),
        Metric("range_f1", "%", True, ranges.range_rows, ranges.range_f1),
        Metric("events_found", "%", True, ranges.event_rows, _ratio),
        Metric("delay", "steps to the alarm", False, ranges.delay_rows, _ratio),
        Metric("false_alarms", "per 10,000 steps", False, ranges.false_alarm_rows, _ratio),
    )
}


OF_A_LABEL: dict[str, tuple[Callable[[str, Rows, Rows], Floats], Callable[[Floats], Floats]]] = {
    "f1_": (_label_rows, _f1),
    "precision_": (_label_rows, lambda sums: _share_of(sums[..., 1], sums)),
    "recall_": (_label_rows, lambda sums: _share_of(sums[..., 2], sums)),
    "average_precision_": (_chance_rows, ranges.average_precision),
}
"""Of one label, whose name comes after."""


def metric(name: str) -> Metric:
    """The metric of this name: one of ``METRICS``, or of one label ``f1_<label>``, ``precision_<label>``,
    ``recall_<label>``, and ``average_precision_<label>`` of answers that are ``Called``.

    Raises TaskError for any other name.
    """
    if name in METRICS:
        return METRICS[name]
    for begin, (rows, value) in OF_A_LABEL.items():
        if name.startswith(begin):
            return Metric(name, "%", True, partial(rows, name.removeprefix(begin)), value)
    raise TaskError(f"no metric is called {name!r}; there are {', '.join((*METRICS, *OF_A_LABEL))} (and a label)")
