"""Rows that are too many for memory are measured piece by piece, to the same report."""

from __future__ import annotations

import random

import pytest

import elman
from elman import cache, model, stored
from elman.answers import piecewise


@pytest.fixture
def pieces(monkeypatch, tmp_path):
    """Pieces of few rows, each of several batches."""
    monkeypatch.setattr("elman.answers.base.PREDICT_ROWS", 16)
    monkeypatch.setattr(piecewise, "PIECE", 32)
    monkeypatch.setattr(stored, "BLOCK", 50)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))


def classes(generator):
    words = generator.choices(["good", "bad", "dull", "fine", "plot", "cast"], k=generator.randint(2, 7))
    return f"{' '.join(words)},{'yes' if 'good' in words else 'no'}"


def amounts(generator):
    a, b = generator.gauss(0, 1), generator.gauss(0, 1)
    return f"{a:.3f},{b:.3f},{a - b / 2:.3f}"


@pytest.mark.parametrize(("names", "row"), [("text,label", classes), ("a,b,price", amounts)])
@pytest.mark.parametrize("most", [10**6, 100])
def test_the_report_is_the_same(names, row, most, pieces, tmp_path, monkeypatch):
    generator = random.Random(0)
    path = tmp_path / "data.csv"
    path.write_text(f"{names}\n" + "".join(f"{row(generator)}\n" for _ in range(450)))
    trained = elman.fit(path, epochs=1, hidden_size=8)
    monkeypatch.setattr(model, "MOST_MEASURED", most)
    small = trained.evaluate(path).to_json()
    monkeypatch.setattr(stored, "LARGE", 0)
    large = trained.evaluate(path).to_json()
    assert large == small
    assert small["rows"] == min(most, 450) and small["drawn_from"] == (450 if most < 450 else 0)
