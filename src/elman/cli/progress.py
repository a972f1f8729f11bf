"""What one sees while something takes its time: a live line on a terminal, plain lines in a file or pipe."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from elman.cli.console import say
from elman.stages import watched_by

if TYPE_CHECKING:
    from elman.training.loop import Event

LIVE_SECONDS, PLAIN_SECONDS = 0.2, 5.0  # at most one update in so long


class StageView:
    """A context that shows the stages of what is done within."""

    def __init__(self, console: Console):
        self.console = console
        self.shown_at = -math.inf
        self.named, self.began = "", 0.0
        self.stages = ExitStack()
        self.live = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            refresh_per_second=5,
        )
        self.bar = self.live.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self.live.start()
        self.stages.enter_context(watched_by(self.stage))
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stages.close()
        self.live.stop()

    def stage(self, name: str, share: float | None) -> None:
        """A bar for each, on a terminal; elsewhere a line now and then, for what takes longer than that."""
        now = time.monotonic()
        if name != self.named:
            self.named, self.began = name, now
        if self.console.is_terminal:
            total = None if share is None else 1.0
            self.live.update(self.bar, description=name, total=total, completed=share or 0.0, visible=bool(name))
        elif name and now - max(self.began, self.shown_at) > PLAIN_SECONDS:
            self.shown_at = now
            self._line(name if share is None else f"{name}: {share:.0%}")

    def _line(self, text: str, style: str | None = None) -> None:
        say(self.live.console, text, style)


class TrainingView(StageView):
    """A context that shows the events of a training run: ``Trainer(plan, view)``.

    epochs:    the run's limit, 0 where only time limits it
    loss_unit: what the loss counts
    """

    def __init__(self, console: Console, epochs: int, loss_unit: str):
        super().__init__(console)
        self.epochs, self.loss_unit = epochs, loss_unit
        self.interrupted = self.reading = False

    def __call__(self, event: Event) -> None:
        match event.kind:
            case "step":
                self._step(event)
            case "evaluation":
                if event.metrics:
                    self._line(self._evaluation(event))
            case "rollback" | "warning":
                self._line(f"{self._epoch(event)}  {event.message}", "yellow")
            case "vectors":
                self._line(f"  vectors       {event.message}")
            case "start":
                self._line(f"  goes on from  {event.message}")
            case "kept":
                self._line(event.message, "yellow")
            case "refit" | "measuring" | "remedy" | "reading" | "read":
                self.reading = event.kind == "reading"
                self._line(event.message)
                self.live.update(self.bar, description=event.kind, total=None, visible=True)
            case _:
                self.interrupted = self.interrupted or (event.kind == "interrupted" and not self.reading)
                self._line(f"{self._epoch(event)}  {event.message}")

    def _step(self, event: Event) -> None:
        now = time.monotonic()
        if now - self.shown_at < (LIVE_SECONDS if self.console.is_terminal else PLAIN_SECONDS):
            return
        self.shown_at = now
        text = (
            f"{self._epoch(event)}  loss {event.loss:.3f} {self.loss_unit}  "
            f"{gradients(event)}{event.tokens_per_second:,.0f} tokens/s  {duration(event.seconds_left)} left"
        )
        if self.console.is_terminal:
            total = event.seconds + event.seconds_left
            self.live.update(self.bar, description=text, total=total, completed=event.seconds, visible=True)
        else:
            self._line(text)

    def _evaluation(self, event: Event) -> str:
        measured = ", ".join(self._metric(name, value) for name, value in event.metrics.items())
        best = "  best so far" if event.best else ""
        return f"{self._epoch(event)}  validation: {measured}  after {duration(event.seconds)}{best}"

    def _metric(self, name: str, value: float) -> str:
        from elman.scoring.metrics import metric

        if name == "loss":
            return f"loss {value:.3f} {self.loss_unit}"
        words, m = name.replace("_", " "), metric(name)
        return m.format(value) if m.unit == words else f"{words} {m.format(value)}"

    def _epoch(self, event: Event) -> str:
        return f"epoch {event.epoch:.2f}" + (f" of {self.epochs}" if self.epochs and not self.reading else "")


def gradients(event: Event) -> str:
    """Half-life of the gradient and share of clipped steps, where they were measured."""
    if math.isnan(event.half_life):
        half_life = ""
    elif event.half_life > 10_000:
        half_life = "gradient lasts  "
    else:
        half_life = f"gradient half-life {event.half_life:.{1 if event.half_life < 10 else 0}f} steps  "
    return half_life + (f"{event.clipped:.0%} clipped  " if event.clipped else "")


def duration(seconds: float) -> str:
    """A time as a person reads it."""
    if not math.isfinite(seconds):
        return "some time"
    if seconds < 99.5:
        return f"{seconds:.{1 if seconds < 10 else 0}f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
