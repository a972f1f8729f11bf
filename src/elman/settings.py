"""Settings: every choice of a training run, as one flat record that `--set key=value` can change."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass
from typing import Any, get_type_hints

from elman.errors import TaskError

CHOICES: dict[str, tuple[str | int, ...]] = {
    "cell": ("rnn", "lstm", "gru", "mgu"),
    "pooling": ("last", "mean", "max", "inputs", "attention"),
    "attention": ("none", "dot", "additive"),
    "feed": ("back", "repeat"),
    "subsampling": (1, 2, 4),
    "decoding": ("direct", "parallel", "recurrent"),
    "base": ("season", "last", "both"),
    "level": ("auto", "words", "tokens", "characters", "subwords"),
    "optimizer": ("adamw", "adam", "sgd"),
    "notes": ("melody", "chords"),
}


POSITIVE = (
    "hidden_size",
    "num_layers",
    "embedding_size",
    "character_size",
    "vocabulary_size",
    "batch_tokens",
    "bptt",
    "streams",
    "beam_size",
    "max_length",
    "filters",
    "mels",
    "members",
)
SHARES = (
    "dropout",
    "embedding_dropout",
    "piece_dropout",
    "weight_dropout",
    "unknown_rate",
    "label_smoothing",
    "warmup",
    "average",
    "extracts",
)


@dataclass(frozen=True)
class Settings:
    """One training run. A task's preset changes the defaults; the user's flags change the preset."""

    # the network
    cell: str = "lstm"
    hidden_size: int = 128
    num_layers: int = 1
    bidirectional: bool = True
    embedding_size: int = 100
    pooling: str = "last"
    attention: str = "dot"  # encoder-decoder: how the decoder looks back at the source
    copy: bool = False  # encoder-decoder: source tokens may be copied; source and target then share one vocabulary
    feed: str = "back"  # one-to-many: each output is fed back, or the context repeated at each step
    crf: bool = False  # tags: a linear-chain CRF instead of a softmax per element
    pieces: int = 0  # words are seen also as hashed character n-grams; how many buckets
    piece_size: int = 0  # features of their own beside the word's; 0 adds them to the word's
    characters: bool = False  # words are seen also as characters, by an RNN of their own
    character_size: int = 25
    ngrams: bool = False  # text -> value: a linear part on word and character n-grams beside the recurrence
    negatives: int = 0  # many classes: train the softmax on the batch's targets and this many others
    tied: bool = True  # output embeddings are the input embeddings (Press & Wolf 2017)
    window: int = 0  # one-to-one on text: how many words are read
    filters: int = 32  # pictures: of the first convolution; later ones have twice and four times as many

    # how pictures and sounds are read
    picture_size: int = 0  # pixels of the longer side; 0: as the training pictures, 64 at most
    mels: int = 40  # bands of frequency in a frame of sound
    subsampling: int = 2  # frames of sound, of 10 ms, that become one step: 1, 2 or 4
    augmentation: float = 1.0  # how strongly pictures and sounds are varied in training; 0: not at all, nor tunes
    centred: bool = False  # vectors: each sequence is taken less its own mean
    differences: bool = False  # vectors: the change since the step before stands beside each vector
    noise: float = 0.0  # vectors: standard deviation of noise added in training, in those of the columns

    # music
    notes: str = "chords"  # as a melody of one voice, or as chords on a grid of time
    grid: int = 0  # steps of a quarter note; 0: the fewest that the training part fits
    voice: str = ""  # the track of this name alone, or the voice at this place in the lists; "": all

    # series
    horizon: int = 0  # steps to forecast; 0: chosen by season and length
    context: int = 0  # steps of the past that a forecast is made from; 0: chosen by horizon and season
    season: int = 0  # steps after which a series repeats itself; 0: found in the training part, 1: it doesn't
    segment: int = 0  # steps that are read, and forecast, together as one step of recurrence; 0: chosen by context
    decoding: str = "parallel"  # of a horizon: all at once ("direct"), or by segments, each alone or one after another
    quantiles: str = "0.1,0.9"  # that are forecast beside the median
    base: str = "season"  # what forecasts are added to: the last season, the last value, or by turns of members both
    members: int = 1  # networks that are trained side by side, whose mean is the forecast

    # how text becomes elements
    level: str = "auto"
    lowercase: bool = False
    vocabulary_size: int = 30_000
    min_count: int = 1

    # regularisation
    dropout: float = 0.3  # between layers, one mask per sequence (Gal & Ghahramani 2016)
    embedding_dropout: float = 0.1  # whole elements left out
    piece_dropout: float = 0.0  # of a word's character n-grams, all at once
    weight_dropout: float = 0.0  # of weight_hh (Merity et al. 2018)
    unknown_rate: float = 0.0  # words replaced by <unk>, so that <unk> is learned
    label_smoothing: float = 0.0
    weight_decay: float = 0.01

    extracts: float = 0.0  # summaries: share of training targets that are the stretch of the source most like them

    # training
    optimizer: str = "adamw"
    learning_rate: float = 2e-3
    warmup: float = 0.05  # share of the run
    clip: float = 1.0  # gradient norm; 0 turns clipping off
    average: float = 0.99  # decay of the averaged weights, which are what is kept; 0 turns averaging off
    batch_tokens: int = 2_000
    bptt: int = 100  # language model and steps of vectors: how far gradients reach back
    streams: int = 32  # language model: sequences read side by side
    teacher_forcing: float = 1.0  # share of gold inputs that the schedule ends with
    patience: int = 10  # evaluations without a better score before training stops; 0 never stops early
    refit: bool = False  # train anew on the training and validation parts, for as many epochs as were best
    seed: int = 0
    epochs: int = 0  # 0: chosen by the size of the data, or by the minutes
    minutes: float = 0.0

    # decoding
    beam_size: int = 5
    max_length: int = 200  # elements of an output at most
    length_penalty: float = 1.0  # scores are divided by length ** length_penalty

    def with_changes(self, changes: dict[str, Any]) -> Settings:
        """The same settings with some changed; values may be strings, as typed.

        Raises TaskError for an unknown key (naming the nearest) or a value that doesn't fit.
        """
        types = get_type_hints(Settings)
        for key in changes:
            if key not in types:
                near = difflib.get_close_matches(key, types, n=3) or sorted(types)
                raise TaskError(f"there is no setting {key!r}; did you mean {', '.join(near)}?")
        parsed = {key: _parse(key, value, types[key]) for key, value in changes.items()}
        return dataclasses.replace(self, **parsed)

    @property
    def recurrence(self) -> dict[str, Any]:
        """What every architecture that reads a sequence takes for its recurrent stack."""
        names = ("cell", "hidden_size", "num_layers", "bidirectional", "dropout")
        return {name: getattr(self, name) for name in names}

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def _parse(key: str, value: Any, kind: type) -> Any:
    if kind is bool and isinstance(value, str):
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in words:
            raise TaskError(f"{key} takes true or false, got {value!r}")
        return words[value.lower()]
    try:
        parsed = kind(value)
    except (TypeError, ValueError):
        raise TaskError(f"{key} takes a value of type {kind.__name__}, got {value!r}") from None
    parts = str(parsed).split("+") if key == "pooling" else [parsed]  # pools may stand side by side
    if key in CHOICES and not all(part in CHOICES[key] for part in parts):
        raise TaskError(f"{key} is one of {', '.join(map(str, CHOICES[key]))}, got {value!r}")
    if kind in (int, float) and (parsed != parsed or parsed < 0):
        raise TaskError(f"{key} must not be negative, got {value!r}")
    if key in POSITIVE and parsed == 0:
        raise TaskError(f"{key} must be at least 1, got {value!r}")
    if key in SHARES and parsed >= 1:
        raise TaskError(f"{key} must lie between 0 and 1, got {value!r}")
    return parsed
