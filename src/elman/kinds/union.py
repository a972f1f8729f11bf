# pyright: strict
"""Several texts and values as linear models see them: the n-grams of each text by itself, beside the values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError, TaskError
from elman.kinds.ngrams import Bags, NgramFeatures


@dataclass(frozen=True)
class UnionRow:
    """Texts, and the ids and weights of the values beside them."""

    texts: tuple[str, ...]
    ids: NDArray[np.int64]
    weights: NDArray[np.float32]


class UnionFeatures:
    """N-grams of each of several texts, and values, as one bag of features.

    texts, values: how many there are. Values are scaled so that their squares sum to about one, as n-grams' do.
    description:   of the baseline that a linear model on them makes
    """

    kind, name = "union", "order_free"
    most_rows = NgramFeatures.most_rows
    may_answer = NgramFeatures.may_answer
    counted = False

    def __init__(self, texts: int, values: int, description: str = "counting words beside values"):
        self.values, self.description = values, description
        self.scale = 1.0
        self._texts = [NgramFeatures() for _ in range(texts)]

    @property
    def texts(self) -> int:
        """How many texts a row has."""
        return len(self._texts)

    @property
    def size(self) -> int:
        """The number of features; their ids count from 0."""
        return sum(features.size for features in self._texts) + self.values

    def keep_within(self, most: int) -> None:
        """Have no more features than these of all texts; each value has one anyway."""
        for features in self._texts:
            features.keep_within(most // len(self._texts))

    def fit(self, rows: Sequence[UnionRow]) -> Bags:
        """Learn which n-grams there are; returns what ``transform`` would of the same rows.

        Raises TaskError where there is nothing to learn from.
        """
        for k, features in enumerate(self._texts):
            with suppress(TaskError):  # a text in which nothing comes twice says nothing; the others may
                features.fit([row.texts[k] for row in rows])
        if not self.size:
            raise TaskError("no word occurs in two of the texts, and no value stands beside them; pass more rows")
        squares = [float(np.square(row.weights).sum()) for row in rows]
        self.scale = 1 / max(1.0, float(np.sqrt(np.mean(squares or [1.0]))))
        return self.transform(rows)

    def transform(self, rows: Sequence[UnionRow]) -> Bags:
        bags = [features.transform([row.texts[k] for row in rows]) for k, features in enumerate(self._texts)]
        lengths = np.array([len(row.ids) for row in rows], np.int64)
        ids = np.concatenate([np.zeros(0, np.int32), *(row.ids for row in rows)], dtype=np.int32)
        weights = np.concatenate([np.zeros(0, np.float32), *(row.weights for row in rows)]) * np.float32(self.scale)
        values = Bags(ids, np.concatenate([[0], np.cumsum(lengths)]), weights, self.values)
        return joined([*bags, values])

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """All that was fitted, as JSON and as arrays; ``from_state`` takes it back."""
        states = [features.state() for features in self._texts]
        record = {"kind": self.kind, "values": self.values, "scale": self.scale}
        record |= {"description": self.description, "texts": [own for own, _ in states]}
        return record, {f"{k}.{name}": array for k, (_, own) in enumerate(states) for name, array in own.items()}

    @classmethod
    def from_state(cls, record: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> UnionFeatures:
        """Raises BundleError where ``state`` can't have written this."""
        features = cls(0, int(record["values"]), str(record["description"]))
        features.scale = float(record["scale"])
        if features.values < 0 or not np.isfinite(features.scale):
            raise BundleError("the linear model's values in the saved model are damaged; train it again")
        for k, own in enumerate(record["texts"]):
            prefix = f"{k}."
            of_text = {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
            features._texts.append(NgramFeatures.from_state(own, of_text))
        return features


def joined(bags: Sequence[Bags]) -> Bags:
    """The features of several bags of the same rows, side by side."""
    lengths = [np.diff(bag.offsets) for bag in bags]
    offsets = np.concatenate([[0], np.cumsum(np.sum(lengths, axis=0))])
    ids, weights = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.float32)
    first_place, first_id = offsets[:-1], 0
    for bag, own in zip(bags, lengths, strict=True):
        places = np.repeat(first_place - bag.offsets[:-1], own) + np.arange(len(bag.ids))
        ids[places], weights[places] = bag.ids + first_id, bag.weights
        first_place, first_id = first_place + own, first_id + bag.size
    return Bags(ids, offsets, weights, first_id)
