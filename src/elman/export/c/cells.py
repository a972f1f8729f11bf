"""A cell's equations in C: those of its class, run once on symbols instead of numbers.

So every cell has its C, one of another package too, as long as it treats each of its units alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from elman.cells import Cell, ResettingCell
from elman.errors import ExportError

SUM, PRODUCT, WHOLE = range(3)
"""How tightly a term holds together."""


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
        if self.form.endswith("({})"):
            yield self.form.removesuffix("({})")


class Symbols:
    """Stands for ``[B, G*H]`` in a cell's equations: a term for each of the ``G`` blocks."""

    def __init__(self, *terms: Term):
        self.terms = terms
        self.shape = 1, len(terms)

    def __getitem__(self, key: tuple[Any, slice]) -> Symbols:
        return Symbols(*self.terms[key[1]])

    def _with(self, other: Any, sign: str, binding: int, *, turned: bool = False) -> Symbols:
        if isinstance(other, (int, float)):
            others: tuple[Term, ...] = (Term(f"{float(other)!r}f"),) * len(self.terms)
        else:
            others = other.terms
        pairs = zip(others, self.terms, strict=True) if turned else zip(self.terms, others, strict=True)
        return Symbols(*(Term(sign, pair, binding) for pair in pairs))

    def __add__(self, other: Any) -> Symbols:
        return self._with(other, "{} + {}", SUM)

    def __radd__(self, other: Any) -> Symbols:
        return self._with(other, "{} + {}", SUM, turned=True)

    def __sub__(self, other: Any) -> Symbols:
        return self._with(other, "{} - {}", SUM)

    def __rsub__(self, other: Any) -> Symbols:
        return self._with(other, "{} - {}", SUM, turned=True)

    def __mul__(self, other: Any) -> Symbols:
        return self._with(other, "{} * {}", PRODUCT)

    def __rmul__(self, other: Any) -> Symbols:
        return self._with(other, "{} * {}", PRODUCT, turned=True)

    def __truediv__(self, other: Any) -> Symbols:
        return self._with(other, "{} / {}", PRODUCT)

    def __neg__(self) -> Symbols:
        return 0.0 - self

    def tanh(self) -> Symbols:
        return self._function("tanh_of({})")

    def sigmoid(self) -> Symbols:
        return self._function("sigmoid_of({})")

    def relu(self) -> Symbols:
        return self._function("relu_of({})")

    def _function(self, form: str) -> Symbols:
        return Symbols(*(Term(form, (term,)) for term in self.terms))


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


def cell_in_c(cell: Cell, hidden: int) -> CellInC:
    """The equations of a cell with so many units. Raises ExportError where they aren't arithmetic on each unit."""
    try:
        return _traced(cell, hidden)
    except (AttributeError, TypeError, ValueError, IndexError) as problem:
        raise ExportError(
            f"the equations of the cell {cell.title} can't be written in C ({problem}); expected sums, products, "
            "tanh, sigmoid and relu of each unit"
        ) from problem


def _traced(cell: Cell, hidden: int) -> CellInC:
    count = len(cell.rows)
    reset: list[str] = []
    calls: list[str] = []
    input = Symbols(*(Term(_element("in", k, hidden)) for k in range(count)))
    product = Symbols(*(Term(_element("of", k, hidden)) for k in range(count)))
    if isinstance(cell, ResettingCell) and not cell.reset_after:

        def again(gate: Symbols) -> Symbols:
            (term,) = gate.terms
            calls.extend(term.calls())
            reset.extend(_lines([("reset[j]", Term("{} * {}", (term, Term("h[j]")), PRODUCT))], {}))
            return Symbols(Term("again[j]"))

        values: Any = cell.activate(input, product[..., : count - 1], again)
    else:
        values = cell.activate(input, product if cell.recurrent_weight else None)
    memory = cell.remember(values, Symbols(Term("c[j]" if "c" in cell.states else "h[j]")))
    output = cell.output(values, memory)
    names = {value.terms[0]: f"{row.symbol}_" for value, row in zip(values, cell.rows, strict=True)}
    targets = [("c[j]", memory.terms[0])] if "c" in cell.states else []
    targets.append(("h[j]", output.terms[0]))
    calls += [call for _, term in targets for call in term.calls()]
    return CellInC(_lines(targets, names), reset, tuple(dict.fromkeys(calls)))


def _element(array: str, block: int, hidden: int) -> str:
    return f"{array}[{block * hidden} + j]" if block else f"{array}[j]"


def _lines(targets: list[tuple[str, Term]], names: dict[Term, str]) -> list[str]:
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
            lines.append(f"const float {written[term]} = {body};")
            return written[term]
        return body if term.binding >= least else f"({body})"

    assigned = [(place, text(term, SUM)) for place, term in targets]
    return [*lines, *(f"{place} = {value};" for place, value in assigned)]


def _operands(term: Term, text: Callable[[Term, int], str]) -> list[str]:
    if len(term.parts) == 1:
        return [text(term.parts[0], SUM)]
    left, right = term.parts
    return [text(left, term.binding), text(right, term.binding + 1)]
