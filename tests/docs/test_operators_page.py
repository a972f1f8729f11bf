"""The table of operators says which there are, and what of them ONNX and C have."""

from __future__ import annotations

import re
from pathlib import Path

from elman.export.c.operators import IN_C
from elman.export.onnx.operators import EMITTERS
from elman.graph import OPERATORS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "operators.md"


def test_the_table_is_true():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]*)\| ([^|]*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, *_ in rows} == {*OPERATORS} and len(rows) == len(OPERATORS)
    assert {name for name, _, onnx, _ in rows if onnx.strip()} == {operator.name for operator in EMITTERS}
    assert {name for name, _, _, c in rows if c.strip()} == {operator.name for operator in IN_C}
