"""Models that were changed and hashed anew: each is read as a model, or refused by an ElmanError."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman import bundle, samples
from elman.bundle import Bundle
from elman.errors import ElmanError

EACH = int(os.environ.get("ELMAN_DAMAGED", "100"))
"""Mutated models in all."""
SECONDS, BYTES = 5.0, 400e6
"""Of the processor and of memory, that one of them may take."""
CASES: dict[str, dict[str, Any]] = {
    "reviews": {"embedding_size": 8, "pieces": 50, "ngrams": True},
    "tags": {"embedding_size": 8, "crf": True},
    "numbers": {"embedding_size": 8, "max_length": 5, "beam_size": 2},
    "visitors": {"horizon": 5},
    "flowers": {},
    "names": {"cell": "mgu", "pieces": 20, "bidirectional": False},
    "story": {"embedding_size": 8, "level": "characters"},
    "machine": {"task": "anomaly"},
    "melodies": {"embedding_size": 8},
}
NUMBERS = [True, -1, 0, 1, 2, 30_000, 10**9, 10**30, 0.5, -1e308]
SUBSTITUTES = [*NUMBERS, None, "", "x", "text", "tag", "../x", [], [1], [[]], {}]


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> list[tuple[Bundle, Path]]:
    """Models as their folders hold them, each with a file of inputs of its own."""
    made = []
    for name, settings in CASES.items():
        table, folder = samples.load(name).select(range(200)), tmp_path_factory.mktemp(name)
        files = [folder / f"{part}{samples.SAMPLES[name].suffix}" for part in ("learned", "asked")]
        for file, rows in zip(files, (table, table.select(range(3))), strict=True):
            file.write_text(samples.written(rows, file.suffix), encoding="utf-8")
        elman.fit(files[0], epochs=1, hidden_size=8, to=folder / "model", **settings)
        made.append((bundle.read(folder / "model"), files[1]))
    return made


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a JSON value, with each of its keys."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def mutated(original: Bundle, random: random.Random) -> Bundle:
    """A copy with one to three changes, in its record or its arrays."""
    own = ("format", "versions", "bfloat16", "tensors_sha256", "record_sha256")  # what writing adds, hashes made anew
    record = json.loads(json.dumps({key: value for key, value in original.record.items() if key not in own}))
    arrays = {part: dict(own) for part, own in original.arrays.items()}
    for _ in range(random.randint(1, 3)):
        if random.random() < 0.6:
            change_record(record, random)
        else:
            change_arrays(arrays, random)
    return Bundle(record, arrays, original.card)


def change_record(record: dict[str, Any], random: random.Random) -> None:
    # of the names at the top one is chosen first: vocabularies would outnumber all else
    top = random.choice(list(record))
    found = [(record, top), *places(record[top])]
    container, key = random.choice(found[: 1 + random.choice([0, 10, 100, 10_000])])
    match random.choice(["replace", "replace", "delete", "double", "elsewhere"]):
        case "replace":
            container[key] = deepcopy(random.choice(SUBSTITUTES))
        case "delete":
            del container[key]
        case "double" if isinstance(container, list):
            container.append(container[key])
        case _:
            other, name = random.choice([*places(record)])
            container[key] = json.loads(json.dumps(other[name]))


def change_arrays(arrays: dict[str, dict[str, np.ndarray]], random: random.Random) -> None:
    own = arrays[random.choice([part for part, own in arrays.items() if own] or ["network"])]
    if not own:
        return
    name, other = random.choice([*own]), random.choice([*own])
    array = own[name]
    match random.choice(["delete", "swap", "shape", "cut", "dtype", "bytes", "huge", "rename"]):
        case "delete":
            del own[name]
        case "swap":
            own[name], own[other] = own[other], own[name]
        case "shape":
            own[name] = array.reshape(-1)
        case "cut":
            own[name] = array[: len(array) // 2] if array.ndim else array[None]
        case "dtype":
            with np.errstate(all="ignore"):
                own[name] = array.astype(random.choice([np.float64, np.int64, np.uint8, np.float16, bool]))
        case "bytes":
            own[name] = np.frombuffer(random.randbytes(array.nbytes), array.dtype).reshape(array.shape)
        case "huge":
            own[name] = np.full_like(array, np.iinfo(array.dtype).max if array.dtype.kind in "iu" else np.inf)
        case _:
            own[name + "x"] = own.pop(name)


def damage(folder: Path, random: random.Random) -> None:
    """Change some bytes of a model's files; what is still JSON afterwards has the right hashes."""
    record, tensors = folder / bundle.RECORD, folder / bundle.TENSORS
    spoilt = random.choice([record, tensors])
    spoilt.write_bytes(spoiled(spoilt.read_bytes(), random))
    try:
        read = json.loads(record.read_text(encoding="utf-8"))
    except ValueError:
        return
    if isinstance(read, dict):
        read["tensors_sha256"] = hashlib.sha256(tensors.read_bytes()).hexdigest()
        read["record_sha256"] = bundle.fingerprint(read)
        record.write_text(json.dumps(read), encoding="utf-8")


def spoiled(data: bytes, random: random.Random) -> bytes:
    """Bytes with one to three changes, at their beginning, where it says what follows, as often as anywhere."""
    for _ in range(random.randint(1, 3)):
        end = random.choice([8, 400, len(data), len(data)])
        first = random.randrange(max(1, min(end, len(data))))
        last = first + random.choice([1, 1, 2, 8, 100])
        flipped = bytes(byte ^ 1 << random.randrange(8) for byte in data[first : first + 1])
        match random.choice(["bit", "bytes", "cut", "delete", "double"]):
            case "bit":
                data = data[:first] + flipped + data[first + 1 :]
            case "bytes":
                data = data[:first] + random.randbytes(last - first) + data[last:]
            case "cut":
                data = data[:last]
            case "delete":
                data = data[:first] + data[last:]
            case _:
                data = data[:last] + data[first:]
    return data


def peak() -> float:
    """The most memory that this process has held so far, in bytes; 0 where the system doesn't say."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_was_changed_and_hashed_anew_is_read_or_refused(models, tmp_path):
    """Anything but an ElmanError fails the test, with the number by which it can be made again."""
    refused = 0
    for number in range(EACH):
        original, inputs = models[number % len(models)]
        folder = Path(tmp_path / str(number))
        chance = random.Random(number)
        by_bytes = chance.random() < 0.3
        bundle.write(folder, original if by_bytes else mutated(original, chance))
        if by_bytes:
            damage(folder, chance)
        began, before = time.process_time(), peak()
        try:
            model = elman.load(folder)
            model.predict(model.columns.read(inputs))
        except ElmanError:
            refused += 1
        except Exception as error:
            raise AssertionError(f"model {number}: {type(error).__name__}: {error}") from error
        assert time.process_time() - began < SECONDS, number
        assert peak() - before < BYTES, number
    assert EACH / 4 < refused < EACH
