"""How tasks are learned, measured and used: one class per sort of answer, found by the task and the kind of input."""

from __future__ import annotations

from elman import tasks
from elman.answers.base import Answer, Prediction
from elman.answers.forecasting import ForecastingTask
from elman.answers.language_model import LanguageModelTask
from elman.answers.music import MusicTask
from elman.answers.sequences import CaptioningTask, GenerationTask, TranslationTask
from elman.answers.step_regression import StepRegressionTask
from elman.answers.summaries import SummaryTask
from elman.answers.tagging import TaggingTask
from elman.answers.transcription import TranscriptionTask
from elman.answers.value import ValueTask
from elman.data.detect import Detection
from elman.data.media import common_medium
from elman.data.profile import profile
from elman.data.summaries import are_summaries
from elman.data.table import Table
from elman.recipes import RECIPES, TrainingStatistics
from elman.settings.used import Uses
from elman.tasks import MEDIA, VECTOR_TASKS

ANSWERS: dict[str, type[Answer]] = {
    "label": ValueTask,
    "labels": ValueTask,
    "number": ValueTask,
    "tags": TaggingTask,
    "numbers": StepRegressionTask,
    "forecast": ForecastingTask,
    "continuation": LanguageModelTask,
    "text": TranslationTask,
    "summary": SummaryTask,
    "invention": GenerationTask,
    "transcript": TranscriptionTask,
}
OF_KIND: dict[tuple[str, str], type[Answer]] = {
    ("notes", "continuation"): MusicTask,
    ("image", "text"): CaptioningTask,
    ("frames", "text"): CaptioningTask,
}
"""(kind of input, answer): where the kind of input makes it another."""


def find(name: str, input: str) -> Answer:
    """How the task of this name is learned from a kind of input. Raises TaskError for a name that isn't there."""
    line = tasks.find(name)
    return OF_KIND.get((input, line.answer), ANSWERS[line.answer])(line, input)


def uses() -> dict[str, Uses]:
    """What says which settings a task uses on a kind of input, by their names, for all that there are recipes for."""
    pairs = dict.fromkeys((task, recipe.input) for recipe in RECIPES for task in recipe.tasks)
    found = [find(*pair) for pair in pairs]
    return {answer.title: answer.uses for answer in found}


def for_detection(name: str | None, detection: Detection, table: Table) -> Answer:
    """How the task that was named, or else detected, is learned from the columns that were detected."""
    if name is None and detection.task == "translation" and reads_summaries(detection, table):
        name = "summarise"
    return find(name or detection.task, kind_of_input(detection, table))


def kind_of_input(detection: Detection, table: Table) -> str:
    """What the input is read as."""
    if detection.task == "forecasting":
        return "series"
    if detection.task == "generation":  # whatever it is: one of a few values
        return "label"
    if detection.task in VECTOR_TASKS and reads_vectors(detection, table):
        return "vector"
    first = detection.inputs[0]
    cells = [cell for cell in table.column(first) if cell is not None]
    medium = common_medium(cells) or (profile(first, cells).kind if cells else "text")
    if medium in MEDIA:
        return medium
    return "row" if detection.architecture == "one-to-one" else "text"


def reads_vectors(detection: Detection, table: Table) -> bool:
    """The input is a sequence of numbers."""
    first = detection.inputs[0]
    return detection.sequences is not None or profile(first, table.column(first)).kind == "vector"


def reads_summaries(detection: Detection, table: Table) -> bool:
    """The output is a short text in the words of a long one."""
    return are_summaries(table.column(detection.inputs[0]), table.column(str(detection.output)))


__all__ = ["Answer", "Prediction", "TrainingStatistics", "find", "for_detection"]
