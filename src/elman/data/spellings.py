# pyright: strict
"""Names of classes that differ in their spelling alone: their case, their blanks, how signs are encoded."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from elman.data.table import Cell, Table
from elman.kinds.base import Kind
from elman.kinds.column import is_list
from elman.kinds.lines import same_words


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


def bare(label: str) -> str:
    """What is the same for all spellings of a label."""
    return same_words(unicodedata.normalize("NFKC", label))


def spelled_alike(counts: Mapping[str, int]) -> list[list[str]]:
    """The labels that come in several spellings, each label with the commonest spelling first."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(counts, key=lambda label: (-counts[label], label)):
        groups[bare(label)].append(label)
    return [spellings for spellings in groups.values() if len(spellings) > 1]


def commonest_spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """What each label, without what doesn't count in its spelling, is read as: the commonest spelling, without blanks
    around it."""
    return {bare(label): label.strip() for label in sorted(counts, key=lambda label: (counts[label], label))}


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
