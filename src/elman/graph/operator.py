"""What an operator is: its meaning over arrays, its attributes and its weights."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.sequences import Sequences

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = Array | Sequences
"""What flows between operators: ``[B, ...]``, something of each row of a batch, or a sequence of each."""

HOMES = {
    "attention": "pad attend",
    "carried": "count change_since pool_since",
    "copying": "runs run_bias looked_at copy",
    "elementwise": "linear activation add add_constant mean concat compare standardise layer_norm log_softmax",
    "patterns": "patterns",
    "pictures": "convolution max_pool batch_norm with_change flatten places rows time_convolution",
    "pooling": "pool attention_pool",
    "raw": "observed missing dates since",
    "recurrence": "recurrent last_output first_state layers stack each_alone steps like expand_state",
    "classical": "towards_classical",
    "series": "change segments horizon add_pattern recent normalise towards_linear forecast",
    "tokens": "embed bag weighted_bag take expand as_steps window pick",
}
OPERATORS = {name: f"elman.graph.{home}" for home, names in HOMES.items() for name in names.split()}
"""The module of each operator, by name; it is imported for a graph that has one of them."""
_imported: dict[str, type[Operator]] = {}


@dataclasses.dataclass(frozen=True, eq=False)
class Operator(ABC):
    """One step of a network. A subclass is a frozen dataclass, whose arrays are weights and whose other members are
    numbers, words, or tuples of them; calling it says what it means.

    name: by which a saved graph calls it
    """

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in cls.__dict__:
            _imported[cls.name] = cls

    @abstractmethod
    def __call__(self, *values: Any, **named: Any) -> Any:
        """The value that follows from those before it; a tuple where there are several."""

    def to_json(self, keep: Callable[[Array], str]) -> dict[str, Any]:
        """Its name and members; ``keep`` takes a weight and says by which name it is found again."""
        members = {member.name: getattr(self, member.name) for member in dataclasses.fields(self)}
        return {"operator": self.name, **{name: _to_json(value, keep) for name, value in members.items()}}

    @classmethod
    def from_json(cls, record: dict[str, Any], find: Callable[[str], Array]) -> Self:
        """What ``to_json`` wrote. Raises BundleError where a member is missing or doesn't belong."""
        given = {name: _from_json(value, find) for name, value in record.items() if name != "operator"}
        members = {member.name for member in dataclasses.fields(cls)}
        if differing := sorted(members ^ set(given)):
            raise BundleError(f"operator {cls.name!r} has other members than it should: {', '.join(differing)}")
        return cls(**given)


def operator_named(name: str) -> type[Operator]:
    """Raises BundleError for a name that no operator has."""
    if name not in _imported and name in OPERATORS:
        import_module(OPERATORS[name])
    if name not in _imported:
        raise BundleError(
            f"its graph has the operator {name!r}, which this version of Elman doesn't have: "
            "pip install --upgrade elman"
        )
    return _imported[name]


def _to_json(value: Any, keep: Callable[[Array], str]) -> Any:
    if isinstance(value, np.ndarray):
        return {"weight": keep(value)}
    return [_to_json(part, keep) for part in value] if isinstance(value, tuple) else value


def _from_json(value: Any, find: Callable[[str], Array]) -> Any:
    if isinstance(value, dict):
        return find(value["weight"])
    return tuple(_from_json(part, find) for part in value) if isinstance(value, list) else value


def on_values(function: Callable[[Array], Array], x: Value) -> Any:
    """``function`` of all rows, or of all steps, at once."""
    return x.with_values(function(x.values)) if isinstance(x, Sequences) else function(x)


def values_of(x: Value) -> Array:
    """All rows, or all steps of all sequences, as one array."""
    return x.values if isinstance(x, Sequences) else x


def with_values_of(x: Value, values: Array) -> Any:
    """Other values for the rows or steps of ``x``."""
    return x.with_values(values) if isinstance(x, Sequences) else values
