"""What the engine must reach beside its peers, each figure with its peer measured in the same run.

    python benchmarks/engine_figures.py              # everything; writes benchmarks/results/engine_figures.json
    python benchmarks/engine_figures.py streaming    # one part
    python benchmarks/engine_figures.py --table      # earlier results as Markdown

Parts: keras, load, linear, bidirectional, inference, streaming, memory, share. The grid of cells, batches, lengths and
widths is ``engine.py``. Results are checked to agree before they are timed; times are medians of interleaved runs.
Keras with JAX and ONNX Runtime are left out, and named, where they aren't installed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from engine import LAYERS, Case, interleaved
from torch import Tensor
from torch.nn import Module

from elman import nn
from elman.kernels import cpu
from elman.ragged import Ragged

RESULTS = Path(__file__).parent / "results" / "engine_figures.json"
OURS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@dataclass(frozen=True)
class Figure:
    """One measured figure; ``sign`` and ``must`` say what it must reach, "" where it is only reported."""

    part: str
    case: str
    value: float
    unit: str
    sign: str = ""
    must: float = 0.0

    @property
    def verdict(self) -> str:
        if not self.sign:
            return ""
        return "reached" if (self.value >= self.must if self.sign == ">=" else self.value <= self.must) else "missed"


def installed(*modules: str) -> bool:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        print(f"left out what needs {', '.join(missing)}: not installed", flush=True)
    return not missing


def ours_like(layer: torch.nn.RNNBase, cell: str) -> nn.Recurrent:
    """Elman's layer with the weights of torch's."""
    ours = OURS[cell](layer.input_size, layer.hidden_size, layer.num_layers, bidirectional=layer.bidirectional)
    ours.load_state_dict(layer.state_dict())
    return ours


# -- parts --------------------------------------------------------------------------------------------


def keras(seconds: float) -> Iterator[Figure]:
    """A training step against Keras 3 on JAX, jitted."""
    if not installed("keras", "jax"):
        return
    from peers import keras_training_step

    for cell in LAYERS:
        for what, batch, ragged, must in (
            ("equal lengths", 32, False, 1.5),
            ("ragged", 32, True, 3.0),
            ("B 1", 1, False, 1.2),
        ):
            case = Case(cell, batch, 100, 128, 128, ragged)
            case.check()
            step, output = keras_training_step(cell, case.layer, case.padded, case.mask, case.above_padded)
            expected = case.torch_padded().detach()[case.mask]
            torch.testing.assert_close(torch.from_numpy(output.copy())[case.mask], expected, rtol=1e-3, atol=1e-4)
            times = interleaved({"elman": case.training()["elman"], "keras": step}, seconds, time.perf_counter)
            yield Figure("keras", f"{cell}, {what}", times["keras"] / times["elman"], "times as fast", ">=", must)


def load(seconds: float) -> Iterator[Figure]:
    """Slowdown under a busy process on each core, beside torch's own."""
    for cell in LAYERS:
        case = Case(cell, 32, 100, 128, 128, ragged=False)
        runs = case.training()
        quiet = interleaved(runs, seconds, time.perf_counter)
        with busy(torch.get_num_threads()):
            loaded = interleaved(runs, seconds, time.perf_counter)
        ours, theirs = (loaded[name] / quiet[name] for name in ("elman", "torch padded"))
        yield Figure("load", f"{cell}, slowdown of torch", theirs, "times")
        yield Figure("load", f"{cell}, slowdown of Elman", ours, "times", "<=", theirs)
        yield Figure(
            "load", f"{cell}, against torch under load", loaded["torch padded"] / loaded["elman"], "times as fast"
        )


def share(seconds: float) -> Iterator[Figure]:
    """A ragged training step's products by the second, of those of one large product of torch's in the same turns."""
    square = torch.randn(1024, 1024)
    for cell in LAYERS:
        for steps, hidden in itertools.product((100, 1000), (128, 256)):
            case = Case(cell, 32, steps, hidden, hidden, ragged=True)
            case.check()
            runs = {"elman": case.training()["elman"], "product": lambda: square @ square, "its own": products(case)}
            times = interleaved(runs, seconds, time.perf_counter)
            most = 2 * 1.024**3 / times["product"]
            of_elman, of_products = (case.gigaflop / times[name] / most for name in ("elman", "its own"))
            what = f"{cell}, T {steps}, H {hidden}"
            figure = Figure("share", what, of_elman, "of sgemm's rate")
            yield replace(figure, sign=">=", must=0.75) if cell == "rnn" else figure
            yield Figure("share", f"{what}, its products by torch", of_products, "of sgemm's rate")


def products(case: Case) -> Callable[[], None]:
    """The six products of a training step alone, each over all steps at once."""
    w_ih, w_hh = (weight.detach() for weight in case.weights[:2])
    x, h, d = case.x.detach(), case.above, torch.randn(len(case.x), len(w_ih))

    def run() -> None:
        for rows, weight in ((x, w_ih), (h, w_hh)):
            _ = rows @ weight.T, d @ weight, d.T @ rows

    return run


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """As many processes that only compute."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def linear(seconds: float) -> Iterator[Figure]:
    """Time per step at 10,000 steps against that at 100, forward and backward."""
    for cell in LAYERS:
        cases = {steps: Case(cell, 8, steps, 128, 128, ragged=False) for steps in (100, 10_000)}
        medians = {
            steps: interleaved({"elman": c.training()["elman"]}, seconds, time.perf_counter)["elman"]
            for steps, c in cases.items()
        }
        yield Figure(
            "linear",
            f"{cell}, T 10,000 against T 100",
            medians[10_000] / medians[100] / 100,
            "times per step",
            "<=",
            1.15,
        )


def bidirectional(seconds: float) -> Iterator[Figure]:
    """Two bidirectional layers against the same four layers of one direction, each alone."""
    for cell in LAYERS:
        case = Case(cell, 32, 100, 128, 128, ragged=True)
        stack = OURS[cell](128, 128, 2, bidirectional=True)
        alone = [OURS[cell](128, 128), OURS[cell](256, 128)]
        inputs = [Ragged(torch.randn(len(case.x), size, requires_grad=True), case.lengths) for size in (128, 256)]

        def step(layer: nn.Recurrent, x: Ragged) -> Callable[[], None]:
            def run() -> None:
                output, _ = layer(x)
                output.values.backward(torch.ones_like(output.values))
                layer.zero_grad()
                x.values.grad = None

            return run

        runs = {
            "elman": step(stack, inputs[0]),
            "first": step(alone[0], inputs[0]),
            "second": step(alone[1], inputs[1]),
        }
        medians = interleaved(runs, seconds, time.perf_counter)
        ratio = medians["elman"] / (2 * medians["first"] + 2 * medians["second"])
        yield Figure("bidirectional", f"{cell}, 2 layers, ragged", ratio, "of four single layers' time", "<=", 1.10)


def inference(seconds: float) -> Iterator[Figure]:
    """B 32, T 100 without gradients, beside a matrix product and ONNX Runtime."""
    a, b = torch.randn(2000, 512), torch.randn(512, 512)
    with_onnx = installed("onnx", "onnxruntime")
    for cell, must in (("rnn", 0.0), ("gru", 2.0), ("lstm", 1.05)):
        case = Case(cell, 32, 100, 256, 256, ragged=False)
        case.check()
        runs = {**case.inference(), "sgemm": lambda: torch.mm(a, b)}
        if with_onnx:
            runs["onnx"] = onnx_batch(cell, case)
        medians = interleaved(runs, seconds, time.perf_counter)
        rate = case.gigaflop / 3 / medians["elman"] / (2 * 2000 * 512 * 512 / 1e9 / medians["sgemm"])
        yield Figure("inference", f"{cell}, B 32 T 100 H 256, useful work", rate, "of sgemm's rate", ">=", 190 / 185)
        yield Figure("inference", f"{cell}, against torch", medians["torch padded"] / medians["elman"], "times as fast")
        if with_onnx:
            ratio = medians["onnx"] / medians["elman"]
            yield Figure(
                "inference", f"{cell}, against ONNX Runtime", ratio, "times as fast", ">=" if must else "", must
            )


def onnx_batch(cell: str, case: Case) -> Callable[[], None]:
    from peers import onnx_session

    session = onnx_session(cell, case.layer, torch.get_num_threads())
    zeros = np.zeros((1, len(case.lengths), case.layer.hidden_size), np.float32)
    states = dict.fromkeys(("h", "c") if cell == "lstm" else ("h",), zeros)
    feed = {"x": np.ascontiguousarray(case.padded.detach().transpose(0, 1).numpy()), **states}
    y = torch.from_numpy(session.run(["y"], feed)[0])[:, 0].transpose(0, 1)
    torch.testing.assert_close(y, case.torch_padded().detach(), rtol=1e-3, atol=1e-4)
    return lambda: session.run(["y"], feed)


def streaming(seconds: float) -> Iterator[Figure]:
    """One step of one sequence from Python, H = I = 128, beside torch's cell and ONNX Runtime."""
    with_onnx = installed("onnx", "onnxruntime")
    for cell, must in (("lstm", 6.0), ("gru", 5.0), ("rnn", 2.5)):
        with torch.no_grad():
            times = interleaved(single_steps(cell, with_onnx), seconds, time.perf_counter)
        yield Figure("streaming", f"{cell}, a Stream's step", 1e6 * times["elman"] / REPEATED, "µs", "<=", must)
        yield Figure("streaming", f"{cell}, with bfloat16 weights", 1e6 * times["halved"] / REPEATED, "µs")
        yield Figure("streaming", f"{cell}, the weights' product alone", 1e6 * times["product"] / REPEATED, "µs")
        yield Figure("streaming", f"{cell}, layer.step", 1e6 * times["step"] / REPEATED, "µs")
        yield Figure("streaming", f"{cell}, torch's cell", 1e6 * times["torch"] / REPEATED, "µs")
        if with_onnx:
            ratio = times["onnx"] / times["elman"]
            yield Figure("streaming", f"{cell}, against ONNX Runtime", ratio, "times as fast", ">=", 2.5)


REPEATED = 100


def single_steps(cell: str, with_onnx: bool) -> dict[str, Callable[[], None]]:
    """The same step by everybody, each many times over, after they were seen to agree."""
    layer = LAYERS[cell](128, 128)
    x, state = torch.randn(1, 128), tuple(torch.randn(1, 1, 128) for _ in range(2 if cell == "lstm" else 1))
    ours, hx = ours_like(layer, cell), state if cell == "lstm" else state[0]
    stream, halved = nn.Stream(ours, 1, state), nn.Stream(ours, 1, state, weights=torch.bfloat16)
    expected = layer(x[None], hx)[0][0]
    torch.testing.assert_close(stream(x), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(halved(x), expected, rtol=1e-2, atol=1e-2)
    runs: dict[str, Callable[[], object]] = {
        "elman": lambda: stream(x),
        "halved": lambda: halved(x),
        "step": lambda: ours.step(x, state),
        "torch": torch_cell(layer, cell, x, hx),
        "product": weights_product(layer),
    }
    if with_onnx:
        runs["onnx"] = onnx_step(cell, layer, x, state, expected)
    return {name: many(run, REPEATED) for name, run in runs.items()}


def weights_product(layer: Module) -> Callable[[], object]:
    """``W [G*H, I+H]`` times a vector by torch: what a step can't do without, all weights read once."""
    both = torch.cat([layer.get_parameter("weight_ih_l0"), layer.get_parameter("weight_hh_l0")], 1).detach()
    vector, out = torch.randn(both.shape[1]), torch.empty(both.shape[0])
    return lambda: torch.mv(both, vector, out=out)


def many(run: Callable[[], object], count: int) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(count):
            run()

    return repeated


def torch_cell(layer: torch.nn.RNNBase, cell: str, x: Tensor, hx: object) -> Callable[[], object]:
    kind = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[cell](128, 128)
    kind.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    state = tuple(part[0] for part in hx) if isinstance(hx, tuple) else hx[0]  # pyright: ignore[reportIndexIssue]
    return lambda: kind(x, state)


def onnx_step(
    cell: str, layer: torch.nn.RNNBase, x: Tensor, state: tuple[Tensor, ...], expected: Tensor
) -> Callable[[], object]:
    from peers import onnx_session

    session = onnx_session(cell, layer, 1)
    feed = {"x": x[None].numpy(), **{name: part.numpy() for name, part in zip(("h", "c"), state, strict=False)}}
    names = ["y", *(f"{name}_n" for name in feed if name != "x")]
    y = torch.from_numpy(session.run(names, feed)[0])[0, 0]
    torch.testing.assert_close(y, expected, rtol=1e-3, atol=1e-4)
    return lambda: session.run(names, feed)


MEMORY = """
import ctypes, sys
sys.path[:0] = {paths!r}
from engine import Case

def resident(peak):
    lines = dict(line.split(":") for line in open("/proc/self/status"))
    return int(lines["VmHWM" if peak else "VmRSS"].split()[0]) / 1024

case = Case({cell!r}, 32, 400, 256, 256, {ragged})
run = case.training()[{who!r}]
Case({cell!r}, 2, 3, 256, 256, False).training()[{who!r}]()  # what a first call loads
ctypes.CDLL(None).malloc_trim(0)
open("/proc/self/clear_refs", "w").write("5")  # the peak is counted from here
before = resident(peak=False)
run()
print(resident(peak=True) - before, len(case.x))
"""


def memory(seconds: float) -> Iterator[Figure]:
    """How far a process grows during a training step, each in a process of its own (Linux)."""

    def grown(cell: str, who: str, ragged: bool) -> tuple[float, int]:
        code = MEMORY.format(paths=[str(Path(__file__).parent)], cell=cell, who=who, ragged=ragged)
        mebibytes, tokens = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        return float(mebibytes), int(tokens)

    for cell in LAYERS:
        equal, tokens = grown(cell, "elman", False)
        ragged, fewer = grown(cell, "elman", True)
        theirs, _ = grown(cell, "torch padded", False)
        yield Figure("memory", f"{cell}, equal lengths, torch", theirs, "MiB")
        yield Figure("memory", f"{cell}, equal lengths, against torch", equal / theirs, "of its memory", "<=", 1.1)
        yield Figure(
            "memory",
            f"{cell}, ragged, per token against equal lengths",
            ragged / fewer / (equal / tokens),
            "times",
            "<=",
            1.1,
        )


PARTS = {part.__name__: part for part in (streaming, inference, keras, bidirectional, linear, memory, load, share)}


def table(figures: list[dict]) -> str:
    lines = ["| part | case | measured | to reach | |", "|---|---|---|---|---|"]
    for entry in figures:
        figure = Figure(**entry)
        must = f"{figure.sign} {figure.must:.3g}" if figure.sign else ""
        lines.append(
            f"| {figure.part} | {figure.case} | {figure.value:.3g} {figure.unit} | {must} | {figure.verdict} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--seconds", type=float, default=2.0, help="for each case")
    parser.add_argument("--table", action="store_true", help="print earlier results as Markdown")
    options = parser.parse_args()
    saved = json.loads(RESULTS.read_text())["figures"] if RESULTS.exists() else []
    if options.table:
        print(table(saved))
        return
    print(f"torch {torch.__version__}, {cpu.isa()}, {torch.get_num_threads()} threads", flush=True)
    for name in options.parts or PARTS:
        saved = [figure for figure in saved if figure["part"] != name]
        for figure in PARTS[name](options.seconds):
            saved.append(asdict(figure))
            must = f"{figure.sign} {figure.must:.3g}" if figure.sign else ""
            print(
                f"{figure.part:14}{figure.case:44}{figure.value:9.3g} {figure.unit:28}{must:10}{figure.verdict}",
                flush=True,
            )
        machine = {"torch": torch.__version__, "isa": cpu.isa(), "threads": torch.get_num_threads()}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({"machine": machine, "figures": saved}, indent=1) + "\n")


if __name__ == "__main__":
    main()
