from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from conftest import shared_data
from elman.data.audit import audit, spellings
from elman.data.detect import detect
from elman.data.detection import Detection
from elman.data.readers import from_python, read
from elman.data.spellings import misspelled
from elman.data.splits import split
from elman.errors import TaskError

CLASSES = Detection("many-to-one", "classification", ("text",), "label")


def told(findings, level: str = "warning") -> str:
    return "\n".join(finding.message for finding in findings if finding.level == level)


def labelled(texts, labels):
    return from_python({"text": list(texts), "label": list(labels)})


TRAIN = labelled([f"text {i}" for i in range(20)], ["a", "b"] * 10)


def test_clean_data_raise_no_warning():
    test = labelled(["new one", "new two"], ["a", "b"])
    assert not told(audit(TRAIN, test, None, CLASSES))


def test_leakage_is_counted_up_to_case_and_spacing():
    test = labelled(["text 3", " TEXT  4", "other"], ["a", "b", "a"])
    assert "2 of 3 test rows (66.7%) also stand in the training part" in told(audit(TRAIN, None, test, CLASSES))


def test_references_in_one_part_are_no_duplicates():
    table = read(shared_data("cmudict") / "g2p_test.tsv")
    found = detect(table)
    parts = split(table, inputs=found.inputs, output=found.output, seed=0)
    assert not told(audit(parts.train, parts.valid, parts.test, found))


def test_sst2_test_part_leaks_two_sentences():
    train, test = (read(shared_data("sst2") / f"{part}.tsv") for part in ("train", "test"))
    exact = sum(text in set(train.columns["text"]) for text in test.columns["text"])
    assert f"{exact} of 1,821 test rows" in told(audit(train, None, test, detect(train)))


def test_labels_that_training_never_sees():
    test = labelled(["x", "y", "z"], ["a", "c", "c"])
    assert "1 labels stand in the test part but not in the training part" in told(audit(TRAIN, None, test, CLASSES))
    assert "c (2)" in told(audit(TRAIN, None, test, CLASSES))


def test_missing_empty_rare_and_uneven():
    train = labelled([f"text {i}" for i in range(97)] + ["", "  ", None], ["a"] * 98 + ["b", None])
    warnings = told(audit(train, None, None, CLASSES))
    assert "2 of 100 sequences of column 'text' are empty in the training part" in warnings
    assert "1 of 100 cells of column 'text' are missing" in warnings
    assert "1 of 100 cells of column 'label' are missing" in warnings
    assert "a is the commonest (98, 99.0%)" in warnings
    assert "fewer than 5 training rows: b" in warnings


def test_extreme_lengths_and_contradictions_are_mentioned():
    train = labelled([*(f"text {i}" for i in range(20)), "text 0", "long " * 1000], ["a", "b"] * 11)
    train.columns["label"][20] = "b"
    infos = told(audit(train, None, None, CLASSES), "info")
    assert "the longest has 5,000" in infos
    assert "1 input has several different labels" in infos


def test_blank_lines_of_running_text_are_nothing_odd():
    text = from_python({"text": ["a", "", "b", "", "a"]})
    assert not audit(text, text, None, Detection("many-to-many", "language-model", ("text",), None))


def test_several_labels_are_counted_one_by_one():
    train = labelled([f"text {i}" for i in range(20)], ["a;b", "b"] * 10)
    test = labelled(["new"], ["a;c"])
    assert "1 labels stand in the test part" in told(
        audit(train, None, test, Detection("many-to-one", "multilabel", ("text",), "label"))
    )


def test_no_label_at_all_is_an_answer():
    columns = {"text": [f"text {i}" for i in range(40)], "kinds": [["p", "q"], ["q"], [], None] * 10}
    table = from_python(columns)
    several = Detection("many-to-one", "multilabel", ("text",), "kinds")
    assert "kinds" not in told(audit(table, table.select([0]), None, several))
    assert "10 of 40 cells of column 'text' are missing" in told(
        audit(from_python({**columns, "text": [None, "a", "b", "c"] * 10}), None, None, several)
    )


def test_labels_that_are_slips_of_commoner_ones():
    counts = {"positive": 96, "postive": 2, "Positve": 1, "negative": 80, "class1": 3, "class2": 100, "gambia": 3}
    found = misspelled({**counts, "zambia": 100, "posiitve": 1, "neutral": 50, "neutrall": 3, "cats": 90, "cat": 1})
    assert found == {"postive": "positive", "positve": "positive", "posiitve": "positive"}
    (finding,) = spellings({"training": Counter({"good enough": 100, "good enogh": 1, "bad": 50})})
    assert "'good enogh', maybe 'good enough'" in finding.message and "--tidy-labels" in finding.message


def test_labels_that_differ_in_spelling_alone():
    train = labelled([f"text {i}" for i in range(40)], ["good", "Good", "good ", "bad"] * 10)
    said = told(audit(train, None, None, CLASSES))
    assert "3 labels differ in case or blanks alone: 'Good' (10), 'good' (10)" in said
    assert "--tidy-labels" in said
    assert "differ in case" in told(audit(TRAIN, None, labelled(["x"], ["A"]), CLASSES))


def test_rows_that_differ_in_numbers_and_punctuation_alone():
    train = labelled([f"order {i} of the shop was sent" for i in range(20)], ["a", "b"] * 10)
    test = labelled(
        ["Order 77 of the shop, was sent!", "the order of the shop was lost", "order 3 of the shop was sent"], "aba"
    )
    said = told(audit(train, None, test, CLASSES))
    assert "1 of 3 test rows (33.3%) differ from training rows in numbers and punctuation alone" in said
    assert "'Order 77" in said


def test_test_rows_that_are_older_than_training_rows():
    days = [f"2021-01-{day:02d}" for day in range(1, 29)]
    columns = {"date": days, "text": [f"some text {i}" for i in range(28)], "label": ["a", "b"] * 14}
    table = from_python(columns)
    later = [table.select(range(20)), table.select(range(20, 28))]
    assert "older" not in told(audit(later[0], None, later[1], CLASSES, table.profiles), "info")
    mixed = audit(table.select([*range(19), 21]), None, table.select([19, 20, *range(22, 28)]), CLASSES, table.profiles)
    assert "2 of 8 test rows are older than the latest training row (column 'date', 2021-01-22)" in told(mixed)
    random = audit(table.select(range(0, 28, 2)), None, table.select(range(1, 28, 2)), CLASSES, table.profiles)
    assert "13 of 14 test rows are older" in told(random, "info")


def test_columns_that_give_the_output_away():
    codes = {"a": 7, "b": 9}
    table = from_python(
        {
            "text": [f"text {i}" for i in range(40)],
            "code": [codes[label] for label in "ab" * 20],
            "channel": ["p", "p", "q"] * 13 + ["q"],
            "label": list("ab" * 20),
        }
    )
    said = told(audit(table, None, None, CLASSES, table.profiles), "info")
    assert (
        "column 'code' gives 'label' away: each of its values stands with one label (7 is a, 9 is b); it is left out"
        in said
    )
    assert "'channel'" not in said
    prices = [i * 1.37 % 5 for i in range(40)]
    rows = from_python(
        {"price": prices, "cents": [100 * price for price in prices], "weight": [i * 0.7 % 3 for i in range(40)]}
    )
    found = detect(rows, output="price")
    said = told(audit(rows, None, None, found, rows.profiles))
    assert "column 'cents' gives 'price' away: one follows from the other by a straight line; it is read" in said
    assert "'weight'" not in said


def test_texts_that_give_their_label_away():
    labels = ["sport", "news", "arts"] * 20
    marked = labelled([f"{label}: this is about something {i}" for i, label in enumerate(labels)], labels)
    assert "the first word says it in 100% of the training rows ('sport:' is sport" in told(
        audit(marked, None, None, CLASSES)
    )
    inside = labelled([f"{i} tells you about {label.title()}, again" for i, label in enumerate(labels)], labels)
    assert "gives the label away: 100% of the training rows name it" in told(audit(inside, None, None, CLASSES))
    plain = labelled([f"{['the', 'a', 'my'][i % 3]} text about {i}" for i in range(60)], ["sport", "news"] * 30)
    assert "away" not in told(audit(plain, None, None, CLASSES))


def test_texts_that_give_their_label_away_at_their_end_or_beside_other_columns():
    texts = [f"this is about something {i} {':)' if i % 2 else ':('}" for i in range(60)]
    table = from_python(
        {"text": texts, "price": [i * 7 % 31 / 3 for i in range(60)], "label": ["ab"[i % 2] for i in range(60)]}
    )
    for given in (None, ["text", "price"]):
        found = detect(table, input=given, output="label")
        assert "the last word says it in 100% of the training rows (':(' is a" in told(audit(table, None, None, found))


@pytest.mark.parametrize(
    "spellings", [["sci-fi", "Sci Fi", "sci_fi"], ["négatif", "negatif", "Negatif"], ["1", "1.0", "1.00"]]
)
def test_labels_that_differ_in_accents_hyphens_or_zeros(spellings: list[str]):
    labels = [spellings[i % 3] if i % 2 else "-1" for i in range(60)]
    table = from_python({"text": [f"a text {i * i}" for i in range(60)], "label": labels})
    found = detect(table, output="label", task="classification")
    assert "3 labels differ in case, blanks, accents or hyphens alone" in told(audit(table, None, None, found))
    assert len({*detect(table, output="label", task="classification", tidy_labels=True).spellings.values()}) == 2


def test_labels_that_are_nearly_all_missing():
    train = labelled([f"text {i}" for i in range(40)], ["a", None, None, None] * 10)
    assert (
        "30 of 40 cells of column 'label' are missing in the training part; the 10 rows that have one are used"
        in told(audit(train, None, None, CLASSES))
    )


def test_a_row_of_totals_is_said():
    rng = random.Random(3)
    items = [f"P{i} {'ab'[i % 2]}" for i in range(60)]
    columns: dict[str, Any] = {"item": [*items, "TOTAL"], "qty": [rng.randint(1, 20) for _ in range(60)], "price": []}
    columns["price"] = [round(qty * 1.7 + rng.random(), 2) for qty in columns["qty"]]
    for name in ("qty", "price"):
        columns[name].append(sum(columns[name]))
    table = from_python(columns)
    found = detect(table)
    assert [one for one in audit(table, None, None, found, table.profiles) if "as rows of totals" in one.message]
    table = from_python(columns | {"item": [*items[:-1], "Total", "TOTAL"]})  # two rows are
    assert not [one for one in audit(table, None, None, found, table.profiles) if "as rows of totals" in one.message]


def test_rows_of_totals_of_each_of_others_are_said_and_asked_about():
    regions = [region for name in "ABCDEF" for region in [*[name] * 4, f"{name} Total"]] + ["Grand Total"]
    columns: dict[str, Any] = {
        "region": regions,
        "product": [None if "Total" in region else f"item {i % 5}" for i, region in enumerate(regions)],
        "units": [3 + i % 11 for i in range(len(regions))],
        "revenue": [1.5 + 7 * i % 29 for i in range(len(regions))],
    }
    table = from_python(columns)
    with pytest.raises(TaskError, match="Rows called 'A Total' and the like hold totals of others: remove them"):
        detect(table)
    found = detect(table, output="revenue")
    (said,) = [one for one in audit(table, None, None, found, table.profiles) if "as rows of totals" in one.message]
    assert said.message.startswith("7 rows are called 'A Total' and the like (column 'region')")
    others = from_python(columns | {"region": [f"{region} net" for region in regions]})
    assert not [one for one in audit(others, None, None, found, others.profiles) if "as rows of totals" in one.message]


def test_figures_that_are_read_as_texts_are_named():
    table = from_python(
        {
            "text": [f"patient {i} is {('well', 'ill')[i % 2]} today" for i in range(60)],
            "pressure": [f"{100 + i}/{60 + i}" for i in range(60)],
            "code": [f"{i}-{i + 7}-X" for i in range(60)],
            "street": [f"{i} Main Street" for i in range(60)],
            "label": ["a", "b"] * 30,
        }
    )
    found = detect(table, input=["text", "pressure", "code", "street"], output="label")
    warned = told(audit(table, None, None, found))
    assert "column 'pressure': cells such as '140/100' are read as texts" in warned
    assert "'code'" not in warned and "'street'" not in warned
