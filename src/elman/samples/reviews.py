"""One-sentence reviews. Negation and contrast turn the words round, so counting words is not enough."""

from __future__ import annotations

import random

from elman.data.table import Table, from_rows

ROWS = 3000
GOOD = ["good", "great", "lovely", "funny", "clever", "moving", "warm", "brilliant", "charming", "gripping"]
BAD = ["bad", "dull", "awful", "boring", "clumsy", "cold", "silly", "tedious", "hollow", "predictable"]
THINGS = ["plot", "acting", "music", "ending", "cast", "dialogue", "camera", "story", "film", "script"]
LINKS = ["was", "is", "seemed", "felt"]
DEGREES = ["", "", "very ", "quite ", "really "]
NEGATIONS = ["not ", "never ", "hardly "]


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
    match rng.randrange(4):
        case 0:
            return f"{main}."
        case 1:
            return f"{clause(rng, not positive)}, but {main}."
        case 2:
            return f"although {clause(rng, not positive)}, {main}."
        case _:
            return f"{main}, even though {clause(rng, not positive)}."


def clause(rng: random.Random, positive: bool) -> str:
    thing, link, degree = rng.choice(THINGS), rng.choice(LINKS), rng.choice(DEGREES)
    negation = rng.choice(NEGATIONS) if rng.random() < 0.4 else ""
    says_good = positive != bool(negation)
    return f"the {thing} {link} {negation}{degree}{rng.choice(GOOD if says_good else BAD)}"
