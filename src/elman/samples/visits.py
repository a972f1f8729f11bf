# pyright: strict
"""Visits of customers to an invented shop, one after another: what was bought, for how much, where, and when.

Whether a customer leaves follows from the order of what happened: in the north whoever pays much for something and
gives something back later; elsewhere whoever gives something back first, and pays much later. Neither a single visit,
nor how often what was done, says it. What is bought next follows from what was bought last.
"""

from __future__ import annotations

import datetime
import random

from elman.data.table import Table
from elman.kinds.column import Cell

CUSTOMERS = 900
GOODS = ["bread", "cheese", "coffee", "fruit", "honey", "juice", "milk", "tea"]
CHANNELS = ["shop", "phone", "web"]
REGIONS = ["north", "east", "south"]
FIRST = datetime.datetime(2024, 1, 1, 8)
DEAR = 100
"""An amount that is much."""
AGAIN = 0.7
"""How often the product that mostly follows another one does follow it."""
MISSING, UNSURE = 0.04, 0.03
"""The share of cells that are empty, of columns that may be; and of customers of whom chance decides."""


def visits() -> Table:
    """Columns customer, time, product, channel, amount, region, age, and churned ("yes" or "no")."""
    rng = random.Random(29)
    rows = [row for number in range(1, CUSTOMERS + 1) for row in customer(rng, number)]
    return Table({name: [row[name] for row in rows] for name in rows[0]})


def customer(rng: random.Random, number: int) -> list[dict[str, Cell]]:
    """All visits of one."""
    count = rng.randint(2, 14)
    amounts = [round(rng.uniform(2, DEAR - 30), 2) for _ in range(count)]
    channels = [rng.choice(CHANNELS) for _ in range(count)]
    dear, back = rng.sample(range(count), 2)
    amounts[dear], channels[back] = round(rng.uniform(DEAR + 20, 3 * DEAR), 2), "return"
    region = rng.choice(REGIONS)
    leaves = dear < back if region == "north" else back < dear
    if rng.random() < UNSURE:
        leaves = rng.random() < 0.5
    time, product = FIRST + datetime.timedelta(days=rng.uniform(0, 300)), rng.choice(GOODS)
    age = None if rng.random() < MISSING else rng.randint(18, 90)
    rows: list[dict[str, Cell]] = []
    for amount, channel in zip(amounts, channels, strict=True):
        rows.append(
            {
                "customer": f"C-{number:04d}",
                "time": time.isoformat(" ", "minutes"),
                "product": None if rng.random() < MISSING else product,
                "channel": channel,
                "amount": amount,
                "region": region,
                "age": age,
                "churned": "yes" if leaves else "no",
            }
        )
        time += datetime.timedelta(days=rng.expovariate(1 / 9), minutes=1)
        place = GOODS.index(product)
        product = GOODS[(place + 3) % len(GOODS)] if rng.random() < AGAIN else rng.choice(GOODS)
    return rows
