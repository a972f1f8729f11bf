"""Dates as they are written in more countries, and as numbers."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from elman.data.detect import detect
from elman.data.forms.columns import Choices, ColumnLook
from elman.data.readers import read

Date = datetime.datetime
DAYS = [Date(2022, 1, 25) + datetime.timedelta(days=day) for day in range(0, 360, 9)]
HOURS = [Date(2022, 1, 25, 5) + datetime.timedelta(hours=hour) for hour in range(40)]
MONTHS = {
    "Russian": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "Russian, short": "янв фев мар апр май июн июл авг сен окт ноя дек",
    "Ukrainian": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "Greek": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου "
    "Δεκεμβρίου",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "Polish, short": "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "Czech": "ledna února března dubna května června července srpna září října listopadu prosince",
    "Slovak": "januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra",
    "Romanian": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "Finnish": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta "
    "lokakuuta marraskuuta joulukuuta",
    "Danish": "januar februar marts april maj juni juli august september oktober november december",
    "Norwegian": "jan. feb. mars april mai juni juli aug. sep. okt. nov. des.",
    "Indonesian": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
}
HUNGARIAN = "január február március április május június július augusztus szeptember október november december"
"""All as they stand in dates."""


def form_of(name: str, cells: Sequence[Any]) -> Any:
    look = ColumnLook(name)
    look.look(cells)
    return look.form(Choices(), Choices())


def all_read(times: Sequence[Date], name: str, written: Callable[[Date], Any], length: int) -> None:
    """Whether each is read as it was written."""
    cells = [written(time) for time in times]
    form = form_of(name, cells)
    assert form is not None
    assert [form.read(cell)[:length] for cell in cells] == [time.isoformat(" ")[:length] for time in times]


@pytest.mark.parametrize("language", MONTHS)
@pytest.mark.parametrize("ending", ["", " 05:00"])
def test_names_of_months(language: str, ending: str):
    words = MONTHS[language].split()
    all_read(DAYS, "x", lambda day: f"{day.day}. {words[day.month - 1]} {day.year}{ending}", 10)


DATES: dict[str, Callable[[Date], str]] = {
    "Russian with its year": lambda day: f"{day.day} {MONTHS['Russian'].split()[day.month - 1]} {day.year} г.",
    "Hungarian": lambda day: f"{day.year}. {HUNGARIAN.split()[day.month - 1]} {day.day}.",
    "Hungarian, figures": lambda day: f"{day:%Y. %m. %d.}",
    "Hungarian, no blanks": lambda day: f"{day:%Y.%m.%d.}",
    "Korean": lambda day: f"{day.year}. {day.month}. {day.day}.",
    "blanks": lambda day: f"{day:%Y %m %d}",
    "year and a word": lambda day: f"{day:%Y%b%d}",
    "day of the week behind": lambda day: f"{day:%d-%b-%Y (%a)}",
    "Japanese day of the week": lambda day: f"{day.year}/{day.month}/{day.day}({'月火水木金土日'[day.weekday()]})",
    "era": lambda day: f"令和{day.year - 2018}年{day.month}月{day.day}日",
    "Taiwan": lambda day: f"民國{day.year - 1911}年{day.month}月{day.day}日",
    "Arabic figures": lambda day: f"{day:%Y/%m/%d}".translate({48 + figure: 0x660 + figure for figure in range(10)}),
    "wide figures": lambda day: f"{day:%Y/%m/%d}".translate({48 + figure: 0xFF10 + figure for figure in range(10)}),
}


@pytest.mark.parametrize("form", DATES)
def test_days(form: str):
    all_read(DAYS, "x", DATES[form], 10)


def test_short_eras_under_the_name_of_a_date():
    all_read(DAYS, "日付", lambda day: f"R{day.year - 2018}.{day.month}.{day.day}", 10)


@pytest.mark.parametrize(
    "cells",
    [
        ["S1-1-1", "S2-2-2", "S12-12-28"],  # sensors
        ["R3.6.1", "R4.1.2"],  # versions
        ["1h30", "2h05", "1h59"],  # how long films last
        ["S11998", "S11999", "S12000"],  # codes
        ["12 b", "3 c", "40 d"],  # seats
    ],
)
def test_codes_are_no_dates_and_no_numbers(cells: list[str]):
    assert form_of("x", cells * 9) is None


def half(time: Date, before: str, after: str) -> str:
    return before if time.hour < 12 else after


TIMES: dict[str, Callable[[Date], str]] = {
    "Japanese": lambda time: f"{time.year}年{time.month}月{time.day}日{time.hour}時",
    "Japanese, minutes": lambda time: f"{time:%Y年%m月%d日 %H時%M分}",
    "Japanese, halves": lambda time: f"{time:%Y/%m/%d} {half(time, '午前', '午後')}{time.hour % 12}:{time.minute:02d}",
    "Chinese, halves": lambda time: f"{time:%Y/%m/%d} {half(time, '上午', '下午')} {time:%I:%M:%S}",
    "Korean, halves": lambda time: f"{time:%Y. %m. %d} {half(time, '오전', '오후')} {time:%I:%M:%S}",
    "Spanish, a blank that doesn't break": lambda time: f"{time:%d/%m/%Y %I:%M} {half(time, 'a', 'p')}.\xa0m.",
    "narrow blank": lambda time: f"{time:%b %d, %Y at %I:%M}\u202f{half(time, 'AM', 'PM')}",
    "Go": lambda time: f"{time:%Y-%m-%d %H:%M:%S} +0000 UTC",
    "place": lambda time: f"{time:%Y-%m-%d %H:%M:%S} Europe/Berlin",
    "dash": lambda time: f"{time:%Y/%m/%d-%H:%M:%S}",
}


@pytest.mark.parametrize("form", TIMES)
def test_times(form: str):
    all_read(HOURS, "x", TIMES[form], 16)


def test_the_first_year_of_an_era():
    form = form_of("x", [f"平成{year}年1月8日" for year in (2, 3, 31)] + ["平成元年1月8日"])
    assert form is not None and form.read("平成元年1月8日") == "1989-01-08"


FIGURES: dict[str, Callable[[Date], Any]] = {
    "days first": lambda day: f"{day:%d%m%Y}",
    "months first": lambda day: f"{day:%m%d%Y}",
    "days first, a number": lambda day: int(f"{day:%d%m%Y}"),
    "years of two figures": lambda day: int(f"{day:%y%m%d}"),
    "days of the year": lambda day: int(f"{day:%Y%j}"),
    "versions": lambda day: f"{day.day}.{day.month}.{day:%y}",
    "Taiwan": lambda day: f"{day.year - 1911}/{day:%m/%d}",
    "era": lambda day: f"R{day.year - 2018}.{day.month}.{day.day}",
}


@pytest.mark.parametrize("form", FIGURES)
def test_figures_are_dates_under_a_name_that_says_so(form: str):
    all_read(DAYS, "Datum", FIGURES[form], 10)
    assert getattr(form_of("model", [FIGURES[form](day) for day in DAYS]), "unit", "") == ""


@pytest.mark.parametrize("way", ["days first", "years of two figures", "days of the year"])
def test_figures_are_written_as_they_were_read(way: str):
    form = form_of("date", [int(FIGURES[way](day)) for day in DAYS])
    assert form is not None and [form.write(f"{day:%Y-%m-%d}") for day in DAYS] == [int(FIGURES[way](d)) for d in DAYS]


def test_weeks_of_years_without_a_gap_between_these(tmp_path: Path):
    weeks = [Date(2021, 6, 7) + datetime.timedelta(days=7 * week) for week in range(80)]
    rows = [f"{week:%G%V},{20 + i * 7 % 31}.5" for i, week in enumerate(weeks)]
    (path := tmp_path / "cases.csv").write_text("YearWeek,cases\n" + "\n".join(rows))
    table = read(path)
    assert table.columns["YearWeek"] == [f"{week:%Y-%m-%d}" for week in weeks]
    assert detect(table).order == "YearWeek"
    form = form_of("week", [int(f"{week:%G%V}") for week in weeks])
    assert form is not None and form.write("2023-01-02") == 202301


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("date", [101, 102, 103, 201, 202, 303]),  # month and day
        ("date", [1012022, 2012022, 3012022, 1022022]),  # the day or the month first
        ("week", [1, 2, 3, 4, 5, 6]),
        ("week", [202199, 202301, 202302]),
        ("size", [220103, 220104, 220105, 220110]),
    ],
)
def test_what_only_looks_like_a_date(name: str, cells: list[Any]):
    assert form_of(name, cells) is None


def test_texts_that_excel_was_told_to_leave(tmp_path: Path):
    (path := tmp_path / "x.csv").write_text(
        "id,date,sold\n" + "\n".join(f'="{i:04d}",="{day:%Y-%m-%d}",{i * 7 % 31}.5' for i, day in enumerate(DAYS))
    )
    table = read(path)
    assert table.columns["date"] == [f"{day:%Y-%m-%d}" for day in DAYS] and table.columns["id"][3] == "0003"
    assert any('="007"' in note for note in table.notes)


def test_how_databases_write_what_is_missing(tmp_path: Path):
    rows = [f"{i}\t{'ab'[i % 2]}\t{i * 7 % 31}" if i % 5 else f"{i}\t\\N\t\\N" for i in range(40)]
    (path := tmp_path / "x.tsv").write_text("id\tkind\tamount\n" + "\n".join(rows))
    table = read(path)
    assert (table.columns["kind"][5], table.columns["amount"][5]) == (None, None)
    assert table.columns["kind"][6] == "a" and "8 rows with missing cells" in table.notes


@pytest.mark.parametrize("name", ["delivery_time", "hours"])
def test_minutes_that_passed_are_no_time_of_day(tmp_path: Path, name: str):
    days = [Date(2022, 1, 1) + datetime.timedelta(days=day) for day in (*range(30), 29, *range(30, 60))]
    rows = [f"{day:%Y-%m-%d},{26 + i % 31},{i * 7 % 31}.5" for i, day in enumerate(days)]
    (path := tmp_path / "a.csv").write_text(f"date,{name},load\n" + "\n".join(rows))
    assert read(path).columns[name][:2] == [26, 27]


@pytest.mark.parametrize(("name", "step", "first"), [("time", 30, 0), ("Hour (PST)", 60, 1)])
def test_hours_and_minutes_as_one_number(tmp_path: Path, name: str, step: int, first: int):
    times = [Date(2022, 1, 23) + datetime.timedelta(minutes=step * (i + first)) for i in range(60)]
    shown = [time if time.hour or time.minute or not first else time - datetime.timedelta(days=1) for time in times]
    clocks = [int(f"{time:%H%M}") or 2400 * first for time in times]
    rows = [f"{day:%m/%d/%Y},{clock},{i * 7 % 31}.5" for i, (day, clock) in enumerate(zip(shown, clocks, strict=True))]
    (path := tmp_path / "a.csv").write_text(f"Date,{name},load\n" + "\n".join(rows))
    table = read(path)
    assert table.columns["Date"] == [f"{time:%Y-%m-%d %H:%M}" for time in times]
    assert detect(table).order == "Date"
