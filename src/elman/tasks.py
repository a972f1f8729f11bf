# pyright: strict
"""The tasks: which kinds of input and output make which, what each gives, and which architecture learns it.

What detection and the command line ask before a network is built stands in these tables; how a task is learned and
measured stands in ``answers``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from elman.errors import TaskError, similar

Architecture = Literal["one-to-one", "one-to-many", "many-to-one", "many-to-many", "encoder-decoder"]

GIVEN: dict[Architecture, str] = {
    "one-to-one": "one value, picture or row of values in",
    "one-to-many": "one value or picture in",
    "many-to-one": "a sequence in",
    "many-to-many": "a sequence in",
    "encoder-decoder": "a sequence in",
}
OF_ONE_VALUE: dict[Architecture, Architecture] = {"many-to-one": "one-to-one", "encoder-decoder": "one-to-many"}
"""A picture is one value: what is learned of it as a whole is one-to-one, a text about it one-to-many."""

NOTHING = ""
"""In place of a kind of output: there is none, and what comes next in the input is learned."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One line of the table. Kinds of column stand in it by their names.

    Attributes:
        answer: what it comes down to, by the name of its file in ``answers``.
        architecture: the network's, where the input is a sequence.
        gives: what comes out.
        readiness: how readily a person would read two columns so, all else being equal.
        inputs, outputs: kinds that are taken once the task is named, in order of preference: wider than what detection
            chooses.
        reads: the kind that an input is read as, where that is the same for all of them.
        classes: the kind that parses an output cell into names of classes, where it is made of such.
        numeric: outputs must be numbers.
        of_rows: it is learned from the values of a row, too.
        each_step: there is an answer for each element of the input.
        next_step: the answer is what one of the columns of its input says at the next step.
        forecasts: what comes after the end of a series is the answer.
        watches: it is learned from what is normal; an output, if there is one, says where it isn't.
        text_to_text: either column may be the input; the output may be the input in short.
        backwards: the input is what people name as an output.
        reads_like: the task whose columns it takes, where it only learns from them otherwise.
    """

    name: str
    answer: str
    architecture: Architecture
    gives: str
    readiness: float
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    reads: str = ""
    classes: str = ""
    numeric: bool = False
    of_rows: bool = False
    each_step: bool = False
    next_step: bool = False
    forecasts: bool = False
    watches: bool = False
    text_to_text: bool = False
    backwards: bool = False
    reads_like: str = ""

    def takes(self, input: str, output: str) -> bool:
        """Whether it can be learned from these kinds once it is named."""
        return input in self.inputs and output in self.outputs

    def reluctance(self, input: str, output: str) -> int:
        """How far these kinds, which it takes, are from those that it prefers."""
        return self.inputs.index(input) + self.outputs.index(output)

    def architecture_for(self, *, one_value: bool) -> Architecture:
        """The network's, where the input is a sequence or ``one_value``."""
        return OF_ONE_VALUE.get(self.architecture, self.architecture) if one_value else self.architecture

    def meaning(self, architecture: Architecture, given: str = "") -> str:
        """What goes in and what comes out; ``given`` where the architecture doesn't say it."""
        return f"{given or GIVEN[architecture]}, {self.gives}"


WORDS = ("text", "tokens", "labels", "label")
WHOLE = (*WORDS, "image", "audio", "frames", "notes", "vector", "record")
ONE_VALUE = (*WHOLE, "records")

CLASSIFICATION = Task(
    name="classification",
    answer="label",
    architecture="many-to-one",
    gives="one of a few classes out",
    readiness=6,
    inputs=ONE_VALUE,
    outputs=("label", "number", "text"),
    classes="label",
    of_rows=True,
)
MULTILABEL = Task(
    name="multilabel",
    answer="labels",
    architecture="many-to-one",
    gives="several labels out",
    readiness=6,
    inputs=WHOLE,
    outputs=("labels", "label", "tokens", "text"),
    classes="labels",
)
REGRESSION = Task(
    name="regression",
    answer="number",
    architecture="many-to-one",
    gives="one number out",
    readiness=5,
    inputs=ONE_VALUE,
    outputs=("number", "label"),
    numeric=True,
    of_rows=True,
)
FORECASTING = Task(
    name="forecasting",
    answer="forecast",
    architecture="many-to-one",
    gives="its next values out",
    readiness=4,
    inputs=("vector",),
    outputs=("vector", NOTHING),
    reads="series",
    forecasts=True,
)
TAGGING = Task(
    name="tagging",
    answer="tags",
    architecture="many-to-many",
    gives="one tag per element out",
    readiness=8,
    inputs=("tokens", "text", "frames", "vector", "records"),
    outputs=("tokens", "labels", "text"),
    classes="tags",
    each_step=True,
)
STEP_REGRESSION = Task(
    name="step-regression",
    answer="numbers",
    architecture="many-to-many",
    gives="one number per step out",
    readiness=4,
    inputs=("vector", "records"),
    outputs=("vector",),
    each_step=True,
)
NEXT_LABEL = Task(
    name="next-label",
    answer="next_label",
    architecture="many-to-many",
    gives="what one of its columns says at the next step out",
    readiness=3,
    inputs=("records",),
    outputs=("tokens", "labels", "text", "vector"),
    classes="tags",
    next_step=True,
)
NEXT_NUMBER = Task(
    name="next-number",
    answer="next_number",
    architecture="many-to-many",
    gives="the number that one of its columns has at the next step out",
    readiness=3,
    inputs=("records",),
    outputs=("vector",),
    next_step=True,
)
ANOMALY = Task(
    name="anomaly",
    answer="anomaly",
    architecture="many-to-many",
    gives="how unusual each step is out",
    readiness=4,
    inputs=("vector",),
    outputs=("vector", "tokens", "labels", "text", NOTHING),
    reads="watched",
    each_step=True,
    watches=True,
)
LANGUAGE_MODEL = Task(
    name="language-model",
    answer="continuation",
    architecture="many-to-many",
    gives="each element predicts the next one",
    readiness=2,  # what remains where nothing better is there
    inputs=(*WORDS, "notes"),
    outputs=(NOTHING,),
)
TRANSLATION = Task(
    name="translation",
    answer="text",
    architecture="encoder-decoder",
    gives="a sequence of its own length out",
    readiness=4,
    inputs=WORDS,
    outputs=WORDS,
    text_to_text=True,
)
GENERATION = Task(
    name="generation",
    answer="invention",
    architecture="one-to-many",
    gives="a sequence out",
    readiness=1,
    inputs=("label", "number", "text"),
    outputs=("text", "tokens", "labels"),
    reads="label",
    backwards=True,
)
CAPTIONING = Task(
    name="captioning",
    answer="caption",
    architecture="encoder-decoder",
    gives="a text about it out",
    readiness=4,
    inputs=("image", "frames"),
    outputs=WORDS,
)
TRANSCRIPTION = Task(
    name="transcription",
    answer="transcript",
    architecture="many-to-many",
    gives="the text spoken in it out",
    readiness=4,
    inputs=("audio",),
    outputs=WORDS,
)
NEXT_WORD = replace(LANGUAGE_MODEL, name="next-word", reads_like="language-model")
SUMMARISE = replace(TRANSLATION, name="summarise", answer="summary", reads_like="translation")

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        *(CLASSIFICATION, MULTILABEL, REGRESSION, FORECASTING, TAGGING, STEP_REGRESSION, NEXT_LABEL, NEXT_NUMBER),
        ANOMALY,
        *(LANGUAGE_MODEL, NEXT_WORD, TRANSLATION, SUMMARISE, GENERATION, CAPTIONING, TRANSCRIPTION),
    )
}
OF_VALUES_ALONE = 3.0
"""``readiness`` of what is learned from the values of a row: where there is a text, that is read."""

# (kind of input, kind of output) -> task; "row" is one value or several of a row, looked at together, "record" the same
# with texts or several labels among them, "records" are records one after another.
TASK_OF: dict[tuple[str, str], str] = {
    ("text", "label"): "classification",
    ("text", "labels"): "multilabel",
    ("text", "number"): "regression",
    ("text", "text"): "translation",
    ("text", "tokens"): "tagging",
    ("text", NOTHING): "language-model",
    ("tokens", "tokens"): "tagging",
    ("tokens", "label"): "classification",
    ("tokens", "labels"): "multilabel",
    ("tokens", "number"): "regression",
    ("tokens", "text"): "translation",
    ("tokens", NOTHING): "language-model",
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
    ("notes", NOTHING): "language-model",
    ("vector", "tokens"): "tagging",
    ("vector", "numbers"): "step-regression",
    ("vector", "vector"): "forecasting",
    ("vector", NOTHING): "forecasting",
    ("records", "label"): "classification",
    ("records", "number"): "regression",
    ("records", "tokens"): "tagging",
    ("records", "vector"): "step-regression",
    ("row", "label"): "classification",
    ("row", "number"): "regression",
    **{
        (medium, value): task
        for medium in ("image", "audio", "frames", "notes", "vector", "record")
        for value, task in (("label", "classification"), ("labels", "multilabel"), ("number", "regression"))
    },
}


def find(name: str) -> Task:
    """The task of this name. Raises TaskError, naming the nearest."""
    if name not in TASKS:
        near = similar(name, TASKS)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise TaskError(f"there is no task {name!r}.{hint} Pass --task with one of: {', '.join(TASKS)}.")
    return TASKS[name]


def read_as(name: str) -> Task:
    """The task whose columns the task of this name takes. Raises TaskError, naming the nearest."""
    return TASKS[find(name).reads_like or name]
