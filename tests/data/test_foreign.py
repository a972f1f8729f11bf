"""Formats that aren't read are refused by their names, with what converts them."""

from __future__ import annotations

import gzip
import json
import pickle
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas
import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.sav", b"$FL2@(#) SPSS DATA FILE\0", "an SPSS file.*read_spss"),
        ("a.por", b"ASCII SPSS PORT FILE\n", "a portable SPSS file"),
        ("a.sas7bdat", bytes(12) + b"\xc2\xea\x81\x60" + bytes(30), "a SAS file.*read_sas"),
        ("a.xpt", b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000", "a SAS transport file"),
        ("a.rda", gzip.compress(b"RDX3\nX\n\0\0\0\3", mtime=0), "a file of R.*write.csv"),
        ("a.pickle", b"\x80\x04\x95\0", "a Python pickle.*Elman never does"),
        ("a.pkl", b"(lp0\nI1\na.", "a Python pickle"),
        ("a.csv", b"\x80\x04\x95\0\0\0", "a Python pickle"),
        ("a.h5", b"\x89HDF\r\n\x1a\n\0", "an HDF5 file.*read_hdf"),
        ("a.mat", b"MATLAB 5.0 MAT-file\0\1", "a MATLAB file.*loadmat"),
        ("train-images-idx3-ubyte", b"\0\0\x08\x03" + bytes(12), "an IDX file.*numpy.savez"),
        ("a.avro", b"Obj\x01\x04", "an Avro file"),
        ("a.orc", b"ORC\0\1", "an ORC file"),
        ("a.pdf", b"%PDF-1.7 text", "a PDF.*pdftotext"),
        ("a.rtf", b"{\\rtf1 text}", "rich text"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "a document.*soffice"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0", "7z x"),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd\0", "zstd -d"),
        ("a.html", b"<p>hello", "a page of HTML"),
        ("a.csv", b"\xef\xbb\xbf\n<!-- x -->\n<!DOCTYPE html>\n<html>404", "a page of HTML.*fetch the file again"),
        ("a.xml", b"<rows/>", "XML.*read_xml"),
        ("a.dat", b"<?xml version='1.0'?><a/>", "XML"),
        ("a.jpg", b"\xff\xd8\xff\xe0\0", "a picture.*folder"),
        ("a.wav", b"RIFF\0\0\0\0WAVE", "a recording"),
        ("a.onnx", b"\x08\x07\x12\0", "the weights of a network"),
        ("a.sql", b"-- x\nINSERT INTO r VALUES (1);", "a dump of a database.*--csv"),
        ("a.txt", b"CREATE TABLE r (t text);\n", "a dump of a database"),
        ("a.fasta", b">sp|P1 x\nMKVLA\nAAGTT\n>sp|P2\nMKKKK\n", "FASTA.*print"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nhello\n", "subtitles.*pysubs2"),
        ("a.txt", b"WEBVTT\n\n", "subtitles"),
        ("a.po", b'msgid "a"\nmsgstr "b"\n', "a catalogue of gettext.*polib"),
        ("a.TextGrid", b'File type = "ooTextFile"\n', "an annotation of Praat.*Down to Table"),
        ("a.yml", b"version: 3\n", "YAML.*safe_load"),
        ("a.vec", b"2 3\na 1 2 3\n", "a file of word vectors.*--vectors"),
        ("a.dly", b"USW00094846200001TMAX  100  S\n", "GHCN.*https"),
        ("a.conll", b"#begin document (a); part 000\n" + b"a 0 0 x NN * - - - - * -\n" * 3, "CoNLL-2012"),
        ("a.json", b"{'overall': 5.0, 'reviewText': 'a'}\n", "It is what Python prints.*literal_eval"),
        ("a.nc", b"CDF\x01\0\0", "a netCDF file.*xarray"),
        ("a.sta", b":20:START\n:25:1/2\n", "MT940.*mt940.parse"),
        ("a.bib", b"@article{a,\n year={1990}}\n", "BibTeX.*bibtexparser"),
        ("a.txt", b"TY  - JOUR\nAU  - Elman, J\n", "RIS"),
        ("a.ics", b"BEGIN:VCALENDAR\n", "a calendar"),
        ("a.edf", b"0       X X X X" + bytes(9), "a recording of the brain.*mne"),
        ("a.bdf", b"\xffBIOSEMI" + b" " * 9, "a recording of the brain.*mne"),
        ("a.hea", b"a 1 250 1000\na.dat 16 200 16 0 1 2 0 II\n", "PhysioNet.*rdrecord"),
        ("a.tif", b"II*\0\x08\0\0\0", r"a picture in TIFF.*png.*glob\('\*\.tif'\)"),
        ("a.heic", b"\0\0\0\x18ftypheic", r"a picture in HEIC.*register_heif_opener.*glob\('\*\.heic'\)"),
        ("a.mp4", b"\0\0\0\x18ftypmp42", r"a video.*mkdir \S+a && ffmpeg -i \S+a\.mp4 -r 5 \S+a/%04d\.png"),
        ("a.mp3", b"\xff\xfb\x90\x64\0\0", "a recording.*folder of such"),
        ("a.au", b".snd\0\0\0\x18", "none of WAV.*ffmpeg"),
        ("a.eaf", b"<?xml version='1.0'?>\n<ANNOTATION_DOCUMENT/>", "ELAN.*tab-delimited"),
        ("a.musicxml", b"<?xml version='1.0'?>\n<score-partwise/>", "MusicXML.*music21"),
        ("a.mrg", b"( (S (NP (NN Ann))\n (VP (V is))\n (. .)))\n", "Penn Treebank.*nltk"),
        ("a.txt", b"PK\x03\x04\x14\0\0", "a zip archive|isn't an archive"),
    ],
)
def test_refused_by_name(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        read(tmp_path / name)


@pytest.mark.parametrize("rows", [1, 3, 400])
def test_javascript_with_a_value_in_it(tmp_path: Path, rows: int):
    """The command of the error leaves what is read."""
    tweets = [{"id": i, "text": 'she said "a {b}, \\ c", ' * 2, "tags": [None, 1.5e-3, True]} for i in range(rows)]
    path = tmp_path / "tweets.js"
    path.write_text(f"window.YTD.tweets.part0 = {json.dumps(tweets, indent=1)};\n")
    with pytest.raises(DataFileError, match="JavaScript with a value in it") as caught:
        read(path)
    command = str(caught.value).partition('python -c "')[2].partition('" > ')[0]
    made = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True).stdout
    assert json.loads(made) == tweets


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.js", "const app0 = {\n  name: 'a',\n  run() { return 1; },\n};\n"),
        ("a.js", "const sizes = [1, 2];\nfunction run() { return sizes; }\n"),
        ("a.c", "const int {a0};\nint main() {}\n\n"),
        ("a.txt", "((S expr 1)\n (VP it 2))\n ()\n"),
        ("a.txt", "((S expr)\n (VP it)\n (NP)\n"),
    ],
)
def test_programs_are_texts(tmp_path: Path, name: str, text: str):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(3):
            Path(tmp_path, label, f"{i}{name}").write_text(text)
    assert set(read(tmp_path).columns["text"]) == {text.strip()}


def test_files_as_their_programs_write_them(tmp_path):
    frame = pandas.DataFrame({"text": ["a b", "c"], "label": ["x", "y"]})
    frame.to_stata(tmp_path / "a.dta")
    frame.to_feather(tmp_path / "a.feather")
    (tmp_path / "a.joblib").write_bytes(pickle.dumps(frame))
    with sqlite3.connect(tmp_path / "a.db") as base:
        frame.to_sql("rows", base)
    for name, message in {
        "a.dta": "Stata",
        "a.feather": "Feather",
        "a.joblib": "pickle",
        "a.db": "an SQLite database.*sqlite3",
    }.items():
        with pytest.raises(DataFileError, match=message):
            read(tmp_path / name)


@pytest.mark.parametrize("text", ["BMW is a car", "ID3 builds trees", "RIFFLE through it", "ORCs", "a <html> in words"])
def test_text_that_begins_like_them_is_text(tmp_path, text):
    (tmp_path / "a.txt").write_text(f"{text}\nand more of it\n")
    assert read(tmp_path / "a.txt").columns["text"][0] == text
    (tmp_path / "a.doc").write_text(f"{text}\nand more of it\n")
    assert read(tmp_path / "a.doc").columns["text"][0] == text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{y} 1:0.5 3:{i}.25 7:1e-3", "LIBSVM.*load_svmlight_file"),
        ("{y} qid:{i} 1:0.5 2:0.25 # doc", "LIBSVM"),
        ("{y} 'tag{i}| price:0.8{i} size:1", "Vowpal Wabbit"),
    ],
)
def test_lists_of_features_are_refused(tmp_path, line, message):
    (tmp_path / "a.txt").write_text("".join(line.format(y=(-1) ** i, i=i) + "\n" for i in range(9)))
    with pytest.raises(DataFileError, match=message):
        read(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "text", ["12:30 13:45 lunch\n" * 9, "1 12:30 begins\n" * 9, "3 pigs | 2 wolves\n" * 9, "1 2:1\n"]
)
def test_what_only_looks_like_features(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    assert len(read(tmp_path / "a.txt")) == text.count("\n")


def test_commands_that_need_no_package_make_tables(tmp_path):
    (tmp_path / "trees.txt").write_text("(3 (2 It) (4 (2 works) (2 .)))\n(1 (2 No) (2 !))\n" * 9)
    (tmp_path / "chat.txt").write_text(
        "12/05/2021, 10:00 - Messages are encrypted.\n"
        + "".join(f"12/05/2021, 10:{i:02d} - {'AB'[i % 2]}nn: so {i}: yes\n" for i in range(20))
    )
    (tmp_path / "a.jsonl").write_text("".join(f"{{'text': 'it\\'s {i}', 'label': {i % 2}}}\n" for i in range(20)))
    (tmp_path / "p.fasta").write_text("".join(f">P{i} a b\nMKVLA\nAAG{'T' * i}TT\n" for i in range(9)))
    wanted = {
        "p.fasta": ("P0", "MKVLAAAGTT"),
        "trees.txt": (3, "It works ."),
        "chat.txt": ("Ann", "so 0: yes"),
        "a.jsonl": ("it's 0", 0),
    }
    for name, first in wanted.items():
        with pytest.raises(DataFileError) as refused:
            read(tmp_path / name)
        command, _, target = str(refused.value).partition('python -c "')[2].rpartition('" > ')
        done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
        made = Path(target).with_stem("made")
        made.write_text(done.stdout)
        found = read(made)
        assert tuple(column[0] for column in found.columns.values()) == first


def test_the_command_for_pictures_of_digits_makes_arrays_of_them(tmp_path, monkeypatch):
    pixels = bytes(range(5 * 4 * 6))
    (tmp_path / "IMAGES").write_bytes(b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (5, 4, 6)) + pixels)
    (tmp_path / "LABELS").write_bytes(b"\0\0\x08\x01" + (5).to_bytes(4, "big") + bytes([7, 8, 7, 8, 7]))
    with pytest.raises(DataFileError) as refused:
        read(tmp_path / "IMAGES")
    command = str(refused.value).partition('python -c "')[2].rpartition('"')[0]
    subprocess.run([sys.executable, "-c", command], check=True, cwd=tmp_path)
    found = read(tmp_path / "train.npz")
    assert found.columns["y"] == [7, 8, 7, 8, 7]
    assert [value for step in found.columns["x"][4] for value in step] == list(range(96, 120))


def test_the_log_of_a_web_server_is_refused_with_what_makes_a_table_of_it(tmp_path: Path):
    line = '10.0.0.{} - ann [01/Mar/2024:00:{:02d}:07 +0000] "GET /a?x={} HTTP/1.1" 20{} 5{} "-" "Mozilla (X)"\n'
    (tmp_path / "access.log").write_text("".join(line.format(i % 9, i, i % 5, i % 2, i) for i in range(60)))
    with pytest.raises(DataFileError, match="access log") as refused:
        read(tmp_path / "access.log")
    command = str(refused.value).split("Make a table of it: ")[1].replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, check=True)
    table = read(tmp_path / "access.csv")
    assert table.names == ["host", "time", "method", "path", "status", "bytes"] and len(table) == 60


def test_a_spectrum_whose_wavelengths_fall_is_in_their_order(tmp_path: Path):
    rows = "".join(f"{800 - 2 * i},{(i * i % 97) / 100}\n" for i in range(150))
    (tmp_path / "a.csv").write_text("Wavelength (nm),Abs\n" + rows)
    assert (detect(read(tmp_path / "a.csv")).order, detect(read(tmp_path / "a.csv")).inputs) == (
        "Wavelength (nm)",
        ("Abs",),
    )


def converted(path: Path) -> Path:
    """What the command in the error makes of a file."""
    with pytest.raises(DataFileError) as refused:
        read(path)
    command = str(refused.value).partition("python -c")[2]
    subprocess.run(f"{sys.executable} -c{command}", shell=True, check=True)
    return Path(command.rpartition("> ")[2])


@pytest.mark.parametrize("sign", [": ", " = "])
def test_a_line_for_each_cell(tmp_path: Path, sign: str):
    rows = [f"product/id{sign}B{i}\n  review/text{sign}nice{sign}no {i}\n  score{sign}{i % 5}" for i in range(20)]
    (path := tmp_path / "a.txt").write_text("\n\n".join(rows) + "\n\n")
    table = read(converted(path))
    assert table.names == ["product/id", "review/text", "score"]
    assert table.columns["review/text"][3] == f"nice{sign}no 3"


@pytest.mark.parametrize("first", ["*" * 27 + " 1. row " + "*" * 27, "-[ RECORD 1 ]----"])
def test_upright_tables_of_databases(tmp_path: Path, first: str):
    (path := tmp_path / "a.txt").write_text(
        f"{first}\n   id: 0\n text: a\n{first.replace('1', '2')}\n   id: 1\n text: b\n"
    )
    with pytest.raises(DataFileError, match=r"a line for each cell.*--batch"):
        read(path)


@pytest.mark.parametrize(
    "text",
    [
        "Anna: good morning\nBoris: good night\n\n" * 9,  # who speaks
        "note: this is a text\nand it goes on\n\n" * 9,
        "a: b\n\nc: d\n\ne: f\n\n" * 9,
    ],
)
def test_texts_with_colons_are_read(tmp_path: Path, text: str):
    (path := tmp_path / "a.txt").write_text(text)
    assert len(read(path)) > 9


@pytest.mark.parametrize("header", ["text,label\n", ""])
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_single_quotes_around_cells(tmp_path: Path, header: str, name: str):
    rows = [f"'it''s nice, no {i}','{'ab'[i % 2]}'" for i in range(20)]
    (path := tmp_path / name).write_text(header + "\n".join(rows))
    table = read(converted(path))
    assert next(iter(table.columns.values()))[1] == "it's nice, no 1" and table.has_header == bool(header)


@pytest.mark.parametrize("name", ["games.pgn", "games.txt"])
def test_games_of_chess(tmp_path, name):
    moves = "1. e4 {{[%eval 0.2]}} e5 2. Nf3 N{}6\n3. Bb5 {}\n"
    played = [moves.format("bc"[i % 2], "1-0" if i % 3 else "0-1") for i in range(9)]
    games = [f'[Event "e{i}"]\n[Result "1-0"]\n\n{game}' for i, game in enumerate(played)]
    (tmp_path / name).write_text("\n".join(games) + "\n")
    with pytest.raises(DataFileError, match="games of chess") as caught:
        read(tmp_path / name)
    command = str(caught.value).partition("who won: python ")[2]
    subprocess.run(f"{sys.executable} {command}", shell=True, check=True, cwd=tmp_path)
    table = read(tmp_path / "games.csv")
    assert table.columns["moves"][:2] == ["e4 e5 Nf3 Nb6 Bb5", "e4 e5 Nf3 Nc6 Bb5"]
    assert table.columns["result"][:3] == ["0-1", "1-0", "1-0"]


@pytest.mark.parametrize("begin", ["WEBVTT\n\n", ""])
def test_subtitles_under_the_name_of_text_and_no_command_that_writes_over_them(tmp_path, begin):
    times = [f"00:00:{i:02d}{'.' if begin else ','}000 --> 00:00:{i:02d}{'.' if begin else ','}900" for i in range(9)]
    (tmp_path / "a.txt").write_text(begin + "".join(f"{i + 1}\n{time}\nhello {i}\n\n" for i, time in enumerate(times)))
    with pytest.raises(DataFileError, match=r"is subtitles, .* > .*a.converted.txt"):
        read(tmp_path / "a.txt")


PAIRS = (
    "<xliff version='1.2'><file><trans-unit id='1'><source>a <g>b</g></source><target>c</target></trans-unit></file>"
)
MAILS = "From a@b Sat Jan 01 00:00:00 2022\nFrom: a@b\nSubject: hi\n\nthe text\n\n" * 2


@pytest.mark.parametrize(
    ("name", "content", "made"),
    [
        ("a.log", 'at=1 msg="a b" s=\nat=2 msg=c s=x\nat=3 msg=d\n', "at,msg,s\n1,a b,\n2,c,x\n3,d,\n"),
        ("a.fastq", "@r1 x\nACGT\n+\nIIII\n@r2\nAC\n+\nII\n", "r1\tACGT\tIIII\nr2\tAC\tII\n"),
        ("a.js", 'window.YTD.tweets.part0 = [ {"a": 1} ];\n', '[ {"a": 1} ]\n'),
        ("a.xlf", PAIRS + "</xliff>", "a b\tc\n"),
        ("a.mbox", MAILS, "from,subject,text\n" + 'a@b,hi,"the text\n"\n' * 2),
    ],
)
def test_commands_that_need_nothing_else_do_what_they_say(tmp_path: Path, name: str, content: str, made: str):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataFileError, match="isn't read as data") as caught:
        read(tmp_path / name)
    command, _, to = str(caught.value).partition("python ")[2].rpartition(" > ")
    subprocess.run(["sh", "-c", f"{sys.executable} {command} > {to}"], check=True)
    assert Path(to).read_text().replace("\r\n", "\n") == made


def test_lines_that_differ_in_numbers_alone_are_pointed_out(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("ready\n" + "".join(f"PM2.5: {i}.5 C, Hum: -{i} %\n" for i in range(40)))
    (note,) = [note for note in read(path).notes if "numbers alone" in note]
    command = note.partition("python ")[2]
    subprocess.run(["sh", "-c", f"{sys.executable} {command}"], check=True)
    rows = (tmp_path / "a.table.csv").read_text().splitlines()
    assert rows[-1] == "39.5,-39" and len(rows) == 41
    frame = pandas.DataFrame({"time": pandas.date_range("2024-01-01 09:30", periods=40), "x": range(-20, 20)})
    path.write_text(frame.to_string())  # the time is two words, and has one name
    assert any("numbers alone" in note for note in read(path).notes)
    for others in ([f"{i} + 1 = {i + 1}" for i in range(40)], ["the year 2020"] * 40, ["one 1", "a 2 b", "c"] * 20):
        path.write_text("\n".join(others))
        assert not any("numbers alone" in note for note in read(path).notes)


def test_thousandths_in_a_log_part_no_cells(tmp_path: Path):
    lines = [f"2024-01-01 00:00:{i:02d},{i:03d} - root - step {i}" for i in range(40)]
    (tmp_path / "a.log").write_text("\n".join(lines))
    assert read(tmp_path / "a.log").columns == {"text": lines}
    table = [f"2024-01-01 00:00:{i:02d},{i:03d},{i}" for i in range(40)]
    (tmp_path / "b.log").write_text("\n".join(table))
    assert read(tmp_path / "b.log").layout == "table"
