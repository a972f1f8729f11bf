"""The compiled kernels beside the cells' equations in NumPy, wherever Elman is installed; needs numpy alone.

    python bare_kernels.py

Ends with an error where a kernel isn't there, or its numbers are others; run on every wheel, and by
``test_bare_kernels.py``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from elman.cells import find
from elman.kernels import cpu

LENGTHS = [9, 0, 4, 1, 63, 2, 5]
HIDDEN, INPUTS = 67, 37


def address(array: np.ndarray | None) -> int:
    return 0 if array is None else array.ctypes.data


def compiled(key: tuple[str, str], given: dict[str, np.ndarray | None], kind: str) -> np.ndarray:
    """``output [N, H]`` by the extension."""
    kernel, steps = cpu.cells()[key], sum(LENGTHS)
    output = np.empty((steps, HIDDEN), kind)
    gates = output if kernel.width == 1 else np.empty((steps, kernel.width * HIDDEN), kind)
    cells = None if given["c0"] is None else np.empty((steps, HIDDEN), kind)
    h_n, c_n = np.empty((len(LENGTHS), HIDDEN), kind), np.empty((len(LENGTHS), HIDDEN), kind)
    sizes = {"cell": kernel.number, "batch": len(LENGTHS), "hidden": HIDDEN, "inputs": INPUTS}
    arrays = given | {"gates": gates, "cells": cells, "output": output, "h_n": h_n}
    arrays |= {"c_n": None if cells is None else c_n, "lengths": np.array(LENGTHS, np.int64)}
    forward = getattr(cpu.extension(), f"forward_{kind}")
    addresses = {name: address(array) for name, array in arrays.items()}
    forward(**sizes, **addresses, threads=2, reverse=False, inside=False)
    return output


def by_equations(key: tuple[str, str], given: dict[str, np.ndarray | None]) -> np.ndarray:
    """The same in NumPy and float64, step by step."""
    cell, outputs, start = replace(find(key[0]), nonlinearity=key[1]), [], 0
    wide = {name: array.astype(np.float64) for name, array in given.items() if array is not None}
    for sequence, length in enumerate(LENGTHS):
        h = wide["h0"][sequence : sequence + 1]
        memory = h if "c0" not in wide else wide["c0"][sequence : sequence + 1]
        for x in wide["x"][start : start + length, None]:
            product = h @ wide["weight_hh"].T + wide["bias_hh"]
            values = cell.activate(x @ wide["weight_ih"].T + wide["bias_ih"], product)
            memory = cell.remember(values, memory)
            h = cell.output(values, memory)
            outputs.append(h)
        start += length
    return np.concatenate(outputs)


def inputs(key: tuple[str, str], kind: str) -> dict[str, np.ndarray | None]:
    """Random steps, weights and states that the forward pass takes."""
    rng, cell = np.random.default_rng(0), find(key[0])
    rows, batch = len(cell.rows) * HIDDEN, len(LENGTHS)
    shapes = {"x": (sum(LENGTHS), INPUTS), "weight_ih": (rows, INPUTS), "weight_hh": (rows, HIDDEN)}
    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,), "h0": (batch, HIDDEN), "c0": (batch, HIDDEN)}
    made = {name: (rng.standard_normal(shape) * shape[-1] ** -0.5).astype(kind) for name, shape in shapes.items()}
    return made | ({} if "c" in cell.states else {"c0": None})


def main() -> None:
    assert cpu.available(), cpu.problem()
    for key in cpu.cells():
        for kind, tolerance in (("float32", 1e-5), ("float64", 1e-12)):
            given = inputs(key, kind)
            off = np.abs(compiled(key, given, kind) - by_equations(key, given)).max()
            assert off < tolerance, f"{key} in {kind} is off by {off:.1e}"
    print(f"{len(cpu.cells())} cells agree with their equations: {cpu.isa()} of {', '.join(cpu.targets())}")


if __name__ == "__main__":
    main()
