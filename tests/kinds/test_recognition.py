"""Which kind a column is found to be, and what is counted of it."""

from __future__ import annotations

import pytest

from conftest import there
from elman.kinds.column import Column
from elman.kinds.recognition import kind_of_files, recognise, recognise_table, recognised_kinds
from elman.kinds.time import TimeKind

DAYS = [f"2020-01-{day:02}" for day in range(1, 29)]


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("a", [], "empty"),
        ("a", [None, None], "empty"),
        ("a", [[], []], "empty"),
        ("notes", [[], []], "notes"),
        ("a", [[None, None], [None]], "vector"),
        ("a", ["same", "same", None], "constant"),
        ("a", [["x"], ["x", "x"]], "constant"),
        ("split", ["train", "TEST", None], "split"),
        ("split", ["train", "other"], "text"),
        ("a", ["train", "test"] * 4, "label"),
        ("when", DAYS, "time"),
        ("when", [*DAYS, "2020-02-30"], "time"),
        ("when", [*DAYS, "tomorrow"], "text"),
        ("year", list(range(1900, 1930)), "time"),
        ("year", list(range(1900, 1910)), "time"),
        ("year", [1900 + i * i % 10 for i in range(10)], "number"),
        ("column_1", list(range(1900, 1910)), "time"),
        ("column_1", list(range(190, 200)), "id"),
        ("a", [DAYS, DAYS[:3]], "time"),
        ("a", ["x.png", "y.JPG"], "image"),
        ("a", ["x.png", "y.wav"], "text"),
        ("a", ["x.wav", "y.mp3"], "audio"),
        ("a", ["x.mid", "y.midi"], "notes"),
        ("a", ["x.mid", "x.mid"], "constant"),
        ("a", ["x/", "y/"], "frames"),
        ("a", [["x.png", "y.png"], ["z.png"]], "frames"),
        ("id", [3, 1, 2], "id"),
        ("id", [3, 1, 1, 4], "id"),
        ("id", [3, 1] * 4, "label"),
        ("filmId", [30 + i % 50 for i in range(250)], "label"),
        ("film", [30 + i % 50 for i in range(250)], "number"),
        ("ID_code", [f"x{i}" for i in range(9)], "id"),
        ("Unnamed: 0", list(range(9)), "id"),
        ("paid", [30 + i for i in range(50)], "number"),
        ("id", [3, 1.5, 2], "number"),
        ("column_1", [4, 5, 6], "id"),
        ("column_1", [4, 6, 8], "number"),
        ("No", [1, 2, 3], "id"),
        ("no.", [1, 3, 2], "number"),
        ("row", ["Fiat 128", "Honda Civic", "Mazda RX4"], "id"),
        ("a", [1, 2] * 4, "label"),
        ("a", [1.5, 2.5] * 4, "number"),
        ("a", list(range(21)) * 10, "number"),
        ("a", ["a b c d e", "f g h i j"] * 4, "text"),
        ("a", ["x" * 41, "y" * 41] * 4, "text"),
        ("a", [["p", "q"], ["q"], ["p"], ["r"]] * 8, "labels"),
        ("a", [["p", "p"], ["q"], ["p"], ["r"]] * 8, "tokens"),
        ("a", [[0, 1], [1]], "tokens"),
        ("a", [list(range(1_001))], "vector"),
        ("a", [[0.5, 1], [1]], "vector"),
        ("pitches", [[60, 64], [-1]], "notes"),
        ("pitches", [[60, 640], [-1]], "tokens"),
        ("a", [["one two three four five", "six seven eight nine ten"]], "text"),
    ],
)
def test_recognising(name, cells, kind):
    found = recognise(Column(name, cells))
    assert found.kind.name == kind
    assert (found.rows, found.missing) == (len(cells), cells.count(None))
    assert found.describe().startswith(f"column {name!r}: ")


def test_figures_of_texts_and_of_lists():
    found = recognise(Column("a", ["one two", "one two three four", None] * 3))
    assert (found.kind.name, found.distinct, found.words, found.missing) == ("label", 2, 3.0, 3)
    assert found.top == (("one two", 3), ("one two three four", 3))
    found = recognise(Column("a", [["x", "y", "x"], ["y", "z", "z", "z"], None]))
    assert (found.kind.name, found.distinct, found.words, found.missing) == ("tokens", 3, 3.5, 1)
    assert not found.numeric and recognise(Column("a", [[1, 2], [3]])).numeric


def test_labels_are_tokens_where_another_list_is_as_long_in_every_row():
    tags = [["p", "q"], ["q"], ["p"], ["r"]] * 8
    words = [["so", "it"], ["is"], ["not"], ["one"]] * 8
    assert recognise_table({"a": tags})["a"].kind.name == "labels"
    assert [found.kind.name for found in recognise_table({"a": tags, "b": words}).values()] == ["tokens", "tokens"]
    assert recognise_table({"a": tags, "b": [[*words[0], "x"], *words[1:]]})["a"].kind.name == "labels"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *[("a.PNG", "image"), ("b/c.x.jpeg", "image"), ("d.Wav", "audio"), ("e.txt", None), ("png", None), ("", None)],
        *[("clips/1/", "frames"), ("clips/1", None), (["a.png", "b.jpg"], "frames"), (["a.png", "b.wav"], None)],
        *[([], None), (["a.wav"], None), (3, None), (None, None)],
    ],
)
def test_names_of_files(name, kind):
    found = kind_of_files([name])
    assert (found and found.name) == kind


def test_files_of_one_kind():
    assert there(kind_of_files(["a.png", "b/c.GIF"])).name == "image"
    assert there(kind_of_files(["a/", ["b.png", "c.png"]])).name == "frames"
    for mixed in (["a.png", "b.wav"], ["a.png", "b"], ["a.png", None], ["a/", "b.png"], []):
        assert kind_of_files(mixed) is None


def test_every_kind_is_asked_once_and_in_order():
    kinds = recognised_kinds()
    assert len({kind.name for kind in kinds}) == len(kinds)
    assert [kind.precedence for kind in kinds] == sorted((kind.precedence for kind in kinds), reverse=True)
    assert kinds[-1].name == "text"


def test_identities_are_equal_where_people_see_the_same(tmp_path):
    by_name = {kind.name: kind for kind in recognised_kinds()}
    one, other, last = by_name["text"].identities(["Good  film", " good film", "good films"])
    assert one == other != last
    upper, lower, again = by_name["tokens"].identities([["Good", "film"], ["good", "film"], ["Good", "film"]])
    assert upper == again != lower
    for name, content in (("a.png", b"12"), ("b.png", b"12"), ("c.png", b"21"), ("d.png", b"123")):
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / f"{name}.png") for name in "abcd"]
    a, b, c, d, a_again, lost, none = by_name["image"].identities([*paths, paths[0], "lost.png", None])
    assert a == b == a_again and len({a, c, d, lost, none}) == 5
    clips = by_name["frames"].identities([paths[:2], [paths[1], paths[0]], paths[2:], f"{tmp_path}/", [*paths]])
    assert clips[0] == clips[1] != clips[2] and clips[3] == clips[4]


@pytest.mark.parametrize(("text", "real"), [("2020-02-29", True), ("2021-02-29", False), ("2020-12", True)])
def test_dates_that_there_are(text, real):
    assert TimeKind.is_date(text) is real
