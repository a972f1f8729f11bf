"""The recurrent engine beside torch.nn, on useful work: ``python benchmarks/engine.py --quick --out engine.json``.

Each case first checks that Elman and torch agree, then times a training step (forward, backward) of each in turn,
round after round, together with one large matrix product, and reports medians. Useful GFLOP/s count the real steps
alone, 6 G H (I + H) operations a step, whatever padding a competitor computes. ``--cpu-time`` times the calling
thread's own work, for one thread on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from elman import ops
from elman.kernels import cpu
from elman.kernels.reference import GATES

LAYERS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
LONGEST_PACKED = 2_000  # tokens per sequence beyond which a packed step takes minutes


class Case:
    """One cell, batch, length, width; the same weights and sequences for every competitor."""

    def __init__(self, cell: str, batch: int, steps: int, hidden: int, inputs: int, ragged: bool):
        torch.manual_seed(0)
        self.name = {"cell": cell, "batch": batch, "steps": steps}
        self.name |= {"hidden": hidden, "inputs": inputs, "ragged": ragged}
        self.cell = cell
        low = max(1, steps // 4) if ragged else steps
        self.lengths = torch.randint(low, steps + 1, (batch,)).sort(descending=True).values
        self.layer = LAYERS[cell](inputs, hidden, batch_first=True)
        self.weights = list(self.layer.parameters())
        sequences = [torch.randn(n, inputs) for n in self.lengths.tolist()]
        self.x = torch.cat(sequences).requires_grad_()
        self.padded = pad_sequence(sequences, batch_first=True).requires_grad_()
        self.mask = torch.arange(self.padded.shape[1]) < self.lengths[:, None]
        self.above = torch.randn(len(self.x), hidden)
        self.above_padded = torch.zeros(*self.mask.shape, hidden)
        self.above_padded[self.mask] = self.above
        self.h0 = torch.zeros(batch, hidden)
        self.c0 = torch.zeros(batch, hidden) if cell == "lstm" else None
        self.gigaflop = 6 * GATES[cell] * hidden * (inputs + hidden) * len(self.x) / 1e9

    # Each competitor's forward pass, up to what the gradient is poured into.

    def elman(self) -> Tensor:
        return ops.recurrent(self.cell, self.x, self.lengths, *self.weights, self.h0, self.c0)[0]

    def torch_padded(self) -> Tensor:
        return self.layer(self.padded)[0]

    def torch_packed(self) -> Tensor:
        packed = pack_padded_sequence(self.padded, self.lengths, batch_first=True)
        return self.layer(packed)[0].data

    def check(self) -> None:
        """Outputs and gradients of all weights agree with torch on the real steps."""
        ours, theirs = self.elman(), self.torch_padded()
        torch.testing.assert_close(ours, theirs[self.mask], rtol=1e-3, atol=1e-4)
        ours.backward(self.above)
        grads = [w.grad for w in self.weights]
        self.clear()
        theirs.backward(self.above_padded)
        for weight, grad in zip(self.weights, grads, strict=True):
            assert grad is not None and weight.grad is not None
            error = (grad - weight.grad).abs().max() / weight.grad.abs().max()
            assert error < 1e-3, f"{self.name}: gradients differ by {error:.1e}"
        self.clear()

    def clear(self) -> None:
        for tensor in (self.x, self.padded, *self.weights):
            tensor.grad = None

    def training(self) -> dict[str, Callable[[], None]]:
        above_packed = pack_padded_sequence(self.above_padded, self.lengths, batch_first=True).data

        def step(forward: Callable[[], Tensor], above: Tensor) -> Callable[[], None]:
            def run() -> None:
                forward().backward(above)
                self.clear()

            return run

        runs = {
            "elman": step(self.elman, self.above),
            "torch padded": step(self.torch_padded, self.above_padded),
        }
        if self.name["ragged"] and self.padded.shape[1] < LONGEST_PACKED:
            runs["torch packed"] = step(self.torch_packed, above_packed)
        return runs

    def inference(self) -> dict[str, Callable[[], None]]:
        def step(forward: Callable[[], Tensor]) -> Callable[[], None]:
            def run() -> None:
                with torch.no_grad():
                    forward()

            return run

        return {"elman": step(self.elman), "torch padded": step(self.torch_padded)}


def interleaved(runs: dict[str, Callable[[], None]], seconds: float, clock: Callable[[], float]) -> dict[str, float]:
    """The median time of each, run in turn for about ``seconds`` after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["elman"]) < 3:
        for name, run in runs.items():
            start = clock()
            run()
            times[name].append(clock() - start)
    return {name: statistics.median(t) for name, t in times.items()}


def measure(case: Case, mode: str, seconds: float, clock: Callable[[], float]) -> dict:
    """One row of the table: GFLOP/s of everybody, and Elman against each."""
    a, b = torch.randn(2000, 512), torch.randn(512, 512)
    runs = case.training() if mode == "training" else case.inference()
    work = case.gigaflop if mode == "training" else case.gigaflop / 3
    medians = interleaved({**runs, "sgemm": lambda: torch.mm(a, b)}, seconds, clock)
    speed = {name: work / medians[name] for name in runs}
    speed["sgemm"] = 2 * 2000 * 512 * 512 / 1e9 / medians["sgemm"]
    against = {name: speed["elman"] / s for name, s in speed.items() if name != "elman"}
    milliseconds = {name: 1e3 * medians[name] for name in runs}
    return {**case.name, "mode": mode, "ms": milliseconds, "gflops": speed, "elman_against": against}


def grid(quick: bool) -> Iterator[tuple[str, int, int, int, int, bool]]:
    """(cell, batch, steps, hidden, inputs, ragged)"""
    if quick:
        yield from ((c, 32, 100, h, h, r) for c, h, r in product(LAYERS, (64, 128, 256), (True, False)))
        yield from ((c, 1, 100, h, h, False) for c, h in product(LAYERS, (64, 128)))
        return
    widths = (64, 128, 200, 256, 512)
    for c, b, t, h, r in product(LAYERS, (1, 8, 32, 64), (25, 100, 1000), widths, (True, False)):
        for inputs in (40, h):
            yield c, b, t, h, inputs, r


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="24 cases instead of the whole grid")
    parser.add_argument("--mode", choices=["training", "inference"], default="training")
    parser.add_argument("--cells", nargs="+", choices=list(LAYERS), default=list(LAYERS))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, default=1.0, help="for each case")
    parser.add_argument("--cpu-time", action="store_true", help="of the calling thread (with --threads 1)")
    parser.add_argument("--out", type=Path, help="write the rows as JSON")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clock = time.thread_time if options.cpu_time else time.perf_counter
    rows = []
    print(f"torch {torch.__version__}, {cpu.isa()}, {options.threads} threads, {options.mode}")
    for arguments in grid(options.quick):
        if arguments[0] not in options.cells:
            continue
        case = Case(*arguments)
        case.check()
        row = measure(case, options.mode, options.seconds, clock)
        rows.append(row)
        against = "  ".join(f"{name} {ratio:6.2f}x" for name, ratio in row["elman_against"].items())
        kind = "ragged" if row["ragged"] else "equal"
        print(
            f"{row['cell']:4} B{row['batch']:<3} T{row['steps']:<5} I{row['inputs']:<4} H{row['hidden']:<4} "
            f"{kind:6} {row['gflops']['elman']:6.1f} GFLOP/s  against {against}",
            flush=True,
        )
    if options.out:
        machine = {"torch": torch.__version__, "isa": cpu.isa(), "threads": options.threads}
        machine["python"] = platform.python_version()
        options.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
