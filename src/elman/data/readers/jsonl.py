"""JSON lines: one object per line, its keys the columns. Also a file that holds one array of them, or one per part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.split import SplitKind
from elman.kinds.tunes import rows_of

SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def open_jsonl(files: Sequence[TextFile]) -> Source:
    """Objects of all files; a key that an object lacks is a missing cell. Lists stay lists."""
    names: dict[str, None] = {}
    nested: set[str] = set()
    rows_seen = incomplete = 0
    for file in files:
        for record in objects(file):
            rows_seen += 1
            for key, value in record.items():
                names.setdefault(key)
                if isinstance(value, dict):
                    nested.add(key)
            incomplete += len(record) < len(names) or None in record.values()
    if not names:
        raise files[0].error('holds no objects with keys. Expected lines like {"text": "...", "label": "..."}.')

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for record in objects(file):
                yield [cell(record.get(name)) for name in names]

    notes = [note for file in files for note in file.notes]
    if incomplete:
        notes.append(f"{incomplete:,} {'row' if incomplete == 1 else 'rows'} with missing cells")
    for name in sorted(nested):
        notes.append(f"column {name!r} holds objects; kept as JSON text")
    return Source(list(names), rows, "table", True, notes)


def objects(file: TextFile) -> Iterator[dict[str, Any]]:
    """The objects of a file. Raises DataFileError with the line that isn't one."""
    if starts_array(file):
        yield from items(file, decode(file, "\n".join(file.lines()), 1))
        return
    if parts := parts_of(file):
        for part, parsed in parts.items():
            yield from ({**record, "split": part} for record in items(file, parsed))
        return
    for number, line in enumerate(file.lines(), start=1):
        if line.strip():
            try:
                record = decode(file, line, number)
                if not isinstance(record, dict):
                    raise file.error(f"isn't a JSON object but {line.strip()[:40]!r}. {EXPECTED}", number)
            except DataFileError as error:
                file.bad.add(error)
            else:
                yield record


def items(file: TextFile, parsed: list[Any]) -> Iterator[dict[str, Any]]:
    """The objects of an array; a list of pitches, which stands for itself, becomes one."""
    for position, item in enumerate(parsed, start=1):
        if isinstance(item, list) and rows_of(item) is not None:
            yield {"notes": item}
        elif isinstance(item, dict):
            yield item
        else:
            file.bad.add(file.error(f"item {position} of the array is no object, and no list of pitches. {EXPECTED}"))


def parts_of(file: TextFile) -> dict[str, list[Any]]:
    """The arrays of a file that is one object whose keys are parts, such as train and test; else none."""
    if file.suffix != ".json":
        return {}
    try:
        whole = json.loads("\n".join(file.lines()))
    except (ValueError, RecursionError):  # lines of objects, of which each is read by itself
        return {}
    if not isinstance(whole, dict) or not whole or not SplitKind.are_parts(whole):
        return {}
    return whole if all(isinstance(value, list) for value in whole.values()) else {}


EXPECTED = 'Expected one object per line, such as {"text": "...", "label": "..."}.'


def starts_array(file: TextFile) -> bool:
    first = next((line for line in file.lines() if line.strip()), "")
    return file.suffix == ".json" and first.lstrip().startswith("[")


def decode(file: TextFile, text: str, line: int) -> Any:
    try:
        value = json.loads(text, parse_constant=lambda name: None if name == "NaN" else float(name))
    except json.JSONDecodeError as error:
        raise file.error(
            f"isn't valid JSON ({error.msg}, character {error.colno}). {EXPECTED}", line + error.lineno - 1
        ) from error
    except (ValueError, RecursionError) as error:
        raise file.error(f"isn't usable JSON ({error}).", line) from error
    return without_surrogates(value) if SURROGATE_ESCAPE.search(text) else value


def without_surrogates(value: Any) -> Any:
    """Escapes may spell half a character, which no file can be written with; it becomes U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return value


def cell(value: Any) -> Cell:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def is_json(lines: Sequence[str]) -> bool:
    first = next(line for line in [*lines, ""] if line.strip() or line == "")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


READER = Reader(
    "jsonl",
    "JSON lines",
    open_jsonl,
    suffixes=frozenset({".jsonl", ".ndjson", ".json"}),
    recognises=is_json,
    precedence=40,
    may_name_files=True,
)
