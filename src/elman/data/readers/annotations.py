# pyright: strict
"""Spans of characters, as programs for annotation export them, become tokens and IOB2 tags.

A span is ``[start, end, type]`` (doccano, spaCy), or an object with its ends and its type under one of the usual names
(Prodigy, Label Studio, doccano's relations, Rasa, Comprehend, DSTC, AutoML), which may stand in an object of their own.
Offsets count characters; the end is the first one past it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from elman.data.bad import BadItems
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.errors import DataFileError
from elman.kinds.column import is_list, is_mapping, is_sequence
from elman.kinds.tokenizers import WORD_OR_SIGN
from elman.kinds.tokens import TokensKind

STARTS = ("start", "startoffset", "startchar", "startindex", "startpos", "begin", "beginoffset", "from", "offset")
ENDS = ("end", "endoffset", "endchar", "endindex", "endpos", "stop", "to")
LENGTHS = ("length",)
TYPES = (
    "label",
    "labels",
    "type",
    "tag",
    "entity",
    "entitytype",
    "entitygroup",
    "category",
    "class",
    "slot",
    "displayname",
)
WORDS = ("text", "value", "word", "surface", "mention")
"""Keys of objects, the likelier first, in small letters alone."""
TAGS = "tags"
TEXTS = ("text", "content", "sentence", "document", "body", "raw", "data")
"""Names of the columns of texts, the likelier first."""


class Span(NamedTuple):
    """word: the characters, where the annotation repeats them"""

    start: int
    end: int
    kind: str
    word: str | None = None


class MisfitError(ValueError):
    """Spans that don't fit their text."""


def span_of(item: Any) -> Span | None:
    """What an item says of a span; None where it isn't one."""
    if is_mapping(item):
        start, end, length, kind, word = (first_of(item, names) for names in (STARTS, ENDS, LENGTHS, TYPES, WORDS))
        if end is None and type(start) is type(length) is int:
            end = start + length
        elif start is None and end is not None:
            start = 0  # which protocol buffers leave out of JSON
        return span(start, end, first_in(kind), word)
    if is_sequence(item) and len(item) == 3:
        first, second, last = item
        return span(first, second, last) if isinstance(last, str) else span(second, last, first)
    return None


def says_its_start(item: Any) -> bool:
    """Of spans that may leave out a start of 0, others say theirs; what has ends alone is something else."""
    return not is_mapping(item) or first_of(item, STARTS) is not None


def first_in(kind: Any) -> Any:
    """The type of a span, which may be a list of one."""
    return kind[0] if is_list(kind) and len(kind) == 1 else kind


def first_of(item: Mapping[Any, Any], names: Sequence[str]) -> Any:
    """What stands under the first of these names, however it is written, in an object or in one that it holds."""
    found: dict[str, Any] = {spelled(key): value for key, value in item.items()}
    for name in names:
        if name in found:
            return found[name]
    within: list[Any] = [first_of(value, names) for value in item.values() if is_mapping(value)]
    return next((value for value in within if value is not None), None)


def spelled(key: Any) -> str:
    """``startIndex``, ``start_index`` and ``StartIndex`` alike."""
    return str(key).replace("_", "").lower()


def span(start: Any, end: Any, kind: Any, word: Any = None) -> Span | None:
    fits = type(start) is int and type(end) is int and isinstance(kind, str) and kind
    return Span(start, end, kind, word if isinstance(word, str) else None) if fits else None


def tokens_of(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a text begin and end."""
    return [match.span() for match in re.finditer(WORD_OR_SIGN, text)]


def tags_of(text: str, spans: Sequence[Span], tokens: Sequence[tuple[int, int]]) -> list[str]:
    """The IOB2 tag of each token. Raises MisfitError for a span that doesn't begin and end where tokens do, and for
    spans that overlap."""
    tags = ["O"] * len(tokens)
    begins = {first: i for i, (first, _) in enumerate(tokens)}
    ends = {last: i for i, (_, last) in enumerate(tokens)}
    for span in (placed(text, span, tokens) for span in dict.fromkeys(spans)):
        said = f"the span {span.kind} from {span.start} to {span.end}"
        if not 0 <= span.start < span.end <= len(text):
            raise MisfitError(f"{said} isn't within the text, which has {len(text):,} characters")
        found = text[span.start : span.end]
        if span.word is not None and span.word.strip() != found.strip():
            raise MisfitError(f"{said} is {shown(found)} in the text, but {shown(span.word)} in the annotation")
        start = span.start + len(found) - len(found.lstrip())
        end = span.end - (len(found) - len(found.rstrip()))
        if start not in begins or end not in ends:
            raise MisfitError(f"{said}, {shown(found)}, begins or ends within a word{near(text, span)}")
        first, last = begins[start], ends[end]
        if any(tag != "O" for tag in tags[first : last + 1]):
            raise MisfitError(f"{said}, {shown(found)}, overlaps another one; a word has one tag")
        tags[first : last + 1] = [f"B-{span.kind}"] + [f"I-{span.kind}"] * (last - first)
    return tags


def placed(text: str, span: Span, tokens: Sequence[tuple[int, int]]) -> Span:
    """A span by its characters: one that counts tokens, as its word shows, from its first to its last one or past
    that."""
    if span.word is None or text[span.start : span.end].strip() == span.word.strip():
        return span
    for last in (span.end, span.end - 1):
        if 0 <= span.start <= last < len(tokens):
            start, end = tokens[span.start][0], tokens[last][1]
            if text[start:end].split() == span.word.split():
                return span._replace(start=start, end=end)
    return span


def shown(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:30] + "...")


def near(text: str, span: Span) -> str:
    """Of an end that stands on the last character, what was meant."""
    inclusive = span.end < len(text) and text[span.end].isalnum() and not text[span.end + 1 : span.end + 2].isalnum()
    return " (ends are expected one past the last character)" if inclusive else ""


# -- columns ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Annotated:
    """Where the texts and their spans stand, and their tokens, where the export has them."""

    text: int
    spans: int
    tokens: int | None


def with_tags(source: Source, path: str, bad: BadItems) -> Source:
    """The same rows with tokens in the column of the text and their ``tags`` beside it, where there are spans of it;
    any other source as it is.

    Raises DataFileError, with the row, for spans that don't fit their text.
    """
    found = annotated(source)
    if found is None:
        return source
    left_out = {found.text, found.spans, found.tokens}
    kept = [i for i, name in enumerate(source.names) if i not in left_out and name != TAGS]
    names = [source.names[found.text], TAGS, *(source.names[i] for i in kept)]

    def rows() -> Iterator[Sequence[Cell]]:
        for number, row in enumerate(source.rows(), start=1):
            try:
                tokens, tags = tagged(row, found)
            except MisfitError as error:
                bad.add(DataFileError(f"{error}. Correct it.", f"{path}, row {number}"))
            else:
                yield [tokens, tags, *(row[i] for i in kept)]

    text, spans = source.names[found.text], source.names[found.spans]
    cut = "the tokens of the file" if found.tokens is not None else "words and signs, each a token"
    said = f"spans by characters ({spans!r} of {text!r}) became IOB2 tags of {cut}"
    return replace(source, names=names, rows=rows, notes=[*source.notes, said], files=[])


def tagged(row: Sequence[Cell], found: Annotated) -> tuple[list[str] | None, list[str] | None]:
    """The tokens of a row and their tags; no tags for a text that nobody annotated."""
    text = row[found.text]
    if not isinstance(text, str):
        return None, None
    given = row[found.tokens] if found.tokens is not None else None
    places = places_of(with_ends(given, text), text) if is_list(given) else tokens_of(text)
    spans = row[found.spans]
    tags = None if spans is None else tags_of(text, [span for item in spans if (span := span_of(item))], places)
    return [text[first:last] for first, last in places], tags


def with_ends(tokens: Sequence[Any], text: str) -> Sequence[Any]:
    """Tokens with their ends, words by themselves where they come next in the text. Raises MisfitError for one that
    doesn't."""
    found, end = list[Any](), 0
    for token in tokens:
        if isinstance(token, str):
            start = text.find(token, end)
            if start < 0:
                raise MisfitError(f"the token {shown(token)} isn't in the text")
            end = start + len(token)
            found.append({"start": start, "end": end})
        else:
            found.append(token)
    return found


def places_of(tokens: Sequence[Any], text: str) -> list[tuple[int, int]]:
    """Where given tokens, objects with their ends, begin and end. Raises MisfitError for one that isn't in the text."""
    places = [(first_of(token, STARTS), first_of(token, ENDS)) for token in tokens]
    for token, (first, last) in zip(tokens, places, strict=True):
        word = first_of(token, WORDS)
        if not (type(first) is int and type(last) is int and 0 <= first <= last <= len(text)):
            raise MisfitError(f"the token {shown(str(word))} has no place in the text")
        if isinstance(word, str) and word != text[first:last]:
            raise MisfitError(f"the token {shown(word)} is {shown(text[first:last])} in the text")
    return [(first, last) for first, last in places if text[first:last].strip()]


def annotated(source: Source) -> Annotated | None:
    """The columns of an annotation: one whose filled cells are lists of spans, and a text that they fit in."""
    sorts = [set[str](ALL) for _ in source.names]
    seen: set[tuple[int, str]] = set()
    for number, row in enumerate(source.rows()):
        for i, cell in enumerate(row):
            if cell is not None and sorts[i]:
                own = sorts_of(cell)
                sorts[i] &= own
                if cell:
                    seen |= {(i, sort) for sort in own if sort != "spans" or any(map(says_its_start, cell))}
        may_be = any("spans" in sort for sort in sorts) if number < MANY else any(sort == "spans" for _, sort in seen)
        if number in (GLANCE, MANY) and not may_be:
            return None
    found = {sort: [i for i, own in enumerate(sorts) if sort in own and (i, sort) in seen] for sort in ALL}
    if not found["spans"] or not found["text"]:
        return None
    order = {name: place for place, name in reversed(list(enumerate(TEXTS)))}
    text = min(found["text"], key=lambda i: order.get(source.names[i].lower(), len(order)))
    words = [i for i in found["words"] if source.names[i].lower() in TokensKind.usual_inputs]
    tokens = [*found["tokens"], *words]
    return Annotated(text, found["spans"][0], tokens[0] if tokens else None)


ALL = ("text", "spans", "tokens", "words")
GLANCE, MANY = 50, 2_000
"""After so many rows it is seen whether there may be spans, and whether there are any."""


def sorts_of(cell: Cell) -> set[str]:
    """What a cell may be: a text, spans of one, or its tokens, with their ends or by themselves."""
    if isinstance(cell, str):
        return {"text"}
    if not is_list(cell):
        return set()
    spans = all(span_of(item) for item in cell)
    tokens = all(
        is_mapping(item) and first_of(item, TYPES) is None and first_of(item, ENDS) is not None for item in cell
    )
    words = all(isinstance(item, str) for item in cell)
    return {sort for sort, fits in (("spans", spans), ("tokens", tokens), ("words", words)) if fits}
