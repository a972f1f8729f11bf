"""The table of ways out of home: its lines, what is refused, and the program that measures C."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elman.decoding.viterbi import Chain
from elman.errors import ExportError
from elman.export.around import ReadOut
from elman.export.c import proof
from elman.export.c.source import write_sources
from elman.graph import Writer
from elman.graph.elementwise import Concat, Linear
from elman.graph.tokens import AsSteps, Bag

SOURCE = Path(__file__).resolve().parents[2] / "benchmarks" / "shipping.py"
specification = importlib.util.spec_from_file_location("shipping", SOURCE)
assert specification and specification.loader
shipping: Any = importlib.util.module_from_spec(specification)
sys.modules["shipping"] = shipping
specification.loader.exec_module(shipping)

COMPILER = proof.compiler() or ""
pytestmark = pytest.mark.skipif(not COMPILER, reason="there is no C compiler")


def test_the_lines_of_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shipping, "load_time", lambda *words: 0.25)
    monkeypatch.setattr(shipping, "STEPS", 3)
    lines = list(shipping.shipped("flowers", tmp_path))
    assert [line.way for line in lines] == ["torch", "runtime", "ONNX", "C"]
    assert all(float(line.difference) < 1e-5 for line in lines[1:])
    assert all(line.size and line.answer for line in lines)
    assert str(lines[0]).startswith("| flowers | torch | 0.0") and "| 0.25 |" in str(lines[0])


def test_what_cannot_be_is_a_line_that_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments: Any) -> None:
        raise ExportError("there is no such thing")

    monkeypatch.setattr(shipping, "load_time", lambda *words: 0.25)
    monkeypatch.setattr(shipping, "to_onnx", refuse)
    monkeypatch.setattr(shipping, "to_c", refuse)
    *_, onnx, c = shipping.shipped("flowers", tmp_path)
    assert [line.difference for line in (onnx, c)] == ["no: there is no such thing"] * 2


def test_a_program_that_is_measured(tmp_path: Path):
    """Of steps with several inputs, whose tags are chosen together."""
    rng, g = np.random.default_rng(0), Writer()
    bag = g.add(Bag(rng.normal(size=(9, 3)).astype(np.float32)), g.input("names", "int64"))
    steps = g.add(AsSteps(), bag, g.input("places", "int64"))
    numbers = g.add(AsSteps(), g.input("numbers", "float32", 1, form="rows"), "places")
    beside = g.add(Concat(), steps, numbers)
    graph = g.graph(scores=g.add(Linear(rng.normal(size=(2, 4)).astype(np.float32)), beside))
    read_out = ReadOut("scores", chain=Chain(*(np.zeros(size, np.float32) for size in (2, (2, 2), 2))))
    sources = write_sources(graph, "model", read_out)
    text = shipping.timing(sources, proof.made_cases(graph, sources, read_out))
    assert "model_tags(y, steps[k], tags);" in text
    for file, content in (("model.h", sources.header), ("model.c", sources.source), ("time.c", text)):
        (tmp_path / file).write_text(content)
    subprocess.run([COMPILER, "-std=c11", "-O1", "-Wall", "model.c", "time.c", "-o", "time"], cwd=tmp_path, check=True)
    found = subprocess.run([tmp_path / "time"], capture_output=True, text=True, check=True).stdout.split()
    assert all(0 < float(seconds) < 0.1 for seconds in found)
