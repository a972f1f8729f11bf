"""What programs write around the rows of a table is left out and said; texts that look a little like it stay texts."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elman.data.detect import detect
from elman.data.format import ReadingOptions
from elman.data.readers import as_table, read, read_table
from elman.data.readers.dialects import unusual_sign
from elman.errors import DataFileError
from sheets import Moment, xlsx

TIMES = [datetime(2021, 5, 1) + timedelta(hours=9 * i) for i in range(40)]
TEMPERATURES = [15 + i % 7 / 4 for i in range(40)]


def lines_of(form: str) -> str:
    return "".join(
        f"{form.format(time=t, x=x, n=n)}\n" for n, (t, x) in enumerate(zip(TIMES, TEMPERATURES, strict=True))
    )


ROWS = lines_of("{time:%Y-%m-%d %H:%M:%S},{x:.2f},{n}")
QUOTED = lines_of('"{time:%Y-%m-%d %H:%M:%S}",{n},{x:.2f}')
FILES = {
    "toa5.dat": '"TOA5","CR1000","CR1000","123","OS","CPU:a.CR1","54","TenMin"\n"TIMESTAMP","RECORD","Air"\n'
    '"TS","RN","Deg C"\n"","","Avg"\n' + QUOTED,
    "short.dat": '"TOA5","CR1000","CR1000"\n"TIMESTAMP","RECORD","Air"\n"TS","RN","Deg C"\n"","","Avg"\n' + QUOTED[:90],
    "hobo.csv": '"Plot Title: 1024"\n"#","Date Time, GMT-05:00","Air"\n'
    + lines_of("{n},{time:%m/%d/%y %I:%M:%S %p},{x:.2f}"),
    "usgs.rdb": "# about\n#\nsite_no\tdatetime\tAir\n15s\t20d\t14n\n"
    + lines_of("{n:08d}\t{time:%Y-%m-%d %H:%M}\t{x:.2f}"),
    "buoy.txt": "#YY MM DD hh mm Air\n#yr mo dy hr mn degC\n" + lines_of("{time:%Y %m %d %H %M} {x:6.2f}"),
    "units.csv": "time,Air,n\n[s],[degC],[-]\n" + ROWS,
    "apart.txt": "time;Air;n\n(s);(C);(1)\n\n" + ROWS.replace(",", ";"),
    "keys.csv": "Station: Berlin\nLatitude: 52.5\nHeight (m): 34\n\ntime,Air,n\n" + ROWS,
    "pairs.csv": "Device,Logger 3\nSerial,12345\nInterval,15 min\n\ntime,Air,n\n" + ROWS,
    "service.csv": "latitude,longitude,elevation,offset,zone\n52.52,13.4,38.0,0,GMT\n\ntime,Air,n\n" + ROWS,
    "scope.csv": "Model,TDS2024\nFirmware Version,1.0\n,\nTIME,Air\n" + lines_of("{n:.6e},{x:.4f}"),
    "channels.csv": "Record Length,Analog:40\nVertical Units,CH1:V,CH2:V\nVertical Scale,CH1:1,CH2:1\nModel,SDS1104\n"
    "Source,Air,CH2\nSecond,Volt,Volt\n" + lines_of("{n:.6e},{x:.4f},{n}"),
    "waves.lvm": "LabVIEW Measurement\t\nSeparator\tTab\n***End_of_Header***\t\nX\tAir\tComment\n"
    + lines_of("{n}\t{x:.6f}"),
    "shares.csv": "Price,Close,Air,Low\nTicker,AAPL,AAPL,AAPL\nDate,,,\n" + lines_of("{time:%Y-%m-%d %H},{n},{x},{n}"),
    "title.csv": "Land-Ocean: Global Means\ntime,Air,n\n" + ROWS,
    "panel.csv": '"Data Source","World Development"\n\n"Last Updated","2020-01-01"\n\n"Country","Air","1991","1992"\n'
    + lines_of('"c{n}","{x:.2f}","{n}","{x:.2f}"'),
    "ruled.txt": "time       Air    n\n---------- ------ --\n" + lines_of("{time:%Y-%m-%dT%H:%M} {x:6.2f} {n:2d}"),
    "jma.csv": "made 2022/05/01\n\n,Here,Here\ntime,Air,n\n" + ROWS,
    "below.csv": "time,Air\n" + lines_of("{time:%Y-%m-%d %H:%M},{x:.2f}") + "\n\nAir at the airport. By: the office\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_stands_around_a_table_is_left_out_and_said(tmp_path: Path, name: str):
    (tmp_path / name).write_text(FILES[name])
    table = read(tmp_path / name)
    name = next(name for name in table.names if name in ("Air", "Here Air"))
    assert table.columns[name] == TEMPERATURES[: len(table)] and len(table) in (3, 40)
    assert any("left out" in note or "comment" in note for note in table.notes)


@pytest.mark.parametrize("name", ["toa5.dat", "hobo.csv", "buoy.txt", "units.csv", "keys.csv", "apart.txt"])
def test_loggers_are_series(tmp_path: Path, name: str):
    (tmp_path / name).write_text(FILES[name])
    assert detect(read(tmp_path / name)).task == "forecasting"


def test_names_in_two_lines(tmp_path: Path):
    above = "\t\tTemp\tHi\tLow\nDate\tTime\tOut\tTemp\tTemp\n"
    (tmp_path / "davis.txt").write_text(above + lines_of("{time:%d.%m.%y}\t{time:%H:%M}\t{x:.1f}\t{x:.1f}\t{n}"))
    assert read(tmp_path / "davis.txt").names == ["Date", "Temp Out", "Hi Temp", "Low Temp"]


@pytest.mark.parametrize(
    "rows",
    [
        "name,score\nanna,\nbob,\ncarl,7\ndora,8\nemil,9\n",
        "a,b\n,1\n-,2\n3,4\n5,6\n7,8\n",
        "city,1990,1991,1992\nrome,1,4,3\noslo,4,9,6\nbern,7,2,9\n",
        "x,y\n" + "1,a\n2,b\n" * 20,
        "#tag,1\n#other,2\nfun,3\nmore,4\nit,5\n",
        "values,y\n[],a\n[1],b\n[2],a\n[3],a\n[4],b\n",
        "name,score\nanna,n.a.\nbob,5\ncarl,6\ndora,7\nemil,8\nfred,8\ngerd,7\n",
        "name,size\nanna,M\nbob,38\ncarl,36\ndora,37\nemil,38\nfred,38\ngerd,37\n",
        "x,y,z\nbad,1,2\n3,4,5\n6,7,8\n9,10,11\n12,13,14\n15,16,17\n",
        "x,y,z\nbad,bad,bad\n3,4,5\n6,7,8\n9,10,11\n12,13,14\n15,16,17\n",
    ],
)
def test_rows_of_the_table_are_never_left_out(tmp_path: Path, rows: str):
    (tmp_path / "a.csv").write_text(rows)
    header = not rows.startswith("#")
    assert len(read(tmp_path / "a.csv")) == rows.count("\n") - header


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2,3\n4,5,6\n7,8,9\n1,2,3\n", r"a\.csv:2: has 3 cells, but line 1 has 2"),
        ("1,2\n3,4\n1,2,3\n4,5,6\n7,8,9\n1,2,3\n", r"a\.csv:3: has 3 cells, but line 1 has 2"),
        ("a,b\n1,2\n3,4\n5,6\n\n7\n", r"a\.csv:6: has 1 cell"),
        ("a,b\n1,2\n3,4\n5,six\n7\n", r"a\.csv:5: has 1 cell"),
        ("+---+---+\n| a | b |\n+---+---+\n| 1 | 2 |\n", r"a\.csv:1: is a table drawn with signs.*mysql --batch"),
        ("-" * 20 + "\n|a|b|\n" + "-" * 20 + "\n|1|2|\n", r"a\.csv:1: is a table drawn with signs"),
        (" a | b \n---+---\n 1 | 2\n(1 row)\n", r"a\.csv:2: is a table drawn with signs.*psql --csv"),
    ],
)
def test_what_may_be_a_damaged_row_is_named(tmp_path: Path, content: str, message: str):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(DataFileError, match=message):
        read(tmp_path / "a.csv")


def test_questions_of_qualtrics(tmp_path: Path):
    named = '"{""ImportId"":""a""}","{""ImportId"":""b""}"\n'
    (tmp_path / "a.csv").write_text(f"Q1,Q2\nHow?,Why?\n{named}" + "good,so it is\nbad,so it was\n" * 9)
    table = read(tmp_path / "a.csv")
    assert table.names == ["Q1", "Q2"] and len(table) == 18


def test_units_and_keys_above_a_sheet(tmp_path: Path):
    rows = [[i * 0.5, 15 + i % 3 / 4] for i in range(20)]
    xlsx(tmp_path / "a.xlsx", {"S": [["Station", "Berlin"], [], ["time", "Air"], ["[s]", "°C"], *rows]})
    table = read(tmp_path / "a.xlsx")
    assert table.names == ["time", "Air"] and len(table) == 20
    assert any("left out above the table: Station, Berlin" in note for note in table.notes)


@pytest.mark.parametrize("place", [0, -1])
def test_a_class_before_or_behind_a_series_is_no_step_of_it(tmp_path: Path, place: int):
    waves = [[f"{math.sin(k % 3 + i / 6):.4f}" for i in range(20)] for k in range(30)]
    for k, wave in enumerate(waves):
        wave.insert(len(wave) if place else 0, f"{k % 3}.0")
    (tmp_path / "a.csv").write_text("".join(",".join(wave) + "\n" for wave in waves))
    found = detect(read(tmp_path / "a.csv"))
    assert (found.task, found.output) == ("classification", f"column_{21 if place else 1}")


def test_each_line_ends_with_another_sign(tmp_path: Path):
    (tmp_path / "raw.txt").write_text(lines_of("33,Jogging,{n},{x:.2f};"))
    table = read(tmp_path / "raw.txt")
    assert table.columns["column_4"] == TEMPERATURES
    assert "raw.txt: a semicolon ends each line; it is no part of the last cell" in table.notes


@pytest.mark.parametrize("sign", ["::", "||", "|||", " ||| ", " +++$+++ ", "~", "^"])
def test_unusual_signs(tmp_path: Path, sign: str):
    rows = [[str(i), f"Heat, The {i} (1995)", "Drama|Crime" if "|" not in sign else "Drama"] for i in range(20)]
    (tmp_path / "movies.dat").write_text("".join(sign.join(row) + "\n" for row in rows))
    table = read(tmp_path / "movies.dat")
    assert [list(map(str, row)) for row in zip(*table.columns.values(), strict=True)] == rows
    assert any(f"cells end at a {sign!r}" in note for note in table.notes)


def test_unusual_signs_in_files_of_several_blocks(tmp_path: Path):
    (tmp_path / "ratings.dat").write_text("".join(f"{i}::{i % 7}::{i % 5}\n" for i in range(12_000)))
    assert len(read(tmp_path / "ratings.dat")) == 12_000


def test_unusual_signs_around_quotes(tmp_path: Path):
    (tmp_path / "a.txt").write_text("".join(f'{i}::"so::so"::{i % 2}\n' for i in range(20)))
    table = read(tmp_path / "a.txt")
    assert table.columns["column_2"] == ["so::so"] * 20


def test_pairs_of_sentences(tmp_path: Path):
    (tmp_path / "a.de-en").write_text("".join(f"ein Hund , Nummer {i} ||| a dog , number {i}\n" for i in range(20)))
    table = read(tmp_path / "a.de-en")
    assert table.columns["column_2"][3] == "a dog , number 3" and detect(table).task == "translation"


@pytest.mark.parametrize(
    "lines",
    [
        ["map :: (a -> b) -> [a] -> [b]", "id :: a -> a", "const :: a -> b -> a"] * 9,
        ["std::vector<int> a", "std::map<int> b", "std::set<int> c"] * 9,
        ["the sea :: the sun", "a wind :: a tree", "we walk || at night"] * 9,
        ["about ~5 people came", "about ~7 people went"] * 9,
        ["12::13"],
    ],
)
def test_signs_that_stand_in_texts(tmp_path: Path, lines: list[str]):
    assert unusual_sign(lines) is None
    (tmp_path / "a.txt").write_text("\n".join(lines))
    assert read(tmp_path / "a.txt").layout == "text"


GERMAN = "".join(f"A1{i % 4} {6 + i} A3{i % 5} {1000 + 7 * i} A6{i % 3} {1 + i % 4} {1 + i % 2}\n" for i in range(40))
CARS = "".join(f"{'lh'[i % 2]}igh {'xyz'[i % 3]} {2 + i % 4} big{i % 3} {'ab'[i // 9 % 2]}\n" for i in range(40))


@pytest.mark.parametrize("content", [GERMAN, CARS])
def test_codes_with_blanks_between(tmp_path: Path, content: str):
    for name in ("a.data", "a.txt"):
        (tmp_path / name).write_text(content)
        table = read(tmp_path / name)
        assert len(table.names) == len(content.split("\n", 1)[0].split()) and len(table) == 40


@pytest.mark.parametrize(
    "line",
    [
        "{a} {b} moon {c} here",
        "book {n} tables for {m} people",
        "turn on light {n} in the {b} room",
        "{a} {b} dog, number {n}, barks",
        "{a} {b} file_{n}_{m}.txt was {c}",
    ],
)
def test_sentences_after_one_pattern_stay_texts(tmp_path: Path, line: str):
    words = [("the", "a"), ("cold", "warm", "old"), ("falls", "sings", "sleeps")]
    made = [
        line.format(**{k: w[i % len(w)] for k, w in zip("abc", words, strict=True)}, n=i % 7, m=i) for i in range(60)
    ]
    (tmp_path / "a.txt").write_text("\n".join(made))
    assert read(tmp_path / "a.txt").layout == "text"


def test_a_number_on_each_line(tmp_path: Path):
    (tmp_path / "y_train.txt").write_text("".join(f"{i % 6}\n" for i in range(40)))
    assert read(tmp_path / "y_train.txt").columns == {"column_1": [i % 6 for i in range(40)]}


def test_columns_at_fixed_places_are_pointed_out(tmp_path: Path):
    people = [("Anna Lee", "New York"), ("Bob", "Rome"), ("Carl M.", "Oslo")] * 9
    (tmp_path / "a.txt").write_text(
        "".join(f"{name:<12}{city:<12}{place}th\n" for place, (name, city) in enumerate(people))
    )
    assert any("read_fwf" in note for note in read(tmp_path / "a.txt").notes)
    (tmp_path / "b.txt").write_text("It was.  Then it was not.\nThe end  came near, and  went.\n" * 20)
    assert not any("read_fwf" in note for note in read(tmp_path / "b.txt").notes)


def test_few_rows_are_read_as_those_that_a_model_was_trained_on(tmp_path: Path):
    """One row doesn't show where the table begins, or that it is one."""
    movies = "".join(f"{i}::Heat {i}::{'ab'[i % 2]}\n" for i in range(20))
    above = "time,Air,n\n[s],[degC],[-]\n"
    for name, content, one in (("a.dat", movies, "7::So::b\n"), ("a.csv", above + ROWS, above + ROWS.split("\n")[0])):
        (tmp_path / name).write_text(content)
        table = read(tmp_path / name)
        (tmp_path / name).write_text(one)
        kept = ReadingOptions.asked(False, {}, table.format, tuple(table.names))
        found = read_table([tmp_path / name], kept)
        assert found.names == table.names and len(found) == 1 and found.columns[found.names[0]][0] != "[s]"


def test_names_in_apostrophes_as_wfdb_writes_them(tmp_path):
    """PhysioNet's ``rdsamp -c``: names, units and times in single quotes; minutes and seconds with a fraction."""
    rows = [f"'{i // 60}:{i % 60:02d}.250',{math.sin(i / 9):.3f},{math.cos(i / 9):.3f}" for i in range(150)]
    (tmp_path / "100.csv").write_text("\n".join(["'Elapsed time','MLII','V5'", "'mm:ss.mmm','mV','mV'", *rows]) + "\n")
    table = read(tmp_path / "100.csv")
    assert table.columns["Elapsed time"] == [i + 0.25 for i in range(150)]
    found = detect(table)
    assert found.task == "forecasting" and found.inputs == ("MLII", "V5") and found.order == "Elapsed time"


def test_apostrophes_that_are_parts_of_some_names(tmp_path):
    (tmp_path / "x.csv").write_text("'tis,price\n" + "".join(f"'{i}',{i}.5\n" for i in range(30)))
    assert read(tmp_path / "x.csv").columns["'tis"][:2] == ["'0'", "'1'"]


def test_numbers_of_samples_are_no_measurements(tmp_path):
    rows = [f"{i},{math.sin(i / 9):.3f},{math.cos(i / 9):.3f}" for i in range(150)]
    (tmp_path / "x.csv").write_text("\n".join(["'sample #','MLII','V5'", *rows]) + "\n")
    found = detect(read(tmp_path / "x.csv"))
    assert found.inputs == ("MLII", "V5") and found.order == "sample #"


def test_three_lines_of_names_of_the_japanese_weather_service(tmp_path):
    """Where, what, and how good it is, of which the second alone has names for all columns."""
    above = ["ダウンロードした時刻：2024/05/01 10:00:00", "", ",東京,東京,東京,東京,東京,東京"]
    above += [
        "年月日,平均気温(℃),平均気温(℃),平均気温(℃),降水量(mm),降水量(mm),降水量(mm)",
        ",,品質情報,均質番号,,品質情報,均質番号",
    ]
    rows = [f"2024/{1 + i // 28}/{1 + i % 28},{5 + i % 7}.5,8,1,{i % 5}.0,{8 - i % 2},1" for i in range(84)]
    (tmp_path / "data.csv").write_bytes("\r\n".join([*above, *rows, ""]).encode("cp932"))
    table = read(tmp_path / "data.csv")
    assert [*table.columns][:3] == ["年月日", "東京 平均気温(℃)", "東京 平均気温(℃) 品質情報"]
    assert table.columns["東京 降水量(mm)"][:3] == [0.0, 1.0, 2.0] and table.columns["年月日"][0] == "2024-01-01"


def test_a_row_of_totals_below_times(tmp_path):
    rows = [f"1/{1 + i}/24,{100 + i % 7}" for i in range(30)]
    (tmp_path / "x.csv").write_text("\n".join(["Day Index,Users", *rows, ",3090"]) + "\n")
    with pytest.raises(DataFileError, match=r"x.csv:32: the time is missing.*; a row of totals is to be removed"):
        detect(read(tmp_path / "x.csv"))


def test_single_quotes_around_all_cells_below_no_names(tmp_path: Path):
    (path := tmp_path / "a.csv").write_text("".join(f"'{i * 7 % 31}','it''s {i}','{'ab'[i % 2]}'\n" for i in range(30)))
    table = read(path)
    assert [table.columns[name][1] for name in table.names] == [7, "it's 1", "b"]


def test_what_several_columns_share_is_before_the_name_of_each(tmp_path: Path):
    """Markers of a motion capture, with units below; what stands in one column alone isn't shared."""
    above = "Trajectories\n100\n,,Ann:LASI,,,Ann:RASI,,\nFrame,Sub Frame,X,Y,Z,X,Y,Z\n,,mm,mm,mm,mm,mm,mm\n"
    (tmp_path / "a.csv").write_text(above + lines_of("{n},0,{x},{x},{x},{x},{x},{n}"))
    sides = [f"Ann:{side} {axis}" for side in ("LASI", "RASI") for axis in "XYZ"]
    assert read(tmp_path / "a.csv").names == ["Frame", "Sub Frame", *sides]
    (tmp_path / "b.csv").write_text(",Hi,,Low,\nday,Temp,Rain,Temp,Wind\n" + lines_of("{time},{x},{x},{x},{n}"))
    assert read(tmp_path / "b.csv").names == ["day", "Hi Temp", "Rain", "Low Temp", "Wind"]


@pytest.mark.parametrize("levels", [("Price", "Ticker"), (None, None)])
def test_names_of_several_levels_are_those_of_python(tmp_path: Path, levels: tuple[str | None, ...]):
    """As pandas writes the shares of two companies to CSV, and to Excel with merged cells."""
    names = pd.MultiIndex.from_product([["Close", "Open"], ["AAPL", "MSFT"]], names=levels)
    numbers = np.arange(160.0).reshape(40, 4) / 7
    frame = pd.DataFrame(numbers, pd.Index(TIMES, name="Date"), names)
    frame.to_csv(tmp_path / "a.csv")
    above = [[levels[0], "Close", None, "Open", None], [levels[1], *["AAPL", "MSFT"] * 2], ["Date", *[None] * 4]]
    below = [[Moment(time.isoformat()), *row] for time, row in zip(TIMES, numbers.tolist(), strict=True)]
    xlsx(tmp_path / "a.xlsx", {"S": above + below}, merged=["B1:C1", "D1:E1"])
    wanted = as_table(frame)
    for name in ("a.csv", "a.xlsx"):
        found = read(tmp_path / name)
        assert found.names == wanted.names == ["Date", "Close.AAPL", "Close.MSFT", "Open.AAPL", "Open.MSFT"]
        assert np.allclose([found.columns[own] for own in found.names[1:]], numbers.T)


def test_a_title_among_rows_of_numbers_is_no_name(tmp_path: Path):
    """What pandas writes below its names looks like a line between the parts of a table."""
    (tmp_path / "a.csv").write_text("Place,2019,2020\nBonn,1,2\nAbroad,,\n" + lines_of("p{n},{n},{x}"))
    assert read(tmp_path / "a.csv").names == ["Place", "2019", "2020"]


def test_questions_of_surveymonkey_with_their_answers(tmp_path: Path):
    above = "Respondent ID,Collector ID,How was it?,Which apply?,,\n,,Open-Ended Response,Fast,Cheap,Good\n"
    (tmp_path / "a.csv").write_text(above + "".join(f"{11 + i},7,it was {i},Fast,,Good\n" for i in range(9)))
    found = read(tmp_path / "a.csv")
    asked = ["Which apply? Fast", "Which apply? Cheap", "Which apply? Good"]
    assert found.names == ["Respondent ID", "Collector ID", "How was it?", *asked] and len(found) == 9
