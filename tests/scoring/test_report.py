from __future__ import annotations

import io
import json
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from conftest import there
from elman.scoring import metric
from elman.scoring.baselines import FrequentTag, Majority
from elman.scoring.report import confusion, report, verdict
from elman.scoring.statistics import Difference, Estimate


class Told:
    """A baseline that was told what to answer."""

    def __init__(self, name: str, description: str, answers: list):
        self.name, self.description, self.answers = name, description, answers

    def fit(self, train, valid):
        return self

    def predict(self, inputs):
        return self.answers


def told(name: str, description: str, answers: list) -> Any:
    return Told(name, description, answers)


TRUTH = ["ham"] * 170 + ["spam"] * 30
INPUTS = [f"message [bold]{i}[/] with\na line break and more words than fit on a line " * 2 for i in range(200)]


def flipped(rows: range) -> list[str]:
    return [("spam" if t == "ham" else "ham") if i in rows else t for i, t in enumerate(TRUTH)]


@pytest.fixture
def spam_report():
    majority = Majority().fit((INPUTS, TRUTH), ([], []))
    counting = told("order_free", "counting words", flipped(range(165, 173)))
    losses = np.linspace(0, 1, 200).tolist()
    return report(
        "many-to-one",
        ["accuracy", "f1", "f1_ham", "f1_spam"],
        flipped(range(168, 174)),
        TRUTH,
        [(b, b.predict(INPUTS)) for b in (majority, counting)],
        list(zip(INPUTS, flipped(range(168, 174)), TRUTH, strict=True)),
        losses,
    )


def printed(of) -> str:
    file = io.StringIO()
    of.render(Console(file=file, width=80))
    return file.getvalue()


def test_a_loss_that_rounds_to_nothing_has_no_sign(spam_report):
    nothing = [replace(example, loss=-1e-9) for example in spam_report.worst]
    assert "-0.00" not in printed(replace(spam_report, worst=nothing))


def test_json_has_the_documented_keys(spam_report):
    found = json.loads(json.dumps(spam_report.to_json(), allow_nan=False))
    assert found["task"] == "many-to-one" and found["rows"] == 200
    assert list(found["metrics"]) == ["accuracy", "f1", "f1_ham", "f1_spam"]
    for metrics in (found["metrics"], *found["baselines"].values()):
        for estimate in metrics.values():
            assert list(estimate) == ["value", "low", "high"]
            assert estimate["low"] <= estimate["value"] <= estimate["high"]
    assert list(found["baselines"]) == ["majority", "order_free"]
    assert found["metrics"]["accuracy"]["value"] == 0.97
    assert found["comparisons"]["majority"]["difference"] == pytest.approx(0.12)
    assert found["confusion"] == {"labels": ["ham", "spam"], "counts": [[168, 2], [4, 26]]}
    assert [example["row"] for example in found["worst"]] == [200, 199, 198, 197, 196]
    assert found["worst"][0]["loss"] == 1


def test_verdicts(spam_report):
    better, no_better = spam_report.verdicts
    assert better == "better than always answering 'ham' (accuracy 97.0 % against 85.0 %, p < 0.001)"
    assert no_better.startswith("no better than counting words: a linear model would do (accuracy 97.0 % against")


@pytest.mark.parametrize(
    ("name", "difference", "p", "expected"),
    [
        ("majority", 0.1, 0.01, "better than guessing (accuracy"),
        ("majority", 0.1, 0.05, "not better than guessing (accuracy"),
        ("majority", -0.1, 0.01, "worse than guessing (accuracy"),
        ("order_free", 0.1, 0.01, "better than guessing: reading in order pays (accuracy"),
        ("order_free", -0.1, 0.4, "no better than guessing: a linear model would do (accuracy"),
        ("order_free", -0.1, 0.01, "worse than guessing: a linear model does better (accuracy"),
    ],
)
def test_verdict_by_difference_and_p(name, difference, p, expected):
    test: Difference = {"difference": difference, "low": 0.0, "high": 0.0, "p": p}
    value: Estimate = {"value": 0.5, "low": 0.0, "high": 1.0}
    assert verdict(metric("accuracy"), value, value, test, told(name, "guessing", [])).startswith(expected)


def test_less_is_better_for_errors():
    test: Difference = {"difference": -1.0, "low": -2.0, "high": -0.5, "p": 0.001}
    value: Estimate = {"value": 2.0, "low": 1.0, "high": 3.0}
    said = verdict(metric("mae"), value, value, test, told("mean", "always answering the mean", []))
    assert said.startswith("better than always answering the mean (mae 2.000 output units against")


def test_it_prints_in_80_columns_and_takes_no_cell_for_markup(spam_report):
    text = printed(spam_report)
    assert max(map(len, text.splitlines())) <= 80
    for expected in ("97.0", "%", "95 % interval", "[bold]199[/]", "loss, nats", "no better than"):
        assert expected in text


def test_confusion_agrees_with_sklearn():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    actual, predicted = rng.integers(0, 9, 300).tolist(), rng.integers(0, 9, 300).tolist()
    found = there(confusion(predicted, actual))
    assert found.counts == sklearn.confusion_matrix(actual, predicted, labels=found.labels).tolist()
    of = report("many-to-one", ["accuracy"], predicted, actual)
    assert "The most frequent mistakes" in printed(of)


def test_tags_agree_with_sklearn():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    actual = [rng.choice(["DET", "NOUN", "VERB"], size=n).tolist() for n in (1, 2, 63, 0)]
    predicted = [rng.choice(["DET", "NOUN", "X"], size=n).tolist() for n in (1, 2, 63, 0)]
    words = [[f"w{t}" for t in range(len(row))] for row in actual]
    baseline = FrequentTag().fit((words, actual), ([], []))
    of = report("tags", ["tag_accuracy"], predicted, actual, [(baseline, baseline.predict(words))])
    labels = [tag.tag for tag in of.tags]
    expected = sklearn.precision_recall_fscore_support(
        [*chain(*actual)], [*chain(*predicted)], labels=labels, zero_division=np.nan
    )
    found = np.array([(tag.precision, tag.recall, tag.f1, tag.count) for tag in of.tags]).T
    np.testing.assert_allclose(found[[0, 1, 3]], np.array(expected)[[0, 1, 3]])
    np.testing.assert_allclose(found[2], np.nan_to_num(expected[2]))
    assert json.dumps(of.to_json(), allow_nan=False) and "By tag" in printed(of)


def test_entities_are_reported_by_kind():
    actual, predicted = [["B-per", "I-per", "O", "B-loc"]], [["B-per", "O", "O", "B-loc"]]
    of = report("entities", ["span_f1", "tag_accuracy"], predicted, actual)
    assert [(tag.tag, tag.f1, tag.count) for tag in of.tags] == [("loc", 1.0, 1), ("per", 0.0, 1)]


def test_several_labels_have_no_confusion_matrix():
    of = report(
        "labels",
        ["accuracy", "f1"],
        [{"a", "b"}, set()],
        [{"a"}, {"b"}],
        shown=[("x", {"a", "b"}, {"a"}), ("y", set(), {"b"})],
        losses=[1.0, 2.0],
    )
    assert of.confusion is None
    assert of.to_json()["worst"][1] == {
        "row": 1,
        "input": "x",
        "predicted": ["a", "b"],
        "expected": ["a"],
        "loss": 1.0,
    }
    assert "a b" in printed(of)


def test_likelihoods_and_numbers_print_with_their_units():
    of = report("language model", ["perplexity", "nats_per_token"], [[1.0, 2.0], [0.5]], [[4, 5], [6]])
    assert "choices per token" in " ".join(printed(of).split())
    of = report("number", ["mae", "rmse", "r2"], [1.0, 2.0, 5.0], [1.0, 3.0, 4.0])
    assert "output units" in " ".join(printed(of).split())
