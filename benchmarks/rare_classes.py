"""Rare classes of real texts, one row in 100 or 1,000, beside TF-IDF with logistic regression on the same rows.

    python benchmarks/rare_classes.py --data ../shared/data
    python benchmarks/rare_classes.py --data ../shared/data --only spam --seeds 0 1 --set class_weight=balanced

A set is a class of public texts against all others, of which chance leaves out as many rows as it takes. A seed deals
rows into four fifths to learn from, of which Elman holds its own validation part out, and a fifth to test on. Average
precision, and F1, precision and recall at the threshold that each chose itself without the test part: Elman by its
validation part and folds, logistic regression by the best F1 of five folds.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import long_texts  # the benchmark beside this one
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_curve, precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

import elman
from elman.data.readers import read

RARE, OTHER = "yes", "no"
Texts = tuple[list[str], list[str]]
"""Those of the rare class, and all others."""
Measured = tuple[float, float, float, float]
"""Average precision; F1, precision and recall at the threshold."""


def spam(root: Path) -> Texts:
    table = read([root / "sms_spam/train.csv", root / "sms_spam/test.csv"])
    *_, text, label = sorted(table.columns, key=lambda name: name == "label")
    return of_class(table.columns[text], table.columns[label], "spam")


def language(name: str) -> Callable[[Path], Texts]:
    def texts(root: Path) -> Texts:
        table = read([root / "surnames"])
        return of_class(*table.columns.values(), name)

    return texts


def genre(name: str) -> Callable[[Path], Texts]:
    def texts(root: Path) -> Texts:
        rows = [(text, of) for of, sentences in long_texts.documents_of(root) for text in sentences]
        return of_class([text for text, _ in rows], [of for _, of in rows], name)

    return texts


def of_class(texts: Sequence[Any], labels: Sequence[Any], name: str) -> Texts:
    """Each text once."""
    label_of = {str(text): str(label) for text, label in zip(texts, labels, strict=True)}
    return [text for text, label in label_of.items() if label == name], [
        text for text, label in label_of.items() if label != name
    ]


SETS: dict[str, tuple[Callable[[Path], Texts], int]] = {
    "spam, 1:100": (spam, 100),
    "newsgroups, 1:100": (genre("newsgroup"), 100),
    "emails, 1:100": (genre("email"), 100),
    "Italian names, 1:100": (language("Italian"), 100),
    "Japanese names, 1:1,000": (language("Japanese"), 1_000),
}
"""And how many others there are for each row of the class."""
SPELLED = "names"
"""Sets whose name has this are of single words, which logistic regression sees by their characters."""
MOST = 10_000
"""Rows of the other class."""


def dealt(texts: Texts, others: int, seed: int) -> list[dict[str, list[str]]]:
    """Rows to learn from, and to test on; either has its share of the class."""
    chance = random.Random(seed)
    rare, common = (chance.sample(own, len(own)) for own in texts)
    common = common[:MOST]
    rare = rare[: max(2, round(len(common) / others))]
    parts: list[list[tuple[str, str]]] = [[], []]
    for own, label in ((rare, RARE), (common, OTHER)):
        cut = round(0.8 * len(own))
        parts[0] += [(text, label) for text in own[:cut]]
        parts[1] += [(text, label) for text in own[cut:]]
    for part in parts:
        chance.shuffle(part)
    return [{"text": [text for text, _ in part], "label": [label for _, label in part]} for part in parts]


def measured(chances: Any, called: Any, right: Any) -> Measured:
    precision, recall, f1, _ = precision_recall_fscore_support(right, called, average="binary", zero_division=0)
    return float(average_precision_score(right, chances)), float(f1), float(precision), float(recall)


def by_counting(train: dict[str, list[str]], test: dict[str, list[str]], *, spelled: bool, weight: Any) -> Measured:
    """Logistic regression on TF-IDF."""
    words: dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"\S+"}
    features = TfidfVectorizer(
        sublinear_tf=True, **({"analyzer": "char_wb", "ngram_range": (1, 5)} if spelled else words)
    )
    model = make_pipeline(features, LogisticRegression(C=10, max_iter=1_000, class_weight=weight))
    y, right = (np.array(part["label"]) == RARE for part in (train, test))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    left_out = cross_val_predict(model, train["text"], y, cv=folds, method="predict_proba")[:, 1]
    precision, recall, thresholds = precision_recall_curve(y, left_out)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    least = thresholds[int(f1[:-1].argmax())]
    chances = model.fit(train["text"], y).predict_proba(test["text"])[:, 1]
    return measured(chances, chances >= least, right)


def learned(
    train: dict[str, list[str]], test: dict[str, list[str]], seed: int, settings: dict[str, Any]
) -> tuple[str, Measured]:
    """Who answers, and how well."""
    model = elman.fit(train, test=test, seed=seed, input="text", output="label", task="classification", **settings)
    answers, right = model.predict(test["text"]), np.array(test["label"]) == RARE
    chances, called = (
        np.array([answer.probabilities[RARE] for answer in answers]),
        np.array([answer.value == RARE for answer in answers]),
    )
    race = model.report.race if model.report else None
    return race.chosen if race else "network", measured(chances, called, right)


def written(figures: Sequence[float]) -> str:
    return " ".join(f"{value:.3f}" for value in figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--only", help="sets whose name has this")
    parser.add_argument("--seeds", type=int, nargs="+", default=range(5))
    parser.add_argument("--set", dest="settings", nargs="*", default=[], help="settings of Elman, as key=value")
    asked = parser.parse_args()
    settings = dict(pair.split("=") for pair in asked.settings)
    weight = settings.get("class_weight") if settings.get("class_weight") == "balanced" else None
    print("| set | seed | rare rows to learn from, to test on | TF-IDF: AP, F1, precision, recall | Elman | by |")
    print("|---|---|---|---|---|---|")
    for name in (name for name in SETS if (asked.only or "") in name):
        texts, others = SETS[name][0](asked.data), SETS[name][1]
        found: list[tuple[Measured, Measured]] = []
        for seed in asked.seeds:
            train, test = dealt(texts, others, seed)
            counted = by_counting(train, test, spelled=SPELLED in name, weight=weight)
            who, own = learned(train, test, seed, settings)
            found.append((counted, own))
            rows = ", ".join(f"{part['label'].count(RARE)} of {len(part['label']):,}" for part in (train, test))
            print(f"| {name} | {seed} | {rows} | {written(counted)} | {written(own)} | {who} |", flush=True)
        means = [written([mean(column) for column in zip(*side, strict=True)]) for side in zip(*found, strict=True)]
        print(f"| {name} | mean | | {means[0]} | {means[1]} | |", flush=True)


if __name__ == "__main__":
    main()
