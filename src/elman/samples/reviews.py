# pyright: strict
"""One-sentence reviews. Negation and contrast turn the words round, so counting words is seldom enough."""

from __future__ import annotations

import random

from elman.data.table import Table, from_rows

ROWS = 4000
# Few words, so that what is learned is how they work together.
GOOD = ["good", "great", "lovely", "funny", "clever"]
BAD = ["bad", "dull", "awful", "boring", "clumsy"]
THINGS = ["plot", "acting", "music", "ending", "cast", "dialogue"]
LINKS = ["was", "seemed"]
DEGREES = ["", "very ", "quite "]
ONE_CLAUSE = 0.5  # of the sentences
NEGATED = 0.2  # of the clauses


def reviews() -> Table:
    """Columns text and label ("positive" or "negative"); no text twice."""
    rng = random.Random(3)
    rows: dict[str, str] = {}
    while len(rows) < ROWS:
        positive = rng.random() < 0.5
        rows[sentence(rng, positive)] = "positive" if positive else "negative"
    return from_rows(["text", "label"], rows.items())


def sentence(rng: random.Random, positive: bool) -> str:
    """One clause; or two that disagree, where the main clause decides."""
    main = clause(rng, positive)
    if rng.random() < ONE_CLAUSE:
        return f"{main}."
    other = clause(rng, not positive)
    return rng.choice((f"{other}, but {main}.", f"although {other}, {main}.", f"{main}, even though {other}."))


def clause(rng: random.Random, positive: bool) -> str:
    thing, link, degree = rng.choice(THINGS), rng.choice(LINKS), rng.choice(DEGREES)
    negation = "not " if rng.random() < NEGATED else ""
    says_good = positive != bool(negation)
    return f"the {thing} {link} {negation}{degree}{rng.choice(GOOD if says_good else BAD)}"
