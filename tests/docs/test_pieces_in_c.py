"""The pieces of a word, computed by a program as the page about C describes them, are those that networks read."""

from __future__ import annotations

import ctypes
import random
import re
import subprocess
from pathlib import Path

import pytest

from elman.export.c.proof import compiler
from elman.kinds.text import hash_pieces

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "c.md").read_text(encoding="utf-8")
ASCII = "".join(map(chr, range(33, 127)))


def words() -> list[str]:
    """Short ones, long ones, those in which a stretch comes twice, and any signs."""
    draw = random.Random(0)
    drawn = ["".join(draw.choices(ASCII, k=draw.randint(1, 60))) for _ in range(100)]
    return ["a", "I", "ab", "the", "aaaaaaa", "banana", "McDonald's", "B2B-2024", "x" * 60, "Aa" * 20, *drawn]


@pytest.mark.skipif(not compiler(), reason="there is no C compiler")
def test_the_page_as_written(tmp_path: Path):
    (block,) = re.findall(r'^```c title="pieces\.h"\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "pieces.c").write_text(
        block + "int of(const char *w, uint32_t n, int *p) { return pieces_of(w, n, p); }"
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([compiler() or "", *flags, "pieces.c", "-o", "pieces.so"], cwd=tmp_path, check=True)
    library = ctypes.CDLL(str(tmp_path / "pieces.so"))
    for word in words():
        pieces = (ctypes.c_int * 240)()
        count = library.of(word.encode(), 20_000, pieces)
        assert sorted(pieces[:count]) == sorted(hash_pieces(word, 20_000)), word


def test_the_description():
    """Step by step as the paragraph says, of words in any writing."""
    for word in (*words(), "Ærø", "Straße", "ΣΊΣΥΦΟΣ", "İstanbul", "北京", "٣٤", "e\u0301clair", "🙂🙂"):
        whole = f"<{word.lower()}>"
        strings = list(
            {
                whole[first:end]
                for first in range(len(whole))
                for end in range(first + 2, first + 6)
                if end <= len(whole)
            }
        )
        shape = ""
        for sign in word[:30]:
            kind = (
                sign
                if not (sign.isalpha() or sign.isdigit())
                else "d"
                if sign.isdigit()
                else "X"
                if sign.isupper()
                else "x"
            )
            shape += "" if shape.endswith(kind) else kind
        strings += [whole, f"shape:{shape}"]
        assert sorted(crc32(one.encode()) % 50 for one in strings) == sorted(hash_pieces(word, 50)), word


def crc32(data: bytes) -> int:
    """Bit by bit, with the polynomial of IEEE 802.3 read backwards."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xEDB88320 * (crc & 1)
    return crc ^ 0xFFFFFFFF
