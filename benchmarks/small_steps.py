"""One step of small networks for microcontrollers, plug-ins and services: exported C beside whatever else can take one.

    python benchmarks/small_steps.py               # LSTM and GRU, hidden sizes 8 to 128, in about 2 minutes
    python benchmarks/small_steps.py --cells lstm --hidden 16 32

Each network reads 6 numbers a step, and gives 4 from its state; all ways answer to the same inputs, and are compared
before they are timed. Microseconds a step in one thread, medians.

C           as ``elman export --as c`` writes it, -O2, and not -march=native;
            int8: weights; int16: activations too, in whole numbers
kernel      Elman's compiled kernel, packed once, called from Python
runtime     the graph as ``elman.load`` runs it, in Python over the kernel
NumPy       the same without the kernel
ONNX        ONNX Runtime, called from Python
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}  # before numpy

import argparse
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from shipping import TIMES, per_call, ready, timing

from elman import nn
from elman.export.around import SCORES
from elman.export.c import calibrated, export
from elman.export.c.proof import compiler, made_cases
from elman.export.inputs import made
from elman.export.onnx import models_of
from elman.export.onnx.proof import Session
from elman.graph import Graph, Writer
from elman.graph.elementwise import Linear
from elman.graph.recurrence import Recurrent
from elman.kernels import arrays
from elman.sequences import Sequences

FEATURES, ANSWERS = 6, 4
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}
WAYS = "C", "C, int8", "C, int16", "kernel", "runtime", "NumPy", "ONNX"
TOLERANCE = 1e-5


def network(cell: str, hidden: int) -> Graph:
    """A layer and a product, with the state in and out."""
    torch.manual_seed(0)
    layer = CELLS[cell](FEATURES, hidden)
    g = Writer()
    x = g.input("input", "float32", FEATURES)
    states = [g.state(name, 1, hidden) for name in layer.spec.states]
    y, *after = layer.write(g, x, *states)
    weight = torch.randn(ANSWERS, hidden).numpy() / np.float32(hidden) ** np.float32(0.5)
    named = {f"{name}_after": state for name, state in zip(layer.spec.states, after, strict=True)}
    return g.graph(scores=g.add(Linear(weight), y), **named)


def in_c(graph: Graph, **options: Any) -> float:
    """Seconds a step, once the program is proved."""
    with tempfile.TemporaryDirectory() as made_in:
        folder = Path(made_in, "out")
        done = export(graph, folder, **options)
        assert done.difference is not None and done.difference < TOLERANCE
        (folder / "time.c").write_text(timing(done.sources, made_cases(graph, done.sources, SCORES)))
        command = [compiler() or "cc", "-std=c11", "-O2", "-ffp-contract=off", "model.c", "time.c", "-o", "time"]
        subprocess.run(command, cwd=folder, check=True)
        said = subprocess.run([str(folder / "time")], capture_output=True, text=True, check=True).stdout
    return float(said.split()[1])  # after that of a whole sequence


def in_python(graph: Graph) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The same step in each other way, once it gives what the graph gives."""
    rng, (cell,) = (
        np.random.default_rng(0),
        (one.operator for one in graph.nodes if isinstance(one.operator, Recurrent)),
    )
    given = made(graph, np.array([1]), rng)
    expected = graph(given)
    x, state = given["input"].values, [given[name][0] for name in cell.spec.states]
    after = [np.empty_like(part) for part in state]
    (weights,) = cell.layers[0]
    with patch.object(arrays, "compiled", return_value=False):
        equations = arrays.step_of(cell.spec, weights)
    for name, step in (("kernel", arrays.step_of(cell.spec, weights)), ("NumPy", equations)):
        assert np.abs(step(x, state, after) - expected["h_after"][0]).max() < TOLERANCE
        yield name, partial(step, x, state, after)
    yield "runtime", partial(graph, given)
    ((layout, model),) = models_of({"scores": graph}, {}).values()
    session = Session(layout, model)
    assert np.abs(session(given)["scores"].reshape(-1) - expected["scores"].values.reshape(-1)).max() < TOLERANCE
    yield "ONNX", ready(session, given)


def measured(cell: str, hidden: int) -> dict[str, float]:
    graph, rng = network(cell, hidden), np.random.default_rng(1)
    rows = [{"input": Sequences(rng.normal(size=(50, FEATURES)).astype(np.float32), np.array([50]))}]
    seconds = {
        "C": in_c(graph),
        "C, int8": in_c(graph, int8=True),
        "C, int16": in_c(graph, int8=True, activations=calibrated(graph, rows)),
    }
    return seconds | {name: per_call(step) for name, step in in_python(graph)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=[*CELLS])
    parser.add_argument("--hidden", nargs="+", type=int, default=[8, 16, 32, 64, 128])
    arguments = parser.parse_args()
    print(f"| cell | hidden | {' | '.join(WAYS)} |")
    print(f"|---|---|{'---|' * len(WAYS)}")
    for cell in arguments.cells:
        for hidden in arguments.hidden:
            rounds = [measured(cell, hidden) for _ in range(TIMES)]  # in turns, so that other load meets all
            shown = (f"{1e6 * statistics.median(one[way] for one in rounds):.2f}" for way in WAYS)
            print(f"| {cell} | {hidden} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
