"""Tunes as tokens and as chords."""

from __future__ import annotations

import json

import numpy as np
import pytest

from conftest import shared_data
from elman.errors import TaskError
from elman.kinds import ChordsKind, MelodyKind, from_json, to_json
from elman.kinds.midi import Note, Tune
from elman.kinds.notes import (
    KEYS,
    LOWEST,
    fitting_grid,
    is_melody,
    on_keyboard,
    pitch_name,
    pitch_of,
    rows_of,
    tune_of,
)
from tunes import melody, midi, named, note

RNG = np.random.default_rng(0)

TUNES = [[60, 60, 62, -1, 64, 64], [67, 65, 65], [62]]


def fitted(kind, cells=TUNES, **options):
    column = kind(**options)
    column.fit(cells)
    return column


def random_tune(steps, seed, voices=4):
    generator = np.random.default_rng(seed)
    return [
        sorted(generator.choice(range(30, 100), size=generator.integers(0, voices + 1), replace=False).tolist())
        for _ in range(steps)
    ]


# -- melodies ---------------------------------------------------------------------------------


def test_a_melody_is_pitches_and_lengths():
    column = fitted(MelodyKind, grid=2)
    (tune,) = column.encode([[60, 60, 62, None, -1, 64]])
    assert column.written(tune) == "C4 2 D4 1 R 2 E4 1"
    assert column.tune(tune).notes == (Note(0, 1, 60), Note(1, 1.5, 62), Note(2.5, 3, 64))
    assert np.array_equal(column.opening("C4 2 D4 1 R 2 E4 1"), tune)


@pytest.mark.parametrize("steps", [0, 1, 2, 63])
def test_batches_begin_and_end(steps):
    column = fitted(MelodyKind)
    pitches = [60 + i * 7 % 12 for i in range(steps)]
    (tune,) = column.encode([pitches])
    assert len(tune) == 2 * steps and column.steps(tune) == 2 * steps + 1
    end = column.vocabulary.end_id
    assert column.collate([tune, tune]).ids.values.tolist() == 2 * [end, *tune.tolist()]
    assert column.targets([tune, tune]).values.tolist() == 2 * [*tune.tolist(), end]
    assert [n.pitch for n in column.tune(tune).notes] == pitches


def test_long_notes_are_several_events():
    column = fitted(MelodyKind)
    assert column.written(column.encode([19 * [60]])[0]) == "C4 8 C4 8 C4 3"


def test_legato_is_cut_and_chords_are_refused(tmp_path):
    (tmp_path / "legato.mid").write_bytes(midi([*note(0, 1.05, 60), *note(1, 2.1, 62), *note(2, 3, 64)]))
    (tmp_path / "chord.mid").write_bytes(midi([*note(0, 1, 60), *note(1, 2, 62), *note(1, 2, 65)]))
    column = fitted(MelodyKind, [str(tmp_path / "legato.mid")], grid=4)
    assert column.written(column.encode([str(tmp_path / "legato.mid")])[0]) == "C4 4 D4 4 E4 4"
    with pytest.raises(TaskError, match=r"chord\.mid has notes that sound together \(D4 and F4 at quarter note 2\)"):
        column.encode([str(tmp_path / "chord.mid")])
    assert is_melody(tune_of(str(tmp_path / "legato.mid")))
    assert not is_melody(tune_of(str(tmp_path / "chord.mid")))
    assert not is_melody(Tune((Note(0, 2, 60), Note(1, 3, 62))))


def test_a_pitch_follows_a_length_and_the_other_way_round():
    column = fitted(MelodyKind)
    keys = {pitch_name(pitch) for pitch in range(LOWEST, LOWEST + KEYS)}
    for given in ("", "R 2", "C4 1", "C8 2 A0 3"):
        named = dict(column.next_elements(column.opening(given), RNG.normal(size=len(column.vocabulary))))
        assert set(named) == {"</s>", "R", *keys}
        assert sum(named.values()) == pytest.approx(1.0, abs=1e-5)
        for token in column.fits_next(column.opening(given)).nonzero()[0].tolist():
            following = column.written(np.append(column.opening(given), token))
            assert token == column.vocabulary.end_id or following.split()[-1] in named
    for given in ("C4", "R", "C8 2 A0"):
        named = column.next_elements(column.opening(given), RNG.normal(size=len(column.vocabulary)))
        assert [name for name, _ in named] == list(map(str, range(1, 9)))


def test_later_pitches_count_from_the_first():
    column = fitted(MelodyKind)
    tunes = column.encode([[62, 64, -1, 59], [100, 102, -1, 97]])
    assert np.array_equal(tunes[0][1:], tunes[1][1:]) and tunes[0][0] != tunes[1][0]
    assert column.vocabulary.decode(tunes[0].tolist()) == ["D4", "1", "+2", "1", "R", "1", "-3", "1"]
    assert column.written(column.encode([[-1, 21, 108]])[0]) == "R 1 A0 1 C8 1"


def test_an_opening_may_leave_lengths_out():
    column = fitted(MelodyKind, grid=2)
    assert column.written(column.opening("c4 Bb3 1 R F#5")) == "C4 2 A#3 1 R 2 F#5"
    assert column.opening("").shape == (0,)
    for wrong, shown in (("H4", "H4"), ("C", "C"), ("4", "4"), ("C4 99", "99"), ("C9", "C9"), ("lovely", "lovely")):
        with pytest.raises(TaskError, match=rf"'{shown}' is no note of a piano"):
            column.opening(wrong)


# -- chords -----------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 63])
def test_chords_are_what_the_lists_hold(steps):
    tune = random_tune(steps, steps)
    column = fitted(ChordsKind, [tune, [[60]]])
    (chords,) = column.encode([tune])
    filled = tune[: max(t for t, pitches in enumerate(tune) if pitches) + 1]
    assert [(np.flatnonzero(row) + LOWEST).tolist() for row in chords] == filled
    assert np.array_equal(column.elements(column.tune(chords)), chords)
    assert np.array_equal(column.opening(column.written(chords)), chords)


def test_batches_of_chords():
    column = fitted(ChordsKind)
    tunes = column.encode([[*random_tune(5, 1), [50]], [[60], [61]]])
    read, targets = column.collate(tunes), column.targets(tunes)
    assert read.values.shape == (9 + 1, KEYS) and targets.values.shape == (9 + 1, KEYS + 1)
    assert read.lengths.tolist() == targets.lengths.tolist() == [7, 3] == [column.steps(tune) for tune in tunes]
    assert not read.values[0].any() and not read.values[7].any()
    assert np.array_equal(read.values[1:7], targets.values[:6, :KEYS]) and np.array_equal(read.values[1:7], tunes[0])
    assert targets.values[:, KEYS].tolist() == [0] * 6 + [1] + [0, 0] + [1]
    assert not targets.values[6, :KEYS].any()


def test_summaries_know_no_order():
    column = fitted(ChordsKind)
    tune = [*random_tune(20, 3), [40]]
    first, shuffled = column.summaries(column.encode([tune, [*tune[:20][::-1], [40]]]))
    np.testing.assert_allclose(first, shuffled)
    assert first[40 - LOWEST] == pytest.approx(sum(40 in step for step in tune) / 21)


# -- both -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MelodyKind, ChordsKind])
def test_other_keys_shift_every_note_alike(kind):
    column = fitted(kind)
    (tune,) = column.encode([TUNES[0]])
    for by in (-39, -5, 0, 7, 44):
        shifted = column.tune(column.transposed(tune, by))
        assert shifted.notes == tuple(Note(n.start, n.end, n.pitch + by) for n in column.tune(tune).notes)
    drawn = {column.tune(column.varied(tune, np.random.default_rng(seed))).notes[0].pitch for seed in range(200)}
    assert drawn == set(range(54, 66))


@pytest.mark.parametrize("kind", [MelodyKind, ChordsKind])
def test_no_other_keys_where_they_don_t_fit_or_all_tunes_are_in_one(kind):
    column = fitted(kind)
    for pitch in (21, 108):
        (tune,) = column.encode([[pitch]])
        drawn = [column.tune(column.varied(tune, np.random.default_rng(seed))).notes[0].pitch for seed in range(9)]
        assert all(21 <= p <= 108 for p in drawn) and len(set(drawn)) > 1
    same = fitted(kind, [[64, 60], [67, 72], [62, 48], [60, 62]])
    assert same.one_key
    (tune,) = same.encode([[64, 60]])
    assert all(np.array_equal(same.varied(tune, np.random.default_rng(seed)), tune) for seed in range(9))


@pytest.mark.parametrize("kind", [MelodyKind, ChordsKind])
def test_saved_and_loaded(kind):
    column = fitted(kind, grid=3)
    again = from_json(json.loads(json.dumps(to_json(column))))
    assert again.state() == column.state()
    assert all(map(np.array_equal, again.encode(TUNES), column.encode(TUNES)))
    assert again.written(again.encode(TUNES)[0]) == column.written(column.encode(TUNES)[0])


@pytest.mark.parametrize(
    ("length", "offset", "grid"), [(1, 0, 1), (0.5, 0, 2), (1 / 3, 0, 3), (0.25, 0, 4), (0.125, 0.5, 8), (0.37, 0.1, 4)]
)
def test_the_coarsest_grid_that_fits(length, offset, grid):
    tune = Tune(tuple(Note(offset + i * length, offset + (i + 1) * length, 60 + i % 2) for i in range(400)))
    assert fitting_grid([tune]) == grid


def test_a_few_notes_between_do_no_harm():
    steady = [Note(i, i + 1, 60) for i in range(1_000)]
    assert fitting_grid([Tune((*steady, Note(1_000.5, 1_000.75, 60)))]) == 1
    assert fitting_grid([Tune((*steady, *(Note(i + 0.5, i + 0.75, 60) for i in range(20))))]) == 4


def test_voices(tmp_path):
    path = tmp_path / "two.mid"
    path.write_bytes(midi([named("high"), *melody([72, 74])], [named("low"), *melody([48, 50])]))
    assert [n.pitch for n in tune_of(str(path), voice="low").notes] == [48, 50]
    with pytest.raises(TaskError, match=r"two\.mid has no voice 'tenor'; its voices are high, low"):
        tune_of(str(path), voice="tenor")
    parts = [[74, 70], [74, 69], [72, -1]]
    assert [n.pitch for n in tune_of(parts, voice="1").notes] == [74, 72]
    assert tune_of(parts, voice="2").notes == (Note(0, 1, 70, "2"), Note(1, 2, 69, "2"))
    assert len(tune_of(parts).notes) == 4
    assert [n.pitch for n in tune_of([60, 62], voice="soprano").notes] == [60, 62]


@pytest.mark.parametrize("cell", [[60, 200], [60.5], ["C4"], 60, None, [[60, [61]]], {"a": 1}])
def test_what_is_no_tune(cell):
    with pytest.raises(TaskError, match="is no tune"):
        tune_of(cell)


def test_tunes_without_notes():
    for kind in (MelodyKind, ChordsKind):
        with pytest.raises(TaskError, match="no notes at all"):
            fitted(kind, [[-1, -1], []])


def test_an_opening_is_the_first_quarter_notes_of_a_file(tmp_path):
    path = tmp_path / "long.mid"
    path.write_bytes(midi(melody([60 + i % 3 for i in range(13)], 1.5)))
    chords, notes = (fitted(kind, [str(path)]).opening(str(path)) for kind in (ChordsKind, MelodyKind))
    assert len(chords) == 32 and len(notes) == 2 * 11
    assert fitted(MelodyKind, [str(path)]).tune(notes).length == 16


def test_names_of_pitches():
    assert [pitch_name(pitch) for pitch in (21, 60, 61, 69, 108)] == ["A0", "C4", "C#4", "A4", "C8"]
    assert [pitch_of(name) for name in ("A0", "c4", "Db4", "A4", "C8", "B#3", "E♭4")] == [21, 60, 61, 69, 108, 60, 63]
    assert all(pitch_of(pitch_name(pitch)) == pitch for pitch in range(LOWEST, LOWEST + KEYS))
    keys = [on_keyboard(pitch) for pitch in range(128)]
    assert keys[21:109] == list(range(88))
    assert all(0 <= key < 88 and (key + LOWEST - pitch) % 12 == 0 for pitch, key in enumerate(keys))


def test_real_chorales():
    """MIDI files and the lists that they were made from tell the same."""
    import gzip

    folder = shared_data("jsb_chorales")
    with gzip.open(folder / "Jsb16thSeparated.json.gz") as file:
        lists = json.load(file)["valid"][:20]
    paths = [str(folder / f"midi/valid/chorale_{i:03}.mid") for i in range(20)]
    from_files, from_lists = fitted(ChordsKind, paths), fitted(ChordsKind, lists, grid=4)
    assert from_files.grid == 4 and not from_files.one_key
    assert all(map(np.array_equal, from_files.encode(paths), from_lists.encode(lists)))
    soprano, first = fitted(MelodyKind, paths, voice="soprano"), fitted(MelodyKind, lists, grid=4, voice="1")
    assert all(map(np.array_equal, soprano.encode(paths), first.encode(lists)))


@pytest.mark.parametrize(
    ("steps", "pitches"),
    [
        ([], True),
        ([60, -1, None], True),
        ([[60, 64], [], [127]], True),
        ([128], False),
        ([-2], False),
        ([60.0], False),
        ([True], False),
        (["C4"], False),
        ([[60, [1]]], False),
    ],
)
def test_pitches(steps, pitches):
    assert (rows_of(steps) is not None) is pitches
