"""Recordings: decoded as ``wave`` does, of any rate and form; frames that show the tones that are in them."""

from __future__ import annotations

import json
import re
import struct
import sys

import numpy as np
import pytest
import soundfile

from elman import kinds
from elman.errors import DataFileError, ExtraMissingError, TaskError
from elman.kinds import AudioKind
from elman.kinds.audio import log_mel, read_samples
from sounds import save, tone


def fitted(*paths, mels: int = 40) -> AudioKind:
    kind = AudioKind(mels)
    kind.fit([str(path) for path in paths])
    return kind


def frames_of(kind: AudioKind, path) -> np.ndarray:
    """``[T, mels]``"""
    batch = kind.collate(kind.encode([str(path)]))
    assert batch.values.dtype == np.float32 and len(batch) == 1
    return batch.values


def test_samples_are_those_that_were_written(tmp_path):
    samples = np.random.default_rng(0).uniform(-1, 1, 501)
    read, rate = read_samples(save(samples, tmp_path / "x.wav", rate=11_025))
    assert rate == 11_025
    np.testing.assert_allclose(read, samples * 32_767 / 32_768, atol=1 / 32_768)


def test_channels_are_averaged_and_eight_bits_are_enough(tmp_path):
    both = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    read, _ = read_samples(save(both, tmp_path / "stereo.wav"))
    np.testing.assert_allclose(read, both.mean(1), atol=1e-4)
    read, _ = read_samples(save(both[:, 0], tmp_path / "small.wav", bits=8))
    np.testing.assert_allclose(read, both[:, 0], atol=0.02)


@pytest.mark.parametrize("suffix", ["flac", "ogg"])
def test_other_formats_hold_the_same_sound(tmp_path, suffix):
    samples = tone(440, 0.5)
    soundfile.write(tmp_path / f"x.{suffix}", samples, 8_000)
    plain = save(samples, tmp_path / "x.wav")
    kind = fitted(plain)
    same = np.corrcoef(frames_of(kind, plain).ravel(), frames_of(kind, tmp_path / f"x.{suffix}").ravel())[0, 1]
    assert same > (0.999 if suffix == "flac" else 0.9)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000])
def test_a_tone_sounds_alike_at_every_rate(tmp_path, rate):
    kind = fitted(save(tone(1_000, 0.5), tmp_path / "at 8 kHz.wav"))
    assert kind.rate == 8_000
    frames = frames_of(kind, save(tone(1_000, 0.5, rate), tmp_path / "x.wav", rate))
    assert len(frames) == 50
    loudest = frames[5:-5].argmax(1)
    assert (loudest == frames_of(kind, tmp_path / "at 8 kHz.wav")[5:-5].argmax(1)).all()


def test_the_loudest_band_is_the_one_that_holds_the_tone():
    """Kaldi's bands are equally wide in mel = 1127 ln(1 + f / 700), from 20 Hz to half the rate."""
    lowest, highest = (1127 * np.log(1 + f / 700) for f in (20, 4_000))
    edges = np.linspace(lowest, highest, 42)
    for hertz in (200, 500, 1_000, 3_000):
        mel = 1127 * np.log(1 + hertz / 700)
        expected = np.abs(edges[1:-1] - mel).argmin()
        found = log_mel(tone(hertz, 0.5).astype(np.float32), 8_000, 40)[10:-10].argmax(1)
        assert np.abs(found - expected).max() <= 1


def test_the_rate_is_the_commonest_and_no_higher_than_speech_needs(tmp_path):
    paths = [save(tone(440, rate=rate), tmp_path / f"{i}.wav", rate) for i, rate in enumerate([8_000, 11_025, 11_025])]
    assert fitted(*paths).rate == 11_025
    assert fitted(save(tone(440, rate=48_000), tmp_path / "high.wav", 48_000)).rate == 16_000


def test_loudness_does_not_count(tmp_path):
    samples = np.random.default_rng(0).uniform(-1, 1, 4_000)
    loud, soft = save(samples, tmp_path / "loud.wav"), save(samples / 8, tmp_path / "soft.wav")
    kind = fitted(loud)
    np.testing.assert_allclose(frames_of(kind, loud), frames_of(kind, soft), atol=0.02)


@pytest.mark.parametrize("samples, frames", [(40, 1), (80, 1), (119, 1), (120, 2), (8_000, 100), (5_041, 63)])
def test_a_frame_every_ten_milliseconds(tmp_path, samples, frames):
    path = save(np.random.default_rng(1).uniform(-1, 1, samples), tmp_path / "x.wav")
    kind = fitted(save(tone(440), tmp_path / "t.wav"))
    assert frames_of(kind, path).shape == (frames, 40)
    assert kind.steps(kind.encode([str(path)])[0]) == frames


def test_the_training_part_is_standardised(tmp_path):
    paths = [save(tone(300 * i, 0.3, seed=i), tmp_path / f"{i}.wav") for i in range(1, 6)]
    kind = fitted(*paths, mels=23)
    frames = np.concatenate([frames_of(kind, path) for path in paths])
    np.testing.assert_allclose(frames.mean(0), kind.mean, atol=1e-2)
    np.testing.assert_allclose(frames.std(0), kind.scale, atol=1e-2)


def test_summaries_know_no_order(tmp_path):
    path = save(tone(600, 0.4), tmp_path / "x.wav")
    kind = fitted(path)
    (summary,) = kind.summaries(kind.encode([str(path)]))
    frames = frames_of(kind, path)
    np.testing.assert_allclose(summary, np.concatenate([frames.mean(0), frames.std(0)]), atol=1e-4)


def test_a_saved_field_hears_alike(tmp_path):
    path = save(tone(600), tmp_path / "x.wav")
    kind = fitted(path, mels=23)
    again = kinds.from_json(json.loads(json.dumps(kinds.to_json(kind))))
    assert isinstance(again, AudioKind)
    np.testing.assert_array_equal(frames_of(again, path), frames_of(kind, path))


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "isn't a recording that can be read"),
        (b"hello there", "isn't a recording that can be read"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "isn't a recording that can be read"),
    ],
)
def test_a_recording_that_is_none(tmp_path, content, message):
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(DataFileError, match=rf"x\.wav: {message}.*Expected WAV, FLAC"):
        fitted(save(tone(440), tmp_path / "t.wav")).encode([str(tmp_path / "x.wav")])


@pytest.mark.parametrize("samples, message", [(0, "holds no sound"), (39, "shorter than 5 ms")])
def test_an_empty_recording(tmp_path, samples, message):
    path = save(np.zeros(samples), tmp_path / "x.wav")
    with pytest.raises(DataFileError, match=message):
        fitted(save(tone(440), tmp_path / "t.wav")).encode([str(path)])


def test_silence_is_heard_as_silence(tmp_path):
    frames = frames_of(fitted(save(tone(440), tmp_path / "t.wav")), save(np.zeros(800), tmp_path / "x.wav"))
    np.testing.assert_allclose(frames, 0, atol=1e-3)


def test_samples_that_are_no_numbers(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([0.5, np.nan] * 500, np.float32), 8_000, subtype="FLOAT")
    with pytest.raises(DataFileError, match="no finite numbers"):
        read_samples(tmp_path / "x.wav")


def test_hours_of_sound_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("elman.kinds.audio.MOST_SAMPLES", 1_000)
    with pytest.raises(DataFileError, match=r"0 minutes of sound.*Cut it into pieces"):
        read_samples(save(tone(440, 0.3), tmp_path / "x.wav"))


def test_sound_of_few_samples_a_second_is_not_blown_up(tmp_path, monkeypatch):
    monkeypatch.setattr("elman.kinds.audio.MOST_SAMPLES", 40_000)
    path = save(tone(40, 5, rate=400), tmp_path / "x.wav", rate=400)
    found = AudioKind().faults([str(path)])
    assert "Cut it into pieces" in str(found[0])


@pytest.mark.parametrize("samples", [0, 1, 199, 200, 1_000, 2_017])
@pytest.mark.parametrize("mirrored", [False, True])
def test_frames_are_the_same_in_pieces(monkeypatch, samples, mirrored):
    sound = np.random.default_rng(samples).normal(0, 0.1, samples).astype(np.float32)
    whole = log_mel(sound, 8_000, 20, mirrored=mirrored)
    monkeypatch.setattr("elman.kinds.audio.PIECE", 63)
    np.testing.assert_array_equal(log_mel(sound, 8_000, 20, mirrored=mirrored), whole)


def test_a_recording_that_is_not_there_or_not_named(tmp_path):
    with pytest.raises(DataFileError, match="no such file"):
        fitted(tmp_path / "x.wav")
    with pytest.raises(TaskError, match="row 1 names no recording"):
        AudioKind().fit([None])


@pytest.mark.parametrize("package", ["soundfile", "kaldi_native_fbank", "soxr"])
def test_without_its_packages_the_extra_is_named(tmp_path, monkeypatch, package):
    path = save(tone(440, rate=48_000), tmp_path / "x.wav", 48_000)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExtraMissingError, match=rf"'{package}': pip install .elman\[audio\]."):
        fitted(path)


def wav_bytes(samples, form=1, bits=16, channels=1, rate=8_000, promised=None):
    """A WAV file by hand: ``promised`` bytes of sound, whatever there is."""
    block = channels * bits // 8
    about = struct.pack("<HHIIHH", form, channels, rate, rate * block, block, bits)
    size = len(samples) if promised is None else promised
    body = b"WAVEfmt " + struct.pack("<I", len(about)) + about + b"data" + struct.pack("<I", size) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


SOUND = tone(440)
SIXTEEN = (32_000 * SOUND).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("data", "tolerance"),
    [
        (wav_bytes(b"".join(int(8e6 * v).to_bytes(3, "little", signed=True) for v in SOUND), bits=24), 0.05),
        (wav_bytes((2e9 * SOUND).astype("<i4").tobytes(), bits=32), 0.1),
        (wav_bytes(SOUND.astype("<f4").tobytes(), form=3, bits=32), 1e-6),
        (wav_bytes(SOUND.astype("<f8").tobytes(), form=3, bits=64), 1e-6),
        (wav_bytes(np.repeat(SOUND.astype("<f4"), 24).tobytes(), form=3, bits=32, channels=24), 1e-6),
        (wav_bytes((127 * SOUND + 128).astype("u1").tobytes(), bits=8), 0.02),
    ],
    ids=["24 bits", "32 bits", "float", "double", "24 channels", "8 bits"],
)
def test_samples_of_every_form(tmp_path, data, tolerance):
    (tmp_path / "x.wav").write_bytes(data)
    np.testing.assert_allclose(read_samples(tmp_path / "x.wav")[0], SOUND, atol=tolerance)


@pytest.mark.parametrize("promised", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_file_that_does_not_say_how_long_it_is_is_read_to_its_end(tmp_path, promised):
    (tmp_path / "x.wav").write_bytes(wav_bytes(SIXTEEN, promised=promised))
    assert len(read_samples(tmp_path / "x.wav")[0]) == len(SOUND)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (wav_bytes(SIXTEEN)[:-100], r"is cut off: it promises 4,800 bytes of sound, and holds 4,700"),
        (wav_bytes(SIXTEEN)[:44], "is cut off"),
        (wav_bytes(SIXTEEN)[:30], "isn't a recording"),
        (b"", "it is empty"),
        (wav_bytes(SIXTEEN, rate=1), "has 1 samples a second, too few for sound"),
        (wav_bytes(np.full(800, 1e30, "<f4").tobytes(), form=3, bits=32), "far beyond those from -1 to 1"),
        (wav_bytes(SIXTEEN, channels=0), "isn't a recording"),
    ],
    ids=["cut", "no sound", "no samples' place", "empty", "rate", "loud", "no channel"],
)
def test_a_recording_that_is_damaged(tmp_path, data, message):
    (tmp_path / "x.wav").write_bytes(data)
    (fault,) = AudioKind().faults([str(tmp_path / "x.wav")]).values()
    assert re.search(rf"x\.wav: .*{message}", str(fault))


def test_bands_that_a_low_rate_cannot_tell_apart(tmp_path):
    (tmp_path / "x.wav").write_bytes(wav_bytes(SIXTEEN, rate=500))
    with pytest.raises(DataFileError, match=r"x\.wav: has 500 samples a second, too few to tell 40 bands apart"):
        fitted(tmp_path / "x.wav")


def test_a_recording_in_a_form_that_cant_be_gone_through_is_named(tmp_path):
    """G.721, by what its header says: libsndfile opens it, and doesn't know its end."""
    path = save(tone(440, 0.05), tmp_path / "x.wav")
    data = bytearray(path.read_bytes())
    data[20:22] = b"\x40\0"
    path.write_bytes(data)
    with pytest.raises(DataFileError, match=r"x\.wav: is damaged or cut off"):
        AudioKind().fit([str(path)])
