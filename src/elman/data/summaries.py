# pyright: strict
"""Texts and what is said of them in short: how much is copied, and from where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from elman.data.table import Cell
from elman.kinds.column import is_sequence

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-z]|\d|[\"“(\[])")
NOT_LETTERS = re.compile(r"[\W_]+")

SAMPLE = 1_000
LONG = 40
"""Words of a text that is worth a summary, on the mean."""
SHORTENED = 0.5
"""A summary has fewer words than this share of its text's ..."""
MOSTLY_COPIED = 0.5
"""... and at least this share of its words stand in the text."""
TOGETHER, HARDLY = 0.5, 0.1
"""Correlation of the lengths, on a scale of logarithms, of texts and their translations, at least; and the deviation of
lengths that hardly differ."""


def sentences(cell: Cell) -> list[str]:
    """The sentences of a text; a list that holds sentences is taken as it is, one of tokens as one text."""
    if is_sequence(cell):
        parts = [str(part).strip() for part in cell]
        if any(" " in part for part in parts):
            return parts
        cell = " ".join(parts)
    return [part for part in SENTENCE_END.split(str(cell or "").strip()) if part]


def bare_words(cell: Cell) -> list[str]:
    """Words in lower case without their punctuation marks; what is all marks is left out."""
    return [word for word in (NOT_LETTERS.sub("", part) for part in joined(cell).lower().split()) if word]


def joined(cell: Cell) -> str:
    """A text, or the elements of a list as one."""
    return " ".join(map(str, cell)) if is_sequence(cell) else str(cell or "")


def copied_share(inputs: Sequence[Cell], outputs: Sequence[Cell]) -> float:
    """The share of the outputs' words that stand in their own input, of evenly spaced rows."""
    copied = words = 0
    for given, wanted in sampled(inputs, outputs):
        there, target = set(bare_words(given)), bare_words(wanted)
        copied += sum(word in there for word in target)
        words += len(target)
    return copied / words if words else 0.0


def are_summaries(inputs: Sequence[Cell], outputs: Sequence[Cell]) -> bool:
    """Whether the inputs are long texts, and the outputs short ones in mostly the same words."""
    pairs = sampled(inputs, outputs)
    given, wanted = (sum(len(bare_words(pair[side])) for pair in pairs) for side in (0, 1))
    return (
        given >= LONG * len(pairs) > 0
        and 0 < wanted < SHORTENED * given
        and copied_share(inputs, outputs) >= MOSTLY_COPIED
    )


def go_together(inputs: Sequence[Cell], outputs: Sequence[Cell]) -> bool:
    """Whether the longer texts have the longer outputs: the lengths of translations are correlated (Gale & Church
    1993), those of names and of what stands beside them by chance aren't. Where lengths hardly differ, whether both are
    texts of several words."""
    texts = [tuple(map(joined, pair)) for pair in sampled(inputs, outputs)]
    if not texts:
        return False
    lengths = np.log1p([[len(text) for text in pair] for pair in texts])
    if lengths.std(axis=0).min() < HARDLY:
        return all(sum(" " in text for text in side) > len(side) / 2 for side in zip(*texts, strict=True))
    return float(np.corrcoef(lengths.T)[0, 1]) >= TOGETHER


def sampled(inputs: Sequence[Cell], outputs: Sequence[Cell]) -> list[tuple[Cell, Cell]]:
    """Up to about ``SAMPLE`` evenly spaced rows that have both an input and an output."""
    every = max(1, len(inputs) // SAMPLE)
    pairs = zip(inputs[::every], outputs[::every], strict=True)
    return [(given, wanted) for given, wanted in pairs if given is not None and wanted is not None]


def closest_stretch(source: Cell, target: Cell) -> str:
    """The words in a row, within one sentence of ``source``, that are most like ``target``; "" where none are.

    By the sum of ROUGE-1 and ROUGE-2 (F1): the oracle that extractive summarisers are trained on (Nallapati et al.
    2017), for stretches of any length.
    """
    wanted = bare_words(target)
    best, found = 0.0, ""
    for sentence in sentences(source):
        words = sentence.split()
        bare = [NOT_LETTERS.sub("", word.lower()) for word in words]
        score, first, last = stretch_of(bare, wanted)
        if score > best:
            best, found = score, " ".join(words[first:last])
    return found.rstrip(",;:")


def stretch_of(words: Sequence[str], wanted: Sequence[str]) -> tuple[float, int, int]:
    """Score, start and end of the best stretch of one sentence."""
    singles, pairs = Counter(wanted), Counter(pairwise(wanted))
    best = 0.0, 0, 0
    for first, word in enumerate(words):
        if word not in singles:
            continue
        left, left_pairs, before = singles.copy(), pairs.copy(), ""
        matched = matched_pairs = 0
        for last in range(first, len(words)):
            word = words[last]
            if left[word] > 0:
                left[word] -= 1
                matched += 1
            if left_pairs[before, word] > 0:
                left_pairs[before, word] -= 1
                matched_pairs += 1
            before, length = word, last + 1 - first
            score = 2 * matched / (length + len(wanted)) + 2 * matched_pairs / max(length + len(wanted) - 2, 1)
            if score > best[0]:
                best = score, first, last + 1
    return best
