# pyright: strict
"""Numbers in words -> their digits: input and output differ in length, and a zero is nowhere spoken."""

from __future__ import annotations

import random

from elman.data.table import Table, from_rows

ROWS = 3000
LIMIT = 10_000
SMALL = """
    zero one two three four five six seven eight nine
    ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
""".split()  # noqa: SIM905
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def numbers() -> Table:
    """Columns words ("two hundred and seven") and digits ("2 0 7"); no number twice."""
    rng = random.Random(5)
    return from_rows(["words", "digits"], [(spell(n), " ".join(str(n))) for n in rng.sample(range(LIMIT), ROWS)])


def spell(n: int) -> str:
    if n < 20:
        return SMALL[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f" {SMALL[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{SMALL[n // 100]} hundred" + (f" and {spell(n % 100)}" if n % 100 else "")
    rest = n % 1000
    return f"{spell(n // 1000)} thousand" + (f"{' and' if rest < 100 else ''} {spell(rest)}" if rest else "")
