# pyright: strict
"""All recipes: one per kind of input, task and size of the data. The settings that aren't named keep their defaults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from elman.data.folds import FOLDS
from elman.kinds import KINDS
from elman.kinds.classes import are_many
from elman.kinds.spans import scheme_of
from elman.kinds.tags import TagsKind
from elman.kinds.text import plain
from elman.kinds.tunes import is_melody, tune_of
from elman.recipes.recipe import Recipe, TrainingStatistics, Value, between, per_element, per_row, rows_of
from elman.settings import Settings
from elman.tasks import TASKS

VALUE = ("classification", "multilabel", "regression")
CLASSES = ("classification", "multilabel")
DRAWN_CLASSES = 1_500
"""Of many classes, those that a batch is told apart from, beside its own."""

# -- what a size depends on --------------------------------------------------------------------------------


def many_classes(statistics: TrainingStatistics) -> bool:
    return are_many(statistics.classes)


def spelled(statistics: TrainingStatistics) -> bool:
    return statistics.level == "characters"


def many_spelled(statistics: TrainingStatistics) -> bool:
    return spelled(statistics) and many_classes(statistics)


def short_elements(statistics: TrainingStatistics) -> bool:
    """Spellings and codes: few distinct elements."""
    return statistics.level in ("characters", "tokens")


def not_tokens(statistics: TrainingStatistics) -> bool:
    return statistics.level != "tokens"


def row_by_row(statistics: TrainingStatistics) -> bool:
    asked = {key: statistics.asked[key] for key in {"picture_rows"} & statistics.asked.keys()}
    return Settings().with_changes(asked).picture_rows


def marks_spans(statistics: TrainingStatistics) -> bool:
    return scheme_of(TagsKind.parsed(statistics.outputs)) is not None


def one_voice(statistics: TrainingStatistics) -> bool:
    """Whether tunes are melodies, or are to be read so."""
    chosen = {key: statistics.asked[key] for key in {"notes", "grid", "voice"} & statistics.asked.keys()}
    asked = Settings().with_changes(chosen)
    if "notes" in chosen:
        return asked.notes == "melody"
    return all(is_melody(tune_of(cell, asked.grid, asked.voice)) for cell in statistics.outputs)


TIMES_HEARD = 20
"""Words are learned as wholes where each stands in the transcripts so often, on average; else letters are."""


def level_of_transcripts(statistics: TrainingStatistics) -> str:
    words = Counter(word for cell in statistics.outputs for word in plain(cell).split())
    return "tokens" if words.total() >= TIMES_HEARD * len(words) else "characters"


LONG = 64
"""Steps from which on sequences of vectors are signals: many small steps, which mean something only together."""
REPEATING = 1_000
"""From so many steps on a signal is likely a recording that repeats itself: on the one such set that was tried (ACSF1),
varied examples made it worse."""
FEW_SIGNALS = 1_000
"""With fewer rows folds choose who answers, and all of them are learned from in the end, validation part and all, for
as long as the recipe says."""


def heard_as_it_comes(statistics: TrainingStatistics) -> bool:
    """Whether no convolution and no reading backwards help the recurrence."""
    return bool(statistics.asked.get("causal"))


def long_signals(statistics: TrainingStatistics) -> bool:
    """Whether convolutions pay before the recurrence; a causal run leaves them out."""
    return statistics.steps >= LONG and not heard_as_it_comes(statistics)


def few_signals(statistics: TrainingStatistics) -> bool:
    """Whether folds pay; a causal run leaves them out."""
    return statistics.rows < FEW_SIGNALS and not heard_as_it_comes(statistics)


STEPS = 4
"""Steps of recurrence that a window comes down to, at least: few of them forecast better (Lin et al. 2023)."""
MANY_WINDOWS = 10_000
"""So many are enough to learn from, too, where nothing but the last value is given: two networks, one of which has that
alone to begin with, go wrong in different ways, and their mean less."""
SEVERAL, FEW_WINDOWS = 5, 2_000
"""So many networks are trained side by side, as long as each has no more windows than this: chance tells there."""


def windows(statistics: TrainingStatistics) -> int:
    """Forecasts that can be made of the series, about."""
    return sum(series.values.size for series in statistics.outputs)


def many_windows(statistics: TrainingStatistics) -> bool:
    return windows(statistics) >= MANY_WINDOWS


# -- what several recipes have in common ---------------------------------------------------------------------

SOUND: dict[str, Value] = {
    "cell": "gru",
    "embedding_size": 128,
    "hidden_size": 128,
    "num_layers": 1,
    "dropout": 0.3,
    "pooling": "last+max+mean",
    "learning_rate": 2e-3,
    "batch_tokens": 3_000,
    "epochs": per_row(60_000, 10, 60),
}
CLIPS: dict[str, Value] = {
    "cell": "gru",
    "embedding_size": 128,
    "hidden_size": 128,
    "num_layers": 1,
    "filters": 16,
    "dropout": 0.2,
    "augmentation": 0.5,
    "learning_rate": 3e-3,
    "batch_tokens": 120,
    "average": 0.99,
    "patience": 20,
}

RECORD: dict[str, Value] = {
    "lowercase": True,
    "embedding_size": 100,
    "hidden_size": 96,
    "pieces": 20_000,
    "ngrams": True,
    "min_count": 2,
    "dropout": 0.3,
    "embedding_dropout": 0.0,
    "word_dropout": 0.1,
    "piece_dropout": 0.1,
    "pooling": "max+mean+inputs",
    "learning_rate": 3e-3,
    "weight_decay": 0.1,
    "average": 0.98,
    "batch_tokens": rows_of(32, 600, 8_000),
    "epochs": per_row(60_000, 8, 60),
}
SPELLINGS: dict[str, Value] = {
    "embedding_size": 64,
    "hidden_size": 128,
    "pooling": "last+max+mean",
    "dropout": 0.35,
    "ngrams": True,
    "learning_rate": 3e-3,
    "weight_decay": 0.02,
    "average": 0.99,
    "batch_tokens": lambda statistics: int(64 * statistics.steps),
    "epochs": per_row(150_000, 8, 40),
}
WORDS: dict[str, Value] = {
    "lowercase": True,
    "embedding_size": 150,
    "hidden_size": 110,
    "pieces": 20_000,
    "ngrams": True,
    "min_count": 2,
    "dropout": 0.55,
    "embedding_dropout": 0.0,
    "word_dropout": 0.3,
    "piece_dropout": 0.3,
    "pooling": "max+mean+inputs",
    "learning_rate": 3e-3,
    "weight_decay": 0.3,
    "average": 0.98,
    "keep": "last",  # so that the validation part, which weighs network and n-grams, hasn't chosen the network
    "batch_tokens": rows_of(32, 600, 8_000),
    "epochs": per_row(28_000, 4, 20),
}
OF_MANY_CLASSES: dict[str, Value] = {
    "ngrams": False,
    "negatives": DRAWN_CLASSES,
    "pooling": "max",  # so that each class has few weights
    "batch_tokens": rows_of(256, 600, 8_000),  # as each batch has a step of all of them
}

FOLDED_WHERE_FEW: dict[str, Value] = {
    "members": lambda statistics: 3 if few_signals(statistics) else 1,
    "refit": few_signals,
    "folds": lambda statistics: FOLDS if few_signals(statistics) else 0,
    "keep": lambda statistics: "last" if few_signals(statistics) else "best",
    "patience": lambda statistics: 0 if few_signals(statistics) else 20,
}

STEPS_OF_VECTORS: dict[str, Value] = {
    "cell": "gru",
    "hidden_size": 96,
    "differences": True,
    "dropout": 0.4,
    "learning_rate": 3e-3,
    "average": 0.99,
    "bptt": 200,
    "batch_tokens": 1_000,
    "epochs": per_element(400_000, 10, 100),
    "patience": 20,
}

TAGGED_WORDS: dict[str, Value] = {
    "lowercase": True,
    "embedding_size": 100,
    "hidden_size": 160,
    "characters": True,
    "character_size": 40,
    "pieces": 20_000,
    "piece_size": 100,
    "dropout": 0.5,
    "embedding_dropout": 0.0,
    "average": 0.99,
    "vocabulary_size": 50_000,
}

NEXT_WORD: dict[str, Value] = {
    "embedding_size": 256,
    "hidden_size": 256,
    "num_layers": 1,
    "dropout": 0.5,
    "embedding_dropout": 0.1,
    "weight_dropout": 0.4,
    "learning_rate": 3e-3,
    "streams": 24,
    "bptt": 35,
    "epochs": 20,
    "average": 0.99,
    "tied": True,
    "pretrained": "tuned",
    "weight_decay": 0.01,
    "clip": 0.5,
    "negatives": DRAWN_CLASSES,
}

TRANSLATED: dict[str, Value] = {
    "learning_rate": 2e-3,
    "average": 0.998,
    "label_smoothing": 0.1,
    "attention": "dot",
    "tied": True,
    "pretrained": "tuned",
}

RECORDS: dict[str, Value] = {
    "cell": "gru",
    "hidden_size": 64,
    "embedding_size": 64,
    "dropout": 0.2,
    "learning_rate": 3e-3,
    "average": 0.98,
    "patience": 15,
    "epochs": per_row(40_000, 10, 60),
    "batch_tokens": rows_of(32, 200, 8_000),
}

FORECAST: dict[str, Value] = {
    "cell": "gru",
    "hidden_size": 128,
    "embedding_size": 128,
    "bidirectional": False,
    "dropout": 0.5,
    "average": 0.99,
    "patience": 10,
    "batch_tokens": lambda statistics: STEPS * between(8, windows(statistics) / 50, 256),
    "epochs": lambda statistics: between(5, 300_000 / windows(statistics), 100),
    "refit": True,
}

# -- the table -----------------------------------------------------------------------------------------------

OF_VALUES = (
    Recipe(
        "row",
        tuple(task.name for task in TASKS.values() if task.of_rows),
        {
            "hidden_size": 64,
            "num_layers": 2,
            "dropout": 0.1,
            "batch_tokens": 64,
            "patience": 20,
            "epochs": per_row(200_000, 20, 200),
        },
    ),
    Recipe("record", CLASSES, RECORD | OF_MANY_CLASSES, many_classes, "many classes"),
    Recipe("record", VALUE, RECORD),
    Recipe(
        "records",
        ("classification", "regression"),
        RECORDS | {"pooling": "last+mean+max"},
    ),
    Recipe(
        "vector",
        VALUE,
        {
            **FOLDED_WHERE_FEW,
            "cell": "gru",
            "convolutions": 3,
            "kernel": 9,
            "embedding_size": 64,
            "hidden_size": 64,
            "pooling": "last+mean+max+inputs",
            "dropout": 0.3,
            "differences": True,
            "augmentation": lambda statistics: 1.0 if statistics.steps < REPEATING else 0.0,
            "label_smoothing": 0.1,
            "learning_rate": 3e-3,
            "average": 0.99,
            "batch_tokens": rows_of(8, 64, 30_000),
            "epochs": per_element(7_000_000, 10, 120),
        },
        long_signals,
        "signals: long sequences, causal runs apart",
    ),
    Recipe(
        "vector",
        VALUE,
        {
            **FOLDED_WHERE_FEW,
            "cell": "gru",
            "hidden_size": 128,
            "pooling": "last+mean+max",
            "dropout": 0.3,
            "differences": True,
            "noise": 0.3,
            "label_smoothing": 0.1,
            "learning_rate": 3e-3,
            "average": 0.99,
            "batch_tokens": rows_of(16, 64, 8_000),
            "epochs": per_row(7_000, 8, 60),
        },
        size="short sequences",
    ),
    Recipe(
        "image",
        VALUE,
        {
            "hidden_size": 128,
            "num_layers": 1,
            "dropout": 0.3,
            "pooling": "last+max+mean",
            "batch_tokens": 2_000,
            "learning_rate": 3e-3,
            "epochs": per_row(150_000, 10, 60),
        },
        row_by_row,
        "read row by row",
    ),
    Recipe(
        "image",
        VALUE,
        {
            "embedding_size": 128,
            "hidden_size": 128,
            "num_layers": 1,
            "dropout": 0.3,
            "batch_tokens": 64,
            "learning_rate": 3e-3,
            "weight_decay": 0.05,
            "epochs": per_row(150_000, 10, 60),
        },
        size="as a whole",
    ),
    Recipe("frames", VALUE, CLIPS | {"pooling": "last+max+mean", "epochs": per_row(45_000, 10, 60)}),
    Recipe(
        "audio",
        VALUE,
        SOUND | {"hidden_size": 192, "num_layers": 2, "batch_tokens": 1_500},
        heard_as_it_comes,
        size="causal runs",
    ),
    Recipe("audio", VALUE, SOUND),
    Recipe(
        "notes",
        VALUE,
        {
            "cell": "gru",
            "hidden_size": 128,
            "num_layers": 1,
            "dropout": 0.3,
            "pooling": "last+max+mean",
            "learning_rate": 2e-3,
            "batch_tokens": 1_000,
            "epochs": per_row(60_000, 10, 60),
        },
    ),
    Recipe("text", CLASSES, SPELLINGS | OF_MANY_CLASSES, many_spelled, "characters, many classes"),
    Recipe("text", VALUE, SPELLINGS, spelled, "characters"),
    Recipe("text", CLASSES, WORDS | OF_MANY_CLASSES, many_classes, "words, many classes"),
    Recipe("text", VALUE, WORDS, size="words"),
)

OF_EACH_STEP = (
    Recipe("records", ("tagging", "step-regression", "next-label", "next-number"), RECORDS),
    Recipe("frames", ("tagging",), CLIPS | {"bptt": 200, "epochs": per_row(45_000, 10, 60)}),
    Recipe("vector", ("tagging",), STEPS_OF_VECTORS | {"centred": True}),
    Recipe("vector", ("step-regression",), STEPS_OF_VECTORS),
    Recipe(
        "watched",
        ("anomaly",),
        {
            "cell": "gru",
            "hidden_size": 64,
            "dropout": 0.0,
            "learning_rate": 5e-3,
            "average": 0.99,
            "bptt": 100,
            "batch_tokens": 400,
            "epochs": per_element(500_000, 10, 100),
            "patience": 30,
        },
    ),
    Recipe(
        "text",
        ("tagging",),
        TAGGED_WORDS
        | {
            "crf": True,
            "refit": True,
            "word_dropout": 0.5,
            "piece_dropout": 0.15,
            "learning_rate": 4e-3,
            "batch_tokens": 300,
            "epochs": per_element(800_000, 6, 30),
        },
        marks_spans,
        "spans, which are rare: regularised more, tags chosen together",
    ),
    Recipe(
        "text",
        ("tagging",),
        TAGGED_WORDS
        | {
            "dropout": 0.4,
            "word_dropout": 0.25,
            "learning_rate": 3e-3,
            "batch_tokens": 300,
            "epochs": per_element(2_000_000, 5, 30),
        },
        size="a tag of its own for each word",
    ),
)

OF_WHAT_FOLLOWS = (
    Recipe(
        "text",
        ("language-model",),
        {
            "level": "characters",
            "embedding_size": 64,
            "hidden_size": 512,
            "num_layers": 1,
            "dropout": 0.25,
            "learning_rate": 4e-3,
            "streams": 32,
            "bptt": 128,
            "epochs": 30,
            "average": 0.998,
            "tied": False,
            "pretrained": "tuned",
            "embedding_dropout": 0.0,
        },
        not_tokens,
        "running text",
    ),
    Recipe("text", ("language-model",), NEXT_WORD | {"level": "auto"}, size="tokens"),
    Recipe("text", ("next-word",), NEXT_WORD | {"level": "words"}),
    Recipe(
        "notes",
        ("language-model",),
        {
            "notes": "melody",
            "embedding_size": 64,
            "hidden_size": 192,
            "dropout": 0.4,
            "embedding_dropout": 0.05,
            "learning_rate": 5e-3,
            "batch_tokens": 250,
            "average": 0.998,
            "weight_decay": 0.05,
            "epochs": per_row(9_200, 5, 60),
        },
        one_voice,
        "melodies",
    ),
    Recipe(
        "notes",
        ("language-model",),
        {
            "notes": "chords",
            "cell": "gru",
            "hidden_size": 256,
            "dropout": 0.5,
            "learning_rate": 3e-3,
            "batch_tokens": 500,
            "average": 0.998,
            "weight_decay": 0.01,
            "epochs": per_row(46_000, 10, 200),
        },
        size="chords",
    ),
    Recipe(
        "series",
        ("forecasting",),
        {**FORECAST, "members": 2, "base": "both", "learning_rate": 2e-3},
        many_windows,
        "many windows",
    ),
    Recipe(
        "series",
        ("forecasting",),
        {
            **FORECAST,
            "members": lambda statistics: between(1, FEW_WINDOWS / windows(statistics), SEVERAL),
            "learning_rate": 1e-3,
        },
        size="few windows",
    ),
)

OF_WRITTEN = (
    Recipe(
        "text",
        ("translation",),
        {
            **TRANSLATED,
            "level": "auto",
            "embedding_size": 128,
            "hidden_size": 256,
            "num_layers": 2,
            "dropout": 0.3,
            "batch_tokens": 800,
            "epochs": 40,
        },
        short_elements,
        "spellings, codes: short, few distinct elements",
    ),
    Recipe(
        "text",
        ("translation",),
        {
            **TRANSLATED,
            "level": "subwords",
            "vocabulary_size": lambda statistics: max(500, min(8_000, statistics.rows // 4)),
            "embedding_size": 256,
            "hidden_size": 512,
            "num_layers": 1,
            "dropout": 0.35,
            "batch_tokens": 1_500,
            "epochs": 30,
            "copy": lambda statistics: statistics.mostly_copied,
        },
        size="sentences",
    ),
    Recipe(
        "text",
        ("summarise",),
        {
            "level": "subwords",
            "vocabulary_size": lambda statistics: between(1_000, statistics.rows * 2, 8_000),
            "embedding_size": 96,
            "hidden_size": 128,
            "num_layers": 1,
            "dropout": 0.3,
            "learning_rate": 3e-3,
            "batch_tokens": 2_000,
            "epochs": 30,
            "patience": 0,
            "average": 0.995,
            "label_smoothing": 0.1,
            "beam_size": 1,
            "copy": lambda statistics: statistics.mostly_copied,
            "extracts": lambda statistics: 0.5 * statistics.mostly_copied,
        },
    ),
    Recipe(
        "label",
        ("generation",),
        {
            "embedding_size": 64,
            "hidden_size": 192,
            "num_layers": 1,
            "dropout": 0.3,
            "learning_rate": 3e-3,
            "batch_tokens": 1_000,
            "epochs": 20,
            "average": 0.998,
            "beam_size": 5,
            "length_penalty": 0.0,
        },
    ),
    Recipe(
        "image",
        ("captioning",),
        {
            "embedding_size": 192,
            "hidden_size": 256,
            "num_layers": 1,
            "dropout": 0.1,
            "augmentation": 0.3,
            "learning_rate": 2.5e-3,
            "weight_decay": 0.02,
            "batch_tokens": 100,
            "average": 0.99,
            "max_length": 60,
            "epochs": per_row(250_000, 20, 120),
            "patience": 20,
        },
    ),
    # What few words tell apart is often learned last, after long without a better score.
    Recipe(
        "frames",
        ("captioning",),
        CLIPS | {"max_length": 60, "learning_rate": 2e-3, "patience": 40, "epochs": per_row(80_000, 20, 120)},
    ),
    Recipe(
        "audio",
        ("transcription",),
        {
            "level": level_of_transcripts,
            "cell": "gru",
            "embedding_size": 128,
            "hidden_size": 128,
            "num_layers": 2,
            "dropout": 0.3,
            "learning_rate": 2e-3,
            "batch_tokens": 5_000,
            "beam_size": 8,
            "epochs": per_row(60_000, 10, 60),
        },
    ),
)

RECIPES = (*OF_VALUES, *OF_EACH_STEP, *OF_WHAT_FOLLOWS, *OF_WRITTEN)


def find(input: str, task: str, statistics: TrainingStatistics) -> dict[str, Any]:
    """The settings for a task on a kind of input; none but the defaults where there is no recipe.

    A kind from another package brings its own, as ``recipes`` of its class.
    """
    brought: Sequence[Recipe] = getattr(KINDS[input], "recipes", ()) if input in KINDS else ()
    for recipe in (*brought, *RECIPES):
        if recipe.input == input and task in recipe.tasks and recipe.when(statistics):
            return recipe.chosen(statistics)
    return {}
