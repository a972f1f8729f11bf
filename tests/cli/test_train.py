"""`elman train`: what it says, saves and refuses."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
import torch
from commands import OF_TEXTS, SMALL, elman

from elman import samples

pytest_plugins = ["cli_fixtures"]


def test_says_what_it_found_trains_measures_and_saves(reviews, tmp_path):
    outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS)
    assert outcome.code == 0, outcome.err
    for said in (
        "classification (many-to-one)",
        "text -> label",
        "evidence",
        "held out at random, seed 0",
        "LSTM, 1 layer of 8 units in each direction",
        "1 epoch at most",
        "epoch 1.00 of 1  validation: accuracy",
        "95 % interval",
        f"elman predict {tmp_path / 'm'}",
    ):
        assert said in outcome.out
    assert sorted(file.name for file in (tmp_path / "m").iterdir()) == ["README.md", "elman.json", "model.safetensors"]
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name or "unfinished" in path.name] == []


def test_json_is_one_object_and_the_rest_goes_to_standard_error(reviews, tmp_path):
    outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS, "--json")
    record = json.loads(outcome.out)
    assert record["task"] == "classification"
    assert record["rows"] == 20
    assert set(record["metrics"]["accuracy"]) == {"value", "low", "high"}
    assert set(record["baselines"]) == {"majority", "order_free"}
    assert record["model"] == str(tmp_path / "m")
    assert "validation: accuracy" in outcome.err


def test_same_seed_same_model(reviews, tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        elman("train", reviews, "--to", tmp_path / name, *OF_TEXTS, "--seed", seed)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_flags_reach_the_settings(reviews, tmp_path):
    flags = (
        "--cell",
        "gru",
        "--hidden",
        "6",
        "--layers",
        "2",
        "--epochs",
        "1",
        "--seed",
        "5",
        "--set",
        "optimizer=sgd",
    )
    assert elman("train", reviews, "--to", tmp_path / "m", *flags).code == 0
    settings = json.loads((tmp_path / "m" / "elman.json").read_text())["settings"]
    expected = {"cell": "gru", "hidden_size": 6, "num_layers": 2, "epochs": 1, "seed": 5, "optimizer": "sgd"}
    assert {key: settings[key] for key in expected} == expected


def test_given_parts_are_kept(reviews, tmp_path):
    lines = reviews.read_text().splitlines(keepends=True)
    for name, rows in (("valid", lines[1:31]), ("test", lines[31:71]), ("train", lines[71:])):
        (tmp_path / f"{name}.csv").write_text("".join([lines[0], *rows]))
    outcome = elman(
        "train",
        tmp_path / "train.csv",
        "--valid",
        tmp_path / "valid.csv",
        "--test",
        tmp_path / "test.csv",
        "--to",
        tmp_path / "m",
        *OF_TEXTS,
        "--json",
    )
    assert json.loads(outcome.out)["rows"] == 40


def test_parallel_files(tmp_path):
    table = samples.load("numbers")
    for name, rows in (("train", slice(0, 80)), ("val", slice(80, 100))):
        (tmp_path / f"{name}.en").write_text("\n".join(table.columns["words"][rows]) + "\n")
        (tmp_path / f"{name}.nr").write_text("\n".join(table.columns["digits"][rows]) + "\n")
    outcome = elman(
        "train",
        tmp_path / "train.en",
        tmp_path / "train.nr",
        "--valid",
        tmp_path / "val.en",
        "--valid",
        tmp_path / "val.nr",
        "--to",
        tmp_path / "m",
        *OF_TEXTS,
        "--set",
        "max_length=10",
    )
    assert outcome.code == 0, outcome.err
    assert "translation (encoder-decoder)" in outcome.out


def test_an_interrupted_run_keeps_the_best_and_says_so(reviews, tmp_path, monkeypatch):
    from elman.training.loop import Run

    learn, steps = Run._learn, []

    def interrupted(run, batch):
        steps.append(batch)
        if len(steps) > run.per_epoch + 1:
            raise KeyboardInterrupt
        learn(run, batch)

    monkeypatch.setattr(Run, "_learn", interrupted)
    outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS, "--epochs", "3")
    assert outcome.code == 130
    assert "interrupted: the best weights so far are kept" in outcome.out
    assert "Training was interrupted: this is the best model so far." in outcome.out
    assert (tmp_path / "m" / "elman.json").exists()
    monkeypatch.setattr(Run, "_learn", learn)
    resumed = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS, "--epochs", "3", "--resume")
    assert resumed.code == 0, resumed.err
    assert "epoch 3.00 of 3" in resumed.out
    assert not (tmp_path / "m.unfinished").exists()


def test_resume_ends_where_an_uninterrupted_run_ends(reviews, tmp_path, monkeypatch):
    from elman.training.loop import Run

    flags = (*OF_TEXTS, "--epochs", "3")
    assert elman("train", reviews, "--to", tmp_path / "whole", *flags).code == 0

    learn = Run._learn

    def killed(run, batch):
        if run.progress.epoch == 1:
            run.save()
            raise OSError(errno.EIO, "the machine went down")
        learn(run, batch)

    monkeypatch.setattr(Run, "_learn", killed)
    assert elman("train", reviews, "--to", tmp_path / "parts", *flags).code == 2
    assert not (tmp_path / "parts").exists()
    monkeypatch.setattr(Run, "_learn", learn)
    outcome = elman("train", reviews, "--to", tmp_path / "parts", *flags, "--resume")
    assert outcome.code == 0, outcome.err
    whole, parts = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "parts"))
    assert whole == parts


# -- bad input: one message, exit code 2, nothing half-written --------------------------------------------


def refused(tmp_path: Path, *words: object) -> str:
    """The message of a command that is refused and leaves nothing behind."""
    before = sorted(tmp_path.rglob("*"))
    outcome = elman(*words)
    assert outcome.code == 2, outcome.out + outcome.err
    assert "Traceback" not in outcome.err
    assert sorted(tmp_path.rglob("*")) == before
    return outcome.err


ROWS = "text,label\n" + "".join(f"word{i} a b,{'xy'[i % 2]}\n" for i in range(40))


@pytest.mark.parametrize(
    ("name", "content", "flags", "message"),
    [
        ("x.csv", None, (), "no such file"),
        ("x.csv", "", (), "is empty"),
        ("x.csv", "text,label\n", (), "x.csv"),
        ("x.csv", "text,label\na b,x\nc d,x\ne f,x\n", (), "--output COL"),
        ("x.csv", ROWS, ("--output", "lable"), "did you mean 'label'?"),
        ("x.csv", ROWS, ("--task", "clasification"), "classification"),
        ("x.csv", ROWS, ("--set", "droput=0.1"), "did you mean dropout"),
        ("x.csv", ROWS, ("--set", "dropout"), "KEY=VALUE"),
        ("x.csv", ROWS, ("--cell", "lstn"), "cell is one of rnn, lstm, gru"),
        ("x.conll", "the\tDET\ndog\tNOUN\n\na\tDET\ndog\n\n", (), "x.conll:5: "),
        ("x.png", "\x89PNG", (), "x.png"),
    ],
)
def test_bad_files_and_flags(tmp_path, name, content, flags, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    assert message in refused(tmp_path, "train", path, "--to", tmp_path / "m", *flags)


def test_parallel_files_of_unequal_length(tmp_path):
    (tmp_path / "train.en").write_text("one\ntwo\nthree\n")
    (tmp_path / "train.de").write_text("eins\nzwei\n")
    message = refused(tmp_path, "train", tmp_path / "train.en", tmp_path / "train.de", "--to", tmp_path / "m")
    assert "3" in message
    assert "2" in message


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_device_that_is_not_there(reviews, tmp_path):
    assert "--device" in refused(tmp_path, "train", reviews, "--to", tmp_path / "m", "--device", "cuda")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written(reviews, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert "--to" in refused(tmp_path, "train", reviews, "--to", closed / "m", *OF_TEXTS)


def test_a_folder_that_holds_something_else(reviews, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert "left alone" in refused(tmp_path, "train", reviews, "--to", tmp_path / "mine", *OF_TEXTS)


def test_no_space_left_on_the_device(reviews, tmp_path, monkeypatch):
    write = Path.write_bytes

    def full(path, data):
        if path.name == "model.safetensors":
            write(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, data)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS)
    assert outcome.code == 2 and "free some space" in outcome.err and "Traceback" not in outcome.err
    assert not (tmp_path / "m").exists() and not (tmp_path / "m.part").exists()
    outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS, "--resume")  # nothing has to be trained again
    assert outcome.code == 0 and (tmp_path / "m" / "elman.json").exists(), outcome.err


def test_a_cell_of_ten_megabytes(reviews, tmp_path):
    with reviews.open("a") as out:
        out.write("x" * 10_000_000 + ",positive\n")
    outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS, "--set", "ngrams=false")
    assert outcome.code == 0, outcome.err


def test_the_loss_of_numbers_per_step_is_a_squared_error(tmp_path):
    rows = [
        {"sensors": [[0.1 * t, 1.0 - t] for t in range(n)], "level": [3.0 * t + n for t in range(n)]}
        for n in range(2, 32)
    ]
    file = tmp_path / "levels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    outcome = elman("train", file, "--to", tmp_path / "m", *SMALL)
    assert outcome.code == 0, outcome.err
    assert "(squared error, 1 is the variance)" in outcome.out and " nats" not in outcome.out
