# pyright: strict
"""A trained model as a program or file of another kind: what goes along with its network, and what it is proved on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import cycle, islice
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from elman.data.readers import Data
from elman.errors import ExportError
from elman.export import c, onnx
from elman.export.around import AS_ONNX, ReadOut, without
from elman.export.inputs import Inputs, sequences_at_steps
from elman.export.onnx.predict import READERS
from elman.graph import Graph, Node, elementwise, inputs_of
from elman.int8 import quantised, restored
from elman.kinds import to_json
from elman.kinds.elsewhere import Elsewhere
from elman.model import Model
from elman.runtime import GraphNetwork
from elman.scoring.linear import Linear
from elman.scoring.report import Report, fall

BATCHES = 1, 2, 7, 32
"""Rows of the batches that a model is proved on, in turn."""
MOST_ROWS, MOST_STEPS = 200, 500
"""Rows of data that it is proved on, and how much of each."""


def to_onnx(model: Model, folder: str | PathLike[str], data: Data | None = None) -> onnx.Proof:
    """Write a model to ``folder`` as ONNX models, once they are proved: on rows of ``data``, or on made inputs.

    What the network's ids and scores mean is kept in the models; ``predict.py`` beside them reads texts and vectors,
    and needs neither Elman nor PyTorch. No rows of data are written.

    Raises ExportError for a model that ONNX can't have, or whose answers aren't the network's alone.
    """
    parts = model.parts
    beside = Beside.of(model)
    if beside is None:
        model.task.check_alone(parts)
        if alone := model.task.instead_of_network(parts):
            raise ExportError(
                f"this model answers by {alone}, in which its network has no share: there is nothing to write as ONNX. "
                "Write it as C (--as c), train a network alone (--recipe network), or answer with elman.load, which "
                "needs no PyTorch"
            )
    graphs = graphs_of(model, beside)
    known, arrays = ({}, {}) if beside is None else beside.features.to_make()
    chain = None if beside else model.graphs.chain
    answer = read_out(model)
    record = {
        "task": model.task.name,
        "columns": model.detection.to_json(),
        "input": to_json(parts.input),
        "output": to_json(parts.output),
        "answer": answer.to_json() if answer else None,
        "chain": {name: array.tolist() for name, array in vars(chain).items()} if chain else None,
        **known,
    }
    given = None if data is None else rows_of(model, data)
    script = answer is not None and parts.output is not parts.input and parts.input.name in READERS
    return onnx.export(graphs, record, Path(folder), given, script=script, arrays=arrays)


def graphs_of(model: Model, beside: Beside | None) -> Mapping[str, Graph]:
    """By their names, with the linear model that answers, too, or alone; of several one, as that takes whole inputs."""
    if beside is None:
        return model.graphs.graphs
    return {"scores": beside.together(model)}


@dataclass(frozen=True)
class Beside:
    """A linear model on an input's n-grams or patterns, which answers together with a network, or in its place.

    features: what it is on
    linear:   gives the scores that are added, weighed as the model weighs them;  deep: the network's weight
    """

    features: Elsewhere
    linear: Linear
    deep: float

    @classmethod
    def of(cls, model: Model) -> Beside | None:
        """None where nothing, or something else, answers beside the network."""
        found, task = model.parts.ngram_model, model.task
        if found is None or not isinstance(found.features, Elsewhere) or model.parts.mixing_weights is None:
            return None
        deep, wide = model.parts.mixing_weights
        own: Linear = found.model
        # Of numbers either has a scale of its own, so that one is a straight line of the other.
        shift = task.on_scale_of(model.parts, np.zeros_like(own.bias)[None], found)[0]
        slope = task.on_scale_of(model.parts, np.ones_like(own.bias)[None], found)[0] - shift
        there = Linear(slope * own.weight, slope * own.bias + shift)
        return cls(found.features, there.mixed(there, (wide, 0.0)), deep)

    def together(self, model: Model) -> Graph:
        """The graph of the linear model's scores, with those of the network where that has a share."""
        own = self.features.write(self.linear.weight, self.linear.bias)
        if not self.deep:
            return own
        graph, scores = model.graphs.graphs["scores"], own.outputs["scores"]
        scale = np.float32(self.deep) * np.eye(len(self.linear.bias), dtype=np.float32)
        nodes = (
            Node(elementwise.Linear(scale), (graph.outputs["scores"],), ("network.scores",)),
            Node(elementwise.Add(), ("network.scores", scores), ("scores.together",)),
        )
        inputs, nodes = (*graph.inputs, *own.inputs), (*graph.nodes, *own.nodes, *nodes)
        return Graph(inputs, nodes, {**graph.outputs, "scores": "scores.together"})


@dataclass(frozen=True)
class InC:
    """A model as a C program; ``before`` and ``after`` are how good it is with float32 and with int8, where that was
    measured."""

    exported: c.Exported
    before: Report | None = None
    after: Report | None = None


def to_c(
    model: Model,
    folder: str | PathLike[str],
    data: Data | None = None,
    *,
    accept: bool = False,
    int16_activations: bool = False,
    **options: Unpack[c.Options],
) -> InC:
    """Write a model to ``folder`` as a C program, once it is proved: on made inputs, and on rows of ``data`` too.

    accept:  write it even where int8 makes the score on ``data`` worse than its interval was
    int16_activations: with ``int8``, run recurrent layers in whole numbers; ``data`` say how large their inputs are
    options: as ``elman.export.c.export`` takes them. No rows of data are written.

    Raises ExportError for a model that has no C, or whose answers aren't its network's and its patterns' alone.
    """
    kind, beside = model.parts.input, Beside.of(model)
    if beside is None or not beside.features.from_raw:
        model.task.check_alone(model.parts)
    graphs = graphs_of(model, beside)
    if "scores" not in graphs:
        why = f"this {model.task.title} model writes its answer by a search, token by token"
        raise without("C", why, f"{AS_ONNX}, where your program searches with read.onnx and write.onnx")
    if sequences_at_steps(graphs["scores"]):
        raise without("C", "the texts at the steps of its sequences are read by a recurrence of their own", AS_ONNX)
    answer = model.task.read_out_elsewhere(model.parts)
    if beside is None and (chain := model.graphs.chain):
        answer = replace(answer, function="scores", chain=chain)  # of which the path is chosen
    graph = graphs["scores"]
    graph = kind.before(graph) if beside is None or beside.deep else graph
    graph = beside.features.before(graph) if beside else graph
    gives = f" -> {model.detection.output}" if model.detection.output else ""
    about = f"{model.task.title}, {' and '.join(model.detection.inputs)}{gives}."
    most_steps = options.setdefault("most_steps", max(c.MOST_STEPS, kind.longest))
    most = min(MOST_STEPS, most_steps)
    given = [kind.before_arrays(row) for row in examples_of(model, data, [1], most)] if data is not None else []
    steps = steps_of(model, data) if int16_activations and options.get("int8") else ()
    if int16_activations and not steps:
        raise ExportError("int16 activations need int8 weights: pass int8=True, too")
    scores = scores_of_int8(model, data, steps) if data is not None and options.get("int8") else ()
    if scores and not accept and (worse := fall(*scores)):
        flag = "--activations int16" if steps else "--weights int8"
        raise ExportError(f"{worse}; nothing was written. Leave {flag} out, or pass --accept")
    exported = c.export(
        graph, folder, answer, meanings=kind.meanings(), given=given, activations=steps, about=about, **options
    )
    return InC(exported, *scores)


def steps_of(model: Model, data: Data | None) -> tuple[float, ...]:
    """The steps in which int16 numbers hold what recurrences read, as large as that becomes on data."""
    if data is None:
        raise ExportError("int16 activations need data that say how large numbers between operators become")
    return c.calibrated(graphs_of(model, Beside.of(model))["scores"], rows_of(model, data, [1]))


def scores_of_int8(model: Model, data: Data, steps: Sequence[float] = ()) -> tuple[Report, Report] | tuple[()]:
    """How good a model is on data, and how good with its matrices as int8; () where the data lack the output.

    steps: of the inputs of its recurrences, where these run in whole numbers
    """
    if model.columns.cells(model.columns.table(data))[1] is None:
        return ()
    parts, beside = model.parts, Beside.of(model)
    if beside is None or beside.deep:
        exact = model.graphs
        parts = replace(parts, network=GraphNetwork({"scores": c.rounded(exact.graphs["scores"], steps)}, exact.chain))
    if beside:
        parts = replace(parts, ngram_model=copy(parts.ngram_model))
        own: Linear = parts.ngram_model.model
        parts.ngram_model.model = Linear(restored(quantised(own.weight.T)).T, own.bias)
    other = Model(model.columns, parts, model.baselines, model.about)
    return model.evaluate(data), other.evaluate(data)


def read_out(model: Model) -> ReadOut | None:
    """What becomes of the network's scores; None where answers are searched for."""
    try:
        return model.task.read_out_elsewhere(model.parts)
    except ExportError:
        return None


def rows_of(model: Model, data: Data, batches: Sequence[int] = BATCHES) -> Iterator[Inputs]:
    """The first rows of data as the network reads them, in batches of so many, in turn; with what a linear model beside
    it is given."""
    kind, beside, row = model.parts.input, Beside.of(model), 0
    cells: list[Any] = model.columns.cells(model.columns.table(data))[0][:MOST_ROWS] if beside else []
    for batch in examples_of(model, data, batches):
        own = [
            None if cell is None else cell[:MOST_STEPS] for cell in kind.linear_inputs(cells[row : row + len(batch)])
        ]
        yield {**inputs_of(kind.collate(batch)), **(beside.features.given(own) if beside else {})}
        row += len(batch)


def examples_of(
    model: Model, data: Data, batches: Sequence[int] = BATCHES, most_steps: int = MOST_STEPS
) -> Iterator[list[Any]]:
    """The first rows of data, each cut to so many steps, in batches of so many."""
    kind = model.parts.input
    cells = model.columns.cells(model.columns.table(data))[0][:MOST_ROWS]
    examples = kind.examples(kind.encode(cells))
    rows = iter([kind.cut(examples[row], most_steps) for row in range(min(len(examples), MOST_ROWS))])
    for count in cycle(batches):
        batch = list(islice(rows, count))
        if not batch:
            return
        yield batch
