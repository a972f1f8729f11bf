"""How much of a summary is copied, and which stretch of the text is most like it."""

from __future__ import annotations

import random

import pytest

from elman.data.summaries import are_summaries, closest_stretch, copied_share, sentences


def test_sentences():
    assert sentences("One here. And two! Is it 3? 4 is. e.g. this") == [
        "One here.",
        "And two!",
        "Is it 3?",
        "4 is. e.g. this",
    ]
    assert sentences(["One here. Still one.", " Two there.\n"]) == ["One here. Still one.", "Two there."]
    assert sentences(["one", "two"]) == ["one two"]
    assert sentences(None) == sentences("") == sentences([]) == []


def test_copied_share_counts_words_whatever_their_case_and_marks():
    assert copied_share(["A cat, a dog.", "x y"], ["Dog cat bird", "(x)"]) == 0.75
    assert copied_share([], []) == copied_share(["a"], [None]) == 0.0


def test_summaries_are_short_and_copied():
    long = " ".join(f"word{i}" for i in range(60))
    assert are_summaries([long] * 5, ["word1 word7 new"] * 5)
    assert not are_summaries([long] * 5, ["word1 quite new"] * 5)  # two thirds of the words are new
    assert not are_summaries([long] * 5, [" ".join(long.split()[:40])] * 5)  # hardly shorter
    assert not are_summaries(["word1 word7 and so on"] * 5, ["word1"] * 5)  # nothing to shorten
    assert not are_summaries([], [])


@pytest.mark.parametrize("seed", range(5))
def test_the_closest_stretch_is_the_best_of_all_by_rouge_score(seed):
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2"])
    rng = random.Random(seed)
    texts = [[rng.choice("abcdefgh") * 2 for _ in range(rng.randint(2, 12))] for _ in range(4)]
    source = [" ".join(words) + "." for words in texts]
    target = " ".join(rng.choice("abcdefgh") * 2 for _ in range(6))

    def like(stretch):
        found = scorer.score(target, stretch)
        return found["rouge1"].fmeasure + found["rouge2"].fmeasure

    every = [" ".join(words[i:j]) for words in texts for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
    stretch = closest_stretch(source, target)
    assert any(stretch in sentence for sentence in source)
    assert like(stretch) == pytest.approx(max(map(like, every)))


def test_no_stretch_where_nothing_is_alike():
    assert closest_stretch("Nothing of it. Nor here.", "other words") == ""
    assert closest_stretch("", "words") == closest_stretch("words", "") == ""
