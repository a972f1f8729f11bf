"""Recordings of three to seven digits, joined from single ones, with what is said in them: data for transcription.

    python benchmarks/joined_digits.py ../shared/data/fsdd joined

Writes ``joined/transcripts.csv`` (audio, transcript, split) and ``joined/sounds/*.wav``. Speakers are mixed; after each
digit there are up to 0.2 s of silence. The recordings 0 to 4 of each digit and speaker stand in the test part alone
(the official split), 5 to 9 in the validation part alone. The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path

import numpy as np
import soundfile

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ROWS = {"train": 2_000, "valid": 200, "test": 300}
LENGTHS, SILENCE = (3, 7), 0.2


def part_of(path: Path) -> str:
    number = int(path.stem.split("_")[2])
    return "test" if number < 5 else "valid" if number < 10 else "train"


def write(source: Path, folder: Path, seed: int = 0) -> Path:
    """The table's path."""
    draw = random.Random(seed)
    (folder / "sounds").mkdir(parents=True, exist_ok=True)
    recordings = sorted((source / "recordings").glob("*.wav"))
    table = folder / "transcripts.csv"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["audio", "transcript", "split"])
        for part, count in ROWS.items():
            single = [path for path in recordings if part_of(path) == part]
            for number in range(count):
                chosen = draw.choices(single, k=draw.randint(*LENGTHS))
                name = f"{part}_{number:04}.wav"
                join(chosen, folder / "sounds" / name, draw)
                rows.writerow([name, " ".join(NAMES[int(path.stem[0])] for path in chosen), part])
    return table


def join(chosen: list[Path], to: Path, draw: random.Random) -> None:
    pieces, rate = [], 0
    for path in chosen:
        samples, rate = soundfile.read(path, dtype="float32")
        pieces += [samples, np.zeros(int(draw.uniform(0, SILENCE) * rate), np.float32)]
    soundfile.write(to, np.concatenate(pieces), rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fsdd", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    print(write(arguments.fsdd, arguments.folder))


if __name__ == "__main__":
    main()
