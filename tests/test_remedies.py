"""``auto_remedy``: a planted warning changes the settings, within the budget, and is kept."""

from __future__ import annotations

import pytest

import elman as main
from elman import samples
from elman.diagnosis.training_warnings import TrainingWarning
from elman.diagnosis.verdict import Remedy
from elman.training import watching
from elman.training.loop import Event

TINY = {
    "hidden_size": 8,
    "embedding_size": 8,
    "pieces": 100,
    "epochs": 10,
    "patience": 0,
    "batch_tokens": 300,
    "average": 0.9,
}


@pytest.fixture
def ailing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run warns of something that a smaller rate helps against."""

    def planted(looks, latest, settings, used):
        remedy = Remedy({"learning_rate": settings.learning_rate / 2}, "so it is")
        yield TrainingWarning("planted", "something was planted", remedy)

    monkeypatch.setattr(watching, "WINDOW", 5)
    monkeypatch.setattr(watching, "training_warnings", planted)


def fit(**options) -> tuple[main.Model, list[Event]]:
    seen: list[Event] = []
    model = main.fit(
        samples.load("reviews").select(range(120)), watch=seen.append, learning_rate=0.08, **TINY, **options
    )
    return model, seen


def test_a_warning_alone_changes_nothing_and_is_kept(ailing) -> None:
    model, seen = fit()
    assert model.parts.settings.learning_rate == 0.08
    (warning,) = model.about["warnings"]
    assert warning["message"].startswith("something was planted") and "applied" not in warning
    assert "remedy" not in {event.kind for event in seen}


def test_the_remedy_is_applied_three_times_at_most(ailing, tmp_path) -> None:
    model, seen = fit(auto_remedy=True, to=tmp_path / "model")
    settings = model.parts.settings
    assert settings.learning_rate == 0.01 and 1 <= settings.epochs < TINY["epochs"]
    assert [event.message.split(";")[0] for event in seen if event.kind == "remedy"] == [
        f"beginning again with --set learning_rate={rate}" for rate in ("0.04", "0.02", "0.01")
    ]
    assert [warning.get("applied", False) for warning in model.about["warnings"]] == [True, True, True, False]
    card = (tmp_path / "model" / "README.md").read_text()
    assert "## Warnings in training" in card and "began again with --set learning_rate=0.04" in card
    assert main.load(tmp_path / "model").about["warnings"] == model.about["warnings"]


def test_a_run_without_warnings_says_nothing_of_them(tmp_path) -> None:
    fit(to=tmp_path / "model")
    assert "Warnings" not in (tmp_path / "model" / "README.md").read_text()
