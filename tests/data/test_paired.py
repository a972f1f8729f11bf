"""Texts and what belongs to them, line for line, in two files side by side."""

from __future__ import annotations

import random

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.data.splits import split
from elman.errors import DataFileError, TaskError

WORDS = ["good", "bad", "film", "plot", "long", "fine"]


def texts(count, seed=0):
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(2, 9))) for _ in range(count)]


def write(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_texts_and_labels_of_each_part_with_their_meanings(tmp_path):
    for part, count in (("train", 60), ("val", 12), ("test", 9)):
        write(tmp_path / f"{part}_text.txt", texts(count, count))
        write(tmp_path / f"{part}_labels.txt", [i % 3 for i in range(count)])
    write(tmp_path / "mapping.txt", ["0\tanger", "1\tjoy", "2\tno feeling"])
    table = read(tmp_path)
    assert table.names == ["text", "label", "split"] and len(table) == 81
    assert table.columns["text"][:9] == texts(9, 9) and table.columns["label"][:3] == ["anger", "joy", "no feeling"]
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("classification", ("text",), "label")
    write(tmp_path / "val_labels.txt", [1] * 11)
    with pytest.raises(DataFileError, match=r"val_text.txt:12: has 12 lines, but val_labels.txt has 11"):
        read(tmp_path)


@pytest.mark.parametrize(
    "names", [("reviews.txt", "labels.txt"), ("sentences", "sentences-sentiment"), ("x.txt", "class.txt")]
)
def test_two_files_one_of_labels(tmp_path, names):
    write(tmp_path / names[0], texts(40))
    write(tmp_path / names[1], ["positive", "negative"] * 20)
    (tmp_path / "README.txt").write_text("about it")
    table = read(tmp_path)
    assert table.columns == {"text": texts(40), "label": ["positive", "negative"] * 20}


@pytest.mark.parametrize("roles", [("source", "target"), ("input", "output"), ("questions", "answers")])
def test_two_files_of_what_is_made_into_the_other(tmp_path, roles):
    words = [text.replace(" ", "") for text in texts(60)]
    write(tmp_path / f"letters_{roles[0]}.txt", words)
    write(tmp_path / f"letters_{roles[1]}.txt", ["".join(sorted(word)) for word in words])
    found = detect(read(tmp_path))
    assert (found.task, found.inputs, found.output) == ("translation", roles[:1], roles[1])


def test_folders_of_a_file_for_each_class_stay_so(tmp_path):
    for name, count in (("sport", 30), ("class", 30), ("label", 12)):
        write(tmp_path / f"{name}.txt", texts(count))
    assert set(read(tmp_path).columns["label"]) == {"sport", "class", "label"}
    (tmp_path / "class.txt").unlink()
    assert set(read(tmp_path).columns["label"]) == {"sport", "label"}  # unequally many lines


def test_a_column_without_a_name_that_says_train_and_test(tmp_path):
    rows = [f"{'train' if i % 4 else 'test'},{'ab'[i % 2]},{i / 7}" for i in range(80)]
    (tmp_path / "x.csv").write_text("\n".join(rows), encoding="utf-8")
    table = read(tmp_path / "x.csv")
    found = detect(table)
    assert (found.output, found.inputs) == ("column_2", ("column_3",))
    held_out = split(table, inputs=found.inputs, output=found.output, seed=0).test
    assert held_out is not None and len(held_out) == 20


@pytest.mark.parametrize("form", ["{0}/v_{1}.avi,{0}", "{0}/v_{1}.mp4 {2}"])
def test_names_of_videos_are_refused_with_what_makes_pictures_of_them(tmp_path, form):
    lines = [form.format(("Run", "Jump")[i % 2], i, i % 2 + 1) for i in range(40)]
    write(tmp_path / "videos.txt", lines)
    with pytest.raises(TaskError, match=r"names videos \(v_0\.(avi|mp4), \.\.\.\).*ffmpeg -i v_0.*--input"):
        detect(read(tmp_path / "videos.txt"))
