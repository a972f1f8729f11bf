"""A smaller copy of a model: sizes, scores, and refusing what costs too much."""

from __future__ import annotations

from pathlib import Path

import pytest

import elman
from elman import compress, samples
from elman.errors import TaskError


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compress") / "model"
    elman.fit(samples.load("names"), epochs=3, hidden_size=32, ngrams=False, to=folder)
    return folder


@pytest.mark.parametrize(("weights", "least"), [("int8", 1.9), ("bfloat16", 1.6)])
def test_it_is_smaller_and_predicts_nearly_the_same(saved: Path, tmp_path: Path, weights: str, least: float):
    model = elman.load(saved)
    found = compress.compress(model, samples.load("names"), weights)
    compress.save(found, tmp_path / "small")
    assert found.bytes_before > least * found.bytes_after
    again = elman.load(tmp_path / "small")
    assert weights in (tmp_path / "small" / "README.md").read_text()
    cells = ["Moretti", "Andersson", "Kowalski"]
    for one, other, now in zip(model.predict(cells), again.predict(cells), found.model.predict(cells), strict=True):
        assert other.probability == now.probability
        assert other.probability == pytest.approx(one.probability, abs=0.02) and other.probability != one.probability
    assert again.evaluate(samples.load("names")).to_json()["metrics"] == found.after.to_json()["metrics"]
    again.network  # noqa: B018 - torch takes the widened weights


def test_what_costs_too_much_is_refused(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compress, "quantised", lambda array: compress.narrowed(0 * array))
    found = compress.compress(elman.load(saved), samples.load("names"))
    assert found.worse
    with pytest.raises(TaskError, match="beyond its interval; nothing was written"):
        compress.save(found, tmp_path / "small")
    assert not (tmp_path / "small").exists()
    compress.save(found, tmp_path / "small", accept=True)
    assert (tmp_path / "small").exists()


def test_a_wrong_word_is_named(saved: Path):
    with pytest.raises(TaskError, match="bfloat16 or int8, not 'int4'"):
        compress.compress(elman.load(saved), samples.load("names"), "int4")
