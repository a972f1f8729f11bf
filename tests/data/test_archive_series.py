"""Series as archives write them: text of UCR, .tsf of Monash, .ts with time stamps."""

from __future__ import annotations

import math
import random

import pytest

from conftest import shared_data
from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError


def written(path, content):
    path.write_text(content, encoding="utf-8")
    return path


# Text of the UCR archive


def waves(rows, length, seed=0):
    """Series of two classes, which differ in how fast they go."""
    rng = random.Random(seed)
    found = []
    for row in range(rows):
        kind = (-1, 1)[row % 2]
        shift = rng.random()
        found.append((kind, [math.sin((1.5 + kind) * t / 3 + shift) + rng.gauss(0, 0.1) for t in range(length)]))
    return found


@pytest.mark.parametrize(
    ("name", "between", "label"),
    [
        ("x_TRAIN.tsv", "\t", "{}"),
        ("x_TRAIN.txt", ",", "{}"),
        ("x_TRAIN", "  ", " {}.0000000e+00"),
        ("x.txt", " ", "{}.0"),
        ("x.data", "\t", "{}"),
    ],
)
def test_a_class_then_numbers(tmp_path, name, between, label):
    series = waves(20, 24)
    lines = [between.join([label.format(kind), *(f"{value:.6e}" for value in row)]) for kind, row in series]
    table = read(written(tmp_path / name, "\n".join(lines) + "\n"))
    assert table.columns["label"] == [str(kind) for kind, _ in series]
    assert table.columns["sequence"][3] == pytest.approx(series[3][1], abs=1e-6)
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("classification", ("sequence",), "label")
    assert any("UCR" in note for note in table.notes)


def test_ends_that_are_nan_make_shorter_series(tmp_path):
    lines = ["\t".join([str(kind), *(f"{value:.4f}" for value in row)]) for kind, row in waves(6, 20)]
    cells = lines[1].split("\t")
    cells[-5:], cells[4] = ["NaN"] * 5, "NaN"
    table = read(written(tmp_path / "x_TRAIN.tsv", "\n".join([lines[0], "\t".join(cells), *lines[2:]])))
    assert [len(series) for series in table.columns["sequence"]] == [20, 15, 20, 20, 20, 20]
    assert table.columns["sequence"][1][3] is None
    assert "NaN at the ends of lines was left out: series have 15 to 20 numbers" in table.notes


def test_other_tables_of_numbers_stay_tables(tmp_path):
    rng = random.Random(1)
    units = (13, 2.4, 2.4, 19.5, 100, 2.3, 2, 0.36, 1.6, 5, 0.96, 2.6, 746)
    lines = [f"{rng.randint(1, 3)}," + ",".join(f"{rng.gauss(u, u / 9):.2f}" for u in units) for _ in range(63)]
    assert len(read(written(tmp_path / "wine.data", "\n".join(lines))).names) == 14
    lines = [f"{rng.randint(0, 9)}\t" + "\t".join(str(rng.randint(0, 255)) for _ in range(20)) for _ in range(63)]
    assert len(read(written(tmp_path / "pixels.tsv", "\n".join(lines))).names) == 21


def test_a_broken_line_is_named(tmp_path):
    lines = ["\t".join([str(kind), *(f"{value:.4f}" for value in row)]) for kind, row in waves(2100, 12)]
    path = written(tmp_path / "x_TRAIN.tsv", "\n".join([*lines, lines[0].replace("0.", "O.", 1)]))
    with pytest.raises(DataFileError, match=r"tsv:2101: holds 'O"):
        read(path)
    assert len(read(path, skip_bad=True)) == 2100


def test_a_folder_of_the_archive_that_holds_each_set_in_several_forms(tmp_path):
    lines = [" ".join([str(kind), *(f"{value:.4f}" for value in row)]) for kind, row in waves(6, 20)]
    ts = "@timestamps false\n@classLabel true -1 1\n@data\n" + "".join(
        ",".join(line.split()[1:]) + f":{line.split()[0]}\n" for line in lines
    )
    arff = "@relation x\n" + "".join(f"@attribute a{i} numeric\n" for i in range(20)) + "@attribute c {-1,1}\n@data\n"
    arff += "".join(",".join([*line.split()[1:], line.split()[0]]) + "\n" for line in lines)
    for part in ("TRAIN", "TEST"):
        written(tmp_path / f"x_{part}.txt", "\n".join(lines))
        written(tmp_path / f"x_{part}.ts", ts)
        written(tmp_path / f"x_{part}.arff", arff)
    written(tmp_path / "x.txt", "about these series")
    table = read(tmp_path)
    assert table.names == ["sequence", "label", "split"] and len(table) == 12
    assert any("x_TEST.ts, x_TRAIN.ts" in note for note in table.notes)


def test_a_folder_of_several_sets_names_them(tmp_path):
    with pytest.raises(DataFileError, match=r"holds several data sets \(ACSF1, ArrowHead, .*Pass one of them"):
        read(shared_data("ucr_ts"))
    assert detect(read(shared_data("ucr_ts") / "GunPoint")).task == "classification"


# .tsf

TSF = """# about
@relation x
@attribute series_name string
@attribute start_timestamp date
@attribute size numeric
@frequency {frequency}
@horizon 2
@missing true
@equallength false
@data
"""


@pytest.mark.parametrize(
    ("frequency", "start", "times"),
    [
        ("yearly", "1972-01-01 00-00-00", ["1972-01-01", "1973-01-01"]),
        ("quarterly", "1999-10-01 00-00-00", ["1999-10-01", "2000-01-01"]),
        ("monthly", "1999-12-31 00-00-00", ["1999-12-28", "2000-01-28"]),
        ("weekly", "1999-12-27 00-00-00", ["1999-12-27", "2000-01-03"]),
        ("daily", "1999-12-31 00-00-00", ["1999-12-31", "2000-01-01"]),
        ("half_hourly", "1999-12-31 23-30-00", ["1999-12-31 23:30:00", "2000-01-01 00:00:00"]),
        ("10_minutes", "2000-01-01 00-00-01", ["2000-01-01 00:00:01", "2000-01-01 00:10:01"]),
        ("4_seconds", "2000-01-01 00-00-00", ["2000-01-01 00:00:00", "2000-01-01 00:00:04"]),
    ],
)
def test_tsf_has_a_series_per_row_with_its_times(tmp_path, frequency, start, times):
    rows = f"T1:{start}:5:1.5,?\nT2:{start}:?:-1e3\n"
    table = read(written(tmp_path / "x.tsf", TSF.format(frequency=frequency) + rows))
    assert table.columns == {
        "series_name": ["T1", "T2"],
        "size": [5.0, None],
        "time": [times, times[:1]],
        "series": [[1.5, None], [-1000.0]],
    }
    assert any("--set horizon=2" in note for note in table.notes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TSF.format(frequency="daily") + "T1:2000-01-01 00-00-00:1,2\n", r"tsf:11: has 2 attributes before its values"),
        (TSF.format(frequency="daily") + "T1:yesterday:1:1,2\n", r"tsf:11: holds 'yesterday' where a date"),
        (TSF.format(frequency="daily") + "T1:2000-01-01:1:1,two\n", r"tsf:11: holds 'two'"),
        (TSF.format(frequency="daily") + "T1:?:1:1,2\n", r"tsf:11: doesn't say when"),
        (TSF.format(frequency="yearly") + "T1:9999-01-01:1:1,2\n", r"tsf:11: begins at 9999"),
        (TSF.format(frequency="fortnightly") + "T1:2000-01-01:1:1\n", r"tsf:6: has the frequency 'fortnightly'"),
        (TSF.format(frequency="daily"), "holds no series"),
        ("@attribute a\n@data\n", r"tsf:1: an attribute needs"),
        ("nothing\n", "no line @data"),
    ],
)
def test_what_is_wrong_with_a_tsf(tmp_path, content, message):
    with pytest.raises(DataFileError, match=message):
        read(written(tmp_path / "x.tsf", content))


def test_the_yearly_series_of_m1():
    table = read(shared_data("m1_yearly"))
    assert len(table) == 181 and table.columns["series"][0][:2] == [3600, 7700]
    lengths = [len(series) for series in table.columns["series"]]
    assert (min(lengths), max(lengths)) == (15, 58)
    found = detect(table)
    assert (found.task, found.inputs) == ("forecasting", ("series",))


# .ts with time stamps

STAMPED = "@problemName x\n@timeStamps true\n@classLabel true a b\n@data\n"


def test_time_stamps(tmp_path):
    rows = "(2020-01-01 00:00:00,1),(2020-01-02 06:00:00,2):(2020-01-02 06:00:00,5):a\n(0.5,3),(0.25,4):(0.5,?):b\n"
    table = read(written(tmp_path / "x.ts", STAMPED + rows))
    assert table.columns == {
        "sequence": [[[1, None], [2, 5]], [[4, None], [3, None]]],
        "time": [["2020-01-01 00:00:00", "2020-01-02 06:00:00"], [0.25, 0.5]],
        "label": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("(0,1),(0,2):a", r"ts:5: has the time stamp '0' twice"),
        ("(0,1),2:a", r"ts:5: holds '2' where a value with its time stamp"),
        ("(soon,1):a", r"ts:5: has the time stamp 'soon'"),
        ("(nan,1):a", r"ts:5: has the time stamp 'nan'"),
        ("(0,1),(2020-01-01,1):a", r"ts:5: has numbers and dates"),
        ("(0,one):a", r"ts:5: holds 'one'"),
    ],
)
def test_what_is_wrong_with_time_stamps(tmp_path, row, message):
    with pytest.raises(DataFileError, match=message):
        read(written(tmp_path / "x.ts", STAMPED + row + "\n"))
