# pyright: strict
"""The two sides of a network by the kind of its columns: which encoder reads a kind, and which head writes it.

A kind that isn't in these tables, as one from a plug-in may be, brings its own by the methods ``encoder(settings)`` and
``head(input_size, settings)``. Each is marked with the settings that it ``reads``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from elman.errors import TaskError
from elman.kinds import (
    AudioKind,
    ChordsKind,
    FramesKind,
    ImageKind,
    Kind,
    LabelKind,
    MelodyKind,
    NamesKind,
    RecordKind,
    RecordsKind,
    RowKind,
    SeriesKind,
    TagsKind,
    TextKind,
    TranscriptKind,
    VectorKind,
)
from elman.kinds.keyboard import KEYS
from elman.kinds.word_vectors import principal
from elman.models.record import RecordEncoder, SequenceReader, StepByStep
from elman.models.tensors import tensor_of
from elman.nn.ctc import CTCHead
from elman.nn.encoders import (
    Encoder,
    HorizonEncoder,
    NamesEncoder,
    RowEncoder,
    TokenEmbedding,
    ValueEmbedding,
    VectorEncoder,
    WindowEncoder,
    WordEmbedding,
)
from elman.nn.heads import (
    ChordHead,
    ClassHead,
    CRFTagHead,
    ForecastHead,
    NextValuesHead,
    NumberHead,
    SeveralHead,
    StepNumberHead,
    TagHead,
)
from elman.nn.pictures import FrameByFrame, PictureEncoder, PictureRows
from elman.nn.pretrained import PretrainedTable
from elman.nn.signals import SignalEncoder
from elman.nn.sound import FrameEncoder, StackedFrames
from elman.settings import RECURRENCE, Settings
from elman.settings.used import read_by, reads


def encoder_of(kind: Kind, settings: Settings) -> Encoder:
    """A new module from batches of a fitted kind to vectors of ``output_size``. Raises TaskError where it has none."""
    own = getattr(kind, "encoder", None)
    if own is not None:
        return own(settings)
    if kind.name not in ENCODERS:
        raise TaskError(f"a {kind.name} column can't be an input")
    return ENCODERS[kind.name](kind, settings)


def head_of(kind: Kind, input_size: int, settings: Settings) -> nn.Module:
    """A new module from ``input_size`` features to the scores of a fitted kind, with its ``loss``.

    Raises TaskError where it has none.
    """
    own = getattr(kind, "head", None)
    if own is not None:
        return own(input_size, settings)
    if kind.name not in HEADS:
        raise TaskError(f"a {kind.name} column can't be an output")
    return HEADS[kind.name](kind, input_size, settings)


def read_by_encoder(kind: Kind, settings: Settings) -> frozenset[str]:
    """The settings that ``encoder_of`` reads of a kind, which need not be fitted."""
    encoder = getattr(kind, "encoder", None) or ENCODERS.get(kind.name)
    return read_by(encoder, kind, settings) if encoder else frozenset()


def read_by_head(kind: Kind, settings: Settings) -> frozenset[str]:
    """The settings that ``head_of`` reads of a kind, which need not be fitted."""
    head = getattr(kind, "head", None) or HEADS.get(kind.name)
    return read_by(head, kind, settings) if head else frozenset()


# -- what reads ---------------------------------------------------------------------------------------------


def of_words(kind: Kind, settings: Settings) -> bool:
    """Whether texts are read word by word, as far as it is settled yet."""
    return settings.level in ("auto", "words", "tokens")


@reads("vectors", where=of_words)
@reads("pretrained", "word_dropout", where=lambda kind, settings: of_words(kind, settings) and settings.vectors != "")
def given_to(kind: TextKind, settings: Settings) -> nn.Embedding | PretrainedTable | None:
    """The vectors of a kind whose words were given some; None where all are to be learned."""
    given, size = kind.given, settings.embedding_size
    if given is None:
        return None
    places = tensor_of(given.places)
    if settings.pretrained != "tuned":
        projection = tensor_of(principal(given.values, size))
        values, mixed = tensor_of(given.values), settings.pretrained == "mixed"
        unseen: dict[str, Any] = {"seen": given.seen, "unseen": settings.word_dropout, "unk": kind.vocabulary.unk_id}
        return PretrainedTable(values, places, projection, mixed=mixed, **unseen)
    table = nn.Embedding(len(kind.vocabulary), size)
    nn.init.normal_(table.weight, std=size**-0.5)
    with torch.no_grad():
        table.weight[places >= 0] = tensor_of(given.projected(size))
    return table


@reads(given_to)
@reads("embedding_size", "dropout", "embedding_dropout", "word_dropout", "characters", "pieces")
@reads("character_size", "cell", where=lambda kind, settings: kind.characters)
@reads("piece_size", "piece_dropout", where=lambda kind, settings: kind.pieces > 0)
def of_tokens(kind: TextKind, settings: Settings) -> Encoder:
    """A vector per token, with what its spelling says where the kind shows that."""
    embedding = TokenEmbedding(
        len(kind.vocabulary),
        settings.embedding_size,
        dropout=settings.dropout,
        element_dropout=settings.embedding_dropout,
        word_dropout=settings.word_dropout,
        table=given_to(kind, settings),
    )
    if kind.alphabet is None and not kind.pieces:
        return embedding
    spelling: dict[str, Any] = {}
    if kind.pieces:
        spelling |= {"pieces": kind.pieces, "piece_size": settings.piece_size, "piece_dropout": settings.piece_dropout}
    if kind.alphabet is not None:
        spelling |= {"letters": len(kind.alphabet), "character_size": settings.character_size, "cell": settings.cell}
    return WordEmbedding(embedding, **spelling)


@reads("embedding_size", "dropout", "embedding_dropout")
def of_notes(kind: MelodyKind, settings: Settings) -> Encoder:
    return TokenEmbedding(
        len(kind.vocabulary),
        settings.embedding_size,
        dropout=settings.dropout,
        element_dropout=settings.embedding_dropout,
    )


@reads("embedding_size")
def of_a_label(kind: LabelKind, settings: Settings) -> Encoder:
    return ValueEmbedding(len(kind.classes), settings.embedding_size)


def of_a_row(kind: RowKind, settings: Settings) -> Encoder:
    return RowEncoder(kind.figures, [len(vocabulary) for vocabulary in kind.categories.values()])


NAMES_SIZE = 16
"""Features of several names at most, as of a category of a row."""


def of_names(kind: NamesKind, settings: Settings) -> Encoder:
    return NamesEncoder(len(kind.vocabulary), min(NAMES_SIZE, len(kind.vocabulary)))


@reads(given_to)
@reads("embedding_size", "dropout", "embedding_dropout", "word_dropout", "characters", "pieces", "pooling", *RECURRENCE)
@reads("character_size", where=lambda kind, settings: settings.characters)
@reads("piece_size", "piece_dropout", where=lambda kind, settings: settings.pieces > 0)
def of_a_record(kind: RecordKind, settings: Settings) -> Encoder:
    """An encoder for each part; of texts, what a recurrence makes of them."""
    return _beside_each_other(kind, settings, settings.hidden_size)


def _beside_each_other(kind: RecordKind, settings: Settings, hidden: int) -> RecordEncoder:
    kinds = list({id(part.kind): part.kind for part in kind.parts}.values())
    encoders = [encoder_of(own, settings) for own in kinds]
    readers = [
        SequenceReader(encoder, **settings.recurrence, pooling=settings.pooling) if own.of_tokens else encoder
        for own, encoder in zip(kinds, encoders, strict=True)
    ]
    which = [next(place for place, own in enumerate(kinds) if own is part.kind) for part in kind.parts]
    return RecordEncoder(readers, which, pair=kind.pair, hidden=hidden)


@reads("embedding_size")
@reads(
    *("dropout", "embedding_dropout", "word_dropout", "characters", "pieces", "pooling", *RECURRENCE),
    where=lambda kind, settings: kind.has_texts,
)
@reads("character_size", where=lambda kind, settings: kind.has_texts and settings.characters)
@reads("piece_size", "piece_dropout", where=lambda kind, settings: kind.has_texts and settings.pieces > 0)
@reads(given_to, where=lambda kind, settings: kind.has_texts)
def of_records(kind: RecordsKind, settings: Settings) -> Encoder:
    """What reads a record, at each step."""
    return StepByStep(_beside_each_other(kind.record, settings, settings.embedding_size))


@reads("differences", "noise")
def of_steps(kind: VectorKind, settings: Settings) -> VectorEncoder:
    """Each step as it is; of what is watched nothing else, since what is forecast at a step must not have seen the next
    one."""
    return VectorEncoder(kind.size, differences=settings.differences, noise=settings.noise)


@reads(of_steps, "convolutions")
@reads("kernel", "embedding_size", "augmentation", "dropout", where=lambda kind, settings: settings.convolutions > 0)
def of_vectors(kind: VectorKind, settings: Settings) -> Encoder:
    steps = of_steps(kind, settings)
    if not settings.convolutions:
        return steps
    return SignalEncoder(
        steps,
        settings.embedding_size,
        convolutions=settings.convolutions,
        kernel=settings.kernel,
        augmentation=settings.augmentation,
        dropout=settings.dropout,
    )


@reads("segment", "embedding_size")
def of_windows(kind: SeriesKind, settings: Settings) -> Encoder:
    return WindowEncoder(kind.step_size, settings.segment, settings.embedding_size)


@reads("augmentation")
@reads("embedding_size", "filters", "dropout", where=lambda kind, settings: not kind.rows)
def of_a_picture(kind: ImageKind, settings: Settings) -> Encoder:
    if kind.rows:
        return PictureRows(kind.shape, kind.mean, kind.scale, augmentation=settings.augmentation)
    return _as_vector(kind, settings)


@reads("embedding_size", "filters", "dropout", "augmentation")
def of_frames(kind: FramesKind, settings: Settings) -> Encoder:
    return FrameByFrame(_as_vector(kind.pictures, settings, changes=True))


def _as_vector(kind: ImageKind, settings: Settings, *, changes: bool = False) -> PictureEncoder:
    """One vector of a picture; of a clip's, with their ``changes``."""
    return PictureEncoder(
        kind.shape,
        kind.mean,
        kind.scale,
        settings.embedding_size,
        filters=settings.filters,
        augmentation=settings.augmentation,
        dropout=settings.dropout,
        changes=changes,
    )


@reads("subsampling", "augmentation")
@reads("embedding_size", "dropout", where=lambda kind, settings: settings.whole_recordings)
def of_sound(kind: AudioKind, settings: Settings) -> Encoder:
    if kind.stacked:
        return StackedFrames(kind.mean, kind.scale, kind.stacked, augmentation=settings.augmentation)
    return FrameEncoder(
        kind.mean,
        kind.scale,
        settings.embedding_size,
        subsampling=settings.subsampling,
        augmentation=settings.augmentation,
        dropout=settings.dropout,
    )


def of_chords(kind: ChordsKind, settings: Settings) -> Encoder:
    return VectorEncoder(KEYS)


@reads("segment", "decoding", "embedding_size")
def of_horizon(kind: SeriesKind, settings: Settings) -> HorizonEncoder:
    """What a decoder of the steps to forecast begins with."""
    together, size = decoded_together(kind, settings), settings.embedding_size
    return HorizonEncoder(kind.features_ahead, kind.horizon, together, size, len(kind.columns))


def decoded_together(kind: SeriesKind, settings: Settings) -> int:
    """Steps of the horizon that are decoded as one: a segment, or "direct" all of them."""
    return kind.horizon if settings.decoding == "direct" else min(settings.segment, kind.horizon)


ENCODERS: dict[str, Callable[[Any, Settings], Encoder]] = {
    "text": of_tokens,
    "melody": of_notes,
    "label": of_a_label,
    "row": of_a_row,
    "names": of_names,
    "record": of_a_record,
    "records": of_records,
    "vector": of_vectors,
    "watched": of_steps,
    "series": of_windows,
    "image": of_a_picture,
    "frames": of_frames,
    "audio": of_sound,
    "chords": of_chords,
}


# -- what writes --------------------------------------------------------------------------------------------


@reads("label_smoothing", "class_weight", "negatives")
def one_class(kind: LabelKind, size: int, settings: Settings) -> nn.Module:
    weights = torch.tensor(kind.balanced().tolist()) if settings.class_weight == "balanced" else None
    smoothing, negatives = settings.label_smoothing, settings.negatives
    return ClassHead(
        size, len(kind.classes), label_smoothing=smoothing, negatives=negatives, by_rank=False, weights=weights
    )


@reads("label_smoothing")
def one_token(kind: TextKind | MelodyKind, size: int, settings: Settings) -> nn.Module:
    return ClassHead(size, len(kind.vocabulary), label_smoothing=settings.label_smoothing)


@reads("crf")
@reads("label_smoothing", where=lambda kind, settings: not settings.crf)
def a_tag_per_step(kind: TagsKind, size: int, settings: Settings) -> nn.Module:
    if settings.crf:
        return CRFTagHead(size, kind.classes)
    return TagHead(size, len(kind.classes), label_smoothing=settings.label_smoothing)


def transcript_head(kind: TranscriptKind, size: int, settings: Settings) -> nn.Module:
    """The id of the end mark, which isn't needed here, is the blank's."""
    return CTCHead(size, len(kind.vocabulary), blank=kind.vocabulary.end_id)


@reads("segment", "decoding")
def a_segment(kind: SeriesKind, size: int, settings: Settings) -> nn.Module:
    """The scores of a segment of the horizon."""
    return ForecastHead(size, decoded_together(kind, settings), kind.quantiles)


HEADS: dict[str, Callable[[Any, int, Settings], nn.Module]] = {
    "label": one_class,
    "labels": lambda kind, size, settings: SeveralHead(size, len(kind.classes)),
    "tags": a_tag_per_step,
    "number": lambda kind, size, settings: NumberHead(size),
    "numbers": lambda kind, size, settings: StepNumberHead(size),
    "text": one_token,
    "melody": one_token,
    "transcript": transcript_head,
    "chords": lambda kind, size, settings: TagHead(size, KEYS + 1, ChordHead),
    "series": a_segment,
    "alarms": lambda kind, size, settings: NextValuesHead(size, kind.width),
}
