"""The table of what each operator is in ONNX: a function that writes its nodes. ``operators`` fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar

from elman.export.around import without
from elman.export.onnx.builder import Builder, Value
from elman.graph import Operator

Emit: TypeAlias = Callable[..., Any]
"""``(builder, operator, *its inputs) -> its output``, a tuple where it has several; None for an input left out."""
EMITTERS: dict[type[Operator], Emit] = {}
"""By operator. What isn't here can't be exported."""

Function = TypeVar("Function", bound=Emit)


def emits(operator: type[Operator]) -> Callable[[Function], Function]:
    """Enter a function in the table."""

    def enter(function: Function) -> Function:
        EMITTERS[operator] = function
        return function

    return enter


def emitter_of(operator: Operator) -> Emit:
    """Raises ExportError for an operator that ONNX can't have."""
    function = EMITTERS.get(type(operator))
    if function is None:
        raise without("ONNX", f"this network has the operator {operator.name!r}", "C (--as c)")
    return function


def emit(b: Builder, operator: Operator, inputs: Iterable[Value | None]) -> tuple[Any, ...]:
    """The outputs of an operator. Raises ExportError for one that ONNX can't have."""
    found = emitter_of(operator)(b, operator, *inputs)
    return found if isinstance(found, tuple) else (found,)
