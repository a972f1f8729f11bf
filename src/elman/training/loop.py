# pyright: strict
"""The training loop, which reads top to bottom, and what keeps it safe."""

from __future__ import annotations

import math
import shutil
import signal
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from elman.diagnosis.training_warnings import TrainingWarning
from elman.errors import TrainingError
from elman.memory import give_back
from elman.models.batch import Batch
from elman.models.network import Network
from elman.scoring.evaluation import Evaluation
from elman.settings import Settings
from elman.settings.used import reads
from elman.stages import stage
from elman.training import checkpoint
from elman.training.optimizer import Optimizer, learning_rate
from elman.training.watching import GradientWatch

CHECKPOINT_SECONDS = 30.0
ROLLBACKS = 5
TRAINING_TO_EVALUATION = 8.0  # seconds of training for one of evaluation, at least
EXPLODED = 1_000.0  # times the running gradient norm


class Batches(Protocol):
    @property
    def tokens(self) -> int: ...
    def in_order(self) -> Iterator[Batch]: ...
    def on(self, device: str) -> Batches: ...
    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]: ...
    def batches_per_epoch(self) -> int: ...


@dataclass(frozen=True)
class Event:
    """What callers see of a run: "step", "evaluation", "rollback", "warning", "stopped" or "interrupted" by the
    loop, "kept", "remedy", "refit" and "measuring" by what goes on around it.

    half_life: of the gradient, in steps back through time;  clipped: the share of the last steps whose gradient was

    >>> events = []
    >>> model = elman.fit(elman.samples.load("flowers"), epochs=1, watch=events.append)
    >>> [(event.kind, event.epoch) for event in events if event.kind == "evaluation"]
    [('evaluation', 1.0)]
    """

    kind: str
    epoch: float = 0.0
    seconds: float = 0.0
    seconds_left: float = 0.0
    loss: float = math.nan
    tokens_per_second: float = 0.0
    step: int = 0
    gradient_norm: float = 0.0
    learning_rate: float = 0.0
    half_life: float = math.nan
    clipped: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    best: bool = False
    message: str = ""


@dataclass
class Progress:
    """Where a run stands: everything but tensors that a checkpoint keeps."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0
    best_score: float = -math.inf
    best_epoch: float = 0.0
    since_best: int = 0
    rate_scale: float = 1.0
    rollbacks: int = 0
    gradient_norm: float = 0.0  # running mean
    evaluated_at: float = 0.0
    finished: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)  # kind, epoch, message, flags


class NeedsRemedy(Exception):
    """Raised by a run that stops on its warnings: to go on as it was would be a waste."""

    def __init__(self, warning: TrainingWarning, progress: Progress):
        super().__init__(warning.message)
        self.warning, self.progress = warning, progress


@reads("epochs", "minutes", "seed", "patience", "refit", "keep")
@reads("optimizer", "learning_rate", "warmup", "weight_decay", "clip", "average")
class Run:
    """One training run of ``model``: ``Run(...).go()`` leaves the best weights in the model.

    evaluate: called with the (averaged) model in eval mode, gives an ``Evaluation``
    watch:    called with every ``Event``
    validation_tokens: how much ``evaluate`` reads, so that a budget in minutes leaves time for it
    folder:   where checkpoints go; None keeps none
    used:     the names of the settings that the run uses, for the remedies of warnings
    stop_on_warning:     warnings in the first half of the run end it by ``NeedsRemedy``
    """

    def __init__(
        self,
        model: Network,
        batches: Batches,
        evaluate: Callable[[Network], Evaluation],
        settings: Settings,
        *,
        validation_tokens: int = 0,
        folder: Path | None = None,
        watch: Callable[[Event], None] = lambda event: None,
        note: dict[str, Any] | None = None,
        used: Collection[str] = (),
        stop_on_warning: bool = False,
    ):
        self.model, self.batches, self.evaluate, self.settings = model, batches, evaluate, settings
        self.path = folder / "checkpoint.safetensors" if folder else None
        self.watch, self.note = watch, note or {}
        self.used, self.stop_on_warning = used, stop_on_warning
        self.optimizer = Optimizer(model, settings)
        self.progress = Progress()
        self.gradients = GradientWatch(model, settings, used)
        self.best = checkpoint.copy_of(model)
        self.per_epoch = batches.batches_per_epoch()
        self.validation_tokens = validation_tokens
        self.evaluation_seconds: float | None = None
        self.saved = self.started = self.evaluated = time.monotonic()
        self.interrupted = False

    # -- the loop -----------------------------------------------------------------------------

    def go(self) -> Progress:
        """Train until the budget, patience or Ctrl-C ends it; the model then holds the best weights."""
        self.evaluated = time.monotonic()
        self.started = self.evaluated - self.progress.seconds
        self.good = checkpoint.copied(self._tensors())
        try:
            with interruptible(self), self.optimizer.reading():
                self._run()
        except KeyboardInterrupt:
            self._tell("interrupted", message="interrupted: the best weights so far are kept")
            self.save()
            if not self.progress.history:  # too early for any to be the best: those of now
                self._evaluate()
        self.progress.seconds = time.monotonic() - self.started
        self.model.load_state_dict(self.best)
        self.model.eval()
        return self.progress

    def _run(self) -> None:
        while not self.progress.finished:
            for batch in self.batches.epoch(self.progress.epoch, skip=self.progress.batch):
                if self._done() >= 1:
                    break
                self._learn(batch)
                if self.progress.step.bit_count() == 1:  # after 1, 2, 4, 8 ... steps: by then memory has holes
                    give_back()
                self._stop_if_asked()
                if self._evaluation_due():
                    self._evaluate()
                    if self.progress.finished:
                        return
                if self.path and time.monotonic() - self.saved > CHECKPOINT_SECONDS:
                    self.save()
            else:
                self.progress.epoch, self.progress.batch = self.progress.epoch + 1, 0
                self._evaluate(end_of_epoch=True)
                self._stop_if_asked()
                continue
            self._evaluate()
            return

    def _stop_if_asked(self) -> None:
        """Between two steps, where weights, optimizer and counts fit together, an interruption does no harm."""
        if self.interrupted:
            raise KeyboardInterrupt

    def _learn(self, batch: Batch) -> None:
        """One step: loss, exact gradients, clipping, update."""
        progress = self.progress
        self.model.train()
        self.model.anneal(self._done())
        self.optimizer.clear()
        with self.gradients.step(progress.step, batch):
            losses, counts = self.model.loss(batch)
            loss = losses.sum() / counts.sum()
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
        norm = self.optimizer.clip()
        if self._went_wrong(float(loss.detach()), norm):
            return
        progress.step += 1
        self.optimizer.step(progress.step, learning_rate(self._done(), self.settings) * progress.rate_scale)
        progress.batch += 1
        progress.gradient_norm = norm if progress.step == 1 else 0.95 * progress.gradient_norm + 0.05 * norm
        self._tell("step", loss=float(loss.detach()), gradient_norm=norm, **self._seen())
        self._warn(self.gradients.warnings(norm, self._done(), progress.rollbacks))

    def _seen(self) -> dict[str, float]:
        """What the watch has seen of the gradients."""
        return {
            "learning_rate": self.optimizer.rate,
            "half_life": self.gradients.half_life,
            "clipped": self.gradients.clipped,
        }

    def _warn(self, found: list[TrainingWarning]) -> None:
        """Report and record warnings; a run that stops on them ends, as long as a new one is worth its while."""
        for warning in found:
            record = {"kind": warning.kind, "epoch": self._epochs(), "message": warning.message}
            self.progress.warnings.append(record | {"flags": warning.remedy.flags})
            self._tell("warning", message=warning.message)
        if found and self.stop_on_warning and self._done() < 0.5:
            self.progress.seconds = time.monotonic() - self.started
            raise NeedsRemedy(found[0], self.progress)

    def _went_wrong(self, loss: float, norm: float) -> bool:
        """True after rolling back from a loss or gradient that is not finite, or that exploded."""
        progress = self.progress
        exploded = progress.step > 20 and norm > EXPLODED * max(progress.gradient_norm, 1e-6)
        if math.isfinite(loss) and math.isfinite(norm) and not exploded:
            return False
        what = f"loss {loss:g}, gradient norm {norm:g} at step {progress.step + 1}"
        progress.rollbacks += 1
        if progress.rollbacks > ROLLBACKS:
            raise TrainingError(
                f"training keeps diverging ({what}); try a lower --set learning_rate, --set clip=0.5, or look for "
                "extreme values in the data"
            )
        self._restore(self.good)
        progress.rate_scale *= 0.5
        progress.batch += 1
        self._tell("rollback", message=f"{what}: went back to the last good weights and halved the learning rate")
        return True

    # -- budget and evaluation ----------------------------------------------------------------

    def _done(self) -> float:
        """The share of the run that is behind us: by epochs or by minutes, whichever is further."""
        progress, settings = self.progress, self.settings
        by_epochs = (progress.epoch + progress.batch / self.per_epoch) / settings.epochs if settings.epochs else 0.0
        seconds = time.monotonic() - self.started
        by_time = seconds / max(60 * settings.minutes - self._last_evaluation(), 1.0) if settings.minutes else 0.0
        return max(by_epochs, by_time)

    def _last_evaluation(self) -> float:
        """Seconds that the evaluation after the last step will take: as the latest one, or as training does."""
        if self.evaluation_seconds is not None:
            return self.evaluation_seconds
        read = self._epochs() * self.batches.tokens
        seconds = time.monotonic() - self.started
        return min(seconds * self.validation_tokens / read if read else 0.0, 30 * self.settings.minutes)

    def _evaluation_due(self) -> bool:
        """In long epochs, also after every twentieth of the run, if that can be afforded."""
        return self.per_epoch > 200 and self._done() - self.progress.evaluated_at > 0.05 and self._affordable()

    def _affordable(self) -> bool:
        """With a budget in minutes, training since the last evaluation has taken several times what one takes.

        Without one the clock has no say, so that the same seed gives the same model.
        """
        trained = time.monotonic() - self.evaluated
        return not self.settings.minutes or trained > TRAINING_TO_EVALUATION * self._last_evaluation()

    def _evaluate(self, end_of_epoch: bool = False) -> None:
        progress = self.progress
        soon = self._done() - progress.evaluated_at < 0.01 or not self._affordable()
        if end_of_epoch and soon and self._done() < 1:
            return
        progress.evaluated_at = self._done()
        self.optimizer.settle()
        self.optimizer.clear()
        current = checkpoint.copy_of(self.model)
        if self.optimizer.average is not None:
            self.model.load_state_dict(self.optimizer.average, strict=False)
        self.model.eval()
        began = time.monotonic()
        with stage("validating"), torch.no_grad(), self.model.apart():
            seen = self.evaluate(self.model)
        self.evaluated = time.monotonic()
        self.evaluation_seconds = self.evaluated - began
        better = math.isfinite(seen.score) and (self.settings.keep == "last" or seen.score > progress.best_score)
        progress.since_best = 0 if better else progress.since_best + 1
        if better:
            progress.best_score, progress.best_epoch = seen.score, self._epochs()
            self.best = checkpoint.copy_of(self.model, over=self.best)
        self.model.load_state_dict(current)
        if math.isfinite(seen.score):
            self.good = checkpoint.copied(self._tensors(), over=self.good)
        training = {"gradient_norm": progress.gradient_norm, **self._seen()}
        progress.history.append(
            {"epoch": self._epochs(), "seconds": time.monotonic() - self.started, **seen.metrics, **training}
        )
        self._tell("evaluation", metrics=seen.metrics, best=better, **training)
        patience = self.settings.patience
        if (patience and progress.since_best >= patience) or self._done() >= 1:
            progress.finished = True
            self._tell("stopped", message="no better for a while" if self._done() < 1 else "the budget is used up")

    def _epochs(self) -> float:
        return self.progress.epoch + self.progress.batch / self.per_epoch

    def _tell(self, kind: str, **details: Any) -> None:
        seconds = time.monotonic() - self.started
        done = max(self._done(), 1e-6)
        epochs = max(self._epochs(), 1e-9)
        self.watch(
            Event(
                kind,
                epoch=epochs,
                step=self.progress.step,
                seconds=seconds,
                seconds_left=max(0.0, seconds / done - seconds),
                tokens_per_second=epochs * self.batches.tokens / max(seconds, 1e-9),
                **details,
            )
        )

    # -- checkpoints --------------------------------------------------------------------------

    def _tensors(self) -> dict[str, Tensor]:
        """What goes on from here goes on from, as it is: the next step changes it."""
        tensors = checkpoint.prefixed("model", self.model.state_dict()) | self.optimizer.tensors()
        for i, part in enumerate(self.model.carried or ()):
            tensors[f"carried.{i}"] = part
        return tensors

    def _restore(self, tensors: dict[str, Tensor]) -> None:
        self.model.load_state_dict(checkpoint.without_prefix("model", tensors))
        self.optimizer.load(tensors)
        self.model.carried = tuple(tensors[key] for key in sorted(tensors) if key.startswith("carried.")) or None

    def save(self) -> None:
        """Write a checkpoint from which ``resume`` goes on to the same result."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.progress.seconds = time.monotonic() - self.started
        tensors = self._tensors() | checkpoint.prefixed("best", self.best) | {"random": torch.get_rng_state()}
        record = {"progress": vars(self.progress), "settings": self.settings.to_json(), "note": self.note}
        checkpoint.write(self.path, tensors, record)
        self.saved = time.monotonic()

    def set_aside(self) -> Path | None:
        """Keep the checkpoint of an earlier run that nobody asked to resume: the folder that it is now in."""
        if self.path is None or not self.path.exists():
            return None
        kept = self.path.parent.with_name(self.path.parent.name + ".previous")
        if kept.exists():
            shutil.rmtree(kept)
        return self.path.parent.rename(kept)

    def resume(self) -> None:
        """Go on from the folder's checkpoint. Raises TrainingError where there is none, or it is another run's."""
        if self.path is None or not self.path.exists():
            raise TrainingError(
                f"there is no interrupted run in {self.path.parent if self.path else 'no folder'} to resume"
            )
        tensors, record = checkpoint.read(self.path)
        if record["note"] != self.note or record["settings"] != self.settings.to_json():
            raise TrainingError(
                "the interrupted run had other data or settings; pass the same ones, or leave out --resume"
            )
        self.progress = Progress(**record["progress"])
        told = [warning["kind"] for warning in self.progress.warnings]
        self.gradients = GradientWatch(self.model, self.settings, self.used, told)
        self._restore(tensors)
        self.best = checkpoint.without_prefix("best", tensors)
        torch.set_rng_state(tensors["random"])


@contextmanager
def interruptible(run: Run) -> Generator[None]:
    """Ctrl-C sets ``run.interrupted``, which the loop stops on between two steps; a second one stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can handle signals
        return

    def handle(number: int, frame: Any) -> None:
        run.interrupted = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
