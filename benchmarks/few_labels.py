"""What unlabelled texts bring where labels are few: SST-2 with 1,000 labelled sentences, and the other training
sentences without their labels.

    python benchmarks/few_labels.py --data ../shared/data
    python benchmarks/few_labels.py --data ../shared/data --seeds 0 3 --labelled 300

Accuracy on the test part for each seed, which draws the labelled sentences: of logistic regression on TF-IDF of words
and pairs of them, of Elman on the labelled ones alone, and with the others unlabelled. Training is watched on the
official validation part; the test part is read once by each of them.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from statistics import mean

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import elman

Reviews = dict[str, list[str]]


def reviews(path: Path) -> Reviews:
    """Sentences, each with a tab and 0 or 1 after it."""
    rows = [line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    return {"text": [text for text, _ in rows], "label": [("negative", "positive")[int(label)] for _, label in rows]}


def drawn(all_of: Reviews, labelled: int, seed: int) -> tuple[Reviews, dict[str, list[str]]]:
    """So many rows with their labels, and the texts of the others."""
    order = list(range(len(all_of["text"])))
    random.Random(seed).shuffle(order)
    few = {name: [column[row] for row in order[:labelled]] for name, column in all_of.items()}
    return few, {"text": [all_of["text"][row] for row in order[labelled:]]}


def by_counting(few: Reviews, test: Reviews) -> float:
    """Accuracy of logistic regression on TF-IDF."""
    features = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
    model = make_pipeline(features, LogisticRegression(C=10, max_iter=1_000))
    return float(model.fit(few["text"], few["label"]).score(test["text"], test["label"]))


def learned(few: Reviews, folder: Path, seed: int, unlabelled: dict[str, list[str]] | None = None) -> float:
    """Accuracy of Elman."""
    valid, test = (reviews(folder / f"{part}.tsv") for part in ("dev", "test"))
    model = elman.fit(few, valid=valid, test=test, unlabelled=unlabelled, seed=seed)
    assert model.report is not None
    return float(model.report.metrics["accuracy"]["value"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds sst2")
    parser.add_argument("--seeds", type=int, nargs="+", default=range(5))
    parser.add_argument("--labelled", type=int, default=1_000)
    asked = parser.parse_args()
    folder = asked.data / "sst2"
    found: list[tuple[float, float, float]] = []
    print("| seed | TF-IDF | labelled alone | with unlabelled |\n|---|---|---|---|")
    for seed in asked.seeds:
        few, others = drawn(reviews(folder / "train.tsv"), asked.labelled, seed)
        counted = by_counting(few, reviews(folder / "test.tsv"))
        found.append((counted, learned(few, folder, seed), learned(few, folder, seed, others)))
        print(f"| {seed} | {' | '.join(f'{accuracy:.4f}' for accuracy in found[-1])} |", flush=True)
    print(f"| mean | {' | '.join(f'{mean(column):.4f}' for column in zip(*found, strict=True))} |")


if __name__ == "__main__":
    main()
