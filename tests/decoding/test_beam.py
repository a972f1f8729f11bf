"""Beam search against all sequences one by one; it goes on for what is likely."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from chains import END, Chain, chance, table

from elman.decoding.beam import beam_search
from elman.decoding.networks import Decoding
from elman.sequences import Sequences


def score_of(log_probs: np.ndarray, ids: tuple[int, ...]) -> float:
    return sum(chance(log_probs, ids[: n + 1]) for n in range(len(ids)))


@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("sources", [1, 2, 7])
def test_a_beam_that_is_wide_enough_finds_the_best_of_all(sources, length_penalty):
    """Of sequences of up to 3 tokens of 3, and the end mark."""
    log_probs = table(sources, 4)
    found = beam_search(
        Chain(log_probs), np.arange(sources), end=END, beam_size=100, max_length=4, length_penalty=length_penalty
    )
    every = [ids for n in range(4) for ids in itertools.product([0, 2, 3], repeat=n)]
    for rows, hypothesis in zip(log_probs, found, strict=True):
        scores = {ids: score_of(rows, (*ids, END)) for ids in every}
        best = max(every, key=lambda ids: scores[ids] / (len(ids) + 1) ** length_penalty)
        assert tuple(hypothesis.ids) == best
        assert hypothesis.score == pytest.approx(scores[best])
        assert hypothesis.attended == ([END, *best][: len(best)] or None)


def plain_search(rows, beam_size, max_length, length_penalty):
    """Beam search as it is told in textbooks, over lists, for one source."""
    alive: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    done, ended = [], 0
    for length in range(1, max_length + 1):
        grown = [
            ((*ids, token), score + chance(rows, (*ids, token))) for ids, score in alive for token in range(len(rows))
        ]
        grown = sorted(grown, key=lambda one: -one[1])[: 2 * beam_size]
        ended += sum(ids[-1] == END for ids, _ in grown[:beam_size])
        done += [(ids[:-1], score, score / length**length_penalty) for ids, score in grown if ids[-1] == END]
        alive = [one for one in grown if one[0][-1] != END][:beam_size]
        best = max(done, key=lambda one: one[2], default=None)
        if best and ended >= beam_size and (not alive or best[2] >= alive[0][1] / length**length_penalty):
            return best[:2]
    return max(done, key=lambda one: one[2])[:2] if done else alive[0]


@pytest.mark.parametrize("tokens", [2, 3, 11, 1500])
@pytest.mark.parametrize("beam_size", [1, 2, 5])
@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_the_search_is_the_plain_one_of_each_source_by_itself(tokens, beam_size, length_penalty):
    sources = 3 if tokens > 100 else 9
    log_probs = table(sources, tokens, seed=beam_size)
    log_probs[:, :, END] += np.linspace(0, 3, sources)[:, None]  # some end early, some never do
    options = {"beam_size": beam_size, "max_length": 9, "length_penalty": length_penalty}
    found = beam_search(Chain(log_probs), np.arange(sources), end=END, **options)
    for rows, hypothesis in zip(log_probs, found, strict=True):
        ids, score = plain_search(rows, **options)
        assert tuple(hypothesis.ids) == ids
        assert hypothesis.score == pytest.approx(score)


def test_no_source_no_answer_and_no_room_no_token():
    assert beam_search(Chain(table(1, 4)), np.arange(0), end=END, beam_size=3, max_length=5) == []
    (hypothesis,) = beam_search(Chain(table(1, 4)), np.arange(1), end=END, beam_size=3, max_length=0)
    assert hypothesis.ids == [] and hypothesis.score == 0


def test_what_is_never_to_be_written_is_not():
    log_probs = table(5, 6)
    log_probs[:, :, 2] += 2
    with_it, without = (
        beam_search(Chain(log_probs), np.arange(5), end=END, beam_size=2, max_length=6, never=never)
        for never in ([], [2, 4])
    )
    assert any(2 in one.ids for one in with_it)
    assert not any({2, 4} & set(one.ids) for one in without)


class Sure:
    """Sure of writing token 2 nine times; at any time it gives each other token, the end among them, 2 %."""

    def read(self, batch):
        return len(batch), Decoding((np.zeros((1, len(batch), 1)),))

    def write(self, source, tokens: Sequences, state: Decoding):
        probabilities = np.full((len(state), 6), 0.02, np.float32)
        probabilities[np.arange(len(state)), np.where(state.layers[0][0, :, 0] < 9, 2, 1)] = 0.9
        return np.log(probabilities), Decoding((state.layers[0] + 1,)), None


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
@pytest.mark.parametrize("beam_size", [1, 2, 5])
def test_unlikely_ends_dont_end_the_search_for_what_a_sure_model_says(beam_size, length_penalty):
    found = beam_search(Sure(), np.arange(3), end=1, beam_size=beam_size, max_length=50, length_penalty=length_penalty)
    for hypothesis in found:
        assert hypothesis.ids == [2] * 9 and hypothesis.attended is None
        assert hypothesis.score == pytest.approx((9 + 1) * math.log(0.9), rel=1e-5)
