# pyright: strict
"""Bytes on disk -> lines of text: missing files, compression, encodings, line ends, binary files."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from elman.data.format import Format, ReadingOptions
from elman.data.readers import foreign
from elman.data.readers.encodings import by_escapes, called, guesses, without_mark
from elman.errors import DataFileError
from elman.paths import existing_file
from elman.stages import each, stage

OF_NO_MATTER = re.compile(
    r"__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|"
    r"_SUCCESS|_temporary|_metadata|_common_metadata|_(committed|started)_\d+"
)
"""What systems leave beside data, and Spark, Databricks and Dask beside theirs."""
CHUNK = 1 << 20
BLOCK = 1 << 16
"""Characters that are parted into lines at once."""
PACKERS: dict[bytes, Callable[[BinaryIO], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
"""What unpacks a file, by its first bytes."""
PACKED = (".gz", ".bz2", ".xz")
"""The endings of their names, which stand after those of the formats."""
# Longer marks first: the UTF-32 mark begins with the UTF-16 one.
BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
MARK = "\ufeff"
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b\x01\x1f"))
UNREADABLE = re.compile("[\0\udc00-\udcff]")
"""A zero byte, or what ``keep_damaged`` makes of bytes that an encoding doesn't have."""
SAMPLE = 1 << 16
"""Bytes that an encoding is found from."""
SURELY_OTHER = 1000
"""So many bytes that aren't UTF-8 are enough to see that a file isn't."""
LONGEST_LINE = 1 << 29
"""Bytes of a line at most: packed, half a megabyte of nothing becomes as many."""
MIXED, FEWEST_MIXED = (0.25, 0.9), 5
"""Between these shares of its lines in UTF-8, and with so many, a file is in several encodings."""
TRIED = 4
"""Encodings that are tried on the whole file."""


def is_of_no_matter(name: str) -> bool:
    """Whether a file, or a folder, is what programs leave beside data."""
    return OF_NO_MATTER.fullmatch(name) is not None or name.startswith(foreign.LOCK)


def keep_damaged(error: UnicodeError) -> tuple[str, int]:
    """For decoders: each byte that can't be decoded becomes a lone surrogate, which valid text never holds."""
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("elman.keep_damaged", keep_damaged)


def is_utf8(line: bytes) -> bool:
    return "\ufffd" not in line.decode("utf-8", "replace")


@contextmanager
def open_bytes(path: Path) -> Generator[BinaryIO]:
    """The bytes of a file, unpacked where they are gzip, bzip2 or xz (by content, whatever the name says)."""
    unpack = None
    try:
        with open(path, "rb") as packed:
            unpack = packer_of(packed.read(6))
            packed.seek(0)
            if unpack:
                with unpack(packed) as unpacked:
                    yield unpacked
            else:
                yield packed
    except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        if unpack and not getattr(error, "errno", None):
            raise DataFileError(
                f"the packed data are damaged or cut off ({error}). Fetch the file again.", path
            ) from error
        raise DataFileError(f"can't be read: {getattr(error, 'strerror', None) or error}.", path) from error


def packer_of(start: bytes) -> Callable[[BinaryIO], Any] | None:
    """What unpacks a file that begins with these bytes, if anything is packed in it."""
    return next((unpack for magic, unpack in PACKERS.items() if start.startswith(magic)), None)


def unpacked_name(name: str) -> str:
    """The name of what is packed: ``x.csv`` for ``x.csv.gz``."""
    stem, point, ending = name.rpartition(".")
    return stem if f"{point}{ending}".lower() in PACKED else name


def marked(start: bytes) -> str | None:
    """The encoding that a byte-order mark names."""
    return next((codec for mark, codec in BYTE_ORDER_MARKS if start.startswith(mark)), None)


@dataclass
class Look:
    """What a pass over the bytes of a file finds, read in one encoding.

    size:     bytes;  characters: what they stand for
    controls: bytes of control characters
    foreign:  characters beyond ASCII, of those that could be read
    unreadable: bytes that the encoding doesn't have, and zero bytes, each with the line ends before it: (LF, CR)
    returns:  those without a line feed behind them;  last: the last sign
    marks:    whether there are byte-order marks after the first
    since:    bytes since the last line end, but for those that stand beside it
    quotes, escaped_quotes: whether there are any, as in a "word", and in \\"
    """

    encoding: str
    size: int = 0
    characters: int = 0
    controls: int = 0
    foreign: int = 0
    unreadable: list[tuple[int, int, int]] = field(default_factory=list)
    line_feeds: int = 0
    returns: int = 0
    since: int = 0
    last: str = ""
    blank: bool = True
    marks: bool = False
    quotes: bool = False
    escaped_quotes: bool = False

    def add(self, text: str, chunk: bytes) -> None:
        self.size += len(chunk)
        self.characters += len(text)
        self.controls += len(chunk) - len(chunk.translate(None, CONTROLS))
        self.blank = self.blank and not text.strip()
        self.since = 0 if "\n" in text or "\r" in text else self.since + len(chunk)
        if '"' in text:
            self.quotes, self.escaped_quotes = True, self.escaped_quotes or '\\"' in text
        if "\0" in text or not text.isascii():
            self._add_unusual(text)
        self.line_feeds += text.count("\n")
        self.returns += text.count("\r") - text.count("\r\n")
        self.last = text[-1:] or self.last

    def _add_unusual(self, text: str) -> None:
        feeds, returns, end, damaged = self.line_feeds, self.returns, 0, 0
        for found in UNREADABLE.finditer(text):
            feeds += text.count("\n", end, found.start())
            returns += text.count("\r", end, found.start())
            end = found.start()
            self.unreadable.append((feeds, returns, ord(found.group()) & 0xFF))
            damaged += found.group() > "\0"
        self.marks = self.marks or MARK in text
        self.foreign += len(text) - len(text.encode("ascii", "ignore")) - damaged

    @property
    def line_end(self) -> str:
        """A line feed, which may stand at the end of a file whose lines otherwise end with returns."""
        feeds = self.line_feeds - (self.last == "\n")
        return "\r" if self.returns > self.line_feeds and feeds <= 0 else "\n"

    def lines(self, *, zeros_alone: bool) -> dict[int, int]:
        """Lines that hold what can't be read, counted from 1, each with the first such byte."""
        found: dict[int, int] = {}
        for feeds, returns, byte in self.unreadable:
            if not byte or not zeros_alone:
                found.setdefault(1 + (feeds if self.line_end == "\n" else returns), byte)
        return found

    @property
    def of_wide_characters(self) -> bool:
        """Each character takes several bytes, which may be zero."""
        return self.encoding.lower().replace("-", "_").startswith(("utf_16", "utf_32", "utf16", "utf32"))

    @property
    def zeros(self) -> int:
        return sum(not byte for *_, byte in self.unreadable)

    @property
    def damaged(self) -> int:
        return len(self.unreadable) - self.zeros

    @property
    def few_damaged(self) -> bool:
        """Some bytes are damaged among many more good characters beyond ASCII."""
        return self.foreign > self.damaged

    @property
    def surely_other(self) -> bool:
        """The file isn't written in this encoding, whatever comes yet."""
        return len(self.unreadable) > SURELY_OTHER and len(self.unreadable) > self.foreign


class TextFile:
    """A text file that was looked through: it is text, in this encoding, and these of its lines can't be read.

    options: what becomes of single bad items, such as lines, and what is said of its encoding

    Raises DataFileError for a file that is missing, empty, binary, or damaged gzip.
    """

    def __init__(self, path: str | Path, options: ReadingOptions | None = None):
        self.path, self.options = existing_file(path), options or ReadingOptions()
        self.bad = self.options.bad
        self.notes: list[str] = []
        look = self._settled()
        self.encoding, self.line_end, self.marks = look.encoding, look.line_end, look.marks
        self.blocks = 1 + look.characters // BLOCK  # that are read, about
        self.has_quotes, self.has_escaped_quotes = look.quotes, look.escaped_quotes
        if look.marks:
            self.notes.append(f"{self.path.name}: byte-order marks within it were left out")
        self.errors = "replace" if look.unreadable else "strict"
        self.left_out = self._bad_lines(look)

    @property
    def format(self) -> Format:
        """How it is written, as far as that was found from its bytes."""
        return Format(encoding=self.encoding.removesuffix("-sig"))

    @property
    def suffix(self) -> str:
        """The extension that tells the format, in lower case: ``.csv`` for both x.csv and x.csv.gz."""
        return Path(unpacked_name(self.path.name)).suffix.lower()

    def lines(self) -> Iterator[str]:
        """The lines without their ends; blank are those that are left out, as they can't be read.

        Only LF, CRLF (or CR in files without LF) end a line.
        """
        if not self.left_out:
            return self.all_lines()
        return ("" if number in self.left_out else line for number, line in enumerate(self.all_lines(), start=1))

    def all_lines(self) -> Iterator[str]:
        """``lines``, with what can be read of those that are left out."""
        return chain.from_iterable(self.blocks_of_lines())

    def blocks_of_lines(self) -> Iterator[list[str]]:
        """``all_lines``, some at a time."""
        with (
            open_bytes(self.path) as stream,
            io.TextIOWrapper(stream, self.encoding, self.errors, newline=self.line_end) as text,
        ):
            blocks = iter(partial(text.read, BLOCK), "")
            for lines in parted(each(blocks, f"reading {self.path.name}", self.blocks), self.line_end):
                yield [line.replace(MARK, "") for line in lines] if self.marks else lines

    def spread_lines(self, most: int) -> list[str]:
        """``lines`` that are filled, evenly spaced over the whole file: at most so many, and all where there are no
        more."""
        found, apart = list[str](), 1
        for place, line in enumerate(line for line in self.lines() if line.strip()):
            if place % apart == 0:
                if len(found) == most:
                    found, apart = found[::2], 2 * apart
                if place % apart == 0:
                    found.append(line)
        return found

    def error(self, message: str, line: int | None = None) -> DataFileError:
        return DataFileError(message, self.path, line)

    def _settled(self) -> Look:
        """The encoding that is said, that a mark names, or that is found; and what a pass in that encoding finds."""
        with open_bytes(self.path) as stream:
            start = stream.read(SAMPLE)
        foreign.refuse(self.path, start)
        if named := self.options.said.encoding or marked(start):
            look = self._look(named)
        elif escaped := by_escapes(start):
            self.notes.append(f"{self.path.name}: read as {called(escaped)}. If letters look wrong, pass --encoding")
            look = self._look(escaped)
        else:
            look = self._look("utf-8")
            if look.zeros and look.controls + look.damaged > look.size / 10:
                look = self._of_wide_characters(start, look)
            elif look.damaged and look.controls - look.zeros <= look.size / 20:
                self._refuse_mixed(look)
                look = look if look.few_damaged else self._older()
        if look.blank:
            raise self.error("is empty. Expected rows of data.")
        if look.controls - look.zeros > look.size / 20 and not look.of_wide_characters:
            raise self.error("is binary, not text. Expected CSV, TSV, JSON lines, Parquet, CoNLL or plain text.")
        return look

    def _look(self, encoding: str) -> Look:
        """One pass over the bytes, in bounded memory; it ends where the file surely isn't in this encoding."""
        look = Look(encoding)
        decoder = codecs.getincrementaldecoder(encoding)("elman.keep_damaged")
        try:
            with stage(f"reading {self.path.name}"), open_bytes(self.path) as stream:
                while (chunk := stream.read(CHUNK)) and not look.surely_other:
                    look.add(decoder.decode(chunk), chunk)
                    if look.since > LONGEST_LINE:
                        raise self.error(
                            f"has a line of more than {LONGEST_LINE:,} bytes, which have to be in memory at once. "
                            "Expected rows of data, or of text, that end with their lines."
                        )
            look.add(decoder.decode(b"", final=True), b"")
        except UnicodeError as error:  # of codecs that can't go on after what is damaged
            raise self.error(f"isn't valid {called(encoding)} ({error}). Pass another --encoding.") from error
        return look

    def _of_wide_characters(self, start: bytes, look: Look) -> Look:
        """The look as UTF-16 or UTF-32 without a mark; the same one where that isn't text, but few bytes are zero."""
        encoding = without_mark(start)
        if encoding is None:
            if look.zeros > look.size / 5 or look.controls - look.zeros > look.size / 20:
                raise self.error(
                    "holds zero bytes, so it isn't text. Expected CSV, TSV, JSON lines, Parquet, CoNLL or plain text."
                )
            return look
        self.notes.append(f"{self.path.name}: read as {called(encoding)}, which it is without a byte-order mark")
        return self._look(encoding)

    def _older(self) -> Look:
        """Not UTF-8: in the encoding of the files that were learned from, if it is valid in that; else in the likeliest
        that it is valid in."""
        said = f"{self.path.name}: not valid UTF-8; read as"
        kept = self.options.kept.encoding
        if kept and not kept.startswith("utf") and not (look := self._look(kept)).damaged:
            self.notes.append(f"{said} {called(kept)}, like the data that was learned from")
            return look
        found = guesses(self._foreign_lines())
        looks: list[Look] = []
        for guess in found[:TRIED]:
            look = self._look(guess.encoding)
            if not look.damaged or look.few_damaged:
                sure, other = guess.sure and guess is found[0], guess.other
                unsure = "" if sure else ", which isn't sure"
                unsure += f" ({called(other)} fits nearly as well)" if other else ""
                self.notes.append(f"{said} {called(guess.encoding)}{unsure}. If letters look wrong, pass --encoding")
                return look
            looks.append(look)
        if not looks:
            raise self.error("isn't UTF-8, and which encoding it is in can't be found. Pass --encoding.")
        return looks[0]

    def _refuse_mixed(self, look: Look) -> None:
        """Raises DataFileError where many lines are UTF-8, and many others aren't: files of both were put together, and
        no one encoding is right. By chance a line of another encoding may be valid, if little is beyond ASCII in it."""
        lines = self._foreign_lines().splitlines()
        valid = sum(map(is_utf8, lines))
        if valid >= FEWEST_MIXED and MIXED[0] * len(lines) < valid < MIXED[1] * len(lines):
            raise self.error(
                f"isn't UTF-8 in this line, but is in {valid:,} of {len(lines):,} lines with letters beyond ASCII: "
                "files in several encodings were put together. Write them in one; or pass --encoding, for all lines.",
                min(look.lines(zeros_alone=False)),
            )

    def _foreign_lines(self) -> bytes:
        """Lines that hold more than ASCII, the first ones, up to a bound."""
        sample = b""
        with open_bytes(self.path) as stream:
            while len(sample) < SAMPLE and (line := stream.readline(SAMPLE)):
                if len(line) == SAMPLE:  # it may end within a character
                    line = line[: max(line.rfind(end) for end in b" ,\n\r") + 1]
                if not line.isascii():
                    sample += line
        return sample

    def _bad_lines(self, look: Look) -> frozenset[int]:
        """Few damaged characters are shown as such; else the lines that hold any are bad items, as those with zero
        bytes are."""
        few = look.damaged > 0 and look.few_damaged
        if few:
            self.notes.append(
                f"{self.path.name}: {look.damaged} byte{'s' * (look.damaged > 1)} can't be read as "
                f"{called(look.encoding)}; shown as \ufffd"
            )
        lines = look.lines(zeros_alone=few)
        for line, byte in lines.items():
            if look.of_wide_characters:
                what = f"holds half a character of {called(look.encoding)}: the file may be damaged, or cut off"
                self.bad.add(self.error(f"{what}.", line))
            elif byte:
                what = f"holds the byte 0x{byte:02x}, which isn't {called(look.encoding)}"
                self.bad.add(self.error(f"{what}. Correct it, or pass --encoding.", line))
            else:
                self.bad.add(self.error("holds a zero byte, which no text does. Remove it.", line))
        if lines and look.surely_other:
            raise self.error(f"isn't {called(look.encoding)}: {len(lines):,} of its first lines hold other bytes.")
        return frozenset(lines)


END_OF_FILE = "\x1a"
"""The sign that DOS, and programs that were written for it, put at the end of a file."""


def parted(blocks: Iterable[str], line_end: str) -> Iterator[list[str]]:
    """The lines of a text that comes in blocks, some at a time, without their ends and without returns before these."""
    begun: list[str] = []  # of a line that goes on
    for block in blocks:
        *lines, rest = block.split(line_end)
        if lines:
            lines[0] = "".join([*begun, lines[0]])
            begun.clear()
            yield [line.rstrip("\r\n") for line in lines] if "\r" in block or lines[0][-1:] == "\r" else lines
        begun.append(rest)
    if last := "".join(begun).removesuffix(END_OF_FILE):
        yield [last.rstrip("\r\n")]


STANDARD_INPUT = "standard input"


def incoming_lines(stream: BinaryIO, options: ReadingOptions) -> Iterator[str]:
    """The lines that come in over a pipe, as they come, without their ends and byte-order marks.

    They are in the encoding that is said, that a mark names, or UTF-8; one that isn't, in that of the files that were
    learned from, where it is valid in that. Others are bad items.
    """
    for number, line in enumerate(decoded_lines(stream, options.said.encoding), start=1):
        found = UNREADABLE.search(line)
        if found and found.group() > "\0" and not options.said.encoding and (kept := options.kept.encoding):
            with suppress(UnicodeError):
                line, found = line.encode("utf-8", "surrogateescape").decode(kept), None
        if found is None:
            yield line.rstrip("\r\n").replace(MARK, "")
        elif found.group() == "\0":
            message = "holds a zero byte, which no text does. Remove it."
            options.bad.add(DataFileError(message, STANDARD_INPUT, number))
        else:
            encoding = called(options.said.encoding or "utf-8")
            what = f"holds the byte 0x{ord(found.group()) & 0xFF:02x}, which isn't {encoding}"
            message = f"{what}. Pass --encoding."
            options.bad.add(DataFileError(message, STANDARD_INPUT, number))


def decoded_lines(stream: BinaryIO, said: str | None) -> Iterator[str]:
    """Lines with ``keep_damaged`` in place of what can't be decoded."""
    decoder, pending = None, ""
    read = getattr(stream, "read1", stream.read)  # what has come so far, of a pipe
    while chunk := read(CHUNK):
        decoder = decoder or codecs.getincrementaldecoder(said or marked(chunk) or "utf-8")("elman.keep_damaged")
        *lines, pending = (pending + decoder.decode(chunk)).split("\n")
        yield from lines
    if decoder and (pending := pending + decoder.decode(b"", final=True)):
        yield pending
