"""A trained network in C99: one small folder that needs no library, for microcontrollers, plug-ins and programs.

NAME.h       sizes, the state, ``NAME_reset``, ``NAME_step`` (of causal networks) and ``NAME_run``
NAME.c       weights and functions; no ``malloc``, no ``libm``, and of the C library ``memcpy`` and ``memset`` alone
NAME_test.c  made inputs with the network's answers; prints the largest difference
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from elman.errors import ExportError
from elman.export.around import AS_ONNX, SCORES, Meaning, ReadOut, without
from elman.export.c.fixed import calibrated
from elman.export.c.proof import Case, case, compiler, made_cases, prove, write_test
from elman.export.c.rounding import rounded
from elman.export.c.source import Sources, write_sources
from elman.export.inputs import Given
from elman.graph import Graph
from elman.paths import replacing

__all__ = ["MOST_STEPS", "Exported", "Options", "calibrated", "export", "rounded"]

MOST_STEPS = 128
"""Of a window, where nothing says otherwise."""
MOST_WEIGHTS = 20_000_000
"""Of 11 million weights the source is 139 MB; with 30 million a compiler isn't done in five minutes."""


class Options(TypedDict, total=False):
    """How a program is to be, as ``export`` takes it."""

    name: str
    most_steps: int
    libm: bool
    int8: bool


@dataclass(frozen=True)
class Exported:
    """A program that was written.

    sources:    its text, and what it needs
    difference: the largest between its answers and the network's, relative where these are larger than 1; None where
                there is no C compiler to try it with
    rounding:   how far int8 moves the network's answers to made inputs at most; 0 where weights aren't rounded
    """

    sources: Sources
    difference: float | None
    rounding: float


def weights_in(graph: Graph) -> int:
    """How many numbers its arrays have."""
    sizes = list[int]()

    def keep(array: NDArray[Any]) -> str:
        sizes.append(array.size)
        return ""

    graph.to_json(keep)
    return sum(sizes)


def export(
    graph: Graph,
    folder: str | PathLike[str],
    read_out: ReadOut = SCORES,
    *,
    meanings: Mapping[str, Meaning] | None = None,
    name: str = "model",
    given: Iterable[Given] = (),
    most_steps: int = MOST_STEPS,
    libm: bool = False,
    int8: bool = False,
    activations: Sequence[float] = (),
    about: str = "",
) -> Exported:
    """Write a graph that gives ``scores`` as a C program, and prove it: compile it, and compare what it answers.

    read_out:   what it makes of the scores
    meanings:   of its inputs, by their names in the graph
    given:      batches of one row of data each, to try it on too, as the network reads them; none of them is written
    most_steps: of a window, where a network needs all of it at once
    libm:       take ``expf`` and ``tanhf`` of the C library, and not Elman's own (then link with ``-lm``)
    int8:       keep matrices as whole numbers from -127 to 127, with a scale for each row; numbers between stay float
    activations: with ``int8``, of each recurrence the step of its input (``calibrated``): it runs in whole numbers then
    about:      a line about it, for its header

    Raises ExportError for what has no C, for answers that differ by more than 1e-4, and where it can't write.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} exists and is not empty; it is left alone: pass another folder")
    if (weights := weights_in(graph)) > MOST_WEIGHTS:
        raise without(
            "C", f"this network has {weights:,} weights, more than the {MOST_WEIGHTS:,} that compilers take", AS_ONNX
        )
    exact = read_out.on(graph)
    graph = rounded(exact, activations) if int8 else exact
    sources = write_sources(
        graph, name, read_out, meanings=meanings, most_steps=most_steps, libm=libm, int8=int8, about=about
    )
    files = {f"{name}.h": sources.header, f"{name}.c": sources.source}
    cases = made_cases(graph, sources, read_out)
    test = write_test(sources, cases)
    others = [case(graph, sources, row, read_out) for row in given]
    found, flags = compiler(), ["-lm"] if libm else []
    try:
        differences = [
            tried(files | {f"{name}_test.c": one}, name, found, flags)
            for one in (test, *([write_test(sources, others)] if others else []))
            if found
        ]
        with replacing(folder) as part:
            write_files(part, files | {f"{name}_test.c": test})
    except OSError as problem:
        raise ExportError(f"can't write {folder}: {problem.strerror or problem}; pass another folder") from problem
    off = rounding(cases, made_cases(exact, sources, read_out)) if int8 else 0.0
    return Exported(sources, max(differences, default=None), off)


def rounding(cases: Sequence[Case], exact: Sequence[Case]) -> float:
    """The largest difference between answers, relative where these are larger than 1."""
    pairs = ((one.y, other.y) for one, other in zip(cases, exact, strict=True) if one.y.size)
    return max((float((np.abs(y - z) / np.maximum(np.abs(z), 1)).max()) for y, z in pairs), default=0.0)


def tried(files: Mapping[str, str], name: str, compiler: str, flags: Sequence[str]) -> float:
    """The largest difference that a program's test finds, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), files)
        return prove(Path(folder), name, compiler=compiler, flags=flags)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
