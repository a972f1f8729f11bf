# pyright: strict
"""Kinds of columns, one file each, imported when its class is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elman.errors import BundleError
from elman.kinds.base import Kind
from elman.kinds.recognition import KINDS
from elman.lazy import names_of
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.kinds.alarms import AlarmsKind
    from elman.kinds.audio import AudioKind
    from elman.kinds.chords import ChordsKind
    from elman.kinds.frames import FramesKind
    from elman.kinds.image import ImageKind
    from elman.kinds.label import LabelKind
    from elman.kinds.labels import LabelsKind
    from elman.kinds.melody import MelodyKind
    from elman.kinds.names import NamesKind
    from elman.kinds.number import NumberKind
    from elman.kinds.numbers import NumbersKind
    from elman.kinds.record import RecordKind
    from elman.kinds.records import RecordsKind
    from elman.kinds.row import RowKind
    from elman.kinds.series import SeriesKind
    from elman.kinds.tags import TagsKind
    from elman.kinds.text import TextKind
    from elman.kinds.tokens import TokensKind
    from elman.kinds.transcript import TranscriptKind
    from elman.kinds.vector import VectorKind
    from elman.kinds.watched import WatchedKind


def to_json(kind: Kind) -> dict[str, Any]:
    """A fitted kind as JSON, with the package that it is from where that isn't Elman."""
    package = KINDS.package(kind.name)
    return {"kind": kind.name, **({"package": package} if package else {}), **kind.state()}


def from_json(record: dict[str, Any]) -> Kind:
    """The kind that ``to_json`` wrote.

    Raises BundleError for one that this version doesn't have, PluginError for one whose package isn't installed.
    """
    state = dict(record)
    name, package = state.pop("kind"), state.pop("package", "")
    if name not in KINDS and not package:
        raise BundleError(f"the model uses a column of the kind {name!r}, which this version of Elman doesn't have")
    kind = KINDS.saved(name, package)()
    kind.load_state(state)
    return kind


__getattr__ = names_of(__name__, KINDS.homes)

__all__ = [
    "KINDS",
    "AlarmsKind",
    "AudioKind",
    "ChordsKind",
    "FramesKind",
    "ImageKind",
    "Kind",
    "LabelKind",
    "LabelsKind",
    "MelodyKind",
    "NamesKind",
    "NumberKind",
    "NumbersKind",
    "RecordKind",
    "RecordsKind",
    "RowKind",
    "Sequences",
    "SeriesKind",
    "TagsKind",
    "TextKind",
    "TokensKind",
    "TranscriptKind",
    "VectorKind",
    "WatchedKind",
    "from_json",
    "to_json",
]
