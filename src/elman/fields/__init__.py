"""Fields: what is known about one column, one file per kind."""

from __future__ import annotations

from typing import Any

from elman.errors import BundleError
from elman.fields.audio import AudioField
from elman.fields.base import Field
from elman.fields.frames import FramesField
from elman.fields.image import ImageField
from elman.fields.label import LabelField, LabelsField, TagsField
from elman.fields.notes import ChordsField, MelodyField
from elman.fields.number import NumberField, NumbersField, RowField
from elman.fields.series import SeriesField
from elman.fields.text import TextField
from elman.fields.transcript import TranscriptField
from elman.fields.vector import VectorField

KINDS: dict[str, type[Field]] = {
    field.kind: field
    for field in (
        *(TextField, TranscriptField, LabelField, LabelsField, TagsField, NumberField, NumbersField, RowField),
        *(VectorField, SeriesField, ImageField, FramesField, AudioField),
        *(MelodyField, ChordsField),
    )
}


def to_json(field: Field) -> dict[str, Any]:
    """A fitted field as JSON."""
    return {"kind": field.kind, **field.state()}


def from_json(record: dict[str, Any]) -> Field:
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
    "AudioField",
    "ChordsField",
    "Field",
    "FramesField",
    "ImageField",
    "LabelField",
    "LabelsField",
    "MelodyField",
    "NumberField",
    "NumbersField",
    "RowField",
    "SeriesField",
    "TagsField",
    "TextField",
    "TranscriptField",
    "VectorField",
    "from_json",
    "to_json",
]
