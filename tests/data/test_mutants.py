"""Files as programs write them, with some bytes changed: a table whose columns agree, or an ElmanError."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import math
import os
import random
import re
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from elman.data.detect import detect
from elman.data.readers import archives, read
from elman.data.vector_files import VectorFile
from elman.errors import ElmanError
from elman.kinds import AudioKind, ImageKind
from elman.kinds.midi import read_midi
from sheets import Day, Failed, Formula, Moment, Span, ods, xlsx
from sounds import save, tone
from tunes import melody, midi, named, note, tempo

MUTANTS = int(os.environ.get("ELMAN_MUTANTS", "25"))
"""Of each file, and of some two or three times as many."""
ARFF = b"""% about
@relation 'r s'
@attribute 'a b' numeric
@attribute c {x, 'y z', "q"}
@attribute s string
@attribute d date "dd/MM/yy HH:mm"
@data
1.5,x,'hello, you',"01/02/03 04:05"
?,'y z',?,?
{0 3, 2 'so'}
{1 q, 3 "01/01/01 01:01"}, {2}
"""
TSF = b"""# about
@relation x
@attribute series_name string
@attribute start_timestamp date
@frequency monthly
@horizon 2
@data
T1:1972-01-01 00-00-00:1.5,2.5,?,3
T2:1974-01-01 00-00-00:7,8,9
"""
STAMPED = (
    b"@timeStamps true\n@classLabel true a b\n@data\n(2020-01-01 00:00:00,1),(2020-01-02 06:00:00,2):a\n(0.5,3):b\n"
)
FASTTEXT = b"".join(b"__label__%c , __label__c some text %d, more\n" % (97 + i % 2, i) for i in range(12))
TAGGED = b"".join(b"The/DT cat_%d/NN sees/VBZ it/PRP ./.\n" % (i % 4) for i in range(9))
STORIES = b"".join(
    b"1 Ann went to place%d.\n2 Bob ran.\n3 Where is Ann? \tplace%d\t1\n" % (i % 3, i % 3) for i in range(9)
)
SHORT = b"# who wrote it\nday,n,value\n" + b"".join(
    b"2020-01-%02d,%d.5K,\xe2\x82\xac%dM\n" % (i, i, i) for i in range(1, 20)
)
QUOTED = b'"year,""a b"",n"\n' + b"".join(b'"%d,b%d,%d"\n' % (1970 + i, i, i * i % 7) for i in range(12))
ALONE = b"# about\n# Source: (here)\n" + b"".join(b"%d.%d\n" % (i * i % 7, i) for i in range(30))
ABC = b"% a book\n" + b"".join(b"X: %d\nT:The \xc3\xa9 %d\nM:3/4\nK:G\nd2B|A3c|\n\n" % (i, i) for i in range(9))
SPANS = b"".join(b"<PER>Ann %d</PER> saw [Rome](LOC) .\n" % i for i in range(9))
LABELLED = b"".join(b"%d text %d %s\n" % (i % 2, i, b"more " * (i % 3)) for i in range(12))
LEXICON = b";;; about\n" + b"".join(b"ab%c%c  AA1 B CH D\n" % (97 + i, 98 + i % 7) for i in range(24))
COUNTED = b"season,week,n\n" + b"".join(
    b"%d-%02d,W%02d,%d%s\n" % (1980 + i, 81 + i, i, i, b" p" * (i == 4)) for i in range(12)
)
TRACE = b"".join(
    b"%s,%.6f,%.3f\n" % ((b"Record Length,2500,", b"Source,CH1,", b",,")[min(i, 2)], i / 1e5, math.sin(i / 3))
    for i in range(70)
)
WEATHER = b"STATION,DATE,REPORT_TYPE,TMP\n" + b"".join(
    b'725,2021-01-%02d,FM-15,"%+05d,1"\n' % (i, i) for i in range(1, 29)
)
BAND = b"1609459200.00, 1609459200.00\n32.0, 32.0\n" + b"".join(b"%d,%d\n" % (i % 7, i % 5) for i in range(40))
METER = (
    b"---- Data File Created By ActiGraph GT3X+ ----\n"
    + b"line\n" * 9
    + b"".join(b"%d,%d\n" % (i, i % 5) for i in range(30))
)
OF_R = b'"text" "y"\n' + b"".join(b'"%d" "a \\"text\\" of %d" "%c"\n' % (i, i, 97 + i % 2) for i in range(12))
ZEEK = (
    b"#fields\tts\thost\n#types\ttime\taddr\n"
    + b"".join(b"%d.5\th%d\n" % (1609459200 + i, i % 3) for i in range(9))
    + b"#close\tx\n"
)
PARTS = b'{"train": [["a b", "x"], ["c d", "y"]], "val": [["e f", "x"]], "oos_test": [["g", "oos"]]}'
PIXELS = b"emotion,pixels,Usage\n" + b"".join(b"%d,1 2 3 4 5 6 7 %d,Training\n" % (i % 2, i) for i in range(12))
UCR = b"".join(
    b"\t".join([b"%d" % (i % 2), *(b"%.3f" % (math.sin(t / 3 + i) + i / 9) for t in range(16))]) + b"\n"
    for i in range(12)
)
ROWS = [
    ["name", "n", "day", "x"],
    ["a", 1, Day("2024-01-31"), Formula("B2", 2)],
    ["b", 2, Day("2024-02-01"), Failed("#N/A")],
]
WORDS = b"text,label\n" + b"".join(b"word %d,%c\n" % (i, 97 + i % 2) for i in range(24))
SPAN_LINES = [{"text": f"Ann Lee went to Rome {i}", "label": [[0, 7, "PER"], [16, 20, "LOC"]]} for i in range(9)]
CHOSEN = [{"data": {"text": f"so {i}"}, "annotations": [{"result": [{"value": {"choices": ["a"]}}]}]} for i in range(9)]
TALKS = [
    {"messages": [{"role": "user", "content": f"hi {i}"}, {"role": "assistant", "content": "yes"}]} for i in "abcde"
]
VECTORS = b"".join(b"word%d 0.5 -1e-2 3\n" % i for i in range(9))
WORD2VEC = b"9 3\n" + b"".join(b"word%d " % i + np.arange(3, dtype="<f4").tobytes() + b"\n" for i in range(9))
EXTREMES = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFFFFFF, 0x80000000, 2**63 - 1, 2**64 - 1, 10**12]
FIGURES = [b"-1", b"0", b"1e999", b"nan", b"9" * 20, b"9" * 400, b"9" * 5_000, b"-0.0", b"1e-400"]
MARKS = b"'\"{}(),:;%?@<>/\t\n\0\xff \x80.-_0179"


def mutants(data, rng):
    for _ in range(MUTANTS):
        yield changed(data, rng)


def changed(data, rng):
    """Bytes changed, put in, taken out, doubled, or zero, a number as large as can be, or the end cut off, in one to
    three places, many of them near the beginning."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(rng.choice([len(data), min(len(data), 80)]) + 1)
        match rng.randrange(7):
            case 0:
                data[at : at + 1] = bytes([rng.choice([*MARKS, rng.randrange(256)])])
            case 1:
                data[at:at] = bytes([rng.choice(MARKS)]) * rng.choice([1, 2, 30])
            case 2:
                del data[at : at + rng.choice([1, 2, 8, 50])]
            case 3:
                data[at:at] = data[at : at + rng.choice([1, 10, 60])]
            case 4 if rng.random() < 0.5:
                del data[at:]
            case 5:
                size = rng.choice([1, 2, 4, 8])
                number = rng.choice(EXTREMES) % 256**size
                data[at : at + size] = number.to_bytes(size, rng.choice(["little", "big"]))
            case 6 if figures := [*re.finditer(rb"[0-9]+", bytes(data))]:
                found = rng.choice(figures)
                data[found.start() : found.end()] = rng.choice(FIGURES)
    return bytes(data)


def with_member_changed(data, rng):
    """A sound archive, one of whose files isn't."""
    source, made = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    chosen = rng.choice(source.namelist())
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, changed(content, rng) if name == chosen else content)
    return made.getvalue()


NOTHING_SHOWN = re.compile(r"(?<!:) \(\)([.:; ]|$)").search
"""What a message would have quoted."""


def check(path):
    try:
        table = read(path, skip_bad=path.stat().st_size % 2 == 0)
        assert {len(cells) for cells in table.columns.values()} == {len(table)}
        for cells in table.columns.values():
            str(cells).encode()
        detect(table)
    except ElmanError as error:
        assert str(error) and not NOTHING_SHOWN(str(error))
    archives.unpacked_already.clear()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.arff", ARFF),
        ("x.tsf", TSF),
        ("x.ts", STAMPED),
        ("x.txt", FASTTEXT),
        ("x_TRAIN.tsv", UCR),
        ("a.txt", TAGGED),
        ("a.abc", ABC),
        ("qa.txt", STORIES),
        ("shares.csv", SHORT),
        ("quoted.csv", QUOTED),
        ("alone.txt", ALONE),
        ("b.txt", SPANS),
        ("c.txt", LABELLED),
        ("x.dict", LEXICON),
        ("x.csv", COUNTED),
        ("trace.csv", TRACE),
        ("weather.csv", WEATHER),
        ("band.csv", BAND),
        ("meter.csv", METER),
        ("r.txt", OF_R),
        ("conn.log", ZEEK),
        ("parts.json", PARTS),
        ("pixels.csv", PIXELS),
        ("x.rda", b"RDX3\nX\n\0\0\0\3"),
        ("spans.jsonl", b"".join(json.dumps(one).encode() + b"\n" for one in SPAN_LINES)),
        ("chosen.json", json.dumps(CHOSEN).encode()),
        ("talks.jsonl", b"".join(json.dumps(one).encode() + b"\n" for one in TALKS)),
        (
            "columns.json",
            json.dumps({"a": {str(i): f"w {i}" for i in range(9)}, "b": dict.fromkeys("123", 1)}).encode(),
        ),
        ("wide.csv", WORDS.decode().encode("utf-16")),
        ("words.csv", WORDS.replace(b"word", "我们今天".encode("gb18030"))),
    ],
)
def test_text(tmp_path, name, data):
    path = tmp_path / name
    for mutant in mutants(data, random.Random(name)):
        path.write_bytes(mutant)
        check(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_text(tmp_path, pack):
    path, whole, rng = tmp_path / "x.csv", pack(WORDS), random.Random(1)
    for _ in range(MUTANTS):
        path.write_bytes(rng.choice([changed(whole, rng), pack(changed(WORDS, rng))]))
        check(path)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype="<f4").reshape(4, 3, 2),
        np.array(["ab", "c", "ab", "d"] * 3),
        np.array([b"ab", b"c", b"ab"] * 3),
        np.arange(12).astype("M8[D]"),
        np.array([(1, 2.5, "a"), (2, 3.5, "b")] * 4, [("n", "i4"), ("x", ">f8"), ("t", "U3")]),
    ],
    ids=lambda array: array.dtype.kind,
)
def test_arrays(tmp_path, array):
    rng = random.Random(2)
    np.save(tmp_path / "x.npy", array)
    np.savez(tmp_path / "x.npz", x_train=array, x_test=array, y_train=array.view(), y_test=array)
    for name in ("x.npy", "x.npz"):
        whole = (tmp_path / name).read_bytes()
        for _ in range(2 * MUTANTS):
            inside = name == "x.npz" and rng.random() < 0.7
            (tmp_path / name).write_bytes(with_member_changed(whole, rng) if inside else changed(whole, rng))
            check(tmp_path / name)


def test_parquet(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path, rng = tmp_path / "x.parquet", random.Random(3)
    rows = "SELECT 'word ' || i AS text, i % 2 AS label, [i, 1] AS list, DATE '2024-01-01' + i::INT AS day"
    duckdb.sql(f"COPY ({rows} FROM range(30) rows(i)) TO '{path}' (FORMAT parquet)")
    whole = path.read_bytes()
    for mutant in mutants(whole, rng):
        path.write_bytes(mutant)
        check(path)


@pytest.mark.parametrize("whole", [VECTORS, b"9 3\n" + VECTORS, WORD2VEC])
def test_word_vectors(tmp_path, whole):
    path, rng = tmp_path / "x.vec", random.Random(4)
    for mutant in mutants(whole, rng):
        path.write_bytes(mutant)
        try:
            VectorFile(path).vectors_of(["word1", "b"], ignore_case=True, more=3, is_word=str.isalnum)
        except ElmanError as error:
            assert str(error) and " ()" not in str(error)


def test_files_that_belong_together(tmp_path):
    """Of features and their classes, of texts and their annotations, and of words, tags and intents."""
    numbers, classes = b"1.5 -2e-1\n0.5 3e-1\n" * 4, b"1\n2\n" * 4
    steps, labels = b"a,b\n1,2\n3,4\n5,6\n", b"id,class\n" + b"".join(b"%d,%c\n" % (i, 97 + i % 2) for i in range(6))
    spans = b"T1\tPER 0 7\tAnn Lee\nT2\tLOC 16 20\tRome\n#1\tNote T1\tx\n"
    words, tags = b"play it\nbook rome\n" * 4, b"O O\nO B-c\n" * 4
    folders = {
        "uci": {"X_train.txt": numbers, "y_train.txt": classes, "subject_train.txt": b"7\n" * 8},
        "brat": {"a.txt": b"Ann Lee went\nto Rome\n", "a.ann": spans},
        "labels": {**{f"x_{i}.csv": steps for i in range(6)}, "y.csv": labels},
        "languages": {"train.en": words, "train.de": words},
        "slots": {"seq.in": words, "seq.out": tags, "label": b"p\nb\n" * 4},
        "tweets": {"train_text.txt": words, "train_labels.txt": b"0\n1\n" * 4, "mapping.txt": b"0\tsad\n1\tglad\n"},
        "sides": {"x_source.txt": words, "x_target.txt": tags},
        "speech": {"1-2.trans.txt": b"1-2-0 PLAY IT\n1-2-1 BOOK ROME\n", "1-2-0.wav": b"", "1-2-1.flac": b""},
    }
    rng = random.Random(5)
    for folder, files in folders.items():
        (tmp_path / folder).mkdir()
        for _ in range(2 * MUTANTS):
            chosen = rng.choice([*files])
            for name, data in files.items():
                (tmp_path / folder / name).write_bytes(changed(data, rng) if name == chosen else data)
            check(tmp_path / folder)


@pytest.mark.parametrize("form", ["xlsx", "ods", "zip", "tar", "tgz"])
def test_archives_and_workbooks(tmp_path, form):
    path, made, rng = tmp_path / f"x.{form}", io.BytesIO(), random.Random(form)
    match form:
        case "xlsx":
            xlsx(
                path,
                {"Title": [["t"]], "S": [*ROWS, ["c", 3, Moment("2024-02-01 01:00:00"), Span(4)]]},
                merged=["A2:A3"],
            )
        case "ods":
            ods(path, {"S": ROWS})
        case "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for i in range(4):
                    archive.writestr(f"s/{'ab'[i % 2]}/{i}.txt", f"text {i}")
        case "tar" | "tgz":
            with tarfile.open(fileobj=made, mode="w" if form == "tar" else "w:gz") as archive:
                for label in "ab":
                    member = tarfile.TarInfo(f"s/{label}/1.txt")
                    member.size = 4
                    archive.addfile(member, io.BytesIO(b"text"))
            path.write_bytes(made.getvalue())
    data = path.read_bytes()
    for mutant in mutants(data, rng):
        path.write_bytes(mutant)
        check(path)
    if zipfile.is_zipfile(io.BytesIO(data)):
        for _ in range(MUTANTS):
            path.write_bytes(with_member_changed(data, rng))
            check(path)


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *(("png", mode) for mode in ("RGB", "RGBA", "P", "I;16", "1")),
        *(("jpeg", mode) for mode in ("RGB", "L", "CMYK")),
        *((form, "RGB") for form in ("gif", "webp", "bmp", "mpo")),
    ],
)
def test_pictures(tmp_path, form, mode):
    path, exif = tmp_path / f"x.{'jpg' if form == 'mpo' else form}", Image.Exif()
    exif[0x0112], exif[0x8769] = 6, {0x9003: "2020:01:01 00:00:00"}
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8))
    picture = picture.convert("I").convert(mode) if mode == "I;16" else picture.convert(mode)
    if form == "mpo":
        picture.save(path, "MPO", save_all=True, append_images=[picture], exif=exif)
    elif form in ("png", "jpeg", "webp"):
        picture.save(path, exif=exif)
    else:
        picture.save(path)
    learned_from(ImageKind, path)


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "aiff", "mp3"])
def test_recordings(tmp_path, form):
    import soundfile

    path = tmp_path / f"x.{form}"
    if form == "wav":
        save(tone(440, 0.05), path)
    else:
        soundfile.write(path, tone(440, 0.05), 8_000)
    learned_from(AudioKind, path)


def learned_from(made, path):
    for mutant in mutants(path.read_bytes(), random.Random(path.suffix)):
        path.write_bytes(mutant)
        kind = made()
        try:
            kind.fit([str(path)])
            kind.collate(kind.encode([str(path)]))
        except ElmanError as error:
            assert str(error) and " ()" not in str(error)


def test_tunes(tmp_path):
    whole = midi([named("a"), tempo(0, 400_000), *melody([60, 62, 64, 65])], note(0, 4, 40))
    for i, mutant in enumerate(mutants(whole, random.Random(0))):
        (tmp_path / f"{i}.mid").write_bytes(mutant)
        try:
            read_midi(tmp_path / f"{i}.mid")
        except ElmanError as error:
            assert str(error) and " ()" not in str(error)
