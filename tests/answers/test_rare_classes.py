"""Of two classes one that hardly ever comes: from which probability on it is answered, how well, and how it leaves."""

from __future__ import annotations

import math
import random
import shutil
import subprocess

import numpy as np
import pytest

import elman
from elman.decoding.rare import Called, least_chance, rare_among
from elman.errors import ElmanError
from elman.export.onnx import predict
from elman.exporting import read_out, to_c
from elman.scoring.metrics import metric


def brute_force(chances, are_rare) -> float:
    """The best F1 of any threshold."""
    return max(f1_at(least, chances, are_rare) for least in chances)


def f1_at(least, chances, are_rare) -> float:
    called = chances >= least
    return 2 * (called & are_rare).sum() / (called.sum() + are_rare.sum())


@pytest.mark.parametrize("seed", range(8))
def test_the_threshold_has_the_best_f1(seed):
    rng = np.random.default_rng(seed)
    are_rare = rng.random(500) < 0.1
    chances = np.round(np.clip(0.2 * are_rare + rng.random(500) * 0.5, 0, 1), 1 + seed % 3)  # with many alike
    least = least_chance(chances, are_rare)
    assert f1_at(least, chances, are_rare) == pytest.approx(brute_force(chances, are_rare))
    assert least not in chances


def test_of_few_rows_the_probabilities_decide():
    """The expected F1 of the rows above, by its definition, over many draws of what they are."""
    rng = np.random.default_rng(1)
    chances = np.sort(rng.beta(0.3, 6, 400))[::-1]
    least = least_chance(chances, np.zeros(400, bool))

    def promised(cut: int) -> float:
        return 2 * chances[:cut].sum() / (cut + chances.sum())

    best = max(range(1, 401), key=promised)
    assert (chances >= least).sum() == best
    # Lipton et al. (2014, theorem 1): the threshold is half of the best F1 that there is.
    assert least == pytest.approx(promised(best) / 2, abs=0.02)


def test_of_few_rows_chances_of_balanced_data_are_taken_back():
    """Rare rows that count 40 times have 40 times the odds: the same rows are called rare as by chances of the data."""
    chances = np.random.default_rng(2).beta(0.3, 6, 400)
    balanced = 40 * chances / (40 * chances + 1 - chances)
    nothing = np.zeros(400, bool)
    plain, taken_back = least_chance(chances, nothing), least_chance(balanced, nothing, times=40.0)
    np.testing.assert_array_equal(chances >= plain, balanced >= taken_back)
    assert (balanced >= least_chance(balanced, nothing)).sum() > 2 * (chances >= plain).sum()


def test_which_class_is_rare():
    assert rare_among({"yes": 4, "no": 96}) == "yes"
    assert rare_among({"yes": 5, "no": 95}) is None
    assert rare_among({"a": 1, "b": 50, "c": 50}) is None
    assert rare_among({}) is None


def test_metrics_of_the_rare_class():
    chances = [0.9, 0.8, 0.8, 0.4, 0.1, 0.05]
    right = ["yes", "no", "yes", "yes", "no", "no"]
    called = [Called.of("yes" if chance >= 0.5 else "no", chance) for chance in chances]
    assert metric("precision_yes")(called, right) == pytest.approx(2 / 3)
    assert metric("recall_yes")(called, right) == pytest.approx(2 / 3)
    # sum of (recall gained) * precision: 1/3 at 1/1, 1/3 at 2/3 (two at .8), 1/3 at 3/4
    assert metric("average_precision_yes")(called, right) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert metric("average_precision_yes")(["no"] * 6, right) == pytest.approx(0.5)  # as many as there are
    assert metric("precision_yes")(["no"] * 6, right) == 0


def texts(count: int = 1_500, share: float = 0.03, seed: int = 0) -> dict[str, list[str]]:
    """Messages, few of which are complaints; no word says it for certain."""
    chance = random.Random(seed)
    plain, cross = ["the", "order", "came", "today", "thanks", "box", "blue"], ["broken", "late", "refund", "never"]
    rows = []
    for _ in range(count):
        bad = chance.random() < share
        words = [chance.choice(cross if chance.random() < (0.45 if bad else 0.06) else plain) for _ in range(9)]
        rows.append((" ".join(words), "complaint" if bad else "other"))
    return dict(zip(["text", "label"], map(list, zip(*rows, strict=True)), strict=True))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rare") / "model"
    return elman.fit(texts(), epochs=2, ngrams=False, to=folder), folder


def test_a_rare_class_is_answered_from_a_probability_on(model):
    trained, folder = model
    output = trained.parts.output
    assert output.rare == "complaint" and 0 < output.least < 1
    loaded = elman.load(folder)
    answers = loaded.predict(texts(400, seed=3))
    assert [a.value for a in answers] == [a.value for a in trained.predict(texts(400, seed=3))]
    for answer in answers:
        assert (answer.value == "complaint") == (answer.probabilities["complaint"] >= output.least)
        assert answer.probability == answer.probabilities[answer.value]
    report = trained.report
    assert next(iter(report.metrics)) == "f1_complaint"
    assert {"average_precision_complaint", "precision_complaint", "recall_complaint"} <= set(report.metrics)
    assert "'complaint' is answered from a probability of" in report.said[0]
    linear = next(b for b in trained.baselines if b.name == "order_free")
    assert linear.rare == "complaint" and 0 < linear.least < 1  # which is compared on the same terms
    again = next(b for b in loaded.baselines if b.name == "order_free")
    assert again.predict(texts(50)["text"]) == linear.predict(texts(50)["text"])
    assert not math.isnan(report.metrics["average_precision_complaint"]["value"])


def test_it_can_be_left_alone():
    left = elman.fit(texts(), epochs=1, ngrams=False, rare_class=False)
    assert left.report is not None
    assert left.parts.output.rare is None and next(iter(left.report.metrics)) == "accuracy"
    for answer in left.predict(texts(100, seed=3)):
        assert answer.probability == max(answer.probabilities.values())


def test_balanced_classes_count_alike():
    settings = {"epochs": 2, "ngrams": False, "rare_class": False}
    plain, balanced = (elman.fit(texts(), class_weight=by, **settings) for by in ("none", "balanced"))
    chances = [
        np.mean([a.probabilities["complaint"] for a in m.predict(texts(400, seed=3))]) for m in (plain, balanced)
    ]
    assert chances[1] > 3 * chances[0]
    weights = balanced.network.head.weights.numpy()
    output = balanced.parts.output
    counts = np.array([output.counts[name] for name in output.classes])
    np.testing.assert_allclose(weights * counts, counts.sum() / 2, rtol=1e-6)
    assert balanced.report is not None
    assert "count alike" in balanced.report.said[0]


def test_weights_need_classes():
    with pytest.raises(ElmanError, match="class_weight"):
        elman.fit(
            {"text": [f"a {n}" for n in range(40)], "y": [1.5, 2.5] * 20}, task="regression", class_weight="balanced"
        )


def test_as_onnx_it_is_answered_alike(model):
    """By the program that is written beside the model."""
    loaded = elman.load(model[1])
    found = read_out(loaded)
    assert found is not None
    about = found.to_json()
    assert about["at_least"] == {"complaint": loaded.parts.output.least}
    answers = loaded.predict(texts(60, 0.4, seed=5)["text"])
    assert {answer.value for answer in answers} == {"complaint", "other"}
    for answer in answers:
        scores = np.log(np.array([answer.probabilities[name] for name in about["labels"]]))
        value, chances = predict.answer(scores, {"elman.answer": about})
        assert value == answer.value and chances == pytest.approx(answer.probabilities, abs=1e-6)


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_as_c_it_is_answered_alike(model, tmp_path):
    loaded = elman.load(model[1])
    to_c(loaded, tmp_path)
    least = loaded.parts.output.least
    answers = ", ".join(f"{{{chance:.9g}f, {1 - chance:.9g}f}}" for chance in (least - 1e-4, least + 1e-4))
    lines = [
        "#include <stdio.h>",
        '#include "model.h"',
        f"static const float y[2][2] = {{{answers}}};",
        'int main(void) { printf("%s %s", model_labels[model_best(y[0])], model_labels[model_best(y[1])]); return 0; }',
    ]
    (tmp_path / "ask.c").write_text("\n".join(lines))
    subprocess.run(["cc", "-std=c99", "-o", "ask", "model.c", "ask.c"], cwd=tmp_path, check=True)
    said = subprocess.run(["./ask"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said == "other complaint"
