# pyright: strict
"""Sensors of an invented machine that works in cycles, minute by minute: for days all is well, then three faults.

The current follows the load, the temperature follows it slowly, the vibration goes up and down five times a cycle. The
faults are a spike of the pressure, a thermometer that is stuck, and a motor that turns too slowly.
"""

from __future__ import annotations

import datetime
import math
import random

from elman.data.table import Table
from elman.kinds.column import Cell

STEPS, CYCLE = 7_200, 48
FIRST = datetime.datetime(2024, 5, 6, 6)
SPIKE, STUCK, SLOW = range(6_640, 6_643), range(6_800, 6_860), range(6_960, 7_056)
"""The steps of each fault."""
SLOWNESS = 1.25
"""How much longer a vibration takes when the motor is slow."""


def machine() -> Table:
    """Columns time, current, temperature, pressure, vibration, and fault (0 or 1)."""
    rng = random.Random(41)
    columns: dict[str, list[Cell]] = {
        name: [] for name in ("time", "current", "temperature", "pressure", "vibration", "fault")
    }
    temperature, turned, wear = 40.0, 0.0, 0.0
    shown = temperature
    for step in range(STEPS):
        load = 1.0 if step % CYCLE < 0.6 * CYCLE else 0.25
        wear = 0.95 * wear + rng.gauss(0, 0.02)
        temperature += 0.1 * (30 + 40 * load - temperature) + rng.gauss(0, 0.15)
        shown = shown if step in STUCK else temperature
        turned += 5 / CYCLE / (SLOWNESS if step in SLOW else 1.0)
        values = {
            "current": 12 * load + 1 + wear + rng.gauss(0, 0.2),
            "temperature": shown,
            "pressure": 3 + 0.5 * load + rng.gauss(0, 0.03) + (0.6 if step in SPIKE else 0.0),
            "vibration": (0.4 + 0.6 * load) * math.sin(2 * math.pi * turned) + rng.gauss(0, 0.05),
        }
        columns["time"].append((FIRST + datetime.timedelta(minutes=step)).isoformat(" ", "minutes"))
        for name, value in values.items():
            columns[name].append(round(value, 3))
        columns["fault"].append(int(step in SPIKE or step in STUCK or step in SLOW))
    return Table({**columns})
