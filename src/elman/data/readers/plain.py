# pyright: strict
"""Plain text: one row per line. Parallel files: line i of each belongs to line i of the others. A file for each class:
a line is of the class that its file is named for."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import Path

from elman.data.readers.files import TextFile, unpacked_name
from elman.data.readers.fixed import columns_in, refuse_joined
from elman.data.readers.header import NUMBER
from elman.data.readers.reader import Reader
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import for_people, how_to_unpack
from elman.kinds.split import SplitKind

OPPOSITES = [
    sorted(words.split())
    for words in (
        "pos neg",
        "pos neg neu",
        "positive negative",
        "positive negative neutral",
        "objective subjective",
        "spam ham",
        "fake real",
        "true fake",
    )
]
"""What files are called that hold texts of these classes, and no translations of one another, though they may have
equally many lines."""
SHOWN = 4
LOOKED_AT, FEWEST_LINES, FEWEST_WORDS = 1_000, 20, 2
"""Lines, from the start, that show whether each begins with a label; so many at least, each of more words."""
MOSTLY, LONGEST_SHOWN = 0.9, 60
FIGURES = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?")
TOLD = re.compile(r"[^\W\d_]|^[^=]*0[^=]*0[^=]*$")
"""Words, or several numbers and no sum, which may be a text to learn from."""


def open_text(files: Sequence[TextFile]) -> Source:
    """Every line, blank ones too, in order: the lines joined by line feeds are the text again."""

    def rows() -> Iterator[Sequence[Cell]]:
        for file in files:
            for number, line in enumerate(file.lines(), start=1):
                if number not in file.left_out:
                    yield (line,)

    for file in files:
        refuse_joined(file)
        refuse_numbers(file)
    notes = [note for file in files for note in file.notes]
    notes += [note for file in files for note in (label_in_front(file), columns_in(file), same_words(file)) if note]
    return Source(["text"], rows, "text", notes=notes)


def refuse_numbers(file: TextFile) -> None:
    """Raises DataFileError, with the line where it begins, for a table of numbers below lines of text, so that it isn't
    learned as running text."""
    lines = [(number, line.split()) for number, line in enumerate(islice(file.lines(), LOOKED_AT), start=1)]
    filled = [(number, words) for number, words in lines if words]
    width = len(filled[-1][1]) if filled else 0
    below = [*takewhile(lambda one: are_numbers(one[1], width), reversed(filled))]
    above = filled[: len(filled) - len(below)]
    if len(below) < FEWEST_LINES or all(are_numbers(words, len(words)) for _, words in above):
        return
    everywhere = [are_numbers(line.split(), width) for line in file.spread_lines(LOOKED_AT)]
    if 2 * sum(everywhere) > len(everywhere):
        first, path = below[-1][0], shlex.quote(str(file.path))
        raise file.error(
            f"has {width} number{'s' * (width > 1)} in each line from here on, and text above them. Keep the lines of "
            f"the table: tail -n +{first} {path} > {shlex.quote(str(file.path.with_suffix('.table.txt')))}",
            first,
        )


def are_numbers(words: Sequence[str], width: int) -> bool:
    return len(words) == width and all(map(NUMBER.fullmatch, words))


def label_in_front(file: TextFile) -> str:
    """What to say of lines each of which begins with one of a few words, as with a label; "" of running text."""
    lines = [line.split() for line in islice(file.lines(), LOOKED_AT) if line.strip()]
    first = Counter(words[0] for words in lines if len(words) > FEWEST_WORDS)
    if first.total() < max(FEWEST_LINES, len(lines)) or not 1 < len(first) <= len(lines) / FEWEST_LINES:
        return ""
    if min(first.values()) == 1 or any(word.rstrip(":;,.") in words[1:] for words in lines for word in first):
        return ""
    listed = ", ".join(word for word, _ in first.most_common(SHOWN)) + ", ..." * (len(first) > SHOWN)
    return (
        f"{file.path.name}: each line begins with one of {len(first)} words that stand nowhere else ({listed}): if "
        "these are labels, put a tab behind them, and the file is a table"
    )


def same_words(file: TextFile) -> str:
    """What to say of lines that differ in their numbers alone, as loggers write them (``Temp: 23.4 C, Hum: 45 %``); ""
    of other text."""
    lines = [line.strip() for line in islice(file.lines(), LOOKED_AT) if line.strip()]
    forms = Counter(" ".join(FIGURES.sub("0", line).split()) for line in lines)
    form, count = max(forms.items(), key=itemgetter(1), default=("", 0))
    if count < MOSTLY * len(lines) or len({*lines}) < FEWEST_LINES or not TOLD.search(form):
        return ""
    path, table = (shlex.quote(for_people(str(one))) for one in (file.path, file.path.with_suffix(".table.csv")))
    command = f"import re, sys; [print(*re.findall(r'{FIGURES.pattern}', line), sep=',') for line in sys.stdin]"
    return (
        f"{file.path.name}: lines differ in their numbers alone ({form[:LONGEST_SHOWN]!r}); to learn from these rather "
        f'than from the text, make a table of them: python -c "{command}" < {path} > {table}{how_to_unpack(path)}'
    )


def parallel_groups(files: Sequence[TextFile]) -> dict[tuple[str, ...], dict[str, TextFile]] | None:
    """Files whose names differ in one part after the first (train.en, train.de), by the parts they share.

    Returns {shared parts: {differing part: file}}, or None where the files aren't parallel.
    """
    parts = [unpacked_name(file.path.name).split(".") for file in files]
    if len(files) < 2 or len({len(names) for names in parts}) != 1:
        return None
    for position in range(len(parts[0]) - 1, 0, -1):
        groups: dict[tuple[str, ...], dict[str, TextFile]] = {}
        for file, names in zip(files, parts, strict=True):
            shared = (str(file.path.parent), *names[:position], *names[position + 1 :])
            groups.setdefault(shared, {})[names[position]] = file
        sides = [sorted(group) for group in groups.values()]
        complete = len(sides[0]) > 1 and all(side == sides[0] for side in sides)
        counted = sum(map(len, sides)) == len(files)
        if complete and counted and not any(map(SplitKind.part_of, sides[0])):
            return groups
    return None


def count_lines(group: Mapping[str, TextFile]) -> dict[str, int]:
    return {name: sum(1 for _ in file.lines()) for name, file in group.items()}


def refuse_unequal(group: Mapping[str, TextFile], counts: Mapping[str, int]) -> None:
    """Raises DataFileError, with the first line that has no partner, where one file has more lines than another."""
    shortest = min(counts, key=lambda name: counts[name])
    for name, count in counts.items():
        if count != counts[shortest]:
            raise group[name].error(
                f"has {count:,} lines, but {group[shortest].path.name} has {counts[shortest]:,}: "
                f"parallel files need equally many, line i for line i. This line has no partner.",
                counts[shortest] + 1,
            )


def open_parallel(groups: dict[tuple[str, ...], dict[str, TextFile]]) -> Source:
    """One column per language, named after the part in which the file names differ."""
    names = list(next(iter(groups.values())))
    rows_of: list[tuple[str, int]] = []
    for group in groups.values():
        counts = count_lines(group)
        refuse_unequal(group, counts)
        left_out = frozenset[int]().union(*(file.left_out for file in group.values()))
        rows_of.append((str(group[names[0]].path), counts[names[0]] - len(left_out)))

    def rows() -> Iterator[Sequence[Cell]]:
        for group in groups.values():
            left_out = frozenset[int]().union(*(group[name].left_out for name in names))
            lines = zip(*(group[name].lines() for name in names), strict=True)
            yield from (pair for number, pair in enumerate(lines, start=1) if number not in left_out)

    notes = [note for group in groups.values() for file in group.values() for note in file.notes]
    return Source(names, rows, "parallel", notes=notes, files=rows_of)


def classes_of(paths: Sequence[Path]) -> list[str] | None:
    """What files are called in the one part in which their names differ, if they are ``OPPOSITES``."""
    parts = [re.split(r"[._-]", unpacked_name(path.name)) for path in paths]
    if len({len(names) for names in parts}) != 1:
        return None
    differing = [list(words) for words in zip(*parts, strict=True) if len(set(words)) > 1]
    return differing[0] if len(differing) == 1 and sorted(map(str.lower, differing[0])) in OPPOSITES else None


def open_classes(files: Sequence[tuple[TextFile, str]]) -> Source:
    """Columns "text", a filled line each, and "label", that of its file."""

    def rows() -> Iterator[Sequence[Cell]]:
        for file, label in files:
            for line in file.lines():
                if item := line.strip():
                    yield item, label

    notes = [note for file, _ in files for note in file.notes]
    return Source(["text", "label"], rows, "folder", notes=notes, format=files[0][0].format if files else None)


def open_lines(files: Sequence[TextFile]) -> Source:
    """Parallel files, a file for each class, or one after another."""
    if labels := classes_of([file.path for file in files]):
        return open_classes([*zip(files, labels, strict=True)])
    groups = parallel_groups(files)
    return open_parallel(groups) if groups else open_text(files)


READER = Reader("text", "plain text", open_lines, recognises=lambda lines: True, precedence=0)
