"""Sets of labels hold the right one as often as is asked, whatever the model."""

from __future__ import annotations

import numpy as np
import pytest

from elman.decoding.conformal import least_probability, rank_of, rows_needed, sureness
from elman.errors import TaskError

RNG = np.random.default_rng(0)


def too_sure(rows: int):
    """Probabilities of five labels that are too sure, and the right labels."""
    scores = RNG.normal(size=(rows, 5))
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    right = (RNG.random(rows)[:, None] > chances.cumsum(1)).sum(1).clip(max=4)
    sharp = chances**3
    return (sharp / sharp.sum(1, keepdims=True)).astype(np.float32), right


@pytest.mark.parametrize(("rows", "confidence"), [(19, 0.95), (9, 0.9), (63, 0.8), (200, 0.95)])
def test_coverage(rows, confidence):
    """On average over draws of the held-out rows, between what is asked and that plus 1 / (n + 1) (Vovk et al. 2005). A
    rank of ``n * confidence`` alone, without the one more, falls short of it where rows are few."""
    held, short = [], []
    for _ in range(400):
        known, test = too_sure(rows), too_sure(400)
        sure = sureness(*known)
        given = test[0][np.arange(400), test[1]]
        held.append((given >= least_probability(sure, confidence)).mean())
        short.append((given >= sure[rows - int(rows * confidence)]).mean())
    assert confidence - 0.01 <= np.mean(held) <= confidence + 1 / (rows + 1) + 0.01
    if rows < 20:
        assert np.mean(short) < confidence - 0.03


def test_probabilities_taken_at_their_word_fall_short():
    """The fault that this is against: labels until their probabilities add up to the confidence."""
    probabilities, right = too_sure(4_000)
    order = np.argsort(-probabilities, axis=1)
    before = np.take_along_axis(probabilities, order, 1).cumsum(1) - np.take_along_axis(probabilities, order, 1)
    inside = np.zeros(probabilities.shape, bool)
    np.put_along_axis(inside, order, before < 0.9, 1)
    assert inside[np.arange(4_000), right].mean() < 0.85
    least = least_probability(sureness(*too_sure(4_000)), 0.9)
    assert (probabilities >= least)[np.arange(4_000), right].mean() == pytest.approx(0.9, abs=0.02)


def test_the_row_that_decides():
    sure = np.linspace(0.01, 1, 100, dtype=np.float32)
    assert rank_of(99, 0.95) == 95 and rows_needed(0.95) == 19 and rows_needed(0.9) == 9
    assert least_probability(sure, 0.9) == sure[100 - 91]
    for rows in (0, 1, 2, 18, 19, 63):
        few = np.linspace(0.1, 1, rows, dtype=np.float32)
        if rows < rows_needed(0.95):
            with pytest.raises(TaskError, match=f"has {rows} rows .* too few for a confidence of 0.95; pass at most"):
                least_probability(few, 0.95)
        else:
            assert least_probability(few, 0.95) in few


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, -0.1])
def test_a_confidence_is_a_share(confidence):
    with pytest.raises(TaskError, match=r"between 0 and 1, such as 0\.95"):
        least_probability(np.ones(100, np.float32), confidence)
