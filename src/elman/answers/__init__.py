"""Tasks: two fields and an architecture each. All that is known about an application stands in this table."""

from __future__ import annotations

import difflib

from elman.answers.base import Prediction, Task, TrainingStatistics
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
from elman.errors import TaskError
from elman.tasks import VECTOR_TASKS

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        ValueTask("classification", "many-to-one", "label"),
        ValueTask("multilabel", "many-to-one", "labels"),
        ValueTask("regression", "many-to-one", "number"),
        ValueTask("tabular", "one-to-one", "label", input="row"),
        ValueTask("tabular-regression", "one-to-one", "number", input="row"),
        ValueTask("fixed-window", "one-to-one", "label"),
        ValueTask("vector-classification", "many-to-one", "label", input="vector"),
        ValueTask("vector-multilabel", "many-to-one", "labels", input="vector"),
        ValueTask("vector-regression", "many-to-one", "number", input="vector"),
        TaggingTask("tagging", "many-to-many"),
        TaggingTask("vector-tagging", "many-to-many", input="vector"),
        StepRegressionTask("vector-step-regression", "many-to-many", input="vector"),
        ForecastingTask("forecasting", "many-to-one"),
        LanguageModelTask("language-model"),
        LanguageModelTask("next-word", level="words"),
        MusicTask("notes-language-model"),
        TranslationTask("translation", "encoder-decoder"),
        SummaryTask("summarise", "encoder-decoder"),
        GenerationTask("generation", "one-to-many"),
        CaptioningTask("captioning", "one-to-many"),
        TranscriptionTask("transcription", "many-to-many"),
        ValueTask("image-classification", "one-to-one", "label", input="image"),
        ValueTask("image-multilabel", "one-to-one", "labels", input="image"),
        ValueTask("image-regression", "one-to-one", "number", input="image"),
        ValueTask("frames-classification", "many-to-one", "label", input="frames"),
        ValueTask("frames-multilabel", "many-to-one", "labels", input="frames"),
        ValueTask("frames-regression", "many-to-one", "number", input="frames"),
        TaggingTask("frames-tagging", "many-to-many", input="frames"),
        CaptioningTask("frames-captioning", "encoder-decoder", input="frames"),
        ValueTask("audio-classification", "many-to-one", "label", input="audio"),
        ValueTask("audio-multilabel", "many-to-one", "labels", input="audio"),
        ValueTask("audio-regression", "many-to-one", "number", input="audio"),
        ValueTask("notes-classification", "many-to-one", "label", input="notes"),
        ValueTask("notes-multilabel", "many-to-one", "labels", input="notes"),
        ValueTask("notes-regression", "many-to-one", "number", input="notes"),
        ValueTask("image-rows", "many-to-one", "label", input="rows of an image"),
    )
}


def find(name: str) -> Task:
    """The task of this name. Raises TaskError, naming the nearest."""
    if name not in TASKS:
        near = difflib.get_close_matches(name, TASKS, n=3) or list(TASKS)
        raise TaskError(f"there is no task {name!r}; did you mean {', '.join(near)}?")
    return TASKS[name]


def for_detection(name: str | None, detection: Detection, table: Table) -> Task:
    """The task that was named, else the one that was detected, for the kind of its columns."""
    if detection.task in VECTOR_TASKS and reads_vectors(detection, table):
        return find(f"vector-{detection.task}")
    wanted = find(name).name if name is not None else detection.task
    if wanted == "tabular" and detection.output is not None:
        number = profile(detection.output, table.column(detection.output)).kind == "number"
        return find("tabular-regression" if number else wanted)
    if name is None and wanted == "translation" and reads_summaries(detection, table):
        return find("summarise")
    first = detection.inputs[0]
    cells = [cell for cell in table.column(first) if cell is not None]
    medium = common_medium(cells) or (profile(first, cells).kind if cells else None)
    return TASKS.get(f"{medium}-{wanted}", find(wanted))


def reads_vectors(detection: Detection, table: Table) -> bool:
    """The input is a sequence of numbers."""
    first = detection.inputs[0]
    return detection.sequences is not None or profile(first, table.column(first)).kind == "vector"


def reads_summaries(detection: Detection, table: Table) -> bool:
    """The output is a short text in the words of a long one."""
    return are_summaries(table.column(detection.inputs[0]), table.column(str(detection.output)))


__all__ = ["TASKS", "Prediction", "Task", "TrainingStatistics", "find"]
