"""Bad input: one clear error, exit code 2, nothing half-written; or left out and listed, where that is asked for."""

from __future__ import annotations

import datetime
import json
import math
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, Outcome, elman
from PIL import Image

import sounds
from clips import captioned_clips
from pictures import class_folders
from tunes import melody, midi, note

RNG = random.Random(0)


def pictures(folder: Path, spoil: Callable[[Path], object]) -> Path:
    spoil(class_folders(folder / "pictures") / "red" / "3.png")
    return folder / "pictures"


def recordings(folder: Path, spoil: Callable[[Path], object]) -> Path:
    spoil(sounds.class_names(folder / "sounds", each=12) / "low_3.wav")
    return folder / "sounds"


def values(folder: Path, cell: str) -> Path:
    """200 rows of measurements, with a cell of one of them on line 59."""
    rows = [[f"{RNG.gauss(0, 1):.3f}" for _ in range(3)] + [RNG.choice("uv")] for _ in range(200)]
    rows[57][1] = cell
    return table(folder, "a,b,c,kind", rows)


def series(folder: Path, change: Callable[[list[list[str]]], object]) -> Path:
    day = datetime.date(2020, 1, 1)
    rows = [[str(day + datetime.timedelta(i)), f"{math.sin(i / 5) + RNG.gauss(0, 0.1):.3f}"] for i in range(300)]
    change(rows)
    return table(folder, "date,a", rows)


def vectors(folder: Path, cell: object) -> Path:
    """100 sequences in JSON lines, one of them ``cell`` on line 32."""
    rows = [
        {"x": [[RNG.gauss(0, 1), RNG.gauss(0, 1)] for _ in range(3 + i % 5)], "kind": "uv"[i % 2]} for i in range(100)
    ]
    rows[31]["x"] = cell
    (folder / "vectors.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return folder / "vectors.jsonl"


def tunes(folder: Path, spoil: Callable[[Path], object]) -> Path:
    """30 melodies, each a MIDI file; one of them spoilt."""
    (folder / "tunes").mkdir()
    for i in range(30):
        pitches = [60 + RNG.choice([0, 2, 4, 5, 7]) for _ in range(8)] + [60]
        (folder / "tunes" / f"{i:02d}.mid").write_bytes(midi(melody(pitches)))
    spoil(folder / "tunes" / "03.mid")
    return folder / "tunes"


def moving(folder: Path, spoil: Callable[[Path], object]) -> Path:
    """Clips with captions, one of them spoilt."""
    spoil(captioned_clips(folder / "clips", each=10) / "clips" / "left_3")
    return folder / "clips"


def empty(clip: Path) -> None:
    for frame in clip.iterdir():
        frame.unlink()


def table(folder: Path, header: str, rows: list[list[str]]) -> Path:
    (folder / "table.csv").write_text("\n".join([header, *map(",".join, rows)]) + "\n")
    return folder / "table.csv"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def swap(rows: list[list[str]]) -> None:
    """Two days, where another is missing: of even ones, sorting would be all that lacks."""
    rows[57], rows[90] = rows[90], rows[57]
    rows.pop(200)


def put(row: int, column: int, cell: str) -> Callable[[list[list[str]]], None]:
    return lambda rows: rows[row].__setitem__(column, cell)


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no picture": (lambda f: pictures(f, lambda p: p.write_text("hello")), r"red/3\.png: isn't a picture"),
    "empty picture": (lambda f: pictures(f, lambda p: p.write_bytes(b"")), r"red/3\.png: isn't a picture"),
    "picture cut off": (lambda f: pictures(f, cut), r"red/3\.png: is damaged or cut off"),
    "no recording": (lambda f: recordings(f, lambda p: p.write_text("hello")), r"low_3\.wav: isn't a recording"),
    "no file": (lambda f: recordings(f, lambda p: p.write_bytes(b"")), r"low_3\.wav: isn't a recording"),
    "no sound": (lambda f: recordings(f, lambda p: sounds.save(np.zeros(0), p)), r"low_3\.wav: holds no sound"),
    "text among values": (lambda f: values(f, "oops"), r"table\.csv:59: holds 'oops' where column 'b' has numbers"),
    "infinite value": (lambda f: values(f, "inf"), r"table\.csv:59: holds 'inf'"),
    "too great a value": (lambda f: values(f, "1e999"), r"table\.csv:59: holds '1e999'"),
    "text in a series": (lambda f: series(f, put(57, 1, "oops")), r"table\.csv:59: holds 'oops'"),
    "infinite in a series": (lambda f: series(f, put(57, 1, "-inf")), r"table\.csv:59: holds '-inf'"),
    "repeated time": (lambda f: series(f, lambda r: r.__setitem__(57, r[56])), r"table\.csv:59: .* comes again"),
    "unsorted times": (lambda f: series(f, swap), r"table\.csv:60: .* stands after"),
    "no such date": (lambda f: series(f, put(57, 0, "2020-13-45")), r"table\.csv:59: '2020-13-45' is no date"),
    "no time": (lambda f: series(f, put(57, 0, "")), r"table\.csv:59: the time is missing"),
    "cells too many": (lambda f: series(f, lambda r: r[57].append("3")), r"table\.csv:59: has 3 cells"),
    "all constant": (lambda f: series(f, lambda r: [row.__setitem__(1, "4") for row in r]), r"column 'a': 4 in every"),
    "steps of unequal width": (lambda f: vectors(f, [[1.0, 2.0], [1.0]]), r"row 32: .*equally many numbers"),
    "another width": (lambda f: vectors(f, [[1.0, 2.0, 3.0]] * 4), r"row 32: .* has 3 numbers per step, expected 2"),
    "infinite step": (lambda f: vectors(f, [[1.0, 2.0], [1.0, math.inf]]), r"row 32: .*infinite number \(step 2, n"),
    "no tune": (lambda f: tunes(f, lambda p: p.write_text("hello")), r"03\.mid: isn't a MIDI file"),
    "tune cut off": (lambda f: tunes(f, cut), r"03\.mid: isn't a MIDI file"),
    "drums alone": (lambda f: tunes(f, lambda p: p.write_bytes(midi(note(0, 1, 40, channel=9)))), r"03\.mid: holds no"),
    "no frames": (lambda f: moving(f, empty), r"left_3.*: holds no picture"),
    "no clip": (lambda f: moving(f, shutil.rmtree), r"left_3.*: no such folder"),
    "a frame cut off": (lambda f: moving(f, lambda p: cut(p / "1.png")), r"left_3/1\.png: is damaged or cut off"),
    "a larger frame": (
        lambda f: moving(f, lambda p: Image.new("RGB", (40, 40)).save(p / "1.png")),
        r"left_3/1\.png: is 40 x 40 pixels large",
    ),
    "text in a step": (lambda f: vectors(f, [[1.0, "oops"]]), r"row 32: .*something other"),
}
ABOUT_ALL = {"repeated time", "unsorted times", "no such date", "no time", "all constant"}
"""Not about a single item, which could be left out."""


def trained(data: Path, *flags: str) -> Outcome:
    return elman("train", data, "--to", data.parent / "model", *SMALL, *flags)


@pytest.mark.parametrize("name", BAD)
def test_one_clear_error(tmp_path, name):
    make, message = BAD[name]
    data = make(tmp_path)
    outcome = trained(data)
    assert outcome.code == 2
    assert re.search(message, outcome.err), outcome.err
    assert outcome.err.count("elman: ") == 1 and "Traceback" not in outcome.err
    assert list(tmp_path.iterdir()) == [data]


@pytest.mark.parametrize("name", [name for name in BAD if name not in ABOUT_ALL])
def test_bad_items_are_left_out_and_listed(tmp_path, name):
    make, _ = BAD[name]
    outcome = trained(make(tmp_path), "--skip-bad", "--json")
    assert outcome.code == 0, outcome.err
    skipped = json.loads(outcome.out)["skipped"]
    assert skipped["count"] == 1
    (item,) = skipped["first"]
    assert re.search(r"3\.png|low_3\.wav|:59|row 32|03\.mid|left_3", item["place"])
    assert item["why"] and "left out as bad: 1 item" in outcome.err
    saved = json.loads((tmp_path / "model" / "elman.json").read_text())
    assert saved["report"]["skipped"] == skipped


@pytest.mark.parametrize(
    "make",
    [
        lambda f: pictures(f, lambda p: Image.new("RGB", (1, 1)).save(p)),
        lambda f: recordings(f, lambda p: sounds.save(np.stack([sounds.tone(300)] * 2, 1), p)),
        lambda f: recordings(f, lambda p: sounds.save(sounds.tone(300), p, bits=8)),
        lambda f: recordings(f, lambda p: sounds.save(sounds.tone(300, rate=96_000), p, rate=96_000)),
        lambda f: recordings(f, lambda p: sounds.save(0 * sounds.tone(300), p)),
        lambda f: values(f, ""),
        lambda f: pictures(f, lambda p: (p.parent / "._3.png").write_text("hidden")),
    ],
    ids=["1 pixel", "stereo", "8 bits", "96 kHz", "silence", "a missing value", "a hidden file"],
)
def test_unusual_but_valid(tmp_path, make):
    outcome = trained(make(tmp_path), "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["skipped"] == {"count": 0, "first": []}


def test_other_columns_name_the_file(tmp_path):
    for name, header in (("a", "date,x"), ("b", "date,x,y")):
        rows = [[f"2020-01-{i:02d}", *["1.5"] * header.count(",")] for i in range(1, 10)]
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / f"{name}.csv").write_text("\n".join([header, *map(",".join, rows)]) + "\n")
    outcome = trained(tmp_path / "data")
    assert outcome.code == 2 and re.search(r"b\.csv:1: has other columns \(date, x, y\) than a\.csv", outcome.err)


def test_one_class(tmp_path):
    folder = class_folders(tmp_path / "pictures")
    for picture in (folder / "blue").iterdir():
        picture.unlink()
    outcome = trained(folder)
    assert outcome.code == 2 and "'red' in every row" in outcome.err
    (folder / "blue").rmdir()
    outcome = trained(folder)
    assert outcome.code == 2 and "holds one subfolder (red), so one class" in outcome.err


def test_evaluate_and_predict_skip_bad_items(tmp_path):
    folder = pictures(tmp_path, cut)
    assert trained(folder, "--skip-bad").code == 0
    model = tmp_path / "model"
    assert elman("evaluate", model, folder).code == 2
    measured = elman("evaluate", model, folder, "--skip-bad", "--json")
    report = json.loads(measured.out)
    assert (report["rows"], report["skipped"]["count"]) == (23, 1)
    assert report["skipped"]["first"][0]["place"].endswith("red/3.png")
    answers = tmp_path / "answers.jsonl"
    assert elman("predict", model, "--file", folder, "--to", answers).code == 2
    assert not answers.exists()
    outcome = elman("predict", model, "--file", folder, "--to", answers, "--skip-bad")
    assert outcome.code == 0 and "left out as bad: 1 item" in outcome.err
    assert len(answers.read_text().splitlines()) == 23


def test_a_row_to_answer_that_holds_a_text(tmp_path):
    assert trained(values(tmp_path, "1.5")).code == 0
    new = tmp_path / "new.csv"
    new.write_text("a,b,c\n1,2,3\n1,oops,3\n")
    outcome = elman("predict", tmp_path / "model", "--file", new)
    said = r"new\.csv, row 2: column 'b' holds 'oops', expected a finite number"
    assert outcome.code == 2 and re.search(said, outcome.err)
    outcome = elman("predict", tmp_path / "model", "--file", new, "--skip-bad")
    assert outcome.code == 0 and len(outcome.out.splitlines()) == 1


def test_broken_exif_data_of_a_picture_are_no_matter(tmp_path):
    """Pillow warns of them at each look, and doesn't say of which file."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    for number in range(24):
        path = tmp_path / "pictures" / "ab"[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (12, 16, 3), np.uint8)).save(path, exif=exif)
        data = bytearray(path.read_bytes())
        at = data.index(b"Exif") + 14
        data[at : at + 2] = b"\0\x09"  # more entries than there are
        path.write_bytes(data)
    command = [sys.executable, "-m", "elman", "detect", str(tmp_path / "pictures"), "--skip-bad"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "24 rows" in found.stdout and found.stderr == ""
