"""All findings as one HTML page that needs nothing beside it: no scripts, no network, figures inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from elman.lab.experiment import DEPENDS, FAILS, HOLDS, Estimate, Experiment, Findings, confidence, counted, in_words
from elman.lab.figures import in_page_colours

MARKS = {HOLDS: "holds", DEPENDS: "depends", FAILS: "fails"}  # class names

STYLE = """
:root { --ink: #1b1d21; --paper: #fefdfc; --faint: #b9bec6; --soft: #5c626b;
  --holds: #00724e; --depends: #8a5a00; --fails: #a33a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e4df; --paper: #17191c; --faint: #4b515a; --soft: #a2a8b1;
  --holds: #3fbf93; --depends: #e0ab4a; --fails: #f08a52; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin: 0; }
section { border-top: 1px solid var(--faint); margin-top: 2.5rem; padding-top: 1.5rem; break-inside: avoid; }
.claim { font-size: 1.1rem; margin: .3rem 0 .8rem; }
.setup, figcaption, .small { color: var(--soft); font-size: .9rem; }
.verdict { font-weight: 600; white-space: nowrap; } .holds { color: var(--holds); } .depends { color: var(--depends); }
.fails { color: var(--fails); }
figure { margin: 1rem 0; } figure svg { width: 100%; height: auto; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .15rem 1.2rem .15rem 0; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead th { border-bottom: 1px solid var(--faint); font-weight: 600; }
a { color: inherit; } td a { white-space: nowrap; } summary { cursor: pointer; font-size: .9rem; }
@media print { details > * { display: block; } }
"""


def page(findings: Sequence[Findings], figures: Sequence[str]) -> str:
    """The page of some experiments, with ``figures`` as ``figures.svg`` makes them."""
    return "\n".join(document(findings, figures))


def document(findings: Sequence[Findings], figures: Sequence[str]) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>How an RNN works, measured</title><style>{STYLE}</style></head><body>"
    yield "<h1>How an RNN works, measured</h1>"
    yield (
        "<p>What textbooks say about recurrent networks, put to the test. Each value is the median over seeds; "
        "behind it stand the lowest and the highest. A claim <em>holds</em> when every part of it holds in every "
        "seed, <em>doesn't hold</em> when none does in any, and otherwise <em>depends</em>.</p>"
    )
    yield from overview(findings)
    for one, figure in zip(findings, figures, strict=True):
        yield from section(one, figure)
    yield "</body></html>"


def overview(findings: Iterable[Findings]) -> Iterator[str]:
    rows = (
        [f'<a href="#{one.experiment.name}">{escape(one.experiment.name)}</a>', escape(one.experiment.claim), mark(one)]
        for one in findings
    )
    yield from table(["experiment", "claim", "verdict"], rows)


def section(findings: Findings, figure: str) -> Iterator[str]:
    about, seeds = findings.experiment, len(findings.trials)
    yield f'<section id="{escape(about.name)}"><h2>{escape(about.name)}: {mark(findings)}</h2>'
    yield f'<p class="claim">{escape(about.claim)}</p><p class="setup">{escape(about.setup)}</p>'
    yield f"<figure>{inside_html(figure, about)}<figcaption>{escape(about.caption)}</figcaption></figure>"
    parts = ([escape(part), f"{met} of {seeds}"] for part, met in findings.parts.items())
    yield from table(["part of the claim", "seeds that bear it out"], parts)
    yield "<details><summary>All numbers</summary>"
    rows = ([escape(name), *cells(number)] for name, number in findings.numbers.items())
    yield from table(["number", "median", "lowest", "highest", "unit"], rows, numbers=range(1, 4))
    yield (
        f'<p class="small">{counted(seeds)}; the median of all seeds lies between the lowest and the highest with '
        f"{confidence(seeds):.0%} confidence. Measured in {findings.seconds:.0f} s.</p></details></section>"
    )


def cells(number: Estimate) -> list[str]:
    return [*map(in_words, (number.value, number.low, number.high)), escape(number.unit)]


def mark(findings: Findings) -> str:
    return f'<span class="verdict {MARKS[findings.verdict]}">{escape(findings.verdict)}</span>'


def inside_html(figure: str, about: Experiment) -> str:
    """An SVG document as an element of a page: with no XML head, named for those who can't see it, light or dark with
    the page, and with ids that no other figure of the page has."""
    element = in_page_colours(figure[figure.index("<svg") :])
    element = element.replace("<svg", f'<svg role="img" aria-label="{escape(about.claim)}"', 1)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\1{about.name}-", element)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: range = range(0)) -> Iterator[str]:
    """Cells are HTML already."""
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th>{escape(heading)}</th>" for heading in headings) + "</tr></thead><tbody>"
    for row in rows:
        classes = (' class="number"' if i in numbers else "" for i in range(len(row)))
        yield "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(classes, row, strict=True)) + "</tr>"
    yield "</tbody></table></div>"
