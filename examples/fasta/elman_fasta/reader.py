"""FASTA: a line that begins with ``>`` and names a sequence, then the sequence, on as many lines as it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from elman.data.readers.files import TextFile
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell

FIELD = re.compile(r"(\w+)=(.*?)(?=\s+\w+=|$)")
"""``KEY=VALUE`` in a header, as UniProt writes them; a value may hold blanks."""


def records(file: TextFile) -> Iterator[tuple[str, str]]:
    """Headers and sequences. Raises DataFileError for a sequence without a header."""
    header, parts = None, []
    for number, line in enumerate(file.lines(), start=1):
        if line.startswith(">"):
            if header is not None:
                yield header, "".join(parts)
            header, parts = line[1:].strip(), []
        elif line.strip():
            if header is None:
                raise file.error("is a sequence before any header. Begin the file with a line such as >NAME.", number)
            parts.append(line.strip())
    if header is not None:
        yield header, "".join(parts)


def open_fasta(files: Sequence[TextFile]) -> Source:
    """A row per sequence: its id, the sequence, and a column for each key in the headers; missing where it isn't."""
    fields: dict[str, None] = {}
    for header, _ in chain.from_iterable(map(records, files)):
        fields |= dict.fromkeys(key for key, _ in FIELD.findall(header))

    def rows() -> Iterator[Sequence[Cell]]:
        for header, sequence in chain.from_iterable(map(records, files)):
            found = dict(FIELD.findall(header))
            yield header.split(maxsplit=1)[0] if header else None, sequence, *(found.get(key) for key in fields)

    return Source(["id", "sequence", *fields], rows, "table", notes=[note for file in files for note in file.notes])


READER = Reader(
    "fasta",
    "sequences (FASTA)",
    open_fasta,
    suffixes=frozenset({".fasta", ".fa", ".faa"}),
    recognises=lambda lines: bool(lines) and lines[0].startswith(">"),
    precedence=60,
)
