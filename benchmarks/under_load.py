"""A training step while other programs compute: Elman beside itself in one thread, and beside torch.nn.

    python benchmarks/under_load.py                      # every load, 45 layers
    python benchmarks/under_load.py --loads training     # one of them

Every layer runs in all threads, in one thread, and by torch.nn (padded), in turns; the figure is Elman's median time,
of the smaller of the other two. What else runs is started before and ended after: busy loops, as many at the lowest
priority, or a training of an LSTM in two threads. ``OMP_WAIT_POLICY`` is left as programs leave it. The same run in one
thread is measured twice: beside other programs the cores that one happens to get decide a good deal.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from random import shuffle

import torch
from engine import LAYERS, Case

TURN, TURNS = 0.05, 7  # seconds; at least
MOST = 1.3  # times the smaller of one thread's time and torch's
LOOP = "while True: pass"
NICED = f"import os\nos.nice(19)\n{LOOP}"
TRAINING = """import torch
torch.set_num_threads(2)
layer, x = torch.nn.LSTM(128, 128), torch.randn(100, 32, 128)
while True: layer(x)[0].sum().backward()"""
LOADS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "a loop": (LOOP,),
    "two loops": (LOOP, LOOP),
    "two niced loops": (NICED, NICED),
    "training": (TRAINING,),
}


@contextlib.contextmanager
def beside(programs: tuple[str, ...]) -> Iterator[None]:
    """Programs that run meanwhile."""
    others = [subprocess.Popen([sys.executable, "-c", program]) for program in programs]
    try:
        time.sleep(3.0 if others else 0.0)  # torch is imported by then
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def cases() -> Iterator[Case]:
    for cell, hidden, (batch, ragged) in product(
        LAYERS, (64, 128, 256), ((1, False), (8, False), (8, True), (32, False), (32, True))
    ):
        yield Case(cell, batch, 100, hidden, hidden, ragged)


def in_one_thread(run: Callable[[], None], threads: int) -> Callable[[], None]:
    def alone() -> None:
        torch.set_num_threads(1)
        run()
        torch.set_num_threads(threads)

    return alone


def measure(case: Case, seconds: float, threads: int) -> dict[str, float]:
    """Median seconds of a training step, each way, in turns of any order.

    Whoever had the turn before decides on which cores the other programs are. Its threads still spin, so that the first
    step of a turn doesn't count."""
    runs = case.training()
    ways = {
        "elman": runs["elman"],
        "one thread": in_one_thread(runs["elman"], threads),
        "one thread again": in_one_thread(runs["elman"], threads),
        "torch": runs["torch padded"],
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    order, end = list(ways), time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["elman"]) < TURNS:
        shuffle(order)
        for name in order:
            run = ways[name]
            run()
            turn = time.perf_counter() + TURN
            while (began := time.perf_counter()) < turn:
                run()
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in times.items()}


def measured(programs: tuple[str, ...], seconds: float, threads: int) -> Iterator[tuple[Case, dict[str, float]]]:
    with beside(programs):
        for case in cases():
            case.check()
            yield case, measure(case, seconds, threads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", nargs="+", choices=list(LOADS), default=list(LOADS))
    parser.add_argument("--seconds", type=float, default=2.0, help="for each layer")
    arguments = parser.parse_args()
    threads = torch.get_num_threads()
    print(f"threads {threads}, OMP_WAIT_POLICY {os.environ.get('OMP_WAIT_POLICY', 'not set')}\n")
    print("| beside | cell | B | H | lengths | Elman, ms | in one thread | again | torch | of the smaller |")
    print("|" + "---|" * 10)
    shares: dict[str, list[float]] = {load: [] for load in arguments.loads}
    again: dict[str, list[float]] = {load: [] for load in arguments.loads}
    for load in arguments.loads:
        for case, times in measured(LOADS[load], arguments.seconds, threads):
            smaller = min(times["one thread"], times["torch"])
            shares[load].append(times["elman"] / smaller)
            again[load].append(times["one thread again"] / smaller)
            layer = " | ".join(str(case.name[what]) for what in ("cell", "batch", "hidden"))
            lengths = "ragged" if case.name["ragged"] else "equal"
            shown = " | ".join(f"{1e3 * seconds:.1f}" for seconds in times.values())
            print(f"| {load} | {layer} | {lengths} | {shown} | {shares[load][-1]:.2f} |", flush=True)
    print(
        f"\n| beside | layers | median | most | above {MOST} | one thread again, most | above {MOST} |\n|{'---|' * 7}"
    )
    for load, ours in shares.items():
        figures = [statistics.median(ours), max(ours), above(ours), max(again[load]), above(again[load])]
        print(f"| {load} | {len(ours)} | {' | '.join(f'{figure:.3g}' for figure in figures)} |")


def above(shares: list[float]) -> int:
    return sum(share > MOST for share in shares)


if __name__ == "__main__":
    main()
