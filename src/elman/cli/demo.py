"""`elman demo`: the five architectures learn, each on a small data set of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from elman.model import Model, Trainer

MINUTES = {"flowers": 0.05, "names": 0.12, "reviews": 0.12, "tags": 0.12, "numbers": 0.3, "story": 0.15}
"""How long each sample is learned; they are more than enough for what can be learned from it."""


@dataclass(frozen=True)
class Lesson:
    """One row of the table."""

    architecture: str
    learned: str
    metric: str
    trivial: str
    order_free: str
    seconds: float
    example: str


def demo(seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another run.")] = 0) -> None:
    """Train all five architectures in about a minute.

    \b
    Example:
      elman demo
    """
    from elman import samples
    from elman.cli.console import console, say

    to = console()
    say(to, "Five architectures, each on data that need it (the fourth twice: tags, and the next word of a text).")
    lessons = []
    for name in MINUTES:
        say(to, f"  {name}: {samples.sample(name).about} ...")
        lessons.append(learn(name, seed))
    to.print()
    show(to, lessons)


def learn(name: str, seed: int) -> Lesson:
    """Train on one sample, and measure on what was held out."""
    from elman import samples
    from elman.model import Trainer
    from elman.scoring.metrics import metric

    started = time.monotonic()
    trainer = Trainer(samples.load(name), changes={"seed": seed, "minutes": MINUTES[name]})
    model = trainer.run()
    report = model.report
    assert report is not None
    main = metric(next(iter(report.metrics)))
    measured = report.metrics[main.name]
    against = {other.name: main.number(other.metrics[main.name]["value"]) for other in report.baselines}
    order_free = against.pop("order_free", "")
    return Lesson(
        trainer.task.architecture,
        f"{samples.sample(name).about} ({model.parts.settings.cell.upper()})",
        f"{main.name} {main.format(measured['value'])} [{main.number(measured['low'])}, {main.number(measured['high'])}]",
        next(iter(against.values()), ""),
        order_free,
        time.monotonic() - started,
        example(model, trainer, seed),
    )


def example(model: Model, trainer: Trainer, seed: int) -> str:
    """One held-out input and the answer to it."""
    part = trainer.splits.test or trainer.splits.valid
    inputs, _ = trainer.task.cells(part, trainer.detection.input, trainer.detection.output)
    if trainer.detection.output is None:
        return " ".join(model.generate(length=12, temperature=0.5, seed=seed).split())
    if trainer.task.architecture == "one-to-many":
        return f"{inputs[0]} -> {model.generate(input=inputs[0], length=20, temperature=0.7, seed=seed)}"
    answer = model.predict(inputs[:1])[0].value
    return f"{words(inputs[0])} -> {words(answer)}"


def words(cell: Any) -> str:
    return " ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


def show(to: Console, lessons: list[Lesson]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("architecture", "what it learned", "metric [95 % interval]", "trivial", "order-free"):
        table.add_column(heading)
    table.add_column("time, s", justify="right")
    for row in lessons:
        what = f"{row.learned}\n{row.example}\n"
        table.add_row(row.architecture, what, row.metric, row.trivial, row.order_free, f"{row.seconds:.0f}")
    to.print(table)
