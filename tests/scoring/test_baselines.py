from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from elman.errors import TaskError
from elman.scoring import metric
from elman.scoring.baselines import (
    CommonOrCopy,
    FirstSentence,
    FrequentTag,
    Majority,
    MajorityTag,
    Marginals,
    Mean,
    Unigram,
)

NOTHING: tuple[list, list] = ([], [])


def test_majority_agrees_with_sklearns_dummy():
    dummy = pytest.importorskip("sklearn.dummy")
    labels = ["ham", "spam", "ham", "egg", "ham"]
    baseline = Majority().fit(("abcde", labels), NOTHING)
    oracle = dummy.DummyClassifier().fit(np.zeros((5, 1)), labels)
    assert metric("accuracy")(baseline.predict("abcde"), labels) == oracle.score(np.zeros((5, 1)), labels)
    assert baseline.description == "always answering 'ham'"


def test_majority_of_several_labels_and_of_none():
    assert (
        Majority().fit(("abc", [["y", "x"], {"x", "y"}, ["x"]]), NOTHING).description == "always answering 'x' and 'y'"
    )
    baseline = Majority().fit(("abc", [[], [], ["x"]]), NOTHING)
    assert baseline.description == "always answering no label"
    assert metric("accuracy")(baseline.predict("ab"), [[], ["x"]]) == 0.5


def test_equally_frequent_labels_are_taken_in_order_of_their_names():
    assert Majority().fit(("ab", ["b", "a"]), NOTHING).predict("x") == [{"a"}]


def test_mean_has_no_variance_explained():
    numbers = [1.0, 2.0, 6.0]
    baseline = Mean().fit(("abc", numbers), NOTHING)
    assert metric("r2")(baseline.predict("abc"), numbers) == pytest.approx(0)
    assert baseline.description == "always answering the mean, 3"
    assert Mean().fit(("ab", [[1, 2], [3, 6]]), NOTHING).predict("a")[0].tolist() == [2, 4]


def test_frequent_tag_and_its_answer_to_an_unseen_word():
    words = [["the", "run", "a"], ["run", "a", "run"]]
    tags = [["DET", "VERB", "DET"], ["NOUN", "DET", "NOUN"]]
    baseline = FrequentTag().fit((words, tags), NOTHING)
    assert baseline.predict([["run", "unseen"], []]) == [["NOUN", "DET"], []]


def test_majority_tag_answers_every_step():
    baseline = MajorityTag().fit(([[1.0, 2.0], [3.0]], [["up", "down"], ["up"]]), NOTHING)
    assert baseline.predict([[[5.0], [6.0]], []]) == [["up", "up"], []]
    assert baseline.description == "always answering 'up'"


def test_unigram_is_a_distribution_and_counts_add_one():
    baseline = Unigram(vocabulary_size=4).fit(([], [[0, 0, 1], [2]]), NOTHING)
    nats = baseline.predict([[0, 1, 2, 3], []])
    np.testing.assert_allclose(np.exp(-nats[0]), [3 / 8, 2 / 8, 2 / 8, 1 / 8])
    assert len(nats[1]) == 0


def test_unigram_comes_near_the_entropy_of_independent_tokens():
    stats = pytest.importorskip("scipy.stats")
    tokens = np.random.default_rng(0).choice(5, p=[0.4, 0.3, 0.15, 0.1, 0.05], size=20000).tolist()
    nats = Unigram(vocabulary_size=5).fit(([], [tokens]), NOTHING).predict([tokens])
    expected = stats.entropy([Counter(tokens)[k] for k in range(5)])
    assert metric("nats_per_token")(nats, [tokens]) == pytest.approx(expected, abs=1e-4)


def test_tokens_that_take_turns_are_counted_apart():
    baseline = Unigram(3, turns=2).fit(([], [[0, 1, 0, 1, 2], [0]]), NOTHING)
    nats = baseline.predict([[0, 1, 2, 0]])[0]
    np.testing.assert_allclose(np.exp(-nats), [4 / 7, 3 / 5, 2 / 7, 1 / 5])


def test_marginals_are_naive_bayes_of_one_class():
    bayes = pytest.importorskip("sklearn.naive_bayes")
    random = np.random.default_rng(0)
    chances = random.random(13)
    train, new = ([random.random((n, 13)) < chances for n in lengths] for lengths in ((63, 1, 2, 5), (17, 0, 3)))
    baseline = Marginals().fit(([], train), NOTHING)
    all_chords = np.concatenate(train)
    oracle = bayes.BernoulliNB(alpha=1.0).fit(all_chords, np.zeros(len(all_chords)))
    for row, nats in zip(new, baseline.predict(new), strict=True):
        expected = oracle.predict_joint_log_proba(row)[:, 0] if len(row) else np.zeros(0)
        np.testing.assert_allclose(nats, -expected)


def test_keys_that_go_on():
    stays = [np.array([[True], [True], [True], [False], [False]]), np.array([[False], [True]])]
    baseline = Marginals(after_itself=True).fit(([], stays), NOTHING)
    # silent before (4 times, twice it begins), sounding before (3 times, twice it goes on): add-one smoothed
    nats = baseline.predict([np.array([[True], [True], [False], [False]])])[0]
    np.testing.assert_allclose(np.exp(-nats), [3 / 6, 3 / 5, 2 / 5, 3 / 6])


@pytest.mark.parametrize("by", ["edit_distance", "exact_match"])
def test_common_or_copy_takes_the_better_on_validation(by):
    train = (["a b", "c", "d"], ["x y", "x y", "z"])
    copy = CommonOrCopy(metric(by)).fit(train, (["p q", "r"], [["p q"], ["s", "r"]]))
    common = CommonOrCopy(metric(by)).fit(train, (["p q", "r"], [["x y"], ["x y"]]))
    assert copy.predict(["m"]) == ["m"] and copy.description == "copying the input"
    assert common.predict(["m"]) == [["x", "y"]] and common.description == "always answering 'x y'"


def test_the_first_sentence_of_a_list_and_of_nothing():
    baseline = FirstSentence().fit(NOTHING, NOTHING)
    assert baseline.predict([["One.", "Two."], []]) == ["One.", ""]


def test_no_training_rows_are_refused():
    with pytest.raises(TaskError, match="no labels in the training part"):
        Majority().fit(NOTHING, NOTHING)
