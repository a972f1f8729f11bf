# pyright: strict
"""From cells as they stand in files or Python's containers to numbers and dates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from elman.data.bad import BadItem, BadItems
from elman.data.format import Format, ReadingOptions
from elman.data.forms.columns import Choices, ColumnLook, Form, are_few, find_forms, read_blocks
from elman.data.forms.daylight import without_saving
from elman.data.forms.found import Forms
from elman.data.forms.numbers import NumberForm
from elman.data.forms.together import Together, candidates, find_together, is_ordered
from elman.data.readers.delimited import lines_of_rows
from elman.data.readers.packed import packed_columns, taken
from elman.data.readers.source import Source
from elman.data.readers.workbook import places_in_sheet
from elman.data.table import Cell, Table, from_rows
from elman.errors import TaskError
from elman.stages import stage
from elman.stored import blocks_of, rows_but, types_of

SPELLED = frozenset({"table", "sequences"})
"""Layouts of tables whose cells may spell numbers and dates; in others they are texts, or files."""


def spelled(table: Table, options: ReadingOptions, texts: Collection[str] = ()) -> Table:
    """A whole table with numbers and dates for the cells that spell them, and what was decided in its notes.

    texts: columns of which none does, whatever it looks like

    Raises TaskError for a column that can be read in two ways, where nothing tells which.
    """
    if table.layout not in SPELLED or (table.format is not None and table.format.forms is not None):
        return table
    with stage("looking at numbers and dates"):
        forms = forms_of([table], options, texts)
        table = with_forms(table, forms, options)
    return with_notes(table, forms, options)


def read_spelled(source: Source, options: ReadingOptions, said: Mapping[str, Any]) -> Table:
    """``spelled`` for a table that is still to be read, of which ``said`` is what `Table` holds beside its columns."""
    packed = packed_columns(source.names, source.rows())
    with stage("looking at numbers and dates"):
        looks = looks_at(Table({name: [] for name in packed}, **said), options, source.texts)
        for name, look in looks.items():
            for cells in blocks_of(packed[name].cells()):
                look.look(cells)
        forms = settled(looks, options, said["source"])
        columns, wrong = read_columns(taken(packed), forms, options.bad)
    table = Table(columns, **said)
    return with_notes(without_rows(table, wrong, options, 0) if wrong else table, forms, options)


def with_notes(table: Table, forms: Forms, options: ReadingOptions) -> Table:
    """A table whose columns were read, with those of a time put together, and what was decided in its notes."""
    notes = forms.notes()
    kept = options.kept.forms
    together = (
        kept.together if kept else find_together(table.columns, [count for _, count in table.files] or [len(table)])
    )
    if together is not None and (columns := together.add_to(table.columns)) is not None:
        table, forms = replace(table, columns=columns), replace(forms, together=together)
        notes.append(together.describe())
    for name, cells in table.columns.items():
        if len(table.files) < 2 and (times := without_saving(cells)) is not None:
            table = replace(table, columns={**table.columns, name: times})
            notes.append(f"column {name!r}: an hour comes twice, so times are given without daylight saving")
    forms = replace(forms, columns={**plain_numbers(table), **forms.columns})
    return replace(table, notes=[*table.notes, *notes], format=replace(table.format or Format(), forms=forms))


def together_in(chunks: Iterable[Table], options: ReadingOptions) -> Together | None:
    """Columns that are one time, in a table that comes in chunks: of a model, what its data had; else what orders the
    rows of each chunk."""
    if options.kept.forms:
        return options.kept.forms.together
    still: list[Together] | None = None
    for chunk in chunks:
        if chunk.layout not in SPELLED:
            return None
        still = [*candidates(chunk.columns)] if still is None else still
        joined = [(one, one.add_to(chunk.columns)) for one in still]
        still = [one for one, columns in joined if columns and is_ordered(columns, one.name, [len(chunk)])]
        if not still:
            return None
    return still[0] if still else None


def plain_numbers(table: Table) -> dict[str, Form]:
    """How numbers that weren't read, as those of a DataFrame, are written in files with the same columns."""
    types = {name: types_of(cells) - {type(None)} for name, cells in table.columns.items()}
    return {name: NumberForm(whole=held == {int}) for name, held in types.items() if held and held <= {int, float}}


def spelled_source(source: Source, options: ReadingOptions) -> Source:
    """The same of a table that is small enough for memory, to be read again and again."""
    about = {"layout": source.layout, "has_header": source.has_header, "format": source.format}
    table = spelled(from_rows(source.names, source.rows(), notes=source.notes, **about), options, source.texts)
    rows = list(zip(*table.columns.values(), strict=True))
    return replace(source, names=table.names, rows=lambda: iter(rows), notes=table.notes)


def forms_of(chunks: Iterable[Table], options: ReadingOptions, texts: Collection[str]) -> Forms:
    """How the columns are written of a table that comes in chunks; ``texts`` as in ``spelled``."""
    looks: dict[str, ColumnLook] = {}
    source = ""
    for chunk in chunks:
        looks = looks or looks_at(chunk, options, texts)
        source = chunk.source
        if not looks:  # a model knows what each column is, and the rest need not be read for it
            break
        for name, look in looks.items():
            look.look(chunk.columns[name])
    return settled(looks, options, source)


def settled(looks: Mapping[str, ColumnLook], options: ReadingOptions, source: str) -> Forms:
    """How columns are written that were looked at. Raises TaskError where that is left open."""
    try:
        return find_forms(list(looks.values()), Choices(options.said.decimal, options.said.dates))
    except TaskError as error:
        raise TaskError(f"{source}: {error}") from None


def looks_at(table: Table, options: ReadingOptions, texts: Collection[str]) -> dict[str, ColumnLook]:
    """A look at each column; none at ``texts``, and those that were what they are where a model was trained on them."""
    kept, trained = options.kept.forms, options.names
    by_place = not table.has_header and len(trained) == len(table.columns)
    found: dict[str, ColumnLook] = {}
    for name, like in zip(table.columns, trained if by_place else table.columns, strict=True):
        form = kept.columns.get(like) if kept else None
        if name not in texts and not (kept and like in trained and form is None):
            found[name] = ColumnLook(name, form)
    return found


def with_forms(table: Table, forms: Forms, options: ReadingOptions, first_row: int | None = None) -> Table:
    """The table with its columns as they are meant; rows with cells that aren't like their column are bad items.

    first_row: the place of the table's first row in its file, where it is a chunk of one
    """
    columns, wrong = read_columns(table.columns.items(), forms, options.bad, always_few=first_row is not None)
    table = replace(table, columns=columns)
    return without_rows(table, wrong, options, first_row or 0) if wrong else table


def read_columns(
    columns: Iterable[tuple[str, Sequence[Cell]]], forms: Forms, bad: BadItems, *, always_few: bool = False
) -> tuple[dict[str, Any], dict[int, str]]:
    """The columns as they are meant; and rows with cells that aren't like their column, with what is wrong with them.

    always_few: whether any number of these are few, as in a chunk of a column
    """
    found: dict[str, Sequence[Cell]] = {}
    wrong: dict[int, str] = {}
    for name, cells in columns:
        found[name] = cells
        if name in forms.columns:
            values, strays = read_blocks(name, cells, forms.columns[name])
            if not strays or (bad.skip and (always_few or are_few(len(strays), len(values) - values.count(None)))):
                found[name] = values
                wrong |= {stray.row: stray.why for stray in strays}
    return found, wrong


def without_rows(table: Table, wrong: Mapping[int, str], options: ReadingOptions, first_row: int) -> Table:
    """The table without rows that are bad items, by their number, each with what is wrong with it."""
    for row, place in zip(sorted(wrong), places_of(table, sorted(wrong), options, first_row), strict=True):
        options.bad.found.setdefault(place, BadItem(place, wrong[row]))
    kept = rows_but(len(table), wrong)
    ends = list(accumulate(count for _, count in table.files))
    files = [
        (path, count - sum(end - count <= row < end for row in wrong))
        for (path, count), end in zip(table.files, ends, strict=True)
    ]
    return replace(table, columns=table.select(kept).columns, files=files)


def places_of(table: Table, rows: Collection[int], options: ReadingOptions, first_row: int) -> list[str]:
    """The file and line of rows, where lines tell; else their file, or the name of the data, and number."""
    files = table.files or [(table.source, len(table))]
    found: list[str] = []
    start = 0
    for path, count in files:
        own = [row - start + first_row for row in rows if start <= row < start + count]
        if own and table.format is not None and table.format.of_tables and Path(path).is_file():
            found += [f"{path}:{line}" for line in lines_of_rows(Path(path), own, options)]
        elif own and table.format is not None and table.format.sheet and Path(path).is_file():
            found += [f"{path}, {place}" for place in places_in_sheet(Path(path), table.format.sheet, own)]
        else:
            found += [f"{path}, row {row + 1}" for row in own]
        start += count
    return found
