"""Where a training step goes: milliseconds of its parts, for some applications, with tables by rows and without.

    python benchmarks/steps.py --data ../shared/data                 # upos, wnut17, sms, sst2, g2p
    python benchmarks/steps.py --data ../shared/data upos            # some

For each application two networks are trained for some steps, twice in turns, on the same batches: one whose large
embeddings learn by the rows that were read (`elman.training.rows`), and one all of whose weights are updated at each
step. Medians over the steps, of the wall clock. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from applications import APPLICATIONS

import elman
from elman.training import loop, rows

FIRST, STEPS = 20, 150
PARTS = ("read", "forward", "backward", "clip", "update", "whole step")
NAMES = ("upos", "wnut17", "sms", "sst2", "g2p")


class Enough(Exception):
    """So many steps were seen."""


def timed(seconds: dict[str, list[float]], part: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def measured(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        result = call(*given, **named)
        seconds[part].append(time.perf_counter() - began)
        return result

    return measured


def seconds_of(arguments: dict[str, Any], *, by_rows: bool) -> dict[str, list[float]]:
    """Seconds of each part of the first steps of a run."""
    seconds: dict[str, list[float]] = defaultdict(list)
    make, learn_one = loop.Run.__init__, loop.Run._learn

    def begin(run: loop.Run, *given: Any, **named: Any) -> None:
        make(run, *given, **named)
        run.model.loss = timed(seconds, "forward", run.model.loss)
        run.optimizer.clip = timed(seconds, "clip", run.optimizer.clip)
        run.optimizer.step = timed(seconds, "update", run.optimizer.step)

    def learn(run: loop.Run, batch: Any) -> None:
        before = sum(seconds["each read"])
        timed(seconds, "whole step", learn_one)(run, batch)
        seconds["read"].append(sum(seconds["each read"]) - before)
        if len(seconds["whole step"]) == STEPS:
            raise Enough

    with ExitStack() as stack:
        for where, name, instead in (
            (loop.Run, "__init__", begin),
            (loop.Run, "_learn", learn),
            (torch.Tensor, "backward", timed(seconds, "backward", torch.Tensor.backward)),
            (rows.Table, "read", timed(seconds, "each read", rows.Table.read)),
            (rows, "FEWEST", rows.FEWEST if by_rows else sys.maxsize),
        ):
            stack.enter_context(patch.object(where, name, instead))
        stack.enter_context(suppress(Enough))
        elman.fit(**arguments, epochs=5)
    return {part: seconds[part][FIRST:] for part in PARTS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*APPLICATIONS, []], default=[])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    print(f"| application | tables | {' | '.join(PARTS)} |")
    print(f"|---|---|{'---|' * len(PARTS)}")
    for name in arguments.names or NAMES:
        given = {**APPLICATIONS[name].data(arguments.data), **APPLICATIONS[name].options}
        runs: dict[str, dict[str, list[float]]] = {"by rows": defaultdict(list), "whole": defaultdict(list)}
        for _ in range(2):  # in turns, so that what else the machine does meets both
            for way, together in runs.items():
                for part, found in seconds_of(given, by_rows=way == "by rows").items():
                    together[part] += found
        for way, together in runs.items():
            shown = " | ".join(f"{1e3 * statistics.median(together[part]):.1f}" for part in PARTS)
            print(f"| {name} | {way} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
