"""The compiled kernels: what runs here, and if nothing does, why not.

The extension takes addresses (``tensor.data_ptr()``, ``array.ctypes.data``; 0 for an array left out) of
contiguous arrays whose shapes ``csrc/passes.h`` states, so that PyTorch and NumPy use the same kernels and
no framework is imported here. Where PyTorch is loaded by the first call, the extension shares its OpenMP threads.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import NamedTuple

from elman.errors import BackendUnavailableError

INTERFACE = 3
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
        from elman.kernels import _cpu  # pyright: ignore[reportAttributeAccessIssue]
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
