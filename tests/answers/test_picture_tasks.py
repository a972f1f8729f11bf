"""Pictures through the whole of it: learned from, measured beside their baselines, saved, answered, drawn."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import elman as main
from conftest import alike, there
from elman.answers.base import Prediction
from elman.answers.contact_sheet import SHOWN, SIDE, contact_sheet
from elman.errors import DataFileError, TaskError
from elman.kinds.files import Decoded
from elman.scoring.baselines import Nearest
from pictures import captioned, class_folders, save, square

SMALL: dict[str, Any] = {"hidden_size": 16, "embedding_size": 16, "filters": 4, "batch_tokens": 8, "seed": 1}


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    """A model that tells red squares from blue ones, and its data."""
    folder = class_folders(tmp_path_factory.mktemp("colours"), each=20)
    return main.fit(folder, epochs=6, **SMALL), folder


@pytest.fixture(scope="module")
def captions(tmp_path_factory):
    table = captioned(tmp_path_factory.mktemp("captions"), each=10)
    settings: dict[str, Any] = {
        **SMALL,
        "filters": 8,
        "hidden_size": 24,
        "embedding_size": 24,
        "level": "words",
        "batch_tokens": 60,
    }
    return main.fit(table, epochs=40, learning_rate=1e-2, **settings), table


def test_pictures_are_classified_one_to_one(colours):
    model, _ = colours
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("classification", "one-to-one")
    assert there(model.report).metrics["accuracy"]["value"] == 1.0
    assert [baseline.name for baseline in there(model.report).baselines] == ["majority", "linear"]
    assert there(model.report).baselines[1].metrics["accuracy"]["value"] == 1.0  # colours are a matter of single pixels
    assert "a linear model on pixels" in there(model.report).verdicts[1]


def test_a_saved_model_answers_and_measures_alike(colours, tmp_path):
    model, folder = colours
    model.save(tmp_path / "model")
    again = main.load(tmp_path / "model")
    new = [str(save(square(c, "left", 100 + i), tmp_path / f"{i}.png")) for i, c in enumerate(["red", "blue", "red"])]
    answers = again.predict(new)
    assert [answer.value for answer in answers] == ["red", "blue", "red"]
    assert alike(answers, model.predict(new))
    ours, theirs = again.evaluate(folder), model.evaluate(folder)
    assert alike(ours, theirs) and ours.rows == 40


def test_rows_of_a_picture_are_a_sequence(colours):
    _, folder = colours
    model = main.fit(folder, picture_rows=True, epochs=6, hidden_size=16, batch_tokens=100, seed=1)
    assert model.task.architecture(model.parts.settings) == "many-to-one"
    assert there(model.report).metrics["accuracy"]["value"] >= 0.75


def test_numbers_and_several_labels_are_told_of_pictures(tmp_path):
    paths = [
        str(save(square(c, p, i), tmp_path / f"{c}{p}{i}.png"))
        for i in range(8)
        for c in ("red", "blue")
        for p in ("left", "right")
    ]
    amounts = [(2.5 if "red" in path else -1.25) + i / 100 for i, path in enumerate(paths)]
    assert main.fit((paths, amounts), task="regression", epochs=2, **SMALL).task.name == "regression"
    several = [["warm"] * ("red" in path) + ["near"] * ("left" in path) for path in paths]
    model = main.fit((paths, several), task="multilabel", epochs=2, **SMALL)
    assert model.task.name == "multilabel" and "f1" in there(model.report).metrics


def test_captions_are_written_one_to_many(captions):
    model, _ = captions
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("captioning", "one-to-many")
    report = model.report
    assert set(report.metrics) == {"bleu", "chrf", "exact_match"} and report.baselines[0].name == "nearest"
    for example in report.worst:  # the rest of a caption isn't to be seen in the picture
        colour, place, _ = Path(example.input).stem.split("-")
        assert example.predicted.split()[:3] == ["a", colour, "square"] and place in example.predicted


def test_several_captions_of_a_picture_are_all_right(captions, tmp_path):
    model, table = captions
    path = str(table.parent / "images" / "red-left-0.png")
    (said,) = model.predict([path])
    report = model.evaluate({"image": [path, path], "caption": ["something else", said.value]})
    assert report.rows == 1 and report.metrics["exact_match"]["value"] == 1.0


def test_the_nearest_picture_is_the_one_that_numpy_finds(monkeypatch):
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(50, 7)), rng.normal(size=(9, 7))
    outputs = [f"caption {i}" for i in range(50)]
    baseline = Nearest("picture").fit((list(vectors), outputs), ([], []))
    expected = [np.linalg.norm(vectors - query, axis=1).argmin() for query in queries]
    assert [" ".join(answer) for answer in baseline.predict(list(queries))] == [outputs[i] for i in expected]
    record, arrays = baseline.state()
    again = Nearest.from_state(json.loads(json.dumps(record)), arrays)
    assert again.predict(list(queries)) == baseline.predict(list(queries))
    monkeypatch.setattr(Nearest, "KEPT", 5)
    assert baseline.fit((list(vectors), outputs), ([], [])).vectors.shape == (5, 7)


# -- memory and damage ------------------------------------------------------------------------


def test_more_than_fits_in_memory_gives_the_same_model(colours, monkeypatch):
    _, folder = colours
    settings: dict[str, Any] = {**SMALL, "epochs": 2}
    plenty = main.fit(folder, **settings)
    seen = []

    def count(self, path):
        seen.append(self.held)
        return original(self, path)

    original = Decoded.__getitem__
    monkeypatch.setattr(Decoded, "__getitem__", count)
    monkeypatch.setattr(Decoded.__init__, "__defaults__", (3_000,))  # three pictures of 16 x 20 x 3
    scarce = main.fit(folder, **settings)
    assert max(seen) <= 3_000 < 40 * 16 * 20 * 3
    for ours, theirs in zip(scarce.network.state_dict().values(), plenty.network.state_dict().values(), strict=True):
        assert bool((ours == theirs).all())


def test_a_damaged_picture_ends_training_before_it_begins(tmp_path):
    folder = class_folders(tmp_path / "data")
    path = folder / "red" / "3.png"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataFileError, match=r"red/3\.png: is damaged or cut off"):
        main.fit(folder, to=tmp_path / "model", **SMALL, epochs=1)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["data"]


# -- contact sheets ---------------------------------------------------------------------------


def sheet(rows) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(contact_sheet(rows))))


def test_a_contact_sheet_shows_every_picture_in_order(tmp_path):
    shades = [0, 60, 120, 180]
    paths = [str(save(np.full((10, 10), shade, np.uint8), tmp_path / f"{shade}.png")) for shade in shades]
    drawn = sheet((path, Prediction("words " * 20, 0.5)) for path in paths)
    width = drawn.shape[1] // 4
    for i, shade in enumerate(shades):
        assert drawn[8 + SIDE // 2, i * width + width // 2].tolist() == [shade] * 3
    assert (drawn[8 + SIDE + 4 :, :] < 128).any()  # there is writing
    with pytest.raises(TaskError, match="no picture"):
        contact_sheet([])


def test_of_many_pictures_the_sheet_shows_the_first(tmp_path):
    path = str(save(np.zeros((2, 2), np.uint8), tmp_path / "x.png"))
    taken = iter([(path, Prediction("x"))] * (SHOWN + 50))
    more = sheet(taken)
    assert len(list(taken)) == 49
    assert len(more) > len(sheet([(path, Prediction("x"))] * SHOWN))


# -- the command line -------------------------------------------------------------------------


def elman(*words):
    from contextlib import redirect_stderr, redirect_stdout

    from elman.cli import main as command

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        command([str(word) for word in words])
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def test_the_command_line_takes_pictures(captions, tmp_path):
    model, table = captions
    model.save(tmp_path / "model")
    picture = table.parent / "images" / "blue-left-1.png"
    code, out, err = elman("predict", tmp_path / "model", picture)
    assert code == 0 and "blue" in out and str(picture) in out, err
    for name in ("sheet.png", "answers.csv"):
        code, _, err = elman("predict", tmp_path / "model", "--file", table.parent, "--to", tmp_path / name)
        assert code == 0, err
    assert Image.open(tmp_path / "sheet.png").format == "PNG"
    rows = list(csv.DictReader((tmp_path / "answers.csv").open()))
    assert len(rows) == 40 and rows[0]["input"].endswith(".png")
    code, _, err = elman("predict", tmp_path / "model", "--file", table, "--to", tmp_path / "x.pdf")
    assert code == 2 and ".jsonl, .csv or .png" in err
    (tmp_path / "bad.png").write_text("no picture")
    code, _, err = elman("predict", tmp_path / "model", tmp_path / "bad.png", "--to", tmp_path / "bad.jsonl")
    assert code == 2 and err.startswith(f"elman: {tmp_path}/bad.png: isn't a picture")
    assert not list(tmp_path.glob("bad.jsonl*"))
