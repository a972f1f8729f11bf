# pyright: strict
"""How tasks are learned, measured and used: one class per sort of answer, found by the task and the kind of input."""

from __future__ import annotations

from collections.abc import Mapping

from elman import tasks
from elman.answers.abilities import Forecasts, Generates, Suggestion, Suggests
from elman.answers.base import Answer, AnyAnswer, AnyParts, Parts
from elman.answers.continuation import PiecesAnswer, RunningAnswer
from elman.answers.forecast import Forecast, ForecastAnswer
from elman.answers.invention import InventionAnswer
from elman.answers.label import LabelAnswer
from elman.answers.labels import LabelsAnswer
from elman.answers.number import NumberAnswer
from elman.answers.numbers import NumbersAnswer
from elman.answers.prediction import Prediction
from elman.answers.summary import SummaryAnswer
from elman.answers.tags import TagsAnswer
from elman.answers.text import CaptionAnswer, TranslationAnswer
from elman.answers.transcript import TranscriptAnswer
from elman.data.detect import Detection
from elman.data.summaries import are_summaries
from elman.data.table import Table
from elman.kinds import KINDS
from elman.recipes import RECIPES, TrainingStatistics
from elman.settings.used import Uses

ANSWERS: dict[str, type[AnyAnswer]] = {
    "label": LabelAnswer,
    "labels": LabelsAnswer,
    "number": NumberAnswer,
    "tags": TagsAnswer,
    "numbers": NumbersAnswer,
    "forecast": ForecastAnswer,
    "continuation": PiecesAnswer,
    "running": RunningAnswer,
    "text": TranslationAnswer,
    "caption": CaptionAnswer,
    "summary": SummaryAnswer,
    "invention": InventionAnswer,
    "transcript": TranscriptAnswer,
}


def find(name: str, input: str, columns: Mapping[str, str] | None = None) -> AnyAnswer:
    """How the task of this name is learned from a kind of input, made of ``columns``; of these, what each was found to
    be. Raises TaskError for a name that isn't there."""
    line, kind = tasks.find(name), KINDS[input]
    running = line.answer == "continuation" and kind.runs_on
    return ANSWERS["running" if running else line.answer](line, input, columns)


def uses() -> dict[str, Uses]:
    """What says which settings a task uses on a kind of input, by their names, for all that there are recipes for."""
    pairs = dict.fromkeys((task, recipe.input) for recipe in RECIPES for task in recipe.tasks)
    found = [find(*pair) for pair in pairs]
    return {answer.title: answer.uses for answer in found}


def for_detection(name: str | None, detection: Detection, table: Table) -> AnyAnswer:
    """How the task that was named, or else detected, is learned from the columns that were detected."""
    if name is None and detection.line.text_to_text and reads_summaries(detection, table):
        name = "summarise"
    return find(name or detection.task, detection.input_kind, detection.columns)


def reads_summaries(detection: Detection, table: Table) -> bool:
    """The output is a short text in the words of a long one."""
    return are_summaries(table.column(detection.inputs[0]), table.column(str(detection.output)))


__all__ = [
    "Answer",
    "AnyAnswer",
    "AnyParts",
    "Forecast",
    "Forecasts",
    "Generates",
    "Parts",
    "Prediction",
    "Suggestion",
    "Suggests",
    "TrainingStatistics",
    "find",
    "for_detection",
    "uses",
]
