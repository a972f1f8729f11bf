"""Rows that a batch didn't read cost nothing, and end up where the dense AdamW of PyTorch brings them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from elman.settings import Settings
from elman.training import checkpoint, rows
from elman.training.optimizer import Optimizer

V, E = 60, 7


class Reads(nn.Module):
    """Reads rows of two tables, one by bags; a third weight is updated whole."""

    def __init__(self, dtype: torch.dtype, *, tied: bool = False):
        super().__init__()
        self.words = nn.Embedding(V, E, dtype=dtype)
        self.again = nn.ModuleList([self.words])  # a module that stands in two places has its weight alone
        self.bags = nn.EmbeddingBag(V, E, mode="mean", dtype=dtype)
        self.out = nn.Linear(E, V, dtype=dtype)
        if tied:
            self.out.weight = self.words.weight

    def forward(self, ids: Tensor, offsets: Tensor, wanted: Tensor) -> Tensor:
        found = self.words(ids[offsets]) + self.bags(ids, offsets)
        return nn.functional.cross_entropy(self.out(torch.tanh(found)), wanted)


def settings(**changes: Any) -> Settings:
    return Settings().with_changes({"optimizer": "adamw", "weight_decay": 0.1, "average": 0.99, "clip": 0.5, **changes})


def batch(number: int) -> tuple[Tensor, Tensor, Tensor]:
    """Some rows come in nearly every batch, some in few, the last three never."""
    rng = torch.Generator().manual_seed(number)
    ids = (torch.rand(9, generator=rng) ** 6 * (V - 3)).long()
    return ids, torch.tensor([0, 2, 2, 5]), torch.randint(0, V, (4,), generator=rng)


def rate(step: int) -> float:
    return 0.02 * min(1, step / 30) / (1 + step / 300)


def dense(model: Reads, chosen: Settings, steps: int) -> dict[str, Tensor]:
    """PyTorch's own optimizer, clipping, and the average: what all weights come to."""
    matrices, vectors = ([p for p in model.parameters() if (p.dim() > 1) is yes] for yes in (True, False))
    groups = [{"params": matrices, "weight_decay": chosen.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), fused=True)
    average = {name: p.detach().clone() for name, p in model.named_parameters()}
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        model(*batch(step)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), chosen.clip)
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
        decay = min(chosen.average, (1 + step) / (10 + step))
        for name, p in model.named_parameters():
            average[name].lerp_(p.detach(), 1 - decay)
    return average


def by_rows(
    model: Reads, chosen: Settings, steps: int, first: int = 1, optimizer: Optimizer | None = None
) -> Optimizer:
    optimizer = optimizer or Optimizer(model, chosen)
    with optimizer.reading():
        for step in range(first, first + steps):
            optimizer.clear()
            model(*batch(step)).backward()
            optimizer.clip()
            optimizer.step(step, rate(step))
    return optimizer


@pytest.fixture(autouse=True)
def small_tables(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "FEWEST", 10)


def close(found: Tensor, expected: Tensor):
    rtol, atol = (1e-9, 1e-11) if found.dtype is torch.float64 else (3e-5, 3e-6)
    torch.testing.assert_close(found, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("steps", [1, 2, 63, 700])
def test_weights_and_their_average_are_those_of_pytorch(dtype: torch.dtype, steps: int):
    torch.manual_seed(0)
    model = Reads(dtype)
    other, chosen = copy.deepcopy(model), settings()
    average = dense(other, chosen, steps)
    optimizer = by_rows(model, chosen, steps)
    assert {*optimizer.tables} == {"words.weight", "bags.weight"} and optimizer.average is not None
    optimizer.settle()
    for name, weight in other.named_parameters():
        close(model.get_parameter(name).detach(), weight.detach())
        close(optimizer.average[name], average[name])


def test_a_row_that_is_read_is_up_to_date_and_others_are_left():
    model = Reads(torch.float64)
    by_rows(model, settings(), 40)
    before = model.words.weight.detach().clone()
    optimizer = Optimizer(model, settings())
    with optimizer.reading():
        for step in (1, 2, 3):
            optimizer.clear()
            model(*batch(1)).backward()
            optimizer.clip()
            optimizer.step(step, 0.01)
        moved = (model.words.weight.detach() != before).any(1)
        assert {*moved.nonzero().flatten().tolist()} == {*batch(1)[0][batch(1)[1]].tolist()}
        assert not model.words.weight.grad and not moved[-1]
        model.words(torch.tensor([V - 1]))
        assert (model.words.weight.detach()[-1] == before[-1] * (1 - 0.01 * 0.1) ** 3).all()


@pytest.mark.parametrize("changes", [{"average": 0.0}, {"clip": 0.0}, {"weight_decay": 0.0}])
def test_without_average_clipping_or_decay(changes: dict[str, Any]):
    torch.manual_seed(1)
    model = Reads(torch.float64)
    other, chosen = copy.deepcopy(model), settings(**changes)
    if not chosen.clip:
        dense(other, chosen.with_changes({"clip": 1e9}), 50)
    else:
        dense(other, chosen, 50)
    by_rows(model, chosen, 50).settle()
    close(model.words.weight.detach(), other.words.weight.detach())


def test_settling_now_and_then_comes_to_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "ROOM", 30)  # more steps than are remembered
    torch.manual_seed(2)
    model = Reads(torch.float64)
    other = copy.deepcopy(model)
    dense(other, settings(), 400)
    optimizer = by_rows(model, settings(), 100)
    optimizer.settle()
    by_rows(model, settings(), 300, 101, optimizer).settle()
    close(model.bags.weight.detach(), other.bags.weight.detach())


def test_going_on_from_a_checkpoint_gives_the_same_bits():
    torch.manual_seed(3)
    whole = Reads(torch.float32)
    first = copy.deepcopy(whole)
    by_rows(whole, settings(), 300).settle()
    kept = checkpoint.copied(by_rows(first, settings(), 230).tensors())  # rows not up to date
    again = Reads(torch.float32)
    again.load_state_dict(first.state_dict())
    optimizer = Optimizer(again, settings())
    optimizer.load(kept)
    by_rows(again, settings(), 70, 231, optimizer).settle()
    for name, weight in whole.named_parameters():
        assert torch.equal(again.get_parameter(name), weight)


def test_a_weight_that_something_else_has_too_is_updated_whole():
    torch.manual_seed(4)
    model = Reads(torch.float64, tied=True)
    other = copy.deepcopy(model)
    dense(other, settings(), 50)
    optimizer = by_rows(model, settings(), 50)
    assert {*optimizer.tables} == {"bags.weight"}
    close(model.words.weight.detach(), other.words.weight.detach())


def test_a_gradient_of_all_rows_is_one():
    """Whoever learns outside of ``reading`` has dense gradients."""
    torch.manual_seed(5)
    model = Reads(torch.float64)
    other = copy.deepcopy(model)
    dense(other, settings(), 20)
    optimizer = Optimizer(model, settings())
    for step in range(1, 21):
        optimizer.clear()
        model(*batch(step)).backward()
        optimizer.clip()
        optimizer.step(step, rate(step))
    close(model.words.weight.detach(), other.words.weight.detach())


def test_nothing_is_left_on_the_network():
    model = Reads(torch.float32)
    by_rows(model, settings(), 3)
    assert not model.words.sparse and not model.words._forward_pre_hooks
    model(*batch(1)).backward()
    assert model.words.weight.grad is not None and not model.words.weight.grad.is_sparse
