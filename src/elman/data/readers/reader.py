# pyright: strict
"""What a reader is: how files of one format are recognised, and opened. Other packages bring theirs by entry points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from elman.data.format import ReadingOptions
from elman.data.readers.files import TextFile, unpacked_name
from elman.data.readers.source import Source
from elman.errors import DataFileError
from elman.plugins import Registry

COMMON = frozenset(",;|\t")
"""Signs between cells that texts hold, or that tables are known by anyway."""
SAMPLE_LINES = 2000
"""Lines of a file that its format is recognised by."""


@dataclass(frozen=True)
class Reader:
    """How files of one format are read.

    Attributes:
        called: the format, for people: "a table (CSV or TSV)".
        open: from files, opened as text, to their rows. Raises DataFileError with path and line.
        suffixes: endings of the names, in lower case, that propose the format, before ".gz" and the like.
        recognises: whether the first lines of a file are of this format. It is asked for files whose ending proposes
            nothing, and of those whose ending proposes several formats.
        again: whether lines, however few, are of this format, where a model was trained on such; or may be, where the
            first lines of a long file don't show it.
        unmistakable: what ``recognises`` finds can be nothing else, even in a file with the name of a table.
        precedence: the greater it is, the sooner ``recognises`` is asked.
        holds: for formats that aren't text: whether a path is of it. ``open`` then gets the paths.
        may_name_files: cells may name pictures, recordings and the like that lie beside the file.
        of_tables: a delimiter parts its cells, and its first row may be a header: callers may say which.
        of_workbooks: its files have sheets, of which callers may name one: ``open`` takes what is asked of readers too.
    """

    name: str
    called: str
    open: Callable[..., Source]
    suffixes: frozenset[str] = frozenset()
    recognises: Callable[[Sequence[str]], bool] = lambda lines: False
    again: Callable[[Sequence[str]], bool] | None = None
    unmistakable: bool = False
    precedence: int = 50
    holds: Callable[[Path], bool] | None = None
    may_name_files: bool = False
    of_tables: bool = False
    of_workbooks: bool = False

    def source(self, files: Sequence[Any], options: ReadingOptions) -> Source:
        """The files' rows. Raises DataFileError where they are no workbooks, and a sheet was named."""
        if self.of_workbooks:
            return self.open(files, options)
        if options.said.sheet is not None:
            first = files[0]
            raise DataFileError(
                f"is {self.called}: --sheet is for workbooks. Leave it out.",
                first.path if isinstance(first, TextFile) else first,
            )
        return self.open(files)


READERS: Registry[Reader] = Registry(
    "elman.readers",
    "reader",
    {
        "arrays": "elman.data.readers.arrays:READER",
        "parquet": "elman.data.readers.parquet:READER",
        "workbook": "elman.data.readers.workbook:READER",
        "arff": "elman.data.readers.arff:READER",
        "ts": "elman.data.readers.timeseries:READER",
        "tsf": "elman.data.readers.tsf:READER",
        "abc": "elman.data.readers.abc:READER",
        "fasttext": "elman.data.readers.fasttext:READER",
        "ucr": "elman.data.readers.ucr:READER",
        "jsonl": "elman.data.readers.jsonl:READER",
        "conllu": "elman.data.readers.conll:CONLLU",
        "conll": "elman.data.readers.conll:CONLL",
        "conll-csv": "elman.data.readers.conll:IN_COMMAS",
        "tagged-words": "elman.data.readers.marked:BEHIND",
        "marked-spans": "elman.data.readers.marked:MARKS",
        "stories": "elman.data.readers.stories:READER",
        "lexicon": "elman.data.readers.lexicon:READER",
        "table": "elman.data.readers.delimited:READER",
        "labelled-lines": "elman.data.readers.labelled:READER",
        "lines-and-labels": "elman.data.readers.labelled:WITH_SIGN",
        "text": "elman.data.readers.plain:READER",
    },
    Reader,
)
"""The formats by name, those of other packages too."""


def reader_of(path: Path, options: ReadingOptions) -> tuple[Reader, Path | TextFile]:
    """The reader of a file, and the file as it takes it: the ending proposes, the content decides."""
    readers = sorted(READERS.values(), key=lambda reader: -reader.precedence)
    for reader in readers:
        if reader.holds and reader.holds(path):
            if options.said.of_tables:
                raise DataFileError(f"is {reader.called}: {FOR_TEXT}", path)
            return reader, path
    file = TextFile(path, options)
    of_text = [reader for reader in readers if not reader.holds]
    proposed = proposed_by(path.name, of_text)
    if options.said.of_tables:
        return reader_of_tables(file, proposed or of_text), file
    if len(proposed) == 1 and not proposed[0].of_tables:
        return proposed[0], file
    lines = list(islice(file.lines(), SAMPLE_LINES))
    certain = [reader for reader in of_text if reader.unmistakable and reader.recognises(lines)]
    if not (certain or proposed) and are_parted_as_kept(lines, options.kept.delimiter):
        return reader_of_tables(file, of_text), file
    kept = next((reader for reader in of_text if reader.name == options.kept.reader), None)
    if not (certain or proposed) and kept and kept.again and kept.again([line for line in lines if line.strip()]):
        return kept, file
    *first, last = certain or proposed or of_text
    if found := next((reader for reader in first if reader.recognises(lines)), None):
        return found, file
    return next((reader for reader in first if is_sorted_file_of(reader, file, lines)), last), file


def is_sorted_file_of(reader: Reader, file: TextFile, lines: Sequence[str]) -> bool:
    """Whether the first lines could be of this format, and lines from all over the file say that they are: of a file
    that is sorted the first lines may show one label alone."""
    if reader.again is None or len(lines) < SAMPLE_LINES or not reader.again([line for line in lines if line.strip()]):
        return False
    return reader.recognises(file.spread_lines(SAMPLE_LINES))


def are_parted_as_kept(lines: Sequence[str], delimiter: str | None) -> bool:
    """Whether each line holds the sign that a model's data had between cells, where it isn't one of those that texts
    are full of: a few rows don't show that they are a table."""
    if delimiter is None or delimiter in COMMON:
        return False
    return all(delimiter in line.strip() for line in lines if line.strip())


def reader_of_tables(file: TextFile, choice: Sequence[Reader]) -> Reader:
    """For a file of which the caller says what only tables have. Raises DataFileError where its name says otherwise."""
    for reader in choice:
        if reader.of_tables:
            return reader
    raise file.error(f"is {choice[0].called}, by its name: {FOR_TEXT}")


FOR_TEXT = "--delimiter and --header are for tables that are text. Leave them out."


def proposed_by(name: str, readers: Sequence[Reader]) -> list[Reader]:
    """Those that a file's name proposes; of endings that fit, the longest: ``.strokes.jsonl`` before ``.jsonl``."""
    name = unpacked_name(name).lower()
    fitting = {suffix for reader in readers for suffix in reader.suffixes if name.endswith(suffix)}
    longest = max(fitting, key=len, default=None)
    return [reader for reader in readers if longest in reader.suffixes]


def data_suffixes() -> frozenset[str]:
    """Endings of the names of files that hold data."""
    return frozenset(suffix for reader in READERS.values() for suffix in reader.suffixes)


def table_suffixes() -> frozenset[str]:
    """Endings of the names of tables whose cells may name files."""
    return frozenset(suffix for reader in READERS.values() if reader.may_name_files for suffix in reader.suffixes)
