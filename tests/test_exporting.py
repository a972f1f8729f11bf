"""A trained model as ONNX: what is written, and that what reads it alone predicts the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest

import elman
from elman import samples
from elman.cli import main
from elman.errors import ExportError
from elman.export.onnx.layout import Layout
from elman.export.onnx.proof import Session
from elman.exporting import to_c, to_onnx
from elman.graph import inputs_of
from exported import alone


def saved(name: str, folder: Path, **changes: Any) -> elman.Model:
    elman.fit(samples.load(name), epochs=1, hidden_size=8, to=folder, **changes)
    return elman.load(folder)


def test_texts(tmp_path: Path):
    model = saved("names", tmp_path / "model", ngrams=False)
    proof = to_onnx(model, tmp_path / "out", samples.load("names"))
    assert proof.batches > 10 and proof.largest < 1e-5
    cells = ["Moretti", "", "a", "Ærø-Þ 1"]
    for found, expected in zip(alone(tmp_path / "out", cells), model.predict(cells), strict=True):
        assert found[0] == expected.value
        assert found[1] == pytest.approx(expected.probabilities, abs=1e-5)


def test_tags_of_spelled_words(tmp_path: Path):
    model = saved("tags", tmp_path / "model")
    to_onnx(model, str(tmp_path / "out"))
    cells = [["The", "Dog", "barks", "42", "unheard-of"], ["no"], []]
    assert alone(tmp_path / "out", cells) == [answer.value for answer in model.predict(cells)]


def test_vectors_with_gaps(tmp_path: Path):
    rising = [
        [[t * sign, None if t == 3 else 1.0] for t in range(2 + length)] for sign in (1, -1) for length in range(12)
    ]
    data = {"steps": rising, "label": ["up"] * 12 + ["down"] * 12}
    elman.fit(data, epochs=1, hidden_size=8, to=tmp_path / "model", centred=True)
    model = elman.load(tmp_path / "model")
    to_onnx(model, tmp_path / "out")
    for found, expected in zip(alone(tmp_path / "out", rising[:5]), model.predict(rising[:5]), strict=True):
        assert found[1] == pytest.approx(expected.probabilities, abs=1e-5)


def test_rows_with_gaps_and_dates(tmp_path: Path):
    days = [None if i % 5 == 0 else f"202{i % 4}-{1 + i % 12:02d}-{1 + i % 28:02d}T{i % 24:02d}:30" for i in range(60)]
    prices = [None if i % 7 == 0 else i / 3 for i in range(60)]
    data = {
        "day": days,
        "price": prices,
        "shop": ["ab"[i % 2] for i in range(60)],
        "label": ["xy"[i % 2] for i in range(60)],
    }
    wanted: dict[str, Any] = {"input": ["day", "price", "shop"], "output": "label", "alone": True}
    elman.fit(data, epochs=1, hidden_size=8, to=tmp_path / "model", **wanted)
    model = elman.load(tmp_path / "model")
    to_onnx(model, tmp_path / "out")
    cells = [("2021-02-03T04:05", 3.0, "a"), (None, None, None), ("2030-12-31", "7", "c"), ("2022-05", 1, "b")]
    found = alone(tmp_path / "out", [list(cell) for cell in cells])
    for one, expected in zip(found, model.predict(cells), strict=True):
        assert one[1] == pytest.approx(expected.probabilities, abs=1e-5)


def test_records(tmp_path: Path):
    data = {
        "text": [f"the lamp {i} is {'good' if i % 2 else 'bad'}" for i in range(60)],
        "note": [f"lamp {i} the is {'new' if i % 3 else 'old'}" for i in range(60)],
        "price": [None if i % 7 == 0 else i / 3 for i in range(60)],
        "label": ["xy"[i % 2] for i in range(60)],
    }
    elman.fit(data, epochs=1, hidden_size=8, to=tmp_path / "model", ngrams=False, pieces=50)
    model = elman.load(tmp_path / "model")
    assert model.parts.input.pair
    proof = to_onnx(model, tmp_path / "out", data)
    assert proof.batches > 5 and proof.largest < 1e-5
    with pytest.raises(ExportError, match=r"spelled in several texts.*--set pieces=0"):
        to_c(model, tmp_path / "c")
    elman.fit(data, epochs=1, hidden_size=8, to=tmp_path / "whole", ngrams=False, pieces=0)
    in_c = to_c(elman.load(tmp_path / "whole"), tmp_path / "c", data).exported
    assert in_c.difference is None or in_c.difference < 1e-5


@pytest.mark.parametrize("column", ["product", "amount"])
def test_what_comes_next(tmp_path: Path, column: str):
    """The scores of each step are of the next one: those of the last step say what the model does."""
    data = samples.load("visits").select(range(300))
    elman.fit(data, epochs=1, hidden_size=8, to=tmp_path / "model", next=column)
    model = elman.load(tmp_path / "model")
    proof = to_onnx(model, tmp_path / "out", data)
    assert proof.batches > 3 and proof.largest < 1e-5
    cells = model.columns.cells(model.columns.table(data))[0][:5]
    session = Session(Layout(model.graphs.graphs["scores"]), onnx.load(tmp_path / "out" / "model.onnx"))
    kind, output = model.parts.input, model.parts.output
    for cell, expected in zip(cells, model.predict(cells), strict=True):
        last = session(inputs_of(kind.collate(kind.encode([cell]))))["scores"][0, -1]
        if column == "product":
            assert output.classes[int(last.argmax())] == expected.value
        else:
            assert float(last[0]) * output.scale + output.mean == pytest.approx(expected.value, rel=1e-4)


@pytest.mark.parametrize("share", ["together", "n-grams alone"])
def test_texts_with_their_ngrams(tmp_path: Path, share: str):
    model = saved("names", tmp_path / "model")
    model.parts.mixing_weights = (0.4 if share == "together" else 0.0, 1.5)
    model.parts.ngram_model = next(one for one in model.baselines if one.name == "order_free")
    proof = to_onnx(model, tmp_path / "out", samples.load("names"))
    assert proof.batches > 10 and proof.largest < 1e-5
    to_onnx(model, tmp_path / "on-made-inputs")
    cells = ["Moretti", "", "a", "Ærø-Þ  1,, O'Neill\t2"]
    for found, expected in zip(alone(tmp_path / "out", cells), model.predict(cells), strict=True):
        assert found[0] == expected.value
        assert found[1] == pytest.approx(expected.probabilities, abs=1e-5)


def test_numbers_of_texts_with_their_ngrams(tmp_path: Path):
    """Network and n-gram model standardise them each by its own rows."""
    texts = [f"{'many' if i % 3 else 'few'} of {i % 7} kinds" for i in range(90)]
    data = {"text": texts, "count": [100.0 + 3 * (i % 3) + i % 7 for i in range(90)]}
    model = elman.fit(data, epochs=1, hidden_size=8, task="regression")
    model.parts.mixing_weights = (0.4, 0.6)
    model.parts.ngram_model = next(one for one in model.baselines if one.name == "order_free")
    model.parts.ngram_model.scale *= 1.1
    to_onnx(model, tmp_path / "out", data)
    expected = [answer.value for answer in model.predict(texts[:5])]
    assert alone(tmp_path / "out", texts[:5]) == pytest.approx(expected, rel=1e-4)


def test_what_answers_together_with_another_model_is_refused(tmp_path: Path):
    reviews = elman.fit(samples.load("reviews"), epochs=1, hidden_size=8)
    reviews.parts.mixing_weights = (0.5, 1.0)
    with pytest.raises(ExportError, match=r"ngrams=false; or write it as ONNX"):
        to_c(reviews, tmp_path / "out")
    shop = elman.fit(samples.load("shop"), epochs=1, hidden_size=8)
    shop.parts.mixing_weights = (0.5, 1.0)
    shop.parts.ngram_model = next(one for one in shop.baselines if one.name == "order_free")
    with pytest.raises(ExportError, match=r"ngrams=false$"):
        to_onnx(shop, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    saved("flowers", tmp_path / "model")
    with pytest.raises(SystemExit) as done:
        main(["export", str(tmp_path / "model"), "--as", "onnx", "--to", str(tmp_path / "out")])
    said = capsys.readouterr().out
    assert done.value.code == 0
    assert "made inputs" in said and "largest difference" in said and "model.onnx" in said
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"model.onnx", "predict.py", "README.md"}
    model, rows = elman.load(tmp_path / "model"), [(5.7, 3.3, 6.0, 4.2), (2.8, 1.4, None, 3.4)]
    for found, expected in zip(alone(tmp_path / "out", rows), model.predict(rows), strict=True):
        assert found[1] == pytest.approx(expected.probabilities, abs=1e-5)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "out" / "predict.py"), "5.7,3.3,6.0,4.2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert model.predict(rows)[0].value in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as", "tflite", "--to", "out"], "tflite"),
        (["--as", "onnx", "--to", "taken"], "left alone"),
    ],
)
def test_what_cannot_be_exported_leaves_nothing(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    saved("flowers", tmp_path / "model")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    with pytest.raises(SystemExit) as done:
        main(["export", "model", *words])
    assert done.value.code == 2
    assert said in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"model", "taken"}


def test_a_model_that_was_just_trained_becomes_c_too(tmp_path: Path):
    model = elman.fit(samples.load("flowers"), epochs=1, hidden_size=8)
    made = to_c(model, tmp_path / "out", samples.load("flowers"), int8=True)
    assert made.exported.difference is None or made.exported.difference < 1e-5
    assert made.before is not None and made.before.metrics == model.evaluate(samples.load("flowers")).metrics
