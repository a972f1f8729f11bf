# pyright: strict
"""Plain text for a language model: who was named at the start of a line is "he" or "she" to its end."""

from __future__ import annotations

import random

from elman.data.table import Table

LINES = 1500
PEOPLE = {
    "he": ["the old king", "a young sailor", "the miller", "my brother", "the tall hunter"],
    "she": ["the queen", "a quiet baker", "the fisher girl", "my sister", "the clever witch"],
}
POSSESSIVES = {"he": "his", "she": "her"}
PLACES = ["to the sea", "into the dark forest", "over the hill", "down the river", "home", "to the market"]
TIMES = ["one morning", "at night", "in the spring", "after the storm", "before dawn"]
THINGS = ["boat", "lantern", "horse", "ring", "bread", "letter"]
FINDS = ["found", "lost", "sold", "carried", "hid"]
ENDS = ["and never came back", "and sang all the way", "and told nobody", "and wept", "and laughed aloud"]


def story() -> Table:
    """One column, text: a sentence or two per line."""
    rng = random.Random(6)
    return Table({"text": [line(rng) for _ in range(LINES)]}, layout="text", has_header=False)


def line(rng: random.Random) -> str:
    pronoun = rng.choice(list(PEOPLE))
    person = rng.choice(PEOPLE[pronoun])
    first = f"{rng.choice(TIMES)} {person} went {rng.choice(PLACES)}"
    thing = f"{rng.choice(FINDS)} {POSSESSIVES[pronoun]} {rng.choice(THINGS)}"
    match rng.randrange(3):
        case 0:
            text = f"{first}. there {pronoun} {thing} {rng.choice(ENDS)}."
        case 1:
            text = f"{first}, because {pronoun} had {thing}."
        case _:
            text = f"{first} and {thing}. then {pronoun} went {rng.choice(PLACES)} {rng.choice(ENDS)}."
    return text[0].upper() + text[1:]
