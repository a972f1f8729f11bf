"""A folder with one subfolder per class, in which each file is a sequence."""

from __future__ import annotations

import numpy as np
import pytest

from elman.data.detect import detect, prepared
from elman.data.readers import read
from elman.data.splits import split
from elman.errors import DataFileError
from elman.trainer import fit

CLASSES = {"slow": 0.5, "fast": 2.0}


def waves(seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Of each class some sequences ``[T, 2]`` of differing length."""
    rng = np.random.default_rng(seed)
    return {
        label: [
            np.stack([np.sin(speed * np.arange(n)), rng.normal(size=n)], 1).round(4) for n in rng.integers(2, 30, 12)
        ]
        for label, speed in CLASSES.items()
    }


def saved(folder, kind, sequences):
    for label, arrays in sequences.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for i, steps in enumerate(arrays):
            if kind == "csv":
                lines = ["x,y", *(f"{x},{y}" for x, y in steps)]
                (folder / label / f"{i:02d}.csv").write_text("\n".join(lines) + "\n")
            else:
                np.save(folder / label / f"{i:02d}.npy", steps)
    return folder


@pytest.mark.parametrize("kind", ["csv", "npy"])
def test_each_file_is_a_sequence_of_its_folder(tmp_path, kind):
    sequences = waves()
    table = read(saved(tmp_path, kind, sequences))
    found = detect(table)
    assert (found.architecture, found.task, found.output) == ("many-to-one", "classification", "label")
    rows = prepared(table, found)
    assert rows.columns["label"] == ["fast"] * 12 + ["slow"] * 12
    expected = [*sequences["fast"], *sequences["slow"]]
    if kind == "csv":
        assert found.inputs == ("x", "y")
        lists = [np.stack(pair, 1) for pair in zip(rows.columns["x"], rows.columns["y"], strict=True)]
    else:
        lists = [np.array(cell) for cell in rows.columns["sequence"]]
    for given, wanted in zip(lists, expected, strict=True):
        np.testing.assert_array_equal(given, wanted)


def test_parts_with_classes_of_sequences(tmp_path):
    for part in ("train", "test"):
        saved(tmp_path / part, "csv", waves(len(part)))
    table = read(tmp_path)
    found = detect(table)
    parts = split(prepared(table, found), inputs=found.inputs, output=found.output, seed=0)
    assert parts.test is not None and len(parts.test) == 24 and len(parts.train) + len(parts.valid) == 24


@pytest.mark.parametrize("kind", ["csv", "npy"])
def test_a_model_answers_for_files_of_the_same_form(tmp_path, kind):
    folder = saved(tmp_path / "data", kind, waves())
    model = fit(folder, epochs=1, hidden_size=4)
    answers = model.predict(folder)
    assert len(answers) == 24 and {answer.value for answer in answers} <= set(CLASSES)
    if kind == "csv":
        assert len(model.predict(folder / "slow" / "00.csv")) == 1


def test_odd_files_are_named(tmp_path):
    folder = saved(tmp_path / "a", "npy", waves())
    np.save(folder / "slow" / "03.npy", np.zeros((4, 3)))
    with pytest.raises(DataFileError, match=r"slow/03\.npy: has 3 columns, but 00\.npy has 2"):
        read(folder)
    table = read(folder, skip_bad=True)
    assert len(table) == 23 and table.skipped[0].place == str(folder / "slow" / "03.npy")
    np.save(folder / "slow" / "03.npy", np.zeros((4, 2, 2)))
    with pytest.raises(DataFileError, match=r"03\.npy: holds 03 \[4, 2, 2\] float64. Expected one array"):
        read(folder)
    folder = saved(tmp_path / "b", "csv", waves())
    (folder / "slow" / "03.csv").write_text("x,z\n1,2\n")
    with pytest.raises(DataFileError, match=r"slow/03\.csv:1: has other columns \(x, z\) than 00\.csv \(x, y\)"):
        read(folder)
