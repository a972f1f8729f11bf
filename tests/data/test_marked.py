"""Lines that hold more than text: words with tags, spans between marks, labels in front, words and their phones."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from elman.data.detect import detect
from elman.data.format import Format, ReadingOptions
from elman.data.readers import read, table_of
from elman.data.table import Table
from elman.errors import DataFileError

RNG = random.Random(7)
NOUNS, VERBS = ["cat", "dog", "ship", "and/or", "t_x", "a|b"], ["sees", "finds", "likes"]
SENTENCES = [
    [("The", "DT"), (RNG.choice(NOUNS), "NN"), (RNG.choice(VERBS), "VBZ"), (str(i), "CD"), (".", ".")]
    for i in range(40)
]
WORDS, TAGS = ([[pair[side] for pair in sentence] for sentence in SENTENCES] for side in (0, 1))


def written(path: Path, text: str, name: str = "x.txt") -> Table:
    (path / name).write_text(text, encoding="utf-8")
    return read(path / name)


@pytest.mark.parametrize("sign", "/_|")
@pytest.mark.parametrize("name", ["x.txt", "x.pos", "ca01"])
def test_tags_behind_words(tmp_path: Path, sign: str, name: str):
    text = "\n\n".join(" ".join(f"{word}{sign}{tag}" for word, tag in sentence) for sentence in SENTENCES)
    found = written(tmp_path, text, name)
    assert (found.columns["token"], found.columns["tag"]) == (WORDS, TAGS)
    assert detect(found).task == "tagging" and any(f"word{sign}TAG" in note for note in found.notes)


def test_two_tags_behind_each_word(tmp_path: Path):
    text = "\n".join(" ".join(f"{word}/{tag}/{tag[0]}" for word, tag in s if "/" not in word) for s in SENTENCES)
    found = written(tmp_path, text)
    assert found.names == ["token", "column_2", "tag"]
    assert [row[-1] for row in found.columns["tag"]] == ["."] * 40 and found.columns["column_2"][0][0] == "DT"


def test_a_word_without_its_tag_is_named_by_its_line(tmp_path: Path):
    lines = [" ".join("/".join(pair) for pair in sentence) for sentence in SENTENCES * 60]
    lines[2200] = "The/DT dog sees/VBZ it/PRP ./."
    (tmp_path / "x.txt").write_text("\n".join(lines))
    with pytest.raises(DataFileError, match=r"x\.txt:2201: expected 1 tag behind each word, found 'dog'"):
        read(tmp_path / "x.txt")
    assert len(read(tmp_path / "x.txt", skip_bad=True)) == 60 * 40 - 1


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"paid {i}/12 and {i}/7 of it" for i in range(40)),
        "\n".join(f"{i}/12/2020 {i}/11/2020 {i}/10/2020" for i in range(40)),  # numbers
        "\n".join("src/main.c" for _ in range(40)),  # one word a line
        "\n".join(f"a{i}/b{i} c{i}/d{i} e{i}/f{i}" for i in range(40)),  # nothing that comes again
        "\n".join(f"this is <b>text {i}</b> of a page" for i in range(40)),
        "\n".join(f"<s> line {i} of a corpus </s>" for i in range(40)),
        "\n".join(f"see [page {i}](https://example.org/{i}) there" for i in range(40)),
        "\n".join(f"see [page {i}](README.md) there" for i in range(40)),
        "\n".join(f"see [page {i}](Page_{i}) there" for i in range(40)),
    ],
)
def test_what_is_plain_text(tmp_path: Path, text: str):
    assert written(tmp_path, text).layout in ("text", "table")
    assert "tag" not in read(tmp_path / "x.txt").names


@pytest.mark.parametrize("between", [" INFO net: ", ",031 - root - ", "Z WARN "])
def test_lines_of_a_log_are_texts(tmp_path: Path, between: str):
    lines = (f"2024-01-{1 + i // 24:02} {i % 24:02}:00:00{between}page {i % 7} was there" for i in range(40))
    assert detect(written(tmp_path, "\n".join(lines))).task == "language-model"


SPANS = [(f"Mr {'AB'[i % 2]}. Lee-{i} went, to", ["New", "York"], i) for i in range(40)]


@pytest.mark.parametrize("form", ["<{kind}>{words}</{kind}>", "[{words}]({kind})"])
def test_spans_between_marks(tmp_path: Path, form: str):
    place = form.format(kind="LOC", words="New York")
    lines = [f"{form.format(kind='PER', words=f'Lee {i}')} went to {place}!" for i in range(40)] + ["nobody went."]
    found = written(tmp_path, "\n".join(lines))
    assert found.columns["token"][3] == ["Lee", "3", "went", "to", "New", "York", "!"]
    assert found.columns["tag"][3] == ["B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC", "O"]
    assert found.columns["tag"][-1] == ["O"] * 3 and detect(found).task == "tagging"


def test_marks_that_do_not_pair_up(tmp_path: Path):
    lines = [f"<PER>Lee {i}</PER> went" for i in range(40)]
    (tmp_path / "x.txt").write_text("\n".join([*lines, "<PER>Lee went", "a<X>b</X>c"]))
    with pytest.raises(DataFileError, match=r"x\.txt:41: .*stand in pairs.*'<PER>'"):
        read(tmp_path / "x.txt")
    found = read(tmp_path / "x.txt", skip_bad=True)
    assert len(found) == 40 and [bad.place.rpartition(":")[2] for bad in found.skipped] == ["41", "42"]


@pytest.mark.parametrize(
    "labels", [["0", "1"], ["-1", "+1"], ["0", "1", "2"], ["DESC:manner", "HUM:ind_x", "NUM:date"]]
)
def test_labels_in_front(tmp_path: Path, labels: list[str]):
    rows = [(labels[i % len(labels)], f"text {i} of 0 or 1 words" + " or more" * (i % 7)) for i in range(40)]
    found = written(tmp_path, "\n".join(" ".join(row) for row in rows))
    assert [*zip(found.columns["label"], found.columns["text"], strict=True)] == rows
    assert detect(found).task == "classification"


@pytest.mark.parametrize("labels", [["1", "2", "3"], ["0", "2"], ["ROMEO", "JULIET"], ["the", "a"]])
def test_numbers_and_words_that_are_no_labels(tmp_path: Path, labels: list[str]):
    found = written(tmp_path, "\n".join(f"{labels[i % len(labels)]} cups of x{i} in it" for i in range(40)))
    assert found.names == ["text"]


PHONES = ["AA1", "B", "CH", "D", "EH0", "F", "G"]


def lexicon() -> list[tuple[str, list[str]]]:
    words = ["".join(RNG.choice("abcdefg") for _ in range(3 + i % 5)) + "nx"[i % 2] for i in range(60)]
    return [(word, [RNG.choice(PHONES) for _ in word[1:]]) for word in [*words, *words[:3]]]


@pytest.mark.parametrize("form", ["{word}  {phones}", "{word} {phones}", "{word} 0.95 {phones} # a name"])
def test_words_and_their_phones(tmp_path: Path, form: str):
    entries = lexicon()
    lines = [form.format(word=word, phones=" ".join(phones)) for word, phones in entries]
    lines[-1] = lines[-1].replace(entries[-1][0], f"{entries[-1][0]}(2)", 1)
    found = written(tmp_path, ";;; # about\n\n" + "\n".join(lines), "x.dict")
    assert found.columns["word"] == [word for word, _ in entries]
    assert found.columns["phones"] == [" ".join(phones) for _, phones in entries]
    assert (detect(found).task, *detect(found).inputs) == ("translation", "word")


def test_a_word_without_phones(tmp_path: Path):
    lines = [f"{word}{chr(97 + i // 63)}  {' '.join(phones)}" for i, (word, phones) in enumerate(lexicon() * 26)] * 2
    (tmp_path / "x.dict").write_text("\n".join([*lines, "alone"]))
    with pytest.raises(DataFileError, match=rf"x\.dict:{len(lines) + 1}: 'alone' has no phones"):
        read(tmp_path / "x.dict")


def test_named_lines_of_text_are_no_lexicon(tmp_path: Path):
    lines = [f"utt{i:04d} {' '.join(RNG.choice(['yes', 'no', 'maybe', 'later']) for _ in range(5))}" for i in range(60)]
    assert written(tmp_path, "\n".join(lines)).names == ["text"]


@pytest.mark.parametrize("sign", ["\x01", "\x1f"])
def test_cells_that_end_at_signs_of_ascii(tmp_path: Path, sign: str):
    for name in ("x.txt", "x.csv"):
        rows = [f"{i}{sign}a, b; {i}{sign}{'yn'[i % 2]}" for i in range(40)]
        found = written(tmp_path, f"id{sign}text{sign}label\n" + "\n".join(rows), name)
        assert found.names == ["id", "text", "label"] and found.columns["text"][3] == "a, b; 3"


def test_the_end_of_a_file_of_dos(tmp_path: Path):
    for end in ("\r\n\x1a", "\x1a"):
        assert len(written(tmp_path, "text,label\r\n" + "a b,x\r\nb c,y" + end, "x.csv")) == 2


def test_columns_that_nobody_annotated(tmp_path: Path):
    """As in CoNLL-2009, where senses and arguments stand last."""
    blocks = ["\n".join(f"{j}\t{w}\t_\t{t}\t_\t_" for j, (w, t) in enumerate(s, 1)) for s in SENTENCES]
    found = written(tmp_path, "\n\n".join(blocks))
    assert found.names == ["token", "tag"] and found.columns["tag"] == TAGS
    assert any("3 columns hold nothing but _" in note for note in found.notes)


def few(path: Path, lines: list[str], number: int) -> tuple[list[str], list[str]]:
    """The columns of a whole file, and of its first lines with what was found of the whole kept."""
    (path / "all.txt").write_text("\n".join(lines))
    (path / "few.txt").write_text("\n".join(lines[:number]))
    table = read(path / "all.txt")
    assert table.format is not None
    kept = Format.from_json(json.loads(json.dumps(table.format.to_json())))
    return table.names, table_of(path / "few.txt", ReadingOptions.asked(False, {}, kept, tuple(table.names))).names


def test_few_lines_are_read_as_the_many_that_a_model_learned_from(tmp_path: Path):
    tagged = [" ".join("/".join(pair) for pair in sentence) for sentence in SENTENCES]
    marked = [f"{i} <PER>Lee {i}</PER> went" for i in range(40)]
    spelled = [f"{word} {' '.join(phones)}" for word, phones in lexicon()]
    labelled = [f"{i % 2} text {i}{' more' * (i % 5)}" for i in range(40)]
    for lines in (tagged, marked, spelled, labelled):
        whole, first = few(tmp_path, lines, 2)
        assert whole == first != ["text"]
    (tmp_path / "raw.txt").write_text("The dog sees it.\n")
    kept = Format(reader="tagged-words")
    assert table_of(tmp_path / "raw.txt", ReadingOptions.asked(False, {}, kept)).names == ["text"]
