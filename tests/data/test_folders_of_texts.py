"""Folders of texts whose files are no classes: chapters, sentences with tags, several data sets."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from elman.data.detect import detect
from elman.data.format import Format, ReadingOptions
from elman.data.readers import read, read_table
from elman.data.readers.lexicon import are_numbered, entry
from elman.errors import DataFileError

SENTENCES = ["the/DT dog/NN sees/VB a/DT cat/NN ./.", "a/DT bird/NN sings/VB ./.", "the/DT cat/NN sleeps/VB ./."] * 5


def folder_of(folder: Path, files: dict[str, list[str]]) -> Path:
    for name, lines in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_files_of_tagged_words_are_read_one_after_another(tmp_path: Path):
    table = read(folder_of(tmp_path, {"ca01": SENTENCES, "cb01": SENTENCES, "news": SENTENCES}))
    assert (table.names, len(table), detect(table).task) == (["token", "tag"], 45, "tagging")


@pytest.mark.parametrize(("count", "layout"), [(24, "text"), (12, "folder")])
def test_many_numbered_texts_are_one_after_another(tmp_path: Path, count: int, layout: str):
    lines = {f"chapter{i}.txt": [f"This is line {j} of chapter {i}." for j in range(9)] for i in range(1, count + 1)}
    table = read(folder_of(tmp_path, lines))
    assert table.layout == layout
    if layout == "text":  # by number, and not by name: 2 before 10
        assert table.column("text")[9] == "This is line 0 of chapter 2."
        assert any("24 files" in note and "read one after another" in note for note in table.notes)


def test_several_data_sets_with_other_files_among_them_are_no_classes(tmp_path: Path):
    parts = {
        f"{name}/{part}.txt": ["a text", "b text"] for name in ("hate", "irony") for part in ("train", "dev", "test")
    }
    folder_of(tmp_path, {**parts, "hate/mapping.txt": ["0 no", "1 yes"]})
    with pytest.raises(DataFileError, match=r"holds several data sets \(hate, irony\)"):
        read(tmp_path)
    for name in ("train-hard", "test-cricket", "running", "swimming", "chess"):  # titles of texts of a class
        folder_of(tmp_path / "classes", {f"{label}/{name}.txt": ["some words"] for label in ("sports", "games")})
    assert read(tmp_path / "classes").names == ["text", "label"]


def test_the_number_of_a_pronunciation_is_no_phone(tmp_path: Path):
    words = ["NO", "NOT", "ON", "TON", "TOE", "NOTE", "TONE", "ONE", "EON", "TEN", "NET", "TOT"]
    lines = [f"{a}{b} {1 + (a == b)} {' '.join(a + b)}" for a in words for b in words[:4]]
    (tmp_path / "cmudict").write_text("\n".join(lines), encoding="utf-8")
    table = read(tmp_path / "cmudict")
    assert (table.names, table.column("phones")[0]) == (["word", "phones"], "N O N O")


@pytest.mark.parametrize("sign", [",", "\t"])
def test_copies_of_rows_are_refused_with_what_leaves_them_out(tmp_path: Path, sign: str):
    rows = [f"2021-01-{i + 1:02d}{sign}{100 + i * i % 7}" for i in range(28)]
    path = folder_of(tmp_path, {"a.csv": [f"day{sign}n", *rows[:9], rows[8], *rows[9:]]}) / "a.csv"
    with pytest.raises(DataFileError, match=r"a\.csv:11: .* comes again .*copy of the row above") as raised:
        detect(read(path))
    command = str(raised.value).split("row above; ")[1].split(" keeps each")[0]
    subprocess.run(command.replace("python", sys.executable, 1), shell=True, check=True)
    assert len(read(tmp_path / "a.once.csv")) == 28


def test_two_values_at_one_time_are_no_copies(tmp_path: Path):
    rows = [f"2021-01-{i + 1:02d},{100 + i * i % 7}" for i in range(28)]
    path = folder_of(tmp_path, {"a.csv": ["day,n", *rows[:9], "2021-01-09,7", *rows[9:]]}) / "a.csv"
    with pytest.raises(DataFileError, match=r"comes again") as raised:
        detect(read(path))
    assert "copy" not in str(raised.value)


STORY = ["1 Mary moved to the bathroom.", "2 John went to the hall.", "3 Where is Mary? \tbathroom\t1"]


def test_stories_with_questions_among_their_sentences(tmp_path: Path):
    longer = [*STORY, "4 Mary took the ball.", "5 Where is John?\thall\t2"]
    path = folder_of(tmp_path, {"qa1.txt": [*longer, *STORY] * 3}) / "qa1.txt"
    table = read(path)
    said = "Mary moved to the bathroom. John went to the hall."
    assert table.columns["story"][:3] == [said, f"{said} Mary took the ball.", said]
    assert table.columns["question"][:2] == ["Where is Mary?", "Where is John?"]
    assert table.columns["answer"] == ["bathroom", "hall", "bathroom"] * 3
    assert detect(table).output == "answer"
    path.write_text("\n".join([*longer * 3, "no number", *STORY]) + "\n", encoding="utf-8")
    assert read(path).names == ["text"]  # which lists of other things are, too
    with pytest.raises(DataFileError, match=r"qa2\.txt:2001: expected a number"):
        read(folder_of(tmp_path, {"qa2.txt": [*longer * 400, "no number"]}) / "qa2.txt")


def test_a_model_of_stories_reads_a_single_one(tmp_path: Path):
    path = folder_of(tmp_path, {"qa.txt": STORY}) / "qa.txt"
    kept = Format(reader="stories")
    assert read_table([path], ReadingOptions.asked(False, {}, kept)).columns["answer"] == ["bathroom"]


def test_figures_that_are_phones_stay():
    """In SAMPA 2 and 9 are vowels: only where each line has a number is this no phone."""
    assert entry("öl  2 l") == ("öl", ["2", "l"]) and entry("A 2 EY1", numbered=True) == ("A", ["EY1"])
    assert are_numbered(["A 1 AH0", "A 2 EY1"]) and not are_numbered(["öl  2 l", "Uhr  u: 6"])


def test_a_numbered_list_is_no_story(tmp_path: Path):
    lines = [f"{i} this is item {i}" for i in range(1, 30)]
    assert read(folder_of(tmp_path, {"a.txt": lines}) / "a.txt").names == ["text"]


def test_lists_of_recordings_deal_them_out(tmp_path: Path):
    names = [f"{label}/{i}.wav" for label in ("no", "yes") for i in range(5)]
    for name in [*names, "_background_noise_/hum.wav"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(tone_bytes())
    folder_of(tmp_path, {"testing_list.txt": [names[0], names[7]], "validation_list.txt": [names[9]]})
    table = read(tmp_path)
    assert table.names == ["audio", "label", "split"] and set(table.columns["label"]) == {"no", "yes"}
    audio, split = table.columns["audio"], table.columns["split"]
    parts = {Path(str(path)).relative_to(tmp_path).as_posix(): part for path, part in zip(audio, split, strict=True)}
    assert parts == dict.fromkeys(names, "train") | {names[0]: "test", names[7]: "test", names[9]: "valid"}
    (tmp_path / "testing_list.txt").write_text("yes/of another set.wav\n", encoding="utf-8")
    table = read(tmp_path)
    assert set(table.columns["split"]) == {"train", "valid"}
    assert any("testing_list.txt names hardly anything" in note for note in table.notes)
    folder_of(tmp_path, {"testing_list.txt": [r"no\1.wav", "no/2.wav", "no/99.wav"]})
    table = read(tmp_path)
    assert table.columns["split"].count("test") == 2 and any("1 that it names aren't" in note for note in table.notes)


def tone_bytes() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(800))
    return file.getvalue()


def test_messages_below_what_a_program_says_of_itself(tmp_path: Path):
    rows = [{"id": i, "from": "AB"[i % 3 > 0], "text": f"hello {i} and {i * i}"} for i in range(9)]
    chat = tmp_path / "result.json"
    chat.write_text(json.dumps({"name": "Chat", "id": 7, "messages": rows}), encoding="utf-8")
    table = read(chat)
    assert table.columns["text"] == [row["text"] for row in rows]
    assert any("'messages'; name, id left out" in note for note in table.notes)
    points = [{"x": i / 7, "y": i * i % 5} for i in range(40)]  # a recording with its label
    chat.write_text(json.dumps({"label": "walk", "points": points}), encoding="utf-8")
    assert read(chat).columns["label"] == ["walk"]
    talk = [{"role": role, "content": "hello"} for role in ("user", "assistant") * 4]
    chat.write_text(json.dumps({"id": 7, "messages": talk}), encoding="utf-8")
    table = read(chat)
    assert len(table) == 1 and not any("left out" in note for note in table.notes)  # one conversation
