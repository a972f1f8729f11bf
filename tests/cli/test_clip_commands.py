"""Clips on the command line: answered by their folders, drawn on a sheet; the sample that is a folder."""

from __future__ import annotations

import csv

import pytest
from commands import SMALL, elman
from PIL import Image

from clips import captioned_clips


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    """The folder of a model that was trained for an epoch, and that of its data."""
    root = tmp_path_factory.mktemp("clips")
    folder = captioned_clips(root / "data", each=6)
    outcome = elman("train", folder, "--to", root / "model", *SMALL, "--set", "filters=4")
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
