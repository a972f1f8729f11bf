"""Every kind of ours keeps what kinds promise; and a promise that is broken is found."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torch import nn

from clips import clip
from elman.errors import TaskError
from elman.kinds import (
    KINDS,
    AlarmsKind,
    AudioKind,
    ChordsKind,
    FramesKind,
    ImageKind,
    Kind,
    LabelKind,
    LabelsKind,
    MelodyKind,
    NamesKind,
    NumberKind,
    NumbersKind,
    RecordKind,
    RecordsKind,
    RowKind,
    SeriesKind,
    TagsKind,
    TextKind,
    TokensKind,
    TranscriptKind,
    VectorKind,
    WatchedKind,
)
from elman.kinds.column import Column
from elman.kinds.series import Series
from elman.kinds.times import Grid
from elman.settings import Settings
from elman.settings.used import reads
from elman.testing import check_kind
from elman.testing.kinds import check_recognition
from sounds import save as save_sound
from sounds import tone

RNG = np.random.default_rng(0)
TEXTS = ["a cat sat on the mat", "a", "", "a  dog, a cat", "word " * 63]
VECTORS = [RNG.normal(size=(steps, 3)).tolist() for steps in (2, 1, 63, 7)]
TUNES = [[60, 60, 62, -1], [60], [64, 64, 60] * 21, [61, -1, 60]]


def test_texts():
    check_kind(TextKind, TEXTS)
    check_kind(lambda: TextKind("characters"), TEXTS, back=lambda kind, encoded: kind.join(encoded.tokens))
    check_kind(lambda: TextKind("words", lowercase=True, characters=True, pieces=97), [*TEXTS, "The Cat"])
    check_kind(lambda: TokensKind("tokens"), [["a", "b c"], ["a"], []])
    check_kind(TranscriptKind, TEXTS)


def test_labels_and_tags():
    check_kind(LabelKind, ["spam", "ham", "spam", 1.0], column=column(["spam", "ham", None, "ham"] * 4))
    joined = column([None, *map(";".join, permutations("abcdef", 2))])
    check_kind(LabelsKind, ["a;b", "b", None, "", ["a", "c"]], column=joined)
    check_kind(TagsKind, ["N V", "N", "", ["V", "N"], "N " * 63])


def test_numbers():
    amounts = column([1, 2.5, 3.25, None, -4])
    check_kind(NumberKind, [1, 2.5, "3", -4], column=amounts, bad=["x", math.inf], back=at(1))
    check_kind(NumbersKind, [[1, None, 3.0], [2.0], [], list(range(63))], bad=["x", [math.inf], 3])
    rows = [(1, "red", None), (2.5, "blue", 3), (None, "", 2)]
    check_kind(RowKind, rows, bad=[(math.inf, "red", 1)])
    days = [("2024-02-29", 1.0), (None, None), ("2024-12-31 23:59", math.nan), ("2025-01", 2)]
    check_kind(RowKind, days, bad=[None, (1.5, math.inf)])


def test_records():
    records = [
        ("a cat sat on the mat", 1, "red", "x;y", "2024-01-02"),
        ("", None, "", None, None),
        ("a  dog, a cat", 2.5, "red", "y", "2024-02-03"),
        ("word " * 63, -3, "blue", "z|x", "2025-12-31"),
    ]
    kinds = {"body": "text", "price": "number", "colour": "label", "topics": "labels", "day": "time"}
    small = Settings(hidden_size=3, embedding_size=4, pieces=11, characters=True, pooling="last+inputs")
    bad = [("a", math.inf, "red", "x", None), "a text"]
    check_kind(lambda: RecordKind.from_settings(small).reading(kinds), records, bad=bad, settings=small)
    check_kind(RecordKind, [("a cat", "a dog"), ("a dog", None), (None, "a cat")])
    steps: list[Any] = [
        (["2024-01-02", "2024-01-05"], ["a", "b"], [1.5, None], "north"),
        (["2024-02-02"], [None], [2], "south"),
        ([], [], [], None),
        ([f"2024-03-{1 + i % 28:02d}" for i in range(63)], ["a"] * 63, [*range(63)], "north"),
    ]
    kinds = {"day": "time", "product": "label", "amount": "number", "region": "label"}
    bad = [(["2024-01-02"], ["a"], [math.inf], "north"), (["2024-01-02"], ["a", "b"], [1], "north")]
    check_kind(lambda: RecordsKind(kinds), steps, bad=bad, settings=small)
    check_kind(RecordsKind, steps)
    check_kind(NamesKind, ["a;b", "b", None, "", ["a", "c"]])


def column(cells: list[Any], name: str = "column") -> Column:
    return Column(name, cells)


def at(digits: int) -> Callable[[Any, Any], Any]:
    return lambda kind, encoded: {1.0: 1, 3.0: "3", -4.0: -4}.get(
        value := round(float(encoded) * kind.scale + kind.mean, digits), value
    )


@pytest.mark.parametrize("centred", [False, True])
def test_vectors(centred):
    check_kind(lambda: VectorKind(centred=centred), [*VECTORS, [], None], bad=[[[1.0]], "x", [[math.inf, 1, 2]]])
    check_kind(VectorKind, [[1.0, None, 3.0], [2.0]])


def test_watched_vectors_and_their_marks():
    check_kind(WatchedKind, [*VECTORS, [], None], bad=[[[1.0]], "x", [[math.inf, 1, 2]]])
    check_kind(AlarmsKind, [[0, 1, None], ["", "spike"], []], bad=["spike", None, 3])


def test_series():
    def one(steps: int, start: int = 0) -> Series:
        values = RNG.normal(size=(steps, 2)).cumsum(0)
        values[steps // 2, 1] = math.nan
        grid = Grid("1 day", lambda i: str(np.datetime64("2020-01-01") + i))
        return Series(["a", "b"], values, RNG.normal(size=(steps, 1)), start, grid, RNG.normal(size=(steps, 1)), ["c"])

    many = [one(63), one(17, start=11), one(41)]
    check_kind(lambda: SeriesKind(6, 5, 2, (0.1, 0.9)), many, settings=Settings(segment=3))
    check_kind(lambda: SeriesKind(7, 1), [one(9)], settings=Settings(segment=7))


def test_pictures_and_clips(tmp_path):
    paths = []
    for i, size in enumerate([(8, 8), (9, 7), (13, 11)]):
        paths.append(str(tmp_path / f"{i}.png"))
        Image.fromarray(RNG.integers(0, 255, (*size, 3), np.uint8)).save(paths[-1])
    (tmp_path / "torn.png").write_bytes(b"no picture")
    bad = [str(tmp_path / "torn.png"), str(tmp_path / "away.png"), None]
    check_kind(ImageKind, paths, bad=bad)
    check_kind(lambda: ImageKind(5, rows=True), paths)
    clips = [str(clip(tmp_path / f"clip{i}", "left", seed=i, wait=i)) for i in range(3)]
    (tmp_path / "empty").mkdir()
    named = column([f"{path}/" for path in clips])
    check_kind(FramesKind, clips, column=named, bad=[str(tmp_path / "empty")], settings=Settings(filters=3))
    check_recognition(FramesKind, column([paths, paths[:1]]))


def test_sounds(tmp_path):
    paths = [str(save_sound(tone(440, seconds), tmp_path / f"{i}.wav")) for i, seconds in enumerate((0.02, 0.5, 1.1))]
    (tmp_path / "torn.wav").write_bytes(b"no sound")
    check_kind(AudioKind, paths, bad=[str(tmp_path / "torn.wav"), None])


def notes_of(kind: Any, tune: Any) -> list[str]:
    """A tune's chords, or a melody's pitches and lengths, one by one: a rest at its end belongs to neither."""
    (encoded,) = kind.encode([tune])
    return kind.written(encoded).split()


@pytest.mark.parametrize("kind", [MelodyKind, ChordsKind])
def test_tunes(kind):
    check_kind(kind, TUNES, bad=["no.mid", 3], pieces=notes_of)
    check_kind(ChordsKind, [[[60, 64], [60], []], [[60, 64, 67]]], pieces=notes_of)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("notes", Column("file", ["a.mid", "b.MIDI", None])),
        ("notes", Column("Chords", [[[60, 64], [60], []], [[60, 64, 67]]])),
        ("empty", Column("column", [None, None])),
        ("split", Column("fold", ["train", "Dev", "test", None])),
        ("constant", Column("column", ["a", None, "a"])),
        ("time", Column("when", ["2020-01-31", "2020-02", "2020-02-01 23:59"])),
        ("id", Column("row_id", [7, 3, 5])),
        ("events", Column("event", [[None, "fair", None, None], [None, None, "sale", None]])),
    ],
)
def test_kinds_that_are_recognised_alone(name, column):
    check_recognition(KINDS[name], column)


def test_all_kinds_of_ours_are_checked():
    source = Path(__file__).read_text(encoding="utf-8")
    kinds = [name for name in KINDS.ours if not (KINDS[name].unused and KINDS[name].by_role)]
    assert all(KINDS[name].__name__ in source or f'("{name}", Column' in source for name in kinds)


# -- broken promises --------------------------------------------------------------------------------------


class Letters(TextKind):
    """Right, until one thing is broken."""

    def __init__(self) -> None:
        super().__init__("characters")


def broken(**changed: Any) -> type[Kind]:
    return type("Broken", (Letters,), {"__module__": __name__, **changed})


def forgets(self: Any, state: dict[str, Any]) -> None:
    TextKind.load_state(self, {**state, "tokens": state["tokens"][:3]})


def forgetful(self: Any, given: Any, before: Any) -> Any:
    """Every piece is read as the first letter of the alphabet."""
    return TextKind.next_batch(self, ["a"] * len(given), before)


def of_texts_alone(cls: Any, column: Column) -> Any:
    return column.profile(cls) if all(cell.strip for cell in column.filled) else None


@reads("embedding_size")
def wide(self: Any, settings: Settings) -> nn.Module:
    return nn.LSTM(settings.embedding_size, 2, 2, dropout=settings.dropout, bidirectional=settings.cell == "lstm")


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"faults": lambda self, cells: {0: ValueError("always")}}, "no fault in the cells"),
        ({"faults": lambda self, cells: {}}, "a fault in row 1 alone"),
        ({"encode": lambda self, cells: TextKind.encode(self, cells)[1:]}, "encoded cells; got"),
        ({"load_state": forgets}, "load_state to bring back"),
        ({"state": lambda self: {"at": np.zeros(2)}}, "state.. to be JSON"),
        ({"collate": lambda self, encoded: TextKind.collate(self, encoded[:1])}, "rows"),
        ({"collate": lambda self, encoded: [one.tokens for one in encoded]}, "to give arrays"),
        ({"next_batch": forgetful}, "row 0 to be read in 20 pieces, alone, as it is encoded as a whole"),
        (
            {"next_batch": lambda self, given, before: (TextKind.next_batch(self, given, before)[0], [])},
            "remembered of 4 sequences",
        ),
        ({"can_follow": lambda self, before: False}, "can_follow to be true"),
        ({"steps": lambda self, encoded: len(encoded.ids) + 1}, "names of the steps"),
        ({"target_names": lambda self, encoded: encoded.tokens}, "names of the targets"),
        ({"in_short": lambda self, cell: f"{cell}\n"}, "on one line"),
        ({"can_encode": lambda self, cell: cell != "a"}, "can_encode to be true"),
        ({"recognises": classmethod(lambda cls, column: None)}, "recognises to take the column 'column'"),
        ({"recognises": classmethod(lambda cls, column: column.profile(LabelKind))}, "a Profile of this kind"),
        ({"recognises": classmethod(lambda cls, column: column.profile(cls, missing=9))}, "missing cells"),
        ({"recognises": classmethod(of_texts_alone)}, "Profile or None.*of .*; got AttributeError"),
        ({"precedence": 9, "name": "letters"}, "text comes before it, by 10"),
        ({"describe": classmethod(lambda cls, profile: "texts.")}, "describe to end a sentence"),
        ({"describe": classmethod(lambda cls, profile: profile.top[0][0].upper())}, "describe a text, .*; got "),
        ({"among": classmethod(lambda cls, profile, column, others: None)}, "among to give a Profile"),
        ({"examples": lambda self, encoded: encoded[1:]}, "examples to make one or more"),
        ({"linear_inputs": lambda self, cells: cells[1:]}, "linear_inputs for"),
        ({"encoder": wide}, "encoder to be marked with the settings that it reads, .*: cell, dropout"),
        (
            {"head": lambda self, size, settings: nn.Linear(size, settings.hidden_size)},
            "head to be marked .*hidden_size",
        ),
    ],
)
def test_what_is_broken_is_found(changed, said):
    bad = ["x"] if said.startswith("a fault") else []
    with pytest.raises(AssertionError, match=said):
        check_kind(broken(**changed), TEXTS, bad=bad)


def test_a_kind_that_is_asked_first_takes_its_column():
    check_recognition(broken(precedence=50, name="letters"), Column("column", TEXTS))


def test_a_place_that_is_not_in_the_table_of_tasks_is_found():
    with pytest.raises(AssertionError, match=r"stands_for to be a kind in the table of tasks .*; got 'vectors'"):
        check_kind(broken(stands_for="vectors"), TEXTS)


def test_a_bad_cell_that_is_no_elman_error_to_encode_is_found():
    def faults(self, cells):
        return {row: TaskError("no b") for row, cell in enumerate(cells) if cell == "b"}

    def encode(self, cells):
        return TextKind.encode(self, [cell[["a"].index("a" if cell != "b" else "b") :] for cell in map(str, cells)])

    with pytest.raises(AssertionError, match="the bad cell 'b' to be encoded, or an ElmanError; got ValueError"):
        check_kind(broken(faults=faults, encode=encode), TEXTS, bad=["b"])


def test_torch_that_comes_along_is_found(tmp_path, monkeypatch):
    heavy = "import torch\nfrom elman.kinds import TextKind\n\n\nclass HeavyKind(TextKind):\n    pass\n"
    (tmp_path / "heavy_kind.py").write_text(heavy)
    monkeypatch.syspath_prepend(tmp_path)
    from heavy_kind import HeavyKind  # type: ignore[import-not-found]

    with pytest.raises(AssertionError, match="load no torch"):
        check_kind(HeavyKind, TEXTS)
