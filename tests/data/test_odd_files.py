"""Files in which more, or less, stands than a table's cells: what instruments, services and archives make of them."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from elman.data.audit import audit
from elman.data.detect import detect, prepared
from elman.data.readers import read
from elman.data.splits import split_for
from elman.errors import DataFileError, TaskError

WAVE = [round(math.sin(i / 9), 4) for i in range(300)]
SETTINGS = ["Record Length,2500,", "Sample Interval,4e-06,", ",,", "Source,CH1,"]
TRACES = {
    "tektronix.csv": "".join(f"{([*SETTINGS] + [',,'] * 300)[i]}{i * 4e-6:.9f},{x}\n" for i, x in enumerate(WAVE)),
    "rigol.csv": "X,CH1,Start,Increment,\nSequence,Volt,-6.0e-03,1.0e-05\n"
    + "".join(f"{i},{x},,\n" for i, x in enumerate(WAVE)),
}


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", TRACES)
def test_settings_of_an_oscilloscope_beside_its_trace(tmp_path: Path, name: str):
    table = read(written(tmp_path / name, TRACES[name]))
    assert table.columns["CH1"] == WAVE
    assert detect(table).task == "forecasting"


def test_fields_of_noaa(tmp_path: Path):
    rows = "".join(
        f'"725","2021-01-{1 + i // 24:02d}T{i % 24:02d}:00:00","FM-15","{i - 9:+05d},1"\n' for i in range(96)
    )
    path = written(
        tmp_path / "a.csv", '"STATION","DATE","REPORT_TYPE","TMP"\n' + rows.replace('"+0000,1"', '"+9999,9"')
    )
    table = read(path)
    assert table.columns["TMP"] == [i - 9 if i != 9 else None for i in range(96)]
    assert detect(table).task == "forecasting"


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("signals", [False, True])
def test_features_classes_and_persons_line_for_line(tmp_path: Path, zipped: bool, signals: bool):
    for part in ("train", "test"):
        folder = tmp_path / "HAR" / part
        written(folder / f"X_{part}.txt", "".join(f" {i % 7}.0e-1 -{i % 5}.0e-1\n" for i in range(40)))
        written(folder / f"y_{part}.txt", "1\n2\n" * 20)
        written(folder / f"subject_{part}.txt", "7\n" * 40)
        if signals:
            written(folder / "Inertial Signals" / f"acc_x_{part}.txt", "0.5 0.6 0.7\n0.4 0.3 0.1\n" * 20)
            written(folder / "Inertial Signals" / f"acc_y_{part}.txt", "1.5 1.6 1.7\n1.4 1.3 1.1\n" * 20)
    written(tmp_path / "HAR" / "features.txt", "1 mean\n2 mean\n")
    written(tmp_path / "HAR" / "activity_labels.txt", "1 WALKING\n2 SITTING\n")
    path = tmp_path / "HAR"
    if zipped:
        path = tmp_path / "har.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in (tmp_path / "HAR").rglob("*.txt"):
                archive.write(file, file.relative_to(tmp_path))
    table = read(path)
    assert table.names == [*(["acc_x", "acc_y"] if signals else ["mean", "mean_2"]), "subject", "label", "split"]
    assert table.columns["label"][:2] == ["WALKING", "SITTING"]
    assert (table.columns["split"].count("train"), table.columns["split"].count("test")) == (40, 40)
    found = detect(table)
    assert (found.task, found.output) == ("classification", "label")
    assert [*found.inputs][:2] == table.names[:2]


def test_a_feature_is_missing_line_for_line(tmp_path: Path):
    written(tmp_path / "X_train.txt", "1 2 3\n\n4 5\n7 8 9\n")
    written(tmp_path / "y_train.txt", "1\n2\n1\n")
    with pytest.raises(DataFileError, match=r"X_train\.txt:3: has 2 numbers, but the first line has 3"):
        read(tmp_path)
    table = read(tmp_path, skip_bad=True)
    assert list(zip(*table.columns.values(), strict=True)) == [(1, 2, 3, "1"), (7, 8, 9, "1")]
    assert len(table.skipped) == 1


def test_a_class_is_missing_line_for_line(tmp_path: Path):
    written(tmp_path / "X_train.txt", "1 2\n" * 30)
    written(tmp_path / "y_train.txt", "1\n" * 29)
    with pytest.raises(DataFileError, match=r"30 lines, but y_train\.txt has 29"):
        read(tmp_path)


@pytest.mark.parametrize("names", [["train", "val", "test"], ["train", "val", "test", "oos_train", "oos_test"]])
def test_parts_of_texts_with_their_intents(tmp_path: Path, names: list[str]):
    data = {name: [[f"please show room {i} of {name}", "ab"[i % 2]] for i in range(20)] for name in names}
    table = read(written(tmp_path / "clinc.json", json.dumps(data)))
    assert table.names == ["text", "label", "split"]
    assert len(table) == 20 * len(names)
    assert {*table.columns["split"]} == {"train", "val", "test"}
    assert len(read(written(tmp_path / "rows.json", json.dumps(data["train"])))) == 20


CODES = [f"ST{i % 9:03d}1950{1 + i % 12:02d}{100 + i:05d}M" for i in range(60)]


@pytest.mark.parametrize("lines", [CODES, [code[2:-1] for code in CODES]])
def test_columns_with_nothing_between_them_are_refused(tmp_path: Path, lines: list[str]):
    with pytest.raises(DataFileError, match=r"read_fwf.*widths="):
        read(written(tmp_path / "a.txt", "\n".join(lines)))


@pytest.mark.parametrize("form", ["{:.12e}", "{:.10f}", "16{:08.0f}00"])
def test_numbers_of_one_length_are_no_columns(tmp_path: Path, form: str):
    lines = [form.format(i + 0.5) for i in range(1, 60)]
    assert len(read(written(tmp_path / "a.txt", "\n".join(lines)))) == 59


@pytest.mark.parametrize("above", ["Station,Kew\n", "Station:,Kew\nHeight:,12\n"])
def test_two_cells_above_a_table_of_two_columns(tmp_path: Path, above: str):
    rows = "".join(f"2021-01-{i:02d},{i}.5\n" for i in range(1, 30))
    table = read(written(tmp_path / "a.csv", f"{above}Date,Rain\n{rows}"))
    assert (table.names, len(table)) == (["Date", "Rain"], 29)


def test_a_family_tree_is_refused(tmp_path: Path):
    with pytest.raises(DataFileError, match="GEDCOM"):
        read(written(tmp_path / "a.txt", "0 HEAD\n1 CHAR UTF-8\n" + "0 @I1@ INDI\n1 NAME A /B/\n" * 20))


SHORT = [
    "the",
    "of",
    "a",
    "to",
    "in",
    "is",
    "it",
    "he",
    "we",
    "on",
    "at",
    "by",
    "or",
    "as",
    "be",
    "so",
    "do",
    "my",
    "up",
]
draw = random.Random(3).choice
TEXTS = {
    "numbered": [f"{i % 10} the {draw(['boat', 'room'])} was {draw(['fine', 'dull'])}" for i in range(60)],
    "headwords": [
        "".join(draw("bdfklmnprst") + draw("aeiou") for _ in range(2 + i % 3))
        + " "
        + " ".join(draw(SHORT) for _ in range(draw([3, 4, 5, 6, 7])))
        for i in range(200)
    ],
    "identifiers": [
        " ".join(f"{draw(['get', 'set', 'is', 'add', 'put'])}_{draw(['name', 'size', 'key'])}" for _ in range(4))
        for _ in range(60)
    ],
    "paths": [
        " ".join(f"{draw(['usr', 'var', 'home', 'opt', 'srv'])}/{draw(['lib', 'log', 'bin'])}" for _ in range(4))
        for _ in range(60)
    ],
    "patterns": [
        f"{draw(['my', 'his'])} room {draw('7918')} was {draw(['fine', 'dull'])} {draw(['and', 'but'])} "
        f"{draw(['cheap', 'dear'])}"
        for _ in range(60)
    ],
}


@pytest.mark.parametrize("kind", TEXTS)
def test_lines_of_text_that_look_like_something_else(tmp_path: Path, kind: str):
    assert read(written(tmp_path / "a.txt", "\n".join(TEXTS[kind]))).layout == "text"


def test_numbers_of_messages_are_no_amounts(tmp_path: Path):
    draw = random.Random(1)
    number, rows = 1_467_810_369, list[str]()
    for i in range(80):
        number += draw.randrange(1, 4000)
        rows.append(f'"{draw.choice("04")}","{number}","the {draw.choice(["boat", "meal"])} number {i} was nice"\n')
    found = detect(read(written(tmp_path / "a.csv", "".join(rows))))
    assert (found.inputs, found.output) == (("column_3",), "column_1")


@pytest.mark.parametrize("rows", ["time,x\n" + "".join(f"{i},5\n" for i in range(50)), "x\n" + "5\n" * 50])
def test_what_never_changes_is_named(tmp_path: Path, rows: str):
    with pytest.raises(TaskError, match=r"column 'x': 5 in every row: nothing can be learned"):
        detect(read(written(tmp_path / "a.csv", rows)))


@pytest.mark.parametrize("rates", ["32.0, 32.0", "4.0"])
def test_a_recording_of_empatica(tmp_path: Path, rates: str):
    count = rates.count(",") + 1
    times = ["0.000000", "0.031250"] if count > 1 else ["0.000", "0.250"]
    rows = [["1609459200.00"] * count, rates.split(","), *([str(x)] * count for x in WAVE)]
    table = read(written(tmp_path / "ACC.csv", "".join(", ".join(row) + "\n" for row in rows)))
    assert (len(table), table.names[0]) == (300, "time")
    assert table.columns["column_1"] == WAVE
    assert table.columns["time"][:2] == [f"2021-01-01 00:00:0{time}" for time in times]


METERS = (
    "------------ Data File Created By ActiGraph GT3X+ ActiLife v6 -----------\n" + "Serial Number: N\n" * 8 + "---\n"
)


@pytest.mark.parametrize("names", ["", "Axis1,Axis2\n"])
def test_a_recording_of_actigraph(tmp_path: Path, names: str):
    draw = random.Random(2).randrange
    rows = "".join(f"{draw(900)},{draw(900)}\n" for _ in range(200))
    found = detect(read(written(tmp_path / "a.csv", METERS + names + rows)))
    assert (found.task, len(found.inputs)) == ("forecasting", 2)


@pytest.mark.parametrize("sign", [",", "\t"])
def test_times_of_a_signal_without_a_name(tmp_path: Path, sign: str):
    draw = random.Random(2).gauss
    rows = "".join(f"{i * 0.01:.6e}{sign}{draw(0, 1):.6e}{sign}{draw(0, 1):.6e}\n" for i in range(100))
    found = detect(read(written(tmp_path / "a.txt", rows)))
    assert (found.task, found.inputs, found.order) == ("forecasting", ("column_2", "column_3"), "column_1")


def test_milliseconds_and_days_with_a_clock_without_names(tmp_path: Path):
    draw = random.Random(2).gauss
    bars = "".join(f"{1609459200000 + i * 60000},{draw(9, 1):.4f},{draw(9, 1):.4f}\n" for i in range(60))
    found = detect(read(written(tmp_path / "a.csv", bars)))
    assert (found.task, found.order, found.sequences) == ("forecasting", "column_1", "")
    bars = "".join(f"2021.01.{1 + i // 24:02d},{i % 24:02d}:00,{draw(9, 1):.4f},{draw(9, 1):.4f}\n" for i in range(99))
    found = detect(read(written(tmp_path / "b.csv", bars)))
    assert (found.task, found.order, found.sequences) == ("forecasting", "column_1", "")


def test_names_and_end_of_a_log_of_zeek(tmp_path: Path):
    rows = "".join(f"{1609459200 + i}.5\t10.0.0.{i % 9}\ttcp\t{i * 7 % 31}\n" for i in range(50))
    above = "#separator \\x09\n#fields\tts\thost\tproto\tbytes\n#types\ttime\taddr\tenum\tcount\n"
    table = read(written(tmp_path / "conn.log", above + rows + "#close\t2021-01-01-01-00-00\n"))
    assert (table.names, len(table)) == (["ts", "host", "proto", "bytes"], 50)


FOREIGN = {
    "InfluxDB": "weather,place=us temperature=8{i},humidity=4i 1609459200000000{i:03d}\n",
    "Prometheus": '# HELP a_total How many.\na_total{{code="{i}"}} {i} 1395066363000\n',
}


@pytest.mark.parametrize("name", FOREIGN)
def test_formats_that_are_named(tmp_path: Path, name: str):
    with pytest.raises(DataFileError, match=name):
        read(written(tmp_path / "a.txt", "".join(FOREIGN[name].format(i=i) for i in range(60))))


def test_steps_that_are_counted_for_each_name(tmp_path: Path):
    draw = random.Random(2).choice
    rows = "".join(f"T{trip},{step + 1},S{draw('1234')}\n" for trip in range(30) for step in range(8))
    found = detect(read(written(tmp_path / "a.csv", f"trip_id,stop_sequence,stop\n{rows}")), next="stop")
    assert (found.sequences, found.order) == ("trip_id", "stop_sequence")


def test_what_counts_the_rows_of_a_dated_table_is_not_forecast(tmp_path: Path):
    draw = random.Random(2)
    rows = "".join(f"{i + 1},2021-{1 + i // 28:02d}-{1 + i % 28:02d},{draw.gauss(9, 1):.3f}\n" for i in range(90))
    found = detect(read(written(tmp_path / "a.csv", f"instant,day,rides\n{rows}")))
    assert (found.task, found.inputs) == ("forecasting", ("rides",))


def test_true_and_false_are_labels(tmp_path: Path):
    draw = random.Random(2)
    rows = "".join(f"the boat {i},{i % 2 > 0},{i % 3 > 0},{draw.random() < 0.3}\n" for i in range(60))
    found = detect(read(written(tmp_path / "a.csv", f"text,toxic,insult,threat\n{rows}")))
    assert (found.task, found.inputs, found.output) == ("multilabel", ("text",), "labels")
    assert prepared(read(tmp_path / "a.csv"), found).columns["labels"][:2] == [[], ["toxic", "insult"]]


@pytest.mark.parametrize("missing", ["-999", "9999.9", "20.5"])
def test_numbers_that_stand_for_missing_ones_are_pointed_out(tmp_path: Path, missing: str):
    draw = random.Random(2)
    days = [f"2021-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(150)]
    rows = "".join(f"{day},{missing if i % 20 == 7 else round(draw.gauss(15, 4), 1)}\n" for i, day in enumerate(days))
    table = read(written(tmp_path / "a.csv", f"day,heat\n{rows}"))
    found = detect(table)
    parts = split_for(found, prepared(table, found), seed=0)
    said = [one.message for one in audit(parts.train, parts.valid, parts.test, found)]
    assert any(f"are {missing}, far from all others" in one for one in said) == (missing != "20.5")


def test_pixels_with_blanks_between_are_numbers_and_parts_of_kaggle(tmp_path: Path):
    draw = random.Random(2).randrange
    parts = ["Training"] * 40 + ["PublicTest"] * 10 + ["PrivateTest"] * 10
    rows = [f"{i % 3},{' '.join(str(draw(256)) for _ in range(16))},{part}\n" for i, part in enumerate(parts)]
    found = detect(read(written(tmp_path / "a.csv", "emotion,pixels,Usage\n" + "".join(rows))))
    assert (found.task, found.inputs, found.output) == ("classification", ("pixels",), "emotion")


def test_texts_between_quotes_of_r(tmp_path: Path):
    rows = "".join(f'"{i + 1}" "the \\"boat\\" {i}, it was" "{"ab"[i % 2]}"\n' for i in range(40))
    table = read(written(tmp_path / "a.txt", f'"text" "label"\n{rows}'))
    assert (table.names, table.columns["text"][0]) == (["row", "text", "label"], 'the "boat" 0, it was')


def test_annotations_of_brat(tmp_path: Path):
    for i in range(4):
        written(tmp_path / f"d{i}.txt", f"Ann Lee {i} went home.\n\nTo Rome again\n")
        start = len(f"Ann Lee {i} went home.") + 2 + 3
        written(tmp_path / f"d{i}.ann", f"T1\tPER 0 7\tAnn Lee\nT2\tLOC {start} {start + 4}\tRome\nR1\tx Arg1:T1\n")
    table = read(tmp_path)
    assert table.columns["tag"][:2] == [["B-PER", "I-PER", "O", "O", "O", "O"], ["O", "B-LOC", "O"]]
    written(tmp_path / "d0.ann", "T1\tPER 0 30\tAnn Lee\n")
    with pytest.raises(DataFileError, match=r"d0\.txt:1: the span PER .* within one line"):
        read(tmp_path)


@pytest.mark.parametrize(
    "form",
    [
        "{i}\tthe boat{more} {i}\t{j}\tle bateau {i}\n",
        "the boat{more} {i}\tle bateau {i}\tCC-BY 2.0 tatoeba.org #{j}\n",
    ],
)
def test_pairs_of_tatoeba(tmp_path: Path, form: str):
    draw = random.Random(2).randrange
    found = detect(
        read(
            written(
                tmp_path / "a.txt", "".join(form.format(i=i, j=draw(9**6), more=" here" * (i % 3)) for i in range(60))
            )
        )
    )
    assert (found.task, found.inputs, found.output) == ("translation", ("column_1",), "column_2")


def test_a_folder_of_texts_in_two_languages(tmp_path: Path):
    for language in ("de", "en"):
        written(tmp_path / f"books.{language}", "".join(f"a line {i} of {language}\n" for i in range(30)))
    assert read(tmp_path).names == ["de", "en"]
    written(tmp_path / "books.xml", "<?xml version='1.0'?><cesAlign/>")  # as OPUS packs it beside them
    assert read(tmp_path).names == ["de", "en"]
    assert "files beside the texts were left out (books.xml)" in read(tmp_path).notes


def test_words_tags_and_intents_line_for_line(tmp_path: Path):
    for part, count in (("train", 30), ("test", 10)):
        written(tmp_path / part / "seq.in", "play it now\nbook rome\n" * count)
        written(tmp_path / part / "seq.out", "O O O\nO B-city\n" * count)
        written(tmp_path / part / "label", "play\nbook\n" * count)
    table = read(tmp_path)
    assert table.names == ["token", "tag", "label", "split"]
    assert (table.columns["tag"][1], table.columns["label"][1]) == (["O", "B-city"], "book")
    assert detect(table).task == "tagging"


def test_recordings_of_numbers_as_text(tmp_path: Path):
    for i in range(12):
        written(tmp_path / f"S{i + 1}.txt", "".join(f"{t / 7:.3f} {(t * i) % 5 - 2.5}\n" for t in range(20)))
    written(tmp_path / "labels.csv", "id,class\n" + "".join(f"{i + 1},{'ab'[i % 2]}\n" for i in range(12)))
    found = detect(read(tmp_path))
    assert (found.task, len(found.inputs), found.output) == ("classification", 2, "class")


@pytest.mark.parametrize("form", ["{month} {year}", "{month}-{year}", "20{year}M{number:02d}"])
def test_months_as_names_of_columns(tmp_path: Path, form: str):
    months = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
    names = [form.format(month=month, year=21, number=i) for i, month in enumerate(months, start=1)]
    draw = random.Random(2).randrange
    rows = "".join(f"s{i};" + ";".join(str(draw(20) + 9 * i) for _ in months) + "\n" for i in range(30))
    found = detect(read(written(tmp_path / "a.csv", f"article;{';'.join(names)}\n{rows}")))
    assert (found.task, found.combined[0].how) == ("forecasting", "series")


SERIES = {"time": [f"2021-01-{i:02d}" for i in range(1, 29)], "heat": [i * i % 17 / 2 for i in range(28)]}


@pytest.mark.parametrize(
    ("value", "names", "rows"),
    [
        ({"latitude": 52.5, "units": {"heat": "C"}, "daily": SERIES}, ["time", "heat"], 28),
        (["the boat", "the meal", "a tour"], ["text"], 3),
        ([1.5, 2.5, 3], ["value"], 3),
    ],
)
def test_arrays_and_columns_within_objects(tmp_path: Path, value: object, names: list[str], rows: int):
    table = read(written(tmp_path / "a.json", json.dumps(value)))
    assert (table.names, len(table)) == (names, rows)


def test_a_pointer_of_git_lfs_is_refused(tmp_path: Path):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    with pytest.raises(DataFileError, match=r"Git LFS.*git lfs pull"):
        read(written(tmp_path / "a.csv", text))


def test_lines_are_counted_right_below_names_in_a_comment(tmp_path: Path):
    rows = [f"{i / 7:.3f},{i}" for i in range(40)]
    path = written(tmp_path / "a.csv", "# x,y\n" + "\n".join([*rows[:20], "here,20", *rows[21:], "#end,0"]) + "\n")
    with pytest.raises(DataFileError, match=r"a\.csv:22: holds 'here'"):
        detect(read(path))
    assert len(read(path, skip_bad=True)) == 39


def test_what_datasets_saved_is_refused_with_what_converts_it(tmp_path: Path):
    arrow = tmp_path / "data-00000-of-00001.arrow"
    arrow.write_bytes(b"\xff\xff\xff\xff\x10\0\0\0 and more")
    written(tmp_path / "dataset_info.json", "{}")
    with pytest.raises(DataFileError, match=r"load_from_disk.*to_parquet"):
        read(tmp_path)
    with pytest.raises(DataFileError, match=r"Arrow stream.*open_stream"):
        read(arrow)


COMMENTS = '# Rates of exchange\n# Source: A. B. and C. D., (2021), see [1,\n# 2]: "How\n# they are made", 3(4)\n#\n'


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_comments_above_a_single_column_of_numbers(tmp_path: Path, name: str):
    numbers = [f"{1 + i % 7 / 8:.4f}" for i in range(60)]
    table = read(written(tmp_path / name, COMMENTS + "\n".join(numbers) + "\n"))
    assert (table.names, table.column("column_1")) == (["column_1"], [float(x) for x in numbers])
    texts = [*COMMENTS.splitlines(), *(f"#{i} in the list of all" for i in range(60))]
    assert len(read(written(tmp_path / "b.txt", "\n".join(texts) + "\n"))) == len(texts)  # no numbers: these are texts


def test_quotes_within_comments_above_a_table(tmp_path: Path):
    rows = [f'{i},"a, b",{i / 3:.3f}' for i in range(60)]
    table = read(written(tmp_path / "a.csv", COMMENTS + "\n".join(["n,name,x", *rows]) + "\n"))
    assert (table.names, len(table)) == (["n", "name", "x"], 60)


def test_where_data_are_from_names_no_columns(tmp_path: Path):
    rows = "\n".join(f"{i / 7:.3f} {i * i / 9:.3f}" for i in range(60))
    assert read(written(tmp_path / "a.txt", f"# Web: https://a.org/b\n{rows}\n")).names == ["column_1", "column_2"]
    assert read(written(tmp_path / "b.txt", f"# x y\n{rows}\n")).names == ["x", "y"]
    assert read(written(tmp_path / "c.txt", f"# x: y:\n{rows}\n")).names == ["x:", "y:"]


def test_a_date_above_cells_that_are_empty_is_no_name(tmp_path: Path):
    rows = ["2021-01-01,a,x", *(f",{'ab'[i % 2]},y{i}" for i in range(30))]
    assert len(read(written(tmp_path / "a.csv", "\n".join(rows) + "\n"))) == 31


@pytest.mark.parametrize("sign", [",", ";"])
def test_lines_in_quotes_as_a_whole_are_refused_with_what_takes_these_away(tmp_path: Path, sign: str):
    rows = [["year", 'where "it" was', "n"], *([str(1970 + i), f"place{sign} {i}", str(i * i % 7)] for i in range(30))]
    lines = [sign.join(f'"{cell}"' if sign in cell else cell.replace('"', "'") for cell in row) for row in rows]
    path = written(tmp_path / "a.csv", "".join('"{}"\n'.format(line.replace('"', '""')) for line in lines))
    with pytest.raises(DataFileError, match="quotes around each of its lines") as raised:
        read(path)
    command = str(raised.value).split("Take them away: ")[1].replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, check=True)
    table = read(tmp_path / "a.table.csv")
    assert table.names == ["year", "where 'it' was", "n"] and table.columns["n"] == [i * i % 7 for i in range(30)]
    for name, lines in {
        "names": [f'"Smith{i}{sign} John"' for i in range(30)],
        "decimals": [f'"{20 + i},{i % 10}"' for i in range(30)],
        "texts": ['"text"', *(f'"man {i}{sign} {i}"' for i in range(30))],
        "greetings": [f'"Hello {i}{sign} label"' for i in range(30)],
        "numbers": [f"{20 + i},{i % 10}" for i in range(30)],
    }.items():
        assert len(read(written(tmp_path / f"{name}.{'tsv' if name == 'numbers' else 'csv'}", "\n".join(lines)))) == 30


def test_lines_in_quotes_below_usual_names_are_a_table_without_numbers_too(tmp_path: Path):
    lines = ['"text,label"', *(f'"film {i} was nice,{"ab"[i % 2]}"' for i in range(30))]
    with pytest.raises(DataFileError, match="quotes around each of its lines"):
        read(written(tmp_path / "a.csv", "\n".join(lines) + "\n"))


def test_what_wincc_says_of_itself(tmp_path: Path):
    rows = [f'"T1";"01.03.2024 00:{i // 6:02d}:{i % 6}0";{20 + i % 5},5;1;{45352 + i / 8640:.9f}' for i in range(90)]
    below = '"$RT_OFF$";"01.03.2024 00:15:00";0;2;45352,010416667'
    text = "\n".join(['"VarName";"TimeString";"VarValue";"Validity";"Time_ms"', *rows, below])
    (tmp_path / "archive.csv").write_text(text.replace("45352.", "45352,") + "\n")
    table = read(tmp_path / "archive.csv")
    assert len(table) == 90 and set(table.columns["VarName"]) == {"T1"}
    found = detect(table)
    assert found.task == "forecasting" and found.inputs == ("VarValue",)
