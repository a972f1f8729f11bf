"""Objects within objects become columns by their paths: ``{"meta": {"lang": "en"}}`` has a column ``meta.lang``. So do
objects in the cells of a table."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from elman.data.naming import free_name
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.recognition import OUTPUT_NAMES, spelled_plainly

DEEPEST = 6
MANY = 2_000
"""After so many rows without any object in JSON, none is expected further down."""
NAME, NUMBERED = "name", frozenset({"name", "id", "iso_3166_1", "iso_639_1"})
"""Keys of objects that have nothing but a name, and what it goes by elsewhere."""
WRITTEN = OUTPUT_NAMES | {"completion", "response", "answer", "reply"}
"""What columns are called that a model is to write, in one text."""
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


def with_objects(source: Source, as_they_stand: Collection[str] = ()) -> Source:
    """Columns of objects with the same keys each, or of texts that spell such in JSON, as a column for each path in
    them: Parquet's structures, and what queues and web services write into a cell. Other objects become JSON text; so
    do those of columns that stay ``as_they_stand``."""
    paths, kept = paths_of_objects(source, as_they_stand)
    if not paths and not kept:
        return source
    names: list[str] = []
    for i, name in enumerate(source.names):
        for path in paths.get(i) or [name]:
            names.append(free_name(path, names))

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            cells: list[Cell] = []
            for i, cell in enumerate(row):
                if i in paths:
                    found = flat({source.names[i]: object_in(cell)})
                    cells += [found.get(path) for path in paths[i]]
                else:
                    cells.append(json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell)
            yield cells

    said = [
        f"{what}: {', '.join(repr(source.names[i]) for i in sorted(own))}"
        for what, own in (
            ("objects became columns by their keys (--output keeps one whole)", paths),
            (
                "objects of very many or different keys stay text; write a column for each key that counts",
                [i for i in kept if source.names[i] not in as_they_stand],
            ),
        )
        if own
    ]
    return replace(source, names=names, rows=rows, notes=[*source.notes, *said])


def paths_of_objects(source: Source, as_they_stand: Collection[str]) -> tuple[dict[int, list[str]], set[int]]:
    """The columns that hold objects with the same keys each, or texts that spell such, with the paths of these; and the
    other columns whose cells begin with an object: among these those that stay ``as_they_stand``. Texts in a column
    that is called as what models write are to be written."""
    keys: dict[int, Collection[str]] = {}
    found: dict[int, dict[str, bool]] = {}
    others = {i for i, name in enumerate(source.names) if name in as_they_stand}
    written = {i for i, name in enumerate(source.names) if spelled_plainly(name) in WRITTEN}
    for number, row in enumerate(source.rows()):
        for i, cell in enumerate(row):
            if cell is None or (i in others and not isinstance(cell, dict)):
                continue
            value = None if i in written and isinstance(cell, str) else object_in(cell)
            if value is None or keys.setdefault(i, value.keys()) != value.keys() or not value:
                others.add(i)
                continue
            own = found.setdefault(i, {})
            for path, inner in flat({source.names[i]: value}).items():
                own[path] = own.get(path, False) or inner is not None
        if number >= MANY and not keys.keys() - others and dict not in source.nests:
            break
    paths = {i: filled_paths(own) for i, own in found.items() if i not in others}
    paths = {i: own for i, own in paths.items() if len(own) <= MOST_PATHS}
    return paths, keys.keys() - paths.keys()


def filled_paths(paths: Mapping[str, bool]) -> list[str]:
    """The paths of objects, each with whether anything stands there; without those under which, in other rows, there
    are paths, and nothing else."""
    within = {path.rpartition(".")[0] for path in paths}
    return [path for path, filled in paths.items() if filled or path not in within]


def object_in(cell: Any) -> dict[str, Any] | None:
    """The object that a cell holds, or spells in JSON."""
    if not isinstance(cell, str):
        return cell if isinstance(cell, dict) else None
    if not cell.startswith("{") or not cell.endswith("}"):
        return None
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None


def with_paths(source: Source) -> Source:
    """Columns of lists of objects as a column for each of their keys, with a list of what each object has there:
    ``[{"word": "a", "tag": "X"}, ...]`` in ``tokens`` becomes ``tokens.word`` and ``tokens.tag``. Of objects that
    have a name and its number alone, ``[{"id": 18, "name": "Drama"}]``, the names are the column. What holds objects in
    its turn is left out, where there is anything else."""
    keys: dict[int, dict[str, bool]] = {}
    for row in source.rows() if list in source.nests else ():
        for i, cell in enumerate(row) if list in set(map(type, row)) else ():
            if isinstance(cell, list) and any(isinstance(item, dict) for item in cell):
                found = keys.setdefault(i, {})
                for key, value in (pair for item in cell if isinstance(item, dict) for pair in item.items()):
                    found[key] = found.get(key, False) or isinstance(value, dict)
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
