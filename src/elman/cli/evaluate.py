"""`elman evaluate`: how good a model is on other data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from elman.cli.formats import takes_format


@takes_format
def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder that train wrote.")],
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="Files with the columns it was trained on.")],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out what can't be read, and list it; else it is an error.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    **format: Any,
) -> None:
    """Measure a model on other data.

    The data must have the output column. Baselines are measured on the same rows. Every metric has a
    95 % bootstrap interval, and a paired test says whether the model beats the baselines.

    \b
    Examples:
      elman evaluate elman-model test.csv
      elman evaluate elman-model test.en test.de --json
    """
    from elman.cli.console import console, print_json
    from elman.cli.progress import StageView
    from elman.model import load

    with StageView(console(stderr=True)):
        report = load(model).evaluate(data, skip_bad=skip_bad, **format)
    if as_json:
        print_json(report.to_json())
    else:
        report.render(console())
