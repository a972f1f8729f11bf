# pyright: strict
"""What a cell is: its equations, its states, what the rows of its weights are called, and how they start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

from elman.cells.arrays import Array
from elman.errors import ShapeError


class Rows(NamedTuple):
    """One of the ``G`` blocks of ``H`` rows that make up a cell's weights and biases.

    symbol: its letter in the equations;  name: what pages and messages call it
    gate:   whether its values lie between 0 (shut) and 1 (open), and say how much of something passes
    keeps:  of the gate that decides how much of the past stays, whether it does so "open" or "shut"
    bias:   what ``bias_ih`` starts with
    """

    symbol: str
    name: str
    gate: bool = True
    keeps: Literal["open", "shut"] | None = None
    bias: float = 0.0


Again: TypeAlias = Callable[[Array], Array]
"""``r -> W_n (r h) + b_n``: the candidate's product once more, with what a reset gate lets through of ``h``."""


@dataclass(frozen=True)
class Cell:
    """One step of a recurrent network; a subclass a cell, an instance that cell with its options.

    With ``x W_ih^T + b_ih`` and ``h W_hh^T + b_hh`` given, each ``[B, G*H]``, three equations lead from one step to the
    next. They are written once, in the functions of ``elman.cells.arrays``, for tensors and NumPy's arrays alike:

        values = activate(input, product)       what each block of rows becomes, [B, H] each, in the order of ``rows``
        memory = remember(values, memory)       the state that is carried on: ``c`` where there is one, else ``h``
        h      = output(values, memory)         what the step hands on

    These attributes say the rest; whoever runs, trains, draws or saves a cell asks them, and not for its name:

    name:           as ``--cell`` takes it
    title:          as people write it
    paper:          where it is from, with the numbers of its equations
    rows:           what the blocks of rows of ``weight_ih``, ``weight_hh`` and the biases are, in their order
    states:         ``("h",)`` or ``("h", "c")``
    recurrent_weight: whether a step multiplies ``h`` with a ``weight_hh``; without, gates depend on the input alone,
                    and there is no ``bias_hh`` either
    nonlinearities: the choices for ``nonlinearity``; empty where there is none
    bounded_by:     those of them (of none, "tanh") that keep ``h`` between -1 and 1, whatever is read
    torch:          what PyTorch calls the same cell, ``torch.lstm`` and ``torch.lstm_cell``; None where it lacks it
    projects:       whether PyTorch's has ``proj_size``
    onnx:           the places of ``rows`` in the order that ONNX's operator has them; None where ONNX lacks the cell

    Raises ShapeError, a ValueError, for options that the cell doesn't offer.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]
    rows: ClassVar[tuple[Rows, ...]]
    states: ClassVar[tuple[str, ...]] = ("h",)
    recurrent_weight: ClassVar[bool] = True
    nonlinearities: ClassVar[tuple[str, ...]] = ()
    bounded_by: ClassVar[tuple[str, ...]] = ()
    projects: ClassVar[bool] = False
    onnx: ClassVar[tuple[int, ...] | None] = None

    nonlinearity: str = "tanh"
    reset_after: bool = True

    def __post_init__(self) -> None:
        choices = self.nonlinearities or ("tanh",)
        if self.nonlinearity not in choices:
            expected = ", ".join(repr(name) for name in choices)
            raise ShapeError(f"Unknown nonlinearity '{self.nonlinearity}'. Select from {expected}.")
        if not self.reset_after and not isinstance(self, ResettingCell):
            raise ShapeError(f"a {self.title} has no reset gate, so that reset_after=False means nothing")

    # -- the equations ------------------------------------------------------------------------

    def activate(self, input: Array, product: Array | None) -> tuple[Array, ...]:
        """What each block of rows becomes: gates from 0 to 1, and candidates.

        input:   ``[B, G*H]``, the input's product, with its bias
        product: ``[B, G*H]``, the state's, with its bias; None without ``recurrent_weight``
        """
        raise NotImplementedError

    def remember(self, values: Sequence[Array], memory: Array) -> Array:
        """The memory after a step, from that before it, ``[B, H]``."""
        raise NotImplementedError

    def output(self, values: Sequence[Array], memory: Array) -> Array:
        """``h`` after a step, from the memory after it; the memory itself unless a cell has more to do."""
        return memory

    # -- what follows from the attributes -----------------------------------------------------

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates' names, in the order of their rows."""
        return tuple(rows.name for rows in self.rows if rows.gate)

    @property
    def keeps(self) -> Rows | None:
        """The gate that decides how much of the past stays; None where there is none, and weights alone decide."""
        return next((rows for rows in self.rows if rows.keeps), None)

    @property
    def torch(self) -> str | None:
        return None

    def onnx_attributes(self, directions: int) -> dict[str, Any]:
        """What ONNX's operator, named as ``title``, must be given beside its sizes and directions."""
        return {}

    def opened(self, input: Array, product: Array | None) -> dict[str, Array]:
        """The gates by name ``[B, H]``, from 0 (shut) to 1 (open)."""
        values = self.activate(input, product)
        return {rows.name: value for rows, value in zip(self.rows, values, strict=True) if rows.gate}

    def squashed(self, h: Array) -> Array | None:
        """``h`` moved to 0 ... 1 where a squashing function made it, which has no slope at these ends; else None."""
        return None


class ResettingCell(Cell):
    """A cell with a gate that acts on what the candidate, its last rows, is made from.

    It acts on the candidate's product with ``h``, or, with ``reset_after=False``, on ``h`` itself.
    """

    def activate(self, input: Array, product: Array, again: Again | None = None) -> tuple[Array, ...]:
        """As ``Cell.activate``; with ``again``, which the reset gate is given to, ``product`` lacks the candidate's."""
        raise NotImplementedError
