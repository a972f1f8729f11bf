"""All findings as one HTML page that needs nothing beside it: no scripts, no network, figures inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from elman.drawing.page import captioned, table
from elman.drawing.page import page as whole_page
from elman.lab.experiment import DEPENDS, FAILS, HOLDS, Estimate, Findings, confidence, counted, format_value

MARKS = {HOLDS: "good", DEPENDS: "unsure", FAILS: "bad"}  # class names


def page(findings: Sequence[Findings], figures: Sequence[str]) -> str:
    """The page of some experiments, with ``figures`` as ``figures.svg`` makes them."""
    return whole_page("How an RNN works, measured", body(findings, figures))


def body(findings: Sequence[Findings], figures: Sequence[str]) -> Iterator[str]:
    yield (
        "<p>What textbooks say about recurrent networks, put to the test. Each value is the median over seeds; "
        "behind it stand the lowest and the highest. A claim <em>holds</em> when every part of it holds in every "
        "seed, <em>doesn't hold</em> when none does in any, and otherwise <em>depends</em>.</p>"
    )
    yield from overview(findings)
    for one, figure in zip(findings, figures, strict=True):
        yield from section(one, figure)


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
    yield captioned(figure, about.name, about.claim, about.caption)
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
    return [*map(format_value, (number.value, number.low, number.high)), escape(number.unit)]


def mark(findings: Findings) -> str:
    return f'<span class="verdict {MARKS[findings.verdict]}">{escape(findings.verdict)}</span>'
