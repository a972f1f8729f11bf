# pyright: strict
"""A trained model that another one goes on from: what it settles of the new one, and what it gives to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elman.errors import TaskError
from elman.settings import Settings
from elman.settings.setting import typed

if TYPE_CHECKING:
    from torch import nn

    from elman.answers.base import AnyAnswer, AnyParts
    from elman.kinds import Kind

STRUCTURE = (
    *("cell", "hidden_size", "num_layers", "bidirectional", "embedding_size", "pooling", "window", "members"),
    *("level", "lowercase", "pieces", "piece_size", "characters", "character_size"),
    *("crf", "tied", "copy", "attention", "feed", "centred", "differences", "scaled", "convolutions", "kernel"),
)
"""Settings that decide which weights a network has, and what they mean."""
ALONE: Mapping[str, Any] = {"bidirectional": False, "characters": False, "pieces": 0}
"""What a network that goes forward alone, to predict what comes next, is without asking."""


@dataclass(frozen=True)
class Start:
    """A trained model to go on from.

    name: what messages call it
    """

    name: str
    task: AnyAnswer
    parts: AnyParts

    def structure(self, task: AnyAnswer) -> dict[str, Any]:
        """The settings that a model of a task has from this one. Raises TaskError where they read different things."""
        new: Kind = task.columns(Settings())[0]
        if type(new) is not type(self.parts.input):
            raise TaskError(
                f"{self.name} is a model of {self.task.title}, and these data are for {task.title}, which reads other "
                "things; leave out --from, or name the columns or the task"
            )
        settings = self.parts.settings
        used = self.task.uses(settings)
        found = {name: getattr(settings, name) for name in STRUCTURE if name in used}
        if self.task.causal:
            found |= {name: value for name, value in ALONE.items() if name not in used}
        if "level" in found:  # what "auto" has come to
            found["level"] = getattr(self.parts.input, "level", settings.level)
        return {name: value for name, value in found.items() if name not in task.decides}

    def settled(self, task: AnyAnswer, settings: Settings, asked: Mapping[str, Any]) -> Settings:
        """The settings of a run that goes on. Raises TaskError where one that was asked for contradicts the model."""
        found = self.structure(task)
        for name, value in found.items():
            if name in asked and asked[name] != value:
                raise TaskError(
                    f"{name}={typed(asked[name])} isn't what {self.name} has, which is {name}={typed(value)}; leave it "
                    "out, or leave out --from"
                )
        if asked.get("vectors"):
            raise TaskError(f"{self.name} has vectors for its words already; leave out --vectors, or --from")
        return settings.with_changes(found)

    def fit(self, task: AnyAnswer, input: Kind, output: Kind) -> bool:
        """Let kinds that are fitted to new data go on from those of the model, its output only where it is the same and
        shares a label; whether it does."""
        old = self.parts
        input.go_on_from(old.input)
        if task.name != self.task.name or type(output) is not type(old.output):
            return False
        if output is not input:
            before, now = old.output.names_of_rows(), output.names_of_rows()
            if before and not {*before[0]} & {*now[0]}:
                return False
            output.go_on_from(old.output)
        return True

    def give(self, module: nn.Module, input: Kind, output: Kind, *, whole: bool) -> None:
        """Give a new network between those kinds what the model has learned: if it isn't the ``whole`` that goes on,
        how to read. Raises TaskError where its network is of another form."""
        from elman.models.taken_over import take_over

        read, written = input.names_of_rows(), output.names_of_rows()
        old = self.parts
        take_over(
            module,
            old.module,
            list(zip(old.input.names_of_rows(), read, strict=True)),
            list(zip(old.output.names_of_rows(), written, strict=True)) if whole else [],
            whole=whole,
        )

    def said(self, input: Kind, output: Kind) -> str:
        """What goes on, for people."""
        old = self.parts
        new = sum(map(len, input.names_of_rows())) - sum(map(len, old.input.names_of_rows()))
        words = f", with {new:,} new words" if new else ""
        return f"{self.name}, a model of {self.task.title}{words}"
