# pyright: strict
"""What a column of steps says at the next one (``--next``): what learns it, and why it can't be learned."""

from __future__ import annotations

import shlex

from elman.data.question import Question
from elman.data.readings import may_follow
from elman.data.table import Table
from elman.errors import TaskError
from elman.tasks import NEXT_LABEL, NEXT_NUMBER, Task


def next_task(table: Table, name: str, output: str | None, task: Task | None) -> Task:
    """What learns the next value of a column, by what it holds. Raises TaskError where something else is asked for."""
    if output not in (None, name) or (task and not task.next_step):
        other = f"the output {output!r}" if output not in (None, name) else f"the task {task and task.name}"
        raise TaskError(f"the next {name!r} (--next) can't be learned with {other}, too. Leave out one of them.")
    table.column(name)
    found = table.profiles[name]
    return task or (NEXT_NUMBER if found.numeric and not found.kind.names_classes else NEXT_LABEL)


def refuse_no_next_step(asked: Question) -> None:
    """What comes next is asked of a column that has no next value, or none that the task can learn."""
    task, target, source = asked.task, asked.output, asked.table.source
    if not task or not task.next_step:
        return
    if asked.table.layout != "steps":
        raise TaskError(
            f"{source}: {task.name} learns from rows that are steps of sequences, and these stand for themselves. Give "
            "them a column of times (or one called step that counts them), and one that says whose steps they are, "
            "called customer, user or the like; and leave out columns of texts."
        )
    if target is None:
        return
    described = f"{source}: {asked.columns[target].describe()}"
    if target not in asked.happening.listed:
        raise TaskError(
            f"{described}; it never changes within a sequence, so that it says nothing new at the next step. Name "
            f"another column, or learn it from whole sequences (--output {shlex.quote(target)})."
        )
    if not may_follow(asked, task, target):
        other = NEXT_NUMBER if task.classes else NEXT_LABEL
        remedy = "Name another column."
        if may_follow(asked, other, target):
            remedy = f"Try --task {other.name}, or another column."
        elif asked.kind(target).predicts_itself:
            remedy = "What comes next in texts is learned by --task language-model."
        raise TaskError(f"{described}; {task.name} can't learn that. {remedy}")
