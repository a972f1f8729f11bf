"""Does loading starve training? Training steps on batches that are made as they come, beside the same from memory.

    python benchmarks/loading.py --data DATA              # pictures, sounds, a table, and one that lies in files
    python benchmarks/loading.py --data DATA sounds       # one of them
    python benchmarks/loading.py --table                  # earlier results as Markdown

With loading: no decoded file is kept in memory, as in a folder much larger than it; each is had from the temporary file
that decoded files go to. Decoding: each is read and decoded anew, as in the first epoch of such a folder. From memory:
the same batches, all of them made before. All are trained on in turns, the same steps; the figures are medians over the
turns, by the clock and by the processor's time, which counts all that the thread that loads does, also where a core is
free for it, and nothing that other programs do. DATA holds fashion_mnist_png and fsdd; the tables are made by seeded
code, one so large that its encoded rows lie in mapped files.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from elman.kinds import AudioKind, ImageKind
from elman.kinds.files import Decoded, DiskCache
from elman.models.batch import Batch
from elman.models.network import Network
from elman.settings import Settings
from elman.trainer import plan
from elman.training.optimizer import Optimizer

RESULTS = Path(__file__).parent / "results" / "loading.json"
WITHIN = 0.9  # of the speed from memory
BATCHES, TURNS = 200, 5  # so many that drawing the order of an epoch, of thousands, doesn't count
TABLE_ROWS, STORED_ROWS = 50_000, 300_000


def pictures(data: Path, folder: Path) -> Path:
    return data / "fashion_mnist_png"


def sounds(data: Path, folder: Path) -> Path:
    return data / "fsdd"


def table(data: Path, folder: Path, rows: int = TABLE_ROWS) -> Path:
    """A CSV file of texts of 5 to 60 words, of which some words make the label likelier."""
    draw = random.Random(0)
    words = [f"word{i}" for i in range(20_000)]
    with (folder / "table.csv").open("w") as file:
        file.write("text,label\n")
        for _ in range(rows):
            text = [words[int(len(words) * draw.random() ** 3)] for _ in range(draw.randint(5, 60))]
            file.write(f"{' '.join(text)},{'even' if len(text[0]) % 2 else 'odd'}\n")
    return folder / "table.csv"


CASES: dict[str, Callable[[Path, Path], Path]] = {
    "pictures": pictures,
    "sounds": sounds,
    "table": table,
    "stored": partial(table, rows=STORED_ROWS),
}


class Learner:
    """A network that takes the steps of training."""

    def __init__(self, network: Network, settings: Settings):
        self.network, self.optimizer, self.steps = network.train(), Optimizer(network, settings), 0

    def speed(self, batches: Iterable[Batch]) -> tuple[float, float]:
        """Rows per second of training on these batches, the making of them included; by the clock, and by the
        processor's time."""
        rows, began, used = 0, time.perf_counter(), time.process_time()
        with self.optimizer.reading():
            for batch in batches:
                self.optimizer.clear()
                losses, counts = self.network.loss(batch)
                (losses.sum() / counts.sum()).backward()
                self.optimizer.clip()
                self.steps += 1
                self.optimizer.step(self.steps, self.optimizer.settings.learning_rate)
                rows += len(batch.rows)
        return rows / (time.perf_counter() - began), rows / (time.process_time() - used)


def measure(name: str, data: Path, folder: Path) -> dict[str, Any]:
    path = CASES[name](data, folder)
    began = time.perf_counter()
    planned = plan(path)
    reading = time.perf_counter() - began
    task, cells = planned.task, planned.data.train
    torch.manual_seed(0)
    parts = task.parts(*cells, planned.settings)
    batches = task.batches(parts, *cells)
    files = {ImageKind: "pictures", AudioKind: "recordings"}.get(type(parts.input))
    decoded = getattr(parts.input, files) if files else None
    ready = first(batches.epoch(0))
    learner = Learner(parts.module, planned.settings)
    learner.speed(ready[:10])  # warms up
    speeds: dict[str, list[tuple[float, float]]] = {"from_memory": [], "decoding": [], "with_loading": []}
    for _ in range(TURNS):
        speeds["from_memory"].append(learner.speed(ready))
        if decoded:
            forget(decoded)
            speeds["decoding"].append(learner.speed(first(batches.epoch(0), lazily=True)))
        speeds["with_loading"].append(learner.speed(first(batches.epoch(0), lazily=True)))
    turns = zip(speeds["with_loading"], speeds["from_memory"], strict=True)
    by_clock, by_processor = zip(*((a / b, c / d) for (a, c), (b, d) in turns), strict=True)
    return {
        "case": name,
        "rows": planned.data.rows["train"],
        **{key: round(median(clock for clock, _ in values)) for key, values in speeds.items() if values},
        "ratio": round(median(by_clock), 3),
        "ratio_of_processor": round(median(by_processor), 3),
        "to_reach": WITHIN,
        "seconds_to_read_and_detect": round(reading, 1),
        "threads": torch.get_num_threads(),
    }


def forget(decoded: Decoded) -> None:
    """As if every file had been decoded once, and there were no room for any in memory."""
    decoded.room = decoded.held = 0
    decoded.gone |= set(decoded.arrays)
    decoded.arrays.clear()
    decoded.disk_cache = DiskCache()


def first(batches: Iterable[Batch], lazily: bool = False) -> Any:
    """The first batches of an epoch: all at once, or one by one as they are asked for."""
    some = (batch for batch, _ in zip(batches, range(BATCHES), strict=False))
    return some if lazily else list(some)


def as_table(results: list[dict[str, Any]]) -> str:
    lines = [
        "| data | training rows/s with loading | from memory | ratio | by processor | to reach | | while decoding |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        verdict = "reached" if r["ratio"] >= r["to_reach"] else "missed"
        lines.append(
            f"| {r['case']} | {r['with_loading']:,} | {r['from_memory']:,} | {r['ratio']:.2f} | "
            f"{r.get('ratio_of_processor', '')} | >= {r['to_reach']} | "
            f"{verdict} | {r.get('decoding', '')} |"
        )
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments.add_argument("--data", type=Path, help="the folder that holds the data sets")
    arguments.add_argument("--table", action="store_true", help="print earlier results")
    given = arguments.parse_args()
    saved = {r["case"]: r for r in (json.loads(RESULTS.read_text()) if RESULTS.exists() else [])}
    if not given.table:
        if unknown := set(given.cases) - set(CASES):
            arguments.error(f"there is no case {', '.join(sorted(unknown))}; choose from {', '.join(CASES)}")
        if given.data is None:
            arguments.error("pass --data DATA, the folder that holds the data sets")
        for name in given.cases or CASES:
            with tempfile.TemporaryDirectory() as folder:
                saved[name] = measure(name, given.data, Path(folder))
            print(json.dumps(saved[name]), flush=True)
            RESULTS.write_text(json.dumps([saved[case] for case in CASES if case in saved], indent=1) + "\n")
    print(as_table([saved[case] for case in CASES if case in saved]))


if __name__ == "__main__":
    main()
