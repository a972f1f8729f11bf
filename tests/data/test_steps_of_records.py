"""Long tables of columns of several kinds: when they are read as sequences of records, and when as they were before."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from elman import samples
from elman.data.detect import detect, prepared
from elman.data.readers import from_python
from elman.data.splits import split_for
from elman.errors import TaskError

VISITS = samples.load("visits")
ALL = ("time", "product", "channel", "amount", "region", "age")


def frame() -> pd.DataFrame:
    return pd.DataFrame(VISITS.columns)


def test_the_sample_needs_no_flags():
    found = detect(VISITS)
    assert (found.inputs, found.output, found.input_kind) == (ALL, "churned", "records")
    assert found.input_kinds == ("time", "label", "label", "number", "label", "number")
    assert (found.throughout, found.sequences, found.order) == (["region", "age"], "customer", "time")
    said = " ".join(found.evidence)
    assert "records, step by step: time time; label product, channel; number amount" in said
    assert "the same throughout each sequence, and read at each step: label region; number age" in said
    assert "left out, column 'customer': names of the sequences" in said


def test_rows_in_any_order_are_the_same_sequences():
    mixed = from_python(frame().sample(frac=1, random_state=1))
    found = detect(mixed)
    assert (found.inputs, found.sequences) == (ALL, "customer") and "sorted first" in found.evidence[0]
    whole, sorted_again = prepared(VISITS, detect(VISITS)), prepared(mixed, found)
    for row in (0, 7, 450):
        there = sorted_again.columns["customer"].index(whole.columns["customer"][row])
        assert sorted_again.columns["product"][there] == whole.columns["product"][row]


def test_in_order_of_time_alone_the_customers_are_the_sequences_and_no_products():
    found = detect(from_python(frame().sort_values("time").reset_index(drop=True)))
    assert (found.sequences, found.order, found.inputs) == ("customer", "time", ALL)


def test_whole_numbers_may_name_customers():
    numbers = frame().assign(customer_id=frame().customer.str[2:].astype(int)).drop(columns="customer")
    assert detect(from_python(numbers)).sequences == "customer_id"


def test_names_of_customers_may_come_seldom():
    few = frame()
    few = few[few.groupby("customer").cumcount() < 2]
    found = detect(from_python(few))
    assert (found.sequences, found.input_kind) == ("customer", "records")


def test_a_few_visits_at_the_same_time_keep_their_order():
    days = frame().assign(time=frame().time.str[:10])
    table = from_python(days)
    found = detect(table)
    assert (found.sequences, found.inputs) == ("customer", ALL)
    assert prepared(table, found).columns["product"] == prepared(VISITS, detect(VISITS)).columns["product"]


def test_columns_that_are_named_are_read_alone():
    found = detect(VISITS, input=["product", "amount", "region"], output="churned")
    assert (found.inputs, found.input_kind, found.throughout) == (
        ("product", "amount", "region"),
        "records",
        ["region"],
    )
    assert detect(VISITS, input="product", output="churned").input_kind == "text"
    assert detect(VISITS, input="amount", output="churned").input_kind == "vector"


def test_an_answer_at_each_step_is_asked_for():
    found = detect(VISITS, output="product")
    assert (found.task, found.architecture, found.input_kind) == ("tagging", "many-to-many", "records")
    assert "product" not in found.inputs
    assert detect(VISITS, output="amount", task="step-regression").input_kind == "records"
    assert detect(VISITS, output="age").task == "regression"


def test_what_says_the_same_as_the_output_is_left_out():
    again = from_python(frame().assign(left=frame().churned.map({"yes": "gone", "no": "here"})))
    found = detect(again, output="churned")
    assert found.inputs == ALL
    assert any("column 'left': says the same as 'churned'" in sentence for sentence in found.evidence)


def test_codes_are_categories_and_amounts_are_numbers():
    codes = frame().assign(product_id=[random.Random(3 * i).randrange(500) for i in range(len(VISITS))])
    found = detect(from_python(codes))
    assert found.columns["product_id"] == "label" and found.columns["amount"] == "number"


def panel(**more: Any) -> Any:
    days = [f"2021-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]
    rows = [(day, f"s{k}", 20 + (i * 37 % 11) / 9 + k, *(f(i, k) for f in more.values())) for k in range(6)
            for i, day in enumerate(days)]  # fmt: skip
    return from_python(dict(zip(("date", "store", "sales", *more), map(list, zip(*rows, strict=True)), strict=True)))


@pytest.mark.parametrize(
    "more",
    [
        {"region": lambda i, k: "ns"[k % 2]},
        {"event": lambda i, k: "fair" if i % 9 == 0 else None, "region": lambda i, k: "ns"[k % 2]},
        {"visitors": lambda i, k: (i * 31 + k) % 97, "size": lambda i, k: 1.5 * k},
    ],
)
def test_panels_of_numbers_stay_panels(more):
    found = detect(panel(**more))
    assert (found.task, found.input_kind, found.output) == ("forecasting", "series", None)


def test_numbers_beside_one_column_of_tags_are_read_as_before():
    columns = {
        "time": [*range(40)],
        "x": [i * 0.37 % 1 for i in range(40)],
        "y": [i * i * 0.013 % 1 for i in range(40)],
    }
    found = detect(from_python({**columns, "what": ["rest" if i // 7 % 2 else "move" for i in range(40)]}))
    assert (found.task, found.input_kind, found.inputs) == ("tagging", "vector", ("x", "y"))


def test_what_cannot_be_read_at_steps_is_refused_by_name():
    with pytest.raises(
        TaskError, match=r"column 'customer'.*can't be read beside other columns.*that can be: 'amount'"
    ):
        detect(VISITS, input=["customer", "amount"], output="churned")


def test_whole_customers_are_held_out():
    found = detect(VISITS)
    table = prepared(VISITS, found)
    parts = split_for(found, table, seed=0)
    assert parts.test is not None
    names = [set(part.column("customer")) for part in (parts.train, parts.valid, parts.test)]
    assert sum(map(len, names)) == len(table) == len(set.union(*names))
    assert [len(own) for own in names] == [720, 90, 90]
