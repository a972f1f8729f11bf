# pyright: strict
"""Which settings a run uses: functions say what they read, and a setting that nothing reads is an error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar

from elman.errors import TaskError
from elman.settings import Settings, declared, find
from elman.settings.setting import typed

Function = TypeVar("Function", bound=Callable[..., Any])
Where = Callable[[Any, Settings], bool]
"""Whether a thing (a kind, a task) in a run with these settings reads what is named beside it."""
SHOWN = 4


def always(thing: Any, settings: Settings) -> bool:
    return True


def reads(*names: str | Callable[..., Any], where: Where = always) -> Callable[[Function], Function]:
    """Mark a function with the settings that it reads, or with other functions, all of whose settings it reads.

    where: reads them only then; the thing is what ``read_by`` is asked for: a kind, or the task of a marked method
    """
    missing = {name for name in names if isinstance(name, str)} - declared().keys()
    if missing:
        raise ValueError(f"there are no settings {', '.join(sorted(missing))}")

    def read(thing: Any, settings: Settings) -> Iterator[str]:
        if where(thing, settings):
            for name in names:
                yield from [name] if isinstance(name, str) else read_by(name, thing, settings)

    def mark(function: Function) -> Function:
        function.reads = [*getattr(function, "reads", ()), read]  # type: ignore[attr-defined]
        return function

    return mark


def read_by(function: Callable[..., Any], thing: Any, settings: Settings) -> frozenset[str]:
    """The settings that a marked function reads of this ``thing``."""
    return frozenset(name for read in getattr(function, "reads", ()) for name in read(thing, settings))


def read_by_methods(thing: object, settings: Settings) -> frozenset[str]:
    """The settings that the marked methods of ``thing`` read."""
    methods = (getattr(type(thing), name) for name in dir(type(thing)))
    return frozenset[str]().union(*(read_by(method, thing, settings) for method in methods if callable(method)))


Uses = Callable[[Settings], frozenset[str]]
"""From the settings of a run to the names of those that it uses."""


def check_used(
    changes: Collection[str], settings: Settings, run: str, uses: Uses, others: Callable[[], Mapping[str, Uses]]
) -> None:
    """Raise TaskError for the first of ``changes`` that a run doesn't use, naming what does.

    run:    what it is called;  uses: what it uses
    others: gives what other runs use, by what they are called; called for the error alone
    """
    used = uses(settings)
    for name in changes:
        if find(name).name not in used:
            where = _prevented(name, changes, settings, uses) or _switched(name, settings, uses)
            raise TaskError(f"the setting {name} isn't used by {run}{where or _elsewhere(name, others())}")


def _prevented(name: str, changes: Collection[str], settings: Settings, uses: Uses) -> str:
    """That another of the changes keeps the run from using this setting, if one does."""
    for other in changes:
        if name in uses(settings.with_changes({other: find(other).default})):
            return f" with {other}={typed(getattr(settings, other))}: leave out one of them"
    return ""


def _switched(name: str, settings: Settings, uses: Uses) -> str:
    """That the run would use this setting with another one changed, if it would."""
    for change, shown in _switches(uses(settings), settings):
        if name in uses(settings.with_changes(change)):
            return f" without {shown}: pass that too, or leave {name} out"
    return ""


def _elsewhere(name: str, all_uses: Mapping[str, Uses]) -> str:
    """Which runs would use the setting."""
    users = [run for run, uses in all_uses.items() if name in uses(Settings())]
    more = f" and {len(users) - SHOWN} more" if len(users) > SHOWN else ""
    return f", but by {', '.join(users[:SHOWN])}{more}: leave it out"


def _switches(used: frozenset[str], settings: Settings) -> Iterator[tuple[dict[str, Any], str]]:
    """Changes of one setting that is used, to another of its choices, or from off, and how they are typed."""
    for each in declared().values():
        if each.name in used:
            for choice in each.choices:
                yield {each.name: choice}, f"{each.name}={typed(choice)}"
            if each.type is int and getattr(settings, each.name) == 0:
                yield {each.name: 1}, f"{each.name} above 0"
            if each.type is str and not getattr(settings, each.name):
                yield {each.name: each.name}, each.name
