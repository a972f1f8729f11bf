"""Kinds of fault that tables of public institutions and courses showed, made anew."""

from __future__ import annotations

import datetime
import json
import random
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.dataset import DataSet
from elman.errors import DataFileError, ElmanError, TaskError

RNG = random.Random(7)
COUNTRIES = ("Kenya", "Chile", "France", "Japan", "Peru", "Ghana", "Spain", "Nepal", "Cuba", "Iran")


def written(path: Path, header: str, rows: Any) -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def figures(years: range) -> list[tuple[Any, ...]]:
    return [
        (country, "AB"[place % 2], year, round(50 + RNG.gauss(0, 1), 2), RNG.randint(10**6, 10**7))
        for place, country in enumerate(COUNTRIES)
        for year in years
    ]


@pytest.mark.parametrize("by_year", [1, -1, 0], ids=["rising", "falling", "by country"])
@pytest.mark.parametrize("years", [range(1952, 2008, 5), range(2001, 2014)], ids=["each fifth", "each"])
def test_few_years_of_many_countries_are_a_panel(tmp_path: Path, years: range, by_year: int):
    rows = figures(years)
    rows = sorted(rows, key=lambda row: by_year * row[2]) if by_year else rows
    table = read(written(tmp_path / "x.csv", "region,part,year,life,people", rows))
    found = detect(table)
    assert (found.task, found.inputs) == ("forecasting", ("life", "people"))
    assert (found.sequences, found.order) == ("region", "year")


def test_years_of_cars_are_no_panel(tmp_path: Path):
    rows = [
        (RNG.choice(COUNTRIES), RNG.randint(2001, 2013), RNG.randint(1, 99), RNG.randint(10**3, 10**4))
        for _ in range(200)
    ]
    found = detect(read(written(tmp_path / "x.csv", "maker,year,miles,price", rows)))
    assert (found.task, found.output, found.sequences) == ("regression", "price", None)


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        (
            [row for row in figures(range(2001, 2014)) if RNG.random() < 0.5],
            "region,part,year,life,people",
        ),  # half are there
        (figures(range(2001, 2005)), "region,part,year,life,people"),  # four years
        (figures(range(2001, 2014)), "region,part,birth_year,life,people"),
        (figures(range(2001, 2014)), "region,part,model_year,life,people"),
    ],
)
def test_other_tables_with_years_are_no_panels(tmp_path: Path, rows: Any, header: str):
    table = read(written(tmp_path / "x.csv", header, RNG.sample(rows, len(rows))))
    assert detect(table, input=["life"], output="people", task="regression").sequences is None


@pytest.mark.parametrize("name", ["failed", "label"])
def test_what_became_of_each_is_learned_from_its_years(tmp_path: Path, name: str):
    rows = [
        (f"firm {firm}", year, round(RNG.gauss(50, 9), 2), round(RNG.gauss(9, 2), 2), firm % 3 == 0)
        for firm in range(40)
        for year in range(2010, 2018)
    ]
    found = detect(read(written(tmp_path / "x.csv", f"firm,year,revenue,debt,{name}", rows)))
    assert (found.task, found.output, found.sequences) == ("classification", name, "firm")


def test_bits_and_payloads_are_no_hashes(tmp_path: Path):
    rows = [(f"{i:024b}", "even" if i.bit_count() % 2 == 0 else "odd") for i in RNG.sample(range(2**24), 90)]
    found = detect(read(written(tmp_path / "x.csv", "bits,parity", rows)))
    assert (found.inputs, found.output) == (("bits",), "parity")


def test_a_year_within_another_object_parts_no_date(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    rows = [
        {"year": 2020, "month": 1 + i // 28, "day": 1 + i % 28, "car": {"year": 2001 + i % 9}, "sales": i % 7 + i / 50}
        for i in range(90)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = detect(read(path))
    assert (found.task, found.order) == ("forecasting", "date") and "sales" in found.inputs


def test_one_label_beside_what_is_called_like_it(tmp_path: Path):
    rows = [(RNG.random(), RNG.random(), RNG.randint(0, 1), RNG.randint(0, 1)) for _ in range(60)]
    table = read(written(tmp_path / "x.csv", "a,b,label_checked,label", rows))
    assert detect(table).output == "label"


def test_words_for_missing_numbers_as_institutions_write_them(tmp_path: Path):
    words = ("Not Available", ". .", "'-", "Not applicable")
    rows = [(f"{2000 + i // 12}-{i % 12 + 1:02d}", words[i % 4] if i < 40 else i * 1.5) for i in range(90)]
    found = read(written(tmp_path / "x.csv", "month,use", rows)).columns["use"]
    assert found[:40] == [None] * 40 and found[40] == 60.0


def test_a_word_among_numbers_is_named(tmp_path: Path):
    rows = [(RNG.randint(1, 9999), "Ask us" if i % 3 else 9000 + 7 * i, "ab"[i % 2]) for i in range(120)]
    rows = [(miles, price if i % 2 else 8000 + i, label) for i, (miles, price, label) in enumerate(rows)]
    table = read(written(tmp_path / "x.csv", "miles,cost,label", rows))
    data = DataSet.of(table)
    (said,) = [finding for finding in data.findings if "'Ask us'" in finding.message]
    assert said.level == "warning" and "column 'cost' holds numbers, and 'Ask us' in" in said.message


def test_hashes_are_names_of_rows(tmp_path: Path):
    rows = [(f"2024-01-{day:02d}", 5 * day, f"{RNG.getrandbits(160):040x}") for day in range(1, 31)]
    found = detect(read(written(tmp_path / "x.csv", "date,count,hash", rows)))
    assert (found.task, found.inputs) == ("forecasting", ("count",))


def test_the_time_that_is_not_read_is_named(tmp_path: Path):
    rows = [("0" if day % 3 else f"{day}-Jan-33", day % 7) for day in range(1, 31)]
    with pytest.raises(TaskError, match="'0' isn't read as one, as '3-Jan-33' beside it would be"):
        detect(read(written(tmp_path / "x.csv", "built date,rooms", rows)))


def test_months_with_zeros_before_them_are_no_unread_times(tmp_path: Path):
    rows = [(f"{RNG.randint(1, 12):02d}", RNG.randint(1, 99), RNG.random()) for _ in range(60)]
    assert detect(read(written(tmp_path / "x.csv", "month,posts,target", rows))).output == "target"


def test_several_columns_that_are_called_labels(tmp_path: Path):
    rows = [(RNG.random(), RNG.random(), RNG.randint(0, 1), RNG.randint(0, 1)) for _ in range(60)]
    table = read(written(tmp_path / "x.csv", "a,b,label:sits,label:walks", rows))
    with pytest.raises(TaskError, match=r"2 columns are called labels.*--output label:sits"):
        detect(table)
    assert detect(table, input=["a", "b"], output="label:walks").output == "label:walks"


def test_words_with_numbers_are_no_pictures(tmp_path: Path):
    path = tmp_path / "words.json"
    path.write_text(json.dumps({"the": 1, "images": 2, "annotations": 3, "categories": 4}), encoding="utf-8")
    with pytest.raises(TaskError) as caught:
        detect(read(path))
    assert "COCO" not in str(caught.value)


def test_parts_of_a_time_within_an_object(tmp_path: Path):
    path = tmp_path / "x.json"
    rows = [
        {"Time": {"Year": 2000 + i // 12, "Month": i % 12 + 1, "Name": "abcdefghijkl"[i % 12]}, "use": i % 12 + i / 9}
        for i in range(72)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    found = detect(read(path))
    assert (found.task, found.inputs, found.sequences) == ("forecasting", ("use",), "")


def test_tables_in_an_archive_that_are_called_texts(tmp_path: Path):
    rows = "".join(f"{i},{RNG.random():.3f},{'ab'[i % 2]}\n" for i in range(60))
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("quakes.txt", "blasts.txt"):
            archive.writestr(name, f"depth,size,kind\n{rows}")
    table = read(path)
    assert table.names == ["depth", "size", "kind"] and len(table) == 120


def test_messages_about_what_is_in_an_archive_name_files_that_there_will_be(tmp_path: Path):
    path = tmp_path / "my data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/x.csv", "n,m\n1,2\n3\n")
    with pytest.raises(DataFileError, match="has 1 cell") as caught:
        read(path)
    message = str(caught.value)
    command = message.partition("this unpacks it: ")[2].removesuffix(")")
    subprocess.run([sys.executable, *shlex.split(command)[1:]], check=True, cwd=tmp_path)
    place = message.partition(":3: ")[0]
    assert "elman-" not in message and Path(place).read_text(encoding="utf-8") == "n,m\n1,2\n3\n"


def test_data_in_the_subfolders_of_a_folder_are_no_texts(tmp_path: Path):
    for language in ("nno", "nob"):
        (tmp_path / language).mkdir()
        for place in range(3):
            rows = "\n".join(f"{n}\tord\t_\tNOUN\t_\t_\t0\troot\t_\t_" for n in range(1, 5))
            (tmp_path / language / f"dot00{place}.conllu").write_text(rows + "\n\n", encoding="utf-8")
    (tmp_path / "nob" / "a.md").write_text("a text\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"is \.conllu, which holds data, and no text of class nno"):
        read(tmp_path)


def test_dates_beside_their_years_tell_time(tmp_path: Path):
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    rows = [
        (1812 + i // 12, months[i % 12], 1000 + i % 40, i % 12 + 1, f"{1812 + i // 12}-{i % 12 + 1:02d}-01")
        for i in range(360)
    ]
    data = DataSet.of(read(written(tmp_path / "x.csv", "Year,month,count,mon,date", rows)))
    found = data.detection
    assert (found.task, found.sequences, found.order) == ("forecasting", "", "date")
    assert not any("equally far apart" in finding.message for finding in data.findings)


def test_a_series_without_any_value_along_a_row(tmp_path: Path):
    years = [str(year) for year in range(1980, 2020)]
    rows: list[tuple[Any, ...]] = [(place, *(round(RNG.gauss(50, 3), 2) for _ in years)) for place in COUNTRIES]
    rows[4] = (COUNTRIES[4], *("" for _ in years))
    data = DataSet.of(read(written(tmp_path / "x.csv", ",".join(["country", *years]), rows)))
    assert data.detection.task == "forecasting" and len(data.splits.train) == len(COUNTRIES) - 1


def test_a_few_data_among_texts_are_left_out(tmp_path: Path):
    for label in ("good", "bad"):
        (tmp_path / label).mkdir()
        for place in range(6):
            (tmp_path / label / f"{place}.md").write_text(f"a {label} text, {place}\n", encoding="utf-8")
    (tmp_path / "bad" / "index.json").write_text('[{"a": 1}]', encoding="utf-8")
    table = read(tmp_path)
    assert len(table) == 12 and any("1 files that hold data" in note for note in table.notes)


def going_on(count: int) -> list[tuple[float, ...]]:
    """Numbers that go on from row to row: random walks, and another one that follows from them."""
    walks = [[0.0] for _ in range(3)]
    for walk in walks:
        for _ in range(count - 1):
            walk.append(0.97 * walk[-1] + RNG.gauss(0, 1))
    return [(a, b, c, a + b - c) for a, b, c in zip(*walks, strict=True)]


def test_rows_that_are_like_their_neighbours_are_named(tmp_path: Path):
    rows = going_on(400)
    tables = [read(written(tmp_path / "x.csv", "a,b,c,price", some)) for some in (rows, RNG.sample(rows, 400))]
    data = [DataSet.of(table, output="price", alone=True) for table in tables]
    said = [[finding for finding in one.findings if "go on from row to row" in finding.message] for one in data]
    assert [len(found) for found in said] == [1, 0] and said[0][0].level == "warning"


def test_what_may_be_series_is_asked_about_as_such(tmp_path: Path):
    rows = [(i, *(round(x, 3) for x in row)) for i, row in enumerate(going_on(400))]
    with pytest.raises(TaskError, match=r"--task forecasting   \(if each row follows"):
        detect(read(written(tmp_path / "x.csv", ",a,b,c,d", [(*row[:4], RNG.random()) for row in rows])))


def test_texts_in_two_languages_are_parted_as_their_names_say(tmp_path: Path):
    for part, count in (("train", 6), ("val", 2), ("test_2016", 3)):
        for language in ("en", "de"):
            lines = "".join(f"{language} line {place} of {part}\n" for place in range(count))
            (tmp_path / f"{part}.{language}").write_text(lines, encoding="utf-8")
    table = read(tmp_path)
    assert len(table) == 11 and [table.columns["split"].count(part) for part in ("train", "valid", "test")] == [6, 2, 3]


@pytest.mark.parametrize("form", ["%d/%m/{}", "{}-%m-%d"])
def test_years_of_the_buddhist_era_are_named(tmp_path: Path, form: str):
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(day) for day in range(50)]
    rows = [(day.strftime(form.format(day.year + 543)), RNG.randint(1, 99)) for day in days]
    with pytest.raises(ElmanError, match="2563 may be 2020 as others count"):
        detect(read(written(tmp_path / "x.csv", "date,sales", rows)))
