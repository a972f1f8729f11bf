"""Bytes on disk -> lines of text: missing files, compression, encodings, line ends, binary files."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from elman.data.readers import foreign
from elman.data.readers.format import Format, ReadingOptions
from elman.errors import DataFileError
from elman.paths import existing

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
# Longer marks first: the UTF-32 mark begins with the UTF-16 one.
BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
DAMAGED = re.compile("[\udc80-\udcff]")
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where they are gzip (by content, whatever the name says)."""
    try:
        with open(path, "rb") as packed:
            magic = packed.read(2)
            packed.seek(0)
            if magic == GZIP_MAGIC:
                with gzip.open(packed) as unpacked:
                    yield unpacked  # type: ignore[misc]  # GzipFile reads like any binary file
            else:
                yield packed
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataFileError(f"the gzip data are damaged or cut off ({error}). Fetch the file again.", path) from error
    except OSError as error:
        raise DataFileError(f"can't be read: {error.strerror or error}.", path) from error


class TextFile:
    """A text file that was looked through once: it is text, and in this encoding.

    options: what becomes of single bad items, such as lines, and what is said of its encoding

    Raises DataFileError for a file that is missing, empty, binary, or damaged gzip.
    """

    def __init__(self, path: str | Path, options: ReadingOptions | None = None):
        self.path, self.options = existing(path), options or ReadingOptions()
        self.bad = self.options.bad
        self.notes: list[str] = []
        self.encoding, self.errors = "utf-8", "strict"
        self.line_end = "\n"
        self._look_through()

    @property
    def format(self) -> Format:
        """How it is written, as far as that was found from its bytes."""
        return Format(encoding=self.encoding.removesuffix("-sig"))

    @property
    def suffix(self) -> str:
        """The extension that tells the format, in lower case: ``.csv`` for both x.csv and x.csv.gz."""
        suffixes = [suffix.lower() for suffix in self.path.suffixes]
        if suffixes and suffixes[-1] == ".gz":
            suffixes.pop()
        return suffixes[-1] if suffixes else ""

    def lines(self) -> Iterator[str]:
        """The lines without their ends. Only LF, CRLF (or CR in files without LF) end a line."""
        with (
            open_bytes(self.path) as stream,
            io.TextIOWrapper(stream, self.encoding, self.errors, newline=self.line_end) as text,
        ):
            for line in text:
                if line.endswith("\r\n"):
                    yield line[:-2]
                else:
                    yield line.removesuffix(self.line_end)

    def error(self, message: str, line: int | None = None) -> DataFileError:
        return DataFileError(message, self.path, line)

    def _look_through(self) -> None:
        """One pass over the bytes, in bounded memory: empty? binary? which encoding? which line ends?"""
        size = controls = foreign = 0
        damaged: Counter[str] = Counter()
        blank, has_lf, has_cr = True, False, False
        for text, read, found in self._decoded():
            size, controls = size + read, controls + found
            blank = blank and not text.strip()
            has_lf, has_cr = has_lf or "\n" in text, has_cr or "\r" in text
            if "\0" in text:
                raise self.error(
                    "holds zero bytes, so it isn't text (or is UTF-16 without its mark). "
                    "Expected text in UTF-8: save it as that."
                )
            if not text.isascii():
                damaged.update(DAMAGED.findall(text))
                foreign += len(text) - len(text.encode("ascii", "ignore"))
        if blank:
            raise self.error("is empty. Expected rows of data.")
        if controls > size / 20:
            raise self.error("is binary, not text. Expected CSV, TSV, JSON lines, Parquet, CoNLL or plain text.")
        if has_cr and not has_lf:
            self.line_end = "\r"
        if damaged:
            self._settle_encoding(foreign - damaged.total(), damaged)

    def _decoded(self) -> Iterator[tuple[str, int, int]]:
        """Chunks of text, each with its bytes and how many of them are control characters."""
        with open_bytes(self.path) as stream:
            chunk = stream.read(CHUNK)
            foreign.refuse(self.path, chunk)
            marked = next((codec for mark, codec in BYTE_ORDER_MARKS if chunk.startswith(mark)), "utf-8")
            self.encoding = self.options.said.encoding or marked
            # Bytes that aren't UTF-8 become lone surrogates, which valid text never holds: so count them.
            in_bytes = self.encoding.startswith("utf-8")
            decoder = codecs.getincrementaldecoder(self.encoding)("surrogateescape" if in_bytes else "strict")
            try:
                while chunk:
                    controls = len(chunk) - len(chunk.translate(None, CONTROLS)) if in_bytes else 0
                    yield decoder.decode(chunk), len(chunk), controls
                    chunk = stream.read(CHUNK)
                yield decoder.decode(b"", final=True), 0, 0
            except UnicodeError as error:
                raise self.error(
                    f"has the byte-order mark of {self.encoding.upper()} but isn't valid. Save it as UTF-8."
                ) from error

    def _settle_encoding(self, foreign: int, damaged: Counter[str]) -> None:
        """Not valid UTF-8: a few damaged bytes among many good accents, or an older encoding altogether."""
        if foreign > damaged.total():
            self.errors = "replace"
            self.notes.append(f"{self.path.name}: {damaged.total()} bytes aren't valid UTF-8; shown as \ufffd")
        elif any(character < "\udca0" for character in damaged):  # control codes there, letters in Windows-1252
            self.encoding, self.errors = "cp1252", "replace"
            self.notes.append(f"{self.path.name}: not valid UTF-8, read as Latin-1 (Windows-1252)")
        else:
            self.encoding = "latin-1"
            self.notes.append(f"{self.path.name}: not valid UTF-8, read as Latin-1")
