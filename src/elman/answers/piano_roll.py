"""A tune as a picture: time to the right, pitch upwards."""

from __future__ import annotations

import io

from elman.extras import needed
from elman.kinds.keyboard import OCTAVE, pitch_name
from elman.kinds.midi import Tune

BAR = 4
"""Quarter notes between two lines; a tune doesn't say in which metre it is."""
WIDEST = 24.0  # inches


def piano_roll(tune: Tune) -> bytes:
    """A PNG file: each note a bar from its beginning to its end, the octaves named by their C.

    Raises ExtraMissingError where matplotlib isn't installed.
    """
    figures = needed("matplotlib.figure")
    pitches = [note.pitch for note in tune.notes] or [60]
    lowest, highest = min(pitches) - 2, max(pitches) + 2
    figure = figures.Figure(
        (min(WIDEST, 2.0 + tune.length / 5), 1.2 + (highest - lowest) / 9), dpi=120, layout="constrained"
    )
    axes = figure.subplots()
    for pitch in range(lowest, highest + 1):
        if pitch % OCTAVE in (1, 3, 6, 8, 10):  # the black keys
            axes.axhspan(pitch - 0.5, pitch + 0.5, color="0.95", linewidth=0)
    axes.barh(
        [note.pitch for note in tune.notes],
        [note.end - note.start for note in tune.notes],
        left=[note.start for note in tune.notes],
        height=0.8,
        color="#0072b2",
        edgecolor="white",
        linewidth=0.8,
    )
    named = [pitch for pitch in range(lowest, highest + 1) if pitch % OCTAVE == 0] or pitches[:1]
    axes.set_yticks(named, [pitch_name(pitch) for pitch in named])
    axes.set_xticks(range(0, round(tune.length) + BAR, BAR))
    axes.set_axisbelow(True)
    axes.grid(color="0.8", linewidth=0.5)
    axes.set(xlim=(0, max(tune.length, 1)), ylim=(lowest - 0.5, highest + 0.5), xlabel="quarter notes")
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
