"""JSON files that are one value, and not a value per line: which rows they hold, or the name of what they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from elman.data.readers.conversations import are_conversations
from elman.data.readers.exports import patterns_of
from elman.data.readers.files import TextFile
from elman.data.readers.header import HEADER_ROWS, content_names, is_header
from elman.data.readers.services import rows_of_service
from elman.errors import DataFileError
from elman.kinds.recognition import usual_outputs
from elman.kinds.split import SplitKind
from elman.kinds.tunes import rows_of

MOST = 309
"""Figures of the largest number that a float holds. A whole number of more is infinite, as 1e999 is."""
LARGE = re.compile(rf"[0-9]{{{MOST}}}")
DECODER, OF_LARGE = (
    json.JSONDecoder(parse_constant=lambda name: None if name == "NaN" else float(name), parse_int=parse_int)
    for parse_int in (int, lambda figures: int(figures) if len(figures) < MOST else float(figures))
)
SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
BLANK = re.compile(r"\s*")
WRAPPERS = frozenset(
    """
    data rows records items results examples documents annotations dataset sentences samples entries paragraphs
    features intents common_examples
    """.split()  # noqa: SIM905
)
"""Names under which files hold their rows."""
MANY_ROWS = 5
"""More objects side by side with the same keys are rows."""
DEEPEST = 3
"""Objects around the rows, at most."""


def whole(file: TextFile, expected: str) -> list[Any] | None:
    """The values of a file that aren't one per line: one, or several over many lines each; None for lines of values.

    Raises DataFileError, with the line, where such a value is damaged.
    """
    filled = (line for line in file.lines() if line.strip())
    first, second = next(filled, ""), next(filled, None)
    if first.lstrip()[:1] not in ("[", "{") or (second is not None and is_json(first)):
        return None
    text = "\n".join(file.lines())
    decoder = decoder_of(text)
    found: list[Any] = []
    at = 0
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            found.append(without_surrogates(value) if SURROGATE_ESCAPE.search(text) else value)
            at = BLANK.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
    except (ValueError, RecursionError):
        if file.suffix == ".json" and not (second is not None and is_json(second)):
            parsed(file, text, 1, expected)
        return None  # lines of values, one of which is damaged
    return found


def rows_of_lines(file: TextFile, expected: str) -> list[list[Any]] | None:
    """The rows of a file each line of which is a list of as many cells; None where the first ones aren't such. Other
    lines are bad items."""
    rows = list[list[Any]]()
    for number, line in enumerate(file.lines(), start=1):
        if not line.strip() or number in file.left_out:
            continue
        try:
            row = parsed(file, line, number, expected)
            if len(rows) == 1 and not are_cells([rows[0], row]):
                return None
            if rows and not are_cells([rows[0], row], texts=False):
                raise file.error(f"is no list of {len(rows[0])} cells, as those above are. {expected}", number)
            rows.append(row)
        except DataFileError as error:
            file.bad.add(error)
    return rows


def decoder_of(text: str) -> json.JSONDecoder:
    """The one that looks at each whole number takes twice as long."""
    return OF_LARGE if len(text) >= MOST and LARGE.search(text) else DECODER


PYTHON = re.compile(r"\s*\[?\s*\{\s*u?'")
OF_PYTHON = (
    'It is what Python prints. Run: python -c "import ast, json; '
    "[print(json.dumps(ast.literal_eval(line))) for line in open('{path}')]\" > {stem}.converted.jsonl , and pass that"
)
"""What to do with lines in which keys stand between single quotes."""


def parsed(file: TextFile, text: str, line: int, expected: str) -> Any:
    """The value that a text spells. Raises DataFileError with its line."""
    try:
        value = decoder_of(text).decode(text)
        return without_surrogates(value) if SURROGATE_ESCAPE.search(text) else value
    except json.JSONDecodeError as error:
        hint = expected
        if PYTHON.match(text):
            hint = OF_PYTHON.format(path=file.path, stem=file.path.with_suffix(""))
        elif error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            hint = "It breaks off at its end: fetch, or write, it again."
        raise file.error(
            f"isn't valid JSON ({error.msg}, character {error.colno}). {hint}", line + error.lineno - 1
        ) from error
    except (ValueError, RecursionError) as error:
        raise file.error(f"isn't usable JSON ({error}).", line) from error


def without_surrogates(value: Any) -> Any:
    """Escapes may spell half a character, which no file can be written with; it becomes U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return value


def is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def rows_in(file: TextFile, value: Any) -> Iterator[Any]:
    """The rows that a value holds: items of an array, under whatever names; or columns. Raises DataFileError for
    formats that hold something else."""
    refuse(file, value)
    if file.suffix == ".json" and (found := rows_of_service(value)) is not None:
        rows, left = found
        beside = f"; {', '.join(left)} left out" if left else ""
        file.notes.append(f"{file.path.name}: read as {len(rows):,} rows of {', '.join(rows[0])}{beside}")
        yield from rows
    elif isinstance(value, list) and are_cells(value):
        yield from as_objects(value)
    elif isinstance(value, list) and len(value) > 1 and all(type(item) is str for item in value):
        yield from ({"text": item} for item in value)
    elif isinstance(value, list) and len(value) > 1 and all(type(item) in (int, float) for item in value):
        yield from ({"value": item} for item in value)
    elif isinstance(value, list):
        yield from chain.from_iterable(patterns_of(item) or [of_tune(item)] for item in value)
    elif not isinstance(value, dict):
        yield value  # a number or a text, which is no row: the reader says which
    elif value and all(map(part_in, value)) and all(isinstance(part, list) for part in value.values()):
        every = [*chain.from_iterable(value.values())]
        rows = iter(as_objects(every) if are_cells(every) else map(of_tune, every))
        for name, items in value.items():
            for row in islice(rows, len(items)):
                part = name if SplitKind.part_of(name) else part_in(name)
                yield {**row, "split": part} if isinstance(row, dict) else row
    elif (inner := wrapped(file, value)) is not None:
        yield from rows_in(file, inner)
    elif file.suffix == ".json" and (columns := of_columns(value)) is not None:
        yield from columns
    else:
        yield value


def part_in(name: str) -> str | None:
    """The part of a data set that a name says: ``train``, or ``oos_train`` of what is beside it."""
    return SplitKind.part_of(name) or SplitKind.part_of(name.rpartition("_")[2])


def are_cells(items: list[Any], *, texts: bool = True) -> bool:
    """Whether items are rows of equally many cells, ``texts`` among them: ``[["a text", "a label"], ...]``."""
    widths = {len(item) if isinstance(item, list) else 0 for item in items}
    if len(items) < 2 or len(widths) > 1 or widths <= {0, 1}:
        return False
    plain = all(cell is None or isinstance(cell, str | int | float) for item in items for cell in item)
    return plain and (
        not texts or any(all(isinstance(cell, str) for cell in column) for column in zip(*items, strict=True))
    )


def as_objects(items: list[list[Any]]) -> list[dict[str, Any]]:
    """Rows of cells by the names in the first of them, or by those that tables without a header have."""
    cells = [["" if cell is None else str(cell) for cell in item] for item in items[:HEADER_ROWS]]
    if is_header(cells[0], cells[1:], ".json"):
        return [dict(zip(cells[0], item, strict=True)) for item in items[1:]]
    names = content_names(cells)
    return [dict(zip(names, item, strict=True)) for item in items]


def of_tune(item: Any) -> Any:
    """A row of a list of pitches, which stands for itself; any other item as it is."""
    return {"notes": item} if isinstance(item, list) and rows_of(item) is not None else item


def wrapped(file: TextFile, value: Mapping[str, Any]) -> Any:
    """What is within an object that holds all rows under one name."""
    if len(tables := [inner for inner in value.values() if are_columns(inner)]) == 1:
        return tables[0]
    lone = lone_list(value) if file.suffix == ".json" and not file.options.names else None
    for name, inner in value.items():
        if "text" in value or (len(value) > 1 and name.lower() not in WRAPPERS and name != lone):
            continue
        items = isinstance(inner, list) and inner and all(isinstance(item, dict | list) for item in inner)
        is_split = {"columns", "data"} <= value.keys() and isinstance(value["columns"], list)
        if items and not is_split and not are_conversations([inner]):
            if name == lone and name.lower() not in WRAPPERS and len(value) > 1:
                beside = ", ".join(other for other in value if other != name)
                file.notes.append(f"{file.path.name}: rows are what stands under {name!r}; {beside} left out")
            return inner
        if isinstance(inner, dict) and len(value) == 1 and any(isinstance(item, list) for item in inner.values()):
            return inner
    return None


def lone_list(value: Mapping[str, Any]) -> str | None:
    """The name of the one list of many objects with the same keys, texts among what each holds, where nothing else is
    more than a text, a number or a short list, and none of that is called as outputs are: what a program wrote of
    itself above the rows that it exports. Numbers alone are rather the steps of one recording."""
    held = [(name, inner) for name, inner in value.items() if isinstance(inner, list | dict)]
    held = [(name, inner) for name, inner in held if not isinstance(inner, list) or len(inner) > MANY_ROWS]
    if len(held) != 1 or not isinstance(rows := held[0][1], list):
        return None
    alike = all(isinstance(row, dict) for row in rows) and set.intersection(*map(set, rows))
    texts = alike and all(any(isinstance(cell, str) for cell in row.values()) for row in rows)
    return held[0][0] if texts and not usual_outputs() & {*map(str.lower, value)} else None


def are_columns(value: Any) -> bool:
    """Whether it is an object of equally long lists, such as a service's ``hourly``: times and what was measured."""
    lists = [*value.values()] if isinstance(value, dict) else []
    long = len(lists) > 1 and all(isinstance(one, list) and len(one) > MANY_ROWS for one in lists)
    return long and len({*map(len, lists)}) == 1


def of_columns(value: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of an object of columns, as pandas writes it: lists, or objects by the names of rows; or of an object of
    rows by their names."""
    parts = list(value.values())
    if {"columns", "data"} <= value.keys() and isinstance(value["columns"], list) and isinstance(value["data"], list):
        names = list(map(str, value["columns"]))
        return [dict(zip(names, row, strict=False)) for row in value["data"] if isinstance(row, list)]
    if parts and all(isinstance(part, list) for part in parts) and len({len(part) for part in parts}) == 1:
        return [dict(zip(value, row, strict=True)) for row in zip(*parts, strict=True)]
    if len(parts) < 2 or not all(isinstance(part, dict) and part for part in parts):
        return None
    if all(part.keys() == parts[0].keys() for part in parts) and all(map(str.isdigit, parts[0])):
        return [{name: part[row] for name, part in value.items()} for row in parts[0]]
    if all(map(str.isdigit, value)):
        return parts
    alike = all(part.keys() == parts[0].keys() for part in parts)
    return parts if alike and len(parts) > max(MANY_ROWS, len(parts[0])) else None  # rows by their names


# -- formats of something else ----------------------------------------------------------------------------

SQUAD = (
    "SQuAD (questions to a text, whose answers are pieces of it), which is no task of Elman. To tell questions "
    "with an answer from those without, write an object per question: its text, the question and a label"
)
OTHERS = (
    ({"context", "question", "answers", "answer_start"}, SQUAD),
    ({"paragraphs", "context", "qas"}, SQUAD),
    (
        {"type", "objects", "arcs"},
        "TopoJSON, the shapes of a map, which are no rows. Make a table of what it says of each (pip install "
        "geopandas): python -c \"import geopandas as g; g.read_file('{path}').drop(columns='geometry').to_csv("
        "'{stem}.csv', index=False)\"",
    ),
    (
        {"chats", "list", "messages"},
        'all chats of Telegram. Write their messages line by line: python -c "import json; '
        "[print(json.dumps({{'chat': c.get('name'), **m}})) for c in json.load(open('{path}'))['chats']['list'] "
        "for m in c['messages']]\" > {stem}.jsonl (and pass that)",
    ),
    ({"cells", "nbformat"}, "a Jupyter notebook. Save the table that it makes: frame.to_csv('data.csv', index=False)"),
    (
        {"images", "annotations", "caption"},
        "COCO's captions, apart from the names of their pictures. Make a table of both beside the pictures (pip "
        "install pandas): python -c \"import json, pandas as p; d = json.load(open('{path}')); "
        "p.DataFrame(d['annotations']).merge(p.DataFrame(d['images']), left_on='image_id', right_on='id')"
        "[['file_name', 'caption']].to_csv('captions.csv', index=False)\"",
    ),
    (
        {"images", "annotations", "categories"},
        "COCO's annotations of pictures (boxes and outlines), which are no task of Elman. For one class per picture, "
        "put the pictures in a folder for each class",
    ),
)
"""The keys that formats of something else are known by, and what they are."""


def refuse(file: TextFile, value: Any) -> None:
    """Raises DataFileError for formats that aren't rows to learn from, by their names."""
    if isinstance(value, dict) and not any(isinstance(part, dict | list) for part in value.values()):
        return  # words with their numbers may be called as anything is
    keys = set(keys_near_the_top(value))
    for own, what in OTHERS:
        if own <= keys:
            raise file.error(f"holds {what.format(path=file.path, stem=file.path.with_suffix(''))}.")


def keys_near_the_top(value: Any, deep: int = 2 * DEEPEST) -> Iterator[str]:
    """The keys of an object and of the first ones within it."""
    if deep and isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from keys_near_the_top(inner, deep - 1)
    elif deep and isinstance(value, list) and value:
        yield from keys_near_the_top(value[0], deep - 1)
