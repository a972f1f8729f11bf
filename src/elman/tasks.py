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
USABLE = (*SEQUENCES, "number", *MEDIA)
READABLE = ("text", "tokens", "notes")
VECTOR_TASKS = ("classification", "multilabel", "regression", "tagging", "step-regression")
SERIES_TASKS = (*VECTOR_TASKS, "forecasting")


@dataclass(frozen=True)
class Task:
    """One line of the table.

    Attributes:
        architecture: the network's, where the input is a sequence.
        gives: what comes out.
        readiness: how readily a person would read two columns so, all else being equal.
        inputs, outputs: kinds that are taken once the task is named, in order of preference: wider than what detection
            chooses.
    """

    name: str
    architecture: Architecture
    gives: str
    readiness: float
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def takes(self, input: str, output: str) -> bool:
        """Whether it can be learned from these kinds once it is named."""
        return input in self.inputs and output in self.outputs

    def meaning(self, architecture: Architecture) -> str:
        """What goes in and what comes out."""
        return f"{GIVEN[architecture]}, {self.gives}"


WHOLE = (*SEQUENCES, *MEDIA)
WRITTEN = ("text", "tokens", "labels", "label")

# A language model of one column, and values without a text, are what remains where nothing better is there.
TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("classification", "many-to-one", "one of a few classes out", 6, WHOLE, ("label", "number", "text")),
        Task("multilabel", "many-to-one", "several labels out", 6, WHOLE, ("labels", "label", "tokens", "text")),
        Task("regression", "many-to-one", "one number out", 5, WHOLE, ("number", "label")),
        Task("forecasting", "many-to-one", "its next values out", 4, ("vector",), ("vector",)),
        Task(
            "tagging",
            "many-to-many",
            "one tag per element out",
            8,
            ("tokens", "text", "frames"),
            ("tokens", "labels", "text"),
        ),
        Task("step-regression", "many-to-many", "one number per step out", 4, ("vector",), ("vector",)),
        Task("language-model", "many-to-many", "each element predicts the next one", 2),
        Task("translation", "encoder-decoder", "a sequence of its own length out", 4, SEQUENCES, SEQUENCES),
        Task(
            "generation", "one-to-many", "a sequence out", 1, ("label", "number", "text"), ("text", "tokens", "labels")
        ),
        Task("captioning", "encoder-decoder", "a text about it out", 4, ("image", "frames"), WRITTEN),
        Task("transcription", "many-to-many", "the text that is heard in it out", 4, ("audio",), WRITTEN),
        Task("tabular", "one-to-one", "one value out", 3),
    )
}

# (kind of input, kind of output) -> task. Values alone, one or several in a row, are "tabular".
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

# Tasks that are read from data like another, and differ in how they learn.
PRESETS = {
    "next-word": "language-model",
    "summarise": "translation",
    "fixed-window": "classification",
    "tabular-regression": "tabular",
    "image-rows": "classification",
    **{f"{medium}-{task}": task for medium in MEDIA for task in ("classification", "multilabel", "regression")},
    **{f"vector-{task}": task for task in VECTOR_TASKS},
    "frames-tagging": "tagging",
    "frames-captioning": "captioning",
    "notes-language-model": "language-model",
}


def find(name: str) -> Task:
    """The task of this name, or that a preset of this name is read like. Raises TaskError, naming the nearest."""
    names = [*TASKS, *PRESETS]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise TaskError(f"there is no task {name!r}.{hint} Pass --task with one of: {', '.join(names)}.")
    return TASKS[PRESETS.get(name, name)]
