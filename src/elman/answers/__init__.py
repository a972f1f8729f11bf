# pyright: strict
"""How tasks are learned, measured and used: one class per sort of answer, found by the task and the kind of input."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from elman import tasks
from elman.answers.abilities import Forecasts, Generates, GivesSets, Suggestion, Suggests
from elman.answers.base import Answer, AnyAnswer, AnyParts, Parts
from elman.answers.prediction import Prediction
from elman.kinds import KINDS

if TYPE_CHECKING:
    from elman.data.detection import Detection
    from elman.data.table import Table
    from elman.settings.used import Uses

ANSWERS = {
    "label": "label:LabelAnswer",
    "labels": "labels:LabelsAnswer",
    "number": "number:NumberAnswer",
    "tags": "tags:TagsAnswer",
    "numbers": "numbers:NumbersAnswer",
    "next_label": "next_step:NextLabelAnswer",
    "next_number": "next_step:NextNumberAnswer",
    "anomaly": "anomaly:AnomalyAnswer",
    "forecast": "forecast:ForecastAnswer",
    "continuation": "continuation:PiecesAnswer",
    "running": "continuation:RunningAnswer",
    "text": "text:TranslationAnswer",
    "caption": "text:CaptionAnswer",
    "summary": "summary:SummaryAnswer",
    "invention": "invention:InventionAnswer",
    "transcript": "transcript:TranscriptAnswer",
}
"""The file and the class of each sort of answer; it is imported for a model that answers so."""


def find(name: str, input: str, columns: Mapping[str, str] | None = None, learns: str = "") -> AnyAnswer:
    """How the task of this name is learned from a kind of input, made of ``columns``; of these, what each was found to
    be. ``learns``: the name of the column that is learned. Raises TaskError for a name that isn't there."""
    line, kind = tasks.find(name), KINDS[input]
    running = line.answer == "continuation" and kind.runs_on
    module, _, answer = ANSWERS["running" if running else line.answer].partition(":")
    return getattr(import_module(f"elman.answers.{module}"), answer)(line, input, columns, learns)


def uses() -> dict[str, Uses]:
    """What says which settings a task uses on a kind of input, by their names, for all that there are recipes for."""
    from elman.recipes import RECIPES

    pairs = dict.fromkeys((task, recipe.input) for recipe in RECIPES for task in recipe.tasks)
    found = [find(*pair) for pair in pairs]
    return {answer.title: answer.uses for answer in found}


def for_detection(name: str | None, detection: Detection, table: Table) -> AnyAnswer:
    """How the task that was named, or else detected, is learned from the columns that were detected."""
    if name is None and detection.line.text_to_text and reads_summaries(detection, table):
        name = "summarise"
    return find(name or detection.task, detection.input_kind, detection.columns, detection.output or "")


def reads_summaries(detection: Detection, table: Table) -> bool:
    """The output is a short text in the words of a long one."""
    from elman.data.summaries import are_summaries

    return are_summaries(table.column(detection.inputs[0]), table.column(str(detection.output)))


__all__ = [
    "Answer",
    "AnyAnswer",
    "AnyParts",
    "Forecasts",
    "Generates",
    "GivesSets",
    "Parts",
    "Prediction",
    "Suggestion",
    "Suggests",
    "find",
    "for_detection",
    "uses",
]
