"""The watch inside the loop: looks, warnings once, and training that it doesn't touch."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch

from elman.diagnosis.training_warnings import TrainingWarning
from elman.diagnosis.verdict import Remedy
from elman.models.batch import Batch
from elman.models.many_to_one import ManyToOne
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.heads import ClassHead
from elman.ragged import Ragged
from elman.scoring.evaluation import Evaluation
from elman.settings import Settings
from elman.training import watching
from elman.training.loop import Event, NeedsRemedy, Run

SETTINGS = Settings(cell="rnn", bidirectional=False, epochs=20, patience=0, learning_rate=1e-3, clip=0.5)


class Sentences:
    tokens = 640

    def batches_per_epoch(self) -> int:
        return 10

    def in_order(self) -> Iterator[Batch]:
        yield from self.epoch(0)

    def on(self, device: str) -> Sentences:
        return self

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        for batch in range(skip, 10):
            ids = torch.randint(0, 9, (64,), generator=torch.Generator().manual_seed(batch))
            yield Batch(Words(Ragged(ids, torch.tensor([32, 0, 31, 1]))), torch.tensor([0, 1, 0, 1]))


def started(cell: str = "rnn", **options) -> tuple[Run, list[Event]]:
    torch.manual_seed(0)
    network = ManyToOne(
        TokenEmbedding(9, 4),
        lambda size: ClassHead(size, 2),
        cell=cell,
        hidden_size=6,
        bidirectional=False,
        dropout=0.2,
    )
    seen: list[Event] = []
    return Run(network, Sentences(), lambda model: Evaluation(0.0, {}), SETTINGS, watch=seen.append, **options), seen


def weights(run: Run) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in run.model.parameters()])


def test_watching_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "COST", math.inf)
    watched, _ = started()
    watched.go()
    assert len(watched.gradients.looks) == watching.AGREE
    monkeypatch.setattr(watching, "EVERY", 10**9)
    plain, _ = started()
    plain.go()
    assert torch.equal(weights(watched), weights(plain))


def test_half_life_and_clipping_are_told_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "COST", math.inf)
    run, seen = started("lstm")
    progress = run.go()
    last = [event for event in seen if event.kind == "step"][-1]
    assert 0 < last.half_life < math.inf and 0 <= last.clipped <= 1 and last.step == 200
    assert progress.history[-1]["half_life"] == run.gradients.half_life
    assert {"gradient_norm", "clipped", "learning_rate"} <= set(progress.history[-1])


def test_looks_wait_while_they_cost_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "COST", 0.0)
    run, _ = started()
    run.go()
    assert len(run.gradients.looks) == 1  # the first, before the cost was measured


def test_each_look_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps in between cost nothing but their norm."""
    judged: list[int] = []
    monkeypatch.setattr(watching, "training_warnings", lambda looks, *others: judged.append(len(looks)) or iter(()))
    monkeypatch.setattr(watching, "COST", math.inf)
    run, _ = started()
    run.go()
    after = 200 - watching.WINDOW + 1
    assert judged == [0] + [watching.AGREE] * (after // watching.EVERY)  # when first asked, too few to agree


def test_lengths_are_those_of_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "COST", math.inf)
    run, _ = started()
    run.go()
    look = run.gradients.looks[-1]
    assert look.lengths["stack.rnn, layer 1, forwards"].tolist() == [32, 31, 1]
    assert look.needed("stack.rnn, layer 1, forwards").tolist() == [31, 30, 0] and look.weakest is look.flows[0]


def ailing(monkeypatch: pytest.MonkeyPatch, kinds: list[str]) -> None:
    found = [TrainingWarning(kind, f"{kind} was planted", Remedy({"cell": "gru"}, "so it is")) for kind in kinds]
    monkeypatch.setattr(watching, "training_warnings", lambda *arguments: iter(found))


def test_each_kind_is_warned_of_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    ailing(monkeypatch, ["stuck", "vanishing", "stuck"])
    run, seen = started()
    progress = run.go()
    assert [event.message for event in seen if event.kind == "warning"] == [
        "stuck was planted; --cell gru may help: so it is",
        "vanishing was planted; --cell gru may help: so it is",
    ]
    assert [warning["kind"] for warning in progress.warnings] == ["stuck", "vanishing"]
    assert progress.warnings[0]["flags"] == "--cell gru" and progress.warnings[0]["epoch"] > 2


def test_a_run_that_heeds_its_warnings_ends_at_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WINDOW", 50)
    ailing(monkeypatch, ["vanishing"])
    run, _ = started(stop_on_warning=True)
    with pytest.raises(NeedsRemedy) as raised:
        run.go()
    assert raised.value.warning.remedy.changes == {"cell": "gru"} and 0 < raised.value.progress.step < 200


def test_an_early_look_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    ailing(monkeypatch, ["vanishing"])
    run, _ = started()
    for _ in range(watching.WINDOW - 1):
        assert run.gradients.warnings(1.0, 0.5, 0) == []
    assert run.gradients.warnings(1.0, watching.BEGINNING / 2, 0) == []
    assert len(run.gradients.warnings(1.0, 0.5, 0)) == 1 and run.gradients.clipped == 1


def test_a_resumed_run_does_not_warn_again(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    ailing(monkeypatch, ["vanishing"])
    run, _ = started(folder=tmp_path / "unfinished")
    run.go()
    run.save()
    again, seen = started(folder=tmp_path / "unfinished")
    again.resume()
    assert again.gradients.told == {"vanishing"} and not seen
