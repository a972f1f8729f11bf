"""The training loop: budgets, averages, rollbacks, interruption and resumption."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from conftest import there
from elman.errors import TrainingError
from elman.models.batch import Batch
from elman.models.network import Network
from elman.scoring.evaluation import Evaluation
from elman.settings import Settings
from elman.training import checkpoint
from elman.training.loop import Run
from elman.training.optimizer import Optimizer, learning_rate

SETTINGS = Settings().with_changes({"epochs": 6, "learning_rate": 0.05, "patience": 0, "average": 0.9})


class Line(Network):
    """y = a x + b, with dropout so that random state matters."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.linear = nn.Linear(3, 1)
        self.dropout = nn.Dropout(0.3)
        self.poison = set()
        self.seen = 0

    def loss(self, batch):
        self.seen += self.training
        prediction = self.linear(self.dropout(batch.inputs)).squeeze(1)
        losses = (prediction - batch.targets).square()
        if self.training and self.seen in self.poison:
            losses = losses * math.nan
        return losses, torch.ones(len(losses))


class Points:
    tokens = 32

    def __init__(self):
        generator = torch.Generator().manual_seed(1)
        self.x = torch.randn(32, 3, generator=generator)
        self.y = self.x @ torch.tensor([1.0, -2.0, 0.5]) + 0.3

    def batches_per_epoch(self) -> int:
        return 4

    def in_order(self) -> Iterator[Batch]:
        yield Batch(self.x, self.y)

    def on(self, device: str) -> Points:
        return self

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        order = torch.randperm(32, generator=torch.Generator().manual_seed(number)).split(8)
        return (Batch(self.x[rows], self.y[rows]) for rows in order[skip:])


def run(model, settings=SETTINGS, **options):
    points = Points()

    def evaluate(network):
        loss = float(network.loss(Batch(points.x, points.y))[0].mean())
        return Evaluation(-loss, {"loss": loss})

    torch.manual_seed(settings.seed)
    return Run(model, points, evaluate, settings, **options)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_the_same_seed_gives_the_same_model_and_it_learns():
    first, second = Line(), Line()
    progress = run(first).go()
    run(second).go()
    assert torch.equal(weights(first), weights(second))
    losses = [entry["loss"] for entry in progress.history]
    assert len(losses) == 6 and losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("stop_at", [3, 9, 14])
def test_an_interrupted_run_resumes_to_the_same_result(tmp_path, stop_at):
    straight = Line()
    run(straight).go()

    def interrupt(event):
        if event.kind == "step" and broken.progress.step == stop_at:
            raise KeyboardInterrupt

    half: Any = Line()
    broken = run(half, folder=tmp_path / "unfinished", watch=interrupt)
    broken.go()
    assert not broken.progress.finished

    resumed_model = Line()
    resumed = run(resumed_model, folder=tmp_path / "unfinished")
    torch.manual_seed(99)
    resumed.resume()
    assert resumed.progress.step == stop_at
    resumed.go()
    assert torch.equal(weights(resumed_model), weights(straight))
    checkpoint.discard(tmp_path / "unfinished")
    assert not (tmp_path / "unfinished").exists()


def test_an_unfinished_run_that_is_not_resumed_is_kept(tmp_path):
    folder = tmp_path / "unfinished"
    first = run(Line(), folder=folder)
    assert first.set_aside() is None
    first.save()
    content = (folder / "checkpoint.safetensors").read_bytes()
    for _ in range(2):  # the latest one is kept
        second = run(Line(), folder=folder)
        assert second.set_aside() == tmp_path / "unfinished.previous"
        assert not folder.exists()
        assert (tmp_path / "unfinished.previous" / "checkpoint.safetensors").read_bytes() == content
        second.save()
        content = (folder / "checkpoint.safetensors").read_bytes()


@pytest.fixture
def sigint_heeded():
    """Ctrl-C as in a foreground process: whatever runs in the background was started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("sigint_heeded")
@pytest.mark.parametrize("where", ["loss", "evaluate"])
def test_a_signal_in_the_middle_of_anything_ends_the_run_between_steps(tmp_path, where):
    straight = Line()
    run(straight).go()

    def pressing(function, at):
        calls = iter(range(10_000))

        def pressed(*args):
            if next(calls) == at:
                os.kill(os.getpid(), signal.SIGINT)
            return function(*args)

        return pressed

    half: Any = Line()
    broken = run(half, folder=tmp_path / "unfinished")
    if where == "loss":
        half.loss = pressing(half.loss, 7)
    else:
        broken.evaluate = pressing(broken.evaluate, 2)
    broken.go()
    assert broken.interrupted and not broken.progress.finished
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed_model = Line()
    resumed = run(resumed_model, folder=tmp_path / "unfinished")
    resumed.resume()
    resumed.go()
    assert torch.equal(weights(resumed_model), weights(straight))


def test_interrupted_before_any_evaluation_the_weights_of_now_are_kept():
    def interrupt(event):
        if event.kind == "step" and running.progress.step == 2:
            raise KeyboardInterrupt

    model = Line()
    untrained = weights(model).clone()
    running = run(model, watch=interrupt)
    running.go()
    assert not torch.equal(weights(model), untrained)


def test_resuming_another_run_is_refused(tmp_path):
    one = run(Line(), folder=tmp_path / "u", note={"data": "a"})
    one.save()
    with pytest.raises(TrainingError, match="other data or settings"):
        run(Line(), folder=tmp_path / "u", note={"data": "b"}).resume()
    with pytest.raises(TrainingError, match="no interrupted run"):
        run(Line(), folder=tmp_path / "nothing").resume()


def test_a_loss_that_is_not_finite_is_rolled_back():
    model, events = Line(), []
    model.poison = {6, 13}
    progress = run(model, watch=events.append).go()
    rollbacks = [event for event in events if event.kind == "rollback"]
    assert len(rollbacks) == 2 and "step" in rollbacks[0].message
    assert progress.rate_scale == 0.25
    assert weights(model).isfinite().all()
    assert progress.history[-1]["loss"] < progress.history[0]["loss"]


def test_a_run_that_keeps_diverging_ends_with_an_error_and_finite_weights():
    model = Line()
    model.poison = set(range(5, 1000))
    with pytest.raises(TrainingError, match="learning_rate"):
        run(model).go()
    assert weights(model).isfinite().all()


def test_an_exploding_gradient_is_rolled_back_even_without_clipping():
    model, events = Line(), []
    settings = SETTINGS.with_changes({"clip": 0, "epochs": 12})
    running = run(model, settings, watch=events.append)
    honest = model.loss

    def exploding(batch):
        losses, counts = honest(batch)
        return (losses * 1e9 if model.training and model.seen == 30 else losses), counts

    model.loss = exploding
    running.go()
    assert [event.kind for event in events].count("rollback") == 1


def test_patience_ends_a_run_and_the_best_weights_are_kept():
    model = Line()
    settings = SETTINGS.with_changes({"patience": 2, "epochs": 50, "average": 0})
    scores = iter([0.0, 5.0, 1.0, 1.0, 9.0])
    kept = []

    def evaluate(network):
        kept.append(weights(network).clone())
        score = next(scores)
        return Evaluation(score, {"score": score})

    running = run(model, settings)
    running.evaluate = evaluate
    progress = running.go()
    assert len(progress.history) == 4 and progress.best_score == 5.0
    assert torch.equal(weights(model), kept[1])


def test_what_is_evaluated_is_the_average_of_the_weights():
    model = Line()
    settings = SETTINGS.with_changes({"epochs": 1, "average": 0.5})
    trajectory = []

    def watch(event):
        if event.kind == "step":
            trajectory.append(weights(model).clone())

    running = run(model, settings, watch=watch)
    average = weights(model).clone()
    running.go()
    for step, now in enumerate(trajectory, start=1):
        decay = min(0.5, (1 + step) / (10 + step))
        average = decay * average + (1 - decay) * now
    torch.testing.assert_close(weights(model), average)


def test_learning_rate_rises_then_falls_to_nothing():
    settings = Settings().with_changes({"learning_rate": 1.0, "warmup": 0.1})
    rates = [learning_rate(done, settings) for done in (0.0, 0.05, 0.1, 0.55, 1.0)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.5, 0.0])


def test_weight_decay_leaves_biases_alone():
    model = Line()
    for name in ("adamw", "adam", "sgd"):
        optimizer = Optimizer(model, SETTINGS.with_changes({"optimizer": name, "weight_decay": 0.5}))
        decays = {p.dim(): group["weight_decay"] for group in optimizer.whole.param_groups for p in group["params"]}
        assert decays == {2: 0.5, 1: 0.0}


def test_evaluation_takes_a_small_share_of_a_budget_in_minutes():
    """An evaluation that costs as much as a hundred steps isn't made after every epoch."""
    looked = []

    def slow(network: Network) -> Evaluation:
        looked.append(time.monotonic())
        time.sleep(0.1)
        return Evaluation(0.0, {})

    settings = SETTINGS.with_changes({"minutes": 2 / 60, "epochs": 0})
    progress = Run(Line(), Points(), slow, settings).go()
    assert progress.epoch > 20
    assert 1 <= len(looked) <= 4  # a ninth of two seconds, and the last
    looked.clear()
    Run(Line(), Points(), slow, SETTINGS).go()  # by epochs, the clock has no say
    assert len(looked) == 6


def test_a_step_is_no_longer_than_clipping_allows():
    """Plain gradient descent moves the weights by the rate times the gradient, whose norm is clipped."""
    moved, model = [], Line()
    before = weights(model).clone()

    def watch(event):
        if event.kind == "step":
            moved.append(float((weights(model) - before).norm()))
            before.copy_(weights(model))

    settings = SETTINGS.with_changes({"optimizer": "sgd", "clip": 0.01, "learning_rate": 0.1, "weight_decay": 0.0})
    run(model, settings=settings, watch=watch).go()
    assert max(moved) <= 0.1 * 0.01 * 1.001
    assert max(moved) > 0.1 * 0.01 * 0.9


def test_a_rollback_goes_back_to_the_weights_of_the_last_evaluation():
    model, seen = Line(), {}
    model.poison = {7}

    def watch(event):
        seen.setdefault(event.kind, []).append(weights(model).clone())

    run(model, watch=watch).go()
    (after,) = seen["rollback"]
    assert torch.equal(after, seen["evaluation"][0])  # after the four steps of the first epoch
    assert not torch.equal(after, seen["step"][5])


def test_the_network_is_told_how_far_training_is():
    told: list[float] = []
    model: Any = Line()
    model.anneal = told.append
    run(model).go()
    assert told == sorted(told) and told[0] == 0 and 0.9 < told[-1] < 1


def test_evaluation_leaves_the_carried_state_of_training():
    class Carrying(Line):
        def loss(self, batch):
            losses, counts = super().loss(batch)
            self.carried = (torch.tensor([self.seen if self.training else -1]),)
            return losses, counts

    model, carried = Carrying(), []

    def watch(event):
        if event.kind == "evaluation":
            carried.append(int(there(model.carried)[0]))

    run(model, watch=watch).go()
    assert carried == [4, 8, 12, 16, 20, 24]


def test_a_copy_goes_over_an_older_one_of_its_shape():
    tensors = {"same": torch.randn(3, 2), "longer": torch.randn(4)}
    older = checkpoint.copied(tensors)
    places = {name: tensor.data_ptr() for name, tensor in older.items()}
    tensors = {"same": tensors["same"] + 1, "longer": torch.randn(5)}
    newer = checkpoint.copied(tensors, over=older)
    for name, tensor in tensors.items():
        torch.testing.assert_close(newer[name], tensor)
        assert newer[name].data_ptr() != tensor.data_ptr()
    assert newer["same"].data_ptr() == places["same"]
