# pyright: strict
"""JSON: one object per line, its keys the columns; or a file that is one value, an array of objects or the like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from elman.data.readers.documents import parsed, refuse, rows_in, rows_of_lines, whole
from elman.data.readers.exports import asked_of, row_of, was_left_out
from elman.data.readers.files import TextFile
from elman.data.readers.nested import filled_paths, flat, too_many
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source, with_missing_cells
from elman.data.table import Cell
from elman.errors import DataFileError

HEAD_LINES = 20
EXPECTED = 'Expected one object per line, such as {"text": "...", "label": "..."}.'


def open_jsonl(files: Sequence[TextFile]) -> Source:
    """Objects of all files; a key that an object lacks is a missing cell. Lists stay lists, and objects within objects
    become columns by their paths."""
    documents = {file: whole(file, EXPECTED) or in_rows(file) for file in files}

    def every() -> Iterator[tuple[Any, dict[str, Any]]]:
        return chain.from_iterable(items(file, documents[file]) for file in files)

    asks = any(asked_of(item) for item, _ in islice(every(), 1))
    several = asks and len({asked_of(item) for item, _ in every()}) > 1

    def records() -> Iterator[dict[str, Any] | None]:
        """The rows; None for one that who annotated it left out, or rejected where there are several labels."""
        for item, row in every():
            yield None if was_left_out(item, rejected_too=several or not asks) else row

    names: dict[str, bool] = {}
    incomplete = rejected = 0
    lists = False
    for record in records():
        if record is None:
            rejected += 1
            continue
        cells = flat(record)
        names |= {name: names.get(name, False) or cell is not None for name, cell in cells.items()}
        lists = lists or list in set(map(type, cells.values()))
        incomplete += len(cells) < len(names) or None in cells.values()
    if not names:
        raise files[0].error('holds no objects with keys. Expected lines like {"text": "...", "label": "..."}.')
    as_text = too_many(names)
    paths = filled_paths(names)
    columns = list(dict.fromkeys(top if (top := name.partition(".")[0]) in as_text else name for name in paths))

    def rows() -> Iterator[Sequence[Cell]]:
        for record in records():
            if record is not None:
                cells = flat(record, as_text)
                yield [cells.get(name) for name in columns]

    notes = [note for file in files for note in file.notes]
    notes += with_missing_cells(incomplete)
    notes += [f"column {name!r} holds objects of many keys; kept as JSON text" for name in sorted(as_text)]
    if rejected:
        said = "annotation that was" if rejected == 1 else "annotations that were"
        notes.append(f"{rejected:,} {said} rejected or skipped (Prodigy's 'answer'): left out")
    return Source(columns, rows, "table", True, notes, nests=frozenset({list} if lists else ()))


def in_rows(file: TextFile) -> list[Any] | None:
    """Lines that are lists of cells, as one document; None where the first one is none."""
    first = next((line.lstrip() for line in file.lines() if line.strip()), "")
    rows = rows_of_lines(file, EXPECTED) if first.startswith("[") else None
    return None if rows is None else [rows]


def items(file: TextFile, document: list[Any] | None) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The items of a document, or of lines, each with the row that it is. Others are bad items, by their line or their
    place."""
    if document is not None:
        found = chain.from_iterable(rows_in(file, value) for value in document)
        for place, item in enumerate(found, start=1):
            if (row := row_of(item)) is not None:
                yield item, row
            else:
                file.bad.add(file.error(f"item {place} is no object, and no list of pitches. {EXPECTED}"))
        return
    for number, line in enumerate(file.lines(), start=1):
        if line.strip() and number not in file.left_out:
            try:
                item = parsed(file, line, number, EXPECTED)
                if number == 1:
                    refuse(file, item)
                if (row := row_of(item)) is None:
                    raise file.error(f"isn't a JSON object but {line.strip()[:40]!r}. {EXPECTED}", number)
            except DataFileError as error:
                file.bad.add(error)
            else:
                yield item, row


BEGINS = re.compile(r'\s*(\[\s*)?\{\s*("(?:[^"\\]|\\.)*"\s*:|\}\s*$)')
"""An object, or a list of objects: nothing else that is read begins so."""


def is_json(lines: Sequence[str]) -> bool:
    return BEGINS.match("\n".join(lines[:HEAD_LINES])) is not None


READER = Reader(
    "jsonl",
    "JSON lines",
    open_jsonl,
    suffixes=frozenset({".jsonl", ".ndjson", ".json"}),
    recognises=is_json,
    unmistakable=True,
    precedence=40,
    may_name_files=True,
)
