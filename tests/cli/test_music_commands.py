"""Music on the command line: a folder of MIDI files in, a MIDI file and a picture out."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest
from commands import EMBEDDED, elman

from tunes import folder_of_melodies

pytest_plugins = ["cli_fixtures"]


@pytest.fixture(scope="module")
def tune_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    outcome = elman("train", folder_of_melodies(folder / "data"), "--to", folder / "model", *EMBEDDED)
    assert outcome.code == 0, outcome.err
    assert "elman generate" in outcome.out and "--start C4" in outcome.out
    return folder / "model"


def test_detect_explains_itself(tmp_path):
    outcome = elman("detect", folder_of_melodies(tmp_path / "data"), "--json")
    found = json.loads(outcome.out)
    assert (found["task"], found["architecture"], found["inputs"]) == ("language-model", "many-to-many", ["notes"])
    assert any("files that are tunes" in sentence for sentence in found["evidence"])


def test_a_tune_and_its_picture(tune_model, tmp_path):
    from PIL import Image

    outcome = elman("generate", tune_model, "--start", "C4 D4", "--length", 30, "--seed", 1, "--to", tmp_path / "a.mid")
    assert outcome.code == 0, outcome.err
    assert "a.mid" in outcome.out and "a.png" in outcome.out
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.mid", "a.png"]
    assert (tmp_path / "a.mid").read_bytes().startswith(b"MThd")
    with Image.open(tmp_path / "a.png") as picture:
        red, _, blue = np.moveaxis(np.asarray(picture.convert("RGB")), -1, 0)
        assert ((red < 60) & (blue > 150)).sum() > 500
    begun = (tmp_path / "a.mid").read_bytes()
    over = elman("generate", tune_model, "--start", tmp_path / "a.mid", "--to", tmp_path / "a.mid")
    assert over.code == 2 and "pass --to" in over.err and (tmp_path / "a.mid").read_bytes() == begun
    again = elman("generate", tune_model, "--start", tmp_path / "a.mid", "--length", 4, "--to", tmp_path / "b.mid")
    assert again.code == 0, again.err


def test_without_matplotlib_there_is_the_tune(tune_model, tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "matplotlib" else found(name))
    outcome = elman("generate", tune_model, "--to", tmp_path / "a.mid")
    assert outcome.code == 0 and 'pip install "elman[plot]"' in outcome.out
    assert [item.name for item in tmp_path.iterdir()] == ["a.mid"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--start", "H2"), "'H2' is no note of a piano"),
        (("--start", "lost.mid"), "no such file"),
        (("--to", "a.wav"), "--to takes a file that ends in .mid"),
    ],
)
def test_wrong_words(tune_model, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    outcome = elman("generate", tune_model, *words)
    assert outcome.code == 2 and message in outcome.err.replace("\n", " ")
    assert not list(tmp_path.iterdir())


def test_a_text_isn_t_written_to_a_midi_file(trained, tmp_path):
    outcome = elman("generate", trained("story"), "--to", tmp_path / "a.mid")
    assert outcome.code == 2 and "only music is written to a file" in outcome.err
