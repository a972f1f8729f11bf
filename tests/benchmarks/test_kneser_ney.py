from __future__ import annotations

import importlib.util
import math
import random
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "benchmarks" / "kneser_ney.py"
specification = importlib.util.spec_from_file_location("kneser_ney", SOURCE)
assert specification and specification.loader
kneser_ney = importlib.util.module_from_spec(specification)
sys.modules["kneser_ney"] = kneser_ney
specification.loader.exec_module(kneser_ney)
KneserNey, modified_discounts = kneser_ney.KneserNey, kneser_ney.modified_discounts

ZIPF = random.Random(4).choices("abcdefghijkl", [1 / k for k in range(1, 13)], k=3000)


def test_a_bigram_by_hand():
    """abaab: bigrams ab 2, ba 1, aa 1; so a continues two tokens, b one; V = {a, b, <unk>}; D = 1/2."""
    model = KneserNey(2, discount=0.5).fit("abaab")
    a = (2 - 0.5) / 3 + (2 * 0.5 / 3) * (1 / 3)  # 11/18
    assert model.probability("a", ()) == pytest.approx(a)
    assert model.probability("a", ("b",)) == pytest.approx((1 - 0.5) / 1 + 0.5 / 1 * a)
    b = (1 - 0.5) / 3 + (2 * 0.5 / 3) * (1 / 3)  # 5/18
    assert model.probability("b", ("a",)) == pytest.approx((2 - 0.5) / 3 + 2 * 0.5 / 3 * b)
    unknown = (2 * 0.5 / 3) * (1 / 3)
    assert model.probability("z", ("a",)) == pytest.approx(2 * 0.5 / 3 * unknown)
    assert model.probability("b", ("z",)) == pytest.approx(b)


def test_nats_per_token_by_hand():
    model = KneserNey(2, discount=0.5).fit("abaab")
    expected = -(math.log(5 / 18) + math.log(0.5 + 0.5 * 11 / 18)) / 2
    assert model.nats_per_token("ba") == pytest.approx(expected)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("text", ["a", "abaab", ZIPF])
def test_probabilities_sum_to_one_after_any_context(order, text):
    model = KneserNey(order).fit(text)
    for context in ((), ("a",), ("a", "b"), ("z",), ("z", "a"), ("a", "z"), ("b", "a", "a", "b", "c")):
        assert sum(model.probability(t, context) for t in model.vocabulary) == pytest.approx(1)
        assert all(model.probability(t, context) > 0 for t in model.vocabulary)


def test_each_order_agrees_with_nltk():
    """NLTK does not discount its lowest order; with ours put in that place, its bigrams are these."""
    models = pytest.importorskip("nltk.lm.models")
    discount = 0.3
    ours = KneserNey(2, discount).fit(ZIPF)
    theirs = models.KneserNeyInterpolated(order=2, discount=discount)
    bigrams = list(pairwise(ZIPF))
    theirs.fit([[*bigrams, *((t,) for t in ZIPF)]], vocabulary_text=ZIPF)
    after = Counter(first for first, _ in bigrams)
    for context in "aeh":
        removed = discount * len({second for first, second in bigrams if first == context}) / after[context]
        for token in "abl":
            lowest = ours.probability(token, ()) - theirs.score(token)
            expected = theirs.score(token, (context,)) + removed * lowest
            assert ours.probability(token, (context,)) == pytest.approx(expected)


def test_discounts_follow_chen_and_goodman():
    assert modified_discounts(Counter({1: 40, 2: 20, 3: 10, 4: 5})) == pytest.approx((0, 0.5, 1.25, 2.0))
    assert modified_discounts(Counter({1: 40, 2: 20})) == pytest.approx((0, 0.5, 0.5, 0.5))


def test_it_learns_what_a_unigram_cannot():
    alternating = ["ab"[i % 2] for i in range(1000)]
    assert KneserNey(2).fit(alternating).nats_per_token(alternating) < 0.02
    assert KneserNey(1).fit(alternating).nats_per_token(alternating) == pytest.approx(math.log(2), abs=0.01)


def test_unseen_tokens_are_unknown_ones():
    model = KneserNey(2).fit(["a", "<unk>", "a", "b"])
    assert model.probability("z", ("a",)) == model.probability("<unk>", ("a",))
    assert model.probability("a", ("z",)) == model.probability("a", ("<unk>",))
