"""Tunes through the whole of it: they predict themselves, and go on from what they are given."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import elman as main
from conftest import alike, there
from elman import samples
from elman.answers.continuation import read_on
from elman.errors import DataFileError, TaskError
from elman.kinds import ChordsKind, MelodyKind
from elman.kinds.keyboard import pitch_name
from tunes import folder_of_melodies, melody, midi, note

SMALL: dict[str, Any] = {"hidden_size": 24, "seed": 1, "batch_tokens": 100}
MAJOR, TURNED = (60, 64, 67), (59, 62, 67)
TRIADS = [[*[[p + i % 12 for p in chord] for chord in (MAJOR, TURNED)] * (1 + i % 5), [48 + i % 12]] for i in range(60)]


@pytest.fixture(scope="module")
def tunes():
    return main.fit(
        {"notes": samples.load("melodies").columns["notes"][:120]}, epochs=6, grid=2, embedding_size=16, **SMALL
    )


@pytest.fixture(scope="module")
def chords():
    return main.fit({"notes": TRIADS}, epochs=6, **SMALL)


def test_one_voice_becomes_a_melody(tunes):
    assert (tunes.task.name, tunes.task.architecture(tunes.parts.settings)) == ("language-model", "many-to-many")
    assert isinstance(tunes.parts.input, MelodyKind) and tunes.parts.settings.notes == "melody"
    assert list(there(tunes.report).metrics) == ["nats_per_pitch", "nats_per_token"]
    assert [baseline.name for baseline in there(tunes.report).baselines] == ["unigram"]
    assert (there(tunes.report).rows, there(tunes.report).of) == (12, "held-out tunes")
    assert tunes.about["history"][-1]["nats_per_pitch"] < tunes.about["history"][0]["nats_per_pitch"]


def test_several_voices_become_chords(chords):
    assert isinstance(chords.parts.input, ChordsKind) and chords.parts.settings.notes == "chords"
    assert list(there(chords.report).metrics) == ["nats_per_step"]
    assert [baseline.name for baseline in there(chords.report).baselines] == ["marginals", "goes_on"]
    assert main.fit({"notes": TRIADS}, epochs=1, notes="chords", voice="", **SMALL).parts.input.grid == 1


def test_nats_of_a_melody_are_those_of_its_tokens_one_by_one(tunes):
    kind, network = tunes.parts.input, tunes.parts.network
    cells = samples.load("melodies").columns["notes"][200:203]
    for cell, nats in zip(cells, tunes.task.nats(tunes.parts, kind.encode(cells)), strict=True):
        (tune,) = kind.encode([cell])
        tokens = kind.targets([tune]).values.tolist()
        assert len(nats) == len(tokens) and tokens[-1] == kind.vocabulary.end_id
        for t, token in enumerate(tokens):
            scores, _ = read_on(network.read_on, kind, kind.with_begin(tune[:t]), None)
            assert nats[t] == pytest.approx(-float(torch.from_numpy(scores).log_softmax(-1)[0, token]), abs=1e-4)


def test_nats_of_chords_are_those_of_all_keys_and_not_of_the_end(chords):
    kind, network = chords.parts.input, chords.parts.network
    for cell, nats in zip(TRIADS[:3], chords.task.nats(chords.parts, kind.encode(TRIADS[:3])), strict=True):
        (tune,) = kind.encode([cell])
        assert len(nats) == len(tune) == len(cell)
        for t, chord in enumerate(tune):
            scores, _ = read_on(network.read_on, kind, kind.with_begin(tune[:t]), None)
            sounds = torch.from_numpy(chord).float()
            chance = torch.distributions.Bernoulli(logits=torch.from_numpy(scores[0, :88])).log_prob(sounds).sum()
            assert nats[t] == pytest.approx(-float(chance), rel=1e-4)


def test_tunes_go_on_from_a_first_note(tunes):
    tune = tunes.generate("C4", length=41, seed=3)
    assert tune.notes[0].pitch == 60 and tune == tunes.generate("C4", length=41, seed=3)
    assert tune != tunes.generate("C4", length=41, seed=4)
    assert len(tunes.generate("C4", length=1, seed=3).notes) == 1
    assert [n.pitch for n in tunes.generate("C4 2 F#4 1", length=1, seed=3).notes] == [60, 66]
    assert tunes.generate("C4", length=8, temperature=0) == tunes.generate("C4", length=8, temperature=0, seed=5)
    assert all(a.end <= b.start for a, b in zip(tune.notes, tune.notes[1:], strict=False))


def test_chords_go_on_from_a_file(chords, tmp_path):
    path = tmp_path / "a.mid"
    path.write_bytes(midi([*note(0, 2, 60), *note(0, 1, 64), *note(1, 2, 65)]))
    tune = chords.generate(str(path), length=6, seed=2)
    assert {(n.start, n.pitch) for n in tune.notes if n.start < 2} == {(0, 60), (0, 64), (1, 65)}
    assert tune.length <= 8
    assert {n.pitch for n in chords.generate("C4+E4 R", length=1, seed=2).notes} >= {60, 64}


def test_the_end_can_be_drawn(tunes, chords):
    """Where the end is certain, nothing follows; and it comes by itself."""
    for model in (tunes, chords):
        head = model.network.head.classes
        end = 88 if model is chords else model.parts.input.vocabulary.end_id
        with torch.no_grad():
            before = float(head.linear.bias[end])
            head.linear.bias[end] = 1e4
        given = "C4" if model is chords else "C4 2"
        assert model.generate(given, length=20, seed=1).length == 1.0
        with torch.no_grad():
            head.linear.bias[end] = before


def test_the_next_note_is_suggested(tunes, chords):
    words = [suggestion.word for suggestion in tunes.suggest("C4", count=3)]
    assert all(word.isdecimal() for word in words)  # a length
    after = tunes.suggest("C4 2", count=90)
    assert {s.word for s in after} == {"</s>", "R", *(pitch_name(pitch) for pitch in range(21, 109))}
    assert sum(s.probability for s in after) == pytest.approx(1, abs=1e-4)
    assert chords.suggest("C4+E4+G4", count=2)[0].probability <= 1
    (answer,) = tunes.predict([[60, 62]])
    assert answer.value == tunes.suggest("C4 1 D4 1", count=1)[0].word


@pytest.mark.parametrize("name", ["tunes", "chords"])
def test_saved_and_loaded(name, request, tmp_path):
    model = request.getfixturevalue(name)
    model.save(tmp_path / "model")
    again = main.load(tmp_path / "model")
    assert again.generate("C4", length=9, seed=1) == model.generate("C4", length=9, seed=1)
    rows = {"notes": TRIADS[:4] if name == "chords" else samples.load("melodies").columns["notes"][:4]}
    assert alike(again.evaluate(rows), model.evaluate(rows))
    card = (tmp_path / "model" / "README.md").read_text()
    assert 'elman generate FOLDER --start "C4"' in card


def test_a_folder_of_midi_files(tmp_path):
    folder = folder_of_melodies(tmp_path / "data")
    model = main.fit(folder, epochs=1, **SMALL)
    assert model.parts.input.grid == 2
    (folder / "noise.mid").write_bytes(b"no music")
    with pytest.raises(DataFileError, match=r"noise\.mid: isn't a MIDI file"):
        main.fit(folder, epochs=1, to=tmp_path / "model", **SMALL)
    assert [item.name for item in tmp_path.iterdir()] == ["data"]


def test_a_voice_is_a_melody(tmp_path):
    for n in range(12):
        voices = [b"high", b"low"]
        tracks = [
            [(0, b"\xff\x03" + bytes([len(name)]) + name), *melody([p + n for p in pitches])]
            for name, pitches in zip(voices, ([72, 74, 76], [48, 47, 48]), strict=True)
        ]
        (tmp_path / f"{n}.mid").write_bytes(midi(*tracks))
    model = main.fit(tmp_path, epochs=1, voice="low", **SMALL)
    assert isinstance(model.parts.input, MelodyKind)
    assert isinstance(main.fit(tmp_path, epochs=1, **SMALL).parts.input, ChordsKind)
    with pytest.raises(TaskError, match="has no voice 'middle'; its voices are high, low"):
        main.fit(tmp_path, epochs=1, voice="middle", **SMALL)
    with pytest.raises(TaskError, match="notes that sound together"):
        main.fit(tmp_path, epochs=1, notes="melody", **SMALL)


def test_tunes_are_classified_many_to_one():
    """Up or down: the same keys for the same time, so that only their order tells."""
    rising = [[[p] for p in range(50 + i, 58 + i)] for i in range(30)]
    table = {"notes": [*rising, *(tune[::-1] for tune in rising)], "way": ["up"] * 30 + ["down"] * 30}
    model = main.fit(table, epochs=30, learning_rate=1e-2, **SMALL)
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("classification", "many-to-one")
    assert there(model.report).metrics["accuracy"]["value"] == 1.0
    assert "counting how long each key sounds" in there(model.report).verdicts[1]
    assert there(model.report).baselines[1].metrics["accuracy"]["value"] <= 0.7
