"""Long texts, beside TF-IDF with logistic regression: documents of the English treebank by genre, articles of Wikipedia
by topic.

    python benchmarks/long_texts.py --data ../shared/data
    python benchmarks/long_texts.py --data ../shared/data --seeds 0 3 --only genres

Texts are pieces of 200 words and more, cut where a sentence or paragraph ends. A seed deals documents, each as a whole,
into a training, a validation and a test part (65, 10 and 25 of 100 documents). The topic of an article is that which
the names of its sections say most of; articles of none, or of several, are left out, as are all headings.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import elman

WORDS = 200
SHARES = (0.65, 0.75, 1.0)
TOPICS = {
    "work": "Plot|Reception|Release|Release and reception|Gameplay|Track listing|Cast|Critical reception|Themes|"
    "Composition|Recording|Music video|Soundtrack|Chart performance|Music and lyrics",
    "life": "Early life|Personal life|Career|Early years|Early life and career|Youth|Death|Family|Early career|Life|"
    "Biography",
    "place or nature": "Geography|Ecology|Route description|Geology|Climate|Distribution|Taxonomy|Habitat|Demographics|"
    "Meteorological history|Major intersections|Distribution and habitat|Economy|Transportation",
    "war": "Battle|Service history|Order of battle|Military career|Armament|Armour|Prelude|Opposing forces|"
    "Construction and career|World War II",
}
"""Names of sections that say what an article is about."""
HEADING = re.compile(r" (=(?: =)*) ([^=].*?[^=]) \1 ")

COLUMNS: dict[str, Any] = {"input": "text", "output": "label", "group": "document", "task": "classification"}
"""What is learned from what; rows of one document stay together wherever some are held out."""
Document = tuple[str, list[str]]
"""A label, and texts."""
Rows = dict[str, list[str]]


def pieces(sentences: Iterable[str]) -> Iterator[str]:
    """Texts of so many words and more; what is left at the end is left out."""
    words: list[str] = []
    for sentence in sentences:
        words += sentence.split()
        if len(words) >= WORDS:
            yield " ".join(words)
            words = []


def documents_of(root: Path) -> list[Document]:
    """The sentences of each document of the treebank's training part: their names begin with a genre."""
    documents: list[Document] = []
    with gzip.open(root / "ud_english_ewt/en_ewt-ud-train.conllu.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# newdoc id = "):
                documents.append((line.split("=")[1].strip().split("-")[0], []))
            elif line.startswith("# text = "):
                documents[-1][1].append(line.removeprefix("# text = ").strip())
    return documents


def genres(root: Path) -> list[Document]:
    """The same in pieces."""
    return [(genre, list(pieces(sentences))) for genre, sentences in documents_of(root)]


def topics(root: Path) -> list[Document]:
    """Articles of both files."""
    articles: list[tuple[set[str], list[str]]] = []
    for part in ("valid", "test"):
        for line in (root / f"wikitext2_small/wiki.{part}.tokens").read_text(encoding="utf-8").splitlines():
            heading = HEADING.fullmatch(line)
            if heading and heading[1] == "=":
                articles.append((set(), []))
            elif heading and articles:
                articles[-1][0].add(heading[2])
            elif line.strip() and articles:
                articles[-1][1].append(line)
    named = [(topic_of(sections), lines) for sections, lines in articles]
    return [(topic, list(pieces(lines))) for topic, lines in named if topic]


def topic_of(sections: set[str]) -> str:
    """The one that most of them say; "" where there is none."""
    said = {topic: len(sections & set(names.split("|"))) for topic, names in TOPICS.items()}
    most = max(said.values())
    found = [topic for topic, times in said.items() if times == most]
    return found[0] if most and len(found) == 1 else ""


def dealt(documents: list[Document], seed: int) -> list[Rows]:
    """Rows for training, validation and test."""
    order = [(place, document) for place, document in enumerate(documents) if document[1]]
    random.Random(seed).shuffle(order)
    ends = [0, *(round(share * len(order)) for share in SHARES)]
    return [rows_of(order[start:end]) for start, end in pairwise(ends)]


def rows_of(documents: list[tuple[int, Document]]) -> Rows:
    """Each text with its label and the place of its document."""
    rows = [(text, label, f"document {place}") for place, (label, texts) in documents for text in texts]
    return {name: [row[k] for row in rows] for k, name in enumerate(("text", "label", "document"))}


def by_counting(train: Rows, test: Rows) -> NDArray[np.bool_]:
    """Whether logistic regression on TF-IDF is right, row by row."""
    features = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
    model = make_pipeline(features, LogisticRegression(C=10, max_iter=1_000))
    return model.fit(train["text"], train["label"]).predict(test["text"]) == np.array(test["label"])


def learned(train: Rows, valid: Rows, test: Rows, seed: int) -> dict[str, NDArray[np.bool_]]:
    """Whether Elman is right, and the n-gram model that it holds."""
    model = elman.fit(train, valid=valid, test=test, seed=seed, **COLUMNS)
    right = np.array(test["label"])
    answers = {
        "Elman": [one.value for one in model.predict(test["text"])],
        "n-grams": next(one for one in model.baselines if one.name == "order_free").predict(test["text"]),
    }
    return {name: np.array(values) == right for name, values in answers.items()}


def by_chance(more: int, fewer: int) -> float:
    """The exact two-sided sign test: how likely such a difference or a larger one is, where neither is better."""
    rows, least = more + fewer, min(more, fewer)
    return min(1.0, 2 * sum(comb(rows, k) for k in range(least + 1)) / 2**rows)


SETS = {"genres": genres, "topics": topics}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="the folder that holds ud_english_ewt and wikitext2_small"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=range(5))
    parser.add_argument("--only", choices=SETS)
    asked = parser.parse_args()
    print("| set | seed | train, valid, test | TF-IDF | n-grams | Elman | Elman alone right | TF-IDF alone right | p |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in [asked.only] if asked.only else SETS:
        more = fewer = 0
        documents = SETS[name](asked.data)
        for seed in asked.seeds:
            train, valid, test = dealt(documents, seed)
            counted, found = by_counting(train, test), learned(train, valid, test, seed)
            gained, lost = int((found["Elman"] & ~counted).sum()), int((~found["Elman"] & counted).sum())
            more, fewer = more + gained, fewer + lost
            sizes = ", ".join(str(len(part["text"])) for part in (train, valid, test))
            figures = " | ".join(f"{right.mean():.4f}" for right in (counted, found["n-grams"], found["Elman"]))
            print(
                f"| {name} | {seed} | {sizes} | {figures} | {gained} | {lost} | {by_chance(gained, lost):.2g} |",
                flush=True,
            )
        print(f"| {name} | all | | | | | {more} | {fewer} | {by_chance(more, fewer):.2g} |", flush=True)


if __name__ == "__main__":
    main()
