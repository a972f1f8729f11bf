"""Records learn what no column says alone, and aren't worse where one column says it all."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from elman import Model, fit
from elman.cli.train import as_argument
from elman.data.table import Table
from elman.errors import ElmanError, TaskError

SMALL: dict[str, Any] = {
    "hidden_size": 12,
    "embedding_size": 12,
    "pieces": 0,
    "ngrams": False,
    "dropout": 0.1,
    "word_dropout": 0.0,
    "learning_rate": 1e-2,
    "batch_tokens": 150,
}
LIKED, DISLIKED = ["good", "neat", "warm"], ["bad", "dull", "cold"]
RNG = random.Random(2)
ROWS = 300


def opinion(liked: bool) -> str:
    thing, number = RNG.choice(["room", "meal", "boat"]), RNG.randrange(10_000)
    return f"the {thing} {number} was {RNG.choice(LIKED if liked else DISLIKED)}"


def text_and_category() -> dict[str, list[Any]]:
    liked = [RNG.random() < 0.5 for _ in range(ROWS)]
    shop = [RNG.choice(["new", "swap"]) for _ in range(ROWS)]
    kept = ["yes" if good == (where == "new") else "no" for good, where in zip(liked, shop, strict=True)]
    return {"text": [*map(opinion, liked)], "shop": shop, "label": kept}


def number_alone() -> dict[str, list[Any]]:
    prices = [round(100 * RNG.random(), 2) for _ in range(ROWS)]
    texts = [opinion(RNG.random() < 0.5) for _ in range(ROWS)]
    return {"text": texts, "price": prices, "label": ["dear" if price > 60 else "cheap" for price in prices]}


def pair() -> dict[str, list[Any]]:
    sides = [(RNG.random() < 0.5, RNG.random() < 0.5) for _ in range(ROWS)]
    first, second = ([opinion(side[i]) for side in sides] for i in (0, 1))
    return {"first": first, "second": second, "label": ["agree" if a == b else "differ" for a, b in sides]}


def missing() -> dict[str, list[Any]]:
    prices = [None if RNG.random() < 0.4 else round(RNG.random(), 3) for _ in range(ROWS)]
    texts = [opinion(RNG.random() < 0.5) for _ in range(ROWS)]
    return {"text": texts, "price": prices, "label": ["no" if price is None else "yes" for price in prices]}


@pytest.mark.parametrize("make", [text_and_category, number_alone, pair, missing])
def test_a_record_learns_what_its_columns_say_together(make: Any):
    data = Table(make())
    inputs = [name for name in data.names if name != "label"]
    settings = {**SMALL, "input": inputs, "output": "label", "epochs": 12}
    model = fit(data, test=Table(make()), **settings)
    report = model.report
    assert report is not None
    assert model.parts.input.name == "record" and report.metrics["accuracy"]["value"] > 0.9
    matter = {share.column for share in report.columns if share.test["difference"] > 0.1}
    assert matter == ({"price"} if "price" in inputs else {*inputs})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    data = Table({**text_and_category(), "price": [None if i % 9 == 0 else i / 3 for i in range(ROWS)]})
    settings = {**SMALL, "output": "label", "epochs": 2, "ngrams": True}
    return fit(data, to=tmp_path_factory.mktemp("model") / "m", **settings)


def test_a_loaded_record_predicts_as_the_trained_one(model: Model, tmp_path: Any):
    model.save(tmp_path / "again")
    again = Model.load(tmp_path / "again")
    cells = [("the room was good", "new", 3.0), ("", None, None), (None, "other", "5"), ("x " * 63, "new", -1)]
    for one, other in zip(model.predict(cells), again.predict(cells), strict=True):
        assert one.value == other.value
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
    by_name = again.predict({"price": [3.0], "shop": ["new"], "text": ["the room was good"]})
    assert by_name[0].probabilities == pytest.approx(again.predict(cells[:1])[0].probabilities, abs=1e-6)
    assert again.report is not None and model.report is not None
    assert again.report.columns == model.report.columns


def test_what_is_typed_is_what_was_meant(model: Model):
    cell = ('the room, "large", was good', "new", 3.5)
    typed = model.parts.input.typed(as_argument(cell), model.detection.inputs)
    as_json = model.parts.input.typed(
        json.dumps(dict(zip(model.detection.inputs, cell, strict=True))), model.detection.inputs
    )
    probabilities = [model.predict([one])[0].probabilities for one in (cell, typed, as_json)]
    assert probabilities[0] == pytest.approx(probabilities[1]) and probabilities[0] == pytest.approx(probabilities[2])


def test_wrong_values_are_named_by_their_column(model: Model):
    with pytest.raises(ElmanError, match="input 2 of 2: column 'price' holds 'dear', expected a finite number"):
        model.predict([("a", "new", 1), ("a", "new", "dear")])
    with pytest.raises(ElmanError, match="expected a record of 3 values"):
        model.predict([("a", "new")])


def test_a_record_is_read_as_a_whole(model: Model):
    with pytest.raises(TaskError, match="can't be streamed"):
        model.stream()


def test_a_look_inside_says_which_columns_decided_and_what_is_left_out(model: Model):
    data = Table({**text_and_category(), "price": [i / 3 for i in range(ROWS)]})
    found = model.inspect(data.select(range(30)))
    assert "each text of a record" in found["left-out"].words[0].lower()
    names = {name for one in found["inputs"].data for name in one.names}
    assert names == {"text", "shop", "price"}
    with pytest.raises(KeyError):
        found["memory"]


def test_what_each_column_adds_is_in_the_report_and_its_json(model: Model):
    assert model.report is not None
    record = json.loads(json.dumps(model.report.to_json()))
    assert [*record["columns"]] == ["text", "shop", "price"]
    assert {"metric", "without", "difference", "low", "high", "p"} == record["columns"]["text"].keys()
