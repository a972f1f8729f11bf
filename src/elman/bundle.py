# pyright: strict
"""A trained model on disk: a folder with arrays (safetensors), one JSON and a model card. Never pickle.

model.safetensors      the network's weights, and the arrays of columns and baselines; bfloat16 as its bits, in uint16,
                       and quantised rows as bytes, so that NumPy alone can read them
elman.json             format version, task, columns and what they were fitted to, settings, report, data fingerprint,
                       versions
README.md              the model card
"""

from __future__ import annotations

import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from elman import int8
from elman.bfloat16 import BFLOAT16
from elman.errors import BundleError
from elman.paths import MODEL_RECORD, beside, is_model, replacing

FORMAT = 15
"""Goes up with every change of what stands in a saved model, so that an older one is refused as old."""
TENSORS, RECORD, CARD = "model.safetensors", MODEL_RECORD, "README.md"


class DataRecord(TypedDict):
    """What a model keeps of its data: where they came from, their columns, how their files were written, a hash of the
    training cells, and how many rows each part has; ``report_on`` is the part that it was measured on."""

    source: str
    columns: list[str]
    format: dict[str, Any]
    sha256: str
    rows: dict[str, int]
    report_on: str


class About(TypedDict):
    """How a model was trained: the validation scores as they went, what was warned of, and how long it took."""

    data: DataRecord
    history: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    seconds: float
    best_epoch: float


def about(record: dict[str, Any]) -> About:
    """The part of a saved record that says how the model was trained.

    Raises KeyError where something is missing, TypeError for columns that aren't names.
    """
    if not all(isinstance(name, str) for name in record["data"]["columns"]):
        raise TypeError("its columns have names that are no texts")
    return {
        "data": record["data"],
        "history": record["history"],
        "warnings": record["warnings"],
        "seconds": record["seconds"],
        "best_epoch": record["best_epoch"],
    }


@dataclass(frozen=True)
class Bundle:
    """What a folder holds: ``record`` is JSON, ``arrays`` are by the part of the model that they belong to, then by
    name, ``card`` is Markdown."""

    record: dict[str, Any]
    arrays: dict[str, dict[str, NDArray[Any]]]
    card: str


def write(folder: Path, bundle: Bundle) -> None:
    """Write a bundle beside ``folder``, then rename it there. A model that was there is kept as ``folder.previous``.

    Raises BundleError where the folder holds something else, or can't be written.
    """
    folder = _place(folder)
    try:
        with replacing(folder) as part:
            _write_files(part, bundle)
            _keep_previous(folder)
    except OSError as problem:
        raise BundleError(
            f"can't write {folder}: {problem.strerror or problem}; free some space, or pass another --to"
        ) from problem


def _place(folder: Path) -> Path:
    """The folder, by its whole name. Raises BundleError where something else stands."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not is_model(folder))):
        raise BundleError(f"{folder} exists and is no Elman model; it is left alone: pass another --to")
    return folder.resolve()


def check_writable(folder: Path) -> None:
    """Raise BundleError now, not after training, where ``write`` could not write."""
    import shutil

    part = beside(_place(folder))
    try:
        part.mkdir(parents=True, exist_ok=True)
        (part / "probe").write_text("")
        shutil.rmtree(part)
    except OSError as problem:
        raise BundleError(f"can't write {folder}: {problem.strerror or problem}; pass another --to") from problem


def check_room(folder: Path, bytes_needed: int) -> None:
    """Raise BundleError now, not after training, where the disk of ``folder`` has less room than will be needed."""
    import shutil

    free = shutil.disk_usage(_place(folder).parent).free
    if free < bytes_needed:
        raise BundleError(
            f"there are {free / 1e6:,.1f} MB free where {folder} is to be; the model and its checkpoints need about "
            f"{bytes_needed / 1e6:,.1f} MB. Free some space, or pass another --to."
        )


def _write_files(folder: Path, bundle: Bundle) -> None:
    from safetensors.numpy import save

    folder.mkdir(parents=True)
    arrays = {f"{part}.{name}": array for part, own in bundle.arrays.items() for name, array in own.items()}
    short = sorted(name for name, array in arrays.items() if array.dtype == BFLOAT16)
    rows = {name: array.dtype["int8"].shape for name, array in arrays.items() if array.dtype.names == int8.PARTS}
    tensors = save({name: np.asarray(plain(array), order="C") for name, array in arrays.items()})
    (folder / TENSORS).write_bytes(tensors)
    record = {
        "format": FORMAT,
        "versions": versions(),
        **bundle.record,
        "bfloat16": short,
        "int8": rows,
        "tensors_sha256": hashlib.sha256(tensors).hexdigest(),
    }
    record["record_sha256"] = fingerprint(record)
    (folder / RECORD).write_text(json.dumps(record, indent=1, allow_nan=False), encoding="utf-8")
    (folder / CARD).write_text(bundle.card, encoding="utf-8", errors="replace")


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """An array of a dtype that safetensors has a name for in NumPy."""
    if array.dtype.names == int8.PARTS:
        return array.view(np.uint8).reshape(len(array), array.dtype.itemsize)
    return array["bfloat16"] if array.dtype == BFLOAT16 else array


def stored_bytes(bundle: Bundle) -> int:
    """What its arrays take on disk."""
    return sum(plain(array).nbytes for own in bundle.arrays.values() for array in own.values())


def fingerprint(record: dict[str, Any]) -> str:
    """A hash of the record but for the hash itself."""
    own = {key: value for key, value in record.items() if key != "record_sha256"}
    return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()


def _keep_previous(folder: Path) -> None:
    if not folder.exists():
        return
    if not any(folder.iterdir()):
        folder.rmdir()
        return
    name, number = folder.name + ".previous", 1
    while folder.with_name(name).exists():
        number += 1
        name = f"{folder.name}.previous-{number}"
    folder.rename(folder.with_name(name))


def read(folder: str | Path) -> Bundle:
    """Read a bundle. Raises BundleError where it is missing, truncated, tampered with, or of another format.

    What an array or a key means, and whether it fits the others, is for whom it belongs to: hashes can be made anew.
    """
    folder = Path(folder)
    if not is_model(folder):
        raise BundleError(f"{folder} is no Elman model: there is no {RECORD} in it; pass the folder that train wrote")
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        data = (folder / TENSORS).read_bytes()
        card = (folder / CARD).read_text(encoding="utf-8") if (folder / CARD).exists() else ""
    except (OSError, ValueError, RecursionError) as problem:
        raise BundleError(f"{folder} is damaged ({problem}); train again, or restore it from a copy") from problem
    _check_format(folder, record)
    if fingerprint(record) != record.get("record_sha256"):
        raise BundleError(f"{folder / RECORD} is not the file that was saved (changed since): restore it from a copy")
    if hashlib.sha256(data).hexdigest() != record.get("tensors_sha256"):
        raise BundleError(
            f"{folder / TENSORS} is not the file that was saved (truncated or changed): restore it from a copy"
        )
    return Bundle(record, _arrays(folder / TENSORS, data, record), card)


def _arrays(path: Path, data: bytes, record: dict[str, Any]) -> dict[str, dict[str, NDArray[Any]]]:
    """The arrays in a file, by part. Raises BundleError where they aren't what ``_write_files`` can have written."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        stored, short, rows = load(data), frozenset(record["bfloat16"]), dict(record["int8"])
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for full_name, array in stored.items():
            part, dot, name = full_name.partition(".")
            if not dot:
                raise ValueError(f"the array {full_name!r} belongs to no part")
            if full_name in rows:
                array = array.view(int8.dtype_of(tuple(rows[full_name]))).reshape(len(array))
            parts.setdefault(part, {})[name] = array.view(BFLOAT16) if full_name in short else array
    except (SafetensorError, KeyError, TypeError, ValueError) as problem:
        raise BundleError(f"{path} is damaged ({problem}); restore it from a copy") from problem
    return parts


def _check_format(folder: Path, read: Any) -> None:
    """Raise BundleError for a record of another format; whether it is whole can only be said of one's own."""
    record = cast("dict[str, Any]", read if isinstance(read, dict) else {})
    version = record.get("format")
    if not isinstance(version, int):
        raise BundleError(f"{folder / RECORD} is damaged: it names no format; restore it from a copy")
    if version > FORMAT:
        raise BundleError(
            f"{folder} has format {version}, and this version of Elman reads format {FORMAT}: "
            "pip install --upgrade elman"
        )
    if version < FORMAT:
        number = record.get("versions", {}).get("elman", "")
        saved_by = f"Elman {number}" if number else "the version of Elman that saved it"
        raise BundleError(
            f"{folder} has the older format {version}, and this version of Elman reads format {FORMAT}: "
            f"train the model again, or use it with {saved_by}"
        )


def versions() -> dict[str, str]:
    """Of Python and of the packages that made the model, as far as they are there."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for package in ("elman", "torch", "numpy"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
