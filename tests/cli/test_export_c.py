"""The page "A model as C", as one would follow it: its files written, its commands run, but for one epoch."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import SMALL, elman

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "c.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_the_page_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {}
    for language, title, text in BLOCKS:
        if title:
            (tmp_path / title).write_text(text)
        for command in text.splitlines() if language == "sh" else ():
            said[command] = run(command)
    assert said["./main"].split()[0] in (tmp_path / "flowers.csv").read_text()
    assert said["./flower_test"].startswith("flower: largest difference")
    streamed = next(out for command, out in said.items() if command.endswith("| ./stream"))
    assert [line.split()[0] in ("circle", "wave", "shake") for line in streamed.splitlines()] == [True] * 5
    tagged, expected = said["./tag the dog barks"], said['elman predict tagger "the dog barks"']
    assert tagged.split() == re.findall(r"\w+/\w+", expected) and len(tagged.split()) == 3
    visit = next(out for command, out in said.items() if command.endswith("| ./visit")).split()
    likeliest, chance = next(out for command, out in said.items() if "predict visits-model" in command).split()[:2]
    assert len(visit) == 4 and visit[2] == likeliest
    assert float(visit[3]) == pytest.approx(float(chance.rstrip("%")) / 100, abs=0.006)
    rounded = [out for command, out in said.items() if "int8" in command]
    assert len(rounded) == 2
    for out in rounded:
        assert "largest difference" in out
        assert re.search(r"accuracy: 0\.\d+ \[.*\] with float32, 0\.\d+ \[.*\] with int8", out)


def run(command: str) -> str:
    """What a line of the page prints; ``elman`` in this process, and training in short."""
    words = shlex.split(command)
    if words[0] == "elman":
        done = elman(*words[1:], *(SMALL if words[1] == "train" else ()))
        assert done.code == 0, done.err
        return done.out
    command = re.sub("^python", sys.executable, command)
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--as", "rust"), "--as rust isn't there; pass --as onnx or --as c"),
        (("--as", "onnx", "--name", "x"), "--name is for --as c"),
        (("--as", "c", "--weights", "int4"), "--weights int4 isn't there"),
        (("--as", "c", "--activations", "int8"), "--activations int8 isn't there"),
        (("--as", "c", "--activations", "int16"), "--activations int16 needs --weights int8, and --data FILE"),
    ],
)
def test_flags_that_do_not_fit_are_named(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    done = elman("export", "model", "--to", tmp_path / "out", *words)
    assert done.code == 2
    assert why in done.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "pass the folder to write to: elman export MODEL --as onnx --to DIR"),
        (("--as", "c"), "pass the folder to write to: elman export MODEL --as c --to DIR"),
        (("out",), "out doesn't say what to write; pass --as onnx or --as c"),
        (("out.tflite",), "out.tflite doesn't say what to write"),
        (("out.onnx", "--as", "c"), "--as c and the name out.onnx contradict each other"),
        (("out.onnx", "--to", "out"), "out.onnx and --to out both say where to write"),
        (("--to", "out.onnx", "--weights", "int8"), "--weights is for --as c"),
    ],
)
def test_what_a_name_says_of_the_form(words: tuple[str, ...], why: str) -> None:
    done = elman("export", "model", *words)
    assert done.code == 2 and why in done.err


def test_the_name_is_enough(tmp_path: Path) -> None:
    elman("sample", "flowers", "--to", tmp_path / "flowers.csv")
    elman("train", tmp_path / "flowers.csv", "--to", tmp_path / "model", *SMALL)
    for name, file in (("out.onnx", "model.onnx"), ("out.c", "model.c")):
        done = elman("export", tmp_path / "model", tmp_path / name)
        assert done.code == 0, done.err
        assert (tmp_path / name / file).is_file()
