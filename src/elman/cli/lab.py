"""`elman lab`: what textbooks say about recurrent networks, put to the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from elman.lab import Experiment, Findings

ALL = "all"


def lab(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which one, or all; leave it out for a list.")
    ] = None,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder of the figures.")] = Path("elman-lab"),
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, help="How many runs; each experiment has a default.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object each; progress goes to standard error.")
    ] = False,
) -> None:
    """Put a textbook's claim about recurrent networks to the test.

    Prints the claim, the set-up, the numbers over seeds and the verdict that follows from them, and writes a figure and
    the numbers.
    With "all" it also writes one page, index.html, that needs no other file. Figures need matplotlib:
    pip install "elman[plot]"

    \b
    Examples:
      elman lab
      elman lab vanishing
      elman lab gates --seeds 3 --to figures
      elman lab all --to lab
    """
    from elman.cli.console import console, print_json
    from elman.cli.predict import written_whole
    from elman.extras import needed
    from elman.lab import EXPERIMENTS, figures, find
    from elman.lab.page import page

    if name is None:
        show_list(console(), [find(one) for one in EXPERIMENTS])
        return
    chosen = [find(one) for one in (EXPERIMENTS if name == ALL else [name])]
    needed("matplotlib")  # before anything is measured
    to.mkdir(parents=True, exist_ok=True)
    to_person = console(stderr=as_json)
    found, drawn = [], []
    for experiment in chosen:
        show_claim(to_person, experiment, seeds or experiment.seeds)
        found.append(experiment.run(seeds))
        drawn.append(figures.svg(found[-1]))
        with written_whole(to / f"{experiment.name}.svg") as out:
            out.write(drawn[-1])
        with written_whole(to / f"{experiment.name}.json") as out:
            json.dump(found[-1].to_json(), out, indent=1)
            out.write("\n")
        if as_json:
            print_json(found[-1].to_json())
        else:
            show_findings(to_person, found[-1], to / f"{experiment.name}.svg")
    if name == ALL:
        with written_whole(to / "index.html") as out:
            out.write(page(found, drawn))
        to_person.print(f"All of them on one page: {to / 'index.html'}")


def show_list(to: Console, experiments: list[Experiment]) -> None:
    """Names and claims, and how to go on."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for experiment in experiments:
        table.add_row(Text(experiment.name, style="bold"), Text(experiment.claim))
    to.print(table)
    to.print(f"\nTry one: elman lab {experiments[0].name}\nAll of them, on one page: elman lab {ALL} --to lab")


def show_claim(to: Console, experiment: Experiment, seeds: int) -> None:
    """What is put to the test, and how."""
    from elman.cli.console import say
    from elman.lab.experiment import counted

    say(to, experiment.name, "bold")
    say(to, f"Claim: {experiment.claim}")
    say(to, f"Set-up: {experiment.setup}")
    say(to, f"Measuring with {counted(seeds)} ...")


def show_findings(to: Console, findings: Findings, figure: Path) -> None:
    """Numbers, the parts of the claim, and the verdict."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from elman.cli.console import say
    from elman.lab.experiment import confidence, counted, format_value

    seeds = len(findings.trials)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, heading in enumerate(("number", "unit", "median", "lowest to highest")):
        table.add_column(heading, justify="right" if i >= 2 else "left")
    for name, number in findings.numbers.items():
        spread = f"{format_value(number.low)} to {format_value(number.high)}"
        table.add_row(*map(Text, (name, number.unit, format_value(number.value), spread)))
    to.print(table)
    for part, met in findings.parts.items():
        say(to, f"  {met} of {counted(seeds)}: {part}")
    say(to, f"Verdict: {findings.verdict}", "bold")
    say(
        to,
        f"Lowest to highest of {counted(seeds)}: the median of all seeds lies between them with "
        f"{confidence(seeds):.0%} confidence. Measured in {findings.seconds:.0f} s.",
    )
    say(to, f"Figure: {figure}. {findings.experiment.caption}")
    to.print()
