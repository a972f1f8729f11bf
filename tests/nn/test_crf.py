"""The CRF against enumeration of every path."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import assert_close
from elman.errors import ShapeError
from elman.nn import CRF, bio_constraints
from elman.ragged import Ragged

F64 = torch.float64


def random_crf(tags: int, seed: int = 0, constrained: bool = False) -> CRF:
    torch.manual_seed(seed)
    masks = {}
    if constrained:
        masks["allowed_start"] = torch.rand(tags) < 0.6
        masks["allowed_transitions"] = torch.rand(tags, tags) < 0.6
        masks["allowed_start"][0] = masks["allowed_transitions"][:, 0] = True  # one path always exists
    crf = CRF(tags, **masks).to(F64)
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter)
    return crf


def random_emissions(lengths: list[int], tags: int) -> Ragged:
    return Ragged(2 * torch.randn(sum(lengths), tags, dtype=F64), torch.tensor(lengths))


def path_score(crf: CRF, emissions: torch.Tensor, path: tuple[int, ...]) -> torch.Tensor:
    score = crf.start[path[0]] + crf.end[path[-1]]
    score = score + sum(emissions[t, tag] for t, tag in enumerate(path))
    return score + sum(crf.transitions[i, j] for i, j in itertools.pairwise(path))


def is_allowed(crf: CRF, path: tuple[int, ...]) -> bool:
    if crf.allowed_start is None or crf.allowed_transitions is None:
        return True
    return bool(crf.allowed_start[path[0]]) and all(
        bool(crf.allowed_transitions[i, j]) for i, j in itertools.pairwise(path)
    )


def enumerate_paths(crf: CRF, emissions: torch.Tensor, allowed_only: bool) -> dict[tuple[int, ...], torch.Tensor]:
    paths = itertools.product(range(crf.num_tags), repeat=len(emissions))
    return {p: path_score(crf, emissions, p) for p in paths if not allowed_only or is_allowed(crf, p)}


LENGTHS = st.lists(st.integers(0, 5), min_size=1, max_size=5)


@settings(deadline=None, max_examples=20)
@given(LENGTHS, st.integers(1, 3), st.integers(0, 1000))
def test_loss_is_what_enumeration_gives(lengths: list[int], tags: int, seed: int):
    crf = random_crf(tags, seed)
    emissions = random_emissions(lengths, tags)
    gold = Ragged(torch.randint(tags, (sum(lengths),)), emissions.lengths)
    expected = []
    for steps, path in zip(emissions, gold, strict=True):
        if not len(steps):
            expected.append(torch.zeros((), dtype=F64))
            continue
        scores = enumerate_paths(crf, steps, allowed_only=False)
        expected.append(torch.stack(list(scores.values())).logsumexp(0) - scores[tuple(path.tolist())])
    assert_close(crf.loss(emissions, gold), torch.stack(expected))


@settings(deadline=None, max_examples=20)
@given(LENGTHS, st.integers(1, 3), st.integers(0, 1000), st.booleans())
def test_decode_and_marginals_are_what_enumeration_gives(lengths, tags, seed, constrained):
    crf = random_crf(tags, seed, constrained)
    emissions = random_emissions(lengths, tags)
    decoded, marginals = crf.decode(emissions), crf.marginals(emissions)
    assert [len(path) for path in decoded] == lengths
    for steps, path, marginal in zip(emissions, decoded, marginals, strict=True):
        if not len(steps):
            continue
        scores = enumerate_paths(crf, steps, allowed_only=True)
        assert tuple(path.tolist()) == max(scores, key=lambda p: scores[p].item())
        weights = torch.stack(list(scores.values())).softmax(0)
        one_hot = torch.nn.functional.one_hot(torch.tensor(list(scores)), tags).to(F64)
        assert_close(marginal, torch.einsum("p,ptk->tk", weights, one_hot).detach())


def test_loss_has_the_right_gradient():
    crf = random_crf(3)
    emissions = random_emissions([4, 0, 1, 2], 3)
    tags = emissions.with_values(torch.tensor([0, 2, 1, 1, 2, 0, 0]))

    def loss(values, start, transitions, end):
        parameters = {"crf.start": start, "crf.transitions": transitions, "crf.end": end}
        return torch.func.functional_call(_Loss(crf), parameters, (emissions.with_values(values), tags))

    arguments = [emissions.values, crf.start.detach(), crf.transitions.detach(), crf.end.detach()]
    assert torch.autograd.gradcheck(loss, [a.clone().requires_grad_() for a in arguments])


class _Loss(torch.nn.Module):
    def __init__(self, crf: CRF):
        super().__init__()
        self.crf = crf

    def forward(self, emissions: Ragged, tags: Ragged) -> torch.Tensor:
        return self.crf.loss(emissions, tags)


def test_a_forbidden_annotation_has_a_finite_loss():
    start, transitions = bio_constraints(["O", "B-x", "I-x"])
    crf = CRF(3, allowed_start=start, allowed_transitions=transitions)
    emissions = Ragged(torch.zeros(2, 3), torch.tensor([2]))
    loss = crf.loss(emissions, emissions.with_values(torch.tensor([0, 2])))
    assert_close(loss, 2 * torch.log(torch.tensor([3.0])))


def test_all_sequences_empty():
    crf = random_crf(3)
    emissions = random_emissions([0, 0], 3)
    assert crf.loss(emissions, emissions.with_values(torch.empty(0, dtype=torch.int64))).tolist() == [0, 0]
    assert [p.tolist() for p in crf.decode(emissions)] == [[], []]
    assert [m.shape for m in crf.marginals(emissions)] == [(0, 3), (0, 3)]


def test_bio_rules():
    labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    start, transitions = bio_constraints(labels)
    assert start.tolist() == [True, True, False, True, False]
    forbidden = {(labels[i], labels[j]) for i, j in (~transitions).nonzero().tolist()}
    assert forbidden == {
        ("O", "I-PER"),
        ("O", "I-LOC"),
        ("B-PER", "I-LOC"),
        ("I-PER", "I-LOC"),
        ("B-LOC", "I-PER"),
        ("I-LOC", "I-PER"),
    }


@pytest.mark.parametrize("labels", [["O", "B-x", "I-x", "E-x", "S-x"], ["O", "B-x", "I-x", "L-x", "U-x"]])
def test_bioes_and_bilou_rules(labels: list[str]):
    start, transitions = bio_constraints(labels)
    assert start.tolist() == [True, True, False, False, True]
    o, b, i, e, s = range(5)
    allowed = {tuple(pair) for pair in transitions.nonzero().tolist()}
    open_to = {(b, i), (b, e), (i, i), (i, e)}
    assert allowed == open_to | {(x, y) for x in (o, e, s) for y in (o, b, s)}


def test_iob1_and_plain_tags_are_tolerated():
    start, transitions = bio_constraints(["O", "I-x"])
    assert start.all() and transitions.all()
    start, transitions = bio_constraints(["NOUN", "VERB", "IN", "SYM"])
    assert start.all() and transitions.all()


def test_wrong_shapes_are_refused():
    with pytest.raises(ShapeError, match=r"emissions must be \[N, 3\]"):
        CRF(3).decode(Ragged(torch.zeros(2, 4), torch.tensor([2])))
    with pytest.raises(ShapeError, match="allowed_transitions must be bool"):
        CRF(3, allowed_transitions=torch.ones(3, 2, dtype=torch.bool))
    emissions = Ragged(torch.zeros(3, 3), torch.tensor([2, 1]))
    with pytest.raises(ShapeError, match="lengths of the emissions"):
        CRF(3).loss(emissions, Ragged(torch.zeros(3, dtype=torch.int64), torch.tensor([1, 2])))


def test_large_scores_do_not_overflow():
    crf = random_crf(3, constrained=True)
    emissions = random_emissions([6, 3], 3).map(lambda scores: 50 * scores)
    tags = emissions.with_values(emissions.values.argmax(1))
    loss = crf.loss(emissions, tags)
    assert loss.isfinite().all() and (loss > -1e-9).all()
    for marginal in crf.marginals(emissions):
        assert_close(marginal.sum(1), torch.ones(len(marginal), dtype=F64))
