"""What is spoken in recordings, and when."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import elman as main
from conftest import alike
from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import TaskError
from elman.kinds import audio
from elman.kinds.audio import Recording
from sounds import save, tone

TONES = {"low": 300, "high": 1_500}
SMALL = {"hidden_size": 24, "embedding_size": 24, "num_layers": 1, "batch_tokens": 500, "dropout": 0.0, "seed": 1}


def said(words: list[str], seed: int) -> np.ndarray:
    """Tones of 0.2 s, each with 0.1 s of silence before it."""
    pieces = [[np.zeros(800), tone(TONES[word], 0.2, seed=seed + i)] for i, word in enumerate(words)]
    return np.concatenate([part for piece in pieces for part in piece])


@pytest.fixture(scope="module")
def transcriber(tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    rng = np.random.default_rng(0)
    rows = ["audio,transcript"]
    for i in range(120):
        words = rng.choice(list(TONES), rng.integers(1, 5)).tolist()
        save(said(words, 10 * i), folder / "sounds" / f"{i}.wav")
        rows.append(f"{i}.wav,{' '.join(words)}")
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    table = read(folder)
    return main.fit(table, task="transcription", epochs=60, learning_rate=5e-3, **SMALL), folder


def test_a_recording_becomes_text(transcriber, tmp_path):
    model, _ = transcriber
    assert (model.task.name, model.task.architecture(model.parts.settings)) == ("transcription", "many-to-many")
    assert model.parts.settings.level == "tokens"
    assert model.report.metrics["wer"]["value"] <= 0.1
    words = ["high", "high", "low", "high"]
    (answer,) = model.predict([str(save(said(words, 7), tmp_path / "new.wav"))])
    assert answer.value == " ".join(words)
    assert answer.times == sorted(answer.times) and len(answer.times) == 4
    assert answer.times[0] < 0.7 < answer.times[3]
    assert answer.to_json()["times"] == answer.times
    model.save(tmp_path / "model")
    assert alike(main.load(tmp_path / "model").predict([str(tmp_path / "new.wav")]), [answer])
    assert model.report.metrics["wer"]["value"] < model.report.baselines[0].metrics["wer"]["value"]


def test_each_recording_is_encoded_once_in_a_run(tmp_path, monkeypatch):
    """For its scale, for training and validation, for the baseline, and to be measured."""
    decoded: Counter[str] = Counter()
    encoded: Counter[str] = Counter()
    read_from = audio.read_samples

    def read_samples(path):
        decoded[str(path)] += 1
        return read_from(path)

    def recording(path, frames):
        encoded[path] += 1
        return Recording(path, frames)

    monkeypatch.setattr(audio, "read_samples", read_samples)
    monkeypatch.setattr(audio, "Recording", recording)
    words = [["high", "low"][: 1 + i % 2] for i in range(40)]
    paths = [str(save(said(each, 7 * i), tmp_path / f"{i}.wav")) for i, each in enumerate(words)]
    model = main.fit((paths, list(map(" ".join, words))), task="transcription", epochs=2, **SMALL)
    assert model.report is not None and model.report.baselines[0].name == "nearest"
    assert decoded == encoded == Counter(paths)


def test_transcripts_are_detected(tmp_path):
    rows = [f"{i}.wav,this is sentence number {i} of them" for i in range(30)]
    (tmp_path / "t.csv").write_text("\n".join(["audio,transcript", *rows]))
    found = detect(read(tmp_path / "t.csv"))
    assert (found.task, found.architecture, found.output) == ("transcription", "many-to-many", "transcript")


def test_a_transcript_that_is_too_long_for_its_recording(tmp_path):
    paths = [str(save(tone(440, 0.05, seed=i), tmp_path / f"{i}.wav")) for i in range(40)]
    texts = [f"far too many letters {i}" for i in range(40)]
    with pytest.raises(TaskError, match=r"\.wav lasts 0\.05 s, too short for its transcript 'far too"):
        main.fit((paths, texts), task="transcription", epochs=1, **SMALL)
