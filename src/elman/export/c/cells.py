"""A cell's equations in C: those of its class, run once on symbols instead of numbers.

So every cell has its C, one of another package too, as long as it treats each of its units alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from elman.cells import Cell, ResettingCell
from elman.errors import ExportError

SUM, PRODUCT, WHOLE = range(3)
"""How tightly a term holds together."""


@dataclass(frozen=True)
class Arithmetic:
    """The numbers that equations are written in.

    type:     of them in C
    product:  of two, and how tightly it holds together;  quotient: likewise, None where there is none
    function: of a function's name, what it is called in C
    one:      what stands for 1 where numbers are whole; 0 where they aren't
    """

    type: str
    product: tuple[str, int]
    quotient: tuple[str, int] | None
    function: str
    one: int = 0

    def constant(self, number: float) -> str:
        return str(round(number * self.one)) if self.one else f"{float(number)!r}f"


FLOATS = Arithmetic("float", ("{} * {}", PRODUCT), ("{} / {}", PRODUCT), "{}_of")


@dataclass(frozen=True, eq=False)
class Term:
    """What one unit computes: ``form`` in C, with the terms that it is made of."""

    form: str
    parts: tuple[Term, ...] = ()
    binding: int = WHOLE

    def calls(self) -> Iterator[str]:
        """The functions called in it."""
        for part in self.parts:
            yield from part.calls()
        if called := re.match(r"(\w+)\(", self.form):
            yield called[1]


class Symbols:
    """Stands for ``[B, G*H]`` in a cell's equations: a term for each of the ``G`` blocks."""

    def __init__(self, *terms: Term, arithmetic: Arithmetic = FLOATS):
        self.terms = terms
        self.arithmetic = arithmetic
        self.shape = 1, len(terms)

    def __getitem__(self, key: tuple[Any, slice]) -> Symbols:
        return self._of(*self.terms[key[1]])

    def _of(self, *terms: Term) -> Symbols:
        return Symbols(*terms, arithmetic=self.arithmetic)

    def _with(self, other: Any, sign: str, binding: int, *, turned: bool = False) -> Symbols:
        if isinstance(other, (int, float)):
            others: tuple[Term, ...] = (Term(self.arithmetic.constant(other)),) * len(self.terms)
        else:
            others = other.terms
        pairs = zip(others, self.terms, strict=True) if turned else zip(self.terms, others, strict=True)
        return self._of(*(Term(sign, pair, binding) for pair in pairs))

    def __add__(self, other: Any) -> Symbols:
        return self._with(other, "{} + {}", SUM)

    def __radd__(self, other: Any) -> Symbols:
        return self._with(other, "{} + {}", SUM, turned=True)

    def __sub__(self, other: Any) -> Symbols:
        return self._with(other, "{} - {}", SUM)

    def __rsub__(self, other: Any) -> Symbols:
        return self._with(other, "{} - {}", SUM, turned=True)

    def __mul__(self, other: Any) -> Symbols:
        return self._with(other, *self.arithmetic.product)

    def __rmul__(self, other: Any) -> Symbols:
        return self._with(other, *self.arithmetic.product, turned=True)

    def __truediv__(self, other: Any) -> Symbols:
        if self.arithmetic.quotient is None:
            raise TypeError("whole numbers have no quotient")
        return self._with(other, *self.arithmetic.quotient)

    def __neg__(self) -> Symbols:
        return 0.0 - self

    def tanh(self) -> Symbols:
        return self._function("tanh")

    def sigmoid(self) -> Symbols:
        return self._function("sigmoid")

    def relu(self) -> Symbols:
        return self._function("relu")

    def _function(self, name: str) -> Symbols:
        form = self.arithmetic.function.format(name) + "({})"
        return self._of(*(Term(form, (term,)) for term in self.terms))


@dataclass(frozen=True)
class CellInC:
    """The lines of a loop over units ``j`` that lead from one step to the next.

    They read ``in`` and ``of``, the products of the input and of the state, ``[G * H]``, and change ``h`` (and ``c``).

    reset:  lines before them, where the candidate is made from ``reset[j]``, what a gate lets through of ``h``; its
            product is ``again`` then
    calls:  the functions that they call
    """

    lines: list[str]
    reset: list[str]
    calls: tuple[str, ...]


def cell_in_c(cell: Cell, hidden: int, arithmetic: Arithmetic = FLOATS) -> CellInC:
    """The equations of a cell with so many units. Raises ExportError where they aren't arithmetic on each unit."""
    try:
        return _traced(cell, hidden, arithmetic)
    except (AttributeError, TypeError, ValueError, IndexError) as problem:
        raise ExportError(
            f"the equations of the cell {cell.title} can't be written in C ({problem}); expected sums, products, "
            "tanh, sigmoid and relu of each unit"
        ) from problem


def _traced(cell: Cell, hidden: int, arithmetic: Arithmetic) -> CellInC:
    def symbols(*forms: str) -> Symbols:
        return Symbols(*map(Term, forms), arithmetic=arithmetic)

    count = len(cell.rows)
    reset: list[str] = []
    calls: list[str] = []
    input, product = (symbols(*(_element(array, k, hidden) for k in range(count))) for array in ("in", "of"))
    if isinstance(cell, ResettingCell) and not cell.reset_after:

        def again(gate: Symbols) -> Symbols:
            (term,) = (gate * symbols("h[j]")).terms
            calls.extend(term.calls())
            reset.extend(_lines([("reset[j]", term)], {}, arithmetic.type))
            return symbols("again[j]")

        values: Any = cell.activate(input, product[..., : count - 1], again)
    else:
        values = cell.activate(input, product if cell.recurrent_weight else None)
    memory = cell.remember(values, symbols("c[j]" if "c" in cell.states else "h[j]"))
    output = cell.output(values, memory)
    names = {value.terms[0]: f"{row.symbol}_" for value, row in zip(values, cell.rows, strict=True)}
    targets = [("c[j]", memory.terms[0])] if "c" in cell.states else []
    targets.append(("h[j]", output.terms[0]))
    calls += [call for _, term in targets for call in term.calls()]
    return CellInC(_lines(targets, names, arithmetic.type), reset, tuple(dict.fromkeys(calls)))


def _element(array: str, block: int, hidden: int) -> str:
    return f"{array}[{block * hidden} + j]" if block else f"{array}[j]"


def _lines(targets: list[tuple[str, Term]], names: dict[Term, str], type: str) -> list[str]:
    """C that computes these terms and then assigns them: what has a name or is read twice, once."""
    uses: dict[Term, int] = {}

    def count(term: Term) -> None:
        uses[term] = uses.get(term, 0) + 1
        if uses[term] == 1:
            for part in term.parts:
                count(part)

    for place, term in targets:
        count(term)
        names = {**names, term: names.get(term, f"next_{place[0]}")}
    lines: list[str] = []
    written: dict[Term, str] = {}

    def text(term: Term, least: int) -> str:
        if term in written:
            return written[term]
        if not term.parts:
            return term.form
        kept = term in names or uses[term] > 1
        body = term.form.format(*_operands(term, text))
        if kept:
            written[term] = names.get(term, f"t{len(lines)}")
            lines.append(f"const {type} {written[term]} = {body};")
            return written[term]
        return body if term.binding >= least else f"({body})"

    assigned = [(place, text(term, SUM)) for place, term in targets]
    return [*lines, *(f"{place} = {value};" for place, value in assigned)]


def _operands(term: Term, text: Callable[[Term, int], str]) -> list[str]:
    if len(term.parts) == 1:
        return [text(term.parts[0], SUM)]
    left, right = term.parts
    return [text(left, term.binding), text(right, term.binding + 1)]
