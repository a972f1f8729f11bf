"""A trained model as C predicts what the model does, from the numbers and ids that the data hold."""

from __future__ import annotations

import ctypes
import random
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman import samples
from elman.errors import ExportError
from elman.export.c.proof import compiler
from elman.exporting import to_c
from elman.graph import Graph
from elman.graph.elementwise import Linear

COMPILER = compiler() or ""
pytestmark = pytest.mark.skipif(not COMPILER, reason="there is no C compiler")


def motions(output: str) -> list[dict[str, Any]]:
    """Sequences of two numbers with means far from 0, and something that can be told of them."""
    draw = random.Random(0)
    rows = [[[draw.gauss(3, 2), draw.gauss(100, 9)] for _ in range(draw.randint(1, 12))] for _ in range(60)]
    told = {
        "force": lambda row: [x + y / 10 for x, y in row],
        "tags": lambda row: ["high" if x > 3 else "low" for x, _ in row],
        "kind": lambda row: "up" if row[-1][0] > row[0][0] else "down",
    }
    return [{"motion": row, output: told[output](row)} for row in rows]


def saved(data: Any, folder: Path, **changes: Any) -> elman.Model:
    elman.fit(data, epochs=1, hidden_size=8, to=folder, **changes)
    return elman.load(folder)


def answers(folder: Path, x: np.ndarray[Any, Any], outputs: int) -> np.ndarray[Any, Any]:
    """What the program in a folder makes of a sequence, ``[answers, outputs]``."""
    library = folder / "model.so"
    if not library.exists():
        subprocess.run([COMPILER, "-shared", "-fPIC", "model.c", "-o", library], cwd=folder, check=True)
    y = np.zeros((len(x) + 1, outputs), np.float32)
    x = np.ascontiguousarray(x)
    count = ctypes.CDLL(str(library)).model_run(ctypes.c_void_p(x.ctypes.data), len(x), ctypes.c_void_p(y.ctypes.data))
    return y[:count]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_number_for_each_step(tmp_path: Path, bidirectional: bool):
    data = motions("force")
    model = saved(data, tmp_path / "model", bidirectional=bidirectional)
    done = to_c(model, tmp_path / "out", data)
    assert done.exported.sources.streams == (not bidirectional)
    for row, expected in zip(data[:3], model.predict([row["motion"] for row in data[:3]]), strict=True):
        found = answers(tmp_path / "out", np.array(row["motion"], np.float32), 1)
        assert found[:, 0] == pytest.approx(expected.value, rel=1e-5)


def test_a_class(tmp_path: Path):
    model = saved(motions("kind"), tmp_path / "model", bidirectional=False)
    to_c(model, tmp_path / "out")
    motion = [[1.0, 90.0], [5.0, 110.0], [2.0, 100.0]]
    (expected,) = model.predict([motion])
    (found,) = answers(tmp_path / "out", np.array(motion, np.float32), 2)
    assert dict(zip(("down", "up"), found.tolist(), strict=True)) == pytest.approx(expected.probabilities, abs=1e-5)


def test_tags_need_no_whole_sequence(tmp_path: Path):
    model = saved(motions("tags"), tmp_path / "centred", bidirectional=False)
    with pytest.raises(ExportError, match="--set centred=false"):
        to_c(model, tmp_path / "out")
    model = saved(motions("tags"), tmp_path / "model", bidirectional=False, centred=False)
    to_c(model, tmp_path / "out")
    motion = motions("tags")[0]["motion"]
    found = answers(tmp_path / "out", np.array(motion, np.float32), 2).argmax(1)
    assert [["high", "low"][tag] for tag in found] == model.predict([motion])[0].value


@pytest.mark.parametrize("bidirectional", [False, True])
def test_tags_that_are_chosen_together(tmp_path: Path, bidirectional: bool):
    data = motions("tags")
    model = saved(data, tmp_path / "model", bidirectional=bidirectional, centred=False, crf=True)
    done = to_c(model, tmp_path / "out", data, int8=not bidirectional, accept=True)
    assert done.exported.sources.paths and "model_tags(y, " in (tmp_path / "out" / "model_test.c").read_text()
    if bidirectional:
        for row in data[:5]:
            scores = answers(tmp_path / "out", np.array(row["motion"], np.float32), 2)
            found = np.zeros(len(scores), np.int32)
            library = ctypes.CDLL(str(tmp_path / "out" / "model.so"))
            library.model_tags(ctypes.c_void_p(scores.ctypes.data), len(scores), ctypes.c_void_p(found.ctypes.data))
            assert [model.parts.output.classes[tag] for tag in found] == model.predict([row["motion"]])[0].value


def test_a_text_by_ids(tmp_path: Path):
    model = saved(samples.load("names"), tmp_path / "model", ngrams=False)
    to_c(model, tmp_path / "out")
    kind, classes = model.parts.input, model.parts.output.classes
    for text in ("Moretti", ""):
        ids = kind.encode([text])[0].ids.astype(np.int32)
        (found,) = answers(tmp_path / "out", ids, len(classes))
        (expected,) = model.predict([text])
        assert dict(zip(classes, found.tolist(), strict=True)) == pytest.approx(expected.probabilities, abs=1e-5)


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        ("names", "--set ngrams=false"),
        ("visitors", "answers with more than its network"),
        ("tags", "no C for the operators bag, take"),
    ],
)
def test_what_stays_is_refused_by_name(tmp_path: Path, sample: str, why: str):
    model = saved(samples.load(sample), tmp_path / "model")
    with pytest.raises(ExportError, match=why):
        to_c(model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_int8_that_costs_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = motions("force")
    model = saved(data, tmp_path / "model", bidirectional=False)
    done = to_c(model, tmp_path / "out", data, int8=True)
    assert done.before and done.after
    assert done.after.metrics["rmse"]["value"] == pytest.approx(done.before.metrics["rmse"]["value"], rel=0.05)

    def spoiled(graph: Graph) -> Graph:
        nodes = (
            replace(node, operator=replace(node.operator, weight=50 * node.operator.weight))
            if isinstance(node.operator, Linear)
            else node
            for node in graph.nodes
        )
        return replace(graph, nodes=tuple(nodes))

    monkeypatch.setattr("elman.export.c.rounded", spoiled)
    with pytest.raises(ExportError, match=r"rmse goes from .* beyond its interval; nothing was written"):
        to_c(model, tmp_path / "worse", data, int8=True)
    assert not (tmp_path / "worse").exists()
