"""`elman export`: a model for programs that have no Elman."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder that train wrote.")],
    form: Annotated[str, typer.Option("--as", metavar="FORM", help="onnx.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to write to.")],
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Files with its input column, to compare answers on.")
    ] = None,
) -> None:
    """Write a model as ONNX, for programs that have no Elman.

    Before anything is written, the network and what was made of it are compared: on rows of --data, or on made inputs.
    No rows of data are written.

    \b
    Example:
      elman export elman-model --as onnx --to onnx-model
    """
    from elman import exporting
    from elman.data.readers import read
    from elman.model import load

    if form != "onnx":
        raise typer.BadParameter(f"--as {form} isn't there; pass --as onnx")
    proof = exporting.to_onnx(load(model), to, read(data) if data else None)
    print(f"Compared with the network on {proof.compared}: the largest difference is {proof.largest:.1e}.")
    print(f"Written to {to}: {', '.join(sorted(file.name for file in to.iterdir()))}")
