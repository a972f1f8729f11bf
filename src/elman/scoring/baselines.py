"""Trivial answers, which a model must beat to be worth having.

All baselines are used alike: ``baseline.fit(train, valid).predict(inputs)``, where ``train`` and ``valid`` are
pairs of (inputs, outputs) and predictions are what the metrics take. ``state`` gives all that was fitted as JSON
and arrays, from which ``from_state`` makes it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import chain
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError
from elman.scoring.metrics import Metric, Rows, as_labels, as_tokens, metric

Pairs = tuple[Rows, Rows]
State = tuple[dict[str, Any], dict[str, NDArray[Any]]]
Value = TypeVar("Value", bound=Hashable)


class Baseline(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str:
        """What it does, to complete "better than ..."; asked once it is fitted."""
        ...

    def fit(self, train: Pairs, valid: Pairs) -> Self: ...

    def predict(self, inputs: Rows) -> list[Any]: ...

    def state(self) -> State: ...

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self: ...


def most_common(values: Iterable[Value], what: str) -> Value:
    """The most frequent value; of equally frequent ones, the first in order of their names."""
    counts = Counter(values)
    if not counts:
        raise TaskError(f"there are no {what} in the training part to take the most common of")
    return min(counts, key=lambda value: (-counts[value], str(value)))


class Majority:
    """Always the most common label, or set of labels; predictions are sets."""

    name = "majority"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        self.labels = most_common(map(as_labels, train[1]), "labels")
        return self

    @property
    def description(self) -> str:
        names = [repr(str(label)) for label in sorted(self.labels, key=str)]
        return f"always answering {' and '.join(names) or 'no label'}"

    def predict(self, inputs: Rows) -> list[frozenset[Hashable]]:
        return [self.labels] * len(inputs)

    def state(self) -> State:
        return {"labels": sorted(self.labels, key=str)}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls()
        baseline.labels = frozenset(record["labels"])
        return baseline


class Mean:
    """Always the mean of the training numbers (or vectors, each number by itself)."""

    name = "mean"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        self.answer = np.asarray(np.mean(np.asarray(train[1], float), axis=0))
        return self

    @property
    def description(self) -> str:
        return "always answering the mean" + (f", {self.answer:.4g}" if self.answer.ndim == 0 else "")

    def predict(self, inputs: Rows) -> list[Any]:
        return [self.answer] * len(inputs)

    def state(self) -> State:
        return {"answer": self.answer.tolist()}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls()
        baseline.answer = np.asarray(record["answer"])
        return baseline


class MajorityTag:
    """Always the most common tag."""

    name = "majority"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        self.tag = most_common(chain.from_iterable(train[1]), "tags")
        return self

    @property
    def description(self) -> str:
        return f"always answering {str(self.tag)!r}"

    def predict(self, inputs: Rows) -> list[list[Hashable]]:
        return [[self.tag] * len(steps) for steps in inputs]

    def state(self) -> State:
        return {"tag": self.tag}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls()
        baseline.tag = record["tag"]
        return baseline


class FrequentTag:
    """Each word's most frequent tag; for unseen words, the most frequent tag of all."""

    name = "frequent_tag"
    description = "giving each word its most frequent tag"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        seen: dict[Hashable, list[Hashable]] = {}
        for words, tags in zip(*train, strict=True):
            for word, tag in zip(words, tags, strict=True):
                seen.setdefault(word, []).append(tag)
        self.default = most_common(chain.from_iterable(seen.values()), "tags")
        self.tags = {word: most_common(tags, "tags") for word, tags in seen.items()}
        return self

    def predict(self, inputs: Rows) -> list[list[Hashable]]:
        return [[self.tags.get(word, self.default) for word in words] for words in inputs]

    def state(self) -> State:
        return {"tags": self.tags, "default": self.default}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls()
        baseline.tags, baseline.default = record["tags"], record["default"]
        return baseline


class Unigram:
    """Tokens by how frequent they are, whatever stands before them: add-one smoothed.

    Outputs are sequences of token ids (with their end mark, where the model predicts one too). ``predict`` takes the
    sequences to be scored, and gives the negative log-likelihood in nats of each of their tokens. Where tokens take
    turns, as pitches and lengths do, each is counted among those of its turn.
    """

    name = "unigram"
    description = "going by how frequent each token is"

    def __init__(self, vocabulary_size: int, turns: int = 1):
        """turns: how many kinds of tokens follow each other in turn"""
        self.vocabulary_size, self.turns = vocabulary_size, turns

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        self.counts = Counter((place % self.turns, token) for row in train[1] for place, token in enumerate(row))
        return self

    def predict(self, inputs: Rows) -> list[NDArray[np.float64]]:
        totals = Counter[int]()
        for (turn, _), count in self.counts.items():
            totals[turn] += count
        each = np.log([totals[turn] + self.vocabulary_size for turn in range(self.turns)])
        return [
            np.resize(each, len(row))
            - np.log([self.counts[i % self.turns, token] + 1.0 for i, token in enumerate(row)])
            for row in inputs
        ]

    def state(self) -> State:
        record = {"vocabulary_size": self.vocabulary_size, "turns": self.turns}
        counted = np.array([(*key, count) for key, count in self.counts.items()], np.int64).reshape(-1, 3)
        return record, {"turn": counted[:, 0], "tokens": counted[:, 1], "counts": counted[:, 2]}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls(record["vocabulary_size"], record["turns"])
        keys = zip(arrays["turn"].tolist(), arrays["tokens"].tolist(), strict=True)
        baseline.counts = Counter(dict(zip(keys, arrays["counts"].tolist(), strict=True)))
        return baseline


class Marginals:
    """Each key by how often it sounds, or by how often after itself: add-one smoothed.

    Rows are chords in time, bool ``[T, keys]``; ``predict`` gives the negative log-likelihood of each chord in nats,
    summed over its keys ``[T]``.
    """

    def __init__(self, *, after_itself: bool = False):
        self.after_itself = after_itself
        self.name = "goes_on" if after_itself else "marginals"

    @property
    def description(self) -> str:
        return "going by how often each key " + ("goes on, or begins to sound" if self.after_itself else "sounds")

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        chords = np.concatenate([np.asarray(row, bool) for row in train[1]])
        before = np.concatenate([self._before(row) for row in train[1]])
        # [2, keys]: of all chords before which the key was silent, and sounded, in how many it sounds
        sounded = np.stack([(chords & (before == was)).sum(0) for was in (False, True)])
        every = np.stack([(before == was).sum(0) for was in (False, True)])
        self.chances = (sounded + 1.0) / (every + 2.0)
        return self

    def _before(self, row: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What each key was when the last chord sounded; always silent where that isn't asked."""
        chords = np.asarray(row, bool)
        return np.concatenate([np.zeros_like(chords[:1]), chords[:-1]]) & self.after_itself

    def predict(self, inputs: Rows) -> list[NDArray[np.float64]]:
        return [self._nats(np.asarray(row, bool)) for row in inputs]

    def _nats(self, chords: NDArray[np.bool_]) -> NDArray[np.float64]:
        chance = np.where(self._before(chords), self.chances[1], self.chances[0])
        return -np.log(np.where(chords, chance, 1 - chance)).sum(1)

    def state(self) -> State:
        return {"after_itself": self.after_itself}, {"chances": self.chances}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls(after_itself=record["after_itself"])
        baseline.chances = arrays["chances"]
        return baseline


class CommonOrCopy:
    """Always the most common output, or a copy of the input: whichever is better on the validation part.

    Training outputs are strings or lists of tokens; validation outputs are lists of references, as the
    metrics take them.
    """

    name = "common_or_copy"

    def __init__(self, by: Metric | None = None):
        """``by``: the metric that decides; edits per token unless said otherwise."""
        self.by = by or metric("edit_distance")

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        inputs, references = valid
        self.answer = list(most_common((tuple(as_tokens(output)) for output in train[1]), "outputs"))
        common, copied = (self.by(p, references) for p in ([self.answer] * len(inputs), inputs))
        self.copies = copied >= common if self.by.higher_is_better else copied <= common
        return self

    @property
    def description(self) -> str:
        if self.copies:
            return "copying the input"
        return f"always answering {' '.join(map(str, self.answer))!r}"

    def predict(self, inputs: Rows) -> list[Any]:
        return list(inputs) if self.copies else [self.answer] * len(inputs)

    def state(self) -> State:
        return {"by": self.by.name, "answer": self.answer, "copies": bool(self.copies)}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls(metric(record["by"]))
        baseline.answer, baseline.copies = record["answer"], record["copies"]
        return baseline


class FirstSentence:
    """The first sentence of a text; inputs are lists of sentences."""

    name = "first_sentence"
    description = "taking the first sentence"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        return self

    def predict(self, inputs: Rows) -> list[str]:
        return [next(iter(sentences), "") for sentences in inputs]

    def state(self) -> State:
        return {}, {}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        return cls()


class Nearest:
    """The output that came with the most similar training input; inputs are vectors, compared by their distance.

    Of many training rows, ``KEPT``, evenly spaced.
    """

    name = "nearest"
    KEPT = 10_000

    def __init__(self, what: str = "input"):
        self.what = what

    @property
    def description(self) -> str:
        return f"answering as the most similar training {self.what} does"

    def fit(self, train: Pairs, valid: Pairs) -> Self:
        inputs, outputs = train
        kept = np.unique(np.linspace(0, len(inputs) - 1, min(len(inputs), self.KEPT)).round().astype(int))
        self.vectors = np.stack([inputs[row] for row in kept]).astype(np.float16)
        self.outputs = [as_tokens(outputs[row]) for row in kept]
        return self

    def predict(self, inputs: Rows) -> list[Any]:
        vectors = self.vectors.astype(np.float32)
        # |a - b|^2 without |a|^2, which is the same for all b
        squares = (vectors**2).sum(1)
        nearest = (int(np.argmin(squares - 2 * vectors @ np.asarray(row, np.float32))) for row in inputs)
        return [self.outputs[row] for row in nearest]

    def state(self) -> State:
        return {"what": self.what, "outputs": self.outputs}, {"vectors": self.vectors}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        baseline = cls(record["what"])
        baseline.vectors, baseline.outputs = arrays["vectors"], record["outputs"]
        return baseline
