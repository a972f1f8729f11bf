"""What docs/lab.md tells is what was measured, wherever ``elman lab`` left its numbers beside the figures."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from elman.lab.experiment import format_value

DOCS = Path(__file__).resolve().parents[2] / "docs"
MEASURED = sorted((DOCS / "figures").glob("*.json"))
NUMBER = r"-?[\d,]+(?:\.\d+)?(?:e[-+]\d+)?"
TOLD = re.compile(rf"({NUMBER})\s*(?:%|°|ms|KiB|steps)?\s*\[({NUMBER})\s+to\s+({NUMBER})\]")


def sections(page: str) -> dict[str, str]:
    """By name of the experiment, what the page says about it."""
    heads = [*re.finditer(r"^### (\S+)$", page, re.MULTILINE), None]
    return {one[1]: page[one.end() : other.start() if other else len(page)] for one, other in pairwise(heads) if one}


def untrue(text: str, findings: dict) -> list[str]:
    """What ``text`` tells otherwise than it was measured: a number with its interval, the verdict."""
    measured = {
        tuple(format_value(each[key]) for key in ("value", "low", "high"))
        for each in findings["numbers"].values()
        if None not in (each["value"], each["low"], each["high"])
    }
    wrong = [told[0] for told in TOLD.finditer(text) if told.groups() not in measured]
    return wrong + [f"verdict {findings['verdict']}"] * (f"Verdict: **{findings['verdict']}**" not in squeezed(text))


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("path", MEASURED, ids=lambda path: path.stem)
def test_what_is_told_was_measured(path: Path) -> None:
    text = sections((DOCS / "lab.md").read_text())[path.stem]
    assert TOLD.search(text) and untrue(text, json.loads(path.read_text())) == []


def test_a_number_that_went_stale_is_found() -> None:
    findings = {"verdict": "holds", "numbers": {"a": {"value": 31.2, "low": 26.9, "high": 36.24}}}
    assert untrue("gives 31.2 % [26.9\nto 36.2] right. Verdict:\n**holds**", findings) == []
    assert untrue("gives 31.3 % [26.9 to 36.2] right. Verdict: **holds**", findings) == ["31.3 % [26.9 to 36.2]"]
    assert untrue("gives 31.2 % [26.9 to 36.2] right. Verdict: **depends**", findings) == ["verdict holds"]
