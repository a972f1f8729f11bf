"""Which format is a file in? Its extension proposes, its content decides."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from itertools import groupby, islice
from typing import Literal

from elman.data.readers.conll import CONLLU_ID
from elman.data.readers.files import TextFile
from elman.data.readers.header import NUMBER, USUAL_NAMES, is_label_column

Format = Literal["table", "jsonl", "conllu", "conll", "ts", "text"]
SAMPLE_LINES = 2000
FEW_ROWS = 10
"""Of fewer rows it can't be seen that a column holds labels."""
FORMAT_NAMES = {
    "table": "a table (CSV or TSV)",
    "jsonl": "JSON lines",
    "conllu": "CoNLL-U",
    "conll": "a CoNLL column file",
    "text": "plain text",
    "parquet": "Parquet",
    "ts": "time series (.ts)",
    "arrays": "NumPy arrays",
    "folder": "a folder of classes",
}


def format_of(file: TextFile) -> Format:
    lines = list(islice(file.lines(), SAMPLE_LINES))
    match file.suffix:
        case ".csv":
            return "table"
        case ".tsv" | ".tab":
            return "conll" if is_conll(lines) else "table"
        case ".jsonl" | ".ndjson" | ".json":
            return "jsonl"
        case ".ts":
            return "ts"
        case ".conllu":
            return "conllu"
        case ".conll" | ".iob" | ".iob2" | ".bio":
            return "conllu" if is_conllu(lines) else "conll"
    if is_json(lines):
        return "jsonl"
    if is_conllu(lines):
        return "conllu"
    if is_conll(lines):
        return "conll"
    return "table" if is_tabular(lines) else "text"


def is_json(lines: Sequence[str]) -> bool:
    first = next(line for line in [*lines, ""] if line.strip() or line == "")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def is_conllu(lines: Sequence[str]) -> bool:
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return bool(rows) and all(len(row) == 10 and CONLLU_ID.fullmatch(row[0]) for row in rows[:100])


def is_conll(lines: Sequence[str]) -> bool:
    """Rows of equal width, in several blocks apart by blank lines; each row begins with one token."""
    lines = [line for line in lines if not line.startswith("# ")]
    blocks = [list(block) for filled, block in groupby(lines, key=lambda line: bool(line.strip())) if filled]
    filled = [line for block in blocks for line in block]
    if len(blocks) < 2 or len(filled) > 200 * len(blocks):
        return False
    tabs = all("\t" in line for line in filled)
    rows = [line.split("\t") if tabs else line.split() for line in filled]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2 or any(" " in row[0] for row in rows):
        return False
    tags = {row[-1] for row in rows}
    return tabs or (len(tags) <= len(rows) / 2 and all(tag[0].isupper() or tag == "_" for tag in tags))


def is_tabular(lines: Sequence[str]) -> bool:
    """Equally many tabs on every line; or equally many commas, around numbers, labels, or below usual names."""
    filled = [line for line in lines if line.strip()]
    if len({line.count("\t") for line in filled}) == 1 and "\t" in filled[0]:
        return True
    try:
        rows = list(csv.reader(filled, skipinitialspace=True, strict=True))
    except csv.Error:
        return False
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return False
    first, *rest = rows
    body = rest or rows
    columns = [[row[i] for row in body] for i in range(len(first))]
    named = bool(rest) and all(name.strip().lower() in USUAL_NAMES for name in first)
    labelled = len(body) >= FEW_ROWS and any(map(is_label_column, columns))
    return named or labelled or any(all(map(NUMBER.fullmatch, column)) for column in columns)
