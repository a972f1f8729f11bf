from __future__ import annotations

from conftest import shared_data
from elman.data.audit import audit
from elman.data.detect import Detection, detect
from elman.data.readers import from_python, read
from elman.data.splits import split

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
    assert "1 inputs have several different labels" in infos


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
