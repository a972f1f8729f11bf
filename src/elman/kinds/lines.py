# pyright: strict
"""What is asked of each of many texts, answered for a thousand at once: as the lines of one text."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence

import numpy as np

TOGETHER = 1_000
"""Texts that make one."""
LINE_END = "\n"
BLANK = " "
OTHER_SPACES = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""White space beyond ASCII, as ``str.split`` parts words by it."""
SIGNS = (string.digits + string.punctuation).encode()
SMALL = bytes.maketrans(b"\t\r\x0b\x0c" + string.ascii_uppercase.encode(), b"    " + string.ascii_lowercase.encode())


def same_words(text: str) -> str:
    """A text without what doesn't count: its case, and how it is spaced."""
    return " ".join(text.split()).casefold()


def all_same_words(texts: Sequence[str]) -> Iterator[str]:
    """``same_words`` of each text."""
    for some, lines in in_lines(texts):
        if lines is not None and are_evenly_spaced(lines):
            yield from lines.casefold().split(LINE_END)
        else:
            yield from map(same_words, some)


def count_words(texts: Sequence[str]) -> int:
    """How many words the texts have in all, separated by white space."""
    count = 0
    for some, lines in in_lines(texts):
        if lines is not None and are_evenly_spaced(lines):
            count += len(some) + lines.count(BLANK)
        else:
            count += sum(len(text.split()) for text in some)
    return count


def holding(texts: Sequence[str], sign: str) -> Iterator[str]:
    """The texts that hold a sign."""
    for some in together(texts):
        if sign in LINE_END.join(some):
            yield from (text for text in some if sign in text)


def without_signs(texts: Sequence[str]) -> Iterator[bytes]:
    """The words of each text in lower case, a blank between them, without (ASCII) digits and punctuation."""
    for some, lines in in_lines(texts):
        if lines is None:
            yield from (b" ".join(bare(text).split()) for text in some)
            continue
        words = bare(lines)
        while b"  " in words:
            words = words.replace(b"  ", b" ")
        yield from words.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ").split(b"\n")


def bare(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").translate(SMALL, SIGNS)


def together(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER))


def in_lines(texts: Sequence[str]) -> Iterator[tuple[Sequence[str], str | None]]:
    """Some texts after the other, and the same as lines of one text; None where a text itself has several lines."""
    for some in together(texts):
        lines = LINE_END.join(some)
        yield some, lines if lines.count(LINE_END) == len(some) - 1 else None


def are_evenly_spaced(lines: str) -> bool:
    """Whether there is one blank between the words of each line, no other white space, and a word on each."""
    signs = np.frombuffer(lines.encode("utf-8", "surrogatepass"), np.uint8)
    blank = signs <= ord(BLANK)
    if not signs.size or blank[0] or blank[-1] or (blank[1:] & blank[:-1]).any():
        return False
    usual = np.count_nonzero(blank) == lines.count(BLANK) + lines.count(LINE_END)
    return usual and not holds_other_spaces(lines)


def holds_other_spaces(text: str) -> bool:
    return not text.isascii() and any(space in text for space in OTHER_SPACES)
