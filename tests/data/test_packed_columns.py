"""Columns that are held as the lines of long texts until they are read."""

from __future__ import annotations

import random
import re

import pytest

from elman.data.forms.numbers import ALL, are_plain, are_plainly
from elman.data.readers.files import parted
from elman.data.readers.packed import Packed, packed, packed_columns, taken

ODD = ["12", "-3.5", "", None, "a\nb", "\0", "x" * 90, 7, 1.5, ["a"], "naïve", "\r"]


@pytest.mark.parametrize("rows", [0, 1, 2, 63, 3_001])
@pytest.mark.parametrize("pool", [["1", "2.5"], ["1", None], ODD, ["x" * 90], ["a", "b\nc"]])
def test_cells_come_out_as_they_went_in(rows, pool):
    generator = random.Random(rows)
    columns = {name: generator.choices(pool, k=rows) for name in "abc"}
    held = packed_columns(list(columns), zip(*columns.values(), strict=True))
    assert {name: column.cells() for name, column in held.items()} == columns
    assert dict(taken(held)) == columns and not held


def test_short_texts_are_one_and_equal_ones_come_out_as_one():
    assert packed(["1", None, "3"]) == "1\n\0\n3"
    assert not isinstance(packed(["long " * 20] * 3), str)
    column = Packed()
    for _ in range(3):
        column.add([f"lab{'el'}" for _ in range(5)])
    assert len(set(map(id, column.cells()))) == 1


NUMBERS = "0 7 -7 +7 1.5 -0.25 -0 0. 5. .5 -.5 - . 1.2.3 1-2 --1 007 -01 00 1e5 1_0 ٣ nan x".split()  # noqa: SIM905


@pytest.mark.parametrize("whole", [True, False])
def test_plain_numbers_are_what_the_pattern_says(whole):
    pattern = ALL[int if whole else float]
    for number in [*NUMBERS, "", " 1", "1" * 18, "1" * 19, "1" * 31, "1" * 32, "-" + "1" * 31, "0." + "1" * 40]:
        for lines in (number, f"1\n{number}", f"{number}\n2", f"3\n{number}\n0"):
            assert are_plain(lines, whole) == bool(pattern.fullmatch(lines + "\n")), lines
            assert are_plain(lines, whole) >= are_plainly(lines, whole)
    assert are_plainly("0\n-12\n3" if whole else "0\n-1.5\n0.25\n3.", whole)


@pytest.mark.parametrize("line_end", ["\n", "\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_lines_are_parted_wherever_blocks_end(line_end, size):
    generator = random.Random(size)
    signs = "ab\n" if line_end == "\r" else "ab\r\r\n"
    for _ in range(200):
        text = "".join(generator.choices([*signs, line_end], k=generator.randrange(30)))
        blocks = [text[start : start + size] for start in range(0, len(text), size)]
        expected = [line.rstrip("\r\n") for line in re.findall(f"[^{line_end}]*{line_end}|[^{line_end}]+$", text)]
        assert [line for lines in parted(blocks, line_end) for line in lines] == expected
