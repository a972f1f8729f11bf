# pyright: strict
"""The compiled kernels: what runs here, and if nothing does, why not.

The extension takes addresses (``tensor.data_ptr()``, ``array.ctypes.data``; 0 for an array left out) of
contiguous arrays whose shapes ``csrc/passes.h`` states, so that PyTorch and NumPy use the same kernels and
no framework is imported here. Where PyTorch is loaded by the first call, the extension shares its OpenMP threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple, Protocol, TypeVar

from elman.errors import BackendUnavailableError

INTERFACE = 4
"""Which functions, arguments and numbers the extension must have: ``interface`` in ``csrc/module.cpp``."""


class Kernel(NamedTuple):
    """What the extension says of one cell."""

    number: int
    """By which it is called."""
    width: int
    """Columns of the gate buffer, in multiples of ``H``; a simple cell's buffer is its output. Where there is one
    column more than gates, a gate acts on the candidate's recurrent product, which stands in front."""


@cache
def _import() -> tuple[ModuleType | None, str | None]:
    """The extension and None, or None and why it can't be imported."""
    try:
        _cpu = import_module("elman.kernels._cpu")
    except ImportError as error:
        return None, f"the compiled extension can't be imported ({error}); the reference kernels run instead"
    found = getattr(_cpu, "interface", None)
    if found != INTERFACE:
        raise BackendUnavailableError(
            f"the compiled extension {_cpu.__file__} was built from other sources than these (interface {found}, not "
            f"{INTERFACE}); build it again: pip install --no-build-isolation -e ."
        )
    return _cpu, None


def built() -> bool:
    """Whether the extension is there at all; if not, the reference kernels stand in."""
    return _import()[0] is not None


@cache
def cells() -> dict[tuple[str, str], Kernel]:
    """What was compiled, by cell and nonlinearity (only the simple cell has a choice); empty without the extension."""
    module, _ = _import()
    return {} if module is None else {(c, f): Kernel(number, width) for c, f, number, width in module.cells()}


# Without gradients, the input projection can stand inside the loop, and no gates need be kept. That saves up to a tenth
# if each thread has a tile of sequences to multiply every weight with, and the weights stay in the cache.
ROWS_INSIDE, BYTES_INSIDE = 4, 2 << 20


def projects_inside(batch: int, threads: int, weight_bytes: int) -> bool:
    """Whether a pass without gradients multiplies the inputs inside the time loop."""
    return batch >= ROWS_INSIDE * threads and weight_bytes <= BYTES_INSIDE


def problem() -> str | None:
    """Why the compiled kernels don't run; None if they do."""
    module, why = _import()
    return why if module is None else module.problem() or None


def available() -> bool:
    """Whether the compiled kernels run on this machine."""
    return problem() is None


@cache
def extension() -> ModuleType:
    """The extension module; raises BackendUnavailableError with the problem if there is one."""
    module, _ = _import()
    if module is None or problem():
        raise BackendUnavailableError(f"no compiled CPU kernels: {problem()}")
    return module


def isa() -> str:
    """The instruction set that runs: ``avx512``, ``avx2`` or ``portable`` (``ELMAN_CPU`` forces one)."""
    return extension().isa()


def lanes() -> int:
    """How many float32 numbers a vector of that instruction set holds, as its own code says."""
    return extension().lanes()


def targets() -> list[str]:
    """The instruction sets that were compiled in, widest first."""
    return extension().targets()


def threads() -> str:
    """Whose threads run: ``torch's OpenMP``, or ``its own`` where torch has loaded none."""
    return extension().threads()


# -- a layer's forward pass, on the arrays of any library -----------------------------------------------------


class AnyArray(Protocol):
    """What is asked of an array itself."""

    @property
    def shape(self) -> Any: ...
    @property
    def nbytes(self) -> int: ...


A = TypeVar("A", bound=AnyArray)


class Library(Protocol[A]):
    """Where a pass has its arrays from: PyTorch or NumPy."""

    def empty(self, like: A, rows: int, columns: int) -> A:
        """A new array ``[rows, columns]`` of the same type of numbers."""
        ...

    def address(self, array: A | None) -> int:
        """Where its numbers lie; 0 where there is no array."""
        ...


def forward(
    library: Library[A],
    function: Callable[..., None],
    kernel: Kernel,
    x: A,
    lengths: A,
    weights: tuple[A, A, A | None, A | None],
    h0: A | None,
    c0: A | None,
    *,
    has_c: bool,
    threads: int,
    reverse: bool = False,
    training: bool = False,
) -> tuple[A, A, A | None, A | None, A | None]:
    """``output [N, H], h_n [B, H], c_n [B, H], gates, cells [N, H]``: the results, and what a backward pass needs.

    function: the extension's ``forward`` for numbers of this type
    All arrays are contiguous, as ``csrc/passes.h`` states. A simple cell's gates are its output, and the same array.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    steps, batch, hidden = x.shape[0], lengths.shape[0], weight_hh.shape[1]
    inside = not training and projects_inside(batch, threads, weight_ih.nbytes + weight_hh.nbytes)
    gates = None if inside else library.empty(x, steps, kernel.width * hidden)
    output = gates if gates is not None and kernel.width == 1 else library.empty(x, steps, hidden)
    h_n, c_n = library.empty(x, batch, hidden), library.empty(x, batch, hidden) if has_c else None
    cells = library.empty(x, steps, hidden) if has_c and training else None
    address = library.address
    function(
        cell=kernel.number,
        threads=threads,
        batch=batch,
        hidden=hidden,
        inputs=x.shape[1],
        reverse=reverse,
        inside=inside,
        lengths=address(lengths),
        x=address(x),
        weight_ih=address(weight_ih),
        weight_hh=address(weight_hh),
        bias_ih=address(bias_ih),
        bias_hh=address(bias_hh),
        h0=address(h0),
        c0=address(c0),
        gates=address(gates),
        output=address(output),
        cells=address(cells),
        h_n=address(h_n),
        c_n=address(c_n),
    )
    return output, h_n, c_n, gates, cells
