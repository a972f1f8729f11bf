"""`elman predict`: a model's predictions for texts on the command line, a file, or standard input."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from elman.cli.formats import takes_format

if TYPE_CHECKING:
    from elman.answers import Forecasts, Prediction
    from elman.answers.abilities import FindsAnomalies
    from elman.data.format import ReadingOptions
    from elman.data.table import Table
    from elman.model import Model

CHUNK = 256  # lines of standard input that are read by the model together

Row = tuple[Any, "Prediction"]
Writer = Callable[[TextIO, Iterable[Row]], None]


@takes_format
def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder that train wrote.")],
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT...]", help="Inputs: texts, or paths of pictures or recordings.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="F", help="A file with the input column, or a folder of files.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="OUT", help="Write to OUT.jsonl, OUT.csv or, for pictures, OUT.png.")
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option("--confidence", metavar="P", help="Name the labels of which one is right so often, such as 0.95."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out what can't be read, and list it; else it is an error.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per input.")] = False,
    **format: Any,
) -> None:
    """Predict the output of each input, with its probability.

    Inputs are texts, the rows of a file, or lines of standard input; predictions come in the same order. Words to tag
    are separated by spaces. A file may be larger than memory: some rows are read and answered at a time; Ctrl-C leaves
    in OUT.unfinished what was written. For pictures, OUT.png is a contact sheet: each picture with its prediction. A
    forecast, and scores of steps, are drawn in a picture beside OUT.

    \b
    Examples:
      elman predict elman-model "You won a prize!" "See you at nine"
      elman predict elman-model --file messages.csv --to answers.csv
      cat lines.txt | elman predict elman-model --json -
      elman predict flower-model "4.1,1.2,5.5,2.0"
      elman predict shop-model '{"note": "it is lovely", "price": 12.5}'   (columns that aren't named are missing)
      elman predict picture-model --file pictures/ --to sheet.png
      elman predict elman-model --confidence 0.95 "You won a prize!"   (labels of which one is right so often)
    """
    from elman.answers.abilities import FindsAnomalies, Forecasts
    from elman.model import load

    if texts == ["-"] and not file:  # as other programs name standard input
        texts = None
    elif bool(texts) == bool(file) and (file or sys.stdin.isatty()):
        raise typer.BadParameter("pass either TEXT or --file FILE (or pipe lines into the command)")
    if to and file and to.resolve() == file.resolve():
        raise typer.BadParameter(f"--to {to} is the file that is read; name another one")
    loaded = load(model)
    if confidence is not None and isinstance(loaded.task, Forecasts | FindsAnomalies):
        raise typer.BadParameter(
            f"--confidence is for classification; a {loaded.task.name} model gives no sets of labels"
        )
    if isinstance(loaded.task, Forecasts):
        table = loaded.columns.read([file], skip_bad=skip_bad, **format) if file else None
        forecast(loaded, loaded.task, table, to, as_json, skip_bad=skip_bad)
        return
    if isinstance(loaded.task, FindsAnomalies) and file:
        anomalies(loaded, loaded.task, file, to, as_json, skip_bad=skip_bad, **format)
        return
    write = writer_for(to, loaded) if to else write_jsonl if as_json or file else partial(write_lines, loaded)
    if file:
        tables = loaded.columns.stream(file, skip_bad=skip_bad, **format)
        chunks = shown_answers(loaded, loaded.predict_tables(tables, skip_bad=skip_bad, confidence=confidence))
    elif texts:
        chunks = answer_texts(loaded, as_typed(texts), confidence)
    else:
        chunks = answer_lines(loaded, loaded.columns.options(skip_bad, **format), confidence)
    rows = (row for chunk in chunks for row in chunk)
    if to is None:
        write(sys.stdout, rows)
    else:
        with written_as_they_come(to) as out:
            write(out, rows)


def forecast(
    model: Model, able: Forecasts, table: Table | None, to: Path | None, as_json: bool, *, skip_bad: bool
) -> None:
    """What comes after the end of the series in a file; with ``to``, also as a picture beside it."""
    from elman.cli import forecast as forecasts
    from elman.errors import TaskError

    if table is None:
        raise TaskError("a forecast needs the series up to now: pass it by --file FILE")
    table = model.columns.table(table)
    if skip_bad:
        table = model.columns.without(table, able.too_short(model.parts, model.columns.cells(table)[0]))
    say_skipped(table)
    series, _ = model.columns.cells(table)
    by, found = model.detection.sequences, model.columns.as_written(able.forecasts(model.parts, series))
    names = table.column(by) if by else [*range(1, len(series) + 1)]
    if to is None:
        (forecasts.write_jsonl if as_json else forecasts.write_csv)(sys.stdout, names, found)
        return
    writer = forecasts.write_jsonl if as_json or is_jsonl(to) else forecasts.write_csv
    with_picture(
        model, to, lambda out: writer(out, names, found), lambda path: forecasts.plot(path, names, series, found)
    )


def anomalies(model: Model, able: FindsAnomalies, file: Path, to: Path | None, as_json: bool, **reading: Any) -> None:
    """The spans that stand out in the sequences of a file; with ``to``, a score for each step, and a picture beside of
    the first."""
    from elman.cli import anomalies as found

    tables = model.columns.stream(file, **reading)
    seen = (
        found.Seen(name, cell, able.labels(model.parts), answer)
        for table, answers in model.predict_tables(tables, skip_bad=reading.get("skip_bad", False))
        for name, cell, answer in zip(
            shown_inputs(model, table), model.columns.cells(table)[0], able.anomalies(answers), strict=True
        )
    )
    if to is None:
        (found.write_jsonl if as_json else found.write_lines)(sys.stdout, seen)
        return
    writer, first = found.write_jsonl if as_json or is_jsonl(to) else found.write_csv, list[found.Seen]()
    with_picture(model, to, lambda out: writer(out, found.keeping(seen, first)), lambda path: found.plot(path, first))


def is_jsonl(path: Path) -> bool:
    return path.suffix.lower() == ".jsonl"


def with_picture(model: Model, to: Path, write: Callable[[TextIO], None], plot: Callable[[Path], None]) -> None:
    """Write a file, and beside it a picture of the same."""
    from importlib.util import find_spec

    from elman.cli.console import console, say
    from elman.extras import install

    writer_for(to, model)  # a name that ends otherwise is refused
    with written_whole(to) as out:
        write(out)
    picture = to.with_suffix(".png")
    if find_spec("matplotlib"):
        plot(picture)
        say(console(stderr=True), f"wrote {to}, and {picture} to look at")
    else:
        say(console(stderr=True), f"wrote {to}; for a picture of it: {install('plot')}")


# -- inputs -----------------------------------------------------------------------------------


def as_typed(texts: list[str]) -> list[str]:
    """The texts. Raises TaskError for what is a slip on a command line: one without a word, or the name of a file that
    holds data."""
    from elman.errors import TaskError

    for number, text in enumerate(texts, start=1):
        if not text.strip():
            raise TaskError(f"text {number} of {len(texts)} has no words: there is nothing to read. Leave it out.")
        if os.path.isfile(text) and holds_data(text):
            raise TaskError(
                f"{text} is a file, and no text: pass it as such (elman predict MODEL --file {text}, "
                f"elman inspect MODEL {text}). Where it is the text itself, pipe it to elman predict."
            )
    return texts


def holds_data(file: str) -> bool:
    """Whether a file is called as data are, or as texts."""
    from elman.data.readers.reader import data_suffixes

    return Path(file).suffix.lower() in data_suffixes() | {".txt"}


def answer_lines(model: Model, options: ReadingOptions, confidence: float | None) -> Iterator[list[Row]]:
    """The lines of standard input with the model's answers; bad ones that were left out are listed."""
    from elman.cli.console import console, say
    from elman.data.bad import Skipped
    from elman.data.readers.files import incoming_lines

    yield from answer_texts(model, incoming_lines(sys.stdin.buffer, options), confidence)
    if options.bad.found:
        say(console(stderr=True), str(Skipped.of([*options.bad.found.values()])), "yellow")


def answer_texts(model: Model, texts: Iterable[str], confidence: float | None = None) -> Iterator[list[Row]]:
    """Each text with the model's answer to it, some together."""
    texts = iter(texts)
    while chunk := list(islice(texts, CHUNK)):
        answers = model.predict([cell_of(model, text) for text in chunk], confidence=confidence)
        yield list(zip(chunk, answers, strict=True))


def cell_of(model: Model, text: str) -> Any:
    """The cell of the model's input that a text stands for."""
    return model.parts.input.typed(text, model.detection.inputs)


def shown_answers(model: Model, answered: Iterable[tuple[Table, list[Prediction]]]) -> Iterator[Iterable[Row]]:
    """The inputs of tables with their answers; bad items that were left out are listed on standard error."""
    from elman.cli.console import console, say

    empty = 0  # inputs
    for table, answers in answered:
        say_skipped(table)
        inputs = shown_inputs(model, table)
        empty += sum(given is None or given == [] or (isinstance(given, str) and not given.strip()) for given in inputs)
        yield zip(inputs, answers, strict=True)
    if empty:
        said = f"empty inputs: {empty:,}; what is predicted for them is only what is common in the training data"
        say(console(stderr=True), said, "yellow")


def say_skipped(table: Table) -> None:
    """List what was left out of a table."""
    from elman.cli.console import console, say
    from elman.data.bad import Skipped

    if table.skipped:
        say(console(stderr=True), str(Skipped.of(table.skipped)), "yellow")


def shown_inputs(model: Model, table: Table) -> list[Any]:
    """The input cells of a table, as they are repeated beside the answers; of vectors, what names the sequence."""
    if by := model.detection.sequences:
        return table.column(by)
    names = model.columns.inputs(table)
    columns = [table.column(name) for name in names]
    if not model.parts.input.short:
        named = list(map(model.parts.input.in_short, model.parts.input.together(columns)))
        return [path for path, _ in table.files] if len(table.files) == len(named) else named
    if len(names) == 1:
        return columns[0]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


# -- output -----------------------------------------------------------------------------------


def writer_for(path: Path, model: Model) -> Writer:
    """How to write a file with this extension."""
    writers = {".jsonl": write_jsonl, ".csv": write_csv, ".png": partial(write_png, model)}
    if path.suffix.lower() not in writers:
        raise typer.BadParameter(f"--to takes a file that ends in .jsonl, .csv or .png; got {path}")
    return writers[path.suffix.lower()]


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A file that appears once all is written."""
    from elman.paths import replacing

    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as out:
        yield out


@contextmanager
def written_as_they_come(path: Path) -> Iterator[TextIO]:
    """The same; Ctrl-C leaves what was written until then, under another name."""
    from elman.cli.console import console, say
    from elman.paths import replacing

    unfinished = path.with_name(f"{path.name}.unfinished")
    with replacing(path) as beside:
        try:
            with beside.open("w", encoding="utf-8", newline="") as out:
                yield out
        except KeyboardInterrupt:
            if beside.stat().st_size:
                beside.replace(unfinished)
                say(console(stderr=True), f"interrupted; the predictions so far are in {unfinished}", "yellow")
            raise


def write_jsonl(out: TextIO, rows: Iterable[Row]) -> None:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for given, answer in rows:
        out.write(encode({"input": given, **answer.to_json()}) + "\n")


def write_csv(out: TextIO, rows: Iterable[Row]) -> None:
    """Columns input (or one for each input column), prediction and probability (of the prediction, 0 to 1); and labels,
    where a confidence was asked for, as a list in JSON."""
    from elman.answers.base import written

    writer = csv.writer(out)
    for number, (given, answer) in enumerate(rows):
        values = given if isinstance(given, dict) else {"input": given}
        if number == 0:
            writer.writerow([*values, "prediction", "probability", *(["labels"] if answer.labels else [])])
        probability = "" if answer.probability is None else f"{answer.probability:.6g}"
        likely = [json.dumps(answer.labels, ensure_ascii=False)] if answer.labels else []
        writer.writerow([*map(written, values.values()), written(answer.value), probability, *likely])


def write_png(model: Model, out: TextIO, rows: Iterable[Row]) -> None:
    """What the model's task draws of inputs and answers."""
    out.buffer.write(model.task.drawn(rows))


def write_lines(model: Model, out: TextIO, rows: Iterable[Row]) -> None:
    """One line per input, as the answer has it."""
    for given, answer in rows:
        elements = model.parts.input.elements_in(cell_of(model, given))
        out.write(model.task.line(given, elements, answer) + "\n")
