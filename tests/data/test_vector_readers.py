"""Sequences of vectors as files hold them: .ts, NumPy arrays, a CSV file per sequence."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import shared_data
from elman.data.readers import read
from elman.errors import DataFileError

HEADER = "# a comment\n@problemName x\n@timeStamps false\n@classLabel true a b\n@data\n"


def written(folder, name, content):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_real_ts_has_its_published_shape():
    table = read(shared_data("japanese_vowels"))
    rows = list(zip(table.columns["sequence"], table.columns["split"], strict=True))
    train = [steps for steps, part in rows if part == "train"]
    assert (len(train), len(rows) - len(train)) == (270, 370)
    lengths = [len(steps) for steps in train]
    assert (min(lengths), max(lengths)) == (7, 26)
    assert {len(step) for steps, _ in rows for step in steps} == {12}
    assert sorted(set(table.columns["label"])) == list("123456789")
    assert train[0][0][:2] == [1.860936, -0.207383] and train[0][1][0] == 1.891651


def test_ts_dimensions_become_steps(tmp_path):
    path = written(tmp_path, "x.ts", HEADER + "1,2,?:4,5,6:a\n\n0:-1e-3:b\n")
    assert read(path).columns == {"sequence": [[[1, 4], [2, 5], [None, 6]], [[0, -0.001]]], "label": ["a", "b"]}
    number = HEADER.replace("@classLabel true a b", "@targetlabel true")
    assert read(written(tmp_path, "y.ts", number + "1,2:3.5\n")).columns == {"sequence": [[[1], [2]]], "value": [3.5]}
    bare = HEADER.replace("@classLabel true a b", "@classLabel false")
    assert read(written(tmp_path, "z.ts", bare + "1,2\n")).columns == {"sequence": [[[1], [2]]]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,2:3,4:a\n1,2:a\n", r"x\.ts:7: has 1 dimensions, but the first sequence has 2"),
        ("1,2:3:a\n", r"x\.ts:6: has dimensions of 1 and of 2 values"),
        ("1,two:3,4:a\n", r"x\.ts:6: holds 'two' where a number"),
        ("1,inf:3,4:a\n", r"x\.ts:6: holds 'inf'. Expected finite"),
        ("1,2\n", r"x\.ts:6: has no label"),
        ("\n", "holds no sequence"),
    ],
)
def test_bad_ts(tmp_path, content, message):
    with pytest.raises(DataFileError, match=message):
        read(written(tmp_path, "x.ts", HEADER + content))


def test_ts_that_isnt_one(tmp_path):
    with pytest.raises(DataFileError, match="no line @data"):
        read(written(tmp_path, "code.ts", "export const x = 1\n"))


def test_arrays_become_columns(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 4, 2)).astype(np.float32)
    x[1, 2, 0] = np.nan
    np.savez(tmp_path / "a.npz", x=x, y=np.array(["p", "q", "p"]), lengths=np.array([4, 3, 0]))
    table = read(tmp_path / "a.npz")
    assert table.columns["y"] == ["p", "q", "p"]
    assert [len(steps) for steps in table.columns["x"]] == [4, 3, 0]
    assert table.columns["x"][0] == x[0].tolist() and table.columns["x"][1][2][0] is None
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.array([0, 1, 0]))
    assert read([tmp_path / "x.npy", tmp_path / "y.npy"]).columns["y"] == [0, 1, 0]
    np.savez(tmp_path / "p.npz", x_train=x, y_train=np.arange(3), x_test=x[:1], y_test=np.arange(1))
    assert read(tmp_path / "p.npz").columns["split"] == ["train"] * 3 + ["test"]


def test_bad_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 2)), y=np.zeros(2))
    with pytest.raises(DataFileError, match=r"equally many rows .* x 3, y 2"):
        read(tmp_path / "a.npz")
    np.save(tmp_path / "o.npy", np.array([[1], [1, 2]], dtype=object), allow_pickle=True)
    with pytest.raises(DataFileError, match="arrays of objects"):
        read(tmp_path / "o.npy")
    written(tmp_path, "t.npz", "not an archive")
    with pytest.raises(DataFileError, match="isn't readable"):
        read(tmp_path / "t.npz")
    np.savez(tmp_path / "m.npz", x=np.zeros((3, 2)), x_test=np.zeros((3, 2)))
    with pytest.raises(DataFileError, match="with and without a part"):
        read(tmp_path / "m.npz")


def test_folders_of_data_files(tmp_path):
    written(tmp_path, "a.csv", "t,x\n1,0.5\n2,0.6\n")
    written(tmp_path, "b.csv", "t,x\n1,0.7\n")
    written(tmp_path, "README.md", "about")
    table = read(tmp_path)
    assert table.columns == {"t": [1, 2, 1], "x": [0.5, 0.6, 0.7]}
    assert [(path.rsplit("/", 1)[-1], rows) for path, rows in table.files] == [("a.csv", 2), ("b.csv", 1)]
    written(tmp_path, "c.csv", "t,y\n1,0.7\n")
    with pytest.raises(DataFileError, match=r"c\.csv:1: has other columns \(t, y\) than a\.csv \(t, x\)"):
        read(tmp_path)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_names_of_files_say_parts(tmp_path, suffix):
    rows = {"train": 3, "val": 1, "test": 2}
    for part, count in rows.items():
        lines = ["text,label"] if suffix == "csv" else []
        lines += [f"{part} {i},a" if suffix == "csv" else f'{{"text": "{part} {i}"}}' for i in range(count)]
        written(tmp_path, f"my_{part}.{suffix}", "\n".join(lines) + "\n")
    table = read(tmp_path)
    expected = {"train": "train", "val": "valid", "test": "test"}
    assert table.columns["split"] == [expected[text.split()[0]] for text in table.columns["text"]]
    (tmp_path / f"my_train.{suffix}").unlink()
    with pytest.raises(DataFileError, match="not one to train on"):
        read(tmp_path)
