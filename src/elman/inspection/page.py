"""The page: what was found, section after section, in the look of all of Elman's pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from elman.drawing.page import captioned, page, table
from elman.inspection.section import Section


def whole_page(title: str, about: str, notes: Sequence[str], sections: Sequence[Section]) -> str:
    """One HTML document."""
    return page(title, body(about, notes, sections))


def body(about: str, notes: Sequence[str], sections: Sequence[Section]) -> Iterator[str]:
    yield f"<p>{escape(about)}</p>"
    for note in notes:
        yield f'<p class="setup">{escape(note)}</p>'
    yield "<nav><ul>"
    for section in sections:
        first = f'<span class="{section.mood}">{escape(section.words[0]) if section.words else ""}</span>'
        yield f'<li><a href="#{section.name}">{escape(section.title)}</a>: {first}</li>'
    yield "</ul></nav>"
    for section in sections:
        yield from one(section)


def one(section: Section) -> Iterator[str]:
    yield f'<section id="{section.name}"><h2>{escape(section.title)}</h2>'
    for i, sentence in enumerate(section.words):
        yield f'<p class="{section.mood if i == 0 else ""}">{escape(sentence)}</p>'
    for picture in section.pictures:
        yield captioned(picture.svg, picture.name, picture.label, picture.caption, picture.width)
    for listing in section.listings:
        cells = ([escape(cell) for cell in row] for row in listing.rows)
        yield from table(listing.headings, cells, listing.numbers)
        if listing.caption:
            yield f'<p class="small">{escape(listing.caption)}</p>'
    yield "</section>"
