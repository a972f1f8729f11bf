"""What the training loop sees of its gradients: a look inside every so many steps, and what the looks agree on."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from elman.diagnosis.flow import flows, layer_names
from elman.diagnosis.training_warnings import Look, Steps, TrainingWarning, clipped_share, training_warnings
from elman.diagnosis.units import units
from elman.models.batch import Batch
from elman.models.network import Network
from elman.ops import GradientRecord, record_gradients
from elman.settings import Settings

EVERY = 25  # steps from one look to the next, at least
COST = 0.02  # looks wait while they have taken a larger share of the CPU time (benchmarks/watching.py measures it)
SEQUENCES = 4  # of a batch that are looked at
AGREE = 5  # looks in a row that have to say the same
WINDOW = 100  # steps whose gradient norms are remembered
BEGINNING = 0.1  # share of a run in which gradients may still be anything


class GradientWatch:
    """Sees each step of a run of ``network``; looks are the recorded backward pass of the step itself.

    told:      kinds of training_warnings that were warned of already
    half_life: in steps, of the layer in which least of the gradient is left where it is needed; NaN before any look
    fresh:     there was a look that hasn't been judged; it is judged once, for that costs as much as a small step
    """

    def __init__(self, network: Network, settings: Settings, used: Collection[str], told: Sequence[str] = ()):
        self.network, self.settings, self.used = network, settings, used
        self.names = layer_names(network)
        self.looks: deque[Look] = deque(maxlen=AGREE)
        self.norms: deque[float] = deque(maxlen=WINDOW)
        self.told = set(told)
        self.began, self.spent = time.process_time(), 0.0
        self.half_life, self.fresh, self.steps = math.nan, False, 0

    @contextmanager
    def step(self, number: int, batch: Batch) -> Iterator[None]:
        """Stands around loss and backward pass of step ``number``, and looks if it is one to look at."""
        if number % EVERY or not self.names or self.spent > COST * (time.process_time() - self.began):
            yield
            return
        with record_gradients() as records:
            yield
        began = time.process_time()
        self._look(records, batch)
        self.spent += time.process_time() - began

    def _look(self, records: list[GradientRecord], batch: Batch) -> None:
        lengths: dict[str, np.ndarray] = {}
        for record in records:
            name = self.names.get(record.call.weight_ih.data_ptr()) if record.call else None
            if name:
                some = record.lengths[record.lengths > 0].numpy()
                lengths[name] = np.concatenate([lengths.get(name, some[:0]), some])
        found = flows(records, self.network, sequences=SEQUENCES)
        inside = units(records, self.network, sequences=SEQUENCES)
        if found:
            self.looks.append(Look(found, inside, lengths, batch.continues))
            weakest = self.looks[-1].weakest
            self.half_life, self.fresh = weakest.state.half_life if weakest else math.nan, True

    def warnings(self, norm: float, done: float, rollbacks: int) -> list[TrainingWarning]:
        """After each step: what is to be warned of now, each kind once. Most steps only leave their norm.

        norm: of the gradient before clipping;  done: the share of the run that is behind
        """
        self.norms.append(norm)
        due = self.fresh or self.steps % EVERY == 0
        self.steps += 1
        if len(self.norms) < WINDOW or done < BEGINNING or not due:
            return []
        looks = list(self.looks) if self.fresh and len(self.looks) == AGREE else []
        self.fresh = False
        new = {}
        for warning in training_warnings(looks, Steps(np.array(self.norms), rollbacks), self.settings, self.used):
            if warning.kind not in self.told:
                new.setdefault(warning.kind, warning)
        self.told |= set(new)
        return list(new.values())

    @property
    def clipped(self) -> float:
        """The share of the last steps whose gradient was clipped."""
        return clipped_share(self.norms, self.settings.clip)
