"""The recurrent engine beside torch.nn, on useful work.

    python benchmarks/engine.py --quick                                       # 24 cases
    python benchmarks/engine.py --out benchmarks/results/engine_grid.json     # the whole grid, about half an hour
    python benchmarks/engine.py --table benchmarks/results/engine_grid.json --picture docs/figures/engine_grid.png

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

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from elman import cells, ops
from elman.kernels import cpu

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
        self.gigaflop = 6 * len(cells.find(cell).rows) * hidden * (inputs + hidden) * len(self.x) / 1e9

    # Each competitor's forward pass, up to what the gradient is poured into.

    def elman(self) -> Tensor:
        return ops.recurrent(self.cell, self.x, self.lengths, *self.weights)[0]

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


ONCE = 4.0  # seconds; what takes longer is run once more only


def interleaved(runs: dict[str, Callable[[], None]], seconds: float, clock: Callable[[], float]) -> dict[str, float]:
    """The median time of each, run in turn for about ``seconds``, thrice at least, after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    slow = set()
    for name, run in runs.items():
        start = time.perf_counter()
        run()
        if time.perf_counter() - start > ONCE:
            slow.add(name)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["elman"]) < 3:
        for name, run in runs.items():
            if name in slow and times[name]:
                continue
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
    for c, b, t, h, r in product(LAYERS, (1, 8, 32, 64), (25, 100), widths, (True, False)):
        for inputs in (40, h):
            yield c, b, t, h, inputs, r
    for c, b, h, r in product(LAYERS, (1, 8, 32), (64, 128, 256), (True, False)):  # what is wider takes hours
        yield c, b, 1000, h, h, r


def run(options: argparse.Namespace, mode: str, saved: list[dict]) -> list[dict]:
    """The rows of the cells and lengths asked for, measured anew; of the others as they were saved."""
    clock = time.thread_time if options.cpu_time else time.perf_counter

    def asked(cell: str, steps: int) -> bool:
        return cell in options.cells and (not options.steps or steps in options.steps)

    rows = [row for row in saved if row["mode"] != mode or not asked(row["cell"], row["steps"])]
    for arguments in grid(options.quick):
        if not asked(arguments[0], arguments[2]):
            continue
        case = Case(*arguments)
        case.check()
        row = measure(case, mode, options.seconds, clock)
        rows.append(row)
        against = "  ".join(f"{name} {ratio:6.2f}x" for name, ratio in row["elman_against"].items())
        kind = "ragged" if row["ragged"] else "equal"
        print(
            f"{mode[:5]} {row['cell']:4} B{row['batch']:<3} T{row['steps']:<5} I{row['inputs']:<4} H{row['hidden']:<4} "
            f"{kind:6} {row['gflops']['elman']:6.1f} GFLOP/s  against {against}",
            flush=True,
        )
    return rows


def ratios(rows: list[dict], against: str, **wanted: tuple) -> list[float]:
    """Elman's speed against somebody's, over the rows that have one of the values ``wanted`` of each key."""
    chosen = (r for r in rows if all(r[key] in values for key, values in wanted.items()))
    return [r["elman_against"][against] for r in chosen if against in r["elman_against"]]


def table(rows: list[dict]) -> str:
    """Median and least of Elman's speed against each, by cell and kind of batch, as Markdown."""
    lines = ["| mode | cell | batches | cases | of sgemm's rate | torch padded | torch packed |", "|---" * 7 + "|"]
    for mode, cell, ragged in product(("training", "inference"), LAYERS, (True, False)):
        for name, batch in (("B 1", (1,)), ("B 8 to 64", (8, 32, 64))):
            chosen = {"mode": (mode,), "cell": (cell,), "ragged": (ragged,), "batch": batch}
            own = [ratios(rows, against, **chosen) for against in ("sgemm", "torch padded", "torch packed")]
            if not own[0]:
                continue
            columns = [f"{statistics.median(r):.2f} (least {min(r):.2f})" if r else "" for r in own]
            kind = f"{name}, {'ragged' if ragged else 'equal'}"
            lines.append(f"| {mode} | {cell} | {kind} | {len(own[0])} | {' | '.join(columns)} |")
    return "\n".join(lines)


RAGGED = {"mode": ("training",), "ragged": (True,), "batch": (8, 32, 64), "steps": (100,)}
EQUAL = {"mode": ("training",), "ragged": (False,), "batch": (32,), "steps": (100,)}
MUST = [  # what, against whom, what the cells in LAYERS' order must reach, in which cases
    ("share of sgemm, H 64", "sgemm", (0.65,) * 3, {**RAGGED, "hidden": (64,)}),
    ("share of sgemm, H 128, 200", "sgemm", (0.8,) * 3, {**RAGGED, "hidden": (128, 200)}),
    ("share of sgemm, H 256, 512", "sgemm", (0.9,) * 3, {**RAGGED, "hidden": (256, 512)}),
    ("torch packed, H 64, 128", "torch packed", (4.0,) * 3, {**RAGGED, "hidden": (64, 128)}),
    ("torch packed, wider", "torch packed", (2.5,) * 3, {**RAGGED, "hidden": (200, 256, 512)}),
    ("torch packed, T 1,000", "torch packed", (8.0, 80.0, 15.0), {**RAGGED, "steps": (1000,)}),
    ("torch padded, ragged, H 128", "torch padded", (4.0, 1.5, 3.0), {**RAGGED, "hidden": (128,)}),
    ("torch padded, equal, B 32, H 128", "torch padded", (3.0, 1.1, 2.5), {**EQUAL, "hidden": (128,)}),
    ("torch padded, equal, B 32, H 512", "torch padded", (1.5, 1.1, 1.4), {**EQUAL, "hidden": (512,)}),
    (
        "torch padded, B 1, H 64 to 256",
        "torch padded",
        (8.0, 1.5, 8.0),
        {**EQUAL, "batch": (1,), "hidden": (64, 128, 200, 256)},
    ),
    ("torch padded, every case, inference too", "torch padded", (1.0,) * 3, {}),
]


def reached(rows: list[dict]) -> str:
    """The figures to reach, each with its median, its least, and how many of its cases reach it, as Markdown."""
    lines = ["| against | cell | to reach | median (least) | cases that reach it |", "|---" * 5 + "|"]
    for what, against, each, chosen in MUST:
        for cell, must in zip(LAYERS, each, strict=True):
            own = ratios(rows, against, cell=(cell,), **chosen)
            if own:
                good = sum(ratio >= must for ratio in own)
                measured = f"{statistics.median(own):.2f} (least {min(own):.2f})"
                lines.append(f"| {what} | {cell} | {must:g} | {measured} | {good} of {len(own)} |")
    return "\n".join(lines)


def draw(rows: list[dict], path: Path) -> None:
    """Speed in training against torch, one panel per cell and kind of batch, as a picture (matplotlib)."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    kinds = (("torch padded", False, "equal lengths, against torch"), ("torch packed", True, "ragged, against packed"))
    widths = sorted({r["hidden"] for r in rows})
    lines = sorted({(r["steps"], r["batch"]) for r in rows})
    figure, panels = plt.subplots(len(kinds), 3, figsize=(13, 9), layout="constrained")
    for (against, ragged, title), line_of_panels in zip(kinds, panels, strict=True):
        for cell, panel in zip(LAYERS, line_of_panels, strict=True):
            own = [r for r in rows if (r["mode"], r["cell"], r["ragged"]) == ("training", cell, ragged)]
            values = np.full((len(lines), len(widths)), np.nan)  # what wasn't measured stays white
            for r in own:
                if r["inputs"] == r["hidden"] and against in r["elman_against"]:
                    at = lines.index((r["steps"], r["batch"])), widths.index(r["hidden"])
                    values[at] = r["elman_against"][against]
            panel.imshow(values, norm=LogNorm(0.5, 50), cmap="viridis", aspect="auto")
            for y, x in np.argwhere(~np.isnan(values)):
                colour = "w" if values[y, x] < 8 else "k"
                panel.text(x, y, f"{values[y, x]:.1f}", ha="center", va="center", color=colour)
            panel.set_xticks(range(len(widths)), [f"H {h}" for h in widths])
            panel.set_yticks(range(len(lines)), [f"T {steps}, B {batch}" for steps, batch in lines])
            panel.set_title(f"{cell.upper()}: {title}")
    figure.suptitle("A training step: how many times as fast as torch.nn Elman is (I = H, float32)")
    figure.savefig(path)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="24 cases instead of the whole grid")
    parser.add_argument("--modes", nargs="+", choices=["training", "inference"], default=["training"])
    parser.add_argument("--cells", nargs="+", choices=list(LAYERS), default=list(LAYERS))
    parser.add_argument("--steps", nargs="+", type=int, default=[], help="only these lengths")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, default=1.0, help="for each case")
    parser.add_argument("--cpu-time", action="store_true", help="of the calling thread (with --threads 1)")
    parser.add_argument("--out", type=Path, help="write the rows as JSON; what else it holds is kept")
    parser.add_argument("--table", type=Path, help="print such a file as Markdown, and measure nothing")
    parser.add_argument("--picture", type=Path, help="with --table: also draw it there")
    options = parser.parse_args()
    if options.table:
        rows = json.loads(options.table.read_text())["rows"]
        print(f"{reached(rows)}\n\n{table(rows)}")
        if options.picture:
            draw(rows, options.picture)
        return
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {cpu.isa()}, {options.threads} threads")
    rows = json.loads(options.out.read_text())["rows"] if options.out and options.out.exists() else []
    for mode in options.modes:
        rows = run(options, mode, rows)
        if options.out:
            machine = {"torch": torch.__version__, "isa": cpu.isa(), "threads": options.threads}
            machine["python"] = platform.python_version()
            options.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
