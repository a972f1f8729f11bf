# pyright: strict
"""What detection found: which columns to learn what from, and why. A model keeps it, and needs no more to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from elman.kinds.base import Kind
from elman.kinds.recognition import KINDS
from elman.tasks import TASKS, Architecture, Task, find

if TYPE_CHECKING:
    from elman.data.combined import Combined


@dataclass(frozen=True)
class Detection:
    """What to learn from a table, and why.

    Attributes:
        inputs: the input column, or several columns of a row.
        output: the output column; None for a language model, which predicts its own input.
        evidence: plain sentences.
        runner_up: the next best reading, as {"architecture", "task", "why"}.
        sequences: where rows are the steps of sequences, the column that tells these apart, or "" where each file is
            one; None where each row stands for itself.
        order: the column that the steps of sequences are sorted by, where there is one.
        spellings: where labels are read whatever their case and blanks, what each is read as.
        throughout: inputs of sequences of records that have one value for all steps of a sequence.
        combined: columns of the table that are taken together as one, before anything else.
        ahead: columns of a series whose values are given ahead, also for the steps that are to be forecast.
        weekdays: the days of the week, Monday is 0, that series of days go through, where some never come.
        group: the column whose equal cells kept rows together in one part, if one was named.
        input_kind: the name of the kind that the input is read as; of several columns, all together.
        input_kinds: of each input column, the name of the kind that it was found to be.
        output_kind: the name of the kind that the output was found to be.

    >>> found = elman.detect(elman.samples.load("reviews"))
    >>> found.task, found.architecture, found.inputs, found.output
    ('classification', 'many-to-one', ('text',), 'label')
    """

    architecture: Architecture
    task: str
    inputs: tuple[str, ...]
    output: str | None
    evidence: list[str] = field(default_factory=list)
    runner_up: dict[str, str] | None = None
    sequences: str | None = None
    order: str | None = None
    throughout: list[str] = field(default_factory=list)
    spellings: dict[str, str] = field(default_factory=dict)
    combined: list[Combined] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    weekdays: list[int] = field(default_factory=list)
    group: str | None = None
    input_kind: str = "text"
    input_kinds: tuple[str, ...] = ()
    output_kind: str | None = None

    @property
    def line(self) -> Task:
        """What the table says of the task."""
        return TASKS[self.task]

    @property
    def reads(self) -> type[Kind]:
        """The kind that the input is read as. Raises PluginError where its package isn't installed."""
        return KINDS[self.input_kind]

    @property
    def columns(self) -> dict[str, str]:
        """By the name of each input column, that of the kind that it was found to be."""
        return dict(zip(self.inputs, self.input_kinds, strict=False))

    @property
    def writes(self) -> type[Kind] | None:
        """The kind of the output column, if there is one."""
        return KINDS[self.output_kind] if self.output_kind else None

    @property
    def classes(self) -> type[Kind] | None:
        """The kind that parses the output's cells into names of classes; None where they aren't made of such."""
        return KINDS[self.line.classes] if self.line.classes else None

    @property
    def given(self) -> str:
        """The input columns as a person reads them."""
        return ", ".join(self.inputs)

    @property
    def answer(self) -> str:
        """The output column; where there is none, what comes next, as text."""
        if self.line.next_step:
            return f"the next {self.output}"
        return self.output or ("its next values" if self.line.forecasts else "its next element")

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "inputs": list(self.inputs), "input_kinds": list(self.input_kinds)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Detection:
        """What ``to_json`` gave. Raises KeyError, TaskError, TypeError or ValueError for anything else."""
        fields: dict[str, Any] = {**saved, **{name: tuple(saved[name]) for name in ("inputs", "input_kinds")}}
        fields["combined"] = combined_of(saved["combined"])
        named = [
            *fields["inputs"],
            *fields["input_kinds"],
            *saved["ahead"],
            *saved["throughout"],
            saved["task"],
            saved["input_kind"],
        ]
        named += [
            saved[name] for name in ("output", "output_kind", "sequences", "order", "group") if saved[name] is not None
        ]
        named += [*saved["spellings"], *saved["spellings"].values()]
        named += [saved["architecture"], *saved["evidence"], *(saved["runner_up"] or {}).values()]
        if not fields["inputs"] or not all(isinstance(name, str) for name in named):
            raise ValueError("the names of its columns, kinds and task aren't all there, and text")
        if not all(type(day) is int and 0 <= day < 7 for day in saved["weekdays"]):
            raise ValueError("its days of the week aren't such")
        find(saved["task"])
        return cls(**fields)


def combined_of(saved: Sequence[Mapping[str, Any]]) -> list[Combined]:
    """Columns that are taken together, as ``Combined`` wrote them; most models have none."""
    if not saved:
        return []
    from elman.data.combined import Combined

    return [Combined.from_json(one) for one in saved]
