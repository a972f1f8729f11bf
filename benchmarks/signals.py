"""Long and fast signals: what Elman's recipe makes of each, beside what people use instead.

    python benchmarks/signals.py --data DATA                    # Elman and the plain script on all, kept in results/
    python benchmarks/signals.py --data DATA --only elman OSULeaf
    python benchmarks/signals.py --data DATA --only rockets     # MiniRocket, 1-NN DTW: where aeon is installed
    python benchmarks/signals.py --table                        # the results of earlier runs, as Markdown

Each set has its official parts; where there are fewer than 100 examples, five seeds. ``plain`` is a short script of
PyTorch alone, in one thread: patches of the signal over its own scale into a bidirectional GRU. ``rockets`` wants
``pip install aeon`` in an environment of its own, as it needs an older pandas than Elman does; nothing of Elman's is
imported for it. The test part of each set is read for these figures alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait must not spin: seconds of the processor count

RESULTS = Path(__file__).parent / "results" / "signals.json"
FEW = 100
SEEDS = 5
Part = tuple[list[np.ndarray], list[str]]
"""Sequences ``[T, D]``, and their classes."""


@dataclass(frozen=True)
class Signals:
    """A set: minutes that training should take on two cores at most, and the accuracy to reach."""

    minutes: float
    must: float
    folder: bool = False


SETS = {
    "ACSF1": Signals(3, 0.80),
    "OSULeaf": Signals(3, 0.88),
    "GunPoint": Signals(1, 0.98),
    "ArrowHead": Signals(1, 0.70),
    "BasicMotions": Signals(1, 0.98),
    "ItalyPowerDemand": Signals(1, 0.96),
    "PickupGestureWiimoteZ": Signals(1, 0.86),
    "watch_exercises": Signals(3, 0.90, folder=True),
}


# -- data, read without Elman, so that peers can be measured where it isn't installed -----------------------------


def parts(root: Path, name: str) -> tuple[Part, Part]:
    """The official training and test parts."""
    if SETS[name].folder:
        return from_folders(root / name / "train"), from_folders(root / name / "test")
    train, test = (from_ts(root / "ucr_ts" / name / f"{name}_{part}.ts") for part in ("TRAIN", "TEST"))
    return train, test


def from_ts(path: Path) -> Part:
    """A file of the archive: a line for each example, its columns and its class between colons."""
    lines = path.read_text(encoding="utf-8").split("@data", 1)[1].split("\n")[1:]
    cells = [line.strip().split(":") for line in lines if line.strip()]
    sequences = [np.array([[float(x) for x in column.split(",")] for column in row[:-1]]).T for row in cells]
    return sequences, [row[-1] for row in cells]


def from_folders(folder: Path) -> Part:
    """A subfolder for each class, and in it a file for each recording, with the names of its columns first."""
    sequences, classes = [], []
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            sequences.append(np.array([list(map(float, row)) for row in list(csv.reader(file))[1:]]))
        classes.append(path.parent.name)
    return sequences, classes


# -- who is measured: training part, test part, seed -> accuracy -----------------------------------------------------


def elman(train: Part, test: Part, seed: int) -> float:
    """The recipe, for as many epochs as it takes: where other programs run, minutes would say little."""
    import elman as library

    given, held = ({"signal": [x.tolist() for x in part[0]], "class": part[1]} for part in (train, test))
    wanted: dict[str, Any] = {"input": "signal", "output": "class", "task": "classification"}
    model = library.fit(given, test=held, seed=seed, **wanted)
    assert model.report is not None
    return model.report.metrics["accuracy"]["value"]


EPOCHS, BATCH, SIZE, RATE = 60, 16, 96, 2e-3


def plain(train: Part, test: Part, seed: int) -> float:
    """A script as one writes it in an afternoon; how long its patches are follows from the length of the signals."""
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    mean_length = statistics.mean(map(len, train[0]))
    patch = int(min(32, max(2, 2 ** round(np.log2(mean_length / 32)))))
    classes = sorted(set(train[1]))

    def patches(x: np.ndarray) -> torch.Tensor:
        scale = np.sqrt((x**2).mean(0)) + 1e-6
        own = x / scale
        change = np.diff(own, axis=0, prepend=own[:1])
        both = np.concatenate([own, change], 1)
        both = np.pad(both, ((0, -len(both) % patch), (0, 0))).reshape(-1, patch * both.shape[1])
        steps = np.concatenate([both, np.broadcast_to(np.log(scale), (len(both), len(scale)))], 1)
        return torch.tensor(steps, dtype=torch.float32)

    class Reader(nn.Module):
        def __init__(self, features: int) -> None:
            super().__init__()
            self.inward = nn.Linear(features, SIZE)
            self.rnn = nn.GRU(SIZE, SIZE, 2, batch_first=True, bidirectional=True, dropout=0.3)
            self.dropout = nn.Dropout(0.3)
            self.outward = nn.Linear(4 * SIZE, len(classes))

        def forward(self, sequences: list[torch.Tensor]) -> torch.Tensor:
            lengths = torch.tensor([len(x) for x in sequences])
            steps = self.inward(pad_sequence(sequences, batch_first=True)).relu()
            packed = pack_padded_sequence(steps, lengths, batch_first=True, enforce_sorted=False)
            read, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
            there = (torch.arange(read.shape[1]) < lengths[:, None])[..., None]
            highest = read.masked_fill(~there, -torch.inf).amax(1)
            mean = read.masked_fill(~there, 0).sum(1) / lengths[:, None]
            return self.outward(self.dropout(torch.cat([highest, mean], 1)))

    given, wanted = [patches(x) for x in train[0]], torch.tensor([classes.index(y) for y in train[1]])
    model = Reader(given[0].shape[1])
    steps = EPOCHS * -(-len(given) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(given)).split(BATCH):
            loss = nn.functional.cross_entropy(model([given[row] for row in rows]), wanted[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        found = [classes[int(model([patches(x)]).argmax())] for x in test[0]]
    return right(found, test[1])


def minirocket(train: Part, test: Part, seed: int) -> float:
    from aeon.classification.convolution_based import MiniRocketClassifier  # pyright: ignore[reportMissingImports]

    return of_aeon(MiniRocketClassifier(random_state=seed), train, test)


def dtw(train: Part, test: Part, seed: int) -> float:
    """The nearest training example by dynamic time warping within a tenth of the length."""
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier  # pyright: ignore[reportMissingImports]

    nearest = KNeighborsTimeSeriesClassifier(n_neighbors=1, distance="dtw", distance_params={"window": 0.1})
    return of_aeon(nearest, train, test)


def of_aeon(classifier: Any, train: Part, test: Part) -> float:
    """Columns before steps; signals of different lengths are drawn out to the mean one."""
    length = round(statistics.mean(map(len, train[0])))

    def drawn_out(x: np.ndarray) -> np.ndarray:
        places = np.linspace(0, len(x) - 1, length)
        return np.stack([np.interp(places, np.arange(len(x)), column) for column in x.T])

    given, held = (np.stack([drawn_out(x) for x in part[0]]) for part in (train, test))
    classifier.fit(given, np.array(train[1]))
    return right(classifier.predict(held).tolist(), test[1])


def right(found: list[str], wanted: list[str]) -> float:
    return sum(a == b for a, b in zip(found, wanted, strict=True)) / len(wanted)


Run = Callable[[Part, Part, int], float]
PEERS: dict[str, Run] = {"elman": elman, "plain": plain, "minirocket": minirocket, "dtw": dtw}
ROCKETS = ("minirocket", "dtw")
DRAWN = ("elman", "plain", "minirocket")
"""Those that begin otherwise with another seed."""


# -- running, and what came of it ---------------------------------------------------------------------------------


def measure(peer: str, name: str, root: Path, most_seeds: int) -> dict[str, Any]:
    """Accuracy on the test part for each seed, with the seconds of the processor that one took."""
    train, test = parts(root, name)
    seeds = most_seeds if len(train[0]) < FEW and peer in DRAWN else 1
    began = time.process_time()
    found = [PEERS[peer](train, test, seed) for seed in range(seeds)]
    return {"accuracy": found, "cpu_seconds": round((time.process_time() - began) / seeds, 1)}


def table(results: dict[str, Any]) -> str:
    """Mean and range over the seeds, one line for each set."""
    lines = [
        "| data | to reach | | seconds of two cores | " + " | ".join(PEERS) + " |",
        "|---" * (4 + len(PEERS)) + "|",
    ]
    for name, about in SETS.items():
        own = results.get(name, {})
        reached = ""
        if "elman" in own:
            reached = "reached" if statistics.mean(own["elman"]["accuracy"]) >= about.must else "missed"
        cells = [shown(own[peer]) if peer in own else "" for peer in PEERS]
        budget = f"{120 * about.minutes:.0f} s"
        lines.append(f"| {name} | {about.must:.2f} | {reached} | {budget} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shown(result: dict[str, Any]) -> str:
    found = result["accuracy"]
    spread = f" ({min(found):.3f} to {max(found):.3f})" if len(found) > 1 else ""
    return f"{statistics.mean(found):.3f}{spread}, {result['cpu_seconds']:.0f} s"


def keep(peer: str, name: str, result: dict[str, Any]) -> None:
    """Put a result beside those of earlier runs."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results.setdefault(name, {})[peer] = result
    RESULTS.write_text(json.dumps(results, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*SETS, []], default=[])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=[*PEERS, "rockets"], help="one of those that are measured")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of sets with fewer than 100 examples")
    parser.add_argument("--table", action="store_true", help="print the results of earlier runs as Markdown")
    arguments = parser.parse_args()
    if arguments.table:
        print(table(json.loads(RESULTS.read_text())))
        return
    peers = {"rockets": ROCKETS, None: ("elman", "plain")}.get(arguments.only, (arguments.only,))
    for name in arguments.names or SETS:
        for peer in peers:
            result = measure(peer, name, arguments.data, arguments.seeds)
            keep(peer, name, result)
            print(f"{name:22} {peer:10} {shown(result)}", flush=True)


if __name__ == "__main__":
    main()
