# pyright: strict
"""A network as ONNX models (opset 17, IR 8), which ONNX Runtime runs on every platform that it has.

Its graph ``scores`` is ``model.onnx``; ``read_on``, of sequences that come in pieces, is ``read_on.onnx``, where going
on takes more than the state that ``model.onnx`` has; a decoder's are ``read.onnx``, for what is read, and
``write.onnx``, for each token after it. What is padding, which states go in and out, and what they are called,
``layout.py`` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ExportError
from elman.export.inputs import Inputs, made_batches
from elman.export.onnx.card import card
from elman.export.onnx.layout import Layout
from elman.export.onnx.model import model_of
from elman.export.onnx.operators import emitter_of
from elman.export.onnx.proof import Proof, begun, prove
from elman.graph import Graph
from elman.paths import replacing
from elman.sequences import Sequences

__all__ = ["FILES", "Proof", "export", "models_of"]

FILES = {"scores": "model.onnx", "read_on": "read_on.onnx", "read": "read.onnx", "write": "write.onnx"}
"""By the name of a graph."""
SCRIPT, ARRAYS = Path(__file__).with_name("predict.py"), "arrays.npz"


def export(
    graphs: Mapping[str, Graph],
    record: Mapping[str, Any],
    folder: Path,
    given: Iterable[Inputs] | None = None,
    *,
    script: bool = False,
    arrays: Mapping[str, NDArray[Any]] | None = None,
) -> Proof:
    """Write a network's graphs to ``folder`` as ONNX models, once they have been proved; ``README.md`` says how to use
    them. Nothing is written otherwise.

    record: what whoever uses the models has to know, as JSON: it is kept in each, under names that begin with "elman."
    given:  batches to prove the models on; made ones where there are none
    script: whether ``predict.py``, which reads the record, is to stand beside them
    arrays: what it needs beside the record, for ``arrays.npz``

    Raises ExportError where ONNX lacks an operator, where ONNX Runtime computes something else, and where the folder
    holds something; ExtraMissingError where the packages aren't there.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} exists and isn't an empty folder; it is left alone: pass another one")
    written = models_of(graphs, record)
    proof = prove(written, given)
    models = {FILES[name]: model for name, (_, model) in written.items()}
    with replacing(folder) as part:
        part.mkdir(parents=True)
        for name, model in models.items():
            (part / name).write_bytes(model.SerializeToString())
        (part / "README.md").write_text(card(models, proof), encoding="utf-8")
        if arrays:
            named: dict[str, Any] = {**arrays}
            np.savez_compressed(part / ARRAYS, **named)
        if script:
            copyfile(SCRIPT, part / SCRIPT.name)
    return proof


def models_of(graphs: Mapping[str, Graph], metadata: Mapping[str, Any]) -> dict[str, tuple[Layout, Any]]:
    """The graphs of a network as ``onnx.ModelProto`` by the same names, with ``metadata`` as JSON inside.

    Raises ExportError where ONNX lacks an operator, which it names.
    """
    for node in (node for graph in graphs.values() for node in graph.nodes):
        emitter_of(node.operator)
    layouts = {name: Layout(graph, step=name == "write") for name, graph in graphs.items() if needs_own(name, graphs)}
    examples: dict[str, list[dict[str, Any]]] = {name: [] for name in graphs}
    for batch in made_batches(next(iter(graphs.values()))):
        for name, layout in layouts.items():
            inputs = layout.from_zeros(batch) if name != "write" else first_step(layout, examples["read"][-1])
            examples[name].append(layout.graph(inputs))
    return {name: (layout, model_of(layout, examples[name], metadata)) for name, layout in layouts.items()}


def needs_own(name: str, graphs: Mapping[str, Graph]) -> bool:
    """Whether a graph needs a model of its own: what reads on with no other state than that of the scores doesn't."""
    if name != "read_on":
        return True
    states, others = ({i.name for i in graphs[name].inputs if i.form == "state"} for name in ("read_on", "scores"))
    return states != others


def first_step(layout: Layout, source: Mapping[str, Any]) -> Inputs:
    """One token of one hypothesis of each row that was read."""
    rows = len(source["summary"])
    return begun(layout, source, np.arange(rows)) | {
        "token": Sequences(np.zeros(rows, np.int64), np.ones(rows, np.int64))
    }
