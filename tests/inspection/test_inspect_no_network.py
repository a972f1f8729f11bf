"""A model that answers without a network: there is nothing to look into, and nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest

import elman

RNG = np.random.default_rng(3)
LABELS = [*"ab" * 30]
WAVES = [
    np.sin(np.arange(40 + i % 5) / (2 if label == "a" else 5)) + RNG.normal(0, 0.1, 40 + i % 5)
    for i, label in enumerate(LABELS)
]
SERIES = {"x": [float(10 + i % 7 + RNG.normal(0, 0.1)) for i in range(120)]}


@pytest.mark.parametrize(
    ("data", "recipe", "answers_by"),
    [((WAVES, LABELS), "minirocket", "patterns"), (SERIES, "theta", "Theta")],
)
def test_only_scores_are_shown(tmp_path, data, recipe: str, answers_by: str):
    elman.fit(data, recipe=recipe, to=tmp_path / "m", task="forecasting" if recipe == "theta" else None)
    found = elman.load(tmp_path / "m").inspect(data)
    assert [section.name for section in found.sections] == ["summary", "scores"]
    assert len(found.notes) == 1 and answers_by in found.notes[0] and "holds no network" in found.notes[0]
    assert "holds no network" in found.about
