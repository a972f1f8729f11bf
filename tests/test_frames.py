from __future__ import annotations

import pytest

from elman.errors import DataFileError, TaskError
from elman.frames import frames_of


def test_frames_are_in_the_order_of_their_numbers(tmp_path):
    names = ["shot10.png", "shot9.JPG", "shot1b.png", "shot1a.png", "010.bmp", "9.png"]
    for name in [*names, ".hidden.png", "notes.txt"]:
        (tmp_path / name).touch()
    (tmp_path / "more.png").mkdir()
    (tmp_path / "more.png").rmdir()
    ordered = ["9.png", "010.bmp", "shot1a.png", "shot1b.png", "shot9.JPG", "shot10.png"]
    for folder in (str(tmp_path), f"{tmp_path}/"):
        assert frames_of(folder) == [str(tmp_path / name) for name in ordered]


def test_a_list_stays_in_its_order():
    assert frames_of(["b.png", "a.png"]) == ["b.png", "a.png"]


def test_clips_without_frames_are_refused(tmp_path):
    (tmp_path / "a.txt").touch()
    with pytest.raises(DataFileError, match=r"holds no picture, so the clip has no frames"):
        frames_of(str(tmp_path))
    with pytest.raises(DataFileError, match=r"nowhere: no such folder"):
        frames_of(str(tmp_path / "nowhere"))
    with pytest.raises(TaskError, match="lists no frame"):
        frames_of([])
