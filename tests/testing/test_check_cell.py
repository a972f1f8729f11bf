"""The contract of cells, on all of ours; and each promise broken once, so that it is seen to be checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from elman import cells
from elman.cells.gru import GRU
from elman.cells.lstm import LSTM
from elman.cells.mgu import MGU
from elman.cells.rnn import RNN
from elman.testing import check_cell


@pytest.mark.parametrize("name", cells.names())
def test_our_cells_keep_what_they_promise(name: str) -> None:
    check_cell(name)


class Backwards(GRU):
    """Says that its gate keeps the past when it is shut."""

    rows = (GRU.rows[0], GRU.rows[1]._replace(keeps="shut"), GRU.rows[2])


class Unclosed(MGU):
    """Its gate goes past 1."""

    def activate(self, input: Any, product: Any, again: Any = None) -> tuple[Any, ...]:
        f, n = super().activate(input, product, again)
        return 1.5 * f, n


class Mixing(LSTM):
    """A unit sees its neighbour."""

    def output(self, values: Any, memory: Any) -> Any:
        return super().output(values, memory[..., [1, 0, *range(2, memory.shape[-1])]])


class Other(LSTM):
    """Its candidate isn't the kernels'."""

    def activate(self, input: Any, product: Any) -> tuple[Any, ...]:
        i, f, g, o = super().activate(input, product)
        return i, f, 0.9 * g, o


class InPlace(LSTM):
    """Writes over what it is given."""

    def remember(self, values: Any, memory: Any) -> Any:
        memory += 0.5
        return super().remember(values, memory)


class Renamed(LSTM):
    """Is found by another name than its own."""

    name = "lstm2"


class Twice(LSTM):
    """Two blocks of rows of one name."""

    rows = (LSTM.rows[0], LSTM.rows[1], LSTM.rows[2], LSTM.rows[3]._replace(name="input"))


class Torchless(GRU):
    """Says that torch has it, and computes something else where nothing is compiled."""

    def remember(self, values: Any, memory: Any) -> Any:
        return super().remember(values, memory) * 0.999


class Unbounded(RNN):
    """Says that its state stays within 1, whichever nonlinearity it has."""

    bounded_by = RNN.nonlinearities


@pytest.mark.parametrize(
    "broken, message",
    [
        (Backwards, "keeps it when shut"),
        (Unclosed, "must lie between 0 and 1"),
        (Mixing, "units in another order"),
        (Other, "outputs of a ragged batch"),
        (InPlace, "must not change what they are given"),
        (Renamed, "calls itself 'lstm2'"),
        (Twice, "each name of rows once"),
        (Torchless, "share of the past"),
        (Unbounded, "as bounded_by says"),
    ],
)
def test_what_is_broken_is_found(
    broken: type[cells.Cell], message: str, stand_in: Callable[[type[cells.Cell]], None]
) -> None:
    stand_in(broken)
    with pytest.raises(AssertionError, match=message):
        check_cell(next(own.name for own in broken.__mro__[1:] if "name" in own.__dict__))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[cells.Cell]], None]:
    """Another class in the place of the cell whose subclass it is."""

    def put(broken: type[cells.Cell]) -> None:
        name = next(own.name for own in broken.__mro__[1:] if "name" in own.__dict__)
        monkeypatch.setitem(cells.CELLS._loaded, name, broken)
        monkeypatch.setattr(cells, "_made", {})

    return put
