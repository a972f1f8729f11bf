# pyright: strict
"""Short reports and their headlines: most words of a headline stand in its report, and not in its first sentence."""

from __future__ import annotations

import random

from elman.data.table import Table, from_rows

ROWS = 1000
SYLLABLES = "ba ber cor dal dun el fen gar hol kes lin mar nor ost pel rin sol tam ul ver wes yar".split()  # noqa: SIM905
ENDS = ["ton", "field", "mouth", "ham", "wick", "ford"]
THINGS = ["bridge", "library", "mill", "harbour", "school", "tower", "market", "station", "theatre", "bakery"]
EVENTS = {
    "was closed": "after a storm",
    "was reopened": "after long repairs",
    "caught fire": "during the night",
    "was sold": "to an unknown buyer",
    "won a prize": "for its windows",
    "was flooded": "by the river",
}
BEFORE = [
    "It was a quiet week in most parts of the country.",
    "Few people had expected any news from the coast.",
    "The weather had been mild, and nobody thought of trouble.",
    "As so often, the council met on a Monday morning.",
    "Visitors come to the region mostly in the summer.",
]
AFTER = [
    "Neighbours said that they had never seen anything like it.",
    "The mayor thanked all who had helped, and promised a report within a month.",
    "What it will cost nobody could say at first.",
    "A meeting about what to do next has been called for Friday.",
    "Older people remember that something similar happened forty years ago.",
    "The road to the coast stayed open all the time.",
]


def reports() -> Table:
    """Columns report (six sentences) and headline ("Library of Berolwick was sold"); no place twice."""
    rng = random.Random(11)
    places = list(dict.fromkeys(place(rng) for _ in range(4 * ROWS)))[:ROWS]
    return from_rows(["report", "headline"], [report(rng, place) for place in places])


def place(rng: random.Random) -> str:
    return ("".join(rng.sample(SYLLABLES, 2)) + rng.choice(ENDS)).capitalize()


def report(rng: random.Random, place: str) -> tuple[str, str]:
    thing, event = rng.choice(THINGS), rng.choice(list(EVENTS))
    news = f"The {thing} of {place} {event} {EVENTS[event]}."
    told = [*rng.sample(BEFORE, rng.randint(1, 3)), news, *rng.sample(AFTER, 3)]
    return " ".join(told), f"{thing.capitalize()} of {place} {event}"
