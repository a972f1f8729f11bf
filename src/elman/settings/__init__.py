# pyright: strict
"""Settings: every choice of a training run, as one flat record that ``--set key=value`` can change.

``groups`` declares them, each with its check and explanation; here they are put together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from elman.errors import TaskError, similar
from elman.settings.groups import Decoding, Music, Network, Pictures, Series, Sound, Text, Training, Vectors
from elman.settings.setting import CHECK, Setting

GROUPS = (Network, Training, Text, Vectors, Pictures, Sound, Music, Series, Decoding)

RECURRENCE = ("cell", "hidden_size", "num_layers", "bidirectional", "dropout")
"""What every architecture that reads a sequence takes for its recurrent stack."""
FORWARD = tuple(name for name in RECURRENCE if name != "bidirectional")
"""The same of a stack that goes forward alone."""


@dataclass(frozen=True)
class Settings(Decoding, Series, Music, Sound, Pictures, Vectors, Text, Training, Network):
    """One training run. A task's recipe changes the defaults; the user's flags change the recipe.

    >>> settings = elman.Settings(hidden_size=64).with_changes({"cell": "gru", "dropout": "0.2"})
    >>> settings.hidden_size, settings.cell, settings.dropout
    (64, 'gru', 0.2)
    """

    def with_changes(self, changes: dict[str, Any]) -> Settings:
        """The same settings with some changed; values may be strings, as typed.

        Raises TaskError for a name that no setting has (naming the nearest) or a value that doesn't fit.
        """
        return dataclasses.replace(self, **parsed(changes))

    @property
    def recurrence(self) -> dict[str, Any]:
        """Those of ``RECURRENCE`` with their values."""
        return {name: getattr(self, name) for name in RECURRENCE}

    def to_json(self, names: Collection[str] | None = None) -> dict[str, Any]:
        """Settings as JSON holds them, all or those of these names; ``with_changes`` takes them back."""
        record: dict[str, bool | float | str | tuple[float, ...]] = dataclasses.asdict(self)
        kept = {k: v for k, v in record.items() if names is None or k in names}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in kept.items()}


@cache
def declared() -> dict[str, Setting]:
    """All settings by name, in the order of their groups."""
    return {
        field.name: Setting(field.name, field.type, field.default, field.metadata[CHECK], str(group.__doc__))
        for group in GROUPS
        for field in dataclasses.fields(group)
    }


def parsed(changes: dict[str, Any]) -> dict[str, Any]:
    """Settings by name, perhaps as typed, as what they are. Raises TaskError as ``with_changes`` does."""
    return {name: find(name).parsed(value) for name, value in changes.items()}


def find(name: str) -> Setting:
    """The setting of this name. Raises TaskError, naming the nearest."""
    if name not in declared():
        near = similar(name, declared(), 3) or sorted(declared())
        raise TaskError(f"there is no setting {name!r}; did you mean {', '.join(near)}?")
    return declared()[name]


__all__ = ["GROUPS", "RECURRENCE", "Settings", "declared", "find", "parsed"]
