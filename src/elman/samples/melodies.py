# pyright: strict
"""Little tunes in one voice: phrases that come back, over the steps of a scale, in four keys."""

from __future__ import annotations

import random

from elman.data.table import Table

TUNES = 400
TONICS = (60, 62, 65, 67)
"""C, D, F, G."""
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
RHYTHMS = ((2, 2, 2, 2), (2, 1, 1, 4), (4, 2, 2), (3, 1, 4), (2, 2, 4), (1, 1, 2, 2, 2))
"""Bars of four quarter notes; lengths in eighths."""
FORMS = ("AABA", "ABAB", "AABB")
MOVES = (-2, -1, -1, 1, 1, 2)
"""Steps of the scale from a note to the next one; 0 would hold it, since a list doesn't tell a note struck again."""
HIGHEST, LOWEST = 8, -3


def melodies() -> Table:
    """A column notes: of each tune the pitch of every eighth; one that stands in several is held."""
    rng = random.Random(5)
    made: dict[tuple[int, ...], None] = {}
    while len(made) < TUNES:
        made[tuple(melody(rng))] = None
    return Table({"notes": [list(tune) for tune in made]})


def melody(rng: random.Random) -> list[int]:
    """Two phrases of two bars, in one of the forms; the last note is the tonic."""
    scale, tonic = rng.choice((MAJOR, MINOR)), rng.choice(TONICS)
    start = rng.choice((0, 2, 4))
    phrases = {"A": phrase(rng, start, rng.choice((1, 4))), "B": phrase(rng, rng.choice((2, 4, 5)), 0)}
    tune = close([step for name in rng.choice(FORMS) for step in phrases[name]])
    return [tonic + 12 * (degree // 7) + scale[degree % 7] for degree in tune]


def phrase(rng: random.Random, start: int, end: int) -> list[int]:
    """Two bars of degrees of the scale, eighth by eighth, from one to another."""
    lengths = [*rng.choice(RHYTHMS), *rng.choice(RHYTHMS[1:5])]
    degrees = [start]
    while len(degrees) < len(lengths):
        degrees.append(step_on(rng, degrees[-1]))
    degrees[-1] = end if end != degrees[-2] else end + 2
    return [degree for degree, length in zip(degrees, lengths, strict=True) for _ in range(length)]


def step_on(rng: random.Random, degree: int) -> int:
    moves = [move for move in MOVES if LOWEST <= degree + move <= HIGHEST]
    return degree + rng.choice(moves)


def close(tune: list[int]) -> list[int]:
    """The same with its last note on the tonic."""
    last = len(tune) - next(i for i, degree in enumerate(reversed(tune)) if degree != tune[-1])
    return tune[:last] + [0 if tune[last - 1] != 0 else 7] * (len(tune) - last)
