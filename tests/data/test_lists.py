"""Lists written as text, and tags as rows of words: read as what they are, whichever program wrote them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.data.detect import detect
from elman.data.readers import as_table, read, stream
from elman.data.readers.lists import CutOffError, as_list
from elman.errors import DataFileError

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
numbers = st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
values = texts | numbers | st.none() | st.booleans()


@given(st.lists(values | st.lists(values, max_size=3), max_size=5))
def test_what_python_and_json_write_comes_back(value):
    assert as_list(repr(value)) == value
    assert as_list(json.dumps(value)) == value
    assert as_list(json.dumps(value, ensure_ascii=False, indent=2)) == value
    if value:
        assert as_list(repr(tuple(value))) == value


@given(st.lists(texts, min_size=1, max_size=5))
def test_what_numpy_writes_of_strings_comes_back(value):
    assert as_list(str(np.array(value, dtype=object))) == value
    assert as_list(repr(np.array(value, dtype=object))) == value
    assert as_list(repr(list(map(np.str_, value)))) == value


def test_what_numpy_writes_of_numbers_comes_back():
    rng = np.random.default_rng(1)
    for shape in ((1,), (63,), (4, 3), (0,)):
        array = rng.normal(size=shape)
        assert np.allclose(np.array(as_list(str(array))).reshape(shape), array)
    assert as_list(str(np.arange(70))) == list(range(70))
    assert as_list("[1. 2.5 nan 3e10]") == [1.0, 2.5, None, 3e10]
    assert as_list(repr([np.float64(1.5), np.int64(2)])) == [1.5, 2]


@pytest.mark.parametrize(
    "text",
    [
        *("(3.2)", "(1,234)", "[laughs]", "(he laughs, quietly)", "[a, b]", "{}", "()", "{'a': 1}", "['a'", "['a']]"),
        *("['a'] and more", "[1,,2]", "[,1]", "hello", "[", "]", "[1.2.3]", "[12abc]", "", "[" * 99 + "]" * 99),
        *("[__import__('os').system('true')]", "[open('x')]", "['a' * 9]", "[1 + 1]", "[f'{1}']"),
    ],
)
def test_other_texts_are_no_lists(text):
    assert as_list(text) is None


@given(st.text("[](){},'\"\\ 1.aN\nr", max_size=30))
def test_any_text_is_a_list_or_none(text):
    try:
        found = as_list(text)
    except CutOffError:
        return
    assert found is None or isinstance(found, list)


def sentences(rows: int, seed: int = 1) -> tuple[list[list[str]], list[list[str]]]:
    rng = random.Random(seed)
    tokens, tags = [], []
    for i in range(rows):
        length = rng.choice([1, 2, 5])
        tokens.append([rng.choice(["anna", "it's", 'a "b"', "x, y"]) + str(i) for _ in range(length)])
        tags.append([rng.choice(["B-PER", "O"]) for _ in range(length)])
    return tokens, tags


@pytest.mark.parametrize("write", [list, tuple, lambda row: np.array(row, dtype=object), json.dumps])
def test_lists_in_csv_as_pandas_writes_them(tmp_path: Path, write):
    tokens, tags = sentences(63)
    frame = pd.DataFrame({"tokens": [write(row) for row in tokens], "ner_tags": [write(row) for row in tags]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    table = read(tmp_path / "x.csv")
    assert table.columns == {"tokens": tokens, "ner_tags": tags}
    assert "lists written as text, read as lists: 'tokens', 'ner_tags'" in table.notes
    assert detect(table).task == "tagging"
    assert [row for part in stream(tmp_path / "x.csv", 10) for row in part.columns["tokens"]] == tokens
    again = as_table(pd.read_csv(tmp_path / "x.csv"))
    assert again.columns == table.columns


def test_lists_in_json_strings_and_sequences_of_numbers(tmp_path: Path):
    series = [[1.5, i, None] for i in range(30)]
    lines = [json.dumps({"values": str(row), "label": "ab"[i % 2]}) for i, row in enumerate(series)]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    table = read(tmp_path / "x.jsonl")
    assert table.columns["values"] == series
    assert (detect(table).input_kind, detect(table).output) == ("vector", "label")


def test_one_text_that_is_no_list_leaves_the_column_text(tmp_path: Path):
    (tmp_path / "x.csv").write_text('text,label\n"[1, 2]",a\n"(none, really)",b\n"[3]",a\n')
    assert read(tmp_path / "x.csv").columns["text"] == ["[1, 2]", "(none, really)", "[3]"]
    (tmp_path / "y.txt").write_text("[1, 2]\n[3]\n" * 9)
    assert read(tmp_path / "y.txt").columns["text"][:2] == ["[1, 2]", "[3]"]  # lines of plain text stay so


@pytest.mark.parametrize(
    ("cell", "message"), [(str(np.arange(2000)), "NumPy cut off"), ("[0, 1", "where the other rows have whole lists")]
)
def test_a_list_that_was_cut_off_is_named(tmp_path: Path, cell, message):
    rows = [str(list(range(i % 7))) for i in range(40)]
    rows = [*rows[:20], cell, *rows[20:]]
    pd.DataFrame({"values": rows, "y": list("ab" * 20 + "a")}).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(DataFileError, match=rf"row 21.*{message}"):
        read(tmp_path / "x.csv")
    table = read(tmp_path / "x.csv", skip_bad=True)
    assert len(table) == 40 and len(table.skipped) == 1


# Tags as rows of words

TAGS = {"cat": "NOUN", "dog": "NOUN", "sees": "VERB", "eats": "VERB", "the": "DET", "a": "DET", "fast": "ADV"}


def tagged(rows: int = 60, seed: int = 3) -> tuple[list[list[str]], list[list[str]]]:
    rng = random.Random(seed)
    stems = [[rng.choice(list(TAGS)) for _ in range(rng.choice([1, 2, 6]))] for _ in range(rows)]
    tokens = [[word + str(rng.randint(0, 9)) for word in row] for row in stems]
    return tokens, [[TAGS[word] for word in row] for row in stems]


@pytest.mark.parametrize("names", [("sentence", "tags"), ("one", "two")])
@pytest.mark.parametrize("joined", [(True, True), (True, False), (False, True)])
def test_as_many_words_in_every_row_are_tags(names, joined):
    columns = [
        [" ".join(row) if as_text else row for row in side] for side, as_text in zip(tagged(), joined, strict=True)
    ]
    found = detect(as_table(dict(zip(names, columns, strict=True))))
    assert (found.task, found.inputs, found.output) == ("tagging", (names[0],), names[1])
    if joined[1]:
        assert found.runner_up is not None and found.runner_up["task"] == "translation"


def test_few_cells_that_come_back_are_tags_too():
    rows = [
        (f"anna saw oslo today {i}", "B-PER O B-LOC O O") if i % 3 else (f"boris slept {i}", "B-PER O O")
        for i in range(90)
    ]
    found = detect(as_table({"sentence": [row[0] for row in rows], "tags": [row[1] for row in rows]}))
    assert found.task == "tagging" and any("IOB2" in sentence for sentence in found.evidence)


def test_texts_that_happen_to_be_as_long_are_no_tags():
    tokens, _ = tagged()
    words = [" ".join(row) for row in tokens]
    backwards = [" ".join(reversed(row)) for row in tokens]  # the same words
    assert detect(as_table({"source": words, "target": backwards})).task == "translation"
    one_longer = [*[" ".join(TAGS[word[:-1]] for word in row) for row in tokens[:-1]], "DET " * 9]
    assert detect(as_table({"source": words, "target": one_longer})).task == "translation"


def test_dicts_in_lists_that_are_written_as_text(tmp_path):
    """As pandas writes columns of them; films of TMDB have their genres so."""
    genres = [
        [{"id": 18, "name": "Drama"}, {"id": 35, "name": 'It\'s a "comedy": new'}][: 1 + i % 2] for i in range(30)
    ]
    words = [[{"w": "a", "n": None}, {"w": "b", "n": 2.5}] for _ in range(30)]
    frame = pd.DataFrame({"text": [f"a film {i}" for i in range(30)], "genres": genres, "words": words})
    frame.to_csv(tmp_path / "a.csv", index=False)
    found = read(tmp_path / "a.csv")
    assert found.columns["genres"][:2] == [["Drama"], ["Drama", genres[1][1]["name"]]]
    assert (found.columns["words.w"][0], found.columns["words.n"][0]) == (["a", "b"], [None, 2.5])
    assert detect(found, input="text", output="genres").task == "multilabel"


@pytest.mark.parametrize("text", ["[{1: 2}]", "[{'a': }]", "[{'a' 'b'}: 1]", "[{'a': 1, 'b'}]", "['a': 1]", "[{:}]"])
def test_what_is_no_list_of_dicts(text):
    assert as_list(text) is None
