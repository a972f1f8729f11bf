"""`elman suggest`: the likeliest next words, as a phone keyboard shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def suggest(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a language model.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text so far; a begun word is completed.")],
    count: Annotated[int, typer.Option("--count", min=1, max=100, help="How many words.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the likeliest next words.

    \b
    Examples:
      elman suggest elman-model "the old king went "
      elman suggest elman-model "the old king we"
    """
    from elman.cli.console import print_json
    from elman.model import load

    words = load(model).suggest(text, count=count)
    if as_json:
        print_json({"suggestions": [vars(word) for word in words]})
    elif not words:
        print("no word of the training data begins like this")
    else:
        for word in words:
            print(f"{word.word:<20} {word.probability:6.1%}")
