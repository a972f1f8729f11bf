# pyright: strict
"""From files, or from Python's own containers, to a `Table`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Unpack, cast

from elman.data.bad import BadItems
from elman.data.format import FormatChoices, ReadingOptions
from elman.data.forms.found import Forms
from elman.data.readers.annotations import with_tags
from elman.data.readers.archives import unpacked
from elman.data.readers.cells import SPELLED, forms_of, read_spelled, spelled, together_in, with_forms
from elman.data.readers.conversations import for_language_models
from elman.data.readers.exports import of_annotators
from elman.data.readers.files import TextFile
from elman.data.readers.folder import (
    are_named_parts,
    are_several,
    data_below,
    data_files,
    files_of,
    has_reader,
    open_folder,
    part_below,
    tables_beside_media,
    within,
)
from elman.data.readers.gluon import with_series
from elman.data.readers.instruments import as_measured
from elman.data.readers.labels import with_labels_beside, with_named_labels
from elman.data.readers.lists import with_lists
from elman.data.readers.media import located
from elman.data.readers.nested import with_objects, with_paths
from elman.data.readers.paired import open_pairs
from elman.data.readers.partitioned import open_partitioned
from elman.data.readers.python import Container, from_python
from elman.data.readers.reader import reader_of
from elman.data.readers.room import check_room
from elman.data.readers.sentences import in_sentences
from elman.data.readers.source import Source, changed, noted_together, with_columns_of_files
from elman.data.table import Table, from_rows
from elman.errors import DataFileError
from elman.paths import existing, is_model, is_path, unchanged

__all__ = ["Data", "as_table", "from_python", "read", "read_table", "stream", "stream_tables", "table_of"]

Data = str | Path | Sequence[str | Path] | Container
"""What can be learned from, or predicted: the path of a file or folder, or several paths; or what is in Python already,
a ``Table``, a dict of columns, a list of dicts, a list of texts, a pair (inputs, outputs), a table of pandas, Polars or
Arrow, or a column by itself."""

FOLDER = "a folder of classes"


def as_table(data: Data, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Table:
    """Paths, tables and Python containers alike as a ``Table``; the other arguments as in ``read``."""
    return table_of(data, ReadingOptions.asked(skip_bad, format))


def table_of(data: Data, options: ReadingOptions) -> Table:
    """``as_table``, with what is asked of the readers in one."""
    if isinstance(data, str | Path):
        return read_table([data], options)
    if isinstance(data, Sequence) and data and all(isinstance(part, Path) or is_path(part) for part in data):
        return read_table(cast("Sequence[str | Path]", data), options)
    table = data if isinstance(data, Table) else as_meant(from_python(cast(Container, data)), options)
    return spelled(table, options)


def read(paths: Sequence[str | Path] | str | Path, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Table:
    """One table from files of one format, one after another.

    CSV, TSV, JSON lines, Parquet, CoNLL, CoNLL-U, fastText, ARFF, time series (.ts, .tsf, UCR text) and plain text,
    each also packed by gzip, bzip2 or xz; workbooks; NumPy arrays; a folder of classes, of pictures or recordings, or
    of files of one format; zip and tar archives of these; and parallel text files (``train.en train.de``), which give
    one column per language.

    skip_bad: lines, rows and items that can't be read are left out, and listed in the table
    format:   what is said of how the files are written, instead of being found: ``encoding`` of text, by its name in
              Python; of tables ``delimiter``, a sign or its name, and ``header``, whether the first row is one; of
              cells ``decimal``, "." or ",", and ``dates``, "day-first" or "month-first", where they leave that
              open; of folders ``labels``, a table with a row for each file; of workbooks ``sheet``, by its name

    Raises DataFileError, with path and line, for files that are missing, damaged or inconsistent, or of
    several formats.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    return read_table(paths, ReadingOptions.asked(skip_bad, format))


def read_table(paths: Sequence[str | Path], options: ReadingOptions) -> Table:
    """``read``, with what is asked of the readers in one."""
    with unchanged(paths):
        source = open_source(paths, options)
        check_room(source, str(paths[0]))
        if source.layout in SPELLED:
            table = read_spelled(source, options, about(source, paths))
        else:
            table = from_rows(source.names, source.rows(), **about(source, paths))
    return replace(table, skipped=list(options.bad.found.values()))


def stream(
    path: str | Path, chunk_rows: int = 1024, *, skip_bad: bool = False, **format: Unpack[FormatChoices]
) -> Iterator[Table]:
    """The rows of one file in tables of ``chunk_rows``, in bounded memory and in the order of the file.

    skip_bad: as in ``read``; each table lists what was left out up to its end, and after the one before it
    format:   as in ``read``
    """
    return stream_tables(path, ReadingOptions.asked(skip_bad, format), chunk_rows)


def stream_tables(path: str | Path, options: ReadingOptions, chunk_rows: int = 1024) -> Iterator[Table]:
    """``stream``, with what is asked of the readers in one."""
    with unchanged([path]):
        yield from _stream_tables(path, options, chunk_rows)


def _stream_tables(path: str | Path, options: ReadingOptions, chunk_rows: int) -> Iterator[Table]:
    bad, listed, place = options.bad, 0, 0
    source = open_source([path], options)

    def chunks() -> Iterator[Table]:
        rows = source.rows()
        while chunk := list(islice(rows, chunk_rows)):
            yield from_rows(source.names, chunk, **about(source, [path]) | {"files": []})

    forms = forms_of(chunks(), options, source.texts) if source.layout in SPELLED else Forms()
    all_left_out = replace(options, bad=BadItems(skip=True))
    together = together_in((with_forms(raw, forms, all_left_out, 0) for raw in chunks()), options)
    for raw in chain(chunks(), [from_rows(source.names, [], **about(source, [path]) | {"files": []})]):
        chunk = with_forms(raw, forms, options, place)
        if together is not None and (columns := together.add_to(chunk.columns)) is not None:
            chunk = replace(chunk, columns=columns)
        place += len(raw)
        skipped = list(bad.found.values())[listed:]
        listed += len(skipped)
        if raw or skipped:
            yield replace(chunk, skipped=skipped)


def about(source: Source, paths: Sequence[str | Path]) -> dict[str, Any]:
    names = ", ".join(str(path) for path in paths)
    return {
        "source": names,
        "layout": source.layout,
        "has_header": source.has_header,
        "notes": noted_together(source.notes),
        "files": source.files,
        "format": source.format,
    }


def open_source(paths: Sequence[str | Path], options: ReadingOptions) -> Source:
    """Opens files of one format, found by name and content."""
    if not paths:
        raise DataFileError("no files given. Expected at least one.", ".")
    found = [unpacked(existing(path)) for path in paths]
    if options.said.labels is not None:
        return with_named_labels(found, options, open_source)
    folders = [path for path in found if path.is_dir()]
    for folder in filter(is_model, folders):
        raise DataFileError(
            "is a model that Elman saved, and no data. Pass the file or folder that holds data.", folder
        )
    opened = [reader_of(path, options) for path in found if not path.is_dir()]
    formats: dict[str, list[Any]] = {FOLDER: folders} if folders else {}
    for reader, file in opened:
        formats.setdefault(reader.called, []).append(file)
    if len(formats) > 1:
        listed = "; ".join(f"{', '.join(map(name_of, files))}: {called}" for called, files in formats.items())
        raise DataFileError(f"the files are of several formats ({listed}). Pass files of one format.", found[0])
    if len(folders) > 1:
        raise DataFileError("is the second of several folders. Pass one folder.", folders[1])
    if folders:
        if (source := open_partitioned(folders[0], options, open_source)) is not None:
            return source
        if (source := with_labels_beside(folders[0], options, open_source)) is not None:
            return source
        if (source := open_pairs(folders[0], files_of(folders[0]), options)) is not None:
            return source
        paths = tables_beside_media(folders[0]) or data_files(folders[0], options) or data_below(folders[0], options)
        return of_folder(folders[0], paths, options) if paths else open_folder(folders[0], options)
    reader = opened[0][0]
    source = reader.source([file for _, file in opened], options)
    if source.format is None and isinstance(file := opened[0][1], TextFile):
        source = replace(source, format=replace(file.format, reader=reader.name if reader.again else None))
    if source.layout == "table":
        source = restored(source, found[0], options)
    return located(source, found) if reader.may_name_files else source


def as_meant(table: Table, options: ReadingOptions) -> Table:
    """``restored`` for a table that is in memory already, of which no item is bad."""
    options = replace(options, bad=BadItems())
    return changed(table, lambda source: restored(replace(source, has_header=True), table.source, options))


def restored(source: Source, path: str | Path, options: ReadingOptions) -> Source:
    """The rows of a table as they were meant, where the table could only spell them out."""
    bad = options.bad
    source = with_series(as_measured(with_objects(source, options.as_they_stand), options))
    source = for_language_models(with_lists(of_annotators(source), str(path), bad))
    source = with_tags(source, str(path), bad)
    return in_sentences(with_paths(source), str(path), bad)


def of_folder(folder: Path, paths: Sequence[Path], options: ReadingOptions) -> Source:
    """The files of a folder that make up its data. Where their names say train, valid or test, a column "split" does
    so too; one that lacks columns of the training part is what is to be predicted."""
    try:
        source, to_predict = open_source(paths, options), list[Path]()
    except DataFileError:
        to_predict = without_output(folder, paths, options)
        if not to_predict:
            raise
        paths = [path for path in paths if path not in to_predict]
        source = open_source(paths, options)
    if any(path.parent != folder for path in paths):
        source = located(source, paths, within(folder))
    others = [file.name for file in files_of(folder) if file not in paths]
    notes = [f"read of {folder.name}: {', '.join(path.name for path in paths)}"] if len(paths) == 1 or others else []
    notes += [
        f"{path.relative_to(folder)} lacks columns that the training part has, and so is left out; it is what elman "
        "predict is for"
        for path in to_predict
    ]
    if len(paths) > 1 and not any(map(has_reader, paths)) and not are_named_parts(paths):
        said = f"{len(paths)} files of {folder.name}, read one after another"
        notes.append(f"{said}; for classes, put each in a subfolder that is called by its class")
    parts = {str(path): part_below(folder, path) for path in paths}
    if are_several([*parts.values()]) and "split" not in source.names:
        splits = {path: {"split": part} for path, part in parts.items()}
        source = with_columns_of_files(source, splits, lambda path: open_source([path], options).rows())
        named = (f"{path.relative_to(folder)} {parts[str(path)]}" for path in paths)
        notes.append(f"parts by the names of files: {', '.join(named)}")
    return replace(source, notes=[*source.notes, *notes])


def without_output(folder: Path, paths: Sequence[Path], options: ReadingOptions) -> list[Path]:
    """Of the parts of a data set, those that have some columns of the training part and no others."""
    parts = {path: part_below(folder, path) for path in paths}
    if not are_several([*parts.values()]):
        return []
    names = {path: {*open_source([path], options).names} for path in paths}
    whole = next(names[path] for path, part in parts.items() if part == "train")
    return [path for path, own in names.items() if own < whole]


def name_of(file: TextFile | Path) -> str:
    return file.path.name if isinstance(file, TextFile) else file.name
