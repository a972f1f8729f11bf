# pyright: strict
"""How the columns of a table are written, once that was looked at: what a model keeps of it.

Each form is imported where a column has it, so that loading a model imports those of its own columns alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elman.data.forms.columns import Form
    from elman.data.forms.together import Together

FORMS = {
    "number": "numbers:NumberForm",
    "date": "dates:DateForm",
    "stamp": "stamps:StampForm",
    "clock": "clocks:ClockForm",
    "months": "counted:CountedForm",
    "counted": "counted:CountedForm",
    "angle": "angles:AngleForm",
    "measure": "measures:MeasureForm",
    "marks": "measures:MarksForm",
}
"""The file and the class of each form."""
LISTS = ("words", "bare", "flags")
"""Attributes of forms that hold several texts."""


@dataclass(frozen=True)
class Forms:
    """How the columns of a table are written, by their names; cells of those that aren't here are what they are.

    together: columns that are one time
    """

    columns: Mapping[str, Form] = field(default_factory=lambda: dict[str, "Form"]())
    together: Together | None = None

    def notes(self) -> list[str]:
        """What was decided, for people."""
        return [f"column {name!r}: {said}" for name, form in self.columns.items() if (said := form.describe())]

    def to_json(self) -> dict[str, Any]:
        names = {place.partition(":")[2]: name for name, place in FORMS.items()}
        columns = {name: {"form": names[type(form).__name__], **asdict(form)} for name, form in self.columns.items()}
        return {"columns": columns, "together": self.together and asdict(self.together)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Forms:
        """What ``to_json`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        found: dict[str, Form] = {}
        for name, saved in record["columns"].items():
            values: dict[str, Any] = {
                key: tuple(value) if key in LISTS else value for key, value in saved.items() if key != "form"
            }
            module, _, form = FORMS[saved["form"]].partition(":")
            found[name] = getattr(import_module(f"elman.data.forms.{module}"), form)(**values)
            found[name].describe()  # raises where a value is none that it can have
        return cls(found, _together(record["together"]))


def _together(record: Mapping[str, Any] | None) -> Together | None:
    if record is None:
        return None
    from elman.data.forms.together import Together

    return Together(record["name"], tuple(record["sources"]))
