"""Pages in a real browser: nothing to complain of, as wide as the screen, light and dark, no words on each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from inspected import built

from browser import Browser, Shown, browser
from elman.inspection import inspect

HISTORY = [{"epoch": float(n), "seconds": n, "loss": 0.7 / n, "learning_rate": 2e-3 - 1e-5 * n} for n in range(1, 12)]
SOURCE = "a/folder/with/a/path/that/is/longer/than/a/narrow/screen/is/wide/train.csv"
PAGES = ("classification", "tagging", "translation", "language-model", "rows")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    task, parts, inputs, outputs = built(request.param, crf=request.param == "tagging")
    path = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    inspect(task, parts, inputs, outputs, about={"history": HISTORY, "best_epoch": 9.0}, source=SOURCE).write(path)
    return path


def test_a_page_fits_the_screen_and_nobody_complains(tab: Browser, page: Path) -> None:
    wide, narrow = tab.show(page, 1280, dark=False), tab.show(page, 390, dark=True)
    for shown in (wide, narrow):
        assert not shown.errors and shown.too_wide == 0 and shown.png.startswith(b"\x89PNG")
    assert brightness(wide)[0] < brightness(wide)[1] and brightness(narrow)[0] > brightness(narrow)[1]
    assert not wide.touching


def test_what_is_wrong_is_seen(tab: Browser, tmp_path: Path) -> None:
    """The check itself: an error in the console, a page too wide, words on each other."""
    faulty = tmp_path / "faulty.html"
    words = '<svg width="90" height="20"><text x="1" y="15">one</text><text x="5" y="15">two</text></svg>'
    faulty.write_text(f'<body><div style="width: 3000px">{words}</div><script>console.error("no")</script></body>')
    shown = tab.show(faulty, 390, dark=False)
    assert shown.errors and shown.too_wide > 1_000 and shown.touching


def brightness(shown: Shown) -> list[int]:
    """Of the text and of the paper."""
    return [sum(map(int, colour[4:-1].split(","))) for colour in shown.colours]
