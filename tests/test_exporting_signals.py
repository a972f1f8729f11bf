"""Models in which patterns in signals have a share, as ONNX and as C: what leaves answers as what stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import ExportError
from elman.exporting import to_c, to_onnx
from exported import COMPILER, alone, answers

LENGTHS = 1, 9, 65, 150
"""Of signals that are tried: the shortest, one with room for a pattern, an odd one, one longer than any before."""
TOLD: dict[str, list[Any]] = {
    "label": [("short", "long")[row % 2] for row in range(30)],
    "number": [50.0 + 6 * (row % 2) + row / 7 for row in range(30)],
    "labels": [["a", "b"][: 1 + row % 2] for row in range(30)],
}


def signals(output: str) -> dict[str, list[Any]]:
    """Waves of two periods in two columns of unlike scales, the second with a gap."""
    generator = np.random.default_rng(0)
    x: list[Any] = []
    for row in range(30):
        t = np.arange(64 + row % 7)[:, None]
        wave = np.sin(2 * np.pi * t / (6 + 6 * (row % 2)) + [0, 1]) + 0.3 * generator.normal(size=(len(t), 2))
        x.append((wave * [100, 0.01] + [1000, 0]).tolist())
        x[-1][5][1] = None
    return {"signal": x, "answer": TOLD[output]}


def trained(output: str, share: float) -> tuple[elman.Model, dict[str, list[Any]]]:
    """A model that answers by a linear model on patterns, beside a network of some share, or alone."""
    data = signals(output)
    wanted: dict[str, Any] = {"epochs": 1} if share else {"recipe": "minirocket"}
    model = elman.fit(data, input="signal", output="answer", **wanted)
    model.parts.ngram_model = next(one for one in model.baselines if one.name == "minirocket")
    model.parts.mixing_weights = share, 0.8
    return model, data


def tried(data: dict[str, list[Any]]) -> list[Any]:
    steps = [step for row in data["signal"] for step in row]
    return [steps[7 * k : 7 * k + length] for k, length in enumerate(LENGTHS)]


@pytest.fixture(
    scope="module", params=[("label", 0.0), ("label", 0.4), ("number", 0.4), ("number", 0.0), ("labels", 0.0)]
)
def model_and_data(request: pytest.FixtureRequest) -> tuple[elman.Model, dict[str, list[Any]]]:
    return trained(*request.param)


def test_as_onnx(model_and_data: Any, tmp_path: Path) -> None:
    model, data = model_and_data
    proof = to_onnx(model, tmp_path / "out", data)
    assert proof.batches > 2 and proof.largest < 1e-5
    cells = tried(data)
    for found, expected in zip(alone(tmp_path / "out", cells), model.predict(cells), strict=True):
        if isinstance(expected.value, float):
            assert found == pytest.approx(expected.value, rel=1e-4)
        else:
            assert found[0] == expected.value and found[1] == pytest.approx(expected.probabilities, abs=1e-5)


@pytest.mark.skipif(not COMPILER, reason="there is no C compiler")
def test_as_c(model_and_data: Any, tmp_path: Path) -> None:
    """From raw numbers, NaN where one is missing, in float32."""
    model, data = model_and_data
    done = to_c(model, tmp_path / "out", data, most_steps=150).exported
    assert done.difference is not None and done.difference < 1e-5
    outputs = done.sources.outputs
    cells = tried(data)
    for cell, expected in zip(cells, model.predict(cells), strict=True):
        (found,) = answers(tmp_path / "out", np.array(cell, np.float32), outputs)
        if isinstance(expected.value, float):
            assert found[0] == pytest.approx(expected.value, rel=1e-4)
        else:
            named = dict(zip(model.parts.output.classes, found.tolist(), strict=True))
            assert named == pytest.approx(expected.probabilities, abs=1e-3)


@pytest.mark.skipif(not COMPILER, reason="there is no C compiler")
def test_in_c_with_int8(tmp_path: Path) -> None:
    """What is rounded are the weights of the linear model, too, and the score is that with them."""
    model, data = trained("number", 0.0)
    done = to_c(model, tmp_path / "out", data, int8=True, accept=True)
    assert done.exported.rounding > 0
    assert done.before and done.after and done.after.metrics["rmse"] != done.before.metrics["rmse"]
    with pytest.raises(ExportError, match="no recurrent layer"):
        to_c(model, tmp_path / "whole", data, int8=True, int16_activations=True)


def test_what_a_loaded_model_without_a_network_is(tmp_path: Path) -> None:
    data = signals("label")
    model = elman.fit(data, input="signal", output="answer", recipe="minirocket", to=tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    assert to_onnx(loaded, tmp_path / "out").largest < 1e-5
    found = [answer for answer, _ in alone(tmp_path / "out", data["signal"][:4])]
    assert found == [answer.value for answer in model.predict(data["signal"][:4])]
