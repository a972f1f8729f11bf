"""A report as tables on a terminal, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from elman.scoring.metrics import metric
from elman.scoring.report import MODEL, ColumnShare, Confusion, Report, TagScore

MATRIX = 6  # labels that fit as a matrix; of more, the most frequent mistakes are listed
BESIDE = 3  # baselines that fit beside the model
LISTED = 12  # rows shown of a table that may be long


def render(report: Report, console: Console) -> None:
    """Print metrics beside the baselines', the verdicts, and where the model fails."""
    console.print(_metrics_table(report))
    if (many := _baselines_table(report)) is not None:
        console.print(many)
    for verdict in report.verdicts:
        console.print(Padding(Text(f"The model is {verdict}."), (0, 0, 1, 0)))
    for said in report.said:
        console.print(Padding(Text(said), (0, 0, 1, 0)))
    tables = _columns_table(report.columns), _confusion_table(report.confusion), _tags_table(report.tags)
    for table in (*tables, _worst_table(report)):
        if table is not None:
            console.print(table)
    if report.skipped.count:
        console.print(Text(str(report.skipped)))


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], numbers_from: int = 1) -> Group:
    """The columns from ``numbers_from`` on hold numbers. Cells are printed as they are, never as markup."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, heading in enumerate(headings):
        table.add_column(Text(heading), justify="right" if i >= numbers_from else "left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    return Group(Text(title, style="bold"), table)


def _short(value: Any, width: int) -> str:
    """A cell on one line; tokens, labels and references stand side by side."""
    if value is None:
        return ""
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        value = " ".join(_short(part, width) for part in value)
    line = " ".join(str(value).split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _metrics_table(report: Report) -> Group:
    """One row for each metric; of those of single labels, the first few. Many baselines have a table of their own."""
    beside = report.baselines if len(report.baselines) <= BESIDE else []

    def row(name: str) -> list[str]:
        m, measured = metric(name), report.metrics[name]
        interval = f"{m.number(measured['low'])} to {m.number(measured['high'])}"
        others = [m.number(baseline.metrics[name]["value"]) for baseline in beside]
        return [_short(name, 24), m.unit, m.number(measured["value"]), interval, *others]

    names = [b.name.replace("_", " ") for b in beside]
    of_labels = [name for name in report.metrics if name.startswith("f1_")]
    shown = [name for name in report.metrics if name not in of_labels[LISTED:]]
    title = f"{report.task}, measured on {report.extent}"
    return _table(title, ["metric", "unit", "model", "95 % interval", *names], map(row, shown), numbers_from=2)


def _baselines_table(report: Report) -> Group | None:
    """Many baselines, one in each row; the first metric on the validation part too, where that says which is best."""
    if len(report.baselines) <= BESIDE:
        return None
    by, validated = metric(next(iter(report.metrics))), report.validated
    rows = [
        [
            name.replace("_", " "),
            *(metric(each).number(values[each]["value"]) for each in report.metrics),
            *([by.number(validated[name])] if name in validated else []),
        ]
        for name, values in ((MODEL, report.metrics), *((b.name, b.metrics) for b in report.baselines))
    ]
    headings = [*report.metrics, *([f"{by.name} in validation"] if validated else [])]
    return _table(f"Baselines on the same {report.of}", ["", *headings], rows)


def _columns_table(columns: Sequence[ColumnShare]) -> Group | None:
    """Those that matter most first."""
    if not columns:
        return None
    by = metric(columns[0].metric)
    sign = 1 if by.higher_is_better else -1
    ordered = sorted(columns, key=lambda column: -sign * column.test["difference"])
    rows = [
        (
            _short(column.column, 24),
            by.number(column.without),
            by.number(sign * column.test["difference"]),
            " to ".join(map(by.number, sorted(sign * column.test[side] for side in ("low", "high")))),
        )
        for column in ordered[:LISTED]
    ]
    title = f"What each column adds: {by.name} with its cells dealt out anew among the rows"
    return _table(title, ["column", f"{by.name}, {by.unit}" if by.unit else by.name, "worse by", "95 % interval"], rows)


def _confusion_table(confusion: Confusion | None) -> Group | None:
    if confusion is None:
        return None
    names = [_short(label, 24) for label in confusion.labels]
    if len(names) <= MATRIX:
        rows = ([name, *counts] for name, counts in zip(names, confusion.counts, strict=True))
        return _table("Rows by label (down) and prediction (across)", ["", *(n[:9] for n in names)], rows)
    mistakes = [
        (names[i], names[j], count)
        for i, counts in enumerate(confusion.counts)
        for j, count in enumerate(counts)
        if i != j and count
    ]
    most = sorted(mistakes, key=lambda mistake: -mistake[2])[:LISTED]
    return _table("The most frequent mistakes", ["label", "predicted as", "rows"], most, numbers_from=2)


def _tags_table(tags: Sequence[TagScore]) -> Group | None:
    if not tags:
        return None
    percent = metric("f1").number
    rows = [
        (_short(t.tag, 24), percent(t.precision), percent(t.recall), percent(t.f1), f"{t.count:,}")
        for t in tags[:LISTED]
    ]
    title = "By tag" if len(tags) <= LISTED else f"By tag, the {LISTED} most frequent of {len(tags)}"
    return _table(title, ["tag", "precision, %", "recall, %", "F1, %", "occurrences"], rows)


def _worst_table(report: Report) -> Group | None:
    if not report.worst:
        return None
    columns = {
        "input": [_short(e.input, 100) for e in report.worst],
        "expected": [_short(e.expected, 40) for e in report.worst],
        "predicted": [_short(e.predicted, 40) for e in report.worst],
    }
    # A model of likelihoods predicts nothing that could be shown, and a language model has no input of its own.
    columns = {name: cells for name, cells in columns.items() if any(cells)}
    columns["row"] = [str(e.row) for e in report.worst]
    columns[f"loss, {report.loss_unit}"] = [f"{e.loss:z.2f}" for e in report.worst]
    rows = list(zip(*columns.values(), strict=True))
    return _table(f"The worst of these {report.of}", list(columns), rows, numbers_from=len(columns) - 2)
