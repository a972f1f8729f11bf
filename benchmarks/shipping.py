"""A model by each way in which it leaves home: every sample's task trained, shipped, and its answers compared.

    python benchmarks/shipping.py                  # all samples, in about 5 minutes on 2 cores
    python benchmarks/shipping.py names tags       # some

For each: PyTorch, as it was trained; the runtime, which needs numpy alone; ONNX and C, where the model can be written
as such, else why not. Models are trained for one epoch: what is compared is the way, not the model.

load        CPU seconds of a fresh process beyond those of importing numpy
per answer  of PyTorch and the runtime, one cell at a time, from the cell to what is said; of ONNX and C, what the
            network takes for a cell that is encoded already, or, where it writes a sequence, for reading one;
            of C with the tags that are chosen together
per step    what the network takes for one more step of a sequence that comes in pieces, or of one that it writes; the
            runtime's too without what stands around it
difference  the largest between any number of the answers and PyTorch's; for ONNX and C, between what the exported
            network and the graph compute

Times are medians, and one thread computes.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}  # before numpy

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import elman
from elman import exporting, samples
from elman.errors import ElmanError
from elman.export.around import SCORES
from elman.export.c.proof import Case, case, compiler, inputs_in_c
from elman.export.c.source import Sources
from elman.export.inputs import made
from elman.export.onnx import FILES, first_step, models_of
from elman.export.onnx.proof import Session
from elman.graph import Graph

CELLS = 10
TIMES = 3
STEPS = 200
ASKED: dict[str, dict[str, Any]] = {
    **{name: {"ngrams": False} for name in ("names", "reviews", "shop")},
    "machine": {"task": "anomaly"},
}
LOAD = """
import sys, time, numpy
began = time.process_time()
import elman
model = elman.load(sys.argv[1])
if sys.argv[2] == "torch":
    model.network
print(time.process_time() - began)
"""
LOAD_ONNX = """
import sys, time, numpy
began = time.process_time()
import onnxruntime
for path in sys.argv[1:]:
    onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
print(time.process_time() - began)
"""
TIME_C = """
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include "model.h"

{inputs}
static float y[{most}];
static int tags[{most}];
static const int steps[] = {{{steps}}}, first[] = {{{first}}};

static double seconds(void)
{{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}}

int main(void)
{{
    (void)tags, (void)steps, (void)first;
    for (int way = 0; way < {ways}; way++) {{
        double began = seconds(), taken = 0;
        long count = 0;
        do {{
            if (way == 0) {{
                const long k = count++ % {rows};
                {run}
            }} else {{
                {step}
            }}
            taken = seconds() - began;
        }} while (taken < 0.2);
        printf("%.9g\\n", taken / (double)count);
    }}
    return 0;
}}
"""


@dataclass(frozen=True)
class Line:
    """What is measured of one way. Sizes in MB; seconds; None for what there isn't."""

    sample: str
    way: str
    size: float | None = None
    load: float | None = None
    answer: float | None = None
    step: float | None = None
    difference: str = ""

    def __str__(self) -> str:
        numbers = shown(self.size, 1, 2), shown(self.load, 1, 2), shown(self.answer, 1e3, 3), shown(self.step, 1e6, 1)
        return f"| {' | '.join((self.sample, self.way, *numbers, self.difference))} |"


def shown(number: float | None, unit: float, digits: int) -> str:
    return "" if number is None else f"{number * unit:,.{digits}f}"


def shipped(name: str, folder: Path) -> Iterator[Line]:
    """The lines of one sample."""
    data = folder / f"{name}{samples.SAMPLES[name].suffix}"
    samples.write(name, data)
    model = elman.fit(data, epochs=1, to=folder / "model", **ASKED.get(name, {}))
    loaded = elman.load(folder / "model")
    cells = list(model.columns.cells(model.columns.table(data))[0])[:CELLS]
    expected, found = (numbers([p.to_json() for p in m.predict(cells)]) for m in (model, loaded))
    apart = max((abs(a - b) for a, b in zip(expected, found, strict=True)), default=0.0)
    size = megabytes(folder / "model")
    yield Line(name, "torch", size, load_time(LOAD, folder / "model", "torch"), per_answer(model, cells))
    stepper = stepping(loaded.graphs.graphs)
    step = per_call(*stepper) if stepper else None
    load = load_time(LOAD, folder / "model", "numpy")
    yield Line(name, "runtime", size, load, per_answer(loaded, cells), step, f"{apart:.0e}")
    for way, export in (("ONNX", to_onnx), ("C", to_c)):
        try:
            yield export(name, way, loaded, data, folder / way)
        except ElmanError as problem:
            yield Line(name, way, difference=f"no: {problem}")


def stepping(graphs: Mapping[str, Graph]) -> tuple[Graph, Any] | None:
    """The graph that takes a sequence one step on, with made inputs of one sequence; None where there is none."""
    rng = np.random.default_rng(0)
    if "read_on" in graphs:
        return graphs["read_on"], made(graphs["read_on"], np.array([1]), rng)
    if "write" in graphs:
        (layout, _) = models_of(graphs, {})["write"]
        return graphs["write"], first_step(layout, graphs["read"](made(graphs["read"], np.array([5]), rng)))
    return None


def to_onnx(name: str, way: str, model: elman.Model, data: Path, folder: Path) -> Line:
    proof = exporting.to_onnx(model, folder)
    files = [folder / file for file in FILES.values() if (folder / file).exists()]
    sessions = {one: Session(*written) for one, written in models_of(model.graphs.graphs, {}).items()}
    reader = sessions.get("read") or sessions["scores"]
    rows = [ready(reader, row) for row in islice(exporting.rows_of(model, data, [1]), CELLS)]
    answer = statistics.mean(per_call(row) for row in rows)
    step = stepping(model.graphs.graphs)
    stepper = sessions.get("read_on") or sessions.get("write") or sessions["scores"]
    onward = per_call(ready(stepper, step[1])) if step else None
    return Line(name, way, megabytes(folder), load_time(LOAD_ONNX, *files), answer, onward, f"{proof.largest:.0e}")


def ready(session: Session, inputs: Any) -> Callable[[], Any]:
    """One run of ONNX Runtime on inputs that lie as it takes them."""
    fed = {name: array for name, array in session.layout.feed(inputs).items() if name in session.inputs}
    return partial(session.session.run, list(session.outputs), fed)


def to_c(name: str, way: str, model: elman.Model, data: Path, folder: Path) -> Line:
    exported = exporting.to_c(model, folder, data).exported
    found = compiler()
    if not found or exported.difference is None:
        return Line(name, way, megabytes(folder), difference="no compiler")
    size = megabytes(folder)
    (folder / "time.c").write_text(timing(exported.sources, cases_of(model, data, exported.sources)))
    command = [found, "-std=c11", "-O2", "-ffp-contract=off", "model.c", "time.c", "-o", "time"]
    subprocess.run(command, cwd=folder, check=True)
    seconds = subprocess.run([str(folder / "time")], capture_output=True, text=True, check=True).stdout.split()
    answer, *onward = map(float, seconds)
    return Line(name, way, size, None, answer, onward[0] if onward else None, f"{exported.difference:.0e}")


def cases_of(model: elman.Model, data: Path, sources: Sources) -> list[Case]:
    """The first rows of data that a program can be given."""
    kind = model.parts.input
    graph = kind.before(model.graphs.graphs["scores"])
    rows = exporting.examples_of(model, data, [1], sources.most_steps or exporting.MOST_STEPS)
    return [case(graph, sources, kind.before_arrays(row), SCORES) for row in islice(rows, CELLS)]


def timing(sources: Sources, cases: Sequence[Case]) -> str:
    """A program that prints the seconds of an answer, and of a step where it can take one; tags included."""
    steps, stride = [one.steps for one in cases], sources.reads.inputs
    first = [stride * sum(steps[:k]) for k in range(len(steps))]
    run = f"model_run(inputs + first[k], {'steps[k], ' if sources.reads.steps else ''}y);"
    run += " model_tags(y, steps[k], tags);" if sources.paths else ""
    total = max(1, sum(steps))
    x = f"inputs[count++ % {total}]" if sources.reads.tokens else f"inputs + (count++ % {total}) * {stride}"
    return TIME_C.format(
        inputs=inputs_in_c(sources, cases),
        most=max([1, *(len(one.y) for one in cases)]) * sources.outputs,
        steps=", ".join(map(str, steps)),
        first=", ".join(map(str, first)),
        rows=len(cases),
        ways=2 if sources.streams else 1,
        run=run,
        step=f"static model_state state;\n                model_step(&state, {x}, y);" if sources.streams else "break;",
    )


def numbers(value: Any) -> list[float]:
    """All numbers in a record."""
    if isinstance(value, bool | str) or value is None:
        return []
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    return [number for part in value for number in numbers(part)] if isinstance(value, list | tuple) else [float(value)]


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


def load_time(code: str, *words: str | Path) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def load() -> float:
        command = [sys.executable, "-c", code, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return float(done.stdout)

    load()  # modules are compiled from here on, as pip leaves them when it installs
    return median(load)


def per_answer(model: elman.Model, cells: Sequence[Any]) -> float:
    def answer() -> float:
        began = time.perf_counter()
        for cell in cells:
            model.predict([cell])
        return (time.perf_counter() - began) / max(1, len(cells))

    model.predict(list(cells))  # whatever is made once, is
    return median(answer)


def per_call(function: Callable[..., Any], *arguments: Any) -> float:
    def call() -> float:
        began = time.perf_counter()
        function(*arguments)
        return time.perf_counter() - began

    return statistics.median(call() for _ in range(STEPS))


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(TIMES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*samples.names(), []], default=[])
    parser.add_argument("--json", type=Path, help="also keep the lines here")
    arguments = parser.parse_args()
    print("| sample | way | MB | load, CPU s | ms per answer | us per step | largest difference |")
    print("|---|---|---|---|---|---|---|", flush=True)
    lines: list[Line] = []
    for name in arguments.names or samples.names():
        with tempfile.TemporaryDirectory(prefix="shipping-") as folder:
            for line in shipped(name, Path(folder)):
                lines.append(line)
                print(line, flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps([vars(line) for line in lines], indent=1))


if __name__ == "__main__":
    main()
