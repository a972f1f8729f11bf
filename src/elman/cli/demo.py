"""`elman demo`: the five architectures learn, each on a small data set of its own."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from elman.data.table import Table
    from elman.dataset import DataSet
    from elman.model import Model

LESSONS: dict[str, dict[str, Any]] = {
    "flowers": {"epochs": 20},
    "shapes": {
        "filters": 8,
        "embedding_size": 64,
        "hidden_size": 64,
        "batch_tokens": 16,
        "epochs": 6,
        "augmentation": 0,
    },
    "names": {"task": "generation", "epochs": 12},
    "reviews": {
        "cell": "gru",
        "hidden_size": 64,
        "embedding_size": 32,
        "pooling": "last",
        "dropout": 0.3,
        "epochs": 6,
        "learning_rate": 5e-3,
        "weight_decay": 0.01,
        "embedding_dropout": 0.0,
        "word_dropout": 0.0,
        "ngrams": False,
        "pieces": 0,
    },
    "visitors": {"horizon": 7, "context": 28, "epochs": 10, "hidden_size": 32},
    "tags": {"hidden_size": 64, "embedding_size": 50, "epochs": 5},
    "story": {"task": "next-word", "hidden_size": 128, "embedding_size": 64, "epochs": 8, "learning_rate": 5e-3},
    "melodies": {
        "hidden_size": 96,
        "embedding_size": 48,
        "dropout": 0.2,
        "embedding_dropout": 0.0,
        "epochs": 8,
        "learning_rate": 1e-2,
        "batch_tokens": 250,
        "grid": 2,
        "augmentation": 0,
    },
    "numbers": {
        "cell": "gru",
        "hidden_size": 128,
        "embedding_size": 32,
        "dropout": 0.1,
        "label_smoothing": 0.0,
        "learning_rate": 8e-3,
        "epochs": 10,
    },
}
"""The samples that are learned, and what is chosen for each: small networks that learn in seconds."""

WRITTEN: dict[str, dict[str, Any]] = {
    "names": {"length": 20, "temperature": 0.7},
    "story": {"start": "the queen went", "length": 8, "temperature": 0.5},
    "melodies": {"start": "C4", "length": 15, "temperature": 0.5},
}
"""What those that write are asked for."""


@dataclass(frozen=True)
class Lesson:
    """One row of the table; texts, as they are shown."""

    architecture: str
    learned: str
    example: str
    metric: str
    value: str
    trivial: str
    order_free: str
    seconds: float


def demo(seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another run.")] = 0) -> None:
    """Train all five architectures in a minute or two.

    \b
    Example:
      elman demo
    """
    from elman import samples
    from elman.cli.console import console, say
    from elman.errors import ExtraMissingError

    to = console()
    say(
        to,
        "Five architectures, each on data that need it; some twice: measurements and pictures; sentence and series; "
        "tags, words and tunes.",
    )
    lessons = []
    for name in LESSONS:
        say(to, f"  {name}: {samples.sample(name).about} ...")
        try:
            lessons.append(learn(name, seed))
        except ExtraMissingError as error:
            say(to, f"  left out: {error}")
    to.print()
    show(to, lessons)


def learn(name: str, seed: int) -> Lesson:
    """Train on one sample, and measure on what was held out. Raises ExtraMissingError where it needs an extra."""
    with tempfile.TemporaryDirectory(prefix="elman-") as folder:  # pictures are read while they are learned from
        return learn_from(table_of(name, Path(folder) / name), name, seed)


def table_of(name: str, folder: Path) -> Table:
    """The sample; one that has files, read from ``folder``."""
    from elman import samples
    from elman.data.readers import read

    if samples.sample(name).suffix:
        return samples.load(name)
    samples.write(name, folder)
    return read(folder)


def learn_from(table: Table, name: str, seed: int) -> Lesson:
    from elman import samples
    from elman.cells import find
    from elman.scoring.metrics import metric
    from elman.trainer import Trainer, plan

    started = time.monotonic()
    changes = {"seed": seed, **LESSONS[name]}
    planned = plan(table, task=changes.pop("task", None), changes=changes)
    model = Trainer(planned).run()
    report = model.report
    assert report is not None
    main = metric(next(iter(report.metrics)))
    value, low, high = (main.number(report.metrics[main.name][part]) for part in ("value", "low", "high"))
    against = {other.name: other.metrics[main.name]["value"] for other in report.baselines}
    order_free = against.pop("order_free", None)
    better = max if main.higher_is_better else min
    words = main.name.replace("_", " ")
    architecture = model.task.architecture(model.parts.settings)
    before = model.task.describe_encoder()
    cell = f"{before}feed-forward" if architecture == "one-to-one" else find(model.parts.settings.cell).title
    return Lesson(
        architecture=f"{architecture} ({cell})",
        learned=samples.sample(name).about,
        example=example(model, planned.data, name, seed),
        metric=words if main.unit == words else f"{words}, {main.unit}",
        value=f"{value} [{low}, {high}]",
        trivial=main.number(better(against.values())) if against else "",
        order_free="" if order_free is None else main.number(order_free),
        seconds=time.monotonic() - started,
    )


def example(model: Model, data: DataSet, name: str, seed: int) -> str:
    """One held-out input and the answer to it."""
    from elman.answers.abilities import Forecasts, Generates

    inputs, _ = data.held_out
    task = model.task
    if isinstance(task, Forecasts):
        ((column, values),) = task.forecasts(model.parts, inputs)[0].value.items()
        return f"{column} up to now -> {', '.join(f'{value:.0f}' for value in values)}"
    if isinstance(task, Generates):
        asked = {"input": inputs[0]} if task.needs_input else {}
        written = str(model.generate(**asked, **WRITTEN[name], seed=seed))
        return f"{inputs[0]} -> {written}" if task.needs_input else written
    answer = model.predict(inputs[:1])[0].value
    return f"{model.parts.input.in_short(inputs[0])} -> {words(answer)}"


def words(cell: Any) -> str:
    return " ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


def show(to: Console, lessons: list[Lesson]) -> None:
    from rich import box
    from rich.table import Table

    from elman.cli.console import say

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("architecture and example", "model [95 % interval]"):
        table.add_column(heading)
    for heading in ("trivial", "order-free", "time"):
        table.add_column(heading, justify="right")
    for row in lessons:
        table.add_row(
            f"{row.architecture}\n{row.learned}\n{row.example}\n",
            f"{row.metric}\n{row.value}",
            f"\n{row.trivial}",
            f"\n{row.order_free}",
            f"\n{row.seconds:.0f} s",
        )
    to.print(table)
    say(
        to,
        "Measured on rows that were held out. Trivial: always the commonest answer, or the like. "
        "Order-free: a linear model that counts words, whatever their order.",
    )
