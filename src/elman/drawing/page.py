"""A page of HTML that needs nothing beside it: no scripts, no network, figures inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from elman.drawing.figures import inside_html

LARGEST = 1.25
"""Times its own size that a figure may be drawn at: small ones stay small."""

STYLE = """
:root { --ink: #1b1d21; --paper: #fefdfc; --faint: #b9bec6; --soft: #5c626b;
  --good: #00724e; --unsure: #8a5a00; --bad: #a33a00; }
@media screen and (prefers-color-scheme: dark) { :root {
  --ink: #e6e4df; --paper: #17191c; --faint: #4b515a; --soft: #a2a8b1;
  --good: #3fbf93; --unsure: #e0ab4a; --bad: #f08a52; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin: 0; }
section { border-top: 1px solid var(--faint); margin-top: 2.5rem; padding-top: 1.5rem; break-inside: avoid; }
.claim { font-size: 1.1rem; margin: .3rem 0 .8rem; }
.setup, figcaption, .small { color: var(--soft); font-size: .9rem; }
.verdict { font-weight: 600; white-space: nowrap; } .good { color: var(--good); } .unsure { color: var(--unsure); }
.bad { color: var(--bad); }
figure { margin: 1rem 0; } figure svg { width: 100%; height: auto; }
figure image { image-rendering: pixelated; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .15rem 1.2rem .15rem 0; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead th { border-bottom: 1px solid var(--faint); font-weight: 600; }
p, li, figcaption { overflow-wrap: anywhere; }
a { color: inherit; } td a { white-space: nowrap; } summary { cursor: pointer; font-size: .9rem; }
@media print { details > * { display: block; } .wide { overflow: visible; }
  .wide > div { min-width: 0 !important; } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """The whole page; ``body`` is HTML already."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *body,
            "</body></html>",
        ]
    )


def captioned(figure: str, name: str, label: str, caption: str, width: float = 0) -> str:
    """A figure (an SVG document) with what says how to read it; ``label`` is what those hear who can't see it.

    ``width``: in rem, below which it is scrolled and not made smaller; 0 makes it as small as the page.
    """
    most = max(width, LARGEST * inches(figure) * 6)  # 6 rem are an inch
    drawing = f'<div style="min-width: {width:g}rem; max-width: {most:g}rem">{inside_html(figure, name, label)}</div>'
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><div class="wide">{drawing}</div>{below}</figure>'


def inches(figure: str) -> float:
    """The width that an SVG document gives itself, in points, as inches."""
    found = re.search(r'<svg[^>]*\bwidth="([\d.]+)pt"', figure)
    return float(found[1]) / 72 if found else 0.0


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: range = range(0)) -> Iterator[str]:
    """Cells are HTML already."""
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th>{escape(heading)}</th>" for heading in headings) + "</tr></thead><tbody>"
    for row in rows:
        classes = (' class="number"' if i in numbers else "" for i in range(len(row)))
        yield "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(classes, row, strict=True)) + "</tr>"
    yield "</tbody></table></div>"
