"""Recordings through the whole of it: many-to-one."""

from __future__ import annotations

from typing import Any

import pytest

import elman as main
from conftest import alike
from elman.errors import DataFileError
from sounds import class_names, save, tone

SMALL: dict[str, Any] = {"hidden_size": 12, "embedding_size": 12, "batch_tokens": 300, "seed": 1}


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    folder = class_names(tmp_path_factory.mktemp("tones"))
    return main.fit(folder, output="label", epochs=5, **SMALL), folder


def test_recordings_are_classified_many_to_one(tones, tmp_path):
    model, folder = tones
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("classification", "many-to-one")
    assert model.report.metrics["accuracy"]["value"] == 1.0
    assert [baseline.name for baseline in model.report.baselines] == ["majority", "order_free"]
    assert "averaging over time" in model.report.verdicts[1]
    model.save(tmp_path / "model")
    again = main.load(tmp_path / "model")
    new = [str(save(tone(hertz, 0.4, 44_100), tmp_path / f"{hertz}.wav", 44_100)) for hertz in (320, 1_230)]
    assert [answer.value for answer in again.predict(new)] == ["low", "high"]
    assert alike(again.evaluate(folder), model.evaluate(folder))


def test_a_number_is_told_of_a_recording(tmp_path):
    paths = [str(save(tone(hertz, seed=hertz), tmp_path / f"{hertz}.wav")) for hertz in range(200, 1_400, 40)]
    model = main.fit((paths, [hertz / 7 for hertz in range(200, 1_400, 40)]), epochs=2, **SMALL)
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("regression", "many-to-one")


def test_a_damaged_recording_ends_training_before_it_begins(tmp_path):
    folder = class_names(tmp_path / "data")
    (folder / "low_3.wav").write_bytes(b"")
    with pytest.raises(DataFileError, match=r"low_3\.wav: isn't a recording"):
        main.fit(folder, output="label", to=tmp_path / "model", epochs=1, **SMALL)
    assert [item.name for item in tmp_path.iterdir()] == ["data"]
