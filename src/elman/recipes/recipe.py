# pyright: strict
"""What a recipe is: settings that suit a task on a kind of input, some of them chosen by the size of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from elman.data.summaries import MOSTLY_COPIED, copied_share


@dataclass(frozen=True)
class TrainingStatistics:
    """What recipes depend on: the training part.

    Attributes:
        steps: mean elements of an input.
        level: of the input text; "" where it isn't text.
        inputs, outputs: the cells.
        classes: how many classes the outputs name; 0 where they are no names of classes.
        asked: settings that the user chose.
    """

    rows: int
    steps: float
    level: str
    inputs: list[Any] = field(default_factory=list, repr=False)
    outputs: list[Any] = field(default_factory=list, repr=False)
    classes: int = 0
    asked: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def mostly_copied(self) -> bool:
        """Whether half of the words of the outputs, or more, stand in their inputs, so that a copy mechanism pays."""
        return self.level not in ("characters", "tokens") and copied_share(self.inputs, self.outputs) >= MOSTLY_COPIED


Value = bool | int | float | str | Callable[[TrainingStatistics], Any]
"""A setting, or how it follows from the data."""


@dataclass(frozen=True)
class Recipe:
    """One line of the table.

    Attributes:
        input: the kind that is read.
        tasks: what is learned from it.
        settings: those that differ from the defaults.
        when: the data that it is for, where there are several for the same kind and task: the first that fits counts.
        size: the same in a few words.
    """

    input: str
    tasks: tuple[str, ...]
    settings: Mapping[str, Value]
    when: Callable[[TrainingStatistics], bool] = lambda statistics: True
    size: str = "any"

    def chosen(self, statistics: TrainingStatistics) -> dict[str, Any]:
        """The settings for these data."""
        return {name: value(statistics) if callable(value) else value for name, value in self.settings.items()}


def between(least: int, value: float, most: int) -> int:
    """``value`` as a whole number, kept within bounds."""
    return max(least, min(most, round(value)))


def per_row(total: float, least: int, most: int) -> Callable[[TrainingStatistics], int]:
    """``total`` shared out among the rows: the more there are, the fewer epochs."""
    return lambda statistics: between(least, total / statistics.rows, most)


def per_element(total: float, least: int, most: int) -> Callable[[TrainingStatistics], int]:
    """``total`` shared out among the elements of all inputs."""
    return lambda statistics: between(least, total / (statistics.rows * statistics.steps), most)


def rows_of(count: int, least: int, most: int) -> Callable[[TrainingStatistics], int]:
    """As many elements as so many inputs have."""
    return lambda statistics: between(least, count * statistics.steps, most)
