"""Times as data services, spreadsheets and stopwatches write them; and what only looks like one."""

from __future__ import annotations

import datetime as dt
import json
import math
import zoneinfo
from pathlib import Path

import pandas as pd
import pytest

from elman.data.detect import detect, prepared
from elman.data.format import Format
from elman.data.forms.clocks import ClockForm
from elman.data.forms.counted import CountedForm
from elman.data.forms.dates import DateForm
from elman.data.forms.found import Forms
from elman.data.forms.moments import first_year_of, year_of
from elman.data.readers import read, stream
from elman.data.table import Table
from elman.errors import DataFileError, TaskError

VALUES = [5 + i % 7 for i in range(36)]
HOURS = [dt.datetime(2020, 1, 1) + dt.timedelta(hours=i) for i in range(36)]
DAYS = [dt.date(2019, 12, 20) + dt.timedelta(days=i) for i in range(36)]
JANUARY = [dt.date(2022, 1, 20) + dt.timedelta(days=i) for i in range(36)]
LEAP = [dt.date(2000, 2, 9) + dt.timedelta(days=i) for i in range(36)]
WEEKS = [(dt.date(2020, 11, 2) + dt.timedelta(weeks=i)).isocalendar() for i in range(36)]
MONTHS = [f"{2001 + i // 12}-{1 + i % 12:02d}" for i in range(36)]


def table(path: Path, name: str, times: list[str]) -> Table:
    rows = "".join(f'"{time}",{value}\n' for time, value in zip(times, VALUES, strict=True))
    (path / "a.csv").write_text(f'"{name}",value\n{rows}')
    return read(path / "a.csv")


def ends(form: str) -> list[str]:
    return [f"{hour:%d.%m.%Y %H:%M} - {hour + dt.timedelta(hours=1):{form}}" for hour in HOURS]


ISO_HOURS = [f"{hour:%Y-%m-%d %H:%M}" for hour in HOURS]
FORMS = {
    "counted years": ("Month", [f"{1 + i // 12}-{1 + i % 12:02d}" for i in range(36)], MONTHS),
    "years first": ("Month", [f"{dt.date(1949 + i // 12, 1 + i % 12, 1):%y-%b}" for i in range(36)],
                    [f"{1949 + i // 12}-{1 + i % 12:02d}" for i in range(36)]),
    "days of years": ("date", [f"{day:%Y-%j}" for day in DAYS], [str(day) for day in DAYS]),
    "reviews": ("reviewTime", [f"{day:%m %d, %Y}" for day in DAYS], [str(day) for day in DAYS]),
    "periods": ("MTU (CET/CEST)", ends("%d.%m.%Y %H:%M"), ISO_HOURS),
    "periods of a day": ("period", ends("%H:%M"), ISO_HOURS),
    "ISO's periods": ("t", [f"{h:%Y-%m-%dT%H:%MZ}/{h + dt.timedelta(hours=1):%Y-%m-%dT%H:%MZ}" for h in HOURS],
                      [f"{h:%Y-%m-%d %H:%MZ}" for h in HOURS]),
    "seasons": ("season", [f"{1980 + i}-{(1981 + i) % 100:02d}" for i in range(36)], [1980 + i for i in range(36)]),
    "seasons in full": ("year", [f"{1980 + i}/{1981 + i}" for i in range(36)], [1980 + i for i in range(36)]),
    "fiscal years": ("year", [f"FY{(80 + i) % 100:02d}" for i in range(36)], [1980 + i for i in range(36)]),
    "weeks": ("week", [f"W{1 + i:02d}" for i in range(36)], [1 + i for i in range(36)]),
    "days without a year": ("date", [f"{day:%d-%b}" for day in JANUARY], [f"2001-{day:%m-%d}" for day in JANUARY]),
    "days without a year, with points": ("Datum", [f"{day:%d.%m.}" for day in JANUARY],
                                         [f"2001-{day:%m-%d}" for day in JANUARY]),
    "a log's days": ("date", [f"{day:%b} {day.day:2d}" for day in LEAP], [str(day) for day in LEAP]),
    "a log's times": ("time", [f"{hour:%b} {hour.day:2d} {hour:%H:%M:%S}" for hour in HOURS],
                      [f"2001{hour:-%m-%d %H:%M:%S}" for hour in HOURS]),
    "years and weeks": ("YearWeek", [f"{year}{week:02d}" for year, week, _ in WEEKS],
                        [str(dt.date.fromisocalendar(year, week, 1)) for year, week, _ in WEEKS]),
    "days of a leap year": ("date", [f"{day:%b %d}" for day in LEAP], [str(day) for day in LEAP]),
    "the 1940s": ("Month", [f"{dt.date(1949 + i // 12, 1 + i % 12, 1):%b-%y}" for i in range(36)],
                  [f"{1949 + i // 12}-{1 + i % 12:02d}" for i in range(36)]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_dates(tmp_path: Path, form: str):
    name, written, wanted = FORMS[form]
    found = table(tmp_path, name, written)
    assert found.columns[name] == wanted
    assert detect(found).task == "forecasting"


def test_seasons_that_could_be_months(tmp_path: Path):
    found = read_some(tmp_path, [f"{2000 + i}-{1 + i:02d}" for i in range(12)])
    assert found.columns["when"] == [*range(2000, 2012)]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("year", ["2001-02", "2002-03", *(f"2003-{i:02d}" for i in range(1, 13))]),  # months
        ("code", [f"W{i * 7 % 36:02d}" for i in range(36)]),  # in no order
        ("house", [f"May {i % 4}" for i in range(36)]),
        ("id", [f"T{i}" for i in range(36)]),
    ],
)
def test_what_only_looks_counted(tmp_path: Path, name: str, cells: list[str]):
    found = read_some(tmp_path, cells)
    assert found.columns[found.names[0]] == cells, name


@pytest.mark.parametrize(
    ("name", "times", "seconds"),
    [
        ("elapsed", [f"0:00:{i:02d}.5" for i in range(36)], [i + 0.5 for i in range(36)]),
        ("x", [f"{i}:00:07" for i in range(36)], [3600 * i + 7 for i in range(36)]),
        ("time", [f"{i}:30" for i in range(36)], [60 * i + 30 for i in range(36)]),
        ("start_time", [f"{i % 24}:30" for i in range(36)], [3600 * (i % 24) + 1800 for i in range(36)]),
        ("d", [str(pd.Timedelta(minutes=700 * i)) for i in range(36)], [42000 * i for i in range(36)]),
        ("d", [str(dt.timedelta(minutes=700 * i)) for i in range(36)], [42000 * i for i in range(36)]),
        ("d", [str(pd.Timedelta(minutes=i - 9)) for i in range(36)], [60 * (i - 9) for i in range(36)]),
    ],
)
def test_clocks_are_seconds(tmp_path: Path, name: str, times: list[str], seconds: list[float]):
    found = table(tmp_path, name, times)
    assert found.columns[name] == seconds and any("read as seconds" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("verse", [f"{1 + i // 9}:{10 + i % 9}" for i in range(36)]),
        ("score", [f"{i % 4}-0{1 + i % 3}" for i in range(36)]),
        ("docket", [f"2019-{i + 1:03d}" for i in range(36)]),
        ("sold", [f"{1 + i % 28}-{['Jan', 'Feb'][i // 28]}" for i in range(36)]),
        ("mac", [f"{i:02d}:1a:2b" for i in range(36)]),
        ("range", [f"{i}.5 - {i + 1}.5" for i in range(36)]),
        ("class", [f"{1 + i % 12}-{1 + i % 12:02d}" for i in range(36)]),
    ],
)
def test_what_only_looks_like_a_time(tmp_path: Path, name: str, texts: list[str]):
    assert table(tmp_path, name, texts).columns[name] == texts


def test_a_time_of_day_beside_a_date_is_part_of_it(tmp_path: Path):
    rows = "".join(f"2020-01-0{1 + i // 24},{i % 24:02d}:00:00,{i * 7 % 5}\n" for i in range(60))
    (tmp_path / "a.csv").write_text("day,clock,value\n" + rows)
    found = read(tmp_path / "a.csv")
    assert found.names == ["day", "value"] and found.columns["day"][1] == "2020-01-01 01:00:00"
    chunks = [chunk.columns["day"][0] for chunk in stream(tmp_path / "a.csv", 20)]
    assert chunks[1] == "2020-01-01 20:00:00"


@pytest.mark.parametrize(
    ("header", "rows", "wanted"),
    [
        ("Year,Quarter", [f"{2000 + i // 4},{1 + i % 4}" for i in range(36)], "2000-04"),
        ("year,qtr", [f"{2000 + i // 4},Q{1 + i % 4}" for i in range(36)], "2000-04"),
        ("year,doy", [f"{2000 + i // 18},{1 + i % 18}" for i in range(36)], "2000-01-02"),
        ("year,week", [f"{2021 + i // 18},{1 + i % 18}" for i in range(36)], "2021-01-11"),
        ("YY,MM,DD,hh,mm", [f"2021,05,03,{i:02d},{i % 2}0" for i in range(24)], "2021-05-03 01:10"),
    ],
)
def test_parts_in_several_columns(tmp_path: Path, header: str, rows: list[str], wanted: str):
    lines = "".join(f"{row},{i * 7 % 5}\n" for i, row in enumerate(rows))
    (tmp_path / "a.csv").write_text(f"{header},value\n{lines}")
    table = read(tmp_path / "a.csv")
    assert len(table.names) == 2 and table.columns[table.names[0]][1] == wanted


@pytest.mark.parametrize(
    ("years", "wanted"),
    [
        (range(49, 61), range(1949, 1961)),
        (range(1, 24), range(2001, 2024)),
        ([*range(90, 100), *range(24)], [*range(1990, 2000), *range(2000, 2024)]),
        ([*range(25, 100), *range(6)], [*range(1925, 2000), *range(2000, 2006)]),
        (range(25, 56), range(2025, 2056)),
        (range(100), [*range(2000, 2069), *range(1969, 2000)]),
    ],
)
def test_years_of_two_figures(years: list[int], wanted: list[int]):
    first = first_year_of(set(years))
    assert [year_of(f"{year:02d}", first) for year in years] == [*wanted]


def test_forms_are_kept_and_written():
    forms = {
        "a": ClockForm(minutes=True, whole=False, example="61:30.5"),
        "b": CountedForm("1-01"),
        "d": CountedForm("Week 1", "numbers"),
        "c": DateForm(unit=0, example="Jan-49", first_year=1927),
    }
    kept = Forms.from_json(json.loads(json.dumps(Forms(forms).to_json())))
    assert kept.columns == forms and Format.from_json(Format(forms=kept).to_json()).forms == kept
    assert forms["a"].read("61:30") == 3690 and forms["b"].write("2003-05") == "3-05"
    assert forms["c"].read("Mar-50") == "1950-03" and forms["c"].write("1950-03") == "Mar-50"


def test_zones(tmp_path: Path):
    written = [f"2022/01/{1 + i % 28:02d} 10:00:{i:02d} AM GMT+1" for i in range(36)]
    assert table(tmp_path, "Timestamp", written).columns["Timestamp"][1] == "2022-01-02 10:00:01+01:00"
    times = pd.date_range("2022-01-01", periods=9, freq="h", tz="Europe/Berlin")
    pd.DataFrame({'a "b"': times, "v": range(9)}).to_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert found.columns['a "b"'][0] == "2021-12-31T23:00:00" and any("Greenwich" in note for note in found.notes)


def test_days_that_there_are_not_among_those_that_leave_the_order_open(tmp_path: Path):
    found = read_some(tmp_path, [*(f"0{1 + i % 9}/0{1 + i % 9}/2020" for i in range(30)), "31/31/2020"])
    assert len(found) == 30


def read_some(path: Path, times: list[str]) -> Table:
    (path / "a.csv").write_text("when,x\n" + "".join(f"{time},{i}\n" for i, time in enumerate(times)))
    return read(path / "a.csv", skip_bad=True, dates="day-first")


def test_the_end_of_a_period_is_not_written():
    form = DateForm(order="day-first", unit=2, example="01.01.2020 00:00 - 01.01.2020 01:00")
    assert form.write("2020-01-02 00:00") == "2020-01-02 00:00"


@pytest.mark.parametrize("sign", [";", " ", ","])
def test_years_and_months_of_a_table_without_names(tmp_path: Path, sign: str):
    """As of sunspots and of carbon dioxide, whose third column tells the time again."""
    rows = [f"{1958 + i // 12}{sign}{i % 12 + 1:02d}{sign}{1958 + i / 12 + 0.04:.3f}{sign}{i % 7}.5" for i in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    found = read(tmp_path / "a.csv")
    assert found.columns["date"][:13:12] == ["1958-01", "1959-01"] and detect(found).task == "forecasting"
    hours = [f"{h:%Y,%m,%d,%H},{i % 7}" for i, h in enumerate(HOURS)]
    (tmp_path / "b.csv").write_text("\n".join(hours))
    assert read(tmp_path / "b.csv").columns["time"] == ISO_HOURS
    days = [f"{day:%Y,%m,%d},{i % 7},{i % 9}" for i, day in enumerate(DAYS)]
    (tmp_path / "c.csv").write_text("\n".join(days))
    assert read(tmp_path / "c.csv").columns["date"] == [str(day) for day in DAYS]


@pytest.mark.parametrize("row", ["{year},{month}", "{month},{year}", "{year},{other}"])
def test_numbers_that_are_no_years_and_months(tmp_path: Path, row: str):
    parts = [{"year": 1990 + i * 7 % 30, "month": 1 + i * 5 % 12, "other": 13 + i} for i in range(36)]
    (tmp_path / "a.csv").write_text("\n".join(f"{row.format(**part)},{i}.5" for i, part in enumerate(parts)))
    assert read(tmp_path / "a.csv").names == ["column_1", "column_2", "column_3"]


def test_days_in_blocks_over_the_end_of_daylight_saving(tmp_path: Path):
    """The latest day first, hours rising within each, as the grid operator PJM publishes them; the hour that comes
    twice stands twice. What the clock would show without daylight saving is the oracle of the standard library."""
    zone, start = zoneinfo.ZoneInfo("America/New_York"), dt.datetime(2019, 1, 1, 5, tzinfo=dt.UTC)
    hours = [start + dt.timedelta(hours=i) for i in range(24 * 500) if i not in (77, 1_200)]
    local = [hour.astimezone(zone).replace(tzinfo=None) for hour in hours]
    standard = [(hour - dt.timedelta(hours=5)).replace(tzinfo=None) for hour in hours]
    places = sorted(range(len(hours)), key=lambda i: (-local[i].toordinal(), i))
    lines = [f"{local[i]},{1000 + 100 * math.sin(i / 24 * math.tau) + i % 7:.1f}" for i in places]
    (tmp_path / "load.csv").write_text("\n".join(["Datetime,MW", *lines]) + "\n", encoding="utf-8")
    table = read(tmp_path / "load.csv")
    assert table.columns["Datetime"] == [str(standard[i]) for i in places]
    found = detect(table)
    assert (found.task, found.order) == ("forecasting", "Datetime") and "sorted first" in found.evidence[0]
    assert prepared(table, found).columns["Datetime"][0] == [str(hour) for hour in standard]


def test_two_series_in_blocks_are_not_put_in_order(tmp_path: Path):
    days = [dt.date(2020, 1, 1) + dt.timedelta(i) for i in range(200)]
    lines = [f"{day},{day.toordinal() % 9 + series}" for series in range(2) for day in days]
    (tmp_path / "a.csv").write_text("\n".join(["day,n", *lines]) + "\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="stands after"):
        detect(read(tmp_path / "a.csv"), task="forecasting")


@pytest.mark.parametrize("minutes", [15, 30])
def test_a_few_hours_around_the_end_of_daylight_saving(tmp_path: Path, minutes: int):
    zone, start = zoneinfo.ZoneInfo("Europe/Berlin"), dt.datetime(2021, 10, 30, 20, tzinfo=dt.UTC)
    moments = [start + dt.timedelta(minutes=minutes * i) for i in range(60)]
    lines = [f"{at.astimezone(zone).replace(tzinfo=None)},{20 + i % 9}" for i, at in enumerate(moments)]
    (tmp_path / "a.csv").write_text("\n".join(["time,x", *lines]) + "\n", encoding="utf-8")
    standard = [str((at + dt.timedelta(hours=1)).replace(tzinfo=None)) for at in moments]
    assert read(tmp_path / "a.csv").columns["time"] == standard


@pytest.mark.parametrize(
    "form",
    [
        "{:%a %b %d %H:%M:%S +0100 %Y}",
        "{:%a %b %d %H:%M:%S GMT+01:00 %Y}",
        "{:%a %b %d %Y %H:%M:%S} GMT+0100 (Central European Standard Time)",
    ],
)
def test_times_as_services_and_languages_print_them(tmp_path: Path, form: str):
    """Twitter, Java and JavaScript."""
    lines = [f"{form.format(at)},{i % 7 + 0.5}" for i, at in enumerate(HOURS)]
    (tmp_path / "a.csv").write_text("\n".join(["time,x", *lines]) + "\n", encoding="utf-8")
    found = read(tmp_path / "a.csv").columns["time"]
    assert [dt.datetime.fromisoformat(str(cell)) for cell in found] == [
        at.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))) for at in HOURS
    ]


@pytest.mark.parametrize("name", ["JD", "datenum"])
def test_days_of_astronomers_and_of_matlab_are_times(tmp_path: Path, name: str):
    found = detect(table(tmp_path, name, [f"{2459000.5 + i / 4}" for i in range(36)]))
    assert found.task == "forecasting" and found.order == name


@pytest.mark.parametrize("example", ["{:%j}th day of {:%Y}", "x{:%d%H}", "D{:%y.%m.%d}"])
def test_a_column_that_is_called_as_times_are_in_a_form_that_is_not_read(tmp_path: Path, example: str):
    """It was learned from by its signs."""
    found = table(tmp_path, "sale date", [example.format(day, day) for day in DAYS])
    with pytest.raises(TaskError, match=r"'sale date' is called as times are, but .* as 2024-01-31"):
        detect(found)
    assert detect(found, input="sale date", output="value").inputs == ("sale date",)
    assert detect(found, alone=True).task == "classification"
    asked = detect(found, task="forecasting")
    assert asked.inputs == ("value",) and prepared(found, asked).columns["value"] == [VALUES]


@pytest.mark.parametrize(
    ("name", "cell"),
    [("sale date", "soon, of {}"), ("made by", "x{}"), ("time", "{} min and then a word {} more of it")],
)
def test_what_is_called_otherwise_or_holds_words(tmp_path: Path, name: str, cell: str):
    texts = [cell.format(i, "of " * (i % 9)) if i % 2 else "not yet known" for i in range(36)]
    assert detect(table(tmp_path, name, texts)).task == "classification"


def test_tags_and_what_is_asked_for_are_no_times(tmp_path: Path):
    cells = [f"{'AB'[i % 2]}{i % 3}" for i in range(36)]
    assert detect(table(tmp_path, "tag", cells)).task != "forecasting"
    assert detect(table(tmp_path, "period", cells), output="period").output == "period"


def test_times_in_the_plural_are_times(tmp_path):
    """As muselsl calls them, rounded to milliseconds."""
    rows = [f"{1533222387.344 + i / 256:.3f},{math.sin(i)},{math.cos(3 * i)}" for i in range(200)]
    (tmp_path / "a.csv").write_text("timestamps,TP9,AF7\n" + "\n".join(rows))
    assert detect(read(tmp_path / "a.csv")).order == "timestamps"
