"""A table that has no room in memory is refused before it is read."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from elman import memory, stored
from elman.data.readers import read, stream
from elman.data.readers.room import size_of
from elman.data.steps import gather
from elman.errors import DataFileError


@pytest.fixture
def path(tmp_path):
    generator = random.Random(0)
    rows = "".join(f"\"['{generator.random()}', 'b', 'word {i}']\",{'abc'[i % 3]}\n" for i in range(5_000))
    (tmp_path / "a.csv").write_text("x,y\n" + rows)
    return tmp_path / "a.csv"


def test_it_is_said_what_rows_take_and_what_is_free(path, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 900_000)
    with pytest.raises(DataFileError, match=r"5,000 rows, which take about 0.0 GB .* 0.0 GB are free") as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert sum(map(len, stream(path))) == 5_000  # which holds some rows at a time
    for free in (1_500_000, None):
        monkeypatch.setattr(memory, "available", lambda free=free: free)
        assert len(read(path)) == 5_000


def test_texts_and_numbers_need_no_room(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("unit,time,x\n" + "".join(f"{row // 50},{row % 50},{row % 7}.5\n" for row in range(5_000)))
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setattr(memory, "available", lambda: 100_000)
    assert len(gather(read(path), "unit", time="time")) == 100


def test_what_rows_take_is_judged_about_right(path):
    tracemalloc.start()
    table = read(path)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    judged = len(table) * (size_of(table.columns["x"]) + size_of(table.columns["y"]))
    assert 0.7 * judged < taken < 1.5 * judged


def test_what_linux_says_is_read(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    5000 kB\n")
    monkeypatch.setattr(memory, "STATE", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    assert memory.available() == 5_000 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() == 5_000 * 1024
    (tmp_path / "memory.max").write_text("3000\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert memory.available() == 2_000
    (tmp_path / "memory.stat").write_text("anon 100\nfile 900\ninactive_file 600\nactive_file 300\n")
    assert memory.available() == 2_900  # what was read of files makes room
    monkeypatch.setattr(memory, "STATE", tmp_path / "none")
    monkeypatch.setattr(memory, "GROUP", tmp_path / "none")
    assert memory.available() is None
