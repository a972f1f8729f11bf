"""Lines as fastText writes them: labels, and the text."""

from __future__ import annotations

import random

import pytest

from elman.data.detect import detect
from elman.data.readers import read


def columns_of(path, content):
    path.write_text(content, encoding="utf-8")
    return read(path).columns


@pytest.mark.parametrize("name", ["x.txt", "x.train", "x", "x.csv", "x.tsv", "x.ft.txt"])
def test_one_label(tmp_path, name):
    lines = "__label__good a fine plot, well told\n__label__bad\tdull\n\n__label__good  more  words \n"
    assert columns_of(tmp_path / name, lines) == {
        "text": ["a fine plot, well told", "dull", "more  words"],
        "label": ["good", "bad", "good"],
    }


@pytest.mark.parametrize(
    "line",
    [
        "__label__a __label__b-c some text",
        "__label__a, __label__b-c some text",
        "__label__a,__label__b-c some text",
        "__label__a , __label__b-c , some text",
        "__label__ a __label__ b-c some text",
        "some text __label__a __label__b-c",
        "__label__a some text __label__b-c __label__a",
        "__tag__a __tag__b-c some text",
    ],
)
def test_several_labels_in_their_spellings(tmp_path, line):
    found = columns_of(tmp_path / "x.txt", f"{line}\n" * 3)
    assert found == {"text": ["some text"] * 3, "labels": [["a", "b-c"]] * 3}


def test_commas_that_end_names_and_commas_in_them(tmp_path):
    glued = "__label__2,Great: I like it, much\n__label__1,Awful, and dull\n__label__2,Why not\n"
    assert columns_of(tmp_path / "a.csv", glued)["label"] == ["2", "1", "2"]
    inside = "__label__a,b hello\n__label__c,d you\n__label__a,b there\n__label__a,b then\n__label__c,d now\n"
    assert columns_of(tmp_path / "b.txt", inside)["label"] == ["a,b", "c,d", "a,b", "a,b", "c,d"]


def test_what_is_missing_is_missing(tmp_path):
    (tmp_path / "x.txt").write_text("__label__a\n" + "__label__b text\n" * 10 + "only text\n")
    table = read(tmp_path / "x.txt")
    assert table.columns["text"][0] is None and table.columns["label"][-1] is None
    assert any("2 lines without a text or without a label" in note for note in table.notes)
    assert any("__label__NAME is a label" in note for note in table.notes)


def test_text_that_only_speaks_of_labels_is_text(tmp_path):
    lines = "write __label__x before each line\n" + "and then the text follows it\n" * 5
    assert columns_of(tmp_path / "x.txt", lines)["text"][0] == "write __label__x before each line"
    table = "label,text\n" + "__label__x,some words\n__label__y,other words\n" * 6
    assert set(columns_of(tmp_path / "x.csv", table)["label"]) == {"__label__x", "__label__y"}


def test_it_is_learned_as_labels(tmp_path):
    rng = random.Random(0)
    lines = [f"__label__{rng.choice('ab')} the thing {i} was so" for i in range(63)]
    (tmp_path / "x.txt").write_text("\n".join(lines))
    assert detect(read(tmp_path / "x.txt")).task == "classification"
    lines = [" ".join(f"__label__{name}" for name in rng.sample("abc", 2)) + f" thing {i}" for i in range(63)]
    (tmp_path / "y.txt").write_text("\n".join(lines))
    assert detect(read(tmp_path / "y.txt")).task == "multilabel"


def test_what_ends_each_turn_of_a_dialogue_is_no_label(tmp_path):
    """As DailyDialog writes it; a prefix that stands apart from its name begins the line."""
    path = tmp_path / "dialogues_text.txt"
    path.write_text(
        "".join(f"How are you {i} ? __eou__ Fine , thanks . __eou__ See you {i % 3} . __eou__\n" for i in range(20))
    )
    table = read(path)
    assert table.names == ["text"] and table.columns["text"][3].endswith("__eou__")
    path.write_text("".join(f"__label__ {('good', 'bad')[i % 2]} a text of {i} words\n" for i in range(20)))
    assert read(path).columns["label"][:2] == ["good", "bad"]
