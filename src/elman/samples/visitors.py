# pyright: strict
"""Visitors of an invented library, day by day: a week, a year, and rain that lasts."""

from __future__ import annotations

import datetime
import math
import random

from elman.data.table import Table

DAYS = 900
FIRST = datetime.date(2021, 1, 4)
OF_THE_WEEK = (0.9, 1.0, 1.1, 1.0, 1.2, 1.7, 0.4)
"""Monday to Sunday, times the usual number."""
USUAL, OF_THE_YEAR = 200, 0.25
LASTS, NOISE = 0.8, 0.06
"""Of what yesterday differed from the usual, this share is left today."""


def visitors() -> Table:
    """Columns date and visitors."""
    rng = random.Random(6)
    dates: list[str] = []
    counts: list[int] = []
    rain = 0.0
    for day in range(DAYS):
        date = FIRST + datetime.timedelta(day)
        rain = LASTS * rain + rng.gauss(0, NOISE)
        year = 1 - OF_THE_YEAR * math.cos(2 * math.pi * (date.timetuple().tm_yday - 15) / 365.25)
        dates.append(date.isoformat())
        counts.append(round(USUAL * OF_THE_WEEK[date.weekday()] * year * math.exp(rain)))
    return Table({"date": dates, "visitors": counts})
