"""Clips through the whole of it: a class, a tag for each frame, a caption; saved, answered, drawn."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

import elman as main
from clips import WAYS, captioned_clips, clip, labelled_clips
from conftest import alike, there
from elman.answers.base import Prediction
from elman.answers.contact_sheet import SIDE, STRIP, contact_sheet
from elman.errors import DataFileError
from elman.kinds.files import Decoded
from pictures import save

SMALL: dict[str, Any] = {
    "hidden_size": 24,
    "embedding_size": 24,
    "filters": 4,
    "batch_tokens": 40,
    "learning_rate": 1e-2,
    "seed": 1,
}


@pytest.fixture(scope="module")
def captions(tmp_path_factory):
    folder = captioned_clips(tmp_path_factory.mktemp("clips"), each=12)
    return main.fit(folder, epochs=25, level="words", **SMALL), folder


def test_clips_are_captioned_by_an_encoder_and_a_decoder(captions):
    model, folder = captions
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("captioning", "encoder-decoder")
    assert there(model.report).baselines[0].name == "nearest"
    said = model.predict([str(folder / "clips" / f"{way}_{n}") for way in WAYS for n in range(4)])
    assert [way in answer.value.split() for way, answer in zip(["left"] * 4 + ["right"] * 4, said, strict=True)] == [
        True
    ] * 8


def test_a_saved_model_of_clips_answers_alike(captions, tmp_path):
    model, folder = captions
    model.save(tmp_path / "model")
    again = main.load(tmp_path / "model")
    new = [str(clip(tmp_path / way, way, seed=99, wait=1)) for way in WAYS]
    assert alike(again.predict(new), model.predict(new))
    assert alike(again.evaluate(folder), model.evaluate(folder))


def test_clips_are_classified_many_to_one(tmp_path):
    for way in WAYS:
        for i in range(16):
            clip(tmp_path / way / f"{i}", way, i, wait=i % 3)
    model = main.fit(tmp_path, epochs=12, **SMALL)
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("classification", "many-to-one")
    assert [baseline.name for baseline in there(model.report).baselines] == ["majority", "order_free"]
    new = [str(clip(tmp_path.parent / f"new{way}", way, seed=77)) for way in WAYS]
    assert [answer.value for answer in model.predict(new)] == list(WAYS)


def test_each_frame_gets_a_tag(tmp_path):
    table = labelled_clips(tmp_path / "data")
    model = main.fit(table, epochs=15, bptt=4, **SMALL)
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("tagging", "many-to-many")
    assert set(there(model.report).metrics) == {"tag_f1", "tag_accuracy"}
    assert there(model.report).baselines[1].name == "order_free"
    (answer,) = model.predict([str(clip(tmp_path / "new", "right", seed=5, wait=1))])
    assert len(answer.value) == len(answer.probabilities) == 5
    assert answer.value[-3:] == ["right"] * 3
    tags = there(model.report).worst[0].predicted.split(", ")
    assert all(part.split()[0] in ("rest", "left", "right") for part in tags)


def test_more_frames_than_fit_in_memory_give_the_same_model(tmp_path, monkeypatch):
    folder = captioned_clips(tmp_path, each=6)
    settings: dict[str, Any] = {**SMALL, "epochs": 1}
    plenty = main.fit(folder, **settings)
    held = []

    def count(self, path):
        held.append(self.held)
        return original(self, path)

    original = Decoded.__getitem__
    monkeypatch.setattr(Decoded, "__getitem__", count)
    monkeypatch.setattr(Decoded.__init__, "__defaults__", (3_000,))  # three frames, fewer than a clip has
    scarce = main.fit(folder, **settings)
    assert max(held) <= 3_000
    for ours, theirs in zip(scarce.network.state_dict().values(), plenty.network.state_dict().values(), strict=True):
        assert bool((ours == theirs).all())


def test_a_bad_clip_ends_training_before_it_begins(tmp_path):
    folder = captioned_clips(tmp_path / "data", each=6)
    save(np.zeros((3, 3), np.uint8), folder / "clips" / "left_2" / "1.png")
    with pytest.raises(DataFileError, match=r"left_2/1\.png: is 3 x 3 pixels large"):
        main.fit(folder, to=tmp_path / "model", **SMALL, epochs=1)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["data"]


def test_the_sheet_shows_frames_from_throughout_each_clip(tmp_path):
    shades = list(range(0, 240, 15))
    for t, shade in enumerate(shades):
        save(np.full((10, 10), shade, np.uint8), tmp_path / "long" / f"{t}.png")
    save(np.full((10, 10), 100, np.uint8), tmp_path / "short" / "0.png")
    rows = [(f"{tmp_path}/long/", Prediction("one " * 30)), (f"{tmp_path}/short", Prediction("two", 0.5))]
    drawn = np.asarray(Image.open(io.BytesIO(contact_sheet(rows))))
    side = SIDE // 2
    middles = [drawn[8 + side // 2, 8 + t * side + side // 2, 0] for t in range(STRIP)]
    assert middles == shades[::2]
    assert drawn[8 + side // 2, drawn.shape[1] // 2 + 8 + side // 2, 0] == 100
    assert (drawn[8 + side + 4 :, :] < 128).any()
