# pyright: strict
"""Which kind a column is of: each kind is asked, the one with the greatest precedence first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from elman.kinds.base import Kind
from elman.kinds.column import Cell, Column, Profile, name_words
from elman.kinds.naming import FileKind
from elman.plugins import Registry
from elman.stages import each

KINDS: Registry[type[Kind]] = Registry(
    "elman.kinds",
    "kind of column",
    {
        "text": "elman.kinds.text:TextKind",
        "transcript": "elman.kinds.transcript:TranscriptKind",
        "tokens": "elman.kinds.tokens:TokensKind",
        "label": "elman.kinds.label:LabelKind",
        "labels": "elman.kinds.labels:LabelsKind",
        "tags": "elman.kinds.tags:TagsKind",
        "number": "elman.kinds.number:NumberKind",
        "numbers": "elman.kinds.numbers:NumbersKind",
        "row": "elman.kinds.row:RowKind",
        "names": "elman.kinds.names:NamesKind",
        "record": "elman.kinds.record:RecordKind",
        "records": "elman.kinds.records:RecordsKind",
        "vector": "elman.kinds.vector:VectorKind",
        "series": "elman.kinds.series:SeriesKind",
        "watched": "elman.kinds.watched:WatchedKind",
        "alarms": "elman.kinds.alarms:AlarmsKind",
        "image": "elman.kinds.image:ImageKind",
        "frames": "elman.kinds.frames:FramesKind",
        "audio": "elman.kinds.audio:AudioKind",
        "notes": "elman.kinds.notes:NotesKind",
        "melody": "elman.kinds.melody:MelodyKind",
        "chords": "elman.kinds.chords:ChordsKind",
        "empty": "elman.kinds.empty:EmptyKind",
        "split": "elman.kinds.split:SplitKind",
        "constant": "elman.kinds.constant:ConstantKind",
        "events": "elman.kinds.events:EventsKind",
        "time": "elman.kinds.time:TimeKind",
        "id": "elman.kinds.id:IdKind",
        "group": "elman.kinds.id:GroupKind",
        "sequence-name": "elman.kinds.id:SequenceNameKind",
    },
    Kind,
)
"""Every kind by its name, those of other packages too."""


def recognised_kinds() -> list[type[Kind]]:
    """The kinds that a column may be found to be, in the order of asking."""
    return sorted((kind for kind in KINDS.values() if not kind.by_role), key=lambda kind: -kind.precedence)


def file_kinds() -> list[type[FileKind]]:
    """The kinds whose cells name files."""
    return [kind for kind in recognised_kinds() if issubclass(kind, FileKind)]


INPUT_NAMES = frozenset({"input", "source", "src", "x", "file", "filename", "path"})
OUTPUT_NAMES = frozenset({"output", "target", "tgt", "y"})
"""What people call the two sides whatever they hold, in lower case; each kind adds its own."""
OFTEN_OUTPUTS = frozenset(
    """
    label target outcome score rating price cost charges income salary value sales revenue demand cnt consumption
    strength churn fraud default approved purchased clicked sold cancelled survived sentiment emotion intent polarity
    """.split()  # noqa: SIM905
)
"""What the names of output columns often end with, as in ``median_value``; those of others may, too."""
PLAIN_OUTPUTS = frozenset({"label", "target"})
"""What a column is called, or its name ends with, as in ``gold_label``, that is there to be learned alone."""


def usual_inputs() -> frozenset[str]:
    """What people call input columns."""
    return INPUT_NAMES.union(*(kind.usual_inputs for kind in recognised_kinds()))


def usual_outputs() -> frozenset[str]:
    """What people call output columns."""
    return OUTPUT_NAMES.union(*(kind.usual_outputs for kind in recognised_kinds()))


def spelled_plainly(name: str) -> str:
    """``SalePrice``, ``Sale price`` and ``sale-price`` are one name: ``sale_price``."""
    return "_".join(name_words(name))


def recognise(column: Column) -> Profile:
    """The column in figures, as the first kind that recognises it counts them; texts are what remains."""
    return next(found for kind in recognised_kinds() if (found := kind.recognises(column)) is not None)


def recognise_table(columns: Mapping[str, list[Cell]]) -> dict[str, Profile]:
    """Each column by itself, then with the others beside it."""
    looked_at = {name: Column(name, cells) for name, cells in columns.items()}
    columns_one_by_one = each(looked_at.items(), "looking at the columns", len(looked_at))
    first = {name: (recognise(column), column) for name, column in columns_one_by_one}
    return {name: found.kind.among(found, column, first) for name, (found, column) in first.items()}


def kind_of_files(names: Iterable[Any]) -> type[FileKind] | None:
    """The kind whose files all of these names are; None where they differ, or where there are none."""
    named = list(names)
    return next((kind for kind in file_kinds() if named and all(map(kind.is_named, named))), None)
