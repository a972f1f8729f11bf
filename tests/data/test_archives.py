"""Archives are read without unpacking them by hand, and can do no harm."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile

import pytest

from elman.data.readers import archives, read, stream
from elman.errors import DataFileError
from sheets import xlsx

TABLE = "text,label\n" + "".join(f"some words {i},{'ab'[i % 2]}\n" for i in range(12))


def zipped(path, files, **about):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, files, mode):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return path


def test_one_file(tmp_path):
    for name in ("a.zip", "a.csv.zip", "a.data"):
        table = read(zipped(tmp_path / name, {"deep/in/it.csv": TABLE, "__MACOSX/deep/._it.csv": "x", "deep/.x": "y"}))
        assert len(table) == 12 and table.names == ["text", "label"]
        assert table.source == str(tmp_path / name)
    assert sum(len(part) for part in stream(tmp_path / "a.zip", 5)) == 12
    for ending in ("gz", "bz2", "xz"):
        assert len(read(tarred(tmp_path / f"a.tar.{ending}", {"it.csv": TABLE}, f"w:{ending}"))) == 12
    assert len(read(tarred(tmp_path / "a.tar", {"it.csv": TABLE}, "w"))) == 12
    xlsx(tmp_path / "a.xlsx", {"S": [["x", "y"], [1, 2], [3, 4]]})
    assert len(read(zipped(tmp_path / "b.zip", {"a.xlsx": (tmp_path / "a.xlsx").read_bytes()}))) == 2


def test_folders(tmp_path):
    classes = {f"set/{label}/{i}.txt": f"text {label} {i}" for label in ("ham", "spam") for i in range(3)}
    table = read(zipped(tmp_path / "a.zip", {"set/README": "about", **classes}))
    assert table.columns["label"] == ["ham"] * 3 + ["spam"] * 3
    parts = {"train.csv": TABLE, "test.csv": TABLE}
    assert read(tarred(tmp_path / "b.tgz", parts, "w:gz")).columns["split"].count("test") == 12


def test_names_in_utf_8_without_the_mark(tmp_path):
    zipped(tmp_path / "a.zip", {"grün/x.txt": "one", "rot/x.txt": "two"})
    data = (tmp_path / "a.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert all(info.flag_bits & 0x800 for info in archive.infolist() if "ü" in info.filename)
    data = data.replace(b"PK\x03\x04\x14\0\0\x08", b"PK\x03\x04\x14\0\0\0").replace(
        b"PK\x01\x02\x14\x03\x14\0\0\x08", b"PK\x01\x02\x14\x03\x14\0\0\0"
    )
    (tmp_path / "b.zip").write_bytes(data)
    assert read(tmp_path / "b.zip").columns["label"] == ["grün", "rot"]


@pytest.mark.parametrize("name", ["../x.csv", "a/../../x.csv", "/etc/x.csv", "C:/x.csv", "..\\x.csv", "\\x.csv"])
def test_paths_that_leave_the_folder(tmp_path, name):
    with pytest.raises(DataFileError, match=r"a\.zip: holds a path that leaves its folder"):
        read(zipped(tmp_path / "a.zip", {"fine.csv": TABLE, name: TABLE}))
    with pytest.raises(DataFileError, match=r"a\.tar: holds a path that leaves its folder"):
        read(tarred(tmp_path / "a.tar", {name: TABLE}, "w"))
    assert not (tmp_path / "x.csv").exists() and not (tmp_path.parent / "x.csv").exists()


def test_links(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        linked = tarfile.TarInfo("link")
        linked.type, linked.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(linked)
    for name in ("a.zip", "a.tar"):
        with pytest.raises(DataFileError, match=r"holds a link \(link\)"):
            read(tmp_path / name)


def test_bombs(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LEAST_SUSPECT", 1 << 16)
    with pytest.raises(DataFileError, match=r"a\.zip: becomes more than 200 times its size"):
        read(zipped(tmp_path / "a.zip", {"a.csv": "0" * (1 << 22)}))
    with pytest.raises(DataFileError, match=r"a\.tgz: becomes more than 200 times"):
        read(tarred(tmp_path / "a.tgz", {"a.csv": "0" * (1 << 22)}, "w:gz"))
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    with pytest.raises(DataFileError, match="more than 3 files"):
        read(zipped(tmp_path / "b.zip", {f"{i}.csv": "x" for i in range(4)}))


def test_an_archive_in_an_archive(tmp_path):
    inner = zipped(tmp_path / "in.zip", {"a.csv": TABLE}).read_bytes()
    with pytest.raises(DataFileError, match="an archive in an archive"):
        read(zipped(tmp_path / "out.zip", {"in.zip": inner}))


def test_damaged_locked_and_empty_ones(tmp_path):
    whole = zipped(tmp_path / "a.zip", {"a.csv": TABLE, "b.csv": TABLE}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:100])
    changed = bytearray(whole)
    changed[50:60] = bytes(10)
    (tmp_path / "changed.zip").write_bytes(changed)
    for name in ("cut.zip", "changed.zip"):
        with pytest.raises(DataFileError, match="isn't an archive that can be unpacked"):
            read(tmp_path / name)
    locked = bytearray(whole)
    for start, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.index(start) + place
        locked[at] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    with pytest.raises(DataFileError, match="locked by a password"):
        read(tmp_path / "locked.zip")
    with pytest.raises(DataFileError, match="without files of data"):
        read(zipped(tmp_path / "none.zip", {}))
    (tmp_path / "cut.tar").write_bytes(tarred(tmp_path / "w.tar", {"a.csv": TABLE}, "w").read_bytes()[:600])
    with pytest.raises(DataFileError, match="isn't an archive that can be unpacked"):
        read(tmp_path / "cut.tar")
