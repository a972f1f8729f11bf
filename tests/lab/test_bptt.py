"""The chain rule written out, against autograd; and that a wrong one is found out."""

from __future__ import annotations

import pytest
import torch

from conftest import there
from elman.lab import bptt
from elman.lab.experiment import HOLDS


def example(seed: int) -> bptt.Example:
    torch.manual_seed(seed)
    shapes = [(3, bptt.INPUTS), (bptt.HIDDEN,), (bptt.HIDDEN,), (bptt.HIDDEN, bptt.INPUTS), (bptt.HIDDEN,) * 2]
    return bptt.Example(*(torch.randn(shape, dtype=torch.float64) for shape in [*shapes, (bptt.HIDDEN,)]))


@pytest.mark.parametrize("seed", [0, 1])
def test_paper_agrees_with_autograd(seed):
    e = example(seed)
    w = e.w.clone().requires_grad_()
    states = [e.h0]
    for x in e.x:
        states.append(torch.tanh(e.u @ x + w @ states[-1] + e.b))
        states[-1].retain_grad()
    (0.5 * (states[-1] - e.y).square().sum()).backward()
    terms, grad_h = bptt.on_paper(e)
    torch.testing.assert_close(terms.sum(0), w.grad, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(grad_h, torch.stack([there(h.grad) for h in states[1:]]), rtol=1e-12, atol=1e-13)


def test_differences_of_a_known_function():
    at = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    slopes = bptt.central_differences(lambda x: (x**3).sum(), at, 1e-5)
    torch.testing.assert_close(slopes, 3 * at**2, rtol=1e-8, atol=0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda paper, e: paper._replace(terms=paper.terms[[1, 0, 2]], grad_h=paper.grad_h.flip(0)),
        lambda paper, e: paper._replace(terms=paper.terms * 1.001),
    ],
)
def test_a_wrong_chain_rule_is_found_out(monkeypatch, wrong):
    right = bptt.on_paper
    assert bptt.EXPERIMENT.run(seeds=2).verdict == HOLDS
    monkeypatch.setattr(bptt, "on_paper", lambda e: wrong(right(e), e))
    assert bptt.EXPERIMENT.run(seeds=2).verdict != HOLDS


def test_verdict_fails_where_nothing_agrees():
    names = list(bptt.EXPERIMENT.run(seeds=1).trials[0].numbers)
    assert not any(bptt.judge(dict.fromkeys(names, 1e-3)).values())
    assert all(bptt.judge(dict.fromkeys(names, 1e-15)).values())
