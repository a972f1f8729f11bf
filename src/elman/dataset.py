# pyright: strict
"""The data of a model: the parts of a table that it is trained on, and what is learned from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Unpack

from elman import answers
from elman.answers.base import AnyAnswer, AnyParts, Cells
from elman.columns import Columns
from elman.data.audit import Finding, audit
from elman.data.bad import BadItem, Skipped
from elman.data.belonging import part_saying_who, with_part_of_names
from elman.data.collecting import seldom_collecting
from elman.data.detect import Wanted, detect, prepared, reading_for
from elman.data.detection import Detection
from elman.data.folds import folds_of
from elman.data.format import Format, FormatChoices, ReadingOptions, choices_among
from elman.data.readers import Data, table_of
from elman.data.splits import Splits, as_used, keys_by, names_of_groups, split_for
from elman.data.table import Cell, Table
from elman.settings import Settings
from elman.stages import stage
from elman.stored import Lists, Rows, cells_of, chosen, filled_rows


class DataOptions(Wanted, FormatChoices, total=False):
    """What a caller says of what to learn, and of how files are written."""


@dataclass(frozen=True)
class DataSet:
    """A table in parts for training, validation and test, what is learned from it, and what was noticed in reading.

    classes:  how many classes the outputs of the training part name; 0 where they are no names of classes
    skipped:  items that can't be read or learned from, and were left out
    notes:    what a careful reader should know of how the data were read and split, as sentences
    findings: of the audit
    """

    columns: Columns
    splits: Splits
    skipped: list[BadItem]
    notes: list[str]
    findings: list[Finding]
    classes: int = 0

    @classmethod
    @seldom_collecting()
    def read(
        cls,
        data: Data,
        *,
        valid: Data | None = None,
        test: Data | None = None,
        seed: int = 0,
        horizon: int = 0,
        skip_bad: bool = False,
        **options: Unpack[DataOptions],
    ) -> DataSet:
        """The data set of files, or of what is in Python; other parts are read as the first, where files allow several
        readings. The arguments are as ``of`` takes them, with how files are written beside them."""
        format, wanted = choices_among(options)
        table = table_of(data, reading_for(Wanted(**wanted), ReadingOptions.asked(skip_bad, format)))

        def beside(part: Data | None) -> Table | None:
            like = ReadingOptions.asked(skip_bad, format, table.format, tuple(table.names))
            return None if part is None else table_of(part, like)

        parts = {"valid": beside(valid), "test": beside(test)}
        return cls.of(table, **parts, seed=seed, horizon=horizon, skip_bad=skip_bad, **wanted)

    @classmethod
    @seldom_collecting()
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
        who = part_saying_who(first, detection.output)
        kinds = columns.task.columns(Settings())
        given = {name: part for name, part in (("train", table), ("valid", valid), ("test", test)) if part is not None}
        valid_rows = {
            name: columns.without_faults(with_part_of_names(columns.table(part), who), kinds, skip_bad=skip_bad)
            for name, part in given.items()
        }
        with stage("parting the rows"):
            splits = split_for(detection, **valid_rows, seed=seed, least=horizon)
        skipped = [item for part in valid_rows.values() for item in part.skipped]
        notes = [*valid_rows["train"].notes, *splits.notes, *([str(Skipped.of(skipped))] if skipped else [])]
        classes = classes_of(splits, columns)
        notes += [*drawn_from(splits, columns, classes), *columns.task.left_out(classes)]
        notes += [f"{part.source}: {note}" for name, part in given.items() if name != "train" for note in part.notes]
        profiles = valid_rows["train"].profiles
        with stage("looking for what is odd"):
            findings = audit(splits.train, splits.valid, splits.test, detection, profiles, splits.keys)
        splits = replace(splits, keys={})  # as large as the texts, and looked at
        return cls(columns, splits, skipped, notes, findings, classes)

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
    def watched(self) -> Cells:
        """Those of the validation part that training is watched on: of many, some."""
        return self._drawn(self.valid)

    @cached_property
    def held_out(self) -> Cells:
        """Inputs and outputs that the model is measured on: of the test part, or the validation part where there is
        none; of many, some."""
        return self._drawn(self.all_held_out) if self.splits.test else self.watched

    @cached_property
    def all_held_out(self) -> Cells:
        """The same without a bound."""
        return self.columns.pairs(self.splits.test) if self.splits.test else self.valid

    def folds_of_train(self, count: int, seed: int) -> list[Rows]:
        """Folds of the training rows alone; those that ``--group`` keeps together stay together, or else those with the
        same input. None where there are fewer of them than folds."""
        train, found = self.columns.with_output(self.splits.train), self.detection
        columns = [as_used(train, name) for name in found.inputs]
        groups = names_of_groups(train, found.group) if found.group else keys_by(train, columns)
        groups = range(len(train)) if groups is None else list(groups)
        if len(set(groups)) < count:
            return []
        labels = list(map(str, self.train[1])) if self.task.columns(Settings())[1].names_classes else None
        return folds_of(len(train), labels, groups, seed=seed, count=count)

    def folds(self, parts: AnyParts, outputs: list[Any], count: int, seed: int) -> list[Rows]:
        """Folds of training and validation rows together, whose ``outputs`` these are; what ``--group`` keeps together
        stays together."""
        groups, of = None, self.detection.group
        if of is not None:
            train, valid = map(self.columns.with_output, (self.splits.train, self.splits.valid))
            named = zip(names_of_groups(valid, of), self.valid[1], strict=True)
            known = [name for name, output in named if self.task.knows(parts, output)]
            groups = [*names_of_groups(train, of), *known]
            count = min(count, len(set(groups)))
        labels = list(map(str, outputs)) if parts.output.names_classes else None
        return folds_of(len(outputs), labels, groups, seed=seed, count=count)

    def _drawn(self, cells: Cells) -> Cells:
        """As many rows as the task asks to be measured on."""
        rows = self.task.measured_rows(*cells, self.classes)
        if len(rows) == len(cells[1]):
            return cells
        inputs, outputs = (chosen(some, rows) if isinstance(some, Lists) else cells_of(some, rows) for some in cells)
        return inputs, outputs

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all training cells, which tells whether two runs saw the same data."""
        return fingerprint(self.splits.train.columns)

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each part that there is."""
        parts = {"train": self.splits.train, "valid": self.splits.valid, "test": self.splits.test}
        return {name: len(part) for name, part in parts.items() if part}


def classes_of(splits: Splits, columns: Columns) -> int:
    """How many classes the training part names."""
    outputs = columns.cells(splits.train)[1]
    if outputs is None:
        return 0
    return columns.task.columns(Settings())[1].classes_in(chosen(outputs, filled_rows(outputs)))


def drawn_from(splits: Splits, columns: Columns, classes: int) -> list[str]:
    """The note on parts so large that a sample of them is measured on; nothing where there are none."""
    most, what = columns.task.bound(classes)
    parts = {"validation": splits.valid, "test": splits.test} if most else {}
    counts = {name: columns.task.extent(*columns.cells(part)) for name, part in parts.items() if part}
    large = [f"{count:,} {name} {what}" for name, count in counts.items() if most and count > most]
    each = " each" * (len(large) > 1)
    return [f"of {' and '.join(large)}, {most:,}{each} are measured on, drawn by chance"] if large else []


def fingerprint(columns: Mapping[str, Sequence[Cell]]) -> str:
    """A hash of names and cells."""
    digest = hashlib.sha256()
    for name, cells in columns.items():
        digest.update(name.encode("utf-8", "surrogatepass"))
        for cell in cells:
            digest.update(repr(cell).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
