"""Naive Bayes with texts that have no label, against scikit-learn's; and the n-gram model that learns from both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import elman
from elman.kinds.ngrams import Bags, NgramFeatures
from elman.kinds.union import UnionFeatures, UnionRow
from elman.scoring.fitting import ROUNDS, SMOOTHING, fit_linear, naive_bayes
from elman.scoring.linear import Trial
from elman.scoring.order_free import OrderFreeLabel

GOOD, BAD = ("good", "bright", "warm", "kind"), ("bad", "dull", "cold", "mean")


def bags_of(dense: np.ndarray) -> Bags:
    rows, ids = np.nonzero(dense)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(dense)))])
    return Bags(ids.astype(np.int32), offsets, dense[rows, ids].astype(np.float32), dense.shape[1])


def sparse(rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((rows, 13)) * (rng.random((rows, 13)) < 0.4)).astype(np.float32)


@pytest.mark.parametrize("others", [0, 3, 101])
def test_em_is_that_of_scikit_learns_naive_bayes(others: int):
    """Few texts without a label count fully; of many, all together as much as the labelled ones."""
    bayes = pytest.importorskip("sklearn.naive_bayes").MultinomialNB(alpha=SMOOTHING)
    x, beside, classes = sparse(17, 1), sparse(others, 2), np.arange(17) % 3
    share, rows = min(1.0, 17 / max(1, others)), np.concatenate([x, *[beside] * 3])
    labels = np.concatenate([classes, np.repeat(np.arange(3), others)])
    bayes.fit(x, classes)
    for _ in range(ROUNDS if others else 0):
        weights = np.concatenate([np.ones(17), share * bayes.predict_proba(beside).T.ravel()])
        bayes.fit(rows, labels, sample_weight=weights)
    model = naive_bayes(bags_of(x), np.eye(3, dtype=np.float32)[classes], bags_of(beside))
    scores = model(bags_of(x))
    likely = np.exp(scores - scores.max(1, keepdims=True))
    np.testing.assert_allclose(likely / likely.sum(1, keepdims=True), bayes.predict_proba(x), rtol=1e-3, atol=1e-5)


def test_bags_in_two_parts():
    bags = NgramFeatures().fit(["a b c", "b c d", "", "a d"])
    first, others = bags.parted(2)
    dense = np.eye(bags.size, dtype=np.float32)
    np.testing.assert_array_equal(np.concatenate([first @ dense, others @ dense]), bags @ dense)


def made(rows: int, words: int, seed: int) -> tuple[list[str], list[str]]:
    """Texts of words that all say the same of them."""
    rng = np.random.default_rng(seed)
    names = ["pos" if k % 2 else "neg" for k in range(rows)]
    drawn = [rng.choice((GOOD if name == "pos" else BAD)[:words], 2, replace=False) for name in names]
    return [f"it was {a} and {b}" for a, b in drawn], names


def test_words_that_no_label_spoke_of_are_learned():
    """Labelled texts have two words of each class; the others stand beside these in texts without a label."""
    train, valid, held = made(12, 2, 1), made(12, 4, 2), ["it was kind", "it was mean", "so warm", "so cold"]
    alone = OrderFreeLabel(NgramFeatures(characters=None)).fit(train, valid)
    beside = OrderFreeLabel(NgramFeatures(characters=None)).fit(train, valid, made(400, 4, 3)[0])
    assert beside.predict(held) == ["pos", "neg", "pos", "neg"] != alone.predict(held)
    assert beside.description == "counting words, with 400 unlabelled texts"
    again = OrderFreeLabel.from_state(*beside.state())
    assert again.description == beside.description
    np.testing.assert_array_equal(again.scores(held), beside.scores(held))
    assert alone.description == "counting words"


def test_the_saved_model_answers_with_it(tmp_path: Any):
    texts, names = made(60, 4, 1)
    more = {"text": made(200, 4, 3)[0]}
    tiny: dict[str, Any] = {"epochs": 1, "hidden_size": 6, "embedding_size": 8, "unlabelled_epochs": 1}
    model = elman.fit({"text": texts, "label": names}, unlabelled=more, to=tmp_path / "m", **tiny)
    assert model.parts.ngram_model.unlabelled == 200
    assert model.report is not None
    assert any(one.description.endswith("with 200 unlabelled texts") for one in model.report.baselines)
    loaded = elman.load(tmp_path / "m")
    assert loaded.parts.ngram_model.unlabelled == 200
    assert [one.value for one in loaded.predict(texts[:4])] == names[:4]


def test_regression_and_naive_bayes_together_are_one_linear_model():
    """Of texts alone: values beside them may be negative, and what isn't counted has no logarithm."""
    train, valid = made(60, 4, 1), made(40, 4, 2)
    features = NgramFeatures()
    model = OrderFreeLabel(features).fit(train, valid)
    x, nothing = features.fit(train[0]).parted(60)
    hot, targets = model._encode(train[1]), model._encode(valid[1])
    bayes = naive_bayes(x, hot, nothing).weight
    (alone,) = fit_linear([Trial(x, hot, features.transform(valid[0]), targets)], "softmax")
    both = model.model.weight, alone.weight
    (first, second), rest, *_ = np.linalg.lstsq(
        np.stack([both[1].ravel(), bayes.ravel()], 1), both[0].ravel(), rcond=None
    )
    assert first > 0.01 and second > 0.01 and rest[0] < 1e-4

    ids, numbers = np.zeros(1, np.int64), np.linspace(-1, 1, 60, dtype=np.float32)[:, None]
    rows = [UnionRow((text,), ids, number) for text, number in zip(train[0], numbers, strict=True)]
    beside = OrderFreeLabel(UnionFeatures(1, 1)).fit((rows, train[1]), (rows, train[1]))
    assert np.isfinite(beside.scores(rows)).all()
