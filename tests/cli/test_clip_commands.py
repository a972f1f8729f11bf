"""Clips on the command line: answered by their folders, drawn on a sheet; the sample that is a folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from commands import EMBEDDED, elman
from PIL import Image

from clips import captioned_clips
from elman import answers
from elman.answers import Prediction
from elman.cli.predict import write_lines
from elman.kinds import FramesKind

if TYPE_CHECKING:
    from elman.model import Model


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    """The folder of a model that was trained for an epoch, and that of its data."""
    root = tmp_path_factory.mktemp("clips")
    folder = captioned_clips(root / "data", each=6)
    outcome = elman("train", folder, "--to", root / "model", *EMBEDDED, "--set", "filters=4")
    assert outcome.code == 0 and "captioning (encoder-decoder)" in outcome.out, outcome.err
    return root / "model", folder


def test_clips_are_answered_by_their_folders(answering, tmp_path):
    model, folder = answering
    path = folder / "clips" / "right_1"
    outcome = elman("predict", model, path, f"{path}/")
    first, second = outcome.out.splitlines()
    assert outcome.code == 0 and first == second.removesuffix("/") and first.endswith(str(path)), outcome.err
    for name in ("sheet.png", "answers.csv"):
        outcome = elman("predict", model, "--file", folder, "--to", tmp_path / name)
        assert outcome.code == 0, outcome.err
    assert Image.open(tmp_path / "sheet.png").format == "PNG"
    rows = list(csv.DictReader((tmp_path / "answers.csv").open()))
    assert len(rows) == 12 and rows[0]["input"] == f"{folder}/clips/left_0/"


def test_a_clip_without_frames_leaves_nothing_half_written(answering, tmp_path):
    model, _ = answering
    (tmp_path / "empty").mkdir()
    outcome = elman("predict", model, tmp_path / "empty", "--to", tmp_path / "out.csv")
    assert outcome.code == 2 and outcome.err.startswith(f"elman: {tmp_path}/empty: holds no picture")
    assert [item.name for item in tmp_path.iterdir()] == ["empty"]


def test_the_sample_that_is_a_folder_isnt_printed():
    outcome = elman("sample", "clips")
    assert outcome.code == 2 and "is a folder of files: pass --to clips" in outcome.err


def test_frames_are_shown_with_their_tags():
    """A clip that is typed is a folder, and its elements are the frames in it, however many words its name has."""
    with TemporaryDirectory(prefix="two words ") as folder:
        frames = [Path(folder) / f"{t}.png" for t in range(3)]
        for frame in frames:
            Image.new("L", (4, 4)).save(frame)
        tagger = SimpleNamespace(
            task=answers.find("tagging", "frames"),
            parts=SimpleNamespace(input=FramesKind()),
            detection=SimpleNamespace(inputs=("clip",)),
        )
        answer = Prediction(["rest", "left", "left"], None, [0.9, 0.8, 0.7])
        out = io.StringIO()
        write_lines(cast("Model", tagger), out, [(folder, answer)])
    assert out.getvalue() == "0.png/rest 1.png/left 2.png/left\n"
