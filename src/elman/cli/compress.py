"""`elman compress`: a smaller copy of a model, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from elman.cli.formats import takes_format


@takes_format
def compress(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder that train wrote.")],
    data: Annotated[list[Path], typer.Option("--data", help="Files with the columns it was trained on.")],
    to: Annotated[Path, typer.Option("--to", help="The folder of the smaller model.")],
    weights: Annotated[str, typer.Option("--weights", help="int8 or bfloat16.")] = "int8",
    accept: Annotated[bool, typer.Option("--accept", help="Also where the score falls beyond its interval.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    **format: Any,
) -> None:
    """Keep a model's weights in fewer bits, and measure what that costs.

    Size, time and score stand side by side, each score with its 95 % interval. Where the score falls beyond that
    interval, nothing is written unless --accept says so.

    \b
    Example:
      elman compress elman-model --data test.csv --weights int8 --to small-model
    """
    from elman import compress as smaller
    from elman.cli.console import console, print_json
    from elman.model import load

    loaded = load(model)
    found = smaller.compress(loaded, loaded.columns.read(data, **format), weights)
    smaller.save(found, to, accept=accept)
    if as_json:
        print_json({name: {"before": before, "after": after} for name, before, after in smaller.lines(found)})
        return
    from rich.table import Table

    table = Table("", "before", f"{weights}")
    for line in smaller.lines(found):
        table.add_row(*line)
    console().print(table)
    print(f"The smaller model is in {to}.")
