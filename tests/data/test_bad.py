"""Bad lines and items: an error with its place, or left out and listed."""

from __future__ import annotations

import pytest

from elman.data.readers import read, stream
from elman.errors import DataFileError

GOOD = {
    "a.csv": "x,y\n1,a\n2,b\n3,c\n",
    "a.jsonl": '{"x": 1}\n{"x": 2}\n{"x": 3}\n',
    "a.json": '[{"x": 1},\n{"x": 2},\n{"x": 3}]\n',
    "a.conll": "a\tX\nb\tY\n\nc\tX\nd\tY\n\ne\tX\n",
    "a.conllu": "\n".join(f"1\t{word}\t{word}\tNOUN\tN\t_\t0\troot\t_\t_\n" for word in "abc"),
    "a.ts": "@classLabel true u v\n@data\n1,2:3,4:u\n5,6:7,8:v\n1,1:2,2:u\n",
}
BAD = {  # a change of the second row, and where it is
    "a.csv": ("2,b", "2,b,c", ":3"),
    "a.jsonl": ('{"x": 2}', '{"x": 2', ":2"),
    "a.json": ('{"x": 2}', "2", ""),
    "a.conll": ("d\tY", "d", ":5"),
    "a.conllu": ("1\tb\tb", "1\tb", ":3"),
    "a.ts": ("7,8", "7,oops", ":4"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_rows(tmp_path, name):
    path = tmp_path / name
    path.write_text(GOOD[name])
    good = read(path)
    assert len(good) == 3
    before, after, line = BAD[name]
    path.write_text(GOOD[name].replace(before, after))
    with pytest.raises(DataFileError) as caught:
        read(path)
    assert caught.value.place == f"{path}{line}"
    table = read(path, skip_bad=True)
    assert table.columns == good.select([0, 2]).columns
    assert [(item.place, item.why) for item in table.skipped] == [(caught.value.place, table.skipped[0].why)]
    assert table.files in ([], [(str(path), 2)])
    chunks = list(stream(path, 1, skip_bad=True))
    assert [len(chunk) for chunk in chunks] == [1, 1]
    assert [item for chunk in chunks for item in chunk.skipped] == table.skipped


def test_a_text_among_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i}\n" for i in range(30)) + "oops,1\n")
    table = read(path, skip_bad=True)
    assert table.columns["x"] == list(range(30)) and table.files == [(str(path), 30)]
    assert [item.place for item in table.skipped] == [f"{path}:32"]
    path.write_text("x,y\n" + "".join(f"{i},{i}\n" for i in range(30)) + "007,1\n")  # a code, so all are codes
    table = read(path, skip_bad=True)
    assert table.columns["x"][-1] == "007" and not table.skipped
    path.write_text("x,y\n" + "".join(f"{i},{i}\n" for i in range(30)) + "oops,1\n" * 10)  # too many to be slips
    assert len(read(path, skip_bad=True)) == 40


def test_texts_that_are_none(tmp_path):
    for label in ("ham", "spam"):
        (tmp_path / label).mkdir()
        for i in range(3):
            (tmp_path / label / f"{i}.txt").write_text(f"{label} {i}")
    (tmp_path / "ham" / "1.txt").write_bytes(b"\0\1\2")
    (tmp_path / "spam" / "2.txt").write_bytes(b"")
    with pytest.raises(DataFileError, match=r"ham/1\.txt: holds zero bytes"):
        read(tmp_path)
    table = read(tmp_path, skip_bad=True)
    assert table.columns["text"] == ["ham 0", "ham 2", "spam 0", "spam 1"]
    assert [item.place for item in table.skipped] == [str(tmp_path / "ham/1.txt"), str(tmp_path / "spam/2.txt")]


def test_thousands_of_files(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(1_500):
            (tmp_path / label / f"{i}.png").touch()
    assert len(read(tmp_path)) == 3_000


def test_a_row_of_a_file_in_another_encoding_is_named_by_its_line(tmp_path):
    for label, last in (("x", "é"), ("y", "ü"), ("z", "€")):
        (tmp_path / label).mkdir()
        lines = "".join(f"{i},{i % 3}\n" for i in range(30))
        (tmp_path / label / "1.csv").write_bytes(
            f"a,b\n{lines}{last},4\n5,6_\n".encode("cp1252" if label == "z" else "utf-8")
        )
    skipped = [item.place for item in read(tmp_path, skip_bad=True).skipped]
    assert skipped == [f"{tmp_path / label / '1.csv'}:{line}" for label in "xyz" for line in (32, 33)]


def test_rows_are_named_by_their_lines_however_the_file_was_found_to_be_written(tmp_path):
    """With the comma said, and that no row is a header, no row of this file is one."""
    rows = [f"c{i // 8},2024-01-{2 + i:02} 10:{i:02}:00,p{i % 4},{i}.5,web" for i in range(9)]
    lines = [b"customer,time,prod,time,product,amount,chann\rel", b"c0,2\x80\0\0 10\x1a00:00,p0,0.00,shop"]
    lines += [*(row.encode() for row in rows), b"c2,2024-01-21 10:20:\xff\xff,p0,30.00,web"]
    (tmp_path / "a.csv").write_bytes(b"\n".join(lines))
    assert [item.place for item in read(tmp_path / "a.csv", skip_bad=True).skipped] == [
        f"{tmp_path / 'a.csv'}:{line}" for line in (2, 12)
    ]
