"""`elman sample`: a small data set to play with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def sample(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which one; leave it out for a list.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="PATH", help="The file to write it to, or the folder.")
    ] = None,
) -> None:
    """Write a small data set to play with.

    \b
    Examples:
      elman sample
      elman sample reviews --to reviews.csv
      elman sample clips --to clips
    """
    from elman import samples
    from elman.tasks import find

    if name is None:
        for each in samples.names():
            about = samples.sample(each)
            print(f"{each:<10} {about.suffix:<8} {about.about}")
    elif to is None:
        sys.stdout.write(samples.text(name))
    else:
        samples.write(name, to)
        task = samples.sample(name).task
        named = f" --task {task}" if find(task).watches else ""
        print(f"wrote {len(samples.load(name)):,} rows to {to}; try: elman train {to}{named}")
