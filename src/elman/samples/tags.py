# pyright: strict
"""Sentences with a tag per word. "can", "watch" and "that" take their tag from the words around them."""

from __future__ import annotations

import random

from elman.data.table import Table

ROWS = 1500
DETERMINERS = ["the", "a", "this", "that", "every"]
ADJECTIVES = ["old", "light", "small", "fast", "quiet", "last", "cold", "open"]
NOUNS = ["watch", "light", "run", "fly", "can", "book", "cold", "dog", "sailor", "teacher", "garden", "last"]
VERBS = ["watch", "light", "run", "fly", "open", "book", "see", "like", "last", "find"]
PREPOSITIONS = ["like", "near", "behind", "under", "with"]
PRONOUNS = ["they", "we", "you", "that"]
AUXILIARIES = ["can", "will", "must"]
ADVERBS = ["fast", "often", "here", "last"]

Word = tuple[str, str]


def tags() -> Table:
    """Columns token and tag: lists of equal length."""
    rng = random.Random(4)
    sentences = [sentence(rng) for _ in range(ROWS)]
    columns = {
        "token": [[token for token, _ in words] for words in sentences],
        "tag": [[tag for _, tag in words] for words in sentences],
    }
    return Table(columns, layout="conll", has_header=False)


def sentence(rng: random.Random) -> list[Word]:
    subject = [(rng.choice(PRONOUNS), "PRON")] if rng.random() < 0.3 else noun_phrase(rng)
    words = [*subject, *verb_phrase(rng)]
    if rng.random() < 0.3:
        words.append((rng.choice(ADVERBS), "ADV"))
    return [*words, (".", "PUNCT")]


def noun_phrase(rng: random.Random) -> list[Word]:
    words = [(rng.choice(DETERMINERS), "DET")]
    if rng.random() < 0.5:
        words.append((rng.choice(ADJECTIVES), "ADJ"))
    words.append((rng.choice(NOUNS), "NOUN"))
    if rng.random() < 0.2:
        words += [(rng.choice(PREPOSITIONS), "ADP"), *noun_phrase(rng)]
    return words


def verb_phrase(rng: random.Random) -> list[Word]:
    words = [(rng.choice(AUXILIARIES), "AUX")] if rng.random() < 0.5 else []
    words.append((rng.choice(VERBS), "VERB"))
    if rng.random() < 0.7:
        words += noun_phrase(rng)
    return words
