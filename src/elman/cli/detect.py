"""`elman detect`: what would be learned from these files, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman.cli.settings import complete, key_values
from elman.cli.wanted import read_table, takes_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from elman.data.audit import Finding
    from elman.data.detection import Detection

SHOWN_COLUMNS = 8


@takes_data
def detect(
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="Files of one format, or a folder.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="What train would hold out with this seed.")] = 0,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting that train would be given, such as horizon=12; may be repeated.",
            autocompletion=complete,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    **options: Any,
) -> None:
    """Say what would be learned from data, and why.

    Prints the task and the architecture that fit, the evidence for them, the parts that are held out, and what is odd
    about the data: all as train with the same flags has it.

    \b
    Examples:
      elman detect messages.csv
      elman detect train.csv --test test.csv      (also finds rows that stand in both)
      elman detect train.en train.de --json
    """
    from elman.cli.console import console, print_json, say
    from elman.cli.progress import StageView
    from elman.dataset import DataSet
    from elman.extras import needed
    from elman.settings import parsed

    changes = parsed({"seed": seed, **key_values(settings or [])})
    with StageView(console(stderr=True)):
        table = read_table(data, options)
        planned = DataSet.read(table, seed=changes["seed"], horizon=changes.get("horizon", 0), **options)
    if settings:  # whether train takes them, its networks say
        needed("elman.trainer").settings_for(planned, changes)
    found, notes, findings = planned.detection, planned.notes, planned.findings
    if as_json:
        said = {
            "input": found.given,
            "recipes": planned.task.candidates,
            "audit": [vars(finding) for finding in findings],
            "notes": notes,
        }
        print_json({**found.to_json(), **said})
        return
    to = console()
    show_detection(to, found, f"{table.source}: {len(table):,} rows")
    if planned.task.candidates:
        say(to, f"  recipes       {', '.join(planned.task.candidates)}")
    show_findings(to, notes, findings)


def show_detection(to: Console, found: Detection, source: str) -> None:
    """Architecture, task, columns, the evidence for them and the runner-up."""
    from elman.cli.console import say

    named = found.given if len(found.inputs) <= SHOWN_COLUMNS else f"{len(found.inputs)} columns"
    columns = f"{named} -> {found.answer}"
    say(to, source, "bold")
    say(to, f"  task          {found.task} ({found.architecture})")
    say(to, f"  columns       {columns}")
    for i, sentence in enumerate(found.evidence):
        say(to, f"  {'' if i else 'evidence':<12}  {sentence}")
    if found.runner_up:
        say(to, f"  runner-up     {found.runner_up['task']} ({found.runner_up['architecture']})")
        say(to, f"                {found.runner_up['why']}")


def show_findings(to: Console, notes: Iterable[str], findings: Iterable[Finding]) -> None:
    """What reading and the audit noticed; warnings stand out."""
    from elman.cli.console import say

    for note in notes:
        say(to, f"  note          {note}")
    for finding in findings:
        warns = finding.level == "warning"
        say(to, f"  {'warning' if warns else 'note':<12}  {finding.message}", "yellow" if warns else None)
