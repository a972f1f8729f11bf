# pyright: strict
"""Whether an ONNX model computes what its graph does: both run on the same inputs, and the largest difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ExportError
from elman.export.inputs import Inputs, choices, made_batches
from elman.export.onnx.layout import Layout
from elman.extras import needed
from elman.graph import Graph, Value
from elman.graph.operator import values_of
from elman.sequences import Sequences

TOLERANCE = 1e-4
STEPS = 6
"""How many tokens a decoder is advanced by, and how many steps a causal network is read on."""


@dataclass(frozen=True)
class Proof:
    """What was compared: batches and steps, of made inputs or of data; and the largest difference of any number.

    Differences of numbers beyond 1 are relative to them.
    """

    batches: int
    steps: int
    largest: float
    made: bool

    @property
    def compared(self) -> str:
        steps = f", {self.steps:,} of them single steps," if self.steps else ""
        return f"{self.batches + self.steps:,} batches{steps} of {'made inputs' if self.made else 'rows of data'}"


class Session:
    """An ``onnx.ModelProto`` in ONNX Runtime, called as its graph is."""

    def __init__(self, layout: Layout, model: Any):
        runtime: Any = needed("onnxruntime")
        self.layout = layout
        options = runtime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self.session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.inputs = {input.name for input in self.session.get_inputs()}
        names = {layout.output(name): name for name in layout.graph.outputs}
        self.outputs = {
            str(output.name): names.get(str(output.name), str(output.name)) for output in self.session.get_outputs()
        }

    def __call__(self, given: Mapping[str, Value | None]) -> dict[str, NDArray[Any]]:
        """The model's outputs, by the graph's names."""
        fed = {name: array for name, array in self.layout.feed(given).items() if name in self.inputs}
        return dict(zip(self.outputs.values(), self.session.run(list(self.outputs), fed), strict=True))


def prove(written: Mapping[str, tuple[Layout, Any]], given: Iterable[Inputs] | None = None) -> Proof:
    """Run models and graphs side by side, on ``given`` inputs or on made ones, and step by step where they can.

    written: as ``models_of`` gives them

    Raises ExportError where they differ by more than ``TOLERANCE``, and where there is nothing to run them on.
    """
    sessions = {name: Session(layout, model) for name, (layout, model) in written.items()}
    first = sessions.get("read") or sessions["scores"]
    counted = {"batches": 0, "steps": 0}
    largest = 0.0
    for batch in made_batches(first.layout.graph) if given is None else given:
        for what, difference in compared(sessions, batch):
            counted[what] += 1
            if not difference <= TOLERANCE:
                raise ExportError(
                    f"the model in ONNX computes something else than the network: numbers differ by {difference:.2g}, "
                    f"more than {TOLERANCE:g}; nothing was written. Please report it."
                )
            largest = max(largest, difference)
    if not counted["batches"]:
        raise ExportError("there are no rows to compare the network and its ONNX model on; pass data that have some")
    return Proof(counted["batches"], counted["steps"], largest, made=given is None)


def compared(sessions: Mapping[str, Session], batch: Inputs) -> Iterator[tuple[str, float]]:
    """What was run, a batch or a step, and how much its outputs differ."""
    if "read" in sessions:
        yield from written(sessions["read"], sessions["write"], batch)
        return
    for session in sessions.values():
        graph, given = session.layout.graph, session.layout.from_zeros(batch)
        yield "batches", difference(session, graph(given), session(given))
        if states := [input.name for input in graph.inputs if input.form == "state" and input.name in graph.outputs]:
            yield from read_on(session, states, given)


def read_on(session: Session, states: Sequence[str], batch: Inputs) -> Iterator[tuple[str, float]]:
    """The first steps of each sequence one by one, each from the state that the one before has left."""
    ours: dict[str, Any] = {name: batch[name] for name in states}
    theirs = dict(ours)
    for t in range(STEPS):
        step = batch | step_of(session.layout, batch, t)
        after, after_too = session.layout.graph(step | ours), session(step | theirs)
        yield "steps", difference(session, after, after_too)
        ours, theirs = ({name: own[name] for name in states} for own in (after, after_too))


def step_of(layout: Layout, batch: Inputs, t: int) -> Inputs:
    """One step of each sequence that has as many, and what is of that step."""
    found: Inputs = {}
    for name, value in batch.items():
        steps = batch[layout.of_steps.get(name, name)]
        if isinstance(steps, Sequences) and name not in layout.apart:
            there = t < steps.lengths
            if name in layout.of_steps and isinstance(value, Sequences):  # of each step one
                found[name] = value.select(steps.offsets[there] + t)
                continue
            values = values_of(value)[steps.offsets[there] + t] if value is not None else steps.values
            found[name] = Sequences(values, there.astype(np.int64)) if isinstance(value, Sequences) else values
    return found


def written(read: Session, write: Session, batch: Inputs) -> Iterator[tuple[str, float]]:
    """What is read, and then tokens one by one, of none or several hypotheses of each row."""
    rng = np.random.default_rng(0)
    ours, theirs = read.layout.graph(batch), read(batch)
    yield "batches", difference(read, ours, theirs)
    graph, counts = write.layout.graph, rng.integers(0, 4, read.layout.entries(batch))
    hypotheses = np.repeat(np.arange(len(counts)), counts)
    ours, theirs = (begun(write.layout, own, hypotheses) for own in (ours, theirs))
    for _ in range(STEPS):
        token = Sequences(rng.integers(choices(graph, "token"), size=len(hypotheses)), counts)
        after, after_too = graph({**ours, "token": token}), write({**theirs, "token": token})
        yield "steps", difference(write, after, after_too)
        ours, theirs = ours | carried(graph, after), theirs | carried(graph, after_too)


def begun(layout: Layout, source: Mapping[str, Any], hypotheses: NDArray[np.int64]) -> dict[str, Any]:
    """What a decoder needs before its first token: of the rows that were read, and of their ``hypotheses`` ``[M]``."""
    found: dict[str, Any] = {}
    for input in layout.graph.inputs:
        if input.form == "state":
            found[input.name] = source[input.name][:, hypotheses]
        elif input.form == "rows" and layout.of_hypotheses(input):
            found[input.name] = np.zeros_like(source["tokens"][hypotheses])  # nothing has been copied yet
        elif input.form == "rows":
            found[input.name] = source[input.name]
    return found


def carried(graph: Graph, after: Mapping[str, Any]) -> dict[str, Any]:
    """What the next step takes of the outputs of this one."""
    return {input.name: after[input.name] for input in graph.inputs if input.name in after}


def difference(session: Session, expected: Mapping[str, Any], found: Mapping[str, Any]) -> float:
    """The largest difference of any number in any output; infinite where one isn't a number, or of another shape."""
    largest = 0.0
    for name, value in expected.items():
        pairs = [(values_of(value), session.layout.read(found[name], value))]
        if f"{name}.lengths" in found:
            pairs.append((value.lengths, found[f"{name}.lengths"]))
        largest = max(largest, *(apart(*pair) for pair in pairs))
    return largest


def apart(expected: NDArray[Any], found: NDArray[Any]) -> float:
    """The largest difference of two arrays, relative to numbers beyond 1."""
    if expected.shape != found.shape:
        return np.inf
    same = expected == found  # infinities as well
    with np.errstate(invalid="ignore"):
        relative = np.abs(expected - found) / np.maximum(1, np.abs(expected))
    differences = np.where(same, 0, relative)
    return float(np.nan_to_num(differences, nan=np.inf).max(initial=0))
