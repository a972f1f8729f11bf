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

from elman.errors import DataFileError, ElmanError
from elman.extras import needed
from elman.kinds.files import Decoded, faults_of, paths_of, spread
from elman.kinds.naming import FileKind
from elman.kinds.statistics import VectorFeatures
from elman.paths import existing_file
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
LOWEST_RATE = 400
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
    """

    name = "audio"
    example = "recording.wav"
    suffixes = frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff"})
    files_are, one_is = "recordings", "recording"
    usual_inputs = frozenset({"audio", "sound", "recording"})
    uses = frozenset({"mels"})
    decodes = True

    def __init__(self, mels: int = 40):
        self.mels = mels
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
        return cls(settings.mels)

    def linear_features(self) -> VectorFeatures:
        return VectorFeatures("order_free", "averaging over time")

    def steps(self, encoded: Recording) -> int:
        return encoded.frames

    def element_names(self, encoded: Recording, steps: int) -> list[str]:
        """The second at which each step begins; a network makes one of 1, 2, 4, ... frames."""
        frames = next((2**k for k in range(20) if -(-encoded.frames // 2**k) <= steps), 1)
        return [f"{step * frames * SHIFT / 1000:.2f} s" for step in range(steps)]

    def collate(self, encoded: Sequence[Recording]) -> Sequences:
        """``[N, mels]`` float32"""
        found = [self.recordings[recording.path] for recording in encoded]
        return Sequences.of(found, np.zeros((0, self.mels), np.float32))

    def _decode(self, path: Path) -> NDArray[np.float16]:
        """``[T, mels]``"""
        frames = self._frames(path, self.rate)
        return (frames - frames.mean()).astype(np.float16)

    def _frames(self, path: Path, wanted: int) -> NDArray[np.float32]:
        """``[T, mels]`` of a recording brought to the rate that is ``wanted``."""
        samples, rate = read_samples(path)
        if rate != wanted:
            samples = needed("soxr").resample(samples, rate, wanted)
        try:
            frames = log_mel(samples, wanted, self.mels)
        except ValueError as problem:
            raise DataFileError(
                f"has {rate:,} samples a second, too few to tell {self.mels} bands apart ({problem}). Leave it out, or "
                "ask for fewer by --set mels=20.",
                path,
            ) from None
        if not len(frames):
            raise DataFileError(f"is shorter than {SHIFT / 2:g} ms: there is nothing to hear. Leave it out.", path)
        return frames

    def summaries(self, encoded: Sequence[Recording]) -> NDArray[np.float32]:
        """``[n, 2 * mels]``: mean and deviation of each band over time, which say nothing of order."""
        frames = (self.recordings[recording.path].astype(np.float32) for recording in encoded)
        figures = [np.concatenate([f.mean(0), f.std(0)]) for f in frames]
        return np.array(figures, np.float32).reshape(len(figures), 2 * self.mels)

    def state(self) -> dict[str, Any]:
        return {"mels": self.mels, "rate": self.rate, "mean": self.mean, "scale": self.scale}

    def load_state(self, state: dict[str, Any]) -> None:
        self.mels, self.rate = int(state["mels"]), int(state["rate"])
        self.mean, self.scale = ([float(number) for number in state[name]] for name in ("mean", "scale"))
        if {len(self.mean), len(self.scale)} != {self.mels} or not 1 <= self.rate <= HIGHEST_RATE:
            raise ValueError(f"{self.mels} bands of {self.rate} samples a second can't be")


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
            raise DataFileError(
                f"holds {file.frames / file.samplerate / 60:.0f} minutes of sound, too many to decode at once. Cut it "
                "into pieces.",
                path,
            )
        try:
            channels = file.read(dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as problem:
            raise DataFileError(
                f"is damaged or cut off ({problem.error_string}). Fetch it again, or leave it out.", path
            ) from None
        if file.samplerate < LOWEST_RATE:
            raise DataFileError(f"has {file.samplerate:,} samples a second, too few for sound. Leave it out.", path)
        if not len(channels):
            raise DataFileError("holds no sound at all. Leave it out.", path)
        if not np.isfinite(channels).all():
            raise DataFileError("holds samples that are no finite numbers. Record or convert it again.", path)
        if np.abs(channels).max() > LOUDEST:
            raise DataFileError("holds samples far beyond those from -1 to 1. Convert it again.", path)
        return channels.mean(axis=1), file.samplerate


def log_mel(samples: NDArray[np.float32], rate: int, mels: int) -> NDArray[np.float32]:
    """``[T, mels]``: one frame for every ``SHIFT`` ms, its first and last ones with the sound mirrored at the ends."""
    fbank = needed("kaldi_native_fbank")
    options = fbank.FbankOptions()
    options.frame_opts.samp_freq = rate
    options.frame_opts.frame_length_ms, options.frame_opts.frame_shift_ms = WINDOW, SHIFT
    options.frame_opts.dither = 0.0  # the same recording gives the same frames
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = mels
    computer = fbank.OnlineFbank(options)
    computer.accept_waveform(rate, (32_768 * samples).tolist())  # Kaldi counts in steps of 16 bits
    computer.input_finished()
    frames = [computer.get_frame(t) for t in range(computer.num_frames_ready)]
    return np.stack(frames) if frames else np.zeros((0, mels), np.float32)
