"""Pitches by their names, and the keys that play them."""

from __future__ import annotations

from elman.kinds.keyboard import KEYS, LOWEST, on_keyboard, pitch_name, pitch_of


def test_names_of_pitches():
    assert [pitch_name(pitch) for pitch in (21, 60, 61, 69, 108)] == ["A0", "C4", "C#4", "A4", "C8"]
    assert [pitch_of(name) for name in ("A0", "c4", "Db4", "A4", "C8", "B#3", "E♭4")] == [21, 60, 61, 69, 108, 60, 63]
    assert all(pitch_of(pitch_name(pitch)) == pitch for pitch in range(LOWEST, LOWEST + KEYS))
    keys = [on_keyboard(pitch) for pitch in range(128)]
    assert keys[21:109] == list(range(88))
    assert all(0 <= key < 88 and (key + LOWEST - pitch) % 12 == 0 for pitch, key in enumerate(keys))
