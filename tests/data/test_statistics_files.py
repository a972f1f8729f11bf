"""Files as statistics offices and central banks write them: what each series is stands above it, line by line."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest

from elman.data.detect import detect
from elman.data.readers import from_python, read
from elman.errors import DataFileError, TaskError
from sheets import Day, xlsx


def numbers(count: int, seed: int = 0) -> list[float]:
    rng = random.Random(seed)
    return [round(100 + i / 3 + rng.random(), 1) for i in range(count)]


def written(path: Path, above: list[list[str]], times: list[str], sign: str, decimal: str = ".", end: str = "") -> Path:
    """The lines above, and below them rows of a time and two numbers."""
    rows = [*above]
    for time, one, other in zip(times, numbers(len(times)), numbers(len(times), 1), strict=True):
        rows.append([time, *(str(number).replace(".", decimal) for number in (one, other))])
    path.write_text("".join(sign.join(row) + end + "\n" for row in rows), encoding="utf-8")
    return path


RBA = [
    ["A1 PRICES", "", ""],
    ["Title", "Consumer price index", "Year-ended inflation"],
    ["Description", "All groups", "All groups, per cent"],
    ["Frequency", "Quarterly", "Quarterly"],
    ["Type", "Original", "Original"],
    ["Units", "Index", "Per cent"],
    ["", "", ""],
    ["Source", "Statistics", "Statistics"],
    ["Publication date", "24-Apr-2024", "24-Apr-2024"],
    ["Series ID", "GCPIAG", "GCPIAGYP"],
]
ONS = [
    ['"Title"', '"CPI INDEX: ALL ITEMS 2015=100"', '"RPI All Items Index"'],
    ['"CDID"', '"D7BT"', '"CHAW"'],
    ['"Source dataset ID"', '"MM23"', '"MM23"'],
    ['"PreUnit"', '""', '""'],
    ['"Unit"', '"Index, base year = 100"', '"Index, base year = 100"'],
    ['"Release Date"', '"19-06-2024"', '"19-06-2024"'],
    ['"Next release"', '"17 July 2024"', '"17 July 2024"'],
    ['"Important Notes"', '""', '""'],
]
BUBA = [
    ["", "BBEX3.M.USD", "BBEX3.M.GBP"],
    ["", "Kurs des Dollars", "Kurs des Pfunds"],
    ["Einheit", "USD", "GBP"],
    ["Dimension", "Eins", "Eins"],
    ["Stand vom", "03.06.2024 12:00:00 Uhr", "03.06.2024 12:00:00 Uhr"],
]
BDF = [
    ["Titre :", "Taux moyen", "Taux au jour le jour"],
    ["Code série :", "MIR1.M.FR", "MIR1.D.FR"],
    ["Unité :", "Pour cent", "Pour cent"],
    ["Méthode d'observation :", "Fin de période", "Fin de période"],
    ["Source :", "Banque", "Banque"],
]
MONTHS = pd.date_range("2010-01-01", periods=90, freq="MS")
FORMS = [
    (RBA, [f"{day:%d/%m/%Y}" for day in pd.date_range("1990-03-31", periods=90, freq="QE")], ",", ".", ""),
    (ONS, [f"{day:%Y %b}".upper() for day in MONTHS], ",", ".", ""),
    (BUBA, [f"{day:%Y-%m}" for day in MONTHS], ";", ",", ""),
    (BUBA, [f"{day:%Y-%m-%d}" for day in MONTHS], ";", ",", ";"),
    (BDF, [f"{day:%m/%Y}" for day in MONTHS], ";", ",", ""),
    (BDF, [f"{day:%d.%m.%Y}" for day in MONTHS], "\t", ",", ""),
]


@pytest.mark.parametrize("form", FORMS, ids=["rba", "ons", "bundesbank", "ends in a sign", "france", "tabs"])
def test_what_each_series_is_stands_above_it(tmp_path: Path, form):
    above, times, sign, decimal, end = form
    table = read(written(tmp_path / "series.csv", above, times, sign, decimal, end))
    titles = [cell.strip('"') for cell in next(row for row in above if row[1])[1:]]
    assert table.names == ["date", *titles] and len(table) == len(times)
    assert list(table.columns.values())[1:] == [numbers(90), numbers(90, 1)]
    found = detect(table)
    assert (found.task, list(found.inputs), found.order) == ("forecasting", titles, "date")
    assert any("left out above the table" in note for note in table.notes)


def test_titles_that_come_again_go_with_what_tells_them_apart(tmp_path: Path):
    """As the Australian bureau's workbooks have one series original, adjusted, and as a trend."""
    above = [
        [None, "Vehicles ;", "Vehicles ;", "Vehicles ;"],
        ["Unit", "Number", "Number", "Number"],
        ["Series Type", "Original", "Seasonally Adjusted", "Trend"],
        ["Frequency", "Month", "Month", "Month"],
        ["Collection Month", 1, 1, 1],
        ["Series Start", Day("1994-01-01"), Day("1994-01-01"), Day("1994-01-01")],
        ["No. Obs", 60, 60, 60],
        ["Series ID", "A1", "A2", "A3"],
    ]
    days = pd.date_range("1994-01-01", periods=60, freq="MS")
    rows = [[Day(f"{day:%Y-%m-%d}"), *(numbers(60, seed)[i] for seed in range(3))] for i, day in enumerate(days)]
    path = tmp_path / "sales.xlsx"
    xlsx(path, {"Data1": [*above, *rows]})
    table = read(path)
    assert table.names == ["date", "Vehicles ; Original", "Vehicles ; Seasonally Adjusted", "Vehicles ; Trend"]
    assert table.columns["Vehicles ; Trend"] == numbers(60, 2) and table.columns["date"][0] == "1994-01-01"


def test_series_of_years_and_months_in_one_column_are_said(tmp_path: Path):
    times = [*map(str, range(1990, 2000)), *(f"{day:%Y %b}".upper() for day in MONTHS)]
    with pytest.raises((DataFileError, TaskError), match=r"'1990'|'2010 JAN'"):
        detect(read(written(tmp_path / "both.csv", ONS, times, ",")))


def test_tables_whose_first_column_has_such_words(tmp_path: Path):
    """Rows that say something of things, and no series."""
    path = tmp_path / "fields.csv"
    rows = ["name,kind,length", "Title,text,80", "Unit,text,10", "Source,text,40", "Price,number,8", "Stock,number,4"]
    path.write_text("\n".join(rows) + "\n")
    assert read(path).columns["name"] == ["Title", "Unit", "Source", "Price", "Stock"]


@pytest.mark.parametrize("above", [("Code", "Unit"), ("Type", "Source")])
@pytest.mark.parametrize("code", ["{:03}", "K{}", "x{}-1", "{}"])
def test_units_below_the_names_of_things(tmp_path: Path, above, code):
    """A header, a line of units, and rows of things, which have codes and no times."""
    path = tmp_path / "things.csv"
    rows = [f"{code.format(i)},{number},{i}" for i, number in enumerate(numbers(40))]
    path.write_text("\n".join([f"{above[0]},price,weight", f"{above[1]},EUR,kg", *rows]) + "\n")
    assert read(path).names[0] == above[0]


@pytest.mark.parametrize("time", ["%Y", "%Y%m", "%b-%y", "%d/%m/%y", "%d-%b-%Y", "%YM%m"])
def test_times_below_what_is_said_of_series(tmp_path: Path, time):
    times = [f"{day:{time}}" for day in pd.date_range("1930-01-31", periods=60, freq="YE" if time == "%Y" else "ME")]
    assert read(written(tmp_path / "series.csv", ONS, times, ",")).names[0] == "date"


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("time", ["%Y-%m", "%Y-%m-%d", "%d.%m.%Y"])
def test_decimal_commas_behind_dates_are_no_cells(tmp_path: Path, header, time):
    """``2010-01;1,23`` could be cut at the comma, too, into what holds digits alone on both sides."""
    path = tmp_path / "rates.csv"
    rows = [f"{day:{time}};{str(number).replace('.', ',')}" for day, number in zip(MONTHS, numbers(90), strict=True)]
    path.write_text("\n".join([*["day;rate"] * header, *rows]) + "\n")
    table = read(path)
    assert list(table.columns.values())[1] == numbers(90)
    assert detect(table).task == "forecasting"


def test_commas_between_cells_that_hold_semicolons(tmp_path: Path):
    """The same the other way round: several labels in a cell."""
    path = tmp_path / "kinds.csv"
    rng = random.Random(3)
    rows = [
        f"{rng.random():.3f},{rng.randrange(9)},{';'.join(rng.sample('123', rng.randrange(1, 4)))}" for _ in range(60)
    ]
    path.write_text("x,y,kinds\n" + "\n".join(rows) + "\n")
    assert read(path).names == ["x", "y", "kinds"]


# -- what stands in columns -------------------------------------------------------------------


def test_how_many_there_were_is_an_amount():
    """Few values that come back, the more the rarer."""
    rng = random.Random(1)
    falling = [min(int(rng.expovariate(0.35)), 16) for _ in range(400)]
    evenly = [rng.randrange(12) for _ in range(400)]
    x = [[rng.gauss(0, 1) for _ in range(400)] for _ in range(3)]
    for name, column, task in (
        ("priors", falling, "regression"),
        ("group", evenly, "classification"),
        ("class", falling, "classification"),
        ("productType", falling, "classification"),
    ):
        table = from_python({"a": x[0], "b": x[1], "c": x[2], name: column})
        assert detect(table, output=name).task == task


def test_fixtures_of_a_league_are_no_tags():
    """The number of the round says nothing of who plays; it may fall where a match was put off."""
    rng = random.Random(5)
    teams = [f"Team {letter}" for letter in "ABCDEFGH"]
    days, rows = pd.date_range("2003-08-08", periods=28, freq="7D"), []
    for i, day in enumerate(days):
        for home, away in zip(teams[:4], rng.sample(teams[4:], 4), strict=True):
            late = 3 if rng.random() < 0.05 else 0
            rows.append((max(1, i + 1 - late), str(day.date()), home, f"{rng.randrange(4)}-{rng.randrange(4)}", away))
    names = ("Round", "Date", "Team 1", "FT", "Team 2")
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python({name: [row[i] for row in rows] for i, name in enumerate(names)}))


def test_pairs_of_numbers_are_no_sequences():
    rng = random.Random(2)
    score = [[rng.randrange(5), rng.randrange(4)] for _ in range(120)]
    half = [[rng.randrange(a + 1), rng.randrange(b + 1)] for a, b in score]
    names = [rng.choice("abcdefgh") for _ in range(120)]
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python({"home": names, "away": names[::-1], "full": score, "half": half}))


@pytest.mark.parametrize(("output", "task"), [("label", "classification"), ("tags", "tagging"), ("target", "tagging")])
def test_short_lists_of_numbers_are_read_where_another_column_is_called_as_outputs_are(output, task):
    """Numbers of tokens, or of what lies in a basket; no list is made of a label."""
    rng = random.Random(6)
    lists = [[rng.randrange(50) for _ in range(rng.randrange(2, 4))] for _ in range(200)]
    made = {
        "label": ["even" if sum(one) % 2 else "odd" for one in lists],
        "tags": [[i % 3 for i in one] for one in lists],
        "target": [[i % 7 for i in one] for one in lists],
    }
    found = detect(from_python({"items": lists, output: made[output]}))
    assert (found.task, found.inputs, found.output) == (task, ("items",), output)


def test_a_part_of_some_objects_is_not_the_answer_by_its_name():
    """Slots of some requests, one of which is called target."""
    rng = random.Random(4)
    intents = [rng.choice(("translate", "play", "call")) for _ in range(90)]
    rows = {
        "text": [f"please {intent} {rng.choice(('this', 'that', 'it'))} {i}" for i, intent in enumerate(intents)],
        "intent": intents,
        "slots.target": [rng.choice(("english", "french")) if one == "translate" else None for one in intents],
    }
    assert detect(from_python(rows)).output == "intent"
