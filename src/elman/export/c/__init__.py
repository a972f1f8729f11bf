"""A trained network in C99: one small folder that needs no library, for microcontrollers, plug-ins and programs.

NAME.h       sizes, the state, ``NAME_reset``, ``NAME_step`` (of causal networks) and ``NAME_run``
NAME.c       weights and functions; no ``malloc``, no ``libm``, and of the C library ``memcpy`` and ``memset`` alone
NAME_test.c  made inputs with the network's answers; prints the largest difference
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from elman.errors import ExportError
from elman.export.c.proof import compiler, made_cases, prove, write_test
from elman.export.c.source import write_sources
from elman.graph import Graph
from elman.paths import replacing

__all__ = ["Exported", "export"]


@dataclass(frozen=True)
class Exported:
    """A program that was written.

    streams:    whether it reads step by step
    constants:  bytes of weights and the like, which can stay in flash; code comes on top
    state:      bytes of RAM that it keeps: its state from step to step, or all that it needs for a window
    stack:      bytes of numbers on the stack while it runs, at most
    difference: the largest between its answers and the network's, relative where these are larger than 1; None where
                there is no C compiler to try it with
    """

    files: tuple[str, ...]
    streams: bool
    constants: int
    state: int
    stack: int
    difference: float | None


def export(
    graph: Graph,
    folder: str | Path,
    *,
    name: str = "model",
    answer: str = "scores",
    labels: Sequence[str] = (),
    most_steps: int = 128,
    libm: bool = False,
    about: str = "",
) -> Exported:
    """Write a graph that gives ``scores`` as a C program, and prove it: compile it, and compare what it answers.

    answer:     what it writes: the "scores", their "softmax", or the "sigmoid" of each
    labels:     what the places of an answer stand for
    most_steps: of a window, where a network needs all of it at once
    libm:       take ``expf`` and ``tanhf`` of the C library, and not Elman's own (then link with ``-lm``)
    about:      a line about it, for its header

    Raises ExportError for what has no C, for answers that differ by more than 1e-4, and where it can't write.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} exists and is not empty; it is left alone: pass another folder")
    sources = write_sources(graph, name, answer=answer, labels=labels, most_steps=most_steps, libm=libm, about=about)
    files = {
        f"{name}.h": sources.header,
        f"{name}.c": sources.source,
        f"{name}_test.c": write_test(sources, made_cases(graph, sources, answer)),
    }
    found = compiler()
    try:
        with tempfile.TemporaryDirectory() as tried:
            for file, text in files.items():
                (Path(tried) / file).write_text(text, encoding="utf-8")
            flags = ["-lm"] if libm else []
            difference = prove(Path(tried), name, compiler=found, flags=flags) if found else None
        with replacing(folder) as part:
            part.mkdir(parents=True)
            for file, text in files.items():
                (part / file).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ExportError(f"can't write {folder}: {problem.strerror or problem}; pass another folder") from problem
    return Exported(tuple(files), sources.streams, sources.constants, sources.state, sources.stack, difference)
