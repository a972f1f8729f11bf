"""Objects within objects become columns by their paths: ``{"meta": {"lang": "en"}}`` has a column ``meta.lang``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from elman.data.naming import free_name
from elman.data.readers.source import Source
from elman.data.table import Cell

DEEPEST = 6
MANY = 2_000
"""After so many rows without any list, none is expected further down."""
NAME, NUMBERED = "name", frozenset({"name", "id", "iso_3166_1", "iso_639_1"})
"""Keys of objects that have nothing but a name, and what it goes by elsewhere."""
MOST_PATHS = 200
"""An object with more keys than this, in all rows together, is no few columns, and stays JSON text."""


def flat(record: Mapping[str, Any], as_text: Collection[str] = (), deep: int = DEEPEST) -> dict[str, Any]:
    """Cells by their paths. Objects at the paths ``as_text``, and those that lie too deep, become JSON text."""
    cells: dict[str, Any] = {}
    for name, value in record.items():
        if not isinstance(value, dict):
            cells[name] = value
        elif deep == 0 or name in as_text or not value:
            cells[name] = json.dumps(value, ensure_ascii=False)
        else:
            cells |= {f"{name}.{path}": cell for path, cell in flat(value, (), deep - 1).items()}
    return cells


def too_many(names: Collection[str]) -> set[str]:
    """Keys at the top under which there are more paths than columns should be."""
    counts: dict[str, int] = {}
    for name in names:
        top = name.partition(".")[0]
        counts[top] = counts.get(top, 0) + ("." in name)
    return {top for top, count in counts.items() if count > MOST_PATHS}


def with_paths(source: Source) -> Source:
    """Columns of lists of objects as a column for each of their keys, with a list of what each object has there:
    ``[{"word": "a", "tag": "X"}, ...]`` in ``tokens`` becomes ``tokens.word`` and ``tokens.tag``. Of objects that
    have a name and its number alone, ``[{"id": 18, "name": "Drama"}]``, the names are the column. What holds objects in
    its turn is left out, where there is anything else."""
    keys: dict[int, dict[str, bool]] = {}
    lists = False
    for number, row in enumerate(source.rows()):
        here = list in set(map(type, row))
        lists = lists or here
        for i, cell in enumerate(row) if here else ():
            if isinstance(cell, list) and any(isinstance(item, dict) for item in cell):
                found = keys.setdefault(i, {})
                for key, value in (pair for item in cell if isinstance(item, dict) for pair in item.items()):
                    found[key] = found.get(key, False) or isinstance(value, dict)
        if number == MANY and not lists:
            break
    if not keys:
        return source
    named = {i: [NAME] for i, found in keys.items() if NAME in found and found.keys() <= NUMBERED}
    plain = {i: [key for key, deeper in found.items() if not deeper] or list(found) for i, found in keys.items()}
    paths = [(i, key) for i in range(len(source.names)) for key in (named.get(i) or plain.get(i) or [None])]
    names: list[str] = []
    for i, key in paths:
        names.append(free_name(source.names[i] if key is None or i in named else f"{source.names[i]}.{key}", names))

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            yield [row[i] if key is None else elements(row[i], key) for i, key in paths]

    said = f"lists of objects became columns by their keys: {', '.join(repr(source.names[i]) for i in sorted(keys))}"
    deep = [f"{source.names[i]}.{key}" for i, found in keys.items() for key in found if key not in plain[i]]
    notes = [said, *([f"left out, as they hold objects: {', '.join(map(repr, deep))}"] if deep else [])]
    return replace(source, names=names, rows=rows, notes=[*source.notes, *notes])


def elements(cell: Any, key: str) -> Cell:
    """What each object of a list has under a key."""
    if not isinstance(cell, list):
        return None
    found = [item.get(key) if isinstance(item, dict) else None for item in cell]
    return [json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value for value in found]
