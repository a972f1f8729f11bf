# pyright: strict
"""A folder of classes: a text file per class, an item per line; or a subfolder each, an item per file.

Items are texts, pictures, recordings, tunes, or sequences of numbers; or clips, each a subfolder of its own with its
frames as pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from elman.data.format import ReadingOptions
from elman.data.readers.beside import open_beside, open_slots
from elman.data.readers.brat import annotated_texts, open_brat
from elman.data.readers.class_sequences import (
    LOOKED_AT,
    hold_steps,
    holds_numbers,
    open_class_sequences,
    open_recordings,
    text_files,
)
from elman.data.readers.files import TextFile, is_of_no_matter, unpacked_name
from elman.data.readers.media import holds_pictures, left_out, open_names, prevailing
from elman.data.readers.plain import classes_of, open_classes, open_lines
from elman.data.readers.reader import data_suffixes, reader_of, table_suffixes
from elman.data.readers.source import Source
from elman.data.readers.transcripts import open_transcripts, transcripts_in
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.split import SplitKind

LANGUAGE = re.compile(r"\.[a-z]{2}([_-][A-Za-z]{2,4})?")
"""The ending of a text that is named for its language."""
SAVED_BY_DATASETS = frozenset({"dataset_dict.json", "dataset_info.json"})
KALDI = frozenset({"wav.scp", "text"})
ABOUT_DATA = {"README", "LICENSE", "LICENCE", "COPYING"}
UNLABELLED = frozenset({"unsup", "unsupervised", "unlabeled", "unlabelled"})
"""What people call a subfolder beside those of classes whose items have none, in lower case."""
SHOWN = 10
"""Names of files in an error."""
MOST_PARTS = 0.75
"""Of the files of a data set, those that are its parts, at least, and of folders those that hold such a set."""
MANY = 20
"""Files that numbers alone tell apart are chapters, pages or documents if they are more; else perhaps grades."""
PLAIN = frozenset({"text", "table", "labelled-lines", "lines-and-labels"})
"""Readers of files whose lines may be the items of a class."""
LAYOUT = "Expected one text file per class (Ham.txt, Spam.txt) or one subfolder per class."


def open_folder(folder: Path, options: ReadingOptions) -> Source:
    """Columns "text" or the medium, and "label"; and "split" where subfolders are called train, valid, test."""
    files, subfolders = files_of(folder), [item for item in visible(folder) if item.is_dir()]
    if saved := SAVED_BY_DATASETS & {path.name for path in files}:
        raise DataFileError(
            f"is a data set that Hugging Face's datasets saved ({min(saved)}), which isn't read. Write its parts as "
            f'Parquet files (pip install datasets), and pass those: python -c "import datasets; d = '
            f"datasets.load_from_disk('{folder}'); [p.to_parquet(n + '.parquet') for n, p in (d.items() if "
            "isinstance(d, dict) else [('train', d)])]\"",
            folder,
        )
    if {path.name for path in files} >= KALDI:
        raise DataFileError(
            "is a folder of Kaldi, which isn't read. Make a table of recordings and what was spoken in each: python "
            '-c "import csv, sys; own = lambda name: dict(line.rstrip().split(None, 1) for line in '
            f"open('{folder}/' + name)); paths, texts = own('wav.scp'), own('text'); "
            "csv.writer(sys.stdout).writerows([('audio', 'transcript'), *((paths[i], texts[i]) for i in texts)])\" "
            f"> {folder.name}.csv",
            folder,
        )
    if are_parts(subfolders):
        return open_parts(folder, subfolders, options)
    signals = files_of(subfolders[0]) if len(subfolders) == 1 else []
    source = open_beside(folder, files, signals, options) or open_slots(files, options)
    if source is not None:
        return source
    if pairs := annotated_texts(files):
        return open_brat(pairs, options)
    if transcripts := transcripts_in(folder):
        return open_transcripts(folder, transcripts, options)
    if texts := languages_of(files):
        source = open_lines([TextFile(path, options) for path in texts])
        beside = ", ".join(file.name for file in files if file not in texts)
        return replace(source, notes=source.notes + [f"files beside the texts were left out ({beside})"] * bool(beside))
    if kind := prevailing(files):
        return open_names(files, kind)
    if len(subfolders) == 1 and (kind := prevailing(within := files_of(subfolders[0]))):
        named = open_names(within, kind)
        if "label" in named.names:
            return named
    if len(subfolders) == 1 and are_parts(inner := [item for item in visible(subfolders[0]) if item.is_dir()]):
        source = open_parts(subfolders[0], inner, options)
        beside = ", ".join(file.name for file in files)
        return replace(
            source, notes=source.notes + [f"files beside {subfolders[0].name} were left out ({beside})"] * bool(beside)
        )
    if not subfolders and are_numbered(files) and all(map(holds_numbers, files[:LOOKED_AT])):
        return open_recordings(files, options)
    return open_subfolders(folder, subfolders, options) if subfolders else open_class_files(folder, options)


def are_numbered(files: Sequence[Path]) -> bool:
    """Whether numbers alone tell the names of files apart."""
    return len(files) > 1 and len({re.sub("[0-9]+", "", file.name) for file in files}) == 1


def are_documents(files: Sequence[Path]) -> bool:
    """Whether files are one text after another, as ``chapter_01.txt``, ``chapter_02.txt`` are, and no classes."""
    named = are_numbered(files) and not any(re.search("[0-9]", file.suffix) for file in files)  # log.1 has no ending
    return len(files) > MANY and named and not all(map(holds_numbers, files[:LOOKED_AT]))


def are_annotated(files: Sequence[Path], options: ReadingOptions) -> bool:
    """Whether files say more than lines of text do, all in one format: words with their tags, and the like."""
    found = [reader_of(path, options)[0] for path in files[:LOOKED_AT]]
    return len(files) > 1 and len(set(found)) == 1 and found[0].name not in PLAIN and not found[0].holds


def are_one_table(files: Sequence[Path], options: ReadingOptions) -> bool:
    """Whether files whose endings don't say so are tables with the same names of columns in their first lines."""
    some = files[:LOOKED_AT]
    if len(files) < 2 or any(reader_of(path, options)[0].name != "table" for path in some):
        return False
    return len({next(iter(TextFile(path, options).lines()), "") for path in some}) == 1


def languages_of(files: Sequence[Path]) -> list[Path]:
    """The texts in several languages, side by side, as ``books.en`` and ``books.de`` are, if the files are such;
    without what else is called like them, such as the alignments that OPUS packs beside them (``books.ids``)."""
    texts = [path for path in files if LANGUAGE.fullmatch(path.suffix) and path.suffix not in data_suffixes()]
    endings, stems = {path.suffix for path in texts}, {path.stem for path in texts}
    apart = any(path.stem not in stems for path in files)
    return texts if len(endings) > 1 and not apart and len(texts) == len(endings) * len(stems) else []


def are_parts(subfolders: Sequence[Path]) -> bool:
    return bool(subfolders) and SplitKind.are_parts(item.name for item in subfolders)


def tables_beside_media(folder: Path) -> list[Path]:
    """The table of a folder that holds one beside the pictures, recordings, tunes or clips that it is about, or in a
    subfolder of its own (``audio``, ``meta/labels.csv``); or one for each part."""
    tables = tables_in(folder) or [
        path for item in visible(folder) if item.is_dir() and not prevailing(files_of(item)) for path in tables_in(item)
    ]
    if not tables or not any(prevailing(files_of(item)) for item in within(folder)):
        return []
    if len(tables) > 1 and not are_named_parts(tables):
        listed = ", ".join(path.name for path in tables)
        raise DataFileError(
            f"holds several tables ({listed}). Pass the training one, and others by --valid, --test.", folder
        )
    return tables


def tables_in(folder: Path) -> list[Path]:
    return [path for path in files_of(folder) if path.suffix.lower() in table_suffixes()]


def within(folder: Path) -> Iterator[Path]:
    """A folder, its subfolders, and theirs."""
    subfolders = [item for item in visible(folder) if item.is_dir()]
    yield from (folder, *subfolders)
    yield from (item for subfolder in subfolders for item in visible(subfolder) if item.is_dir())


def files_of(folder: Path) -> list[Path]:
    return [item for item in visible(folder) if item.is_file()]


def open_parts(folder: Path, subfolders: Sequence[Path], options: ReadingOptions) -> Source:
    """Subfolders train, valid, test, each of them a folder of its own."""
    parts = [(open_folder(item, options), item.name.lower()) for item in subfolders]
    names = parts[0][0].names
    for (source, _), subfolder in zip(parts, subfolders, strict=True):
        if source.names != names:
            raise DataFileError(
                f"gives the columns {', '.join(source.names)}, but {subfolders[0].name} gives {', '.join(names)}. "
                "Lay out both in the same way.",
                subfolder,
            )

    def rows() -> Iterator[Sequence[Cell]]:
        for source, name in parts:
            for row in source.rows():
                yield *row, name

    notes, files = ([item for source, _ in parts for item in getattr(source, kind)] for kind in ("notes", "files"))
    first = parts[0][0]
    notes = list(dict.fromkeys(notes))
    names, texts = [*names, "split"], first.texts
    return Source(names, rows, first.layout, first.has_header, notes, files, first.format, texts)


def data_files(folder: Path, options: ReadingOptions) -> list[Path]:
    """The files of a folder that make up one data set; none where that isn't plain.

    Those whose names say that they are its parts, whatever stands beside them; else all, where they are of one kind
    that holds data; else the only one.
    """
    items = visible(folder)
    files = [item for item in items if item.is_file()]
    if prevailing(files):
        return []
    parts = in_one_form([file for file in files if part_of(file)])
    if are_named_parts(parts):
        return parts
    if languages_of(files) or len(files) < len(items):
        return []
    files = filled(files) or files
    suffixes = {suffix_of(file) for file in files}
    one_kind = len(suffixes) == 1 and suffixes <= data_suffixes() and not parts
    if not parts and not suffixes & data_suffixes():
        if are_documents(files):
            return sorted(files, key=lambda path: [*map(int, re.findall("[0-9]+", path.name))])
        one_kind = are_annotated(files, options) or are_one_table(files, options)
    return files if one_kind or len(files) == 1 else []


def filled(files: Sequence[Path]) -> list[Path]:
    """Those that hold something, of files that hold data: Spark leaves empty ones for what had no rows."""
    return [path for path in files if path.stat().st_size or not has_reader(path)]


def data_below(folder: Path, options: ReadingOptions) -> list[Path]:
    """The same of subfolders that are called train, valid and test, or of the one subfolder of a folder that holds
    nothing else, as data sets of Hugging Face have them: files that hold data, and not texts, which may be classes."""
    items = visible(folder)
    if not all(item.is_dir() for item in items):
        return []
    below = items if are_parts(items) else items[:1] if len(items) == 1 else []
    found = [data_files(item, options) or (data_below(item, options) if len(items) == 1 else []) for item in below]
    whole = all(own and all(map(has_reader, own)) for own in found)
    return [path for own in found for path in own] if whole else []


def in_one_form(parts: list[Path]) -> list[Path]:
    """Of parts that lie there in several formats, each of them whole, those of one: the time-series archive packs
    ``x_TRAIN.ts`` with ``x_TRAIN.arff`` and ``x_TRAIN.txt``."""
    forms: dict[str, list[Path]] = {}
    for path in parts:
        forms.setdefault(suffix_of(path), []).append(path)
    of_data = [suffix for suffix in sorted(forms, key=lambda suffix: suffix != ".ts") if suffix in data_suffixes()]
    names = [{label_of(path) for path in form} for form in forms.values()]
    if (
        len(forms) < 2
        or not of_data
        or not forms.keys() <= data_suffixes() | {".txt"}
        or names != names[:1] * len(names)
    ):
        return parts
    return forms[of_data[0]]


def part_of(path: Path) -> str | None:
    """The part of a data set that a file's name says it is: ``x_TRAIN.ts`` is "train", and so is ``x17train.conll``."""
    words = re.split(r"[^a-z]+", path.name.lower())
    return next((part for word in words if (part := SplitKind.part_of(word))), None)


def are_named_parts(paths: Sequence[Path]) -> bool:
    """By their names, these are a training part and others."""
    return are_several([part_of(path) for path in paths])


def part_below(folder: Path, path: Path) -> str | None:
    """The same of a file in a folder, or in one within it that may say so."""
    return part_of(path) or (part_of(path.parent) if path.parent != folder else None)


def are_several(parts: Sequence[str | None]) -> bool:
    """A training part, and others."""
    return None not in parts and len(set(parts)) > 1 and "train" in parts


def hold_parts(files: Sequence[Path]) -> bool:
    """Whether most of the files are by their names the parts of a data set, beside a few others."""
    parts = [path for path in files if part_of(path)]
    return are_named_parts(parts) and len(parts) >= MOST_PARTS * len(files)


def open_class_files(folder: Path, options: ReadingOptions) -> Source:
    paths = visible(folder)
    listed = ", ".join(path.name for path in paths[:SHOWN]) + (", ..." if len(paths) > SHOWN else "")
    if not paths:
        raise DataFileError(f"is a folder without files. {LAYOUT}", folder)
    labels = classes_of(paths) or [label_of(path) for path in paths]
    if any(part_of(path) for path in paths):
        raise DataFileError(
            f"holds parts of a data set, but by their names not one to train on and another ({listed}). Pass the file "
            "to train on, and others by --valid and --test.",
            folder,
        )
    if any(has_reader(path) for path in paths) or len(set(labels)) < len(labels):
        raise DataFileError(
            f"holds several data sets, or files that aren't data ({listed}). Pass the file to learn from, or several "
            f"of one format. Of a folder: {LAYOUT[0].lower()}{LAYOUT[1:]}",
            folder,
        )
    return open_classes(text_files(zip(paths, labels, strict=True), options))


def open_subfolders(folder: Path, subfolders: Sequence[Path], options: ReadingOptions) -> Source:
    """A class per subfolder, but for one whose name says that what it holds has none."""
    unlabelled = [item for item in subfolders if item.name.lower() in UNLABELLED]
    if len(unlabelled) < len(subfolders):
        subfolders = [item for item in subfolders if item not in unlabelled]
    else:
        unlabelled = []
    inner = [item for item in subfolders if item.name.startswith("_")]
    subfolders = [item for item in subfolders if item not in inner] or subfolders
    if len(subfolders) == 1:
        raise DataFileError(f"holds one subfolder ({subfolders[0].name}), so one class. {LAYOUT}", folder)
    if sum(hold_parts(files_of(item)) for item in subfolders) >= MOST_PARTS * len(subfolders):
        listed = ", ".join(item.name for item in subfolders[:SHOWN]) + (", ..." if len(subfolders) > SHOWN else "")
        raise DataFileError(f"holds several data sets ({listed}). Pass one of them: {subfolders[0]}", folder)
    paths = [(path, label.name) for label in subfolders for path in files_of(label)]
    clips = [(f"{clip}/", label.name) for label in subfolders for clip in visible(label) if clip.is_dir()]
    if not paths and any(holds_pictures(Path(clip)) for clip, _ in clips[:1]):
        return Source(["clip", "label"], lambda: iter(clips), "folder")
    if not paths:
        raise DataFileError(f"its subfolders hold no files. {LAYOUT}", folder)
    empty = [label.name for label in subfolders if label.name not in {name for _, name in paths}]
    notes = [f"no files in {', '.join(empty)} of {folder.name}"] if empty else []
    notes += [f"what {item.name} of {folder.name} holds has no labels; left out" for item in unlabelled]
    notes += [f"{item.name} of {folder.name} is no class, by its name; left out" for item in inner]
    source = open_items(paths, options, folder)
    loose = sum(path.is_file() for path in visible(folder))
    if loose and source.names == ["text", "label"]:
        notes.append(f"{loose} files beside the class folders of {folder.name} were left out")
    return replace(source, notes=[*notes, *source.notes])


def listed_parts(folder: Path, items: Sequence[Path]) -> tuple[dict[str, str], list[str]]:
    """Of the items (``yes/0a7c2a8d.wav``) that lists beside the folders of classes name (``testing_list.txt``), the
    part that the list is called by, and what to say of them; none, where no file is such a list, or none is left to
    learn from."""
    there, found, said = {name_within(path) for path in items}, dict[str, str](), list[str]()
    for path in files_of(folder):
        if path.suffix == ".txt" and (part := part_of(path)):
            named = [line.strip().replace("\\", "/") for line in TextFile(path).lines() if line.strip()]
            known = [name for name in named if name in there]
            if 2 * len(known) > len(named):
                found |= dict.fromkeys(known, part)
                missing = f"; {len(named) - len(known)} that it names aren't there" * (len(known) < len(named))
                said.append(f"{path.name} names {len(known)} of part {part}{missing}")
            else:
                said.append(f"{path.name} names hardly anything in the folders beside it; left out")
    if found and all(found.get(name, "train") != "train" for name in there):
        return {}, [*said, "nothing would be left to learn from, so that these lists are left out"]
    return found, said


def name_within(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def open_items(paths: Sequence[tuple[Path, str]], options: ReadingOptions, folder: Path | None = None) -> Source:
    """An item per file with its label, which stands last: a medium, a sequence of steps, or a text.

    folder: where lists may stand of which media are to be tested and validated on; the others are to learn from
    """
    files = [path for path, _ in paths]
    if kind := prevailing(files):
        kept = [(path, label) for path, label in paths if kind.is_named(path)]
        names, cells, notes = [kind.name, "label"], [[str(path), label] for path, label in kept], left_out(files, kind)
        parts, said = listed_parts(folder, [path for path, _ in kept]) if folder else ({}, list[str]())
        if parts:
            names = [*names, "split"]
            cells = [[str(path), label, parts.get(name_within(path), "train")] for path, label in kept]
        return Source(names, lambda: iter(cells), "folder", notes=[*notes, *said])
    if hold_steps(paths):
        return open_class_sequences(paths, options)
    texts = [(path, label) for path, label in paths if not has_reader(path)]
    if 2 * len(texts) < len(paths):
        of_data = next(path for path in files if has_reader(path))
        raise DataFileError(
            f"is {of_data.suffix}, which holds data, and no text of class {of_data.parent.name}. Pass one of such "
            "files to learn from, or several of one format; or write the texts that they hold as files.",
            of_data,
        )
    items = text_files(texts, options)

    def rows() -> Iterator[Sequence[Cell]]:
        for file, label in items:
            yield "\n".join(file.lines()).strip(), label

    notes = [note for file, _ in items for note in file.notes]
    if len(texts) < len(paths):
        notes.append(f"{len(paths) - len(texts)} files that hold data, and no text, were left out")
    return Source(["text", "label"], rows, "folder", notes=notes, format=items[0][0].format if items else None)


def visible(folder: Path) -> list[Path]:
    """What a folder holds, in the order of names, without READMEs, licences and what is of no matter."""
    try:
        items = sorted(folder.iterdir())
    except OSError as error:
        raise DataFileError(f"can't be listed: {error.strerror or error}.", folder) from error
    shown = (item for item in items if not (item.name.startswith(".") or is_of_no_matter(item.name)))
    return [item for item in shown if item.stem.upper() not in ABOUT_DATA]


def label_of(path: Path) -> str:
    return unpacked_name(path.name).rsplit(".", 1)[0]


def has_reader(path: Path) -> bool:
    return suffix_of(path) in data_suffixes()


def suffix_of(path: Path) -> str:
    return Path(unpacked_name(path.name)).suffix.lower()
