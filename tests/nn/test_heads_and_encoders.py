"""Heads and encoders: the softmax over a sample, and words seen from within."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from conftest import assert_close, there
from elman.nn.encoders import (
    HorizonEncoder,
    Spelling,
    TokenEmbedding,
    VectorEncoder,
    WindowEmbedding,
    WindowEncoder,
    Windows,
    WordEmbedding,
    Words,
)
from elman.nn.heads import ChordHead, ClassHead, CRFTagHead, ForecastHead, StepNumberHead, TagHead, rank_probability
from elman.ragged import Ragged


def test_rank_probabilities_sum_to_one_and_fall():
    probabilities = rank_probability(torch.arange(1000), 1000)
    assert_close(probabilities.sum(), torch.tensor(1.0))
    assert (probabilities.diff() < 0).all()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("by_rank", [False, True])
def test_the_sampled_softmax_estimates_the_full_one(by_rank: bool, weighted: bool):
    """Loss and gradient over many draws come near those over all classes; in evaluation they are exact."""
    torch.manual_seed(0)
    weights = 0.5 + torch.rand(200) if weighted else None
    head = ClassHead(8, 200, negatives=60, by_rank=by_rank, weights=weights)
    features, targets = torch.randn(40, 8), torch.randint(0, 200, (40,))
    full = head.loss(head(features), targets).mean()
    (exact,) = torch.autograd.grad(full, head.linear.weight)
    head.train()
    losses, gradients = [], []
    for _ in range(300):
        loss = head.loss_of(features, targets).mean()
        losses.append(loss.detach())
        gradients.append(torch.autograd.grad(loss, head.linear.weight)[0])
    assert abs(float(torch.stack(losses).mean() - full.detach())) < 0.02
    mean = torch.stack(gradients).mean(0)
    assert float((mean - exact).norm() / exact.norm()) < 0.1
    head.eval()
    assert_close(head.loss_of(features, targets).mean(), full)


def test_label_smoothing_acts_in_training_alone():
    head = ClassHead(4, 5, label_smoothing=0.2)
    scores, targets = torch.randn(6, 5), torch.randint(0, 5, (6,))
    reference = torch.nn.functional.cross_entropy
    assert_close(head.train().loss(scores, targets), reference(scores, targets, reduction="none", label_smoothing=0.2))
    assert_close(head.eval().loss(scores, targets), reference(scores, targets, reduction="none"))


def test_tied_weights_are_one_parameter():
    embedding = torch.nn.Embedding(9, 4)
    head = ClassHead(4, 9, tied=embedding.weight)
    assert head.linear.weight is embedding.weight


def test_preference_moves_the_decoding_and_not_the_training():
    torch.manual_seed(1)
    head = CRFTagHead(4, ["O", "B-x", "I-x"]).train()
    features = Ragged(torch.randn(9, 4), torch.tensor([4, 5]))
    before = head(features).values
    head.preference.copy_(torch.tensor([-50.0, 0.0, 0.0]))
    assert_close(head(features).values, before)
    assert all((path != 0).all() for path in head.eval().best(head(features)))


def words(*texts, pieces=None, letters=None):
    tokens = [token for text in texts for token in text]
    distinct = list(dict.fromkeys(tokens))
    ids = Ragged.from_list([torch.tensor(text) for text in texts])
    return Words(ids, Spelling(torch.tensor([distinct.index(t) for t in tokens]), letters, pieces))


def test_words_from_within_against_a_loop():
    torch.manual_seed(2)
    spelled = {3: [1, 2, 4], 5: [4], 2: [0, 0]}
    bags = Ragged.from_list([torch.tensor(spelled[t]) for t in (3, 5, 2)])
    batch = words([3, 5, 3], [2], pieces=bags, letters=bags)
    for piece_size in (0, 6):
        layer = WordEmbedding(TokenEmbedding(7, 4), pieces=5, piece_size=piece_size, letters=5, character_size=3)
        layer.double().eval()
        out = layer(batch)
        assert out.values.shape == (4, layer.output_size)
        for row, token in enumerate([3, 5, 3, 2]):
            own = layer.tokens.embedding.weight[token]
            within = there(layer.pieces).weight[spelled[token]].mean(0)
            letters = there(layer.letters).weight[spelled[token]]
            reference = torch.nn.LSTM(3, 3, bidirectional=True).double()
            reference.load_state_dict(layer.rnn.state_dict())
            _, (h, _) = reference(letters)
            first = [own, within] if piece_size else [own + within]
            assert_close(out.values[row], torch.cat([*first, h[0], h[1]]))


def test_a_window_reads_the_first_tokens():
    layer = WindowEmbedding(TokenEmbedding(9, 2), 3).eval()
    batch = Words(Ragged.from_list([torch.tensor([4, 5, 6, 7]), torch.tensor([8])]))
    vectors = layer.get_parameter("tokens.embedding.weight")
    nothing = torch.zeros(2)
    assert_close(layer(batch), torch.stack([vectors[[4, 5, 6]].flatten(), torch.cat([vectors[8], nothing, nothing])]))


def test_vectors_beside_their_changes():
    layer = VectorEncoder(2, differences=True).eval()
    steps = Ragged.from_list([torch.randn(3, 2), torch.randn(0, 2), torch.randn(1, 2)])
    out = layer(steps)
    assert layer.output_size == 4
    assert_close(out.values[:, :2], steps.values)
    first, nothing, alone = (part[:, 2:] for part in out)
    assert_close(first, torch.cat([torch.zeros(1, 2), steps.values[:3].diff(dim=0)]))
    assert nothing.shape == (0, 2) and not alone.any()


def test_noise_is_added_in_training_alone():
    torch.manual_seed(0)
    layer, steps = VectorEncoder(3, noise=0.5), Ragged.from_list([torch.zeros(5_000, 3)])
    assert abs(float(layer(steps).values.std()) - 0.5) < 0.02
    assert not layer.eval()(steps).values.any()


def test_forecasts_are_scored_as_sklearn_does():
    metrics = pytest.importorskip("sklearn.metrics")
    torch.manual_seed(1)
    head = ForecastHead(4, 5, (0.1, 0.9)).double()
    assert not head(torch.randn(3, 4).double()).any()  # learning begins at the base forecast
    scores, lacking, unit = torch.randn(7, 5, 3), torch.randn(7, 5), torch.rand(7, 1).expand(-1, 5)
    losses = head.loss(scores.double(), torch.stack([lacking, unit], dim=-1).double())
    for row in range(7):
        truth, guess = (lacking * unit)[row].numpy(), (scores * unit[..., None])[row].numpy()
        expected = metrics.mean_absolute_error(truth, guess[:, 0])
        expected += 2 * sum(metrics.mean_pinball_loss(truth, guess[:, k], alpha=q) for k, q in ((1, 0.1), (2, 0.9)))
        assert float(losses[row]) == pytest.approx(expected, rel=1e-5)
    lacking[2, 1:] = float("nan")
    (alone,) = head.loss(scores[2:3], torch.stack([lacking, unit], dim=-1)[2:3])
    assert_close(alone, head.loss(scores[2:3, :1], torch.stack([lacking, unit], dim=-1)[2:3, :1])[0])


def test_a_number_per_step_is_learned_where_it_is_known():
    torch.manual_seed(4)
    head = StepNumberHead(3).double()
    features = Ragged(torch.randn(6, 3, dtype=torch.float64, requires_grad=True), torch.tensor([2, 0, 4]))
    targets = Ragged(torch.tensor([1.0, float("nan"), 2.0, -1.0, float("nan"), 0.5]).double(), features.lengths)
    wrong = (head.linear(features.values).squeeze(-1) - targets.values).square()
    expected = torch.stack([wrong[0], wrong[0] * 0, wrong[2] + wrong[3] + wrong[5]])
    assert_close(head.loss_of(features, targets), expected)
    head.loss_of(features, targets).sum().backward()
    assert (there(features.values.grad).abs().sum(1) > 0).tolist() == [True, False, True, True, False, True]


def test_segments_are_steps_side_by_side():
    layer = WindowEncoder(2, 3, 4)
    steps = Ragged(torch.randn(12, 2), torch.tensor([6, 6]))
    out = layer(
        Windows(steps, torch.zeros(2, 5), torch.ones(2), torch.zeros(2, 5), torch.zeros(2, 5, 0), torch.zeros(2).long())
    )
    assert out.lengths.tolist() == [2, 2]
    assert_close(out.values[3], layer.linear(steps.values[9:12].flatten()).relu())


def test_segments_of_the_horizon_know_their_place_their_column_and_their_calendar():
    torch.manual_seed(2)
    layer, ahead, none = HorizonEncoder(2, 7, 3, 4, columns=2), torch.randn(5, 7, 2), torch.zeros(5, 7)
    steps, columns = Ragged(torch.zeros(5, 1), torch.ones(5, dtype=torch.int64)), torch.tensor([0, 0, 1, 0, 0])
    out = layer(Windows(steps, none, torch.ones(5), none, ahead, columns))
    assert out.shape == (5, 3, 4)
    columns_of, linear = there(layer.columns), there(layer.linear)
    assert_close(out[2, 1], layer.places[1] + columns_of[1] + linear(ahead[2, 3:6].flatten()))
    last = torch.cat([ahead[3, 6], torch.zeros(4)])  # the third segment holds one step, and is filled up
    assert_close(out[3, 2], layer.places[2] + columns_of[0] + linear(last))
    bare = HorizonEncoder(0, 7, 3, 4)
    assert_close(bare(Windows(steps, none, torch.ones(5), none, ahead[..., :0], columns))[4], bare.places)


def test_chords_are_bernoullis_until_the_end():
    torch.manual_seed(3)
    head: Any = TagHead(5, 9, ChordHead).double()
    features = Ragged(torch.randn(63, 5, dtype=torch.float64, requires_grad=True), torch.tensor([1, 62]))
    targets = Ragged((torch.rand(63, 9, dtype=torch.float64) < 0.3).double(), features.lengths)
    chances = torch.distributions.Bernoulli(logits=head(features).values)
    each = -chances.log_prob(targets.values)
    over = targets.values[:, -1] > 0
    assert 0 < over.sum() < 63
    expected = each[:, -1] + torch.where(over, 0.0, each[:, :-1].sum(1))
    loss = head.loss_of(features, targets)
    assert_close(loss, torch.stack([expected[:1].sum(), expected[1:].sum()]))
    assert_close(head.classes.keys_loss(head(features).values, targets.values), each[:, :-1].sum(1))
    assert torch.autograd.gradcheck(lambda x: head.loss_of(features.with_values(x), targets), features.values)
