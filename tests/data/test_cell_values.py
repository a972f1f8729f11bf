"""Tables whose cells spell numbers and dates, from files and from Python: what is read, what is said, what is kept."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from elman.data.detect import detect, prepared
from elman.data.format import Format, ReadingOptions
from elman.data.readers import as_table, read, stream, stream_tables, table_of
from elman.data.readers.cells import forms_of
from elman.data.series import series_of
from elman.data.table import Table
from elman.errors import DataFileError, TaskError

HOURS = [dt.datetime(2021, 3, 1) + dt.timedelta(hours=hour) for hour in range(480)]
WAVE = [round(20 + 5 * (hour % 24 - 12) ** 2 / 144 + hour % 7 / 10, 2) for hour in range(480)]


def written(tmp_path, columns, name="a.csv", sign=","):
    path = tmp_path / name
    rows = [sign.join(map(str, cells)) for cells in [list(columns), *zip(*columns.values(), strict=True)]]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def series_in(table) -> Any:
    found = detect(table)
    assert found.task == "forecasting"
    return series_of(prepared(table, found), found.inputs, found.output)[0]


def test_a_german_table(tmp_path):
    columns = {"Datum": [f"{time:%d.%m.%Y %H:%M}" for time in HOURS], "Wert": [str(v).replace(".", ",") for v in WAVE]}
    table = read(written(tmp_path, columns, sign=";"))
    assert table.columns["Wert"] == WAVE and table.columns["Datum"][25] == "2021-03-02 01:00"
    assert "column 'Wert': numbers with a decimal comma" in table.notes
    assert any(note.startswith("column 'Datum': dates, day first (13.03.2021") for note in table.notes)
    assert series_in(table).grid.step == "1 hour"
    lines = [json.dumps(dict(zip(columns, cells, strict=True))) for cells in zip(*columns.values(), strict=True)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    assert read(tmp_path / "a.jsonl").columns == as_table(columns).columns == table.columns
    chunks = list(stream(tmp_path / "a.csv", 100))
    assert [cell for chunk in chunks for cell in chunk.columns["Wert"]] == WAVE and len(chunks) == 5


def test_pandas_times_and_other_python(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"time": HOURS, "x": WAVE})
    assert series_in(as_table(frame)).grid.step == "1 hour"
    zoned = frame.assign(
        time=pandas.to_datetime(HOURS).tz_localize("Europe/Berlin", ambiguous=True, nonexistent="shift_forward")
    )
    assert as_table(zoned).columns["time"][0] == "2021-03-01T00:00:00+01:00"


@pytest.mark.parametrize(
    "times",
    [
        {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H"},
        {"Jahr": "%Y", "Monat": "%m", "Tag": "%d", "Stunde": "%H"},
        {"Date": "%d/%m/%Y", "Time": "%H:%M:%S"},
        {"Date": "%Y-%m-%d", "Hour": "%H"},
        {"DATE": "%Y%m%d", "at": "%I:%M %p"},
    ],
)
def test_times_in_several_columns(tmp_path, times):
    texts = {name: [time.strftime(form) for time in HOURS] for name, form in times.items()}
    columns = {name: [str(int(cell)) if cell.isdigit() else cell for cell in cells] for name, cells in texts.items()}
    path = written(tmp_path, {**columns, "x": WAVE})
    table = read(path)
    assert len(table.names) == 2 and any("put together as one time" in note for note in table.notes)
    parts = [*stream(path, 100)]
    assert {name: [cell for part in parts for cell in part.columns[name]] for name in table.names} == table.columns
    assert table.format is not None
    (one,) = stream_tables(path, ReadingOptions(kept=table.format, names=tuple(table.names)), len(table))
    assert one.columns == table.columns
    series = series_in(table)
    assert series.grid.step == "1 hour" and series.time(480).startswith("2021-03-21 00:00")


@pytest.mark.parametrize(("more", "looked_at"), [({}, 1), ({"stars": ["1", "5"] * 20}, 4)])
def test_texts_that_a_model_knows_are_not_looked_through(
    tmp_path: Path, more: dict[str, list[str]], looked_at: int
) -> None:
    """Where some column is of numbers, the rest of the file may be written in another way."""
    columns = {"text": [f"a b {i}" for i in range(40)], "label": ["x", "y"] * 20, **more}
    table = read(written(tmp_path, columns))
    chunks = iter([Table(columns)] * 4)
    forms_of(chunks, ReadingOptions(kept=table.format or Format(), names=tuple(table.names)), ())
    assert len([*chunks]) == 4 - looked_at


def test_parts_that_order_nothing_stay_columns(tmp_path):
    columns = {"year": [2020, 2019] * 20, "month": [3, 5, 1, 1] * 10, "x": WAVE[:40], "label": ["a", "b"] * 20}
    assert read(written(tmp_path, columns)).names == ["year", "month", "x", "label"]


def test_an_hour_that_comes_twice(tmp_path):
    zone = pytest.importorskip("zoneinfo").ZoneInfo("Europe/Berlin")
    instants = [dt.datetime(2021, 3, 20, tzinfo=dt.UTC) + dt.timedelta(hours=hour) for hour in range(6000)]
    columns = {"time": [f"{instant.astimezone(zone):%Y-%m-%d %H:%M}" for instant in instants], "x": (WAVE * 13)[:6000]}
    table = read(written(tmp_path, columns))
    assert any("an hour comes twice" in note for note in table.notes)
    winter = dt.timezone(dt.timedelta(hours=1))
    assert table.columns["time"] == [f"{instant.astimezone(winter):%Y-%m-%d %H:%M}" for instant in instants]
    assert not len(series_in(table).grid.gaps)
    local = [f"{instant.astimezone(zone).isoformat()}" for instant in instants]
    series = series_in(as_table({"time": local, "x": (WAVE * 13)[:6000]}))
    assert not len(series.grid.gaps) and series.time(1) == "2021-03-20 01:00:00Z"
    again = [*columns["time"][:500], columns["time"][499], *columns["time"][500:-1]]
    with pytest.raises(TaskError, match="comes again"):
        detect(as_table({"time": again, "x": (WAVE * 13)[:6000]}))


def test_times_below_a_second():
    times = [f"2021-03-01 00:00:{second // 10:02d}.{second % 10}00" for second in range(240)]
    series = series_in(as_table({"t": times, "x": WAVE[:240]}))
    assert series.grid.step == "0.1 seconds" and series.time(240) == "2021-03-01 00:00:24.000"


def test_what_is_open_is_asked_and_can_be_said(tmp_path):
    path = written(tmp_path, {"n": ['"1,234"', '"5,678"'] * 8, "label": ["a", "b"] * 8})
    with pytest.raises(TaskError, match=r"a.csv: column 'n' holds numbers such as '1,234'.*--decimal comma"):
        read(path)
    assert read(path, decimal="comma").columns["n"][:2] == [1.234, 5.678]
    assert read(path, decimal=".").columns["n"][:2] == [1234, 5678]
    path = written(tmp_path, {"day": ["03/04/2021", "02/09/2021", "11/01/2021"], "x": [1, 2, 4]})
    with pytest.raises(TaskError, match="--dates"):
        read(path)
    assert read(path, dates="day-first").columns["day"][0] == "2021-04-03"
    with pytest.raises(TaskError, match="--dates"):
        read(path, dates="first-day")
    with pytest.raises(TaskError, match="--decimal"):
        read(path, decimal="dot")


def test_texts_among_numbers_and_dates(tmp_path):
    days = [f"{time:%d.%m.%Y}" for time in (HOURS[0] + dt.timedelta(day) for day in range(60))]
    columns = {
        "day": [*days[:7], "soon", *days[8:]],
        "x": [*(f'"{value}"'.replace(".", ",") for value in WAVE[:59]), "high"],
    }
    path = written(tmp_path, columns)
    with pytest.raises(DataFileError, match=r"a.csv:9: holds 'soon' where column 'day' has dates such as 13.03.2021"):
        detect(read(path))
    table = read(path, skip_bad=True)
    assert [item.place for item in table.skipped] == [f"{path}:9", f"{path}:61"]
    assert table.skipped[1].why == "holds 'high' where column 'x' has numbers."
    assert len(table) == 58 and table.files == [(str(path), 58)] and table.columns["x"][0] == WAVE[0]
    chunks = list(stream(path, 10, skip_bad=True))
    assert [len(chunk) for chunk in chunks] == [9, 10, 10, 10, 10, 9] and sum(len(c.skipped) for c in chunks) == 2


def test_words_for_missing_numbers_stay_words_among_words(tmp_path):
    columns = {"x": ["1.5", "-", "n/a", "2"] * 5, "grade": ["A", "NA", "-", "None"] * 5}
    table = read(written(tmp_path, columns))
    assert table.columns["x"][:4] == [1.5, None, None, 2.0] and table.columns["grade"][:4] == ["A", "NA", "-", "None"]
    assert "column 'x': numbers, '-', 'n/a' for missing ones" in table.notes


def test_files_are_read_as_numbers_that_were_learned_from_in_python(tmp_path):
    """Numbers of a DataFrame or of Parquet were never texts; in a CSV with the same columns they are."""
    learned = table_of({"day": [3, 1], "size": [1.5, None], "code": ["01", "7"]}, ReadingOptions())
    assert learned.format is not None and learned.columns["day"] == [3, 1]
    asked = ReadingOptions(kept=learned.format, names=tuple(learned.columns))
    path = tmp_path / "new.csv"
    path.write_text("day,size,code\n10,2,8\n9,,10\n")
    assert table_of(path, asked).columns == {"day": [10, 9], "size": [2.0, None], "code": ["8", "10"]}
    path.write_text('day,size,code\n10.5,"2,5",8\n9,,10\n')  # otherwise written than Python writes them
    assert table_of(path, asked).columns == {"day": [10.5, 9], "size": [2.5, None], "code": ["8", "10"]}
