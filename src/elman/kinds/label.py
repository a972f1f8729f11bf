# pyright: strict
"""A label: one of a few classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.decoding.rare import rare_among
from elman.kinds.classes import (
    MAX_LABEL_LENGTH,
    MAX_LABEL_WORDS,
    MAX_NUMBER_CLASSES,
    ROWS_PER_LABEL,
    ClassesKind,
    class_name,
)
from elman.kinds.column import name_words

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile

FEWEST_COUNTS, FALLING, RAREST = 10, 0.75, 0.1
"""How many there were of something takes so many values at least; beyond the commonest, a number is no commoner than
the one before it at so many of these; and the highest is no more than this share as common."""
NAMED_BY_NUMBERS = frozenset(
    """
    type kind class category group cluster topic subject genre segment code language country region brand color colour
    """.split()  # noqa: SIM905
)
"""What the names of columns end with whose numbers stand for names, however they are counted: codes that are given by
how often each comes are the rarer, too."""
FEW_LABELS = 10
"""Of labels that are no more than this, each needs to stand in two rows only, as in a small table."""


def are_counts(values: Mapping[Any, int]) -> bool:
    """Whether whole numbers are how many there were of something, rather than names: from none or one on, the more the
    rarer, as far as a few that hardly ever come."""
    numbers = sorted(values)
    if len(numbers) < FEWEST_COUNTS or numbers[0] not in (0, 1) or numbers[-1] > 2 * len(numbers):
        return False
    often = [values[number] for number in numbers]
    most = often.index(max(often))
    rarer = [later <= earlier for earlier, later in pairwise(often[most:])]
    return 2 * most < len(often) and sum(rarer) >= FALLING * len(rarer) and often[-1] <= RAREST * often[most]


class LabelKind(ClassesKind):
    """One class per row.

    counts: training rows of each
    least:  the probability from which on a ``rare`` one is answered; None where the likeliest is
    """

    counts: Mapping[str, int]
    tells_rare: bool = True
    least: float | None = None

    name = "label"
    precedence = 40
    is_value = in_rows = names_classes = comes_again = True
    read_as = "text"
    beside_as = "row"
    usual_outputs = frozenset(
        {"label", "class", "category", "sentiment", "intent", "rating", "species", "stars", "genre", "emotion"}
        | {"outcome", "survived", "churn", "churned", "exited", "attrition", "diagnosis", "fraud", "is_fraud"}
        | {"is_duplicate", "anomaly", "is_anomaly", "outlier", "overall", "correct"}
        | {"click", "clicked", "is_click"}
    )

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        """Values that come back: whole numbers, or texts of a few words. In a column that is called as labels are, it
        is enough that they come twice."""
        distinct, rows = len(column.values), len(column.filled)
        if column.holds_lists or distinct == rows:
            return None
        often = rows / (2 if column.is_called(cls.usual_outputs) else ROWS_PER_LABEL)
        if distinct > max(2, often, min(rows / 2, FEW_LABELS)):
            return None
        if column.numeric:
            named = column.is_called(cls.usual_outputs) or bool({*name_words(column.name)[-1:]} & NAMED_BY_NUMBERS)
            fits = column.whole and distinct <= MAX_NUMBER_CLASSES and (named or not are_counts(column.values))
        else:
            longest = max(len(str(value)) for value in column.values)
            fits = column.words <= MAX_LABEL_WORDS and longest <= MAX_LABEL_LENGTH
        return column.profile(cls) if fits else None

    @classmethod
    def among(cls, profile: Profile, column: Column, table: Mapping[str, tuple[Profile, Column]]) -> Profile:
        from elman.kinds.tokens import as_tags

        return as_tags(profile, column, table)

    @classmethod
    def describe(cls, profile: Profile) -> str:
        listed = ", ".join(f"{value} {count:,}" for value, count in profile.top)
        more = ", ..." if profile.distinct > len(profile.top) else ""
        return f"{profile.distinct} values that come back ({listed}{more}), so they are classes"

    @classmethod
    def are_texts(cls, profile: Profile) -> bool:
        return profile.words > 1

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        return True

    @classmethod
    def names_in(cls, cell: Any) -> list[str]:
        return [cls.parse(cell)]

    @staticmethod
    def parse(cell: Any) -> str:
        """The class. Raises TaskError where it is missing."""
        return class_name(cell)

    def fit(self, cells: Sequence[Any]) -> None:
        super().fit(cells)
        self.counts = dict(Counter(map(self.parse, cells)))
        self.least = None

    def balanced(self) -> NDArray[np.float32]:
        """The weight of each class ``[K]`` with which all count alike; their mean over the training rows is 1."""
        counts = np.array([max(self.counts.get(name, 0), 1) for name in self.classes])
        return (counts.sum() / (len(counts) * counts)).astype(np.float32)

    @property
    def rare(self) -> str | None:
        """Of two classes the one that hardly ever comes, where there is such a one, and it is to be told."""
        return rare_among({name: self.counts.get(name, 0) for name in self.classes}) if self.tells_rare else None

    @property
    def at_least(self) -> dict[str, float]:
        """By the name of a rare class the probability from which on it is answered; empty where the likeliest is."""
        # `least` is asked first, as `rare` looks at all classes and this is asked for each row.
        return {} if self.least is None or self.rare is None else {self.rare: self.least}

    @property
    def said(self) -> str:
        """How the rare class is called, for people; "" where there is none."""
        best = "for the best F1 on the validation part"
        each = (f"{name!r} is answered from a probability of {p:.3g} on, {best}." for name, p in self.at_least.items())
        return " ".join(each)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "counts": self.counts, "tells_rare": self.tells_rare, "least": self.least}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.counts = {str(name): int(count) for name, count in state["counts"].items()}
        self.tells_rare = bool(state["tells_rare"])
        self.least = None if state["least"] is None else float(state["least"])

    def encode(self, cells: Sequence[Any]) -> list[int]:
        return [self.id_of(self.parse(cell)) for cell in cells]

    def collate(self, encoded: Sequence[int]) -> NDArray[np.int64]:
        """``[B]``"""
        return np.array(encoded, np.int64)

    def element_names(self, encoded: int, steps: int) -> list[str]:
        return [self.classes[encoded]]
