"""Columns of several kinds: which are read beside each other, and what is said of the others."""

from __future__ import annotations

import random

import pytest

from elman import samples
from elman.data.audit import audit
from elman.data.detect import detect
from elman.data.records import Telling
from elman.data.splits import split_for
from elman.data.table import Table
from elman.errors import TaskError

ROWS = 120
RNG = random.Random(0)
TEXT = [f"guest {i} found it {RNG.choice(['good', 'bad'])}" for i in range(ROWS)]
LABEL = [RNG.choice(["pos", "neg"]) for _ in range(ROWS)]
SHOP = [RNG.choice(["web", "phone"]) for _ in range(ROWS)]
PRICE = [round(RNG.random() * 9, 3) for _ in range(ROWS)]
DAY = [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(ROWS)]


def table(**columns) -> Table:
    return Table(dict(columns))


def test_all_columns_that_may_say_something_are_taken():
    found = detect(table(price=PRICE, text=TEXT, shop=SHOP, day=DAY, label=LABEL))
    assert (found.inputs, found.output) == (("text", "price", "shop", "day"), "label")
    assert (found.task, found.architecture, found.input_kind) == ("classification", "many-to-one", "record")
    assert found.columns == {"text": "text", "price": "number", "shop": "label", "day": "time"}
    assert found.runner_up is not None and "--input text --output label" in found.runner_up["why"]
    said = " ".join(found.evidence)
    assert "read beside each other: text text; number price; label shop; time day" in said
    assert all(f"column {name!r}" in said for name in ("price", "shop", "day"))


def test_columns_that_say_nothing_or_everything_are_left_out_and_named():
    codes = [f"{i}-X" for i in range(ROWS)]
    ids = [{"pos": 1, "neg": 0}[label] for label in LABEL]
    found = detect(
        table(mark=codes, id=[*range(ROWS)], text=TEXT, shop=SHOP, same=["a"] * ROWS, number=ids, label=LABEL)
    )
    assert found.inputs == ("text", "shop")
    left = {sentence.split("'")[1]: sentence for sentence in found.evidence if sentence.startswith("left out")}
    assert left.keys() == {"mark", "id", "same", "number"}
    assert "it names the rows" in left["mark"] and "numbers or names of the rows" in left["id"]
    assert "in every row" in left["same"] and "give the answer away" in left["number"]


def test_numbers_that_are_the_output_in_another_unit_are_left_out():
    cents = [100 * price + 5 for price in PRICE]
    found = detect(table(text=TEXT, shop=SHOP, cents=cents, price=PRICE), output="price")
    assert (found.inputs, found.task) == (("text", "shop"), "regression")
    turned = detect(table(text=TEXT, shop=SHOP, less=[-price for price in PRICE], price=PRICE), output="price")
    assert turned.inputs == ("text", "shop")
    near = detect(table(text=TEXT, shop=SHOP, near=[p + RNG.random() / 9 for p in PRICE], price=PRICE), output="price")
    assert near.inputs == ("text", "shop", "near")


def test_a_column_that_gives_the_output_away_is_a_warning():
    towns = {"pos": ["Ulm", "Bonn"], "neg": ["Rome", "Bari"]}
    town = [towns[label][i % 2] for i, label in enumerate(LABEL)]
    whole = table(text=TEXT, shop=SHOP, town=town, label=LABEL)
    found = detect(whole)
    assert "town" in found.inputs
    parts = split_for(found, whole, seed=0)
    said = [finding.message for finding in audit(parts.train, parts.valid, parts.test, found)]
    assert [name for name in ("text", "shop", "town") if any(f"column {name!r} gives" in one for one in said)] == [
        "town"
    ]


def test_named_columns_are_a_record_where_one_is_a_text():
    whole = table(text=TEXT, shop=SHOP, price=PRICE, label=LABEL)
    found = detect(whole, input=["price", "text"], output="label")
    assert (found.inputs, found.input_kind) == (("price", "text"), "record")
    assert detect(whole, input=["price", "shop"], output="label").input_kind == "row"
    assert detect(whole, input="text", output="label").input_kind == "text"
    assert detect(whole, input=["text", "shop"], output="price").task == "regression"
    assert detect(whole, input=["text", "shop"], output="price", task="regression").input_kind == "record"


def test_dates_that_are_named_stay_dates():
    found = detect(table(text=TEXT, day=DAY, label=LABEL), input=["text", "day"], output="label")
    assert found.columns == {"text": "text", "day": "time"}


def test_a_pair_of_texts_is_a_record():
    pairs = table(premise=TEXT, hypothesis=[*TEXT[7:], *TEXT[:7]], label=LABEL)
    assert detect(pairs).inputs == ("premise", "hypothesis")
    assert detect(pairs, input=["premise", "hypothesis"], output="label").input_kind == "record"


def test_what_cannot_be_read_beside_others_is_refused_by_name():
    whole = table(text=TEXT, curve=[[0.5, i / 7] for i in range(ROWS)], label=LABEL)
    with pytest.raises(
        TaskError, match=r"column 'curve': .* It can't be read beside other columns.*that can be: 'text'"
    ):
        detect(whole, input=["text", "curve"], output="label")
    found = detect(whole, output="label", input="text")
    assert found.input_kind == "text"


def test_several_labels_beside_numbers():
    topics = [[one for one in "abc" if RNG.random() < 0.5] for _ in range(ROWS)]
    found = detect(table(topics=topics, price=PRICE, label=LABEL), input=["topics", "price"], output="label")
    assert (found.input_kind, found.columns) == ("record", {"topics": "labels", "price": "number"})
    several = detect(table(text=TEXT, price=PRICE, labels=topics))
    assert (several.task, several.inputs) == ("multilabel", ("text", "price"))


def test_tables_of_other_kinds_are_read_as_before():
    sentences = [["a", "dog", "runs"], ["it", "sleeps"]] * (ROWS // 2)
    tags = [["D", "N", "V"], ["P", "V"]] * (ROWS // 2)
    assert detect(table(tokens=sentences, tags=tags, source=SHOP)).task == "tagging"
    assert detect(table(en=TEXT, de=[f"Gast {i} fand es gut" for i in range(ROWS)])).task == "translation"


def test_rows_with_the_same_texts_stay_in_one_part():
    texts = [text for text in TEXT for _ in range(2)]
    whole = table(text=texts, price=[*PRICE, *PRICE[::-1]], label=[label for label in LABEL for _ in range(2)])
    found = detect(whole)
    assert found.inputs == ("text", "price")
    parts = split_for(found, whole, seed=1)
    assert parts.test is not None
    seen = [set(part.column("text")) for part in (parts.train, parts.valid, parts.test)]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])


def test_each_column_is_looked_at_once():
    whole = table(text=TEXT, shop=SHOP, label=LABEL)
    telling = Telling(whole, whole.profiles)
    assert telling.about("label") == telling.about("label")
    assert telling.same("shop") != telling.same("label")
    assert telling.same("text") is None


def test_the_sample_needs_no_flags():
    found = detect(samples.load("shop"))
    assert found.inputs == ("title", "note", "shop", "topics", "price", "day") and found.output == "outcome"
    assert found.input_kinds == ("text", "text", "label", "labels", "number", "time")
