# pyright: strict
"""The data of a model: the columns that it reads, in any table, and the parts of the table that it is trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Unpack, cast

from elman import answers
from elman.answers.base import AnyAnswer, Cells
from elman.data.audit import Finding, audit
from elman.data.bad import BadItem, Skipped, item_of
from elman.data.detect import Detection, Wanted, detect, prepared
from elman.data.readers import Data, is_path, stream_tables, table_of
from elman.data.readers.format import Format, FormatChoices, ReadingOptions
from elman.data.splits import Splits, split_for
from elman.data.steps import at_row
from elman.data.table import Cell, Table
from elman.errors import DataFileError, ElmanError, TaskError
from elman.kinds import KINDS, Kind
from elman.settings import Settings


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
        if isinstance(data, tuple) and len(data) == 2 and not any(map(is_path, data)):
            data = self.named(*(list(cast("Iterable[Cell]", side)) for side in data))
        return table_of(data, self.options(skip_bad, **format))

    def stream(self, path: str | Path, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Iterator[Table]:
        """A file as ``read`` reads it, in tables of some rows; in one where sequences may go on from table to table."""
        if self.detection.sequences is not None:
            return iter([self.read(path, skip_bad=skip_bad, **format)])
        return stream_tables(path, self.options(skip_bad, **format))

    def options(self, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> ReadingOptions:
        """What readers are asked of files that are to be like those that were learned from."""
        return ReadingOptions.asked(skip_bad, format, self.format, tuple(self.names))

    def table(self, data: Data, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Table:
        """The data with a row per sequence, under the names of the columns that were learned from."""
        table = self.read(data, skip_bad=skip_bad, **format)
        return prepared(table.named_as(self.names), self.detection).about(skipped=table.skipped)

    def inputs(self, table: Table) -> tuple[str, ...]:
        """The input columns in ``table``; the only column, where there is only one."""
        wanted = self.detection.inputs
        alone = len(wanted) == len(table.names) == 1
        return tuple(table.names) if alone else wanted

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
        rows = [row for row, cell in enumerate(outputs) if cell is not None]
        if not rows:
            raise TaskError(f"{table.source}: the output column {output!r} is empty")
        if self.task.blank_is_an_answer:
            return inputs, outputs
        return [inputs[row] for row in rows], [outputs[row] for row in rows]

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
            row = min(faults)
            first, hint = faults[row], "(--skip-bad leaves out all such items)."
            if isinstance(first, DataFileError):
                raise DataFileError(f"{first.why} {hint}", first.place)
            raise at_row(table, row, f"{first} {hint}")
        items = [item_of(faults[row], f"{table.source}, row {row + 1}") for row in sorted(faults)]
        kept = table.select([row for row in range(len(table)) if row not in faults])
        return replace(kept, skipped=[*table.skipped, *items])

    def named(self, inputs: Sequence[Cell], outputs: Sequence[Cell]) -> dict[str, Any]:
        """Inputs and outputs as columns under the names that the model reads."""
        names = self.detection.inputs
        columns = {names[0]: inputs} if len(names) == 1 else dict(zip(names, zip(*inputs, strict=True), strict=True))
        return {**columns, str(self.detection.output): outputs}


@dataclass(frozen=True)
class DataSet:
    """A table in parts for training, validation and test, what is learned from it, and what was noticed in reading.

    skipped:  items that can't be read or learned from, and were left out
    notes:    what a careful reader should know of how the data were read and split, as sentences
    findings: of the audit
    """

    columns: Columns
    splits: Splits
    skipped: list[BadItem]
    notes: list[str]
    findings: list[Finding]

    @classmethod
    def of(
        cls,
        table: Table,
        *,
        valid: Table | None = None,
        test: Table | None = None,
        seed: int = 0,
        horizon: int = 0,
        skip_bad: bool = False,
        **wanted: Unpack[Wanted],
    ) -> DataSet:
        """The data set of a table: what to learn is detected where it isn't given, parts that aren't are held out.

        horizon: steps that the held-out end of a series has at least
        """
        detection = detect(table, **wanted)
        first = prepared(table, detection)
        task = answers.for_detection(wanted.get("task"), detection, first)
        columns = Columns(task, detection, table.names, table.format or Format())
        kinds = columns.task.columns(Settings())
        given = {name: part for name, part in (("train", table), ("valid", valid), ("test", test)) if part is not None}
        valid_rows = {
            name: columns.without_faults(columns.table(part), kinds, skip_bad=skip_bad) for name, part in given.items()
        }
        splits = split_for(detection, **valid_rows, seed=seed, least=horizon)
        skipped = [item for part in valid_rows.values() for item in part.skipped]
        notes = [*valid_rows["train"].notes, *splits.notes, *([str(Skipped.of(skipped))] if skipped else [])]
        notes += [f"{part.source}: {note}" for name, part in given.items() if name != "train" for note in part.notes]
        profiles = valid_rows["train"].profiles
        findings = audit(splits.train, splits.valid, splits.test, detection, profiles)
        return cls(columns, splits, skipped, notes, findings)

    @property
    def task(self) -> AnyAnswer:
        return self.columns.task

    @property
    def detection(self) -> Detection:
        return self.columns.detection

    @property
    def kinds(self) -> list[str]:
        """The names of the kinds that are read and written."""
        return [name for name in (self.detection.input_kind, self.detection.output_kind) if name]

    @cached_property
    def train(self) -> Cells:
        """Inputs and outputs of the training part."""
        return self.columns.pairs(self.splits.train)

    @cached_property
    def valid(self) -> Cells:
        """Inputs and outputs of the validation part."""
        return self.columns.pairs(self.splits.valid)

    @cached_property
    def held_out(self) -> Cells:
        """Inputs and outputs of the part that the model is measured on: test, or validation where there is none."""
        return self.columns.pairs(self.splits.test) if self.splits.test else self.valid

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all training cells, which tells whether two runs saw the same data."""
        return fingerprint(self.splits.train.columns)

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each part that there is."""
        parts = {"train": self.splits.train, "valid": self.splits.valid, "test": self.splits.test}
        return {name: len(part) for name, part in parts.items() if part}


def fingerprint(columns: Mapping[str, Sequence[Cell]]) -> str:
    """A hash of names and cells."""
    digest = hashlib.sha256()
    for name, cells in columns.items():
        digest.update(name.encode("utf-8", "surrogatepass"))
        for cell in cells:
            digest.update(repr(cell).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
