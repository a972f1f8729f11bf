# pyright: strict
"""Small data sets, one per architecture, made by a few lines of seeded code: nothing to download.

Each is learned in seconds, and each needs what its architecture is for: order, context, memory, alignment.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from elman.data.table import Table
from elman.errors import DataFileError, TaskError, similar
from elman.paths import replacing
from elman.samples.clips import moving_shapes, write_frames
from elman.samples.flowers import flowers
from elman.samples.machine import machine
from elman.samples.melodies import melodies
from elman.samples.names import invented_names
from elman.samples.numbers import numbers
from elman.samples.reports import reports
from elman.samples.reviews import reviews
from elman.samples.shapes import still_shapes, write_pictures
from elman.samples.shop import shop
from elman.samples.story import story
from elman.samples.tags import tags
from elman.samples.visitors import visitors
from elman.samples.visits import visits

__all__ = ["SAMPLES", "Sample", "load", "names", "text", "write"]


@dataclass(frozen=True)
class Sample:
    """A data set: what it is, the task it was made for, how it is written, and how it is made.

    suffix: of its file; "" where it is a folder, of a table called ``table`` and the files that ``write_files`` puts
            beside it
    """

    about: str
    task: str
    suffix: str
    make: Callable[[], Table]
    write_files: Callable[[Path], None] | None = None
    table: str = ""


SAMPLES = {
    "flowers": Sample("four measurements -> species", "classification", ".csv", flowers),
    "shapes": Sample(
        "picture of a shape -> its name", "classification", "", still_shapes, write_pictures, "shapes.csv"
    ),
    "names": Sample("style -> invented name (or backwards)", "generation", ".csv", invented_names),
    "reviews": Sample("sentence -> positive or negative", "classification", ".csv", reviews),
    "shop": Sample("texts, categories, numbers, dates of an order -> sent back?", "classification", ".csv", shop),
    "tags": Sample("words -> their parts of speech", "tagging", ".conll", tags),
    "numbers": Sample("number in words -> digits", "translation", ".tsv", numbers),
    "reports": Sample("short report -> its headline", "translation", ".csv", reports),
    "visitors": Sample("visitors of a library, day by day -> those to come", "forecasting", ".csv", visitors),
    "visits": Sample("what customers did, visit by visit -> do they leave?", "classification", ".csv", visits),
    "machine": Sample("sensors of a machine -> when it isn't as usual", "anomaly", ".csv", machine),
    "clips": Sample(
        "clip of a moving shape -> its caption", "captioning", "", moving_shapes, write_frames, "captions.csv"
    ),
    "melodies": Sample("little tunes in several keys", "language-model", ".jsonl", melodies),
    "story": Sample("plain text for a language model", "language-model", ".txt", story),
}


def names() -> list[str]:
    return list(SAMPLES)


def load(name: str) -> Table:
    """A sample as a table; the same on every call. A name that no sample has raises TaskError with the nearest ones."""
    table = sample(name).make()
    table.source = f"sample {name}"
    return table


def sample(name: str) -> Sample:
    if name not in SAMPLES:
        near = similar(name, SAMPLES)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise TaskError(f"there is no sample {name!r}.{hint} The samples are: {', '.join(SAMPLES)}.")
    return SAMPLES[name]


def text(name: str) -> str:
    """A sample as the text of a file: CSV, TSV, CoNLL, JSON lines or plain. Raises TaskError for a folder."""
    if sample(name).write_files:
        raise TaskError(f"sample {name!r} is a folder of files: pass --to {name}.")
    return written(load(name), sample(name).suffix)


def written(table: Table, suffix: str) -> str:
    """The text of a file with this extension."""
    if suffix == ".txt":
        return "\n".join(table.columns["text"]) + "\n"
    if suffix == ".conll":
        sentences = zip(*table.columns.values(), strict=True)
        return "\n".join(lines(zip(*cells, strict=True)) for cells in sentences)
    if suffix == ".jsonl":
        rows = zip(*table.columns.values(), strict=True)
        return "".join(json.dumps(dict(zip(table.names, row, strict=True))) + "\n" for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\n")
    writer.writerow(table.names)
    writer.writerows(zip(*table.columns.values(), strict=True))
    return out.getvalue()


def lines(rows: Iterable[Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


def write(name: str, path: str | Path) -> None:
    """Writes a sample to a file whose extension fits it, or to a new folder; whole or not at all.

    Raises TaskError for an extension that readers would take for something else, DataFileError where the file
    can't be written.
    """
    path = Path(path)
    chosen = sample(name)
    if path.suffix.lower() != chosen.suffix:
        what = f"as {chosen.suffix}; name the file" if chosen.suffix else "into a folder; name it"
        raise TaskError(f"sample {name!r} is written {what} {path.with_suffix(chosen.suffix)}.")
    if not chosen.suffix and path.exists() and (path.is_file() or any(path.iterdir())):
        raise DataFileError("is there already. Name a new folder.", path)
    try:
        with replacing(path) as beside:
            if chosen.write_files:
                beside.mkdir()
                (beside / chosen.table).write_text(written(load(name), ".csv"), encoding="utf-8", newline="\n")
                chosen.write_files(beside)
            else:
                beside.write_text(text(name), encoding="utf-8", newline="\n")
    except OSError as error:
        raise DataFileError(f"can't be written: {error.strerror or error}. Choose another place.", path) from error
