# pyright: strict
"""Texts with a file of annotations each, as brat writes them: ``doc1.txt`` and ``doc1.ann``, which become tokens and
tags of the lines of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from elman.data.format import ReadingOptions
from elman.data.readers.annotations import MisfitError, Span, tags_of, tokens_of
from elman.data.readers.files import TextFile
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.paths import existing

ENTITY = re.compile(r"T\d+\t(?P<kind>\S+) (?P<ends>\d{1,18} \d{1,18}(;\d{1,18} \d{1,18})*)\t(?P<words>.*)")
"""A span, or several pieces of one; other lines are relations, events and remarks."""
SPAN = re.compile(r"T\d+\t")


def annotated_texts(files: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Each text with its annotations, where a folder holds such pairs; none where it doesn't."""
    texts = {path.stem: path for path in files if path.suffix == ".txt"}
    return [(texts[path.stem], path) for path in files if path.suffix == ".ann" and path.stem in texts]


def open_brat(pairs: Sequence[tuple[Path, Path]], options: ReadingOptions) -> Source:
    """Columns "token" and "tag", a row for each line of the texts that isn't blank.

    Lines with spans that don't fit, that overlap, or that go on in the next line, are bad items.
    """
    filled = [(text, ann) for text, ann in pairs if existing(text).stat().st_size]
    texts = [TextFile(text, options) for text, _ in filled]
    spans = [spans_in(ann, options) for _, ann in filled]

    def rows() -> Iterator[Sequence[Cell]]:
        for file, own in zip(texts, spans, strict=True):
            start = 0
            for number, line in enumerate(file.lines(), start=1):
                end = start + len(line)
                try:
                    found = [within(span, start, end) for span in own if span.start < end and span.end > start]
                    places = tokens_of(line)
                    tags = tags_of(line, found, places)
                except MisfitError as error:
                    file.bad.add(file.error(f"{error}.", number))
                else:
                    if places:
                        yield [[line[first:last] for first, last in places], tags]
                start = end + 1

    notes = [note for file in texts for note in file.notes]
    notes.append("annotations of brat: lines became words and signs, each a token, and spans IOB2 tags of them")
    return Source(["token", "tag"], rows, "sentences", notes=notes)


def within(span: Span, start: int, end: int) -> Span:
    """A span by its places in its line. Raises MisfitError for one that leaves it."""
    if span.start < start or span.end > end:
        raise MisfitError(f"the span {span.kind} from {span.start} to {span.end} isn't within one line")
    return span._replace(start=span.start - start, end=span.end - start)


def spans_in(path: Path, options: ReadingOptions) -> list[Span]:
    """The spans of a file of annotations; each piece of one that is in pieces is a span."""
    if not existing(path).stat().st_size:
        return []
    file, found = TextFile(path, options), list[Span]()
    for number, line in enumerate(file.lines(), start=1):
        entity = ENTITY.fullmatch(line.rstrip())
        if entity is None and SPAN.match(line):
            file.bad.add(file.error(f"holds no span as brat writes them: {line[:40]!r}.", number))
        for ends in entity["ends"].split(";") if entity else ():
            first, last = map(int, ends.split())
            words = entity["words"] if entity and ";" not in entity["ends"] else None
            found.append(Span(first, last, entity["kind"] if entity else "", words))
    return found
