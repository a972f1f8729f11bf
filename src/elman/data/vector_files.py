# pyright: strict
"""Files of word vectors, read once from their beginning to their end, and of them what is asked for.

GloVe's text (a word and its numbers on each line), that of word2vec and fastText (the same after a line with how many
words and numbers there are), and word2vec's binary form (after that line, each word, a blank, and its numbers as
float32). Which of them a file is, its bytes say.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from elman.data.readers.files import open_bytes
from elman.data.readers.foreign import CONTROLS
from elman.errors import DataFileError
from elman.paths import existing_file
from elman.stages import stage
from elman.stored import Growing

HEAD = 1 << 20
"""Bytes from which a file's form is found; its first lines are shorter."""
LOOKED_AT = 4_096
"""Bytes in which one of binary numbers can't be missed."""
CHUNK = 1 << 20
TOGETHER = 1 << 16
"""Words whose hashes are kept at once."""
LONGEST_WORD = 10_000
"""Bytes of a word at most: a binary file in which no blank comes for longer isn't one."""
LONGEST_NUMBER = 1_000
"""Bytes of a number in text, and of the blanks before it, at most."""
MOST_NUMBERS = 100_000
"""Numbers of a word at most, which its line must be believed before any is read."""
EXPECTED = "expected a word and its numbers on each line, as GloVe, word2vec and fastText write them"
FOREIGN = {
    b"PK\x03\x04": "is a ZIP archive; unpack it, and pass the text file that is in it",
    b"\xba\x16\x4f\x2f": "is a fastText model; pass its vectors, the file that ends in .vec",
    b"\x80": "is a pickle, as gensim saves its own models; write it with save_word2vec_format, and pass that",
    b"\x89HDF": "is an HDF5 file; write its vectors as text, a word and its numbers on each line",
    codecs.BOM_UTF16_LE: "is in UTF-16; save it as UTF-8",
    codecs.BOM_UTF16_BE: "is in UTF-16; save it as UTF-8",
}
"""What files that aren't read begin with."""


@dataclass(frozen=True)
class Form:
    """How a file is written.

    size:   numbers of each word
    words:  how many there are by its first line; None where that is a word already
    """

    size: int
    words: int | None
    binary: bool


@dataclass(frozen=True)
class Row:
    """A word and its numbers as they stand in the file.

    place:   its line; in a binary file, the word's number
    numbers: each as text, or all of them as float32
    """

    place: int
    word: bytes
    numbers: list[bytes] | bytes


@dataclass(frozen=True)
class VectorFile:
    """A file of word vectors. Raises DataFileError for one that is no such file, as far as its beginning says."""

    path: Path
    form: Form = field(init=False)

    def __post_init__(self) -> None:
        existing_file(self.path)
        with open_bytes(self.path) as stream:
            head = read_whole(stream, HEAD)
        object.__setattr__(self, "form", form_of(head, self.path))

    @property
    def name(self) -> str:
        return self.path.name

    def knows(self, *, ignore_case: bool) -> Callable[[Sequence[str]], NDArray[np.bool_]]:
        """What says which of some words have a vector, by the same spellings as ``vectors_of``. Of each word of the
        file a hash is kept, eight bytes; of another word it is the same by a chance of one in 10^19."""
        keys = Growing(np.int64)
        with stage(f"reading the words of {self.name}"):
            words = (hash(word.lower() if ignore_case else word) for word, _ in self._words())
            while some := list(islice(words, TOGETHER)):
                keys.add(some)
        own = np.sort(keys.array())

        def among(found: list[int]) -> NDArray[np.bool_]:
            return np.searchsorted(own, found) < np.searchsorted(own, found, "right")

        return lambda words: among([*map(hash, words)]) | among([hash(word.lower()) for word in words])

    def _words(self) -> Iterator[tuple[str, Row]]:
        """All words that are UTF-8."""
        for row in self.rows():
            try:
                yield row.word.decode(), row
            except UnicodeDecodeError:
                continue

    def vectors_of(
        self, words: Collection[str], *, ignore_case: bool, more: int, is_word: Callable[[str], bool]
    ) -> tuple[Mapping[str, NDArray[np.float32]], Mapping[str, NDArray[np.float32]]]:
        """The vectors ``[D]`` of those of the ``words`` that have one, by their spelling, else in lower case; and of
        others, the first in the file, ``more`` of them at most, for which ``is_word`` holds.

        ignore_case: the words stand for all their spellings, and the others are given in lower case

        A word that isn't UTF-8 is passed over, and so are numbers that nobody asks for. Raises DataFileError, with the
        line, for what isn't as its first line says, for numbers that are none or not finite, and where none of the
        words has a vector.
        """
        wanted, others = Wanted(words, ignore_case), dict[str, NDArray[np.float32]]()
        with stage(f"reading word vectors from {self.name}"):
            for word, row in self._words():
                takers = wanted.takers(word)
                own = word.lower() if ignore_case else word
                fills = own != "" and len(others) < more and own not in others and own not in wanted and is_word(own)
                if takers or fills:
                    vector = self.numbers(row)
                    wanted.give(vector, takers)
                    if fills:
                        others[own] = vector
        if not wanted.found:
            raise DataFileError(
                f"none of the {len(words):,} words of the training data has a vector in it. Is it of another language, "
                "or of words that are written otherwise?",
                self.path,
            )
        return wanted.found, others

    def numbers(self, row: Row) -> NDArray[np.float32]:
        """The vector of a row. Raises DataFileError where it isn't one of finite numbers."""
        if isinstance(row.numbers, bytes):
            vector = np.frombuffer(row.numbers, "<f4").astype(np.float32)
        else:
            wrong = next((part for part in row.numbers if not is_number(part)), None)
            if wrong is not None:
                raise self._wrong(row, f"{shown(wrong)} isn't a number; {EXPECTED}")
            with np.errstate(over="ignore"):  # what is too large for float32 isn't finite
                vector = np.array([float(part) for part in row.numbers]).astype(np.float32)
        if not np.isfinite(vector).all():
            raise self._wrong(row, "holds a number that isn't finite (NaN or infinity); leave the word out")
        return vector

    def _wrong(self, row: Row, why: str) -> DataFileError:
        if self.form.binary:
            return DataFileError(f"word {row.place:,}, {shown(row.word)}, {why}", self.path)
        return DataFileError(f"the line of {shown(row.word)}: {why}", self.path, row.place)

    # -- row by row -----------------------------------------------------------------------------

    def rows(self) -> Iterator[Row]:
        """All words, one after another."""
        with open_bytes(self.path) as stream:
            yield from self._binary_rows(stream) if self.form.binary else self._text_rows(stream)

    def _text_rows(self, stream: BinaryIO) -> Generator[Row]:
        size, said, found, number = self.form.size, self.form.words, 0, 0
        as_first = f"{size:,} numbers are expected, as line 1 {'has' if said is None else 'says'}"
        longest = LONGEST_WORD + LONGEST_NUMBER * (size + 1)
        for number, line in enumerate(iter(partial(stream.readline, longest), b""), start=1):
            if len(line) == longest:
                raise DataFileError(f"goes on for more than {longest:,} bytes; {as_first}", self.path, number)
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
                if said is not None:
                    continue
            parts = line.split()
            if not parts:
                continue
            apart = len(parts) - size
            # Some files have words with blanks in them, and some a blank as a word.
            blank = apart == 0 and line[:1].isspace()
            if (apart < 1 and not blank) or (apart > 1 and is_number(parts[apart - 1])):
                raise DataFileError(f"has {len(parts) - 1:,} numbers after its word; {as_first}", self.path, number)
            found += 1
            yield Row(number, b" ".join(parts[:apart]), parts[apart:])
        if said is not None and found != said:
            raise DataFileError(
                f"line 1 says that {said:,} words follow, and {found:,} do: the file is cut off, or line 1 is wrong",
                self.path,
                number,
            )

    def _binary_rows(self, stream: BinaryIO) -> Generator[Row]:
        assert self.form.words is not None
        stream.readline()
        size, buffer, at = 4 * self.form.size, b"", 0
        for number in range(1, self.form.words + 1):
            while (end := buffer.find(b" ", at)) < 0 or end + 1 + size > len(buffer):
                more = stream.read(max(CHUNK, size))
                unlike = end < 0 and len(buffer) - at > LONGEST_WORD
                if not more or unlike:
                    raise self._cut_off(number) if not unlike else self._misread(number)
                buffer, at = buffer[at:] + more, 0
            yield Row(number, buffer[at:end].lstrip(b"\n"), buffer[end + 1 : end + 1 + size])
            at = end + 1 + size
        if (buffer[at:] + stream.read(1)).strip():
            raise DataFileError(
                f"goes on after the {self.form.words:,} words of {self.form.size:,} numbers that line 1 says it has: "
                "it is damaged, or line 1 is wrong",
                self.path,
            )

    def _cut_off(self, number: int) -> DataFileError:
        return DataFileError(
            f"ends within word {number:,} of the {self.form.words:,} of {self.form.size:,} numbers that line 1 says it "
            "has: it is cut off, or line 1 is wrong",
            self.path,
        )

    def _misread(self, number: int) -> DataFileError:
        return DataFileError(
            f"has no blank after word {number:,}: it isn't word2vec's binary form, or has not the {self.form.size:,} "
            "numbers for each word that line 1 says",
            self.path,
        )


class Wanted:
    """The words that are asked for, and the best vector that was found for each: of its spelling, else of its lower
    case, else, where case is ignored, of any word that is it in lower case. Of several alike the first counts."""

    def __init__(self, words: Collection[str], ignore_case: bool):
        self.words, self.ignore_case = frozenset(words), ignore_case
        self.capitals: dict[str, list[str]] = {}
        for word in self.words:
            if word.lower() != word:
                self.capitals.setdefault(word.lower(), []).append(word)
        self.found: dict[str, NDArray[np.float32]] = {}
        self.ranks: dict[str, int] = {}

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def takers(self, word: str) -> dict[str, int]:
        """Which of them a word of the file is better for than what was found until now, and how far it is from it."""
        ranks = dict.fromkeys(self.capitals.get(word, ()), 1)
        if self.ignore_case and (folded := word.lower()) in self.words:
            ranks[folded] = 2
        if word in self.words:
            ranks[word] = 0
        return {own: rank for own, rank in ranks.items() if rank < self.ranks.get(own, 3)}

    def give(self, vector: NDArray[np.float32], takers: Mapping[str, int]) -> None:
        """This vector to these."""
        for own, rank in takers.items():
            self.found[own], self.ranks[own] = vector, rank


# -- forms --------------------------------------------------------------------------------------------------


def form_of(head: bytes, path: Path) -> Form:
    """How a file that begins so is written. Raises DataFileError where it holds no word vectors."""
    if not head.strip():
        raise DataFileError(f"is empty; {EXPECTED}", path)
    for start, why in FOREIGN.items():
        if head.startswith(start):
            raise DataFileError(f"{why}.", path)
    first, _, rest = head.removeprefix(codecs.BOM_UTF8).partition(b"\n")
    parts = first.split()
    if len(parts) == 2 and all(re.fullmatch(rb"\d{1,18}", part) for part in parts):
        words, size = map(int, parts)
        if not words or not 1 <= size <= MOST_NUMBERS:
            raise DataFileError(f"says that it has {words:,} words of {size:,} numbers; {EXPECTED}", path, 1)
        return Form(size, words, is_binary(rest, size))
    if CONTROLS.search(head):
        raise DataFileError(f"holds bytes that text hasn't; {EXPECTED}", path)
    if len(first) == HEAD:
        raise DataFileError(f"has a first line of more than {HEAD:,} bytes; {EXPECTED}", path, 1)
    wrong = next((part for part in parts[1:] if not is_number(part)), None)
    if len(parts) < 2 or wrong is not None:
        found = f"{shown(parts[0])} stands alone" if wrong is None else f"{shown(wrong)} isn't a number"
        raise DataFileError(f"{found}; {EXPECTED}", path, 1)
    return Form(len(parts) - 1, None, binary=False)


def is_binary(body: bytes, size: int) -> bool:
    """Whether numbers are bytes rather than digits, by what stands after the first line."""
    numbers = body.partition(b"\n")[0].partition(b" ")[2]
    if CONTROLS.search(body[:LOOKED_AT]) or not numbers.isascii():
        return True
    return len(numbers.split()) < size and not is_utf8(body[:LOOKED_AT])


def is_utf8(part: bytes) -> bool:
    """Whether a part of a file, which may be cut within a letter, is UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(part)
    except UnicodeDecodeError:
        return False
    return True


def is_number(part: bytes) -> bool:
    try:
        float(part)
    except ValueError:
        return False
    return True


def shown(part: bytes) -> str:
    """Bytes of a file, for people."""
    return repr(part[:40].decode("utf-8", "replace"))


def read_whole(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, or all that there are: what unpacks may give fewer at once."""
    found = b""
    while len(found) < size and (more := stream.read(size - len(found))):
        found += more
    return found
