"""`elman export`: a model for programs that have no Elman."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman.cli.formats import takes_format

if TYPE_CHECKING:
    from elman.export.c import Exported, Options

ONLY_C = "of the C program"
FORMS = "onnx", "c"


@takes_format
def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder that train wrote.")],
    place: Annotated[
        Path | None,
        typer.Argument(metavar="[TO]", help="The folder to write to; ending with .onnx or .c, it says --as."),
    ] = None,
    form: Annotated[str | None, typer.Option("--as", metavar="FORM", help="onnx or c.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The same as TO.")] = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Files with its input column, to compare answers on.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help=f"Name {ONLY_C}, and of its files. [model]")] = None,
    weights: Annotated[
        str | None, typer.Option("--weights", help=f"Weights {ONLY_C}: float32 or int8. [float32]")
    ] = None,
    activations: Annotated[
        str | None,
        typer.Option(
            "--activations", help=f"What flows through recurrent layers {ONLY_C}: float32 or int16. [float32]"
        ),
    ] = None,
    most_steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            min=1,
            help=f"Steps {ONLY_C} at most, where it needs a whole sequence. [128, or as many as were learned from]",
        ),
    ] = None,
    libm: Annotated[bool, typer.Option("--libm", help=f"Functions {ONLY_C} from libm, not Elman's own.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Also where int8 takes the score on --data beyond its interval.")
    ] = False,
    **format: Any,
) -> None:
    """Write a model as ONNX, or as a C program, for programs that have no Elman.

    Before anything is written, the network and what was made of it are compared: on rows of --data, or on made inputs.
    No rows of data are written.

    \b
    Examples:
      elman export elman-model model.onnx
      elman export elman-model --as c --name gesture --to gesture
      elman export elman-model --as c --weights int8 --data test.csv --to small
      elman export elman-model --as c --weights int8 --activations int16 --data test.csv --to smaller
    """
    from elman import exporting
    from elman.model import load
    from elman.scoring.report import with_interval

    given: dict[str, Any] = {
        "--name": name,
        "--weights": weights,
        "--activations": activations,
        "--steps": most_steps,
        "--libm": libm,
        "--accept": accept,
    }
    form, folder = form_and_folder(form, place, to)
    if form != "c" and any(given.values()):
        used = next(flag for flag, value in given.items() if value)
        raise typer.BadParameter(f"{used} is for --as c; leave it out")
    for flag, bits, few in (("--weights", weights, "int8"), ("--activations", activations, "int16")):
        if bits not in (None, "float32", few):
            raise typer.BadParameter(f"{flag} {bits} isn't there; pass float32 or {few}")
    if activations == "int16" and not (weights == "int8" and data):
        raise typer.BadParameter(
            "--activations int16 needs --weights int8, and --data FILE to find out how large numbers become"
        )
    loaded = load(model)
    table = loaded.columns.read(data, **format) if data else None
    if form == "c":
        options: Options = {"name": name or "model", "int8": weights == "int8", "libm": libm}
        if most_steps:
            options["most_steps"] = most_steps
        done = exporting.to_c(loaded, folder, table, accept=accept, int16_activations=activations == "int16", **options)
        print_program(done.exported, "your rows and made inputs" if data else "made inputs")
        if done.before and done.after:
            for name, score in done.before.metrics.items():
                rounded = with_interval(done.after.metrics[name])
                print(f"{name}: {with_interval(score)} with float32, {rounded} with int8")
    else:
        proof = exporting.to_onnx(loaded, folder, table)
        print(f"Compared with the network on {proof.compared}: the largest difference is {proof.largest:.1e}.")
    print(f"Written to {folder}: {', '.join(sorted(file.name for file in folder.iterdir()))}")


def form_and_folder(form: str | None, place: Path | None, to: Path | None) -> tuple[str, Path]:
    """What is to be written, and where to. Raises BadParameter where either isn't said, or is said twice."""
    if form not in (None, *FORMS):
        raise typer.BadParameter(f"--as {form} isn't there; pass --as onnx or --as c")
    if place and to:
        raise typer.BadParameter(f"{place} and --to {to} both say where to write; pass one of them")
    if (folder := place or to) is None:
        raise typer.BadParameter(f"pass the folder to write to: elman export MODEL --as {form or 'onnx'} --to DIR")
    own = folder.suffix.removeprefix(".")
    if own in FORMS and form not in (None, own):
        raise typer.BadParameter(
            f"--as {form} and the name {folder} contradict each other; pass another name, or --as {own}"
        )
    if own not in FORMS and form is None:
        raise typer.BadParameter(f"{folder} doesn't say what to write; pass --as onnx or --as c")
    return form or own, folder


def print_program(done: Exported, compared: str) -> None:
    """The proof of a C program, how it is called, and what it needs."""
    if done.difference is None:
        test = f"{done.sources.name}_test.c"
        print(f"There is no C compiler here, so that nothing was compared: compile and run {test}, which does.")
    else:
        print(f"Compared with the network on {compared}: the largest difference is {done.difference:.1e}.")
    if done.rounding:
        print(f"Rounding to int8 moves the answers to made inputs by {done.rounding:.1e} at most.")
    reads, name = done.sources, done.sources.name
    if reads.streams:
        print(f"It reads step by step ({name}_step), or a sequence at once ({name}_run).")
    elif reads.most_steps:
        print(
            f"It needs all of a sequence, of at most {reads.most_steps:,} steps ({name}_run); --steps N allows others."
        )
    print(f"Flash: {reads.constants:,} bytes of constants, and its code.")
    print(f"RAM: {reads.state:,} bytes that it keeps, and at most {reads.stack:,} bytes of numbers on the stack.")
