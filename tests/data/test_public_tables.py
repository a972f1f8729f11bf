"""Kinds of fault that tables of public institutions and courses showed, made anew."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from elman.data.detect import detect
from elman.data.readers import read

RNG = random.Random(7)
COUNTRIES = "Kenya Chile France Japan Peru Ghana Spain Nepal Cuba Iran".split()


def written(path: Path, header: str, rows: Any) -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def figures(years: range) -> list[tuple[Any, ...]]:
    return [
        (country, "AB"[place % 2], year, round(50 + RNG.gauss(0, 1), 2), RNG.randint(10**6, 10**7))
        for place, country in enumerate(COUNTRIES)
        for year in years
    ]


@pytest.mark.parametrize("by_year", [1, -1, 0], ids=["rising", "falling", "by country"])
@pytest.mark.parametrize("years", [range(1952, 2008, 5), range(2001, 2014)], ids=["each fifth", "each"])
def test_few_years_of_many_countries_are_a_panel(tmp_path: Path, years: range, by_year: int):
    rows = figures(years)
    rows = sorted(rows, key=lambda row: by_year * row[2]) if by_year else rows
    table = read(written(tmp_path / "x.csv", "region,part,year,life,people", rows))
    found = detect(table)
    assert (found.task, found.inputs) == ("forecasting", ("life", "people"))
    assert (found.sequences, found.order) == ("region", "year")


def test_years_of_cars_are_no_panel(tmp_path: Path):
    rows = [
        (RNG.choice(COUNTRIES), RNG.randint(2001, 2013), RNG.randint(1, 99), RNG.randint(10**3, 10**4))
        for _ in range(200)
    ]
    found = detect(read(written(tmp_path / "x.csv", "maker,year,miles,price", rows)))
    assert (found.task, found.output, found.sequences) == ("regression", "price", None)
