"""`elman train`: from files to a trained, measured, saved model."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman.cli import INTERRUPTED
from elman.cli.settings import complete, key_values
from elman.cli.wanted import read_table, takes_data

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from elman.kinds import Kind
    from elman.model import Model
    from elman.trainer import Plan
    from elman.training.loop import Event


def cells(begun: str) -> list[str]:
    """For shells: the cells whose names begin so."""
    from elman.cells import names

    return [name for name in names() if name.startswith(begun)]


@takes_data
def train(
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="Files of one format, or a folder.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder of the model.")] = Path("elman-model"),
    minutes: Annotated[float, typer.Option("--minutes", min=0.0, help="Train for so many minutes at most.")] = 0.0,
    epochs: Annotated[int, typer.Option("--epochs", min=0, help="Pass over the data so many times at most.")] = 0,
    cell: Annotated[
        str | None,
        typer.Option("--cell", metavar="NAME", help="The recurrent cell, such as lstm or gru.", autocompletion=cells),
    ] = None,
    hidden: Annotated[int | None, typer.Option("--hidden", min=1, help="Units per layer and direction.")] = None,
    layers: Annotated[int | None, typer.Option("--layers", min=1, help="Recurrent layers.")] = None,
    recipe: Annotated[
        str | None,
        typer.Option("--recipe", metavar="NAME", help="The candidate that answers, instead of the one that does best."),
    ] = None,
    causal: Annotated[
        bool, typer.Option("--causal", help="Leave out what needs whole sequences, so that they can come step by step.")
    ] = False,
    false_alarms: Annotated[
        str | None,
        typer.Option("--false-alarms", metavar="RATE", help="Of anomalies, on normal data: 1/10000steps, 1/day."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option("--vectors", metavar="FILE", help="Word vectors learned elsewhere: GloVe, word2vec, fastText."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--from", metavar="MODEL", help="Go on from this model, with new words and labels.")
    ] = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(
            "--unlabelled", metavar="FILE", help="Texts without labels, to learn to read from; may be repeated."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same model.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or mps.")] = "cpu",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Any other setting, as `elman settings` lists them; may be repeated.",
            autocompletion=complete,
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")] = False,
    auto_remedy: Annotated[
        bool, typer.Option("--auto-remedy", help="Do what a warning suggests and begin again, within the budget.")
    ] = False,
    log: Annotated[
        str | None, typer.Option("--log", metavar="tensorboard", help="Write curves to DIR.tensorboard.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; progress goes to standard error.")
    ] = False,
    **options: Any,
) -> None:
    """Learn from data, measure the model, save it.

    Elman finds what to learn from the data, and says so; flags override it. The model is measured on rows
    that were held out. Ctrl-C keeps the best model so far.

    \b
    Examples:
      elman train messages.csv
      elman train train.csv --test test.csv --minutes 1 --to spam-model
      elman train tagged.conll --cell gru --hidden 200 --layers 2
      elman train train.en train.de --valid val.en --valid val.de --minutes 30
      elman train book.txt --task next-word
      elman train messages.csv --set optimizer=sgd --set learning_rate=0.1
      elman train messages.csv --log tensorboard --auto-remedy
      elman train messages.csv --from language-model
      elman train few-labels.csv --unlabelled texts.txt
    """
    from contextlib import ExitStack

    from elman.cli.console import console, print_json
    from elman.cli.detect import show_detection, show_findings
    from elman.cli.progress import StageView, TrainingView
    from elman.cli.tensorboard import TensorBoardLog
    from elman.stages import stage

    if log not in (None, "tensorboard"):
        raise typer.BadParameter(f"--log takes tensorboard; got {log!r}")
    to_person = console(stderr=as_json)
    changes: dict[str, Any] = {
        "cell": cell,
        "hidden_size": hidden,
        "num_layers": layers,
        "recipe": recipe,
        "causal": causal or None,
        "false_alarms": false_alarms,
        "vectors": vectors and str(vectors),
        "seed": seed,
        "minutes": minutes,
        "epochs": epochs,
        **key_values(settings or []),
    }
    with StageView(to_person):
        table = read_table(data, options)
        with stage("loading PyTorch"):
            from elman.trainer import Trainer, plan
        planned = plan(
            table,
            changes=changes,
            device=device,
            to=to,
            auto_remedy=auto_remedy,
            start=start,
            unlabelled=unlabelled or None,
            **options,
        )
    show_detection(to_person, planned.data.detection, f"{table.source}: {len(table):,} rows")
    show_findings(to_person, planned.data.notes, planned.data.findings)
    show_settings(to_person, planned)
    with ExitStack() as open_:
        view = open_.enter_context(TrainingView(to_person, planned.settings.epochs, planned.task.loss_unit))
        watchers: list[Callable[[Event], None]] = [view]
        if log:
            watchers.append(open_.enter_context(TensorBoardLog(to.with_name(to.name + ".tensorboard"))))

        def tell(event: Event) -> None:
            for watcher in watchers:
                watcher(event)

        model = Trainer(planned, tell).run(resume=resume)
    assert model.report is not None
    if as_json:
        print_json({**model.report.to_json(), "model": str(to), "seconds": round(model.about["seconds"], 1)})
    else:
        to_person.print()
        model.report.render(to_person)
    show_next(to_person, model, to, view.interrupted)
    if view.interrupted:
        raise typer.Exit(INTERRUPTED)


def show_settings(to: Console, plan: Plan) -> None:
    """What will be trained, and for how long."""
    from elman.card import describe_network
    from elman.cli.console import say
    from elman.recipes import left_out
    from elman.trainer import epochs_said

    s = plan.settings
    limits = [epochs_said(s.epochs)] * bool(s.epochs) + [f"{s.minutes:g} min"] * bool(s.minutes)
    if plan.task.candidates:
        say(to, f"  recipe        {s.recipe or 'the best in validation of ' + ', '.join(plan.task.candidates)}")
    if not plan.task.trains(s):
        return
    beside = f", beside a linear model on {plan.task.beside}" if plan.task.weighs(s) else ""
    say(to, f"  network       {describe_network(plan.task, s)}{beside}")
    if s.causal:
        say(to, f"  causal        left out, as it needs whole sequences: {left_out(plan.task.uses(s))}")
    say(
        to,
        f"  training      {s.optimizer}, learning rate {s.learning_rate:g} per step, "
        f"{' or '.join(limits) or 'no limit'} at most, on {plan.device}, seed {s.seed}",
    )


def show_next(to: Console, model: Model, folder: Path, interrupted: bool) -> None:
    """Where the model is, and the commands to try on it."""
    from elman.cli.console import say

    weights = sum(parameter.numel() for parameter in model.network.parameters())
    weights = f"{weights:,} weights, " if model.task.trains(model.parts.settings) else ""
    size = sum(file.stat().st_size for file in folder.iterdir())
    room = f"{size / 1e6:.1f} MB" if size > 1e5 else f"{size / 1e3:.0f} kB"
    to.print()
    if interrupted:
        say(to, "Training was interrupted: this is the best model so far.", "yellow")
        say(to, "Run the same command with --resume to continue.", "yellow")
    say(to, f"Saved in {folder} ({weights}{room}). Try:", "bold")
    for command in commands(model, folder):
        say(to, f"  {command}")


LONGEST_EXAMPLE = 1_000
"""Characters of an input that people may still want to see typed."""


def commands(model: Model, folder: Path) -> list[str]:
    """Commands that suit this model, with an input of its own where one is at hand."""
    import shlex

    from elman.answers.abilities import Forecasts, Generates, Suggests

    name, task = shlex.quote(str(folder)), model.task
    if isinstance(task, Forecasts):
        return [f"elman predict {name} --file FILE --to forecast.csv", f"elman evaluate {name} FILE"]
    if isinstance(task, Suggests):
        begins = shlex.quote(task.begins())
        return [f"elman generate {name} --start {begins}", f"elman suggest {name} {begins}"]
    others = [f"elman predict {name} --file FILE --to answers.csv", f"elman evaluate {name} FILE"]
    kind = model.parts.input
    cell = model.report.worst[0].input if model.report and model.report.worst else kind.example
    if not kind.short or not can_be_typed(cell, kind, model.detection.inputs):
        return others
    example = shlex.quote(as_argument(cell))
    if len(example) > LONGEST_EXAMPLE:
        return others
    first = f"elman predict {name} {example}"
    if isinstance(task, Generates):
        return [first, f"elman generate {name} --input {example}"]
    return [first, *others]


def can_be_typed(cell: Any, kind: Kind, columns: Sequence[str]) -> bool:
    """Whether ``as_argument`` can be typed back: texts are typed as they are; lists of lists can be where their kind
    takes what was typed apart into lists again."""
    from elman.errors import TaskError

    if not isinstance(cell, list) or not any(isinstance(step, list) for step in cell):
        return True
    try:
        return isinstance(kind.typed(as_argument(cell), columns), list)
    except TaskError:
        return False


def as_argument(cell: Any) -> str:
    """An input cell as one would type it: a row as in a CSV file, where a value may hold commas itself; of a text or
    list the beginning, the values of each step apart by commas."""
    if isinstance(cell, tuple):
        line = io.StringIO()
        values = (";".join(map(str, value)) if isinstance(value, list) else value for value in cell)
        csv.writer(line, lineterminator="").writerow(values)
        return line.getvalue()
    steps = cell if isinstance(cell, list) else [cell]
    words = [",".join(map(str, step)) if isinstance(step, list) else str(step) for step in steps]
    return " ".join(" ".join(words).split()[:20])
