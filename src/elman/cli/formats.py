"""The flags that say how files are written, for all commands that read files."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from elman.cache import WHERE

Word = str | None
OPTIONS: dict[str, Any] = {
    "encoding": Annotated[
        Word, typer.Option("--encoding", metavar="NAME", help="Of text files: utf-8, cp1251 ...; found by default.")
    ],
    "delimiter": Annotated[
        Word,
        typer.Option(
            "--delimiter",
            metavar="SIGN",
            help="Where cells of a table end: a sign, or comma, semicolon, tab, bar, space; found by default.",
        ),
    ],
    "header": Annotated[
        Word, typer.Option("--header", metavar="yes|no", help="Whether a table's first row names its columns.")
    ],
    "labels": Annotated[
        Word,
        typer.Option(
            "--labels", metavar="FILE", help="A table of labels, a row for each file of DATA, by its name or number."
        ),
    ],
    "decimal": Annotated[
        Word,
        typer.Option("--decimal", metavar="point|comma", help="The sign before decimals, where numbers don't say."),
    ],
    "dates": Annotated[
        Word,
        typer.Option("--dates", metavar="ORDER", help="day-first or month-first, where dates don't say."),
    ],
    "sheet": Annotated[
        Word, typer.Option("--sheet", metavar="NAME", help="Of a workbook; by default the one with the most rows.")
    ],
}
"""Each is a choice of ``FormatChoices``."""
CACHE = Annotated[
    Path | None,
    typer.Option(
        "--cache", metavar="DIR", help="Where data too large for memory lie meanwhile; by default, the user's cache."
    ),
]
YES_NO = {"yes": True, "no": False}


def takes_format(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes ``**format``, the choices of ``FormatChoices``, as one that takes a flag for each, and one
    for the folder of data too large for memory."""
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    flags = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in {**OPTIONS, "cache": CACHE}.items()
    ]

    @wraps(command)
    def called(*, cache: Path | None, **given: Any) -> None:
        if cache is not None:
            os.environ[WHERE] = str(cache)
        if (header := given["header"]) is not None:
            if header not in YES_NO:
                raise typer.BadParameter(f"--header takes yes or no; got {header!r}")
            given["header"] = YES_NO[header]
        command(**given)

    called.__signature__ = signature.replace(parameters=[*own, *flags])  # type: ignore[attr-defined]
    return called
