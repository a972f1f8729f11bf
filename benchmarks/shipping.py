"""A model by each way in which it leaves home: every sample's task trained, shipped, and its answers compared.

    python benchmarks/shipping.py                  # all samples
    python benchmarks/shipping.py names tags       # some

For each: PyTorch, as it was trained; the runtime, which needs numpy alone; ONNX and C, where the model can be written
as such, else why not. Load time is that of a fresh process, imports included; time per answer is of one cell at a
time, both medians. The difference is the largest between any number of the answers and PyTorch's; for ONNX and C,
between what the exported network and the graph compute. Models are trained for one epoch: what is compared is the
way, not the model.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import elman
from elman import exporting, samples
from elman.errors import ElmanError

CELLS = 10
TIMES = 3
SETTINGS: dict[str, dict[str, Any]] = {"names": {"ngrams": False}, "reviews": {"ngrams": False}}
LOAD = """
import sys, time
began = time.perf_counter()
import elman
model = elman.load(sys.argv[1])
if sys.argv[2] == "torch":
    model.network
print(time.perf_counter() - began)
"""


def shipped(name: str, folder: Path) -> Iterator[tuple[str, ...]]:
    """The lines of one sample."""
    data = folder / f"{name}{samples.SAMPLES[name].suffix}"
    samples.write(name, data)
    model = elman.fit(data, epochs=1, to=folder / "model", **SETTINGS.get(name, {}))
    loaded = elman.load(folder / "model")
    cells = list(model.columns.cells(model.columns.table(data))[0])[:CELLS]
    expected, found = (numbers([p.to_json() for p in m.predict(cells)]) for m in (model, loaded))
    apart = max((abs(a - b) for a, b in zip(expected, found, strict=True)), default=0.0)
    size = megabytes(folder / "model")
    yield name, "torch", size, load_time(folder / "model", "torch"), per_answer(model, cells), ""
    yield name, "runtime", size, load_time(folder / "model", "numpy"), per_answer(loaded, cells), f"{apart:.0e}"
    for way, export in (("ONNX", to_onnx), ("C", to_c)):
        try:
            yield name, way, *export(loaded, folder / way)
        except ElmanError as problem:
            yield name, way, "", "", "", f"no: {problem}"


def to_onnx(model: elman.Model, folder: Path) -> tuple[str, str, str, str]:
    proof = exporting.to_onnx(model, folder)
    return megabytes(folder), "", "", f"{proof.largest:.0e}"


def to_c(model: elman.Model, folder: Path) -> tuple[str, str, str, str]:
    exported = exporting.to_c(model, folder).exported
    return megabytes(folder), "", "", "no compiler" if exported.difference is None else f"{exported.difference:.0e}"


def numbers(value: Any) -> list[float]:
    """All numbers in a record."""
    if isinstance(value, bool | str) or value is None:
        return []
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    return [number for part in value for number in numbers(part)] if isinstance(value, list | tuple) else [float(value)]


def megabytes(folder: Path) -> str:
    return f"{sum(file.stat().st_size for file in folder.iterdir()) / 1e6:.2f}"


def load_time(folder: Path, way: str) -> str:
    def load() -> float:
        command = [sys.executable, "-c", LOAD, str(folder), way]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    return f"{median(load):.2f}"


def per_answer(model: elman.Model, cells: list[Any]) -> str:
    def answer() -> float:
        began = time.perf_counter()
        for cell in cells:
            model.predict([cell])
        return (time.perf_counter() - began) / max(1, len(cells))

    model.predict(cells)  # whatever is made once, is
    return f"{1000 * median(answer):.2f}"


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(TIMES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*samples.names(), []], default=[])
    parser.add_argument("--json", type=Path, help="also keep the lines here")
    arguments = parser.parse_args()
    print("| sample | way | MB | load, s | ms per answer | largest difference |")
    print("|---|---|---|---|---|---|", flush=True)
    lines = []
    for name in arguments.names or samples.names():
        with tempfile.TemporaryDirectory(prefix="shipping-") as folder:
            for line in shipped(name, Path(folder)):
                lines.append(line)
                print(f"| {' | '.join(line)} |", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(lines, indent=1))


if __name__ == "__main__":
    main()
