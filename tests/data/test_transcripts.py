"""Recordings with their transcripts beside them, in folders of speakers and chapters."""

from __future__ import annotations

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError
from sounds import save, tone


def book(folder, speakers=(84, 174), clips=3):
    for speaker in speakers:
        chapter = folder / str(speaker) / "1"
        chapter.mkdir(parents=True)
        names = [f"{speaker}-1-{clip:04d}" for clip in range(clips)]
        for name in names:
            save(tone(300, 0.1), chapter / f"{name}.wav")
        (chapter / f"{speaker}-1.trans.txt").write_text("".join(f"{name} SO {name} SAID\n" for name in names))


def test_recordings_and_what_is_said_in_them(tmp_path):
    book(tmp_path)
    table = read(tmp_path)
    assert table.names == ["audio", "transcript"] and len(table) == 6
    assert table.columns["audio"][3].endswith("84-1-0000.wav")
    assert table.columns["transcript"][3] == "SO 84-1-0000 SAID"
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("transcription", ("audio",), "transcript")
    assert read(tmp_path / "84").columns == read(tmp_path / "84" / "1").columns


def test_parts_by_the_beginnings_of_names(tmp_path):
    book(tmp_path / "train-clean-100")
    book(tmp_path / "dev-clean", (5,))
    book(tmp_path / "test-other", (7,))
    assert read(tmp_path).columns["split"] == ["valid"] * 3 + ["test"] * 3 + ["train"] * 6
    (tmp_path / "above").mkdir()
    for part in ("train-clean-100", "dev-clean"):
        (tmp_path / part).rename(tmp_path / "above" / part)
    (tmp_path / "test-other").rename(tmp_path / "above" / "test-other")
    assert read(tmp_path).columns["split"] == ["valid"] * 3 + ["test"] * 3 + ["train"] * 6


@pytest.mark.parametrize(
    "line, message",
    [("84-1-0009 IT IS", "no recording called '84-1-0009'"), ("84-1-0001", "nothing is said in '84-1-0001'")],
)
def test_lines_without_a_recording_or_without_words_are_named(tmp_path, line, message):
    book(tmp_path)
    path = tmp_path / "84" / "1" / "84-1.trans.txt"
    path.write_text(path.read_text() + "\n" + line + "\n")
    with pytest.raises(DataFileError, match=rf"84-1.trans.txt:5: {message}"):
        read(tmp_path)
    table = read(tmp_path, skip_bad=True)
    assert (len(table), len(table.skipped)) == (6, 1)


def test_folders_without_transcripts_are_not_searched_through(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(3):
            save(tone(300, 0.1), tmp_path / name / f"{i}.wav")
    (tmp_path / "dog" / "x.trans.txt").write_text("0 WOOF\n")
    assert read(tmp_path).names == ["audio", "label"]
