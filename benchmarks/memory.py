"""Is the memory that ``inspect`` measures the one that a task needs? Networks trained on tasks of a given lag.

    python benchmarks/memory.py [--cells lstm gru] [--lags 5 20 80] [--to FILE]

Mark and recall: among letters drawn at random one is marked (a capital), ``lag`` steps before the end, and the answer
is that letter. Where it stands in the sequence differs from row to row. Data are made by seeded code. A lag is learned
by way of shorter ones; what counts as learned is 99 % right on new rows. Such a network can't do with a memory of less
than ``lag`` steps, and has no use for more, so that the measured memory should be ``lag``.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from elman import answers
from elman.answers.base import Answer, Parts
from elman.inspection.memory import Memory, memory
from elman.inspection.subject import subject
from elman.lab.training import fit
from elman.models.batch import Batch
from elman.nn.stack import Recurrent
from elman.settings import Settings

RESULTS = Path(__file__).parent / "results" / "memory.json"
LAGS, CELLS = (5, 20, 80), ("lstm", "gru")
LETTERS = "abcd"
NEAR = 5
ROWS, BATCH, UPDATES = 1_000, 32, 300  # drawn for each stage of training; in a batch; per stage
LEARNED, WITHIN = 0.99, 0.2


def marked(lag: int, rows: int, seed: int) -> tuple[list[str], list[str]]:
    """Letters with a capital ``lag`` steps before the end; and which it is."""
    draw = random.Random(seed)
    texts, labels = [], []
    for _ in range(rows):
        letters = draw.choices(LETTERS, k=lag + 1 + draw.randrange(lag + 1))
        labels.append(letters[-1 - lag])
        letters[-1 - lag] = letters[-1 - lag].upper()
        texts.append(" ".join(letters))
    return texts, labels


def stages(lag: int) -> list[int]:
    """Ever half of the lag, down to five steps or fewer, the shortest first: the mark is found from nearby."""
    return [lag] if lag <= NEAR else [*stages(lag // 2), lag]


def trained(cell: str, lag: int, seed: int) -> tuple[Answer, Parts]:
    """A network that has practised ``stages(lag)``, each from where it stood after the one before."""
    torch.manual_seed(seed)
    task = answers.find("classification", "text")
    settings = Settings().with_changes(
        {
            "cell": cell,
            "bidirectional": False,
            "hidden_size": 32,
            "embedding_size": 16,
            "dropout": 0.0,
            "embedding_dropout": 0.0,
            "level": "words",
        }
    )
    parts = task.parts(*marked(lag, ROWS, seed), settings)
    if cell == "lstm":
        keeping(parts.module.stack.rnn, 2 * lag)  # type: ignore[attr-defined]
    for stage in stages(lag):
        fit(parts.module, drawn_from(task, parts, *marked(stage, ROWS, seed)), steps=UPDATES, learning_rate=5e-3)
    return task, parts


@torch.no_grad()
def keeping(rnn: Recurrent, longest: int) -> None:
    """Begin with forget gates that keep for up to ``longest`` steps (chrono initialisation, Tallec & Ollivier 2018)."""
    shut, kept, *_ = rnn.get_parameter("bias_ih_l0").chunk(4)
    kept.copy_(torch.log(1 + (longest - 2) * torch.rand(len(kept))))
    shut.copy_(-kept)
    rnn.get_parameter("bias_hh_l0").zero_()


def drawn_from(task: Answer, parts: Parts, texts: list[str], labels: list[str]) -> Callable[[], Batch]:
    """A batch of these rows, drawn at random, at each call."""
    batches: Any = task.batches(parts, texts, labels)
    return lambda: batches.placed(batches.collate(torch.randint(len(texts), (BATCH,)).tolist()))


def measured(task: Answer, parts: Parts, lag: int, seed: int) -> Memory:
    """The memory of a network on new rows."""
    (found,) = memory(subject(task, parts, *marked(lag, 200, seed + 10_000)))
    return found


def run(cell: str, lag: int, seed: int) -> dict[str, Any]:
    """One network: how much it got right, and the memory that was measured."""
    began = time.monotonic()
    task, parts = trained(cell, lag, seed)
    found = measured(task, parts, lag, seed)
    right = found.whole.right
    assert right is not None
    return {
        "cell": cell,
        "lag": lag,
        "right": round(right, 4),
        "learned": right >= LEARNED,
        "memory": found.uses,
        "within": found.uses is not None and abs(found.uses / lag - 1) <= WITHIN,
        "longest": found.longest,
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", nargs="+", default=list(CELLS))
    parser.add_argument("--lags", nargs="+", type=int, default=list(LAGS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, default=RESULTS)
    words = parser.parse_args()
    results = json.loads(words.to.read_text()) if words.to.exists() else {}
    for cell in words.cells:
        for lag in words.lags:
            one = results[f"{cell}, lag {lag}"] = run(cell, lag, words.seed)
            verdict = f"memory {one['memory']} steps" if one["learned"] else "not learned"
            verdict += "" if one["within"] else " (NOT within 20 %)"
            print(
                f"{cell:5s} lag {lag:3d}: {one['right']:.1%} right on sequences of up to {one['longest']} steps, "
                f"{verdict}, {one['seconds']:.0f} s",
                flush=True,
            )
    words.to.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
