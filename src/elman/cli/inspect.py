"""`elman inspect`: what goes on inside a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from elman.cli.formats import takes_format


@takes_format
def inspect(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder that train wrote.")],
    data: Annotated[
        list[Path] | None, typer.Argument(metavar="[DATA]...", help="Files with the columns it was trained on.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", help="A text to look at instead of data; may be repeated.")
    ] = None,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The page to write.")] = Path("inside.html"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, and write no page.")] = False,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="DIR", help="Write the pictures too, as PNG files.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed looks at other rows.")] = 0,
    **format: Any,
) -> None:
    """Look inside a model: gradients through time, memory, gates, what decided its answers.

    Writes one HTML page that needs no other file, with pictures and how to read them. The data may lack the output
    column; without any data, only the model itself is shown. Pictures need matplotlib:
    pip install "elman[plot]"

    \b
    Examples:
      elman inspect elman-model reviews.csv
      elman inspect elman-model --text "the plot was not bad."
      elman inspect elman-model reviews.csv --json
      elman inspect elman-model reviews.csv --png pictures
    """
    from elman.cli.console import console, print_json, say
    from elman.cli.predict import as_typed, written_whole
    from elman.errors import TaskError
    from elman.extras import needed
    from elman.model import load

    if data and text:
        raise TaskError("both data and --text were passed; leave one of them out")
    if not as_json or png:
        needed("matplotlib")  # before anything is measured
    to_person = console(stderr=True)
    loaded = load(model)
    found = loaded.inspect(
        loaded.columns.read(data, **format) if data else None,
        texts=as_typed(text or []),
        seed=seed,
        watch=lambda title: say(to_person, f"  {title}"),
    )
    if png:
        png.mkdir(parents=True, exist_ok=True)
        for name, picture in found.pngs().items():
            (png / f"{name}.png").write_bytes(picture)
        say(to_person, f"wrote {len(found.pngs())} pictures to {png}")
    if as_json:
        print_json(found.to_json())
        return
    with written_whole(to) as out:
        out.write(found.to_html())
    out_loud = console()
    for section in found.sections:
        if section.words:
            say(out_loud, f"{section.title}: {section.words[0]}")
    say(out_loud, f"All of it, with pictures: {to}")
