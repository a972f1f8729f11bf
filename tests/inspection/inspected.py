"""Networks and rows that tests look into: small, untrained, of every architecture."""

from __future__ import annotations

import torch

from elman import answers
from elman.answers.base import Answer, Parts
from elman.data.table import Table
from elman.inspection.subject import Subject, subject
from elman.settings import Settings

WORDS = ["the", "plot", "was", "very", "dull", ",", "but", '"', "funny", '"', "(", "3", ")"]
SMALL = {"hidden_size": 8, "embedding_size": 6, "dropout": 0.0, "min_count": 1, "pieces": 0, "character_size": 3}


def sentences(count: int = 24, seed: int = 0) -> list[str]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 9, (count,), generator=generator).tolist()
    return [" ".join(WORDS[i] for i in torch.randint(len(WORDS), (n,), generator=generator).tolist()) for n in lengths]


def rows_for(name: str) -> tuple[list, list]:
    """Inputs and outputs that this case can be fitted on."""
    texts = sentences()
    numbers = [[[float(i), float(-i)] for i in range(2 + row % 5)] for row in range(24)]
    return {
        "classification": (texts, ["good" if "funny" in text else "bad" for text in texts]),
        "multilabel": (texts, ["a;b" if "funny" in text else "a" for text in texts]),
        "regression": (texts, [float(len(text)) for text in texts]),
        "window": (texts, ["good" if "funny" in text else "bad" for text in texts]),
        "rows": ([(float(i), i % 3, "ab"[i % 2]) for i in range(24)], ["xy"[i % 2] for i in range(24)]),
        "vectors": (numbers, ["xy"[i % 2] for i in range(24)]),
        "tagging": (
            [text.split() for text in texts],
            [["N" if w.isalpha() else "P" for w in t.split()] for t in texts],
        ),
        "translation": (texts, [text[::-1] for text in texts]),
        "generation": (["xyz"[i % 3] for i in range(24)], texts),
        "language-model": (texts, texts),
    }[name]


def built(case: str, seed: int = 0, **settings) -> tuple[Answer, Parts, list, list]:
    """An untrained model, with fitted columns, and its rows."""
    torch.manual_seed(seed)
    task_name, input, chosen = CASES.get(case, (case, "label" if case == "generation" else "text", {}))
    task = answers.find(task_name, input)
    inputs, outputs = rows_for(case)
    table = Table({"x": inputs, "y": outputs})
    assert len(table) == len(inputs)
    parts = task.parts(inputs, outputs, Settings().with_changes({**SMALL, **chosen, **settings}))
    return task, parts, inputs, outputs


def looked_at(name: str, seed: int = 0, **settings) -> Subject:
    return subject(*built(name, seed, **settings))


CASES = {
    "window": ("classification", "text", {"window": 5}),
    "rows": ("classification", "row", {}),
    "vectors": ("classification", "vector", {}),
}
"""Cases that are called otherwise than their task: that, the kind of input, settings."""

NAMES = (
    "classification",
    "multilabel",
    "regression",
    "window",
    "rows",
    "vectors",
    "tagging",
    "translation",
    "generation",
    "language-model",
)
