# pyright: strict
"""Names of classes that differ in their spelling alone: case, blanks, accents, hyphens, how signs are encoded."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from elman.data.table import Cell, Table
from elman.kinds.base import Kind
from elman.kinds.column import is_list
from elman.kinds.lines import same_words

SELDOM, TIMES = 5, 20
"""A label that stands in so few rows, and one so many times as common beside it, may be one of which it is a slip."""
FEWEST_LETTERS = 5
"""Shorter words that differ in a letter are mostly different words."""


def labels_of(table: Table, output: str, classes: type[Kind]) -> Counter[str]:
    """How often each label stands in the output column, as the kind of the answer parses its cells."""
    cells = table.column(output)
    texts = Counter(cell for cell in cells if isinstance(cell, str))  # each is parsed once
    found = Counter(
        label for cell in cells if not (cell is None or isinstance(cell, str)) for label in classes.names_in(cell)
    )
    for text, count in texts.items():
        for label in classes.names_in(text):
            found[label] += count
    return found


ACCENTS = re.compile("[\u0300-\u036f]")
BETWEEN = re.compile(r"(?<=\w)[-_\u2010-\u2013\s]+(?=\w)")
"""What may stand between the parts of a word: ``sci-fi``, ``sci fi``, ``sci_fi``."""
DECIMALS = re.compile(r"([+-]?\d+)\.0+")


def bare(label: str) -> str:
    """What is the same for all spellings of a label."""
    plain = case_and_blanks(ACCENTS.sub("", unicodedata.normalize("NFKD", label)))
    whole = DECIMALS.fullmatch(plain)
    return whole[1] if whole else BETWEEN.sub(" ", plain)


def case_and_blanks(label: str) -> str:
    """A label but for its case, its blanks, and how its signs are encoded."""
    return same_words(unicodedata.normalize("NFKC", label))


def spelled_alike(counts: Mapping[str, int]) -> list[list[str]]:
    """The labels that come in several spellings, each label with the commonest spelling first."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(counts, key=lambda label: (-counts[label], label)):
        groups[bare(label)].append(label)
    return [spellings for spellings in groups.values() if len(spellings) > 1]


def commonest_spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """What each label, without what doesn't count in its spelling, is read as: the commonest spelling, without blanks
    around it; of what is misspelled, that of the label that is meant."""
    usual = {bare(label): label.strip() for label in sorted(counts, key=lambda label: (counts[label], label))}
    return usual | {wrong: usual[meant] for wrong, meant in misspelled(counts).items()}


def misspelled(counts: Mapping[str, int]) -> dict[str, str]:
    """Labels that are seldom, and one letter away from a far commoner one, which each likely is; bare, both of them."""
    total: Counter[str] = Counter()
    for label, count in counts.items():
        total[bare(label)] += count
    long = [label for label in total if len(label) >= FEWEST_LETTERS]
    beside: defaultdict[str, list[str]] = defaultdict(list)
    for label in long:
        for shorter in {label, *without_one(label)}:
            beside[shorter].append(label)
    found: dict[str, str] = {}
    for label in sorted(long, key=lambda label: -total[label]):
        near = {other for shorter in {label, *without_one(label)} for other in beside[shorter]}
        meant = [
            other
            for other in near
            if total[label] <= SELDOM and total[other] >= TIMES * total[label] and one_letter_apart(label, other)
        ]
        if meant:
            found[label] = max(meant, key=lambda other: (total[other], other))
    return found


def without_one(word: str) -> set[str]:
    """The word without one of its letters, each of them."""
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def one_letter_apart(first: str, second: str) -> bool:
    """A letter more, less, another one, or two that changed places, but not the first, by which words differ that are
    meant to; and no digits, which count."""
    start = shared(first, second)
    end = shared(first[start:][::-1], second[start:][::-1])
    left, right = (word[start : len(word) - end] for word in (first, second))
    swapped = len(left) == 2 and left[::-1] == right
    changed = swapped or max(len(left), len(right)) <= 1
    return bool(start) and changed and (left + right).isalpha()


def shared(first: str, second: str) -> int:
    """With how many same letters two words begin."""
    differ = (place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differ, min(len(first), len(second)))


def tidy(table: Table, output: str, classes: type[Kind], spellings: Mapping[str, str]) -> Table:
    """The table with one spelling for each label of the output column, where it is there."""
    if not spellings or output not in table.columns:
        return table
    cells = [tidied(cell, classes, spellings) for cell in table.columns[output]]
    return replace(table, columns={**table.columns, output: cells})


def tidied(cell: Cell, classes: type[Kind], spellings: Mapping[str, str]) -> Cell:
    if not (isinstance(cell, str) or is_list(cell)):
        return cell
    names = [spellings.get(bare(name), name) for name in classes.names_in(cell)]
    return names[0] if classes.is_value and names else names
