"""All commands in one place."""

from __future__ import annotations

from typing import Annotated

import typer

from elman.cli.compress import compress
from elman.cli.demo import demo
from elman.cli.detect import detect
from elman.cli.doctor import doctor
from elman.cli.evaluate import evaluate
from elman.cli.export import export
from elman.cli.generate import generate
from elman.cli.inspect import inspect
from elman.cli.lab import lab
from elman.cli.predict import predict
from elman.cli.sample import sample
from elman.cli.settings import settings
from elman.cli.suggest import suggest
from elman.cli.train import train

# Plain help: rich takes longer to load than `elman --help` may take.
app = typer.Typer(
    name="elman",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
USING = train, evaluate, predict, generate, suggest, detect, compress, export
for command in (*USING, sample, demo, inspect, lab, settings, doctor):
    app.command()(command)


def print_version(wanted: bool) -> None:
    if wanted:
        import elman

        print(f"elman {elman.__version__}")
        raise typer.Exit


@app.callback()
def elman(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error happened; may stand anywhere.")] = False,
) -> None:
    """Train, measure and use recurrent neural networks, from a file of sequences.

    \b
    Begin with:
      elman demo                          see all five architectures learn, in a minute or two
      elman sample reviews --to my.csv    write a small data set to play with
      elman train my.csv                  learn from it, and see how good it is
      elman predict elman-model "the plot was not bad"
    """
