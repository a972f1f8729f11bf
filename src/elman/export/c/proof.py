"""The proof of an exported program: what it answers to made inputs, beside what the graph does."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.cells.arrays import sigmoid
from elman.decoding.viterbi import best_paths
from elman.errors import ExportError
from elman.export.around import LARGEST, ReadOut
from elman.export.c.program import literal
from elman.export.c.source import Sources
from elman.export.inputs import Given, Inputs, made
from elman.graph import Graph, Value
from elman.graph.elementwise import Standardise, log_softmax
from elman.graph.operator import values_of, with_values_of
from elman.graph.raw import DAY, EARLIEST, LATEST, Dates, Observed
from elman.graph.series import Recent
from elman.sequences import Sequences

TOLERANCE = 1e-4
FLAGS = "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"
COMPILERS = "cc", "gcc", "clang"
LENGTHS = 0, 1, 2, 9
SECONDS = 300.0


@dataclass(frozen=True)
class Case:
    """An input of so many ``steps``, of a row 1, and the answers to it ``[answers, outputs]``; where tags are chosen
    together, those that the answers say, ``[answers]``."""

    given: Given
    steps: int
    y: NDArray[Any]
    tags: NDArray[np.int64]


def made_cases(graph: Graph, sources: Sources, read_out: ReadOut) -> list[Case]:
    """Inputs drawn at random (seed 0), about as large as those that the network was trained on, and its answers."""
    generator = np.random.default_rng(0)
    drawn = [made(graph, np.array([length], np.int64), generator) for length in LENGTHS]
    drawn = [with_gaps(graph, one, place) for place, one in enumerate(drawn)]
    return [case(graph, sources, one, read_out) for one in drawn]


def case(graph: Graph, sources: Sources, drawn: Given, read_out: ReadOut) -> Case:
    """What the graph makes of one row, or one sequence, whose numbers are standardised; from its first step on."""
    states = [one.name for one in graph.inputs if one.form == "state"]
    given = raw(graph, {name: value for name, value in drawn.items() if name not in states})
    y = answered(values_of(graph(given)["scores"]), read_out.function)
    y = y.reshape(-1, sources.outputs)
    length = np.array([len(y)])
    tags = best_paths(Sequences(y, length), read_out.chain).values if read_out.chain else np.zeros(0, np.int64)
    return Case(given, sources.reads.count(given) if sources.reads.steps else 1, y, tags)


def with_gaps(graph: Graph, drawn: Given, first: int) -> Inputs:
    """The same, but that each third number or time is missing from one on, where the graph reads such as can be."""
    found = dict(drawn)
    for node in graph.nodes:
        value = found.get(node.inputs[0])
        if isinstance(node.operator, (Observed, Dates)) and value is not None:
            numbers = values_of(value)
            missing = (np.arange(numbers.size) - first).reshape(numbers.shape) % 3 == 0
            found[node.inputs[0]] = with_values_of(value, np.where(missing, numbers.dtype.type(np.nan), numbers))
    return found


def raw(graph: Graph, drawn: Given) -> Inputs:
    """Numbers that the graph standardises to these; a column that it leaves out stays at its mean."""
    found = dict(drawn)
    for node in graph.nodes:
        value = drawn.get(node.inputs[0])
        match node.operator:
            case Observed(mean=mean, scale=scale) if value is not None:
                found[node.inputs[0]] = unscaled(value, mean, scale)
            case Standardise(mean=mean, scale=scale) if value is not None and values_of(value).dtype.kind == "f":
                found[node.inputs[0]] = unscaled(value, mean, scale)
            case Dates() as dates if value is not None:
                seconds = DAY * (values_of(value) * np.array(dates.scale) + np.array(dates.mean))
                found[node.inputs[0]] = np.clip(np.round(seconds), EARLIEST, LATEST - 1)
            case Recent() as recent if value is not None:
                mean = np.append(recent.mean, recent.other_mean)
                found[node.inputs[0]] = unscaled(value, mean, np.append(recent.scale, recent.other_scale))
            case _:
                pass
    return found


def unscaled(value: Value, mean: NDArray[Any], scale: NDArray[Any]) -> Value:
    numbers = values_of(value) * np.where(scale < LARGEST, scale, 0) + mean
    return with_values_of(value, numbers.astype(np.float32))


def answered(scores: NDArray[Any], function: str) -> NDArray[Any]:
    if function == "softmax":
        return np.exp(log_softmax(scores))
    return sigmoid(scores) if function == "sigmoid" else scores


def write_test(sources: Sources, cases: Sequence[Case]) -> str:
    """``NAME_test.c``: runs the program on these inputs and prints the largest difference from the answers."""
    name, size = sources.name, sources.outputs
    numbers = [literal(number) for case in cases for number in case.y.ravel().tolist()] or ["0.0f"]
    most = max(len(case.y) for case in cases)
    return f"""/* Compares what {name} answers to made inputs with what was recorded; see {name}.h. */
#include <stdio.h>

#include "{name}.h"

static const int steps[{len(cases)}] = {{{", ".join(str(case.steps) for case in cases)}}};
static const int answers[{len(cases)}] = {{{", ".join(str(len(case.y)) for case in cases)}}};
{inputs_in_c(sources, cases)}static const float expected[{len(numbers)}] = {{
{lines_of(numbers)}
}};
{recorded_tags(sources, cases)}static float largest = 0.0f;

/* Of numbers larger than 1 the difference is relative. */
static void compare(const float *y, const float *recorded, int count)
{{
    for (int i = 0; i < count; i++) {{
        const float much = recorded[i] < 0.0f ? -recorded[i] : recorded[i];
        const float apart = y[i] < recorded[i] ? recorded[i] - y[i] : y[i] - recorded[i];
        const float difference = much > 1.0f ? apart / much : apart;
        if (largest == largest && !(difference <= largest))
            largest = difference;
    }}
}}

int main(void)
{{
    static float y[{max(1, most) * size}];
{tags_found(most) if sources.paths else ""}    const {sources.reads.type(name)} *x = inputs;
    const float *recorded = expected;
    for (int k = 0; k < {len(cases)}; k++) {{
        if ({name}_run(x, {"steps[k], " if sources.reads.steps else ""}y) != answers[k]) {{
            printf("{name}: another number of answers than expected\\n");
            return 1;
        }}
        compare(y, recorded, answers[k] * {size});
{step_by_step(sources)}{path_by_path(sources)}        x += steps[k] * {sources.reads.inputs};
        recorded += answers[k] * {size};
    }}
    printf("{name}: largest difference %.3g\\n", (double)largest);
    return largest <= {literal(TOLERANCE)} ? 0 : 1;
}}
"""


def inputs_in_c(sources: Sources, cases: Sequence[Case]) -> str:
    """The inputs of all cases, one after another, as the array ``inputs``."""
    pointed: dict[str, list[str]] = {}
    given = [text for case in cases for text in sources.reads.initialisers(case.given, pointed)]
    lines = lines_of(given or [sources.reads.zero])
    type = sources.reads.type(sources.name)
    return f"{sources.reads.arrays(pointed)}static const {type} inputs[{max(1, len(given))}] = {{\n{lines}\n}};\n"


def step_by_step(sources: Sources) -> str:
    if not sources.streams:
        return ""
    name, size = sources.name, sources.outputs
    x = "x[t]" if sources.reads.tokens else f"x + t * {sources.reads.inputs}"
    if sources.each:
        step = f"            {name}_step(&state, {x}, y);\n            compare(y, recorded + t * {size}, {size});\n"
        return f"""        {name}_state state;
        {name}_reset(&state);
        for (int t = 0; t < steps[k]; t++) {{
{step}        }}
"""
    return f"""        {name}_state state;
        {name}_reset(&state);
        for (int t = 0; t < steps[k]; t++)
            {name}_step(&state, {x}, y);
        compare(y, recorded, {size});
"""


def recorded_tags(sources: Sources, cases: Sequence[Case]) -> str:
    """The tags of all cases, where they are chosen together."""
    if not sources.paths:
        return ""
    tags = [str(tag) for case in cases for tag in case.tags.tolist()] or ["0"]
    return f"static const int tags[{len(tags)}] = {{\n{lines_of(tags)}\n}};\n"


def tags_found(most: int) -> str:
    return f"    static int found[{max(1, most)}];\n    const int *path = tags;\n"


def path_by_path(sources: Sources) -> str:
    """Of the recorded answers, so that rounding can't choose between two paths that are as good."""
    if not sources.paths:
        return ""
    return f"""        for (int i = 0; i < answers[k] * {sources.outputs}; i++)
            y[i] = recorded[i];
        {sources.name}_tags(y, answers[k], found);
        for (int t = 0; t < answers[k]; t++)
            if (found[t] != path[t]) {{
                printf("{sources.name}: other tags than expected\\n");
                return 1;
            }}
        path += answers[k];
"""


def lines_of(numbers: Sequence[str]) -> str:
    rows = (", ".join(numbers[first : first + 8]) for first in range(0, len(numbers), 8))
    return ",\n".join(f"    {row}" for row in rows)


def compiler() -> str | None:
    """The C compiler of this machine: that of ``CC``, or the first there is."""
    return next((found for name in (os.environ.get("CC", ""), *COMPILERS) if (found := shutil.which(name))), None)


def prove(folder: Path, name: str, *, compiler: str, runner: Sequence[str] = (), flags: Sequence[str] = ()) -> float:
    """Compile the program in a folder with its test, run that, and return the largest difference.

    runner: what runs a program of another machine, as ``qemu-arm``
    Raises ExportError where it doesn't compile, or answers otherwise than recorded.
    """
    program = folder / f"{name}_test"
    command = [compiler, *FLAGS, f"{name}.c", f"{name}_test.c", "-o", program.name, *flags]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
        if done.returncode:
            raise ExportError(f"{name}.c doesn't compile ({' '.join(command)}):\n{done.stderr[:2000]}")
        ran = subprocess.run([*runner, str(program.resolve())], capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ExportError(f"{name} can't be tried here ({problem})") from problem
    finally:
        program.unlink(missing_ok=True)
    if ran.returncode:
        raise ExportError(
            f"the C program answers otherwise than the network ({ran.stdout.strip() or f'exit {ran.returncode}'}; "
            f"expected at most {TOLERANCE:g}): nothing was written"
        )
    return float(ran.stdout.rsplit(" ", 1)[1])
