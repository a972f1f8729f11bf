"""Where a training step goes: milliseconds of its parts, for some applications, beside the same in plain PyTorch.

    python benchmarks/steps.py --data ../shared/data                 # nine applications
    python benchmarks/steps.py --data ../shared/data upos            # some

For each application networks are trained for some steps on the same batches, each way twice in turns. Medians over the
steps, of the wall clock. Nothing else should run on the machine meanwhile.

Elman           as it is
whole tables    the same, but that all weights are updated at each step; else large embeddings learn by the rows that
                were read (`elman.training.rows`)
torch, packed   the same network with torch.nn's recurrent kernels on packed sequences, dense gradients, the loss of all
                scores, AdamW (fused) and no running average
torch, padded   the same on sequences padded to the longest of the batch: as much work as plain code has that doesn't
                pack, but not its numbers, since a second direction begins in the padding
Keras, JAX      the plain network of these sizes in Keras on JAX, compiled, on the same batches, padded
                (`keras_models.py`); left out where these aren't installed
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from applications import APPLICATIONS
from torch import Tensor

import elman
from elman.nn import large_softmax, torch_kernels
from elman.nn.stack import Recurrent
from elman.training import loop, rows

FIRST, STEPS = 10, 60
PARTS = ("read", "forward", "backward", "clip", "update", "whole step")
NAMES = ("sms", "upos", "wnut17", "g2p", "multi30k", "shakespeare", "wikitext2", "japanese_vowels", "etth1")


def runs_on_torch(layer: Any, values: Tensor) -> bool:
    """Wherever PyTorch has the cell."""
    return layer.spec.torch is not None and not layer.is_stepwise


def padded(name: str, x: Tensor, lengths: Tensor, weights: Any, settings: Any, state: Any) -> Any:
    """``torch_kernels.unroll`` over sequences that are filled up."""
    batch, steps = len(lengths), max(1, int(lengths.max()))
    exists = torch.arange(steps) < lengths[:, None]
    filled = x.new_zeros(batch, steps, x.shape[1])
    filled[exists] = x
    output, final = torch_kernels.run(name, filled, (True,), weights, settings, state)
    return output[exists], final


Instead = Sequence[tuple[Any, str, Any]]
TORCH: Instead = (
    (Recurrent, "_runs_on_torch", runs_on_torch),
    (large_softmax, "CLASSES", sys.maxsize),
    (rows, "FEWEST", sys.maxsize),
)
WAYS: dict[str, tuple[Instead, dict[str, Any]]] = {
    "Elman": ((), {}),
    "whole tables": (((rows, "FEWEST", sys.maxsize),), {}),
    "torch, packed": (TORCH, {"average": 0.0}),
    "torch, padded": ((*TORCH, (torch_kernels, "unroll", padded)), {"average": 0.0}),
}
"""What stands in for what of Elman, and settings."""


class Enough(Exception):
    """So many steps were seen."""


def timed(seconds: dict[str, list[float]], part: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def measured(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        result = call(*given, **named)
        seconds[part].append(time.perf_counter() - began)
        return result

    return measured


def seconds_of(arguments: dict[str, Any], way: str) -> tuple[dict[str, list[float]], Any, list[Any]]:
    """Seconds of each part of the first steps of a run; its network, and the batches of these."""
    instead, settings = WAYS[way]
    seconds: dict[str, list[float]] = defaultdict(list)
    network, batches = None, list[Any]()
    make, learn_one = loop.Run.__init__, loop.Run._learn

    def begin(run: loop.Run, *given: Any, **named: Any) -> None:
        make(run, *given, **named)
        run.model.loss = timed(seconds, "forward", run.model.loss)
        run.optimizer.clip = timed(seconds, "clip", run.optimizer.clip)
        run.optimizer.step = timed(seconds, "update", run.optimizer.step)

    def learn(run: loop.Run, batch: Any) -> None:
        nonlocal network
        network = run.model
        batches.append(batch)
        before = sum(seconds["each read"])
        timed(seconds, "whole step", learn_one)(run, batch)
        seconds["read"].append(sum(seconds["each read"]) - before)
        if len(seconds["whole step"]) == STEPS:
            raise Enough

    with ExitStack() as stack:
        for where, name, other in (
            (loop.Run, "__init__", begin),
            (loop.Run, "_learn", learn),
            (torch.Tensor, "backward", timed(seconds, "backward", torch.Tensor.backward)),
            (rows.Table, "read", timed(seconds, "each read", rows.Table.read)),
            *instead,
        ):
            stack.enter_context(patch.object(where, name, other))
        stack.enter_context(suppress(Enough))
        elman.fit(**arguments, **settings, epochs=5)
    return {part: seconds[part][FIRST:] for part in PARTS}, network, batches[FIRST:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*APPLICATIONS, []], default=[])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    with_keras = all(importlib.util.find_spec(package) for package in ("keras", "jax"))
    print(f"| application | way | {' | '.join(PARTS)} | times Elman's |")
    print(f"|---|---|{'---|' * (len(PARTS) + 1)}")
    for name in arguments.names or NAMES:
        given = {**APPLICATIONS[name].data(arguments.data), **APPLICATIONS[name].options}
        runs: dict[str, dict[str, list[float]]] = {way: defaultdict(list) for way in WAYS}
        network, batches = None, []
        for _ in range(2):  # in turns, so that what else the machine does meets all
            for way, together in runs.items():
                seconds, network, batches = seconds_of(given, way)
                for part, found in seconds.items():
                    together[part] += found
        medians = {way: {part: statistics.median(found[part]) for part in PARTS} for way, found in runs.items()}
        for way, parts in medians.items():
            shown = " | ".join(f"{1e3 * parts[part]:.1f}" for part in PARTS)
            times = parts["whole step"] / medians["Elman"]["whole step"]
            print(f"| {name} | {way} | {shown} | {times:.2f} |", flush=True)
        if with_keras:
            from keras_models import seconds_of_keras

            whole = statistics.median(seconds_of_keras(network, batches))
            shown, times = f"{1e3 * whole:.1f}", whole / medians["Elman"]["whole step"]
            print(f"| {name} | Keras, JAX |{' |' * (len(PARTS) - 1)} {shown} | {times:.2f} |", flush=True)


if __name__ == "__main__":
    main()
