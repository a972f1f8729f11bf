"""The compiled kernels themselves: which instruction set runs, the error of the activations, clear refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from elman.errors import BackendUnavailableError
from elman.kernels import cpu

pytestmark = pytest.mark.skipif(not cpu.built(), reason=f"the extension is not built: {cpu.problem()}")

LANES = {"portable": 4, "avx2": 8, "avx512": 16, "wide": 16}

AGREES = """
import recurrent_cases as t
import torch
from elman import nn
from elman.kernels import cpu
print(cpu.isa(), cpu.lanes())
for cell, nonlinearity in t.CELLS:
    for dtype in (torch.float32, torch.float64):
        for hidden in (1, 3, 16, 37, 64, 200):
            inputs = t.arguments(cell, [5, 0, 2, 9, 1, 1, 3, 4, 6, 2], 3, hidden, dtype)
            t.compare(cell, inputs, nonlinearity=nonlinearity, reverse=hidden % 2 == 1)
for hidden in (3, 16, 37):
    layer, x = nn.LSTM(5, hidden), torch.randn(3, 5)
    half = nn.Stream(layer, 3, weights=torch.bfloat16)(x).clone()
    with torch.no_grad():
        for matrix in layer.all_weights[0][:2]:
            matrix.copy_(matrix.bfloat16())
    torch.testing.assert_close(half, nn.Stream(layer, 3)(x), rtol=1e-5, atol=1e-6)
"""


def run(program: str, isa: str) -> subprocess.CompletedProcess[str]:
    """A fresh Python with ``ELMAN_CPU`` set, since the choice is made once per process."""
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "ELMAN_CPU": isa, "PYTHONPATH": f"{tests}{os.pathsep}{tests / 'ops'}"}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("isa", cpu.targets())
def test_every_instruction_set_agrees_with_the_reference(isa: str) -> None:
    done = run(AGREES, isa)
    if "this CPU lacks it" in done.stderr:
        assert "BackendUnavailableError" in done.stderr and isa in done.stderr
        pytest.skip(f"this CPU has no {isa}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [isa, str(LANES[isa])]  # what was forced is what ran


def test_an_unknown_instruction_set_is_refused_by_name() -> None:
    done = run("from elman.kernels import cpu; print(cpu.available()); cpu.isa()", "sse9")
    assert done.stdout.split() == ["False"]
    assert "BackendUnavailableError" in done.stderr and "ELMAN_CPU=sse9 is unknown" in done.stderr


def test_the_extension_says_its_cells() -> None:
    """Each number once; gate buffers as wide as ``csrc/kernels.h`` says."""
    cells = cpu.cells()
    assert sorted(kernel.number for kernel in cells.values()) == list(range(len(cells)))
    assert {cell: kernel.width for (cell, _), kernel in cells.items()} == {"rnn": 1, "lstm": 4, "gru": 4, "mgu": 3}


def test_an_extension_of_other_sources_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "INTERFACE", cpu.INTERFACE + 1)
    with pytest.raises(BackendUnavailableError, match="build it again"):
        cpu._import.__wrapped__()


def test_a_pass_takes_every_array_by_its_name() -> None:
    with pytest.raises(TypeError):
        cpu.extension().forward_float32(cell=0, threads=1, batch=0)
    with pytest.raises(TypeError):
        cpu.extension().forward_float32(0, 1, 0)


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 2e-7), (torch.float64, 4e-16)])
def test_activations_keep_their_error_bound(name: str, dtype: torch.dtype, bound: float) -> None:
    ranges = [torch.linspace(-s, s, 50_001, dtype=torch.float64) for s in (1e-6, 1e-3, 1.0, 12.0, 100.0)]
    edges = torch.tensor([0.0, -0.0, 1e30, -1e30, float("inf"), -float("inf"), 1e-40, 5e-324])
    x = torch.cat([*ranges, edges.double()]).to(dtype)
    y = torch.full_like(x, float("nan"))
    getattr(cpu.extension(), f"{name}_{str(dtype)[6:]}")(x.data_ptr(), y.data_ptr(), len(x))
    # float64's own activations are the oracle of float32; for float64 they add half a unit of their own.
    exact = getattr(torch, name)(x.double())
    assert (y.double() - exact).abs().max() <= bound
    if name == "tanh":
        relative = (y.double() - exact).abs() / exact.abs().clamp(min=1e-30)
        assert relative.max() <= (3e-7 if dtype == torch.float32 else 8e-16)


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_activations_let_nan_through(name: str) -> None:
    x = torch.tensor([1.0, float("nan")] * 19)
    y = torch.empty_like(x)
    getattr(cpu.extension(), f"{name}_float32")(x.data_ptr(), y.data_ptr(), len(x))
    assert torch.equal(y.isnan(), x.isnan())
