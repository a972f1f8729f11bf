"""Files of word vectors: all forms give the same, of them what is asked for alone, and what is wrong is named."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from elman.data.vector_files import VectorFile
from elman.errors import DataFileError

Vectors = Mapping[str, list[float]]

# As gensim 4.4 writes three words with save_word2vec_format: with and without a first line, and binary.
BY_GENSIM = {
    "text": "3 3\nthe 0.5 -1.25 3e-05\nCafé 0.33333334 0.0 -0.0\n</s> 10.0 2.0 1e+10\n".encode(),
    "glove": "the 0.5 -1.25 3e-05\nCafé 0.33333334 0.0 -0.0\n</s> 10.0 2.0 1e+10\n".encode(),
    "binary": b"3 3\nthe \x00\x00\x00?\x00\x00\xa0\xbf\x82\xa8\xfb7Caf\xc3\xa9 \xab\xaa\xaa>\x00\x00\x00"
    b"\x00\x00\x00\x00\x80</s> \x00\x00 A\x00\x00\x00@\xf9\x02\x15P",
}
HELD = {"the": [0.5, -1.25, 3e-05], "Café": [0.33333334, 0.0, -0.0], "</s>": [10.0, 2.0, 1e10]}


def glove(vectors: Vectors) -> bytes:
    return "".join(f"{word} {' '.join(map(repr, vector))}\n" for word, vector in vectors.items()).encode()


def with_header(vectors: Vectors) -> bytes:
    size = len(next(iter(vectors.values())))
    return f"{len(vectors)} {size}\n".encode() + glove(vectors)


def fasttext(vectors: Vectors) -> bytes:
    """A blank at the end of each line."""
    first, *lines = with_header(vectors).split(b"\n")
    return b"\n".join([first, *(line and line + b" " for line in lines)])


def binary(vectors: Vectors, between: bytes = b"\n") -> bytes:
    """As word2vec itself writes it, which ends each word with a line break; gensim doesn't."""
    size = len(next(iter(vectors.values())))
    words = (word.encode() + b" " + struct.pack(f"<{size}f", *vector) + between for word, vector in vectors.items())
    return f"{len(vectors)} {size}\n".encode() + b"".join(words)


FORMS: dict[str, Callable[[Vectors], bytes]] = {
    "glove": glove,
    "word2vec": with_header,
    "fasttext": fasttext,
    "binary": binary,
    "binary of gensim": lambda vectors: binary(vectors, b""),
    "windows": lambda vectors: with_header(vectors).replace(b"\n", b"\r\n"),
    "marked": lambda vectors: b"\xef\xbb\xbf" + glove(vectors),
    "tabs": lambda vectors: glove(vectors).replace(b" ", b"\t"),
}


def written(folder: Path, content: bytes, name: str = "vectors") -> VectorFile:
    path = folder / name
    path.write_bytes(content)
    return VectorFile(path)


def asked(
    file: VectorFile, *words: str, ignore_case: bool = False, more: int = 0
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    found = file.vectors_of(words, ignore_case=ignore_case, more=more, is_word=lambda word: " " not in word)
    first, second = ({word: numbers(vector) for word, vector in some.items()} for some in found)
    return first, second


def numbers(vector: NDArray[np.float32]) -> list[float]:
    found: list[float] = vector.tolist()
    return found


@pytest.mark.parametrize("form", BY_GENSIM)
def test_files_of_gensim(form: str, tmp_path: Path):
    found, _ = asked(written(tmp_path, BY_GENSIM[form]), *HELD)
    assert found == {word: np.array(vector, np.float32).tolist() for word, vector in HELD.items()}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 2, 63])
def test_every_form_gives_the_same(form: str, size: int, packed: bool, tmp_path: Path):
    if form == "glove" and size == 1:
        pytest.skip("'a 1' could be a word and its number, and '1 1' is a first line")
    draw = np.random.default_rng(size)
    vectors = {f"w{i}": draw.normal(size=size).astype(np.float32).tolist() for i in range(40)}
    content = FORMS[form](vectors)
    # Its name says nothing.
    file = written(tmp_path, gzip.compress(content) if packed else content, "vectors.csv")
    found, others = asked(file, "w3", "w39", "w40", more=2)
    assert found == {word: vectors[word] for word in ("w3", "w39")}
    assert others == {word: vectors[word] for word in ("w0", "w1")}


def test_words_by_their_spelling_then_in_lower_case(tmp_path: Path):
    file = written(tmp_path, glove({"Paris": [1, 0], "paris": [2, 0], "rome": [3, 0], "ROME": [4, 0], "Bonn": [5, 0]}))
    found, _ = asked(file, "Paris", "PARIS", "paris", "Rome", "rome", "bonn")
    assert found == {"Paris": [1, 0], "PARIS": [2, 0], "paris": [2, 0], "Rome": [3, 0], "rome": [3, 0]}
    found, others = asked(file, "paris", "bonn", ignore_case=True, more=9)
    assert found == {"paris": [2, 0], "bonn": [5, 0]} and others == {"rome": [3, 0]}


def test_of_words_that_come_twice_the_first_counts(tmp_path: Path):
    content = b"a 1 2\nb 3 4\na 5 6\nB 7 8\n"
    assert asked(written(tmp_path, content), "a")[0] == {"a": [1, 2]}
    assert asked(written(tmp_path, content), "b", ignore_case=True)[0] == {"b": [3, 4]}


def test_words_with_blanks_or_damaged_letters_are_passed_over(tmp_path: Path):
    content = b". . . 1 2\nat me@home 3 4\n caf\xe9 5 6\n  7 8\n\xc3\xa9t\xc3\xa9 9 1\n"
    file = written(tmp_path, b"the 0 1\n" + content)
    assert asked(file, "été", "caf", "at", more=9) == ({"été": [9, 1]}, {"the": [0, 1]})
    vectors = binary({"a": [1, 2], "bXc": [3, 4], "d": [5, 6]}).replace(b"bXc", b"b\xffc")
    assert asked(written(tmp_path, vectors), "d", more=9) == ({"d": [5, 6]}, {"a": [1, 2]})


def test_a_binary_file_is_told_from_text_by_few_bytes(tmp_path: Path):
    """Also where no byte of its numbers is a control character, or one is a line break."""
    printable = struct.unpack("<2f", b"ABCDabc?")
    broken = struct.unpack("<2f", b"\nBC=a\xffc?")
    for vector in (broken, (0.1, -0.2), (1e-30, 1.0)):
        assert asked(written(tmp_path, binary({"a": list(vector)})), "a")[0] == {"a": pytest.approx(list(vector))}
    several = {"a": list(printable), "b": [-1.5, 0.0]}
    assert asked(written(tmp_path, binary(several)), "a", "b")[0] == several


TEXT = glove({"a": [1, 2, 3], "b": [4, 5, 6], "c": [7, 8, 9]})
HEADED = b"3 3\n" + TEXT
BINARY = binary({"a": [1, 2, 3], "b": [4, 5, 6], "c": [7, 8, 9]})

BAD = {
    "empty": (b"", "vectors: is empty; expected a word and its numbers"),
    "blank": (b" \n\n", "is empty"),
    "a column less": (
        b"a 1 2 3\nb 4 5\n",
        "vectors:2: has 2 numbers after its word; 3 numbers are expected, as line 1",
    ),
    "a column more": (b"a 1 2 3\nb 4 5 6 7\n", "vectors:2: has 4 numbers"),
    "a word alone": (b"a 1 2 3\nb\n", "vectors:2: has 0 numbers"),
    "no number": (TEXT.replace(b"5", b"x"), "vectors:2: the line of 'b': 'x' isn't a number"),
    "no number at first": (b"a 1 x\n", "vectors:1: 'x' isn't a number"),
    "a table": (b"text,label\ngood,1\n", "vectors:1: 'text,label' stands alone"),
    "prose": (b"It was a dark and stormy night.\n", "vectors:1: 'was' isn't a number"),
    "not a number": (TEXT.replace(b"5", b"nan"), "vectors:2: the line of 'b': holds a number that isn't finite"),
    "infinite": (TEXT.replace(b"5", b"1e300"), "vectors:2: .* isn't finite"),
    "NaN in binary": (binary({"a": [1, 2], "b": [float("nan"), 0]}), "word 2, 'b', holds a number that isn't finite"),
    "too many said": (HEADED.replace(b"3 3", b"4 3"), "vectors:4: line 1 says that 4 words follow, and 3 do"),
    "too few said": (HEADED.replace(b"3 3", b"2 3"), "line 1 says that 2 words follow, and 3 do"),
    "other numbers said": (HEADED.replace(b"3 3", b"3 4"), "vectors:2: has 3 numbers .* 4 .* as line 1 says"),
    "nothing said": (b"0 3\n", "vectors:1: says that it has 0 words of 3 numbers"),
    "enormous": (b"3 999999999\na 1 2 3\n", "vectors:1: says that it has 3 words of 999,999,999 numbers"),
    "cut off": (BINARY[:-6], "ends within word 3 of the 3 of 3 numbers that line 1 says"),
    "cut within a word": (BINARY[: BINARY.index(b"c ") + 1], "ends within word 3 of the 3"),
    "binary that goes on": (BINARY + b"d" * 16, "goes on after the 3 words of 3 numbers"),
    "binary of fewer numbers": (BINARY.replace(b"3 3", b"3 2"), "goes on after the 3 words of 2|ends within|no blank"),
    "binary without words": (b"9 2\na " + bytes(20_000), "has no blank after word 2"),
    "ZIP": (b"PK\x03\x04" + bytes(60), "is a ZIP archive; unpack it"),
    "fastText": (struct.pack("<i", 793_712_314) + bytes(60), r"is a fastText model; pass its vectors, .* \.vec"),
    "pickle": (b"\x80\x04\x95" + bytes(60), "is a pickle"),
    "UTF-16": (TEXT.decode().encode("utf-16"), "is in UTF-16"),
    "something else": (b"\x7fELF" + bytes(60), "holds bytes that text hasn't"),
    "one endless line": (b"a " + b"1 " * 600_000, "vectors:1: has a first line of more than"),
    "none of the words": (glove({"x": [1], "y": [2]}), "none of the 3 words of the training data has a vector in it"),
    "gzip that is cut off": (gzip.compress(TEXT)[:-12], "vectors: the packed data are damaged or cut off"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named_with_its_line(name: str, tmp_path: Path):
    content, message = BAD[name]
    with pytest.raises(DataFileError, match=message):
        asked(written(tmp_path, content), "a", "b", "c")


def test_there_must_be_a_file(tmp_path: Path):
    (tmp_path / "glove.txt").write_bytes(TEXT)
    with pytest.raises(DataFileError, match=r"no such file. Did you mean glove.txt"):
        VectorFile(tmp_path / "glove.tx")
    with pytest.raises(DataFileError, match="is a folder"):
        VectorFile(tmp_path)


def test_numbers_that_nobody_asks_for_are_not_read(tmp_path: Path):
    assert asked(written(tmp_path, b"a 1 2\nb x 2\nc nan 2\n"), "a")[0] == {"a": [1, 2]}


@pytest.mark.parametrize("form", ["text", "binary"])
def test_memory_is_that_of_the_words_asked_for(form: str, tmp_path: Path):
    size, count = 20, 20_000
    draw = np.random.default_rng(0)

    def lines() -> Iterator[bytes]:
        yield f"{count} {size}\n".encode()
        for i in range(count):
            vector: NDArray[np.float32] = draw.normal(size=size).astype(np.float32)
            row = vector.tobytes() if form == "binary" else " ".join(map(str, vector.tolist())).encode() + b"\n"
            yield f"w{i} ".encode() + row

    with open(tmp_path / "vectors", "wb") as stream:
        stream.writelines(lines())
    file = VectorFile(tmp_path / "vectors")
    tracemalloc.start()
    try:
        found, others = asked(file, "w7", "w19999", more=3)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 2 and len(others) == 3
    assert peak < 4e6 < (tmp_path / "vectors").stat().st_size * 3


@pytest.mark.parametrize("ignore_case", [False, True])
def test_it_knows_the_words_that_it_has_vectors_of(tmp_path: Path, ignore_case: bool):
    file = written(tmp_path, glove({word: [1.0, 2.0] for word in ("Paris", "rome", "OSLO", "straße", "ǅ")}))
    words = ["Paris", "paris", "PARIS", "Rome", "rome", "oslo", "Oslo", "straße", "Straße", "strasse", "ǆ", "bern"]
    words = [word for word in words if not ignore_case or word == word.lower()]
    found, _ = asked(file, *words, ignore_case=ignore_case)
    assert file.knows(ignore_case=ignore_case)(words).tolist() == [word in found for word in words]
    assert file.knows(ignore_case=ignore_case)([]).tolist() == []


def test_words_in_another_encoding_are_unknown(tmp_path: Path):
    file = written(tmp_path, "Café 1 2\n".encode("latin-1"))
    assert file.knows(ignore_case=False)(["Café"]).tolist() == [False]
