"""Columns too large for memory are, cell for cell, what they would be in it."""

import errno
import os
import random
import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

import elman
from elman import cache, stored
from elman.data import alike, splits, steps
from elman.data.alike import shared_rows
from elman.data.batches import RowsInOrder
from elman.data.detect import detect, prepared
from elman.data.drawn import drawn_rows
from elman.data.forms.daylight import without_saving
from elman.data.readers import read
from elman.data.splits import deal, group_rows
from elman.data.steps import evenly_spaced, is_smooth
from elman.data.table import Table
from elman.dataset import DataSet
from elman.errors import DataFileError
from elman.kinds import LabelKind, VectorKind
from elman.kinds.records import usual
from elman.stored import Stored, Writer

COLUMNS = {
    "texts": [f"word {number} Grüße \u2028 {'x' * (number % 7)}" for number in range(700)],
    "with missing": [None if number % 5 == 0 else f"text {number}" for number in range(700)],
    "half a pair": [f"\ud800 {number}" for number in range(700)],
    "empty": ["" if number % 2 else f"{number}" for number in range(700)],
    "labels": [("good", "bad", None)[number % 3] for number in range(700)],
    "whole": [number - 350 for number in range(700)],
    "numbers": [number / 7 - 50 for number in range(700)],
    "some whole": [None if number % 4 == 0 else number if number % 3 else number / 3 for number in range(700)],
    "zeros": [-0.0, 0.0, 1.5] * 200,
    "codes": [number % 3 - 2 for number in range(700)],
    "yes and no": [True, False, None] * 100,
    "too large": [2**60 + number for number in range(700)],
    "lines": [f"two\nlines {number}" for number in range(700)],
    "lists": [[number, "a"] for number in range(700)],
    "texts and numbers": [number if number % 2 else str(number) for number in range(700)],
    "one": ["alone"],
}


@pytest.fixture
def small_memory(monkeypatch, tmp_path):
    """Whatever is read is too large for memory."""
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setattr(stored, "BLOCK", 64)
    monkeypatch.setattr(stored, "TOGETHER", 100)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))


def written(cells, at_once=100):
    writer = Writer()
    for start in range(0, len(cells), at_once):
        writer.add(cells[start : start + at_once])
    return writer.written()


def same(one, other):
    """Types, and the sign of zero, too."""
    return list(map(repr, one)) == list(map(repr, other))


@pytest.mark.parametrize("name", COLUMNS)
def test_cells_are_what_was_written(small_memory, name):
    cells = COLUMNS[name]
    column = written(cells)
    assert isinstance(column, list) == (name in ("too large", "lines", "lists", "texts and numbers"))
    assert len(column) == len(cells) and same(column, cells)
    rows = [random.Random(0).randrange(len(cells)) for _ in range(300)]
    assert same(stored.chosen(column, rows), [cells[row] for row in rows])
    assert same(stored.chosen(stored.chosen(column, rows), range(5, 290, 3)), [cells[row] for row in rows[5:290:3]])
    for some in (slice(3), slice(10, 500), slice(None, None, 3), slice(690, 800), slice(5, 5)):
        assert same(column[some], cells[some])
    assert same([column[-1], column[0]], [cells[-1], cells[0]])
    assert stored.types_of(column) == set(map(type, cells))
    assert column.count(None) == cells.count(None) and (None in column) == (None in cells)
    assert same(stored.cells_of(column, stored.filled_rows(column)), [cell for cell in cells if cell is not None])


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "lists"])
def test_different_cells_are_counted_as_a_counter_does(small_memory, name):
    cells = COLUMNS[name] * 2
    column = written(cells)
    if not isinstance(column, Stored):
        return
    expected, found = Counter(cell for cell in cells if cell is not None), column.counts()
    assert list(found) == list(expected) and list(found.counted()) == list(expected.items())
    assert len(found) == len(expected) and found.total() == expected.total()
    assert found.most_common(4) == expected.most_common(4)
    assert list(found.at_least(2)) == [(cell, count) for cell, count in expected.items() if count > 1]


@pytest.mark.parametrize("name", ["texts", "half a pair", "whole", "codes"])
def test_cells_that_count_several_times_are_counted_as_a_counter_does(small_memory, name):
    cells = COLUMNS[name] * 2
    times = np.random.default_rng(0).integers(0, 2**40, len(cells))
    times[::3] = 0
    expected = Counter()
    for cell, often in zip(cells, times.tolist(), strict=True):
        expected[cell] += often
    column = written(cells)
    assert isinstance(column, Stored)
    for found in (stored.counted(column, times), stored.counted(cells, times)):
        assert list(found) == list(expected) and list(stored.at_least(found, 0)) == list(expected.items())
        assert list(stored.at_least(found, 2**39)) == [(cell, n) for cell, n in expected.items() if n >= 2**39]
    assert list(stored.at_least(stored.counted(column), 1)) == list(Counter(cells).items())


def test_equal_numbers_are_one_group(small_memory):
    keys = np.random.default_rng(0).integers(-40, 40, 3000)
    one, other = group_rows(keys, len(keys)), group_rows(keys.tolist(), len(keys))
    assert one.firsts.tolist() == other.firsts.tolist()
    assert sorted(own.tolist() for own in one.several) == sorted(own.tolist() for own in other.several)


def test_rows_are_shuffled_as_lists_are(small_memory):
    rows, expected = stored.arange(1000), list(range(1000))
    stored.shuffle(rows, random.Random(3))
    random.Random(3).shuffle(expected)
    assert rows.tolist() == expected


# -- the same, whether it is in memory or not --------------------------------------------------


def texts(path):
    generator = random.Random(1)
    words = [f"w{number}" for number in range(400)]
    with open(path, "w") as file:
        file.write("id,text,label\n")
        for row in range(2500):
            text = " ".join(generator.choices(words, k=generator.randint(3, 12))) if row % 40 else "The same again 7 8"
            text = text if row % 41 else text.upper() + " 12"
            label = ("good", "bad", "")[0 if row % 3 else 1 if row % 90 else 2]
            file.write(f"{row},{text if row % 50 != 1 else ''},{label}\n")


def numbers(path):
    generator = random.Random(2)
    with open(path, "w") as file:
        file.write("a,b,c,kind,y\n")
        for row in range(2500):
            a, b = generator.gauss(0, 1), generator.randrange(900)
            file.write(
                f"{a:.4f},{b},{'' if row % 7 == 0 else round(2 * a + 1, 3)},{'uvw'[row % 3]},{a + b / 100:.3f}\n"
            )


def records(path):
    generator = random.Random(3)
    words = ["red", "blue", "green", "old", "new", "big", "small", "car", "house", "boat"]
    with open(path, "w") as file:
        file.write("title,price,day,sold\n")
        for row in range(2000):
            title = " ".join(generator.choices(words, k=4))
            day = f"2023-{row % 12 + 1:02}-{row % 28 + 1:02}"
            file.write(f"{title} {row % 70},{generator.randrange(999)}.5,{day},{'yes' if row % 3 else 'no'}\n")


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (texts, {}),
        (texts, {"tidy_labels": True}),
        (texts, {"group": "id"}),
        (numbers, {}),
        (records, {"input": ["title", "price", "day"], "output": "sold"}),
        (records, {"input": "title", "output": "price"}),
    ],
    ids=lambda given: given.__name__ if callable(given) else "-".join(given),
)
def test_detection_parts_and_audit_are_the_same(make, wanted, tmp_path, small_memory, monkeypatch):
    path = tmp_path / "data.csv"
    make(path)
    large = DataSet.read(path, **wanted)
    assert any(isinstance(cells, Stored) for cells in large.splits.train.columns.values())
    monkeypatch.setattr(stored, "LARGE", 10**9)
    small = DataSet.read(path, **wanted)
    assert not any(isinstance(cells, Stored) for cells in small.splits.train.columns.values())
    assert large.detection == small.detection
    assert large.notes == small.notes and large.findings == small.findings
    for part in ("train", "valid", "test"):
        one, other = getattr(large.splits, part), getattr(small.splits, part)
        assert {name: list(cells) for name, cells in one.columns.items()} == other.columns
    for side in ("train", "valid", "watched", "held_out"):
        assert tuple(map(list, getattr(large, side))) == tuple(map(list, getattr(small, side)))
    assert large.fingerprint == small.fingerprint


@pytest.mark.parametrize("make", [texts, numbers])
def test_large_parts_are_compared_with_small_ones(make, tmp_path, small_memory, monkeypatch):
    path, few = tmp_path / "data.csv", tmp_path / "few.csv"
    make(path)
    few.write_text("".join(path.read_text().splitlines(keepends=True)[:40]))
    large, table = DataSet.read(path, test=few, valid=few), elman.read(path)
    monkeypatch.setattr(stored, "LARGE", 10**9)
    part = elman.read(few)
    small = DataSet.read(path, test=few, valid=few)
    monkeypatch.setattr(stored, "LARGE", 0)
    mixed = DataSet.of(table, test=part, valid=part)
    assert large.findings == small.findings == mixed.findings
    assert any("also stand in the training part" in finding.message for finding in small.findings)


def test_a_full_disk_and_a_folder_that_cannot_be_written_are_said(tmp_path, small_memory, monkeypatch):
    path = tmp_path / "data.csv"
    texts(path)

    def full(*given):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full, raising=False)
        with pytest.raises(DataFileError, match=r"has no room left .* --cache DIR"):
            DataSet.read(path)
    monkeypatch.setenv(cache.WHERE, str(path / "below a file"))
    with pytest.raises(DataFileError, match=r"can't be written to .* --cache DIR"):
        read(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows names temporary files")
def test_nothing_is_left_behind_and_nobody_else_may_look(tmp_path, small_memory):
    path = tmp_path / "data.csv"
    texts(path)
    table = read(path)
    assert isinstance(table.columns["text"], Stored)
    assert list(cache.folder().iterdir()) == []
    assert cache.folder().stat().st_mode & 0o777 == 0o700


def test_small_tables_write_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))
    path = tmp_path / "data.csv"
    texts(path)
    table = read(path)
    assert prepared(table, detect(table)).columns["text"] == table.columns["text"]
    assert not (tmp_path / "cache").exists()


LISTS = [[number / 7 + step for step in range(number % 5)] for number in range(300)]


@pytest.fixture
def lists(monkeypatch, tmp_path):
    """``LISTS`` as a column, read some at a time."""
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setattr(stored, "BLOCK", 32)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))
    writer = Writer()
    writer.add([element for cell in LISTS for element in cell])
    lengths, flat = np.array(list(map(len, LISTS))), writer.written()
    assert isinstance(flat, Stored)
    return stored.Lists(flat, np.cumsum(lengths) - lengths, lengths)


def test_lists_are_what_lists_are(lists):
    assert list(lists) == LISTS and lists[7] == LISTS[7] and lists[-1] == LISTS[-1] and len(lists) == 300
    assert list(lists[5:290:3]) == LISTS[5:290:3]
    assert dict(lists.numbered_blocks()) == {
        start: LISTS[start : start + lists.together] for start in range(0, 300, lists.together)
    }
    rows = np.array([9, 3, 3, 299, 0])
    some = lists.select(rows)
    assert list(some) == [LISTS[row] for row in rows] == lists.of(rows)
    assert list(some.elements()) == [element for row in rows for element in LISTS[row]]
    assert list(lists[50:].elements()) == [element for cell in LISTS[50:] for element in cell]
    ends = [max(0, len(cell) - 1) for cell in LISTS]
    assert list(lists.stretches([0] * 300, ends)) == [cell[:-1] for cell in LISTS]
    assert [array.tolist() for block in lists.array_blocks() for array in block] == LISTS
    beside = stored.lists_beside([lists, lists])
    assert isinstance(beside, stored.Lists) and list(beside) == [list(zip(cell, cell, strict=True)) for cell in LISTS]
    assert stored.lists_beside([lists, some]) is None and stored.lists_beside([lists, LISTS]) is None
    assert [array.tolist() for array in beside.arrays(rows) if len(array)] == [
        [[number, number] for number in LISTS[row]] for row in rows if LISTS[row]
    ]


@pytest.mark.parametrize("length", [3, 31, 32, 33, 100])
def test_a_list_too_long_for_memory_is_a_column(lists, length):
    cells = stored.Lists(lists.flat, np.array([0, length]), np.array([length, 5]))
    elements = list(lists.flat)
    expected = [elements[:length], elements[length : length + 5]]
    assert [list(own) for own in stored.each_of(cells)] == [list(own) for own in stored.each_of(expected)] == expected
    alone = next(iter(stored.each_of(cells.select(np.array([0])))))
    assert isinstance(alone, Stored) == (length > 32)
    assert stored.ends_of(cells) == stored.ends_of(expected)
    assert stored.ends_of(lists) == stored.ends_of(LISTS) == [(len(cell), cell[0], cell[-1]) for cell in LISTS if cell]


def test_lists_that_are_the_same_have_one_key(lists):
    again = lists.select(np.r_[np.arange(300), np.arange(50)])
    for cells in (again, again[7:]):
        assert len(set(VectorKind.keys(cells).tolist())) == len(set(VectorKind.identities(list(cells)))) > 200
    assert VectorKind.keys(again)[:50].tolist() == VectorKind.keys(again)[300:].tolist()


@pytest.mark.parametrize("in_order", [True, False])
def test_rows_are_grouped_as_a_dict_groups_them(lists, in_order):
    generator = random.Random(0)
    keys = [generator.randrange(40) for _ in range(900)]
    keys = sorted(keys) if in_order else keys
    rows = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    found = stored.grouped(np.array(keys))
    assert [own.tolist() for own in found] == list(rows.values()) and len(found) == len(rows)
    cells = Writer()
    cells.add([f"cell {row}" for row in range(900)])
    assert list(found.lists(cells.written())) == [[f"cell {row}" for row in own] for own in rows.values()]
    assert list(found.firsts(cells.written())) == [f"cell {own[0]}" for own in rows.values()]
    assert found.in_order == in_order


@pytest.mark.skipif(os.name == "nt", reason="a program can't kill itself so there")
def test_nothing_is_left_where_a_program_is_killed(tmp_path):
    said = (
        "import os, signal; import numpy as np; from elman import stored; stored.LARGE = 0; "
        "rows, more = stored.empty(100_000, np.int64), stored.Growing(np.int64, 0); rows[:] = 1; more.add([1] * 99); "
        "print(os.listdir(os.environ['ELMAN_CACHE']), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", said],
        env={**os.environ, cache.WHERE: str(tmp_path)},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert ended.returncode == -9 and ended.stdout == b"[]\n" and os.listdir(tmp_path) == []


# -- what there is of each row -------------------------------------------------------------------

MANY = 100_000
FRACTIONS = {"train": 0.8, "valid": 0.1, "test": 0.1}
KEYS = {
    "few": lambda generator: generator.integers(0, 3, MANY),
    "one and others": lambda generator: np.where(generator.random(MANY) < 0.9, 7, generator.integers(0, 2**60, MANY)),
    "all differ": lambda generator: generator.permutation(MANY) * 2**40,
}


@pytest.fixture
def many_rows(monkeypatch, tmp_path):
    """What is done together is little of ``MANY`` rows."""
    for name, value in (("LARGE", 30_000), ("BLOCK", 512), ("TOGETHER", 1_000)):
        monkeypatch.setattr(stored, name, value)
    monkeypatch.setattr(splits, "AT_ONCE", 512)
    for module in (steps, alike):
        monkeypatch.setattr(module, "BLOCK", 512)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))


def most_taken(function, *given):
    """Bytes in memory, at the most, while a function is called; files aren't."""
    tracemalloc.start()
    try:
        function(*given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    "asked",
    [
        stored.distinct,
        stored.first_rows,
        stored.grouped,
        lambda keys: group_rows(keys, MANY),
        lambda keys: shared_rows(keys, keys),
    ],
    ids=["distinct", "first_rows", "grouped", "group_rows", "shared_rows"],
)
def test_rows_that_are_alike_are_found_without_a_number_for_each_in_memory(many_rows, asked, name):
    keys = stored.copied(KEYS[name](np.random.default_rng(0)))
    asked(keys[:100])  # by which NumPy loads what it needs
    most = most_taken(asked, keys)
    assert most < 4 * MANY, most


@pytest.mark.parametrize(
    "asked",
    [
        lambda labels: stored.rows_but(MANY, [5, 6]),
        lambda labels: labels.select(stored.arange(MANY)).select(stored.arange(MANY)),
        lambda labels: deal(group_rows(None, MANY), labels, FRACTIONS, MANY),
        lambda labels: drawn_rows(labels, 100),
        lambda labels: RowsInOrder(LabelKind(), LabelKind(), labels, labels, batch_tokens=100),
        stored.lengths_of,
    ],
    ids=["rows_but", "select", "deal", "drawn_rows", "sizes", "lengths_of"],
)
@pytest.mark.parametrize("different", [3, 200])
def test_rows_are_chosen_without_a_number_for_each_in_memory(many_rows, asked, different):
    labels = written([f"label {row * row % different}" for row in range(MANY)])
    most = most_taken(asked, labels)
    assert most < 4 * MANY, most


def test_groups_are_gone_through_without_an_array_for_each_in_memory(many_rows):
    groups = group_rows(stored.copied(np.arange(MANY) // 2), MANY)
    most = most_taken(lambda: [None for own in groups.several if len(own) != 2])
    assert most < 4 * MANY, most
    assert next(groups.several).tolist() == [0, 1] and sum(1 for _ in groups.several) == MANY // 2


@pytest.mark.parametrize("asked", [evenly_spaced, is_smooth], ids=["evenly_spaced", "is_smooth"])
def test_numbers_are_compared_without_those_of_all_rows_in_memory(many_rows, asked):
    columns = (
        [row / 7 for row in range(MANY)],
        [row % 400 / 7 for row in range(MANY)],
        [row // 400 for row in range(MANY)],
    )
    few, table, small = (
        Table(dict[str, Any](zip("xyz", map(way, columns), strict=True)))
        for way in (lambda cells: cells[:99], written, list)
    )
    asked(few)  # by which NumPy loads what it needs
    assert table.profiles
    most = most_taken(asked, table)
    assert most < 4 * MANY, most
    assert asked(table) == asked(small)


def test_times_are_compared_without_those_of_all_rows_in_memory(many_rows):
    """Of what happens to one person after the other, each from another time on."""
    start, generator = datetime(2024, 1, 1), random.Random(0)
    begins = [generator.randrange(90_000) for _ in range(MANY // 40)]
    times = written([f"{start + timedelta(minutes=begins[row // 40] + row % 40)}" for row in range(MANY)])
    most = most_taken(without_saving, times)
    assert most < 6 * MANY, most


def test_gaps_are_measured_without_those_of_all_steps_in_memory(many_rows):
    gaps = np.array(np.random.default_rng(0).integers(-3, 9, MANY) / 2, np.float64)
    gaps[::7] = np.nan
    in_file, found = stored.copied(gaps), []
    assert usual(gaps[:0]) == 1.0 and usual(gaps[:63]) > 0
    most = most_taken(lambda: found.append(usual(in_file)))
    assert most < 4 * MANY, most
    there = gaps[~np.isnan(gaps)]
    assert found == [np.median(np.abs(there[there != 0]))]
    assert np.array_equal(in_file, gaps, equal_nan=True)


@pytest.mark.parametrize("length", [0, 1, 2, 63, 5_000])
def test_elements_know_their_lists(many_rows, length):
    lengths = np.random.default_rng(length).integers(0, 30, length)
    assert stored.owners(lengths).tolist() == np.repeat(np.arange(length), lengths).tolist()
    most = most_taken(stored.owners, stored.copied(lengths))
    assert length < 5_000 or most < 4 * lengths.sum(), most


def test_rows_are_in_order_of_their_keys(many_rows):
    """Those of a key that most have, too, which aren't sorted at once."""
    keys = np.r_[KEYS["one and others"](np.random.default_rng(1)), 7, 7]
    some = np.random.default_rng(2).permutation(len(keys))[:30_000]
    for rows in (None, some):
        own = keys if rows is None else keys[rows]
        found = stored.sorted_by(keys, np.unique(own), rows)
        order = np.argsort(own, kind="stable")
        assert found.order.tolist() == (order if rows is None else rows[order]).tolist()
        assert found.lengths.tolist() == np.unique(own, return_counts=True)[1].tolist()
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    assert stored.first_rows(keys).tolist() == firsts[inverse].tolist()
    assert stored.different(firsts[inverse]).tolist() == sorted(firsts.tolist())


@pytest.mark.parametrize("length", [0, 1, 2, 63])
def test_few_keys_are_grouped(many_rows, length):
    keys = np.random.default_rng(length).integers(0, 9, length)
    assert Counter(keys.tolist()) == Counter({int(keys[own[0]]): len(own) for own in stored.grouped(keys)})
    assert stored.distinct(keys)[0].tolist() == sorted(np.unique(keys, return_index=True)[1].tolist())
