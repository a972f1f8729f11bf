# pyright: strict
"""Recordings: any rate and any number of channels in, frames of log-mel energies out."""

from __future__ import annotations

import io
import os
import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataFileError, ElmanError, TaskError
from elman.extras import needed
from elman.kinds.base import Before
from elman.kinds.files import Decoded, faults_of, paths_of, spread
from elman.kinds.naming import FileKind
from elman.kinds.statistics import VectorFeatures
from elman.paths import existing_file, is_path
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.settings import Settings

HIGHEST_RATE = 16_000
"""Hertz; recordings of a higher rate are brought down to this, which keeps all of speech."""
LOOKED_AT = 500
"""Training recordings that the rate and the scale are learned from."""
WINDOW, SHIFT = 25.0, 10.0
"""Milliseconds that a frame looks at, and from one frame to the next."""
MOST_SAMPLES = 100_000_000
PIECE = 1 << 20
"""Samples that are numbers of Python at once, each of which takes eight times as much memory."""
LOWEST_RATE = 400
CLIPPED = 8.0
"""Samples that come in pieces aren't beyond this, since nothing can tell later how they are to be scaled."""
LOUDEST = 1e6
"""Samples are from -1 to 1; those that somebody forgot to scale, up to some ten thousands."""


class Recording(NamedTuple):
    """An encoded cell: the file, and how many frames it has."""

    path: str
    frames: int


class AudioKind(FileKind):
    """A path to a recording; it is decoded when a batch needs it.

    Recordings are made mono, at the rate that is commonest in the training part (``HIGHEST_RATE`` at most), and cut
    into frames: the logarithm of the energy in each of ``mels`` bands (Davis & Mermelstein 1980, in Kaldi's form). The
    recording's mean is taken off, so that loudness doesn't count; each band is scaled by the training part.

    stacked: frames that stand side by side as one step (Sak et al. 2015); they are those of whole windows, and their
             mean stays, so that sound can come in pieces: samples, at the kind's rate. 0: a step is a frame, and a
             recording is read as a whole
    """

    name = "audio"
    example = "recording.wav"
    suffixes = frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff"})
    files_are, one_is = "recordings", "recording"
    usual_inputs = frozenset({"audio", "sound", "recording"})
    uses = frozenset({"mels", "whole_recordings"})
    decodes = True
    in_pieces = True

    def __init__(self, mels: int = 40, stacked: int = 0):
        self.mels, self.stacked = mels, stacked
        self._forget()

    def _forget(self) -> None:
        """Nothing was decoded yet, at the rate there is now."""
        self.recordings, self.encoded = Decoded(self._decode), dict[str, Recording]()

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        return faults_of(cells, "recording", lambda cell: self._frames(existing_file(str(cell)), HIGHEST_RATE))

    def fit(self, cells: Sequence[Any]) -> None:
        looked_at = spread(paths_of(cells, "recording"), LOOKED_AT)
        rates = Counter(rate_of(existing_file(path)) for path in looked_at)
        self.rate = min(HIGHEST_RATE, rates.most_common(1)[0][0])
        self._forget()
        frames = np.concatenate([self.recordings[path] for path in looked_at])
        mean, deviation = frames.mean(0, dtype=np.float64), frames.std(0, dtype=np.float64)
        self.mean, self.scale = mean.tolist(), np.maximum(deviation, 1e-2).tolist()

    def encode(self, cells: Sequence[Any]) -> list[Recording]:
        """Recordings, each of which could be decoded. Raises DataFileError for the first that can't.

        A file is encoded when it is asked for first: training, baselines and predictions see the same cells.
        """
        paths = paths_of(cells, "recording")
        for path in paths:
            if path not in self.encoded:
                self.encoded[path] = Recording(path, len(self.recordings[path]))
        return [self.encoded[path] for path in paths]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings.mels, 0 if settings.whole_recordings else settings.subsampling)

    def linear_features(self) -> VectorFeatures:
        return VectorFeatures("order_free", "averaging over time")

    def steps(self, encoded: Recording) -> int:
        return encoded.frames // max(1, self.stacked)

    def element_names(self, encoded: Recording, steps: int) -> list[str]:
        """The second at which each step begins; a network makes one of 1, 2, 4, ... frames."""
        frames = next((2**k for k in range(20) if -(-encoded.frames // 2**k) <= steps), 1)
        return [f"{step * frames * SHIFT / 1000:.2f} s" for step in range(steps)]

    def collate(self, encoded: Sequence[Recording]) -> Sequences:
        """``[N, mels]`` float32; those of a step side by side."""
        return self._steps([self.recordings[recording.path] for recording in encoded])

    def _steps(self, frames: Sequence[NDArray[np.float16]]) -> Sequences:
        size = self.mels * max(1, self.stacked)
        return Sequences.of([one.reshape(-1, size) for one in frames], np.zeros((0, size), np.float32))

    def _decode(self, path: Path) -> NDArray[np.float16]:
        """``[T, mels]``"""
        frames = self._frames(path, self.rate)
        return (frames if self.stacked else frames - frames.mean()).astype(np.float16)

    def _frames(self, path: Path, wanted: int) -> NDArray[np.float32]:
        """``[T, mels]`` of a recording brought to the rate that is ``wanted``."""
        samples, rate = read_samples(path)
        if rate != wanted:
            if len(samples) * wanted > MOST_SAMPLES * rate:
                raise too_long(path, len(samples) / rate)
            samples = needed("soxr").resample(samples, rate, wanted)
        try:
            frames = log_mel(samples, wanted, self.mels, mirrored=not self.stacked)
        except ValueError as problem:
            raise DataFileError(
                f"has {rate:,} samples a second, too few to tell {self.mels} bands apart ({problem}). Leave it out, or "
                "ask for fewer by --set mels=20.",
                path,
            ) from None
        frames = frames[: len(frames) - len(frames) % max(1, self.stacked)]
        if not len(frames):
            least = WINDOW + (self.stacked - 1) * SHIFT if self.stacked else SHIFT / 2
            raise DataFileError(f"is shorter than {least:g} ms: there is nothing to hear. Leave it out.", path)
        return frames

    def summaries(self, encoded: Sequence[Recording]) -> NDArray[np.float32]:
        """``[n, 2 * mels]``: mean and deviation of each band over time, which say nothing of order."""
        frames = (self.recordings[recording.path].astype(np.float32) for recording in encoded)
        figures = [np.concatenate([f.mean(0), f.std(0)]) for f in frames]
        return np.array(figures, np.float32).reshape(len(figures), 2 * self.mels)

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("mels", "stacked", "rate", "mean", "scale")}

    def load_state(self, state: dict[str, Any]) -> None:
        self.mels, self.stacked, self.rate = (int(state[name]) for name in ("mels", "stacked", "rate"))
        self.mean, self.scale = ([float(number) for number in state[name]] for name in ("mean", "scale"))
        if {len(self.mean), len(self.scale)} != {self.mels} or not 1 <= self.rate <= HIGHEST_RATE:
            raise ValueError(f"{self.mels} bands of {self.rate} samples a second can't be")
        if self.stacked not in (0, 1, 2, 4):
            raise ValueError(f"{self.stacked} frames side by side can't be")

    # -- piece by piece -----------------------------------------------------------------------

    def why_whole(self) -> str:
        return "" if self.stacked else "a recording's loudness is taken off it, and its frames are convolved"

    @property
    def nothing_before(self) -> Before:  # pyright: ignore[reportIncompatibleVariableOverride]
        """How many samples wait for their step to be whole, and these, two in each number."""
        return (0, *[0] * (self._most_waiting // 2))

    @property
    def _most_waiting(self) -> int:
        """An even number; a step is whole before so many samples wait."""
        window, shift = spans_of(self.rate)
        return 2 * -(-(window + self.stacked * shift) // 2)

    def piece(self, given: Any) -> NDArray[np.float32]:
        """Samples ``[n]``: numbers from -1 to 1, or 16-bit whole numbers of NumPy; or the path to a recording."""
        if is_path(given):
            samples, rate = read_samples(existing_file(str(given)))
            if rate != self.rate:
                raise TaskError(f"{given} has {rate:,} samples a second; this model hears {self.rate:,}: resample it")
            return samples
        array = np.asarray(given)
        if array.dtype == np.int16:
            array = array / np.float32(32_768)
        if array.ndim != 1 or array.dtype.kind != "f" or not (np.abs(array) <= CLIPPED).all():
            raise TaskError(
                f"a piece of sound is samples from -1 to 1, {self.rate:,} a second, of one channel: a list of floats, "
                f"or an array of floats or of int16; got {given!r:.80}"
            )
        return array.astype(np.float32)

    def next_batch(self, given: Sequence[Any], before: Sequence[Before]) -> tuple[Sequences, list[Before]]:
        pieces = [np.concatenate([waiting(one), self.piece(piece)]) for piece, one in zip(given, before, strict=True)]
        frames = [log_mel(samples, self.rate, self.mels, mirrored=False).astype(np.float16) for samples in pieces]
        whole = [one[: len(one) - len(one) % self.stacked] for one in frames]
        _, shift = spans_of(self.rate)
        rest = [samples[len(one) * shift :] for samples, one in zip(pieces, whole, strict=True)]
        return self._steps(whole), [self._remembered(samples) for samples in rest]

    def _remembered(self, samples: NDArray[np.float32]) -> Before:
        filled = np.zeros(self._most_waiting, "<f4")
        filled[: len(samples)] = samples
        return (len(samples), *filled.view("<i8").tolist())

    def can_follow(self, before: Before) -> bool:
        samples = np.array(before[1:], "<i8").view("<f4")
        here, later = samples[: before[0]], samples[max(0, before[0]) :]
        there = 0 <= before[0] < self._most_waiting and len(samples) == self._most_waiting
        return there and bool((np.abs(here) <= LOUDEST).all()) and not later.any()


def waiting(before: Before) -> NDArray[np.float32]:
    """The samples that are remembered."""
    return np.array(before[1:], "<i8").view("<f4")[: before[0]]


# -- files ------------------------------------------------------------------------------------


def rate_of(path: Path) -> int:
    """Samples per second, from the head of the file."""
    with open_recording(path) as file:
        return file.samplerate


def open_recording(path: Path) -> Any:
    """A ``soundfile.SoundFile``. Raises DataFileError for what isn't one."""
    soundfile = needed("soundfile")
    try:
        return soundfile.SoundFile(with_length(path))
    except soundfile.LibsndfileError as problem:
        why = problem.error_string if path.stat().st_size else "it is empty"
        raise DataFileError(
            f"isn't a recording that can be read ({why}). Expected WAV, FLAC, OGG or MP3: save it as one, or leave it "
            "out.",
            path,
        ) from None


def with_length(path: Path) -> Path | io.BytesIO:
    """The file; or a WAV file that doesn't say how long it is, as programs leave it that were stopped, with its length.

    Raises DataFileError for a WAV or AIFF file that promises more sound than it holds.
    """
    with open(path, "rb") as file:
        form, _, kind = struct.unpack("4s4s4s", file.read(12).ljust(12))
        if (form, kind) not in SIZED:
            return path
        order = "<" if form == b"RIFF" else ">"
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack(f"{order}4sI", head)
            if name not in (b"data", b"SSND"):
                file.seek(size + size % 2, os.SEEK_CUR)
                continue
            start = file.tell()
            there = path.stat().st_size - start
            if there + 1 < size < ENDLESS:
                raise DataFileError(
                    f"is cut off: it promises {size:,} bytes of sound, and holds {there:,}. Fetch it again, or leave "
                    "it out.",
                    path,
                )
            if size or not there or order == ">":
                return path
            if there > 8 * MOST_SAMPLES:  # bytes of a sample, at most
                raise DataFileError(
                    f"holds {there / 1e9:.1f} GB of sound, too much to decode. Cut it into pieces.", path
                )
            file.seek(0)
            data = bytearray(file.read())
            data[start - 4 : start] = struct.pack("<I", there)
            return io.BytesIO(data)
    return path


SIZED = ((b"RIFF", b"WAVE"), (b"FORM", b"AIFF"), (b"FORM", b"AIFC"))
ENDLESS = 0x7FFF0000
"""Bytes from which on a file was written as it came, with no end in sight; it is read as far as it goes."""


def read_samples(path: Path) -> tuple[NDArray[np.float32], int]:
    """Samples ``[n]`` from -1 to 1, the mean of all channels, and their rate. Raises DataFileError."""
    soundfile = needed("soundfile")
    with open_recording(path) as file:
        if file.frames * file.channels > MOST_SAMPLES:
            raise too_long(path, file.frames / file.samplerate)
        try:
            channels = file.read(dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, ValueError) as problem:  # a ValueError for one that says it has no end
            why = getattr(problem, "error_string", problem)
            raise DataFileError(f"is damaged or cut off ({why}). Fetch it again, or leave it out.", path) from None
        if file.samplerate < LOWEST_RATE:
            raise DataFileError(f"has {file.samplerate:,} samples a second, too few for sound. Leave it out.", path)
        if not len(channels):
            raise DataFileError("holds no sound at all. Leave it out.", path)
        if not np.isfinite(channels).all():
            raise DataFileError("holds samples that are no finite numbers. Record or convert it again.", path)
        if np.abs(channels).max() > LOUDEST:
            raise DataFileError("holds samples far beyond those from -1 to 1. Convert it again.", path)
        return channels.mean(axis=1), file.samplerate


def too_long(path: Path, seconds: float) -> DataFileError:
    return DataFileError(
        f"holds {seconds / 60:.0f} minutes of sound, too many to decode at once. Cut it into pieces.", path
    )


def spans_of(rate: int) -> tuple[int, int]:
    """Samples of a window, and from one to the next, as Kaldi counts them."""
    return int(rate * 0.001 * WINDOW), int(rate * 0.001 * SHIFT)


def log_mel(samples: NDArray[np.float32], rate: int, mels: int, *, mirrored: bool = True) -> NDArray[np.float32]:
    """``[T, mels]``: one frame for every ``SHIFT`` ms, its first and last ones with the sound ``mirrored`` at the ends;
    or without those."""
    fbank = needed("kaldi_native_fbank")
    options = fbank.FbankOptions()
    options.frame_opts.samp_freq = rate
    options.frame_opts.frame_length_ms, options.frame_opts.frame_shift_ms = WINDOW, SHIFT
    options.frame_opts.dither = 0.0  # the same recording gives the same frames
    options.frame_opts.snip_edges = not mirrored
    options.mel_opts.num_bins = mels
    computer = fbank.OnlineFbank(options)
    for start in range(0, len(samples), PIECE):
        computer.accept_waveform(rate, (32_768 * samples[start : start + PIECE]).tolist())  # in steps of 16 bits
    computer.input_finished()
    frames = [computer.get_frame(t) for t in range(computer.num_frames_ready)]
    return np.stack(frames) if frames else np.zeros((0, mels), np.float32)
