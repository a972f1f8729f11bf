from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from elman.errors import ShapeError
from elman.scoring import metric, paired_test, score
from elman.scoring.statistics import resampled_sums, swapped_sums


def binary(rate: float, n: int, seed: int) -> list[int]:
    return (np.random.default_rng(seed).random(n) < rate).astype(int).tolist()


def test_interval_agrees_with_scipys_percentile_bootstrap():
    scipy = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(5)
    actual: Any = rng.normal(size=150)
    predicted: Any = actual + rng.normal(scale=0.7, size=150)
    estimate = score(["rmse"], predicted, actual, resamples=4000)["rmse"]
    expected = scipy.bootstrap(
        (predicted - actual,),
        lambda e, axis: np.sqrt((e**2).mean(axis)),
        method="percentile",
        n_resamples=4000,
        rng=1,
    ).confidence_interval
    assert estimate["value"] == metric("rmse")(predicted, actual)
    assert (estimate["low"], estimate["high"]) == pytest.approx((expected.low, expected.high), abs=0.006)


def test_interval_covers_the_truth_19_times_of_20():
    right = 0
    for trial in range(300):
        estimate = score(["accuracy"], binary(0.8, 200, seed=trial), [1] * 200, resamples=300)["accuracy"]
        right += estimate["low"] <= 0.8 <= estimate["high"]
    assert 0.91 <= right / 300 <= 0.98


def test_metrics_share_resamples_and_repeat_with_the_seed():
    predictions, references = binary(0.5, 101, 1), binary(0.5, 101, 2)
    both = score(["accuracy", "f1"], predictions, references, seed=3)
    assert both["accuracy"] == score(["accuracy"], predictions, references, seed=3)["accuracy"]
    assert both != score(["accuracy", "f1"], predictions, references, seed=4)


def test_chunks_cover_all_resamples(monkeypatch):
    monkeypatch.setattr("elman.scoring.statistics.CHUNK", 1000)
    sums = np.concatenate([some for (some,) in resampled_sums([np.ones((97, 1))], seed=0, resamples=23)])
    assert sums.shape == (23, 1) and (sums == 97).all()


def test_bleu_has_an_interval():
    hypotheses = ["the cat sat on the mat", "a dog ran far away today", "it rains in the north"]
    references = [["the cat sat on a mat"], ["a dog ran away today"], ["it rains in the north"]]
    estimate = score(["bleu"], hypotheses, references)["bleu"]
    assert 0 < estimate["low"] < estimate["value"] < estimate["high"] <= 100.0001


def test_p_agrees_with_mcnemars_exact_test():
    scipy = pytest.importorskip("scipy.stats")
    a = np.array(binary(0.80, 400, seed=1))
    b = np.where(np.random.default_rng(2).random(400) < 0.12, 1 - a, a)
    only_a, only_b = int((a > b).sum()), int((b > a).sum())
    expected = scipy.binomtest(only_a, only_a + only_b).pvalue
    test = paired_test(metric("accuracy"), a.tolist(), b.tolist(), [1] * 400, resamples=4000)
    assert test["difference"] == pytest.approx((only_a - only_b) / 400)
    assert test["low"] < test["difference"] < test["high"]
    assert test["p"] == pytest.approx(expected, abs=0.02)


def test_p_agrees_with_scipys_permutation_test():
    scipy = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(8)
    actual: Any = rng.normal(size=60)
    ours, theirs = actual + rng.normal(scale=0.5, size=60), actual + rng.normal(scale=0.6, size=60)

    def rmse_less_rmse(a, b, axis):
        return np.sqrt((a**2).mean(axis)) - np.sqrt((b**2).mean(axis))

    expected = scipy.permutation_test(
        (ours - actual, theirs - actual), rmse_less_rmse, permutation_type="samples", n_resamples=4000, rng=1
    )
    test = paired_test(metric("rmse"), ours, theirs, actual, resamples=4000)
    assert test["difference"] == pytest.approx(expected.statistic)
    assert test["p"] == pytest.approx(expected.pvalue, abs=0.03)


def test_equal_systems_seldom_seem_to_differ():
    found = 0
    for trial in range(300):
        a, b = (binary(0.7, 150, seed=1000 * side + trial) for side in (1, 2))
        found += paired_test(metric("accuracy"), a, b, [1] * 150, resamples=300)["p"] < 0.05
    assert found / 300 <= 0.085


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_a_few_rows_prove_nothing(rows):
    test = paired_test(metric("nats_per_token"), [[1.0]] * rows, [[9.0]] * rows, [[0]] * rows, resamples=4000)
    assert test["p"] == pytest.approx(2.0 ** (1 - rows), rel=0.3) and test["p"] > 0.05


def test_the_same_system_twice_differs_by_nothing():
    predictions = binary(0.7, 50, 1)
    test = paired_test(metric("f1"), predictions, predictions, binary(0.7, 50, 2))
    assert test == {"difference": 0, "low": 0, "high": 0, "p": 1}


def test_systems_that_use_other_labels_are_comparable():
    truth = ["a", "b", "c", "a"] * 20
    test = paired_test(metric("f1"), truth, ["a"] * 79 + ["z"], truth)
    assert test["difference"] == pytest.approx(1 - metric("f1")(["a"] * 79 + ["z"], truth)) and test["p"] < 0.01


def test_chunks_cover_all_swaps(monkeypatch):
    monkeypatch.setattr("elman.scoring.statistics.CHUNK", 1000)
    sums = np.concatenate([*swapped_sums(np.ones((97, 1)), seed=0, resamples=23)])
    assert sums.shape == (23, 1) and 30 < sums.mean() < 66


def test_other_rows_are_refused():
    with pytest.raises(ShapeError, match="5 predictions for 6 references"):
        paired_test(metric("accuracy"), [1, 1, 1], [1, 1], [1, 1, 1])
