"""Recordings that tests make, written by the standard library's ``wave``."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def tone(hertz: float, seconds: float = 0.3, rate: int = 8_000, seed: int = 0) -> NDArray[np.float64]:
    """``[n]`` from -1 to 1: a sine in a little noise."""
    times = np.arange(round(seconds * rate)) / rate
    return 0.5 * np.sin(2 * np.pi * hertz * times) + 0.01 * np.random.default_rng(seed).normal(size=len(times))


def save(samples: NDArray, path: Path, rate: int = 8_000, bits: int = 16) -> Path:
    """Samples ``[n]`` or ``[n, channels]`` from -1 to 1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = samples[:, None] if samples.ndim == 1 else samples
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        if bits == 8:  # without a sign, by the format's own rule
            file.writeframes(np.rint(127 * samples + 128).astype(np.uint8).tobytes())
        else:
            file.writeframes(np.rint(32_767 * samples).astype("<i2").tobytes())
    return path


def class_names(folder: Path, each: int = 16) -> Path:
    """``folder/<class>_<n>.wav``: low and high tones of differing length."""
    for number in range(each):
        for label, hertz in (("low", 300), ("high", 1_200)):
            length = 0.2 + 0.02 * number
            save(tone(hertz + 5 * number, length, seed=number), folder / f"{label}_{number}.wav")
    return folder
