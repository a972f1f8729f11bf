"""Files as programs write them, with some bytes changed: a table whose columns agree, or an ElmanError."""

from __future__ import annotations

import io
import math
import random
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from elman.data.detect import detect
from elman.data.readers import archives, read
from elman.errors import ElmanError
from elman.kinds import AudioKind, ImageKind
from elman.kinds.midi import read_midi
from sheets import Day, Failed, Formula, Moment, Span, ods, xlsx
from sounds import save, tone
from tunes import melody, midi, named, note, tempo

MUTANTS = 25
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
MARKS = b"'\"{}(),:;%?@<>/\t\n\0\xff \x80.-_0179"


def mutants(data, rng):
    for _ in range(MUTANTS):
        yield changed(data, rng)


def changed(data, rng):
    """Bytes changed, put in, taken out, doubled, or the end cut off, in one to three places."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
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


def check(path):
    try:
        table = read(path, skip_bad=path.stat().st_size % 2 == 0)
        assert {len(cells) for cells in table.columns.values()} == {len(table)}
        for cells in table.columns.values():
            str(cells).encode()
        detect(table)
    except ElmanError as error:
        assert str(error) and " ()" not in str(error)
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
    ],
)
def test_text(tmp_path, name, data):
    path = tmp_path / name
    for mutant in mutants(data, random.Random(name)):
        path.write_bytes(mutant)
        check(path)


def test_files_that_belong_together(tmp_path):
    """Of features and their classes, of texts and their annotations, and of words, tags and intents."""
    numbers, classes = b"1.5 -2e-1\n0.5 3e-1\n" * 4, b"1\n2\n" * 4
    spans = b"T1\tPER 0 7\tAnn Lee\nT2\tLOC 16 20\tRome\n#1\tNote T1\tx\n"
    words, tags = b"play it\nbook rome\n" * 4, b"O O\nO B-c\n" * 4
    folders = {
        "uci": {"X_train.txt": numbers, "y_train.txt": classes, "subject_train.txt": b"7\n" * 8},
        "brat": {"a.txt": b"Ann Lee went\nto Rome\n", "a.ann": spans},
        "slots": {"seq.in": words, "seq.out": tags, "label": b"p\nb\n" * 4},
    }
    rng = random.Random(5)
    for folder, files in folders.items():
        (tmp_path / folder).mkdir()
        for _ in range(2 * MUTANTS):
            chosen = rng.choice([*files])
            for name, data in files.items():
                (tmp_path / folder / name).write_bytes(changed(data, rng) if name == chosen else data)
            check(tmp_path / folder)


@pytest.mark.parametrize("form", ["xlsx", "ods", "zip", "tar"])
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
        case "tar":
            with tarfile.open(fileobj=made, mode="w") as archive:
                for label in "ab":
                    member = tarfile.TarInfo(f"s/{label}/1.txt")
                    member.size = 4
                    archive.addfile(member, io.BytesIO(b"text"))
            path.write_bytes(made.getvalue())
    data = path.read_bytes()
    for mutant in mutants(data, rng):
        path.write_bytes(mutant)
        check(path)
    if form != "tar":
        for _ in range(MUTANTS):
            path.write_bytes(with_member_changed(data, rng))
            check(path)


@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "webp", "bmp"])
def test_pictures(tmp_path, form):
    path, exif = tmp_path / f"x.{form}", Image.Exif()
    exif[0x0112] = 6
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8))
    if form in ("png", "jpeg", "webp"):
        picture.save(path, exif=exif)
    else:
        picture.save(path)
    learned_from(ImageKind, path)


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "aiff"])
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
