"""What the cells of a column spell: held against pandas, against Unicode's tables of locales (Babel), and itself."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.data.forms.columns import Choices, ColumnLook, find_forms, first_stray, read_cells
from elman.data.forms.dates import DateForm
from elman.data.forms.found import Forms
from elman.data.forms.numbers import NumberForm, NumberLook
from elman.data.readers import as_table
from elman.errors import TaskError

NOTHING = Choices()


def form_of(cells, name="x", said=NOTHING, beside=()) -> Any:
    looks = [ColumnLook(name), *(ColumnLook(f"beside {i}") for i in range(len(beside)))]
    for look, column in zip(looks, [cells, *beside], strict=True):
        look.look(column)
    return find_forms(looks, said).columns.get(name)


def read(cells, **about) -> Any:
    """The cells as they are read; None where they stay texts."""
    form = form_of(cells, **about)
    if form is None:
        return None
    found, strays = read_cells("x", cells, form)
    return None if strays else found


# -- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["20,55", "3,1", "100"], [20.55, 3.1, 100.0]),
        (["18,640", "940", "1,200,300"], [18640, 940, 1200300]),
        (["1 234,5", "12"], [1234.5, 12.0]),
        (["1\u202f234.5", "2\u00a0000"], [1234.5, 2000.0]),
        (["1'234.5", "3\u2019000"], [1234.5, 3000.0]),
        (["1.234,5", "2"], [1234.5, 2.0]),
        (["$12.50", "$3", "0"], [12.5, 3.0, 0.0]),
        (["12,50 €", "3,00 €"], [12.5, 3.0]),
        (["EUR 5", "EUR 6"], [5, 6]),
        (["19.9 %", "20%"], [19.9, 20.0]),
        (["0 %", "19.9 %", "100\u00a0%"], [0.0, 19.9, 100.0]),
        (["(3.2)", "5.1"], [-3.2, 5.1]),
        (["-$5.20", "($3.10)"], [-5.2, -3.1]),
        (["1e-3", "4"], [0.001, 4.0]),
        (["698.62K", "1.2M", "-", "950"], [698_620.0, 1_200_000.0, None, 950.0]),
        (["€110.5M", "€565K", "€0"], [110_500_000.0, 565_000.0, 0.0]),
        (["DKK 1.2M", "DKK 950K", "DKK 3"], [1_200_000.0, 950_000.0, 3.0]),
        (["€565K", "€0", "€1M"], [565_000.0, 0.0, 1_000_000.0]),
        (["1,2B", "33,4k"], [1_200_000_000.0, 33_400.0]),
        (["+5", "-6", "\u22127"], [5, -6, -7]),
        (["3.2-", "4.5"], [-3.2, 4.5]),
        (["12,34,567", "1,00,000"], [1234567, 100000]),  # lakhs and crores
        (["5 kg", "3kg"], [5, 3]),
        (["NA", "n/a", "5", "-", "?", "--", "N/A", "null", None], [None, None, 5, None, None, None, None, None, None]),
        (["0,567", "1,234"], [0.567, 1.234]),
        (["12345", "1,234"], [12345.0, 1.234]),
        (["1.234", "2.345"], [1.234, 2.345]),
        ([*(f"{n}.{n:03d}" for n in range(101, 141)), "940"], [*(n * 1001 for n in range(101, 141)), 940]),
        ([1, 2.5, "n/a"], [1, 2.5, None]),
    ],
)
def test_numbers_as_people_write_them(cells, numbers):
    found = read(cells)
    assert found == numbers and list(map(type, found)) == list(map(type, numbers))


@pytest.mark.parametrize(
    "cells",
    [
        ["00123", "12345"],
        ["-345", "-678", "-012"],
        ["0 345", "1 345"],
        ["1.2.3", "1.2.4"],
        ["192.168.100.200", "101.101.101.101"],
        ["+491701234567", "+491701234568"],
        ["555 123 456", "555 323 432"],
        ["5 kg", "3 km"],
        ["12", "12B", "7K"],  # house numbers
        ["1,234", "56B", "7"],
        ["273.15 K", "280.1", "281.5 K"],  # of temperature
        ["1.2 B", "3.4", "5.6", "7.1", "2 B"],  # found in the blank, too
        ["12.3M", "12.4", "12.5M"],
        ["1.5TB", "2.5T", "3.5TB"],
        ["1.5 MB", "2 kHz"],
        ["€1.5M", "$2K"],
        ["$5", "€3"],
        ["12.5", "13,5"],
        ["item 5", "item 6"],
        ["10 am", "11 am"],
        ["NA", "None", "-"],
        ["12 Main St", "13 Oak St"],
        ["nan", "inf"],
        ["", " "],
        [],
        [None],
    ],
)
def test_what_are_no_amounts(cells):
    assert form_of(cells) is None


def test_whole_numbers_stay_whole():
    assert form_of(["1,234", "5"]) == NumberForm(".", ",", whole=True)
    assert not form_of(["1,234.0", "5"]).whole
    assert read(["123456789012345678901234"]) == [1.2345678901234568e23]


def test_a_column_that_can_be_read_in_two_ways():
    cells = ["1,234", "12,000"]
    with pytest.raises(TaskError, match=r"'x' holds numbers such as '1,234'.*--decimal"):
        form_of(cells)
    assert read(cells, said=Choices(decimal=",")) == [1.234, 12.0]
    assert read(cells, said=Choices(decimal=".")) == [1234, 12000]
    assert read(cells, beside=[["12.5", "7.25"]]) == [1234, 12000]
    assert read(cells, beside=[["12,5", "7,25"]]) == [1.234, 12.0]
    assert read(["1.234", "2.345"], beside=[["12,5", "7,25"]]) == [1234, 2345]
    with pytest.raises(TaskError, match="--decimal"):
        form_of(cells, beside=[["12,5", "7,25"], ["12.5", "7.25"]])


@pytest.mark.parametrize(
    "locale", ["en_US", "de_DE", "fr_FR", "de_CH", "sv_SE", "pt_BR", "en_IN", "it_IT", "nl_NL", "pl_PL"]
)
def test_numbers_of_a_locale(locale):
    written = pytest.importorskip("babel.numbers")
    values = [Decimal(text) for text in ("1234567.25", "-40961.5", "940.75", "0.5", "12", "-3.125")]
    texts = [written.format_decimal(value, locale=locale) for value in values]
    assert read(texts) == [float(value) for value in values]
    currency = {"en_US": "USD", "de_CH": "CHF", "en_IN": "INR", "pt_BR": "BRL", "sv_SE": "SEK", "pl_PL": "PLN"}
    texts = [written.format_currency(value, currency.get(locale, "EUR"), locale=locale) for value in values]
    form = form_of(texts)
    assert form.unit and read(texts) == [float(round(value, 2)) for value in values]
    texts = [written.format_percent(value / 1000, locale=locale) for value in values]
    assert form_of(texts).unit == "%"


STYLES = [(".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "\u202f"), (".", "_")]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=17),
    st.sampled_from(STYLES),
    st.sampled_from(["", "$", "€", " kg", "%"]),
    st.sampled_from(["-", "\u2212", "()"]),
)
def test_what_is_written_is_read_again(values, style, unit, minus):
    decimal, group = style

    def written(value):
        text = f"{abs(value):,.2f}".translate(str.maketrans({",": group, ".": decimal}))
        text = f"{unit}{text}" if unit in ("$", "€") else f"{text}{unit}"
        return text if value >= 0 else f"({text})" if minus == "()" else f"{minus}{text}"

    assert read([*map(written, values), *(["-"] * 2)]) == [*map(float, values), None, None]


# -- dates ------------------------------------------------------------------------------------

FORMATS = [
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y",
    "%m/%d/%y",
    "%b %d, %Y", "%d %B %Y", "%d-%b-%y", "%d%b%Y", "%Y-%b-%d", "%A, %B %d, %Y", "%a, %d %b %Y",
]  # fmt: skip
CLOCKS = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", ", %H:%M:%S", " %H:%M:%S.%f"]


@pytest.mark.parametrize("date", FORMATS)
@pytest.mark.parametrize("clock", CLOCKS)
def test_dates_agree_with_pandas(date, clock):
    pandas = pytest.importorskip("pandas")
    first = dt.datetime(1999, 11, 28, 22, 58, 59, 125000)
    times = [first + dt.timedelta(hours=29 * i, seconds=17 * i) for i in range(63)]
    texts = [time.strftime(date + clock) for time in times]
    expected = pandas.to_datetime(texts, format=date + clock)
    assert [pandas.Timestamp(found) for found in read(texts)] == list(expected)


LANGUAGES = "en de fr es it pt nl sv da nb id pl cs sk tr ru uk bg el fi hu ro sl".split()  # noqa: SIM905


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("style", ["d MMMM y", "d MMM y", "EEEE, d MMMM y", "long", "medium"])
def test_names_of_months(locale, style):
    written = pytest.importorskip("babel.dates")
    if (locale, style) == ("cs", "d MMM y"):
        pytest.skip("the short name of its December names products, too")
    days = [dt.date(2020, month, 9 + month) for month in range(1, 13)]
    texts = [written.format_date(day, style, locale=locale) for day in days]
    assert read(texts) == [str(day) for day in days]


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        (["2021-12", "2022-01"], ["2021-12", "2022-01"]),
        (["Dec-21", "Jan-22"], ["2021-12", "2022-01"]),
        (["12/2021", "01/2022"], ["2021-12", "2022-01"]),
        (["2021Q4", "2022Q1"], ["2021-10", "2022-01"]),
        (["Q4 2021", "Q1 2022"], ["2021-10", "2022-01"]),
        (["2021-W05", "2020-W53"], ["2021-02-01", "2020-12-28"]),
        (["2021M12", "2022M01"], ["2021-12", "2022-01"]),
        (["2021m9", "2021m10"], ["2021-09", "2021-10"]),
        (["2021-P09", "2021-P10"], ["2021-09", "2021-10"]),
        (["Q4 FY05", "Q1 FY06"], ["2005-10", "2006-01"]),
        (["FY2005-Q4", "FY2006-Q1"], ["2005-10", "2006-01"]),
        (["FY05Q4", "FY06Q1"], ["2005-10", "2006-01"]),
        (["4. Quartal 2005", "1. Quartal 2006"], ["2005-10", "2006-01"]),
        (["4e trimestre 2005", "1er trimestre 2006"], ["2005-10", "2006-01"]),
        (["H2 2005", "H1 2006"], ["2005-07", "2006-01"]),
        (["2005-S2", "2006-S1"], ["2005-07", "2006-01"]),
        (["KW 53/2020", "KW 1/2021"], ["2020-12-28", "2021-01-04"]),
        (["FY20 W53", "FY21 W01"], ["2020-12-28", "2021-01-04"]),
        (["Week of Dec 27, 2021", "Week of Jan 3, 2022"], ["2021-12-27", "2022-01-03"]),
        (["2021. 12. 31.", "2022. 1. 1."], ["2021-12-31", "2022-01-01"]),
        (["31.12.2021 г.", "01.01.2022 г."], ["2021-12-31", "2022-01-01"]),
        (["平成31年4月", "令和元年5月", "令和2年12月"], ["2019-04", "2019-05", "2020-12"]),
        (["民國110年12月31日", "民國111年1月1日"], ["2021-12-31", "2022-01-01"]),
        (
            ["31-DEC-21 11.59.59.250000 PM", "01-JAN-22 12.00.00.000000 AM"],
            ["2021-12-31 23:59:59.250000", "2022-01-01 00:00:00.000000"],
        ),
        (
            ["[31/Dec/2021:23:59:59 +0000]", "[01/Jan/2022:00:00:00 +0000]"],
            ["2021-12-31 23:59:59Z", "2022-01-01 00:00:00Z"],
        ),
        (["2021年12月31日", "2022年1月1日"], ["2021-12-31", "2022-01-01"]),
        (["20211231T235959", "20220101T000000"], ["2021-12-31 23:59:59", "2022-01-01 00:00:00"]),
        (
            ["31/Dec/2021:23:59:59 +0000", "01/Jan/2022:00:00:00 +0000"],
            ["2021-12-31 23:59:59Z", "2022-01-01 00:00:00Z"],
        ),
        (["Fri Dec 31 23:59:59 2021", "Sat Jan  1 00:00:00 2022"], ["2021-12-31 23:59:59", "2022-01-01 00:00:00"]),
        (["31.12.2021 23:00", "31.12.2021 24:00"], ["2021-12-31 23:00", "2022-01-01 00:00"]),
        (["31.12.2021", "NA", None], ["2021-12-31", None, None]),
        (["2021-01-01", "2021-01-01 12:30"], ["2021-01-01 00:00", "2021-01-01 12:30"]),
    ],
)
def test_other_dates(cells, dates):
    assert read(cells) == dates


def test_half_years_that_may_be_hours_and_minutes():
    assert read(["2H05", "1H06"], name="period") == ["2005-07", "2006-01"]


@pytest.mark.parametrize(
    "cells",
    [
        *(["2019/20", "2020/21"], ["2021-001", "2021-002"], ["may", "june"], ["1.2.21", "3.10.12"]),
        *(
            ["Pro 2010", "Pro 2011"],
            ["23 W01", "23 W02"],
            ["H3 2005", "H4 2005"],
            ["110年12月", "111年1月"],
            ["2005-P13", "2005-P14"],
        ),
    ],
)
def test_what_are_no_dates(cells):
    assert read(cells) is None


def test_iso_stays_as_it_is():
    for cells in (
        ["2021-12-31", "2022-01-01"],
        ["2021-12-31T23:59:59Z", "2022-01-01T00:00:00Z"],
        ["2021-12", "2022-01"],
    ):
        assert read(cells) == cells and form_of(cells).describe() == ""


def test_offsets_over_daylight_saving_are_in_the_order_of_time():
    cells = [
        "2021-03-28T01:30:00+01:00",
        "2021-03-28T03:00:00+02:00",
        "2021-10-31T02:30:00+02:00",
        "2021-10-31T02:00:00+01:00",
    ]
    found = read(cells)
    assert found == ["2021-03-28 00:30:00Z", "2021-03-28 01:00:00Z", "2021-10-31 00:30:00Z", "2021-10-31 01:00:00Z"]
    assert found == sorted(found) and "offsets differ" in form_of(cells).describe()
    assert read(["2021-01-01T00:00+05:30", "2021-01-02T00:00+05:30"]) == [
        "2021-01-01T00:00+05:30",
        "2021-01-02T00:00+05:30",
    ]


def test_the_column_decides_whether_the_day_comes_first():
    assert form_of(["01/02/2021", "31/01/2021"]).order == "day-first"
    assert form_of(["01/02/2021", "01/31/2021"]).order == "month-first"
    assert form_of(["01.02.2021", "02.02.2021"]).order == "day-first"  # with points nobody writes the month first
    monthly = [f"01/{month:02d}/{year}" for year in (2020, 2021) for month in range(1, 13)]
    assert form_of(monthly).order == "day-first"  # equal steps
    assert form_of([f"{text[3:5]}/{text[:2]}{text[5:]}" for text in monthly]).order == "month-first"
    assert form_of(["03/01/2020", "04/01/2020", "02/02/2020"]).order == "day-first"  # they rise
    assert form_of(["21/12/30", "21/12/31", "22/01/01"]).order == "year-first"
    with pytest.raises(
        TaskError, match=r"'x' holds dates such as '03/04/2021'.*--dates day-first or --dates month-first"
    ):
        form_of(["03/04/2021", "02/09/2021", "11/01/2021"])
    assert form_of(["03/04/2021", "02/09/2021"], said=Choices(dates="month-first")).order == "month-first"
    assert form_of(["03/04/2021", "02/09/2021"], beside=[["13/04/2021", "12/09/2021"]]).order == "day-first"


ORDERS = {"day-first": "%d/%m/%Y", "month-first": "%m/%d/%Y", "year-first": "%y/%m/%d"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2039, 1, 1)), min_size=1, max_size=17),
    st.sampled_from(sorted(ORDERS)),
    st.sampled_from(["", " %H:%M", " %I:%M:%S %p"]),
)
def test_what_is_said_settles_dates(times, order, clock):
    precise = {"": {"hour": 0, "minute": 0, "second": 0}, " %H:%M": {"second": 0}}.get(clock, {})
    texts = [time.strftime(ORDERS[order] + clock) for time in times]
    expected = [time.replace(microsecond=0, **precise) for time in times]
    form: Any = DateForm(order)
    assert [dt.datetime.fromisoformat(form.read(text)) for text in texts] == expected
    found = form_of(texts, said=Choices(dates=order))
    if found.order == order:
        assert [dt.datetime.fromisoformat(text) for text in read(texts, said=Choices(dates=order))] == expected


@pytest.mark.parametrize(
    ("name", "cells", "first"),
    [
        ("timestamp", [1640995199, 1640995260], "2021-12-31 23:59:59"),
        ("unixReviewTime", ["1640995199000", "1640995260500"], "2021-12-31 23:59:59.000"),
        ("date", [20211231, 20220101], "2021-12-31"),
        ("a", [20211231, 20220101, 20220102], "2021-12-31"),
        ("month", [202112, 202201], "2021-12"),
    ],
)
def test_numbers_that_are_dates(name, cells, first):
    assert read_cells(name, cells, form_of(cells, name))[0][0] == first


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("amount", [1640995199, 1640995260]),
        ("a", [20211231, 20220101, 20211231]),
        ("date", [20211331, 20220101]),
        ("time", [1, 2]),
    ],
)
def test_numbers_that_are_none(name, cells):
    assert form_of(cells, name) is None


# -- columns ----------------------------------------------------------------------------------


def test_a_few_texts_among_many_numbers_or_dates_are_named():
    stray: Any = first_stray
    numbers = [*(f"{n},5" for n in range(20)), "wrong"]
    assert stray("x", numbers).row == 20 and "'wrong' where column 'x' has numbers" in stray("x", numbers).why
    dates = [*(f"{day:02d}.12.2021" for day in range(1, 32)), "32.12.2021"]
    assert stray("x", dates).row == 31 and "has dates such as 13.12.2021" in stray("x", dates).why
    both = [*(f"{day:02d}/12/2021" for day in range(1, 32)), "12/31/2021"]
    assert stray("x", both).row == 31
    assert stray("x", [*"abcdefgh", "1"]) is None and stray("x", numbers[:20]) is None


def test_it_makes_no_difference_in_how_many_pieces_a_column_comes():
    cells = [*(f"{n % 28 + 1:02d}/02/20{n % 60:02d}" for n in range(1, 2000)), None, "NA"]
    whole, pieces = ColumnLook("x"), ColumnLook("x")
    whole.look(cells)
    for start in range(0, len(cells), 63):
        pieces.look(cells[start : start + 63])
    assert find_forms([whole], Choices()) == find_forms([pieces], Choices())


@given(st.lists(st.text("0159.,-+$(% '\u00a0kg\n", max_size=7), min_size=1, max_size=30), st.integers(1, 5))
def test_numbers_that_are_judged_together_are_judged_as_each_by_itself(texts, size):
    together, each = NumberLook(), NumberLook()
    for start in range(0, len(texts), size):
        together.look(texts[start : start + size])
    for text in texts:
        each.look([text])
    assert sorted(together.others) == sorted(each.others)
    same = ["numbers", "words", "codes", "shapes", "small", "zeros", "lone", "addresses", "shown_decimal"]
    assert [getattr(together, name) for name in same] == [getattr(each, name) for name in same]


def test_forms_are_saved_and_come_back():
    looks = {"a": ["1.234,5", "-"], "b": ["31.12.2021", "NA"], "time": [1640995199, 1640995260], "c": ["x", "y"]}
    found = [ColumnLook(name) for name in looks]
    for look in found:
        look.look(looks[look.name])
    forms = find_forms(found, Choices())
    assert set(forms.columns) == {"a", "b", "time"} and Forms.from_json(forms.to_json()) == forms


def test_one_row_is_read_as_the_column_was_that_was_learned_from():
    for many, one, value in (
        (["20,55", "3,1"], "1.234", 1234.0),
        (["12,50 €", "3 €"], "1,234 €", 1.234),
        (["31/12/2021", "01/02/2021"], "03/04/2021", "2021-04-03"),
    ):
        look = ColumnLook("x", form_of(many))
        look.look([one])
        form = find_forms([look], Choices()).columns["x"]
        assert form.read(one) == value
    assert math.isclose(form_of(["1e3", "2"]).read("1e3"), 1000)


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        ([2021123123, 2022010100], ["2021-12-31 23:00", "2022-01-01 00:00"]),
        (["202112312359", "202201010000"], ["2021-12-31 23:59", "2022-01-01 00:00"]),
        (["20211231235959", "20220101000000"], ["2021-12-31 23:59:59", "2022-01-01 00:00:00"]),
        ([1609459200, 1609462800], ["2021-01-01 00:00:00", "2021-01-01 01:00:00"]),
    ],
)
def test_figures_of_a_time_under_the_name_of_one(cells, dates):
    assert as_table({"timestamp": cells}).columns["timestamp"] == dates
    assert as_table({"count": cells}).columns["count"] == [int(cell) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([*map(str, range(30)), "30 b", "31 be", ": ", ":c"], [*range(32), None, None]),  # Eurostat
        ([*(f"{i}.5" for i in range(30)), "30.0#", "31.5*", "---"], [*(i + 0.5 for i in range(30)), 30.0, 31.5, None]),
        ([*map(str, range(2, 30)), "<1", "> 40", "~5"], [*range(2, 30), 1, 40, 5]),  # below a limit
    ],
)
def test_flags_behind_numbers_are_left_out_and_said(cells: list[str], wanted: list[float | None]):
    form = form_of(cells)
    assert isinstance(form, NumberForm) and [form.read(cell) for cell in cells] == wanted
    assert "left out" in form.describe() and Forms.from_json(json.loads(json.dumps(Forms({"a": form}).to_json())))
    with pytest.raises(ValueError, match="32 km"):
        form.read("32 km")


def test_what_most_cells_have_is_no_flag():
    assert form_of([f"{i}b" for i in range(30)]) is None and form_of(["1", "2", "12b", "14c"]) is None
    mostly = [*(f"{i} b" for i in range(20)), *map(str, range(30, 40))]
    assert form_of(mostly) is None
    beside = form_of(mostly, beside=[[*map(str, range(20)), "5 b", "6 p"]])
    assert beside.flags == ("b",) and beside.read("7 b") == 7
    assert form_of([*(f"{i} b" for i in range(20)), "5 p", "6"]).flags == ("b", "p")
    assert form_of([*(f"{i} s" for i in range(20)), "5 kg"]) is None  # units


@pytest.mark.parametrize("odd", ["21.5C", "21.5 °C", "21,5", "12.50 EUR"])
def test_a_number_that_is_written_otherwise_among_amounts_is_a_stray(odd: str):
    cells = [f"{20 + i % 9 / 4:.2f}" for i in range(60)]
    cells[40] = odd
    stray = first_stray("x", cells)
    assert stray is not None and stray.row == 40
    assert first_stray("x", [f"{20 + i % 9}" for i in range(59)] + ["12B"]) is None  # of a house
    assert form_of([*cells[:30], *(f"{i},5" for i in range(30))]) is None
