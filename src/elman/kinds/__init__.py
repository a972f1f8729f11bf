"""Fields: what is known about one column, one file per kind."""

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
    field.kind: field
    for field in (
        *(TextKind, TranscriptKind, LabelKind, LabelsKind, TagsKind, NumberKind, NumbersKind, RowKind),
        *(VectorKind, SeriesKind, ImageKind, FramesKind, AudioKind),
        *(MelodyKind, ChordsKind),
    )
}


def to_json(field: Kind) -> dict[str, Any]:
    """A fitted field as JSON."""
    return {"kind": field.kind, **field.state()}


def from_json(record: dict[str, Any]) -> Kind:
    """The field that ``to_json`` wrote. Raises BundleError for a kind that this version doesn't know."""
    state = dict(record)
    kind = state.pop("kind")
    if kind not in KINDS:
        raise BundleError(f"the model uses a field of kind {kind!r}, which this version of Elman doesn't know")
    field = KINDS[kind]()
    field.load_state(state)
    return field


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
