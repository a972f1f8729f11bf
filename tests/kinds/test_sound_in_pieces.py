"""Sound that is still coming in: a model answers to samples as they come, as it does to the whole recording."""

from __future__ import annotations

import numpy as np
import pytest

import elman
from elman.errors import BundleError, TaskError
from elman.kinds import AudioKind
from elman.kinds.audio import log_mel, read_samples
from sounds import class_names, save, tone

RNG = np.random.default_rng(0)


def heard(kind: AudioKind, pieces) -> np.ndarray:
    """The steps ``[T, size]`` that are heard of pieces, one after another."""
    before, steps = kind.nothing_before, []
    for piece in pieces:
        batch, (before,) = kind.next_batch([piece], [before])
        assert kind.can_follow(before) and len(before) == len(kind.nothing_before)
        steps.append(batch.values)
    return np.concatenate(steps)


def cut(samples: np.ndarray, sizes) -> list[np.ndarray]:
    return np.split(samples, np.cumsum(sizes))


@pytest.mark.parametrize("stacked", [1, 2, 4])
@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000])
def test_pieces_of_any_size_are_heard_as_the_whole(tmp_path, rate, stacked):
    path = str(save(tone(700, 0.61, rate), tmp_path / "x.wav", rate))
    kind = AudioKind(stacked=stacked)
    kind.fit([path])
    assert kind.rate == rate
    whole = kind.collate(kind.encode([path])).values
    samples, _ = read_samples(tmp_path / "x.wav")
    assert len(whole) == kind.steps(kind.encode([path])[0]) and whole.shape[1] == 40 * stacked
    for sizes in ([], [1], [63] * 40, [0, 500, 0, 1, 2000], RNG.integers(0, 700, 12)):
        np.testing.assert_array_equal(heard(kind, cut(samples, sizes)), whole)
    np.testing.assert_array_equal(heard(kind, [path]), whole)


def test_a_step_is_frames_of_whole_windows_side_by_side(tmp_path):
    """Kaldi's frames of the samples from each tenth of a second's hundredth on, without any that is mirrored."""
    path = str(save(tone(700, 0.3), tmp_path / "x.wav"))
    kind = AudioKind(stacked=2)
    kind.fit([path])
    samples, _ = read_samples(tmp_path / "x.wav")
    steps = kind.collate(kind.encode([path])).values
    for step in (0, 3, len(steps) - 1):
        for half in (0, 1):
            first = 80 * (2 * step + half)
            (alone,) = log_mel(samples[first : first + 200], 8_000, 40, mirrored=False)
            np.testing.assert_allclose(steps[step, 40 * half : 40 * half + 40], alone, atol=0.01)


def test_many_at_once_and_whole_numbers_of_sixteen_bits(tmp_path):
    paths = [str(save(tone(300 * k, 0.2 + 0.1 * k, seed=k), tmp_path / f"{k}.wav")) for k in (1, 2, 3)]
    kind = AudioKind(stacked=2)
    kind.fit(paths)
    samples = [read_samples(tmp_path / f"{k}.wav")[0] for k in (1, 2, 3)]
    whole = [kind.collate(kind.encode([path])).values for path in paths]
    first, before = kind.next_batch([one[:777] for one in samples], [kind.nothing_before] * 3)
    given = [np.rint(32_768 * one[777:]).astype(np.int16) for one in samples]
    then, _ = kind.next_batch(given, before)
    for row in range(3):
        both = [batch.values[batch.offsets[row] :][: batch.lengths[row]] for batch in (first, then)]
        np.testing.assert_allclose(np.concatenate(both), whole[row], atol=1e-6)


@pytest.mark.parametrize(
    "piece",
    [
        [1, 2],
        np.zeros((2, 3)),
        [0.5, float("nan")],
        [3_000.0, -2_000.0],
        "no file",
        None,
        np.zeros(3, np.int32),
        {"samples": [0.5]},
    ],
    ids=["ints", "channels", "nan", "unscaled", "path", "none", "int32", "mapping"],
)
def test_a_piece_that_is_no_sound(tmp_path, piece):
    kind = AudioKind(stacked=1)
    kind.fit([str(save(tone(700), tmp_path / "x.wav"))])
    with pytest.raises(TaskError, match="a piece of sound is samples from -1 to 1, 8,000 a second"):
        kind.next_batch([piece], [kind.nothing_before])


def test_a_recording_of_another_rate_is_no_piece(tmp_path):
    kind = AudioKind(stacked=1)
    kind.fit([str(save(tone(700), tmp_path / "x.wav"))])
    with pytest.raises(TaskError, match="has 16,000 samples a second; this model hears 8,000"):
        kind.next_batch([str(save(tone(700, 0.3, 16_000), tmp_path / "y.wav", 16_000))], [kind.nothing_before])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = class_names(tmp_path_factory.mktemp("tones"))
    return elman.fit(folder, causal=True, epochs=2, members=1)


def test_a_session_answers_as_predict_does(model, tmp_path):
    path = save(tone(500, 0.4, seed=9), tmp_path / "x.wav")
    samples, _ = read_samples(path)
    (whole,) = model.predict([str(path)])
    session = model.stream()
    answer = [session.push(piece) for piece in cut(samples, RNG.integers(1, 300, 15))][-1]
    assert answer.probabilities == pytest.approx(whole.probabilities, abs=1e-5)
    assert len(session.state()) < 10_000


def test_a_session_goes_on_from_bytes_in_the_middle_of_a_window(model, tmp_path):
    samples, _ = read_samples(save(tone(500, 0.4, seed=9), tmp_path / "x.wav"))
    session = model.stream()
    session.push(samples[:1_111])
    other = model.restore(session.state())
    assert other.push(samples[1_111:]).probabilities == session.push(samples[1_111:]).probabilities


def test_before_anything_is_heard_there_is_an_answer(model):
    answer = model.stream().push([0.1] * 20)
    assert sum(answer.probabilities.values()) == pytest.approx(1)


def test_bytes_that_no_sound_leaves_are_refused(model):
    reader = model._reader
    _, *samples = model.parts.input.nothing_before
    for before in ((-1, *samples), (10**6, *samples), (0, 1, *samples[1:]), (3, -1, *samples[1:])):
        state = reader.carried.to_bytes(reader.start, before)
        with pytest.raises(BundleError, match="damaged"):
            model.restore(state)


def test_a_model_of_whole_recordings_names_the_flag(tmp_path):
    model = elman.fit(class_names(tmp_path, each=4), epochs=1)
    with pytest.raises(TaskError, match=r"loudness is taken off.*--causal"):
        model.stream()
