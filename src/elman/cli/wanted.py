"""The flags that say what is to be learned from which data: of `train`, and of `detect`, which says what that is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman.cli.formats import OPTIONS, takes_format

if TYPE_CHECKING:
    from elman.data.table import Table


def tasks(begun: str) -> list[str]:
    """For shells: the tasks whose names begin so."""
    from elman.tasks import TASKS

    return [name for name in TASKS if name.startswith(begun)]


Columns = list[str] | None
Files = list[Path] | None
FLAGS: dict[str, tuple[Any, Any]] = {
    "input": (
        Annotated[
            Columns,
            typer.Option(
                "--input",
                metavar="COL",
                help="The input column; may be repeated. COL,COL names two, unless one column is called that.",
            ),
        ],
        None,
    ),
    "output": (Annotated[str | None, typer.Option("--output", metavar="COL", help="The output column.")], None),
    "task": (
        Annotated[
            str | None, typer.Option("--task", metavar="NAME", help="The task; found by default.", autocompletion=tasks)
        ],
        None,
    ),
    "next": (
        Annotated[
            str | None,
            typer.Option("--next", metavar="COL", help="Learn what this column says at the next step of a sequence."),
        ],
        None,
    ),
    "ahead": (
        Annotated[
            Columns,
            typer.Option(
                "--ahead",
                metavar="COL",
                help="A column whose values to come (of the next step, with --next) are given; may be repeated.",
            ),
        ],
        None,
    ),
    "alone": (
        Annotated[bool, typer.Option("--alone", help="Learn from each row by itself, even if times order the rows.")],
        False,
    ),
    "group": (
        Annotated[
            str | None,
            typer.Option("--group", metavar="COL", help="Rows with the same value here (a person) stay in one part."),
        ],
        None,
    ),
    "tidy_labels": (
        Annotated[
            bool,
            typer.Option(
                "--tidy-labels", help="Labels that differ in case, blanks, accents or hyphens alone are one label."
            ),
        ],
        False,
    ),
    "valid": (
        Annotated[Files, typer.Option("--valid", metavar="FILE", help="The validation part; by default, held out.")],
        None,
    ),
    "test": (
        Annotated[Files, typer.Option("--test", metavar="FILE", help="The test part; by default, held out.")],
        None,
    ),
    "skip_bad": (
        Annotated[
            bool, typer.Option("--skip-bad", help="Leave out what can't be read, and list it; else it is an error.")
        ],
        False,
    ),
}
"""By the names that ``DataSet.read`` and ``plan`` have for them: the flag and its default."""


def takes_data(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes ``data`` and ``**options``, as one that takes a flag for each option: of what to learn, and
    of how files are written."""
    signature = inspect.signature(command, eval_str=True)
    data, *own, rest = signature.parameters.values()
    flags = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=option)
        for name, (option, default) in FLAGS.items()
    ]

    @wraps(command)
    def called(**given: Any) -> None:
        command(**{**given, "ahead": given["ahead"] or [], **{part: given[part] or None for part in ("valid", "test")}})

    called.__signature__ = signature.replace(parameters=[data, *flags, *own, rest])  # type: ignore[attr-defined]
    return takes_format(called)


def read_table(data: list[Path], options: dict[str, Any]) -> Table:
    """The data, read as the options say; ``options["input"]`` is then the columns that ``--input`` names."""
    from elman.data.detect import Wanted, reading_for
    from elman.data.format import FormatChoices, ReadingOptions
    from elman.data.readers import read_table as read

    written = FormatChoices(**{name: options[name] for name in OPTIONS})
    wanted = Wanted(**{name: options[name] for name in Wanted.__annotations__})
    table = read(data, reading_for(wanted, ReadingOptions.asked(options["skip_bad"], written)))
    options["input"] = input_columns(options["input"], table)
    return table


def input_columns(named: list[str] | None, table: Table) -> list[str] | None:
    """The columns that ``--input`` names. Raises TaskError where there is one that the table doesn't have."""
    from elman.errors import TaskError

    if named is None or len(named) > 1 or named[0] in table.columns or "," not in named[0]:
        return named
    parts = [part.strip() for part in named[0].split(",")]
    for part in parts:
        if part not in table.columns:
            raise TaskError(
                f"{table.source} has no column {named[0]!r}, and none {part!r} either, if the commas stand between "
                f"columns. Repeat --input for each column. Its columns: {', '.join(map(repr, table.names))}."
            )
    return parts
