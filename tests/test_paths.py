"""What is written appears whole under its name, or nothing is left of it; seeds that come again."""

from __future__ import annotations

import os
from itertools import product

import pytest

from elman import seeds
from elman.paths import beside, replacing


def test_a_file_takes_its_name_once_it_is_whole(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("old")
    with replacing(path) as part:
        part.write_text("new")
        assert path.read_text() == "old" and part == beside(path) and part.parent == tmp_path
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["answers.csv"]


@pytest.mark.parametrize("folder", [False, True])
def test_what_fails_leaves_what_was_there(tmp_path, folder):
    path = tmp_path / "kept"
    path.write_text("old")

    def fail():
        with replacing(path) as part:
            if folder:
                part.mkdir()
                (part / "half").write_text("ha")
            else:
                part.write_text("ha")
            raise OSError(28, "no space left")

    with pytest.raises(OSError, match="no space left"):
        fail()
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["kept"]


def test_a_folder_takes_an_empty_ones_place_and_no_full_ones(tmp_path):
    empty, full = tmp_path / "empty", tmp_path / "full"
    for folder in (empty, full):
        folder.mkdir()
    (full / "file").write_text("mine")
    beside(empty).mkdir()  # of an attempt that was killed
    (beside(empty) / "old").write_text("half")
    with replacing(empty) as part:
        part.mkdir()
        (part / "new").write_text("whole")
    assert os.listdir(empty) == ["new"]
    with pytest.raises(OSError), replacing(full) as part:
        part.mkdir()
    assert os.listdir(full) == ["file"] and sorted(os.listdir(tmp_path)) == ["empty", "full"]


def test_here_has_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert beside(tmp_path / ".").name == f"{tmp_path.name}.part"
    with replacing(tmp_path.joinpath("a.txt").relative_to(tmp_path)) as part:
        part.write_text("x")
    assert (tmp_path / "a.txt").read_text() == "x"


def test_the_folders_that_something_is_to_stand_in_are_made(tmp_path):
    with replacing(tmp_path / "new" / "within" / "a.txt") as part:
        part.write_text("x")
    assert (tmp_path / "new" / "within" / "a.txt").read_text() == "x"


def test_epochs_of_near_seeds_differ():
    found = [seeds.of_epoch(seed, number) for seed, number in product(range(20), range(200))]
    assert len(set(found)) == len(found) and seeds.of_epoch(3, 5) == seeds.of_epoch(3, 5)
