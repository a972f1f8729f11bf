"""Folders of clips, and tables that name them: what is read, and what detection makes of it."""

from __future__ import annotations

import json

import pytest

from clips import captioned_clips, clip, labelled_clips
from elman.data.audit import audit
from elman.data.detect import detect
from elman.data.readers import from_python, read
from elman.errors import DataFileError


def test_a_table_names_clips_in_a_folder_beside_it(tmp_path):
    folder = captioned_clips(tmp_path / "data", each=6)
    for named in (folder, folder / "captions.csv"):
        table = read(named)
        assert table.columns["clip"][:2] == [f"{folder}/clips/left_0/", f"{folder}/clips/right_0/"]
        found = detect(table)
        assert (found.architecture, found.task, found.inputs) == ("encoder-decoder", "captioning", ("clip",))
    assert "12 clips, a picture for each moment (left_0, ...)" in found.evidence[0]


def test_clips_beside_their_table_with_a_tag_for_each_frame(tmp_path):
    path = labelled_clips(tmp_path / "data")
    table = read(path)
    assert table.columns["clip"][0] == f"{tmp_path}/data/left0/"
    assert read(tmp_path / "data").columns == table.columns
    found = detect(table)
    assert (found.architecture, found.task, found.inputs, found.output) == (
        "many-to-many",
        "tagging",
        ("clip",),
        "tags",
    )
    table.columns["tags"] = [" ".join(tags) for tags in table.columns["tags"]]
    assert detect(table).task == "tagging"  # clips unlike in length, and a word for each of their frames
    table.columns["tags"][0] += " more"
    assert detect(table).task == "captioning"


def test_lists_of_frames_are_clips(tmp_path):
    rows = []
    for i in range(8):
        clip(tmp_path / f"{i}", "left")
        rows.append(json.dumps({"shots": [f"{i}/{t}.png" for t in range(4)], "label": "ab"[i % 2]}))
    (tmp_path / "t.jsonl").write_text("\n".join(rows))
    table = read(tmp_path / "t.jsonl")
    assert table.columns["shots"][1] == [str(tmp_path / "1" / f"{t}.png") for t in range(4)]
    found = detect(table)
    assert (found.architecture, found.task, found.inputs) == ("many-to-one", "classification", ("shots",))


def test_a_folder_of_clips_for_each_class(tmp_path):
    for part in ("train", "test"):
        for way in ("left", "right"):
            for i in range(3):
                clip(tmp_path / part / way / f"{i}", way)
    table = read(tmp_path / "train")
    assert table.names == ["clip", "label"] and table.columns["label"] == ["left"] * 3 + ["right"] * 3
    assert table.columns["clip"][0] == f"{tmp_path}/train/left/0/"
    assert read(tmp_path).columns["split"] == ["test"] * 6 + ["train"] * 6
    found = detect(table)
    assert (found.architecture, found.task, found.inputs) == ("many-to-one", "classification", ("clip",))


@pytest.mark.parametrize(
    ("cells", "task"),
    [([1.5, 2.5, 3.5, 4.5] * 5, "regression"), ([["a"], ["a", "b"], [], ["b"]] * 5, "multilabel")],
)
def test_what_is_told_of_clips(cells, task):
    found = detect(from_python({"y": cells, "x": [f"{i}/" for i in range(20)]}))
    assert (found.task, found.architecture, found.inputs) == (task, "many-to-one", ("x",))


def test_classes_that_pictures_lie_in_are_no_clips(tmp_path):
    for label in ("cat", "dog"):
        clip(tmp_path / label, "left")
    rows = [f"{label}/{t}.png,{label}" for label in ("cat", "dog") for t in range(4)]
    (tmp_path / "t.csv").write_text("image,kind\n" + "\n".join(rows))
    table = read(tmp_path / "t.csv")
    assert table.columns["kind"] == ["cat"] * 4 + ["dog"] * 4
    assert detect(table).architecture == "one-to-one"


def test_texts_that_are_no_folders_stay_as_they_are(tmp_path):
    clip(tmp_path / "a", "left")
    (tmp_path / "t.csv").write_text("text,label\na,x\n" + "ü" * 200 + ",y\n")
    assert read(tmp_path / "t.csv").columns["text"] == ["a", "ü" * 200]


def test_clips_that_are_not_there_are_named(tmp_path):
    folder = captioned_clips(tmp_path / "data", each=120)
    lost = folder / "clips" / "right_119"
    for frame in lost.iterdir():
        frame.unlink()
    lost.rmdir()
    table = read(folder)
    assert table.columns["clip"][-1] == "right_119/"
    (found,) = [f for f in audit(table, None, None, detect(table)) if "aren't there" in f.message]
    assert "1 of 240 files or folders" in found.message and "right_119/" in found.message


def test_clips_are_seen_though_the_first_ones_are_not_there(tmp_path):
    folder = captioned_clips(tmp_path / "data", each=60)
    named = folder / "captions.csv"
    first, *rows = named.read_text().splitlines()
    lost = [f"lost_{i},{row.partition(',')[2]}" for i, row in enumerate(rows[:12])]
    named.write_text("\n".join([first, *lost, *rows]) + "\n")
    table = read(named)
    assert table.columns["clip"][0] == "lost_0/" and table.profiles["clip"].kind.name == "frames"


def test_labels_joined_by_commas_are_short_and_captions_are_not():
    clips = [f"{i}/" for i in range(80)]
    captions = [f"a {c} square moves far {a}, then {b}" for c in ("red", "blue") for a in "lrud" for b in "lrudz"] * 2
    assert detect(from_python({"clip": clips, "caption": captions})).task == "captioning"


def test_a_folder_of_folders_without_pictures_is_refused(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label / "deeper").mkdir(parents=True)
        (tmp_path / label / "deeper" / "x.txt").write_text("x")
    with pytest.raises(DataFileError, match="its subfolders hold no files"):
        read(tmp_path)
