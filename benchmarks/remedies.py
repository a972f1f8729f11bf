"""Does what a warning suggests help? Four planted faults, each trained as it is, as the first warning suggests, and
with ``--auto-remedy``.

    python benchmarks/remedies.py [NAME ...] [--to FILE]

Data are made by seeded code. All runs have the same budget in epochs; of the run that stops on its warnings, and
goes on doing so, what it spent before it began again counts. A remedy works when its score's 95 % interval lies wholly
beyond that of the run without, for the first suggestion alone and for ``--auto-remedy``.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import elman

RESULTS = Path(__file__).parent / "results" / "remedies.json"


@dataclass(frozen=True)
class Case:
    """``make`` gives data for ``elman.fit``; ``planted`` are the settings that ail, ``metric`` has to get better."""

    make: Callable[[], dict[str, list[Any]]]
    metric: str
    higher: bool
    planted: dict[str, Any]
    common: dict[str, Any]


def first_word(length: int, rows: int) -> dict[str, list[str]]:
    """The first word of a text of about ``length`` words says what the label is; the others say nothing."""
    draw = random.Random(0)
    filler = [a + b for a in ("ka", "lo", "mi", "su", "te") for b in ("ba", "do", "fi", "nu", "re")]
    texts, labels = [], []
    for _ in range(rows):
        first = draw.choice(["red", "blue"])
        words = [first, *(draw.choice(filler) for _ in range(draw.randint(length - 5, length + 5)))]
        texts.append(" ".join(words))
        labels.append("warm" if first == "red" else "cold")
    return {"text": texts, "label": labels}


def majority(length: int, rows: int) -> dict[str, list[Any]]:
    """Whether there are more ones than minus ones among about ``length``: an RNN that counts stretches gradients."""
    draw = random.Random(0)
    sequences, labels = [], []
    for _ in range(rows):
        steps = draw.choices((-1.0, 1.0), k=draw.randint(length - 10, length + 10))
        steps += [1.0] * (sum(steps) == 0)
        sequences.append([[step] for step in steps])
        labels.append("more" if sum(steps) > 0 else "less")
    return {"steps": sequences, "label": labels}


def said_twice() -> dict[str, list[str]]:
    """Eight signs drawn at random, and the same eight again: half of the text can be told by looking back."""
    draw = random.Random(2)
    lines = []
    for _ in range(2_500):
        signs = "".join(draw.choice("abcdef") for _ in range(8))
        lines.append(signs + signs)
    return {"text": lines}


ALONE = {"ngrams": False, "bidirectional": False, "embedding_size": 32, "hidden_size": 32, "patience": 0}
CASES = {
    "vanishing": Case(
        lambda: first_word(100, 1_500),
        "accuracy",
        True,
        {"cell": "rnn", "pooling": "last"},
        {**ALONE, "epochs": 20},
    ),
    "too fast": Case(
        lambda: first_word(15, 3_000),
        "accuracy",
        True,
        {"learning_rate": 0.3},
        {**ALONE, "cell": "rnn", "pooling": "last", "epochs": 20},
    ),
    "exploding": Case(
        lambda: majority(50, 3_000),
        "accuracy",
        True,
        {"clip": 0.0},
        {
            "cell": "rnn",
            "pooling": "last",
            "bidirectional": False,
            "hidden_size": 32,
            "dropout": 0.0,
            "optimizer": "sgd",
            "learning_rate": 2.0,
            "batch_tokens": 1_000,
            "epochs": 8,
            "patience": 0,
        },
    ),
    "truncated": Case(
        said_twice,
        "nats_per_token",
        False,
        {"bptt": 4},
        {"hidden_size": 96, "epochs": 12, "patience": 0, "level": "characters"},
    ),
}


def run(
    case: Case, seed: int, *, stop_on_warning: bool = False, changes: dict[str, str] | None = None
) -> dict[str, Any]:
    """One training run: its score, its warnings and what it took.

    stop_on_warning: by ``--auto-remedy``;  changes: settings instead of the planted ones
    """
    began = time.monotonic()
    data = case.make()
    task = "language-model" if "label" not in data else None
    model = elman.fit(
        data, task=task, seed=seed, auto_remedy=stop_on_warning, **case.common | case.planted | (changes or {})
    )
    assert model.report is not None
    measured = model.report.metrics[case.metric]
    return {
        **{key: round(measured[key], 4) for key in ("value", "low", "high")},
        "seconds": round(time.monotonic() - began, 1),
        "warnings": [warning["message"] for warning in model.about["warnings"]],
        "suggested": [warning["flags"] for warning in model.about["warnings"]],
        "applied": [warning["flags"] for warning in model.about["warnings"] if warning.get("applied")],
    }


def settings_of(flags: str) -> dict[str, str]:
    """``--cell lstm`` and ``--set clip=1`` as settings."""
    typed = flags.replace("--set ", "").replace("--cell ", "cell=")
    return dict(pair.split("=") for pair in typed.split())


def better(case: Case, after: dict[str, Any], before: dict[str, Any]) -> bool:
    return after["low"] > before["high"] if case.higher else after["high"] < before["low"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(CASES)}; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, default=RESULTS)
    words = parser.parse_args()
    results = json.loads(words.to.read_text()) if words.to.exists() else {}
    for name in words.names or CASES:
        case = CASES[name]
        before = run(case, words.seed)
        first = run(case, words.seed, changes=settings_of(before["suggested"][0])) if before["suggested"] else before
        after = run(case, words.seed, stop_on_warning=True)
        works = better(case, first, before) and better(case, after, before)
        results[name] = {
            "metric": case.metric,
            "planted": case.planted,
            "without": before,
            "first": first,
            "with": after,
            "works": works,
        }
        applied = "", *before["suggested"][:1], " then ".join(after["applied"])
        for (kind, one), flags in zip(
            (("as planted", before), ("as suggested", first), ("auto-remedy", after)), applied, strict=False
        ):
            print(
                f"{name:10s} {kind:12s} {case.metric} {one['value']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"
                f"  {one['seconds']:.0f} s  {flags}"
            )
        print(f"{name:10s} {'the remedy works' if works else 'NO GAIN beyond the interval'}", flush=True)
        words.to.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
