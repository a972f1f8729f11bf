"""Stages: whoever watches is told what is going on and how far it is; nobody else pays for it."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from elman.cli import progress
from elman.cli.progress import StageView
from elman.stages import UPDATES, each, stage, watched_by


def test_nobody_watching_costs_nothing():
    rows = [1, 2, 3]
    assert each(rows, "reading", 3) is rows
    with stage("thinking"):
        pass


@pytest.mark.parametrize("count", [1, 2, 63, 10_007])
def test_shares_rise_and_are_few(count):
    told = []
    with watched_by(lambda name, share: told.append((name, share))):
        assert [*each(range(count), "reading", count)] == [*range(count)]
    assert told[0] == ("reading", 0.0) and told[-1] == ("", None)
    shares = [share for name, share in told if name]
    assert shares == sorted(shares) and max(shares) <= 1 and len(shares) <= UPDATES + 2
    assert len(shares) >= min(count, UPDATES // 2)


def test_what_goes_on_around_a_stage_comes_back_after_it():
    told = []
    with watched_by(lambda name, share: told.append(name)), stage("outside"):
        with pytest.raises(ValueError, match="planted"), stage("inside"):
            raise ValueError("planted")
        for item in each([1], "counting", 1):
            assert item == 1
            with stage("within"):
                pass
    assert told == ["outside", "inside", "outside", "counting", "within", "counting", "outside", ""]


def test_other_threads_are_not_watched():
    told = []

    def work():
        with stage("elsewhere"):
            pass

    with watched_by(lambda name, share: told.append(name)):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert told == []


def test_a_pipe_gets_a_line_now_and_then_and_a_terminal_a_bar(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    out = io.StringIO()
    with StageView(Console(file=out, width=80)):
        for _ in each(range(40), "reading x.csv", 40):
            now[0] += 1.0
        with stage("soon over"):
            pass
    assert out.getvalue().splitlines() == [f"reading x.csv: {share:.0%}" for share in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9)]
    out = io.StringIO()
    with StageView(Console(file=out, width=80, force_terminal=True)) as view, stage("dealing rows out"):
        view.live.refresh()
    assert "dealing rows out" in out.getvalue()
