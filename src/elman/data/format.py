# pyright: strict
"""How files are written: what the caller says of it, what was found, and what a trained model keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypedDict, Unpack

from elman.data.bad import BadItems
from elman.data.forms.found import Forms
from elman.errors import TaskError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
"""Signs that a cell of a table may end at, by the names that they are asked for by."""
DECIMALS = {"point": ".", "comma": ","}
TAB_SPELLED = "\\t"


class FormatChoices(TypedDict, total=False):
    """What a caller says of how files are written; the rest is found.

    encoding:  of text files, by its name in Python, such as "utf-8", "cp1251" or "gb18030"
    delimiter: the sign that the cells of a table end at, or one of "comma", "semicolon", "tab", "bar", "space"
    header:    whether the first row of a table names its columns
    labels:    the table that holds the labels of files, one row for each
    decimal:   the sign before decimals, "." or ",", or one of "point" and "comma", where numbers leave it open
    dates:     "day-first", "month-first" or "year-first", where dates leave it open
    sheet:     of workbooks, by its name
    """

    encoding: str | None
    delimiter: str | None
    header: bool | None
    labels: str | None
    decimal: str | None
    dates: str | None
    sheet: str | None


@dataclass(frozen=True)
class Format:
    """How files are written; None is what isn't said, or isn't there to be found. Attributes as in `FormatChoices`.

    forms: how the cells of each column are written, once that was looked at
    reader: the format of text files that many lines show, and few don't, by the name of its reader
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    labels: str | None = None
    decimal: str | None = None
    dates: str | None = None
    sheet: str | None = None
    forms: Forms | None = field(default=None, compare=False)
    reader: str | None = None

    @classmethod
    def said(cls, **choices: Unpack[FormatChoices]) -> Format:
        """What the caller says. Raises TaskError for what there isn't, such as an encoding of no such name."""
        from elman.data.forms.moments import ORDERS

        said = cls(**choices)
        if said.encoding is not None:
            check_encoding(said.encoding)
        if said.dates is not None and said.dates not in ORDERS:
            raise TaskError(f"dates are {', '.join(ORDERS)} (--dates); got {said.dates!r}")
        if said.decimal is not None and said.decimal not in {*DECIMALS, *DECIMALS.values()}:
            raise TaskError(f"the sign before decimals is point or comma (--decimal); got {said.decimal!r}")
        decimal = DECIMALS.get(said.decimal or "", said.decimal)
        return replace(said, delimiter=delimiter_named(said.delimiter), decimal=decimal)

    @property
    def of_tables(self) -> bool:
        """Whether it says something that only tables have."""
        return self.delimiter is not None or self.header is not None

    def to_json(self) -> dict[str, Any]:
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return own | {"forms": self.forms and self.forms.to_json()}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Format:
        """What ``to_json`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        forms = record["forms"]
        for name, value in record.items():
            if name != "forms" and value is not None and not isinstance(value, bool if name == "header" else str):
                raise TypeError(f"{name} of files can't be {value!r}")
        values: dict[str, Any] = {**record, "forms": None if forms is None else Forms.from_json(forms)}
        return cls(**values)


def choices_among(keywords: Mapping[str, Any]) -> tuple[FormatChoices, dict[str, Any]]:
    """Keyword arguments that are of formats, and the others."""
    own = FormatChoices(**{key: value for key, value in keywords.items() if key in FormatChoices.__annotations__})
    return own, {key: value for key, value in keywords.items() if key not in own}


def check_encoding(name: str) -> None:
    try:
        b"".decode(name)
        "".encode(name)
    except (LookupError, ValueError) as problem:
        raise TaskError(
            f"there is no encoding {name!r} (--encoding); such are utf-8, utf-16, cp1252, cp1251, koi8-r, gb18030, "
            "big5, shift_jis, euc_kr and latin-1"
        ) from problem


def delimiter_named(name: str | None) -> str | None:
    if name is None or name in DELIMITERS.values():
        return name
    if name == TAB_SPELLED or name in DELIMITERS:
        return DELIMITERS.get(name, "\t")
    if not name or any(sign.isalnum() or sign in "\"'\r\n\0" for sign in name) or name in ".-+" or name.isspace():
        listed = ", ".join(DELIMITERS)
        raise TaskError(
            f"cells can't end at {name!r} (--delimiter); pass a sign, or several as in ::, or one of {listed}"
        )
    return name


@dataclass(frozen=True)
class ReadingOptions:
    """What is asked of readers.

    bad:   what becomes of single items that can't be read
    said:  what the caller says of how files are written: it counts, whatever a file looks like
    kept:  how the files that a model was trained on are written: it comes first where a file allows several readings
    names: the columns of those files
    wanted: the columns that the caller names
    alone: whether the caller says that each row stands for itself
    """

    bad: BadItems = field(default_factory=BadItems)
    said: Format = Format()
    kept: Format = Format()
    names: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    alone: bool = False

    @classmethod
    def asked(
        cls, skip_bad: bool, choices: FormatChoices, kept: Format | None = None, names: tuple[str, ...] = ()
    ) -> ReadingOptions:
        return cls(BadItems(skip_bad), Format.said(**choices), kept or Format(), names)

    @property
    def as_they_stand(self) -> frozenset[str]:
        """Columns that somebody counts on: readers make no others of them."""
        return self.wanted | {*self.names}
