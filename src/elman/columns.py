# pyright: strict
"""The columns that a model reads, in any table. A model keeps them: what it takes to read data stands where it is used,
so that loading a model imports no reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

from elman.answers.base import PREDICT_ROWS, AnyAnswer, Cells
from elman.data.bad import item_of, may_be_left_out
from elman.data.detection import Detection
from elman.data.format import Format, FormatChoices, ReadingOptions
from elman.errors import DataFileError, ElmanError, TaskError
from elman.kinds import KINDS, Kind
from elman.kinds.recognition import file_kinds, kind_of_files
from elman.paths import is_path
from elman.stored import chosen, filled_rows, rows_but

if TYPE_CHECKING:
    from elman.answers.prediction import Prediction
    from elman.data.readers import Data
    from elman.data.table import Cell, Table

Answer = TypeVar("Answer", bound="Prediction")
LOOKED_AT = 20
"""Rows in which is seen whether cells name files."""
FEWEST_ROWS, MOST_CELLS = 1_024, 1 << 22
"""Rows, at least, that a file is read in at once, and cells, about and at most."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table a model reads, and how: of data to learn from and of data to predict alike.

    names: the columns of the table that was learned from, by which a table without a header is named
    format: how its files were written, which comes first where a file allows several readings
    """

    task: AnyAnswer
    detection: Detection
    names: list[str]
    format: Format = field(default_factory=Format)

    def read(self, data: Data, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Table:
        """The data as they are; files are read as those that were learned from, unless ``format`` says otherwise."""
        from elman.data.readers import table_of

        if isinstance(data, tuple) and len(data) == 2 and not any(map(is_path, data)):
            data = self.named(*(list(cast("Iterable[Cell]", side)) for side in data))
        return table_of(data, self.options(skip_bad, **format))

    def stream(self, path: str | Path, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Iterator[Table]:
        """A file as ``read`` reads it, in tables of as many rows as are predicted together, so that answers are to the
        last digit those of the whole file; of fewer where they have very many columns. One table where sequences may go
        on from table to table."""
        if self.detection.sequences is not None:
            return iter([self.read(path, skip_bad=skip_bad, **format)])
        from elman.data.readers import stream_tables

        rows = min(PREDICT_ROWS, max(FEWEST_ROWS, MOST_CELLS // max(1, len(self.names))))
        return stream_tables(path, self.options(skip_bad, **format), rows)

    def options(self, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> ReadingOptions:
        """What readers are asked of files that are to be like those that were learned from."""
        return ReadingOptions.asked(skip_bad, format, self.format, tuple(self.names))

    def table(self, data: Data, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Table:
        """The data with a row per sequence, under the names of the columns that were learned from."""
        from elman.data.detect import prepared

        table = self.read(data, skip_bad=skip_bad, **format)
        return prepared(table.named_as(self.names), self.detection).about(skipped=table.skipped)

    def inputs(self, table: Table) -> tuple[str, ...]:
        """The input columns in ``table``; the only column, where there is only one. Raises TaskError where one is
        missing, or names files of a folder that the model would read as texts: data of another form."""
        wanted = self.detection.inputs
        if len(wanted) == len(table.names) == 1:
            wanted = tuple(table.names)
        if missing := [name for name in wanted if name not in table.columns]:
            raise TaskError(
                f"{table.source} has no column {missing[0]!r}, which the model reads. Its columns: "
                f"{', '.join(map(repr, table.names))}. Pass data as those that were learned from, with the same names."
            )
        if table.layout in ("folder", "media"):
            self.refuse_files(table, wanted)
        return wanted

    def refuse_files(self, table: Table, inputs: Sequence[str]) -> None:
        """Raise TaskError where columns name files of a folder, and the model reads no files."""
        for name, kind in zip(inputs, self.detection.input_kinds or [self.detection.input_kind], strict=True):
            found = kind_of_files(table.columns[name][:LOOKED_AT])
            if found is not None and kind not in [own.name for own in file_kinds()]:
                raise TaskError(
                    f"{table.source} holds {found.files_are}, and the model reads {kind}. Pass data as those that were "
                    "learned from."
                )

    def cells(self, table: Table) -> tuple[list[Cell], list[Cell] | None]:
        """The input and output cells of each row; outputs are None where the table lacks the column."""
        return self.task.cells(table, self.inputs(table), self.detection.output)

    def pairs(self, table: Table) -> Cells:
        """The input and output cells of the rows that have an output. Raises TaskError where the column is missing."""
        inputs, outputs = self.cells(table)
        output = self.detection.output
        if outputs is None:
            table.column(str(output))  # says which columns there are
            raise TaskError(f"{table.source} has no column {output!r}")
        rows = filled_rows(outputs)
        if not len(rows):
            raise TaskError(f"{table.source}: the output column {output!r} is empty")
        if self.task.blank_is_an_answer:
            return inputs, outputs
        return self.task.pairs(chosen(inputs, rows), chosen(outputs, rows))

    def with_output(self, table: Table) -> Table:
        """The rows that ``pairs`` gives the cells of."""
        outputs = self.cells(table)[1]
        if outputs is None or self.task.blank_is_an_answer or len(rows := filled_rows(outputs)) == len(table):
            return table
        return table.select(rows)

    def without_faults(self, table: Table, kinds: Sequence[Kind], *, skip_bad: bool) -> Table:
        """The rows whose cells the kinds (of input, or of input and output) can take; ``skipped`` lists the others.

        Raises DataFileError or TaskError, with the place, for the first of those unless they are skipped. Files are
        only decoded for this where some may be: training decodes them too, and raises the same.
        """
        faults: dict[int, ElmanError] = {}
        for kind, column in zip(kinds, self.cells(table), strict=False):
            if column is not None and (skip_bad or not kind.decodes):
                with KINDS.blaming(kind.name):
                    faults |= kind.faults(column)
        if not faults:
            return table
        if not skip_bad:
            from elman.data.steps import at_row

            row = min(faults)
            first = faults[row]
            if isinstance(first, DataFileError):
                raise DataFileError(may_be_left_out(first.why), first.place)
            raise at_row(table, row, may_be_left_out(str(first)))
        return self.without(table, faults)

    def without(self, table: Table, faults: Mapping[int, ElmanError]) -> Table:
        """The table without the rows that something is wrong with, which are counted from 0; ``skipped`` lists them."""
        by = self.detection.sequences
        names = table.columns.get(by or "")
        places = {row: f"row {row + 1}" if names is None else f"{by} {names[row]}" for row in sorted(faults)}
        items = [item_of(faults[row], f"{table.source}, {place}") for row, place in places.items()]
        kept = table.select(rows_but(len(table), faults))
        return replace(kept, skipped=[*table.skipped, *items])

    def with_name(self, inputs: Data | Sequence[Cell]) -> Data | Sequence[Cell]:
        """Bare values of the one column that a model reads, as that column, where tables have it in another form: a
        number as it was written, or alone in a row of numbers. All else as it is."""
        (name, *others), kinds = self.detection.inputs, self.detection.input_kinds
        bare = isinstance(inputs, list | tuple) and all(
            isinstance(cell, str) or not isinstance(cell, Sized) for cell in inputs
        )
        written = self.format.forms is not None and name in self.format.forms.columns
        if others or not bare or not (written or kinds not in ((), (self.detection.input_kind,))):
            return inputs
        return {name: list(cast("Sequence[Cell]", inputs))}

    def as_written(self, answers: Sequence[Answer]) -> list[Answer]:
        """The answers with their times in the form in which the data have them."""
        forms = self.format.forms
        form = forms.columns.get(self.detection.order or "") if forms else None
        if form is None:
            return list(answers)
        return [replace(one, times=tuple(map(form.write, one.times))) if one.times else one for one in answers]

    def named(self, inputs: Sequence[Cell], outputs: Sequence[Cell]) -> dict[str, Any]:
        """Inputs and outputs as columns under the names that the model reads."""
        names = self.detection.inputs
        columns = {names[0]: inputs} if len(names) == 1 else dict(zip(names, zip(*inputs, strict=True), strict=True))
        return {**columns, str(self.detection.output): outputs}
