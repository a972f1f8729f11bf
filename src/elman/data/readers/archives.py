# pyright: strict
"""Archives, zip and tar: unpacked for as long as the process runs, within bounds, and never out of their folder."""

from __future__ import annotations

import lzma
import re
import shlex
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from elman.data.readers.arrays import is_arrays
from elman.data.readers.files import is_of_no_matter, open_bytes
from elman.data.readers.folder import visible
from elman.data.readers.workbook import is_workbook
from elman.errors import UNPACKED, DataFileError

ZIP, TAR = (b"PK\x03\x04", b"PK\x05\x06"), b"ustar"
TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MOST_FILES = 1_000_000
MOST_OF_NAMES = 1 << 24
"""Bytes that are read at once, for the name of a file, or of its contents."""
LEAST_SUSPECT, MOST_TIMES = 1 << 28, 200
"""Bytes of contents from which an archive is looked at with suspicion, and how many times its own size they may be:
text becomes a tenth, and a hundredth only where little is said in it."""
SHARE_OF_DISK = 0.5
LARGE = Path("/var/tmp")
"""Where large temporary files belong, if there is such a folder: others may lie in memory."""
OF_DOCUMENTS = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"})
"""Names in zip archives that are documents or programs."""
BROKEN = (
    *(OSError, EOFError, ValueError, IndexError, NotImplementedError, struct.error, zlib.error, lzma.LZMAError),
    *(zipfile.BadZipFile, tarfile.TarError, RecursionError),
)
"""What Python's modules raise for archives that are damaged."""
DRIVE = re.compile(r"[A-Za-z]:")
CHUNK, SHOWN = 1 << 20, 200


unpacked_already: dict[tuple[str, int, int], tempfile.TemporaryDirectory[str]] = {}
"""By path, size and time of change. What was unpacked is removed when the process ends."""


def unpacked(path: Path) -> Path:
    """What an archive holds: its folder, or its only file. Anything else is its own path.

    Raises DataFileError for one that is damaged, locked, lies in another archive, holds links or paths that leave its
    folder, or becomes far too large.
    """
    if path.is_dir() or not (is_zip(path) or is_tar(path)):
        return path
    if any(Path(folder.name) in path.parents for folder in unpacked_already.values()):
        raise DataFileError("is an archive in an archive. Unpack the outer one by hand, and pass this one.", path)
    about = path.stat()
    key = str(path.resolve()), about.st_size, about.st_mtime_ns
    if key not in unpacked_already:
        folder = tempfile.TemporaryDirectory(prefix="elman-", dir=LARGE if LARGE.is_dir() else None)
        unpack(path, Path(folder.name) / path.name)
        unpacked_already[key] = folder
        beside = path.with_name(f"{path.name.split('.')[0]}_unpacked")
        command = f"python -m {'zipfile' if is_zip(path) else 'tarfile'} -e {shlex.quote(str(path))}"
        UNPACKED[str(Path(folder.name) / path.name)] = (str(path), str(beside), f"{command} {shlex.quote(str(beside))}")
    return unpacked(innermost(Path(unpacked_already[key].name) / path.name, path))


def is_zip(path: Path) -> bool:
    """A zip archive that is no document, workbook or set of arrays."""
    if not starts(path, ZIP) or is_arrays(path) or is_workbook(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except BROKEN as error:
        raise damaged(path, error) from error
    return not names & OF_DOCUMENTS and not any(name.endswith("/data.pkl") for name in names)  # PyTorch's


def is_tar(path: Path) -> bool:
    return path.name.lower().endswith(TAR_ENDINGS) or starts(path, (TAR,), 257)


def starts(path: Path, magic: tuple[bytes, ...], at: int = 0) -> bool:
    try:
        with open(path, "rb") as file:
            file.seek(at)
            return file.read(8).startswith(magic)
    except OSError as error:
        raise DataFileError(f"can't be read: {error.strerror or error}.", path) from error


def unpack(path: Path, to: Path) -> None:
    """Write the files of an archive below ``to``, within the bounds above."""
    room = min(
        max(LEAST_SUSPECT, MOST_TIMES * path.stat().st_size), int(SHARE_OF_DISK * shutil.disk_usage(to.parent).free)
    )
    to.mkdir()
    try:
        for count, (name, stream) in enumerate(members(path)):
            if count == MOST_FILES:
                raise DataFileError(f"holds more than {MOST_FILES:,} files. Unpack it by hand.", path)
            target = to / inside(path, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as file:
                while chunk := stream.read(CHUNK):
                    room -= len(chunk)
                    if room < 0:
                        raise DataFileError(
                            f"becomes more than {MOST_TIMES} times its size when it is unpacked, or more than half of "
                            "what is free on the disk. If that is right, unpack it by hand.",
                            path,
                        )
                    file.write(chunk)
    except DataFileError:
        shutil.rmtree(to, ignore_errors=True)
        raise
    except BROKEN as error:
        shutil.rmtree(to, ignore_errors=True)
        raise damaged(path, error) from error


def inside(path: Path, name: str) -> PurePosixPath:
    """The name of a file as a path that stays where it is unpacked. Raises DataFileError for any other."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or DRIVE.match(name) or ".." in parts or "\0" in name:
        raise DataFileError(
            f"holds a path that leaves its folder ({name[:60]!r}), as an attack would. Don't trust it.", path
        )
    return PurePosixPath(*(part for part in parts if part not in ("", ".")))


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The files of an archive with their names, one after another. What programs leave there is passed over."""
    found = tar_members(path) if is_tar(path) else zip_members(path)
    return ((name, stream) for name, stream in found if not any(map(is_of_no_matter, name.split("/"))))


def zip_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            name = name_in(info)
            if info.flag_bits & 1:
                raise DataFileError(f"is locked by a password ({name[:60]}). Unpack it by hand.", path)
            if stat.S_ISLNK(info.external_attr >> 16):
                raise link(path, name)
            try:
                stream = archive.open(info)
            except NotImplementedError as error:
                raise DataFileError(
                    f"is packed in a way that isn't read ({error}). Unpack it by hand.", path
                ) from error
            with stream:
                yield name, stream


def name_in(info: zipfile.ZipInfo) -> str:
    """The name of a member: programs write UTF-8 without the mark that says so."""
    try:
        return info.filename if info.flag_bits & 0x800 else info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


class OfSmallPieces:
    """A tar archive as ``tarfile`` reads it, which takes the names and remarks before a file whole, as long as they say
    that they are: packed, a few kilobytes become as many gigabytes."""

    def __init__(self, stream: BinaryIO):
        self.stream, self.seek, self.tell = stream, stream.seek, stream.tell

    def read(self, size: int) -> bytes:
        if size > MOST_OF_NAMES:
            raise tarfile.ReadError(f"a name, or what is said of a file, has {size:,} bytes")
        return self.stream.read(size)


def tar_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with (
        open_bytes(path) as stream,
        tarfile.open(fileobj=cast("IO[bytes]", OfSmallPieces(stream)), mode="r:") as archive,
    ):
        for info in archive:
            if info.issym() or info.islnk():
                raise link(path, info.name)
            stream = archive.extractfile(info) if info.isreg() else None
            if stream is not None:
                yield info.name, stream


def link(path: Path, name: str) -> DataFileError:
    return DataFileError(f"holds a link ({name[:60]}), which may lead anywhere. Unpack it by hand.", path)


def damaged(path: Path, error: Exception) -> DataFileError:
    why = str(error)[:SHOWN] or "it ends too early"  # some errors show what stands in the place of a name
    return DataFileError(f"isn't an archive that can be unpacked: damaged or cut off ({why}). Fetch it again.", path)


def innermost(folder: Path, archive: Path) -> Path:
    """The folder, or file, that alone is in all the folders around it."""
    while True:
        items = visible(folder)
        if not items:
            raise DataFileError("is an archive without files of data.", archive)
        if len(items) > 1:
            return folder
        if items[0].is_file():
            return items[0]
        folder = items[0]
