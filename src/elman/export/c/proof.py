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
from elman.decoding.viterbi import Chain, best_paths
from elman.errors import ExportError
from elman.export.around import LARGEST
from elman.export.c.program import literal
from elman.export.c.source import Sources, only_input
from elman.graph import Graph
from elman.graph.elementwise import Standardise, log_softmax
from elman.graph.operator import values_of
from elman.sequences import Sequences

TOLERANCE = 1e-4
FLAGS = "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"
COMPILERS = "cc", "gcc", "clang"
LENGTHS = 0, 1, 2, 9
SECONDS = 300.0


@dataclass(frozen=True)
class Case:
    """A made input, ``[T, inputs]`` (of ids ``[T]``), and the answers to it ``[answers, outputs]``; where tags are
    chosen together, those that the answers say, ``[answers]``."""

    x: NDArray[Any]
    y: NDArray[Any]
    tags: NDArray[np.int64]


def made_cases(graph: Graph, sources: Sources, function: str, chain: Chain | None = None) -> list[Case]:
    """Inputs drawn at random (seed 0), about as large as those that the network was trained on, and its answers."""
    generator = np.random.default_rng(0)
    input = only_input(graph)
    made: list[NDArray[Any]] = []
    for length in LENGTHS if sources.steps else (1, 1, 1):
        if sources.tokens:
            made.append(generator.integers(sources.tokens, size=length))
        elif sources.pixels:
            made.append(generator.integers(256, size=(length, *(one or 0 for one in input.shape)), dtype=np.uint8))
        else:
            drawn = generator.standard_normal((length, sources.inputs)).astype(np.float32)
            made.append(raw(graph, input.name, drawn))
    return [case(graph, input.name, sources, x, function, chain) for x in made]


def given_cases(
    graph: Graph,
    sources: Sources,
    function: str,
    given: Sequences | NDArray[Any],
    most_steps: int,
    chain: Chain | None = None,
) -> list[Case]:
    """Rows of data as a network reads them, before what the graph itself puts in front, and its answers."""
    input = only_input(graph).name
    rows = given if isinstance(given, Sequences) else np.split(given, len(given)) if len(given) else []
    cut = [(row if sources.pixels else raw(graph, input, row))[:most_steps] for row in rows]
    return [case(graph, input, sources, x, function, chain) for x in cut]


def case(
    graph: Graph, input: str, sources: Sources, x: NDArray[Any], function: str, chain: Chain | None = None
) -> Case:
    given = Sequences(x, np.array([len(x)])) if sources.steps else x
    y = answered(values_of(graph({input: given})["scores"]), function)
    tags = best_paths(Sequences(y, np.array([len(y)])), chain).values if chain else np.zeros(0, np.int64)
    return Case(x, y, tags)


def raw(graph: Graph, input: str, values: NDArray[Any]) -> NDArray[Any]:
    """Numbers that the graph standardises to these values; a column that it leaves out stays at its mean."""
    for node in graph.nodes:
        if isinstance(node.operator, Standardise) and node.inputs == (input,):
            scale = np.where(node.operator.scale < LARGEST, node.operator.scale, 0)
            return np.asarray(values * scale + node.operator.mean, np.float32)
    return values


def answered(scores: NDArray[Any], function: str) -> NDArray[Any]:
    if function == "softmax":
        return np.exp(log_softmax(scores))
    return sigmoid(scores) if function == "sigmoid" else scores


def write_test(sources: Sources, cases: Sequence[Case]) -> str:
    """``NAME_test.c``: runs the program on these inputs and prints the largest difference from the answers."""
    name, size = sources.name, sources.outputs
    numbers = [literal(number) for case in cases for number in case.y.ravel().tolist()] or ["0.0f"]
    whole = sources.tokens or sources.pixels
    given = [str(id) if whole else literal(id) for case in cases for id in case.x.ravel().tolist()] or ["0"]
    type = "int" if sources.tokens else "uint8_t" if sources.pixels else "float"
    most = max(len(case.y) for case in cases)
    return f"""/* Compares what {name} answers to made inputs with what was recorded; see {name}.h. */
#include <stdio.h>

#include "{name}.h"

static const int steps[{len(cases)}] = {{{", ".join(str(len(case.x)) for case in cases)}}};
static const int answers[{len(cases)}] = {{{", ".join(str(len(case.y)) for case in cases)}}};
static const {type} inputs[{len(given)}] = {{
{lines_of(given)}
}};
static const float expected[{len(numbers)}] = {{
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
{tags_found(most) if sources.paths else ""}    const {type} *x = inputs;
    const float *recorded = expected;
    for (int k = 0; k < {len(cases)}; k++) {{
        if ({name}_run(x, {"steps[k], " if sources.steps else ""}y) != answers[k]) {{
            printf("{name}: another number of answers than expected\\n");
            return 1;
        }}
        compare(y, recorded, answers[k] * {size});
{step_by_step(sources)}{path_by_path(sources)}        x += steps[k] * {sources.inputs};
        recorded += answers[k] * {size};
    }}
    printf("{name}: largest difference %.3g\\n", (double)largest);
    return largest <= {literal(TOLERANCE)} ? 0 : 1;
}}
"""


def step_by_step(sources: Sources) -> str:
    if not sources.streams:
        return ""
    name, size = sources.name, sources.outputs
    x = "x[t]" if sources.tokens else f"x + t * {sources.inputs}"
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
