"""A trained model as C predicts what the model does, from the numbers and ids that the data hold."""

from __future__ import annotations

import ctypes
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman import samples
from elman.answers.forecast import Forecast
from elman.errors import ExportError
from elman.exporting import to_c
from elman.graph import Graph
from elman.graph.elementwise import Linear
from elman.kinds.base import text_of
from exported import COMPILER, answers, library_of

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


SEARCH = r"by a search, token by token.*--as onnx.*read\.onnx and write\.onnx.*elman\.load"


@pytest.mark.parametrize(
    ("sample", "wanted", "why"),
    [
        ("names", {}, "--set ngrams=false"),
        ("names", {"task": "generation"}, SEARCH),
        ("numbers", {}, SEARCH),
        ("machine", {"task": "anomaly"}, r"what it forecast, and thresholds.*model\.onnx gives the forecasts"),
    ],
)
def test_what_stays_is_refused_by_name(tmp_path: Path, sample: str, wanted: dict[str, Any], why: str):
    model = saved(samples.load(sample).select(range(100)), tmp_path / "model", **wanted)
    with pytest.raises(ExportError, match=why):
        to_c(model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_int8_that_costs_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = motions("force")
    model = saved(data, tmp_path / "model", bidirectional=False)
    done = to_c(model, tmp_path / "out", data, int8=True)
    assert done.before and done.after
    assert done.after.metrics["rmse"]["value"] == pytest.approx(done.before.metrics["rmse"]["value"], rel=0.05)

    def spoiled(graph: Graph, steps: Sequence[float]) -> Graph:
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


def test_whole_numbers_score_as_floating_ones(tmp_path: Path):
    data = motions("force")
    model = saved(data, tmp_path / "model", bidirectional=False)
    rounded = to_c(model, tmp_path / "rounded", data, int8=True).exported.rounding
    done = to_c(model, tmp_path / "out", data, int8=True, int16_activations=True)
    assert done.exported.difference is not None and done.exported.difference < 1e-5
    assert done.exported.rounding < max(4 * rounded, 4e-3)  # inputs are in the steps in which the network reads them
    assert done.before and done.after
    assert done.after.metrics["rmse"]["value"] == pytest.approx(done.before.metrics["rmse"]["value"], rel=0.05)
    with pytest.raises(ExportError, match="need data"):
        to_c(model, tmp_path / "none", int8=True, int16_activations=True)
    with pytest.raises(ExportError, match="need int8 weights"):
        to_c(model, tmp_path / "none", data, int16_activations=True)


def daily(columns: int) -> dict[str, list[Any]]:
    """Days with a weekly season: what is sold, and whether something is on offer, which is known ten days longer."""
    draw, start = random.Random(0), date(2023, 1, 2)
    days = [start + timedelta(days=k) for k in range(400)]
    table: dict[str, list[Any]] = {"day": [day.isoformat() for day in days]}
    for c in range(columns):
        table[f"sales{c}"] = [1000 * (c + 1) + 50 * (day.weekday() == 5) + draw.gauss(0, 9) for day in days[:390]]
    table["sales0"][370] = None
    if columns == 1:
        table["rain"] = [draw.gauss(4, 2) for _ in days[:390]]
    table = {name: values + [None] * (400 - len(values)) for name, values in table.items()}
    return table | {"offer": [float(k % 11 == 0) for k in range(400)]}


@pytest.mark.parametrize("columns", [1, 2])
def test_a_forecast(tmp_path: Path, columns: int):
    """As the model's own, from the numbers in the data: one column beside another, or each of two."""
    data = daily(columns)
    wanted: dict[str, Any] = {"task": "forecasting", "ahead": ["offer"], "horizon": 7}
    wanted |= {"output": "sales0"} if columns == 1 else {}
    model = saved(data, tmp_path / "model", **wanted)
    done = to_c(model, tmp_path / "out", data)
    assert done.exported.difference is not None and done.exported.difference < 1e-4
    context = model.parts.input.context
    given = [data[name][:390] for name in data if name.startswith(("sales", "rain"))]
    past = np.array(given, np.float32).T.copy()
    weeks = [2 * math.pi * (k % 7) / 7 for k in range(400)]
    calendar = [[math.sin(turn), math.cos(turn), offer] for turn, offer in zip(weeks, data["offer"], strict=True)]
    ahead = np.array(calendar[390 - context : 397], np.float32)

    class Input(ctypes.Structure):
        _fields_ = (
            ("past", ctypes.c_void_p),
            ("count", ctypes.c_int),
            ("ahead", ctypes.c_float * ahead.size),
            *([("column", ctypes.c_int)] if columns > 1 else []),
        )

    (expected,) = model.predict(data)
    assert isinstance(expected, Forecast)
    numbers = (ctypes.c_float * ahead.size)(*ahead.ravel().tolist())
    library = library_of(tmp_path / "out")
    for column in range(columns):
        y = np.zeros((7, 3), np.float32)
        x = Input(past.ctypes.data, len(past), numbers, *([column] if columns > 1 else []))
        assert library.model_run(ctypes.byref(x), ctypes.c_void_p(y.ctypes.data)) == 7
        for found, values in zip(y.T, (expected.value, *expected.quantiles.values()), strict=True):
            np.testing.assert_allclose(found, values[f"sales{column}"], rtol=1e-5)
        x.count = context - 1
        assert library.model_run(ctypes.byref(x), ctypes.c_void_p(y.ctypes.data)) == -1


def test_a_forecast_from_the_series_alone(tmp_path: Path):
    table = {"level": [math.sin(k) + k % 5 for k in range(200)]}
    model = saved(table, tmp_path / "model", task="forecasting", horizon=6)
    sources = to_c(model, tmp_path / "out").exported.sources
    assert "int model_run(const float *x, int steps, float *y)" in sources.header and "ANSWERS = 6" in sources.header
    found = answers(tmp_path / "out", np.array(table["level"], np.float32), 3)
    (expected,) = model.predict(table)
    np.testing.assert_allclose(found[:, 0], expected.value["level"], rtol=1e-4)
    few = np.zeros((model.parts.input.context - 1, 1), np.float32)
    assert len(answers(tmp_path / "out", few, 3)) == len(few)  # -1, for which all of y is left


def test_words_and_how_they_are_spelled(tmp_path: Path):
    data = {name: cells[:80] for name, cells in samples.load("tags").columns.items()}
    model = saved(data, tmp_path / "model", pieces=50, task="tagging")
    kind, classes = model.parts.input, model.parts.output.classes
    to_c(model, tmp_path / "out", data)

    class Step(ctypes.Structure):
        _fields_ = (
            ("id", ctypes.c_int),
            ("pieces", ctypes.POINTER(ctypes.c_int)),
            ("count", ctypes.c_int),
            ("letters", ctypes.POINTER(ctypes.c_int)),
            ("length", ctypes.c_int),
        )

    sentence = ["the", "Zebra", "can", "watch"]
    batch = kind.collate(kind.encode([sentence]))
    spelling = batch.spelling

    def own(sequences: Any, place: int) -> tuple[Any, int]:
        ids = np.split(sequences.values, sequences.offsets[1:])[place].tolist()
        return (ctypes.c_int * len(ids))(*ids), len(ids)

    steps = [
        Step(id, *own(spelling.pieces, place), *own(spelling.letters, place))
        for id, place in zip(batch.ids.values.tolist(), batch.spelling.index.tolist(), strict=True)
    ]
    y = np.zeros((4, len(classes)), np.float32)
    assert library_of(tmp_path / "out").model_run((Step * 4)(*steps), 4, ctypes.c_void_p(y.ctypes.data)) == 4
    assert [classes[tag] for tag in y.argmax(1)] == model.predict([sentence])[0].value


def test_a_row_with_categories(tmp_path: Path):
    draw = random.Random(0)
    rows = [{"size": draw.gauss(9, 3), "colour": draw.choice(["red", "blue"]), "dear": ""} for _ in range(90)]
    rows = [row | {"dear": "yes" if (row["size"] > 9) == (row["colour"] == "red") else "no"} for row in rows]
    model = saved(rows, tmp_path / "model", output="dear")
    sources = to_c(model, tmp_path / "out", rows).exported.sources
    values = [text.strip('" ,') for text in sources.source.split("model_categories_values")[1].split("\n")[1:5]]

    class Row(ctypes.Structure):
        _fields_ = (("size", ctypes.c_float * 1), ("colour", ctypes.c_int * 1))

    for size, colour in ((7.5, "red"), (12.0, "blue"), (9.0, "green")):
        id = values.index(colour) if colour in values else 0
        y = np.zeros(2, np.float32)
        row = Row((ctypes.c_float * 1)(size), (ctypes.c_int * 1)(id))
        assert library_of(tmp_path / "out").model_run(ctypes.byref(row), ctypes.c_void_p(y.ctypes.data)) == 1
        (expected,) = model.predict([(size, colour)])
        assert dict(zip(("no", "yes"), y.tolist(), strict=True)) == pytest.approx(expected.probabilities, abs=1e-5)


def seconds(day: str | None) -> float:
    """Since 1970, as the header asks for them."""
    return math.nan if day is None else (datetime.fromisoformat(day) - datetime(1970, 1, 1)).total_seconds()


def test_a_row_with_gaps_and_dates(tmp_path: Path):
    draw = random.Random(0)
    rows: list[dict[str, Any]] = []
    for _ in range(90):
        day = datetime(2022, 1, 1) + timedelta(minutes=draw.randrange(1_000_000))
        size = draw.choice([None, draw.gauss(9, 3)])
        dear = "yes" if day.weekday() > 4 or day.hour > 18 else "no"
        rows.append({"size": size, "day": draw.choice([None, day.isoformat(" ", "minutes")]), "dear": dear})
    model = saved(rows, tmp_path / "model", input=["size", "day"], output="dear", alone=True)
    done = to_c(model, tmp_path / "out", rows)
    assert "double dates[1]" in done.exported.sources.header

    class Row(ctypes.Structure):
        _fields_ = (("numbers", ctypes.c_float * 1), ("dates", ctypes.c_double * 1))

    def run(size: float | None, day: float) -> tuple[int, list[float]]:
        row = Row((ctypes.c_float * 1)(math.nan if size is None else size), (ctypes.c_double * 1)(day))
        y = np.zeros(2, np.float32)
        count = library_of(tmp_path / "out").model_run(ctypes.byref(row), ctypes.c_void_p(y.ctypes.data))
        return count, y.tolist()

    for size, day in ((7.5, "2022-05-06 07:08"), (None, "2031-12-31 23:59:59"), (9.0, None), (None, None)):
        count, found = run(size, seconds(day))
        (expected,) = model.predict([(size, day)])
        assert count == 1
        assert dict(zip(("no", "yes"), found, strict=True)) == pytest.approx(expected.probabilities, abs=1e-5)
    assert {run(1.0, day)[0] for day in (math.inf, -math.inf, seconds("9999-12-31") + 86_400, -7e10)} == {-1}


@pytest.mark.parametrize(
    "wanted",
    [{"output": "churned"}, {"output": "churned", "causal": True}, {"next": "product"}, {"next": "amount"}],
)
def test_events_step_by_step(tmp_path: Path, wanted: dict[str, Any]):
    """The sample's own columns: a time, categories and numbers at each step, and what holds throughout."""
    data = samples.load("visits").select(range(300))
    model = saved(data, tmp_path / "model", **wanted)
    done = to_c(model, tmp_path / "out", data)
    assert done.exported.difference is not None and done.exported.difference < 1e-4
    sources = done.exported.sources
    cells = [cell for cell in model.columns.cells(model.columns.table(data))[0] if model.parts.input.count(cell) > 1][
        :3
    ]
    names = list(model.parts.input.columns)
    numbers = [i for i, kind in enumerate(model.parts.input.columns.values()) if kind == "number"]
    categories = [i for i, kind in enumerate(model.parts.input.columns.values()) if kind in ("label", "event")]
    values = [
        [text.strip('" ,') for text in sources.source.split(f"model_categories{k}_values")[1].split("\n")[1:] if text]
        for k in range(len(categories))
    ]

    class Step(ctypes.Structure):
        _fields_ = (
            ("numbers", ctypes.c_float * len(numbers)),
            ("dates", ctypes.c_double * 1),
            ("categories", ctypes.c_int * len(categories)),
        )

    for cell, expected in zip(cells, model.predict(cells), strict=True):
        count = model.parts.input.count(cell)
        columns = [own if isinstance(own, list) else [own] * count for own in cell]
        steps = [
            Step(
                (ctypes.c_float * len(numbers))(
                    *(math.nan if columns[i][t] is None else columns[i][t] for i in numbers)
                ),
                (ctypes.c_double * 1)(seconds(columns[names.index("time")][t])),
                (ctypes.c_int * len(categories))(
                    *(own.index(text_of(columns[i][t])) for i, own in zip(categories, values, strict=True))
                ),
            )
            for t in range(count)
        ]
        y = np.zeros((count, sources.outputs), np.float32)
        library = library_of(tmp_path / "out")
        answers = library.model_run((Step * count)(*steps), count, ctypes.c_void_p(y.ctypes.data))
        assert answers == (count if "next" in wanted else 1)
        labels = model.task.read_out_elsewhere(model.parts).labels
        if not labels:
            assert y[answers - 1].tolist() == pytest.approx([expected.value], rel=1e-5)
            continue
        assert dict(zip(labels, y[answers - 1].tolist(), strict=True)) == pytest.approx(
            expected.probabilities, abs=1e-5
        )
