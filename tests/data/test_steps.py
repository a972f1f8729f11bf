"""Rows that follow each other in time, and what is wrong with them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conftest import there
from elman.data.audit import audit
from elman.data.detect import detect, prepared
from elman.data.readers import from_python, read
from elman.data.splits import split
from elman.data.steps import Steps, find_steps
from elman.data.table import Table
from elman.errors import DataFileError, TaskError
from elman.kinds.series import mean_and_spread

ROWS = 40


def recording(folder, name, change=lambda frame: frame, rows=ROWS):
    """A CSV file of one recording: times, two numbers and what happened."""
    frame = pd.DataFrame(
        {
            "time": [10 * i for i in range(rows)],
            "x": [i * 0.37 % 1 for i in range(rows)],
            "y": [i * i * 0.013 % 1 for i in range(rows)],
            "what": ["rest" if i // 7 % 2 else "move" for i in range(rows)],
        }
    )
    path = folder / name
    change(frame).to_csv(path, index=False)
    return path


def with_cell(row, column, value):
    def change(frame):
        frame = frame.astype({column: object})
        frame.loc[row, column] = value
        return frame

    return change


def test_a_file_is_a_sequence(tmp_path):
    table = read([recording(tmp_path, "a.csv"), recording(tmp_path, "b.csv", rows=30)])
    found = detect(table)
    assert (found.task, found.inputs, found.output, found.sequences) == ("tagging", ("x", "y"), "what", "")
    assert "each of 2 files is one sequence" in found.evidence[0]
    sequences = prepared(table, found)
    assert [len(cell) for cell in sequences.columns["x"]] == [40, 30]
    assert sequences.columns["y"][1] == table.columns["y"][40:]


def test_rows_of_one_name_are_a_sequence_with_one_label():
    rows = [(name, t, (t * k * 0.37) % 1, "ab"[k % 2]) for t in range(9) for k, name in enumerate("pqrstu", start=1)]
    table = from_python(dict(zip(("name", "time", "x", "kind"), map(list, zip(*rows, strict=True)), strict=True)))
    table.columns["time"] = [f"2020-01-{t + 1:02d}" for t in table.columns["time"]]
    found = detect(table)
    assert (found.task, found.inputs, found.output, found.sequences) == ("classification", ("x",), "kind", "name")
    sequences = prepared(table, found)
    assert sequences.columns["kind"] == list("bababa")
    assert [len(cell) for cell in sequences.columns["x"]] == [9] * 6


def test_a_row_can_stand_for_itself_if_told_so(tmp_path):
    table = read(recording(tmp_path, "a.csv"))
    assert detect(table, alone=True, output="what").sequences is None
    assert prepared(table, detect(table, alone=True, output="what")) is table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_cell(5, "x", "broken"), r"a\.csv:7: holds 'broken' where column 'x' has numbers"),
        (with_cell(5, "y", "inf"), r"a\.csv:7: holds 'inf' where column 'y'"),
        (with_cell(5, "time", 40), r"a\.csv:7: the time 40 comes again"),
        (with_cell(5, "time", 15), r"a\.csv:7: the time 15 stands after 40"),
        (with_cell(5, "time", None), r"a\.csv:7: the time is missing"),
    ],
)
def test_what_is_wrong_has_its_line(tmp_path, change, message):
    good, bad = recording(tmp_path, "b.csv"), recording(tmp_path, "a.csv", change)
    with pytest.raises(DataFileError, match=message):
        detect(read([good, bad]))


def test_parquet_and_python_name_the_row(tmp_path):
    recording(tmp_path, "a.csv")
    frame = pd.read_csv(tmp_path / "a.csv")
    frame.loc[5, "time"] = 0
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataFileError, match=r"a\.parquet: the time 0 stands after 40"):
        detect(read(tmp_path / "a.parquet"))
    with pytest.raises(TaskError, match="row 6: the time 0"):
        detect(from_python(frame))


def test_few_sequences_are_cut_in_time(tmp_path):
    table = read([recording(tmp_path, f"{name}.csv") for name in "ab"])
    found = detect(table)
    parts = split(prepared(table, found), inputs=found.inputs, output=found.output, seed=0)
    cells = [there(part).columns["x"] for part in (parts.train, parts.valid, parts.test)]
    assert [[len(cell) for cell in part] for part in cells] == [[32, 32], [4, 4], [4, 4]]
    assert [number for part in cells for number in part[0]] == table.columns["x"][:ROWS]


def test_the_audit_tells_missing_and_constant_numbers(tmp_path):
    def change(frame):
        frame["x"] = frame["x"].where(frame.index % 10 != 3)
        frame["z"] = [0.5] * 39 + [0.25]
        return frame

    table = read([recording(tmp_path, "a.csv", change)])
    found = detect(table)
    parts = split(prepared(table, found), inputs=found.inputs, output=found.output, seed=0)
    said = [finding.message for finding in audit(parts.train, parts.valid, parts.test, found)]
    assert any(message.startswith("3 of 32 numbers of column 'x' are missing in the training part") for message in said)
    assert "column 'z' is 0.5 at every step of the training part" in said


DAYS = [f"2021-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]
SALES = [round(20 + (i % 7) + (i * 37 % 11) / 9, 2) for i in range(len(DAYS))]


@pytest.mark.parametrize(
    ("name", "cells", "inputs"),
    [
        ("rentals", [400 + i * 37 % 211 for i in range(len(DAYS))], ("sales", "rentals")),
        ("volume", [1_000_000 + i * 7919 for i in range(len(DAYS))], ("sales", "volume")),
        ("people", [i * i % 9 for i in range(len(DAYS))], ("sales", "people")),
        ("is_holiday", [int(i % 7 == 0) for i in range(len(DAYS))], ("sales", "is_holiday")),
    ],
)
def test_whole_numbers_at_each_day_are_amounts(name, cells, inputs):
    found = detect(from_python({"date": DAYS, "sales": SALES, name: cells}))
    assert (found.task, found.inputs, found.output) == ("forecasting", inputs, None)
    assert not any("B-" in sentence for sentence in found.evidence)


def test_codes_that_may_be_tags_are_asked_about_unless_they_are_named_so():
    codes = [i // 9 % 2 for i in range(len(DAYS))]
    with pytest.raises(TaskError, match=r"--task tagging --input sales --output inside"):
        detect(from_python({"date": DAYS, "sales": SALES, "inside": codes}))
    assert detect(from_python({"date": DAYS, "sales": SALES, "class": codes})).task == "tagging"
    many = [i % 30 for i in range(len(DAYS))]
    asked = detect(from_python({"date": DAYS, "sales": SALES, "state": many}), task="tagging", output="state")
    assert (asked.task, asked.inputs) == ("tagging", ("sales",))


def panel(**static):
    """Three shops, day by day, and what is the same for each of them on all days."""
    rows = [
        (day, f"shop_{k}", *(cells[k] for cells in static.values()), SALES[i] + k)
        for k in range(3)
        for i, day in enumerate(DAYS)
    ]
    return dict(zip(("date", "store", *static, "sales"), map(list, zip(*rows, strict=True)), strict=True))


def test_what_never_changes_within_a_series_is_left_out_of_its_forecast():
    found = detect(from_python(panel(region=["north", "south", "north"], size=[1.5, 2.25, 4.0])))
    assert (found.task, found.inputs, found.output, found.sequences) == ("forecasting", ("sales",), None, "store")
    said = " ".join(found.evidence)
    assert "left out, column 'region'" in said and "the same throughout each sequence" in said


def test_rows_in_no_order_are_sorted_and_that_is_said():
    whole = pd.DataFrame(panel())
    mixed = whole.sample(frac=1, random_state=3)
    found = detect(from_python(mixed))
    assert (found.task, found.sequences, found.order) == ("forecasting", "store", "date")
    assert "sorted first" in found.evidence[0]
    rows = prepared(from_python(mixed), found).columns
    for name, own in whole.groupby("store"):
        assert rows["sales"][rows["store"].index(name)] == own["sales"].tolist()
    newest_first = detect(from_python({"Date": DAYS[::-1], "Close": SALES}))
    assert newest_first.task == "forecasting" and "sorted first" in newest_first.evidence[0]
    assert prepared(from_python({"Date": DAYS[::-1], "Close": SALES}), newest_first).columns["Close"] == [SALES[::-1]]


@pytest.mark.parametrize("shuffled", [False, True])
def test_two_columns_may_name_the_sequences(shuffled):
    rows = [
        (day, store, item, (i * 31 + item * 7) % 97)
        for store in (1, 2)
        for item in (1, 2, 3)
        for i, day in enumerate(DAYS)
    ]
    frame = pd.DataFrame(rows, columns=["date", "store", "item", "sales"])
    table = from_python(frame.sample(frac=1, random_state=5) if shuffled else frame)
    found = detect(table)
    assert (found.task, found.inputs, found.sequences) == ("forecasting", ("sales",), "store, item")
    assert "those with the same 'store' and 'item' are one sequence" in found.evidence[0]
    one = prepared(table, found).columns
    expected = frame[(frame.store == 2) & (frame.item == 3)]["sales"].tolist()
    assert one["sales"][one["store, item"].index("2, 3")] == expected


def test_sequences_between_each_other_are_told_apart_by_a_usual_name():
    machines = [f"m{i * 7 % 4}" for i in range(80)]
    found = detect(
        from_python(
            {"time": [i * 1.5 for i in range(80)], "machine": machines, "heat": [i * 0.37 % 1 for i in range(80)]}
        )
    )
    assert (found.task, found.sequences) == ("forecasting", "machine")


@pytest.mark.parametrize(
    ("names", "said"), [(["fair"], "'fair' in 12 of 84 steps"), (["fair", "sale"], "names at 12 of 84 steps")]
)
def test_names_at_a_few_days_are_left_out_and_that_is_said(names, said):
    events = [names[i // 7 % len(names)] if i % 7 == 0 else None for i in range(len(DAYS))]
    found = detect(from_python({"date": DAYS, "sales": SALES, "event": events}))
    assert (found.task, found.inputs) == ("forecasting", ("sales",))
    assert any(said in sentence and "nothing" in sentence for sentence in found.evidence)


def test_counted_steps_order_the_rows_of_each_unit():
    rows = [(unit, cycle, cycle * 0.37 % 1, cycle * unit * 0.11 % 1) for unit in range(1, 6) for cycle in range(1, 40)]
    found = detect(from_python(pd.DataFrame(rows, columns=["unit", "cycle", "heat", "load"])))
    assert (found.task, found.inputs, found.sequences, found.order) == (
        "forecasting",
        ("heat", "load"),
        "unit",
        "cycle",
    )
    assert "left out, column 'cycle'" not in " ".join(found.evidence)


def test_what_is_planned_for_each_day_is_no_tag():
    columns = {
        "date": DAYS,
        "open": [1, 1, 0, 1] * 21,
        "holiday": ["none", "none", "state", "school"] * 21,
        "sales": SALES,
    }
    found = detect(from_python(columns))
    assert (found.task, found.inputs) == ("forecasting", ("open", "sales"))
    assert any("open; name what to forecast by --output" in sentence for sentence in found.evidence)


def test_numbers_of_the_rows_are_no_series():
    days = [f"2021-01-{day:02d}" for day in range(1, 29)]
    found = detect(
        from_python({"No": list(range(1, 29)), "date": days, "level": [float(day % 7) for day in range(28)]})
    )
    assert found.inputs == ("level",) and "left out, column 'No': numbers or names of the rows" in found.evidence


IRREGULAR = sorted(i * i * 7919 % 90001 for i in range(200))
NOISE = [i * i * 31 % 97 / 7 for i in range(200)]


@pytest.mark.parametrize(
    ("columns", "steps"),
    [
        ({"Time": IRREGULAR, "a": NOISE, "b": NOISE[::-1]}, False),
        ({"Time": [*IRREGULAR[:50], *IRREGULAR[49:-1]], "a": NOISE, "b": NOISE[::-1]}, False),
        ({"date": [f"2021-{1 + i * i % 11:02d}-{1 + i * i % 27:02d}" for i in range(200)], "a": NOISE}, False),
        ({"year": [1950 + i * i % 61 for i in range(200)], "a": NOISE, "b": NOISE[::-1]}, False),
        ({"Time": [30 * t for t in range(200)], "a": NOISE, "b": NOISE[::-1]}, True),
        ({"Time": [30 * t + t * t % 3 for t in range(200)], "a": NOISE, "b": NOISE[::-1]}, True),
        ({"Time": IRREGULAR, "a": [t**0.5 for t in range(200)], "b": [t / 7 % 20 for t in range(200)]}, True),
        ({"vendor_id": [1, 2] * 100, "Time": IRREGULAR, "a": NOISE, "b": NOISE[::-1]}, False),
        ({"customer": [1, 2] * 100, "Time": IRREGULAR, "a": NOISE, "b": NOISE[::-1]}, True),
    ],
)
def test_rows_follow_each_other_at_even_steps_or_where_numbers_go_on(columns, steps):
    found = find_steps(from_python(columns))
    assert isinstance(found, Steps) is steps
    if not steps:
        assert "each row stands for itself" in str(found) and "--task" in str(found)
    asked = detect(from_python({"Time": IRREGULAR, "a": NOISE, "b": NOISE[::-1]}), task="forecasting")
    assert asked.order == "Time"


def test_repeated_times_of_a_series_are_an_error_still():
    days = [f"2021-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(200)]
    with pytest.raises(TaskError, match="row 51: the time '2021-02-22' comes again"):
        detect(from_python({"date": [*days[:50], days[49], *days[51:]], "a": NOISE}))


def test_a_time_is_a_value_of_a_row_that_stands_for_itself():
    label = ["ab"[i * i % 7 % 2] for i in range(200)]
    days = [f"2021-{1 + i * i % 11:02d}-{1 + i * i % 27:02d}" for i in range(200)]
    found = detect(from_python({"Time": IRREGULAR, "day": days, "a": NOISE, "label": label}))
    assert set(found.inputs) == {"Time", "day", "a"} and found.columns["day"] == "time"
    assert "each row stands for itself" in found.evidence[0]


def engines(tmp_path, sep, header=""):
    """As C-MAPSS has them: unit, cycle, a setting and sensors that drift, with blanks between and no names."""
    lines = [
        sep.join([str(unit), str(cycle), "100.0", *(f"{500 + 10 * k + cycle / 50 * k:.2f}" for k in range(12))])
        for unit in range(1, 6)
        for cycle in range(1, 20 + unit)
    ]
    path = tmp_path / ("a.csv" if header else "a.txt")
    path.write_text("\n".join([header, *lines] if header else lines) + "\n")
    return path


@pytest.mark.parametrize("named", [True, False])
def test_numbers_that_count_steps_whatever_they_are_called(tmp_path, named):
    header = ",".join(["nr", "n", "set", *(f"s{k}" for k in range(12))]) if named else ""
    table = read(engines(tmp_path, "," if named else " ", header))
    found = detect(table)
    assert (found.task, found.sequences, found.order) == ("forecasting", table.names[0], table.names[1])


def test_numbers_that_count_something_else():
    smooth = [i * 0.37 % 1 for i in range(40)]
    rows = {"x": smooth, "y": [v * v for v in smooth]}
    for first, second in [
        ([i // 8 for i in range(40)], [i % 8 + 2 for i in range(40)]),  # from 2 on
        ([i // 2 for i in range(40)], [i % 2 for i in range(40)]),  # of two steps each
        ([i // 8 % 2 for i in range(40)], [i % 8 for i in range(40)]),  # names that come again
        ([0] * 40, list(range(40))),
    ]:
        assert find_steps(from_python({"a": first, "b": second, **rows})) == ""


def test_a_category_between_numbers_is_no_output_of_a_dated_series():
    """What was sold, or where the wind came from, stands beside what there is to forecast."""
    days = [f"2021-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(200)]
    columns = {"date": days, "wind": ["NW", "SE"] * 100, "rain": [i % 7 + 0.5 for i in range(200)]}
    assert detect(from_python(columns)).task == "forecasting"
    last = {name: columns[name] for name in ("date", "rain", "wind")}
    assert (detect(from_python(last)).task, detect(from_python(last)).output) == ("tagging", "wind")


@pytest.mark.parametrize("time", ["{0:02d}:{1:02d}:00", "{2}", "{3:.1f}"])
def test_equal_steps_from_one_start_for_each_name_are_its_steps(tmp_path: Path, time: str):
    """Clocks, seconds by fives, tenths."""
    draw = random.Random(2)
    rows = "".join(
        f"P-{pump};{time.format(step // 60, step % 60, 5 * step, step / 10)};{draw.gauss(4, 1):.2f};{draw.choice('ab')}"
        "\n"
        for pump in range(10)
        for step in range(70)
    )
    (tmp_path / "a.csv").write_text(f"Pumpe;Zeit;Druck;Zustand\n{rows}")
    found = detect(read([tmp_path / "a.csv"]))
    assert (found.sequences, found.order, found.output) == ("Pumpe", "Zeit", "Zustand")


def test_the_sides_of_a_grid_are_no_steps(tmp_path: Path):
    draw = random.Random(2)
    rows = "".join(f"{x};{y};{draw.gauss(4, 1):.2f}\n" for x in range(10, 110, 10) for y in range(5, 55, 5))
    (tmp_path / "a.csv").write_text(f"x;y;z\n{rows}")
    assert detect(read([tmp_path / "a.csv"])).sequences is None


@pytest.mark.parametrize(
    ("name", "numbers", "kept"),
    [
        ("Sample Index", [i % 50 for i in range(400)], False),
        ("Time_ms", [45352.0 + i / 8640 for i in range(400)], False),
        ("uptime", [10 * i + (i > 200) * 7000 for i in range(400)], False),
        ("instant", [7 + i for i in range(400)], False),
        ("odometer", [12.5 * i + i % 2 for i in range(400)], True),
        ("time to failure", [math.sin(i / 5) for i in range(400)], True),
        ("sample weight", [2.5 + i % 3 for i in range(400)], True),
    ],
)
def test_counters_and_clocks_beside_measurements_are_not_forecast(name, numbers, kept):
    times = [f"2024-03-01 {i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}" for i in range(0, 4000, 10)]
    columns = {"at": times, name: numbers, "x": [math.sin(i / 9) for i in range(400)]}
    found = detect(from_python(columns))
    assert found.task == "forecasting" and (name in found.inputs) == kept and "x" in found.inputs
    assert any("count steps, or tell the time" in line and name in line for line in found.evidence) != kept
    assert detect(from_python(columns), input=name, task="forecasting").inputs == (name,)
    alone = {key: column for key, column in columns.items() if key != "x"}
    assert detect(from_python(alone)).inputs == (name,)


def test_a_column_that_is_still_while_it_is_learned_from_is_said_with_the_flags_that_leave_it_out():
    columns = {"day": DAYS, "sales": SALES, "stuck": [5.0] * 80 + [6.0, 7.0, 8.0, 9.0]}
    table = from_python(columns)
    found = detect(table)
    train = prepared(from_python({name: cells[:70] for name, cells in columns.items()}), found)
    (said,) = [one.message for one in audit(train, None, None, found) if "'stuck' is 5.0" in one.message]
    assert said.endswith("there is nothing to forecast, and training refuses it; leave it out by --input")
    still = np.stack([np.arange(9.0), np.full(9, 5.0), np.arange(9.0)], 1)
    with pytest.raises(TaskError, match=r"column 'stuck' is constant .* Leave it out: --input sales --input 'a b'\."):
        mean_and_spread([still], ["sales", "stuck", "a b"])
    assert mean_and_spread([still], [])[1][1] == 1.0


def test_lists_of_somebody_as_output():
    """That all rows of one conversation have the same output was asked in a way that lists don't answer."""
    columns = {
        "conversation_id": [i // 3 for i in range(60)],
        "date": DAYS[:60],
        "tweet": [f"we had {['one', 'two', 'three'][i % 3]} of them on that day, number {i}" for i in range(60)],
        "hashtags": [["a"] if i % 2 else ["a", "b"] for i in range(60)],
    }
    assert detect(from_python(columns), output="hashtags").task == "multilabel"


def lives(left: Callable[[int, int], float], units: int = 12) -> Table:
    """Engines, each with so many steps, and what is left at each."""
    lengths = [20 + 7 * unit % 11 for unit in range(units)]
    steps = [(unit, step, length) for unit, length in enumerate(lengths) for step in range(1, length + 1)]
    columns = {
        "unit": [unit for unit, _, _ in steps],
        "cycle": [step for _, step, _ in steps],
        "heat": [500 + (step / length) ** 2 + step * 7919 % 13 / 9 for _, step, length in steps],
        "speed": [90 - step / length + step * 7907 % 11 / 9 for _, step, length in steps],
        "RUL": [left(step, length) for _, step, length in steps],
    }
    return from_python(columns)


@pytest.mark.parametrize(
    "left",
    [
        lambda step, length: length - step,
        lambda step, length: 1.5 * min(9, length - step),
        lambda step, length: 2.5 * (length - step),
    ],
    ids=["to the end", "at most", "hours"],
)
def test_how_long_each_sequence_goes_on_is_learned_and_not_forecast(left: Callable[[int, int], float]):
    for output in (None, "RUL"):
        found = detect(lives(left), output=output)
        assert (found.task, found.inputs, found.output) == ("step-regression", ("heat", "speed"), "RUL")
        assert any("'RUL' counts down to the end" in sentence for sentence in found.evidence)
    assert detect(lives(left), output="heat").task == "forecasting"
    assert detect(lives(left), task="forecasting").task == "forecasting"


@pytest.mark.parametrize(
    "left", [lambda step, length: step, lambda step, length: 99 - step, lambda step, length: (step * 7919) % 13 / 3]
)
def test_what_does_not_count_down_to_one_end_is_forecast(left: Callable[[int, int], float]):
    found = detect(lives(left))
    assert found.task == "forecasting" or found.output != "RUL"


@pytest.mark.parametrize("name", ["MJD", "jd", "decimal_date"])
def test_days_that_astronomers_count_are_times(name: str):
    days = [58000 + i + i * 7919 % 97 / 970 for i in range(60)]
    table = from_python(
        {name: days, "mag": [15 + i * 7907 % 89 / 50 for i in range(60)], "err": [i * 7 % 13 / 90 for i in range(60)]}
    )
    assert (detect(table).task, detect(table).order) == ("forecasting", name)
