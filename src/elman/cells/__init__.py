# pyright: strict
"""Cells: one file each, found by name here, or in another package that adds one (entry points ``elman.cells``).

``kernels/reference.py`` loops over their equations, which is what compiled kernels are held against. No PyTorch here.
"""

from __future__ import annotations

from elman.cells.arrays import Array, log_sigmoid, relu, sigmoid, split, tanh
from elman.cells.base import Again, Cell, ResettingCell, Rows
from elman.errors import ShapeError
from elman.plugins import Registry

__all__ = [
    "CELLS",
    "Again",
    "Array",
    "Cell",
    "ResettingCell",
    "Rows",
    "find",
    "keeper",
    "log_sigmoid",
    "names",
    "relu",
    "sigmoid",
    "split",
    "tanh",
]

CELLS: Registry[type[Cell]] = Registry(
    "elman.cells",
    "cell",
    {
        "rnn": "elman.cells.rnn:RNN",
        "lstm": "elman.cells.lstm:LSTM",
        "gru": "elman.cells.gru:GRU",
        "mgu": "elman.cells.mgu:MGU",
    },
    Cell,
)


_made: dict[tuple[str, str, bool], Cell] = {}  # a layer asks several times a step


def names() -> tuple[str, ...]:
    """All cells that there are: Elman's own, then those of installed packages. Raises PluginError where names clash."""
    return tuple(CELLS)


def find(name: str, *, nonlinearity: str = "tanh", reset_after: bool = True) -> Cell:
    """The cell called ``name``, with these options.

    Raises ShapeError (a ValueError) for a name that no cell has and for an option that the cell doesn't offer, and
    PluginError where another package's cell can't be used.

    >>> find("lstm").states
    ('h', 'c')
    """
    made = _made.get((name, nonlinearity, reset_after))
    if made is None:
        if name not in CELLS:
            raise ShapeError(f"there is no cell {name!r}; expected one of {', '.join(names())}")
        made = _made[name, nonlinearity, reset_after] = CELLS[name](nonlinearity, reset_after)
    return made


def keeper() -> Cell:
    """The cell to take where the past gets lost: of Elman's own, the one with a cell state, and a gate that keeps it
    from the start.

    >>> keeper().name
    'lstm'
    """
    cells = map(find, CELLS.ours)
    return next(cell for cell in cells if "c" in cell.states and cell.keeps is not None and cell.keeps.bias > 0)
