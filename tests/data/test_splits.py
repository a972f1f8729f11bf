from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import shared_data
from elman import stored
from elman.data.readers import from_python, read
from elman.data.splits import deal, group_rows, split
from elman.data.table import Table
from elman.errors import TaskError
from elman.kinds.text import TextKind


def parts_of(splits) -> list[Table]:
    return [splits.train, splits.valid, splits.test]


def table_of(rows: int, labels: int = 3) -> Table:
    texts = [f"some text {i * 7919 % (rows * 3 // 4)}" for i in range(rows)]  # a quarter comes twice
    return from_python({"text": texts, "label": [f"l{i * i % labels}" for i in range(rows)], "row": list(range(rows))})


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(40, 300), labels=st.integers(2, 7), seed=st.integers(0, 99))
def test_parts_partition_the_rows_and_share_no_input(rows, labels, seed):
    table = table_of(rows, labels)
    parts = parts_of(split(table, inputs=("text",), output="label", seed=seed))
    assert sorted(row for part in parts for row in part.columns["row"]) == list(range(rows))
    inputs = [set(part.columns["text"]) for part in parts]
    assert not inputs[0] & inputs[1] and not inputs[0] & inputs[2] and not inputs[1] & inputs[2]
    assert abs(len(parts[0]) - 0.8 * rows) <= 3 + 0.02 * rows
    for part in parts:
        assert part.columns["row"] == sorted(part.columns["row"])


def test_seed_decides():
    table = table_of(101)
    again = [split(table, inputs=("text",), output="label", seed=seed).test for seed in (1, 1, 2)]
    assert again[0] == again[1] != again[2]


def test_labels_keep_their_shares_and_rare_ones_train():
    table = read(shared_data("surnames"))
    parts = parts_of(split(table, inputs=("text",), output="label", seed=3))
    whole = Counter(table.columns["label"])
    for part in parts:
        for label, count in Counter(part.columns["label"]).items():
            assert abs(count / len(part) - whole[label] / len(table)) < 0.02
    rare = from_python({"text": [f"t {i}" for i in range(62)], "label": ["a", "b"] * 30 + ["c", "d"]})
    assert {"c", "d"} <= set(split(rare, inputs=("text",), output="label", seed=0).train.columns["label"])


def test_spelling_variants_count_as_the_same_input():
    texts = [text for i in range(50) for text in (f"Free  entry {i}", f"free entry {i} ")]
    table = from_python({"text": texts, "label": ["a", "b"] * 50})
    parts = parts_of(split(table, inputs=("text",), output="label", seed=0))
    keys = [{" ".join(text.lower().split()) for text in part.columns["text"]} for part in parts]
    assert sum(map(len, keys)) == 50


def test_references_of_a_source_stay_together():
    table = read(shared_data("cmudict") / "g2p_test.tsv")
    parts = parts_of(split(table, inputs=("column_1",), output="column_2", seed=0))
    words = [set(part.columns["column_1"]) for part in parts]
    assert sum(map(len, words)) == len(set(table.columns["column_1"])) == 3000


def test_generation_holds_out_outputs_not_labels():
    table = from_python({"style": ["x", "y"] * 100, "name": [f"n{i // 3}" for i in range(200)]})
    parts = parts_of(split(table, inputs=("style",), output="name", seed=0))
    assert all(set(part.columns["style"]) == {"x", "y"} for part in parts)
    assert sum(len(set(part.columns["name"])) for part in parts) == 67


def test_given_parts_are_kept_and_the_missing_one_is_carved_out_of_train():
    table, test = table_of(100), table_of(40)
    splits = split(table, inputs=("text",), output="label", seed=0, test=test)
    assert splits.test is test
    assert len(splits.train) + len(splits.valid) == 100 and 5 <= len(splits.valid) <= 15
    whole = split(table, inputs=("text",), output="label", seed=0, valid=test, test=test)
    assert whole.train == table and whole.valid is test


def test_split_column_is_honoured():
    table = table_of(90)
    table.columns["split"] = ["train", "dev", "TEST"] * 30
    splits = split(table, inputs=("text",), output="label", seed=0)
    assert splits.valid.columns["row"] == list(range(1, 90, 3))
    assert splits.test and splits.test.columns["row"] == list(range(2, 90, 3))
    table.columns["split"] = ["train", "train", "test"] * 30
    splits = split(table, inputs=("text",), output="label", seed=0)
    assert splits.test and len(splits.test) == 30
    assert not set(splits.valid.columns["row"]) & set(splits.test.columns["row"])
    table.columns["split"] = ["test"] * 90
    with pytest.raises(TaskError, match="no training rows"):
        split(table, inputs=("text",), output="label", seed=0)


def test_running_text_is_tested_on_its_end_and_validated_throughout():
    table = read(shared_data("tiny_shakespeare") / "input.txt")
    splits = split(table, inputs=("text",), output=None, seed=0)
    train, valid, test = (part.columns["text"] for part in parts_of(splits))
    lines = table.columns["text"]
    assert test == lines[-len(test) :]
    assert Counter(train + valid + test) == Counter(lines)
    sizes = [sum(len(line) + 1 for line in part) for part in (train, valid, test)]
    assert [round(size / sum(sizes), 2) for size in sizes] == [0.85, 0.05, 0.1]
    places, at = [], 0  # where the lines that are missing from train stand in the text
    for place, line in enumerate(lines[: -len(test)]):
        if at < len(train) and line == train[at]:
            at += 1
        else:
            places.append(place / len(lines))
    assert at == len(train)
    assert all(any(abs(place - twentieth / 20 * 0.9) < 0.05 for place in places) for twentieth in range(1, 21))


@pytest.mark.parametrize("text", ["word " * 1000, "x" * 5000])
def test_a_text_of_one_line_is_cut_inside_it(text):
    table = Table({"text": [text]}, layout="text")
    parts = parts_of(split(table, inputs=("text",), output=None, seed=0, fractions=(0.8, 0.1, 0.1)))
    assert "".join(line for part in parts for line in part.columns["text"]) == text
    assert [round(len(part.columns["text"][0]) / 5000, 1) for part in parts] == [0.8, 0.1, 0.1]


@pytest.mark.parametrize("lines", [5, 30, 150, 400])
def test_texts_of_few_long_lines_lose_nothing(lines):
    texts = [f"{line} " + "word " * (50 + line % 7) for line in range(lines)]
    table = Table({"text": texts}, layout="text")
    parts = parts_of(split(table, inputs=("text",), output=None, seed=0, fractions=(0.8, 0.1, 0.1)))
    sizes = [sum(map(len, part.columns["text"])) for part in parts]
    assert sum(sizes) == sum(map(len, texts))
    assert [size / sum(sizes) for size in sizes] == pytest.approx([0.8, 0.1, 0.1], abs=0.05)


def test_too_few_rows():
    with pytest.raises(TaskError, match="too few to hold out"):
        split(table_of(4), inputs=("text",), output="label", seed=0)
    with pytest.raises(TaskError, match="too short"):
        split(Table({"text": ["a"]}, layout="text"), inputs=("text",), output=None, seed=0)
    same = from_python({"text": ["always the same"] * 50, "label": ["a", "b"] * 25})
    with pytest.raises(TaskError, match="1 different inputs"):
        split(same, inputs=("text",), output="label", seed=0)


def test_keys_of_parts_are_worked_out_once_for_all_of_them():
    texts = [f"{'Good' if row % 2 else 'good'}  text {row % 40}" for row in range(120)]
    table = Table({"text": texts, "label": ["a", "b", "c"] * 40})
    parts = split(table, inputs=("text",), output="label", seed=0)
    for name in ("train", "valid", "test"):
        assert parts.keys[name] == TextKind.identities(getattr(parts, name).columns["text"])
    assert not set(parts.keys["train"]) & {*parts.keys["valid"], *parts.keys["test"]}
    given = split(table, inputs=("text",), output="label", seed=0, test=table)
    several = split(table, inputs=("text", "label"), output="label", seed=0)
    assert not given.keys and not several.keys


@pytest.mark.parametrize("rows", [1, 2, 63, 501])
@pytest.mark.parametrize("labels", [1, 3, 40])
@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.9, 0.1), (0.3, 0.3, 0.4)], ids=str)
def test_each_group_goes_to_the_part_that_lacks_most_rows(rows, labels, fractions):
    generator = random.Random(rows)
    own = [generator.randrange(labels) for _ in range(rows)]
    groups = group_rows([generator.randrange(rows) for _ in range(rows)], rows)
    stored.shuffle(groups.firsts, generator)
    several = {int(own[0]): own.tolist() for own in groups.several}
    shares: dict[str, float] = dict(zip(("train", "valid", "test"), fractions, strict=False))

    expected: dict[str, list[int]] = {name: [] for name in shares}
    by_label: dict[int, list[list[int]]] = {}
    for first in groups.firsts.tolist():
        by_label.setdefault(own[first], []).append(several.get(first, [first]))
    for some in sorted(by_label.values(), key=lambda some: sum(map(len, some))):
        of_label = dict.fromkeys(shares, 0)
        for number, group in enumerate(some):
            total = sum(map(len, expected.values())) + sum(of_label.values()) + 2 * len(group)
            lacks = {n: share * total - len(expected[n]) - of_label[n] for n, share in shares.items()}
            part = max(lacks, key=lambda name: lacks[name]) if number else "train"
            expected[part] += group
            of_label[part] += len(group)
    dealt = deal(groups, own, shares, rows)
    assert {name: some.tolist() for name, some in dealt.items()} == {n: sorted(some) for n, some in expected.items()}
