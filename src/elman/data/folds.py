# pyright: strict
"""Folds of the rows that a model may learn from: each is held out once, where there are too few for a validation part
that says much (cross-validation, Stone 1974)."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence

import numpy as np

from elman import stored
from elman.data.splits import deal, group_rows
from elman.errors import TaskError
from elman.stored import Rows

FOLDS = 5


def folds_of(
    rows: int,
    labels: Sequence[Hashable] | None = None,
    groups: Sequence[Hashable] | None = None,
    *,
    seed: int,
    count: int = FOLDS,
) -> list[Rows]:
    """The rows of each fold, in order; every row is in one. Each label has its share in each fold, as far as rows of
    one group (a person, a recording) stay together.

    Raises TaskError where there are fewer groups than folds.
    """
    grouped = group_rows(None if groups is None else list(groups), rows)
    if len(grouped.firsts) < count:
        what = "rows" if groups is None else "groups"
        raise TaskError(f"{len(grouped.firsts)} {what} are too few for {count} folds. Add rows, or pass --valid FILE.")
    stored.shuffle(grouped.firsts, random.Random(seed))
    if labels is not None and any(len({labels[row] for row in own}) > 1 for own in grouped.several):
        labels = None  # a group of several labels is of none
    # Which fold comes first for a rare label is of no matter here, where all are held out in turn.
    names = ["train", *map(str, range(1, count))]
    return [np.asarray(own) for own in deal(grouped, labels, dict.fromkeys(names, 1 / count), rows).values()]
