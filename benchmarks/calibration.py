"""Whether probabilities mean what they say, after training with defaults: every classification set of the benchmarks.

    python benchmarks/calibration.py --data ../shared/data
    python benchmarks/calibration.py --data ../shared/data sms genres --seeds 0 1 2

The expected calibration error of the test part (15 bins of equal mass) beside what perfectly calibrated probabilities
of the same sizes stay below in 95 of 100 samples. To reach: 3 %, or that. Epochs are the recipes', so that nothing
depends on how fast the machine is; no choice is made on a test part.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import few_labels  # the benchmarks beside this one
import long_texts
import signals
from applications import APPLICATIONS

import elman

Arguments = Callable[[Path, int], dict[str, Any]]
"""From the folder of the data and a seed to what ``elman.fit`` is given."""


def application(name: str) -> Arguments:
    """As in the benchmark of applications."""
    return lambda root, seed: {**APPLICATIONS[name].data(root), **APPLICATIONS[name].options}


def reviews(labelled: int, *, valid: bool) -> Arguments:
    """So many sentences of SST-2, with its own validation part, or one that is held out of them."""

    def arguments(root: Path, seed: int) -> dict[str, Any]:
        parts = {name: few_labels.reviews(root / f"sst2/{name}.tsv") for name in ("train", "dev", "test")}
        few, _ = few_labels.drawn(parts["train"], labelled, seed)
        return {"data": few, "test": parts["test"], **({"valid": parts["dev"]} if valid else {})}

    return arguments


def documents(name: str) -> Arguments:
    """Long texts, each document whole in one part."""

    def arguments(root: Path, seed: int) -> dict[str, Any]:
        dealt = long_texts.dealt(long_texts.SETS[name](root), seed)
        return dict(zip(("data", "valid", "test"), dealt, strict=True)) | long_texts.COLUMNS

    return arguments


def sentences(rows: int) -> Arguments:
    """So many sentences of the English treebank by the genre of their document; those of others are the test part."""

    def arguments(root: Path, seed: int) -> dict[str, Any]:
        train, _, test = long_texts.dealt(long_texts.documents_of(root), seed)
        return {"data": {name: cells[:rows] for name, cells in train.items()}, "test": test, **long_texts.COLUMNS}

    return arguments


def archive(name: str) -> Arguments:
    """A set of the UCR archive in its official parts."""
    return lambda root, seed: {
        "data": root / f"ucr_ts/{name}/{name}_TRAIN.ts",
        "test": root / f"ucr_ts/{name}/{name}_TEST.ts",
    }


SETS: dict[str, Arguments] = {
    **{name: application(name) for name in ("sms", "sst2", "surnames", "fashion", "digits", "japanese_vowels")},
    "sst2, 1,000 labels": reviews(1_000, valid=True),
    "sst2, 1,000 labels in all": reviews(1_000, valid=False),
    "sst2, 300 labels in all": reviews(300, valid=False),
    "genres": documents("genres"),
    "topics": documents("topics"),
    "sentences by genre, 1,000": sentences(1_000),
    "sentences by genre, 5,000": sentences(5_000),
    **{name: archive(name) for name, own in signals.SETS.items() if not own.folder},
}


def row(name: str, root: Path, seed: int) -> str:
    """Train on one set, and what its report says of its probabilities."""
    model = elman.fit(**SETS[name](root, seed), seed=seed)
    report, rows = model.report, model.about["data"]["rows"]
    assert report is not None and report.calibration is not None
    found = report.calibration
    sizes = f"{rows['train']:,}, {rows.get('valid', 0):,}, {report.rows:,}"
    percent = " | ".join(f"{100 * value:.1f} %" for value in (found.error, found.chance, found.surer))
    accuracy = report.metrics["accuracy"]["value"]
    chosen = report.race.chosen if report.race else "network"
    passed = "reached" if found.is_sound else "missed"
    return f"| {name} | {seed} | {sizes} | {chosen} | {accuracy:.4f} | {percent} | {passed} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", choices=[*SETS, []], default=[])
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    asked = parser.parse_args()
    print("| set | seed | train, valid, test | who answers | accuracy | ECE | chance | too sure by | 3 %, or chance |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in asked.names or SETS:
        for seed in asked.seeds:
            print(row(name, asked.data, seed), flush=True)


if __name__ == "__main__":
    main()
