"""`elman train --log tensorboard`: what happens in training, as TensorBoard's scalars."""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from elman.extras import needed

if TYPE_CHECKING:
    from elman.training.loop import Event

TRAINING = ("loss", "gradient_norm", "learning_rate", "half_life", "clipped")


class TensorBoardLog:
    """A context whose calls write the events of a training run to ``folder``, against the number of the step.

    Raises ExtraMissingError where the package ``tensorboard`` is missing.
    """

    def __init__(self, folder: Path):
        needed("tensorboard")
        from torch.utils.tensorboard import SummaryWriter

        self.writer, self.within = SummaryWriter(str(folder)), ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.writer.close()

    def __call__(self, event: Event) -> None:
        match event.kind:
            case "step":
                for name in TRAINING:
                    self._scalar(f"training/{name}", getattr(event, name), event.step)
            case "evaluation":
                for name, value in event.metrics.items():
                    self._scalar(f"validation/{name}", value, event.step)
            case "reading" | "read":  # a run before that of the labels, whose steps are counted anew
                self.within = "reading/" if event.kind == "reading" else ""
            case "warning" | "rollback" | "remedy":
                self.writer.add_text(event.kind, event.message, event.step)

    def _scalar(self, name: str, value: float, step: int) -> None:
        if math.isfinite(value):  # a gradient that doesn't shrink has no half-life
            self.writer.add_scalar(self.within + name, value, step)
