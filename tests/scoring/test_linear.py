"""The solver against scikit-learn's, and the order-free models on data where counting words must do well."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest
import torch

from conftest import shared_data
from elman.kinds.ngrams import Bags, NgramFeatures
from elman.kinds.statistics import VectorFeatures
from elman.scoring import metric, order_free
from elman.scoring.each_step import EachStep
from elman.scoring.fitting import (
    BIASES,
    LOSSES,
    STRENGTHS,
    Solution,
    fit_linear,
    matrix_of,
    minimised,
    softmax_loss,
)
from elman.scoring.linear import Linear, Trial
from elman.scoring.order_free import OrderFreeLabel, OrderFreeLabels, OrderFreeNumber, OrderFreeTags


def random_rows(n: int, size: int, seed: int) -> tuple[Bags, np.ndarray]:
    rng = np.random.default_rng(seed)
    dense = rng.normal(size=(n, size)) * (rng.random((n, size)) < 0.3)
    rows, ids = np.nonzero(dense)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))])
    return Bags(ids.astype(np.int32), offsets, dense[rows, ids].astype(np.float32), size), dense


@pytest.mark.parametrize(("n", "size", "k"), [(7, 5, 3), (63, 101, 1), (1, 2, 17), (0, 5, 3), (101, 1, 2)])
def test_sparse_products(n, size, k):
    bags, dense = random_rows(n, size, seed=1)
    rng = np.random.default_rng(2)
    right, left = rng.normal(size=(size, k)).astype(np.float32), rng.normal(size=(n, k)).astype(np.float32)
    np.testing.assert_allclose(bags @ right, dense @ right, rtol=1e-4, atol=1e-5)
    x = matrix_of(bags)
    torch.testing.assert_close(x @ torch.from_numpy(right), torch.from_numpy(bags @ right))
    np.testing.assert_allclose(x.transposed() @ torch.from_numpy(left), dense.T @ left, rtol=1e-4, atol=1e-5)


def test_scores_of_a_text_do_not_depend_on_its_company():
    bags, _ = random_rows(63, 101, seed=3)
    model = Linear(*(np.random.default_rng(4).normal(size=shape).astype(np.float32) for shape in [(101, 5), (5,)]))
    scores, (start, end) = model(bags), bags.offsets[17:19]
    alone = Bags(bags.ids[start:end], np.array([0, end - start]), bags.weights[start:end], 101)
    assert end > start
    np.testing.assert_array_equal(model(alone)[0], scores[17])


@pytest.mark.parametrize("strength", [0.3, 10.0])
def test_solutions_agree_with_sklearns(strength):
    linear = pytest.importorskip("sklearn.linear_model")
    x, dense = random_rows(101, 13, seed=2)
    numbers = dense @ np.random.default_rng(3).normal(size=13) + np.random.default_rng(4).normal(size=101)
    classes = np.digitize(numbers, [-1, 1])
    cases = [
        (
            "softmax",
            np.eye(3)[classes],
            linear.LogisticRegression(C=strength, tol=1e-8, max_iter=999),
            classes,
        ),
        ("squared", numbers[:, None], linear.Ridge(alpha=1 / strength), numbers),
        ("logistic", (numbers > 0)[:, None], linear.LogisticRegression(C=strength, tol=1e-8), numbers > 0),
    ]
    for loss, targets, oracle, outputs in cases:
        oracle.fit(dense, outputs)
        y = torch.tensor(np.asarray(targets, np.float32))
        start = Solution(torch.zeros(13, y.shape[1]), torch.zeros(y.shape[1]))
        rows = matrix_of(x)
        model = minimised(start, rows, rows.transposed(), y, LOSSES[loss], strength)
        expected = torch.tensor(oracle.coef_.reshape(-1, 13).T).float()
        torch.testing.assert_close(model.weight, expected, rtol=1e-2, atol=1e-2)


def test_counts_weigh_like_repeated_rows():
    counts = torch.tensor([[2.0, 0], [1, 1], [0, 3], [0, 0]])
    scores = torch.randn(4, 2)
    repeated = [(row, k) for row in range(4) for k in range(2) for _ in range(int(counts[row, k]))]
    rows, classes = torch.tensor(repeated).T
    expected = torch.nn.functional.cross_entropy(scores[rows], classes, reduction="sum")
    torch.testing.assert_close(softmax_loss(scores, counts), expected)


def test_the_penalty_is_chosen_on_validation():
    """Labels that are noise call for the strongest penalty; labels that follow from x, for a weak one."""

    def weight(n: int, strength: float | None, noise: bool, or_bias: bool = True) -> float:
        parts: Any = []
        for seed in (6, 7):
            x, dense = random_rows(n, 30, seed)
            signal = np.random.default_rng(seed).normal(size=n) if noise else dense.sum(1)
            parts += [x, np.eye(2, dtype=np.float32)[(signal > 0).astype(int)]]
        if strength is None:
            (model,) = fit_linear([Trial(*parts)], "softmax", or_bias)
            return float(np.linalg.norm(model.weight))
        start, rows = Solution(torch.zeros(30, 2), torch.zeros(2)), matrix_of(parts[0])
        solved = minimised(start, rows, rows.transposed(), torch.from_numpy(parts[1]), softmax_loss, strength)
        return float(solved.weight.norm())

    assert weight(60, None, noise=True) == 0  # what features say is worth nothing, so they aren't listened to
    assert weight(60, None, noise=True, or_bias=False) > 0
    assert weight(600, None, noise=False) > weight(600, 10.0, noise=False)


def made_trial(n: int, seed: int, noise: float) -> Trial:
    """Two classes by the sign of a sum, with so much noise in it."""
    parts: Any = []
    for part in (seed, seed + 100):
        x, dense = random_rows(n, 30, part)
        summed = dense.sum(1) + noise * np.random.default_rng(part).normal(size=n)
        parts += [x, np.eye(2, dtype=np.float32)[(summed > 0).astype(int)]]
    return Trial(*parts)


def test_trials_choose_one_penalty_together():
    """The one with the least loss over what all of them hold out, as tried one by one."""
    trials = [made_trial(80, seed, noise=3.0) for seed in (1, 2, 3)]
    found = fit_linear(trials, "softmax")

    def lost(trial: Trial, strength: float) -> tuple[float, Solution]:
        rows = matrix_of(trial.x)
        start = Solution(torch.zeros(30, 2), torch.zeros(2))
        own = minimised(start, rows, rows.transposed(), torch.from_numpy(trial.y), softmax_loss, strength)
        return float(softmax_loss(own(matrix_of(trial.x_held)), torch.from_numpy(trial.y_held))), own

    totals = {strength: sum(lost(trial, strength)[0] for trial in trials) for strength in STRENGTHS}
    best = min(totals, key=totals.__getitem__)
    for model, trial in zip(found, trials, strict=True):
        expected = lost(trial, best)[1].weight.numpy()
        np.testing.assert_allclose(
            model.weight - model.weight.mean(1, keepdims=True), expected - expected.mean(1, keepdims=True), atol=0.02
        )


@pytest.mark.parametrize("loss", ["softmax", "logistic", "squared"])
def test_a_bias_alone_is_the_best_there_is(loss):
    rng = np.random.default_rng(0)
    y = rng.normal(3, 1, (4_000, 2)) if loss == "squared" else np.eye(2)[(rng.random(4_000) < 0.1).astype(int)]
    y = torch.from_numpy(y.astype(np.float32))
    bias = BIASES[loss](y)

    def lost(change: float) -> float:
        return float(LOSSES[loss]((bias + torch.tensor([change, 0.0])).expand(len(y), 2), y))

    assert lost(0.0) < min(lost(0.05), lost(-0.05))


def test_rows_of_folds_are_told_by_models_that_have_not_learned_from_them():
    """A word that stands in one fold alone turns the class of the words beside it: only who has learned that knows."""
    rng = np.random.default_rng(0)
    words = {"a": ["red", "green", "blue", "warm"], "b": ["cold", "grey", "dark", "wet"]}
    labels = ["ab"[row % 2] for row in range(120)]
    texts = [" ".join(rng.choice(words[label], 3)) for label in labels]
    odd = range(1, 20, 2)
    texts = [f"{text} quite exceptional" if row in odd else text for row, text in enumerate(texts)]
    labels = ["a" if row in odd else label for row, label in enumerate(labels)]
    folds = [np.arange(25), np.arange(25, 100)[::-1]]
    model = OrderFreeLabel(NgramFeatures()).fit((texts[:100], labels[:100]), (texts[100:], labels[100:]), folds=folds)
    assert model.left_out is not None and list(model.left_out.outputs) == [*labels[:25], *labels[25:100][::-1]]
    called = [model.labels[k] for k in model.left_out.scores.argmax(1)]
    assert [called[row] for row in odd] == ["b"] * len(odd)
    assert model.predict([texts[row] for row in odd]) == ["a"] * len(odd)


# -- on texts ---------------------------------------------------------------------------------------------


def sst2(part: str) -> tuple[list[str], list[str]]:
    lines = (shared_data("sst2") / f"{part}.tsv").read_text(encoding="utf-8").splitlines()
    texts, labels = zip(*(line.rsplit("\t", 1) for line in lines), strict=True)
    return list(texts), list(labels)


def test_sst2_is_within_half_a_point_of_sklearn():
    """TfidfVectorizer (words 1-2, characters 2-5) and LogisticRegression(C=10) of scikit-learn: 0.825."""
    model = OrderFreeLabel(NgramFeatures()).fit(sst2("train"), sst2("dev"))
    texts, labels = sst2("test")
    assert metric("accuracy")(model.predict(texts), labels) >= 0.82


def test_sms_spam_is_within_half_a_point_of_sklearn():
    """The same of scikit-learn: 0.986 to 0.989."""
    parts = []
    for name in ("train", "test"):
        with (shared_data("sms_spam") / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        parts.append(([row["text"] for row in rows], [row["label"] for row in rows]))
    (texts, labels), test = parts
    model = OrderFreeLabel(NgramFeatures()).fit((texts[500:], labels[500:]), (texts[:500], labels[:500]))
    assert metric("accuracy")(model.predict(test[0]), test[1]) >= 0.984


COLOURS = ["red", "green", "blue"]


def bags_of_words(n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice([*COLOURS, "and", "or", "not"], size=5)) for _ in range(n)]


def test_of_many_labels_features_and_rows_have_a_bound(monkeypatch):
    """Their products with the number of labels have: those of many labels took ten GB, and an hour."""
    monkeypatch.setattr(order_free, "MOST_WEIGHTS", 600)
    monkeypatch.setattr(order_free, "MOST_TARGETS", 900)
    labels = [f"label {row % 10}" for row in range(300)]
    texts = [f"{label} and one of {row % 97}" for row, label in enumerate(labels)]
    many = OrderFreeLabel(NgramFeatures()).fit((texts, labels), (texts[:50], labels[:50]))
    assert many.sampled == (90, 300)
    assert 40 < many.features.size <= 60 == many.model.weight.size // 10
    assert many.predict(texts[:10]) == labels[:10]
    few = OrderFreeLabel(NgramFeatures()).fit((texts, [label[-1] > "4" for label in labels]), (texts[:1], [False]))
    assert few.features.size > 60 and few.sampled is None


def test_several_labels_and_numbers_that_follow_from_the_words():
    train, valid, test = (bags_of_words(n, seed) for n, seed in ((400, 1), (60, 2), (60, 3)))
    present = [[{c for c in COLOURS if c in t.split()} for t in texts] for texts in (train, valid, test)]
    model = OrderFreeLabels(NgramFeatures()).fit((train, present[0]), (valid, present[1]))
    assert metric("accuracy")(model.predict(test), present[2]) >= 0.95
    numbers = [[100.0 + t.split().count("red") for t in texts] for texts in (train, valid, test)]
    model = OrderFreeNumber(NgramFeatures()).fit((train, numbers[0]), (valid, numbers[1]))
    assert metric("r2")(model.predict(test), numbers[2]) >= 0.9
    vectors = [[[y, -y] for y in part] for part in numbers]
    model = OrderFreeNumber(NgramFeatures()).fit((train, vectors[0]), (valid, vectors[1]))
    assert metric("r2")(model.predict(test), vectors[2]) >= 0.9


def test_a_validation_label_that_training_never_saw_does_no_harm():
    train = (["red red", "red blue", "blue blue", "blue"], ["r", "r", "b", "b"])
    model = OrderFreeLabel(NgramFeatures()).fit(train, (["red", "green", "blue"], ["r", "g", "b"]))
    assert model.predict(["red", "blue"]) == ["r", "b"]


def test_tags_of_unseen_words_follow_from_their_endings():
    verbs, nouns = (["walking", "talking", "seeing", "going"], ["nation", "station", "motion", "lotion"])
    sentences = [[verb, noun, "zzz"] for verb in verbs for noun in nouns]
    tags = [["VERB", "NOUN", "X"]] * len(sentences)
    model = OrderFreeTags().fit((sentences, tags), (sentences[:3], tags[:3]))
    assert model.predict([["hiking", "potion"], []]) == [["VERB", "NOUN"], []]


def test_the_order_of_words_makes_no_difference_to_tags():
    sentences = [["a", "dog", "runs"], ["the", "dog", "ran"]]
    tags = [["DET", "NOUN", "VERB"]] * 2
    model = OrderFreeTags().fit((sentences, tags), (sentences, tags))
    assert model.predict([["runs", "dog", "a"]]) == [["VERB", "NOUN", "DET"]]


def test_steps_alone_agree_with_sklearns_logistic_regression():
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(5)
    steps = rng.normal(size=(300, 3)) * [1, 10, 100] + 7
    tags = np.array(["a", "b", "c"])[np.digitize(steps[:, 0] + rng.normal(0, 0.5, 300), [6.5, 7.5])]
    rows, references = np.split(steps, [63, 63, 200]), [part.tolist() for part in np.split(tags, [63, 63, 200])]
    alone = EachStep(OrderFreeLabel(VectorFeatures("order_free", "alone")))
    model = alone.fit((rows, references), (rows[:1], [["a", "unseen", *references[0][2:]]]))
    oracle = linear.LogisticRegression(C=10).fit((steps - steps.mean(0)) / steps.std(0), tags)
    answers = model.predict(rows)
    assert [len(row) for row in answers] == [63, 0, 137, 100]
    agreed = np.concatenate(answers) == oracle.predict((steps - steps.mean(0)) / steps.std(0))
    assert agreed.mean() > 0.97
