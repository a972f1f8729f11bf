"""Arguments, results and gradients of ``ops.recurrent``, and their comparison with the reference."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from conftest import assert_close
from elman import cells, ops
from elman.kernels import reference

CELLS = [(name, choice) for name in cells.names() for choice in cells.CELLS[name].nonlinearities or ("tanh",)]
each_cell = pytest.mark.parametrize(("cell", "nonlinearity"), CELLS)


def arguments(
    cell: str,
    lengths: list[int],
    inputs: int = 3,
    hidden: int = 5,
    dtype: torch.dtype = torch.float64,
    bias: bool = True,
    seed: int = 0,
) -> list[Tensor | None]:
    """Random arguments of ``recurrent`` after ``cell``; the floating ones require gradients."""
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> Tensor:
        scale = 1 if len(shape) == 1 else max(1, shape[-1]) ** -0.5
        return (torch.randn(*shape, dtype=dtype, generator=generator) * scale).requires_grad_()

    own = cells.find(cell)
    rows = len(own.rows) * hidden
    biases = [random(rows), random(rows)] if bias else [None, None]
    states = [random(len(lengths), hidden), random(len(lengths), hidden) if "c" in own.states else None]
    x = random(sum(lengths), inputs)
    return [
        x,
        torch.tensor(lengths, dtype=torch.int64),
        random(rows, inputs),
        random(rows, hidden),
        *biases,
        *states,
    ]


def results(outputs: tuple[Tensor | None, ...]) -> list[Tensor]:
    return [o for o in outputs if o is not None]


def gradients(outputs: list[Tensor], inputs: list[Tensor | None], seed: int = 1) -> list[Tensor]:
    """Gradients of all floating inputs under random upstream gradients of all outputs."""
    generator = torch.Generator().manual_seed(seed)
    above = [torch.randn(o.shape, dtype=o.dtype, generator=generator) for o in outputs]
    wanted = [t for t in inputs if t is not None and t.requires_grad]
    return list(torch.autograd.grad(outputs, wanted, above, allow_unused=True, materialize_grads=True))


def compare(cell: str, inputs: list[Tensor | None], **options: object) -> None:
    """Outputs, final states and all gradients of the op and of the reference are equal."""
    actual = results(ops.recurrent(cell, *inputs, **options))  # pyright: ignore
    expected = results(reference.recurrent(cell, *inputs, **options))  # pyright: ignore
    for a, e in zip(actual, expected, strict=True):
        assert_close(a, e)
    for a, e in zip(gradients(actual, inputs), gradients(expected, inputs), strict=True):
        assert_close(a, e, "gradient")
