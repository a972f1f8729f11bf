"""How long it takes to say what a table is: `elman detect` on tables that are wide, many-celled, or long, and on many
in a folder; and how soon `elman train` trains on a long one, when it has ended, and in how much memory.

    python benchmarks/tables.py                              # all that detect is timed on
    python benchmarks/tables.py wide texts                   # some
    python benchmarks/tables.py train                        # elman train texts.csv --minutes 2
    python benchmarks/tables.py train --rows 200000 --minutes 0.2
    python benchmarks/tables.py memory --mb 100 300          # detect, train, evaluate, predict on tables of these sizes
    python benchmarks/tables.py memory events series         # on some

Seconds of the wall clock and of the processor, and the largest memory, of one process for each table, reading,
imports, splits and audit included; and the seconds that it is to stay below.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count, islice
from pathlib import Path


@dataclass(frozen=True)
class Made:
    """A table: what it is, how its rows are made, and the seconds to stay below (of the processor, or the clock).

    files: of a folder, each of which has such rows; 0 of a single one
    """

    about: str
    rows: Callable[[random.Random], Iterator[list[object]]]
    bound: float
    of_processor: bool = False
    files: int = 0


CLASSES = "ok", "worn", "broken"


def wide(rng: random.Random) -> Iterator[list[object]]:
    """Measurements without order, some of them missing, some whole numbers, with a class at the end."""
    yield [*(f"gene_{rng.randrange(10**6)}_{i}" for i in range(960)), "diagnosis"]
    for row in range(414):
        numbers = [round(rng.gauss(row % 3, 4), 3) for _ in range(800)]
        counts: list[object] = [rng.randrange(9) for _ in range(160)]
        counts[rng.randrange(160)] = ""
        yield [*numbers, *counts, ("healthy", "ill", "unclear")[row % 3]]


def cells(rng: random.Random) -> Iterator[list[object]]:
    """Numbers, counts and categories of 100,000 rows, with a number to learn."""
    names = [f"x{rng.randrange(10**6)}_{i}" for i in range(199)]
    yield [*names, "target"]
    pool = [[round(rng.gauss(0, 1), 4) for _ in range(140)] for _ in range(997)]
    for row in range(100_000):
        numbers = pool[row % 997]
        shifted = [round(number + row / 1e4, 4) for number in numbers[:40]]
        counts = [rng.randrange(50) for _ in range(40)]
        names = [rng.choice("abcdefg") for _ in range(19)]
        yield [*shifted, *numbers[40:], *counts, *names, round(sum(numbers[:5]) + rng.gauss(0, 1), 3)]


def texts(rng: random.Random) -> Iterator[list[object]]:
    """A million short texts with a label: 110 MB."""
    yield ["text", "label"]
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(30_000)]
    for row in range(1_000_000):
        yield [" ".join(rng.choices(words, k=15)), ("good", "bad", "neither")[row % 3]]


def recording(rng: random.Random) -> Iterator[list[object]]:
    """Three sensors, a row for each step."""
    return islice(([*row[2:5]] for row in recordings(rng)), 101)


TABLES = {
    "wide": Made("414 rows of 961 columns", wide, 5),
    "cells": Made("100,000 rows of 200 columns", cells, 60),
    "texts": Made("1,000,000 rows of text", texts, 20, of_processor=True),
    "folder": Made("2,000 recordings, a file each", recording, 10, of_processor=True, files=2_000),
}


def write(made: Made, path: Path) -> float:
    """The table as a CSV file, or a folder of them in one folder for each class; returns its size in MB."""
    named = [path / CLASSES[number % 3] / f"{number}.csv" for number in range(made.files)]
    for seed, one in enumerate(named or [path], start=1):
        one.parent.mkdir(parents=True, exist_ok=True)
        with open(one, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(made.rows(random.Random(seed)))
    return sum(one.stat().st_size for one in named or [path]) / 1e6


def measured(path: Path) -> tuple[float, float, float, int]:
    """Seconds of the clock and of the processor, peak memory in MB, and the exit status, of ``elman detect``."""
    began = time.perf_counter()
    words = [sys.executable, "-m", "elman", "detect", str(path), "--json"]
    with open(path.with_suffix(".json"), "w") as out:
        process = os.posix_spawn(
            sys.executable, words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)]
        )
        _, status, used = os.wait4(process, 0)
    seconds = time.perf_counter() - began
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3, os.waitstatus_to_exitcode(status)


STARTS, AFTER, MEMORY = 60, 120, 1500
"""Seconds until training starts, seconds after its budget, and MB, that training is to stay below."""


def train(rows: int, minutes: float) -> None:
    """Train on so many texts, and print how long each part took."""
    made = TABLES["texts"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.csv"
        write(replace(made, rows=lambda rng: islice(made.rows(rng), rows + 1)), path)
        words = [sys.executable, "-m", "elman", "train", str(path), "--minutes", f"{minutes:g}"]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*words, "--to", f"{folder}/model"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        start = measuring = 0.0
        for line in process.stdout:
            seconds = time.perf_counter() - began
            print(f"{seconds:7.1f}  {line}", end="", file=sys.stderr)
            start = start or seconds * line.startswith("epoch")
            measuring = measuring or seconds * line.startswith("measuring")
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    code, processor = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
    failed = f" (exit {code})" if code else ""
    print("| training on | starts after | budget | measuring from | ends after | of the processor | peak MB |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {rows:,} rows of text | {start:.1f} s (< {STARTS}) | {60 * minutes:g} s | {measuring:.1f} s | "
        f"{seconds:.1f} s{failed} (< {start + 60 * minutes + AFTER:.0f}) | {processor:.1f} s | "
        f"{used.ru_maxrss / 1e3:.0f} (< {MEMORY}) |"
    )


def numbers(rng: random.Random) -> Iterator[list[object]]:
    """Ten numbers in each row, and one that follows from them."""
    yield [*(f"x{i}" for i in range(10)), "y"]
    while True:
        row = [round(rng.gauss(0, i + 1), 4) for i in range(10)]
        yield [*row, round(2 * row[0] - row[3] / 2 + rng.gauss(0, 1), 4)]


def endless_texts(rng: random.Random) -> Iterator[list[object]]:
    """``texts``, as many as are asked for."""
    yield ["text", "label"]
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(30_000)]
    while True:
        yield [" ".join(rng.choices(words, k=15)), rng.choice(("good", "bad", "neither"))]


def events(rng: random.Random) -> Iterator[list[object]]:
    """What customers bought, one thing after another, in a row each."""
    yield ["customer", "time", "product", "amount", "channel"]
    for customer in count(1):
        time, bought = datetime(2024, 1, 1) + timedelta(minutes=rng.randrange(500_000)), rng.randrange(40)
        for _ in range(rng.randint(5, 60)):
            time += timedelta(minutes=rng.randint(1, 5_000))
            bought = (7 * bought + rng.choice((1, 2, 3))) % 40
            amount, channel = round(rng.lognormvariate(3, 1), 2), rng.choice(("web", "shop", "phone"))
            yield [f"c{customer:07d}", time, f"p{bought}", amount, channel]


def recordings(rng: random.Random) -> Iterator[list[object]]:
    """Twenty sensors, a row for each step, and how worn the machine was in that run."""
    yield ["run", "t", *(f"x{i}" for i in range(1, 21)), "label"]
    for run in count(1):
        label, values = rng.choice(CLASSES), [rng.gauss(0, 1) for _ in range(20)]
        for t in range(rng.randint(80, 120)):
            values = [0.9 * value + rng.gauss(0, 0.3) + 0.1 * (label == "worn") for value in values]
            yield [run, t, *(f"{value:.4f}" for value in values), label]


def sensors(rng: random.Random) -> Iterator[list[object]]:
    """Five sensors of a machine, a row for each step, and the state that it is in then."""
    yield ["machine", "t", *(f"x{i}" for i in range(1, 6)), "state"]
    for machine in count(1):
        level = 0.0
        for t in range(rng.randint(500, 1_500)):
            level = 0.98 * level + rng.gauss(0, 0.2)
            yield [machine, t, *(f"{level + rng.gauss(0, 0.3):.4f}" for _ in range(5)), "hot" if level > 0 else "cold"]


def series(rng: random.Random) -> Iterator[list[object]]:
    """What one sensor measured, second after second: days and a drift."""
    yield ["time", "power", "heat"]
    start, drift = datetime(2000, 1, 1), 0.0
    for second in count():
        drift = 0.999 * drift + rng.gauss(0, 0.1)
        wave = math.sin(2 * math.pi * second / 86_400)
        yield [start + timedelta(seconds=second), f"{20 + 5 * wave + drift:.3f}", f"{wave + rng.gauss(0, 0.2):.3f}"]


def with_gaps(rng: random.Random) -> Iterator[list[object]]:
    """``series``, of which now and then a minute to a day is missing."""
    yield next(rows := series(rng))
    for row in rows:
        yield row
        if rng.random() < 1e-4:
            for _ in islice(rows, rng.choice((60, 3_600, 86_400))):
                pass


def new_words(rng: random.Random) -> Iterator[list[object]]:
    """Texts, half of whose words come nowhere else: names, numbers of orders, slips."""
    yield ["text", "label"]
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(30_000)]
    for row in count():
        known, new = rng.choices(words, k=8), [f"{rng.choice(words)}{8 * row + i:x}" for i in range(8)]
        yield [" ".join(word for pair in zip(known, new, strict=True) for word in pair), rng.choice(("good", "bad"))]


def many_labels(rng: random.Random, labels: int = 100_000) -> Iterator[list[object]]:
    """Short texts of so many classes: the first word says which."""
    yield ["text", "label"]
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(30_000)]
    while True:
        label = rng.randrange(labels)
        yield [f"item{label} {' '.join(rng.choices(words, k=8))}", f"class {label}"]


SIZED: dict[str, tuple[Callable[[random.Random], Iterator[list[object]]], list[str]]] = {
    "texts": (endless_texts, []),
    "numbers": (numbers, []),
    "events": (events, ["--next", "product"]),
    "recordings": (recordings, []),
    "sensors": (sensors, ["--output", "state", "--task", "tagging"]),
    "series": (series, []),
    "gaps": (with_gaps, []),
    "words": (new_words, []),
    "labels": (many_labels, []),
    "labels20000": (partial(many_labels, labels=20_000), []),
    "labels1000": (partial(many_labels, labels=1_000), []),
    "labels300": (partial(many_labels, labels=300), []),
}
"""Tables of any size, and what is said to train on them."""


def of_size(rows: Iterator[list[object]], path: Path, megabytes: float) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        while file.tell() < 1e6 * megabytes:
            writer.writerows(islice(rows, 1_000))


ANONYMOUS = re.compile(r"RssAnon:\s+(\d+) kB")


def own_memory(words: list[str]) -> tuple[float, float]:
    """Seconds of the processor, and the largest anonymous memory in MB, of ``elman`` with these words: without the
    mapped files, which the system may drop from memory. (Linux alone tells.)"""
    process = subprocess.Popen([sys.executable, "-m", "elman", *words], stdout=subprocess.DEVNULL)
    most, status = 0, Path(f"/proc/{process.pid}/status")
    while True:
        if found := ANONYMOUS.search(status.read_text()):
            most = max(most, int(found[1]))
        pid, code, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            if code:
                raise SystemExit(f"elman {' '.join(words)} failed")
            return used.ru_utime + used.ru_stime, most * 1024 / 1e6
        time.sleep(0.05)


def larger_than_memory(names: list[str], sizes: list[float], minutes: float) -> None:
    """Of these tables in these sizes in MB, what each command takes."""
    print("| table | MB | command | seconds of the processor | anonymous MB |")
    print("|---|---|---|---|---|")
    for name in names:
        rows, asked = SIZED[name]
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                path, model = f"{folder}/{name}.csv", f"{folder}/model"
                of_size(rows(random.Random(1)), Path(path), size)
                commands = [
                    ["detect", path, *asked],
                    ["train", path, *asked, "--minutes", f"{minutes:g}", "--to", model],
                    ["evaluate", model, path],
                    ["predict", model, "--file", path],
                ]
                for words in commands:
                    seconds, most = own_memory(words)
                    print(f"| {name} | {size:g} | {words[0]} | {seconds:.1f} | {most:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "tables", nargs="*", metavar="NAME", help=f"of {', '.join(TABLES)}; train; or memory, and of {', '.join(SIZED)}"
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="that train has")
    parser.add_argument("--minutes", type=float, default=2, help="that train is given")
    parser.add_argument("--mb", type=float, nargs="+", default=[100, 300], help="sizes of the tables of memory")
    given = parser.parse_args()
    if given.tables[:1] == ["memory"]:
        larger_than_memory(given.tables[1:] or [*SIZED], given.mb, given.minutes)
        return
    if given.tables == ["train"]:
        train(given.rows, given.minutes)
        return
    chosen = given.tables or [*TABLES]
    print("| table | MB | seconds | of the processor | peak MB | to stay below |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            made = TABLES[name]
            path = Path(folder) / (name if made.files else f"{name}.csv")
            size = write(made, path)
            seconds, processor, memory, code = measured(path)
            unit = "s of the processor" if made.of_processor else "s"
            said = f"{seconds:.1f} | {processor:.1f}" if code == 0 else f"{seconds:.1f} (exit {code}) | {processor:.1f}"
            print(f"| {made.about} | {size:.0f} | {said} | {memory:.0f} | {made.bound:g} {unit} |", flush=True)


if __name__ == "__main__":
    main()
