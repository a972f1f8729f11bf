"""Files that promise more than they hold, or are no files: an error at once, and neither a traceback nor a hang."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from elman import memory
from elman.data.detect import detect
from elman.data.readers import read
from elman.data.readers.archives import MOST_OF_NAMES
from elman.data.vector_files import VectorFile
from elman.errors import DataFileError, TaskError
from elman.kinds import AudioKind
from sheets import ods, xlsx


def header(shape: str, dtype: str = "'<f8'") -> bytes:
    """What stands before the numbers of an array (numpy.lib.format, version 1.0)."""
    said = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(said)) + said


# -- arrays -----------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("shape", "dtype", "why"),
    [
        ("(1000000000000,)", "'<f8'", "isn't readable as NumPy arrays"),
        ("(1" + "0" * 40 + ",)", "'<f8'", "isn't readable as NumPy arrays"),
        ("(-3, -4)", "'<f8'", "isn't readable as NumPy arrays"),
        ("('a',)", "'<f8'", "isn't readable as NumPy arrays"),
        ("(1,", "'<f8'", "isn't readable as NumPy arrays"),
        ("(3,)", "'[[['", "isn't readable as NumPy arrays"),
        ("(3,)", "'|O'", "it holds objects of Python"),
        ("(1000000000000, 0)", "'<f8'", "1,000,000,000,000 rows, and nothing in them"),
        ("(3,)", "'<c8'", "is of complex64. Expected numbers, text or dates"),
    ],
)
def test_headers_of_arrays(tmp_path: Path, packed: bool, shape: str, dtype: str, why: str):
    path, data = tmp_path / ("x.npz" if packed else "x.npy"), header(shape, dtype) + bytes(24)
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", data)
    else:
        path.write_bytes(data)
    with pytest.raises(DataFileError, match=why):
        read(path)


def test_a_file_beside_arrays_and_none_at_all(tmp_path: Path):
    for files in ({"x": b"no array"}, {}):
        with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        with pytest.raises(DataFileError, match="holds no array with a first axis of rows"):
            read(tmp_path / "x.npz")


def test_arrays_that_have_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    np.savez_compressed(tmp_path / "x.npz", x=np.zeros(100_000))
    monkeypatch.setattr(memory, "available", lambda: 500_000)
    with pytest.raises(DataFileError, match=r"holds arrays that take about 0\.0 GB of memory; 0\.0 GB are free"):
        read(tmp_path / "x.npz")


@pytest.mark.parametrize("sign", [0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF])
@pytest.mark.parametrize("order", "<>")
def test_texts_of_signs_that_there_are_not(tmp_path: Path, sign: int, order: str):
    found = np.array([["ab", "\U0010ffff"], ["\ud7ff", "\ue000"]], f"{order}U3")
    np.save(tmp_path / "x.npy", found)
    assert read(tmp_path / "x.npy").columns["x"] == found.tolist()
    found.view(f"{order}u4")[1, 2] = sign
    np.save(tmp_path / "x.npy", found)
    with pytest.raises(DataFileError, match="signs that there are not"):
        read(tmp_path / "x.npy")


def test_dates_bytes_and_records_of_arrays(tmp_path: Path):
    records = np.array([(1, "a b", [1, 2]), (2, "c", [3, 4])], [("n", "<i4"), ("text", "<U3"), ("pair", "<f4", (2,))])
    np.save(tmp_path / "r.npy", records)
    found = read(tmp_path / "r.npy").columns
    assert found == {"r.n": [1, 2], "r.text": ["a b", "c"], "r.pair": [[1, 2], [3, 4]]}
    np.savez(tmp_path / "x.npz", day=np.array(["2024-02-29", "NaT"], "M8[D]"), word=np.array(["ä".encode(), b"\xff"]))
    assert read(tmp_path / "x.npz").columns == {"day": ["2024-02-29", None], "word": ["ä", "\ufffd"]}


@pytest.mark.parametrize("lengths", [[3, -1], [3, 5], [3, np.nan], [1.5, 2], [[1], [2]], ["1", "2"]])
def test_lengths_that_no_row_has(tmp_path: Path, lengths: list[object]):
    np.savez(tmp_path / "x.npz", x=np.ones((2, 4)), lengths=np.array(lengths))
    with pytest.raises(DataFileError, match="a whole number from 0 to 4"):
        read(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", x=np.ones((2, 4)), lengths=np.array([4.0, 0.0]))
    assert read(tmp_path / "x.npz").columns["x"] == [[1] * 4, []]


def test_a_line_of_word_vectors_without_end(tmp_path: Path):
    path = tmp_path / "x.vec.gz"
    path.write_bytes(gzip.compress(b"2 3\nword 1 2 3\n" + b"a" * 100_000 + b" 1 2 3\n"))
    with pytest.raises(
        DataFileError, match=r"x\.vec\.gz:3: goes on for more than 14,000 bytes; 3 numbers are expected"
    ):
        VectorFile(path).vectors_of(["word"], ignore_case=False, more=0, is_word=bool)


@pytest.mark.parametrize(
    "said", ["[" * 100_000, '{"info": {"features": {"x": ' + '{"feature": ' * 900 + "1" + "}" * 903]
)
def test_what_lies_deep_beside_parquet(tmp_path: Path, said: str):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"x": [1, 2]}).replace_schema_metadata({"huggingface": said})
    parquet.write_table(table, tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet").columns["x"] == [1, 2]


# -- archives and sheets ----------------------------------------------------------------------


def named_before(size: int) -> bytes:
    """What GNU tar writes before a file whose name is so long."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, size
    return info.tobuf(tarfile.GNU_FORMAT)


def test_names_of_files_in_a_tar_archive(tmp_path: Path):
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(named_before(2 * MOST_OF_NAMES) + bytes(2 * MOST_OF_NAMES), 1))
    with pytest.raises(DataFileError, match="a name, or what is said of a file, has 33,554,432 bytes"):
        read(tmp_path / "x.tar.gz")
    (tmp_path / "y.tar").write_bytes((named_before(2) + b"a".ljust(512, b"\0")) * 2_000 + bytes(1_024))
    with pytest.raises(DataFileError, match=r"damaged or cut off \(maximum recursion depth"):
        read(tmp_path / "y.tar")


def test_what_stands_in_damaged_archives_is_not_shown_whole(tmp_path: Path):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("x" * 9_000, "text")
        archive.writestr("y", "text")
    (tmp_path / "x.zip").write_bytes(whole.getvalue().replace(b"x", b"z", 1))
    with pytest.raises(DataFileError) as error:
        read(tmp_path / "x.zip")
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("place", ["XFD1048576", "xfd1048576", "B2147483648", "B" + "9" * 400])
def test_a_cell_far_from_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str):
    """calamine lays out all cells up to it, and ends the program where it has no memory for them."""
    monkeypatch.setattr(memory, "available", lambda: 1 << 30)
    monkeypatch.setattr("elman.data.readers.workbook.CHUNK", 64)
    xlsx(tmp_path / "whole.xlsx", {"S": [["x", "y"], [1, 2], [3, 4]]})
    assert len(read(tmp_path / "whole.xlsx")) == 2
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "far.xlsx", "w") as far:
        for name in whole.namelist():
            far.writestr(name, whole.read(name).replace(b'r="B3"', f'r = "{place}"'.encode()))
    with pytest.raises(DataFileError, match=r"goes on to column \w+ and row .*Clear what stands far"):
        read(tmp_path / "far.xlsx")
    ods(tmp_path / "x.ods", {"S": [["x", "y"], [1, 2], [3, 4]]})
    assert len(read(tmp_path / "x.ods")) == 2


# -- text -------------------------------------------------------------------------------------


@pytest.mark.parametrize("deep", [500, 600, 800, 960, 5_000, 100_000])
@pytest.mark.parametrize("pair", ["[]", ('{"a":', "}")])
@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_what_lies_deep_in_json(tmp_path: Path, deep: int, pair: tuple[str, str], name: str):
    inner = pair[0] * deep + '"\\ud800"' + pair[1] * deep
    (tmp_path / name).write_text(f'{{"text": "a b", "x": {inner}}}\n' * 3)
    try:
        detect(read(tmp_path / name))
    except (DataFileError, TaskError) as error:
        assert "maximum recursion depth" in str(error) or deep < 960


@pytest.mark.parametrize("figures", ["9" * 400, "9" * 5_000, "-" + "9" * 5_000])
def test_whole_numbers_beyond_all_floats_are_infinite(tmp_path: Path, figures: str):
    (tmp_path / "x.jsonl").write_text("".join(f'{{"x": {i}, "y": {figures}, "z": "a {i}"}}\n' for i in range(12)))
    table = read(tmp_path / "x.jsonl")
    assert table.columns["y"] == [float(figures)] * 12 and table.columns["x"] == [*range(12)]
    (tmp_path / "y.json").write_text(json.dumps([10**308, 2**1023]))
    assert read(tmp_path / "y.json").columns["value"] == [1e308, 2.0**1023]


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("elman.data.readers.files.LONGEST_LINE", 3 << 20)
    lines = b"some words\n" + b"a" * (3 << 20) + b"\nothers\n"
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(lines))
    assert len(read(tmp_path / "x.txt.gz")) == 3
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(lines.replace(b"\nothers", b"a" * (2 << 20))))
    with pytest.raises(DataFileError, match=r"x\.txt\.gz: has a line of more than 3,145,728 bytes"):
        read(tmp_path / "x.txt.gz")


def test_many_columns_are_named_in_no_time(tmp_path: Path):
    names = [f"c{i}" for i in range(20_000)]
    (tmp_path / "x.csv").write_text(f"{','.join([*names, 'c0'])}\n{'1,' * 20_000}2\n{'3,' * 20_000}4\n")
    assert read(tmp_path / "x.csv").names == [*names, "c0_2"]


def test_numbers_of_many_figures_name_nothing(tmp_path: Path):
    (tmp_path / "r").mkdir()
    for i in range(4):
        (tmp_path / "r" / f"x_{i}.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "y.csv").write_text("id,class\n" + "".join(f"{i},c{i % 2}\n" for i in range(4)) + "9" * 5_000 + ",c1\n")
    assert set(read(tmp_path).columns["class"]) == {"c0", "c1"}
    (tmp_path / "x.tsf").write_text(f"@attribute start_timestamp date\n@frequency {'9' * 5_000}_minutes\n@data\n")
    with pytest.raises(DataFileError, match="has the frequency '9999"):
        read(tmp_path / "x.tsf")
    (tmp_path / "x.arff").write_text(f"@attribute a numeric\n@data\n{{{'9' * 5_000} 3}}\n{{0 1}}\n")
    with pytest.raises(DataFileError, match=r"x\.arff:3: holds '9999.*the number of an attribute"):
        read(tmp_path / "x.arff")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.txt").write_text("Ann Lee went\n")
    (tmp_path / "b" / "a.ann").write_text(f"T1\tPER 0 {'7' * 5_000}\tAnn Lee\n")
    with pytest.raises(DataFileError, match=r"a\.ann:1: holds no span as brat writes them"):
        read(tmp_path / "b")
    (tmp_path / "z.csv").write_text(",".join(f"x{'9' * 5_000}{i}" for i in range(3)) + "\n1,2,3\n4,5,6\n")
    assert len(read(tmp_path / "z.csv")) == 2


def test_a_cell_that_no_file_can_be_called(tmp_path: Path):
    for i in range(4):
        (tmp_path / f"{i}.png").write_bytes(b"")
    cells = [*(f"{i}.png" for i in range(4)), "x" * 5_000 + ".png"]
    (tmp_path / "x.csv").write_text("image,word\n" + "".join(f"{cell},w\n" for cell in cells))
    assert read(tmp_path / "x.csv").columns["image"] == [*(str(tmp_path / f"{i}.png") for i in range(4)), cells[-1]]


# -- no files ---------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_and_devices(tmp_path: Path):
    """Whoever opened the pipe would wait for ever, and whoever read the device had never done."""
    (tmp_path / "a.txt").write_text("some words\nothers\n")
    pipe = tmp_path / "b.txt"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(DataFileError, match="is a pipe or a device, neither a file nor a folder"):
            read(path)
    with pytest.raises(DataFileError, match="is a pipe or a device"):
        VectorFile(pipe)
    with pytest.raises(DataFileError, match="is a pipe or a device"):
        AudioKind().fit([str(pipe)])


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("to", ["nowhere.csv", "x.csv"])
def test_links_to_nothing(tmp_path: Path, to: str):
    (tmp_path / "x.csv").symlink_to(to)
    with pytest.raises(DataFileError, match=rf"x\.csv: is a link to '{to}', which isn't there"):
        read(tmp_path / "x.csv")


@pytest.mark.parametrize(("dtype", "name"), [("'<U0'", "a.npy"), ("'|V0'", "a.npz"), ("'<f4'", "a.npy")])
def test_an_array_with_fewer_than_no_rows_doesnt_end_the_process(tmp_path: Path, dtype: str, name: str):
    (tmp_path / name).write_bytes(header("(-1,)", dtype) + bytes(40))
    with pytest.raises(DataFileError, match="fewer than no rows"):
        read(tmp_path / name)
