from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from elman.errors import TaskError
from elman.kinds import RecordKind, RowKind
from elman.kinds.ngrams import NgramFeatures
from elman.kinds.union import UnionFeatures
from elman.settings import Settings

KINDS = {"title": "text", "shop": "label", "topics": "labels", "price": "number", "day": "time"}
RECORDS = [
    ("a red lamp", "north", "gift;sale", 10.0, "2024-01-01"),
    ("a red rug", "south", None, 20.0, "2024-12-31"),
    (None, "north", "sale", None, None),
    ("a blue lamp", None, "gift", 60.0, "2024-07-01"),
]


def fitted(records: Any = RECORDS, kinds: Any = KINDS) -> Any:
    kind = RecordKind().reading(kinds)
    kind.fit(records)
    return kind


# -- rows -----------------------------------------------------------------------------------------------------


def test_what_is_missing_is_marked_and_not_guessed():
    kind = RowKind()
    kind.fit([(1.0, 5), (None, 5), (3.0, 6)])
    (full, _), (gap, _) = kind.encode([(3.0, 6), (None, 6)])
    np.testing.assert_allclose(full[:1], [(3 - 2) / math.sqrt(2)])
    assert full.tolist()[2:] == [0.0] and gap.tolist()[::2] == [0.0, 1.0]
    assert kind.source_columns() == [0, 1, 0]


def test_a_column_without_gaps_brings_no_flag():
    kind = RowKind()
    kind.fit([(1.0,), (2.0,), (3.0,)])
    assert [one.tolist() for one, _ in kind.encode([(2.0,), (math.nan,), (None,), ("",)])] == [[0.0]] * 4


def test_dates_are_a_place_and_cycles():
    kind = RowKind()
    dates = ["2024-01-01", "2024-01-08 12:00", "2024-07-02"]
    kind.fit([(date,) for date in dates])
    found = np.stack([one for one, _ in kind.encode([(date,) for date in dates])])
    days = np.array([np.datetime64(date.replace(" ", "T"), "s").astype(float) for date in dates])
    np.testing.assert_allclose(found[:, 0], (days - days.mean()) / days.std(ddof=1), rtol=1e-5)
    turn = 2 * np.pi * np.array([0, 7, 183]) / 365.25
    np.testing.assert_allclose(found[:, 1:3], np.stack([np.sin(turn), np.cos(turn)], 1), atol=1e-6)
    week = 2 * np.pi * np.array([0, 0, 1]) / 7  # Monday, Monday, Tuesday
    np.testing.assert_allclose(found[:, 3:5], np.stack([np.sin(week), np.cos(week)], 1), atol=1e-6)
    hour = 2 * np.pi * np.array([0, 0.5, 0])
    np.testing.assert_allclose(found[:, 5:], np.stack([np.sin(hour), np.cos(hour)], 1), atol=1e-6)
    assert kind.faults([("tomorrow",)])[0].args[0].startswith("holds 'tomorrow', expected a date")


def test_cycles_that_training_never_went_through_are_left_out():
    kind = RowKind()
    kind.fit([("2024-05-06",), ("2024-05-13",)])  # both Mondays in May, at midnight
    assert kind.figures == 1


# -- records --------------------------------------------------------------------------------------------------


def test_each_column_becomes_a_part_and_all_values_of_a_row_one():
    kind = fitted()
    assert [(part.columns, part.kind.name) for part in kind.parts] == [
        ([0], "text"),
        ([2], "names"),
        ([1, 3, 4], "row"),
    ]
    text, names, row = kind.encode([RECORDS[0]])[0]
    assert (text.tokens, len(names)) == (["a", "red", "lamp"], 2)
    assert row[0].shape == (kind.parts[2].kind.figures,) and row[1].shape == (1,)


def test_names_that_training_never_saw_are_left_out():
    kind = fitted()
    seen, unseen = kind.encode([("", "north", "sale", 1, None), ("", "north", "sale;new", 1, None)])
    assert seen[1].tolist() == unseen[1].tolist()


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        ([("the cat sat", "the cat ran"), ("a dog ran", "a dog sat")], True),
        ([("the cat sat", "die Katze lief"), ("a dog ran", "ein Hund saß")], False),
        ([("", ""), (None, None)], False),
    ],
)
def test_two_texts_of_one_language_share_vocabulary_and_encoder(texts, shared):
    kind = fitted(texts, {"a": "text", "b": "text"})
    assert kind.pair is shared
    again = RecordKind()
    again.load_state(json.loads(json.dumps(kind.state())))
    assert again.pair is shared


def test_three_texts_are_no_pair():
    assert not fitted([("a b", "a b", "a b")] * 3, dict.fromkeys("abc", "text")).pair


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, "a record is missing"),
        (("a", "b"), "expected a record of 5 values, one for each of title, shop, topics, price, day"),
        ("a lamp", "expected a record of 5 values"),
        (("a", "north", "sale", "cheap", None), "column 'price' holds 'cheap', expected a finite number"),
        (("a", "north", "sale", math.inf, None), "column 'price' holds inf"),
        (("a", "north", "sale", 3, "tomorrow"), "column 'day' holds 'tomorrow', expected a date"),
    ],
)
def test_faults_name_the_column(cell, said):
    kind = fitted()
    found = kind.faults([RECORDS[0], cell, RECORDS[2]])
    assert list(found) == [1] and said in str(found[1])
    with pytest.raises(TaskError):
        kind.encode([cell])


def test_infinite_numbers_are_found_before_it_is_fitted():
    found = RecordKind().reading(KINDS).faults([RECORDS[0], ("a", "north", "sale", math.inf, None)])
    assert list(found) == [1] and "column 'price'" in str(found[1])


def test_records_are_typed_as_csv_or_as_json():
    columns = ["text", "price", "shop"]
    assert RowKind.typed('{"price": 3, "text": "a"}', columns) == ("a", 3, None)
    assert RecordKind.typed('"Great, really", 12.5, ', columns) == ("Great, really", "12.5", None)
    assert RecordKind.typed('{"price": 3, "text": "a"}', columns) == ("a", 3, None)
    for wrong, said in [("a,b", "has 2 values; expected 3"), ('{"cost": 3}', "no column 'cost'"), ("{x", "isn't one")]:
        with pytest.raises(TaskError, match=said):
            RecordKind.typed(wrong, columns)


def test_steps_and_names_are_those_of_the_texts():
    kind = RecordKind.from_settings(Settings(level="words")).reading({"a": "text", "b": "text"})
    kind.fit([("the cat sat", "the dog"), ("", "dogs ran")])
    first, second = kind.encode([("the cat sat", "dog"), ("", "")])
    assert kind.element_names(first, kind.steps(first)) == ["the", "cat", "sat", "dog"]
    assert kind.element_names(second, kind.steps(second)) == ["record"]
    assert kind.steps(kind.cut(first, 1)) == 2


def test_settings_reach_the_texts():
    kind: Any = RecordKind.from_settings(Settings(level="characters", pieces=7)).reading({"a": "text", "b": "label"})
    kind.fit([("ab", "x"), ("ba", "y")])
    assert kind.parts[0].kind.level == "characters" and kind.parts[0].kind.pieces == 7
    assert kind.texts_in([("ab", "x"), (None, "y")]) == ["ab"]


# -- beside the network ---------------------------------------------------------------------------------------


def test_linear_models_see_the_n_grams_of_each_text_and_all_values():
    """The oracle: n-grams of each text counted apart."""
    records: list[Any] = [("a red lamp", "a blue rug", 1.0, "x"), ("a red rug", "a blue lamp", 3.0, "y")] * 3
    kind = fitted(records, {"a": "text", "b": "text", "c": "number", "d": "label"})
    features = kind.linear_features()
    found = features.fit(kind.linear_inputs(records))
    apart = [NgramFeatures().fit([record[i] for record in records]) for i in (0, 1)]
    dense = found @ np.eye(found.size, dtype=np.float32)
    sizes = np.cumsum([0, *(bags.size for bags in apart)])
    for bags, start, end in zip(apart, sizes[:-1], sizes[1:], strict=True):
        np.testing.assert_array_equal(dense[:, start:end], bags @ np.eye(bags.size, dtype=np.float32))
    values = dense[:, sizes[-1] :]
    assert values.shape[1] == 4 + 1  # <unk>, </s>, x, y; the number
    np.testing.assert_allclose(values[0, 4], -values[1, 4], rtol=1e-6)
    assert (np.square(values).sum(1).mean() - 1) < 1e-6
    settings, arrays = features.state()
    again = UnionFeatures.from_state(json.loads(json.dumps(settings)), arrays)
    np.testing.assert_array_equal(again.transform(kind.linear_inputs(records)).weights, found.weights)


def test_a_text_in_which_nothing_comes_twice_leaves_the_others_to_be_counted():
    kind = fitted([("qx", "a b", 1), ("yz", "a c", 2)], {"a": "text", "b": "text", "c": "number"})
    bags = kind.linear_features().fit(kind.linear_inputs([("qx", "a b", 1), ("yz", "a c", 2)]))
    assert len(bags) == 2 and bags.size > 1
