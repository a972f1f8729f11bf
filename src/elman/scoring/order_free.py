"""Linear models that ignore order: what is left to gain over them is what recurrence is for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain, compress
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from elman.data.drawn import drawn_rows
from elman.decoding.probabilities import softmax
from elman.decoding.rare import Called, least_chance
from elman.errors import BundleError
from elman.kinds.minirocket import MiniRocketFeatures
from elman.kinds.ngrams import Bags, NgramFeatures
from elman.kinds.statistics import ColumnStatistics, VectorFeatures
from elman.kinds.union import UnionFeatures
from elman.memory import give_back
from elman.scoring.baselines import Pairs, State
from elman.scoring.linear import Floats, Linear, LossName, Trial
from elman.scoring.metrics import Rows, as_labels
from elman.scoring.ridge import fit_ridge
from elman.stored import cells_of

TOGETHER = 8_192
"""Rows whose features are made at once, to be scored."""
MOST_WEIGHTS = 1 << 23
"""Of one linear model: while it is fitted, there are about twenty times as many numbers. Of many labels it has fewer
features."""
MOST_TARGETS = 1 << 23
"""Numbers ``[n, k]`` that one is fitted to, so that it takes a minute or two. Of many labels these are fewer rows."""


@dataclass(frozen=True)
class LeftOut:
    """Rows to learn from, each as a model says it that hasn't learned from it: scores ``[n, k]``, and outputs."""

    scores: Floats
    outputs: Rows


class OrderFree(ABC):
    """A linear model on features that say nothing of order, its L2 penalty chosen on the validation part, and by folds
    where rows are few.

    It is fitted on a sample where there are more rows than its features allow; ``sampled`` is how many those were, of
    how many. ``unlabelled`` is how many rows without an output it has learned from beside them. ``left_out`` is what
    models like it say of the rows of folds; None where there were none, and of a model that was saved.

    Features are bags of n-grams, statistics of a sequence's columns, or a vector that the kind makes of each cell.
    Subclasses say what outputs are as numbers ``[n, k]``, and what scores ``[n, k]`` are as outputs.
    """

    loss: ClassVar[LossName]
    model: Linear
    sampled: tuple[int, int] | None = None
    unlabelled: int = 0
    left_out: LeftOut | None = None

    def __init__(self, features: NgramFeatures | VectorFeatures | UnionFeatures):
        self.features = features

    @property
    def name(self) -> str:
        return self.features.name

    @property
    def description(self) -> str:
        beside = f", with {self.unlabelled:,} unlabelled texts" if self.unlabelled else ""
        beside += "" if self.model.weight.any() else ", which tells nothing here"
        if self.sampled is None:
            return self.features.description + beside
        rows, of = self.sampled
        return f"{self.features.description} in {rows:,} of {of:,} training rows{beside}"

    @abstractmethod
    def _learn(self, outputs: Rows) -> None: ...

    @abstractmethod
    def _encode(self, outputs: Rows) -> Floats: ...

    @abstractmethod
    def _decode(self, scores: Floats) -> list[Any]: ...

    @abstractmethod
    def _record(self) -> dict[str, Any]:
        """What ``_learn`` learnt, as JSON."""

    @abstractmethod
    def _restore(self, record: dict[str, Any]) -> None: ...

    def fit(self, train: Pairs, valid: Pairs, beside: Rows = (), folds: Sequence[NDArray[np.int64]] = ()) -> Self:
        """beside: rows without an output, from which it learns, too
        folds: of the training rows; each is held out once, and says together with the validation part what is chosen.
            Of none where it is fitted on some of the rows alone, as these are many then
        """
        some = drawn(train, self.features.most_rows)
        self._learn(some[1])
        width = self._encode(some[1][:1]).shape[1]
        most = MOST_TARGETS // width
        self.features.keep_within(MOST_WEIGHTS // width)
        (inputs, outputs), valid = drawn(some, most), drawn(valid, most)
        self.sampled = (len(outputs), len(train[1])) if len(outputs) < len(train[1]) else None
        folds = () if self.sampled else folds
        beside = cells_of(beside, drawn_rows(beside, min(most, self.features.most_rows or most))) if len(beside) else []
        self.unlabelled = len(beside)
        bare = deepcopy(self.features) if folds else self.features
        trials = [self._trial(self.features, (inputs, outputs), valid, beside)]
        for fold in folds:
            rest = np.setdiff1d(np.arange(len(outputs)), fold)
            learned, held = ((cells_of(inputs, rows), cells_of(outputs, rows)) for rows in (rest, fold))
            trials.append(self._trial(deepcopy(bare), learned, held, beside))
        give_back()  # counting takes more than what comes of it
        self.model, *others = self._fitted(trials)
        if folds:
            scores = [model(trial.x_held) for model, trial in zip(others, trials[1:], strict=True)]
            self.left_out = LeftOut(np.concatenate(scores), cells_of(outputs, np.concatenate(folds)))
        return self

    def _trial(self, features: Any, train: Pairs, held: Pairs, beside: Rows) -> Trial:
        """These features are fitted on what is learned from, and on what is beside it."""
        x = features.fit([*train[0], *beside] if len(beside) else train[0])
        x, others = x.parted(len(train[1])) if isinstance(x, Bags) else (x, None)
        return Trial(x, self._encode(train[1]), features.transform(held[0]), self._encode(held[1]), others)

    def _fitted(self, trials: Sequence[Trial]) -> list[Linear]:
        """The model of each trial, all of one penalty."""
        from elman.scoring.fitting import fit_linear  # imported here, as it loads torch

        return fit_linear(trials, self.loss, self.features.may_answer)

    def fit_few(self, train: Pairs, folds: Sequence[NDArray[np.int64]]) -> Floats:
        """Fit by ridge regression on few rows, and give the scores ``[n, k]`` of each by the model of the other folds.
        What outputs there are, and the features, are those of all rows."""
        inputs, outputs = train
        self._learn(outputs)
        x = self.features.fit(inputs)
        assert not isinstance(x, Bags), "few rows of numbers"
        found = fit_ridge(x, self._aimed_at(outputs), folds)
        self.model = found.model
        return found.left_out

    def _aimed_at(self, outputs: Rows) -> Floats:
        """What ridge regression comes near to ``[n, k]``."""
        return self._encode(outputs)

    def scores(self, inputs: Rows) -> Floats:
        """``[n, k]``: logits (of the labels in their order), or standardised numbers."""
        parts = [inputs[start : start + TOGETHER] for start in range(0, max(1, len(inputs)), TOGETHER)]
        return np.concatenate([self.model(self.features.transform(part)) for part in parts])

    def predict(self, inputs: Rows) -> list[Any]:
        return self._decode(self.scores(inputs))

    def state(self) -> State:
        features, arrays = self.features.state()
        of_features = {f"features.{name}": array for name, array in arrays.items()}
        sampled = {"sampled": self.sampled} if self.sampled else {}
        beside = {"unlabelled": self.unlabelled} if self.unlabelled else {}
        return {**self._record(), **sampled, **beside, "features": features}, {**of_features, **self.model.arrays()}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray]) -> Self:
        """The model that ``state`` gave. Raises BundleError for arrays that don't fit each other."""
        prefix = "features."
        of_features = {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
        kind = FEATURES[record["features"].get("kind", NgramFeatures.kind)]
        baseline = cls(kind.from_state(record["features"], of_features))
        baseline._restore(record)
        if "sampled" in record:
            rows, of = map(int, record["sampled"])
            baseline.sampled = rows, of
        baseline.unlabelled = int(record.get("unlabelled", 0))
        baseline.model = Linear.from_arrays(arrays, baseline.features.size)
        return baseline


def drawn(pairs: Pairs, most: int | None) -> Pairs:
    """All rows, or so many that chance draws."""
    inputs, outputs = pairs
    if most is None or len(outputs) <= most:
        return pairs
    rows = drawn_rows(outputs, most)
    return cells_of(inputs, rows), cells_of(outputs, rows)


FEATURES = {
    features.kind: features
    for features in (NgramFeatures, ColumnStatistics, MiniRocketFeatures, VectorFeatures, UnionFeatures)
}


class OrderFreeLabel(OrderFree):
    """Multinomial logistic regression; of what is counted, together with naive Bayes.

    weights: how much a row of each label counts; alike, where it isn't there
    rare:    of two labels a rare one, which is answered from the probability ``least`` on that is best for its F1
    """

    loss = "softmax"
    weights: Mapping[Any, float] | None = None
    rare: str | None = None
    least: float | None = None

    def fit(self, train: Pairs, valid: Pairs, beside: Rows = (), folds: Sequence[NDArray[np.int64]] = ()) -> Self:
        super().fit(train, valid, beside, folds)
        if self.rare in self.labels and len(self.labels) == 2:
            held = LeftOut(self.scores(valid[0]), valid[1])
            parts = [held] if self.left_out is None else [held, self.left_out]
            are_rare = [self.rare in as_labels(output) for part in parts for output in part.outputs]
            chances = np.concatenate([self._chances(part.scores) for part in parts])
            weights = self.weights or {}
            other = next(label for label in self.labels if label != self.rare)
            self.least = least_chance(
                chances, np.array(are_rare), weights.get(self.rare, 1.0) / weights.get(other, 1.0)
            )
        return self

    def _fitted(self, trials: Sequence[Trial]) -> list[Linear]:
        """Of what is counted, together with naive Bayes, weighed for all that is held out: the two go wrong otherwise
        (Ng & Jordan 2001), and the sum of two linear models is one. Without it where it doesn't help."""
        from elman.scoring.fitting import LOSSES, naive_bayes
        from elman.scoring.weighing import Said, mixing_weights, tensor_of

        regressions = super()._fitted(trials)
        if not self.features.counted or self.loss != "softmax":
            return regressions
        counted = [naive_bayes(cast("Bags", trial.x), trial.y, cast("Bags", trial.beside)) for trial in trials]
        targets, loss = tensor_of(np.concatenate([trial.y_held for trial in trials])), LOSSES[self.loss]

        def said(models: Sequence[Linear]) -> Said:
            scores = [model(trial.x_held) for model, trial in zip(models, trials, strict=True)]
            return Said(np.concatenate(scores), targets, loss)

        weights = mixing_weights(said(regressions), said(counted))
        both = [first.mixed(second, weights) for first, second in zip(regressions, counted, strict=True)]
        return both if said(both).missed() < said(regressions).missed() else regressions

    def _learn(self, outputs: Rows) -> None:
        self.labels = sorted(frozenset().union(*map(as_labels, outputs)), key=str)

    def _encode(self, outputs: Rows) -> Floats:
        """1 for the label, or labels, of each row; one that training never saw is no label at all."""
        column = {label: k for k, label in enumerate(self.labels)}
        hot = np.zeros((len(outputs), len(self.labels)), np.float32)
        for row, output in zip(hot, outputs, strict=True):
            row[[column[label] for label in as_labels(output) if label in column]] = 1
        if self.weights is not None:
            hot *= np.array([self.weights.get(label, 1.0) for label in self.labels], np.float32)
        return hot

    def _aimed_at(self, outputs: Rows) -> Floats:
        """1 for a row's labels, -1 for the others."""
        return 2 * self._encode(outputs) - 1

    def _decode(self, scores: Floats) -> list[Any]:
        if self.least is None:
            return [self.labels[k] for k in scores.argmax(1).tolist()]
        names = {True: self.rare, False: next(label for label in self.labels if label != self.rare)}
        return [Called.of(str(names[chance >= self.least]), chance) for chance in self._chances(scores).tolist()]

    def _chances(self, scores: Floats) -> NDArray[np.float64]:
        """``[n]``: of the rare label."""
        return softmax(scores)[:, self.labels.index(self.rare)].astype(np.float64)

    def _record(self) -> dict[str, Any]:
        return {"labels": self.labels, "rare": self.rare, "least": self.least}

    def _restore(self, record: dict[str, Any]) -> None:
        self.labels, self.rare, self.least = record["labels"], record["rare"], record["least"]
        if self.least is not None and (self.rare not in self.labels or len(self.labels) != 2):
            raise BundleError(f"the linear model has no label {self.rare!r}: the saved model is damaged; train again")


class OrderFreeLabels(OrderFreeLabel):
    """Logistic regression for each label by itself."""

    loss = "logistic"

    def _decode(self, scores: Floats) -> list[Any]:
        return [frozenset(compress(self.labels, row)) for row in (scores > 0).tolist()]


class OrderFreeNumber(OrderFree):
    """Ridge regression of numbers, or vectors of them."""

    loss = "squared"

    def _learn(self, outputs: Rows) -> None:
        numbers = np.asarray(outputs, np.float64)
        self.mean, scale = numbers.mean(0), numbers.std(0)
        self.scale = np.where(scale > 0, scale, 1.0)

    def _encode(self, outputs: Rows) -> Floats:
        numbers = (np.asarray(outputs, np.float64) - self.mean) / self.scale
        return numbers.astype(np.float32).reshape(len(outputs), -1)

    def _decode(self, scores: Floats) -> list[Any]:
        return (scores.astype(np.float64).reshape(-1, *self.mean.shape) * self.scale + self.mean).tolist()

    def _record(self) -> dict[str, Any]:
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist()}

    def _restore(self, record: dict[str, Any]) -> None:
        self.mean, self.scale = (np.asarray(record[key], np.float64) for key in ("mean", "scale"))


class OrderFreeTags:
    """Multinomial logistic regression of each word's tag on the word alone: its letters, endings and shape.

    As nothing around a word counts, it is fitted on the distinct words, each with counts of its tags.
    """

    name = "order_free"
    description = "looking at each word alone"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        from elman.scoring.fitting import fit_linear  # imported here, as it loads torch

        self.tags = sorted(set(chain.from_iterable(train[1])))
        words, targets = self._tag_counts(train)
        parts = Counter[str]()  # in the order in which they come
        for word, count in zip(words, targets.sum(1).tolist(), strict=True):
            parts.update(dict.fromkeys(word_parts(word), count))
        common = {part for part, _ in parts.most_common(MOST_WEIGHTS // len(self.tags))}
        self.ids = {part: i for i, part in enumerate(filter(common.__contains__, parts))}
        valid_words, valid_targets = self._tag_counts(valid)
        trial = Trial(self._bags(words), targets, self._bags(valid_words), valid_targets)
        (self.model,) = fit_linear([trial], "softmax")
        return self

    def _tag_counts(self, pairs: Pairs) -> tuple[list[str], Floats]:
        """The distinct words, and how often each has which tag ``[words, tags]``."""
        rows, columns = {}, {tag: k for k, tag in enumerate(self.tags)}
        places = []
        for word, tag in zip(chain.from_iterable(pairs[0]), chain.from_iterable(pairs[1]), strict=True):
            row = rows.setdefault(word, len(rows))
            if tag in columns:
                places.append((row, columns[tag]))
        counts = np.zeros((len(rows), len(columns)), np.float32)
        np.add.at(counts, tuple(np.array(places, np.int64).reshape(-1, 2).T), 1)
        return list(rows), counts

    def _bags(self, words: Sequence[str]) -> Bags:
        """The parts of each word that training has seen, weighted to unit norm."""
        rows = [[self.ids[part] for part in word_parts(word) if part in self.ids] for word in words]
        lengths = np.array([len(row) for row in rows], np.int64)
        ids = np.array(list(chain.from_iterable(rows)), np.int32)
        weights = (1 / np.sqrt(np.repeat(lengths, lengths).astype(np.float32))).astype(np.float32)
        return Bags(ids, np.concatenate([[0], np.cumsum(lengths)]), weights, len(self.ids))

    def predict(self, inputs: Rows) -> list[list[str]]:
        words = sorted(set(chain.from_iterable(inputs)))
        best = self.model(self._bags(words)).argmax(1).tolist()
        tag = {word: self.tags[k] for word, k in zip(words, best, strict=True)}
        return [[tag[word] for word in row] for row in inputs]

    def state(self) -> State:
        return {"tags": self.tags, "parts": list(self.ids)}, self.model.arrays()

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray]) -> Self:
        baseline = cls()
        baseline.tags, baseline.ids = record["tags"], {part: i for i, part in enumerate(record["parts"])}
        baseline.model = Linear.from_arrays(arrays, len(baseline.ids))
        return baseline


def word_parts(word: str) -> list[str]:
    """What can be seen of a word alone: itself, its beginnings and endings, and its shape (Xx-00)."""
    lower = word.lower()
    shape = "".join("X" if c.isupper() else "x" if c.islower() else "0" if c.isdigit() else c for c in word)
    runs = "".join(c for c, before in zip(shape, " " + shape, strict=False) if c != before)
    return [
        f"word {word}",
        f"lower {lower}",
        f"shape {runs}",
        *(f"begins {lower[:n]}" for n in range(1, min(4, len(word)) + 1)),
        *(f"ends {lower[-n:]}" for n in range(1, min(4, len(word)) + 1)),
    ]
