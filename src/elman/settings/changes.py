# pyright: strict
"""The keyword arguments that are settings, for editors: what ``fit(..., cell=...)`` may be given.

The names and types of ``groups`` again, since type checkers read no other form; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict


class SettingsChanges(TypedDict, total=False):
    """All settings but those that ``fit`` names itself: the budget and the seed."""

    # The network
    cell: str
    hidden_size: int
    num_layers: int
    bidirectional: bool
    causal: bool
    embedding_size: int
    pooling: str
    attention: Literal["none", "dot", "additive"]
    copy: bool
    feed: Literal["back", "repeat"]
    crf: bool
    tied: bool
    negatives: int
    dropout: float
    weight_dropout: float
    members: int

    # Training
    optimizer: Literal["adamw", "adam", "sgd"]
    learning_rate: float
    warmup: float
    weight_decay: float
    clip: float
    average: float
    batch_tokens: int
    bptt: int
    streams: int
    teacher_forcing: float
    label_smoothing: float
    patience: int
    refit: bool
    augmentation: float
    recipe: str
    folds: int
    keep: Literal["best", "last"]
    class_weight: Literal["none", "balanced"]
    rare_class: bool

    # Text
    level: Literal["auto", "words", "tokens", "characters", "subwords"]
    lowercase: bool
    vocabulary_size: int
    min_count: int
    word_dropout: float
    embedding_dropout: float
    pieces: int
    piece_size: int
    piece_dropout: float
    characters: bool
    character_size: int
    vectors: str
    pretrained: Literal["kept", "tuned", "mixed"]
    unlabelled_epochs: int
    ngrams: bool
    window: int
    extracts: float

    # Sequences of vectors
    centred: bool
    differences: bool
    scaled: bool
    noise: float
    convolutions: int
    kernel: Literal[3, 5, 7, 9, 11, 13, 15]

    # Pictures and clips
    picture_rows: bool
    picture_size: int
    filters: int

    # Sound
    mels: int
    subsampling: Literal[1, 2, 4]
    whole_recordings: bool

    # Music
    notes: Literal["chords", "melody"]
    grid: int
    voice: str

    # Series
    horizon: int
    context: int
    season: int
    segment: int
    decoding: Literal["direct", "parallel", "recurrent"]
    quantiles: Sequence[float]
    base: Literal["season", "last", "both"]
    false_alarms: str
    hindsight: bool

    # Decoding
    beam_size: int
    max_length: int
    length_penalty: float
