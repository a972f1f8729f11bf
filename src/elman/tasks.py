"""The tasks: which kinds of input and output make which, what each gives, and which architecture learns it.

What detection and the command line ask before a network is built stands in these tables; how a task is learned and
measured stands in ``answers``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from elman.errors import TaskError

Architecture = Literal["one-to-one", "one-to-many", "many-to-one", "many-to-many", "encoder-decoder"]

GIVEN: dict[Architecture, str] = {
    "one-to-one": "one value, picture or row of values in",
    "one-to-many": "one value or picture in",
    "many-to-one": "a sequence in",
    "many-to-many": "a sequence in",
    "encoder-decoder": "a sequence in",
}
OF_ONE_VALUE: dict[Architecture, Architecture] = {"many-to-one": "one-to-one", "encoder-decoder": "one-to-many"}
"""A picture is one value: what is told of it as a whole is one-to-one, a text about it one-to-many."""

SEQUENCES = ("text", "tokens", "labels", "label")
MEDIA = ("image", "audio", "frames", "notes")
VALUES = ("label", "number")
ONE_VALUE = ("row", "image", "label")
"""What is read as a whole: it has no steps."""
USABLE = (*SEQUENCES, "number", *MEDIA)
READABLE = ("text", "tokens", "notes")
VECTOR_TASKS = ("classification", "multilabel", "regression", "tagging", "step-regression")
SERIES_TASKS = (*VECTOR_TASKS, "forecasting")
OF_A_ROW = ("classification", "regression")
"""What is learned from the values of a row, all at once."""


@dataclass(frozen=True)
class Task:
    """One line of the table.

    Attributes:
        answer: what it comes down to, by the name of its file in ``answers``.
        architecture: the network's, where the input is a sequence.
        gives: what comes out.
        readiness: how readily a person would read two columns so, all else being equal.
        inputs, outputs: kinds that are taken once the task is named, in order of preference: wider than what detection
            chooses.
        reads_like: the task whose columns it takes, where it only learns from them otherwise.
    """

    name: str
    answer: str
    architecture: Architecture
    gives: str
    readiness: float
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    reads_like: str = ""

    def takes(self, input: str, output: str) -> bool:
        """Whether it can be learned from these kinds once it is named."""
        return input in self.inputs and output in self.outputs

    def architecture_for(self, input: str) -> Architecture:
        """The network's, where an input of this kind is read."""
        return OF_ONE_VALUE.get(self.architecture, self.architecture) if input in ONE_VALUE else self.architecture

    def meaning(self, architecture: Architecture) -> str:
        """What goes in and what comes out."""
        return f"{GIVEN[architecture]}, {self.gives}"


WHOLE = (*SEQUENCES, *MEDIA)
WRITTEN = ("text", "tokens", "labels", "label")
SEVERAL = ("labels", "label", "tokens", "text")
CLASSES = "one of a few classes out"
NEXT = "each element predicts the next one"
ITS_LENGTH = "a sequence of its own length out"
EACH = ("tokens", "text", "frames"), ("tokens", "labels", "text")
TOLD = ("label", "number", "text"), ("text", "tokens", "labels")

# A language model of one column, and values without a text, are what remains where nothing better is there.
TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("classification", "label", "many-to-one", CLASSES, 6, WHOLE, ("label", "number", "text")),
        Task(
            "multilabel", "labels", "many-to-one", "several labels out", 6, WHOLE, ("labels", "label", "tokens", "text")
        ),
        Task("regression", "number", "many-to-one", "one number out", 5, WHOLE, ("number", "label")),
        Task("forecasting", "forecast", "many-to-one", "its next values out", 4, ("vector",), ("vector",)),
        Task("tagging", "tags", "many-to-many", "one tag per element out", 8, *EACH),
        Task("step-regression", "numbers", "many-to-many", "one number per step out", 4, ("vector",), ("vector",)),
        Task("language-model", "continuation", "many-to-many", NEXT, 2),
        Task("next-word", "continuation", "many-to-many", NEXT, 2, reads_like="language-model"),
        Task("translation", "text", "encoder-decoder", ITS_LENGTH, 4, SEQUENCES, SEQUENCES),
        Task("summarise", "summary", "encoder-decoder", ITS_LENGTH, 4, SEQUENCES, SEQUENCES, "translation"),
        Task("generation", "invention", "one-to-many", "a sequence out", 1, *TOLD),
        Task("captioning", "caption", "encoder-decoder", "a text about it out", 4, ("image", "frames"), WRITTEN),
        Task("transcription", "transcript", "many-to-many", "the text that is heard in it out", 4, ("audio",), WRITTEN),
    )
}
OF_VALUES_ALONE = 3.0
"""``readiness`` of what is learned from the values of a row: where there is a text, that is read."""

# (kind of input, kind of output) -> task. Values alone, one or several in a row, are looked at together.
TASK_OF: dict[tuple[str, str], str] = {
    ("text", "label"): "classification",
    ("text", "labels"): "multilabel",
    ("text", "number"): "regression",
    ("text", "text"): "translation",
    ("tokens", "tokens"): "tagging",
    ("tokens", "label"): "classification",
    ("tokens", "labels"): "multilabel",
    ("tokens", "number"): "regression",
    ("tokens", "text"): "translation",
    ("label", "text"): "generation",
    ("label", "tokens"): "generation",
    ("number", "text"): "generation",
    ("number", "tokens"): "generation",
    ("image", "text"): "captioning",
    ("image", "tokens"): "captioning",
    ("frames", "text"): "captioning",
    ("frames", "tokens"): "tagging",
    ("audio", "text"): "transcription",
    ("audio", "tokens"): "transcription",
    ("vector", "tokens"): "tagging",
    ("vector", "vector"): "forecasting",
    **{
        (medium, value): task
        for medium in ("image", "audio", "frames", "notes", "vector")
        for value, task in (("label", "classification"), ("labels", "multilabel"), ("number", "regression"))
    },
}


def find(name: str) -> Task:
    """The task of this name. Raises TaskError, naming the nearest."""
    if name not in TASKS:
        near = difflib.get_close_matches(name, TASKS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise TaskError(f"there is no task {name!r}.{hint} Pass --task with one of: {', '.join(TASKS)}.")
    return TASKS[name]


def read_as(name: str) -> Task:
    """The task whose columns the task of this name takes. Raises TaskError, naming the nearest."""
    return TASKS[find(name).reads_like or name]
