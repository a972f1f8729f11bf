"""Numbers as spreadsheets, accounts and older programs write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from elman.data.format import ReadingOptions
from elman.data.forms.columns import Choices, ColumnLook
from elman.data.readers import read, read_table
from elman.errors import TaskError


def form_of(cells: Sequence[Any]) -> Any:
    look = ColumnLook("x")
    look.look(cells)
    return look.form(Choices(), Choices())


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["$ -", "$ (511.76)", "$ 570.10", "$ 1,063.61"], [0, -511.76, 570.1, 1063.61]),  # Excel's accounts
        (["- €", "5,50 €", "-7,25 €"], [0, 5.5, -7.25]),
        (["12.--", "14.50", "8.-", "-3.\u2014"], [12, 14.5, 8, -3]),  # Swiss prices
        (["12,-", "13,50"], [12, 13.5]),
        (["3.0D+03", "1.5D-02"], [3000, 0.015]),  # Fortran
        (["￥24,488", "￥570"], [24488, 570]),
        (["¥24,488", "¥25,012"], [24488, 25012]),
        (["$24,488", "$25,012"], [24488, 25012]),
        (["24,488円", "25,012円"], [24488, 25012]),
        (["489人", "12人"], [489, 12]),
        (["1.5万", "3万"], [1.5, 3]),
        (["１２", "３４５"], [12, 345]),
        (["3 021 345", "2 998 120"], [3021345, 2998120]),
        (["－１，２３４．５", "５６"], [-1234.5, 56]),
        (["٣٫٥", "٤"], [3.5, 4]),
        (["Rp 1.234.567", "Rp 12.500"], [1234567, 12500]),
        ([".A", "1.5", ".Z", "._"], [None, 1.5, None, None]),  # SAS
        (["21.5", "unavailable", "unknown"], [21.5, None, None]),  # Home Assistant
        (["1", "\\N", "2"], [1, None, 2]),
    ],
)
def test_they_are_read(cells: list[str], numbers: list[float | None]):
    form = form_of(cells)
    assert form is not None and [form.read(cell) for cell in cells] == numbers


@pytest.mark.parametrize(
    "cells", [["5号", "6号"], ["3D", "2D"], ["12時", "13時"], ["1.-2", "3.-4"], ["$", "$ - -"], ["-", "--"]]
)
def test_what_only_looks_like_a_number(cells: list[str]):
    assert form_of(cells) is None


@pytest.mark.parametrize("cells", [["1,659 €", "1,719 €"], ["24,488", "25,012"], ["C$ 1,659", "C$ 1,719"]])
def test_what_stays_open_is_asked(cells: list[str]):
    with pytest.raises(TaskError, match="--decimal point or --decimal comma"):
        form_of(cells)


def test_one_row_is_read_as_all_were(tmp_path: Path):
    rows = ["$ -", "$ (511.76)", "$ 1,063.61"] * 10
    (path := tmp_path / "x.csv").write_text(
        "net,kind\n" + "\n".join(f'"{net}",{"ab"[i % 2]}' for i, net in enumerate(rows))
    )
    table = read(path)
    assert table.columns["net"][:3] == [0, -511.76, 1063.61] and table.format is not None
    (one := tmp_path / "one.csv").write_text('net\n"$ 1,234"\n')
    kept = ReadingOptions.asked(False, {}, table.format, tuple(table.names))
    assert read_table([one], kept).columns["net"] == [1234]
