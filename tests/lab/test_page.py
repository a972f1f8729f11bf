"""The page stands alone, and says everything about each experiment."""

from __future__ import annotations

import re

from elman.drawing.figures import INK, PAPER
from elman.lab import figures, find
from elman.lab.page import page
from pages import Reader


def read(names: list[str]) -> Reader:
    findings = [find(name).run(seeds=1) for name in names]
    reader = Reader()
    reader.feed(page(findings, [figures.svg(one) for one in findings]))
    return reader


def test_page_is_well_formed_and_complete():
    reader = read(["bptt", "stepwise"])
    assert not reader.open
    for name in ("bptt", "stepwise"):
        about = find(name)
        for text in (about.claim, about.setup, about.caption):
            assert text in reader.words
    assert "holds" in reader.words


def test_page_needs_nothing_beside_it():
    reader = read(["bptt", "stepwise"])
    for name, value in reader.attributes:
        if name in ("href", "src", "xlink:href"):
            assert value is not None and re.match(r"#|data:", value)


def test_figures_take_the_colours_of_the_page():
    findings = find("stepwise").run(seeds=1)
    drawn = figures.svg(findings)
    shown = page([findings], [drawn])
    drawing = shown[shown.index("<svg") : shown.index("</svg>")]
    assert INK in drawn and PAPER in drawn
    assert "var(--ink)" in drawing and "var(--paper)" in drawing
    assert INK not in drawing and PAPER not in drawing
    for variable in ("--ink", "--paper", "--faint"):
        assert shown.count(f"{variable}: #") == 2  # by day and by night


def test_ids_are_unique_and_found():
    reader = read(["bptt", "stepwise"])
    ids = [value for name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = [value for name, value in reader.attributes if name in ("href", "xlink:href") and value]
    links += [link for _, value in reader.attributes for link in re.findall(r"url\((#[^)]*)\)", value or "")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
