"""What it costs to watch gradients during training: CPU time with the watch, and without.

    python benchmarks/watching.py [NAME ...] [--rounds N]

Networks of the sizes that recipes choose read random batches. Both ways take turns, a short round of steps each, in one
process, so that what the machine does besides meets both alike; CPU time, since a busy machine stretches the clock.
All rounds together are compared, with twice the standard error of the rounds' differences.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from elman.models.batch import Batch
from elman.models.many_to_many import language_model
from elman.models.many_to_one import ManyToOne
from elman.models.network import Network
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.heads import ClassHead
from elman.ragged import Ragged
from elman.settings import Settings
from elman.training.watching import GradientWatch

RESULTS = Path(__file__).parent / "results" / "watching.json"
TOKENS, CLASSES, ROUND = 2_000, 500, 25  # per batch; of words; steps in a round


def classifier(hidden: int) -> Network:
    embedding = TokenEmbedding(CLASSES, 64)
    return ManyToOne(embedding, lambda size: ClassHead(size, 2), hidden_size=hidden, pooling="last+mean+max")


def sentences(length: int) -> Batch:
    lengths = torch.randint(max(1, length // 2), length * 3 // 2, (TOKENS // length,))
    ids = torch.randint(0, CLASSES, (int(lengths.sum()),))
    return Batch(Words(Ragged(ids, lengths)), torch.randint(0, 2, (len(lengths),)))


def stream(length: int) -> Batch:
    lengths = torch.full((TOKENS // length,), length)
    ids = torch.randint(0, CLASSES, (int(lengths.sum()),))
    return Batch(Words(Ragged(ids, lengths)), Ragged(ids.roll(-1), lengths))


CASES: dict[str, Any] = {
    "classifier, 32 units, 10 steps": (lambda: classifier(32), lambda: sentences(10)),
    "classifier, 128 units, 20 steps": (lambda: classifier(128), lambda: sentences(20)),
    "language model, 128 units, 100 steps": (
        lambda: language_model(TokenEmbedding(CLASSES, 64), CLASSES, tied=False, hidden_size=128),
        lambda: stream(100),
    ),
}


def round_of_steps(network: Network, batches: list[Batch], watch: GradientWatch | None, at: int) -> float:
    """CPU seconds of ``ROUND`` steps from step ``at`` on."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    began = time.process_time()
    for number in range(at, at + ROUND):
        batch = batches[number % len(batches)]
        optimizer.zero_grad(set_to_none=True)
        if watch is None:
            losses, counts = network.loss(batch)
            (losses.sum() / counts.sum()).backward()
        else:
            with watch.step(number, batch):
                losses, counts = network.loss(batch)
                (losses.sum() / counts.sum()).backward()
        norm = float(torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0))
        optimizer.step()
        if watch is not None:
            watch.warnings(norm, 0.5, 0)
            _ = watch.half_life, watch.clipped  # as the loop tells them
    return time.process_time() - began


def measure(name: str, rounds: int) -> dict[str, float]:
    make, data = CASES[name]
    torch.manual_seed(0)
    network, batches = make(), [data() for _ in range(20)]
    round_of_steps(network, batches, None, 0)
    watch, plain, watched = GradientWatch(network, Settings(), ()), [], []
    for number in range(rounds):
        for with_watch in (True, False) if number % 2 else (False, True):  # neither is always the first
            seconds = round_of_steps(network, batches, watch if with_watch else None, number * ROUND)
            (watched if with_watch else plain).append(seconds)
            watch.began += 0.0 if with_watch else seconds  # CPU time that the watch has no part in
    with_, without = statistics.mean(watched), statistics.mean(plain)
    error = statistics.stdev(a - b for a, b in zip(watched, plain, strict=True)) / rounds**0.5
    return {
        "ms_per_step": round(1e3 * without / ROUND, 3),
        "ms_per_step_watched": round(1e3 * with_ / ROUND, 3),
        "percent": round(100 * (with_ / without - 1), 2),
        "give_or_take": round(200 * error / without, 2),
        "percent_in_looks": round(100 * watch.spent / sum(watched), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {'; '.join(CASES)}; all by default")
    parser.add_argument("--rounds", type=int, default=40, help=f"of {ROUND} steps, with and without")
    parser.add_argument("--to", type=Path, default=RESULTS)
    words = parser.parse_args()
    torch.set_num_threads(1)
    results = json.loads(words.to.read_text()) if words.to.exists() else {}
    for name in words.names or CASES:
        results[name] = measure(name, words.rounds)
        one = results[name]
        print(
            f"{name:40s} {one['ms_per_step']:8.2f} ms per step, watched {one['percent']:+.1f} % give or take "
            f"{one['give_or_take']:.1f} (of which in looks {one['percent_in_looks']:.1f} %)",
            flush=True,
        )
    words.to.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
