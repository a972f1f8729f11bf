"""Cells that are read in another form than they have: tags joined by a sign, labels between blanks, lists of one."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import elman
from elman.data.detect import detect, prepared
from elman.data.readers import read
from elman.data.readers.lists import as_list
from elman.data.readers.python import from_python
from elman.errors import TaskError

RANDOM = random.Random(3)
NAMES, PLACES = ["Anna", "Boris", "Li Wei"], ["Oslo", "New York", "Lima"]
TOPICS = ["food", "service", "price", "noise"]


def sentence() -> tuple[list[str], list[str]]:
    name, place = RANDOM.choice(NAMES).split(), RANDOM.choice(PLACES).split()
    words = [*name, RANDOM.choice(["saw", "left"]), *place, *RANDOM.choice([["today"], ["again", "."], []])]
    spans = [*["B-PER", "I-PER"][: len(name)], "O", *["B-LOC", "I-LOC"][: len(place)]]
    return words, [*spans, *["O"] * (len(words) - len(spans))]


SENTENCES = [sentence() for _ in range(120)]
TEXTS = [f"{' '.join(RANDOM.choices(['good', 'bad', 'late', 'warm'], k=5))} {i}" for i in range(120)]


@pytest.mark.parametrize("sign", ["|", ",", ";", ", "])
@pytest.mark.parametrize("between", [" ", None])
def test_tags_that_a_sign_joins(sign: str, between: str | None):
    joined = {
        "text": [(between or sign).join(words) for words, _ in SENTENCES],
        "labels": [sign.join(tags) for _, tags in SENTENCES],
    }
    table = from_python(joined)
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("tagging", ("text",), "labels")
    assert prepared(table, found).columns["labels"] == [tags for _, tags in SENTENCES]
    one = prepared(from_python({name: cells[:1] for name, cells in joined.items()}), found)  # of which nothing shows
    assert one.columns["labels"] == [SENTENCES[0][1]]
    assert detect(table, task="multilabel", input="text", output="labels").task == "multilabel"


@pytest.mark.parametrize("between", ["|", None])
def test_lists_need_no_parting(between: str | None):
    columns = {
        "tokens": [words for words, _ in SENTENCES],
        "tags": [between.join(tags) if between else tags for _, tags in SENTENCES],
    }
    found = detect(from_python(columns))
    assert (found.task, [one.name for one in found.combined]) == ("tagging", ["tags"] if between else [])


def test_a_model_of_them_measures_a_single_row(tmp_path: Path):
    columns = {"text": [" ".join(words) for words, _ in SENTENCES], "labels": ["|".join(tags) for _, tags in SENTENCES]}
    model = elman.fit(columns, epochs=1, hidden_size=8, to=tmp_path / "m")
    again = elman.load(tmp_path / "m")
    assert len(again.predict(["Anna saw Oslo"])) == 1
    assert model.detection.task == "tagging" and again.evaluate({name: cells[:1] for name, cells in columns.items()})


def test_labels_of_rows_stay_several():
    labels = ["|".join(RANDOM.sample(TOPICS, RANDOM.randint(1, 3))) for _ in TEXTS]
    assert detect(from_python({"text": TEXTS, "labels": labels})).task == "multilabel"


@pytest.mark.parametrize("name", ["tags", "movie genres"])
def test_labels_with_blanks_between(name: str):
    several = [RANDOM.sample(TOPICS, RANDOM.randint(1, 3)) for _ in TEXTS]
    table = from_python({"text": TEXTS, name: [" ".join(own) for own in several]})
    found = detect(table)
    assert (found.task, found.output) == ("multilabel", name)
    assert prepared(table, found).columns[name] == several


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("tags", ["New York", "New Jersey", "York", "Jersey"] * 30),  # not in this and that order
        ("mood", [" ".join(RANDOM.sample(TOPICS, RANDOM.randint(1, 3))) for _ in TEXTS]),  # one, by its name
    ],
)
def test_classes_of_several_words_stay_whole(name: str, cells: list[str]):
    found = detect(from_python({"text": TEXTS, name: cells}), output=name, task="classification")
    assert not found.combined


@pytest.mark.parametrize("labels", [("good", "bad"), (1, 0)])
def test_lists_of_one_label_are_that_label(tmp_path: Path, labels: tuple[object, object]):
    wanted = [labels["good" not in text] for text in TEXTS]
    rows = [{"text": text, "label": [label]} for text, label in zip(TEXTS, wanted, strict=True)]
    (path := tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = detect(read(path))
    assert (found.task, found.output) == ("classification", "label")
    assert prepared(read(path), found).columns["label"] == wanted


def test_lists_of_one_text_are_that_text():
    found = detect(from_python({"text": TEXTS, "summary": [[text[5:]] for text in TEXTS]}))
    assert found.task == "translation" and found.combined[0].how == "alone"


def test_numbers_of_labels():
    labels = [sorted(RANDOM.sample(range(6), RANDOM.randint(1, 2))) for _ in TEXTS]
    assert detect(from_python({"text": TEXTS, "labels": labels})).task == "multilabel"


@pytest.mark.parametrize(
    ("yes", "no"),
    [("TRUE", "FALSE"), ("yes", "no"), ("Y", "N"), (1, -1), (1.0, 0.0), ("x", None), (1, None), ("t", "f")],
)
def test_labels_as_columns_of_two_values(yes: object, no: object):
    columns = {topic: [RANDOM.choice([yes, no]) for _ in TEXTS] for topic in TOPICS}
    table = from_python({"text": TEXTS, **columns})
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("multilabel", ("text",), "labels")
    wanted = [[topic for topic in TOPICS if columns[topic][row] == yes] for row in range(len(TEXTS))]
    assert prepared(table, found).columns["labels"] == wanted


def test_yes_and_no_beside_other_answers_are_no_labels():
    columns = {topic: [RANDOM.choice(["yes", "no"]) for _ in TEXTS] for topic in ["member", "returned", "urgent"]}
    table = from_python({"text": TEXTS, **columns, "satisfaction": [RANDOM.randint(1, 5) for _ in TEXTS]})
    with pytest.raises(TaskError):
        detect(table)
    assert detect(table, input="text", task="multilabel").output == "labels"


@pytest.mark.parametrize("name", ["label", "churned", "class"])
def test_flags_beside_an_output_of_two_values_are_no_labels(name: str):
    columns = {topic: [RANDOM.choice([0, 1]) for _ in TEXTS] for topic in ["is_new", "is_paid", name]}
    assert detect(from_python({"text": TEXTS, **columns})).output == name


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("{'a b'}", ["a b"]),
        ("set()", []),
        ('{java,"machine learning",NULL}', ["java", "machine learning", None]),
        ('{"a \\"b\\"",c}', ['a "b"', "c"]),
        ("<java><c++>", ["java", "c++"]),
        ("{'a': 1}", None),
        ("{a: 1}", None),
        ("<not set>", None),
        ("<a> and <b>", None),
    ],
)
def test_sets_arrays_and_tags_of_other_programs(text: str, elements: list[object] | None):
    assert as_list(text) == elements


def test_an_empty_array_beside_others(tmp_path: Path):
    cells = ["{java,sql}", "{}", '{"machine learning"}'] * 20
    (path := tmp_path / "a.tsv").write_text(
        "title\ttags\n" + "\n".join(f"{t}\t{c}" for t, c in zip(TEXTS, cells, strict=False))
    )
    assert read(path).columns["tags"][:3] == [["java", "sql"], [], ["machine learning"]]


@pytest.mark.parametrize("sign", ["|", ";"])
def test_what_came_one_after_another_is_no_set_of_labels(sign: str):
    seen = [[str(RANDOM.randint(1, 12)) for _ in range(RANDOM.randint(3, 9))] for _ in range(200)]
    table = from_python({"history": [sign.join(own) for own in seen], "next": [own[0] for own in seen]})
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("classification", ("history",), "next")
    assert prepared(table, found).columns["history"] == seen


def test_votes_on_a_text_are_labels_of_it():
    votes = ["|".join(RANDOM.choices(["good", "bad"], k=3)) for _ in TEXTS]
    assert detect(from_python({"text": TEXTS, "votes": votes})).task == "multilabel"


def test_codes_in_lists_are_learned_from_where_there_are_no_words():
    items = [[RANDOM.randint(1, 40) for _ in range(RANDOM.randint(3, 9))] for _ in range(200)]
    found = detect(from_python({"items": items, "label": [("a", "b")[own[0] % 2] for own in items]}))
    assert (found.task, found.inputs, found.output) == ("classification", ("items",), "label")


@pytest.mark.parametrize("sign", [";", "|", ",", ", ", ":"])
def test_series_in_one_cell(tmp_path: Path, sign: str):
    series = [[i % 7 + k / 8 for k in range(8 + i % 5)] for i in range(60)]
    rows = [f'"{sign.join(map(str, own))}",{"ab"[i % 2]}' for i, own in enumerate(series)]
    (path := tmp_path / "a.csv").write_text("\n".join(["series,kind", *rows]))
    table = read(path)
    assert table.columns["series"] == series
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("classification", ("series",), "kind")


def test_marks_are_those_of_other_files_too():
    """A 0, or a no, where the training data had nothing, was a mark."""
    marks = [list(own) for own in ("x-x-x--x" * 6, "--xx-xx-" * 6, "-x--xx-x" * 6)]
    columns = {f"m{i}": [cell if cell == "x" else None for cell in own] for i, own in enumerate(marks)}
    texts = [f"so it is said {i}" for i in range(48)]
    found = detect(from_python({"text": texts, **columns}))
    other = {name: [[0, 1], [1.0, 0], ["no", "yes"]][i] for i, name in enumerate(columns)}
    assert prepared(from_python({"text": texts[:2], **other}), found).columns["labels"] == [["m1"], ["m0", "m2"]]


def test_all_rows_are_seen_before_words_are_tags():
    """Of the last row the words and the tags differ in number; and one row has neither."""
    rows = [sentence() for _ in range(300)]
    words: list[str | None] = [" ".join(row[0]) for row in rows]
    tags: list[str | None] = ["|".join(row[1]) for row in rows]
    words[7] = tags[9] = None
    assert detect(from_python({"text": words, "tags": tags})).combined[0].how == "parted at bars"
    found = detect(from_python({"text": words, "tags": [*tags[:-1], "O|O|O|O|O|O|O|O|O|O"]}))
    assert not found.combined
