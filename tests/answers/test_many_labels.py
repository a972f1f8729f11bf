"""Labels of very many classes: what is found by parts is what is found at once, and what isn't there is said."""

from __future__ import annotations

import random

import pytest

import elman
from conftest import there
from elman.answers import base, label, value
from elman.errors import TaskError
from elman.kinds import classes

CLASSES, LIKELIEST = 13, 5


def table(rows: int = 650) -> elman.Table:
    """Texts whose first word says the label, mostly."""
    rng = random.Random(0)
    names = [rng.randrange(CLASSES) for _ in range(rows)]
    said = [name if rng.random() < 0.9 else rng.randrange(CLASSES) for name in names]
    texts = [f"about{name} {' '.join(rng.choices(['and', 'or', 'so', 'but'], k=3))}" for name in said]
    return elman.Table({"text": texts, "label": [f"k{name}" for name in names]})


@pytest.fixture
def many(monkeypatch):
    """Already these are many, and only few scores fit in memory."""
    monkeypatch.setattr(classes, "MANY_CLASSES", CLASSES - 1)
    monkeypatch.setattr(label, "LIKELIEST", LIKELIEST)
    for module in (base, label, value):
        monkeypatch.setattr(module, "MOST_SCORES", 7 * CLASSES)


def test_of_many_labels_no_linear_model_is_tried_which_is_said(many):
    planned = elman.plan(table(), changes={"epochs": 1})
    assert planned.data.classes == CLASSES
    assert any(note.startswith(f"of so many labels ({CLASSES})") for note in planned.data.notes)
    assert not planned.settings.ngrams and planned.settings.negatives > 0
    assert [one.name for one in elman.Trainer(planned).run().baselines] == ["majority"]


def test_of_few_labels_it_is_tried_and_nothing_is_said():
    planned = elman.plan(table(), changes={"epochs": 1})
    assert planned.settings.ngrams and not planned.settings.negatives
    assert not any("linear model" in note for note in planned.data.notes)


@pytest.fixture
def model(tmp_path):
    changes = {"epochs": 6, "hidden_size": 16, "ngrams": False, "word_dropout": 0.0, "dropout": 0.1}
    elman.fit(table(), to=tmp_path / "model", seed=2, **changes)
    return elman.load(tmp_path / "model")


def test_answers_name_the_likeliest_of_many_labels(model, request):
    texts = [f"about{name} or but" for name in range(CLASSES)]
    everything = model.predict(texts)
    request.getfixturevalue("many")
    for found, whole in zip(model.predict(texts), everything, strict=True):
        assert [*found.probabilities] == [*whole.probabilities][:LIKELIEST] and found.value == whole.value
        expected = {name: whole.probabilities[name] for name in found.probabilities}
        assert found.probabilities == pytest.approx(expected, abs=1e-6)


def test_figures_of_many_labels_are_those_of_all_at_once(model, request):
    whole = model.evaluate(table())
    request.getfixturevalue("many")
    parts = model.evaluate(table())
    assert parts.metrics == whole.metrics
    assert parts.calibration.error == pytest.approx(whole.calibration.error, abs=1e-5)
    losses = [[one.loss for one in report.worst] for report in (parts, whole)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4) and max(losses[0]) > 3  # of labels that no answer names


def test_sets_of_many_labels_are_whole_or_refused(model, request):
    texts = [f"about{name} or but" for name in range(CLASSES)]
    whole = {confidence: model.predict(texts, confidence=confidence) for confidence in (0.5, 0.97)}
    sizes = [max(len(there(one.labels)) for one in found) for found in whole.values()]
    assert sizes[0] <= LIKELIEST < sizes[1]
    request.getfixturevalue("many")
    assert [one.labels for one in model.predict(texts, confidence=0.5)] == [one.labels for one in whole[0.5]]
    with pytest.raises(TaskError, match=f"more than the {LIKELIEST} likeliest of {CLASSES}"):
        model.predict(texts, confidence=0.97)


def test_of_very_many_labels_fewer_rows_are_measured(monkeypatch):
    monkeypatch.setattr(base, "MEASURED_SCORES", 20 * CLASSES)
    data = elman.plan(table()).data
    assert len(data.held_out[1]) == len(data.watched[1]) == 20 < len(data.all_held_out[1])
    assert any("20 each are measured on, drawn by chance" in note for note in data.notes)
