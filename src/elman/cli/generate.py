"""`elman generate`: let a model write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def generate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a model that writes.")],
    start: Annotated[str, typer.Option("--start", metavar="TEXT", help="What the text begins with.")] = "",
    input: Annotated[
        str | None, typer.Option("--input", metavar="VALUE", help="For one-to-many models: the value to write for.")
    ] = None,
    length: Annotated[int, typer.Option("--length", min=1, help="Words (or characters) to write at most.")] = 200,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.0, help="Below 1: safer. Above 1: bolder. 0: always the likeliest.")
    ] = 1.0,
    top_k: Annotated[int, typer.Option("--top-k", min=0, help="Draw from the K likeliest only; 0: from all.")] = 0,
    top_p: Annotated[
        float, typer.Option("--top-p", min=0.0, max=1.0, help="Draw from the likeliest that make up P together.")
    ] = 1.0,
    seed: Annotated[int | None, typer.Option("--seed", help="The same seed writes the same text.")] = None,
) -> None:
    """Let a model write a text.

    One element after another is drawn, each given all before it.

    \b
    Examples:
      elman generate elman-model --start "Once upon a time" --length 100 --temperature 0.8
      elman generate names-model --input forest --seed 7
    """
    from elman.model import load

    written = load(model).generate(
        start, input=input, length=length, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed
    )
    print(written)
