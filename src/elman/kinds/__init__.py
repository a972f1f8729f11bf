"""Kinds of columns, one file each."""

from __future__ import annotations

from typing import Any

from elman.errors import BundleError
from elman.kinds.audio import AudioKind
from elman.kinds.base import Kind
from elman.kinds.frames import FramesKind
from elman.kinds.image import ImageKind
from elman.kinds.label import LabelKind, LabelsKind, TagsKind
from elman.kinds.notes import ChordsKind, MelodyKind
from elman.kinds.number import NumberKind, NumbersKind, RowKind
from elman.kinds.series import SeriesKind
from elman.kinds.text import TextKind
from elman.kinds.transcript import TranscriptKind
from elman.kinds.vector import VectorKind

KINDS: dict[str, type[Kind]] = {
    kind.name: kind
    for kind in (
        *(TextKind, TranscriptKind, LabelKind, LabelsKind, TagsKind, NumberKind, NumbersKind, RowKind),
        *(VectorKind, SeriesKind, ImageKind, FramesKind, AudioKind),
        *(MelodyKind, ChordsKind),
    )
}


def to_json(kind: Kind) -> dict[str, Any]:
    """A fitted kind as JSON."""
    return {"kind": kind.name, **kind.state()}


def from_json(record: dict[str, Any]) -> Kind:
    """The kind that ``to_json`` wrote. Raises BundleError for one that this version doesn't have."""
    state = dict(record)
    name = state.pop("kind")
    if name not in KINDS:
        raise BundleError(f"the model uses a column of the kind {name!r}, which this version of Elman doesn't have")
    kind = KINDS[name]()
    kind.load_state(state)
    return kind


__all__ = [
    "KINDS",
    "AudioKind",
    "ChordsKind",
    "FramesKind",
    "ImageKind",
    "Kind",
    "LabelKind",
    "LabelsKind",
    "MelodyKind",
    "NumberKind",
    "NumbersKind",
    "RowKind",
    "SeriesKind",
    "TagsKind",
    "TextKind",
    "TranscriptKind",
    "VectorKind",
    "from_json",
    "to_json",
]
