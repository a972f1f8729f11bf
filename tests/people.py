"""Rows of people, for tests of what keeps them together."""

from __future__ import annotations

import random


def people(count: int = 12, pure: bool = False, seed: int = 0) -> dict[str, list]:
    """Rows of some people, each of whom has a level of their own."""
    chance, rows = random.Random(seed), []
    for person in range(count):
        for _ in range(chance.randint(5, 30)):
            label = ("up", "down")[person % 2] if pure else chance.choice(["up", "down"])
            rows.append((f"p{person}", round(chance.gauss(person, 1), 2), round(chance.random(), 2), label))
    chance.shuffle(rows)
    names = ["person", "x", "y", "answer"]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
