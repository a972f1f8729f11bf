"""Kinds of fault that hundreds of tables of public collections showed, each made anew."""

from __future__ import annotations

import gzip
import json
import math
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from elman.data.detect import detect, prepared
from elman.data.readers import from_python, read
from elman.errors import DataFileError, TaskError
from sheets import xlsx


@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n"])
def test_lines_that_end_with_returns_and_the_last_one_with_anything(tmp_path, end):
    rows = ["time,county", *(f"{165.5 + row},{'abc'[row % 3]}" for row in range(60))]
    (tmp_path / "bounce.csv").write_bytes(("\r".join(rows) + end).encode())
    found = read(tmp_path / "bounce.csv")
    assert found.columns["time"] == [165.5 + row for row in range(60)] and set(found.columns["county"]) == {*"abc"}


def test_returns_within_cells_are_no_ends_of_lines(tmp_path):
    (tmp_path / "x.csv").write_bytes(b'text,label\n"one\rtwo",a\n"three\rfour",b\n' * 1)
    assert read(tmp_path / "x.csv").columns["label"] == ["a", "b"]


def test_a_single_line_is_said_to_be_one_and_not_quoted_whole(tmp_path):
    (tmp_path / "today's article.txt").write_text("wörter " * 400, encoding="utf-8")
    with pytest.raises(TaskError, match=r"holds one row, or one line(.|\n)*python -c .* cuts one long line") as caught:
        detect(read(tmp_path / "today's article.txt"))
    assert len(str(caught.value)) < 600
    command = re.search(r"python( -c .* > lines.txt)", str(caught.value))
    assert command
    subprocess.run(sys.executable + command[1], shell=True, check=True, cwd=tmp_path)
    lines = (tmp_path / "lines.txt").read_text(encoding="utf-8").splitlines()
    assert " ".join(lines).split() == ["wörter"] * 400 and max(map(len, lines)) <= 500
    assert detect(read(tmp_path / "lines.txt")).task == "language-model"


def test_a_line_that_no_such_command_reads_comes_without_it(tmp_path):
    with gzip.open(tmp_path / "article.txt.gz", "wt", encoding="utf-8") as file:
        file.write("words " * 400)
    for table in (read(tmp_path / "article.txt.gz"), from_python({"text": ["words " * 400]})):
        with pytest.raises(TaskError, match=r"a line of its own\.$"):
            detect(table)


def countries(years: int = 20) -> dict[str, list[object]]:
    rng = np.random.default_rng(0)
    names = [f"{first}land{second}" for first in "ABCDEFGHIJ" for second in "abc"]
    return {
        "country": [name for name in names for _ in range(years)],
        "iso3": [name[0] + "LN" + name[-1].upper() for name in names for _ in range(years)],
        "iso2": [name[0] + name[-1].upper() for name in names for _ in range(years)],
        "year": [2000 + year for _ in names for year in range(years)],
        "gdp": [value for _ in names for value in rng.normal(size=years).cumsum().tolist()],
    }


def test_codes_of_sequences_are_their_names_and_no_texts_to_translate():
    found = detect(from_python(countries()))
    assert (found.task, found.inputs, found.sequences) == ("forecasting", ("gdp",), "country")
    assert {found.columns[name] for name in ("iso2", "iso3") if name in found.columns} <= {"sequence-name"}


def test_whoever_acts_is_no_step_though_they_are_numbered():
    rng = np.random.default_rng(1)
    columns = {
        "subject": [*range(1, 21)] * 3,
        "attention": (["divided"] * 10 + ["focused"] * 10) * 3,
        "solutions": [1] * 20 + [2] * 20 + [3] * 20,
        "score": rng.integers(0, 9, 60).tolist(),
    }
    assert detect(from_python(columns)).order is None


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        (np.random.default_rng(2).permutation(400), "id"),
        (np.sort(np.random.default_rng(3).choice(500, 400, replace=False)), "id"),
        (np.random.default_rng(4).choice(100_000, 400, replace=False), "number"),
        (np.arange(400) * 10, "number"),
    ],
)
def test_numbers_without_a_name_of_rows_that_were_drawn_or_shuffled_are_names(numbers, kind):
    label = ["ab"[row * row % 7 % 2] for row in range(400)]
    values = np.random.default_rng(5).normal(size=400).tolist()
    table = from_python({"column_1": numbers.tolist(), "size": values, "label": label})
    assert table.profiles["column_1"].kind.name == kind


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("InvoiceNo", ["{}", "C{}"], "id"),
        ("bill_nr", ["{}", "B{}"], "id"),
        ("no", ["hus{}", "båt{}"], "text"),
        ("nr", ["{} 1 4", "{} 2"], "text"),
        ("ticket", ["PC {} of them", "a {} more"], "text"),
    ],
)
def test_codes_are_single_words_under_a_name_that_is_no_language(name, cells, kind):
    values = [cells[row % len(cells)].format(536_000 + row) for row in range(60)]
    assert from_python({name: values, "x": [float(row) for row in range(60)]}).profiles[name].kind.name == kind


def drawn(low: int, high: int, count: int, seed: int = 7) -> list[int]:
    return np.random.default_rng(seed).choice(np.arange(low, high), count, replace=False).tolist()


def test_measurements_that_never_come_twice_are_no_numbers_of_rows():
    values = np.random.default_rng(8).normal(size=300).tolist()
    table = from_python({"column_1": values, "column_2": drawn(0, 900, 300), "column_3": drawn(100, 900, 300)})
    assert [table.profiles[name].kind.name for name in table.names] == ["number"] * 3
    assert from_python({"x": values, "obs": drawn(0, 900, 300)}).profiles["obs"].kind.name == "number"


def test_codes_that_come_again_are_learned_and_learned_from(tmp_path):
    rng = np.random.default_rng(9)
    texts = [f"word{rng.integers(99)} and word{rng.integers(99)} of {row}" for row in range(400)]
    found = detect(from_python({"text": texts, "icd_code": [f"K{rng.integers(20)}.1" for _ in range(400)]}))
    assert (found.task, found.output) == ("classification", "icd_code")
    rows = [
        f"{'ns'[row % 2]},{row * 7919 % 997 + 0.5 if row != 40 else 'err'},{'xy'[row // 2 % 2]}" for row in range(200)
    ]
    (tmp_path / "tickets.csv").write_text("\n".join(["region,ticket_no,label", *rows]) + "\n")
    with pytest.raises(DataFileError, match=r"tickets\.csv:42: holds 'err' where column 'ticket_no' has numbers"):
        detect(read(tmp_path / "tickets.csv"))


def test_names_of_zones_are_no_places_on_the_globe(tmp_path):
    rows = [f"{zone},{row * 7919 % 97}.5" for row, zone in enumerate(["N1", "N2", "S1", "S2"] * 15)]
    (tmp_path / "zones.csv").write_text("\n".join(["zone,x", *rows]) + "\n")
    assert set(read(tmp_path / "zones.csv").columns["zone"]) == {"N1", "N2", "S1", "S2"}
    rows = [f"{row % 50}.25{'NS'[row % 2]},{row}.5" for row in range(60)]
    (tmp_path / "places.csv").write_text("\n".join(["latitude,x", *rows]) + "\n")
    assert read(tmp_path / "places.csv").columns["latitude"][:2] == [0.25, -1.25]


def test_files_of_numbers_that_are_named_for_classes_keep_their_labels(tmp_path):
    rng = np.random.default_rng(10)
    for names, expected in ((("walking", "running"), {"text", "label"}), (("p1", "p2"), None)):
        folder = tmp_path / names[0]
        folder.mkdir()
        for name in names:
            lines = [" ".join(f"{number:.3f}" for number in rng.normal(size=6)) for _ in range(60)]
            (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
        found = read(folder)
        assert set(found.names) == expected if expected else found.layout == "sequences"


def test_what_people_said_is_no_tag(tmp_path):
    (tmp_path / "talks.jsonl").write_text('[["Ann", "hello there how are you"], ["Bob", "fine thanks"]]\n' * 20)
    with pytest.raises(DataFileError):
        read(tmp_path / "talks.jsonl")


def test_a_few_rising_times_beside_other_values_make_no_series():
    columns = {"time": [1 + 3 * row for row in range(15)], "temp": [20.5 + row * row % 7 for row in range(15)]}
    assert from_python(columns).profiles["time"].kind.name == "number"


def test_cells_without_contents_far_from_a_table_take_no_room(tmp_path):
    xlsx(tmp_path / "plain.xlsx", {"S": [["text", "label"], *([f"text {row}", "ab"[row % 2]] for row in range(30))]})
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as old, zipfile.ZipFile(tmp_path / "far.xlsx", "w") as new:
        for name in old.namelist():
            far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
            new.writestr(name, old.read(name).replace(b"</sheetData>", far) if "sheet1" in name else old.read(name))
    assert len(read(tmp_path / "far.xlsx")) == 30


PRODUCTS = [
    "Credit reporting, credit repair services, or other personal consumer reports",
    "Debt collection for other people, or by them",
    "balance_not_updated_after_cheque_or_cash_deposit",
]
WORDS = [
    "bank",
    "money",
    "they",
    "did",
    "not",
    "call",
    "me",
    "about",
    "the",
    "loan",
    "that",
    "paid",
    "last",
    "year",
    "fee",
]


def complaints(rows: int = 120) -> dict[str, list[str]]:
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(WORDS, rng.integers(8, 30))) for _ in range(rows)]
    return {"Narrative": texts, "Product": [PRODUCTS[int(i)] for i in rng.integers(0, 3, rows)]}


@pytest.mark.parametrize("names", [("Narrative", "Product"), ("Product", "Narrative")])
def test_classes_that_are_whole_sentences(names):
    columns = complaints()
    found = detect(from_python({name: columns[name] for name in names}))
    assert (found.task, found.inputs, found.output) == ("classification", ("Narrative",), "Product")


@pytest.mark.parametrize(
    "name, words, other",
    [("prompt", 9, "response"), ("context", 40, "question"), ("Passage Text", 9, "query"), ("notes", 40, "details")],
)
def test_texts_of_which_much_is_asked_are_no_classes(name, words, other):
    rng = np.random.default_rng(3)
    asked = [" ".join(rng.choice(WORDS, words)) for _ in range(6)]
    columns = {
        name: [asked[i % 6] for i in range(240)],
        other: [" ".join(rng.choice(WORDS, rng.integers(5, 40))) for _ in range(240)],
    }
    assert from_python(columns).profiles[name].kind.name == "text"


def test_premises_stay_texts_beside_what_they_are_compared_with():
    rng = np.random.default_rng(3)
    columns = {
        "premise": [f"{PRODUCTS[i % 3]} {WORDS[i % 5]}" for i in range(600)],
        "hypothesis": [" ".join(rng.choice(WORDS, rng.integers(4, 12))) for _ in range(600)],
        "label": [("so", "not so")[int(i)] for i in rng.integers(0, 2, 600)],
    }
    table = from_python(columns)
    assert [table.profiles[name].kind.name for name in columns] == ["text", "text", "label"]
    assert detect(table).inputs == ("premise", "hypothesis")


def test_sentences_that_many_speak_stay_texts():
    columns = {"audio": [f"clip_{i}.wav" for i in range(120)], "said": complaints()["Product"]}
    columns["take"] = [f"take {i} of all" for i in range(120)]
    assert from_python(columns).profiles["said"].kind.name == "text"


def test_a_number_beside_a_sentence_is_learned_from_it_and_not_the_sentence_from_a_number():
    columns = {"event": complaints()["Product"], "seconds": np.random.default_rng(3).normal(size=120).tolist()}
    found = detect(from_python(columns))
    assert (found.task, found.inputs, found.output) == ("regression", ("event",), "seconds")


def test_lines_of_a_log_stay_texts(tmp_path):
    (tmp_path / "a.log.txt").write_text("\n".join(complaints()["Product"]), encoding="utf-8")
    assert detect(read(tmp_path / "a.log.txt")).task == "language-model"


def test_an_output_most_of_which_is_missing_is_asked_for():
    rng = np.random.default_rng(0)
    columns: dict[str, list[object]] = {f"size_{i}": rng.normal(size=90).tolist() for i in range(4)}
    columns["remark"] = [["late", "early"][i % 2] if i < 30 else None for i in range(90)]
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python(columns))
    columns["remark"] = [["late", "early"][i % 2] for i in range(90)]
    assert detect(from_python(columns)).output == "remark"
    columns["label"] = columns.pop("remark")[:30] + [None] * 60  # named as labels are, some of which are still to come
    assert detect(from_python(columns)).output == "label"


def names_and_codes(rows: int = 80) -> dict[str, list[str]]:
    rng = np.random.default_rng(4)
    return {
        "place": ["".join(rng.choice([*"abcdefgh"], rng.integers(3, 12))) for _ in range(rows)],
        "lean": [f"R+{rng.integers(1, 10 ** rng.integers(1, 6))}" for _ in range(rows)],
    }


def test_texts_that_have_nothing_to_do_with_each_other_are_no_translation():
    with pytest.raises(TaskError, match=r"can't tell what to learn(.|\n)*--task translation --input place"):
        detect(from_python(names_and_codes()))
    words = names_and_codes()["place"]
    found = detect(from_python({"place": words, "spelled": [" ".join(word.upper()) for word in words]}))
    assert (found.task, found.inputs, found.output) == ("translation", ("place",), "spelled")


def test_a_name_at_each_step_is_no_tag():
    rng = np.random.default_rng(5)
    players = [f"Ann {name}" for name in names_and_codes(150)["place"]]
    columns: dict[str, list[object]] = {
        "player_name": [f"{name} jr" if i == 5 else name for name in players for i in range(8)],
        "player_id": [f"p{i}" for i in range(150) for _ in range(8)],
        "season": [1990 + i for _ in players for i in range(8)],
    }
    columns |= {f"played_{i}": rng.normal(size=(150, 8)).cumsum(axis=1).reshape(-1).tolist() for i in range(3)}
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python(columns))


def test_a_comma_that_ends_the_header_alone(tmp_path):
    rows = [f"{i},{'MB'[i % 2]},{i / 7}" for i in range(40)]
    (tmp_path / "x.csv").write_text("\n".join(['"id","diagnosis","radius",', *rows]), encoding="utf-8")
    table = read(tmp_path / "x.csv")
    assert table.names == ["id", "diagnosis", "radius"] and len(table) == 40
    assert any("ends the header" in note for note in table.notes)
    (tmp_path / "y.csv").write_text("\n".join(["7,3,", *["1,2"] * 9]), encoding="utf-8")
    with pytest.raises(DataFileError, match=r"y\.csv:1: has 3 cells"):
        read(tmp_path / "y.csv")


def test_fifty_classes_of_series_are_no_amount(tmp_path):
    rng = np.random.default_rng(6)
    series = rng.normal(size=(400, 30)).cumsum(axis=1)
    lines = [",".join([str(row % 50 + 1), *(f"{value:.4f}" for value in own)]) for row, own in enumerate(series)]
    (tmp_path / "words.csv").write_text("\n".join(lines), encoding="utf-8")
    found = detect(read(tmp_path / "words.csv"))
    assert (found.task, found.output) == ("classification", "column_1")


def test_beats_a_minute_beside_a_series_are_an_amount(tmp_path):
    rng = np.random.default_rng(6)
    series = rng.normal(size=(400, 30)).cumsum(axis=1)
    lines = [",".join([str(row % 50 + 60), *(f"{value:.4f}" for value in own)]) for row, own in enumerate(series)]
    (tmp_path / "heart.csv").write_text("\n".join(lines), encoding="utf-8")
    found = detect(read(tmp_path / "heart.csv"))
    assert (found.task, found.output) == ("regression", "column_1")


def test_labels_of_names_alone_and_flags_beside_other_values():
    rng = np.random.default_rng(7)
    flags: dict[str, list[object]] = {f"asked_{i}": rng.integers(0, 2, 60).tolist() for i in range(9)}
    names: dict[str, list[object]] = {"film": [f"The {i}th" for i in range(60)]}
    assert detect(from_python(names | flags)).task == "multilabel"
    others: dict[str, list[object]] = {f"share_{i}": rng.normal(size=60).tolist() for i in range(4)}
    with pytest.raises(TaskError, match=r"9 columns of 0 and 1 .* --task multilabel, or --output COL"):
        detect(from_python(names | flags | others))
    assert detect(from_python(names | flags | others), task="multilabel").output == "labels"


def test_the_places_of_a_field_are_no_steps():
    rng = np.random.default_rng(8)
    columns = {
        "row": [row for row in range(1, 9) for _ in range(8)],
        "col": [*range(1, 9)] * 8,
        "treatment": [("abcdefgh" * 2)[row + col] for row in range(8) for col in range(8)],
        "yield": rng.normal(size=64).round(2).tolist(),
    }
    assert detect(from_python(columns)).sequences is None


def test_numbers_of_columns_by_themselves_may_be_steps():
    walks = np.random.default_rng(8).normal(size=(20, 15, 2)).cumsum(axis=1).reshape(-1, 2)
    columns: dict[str, list[object]] = {"who": [f"s{who}" for who in range(20) for _ in range(15)]}
    columns |= {"column": [*range(15)] * 20, "left": walks[:, 0].tolist(), "right": walks[:, 1].tolist()}
    assert detect(from_python(columns)).sequences == "who"


def test_names_of_rows_with_a_point_are_not_learned_from():
    rng = np.random.default_rng(9)
    columns = {
        "rownames": [float(f"{who}.{step}") for who in range(1, 41) for step in range(1, 5)],
        "weight": rng.normal(size=160).tolist(),
        "height": rng.normal(size=160).tolist(),
        "sort": [("x", "y")[int(i)] for i in rng.integers(0, 2, 160)],
    }
    assert "rownames" not in detect(from_python(columns)).inputs


def test_a_month_and_a_year_are_no_labels():
    rng = np.random.default_rng(10)
    months = ["May", "June", "October"]
    cells = [f"{1940 + i % 4}, {months[i % 3]}" if i % 7 else str(1940 + i % 4) for i in range(200)]
    columns = {"name": [f"hero {i}" for i in range(200)], "first": cells, "seen": rng.normal(size=200).tolist()}
    assert detect(from_python(columns), input="name", output="first").task != "multilabel"


def tweets(rows: int = 60) -> list[tuple[int, str, str]]:
    rng = np.random.default_rng(11)
    ids = rng.choice(np.arange(260097528899452929, 681563394940473347, 10**12), rows, replace=False)
    return [
        (int(number), ("neutral", "negative")[i % 2], " ".join(rng.choice(WORDS, 9))) for i, number in enumerate(ids)
    ]


def test_numbers_of_tweets_are_names(tmp_path):
    (tmp_path / "a.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in tweets()), encoding="utf-8")
    found = detect(read(tmp_path / "a.tsv"))
    assert (found.task, found.inputs, found.output) == ("classification", ("column_3",), "column_2")
    (tmp_path / "b.txt").write_text("".join(f"{row[0]}\t{row[1]}\n" for row in tweets()), encoding="utf-8")
    with pytest.raises(TaskError, match="can't tell what to learn"):  # the texts must be fetched first
        detect(read(tmp_path / "b.txt"))


def test_masses_of_planets_and_what_countries_earn_are_amounts():
    rng = np.random.default_rng(12)
    columns = {
        "mass": [float(f"{mass:.3g}") for mass in 10 ** rng.uniform(22, 28, 90)],
        "rupiahs": [int(some) * 10**13 for some in rng.integers(100, 3_000, 90)],
        "radius": rng.normal(size=90).tolist(),
        "temperature": rng.normal(size=90).tolist(),
    }
    assert detect(from_python(columns)).inputs == ("mass", "rupiahs", "radius")


def test_a_column_that_is_hardly_ever_filled_is_left_out():
    texts = [row[2] for row in tweets(2_500)]
    columns = {
        "text": texts,
        "remark": [f"{text} again" if i in (3, 900) else None for i, text in enumerate(texts)],
        "price": np.random.default_rng(1).normal(size=len(texts)).tolist(),
        "label": ["ab"[i % 2] for i in range(len(texts))],
    }
    found = detect(from_python(columns))
    assert found.inputs == ("text", "price")
    assert any("filled in 2 of 2,500 rows" in said for said in found.evidence), found.evidence
    assert "remark" in detect(from_python(columns), input=["text", "remark"], output="label").inputs


def test_remarks_that_a_spreadsheet_filled_up_with_commas_name_no_columns(tmp_path):
    remarks = ["# animals,,,", "#  1. hair,,,", '#  4. type (0",6),,']
    rows = [f"{i % 2},{i % 3},{i / 7},{'ab'[i % 2]}" for i in range(40)]
    (tmp_path / "zoo.csv").write_text("\n".join([*remarks, *rows]), encoding="utf-8")
    assert read(tmp_path / "zoo.csv").names == [f"column_{i}" for i in range(1, 5)]


def test_how_long_something_took_is_no_order_of_rows():
    rng = np.random.default_rng(12)
    far = rng.uniform(2, 28, 40).round(1).tolist()
    columns = {"dist": far, "climb": [300 * km + 20 for km in far], "time": [km / 9 + rng.normal() / 99 for km in far]}
    found = detect(from_python(columns))
    assert (found.task, found.order, found.output) == ("regression", None, "time")
    shuffled = rng.permutation(40)
    steps = {
        "time": (shuffled * 0.5).tolist(),
        "level": np.sin(shuffled / 5).tolist(),
        "flow": np.cos(shuffled / 5).tolist(),
    }
    assert detect(from_python(steps)).order == "time"  # at even distances, once they are sorted


def test_places_of_a_field_are_no_steps_of_a_recording():
    """Winds over a map: numbers go on from row to row, but each pair of a longitude and a latitude comes once."""
    places = [(x / 4, y / 4) for y in range(60) for x in range(80)]
    columns = {
        "longitude": [x for x, _ in places],
        "latitude": [y for _, y in places],
        "speed": [math.sin(x) + math.cos(y) for x, y in places],
    }
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python(columns))
    part = {name: cells[:-7] for name, cells in columns.items()}
    assert detect(from_python(part)).task == "forecasting"


@pytest.mark.parametrize("numbers", [2, 1])
def test_numbers_below_lines_of_text_are_no_running_text(tmp_path, numbers: int):
    """As the National Institute of Standards writes its reference data sets."""
    above = ["NIST/ITL StRD", "Dataset Name:   SmLs01  (SmLs01.dat)", "", "Data:  Treatment   Response"]
    rows = ["   ".join(f"{i * j % 7 / 10:.1f}" for j in range(1, numbers + 1)) for i in range(90)]
    path = tmp_path / "a.dat"
    path.write_text("\n".join([*above, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=rf"a\.dat:5: has {numbers} number.*tail -n \+5 "):
        read(path)
    (tmp_path / "b.txt").write_text("\n".join([*above * 20, *rows[:30]]) + "\n", encoding="utf-8")
    assert read(tmp_path / "b.txt").names == ["text"]  # a page that ends with some numbers


def test_years_above_columns_that_are_empty_at_first_name_them(tmp_path):
    """The World Bank's indicators: of the first countries no year has a number."""
    head = ["Country Name", "Country Code", *map(str, range(1960, 1975))]
    empty = [[f"Land {i}", f"L{i:02d}", *["NA"] * 15] for i in range(60)]
    filled = [[f"State {i}", f"S{i:02d}", *(f"{i + year / 9:.2f}" for year in range(15))] for i in range(40)]
    (tmp_path / "wdi.csv").write_text("\n".join(map(",".join, [head, *empty, *filled])) + "\n", encoding="utf-8")
    table = read(tmp_path / "wdi.csv")
    assert table.names[:4] == head[:4] and len(table) == 100


@pytest.mark.parametrize("name", ["flow_cd", "Quality", "flag"])
def test_how_good_measured_values_are_is_not_what_is_learned(name: str):
    days = [f"2023-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(112)]
    flows = [9000 + 37 * i % 900 for i in range(112)]
    found = detect(from_python({"datetime": days, "flow": flows, name: ["A" if i < 90 else "P" for i in range(112)]}))
    assert (found.task, found.inputs) == ("forecasting", ("flow",))


def test_answers_at_uneven_times_are_no_series():
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.integers(1, 300, 80)).tolist()
    columns = {
        "Timestamp": [f"2024-05-{1 + t // 1440:02d} {t % 1440 // 60:02d}:{t % 60:02d}:07" for t in times],
        "How clear was it (1-5)?": rng.integers(1, 6, 80).tolist(),
        "Would you come again?": [("Yes", "No", "Maybe")[i] for i in rng.integers(0, 3, 80)],
    }
    found = detect(from_python(columns), output="Would you come again?")
    assert (found.task, found.order) == ("classification", None)


def falling_years(flag: str) -> str:
    """As Eurostat writes them, the latest first, one of them with flags behind nearly all numbers."""
    years = list(range(2023, 2009, -1))
    rows = ["freq,unit,geo\\TIME_PERIOD\t" + "\t".join(f"{year} " for year in years)]
    for row in range(12):
        flagged = {2020 if row else 0, 2023 if row == 3 else 0}
        cells = [f"{row * 7 + year % 100}.5 {flag if year in flagged else ''}" for year in years]
        cells[5] = ": " if row == 4 else cells[5]
        rows.append(f"A,PC,{chr(65 + row)}T\t" + "\t".join(cells))
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("flag", ["p", "b"])
def test_years_as_columns_the_latest_first_with_flags(tmp_path, flag):
    """Of one year nearly all are flagged, of another one number is."""
    (tmp_path / "t.tsv").write_text(falling_years(flag))
    table = read(tmp_path / "t.tsv")
    found = detect(table)
    assert found.task == "forecasting" and found.inputs == ("2010 to 2023",)
    values = prepared(table, found).columns["2010 to 2023"]
    assert values[0] == [year % 100 + 0.5 for year in range(2010, 2024)]
    assert values[4][8] is None and len(values[4]) == 14


@pytest.mark.parametrize("names", ["2019-{:02d}", "{}/1/19", "M{:02d} 2019"])
def test_months_as_columns_the_latest_first(tmp_path, names):
    rows = [[f"{100 * row + month * month}.5" for month in range(12, 0, -1)] for row in range(9)]
    lines = ["shop," + ",".join(names.format(month) for month in range(12, 0, -1))]
    lines += [f"s{row}," + ",".join(cells) for row, cells in enumerate(rows)]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    table = read(tmp_path / "t.csv")
    found = detect(table)
    assert found.task == "forecasting"
    assert prepared(table, found).columns[found.inputs[0]][1] == [100 + month * month + 0.5 for month in range(1, 13)]


def test_a_text_in_a_column_between_others_of_a_series(tmp_path):
    """The series ended there."""
    years = [*range(2000, 2014)]
    rows = [[f"{row * 7 + year % 100}.5" if year != 2005 or row % 3 else "few" for year in years] for row in range(9)]
    lines = ["shop," + ",".join(map(str, years)), *(f"s{row}," + ",".join(cells) for row, cells in enumerate(rows))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataFileError, match=r"t.csv:2: column '2005' holds 'few', where .* hold numbers"):
        detect(read(tmp_path / "t.csv"))
    assert detect(read(tmp_path / "t.csv"), alone=True, output="2010").task == "regression"


def test_arrays_of_one_name_in_several_files(tmp_path):
    """The last file alone was read."""
    for name, count in (("a", 20), ("b", 30)):
        np.savez(tmp_path / f"{name}.npz", x=np.arange(count * 5.0).reshape(count, 5), y=np.arange(count) % 3)
    with pytest.raises(DataFileError, match=r"b.npz: holds an array 'x', and so does a file before it") as caught:
        read(tmp_path)
    command = re.search(r"python( -c .*\*.npz'?)\. If", str(caught.value))
    assert command
    subprocess.run(sys.executable + command[1], shell=True, check=True, cwd=tmp_path)
    assert len(read(tmp_path / "all.npz")) == 50


def test_arrays_of_one_name_in_files_of_parts(tmp_path):
    for name, count in (("train", 20), ("val", 5), ("test", 7)):
        np.savez(tmp_path / f"{name}.npz", x=np.arange(count * 5.0).reshape(count, 5), y=np.arange(count) % 3)
    table = read(tmp_path)
    assert [table.columns["split"].count(part) for part in ("train", "valid", "test")] == [20, 5, 7]
    first = table.columns["split"].index("valid")
    assert table.columns["x"][first : first + 2] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_the_last_column_of_what_was_done_on_days_is_no_answer_by_its_place():
    """Orders, matches, payments: an export of a program ends with whatever its last column is."""
    rows = 60
    columns = {
        "order": [f"#{1000 + 7 * row % 83}" for row in range(rows)],
        "paid at": [f"2024-{1 + row % 11:02d}-{1 + 7 * row % 27:02d}" for row in range(rows)],
        "total": [10.5 + 13 * row % 41 for row in range(rows)],
        "item": [["cap", "mug", "tee"][row % 3] for row in range(rows)],
        "city": [["Ulm", "Bonn", "Kiel"][5 * row % 7 % 3] for row in range(rows)],
    }
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python(columns))
    without = {name: cells for name, cells in columns.items() if name != "paid at"}
    assert detect(from_python(without)).output == "city"


def test_signs_between_numbers_are_no_classes():
    rows = 80
    columns = {
        "Smiles": ["".join("CNO=()c1"[(row * 7 + 3 * i) % 8] for i in range(9 + row % 23)) for row in range(rows)],
        "Standard Relation": ["'='" if row % 3 else "'>'" for row in range(rows)],
        "Standard Value": [1.5 * (1 + 17 * row % 79) for row in range(rows)],
    }
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python(columns))
    renamed = {"Smiles": columns["Smiles"], "mass": columns["Standard Value"], "kind": columns["Standard Relation"]}
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(from_python(renamed))
    assert detect(from_python({**renamed, "kind": ["ab"[row % 2] for row in range(rows)]})).output == "kind"


@pytest.mark.parametrize("years", ["2000,2002,2005,2010", "2009,2008", "2011,2009,2004"])
def test_years_at_uneven_distances_name_columns(tmp_path, years):
    """Gapminder's; a row of years between others is one of the table."""
    count = len(years.split(","))
    rows = [f"Country {row}," + ",".join(f"{row % 7}.{i}" for i in range(count)) for row in range(40)]
    (tmp_path / "t.csv").write_text("\n".join([f"% of energy,{years}", *rows]) + "\n")
    assert read(tmp_path / "t.csv").names == ["% of energy", *years.split(",")]
    people = [f"Person {row}," + ",".join(str(1800 + 3 * row + 40 * i) for i in range(count)) for row in range(40)]
    (tmp_path / "t.txt").write_text("\n".join(people) + "\n")
    assert len(read(tmp_path / "t.txt")) == 40


def test_shapes_of_a_map_are_no_rows(tmp_path):
    shapes = [{"type": "Polygon", "id": i, "arcs": [[i]]} for i in range(9)]
    answer = {
        "type": "Topology",
        "objects": {"counties": {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": [],
    }
    (tmp_path / "us.json").write_text(json.dumps(answer))
    with pytest.raises(DataFileError, match=r"us.json: holds TopoJSON, .*us.csv'"):
        read(tmp_path / "us.json")


@pytest.mark.parametrize("names", ["20{:02d}", "20{:02d}-05", "5/1/{:02d}", "May {:02d}"])
@pytest.mark.parametrize("way", [1, -1])
def test_columns_of_later_times_go_on(names, way):
    """They were left out, and the years that they told were forecast."""

    def table(last: int):
        years = range(5, last)[::way]
        rows = {names.format(year): [row * 7.5 + year * year for row in range(9)] for year in years}
        return from_python({"shop": list("abcdefghi"), **rows})

    found = detect(table(18))
    cells = prepared(table(21), found).columns[found.inputs[0]]
    assert cells[2] == [15 + year * year for year in range(5, 21)]
