"""`elman detect` looks at the very parts that `elman train` with the same flags would learn from and be measured on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import elman

from elman import samples, trainer
from elman.dataset import DataSet
from elman.errors import TaskError

DataSets = Callable[..., tuple[DataSet, DataSet, dict[str, Any]]]


@pytest.fixture
def data_sets(monkeypatch: pytest.MonkeyPatch) -> DataSets:
    """``data_sets(words)``: what ``train`` would learn from, what ``detect`` looked at, and what it printed."""
    made, read = [], DataSet.read

    def kept(*data: Any, **flags: Any) -> DataSet:
        made.append(read(*data, **flags))
        return made[-1]

    def run(self: trainer.Trainer, resume: bool = False) -> None:
        raise TaskError("enough is seen")

    monkeypatch.setattr(DataSet, "read", kept)
    monkeypatch.setattr(trainer.Trainer, "run", run)

    def both(*words: object) -> tuple[DataSet, DataSet, dict[str, Any]]:
        trained, detected = elman("train", *words), elman("detect", *words, "--json")
        assert "enough is seen" in trained.err and detected.code == 0, (trained.err, detected.err)
        return made[-2], made[-1], json.loads(detected.out)

    return both


def sample(name: str, folder: Path, size: int = 40_000) -> Path:
    path = folder / f"data{samples.sample(name).suffix}"
    content = samples.text(name)
    path.write_text(content[:size].rpartition("\n")[0] + "\n", encoding="utf-8")
    return path


def steps(folder: Path) -> Path:
    """Rows that follow each other in time, of some machines."""
    rows = [
        f"m{k},2020-01-0{t + 1},{t * k * 0.37 % 1:.3f},{'ab'[t * k // 5 % 2]}" for k in range(1, 31) for t in range(9)
    ]
    path = folder / "steps.csv"
    path.write_text("\n".join(["machine,time,x,state", *rows]) + "\n", encoding="utf-8")
    return path


def spoilt(folder: Path) -> Path:
    """Rows of numbers, of which two hold what is none."""
    rows = [f"{i * 0.37 % 1:.3f},{i * 0.11 % 1:.3f},{'ab'[i % 2]}" for i in range(80)]
    rows[7], rows[50] = "inf,0.1,a", "0.2,-inf,b"
    path = folder / "spoilt.csv"
    path.write_text("\n".join(["p,q,label", *rows]) + "\n", encoding="utf-8")
    return path


CASES: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "rows": (lambda folder: sample("flowers", folder), ["--seed", "5"]),
    "texts": (lambda folder: sample("reviews", folder), ["--set", "seed=3"]),
    "sentences": (lambda folder: sample("tags", folder), ["--seed", "2"]),
    "running text": (lambda folder: sample("story", folder), ["--task", "next-word", "--seed", "1"]),
    "series": (lambda folder: sample("visitors", folder, 4_000), ["--set", "horizon=80"]),
    "steps": (steps, ["--seed", "4"]),
    "steps, each alone": (steps, ["--alone", "--output", "state", "--seed", "4"]),
    "bad rows": (spoilt, ["--skip-bad", "--seed", "6"]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_rows_stand_in_each_part(case: str, data_sets: DataSets, tmp_path: Path) -> None:
    make, flags = CASES[case]
    trained, detected, said = data_sets(make(tmp_path), *flags)
    for part in ("train", "valid", "test"):
        ours, theirs = getattr(detected.splits, part), getattr(trained.splits, part)
        assert len(ours) and ours.columns == theirs.columns
    assert said["notes"] == trained.notes
    assert said["audit"] == [vars(finding) for finding in trained.findings]
    assert said["task"] == trained.detection.task


@pytest.mark.parametrize("case", ["rows", "texts", "sentences", "series", "steps"])
def test_the_flags_count(case: str, data_sets: DataSets, tmp_path: Path) -> None:
    make, flags = CASES[case]
    path = make(tmp_path)
    (_, chosen, _), (_, usual, _) = data_sets(path, *flags), data_sets(path)
    ours, theirs = chosen.splits.test, usual.splits.test
    assert ours is not None and theirs is not None and ours.columns != theirs.columns


def test_what_training_refuses_is_refused_in_the_same_words(tmp_path: Path) -> None:
    for path, flags in (
        (spoilt(tmp_path), ()),
        (sample("flowers", tmp_path), ("--set", "horizon=3")),
        (sample("flowers", tmp_path), ("--set", "horizn=3")),
    ):
        trained, detected = elman("train", path, *flags), elman("detect", path, *flags)
        assert (detected.code, detected.err) == (2, trained.err) and trained.code == 2
