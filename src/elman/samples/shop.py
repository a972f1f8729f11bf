# pyright: strict
"""Orders of a shop: texts, categories, several labels, a number and a date beside each other, some of them missing.

Whether an order comes back follows from the columns together: the note says whether it was liked, which counts in two
of the shops; in the third the price does; and gifts bought in December come back. No column alone says it.
"""

from __future__ import annotations

import datetime
import random
from typing import Any

from elman.data.table import Table
from elman.kinds.column import Cell

ROWS = 1_500
GOODS = ["lamp", "chair", "kettle", "rug", "shelf", "clock", "mirror", "blanket", "desk", "vase"]
LIKED = ["lovely", "sturdy", "pretty", "bright", "handy", "soft", "neat", "elegant"]
DISLIKED = ["scratched", "wobbly", "pale", "heavy", "dull", "crooked", "rough", "noisy"]
WISHES = ["leave it with the neighbour", "ring twice", "the door at the back", "call before you come", "thank you"]
LOOKS = ["small", "large", "oak", "steel", "red", "white", "round", "tall", "folding", "old"]
PARTS = ["with a lid", "with a drawer", "for two", "in a box", "without screws", "for the hall"]
TOPICS = ["gift", "office", "garden", "kitchen", "sale", "hall", "bath", "travel", "sport", "books", "music", "pets"]
SHOPS = ["north", "harbour", "online"]
MISSING = 0.06
"""The share of cells that are empty, of columns that may be."""
HOLIDAY = 12
"""The month before which gifts are bought."""
UNSURE = 0.03
"""The share of orders of which chance decides whether they come back."""


def shop() -> Table:
    """Columns order, title, note, shop, topics, price, day, and outcome ("kept" or "returned")."""
    rng = random.Random(23)
    rows = [order(rng, number) for number in range(1, ROWS + 1)]
    return Table({name: [row[name] for row in rows] for name in rows[0]})


def order(rng: random.Random, number: int) -> dict[str, Cell]:
    """A row. What is disliked comes back, but to the online shop what is dear does, liked or not."""
    thing, liked = rng.choice(GOODS), rng.random() < 0.5
    price, shop = round(rng.uniform(5, 200), 2), rng.choice(SHOPS)
    topics = sorted(rng.sample(TOPICS, rng.randint(0, 4)))
    day = datetime.date(2024, 1, 1) + datetime.timedelta(days=rng.randrange(730))
    returned = not liked if shop != "online" else price > 100
    returned = returned or ("gift" in topics and day.month == HOLIDAY)
    if rng.random() < UNSURE:
        returned = rng.random() < 0.5
    word, other = rng.sample(LIKED if liked else DISLIKED, 2)
    note = f"the {thing} is {word} and {other}, {rng.choice(WISHES)}"
    optional: dict[str, Any] = {"note": note, "price": price, "day": day.isoformat()}
    given = {name: None if rng.random() < MISSING else value for name, value in optional.items()}
    return {
        "order": f"N-{number:05d}",
        "title": f"{' '.join(rng.sample(LOOKS, 2))} {thing} {rng.choice(PARTS)}",
        "note": given["note"],
        "shop": shop,
        "topics": ";".join(topics) or None,
        "price": given["price"],
        "day": given["day"],
        "outcome": "returned" if returned else "kept",
    }
