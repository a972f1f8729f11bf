"""Series on their grids: gaps, calendars and seasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from conftest import shared_data, there
from elman.data.audit import audit
from elman.data.detect import detect, prepared
from elman.data.readers import from_python, read
from elman.data.series import series_of
from elman.data.splits import split
from elman.dataset import DataSet
from elman.errors import TaskError
from elman.kinds.seasons import season_of
from elman.kinds.series import Series, season_of_several

RNG = np.random.default_rng(0)


def one_series(**columns):
    table = from_python(columns)
    found = detect(table, task="forecasting")
    return series_of(prepared(table, found), found.inputs, found.output)[0]


def smooth(length):
    return (10 + np.sin(np.arange(length) / 3) + np.arange(length) / 50).tolist()


@pytest.mark.parametrize(
    ("first", "step", "after", "step_name"),
    [
        ("2020-01-31", "D", "2020-02-14", "1 day"),
        ("2020-02-28 23:00:00", "h", "2020-02-29 13:00:00", "1 hour"),
        ("1999-11-01", "MS", "2001-01-01", "1 month"),
        ("2000-01-01", "QS", "2003-07-01", "3 months"),
        ("2020-01-05", "W", "2020-04-12", "1 week"),
    ],
)
def test_the_grid_agrees_with_pandas(first, step, after, step_name):
    pandas = pytest.importorskip("pandas")
    times = pandas.date_range(first, periods=14, freq=step)
    texts = [str(time) if step == "h" else str(time)[:10] for time in times]
    series = one_series(date=texts, x=smooth(14))
    assert there(series.grid).step == step_name and series.time(14) == after
    assert [series.time(i) for i in range(14)] == texts and not len(there(series.grid).gaps)


def test_gaps_become_steps_without_a_value():
    days = [f"2020-01-{day:02d}" for day in range(1, 32)]
    values = smooth(31)
    keep = [i for i in range(31) if i not in (4, 5, 20)]
    series = one_series(date=[days[i] for i in keep], x=[values[i] for i in keep])
    assert there(series.grid).gaps.tolist() == [4, 5, 20] and len(series) == 31
    assert np.flatnonzero(np.isnan(series.values[:, 0])).tolist() == [4, 5, 20]
    np.testing.assert_array_equal(series.values[keep, 0], np.array(values)[keep])


def test_the_days_that_melbourne_lacks():
    table = read(shared_data("timeseries") / "daily-min-temperatures.csv")
    found = detect(table)
    sequences = prepared(table, found)
    (series,) = series_of(sequences, found.inputs, found.output)
    assert [series.time(step) for step in there(series.grid).gaps.tolist()] == ["1984-12-31", "1988-12-31"]
    parts = split(sequences, inputs=("Temp",), output=None, seed=0, history=True)
    said = " ".join(finding.message for finding in audit(parts.train, parts.valid, parts.test, found))
    assert "1 steps of time are missing, the first 1984-12-31" in said and "repeats itself after 365 steps" in said


def test_uneven_times_are_rows_in_order():
    series = one_series(time=[int(t * t * 1.37) for t in range(1, 64)], x=smooth(63))
    assert series.grid is None and len(series) == 63 and series.time(63) == 64


def test_sunday_noon_in_july():
    series = one_series(date=[f"2023-07-02 {hour:02d}:00" for hour in range(24)], x=smooth(24))
    day, week, year = series.calendar(["day", "week", "year"])[12].reshape(3, 2)
    np.testing.assert_allclose(day, [np.sin(np.pi), np.cos(np.pi)], atol=1e-9)
    np.testing.assert_allclose(week, [np.sin(2 * np.pi * 6.5 / 7), np.cos(2 * np.pi * 6.5 / 7)])
    assert year[1] < -0.99


def test_only_cycles_that_come_often_are_shown():
    days = [str(np.datetime64("2020-01-01") + day) for day in range(1500)]
    assert one_series(date=days, x=smooth(1500)).cycles() == ["week", "year"]
    assert one_series(date=days[:1000], x=smooth(1000)).cycles() == ["week"]
    hours = [str(np.datetime64("2020-01-01T00") + hour).replace("T", " ") + ":00" for hour in range(200)]
    assert one_series(date=hours, x=smooth(200)).cycles() == ["day"]
    bare = Series(["x"], np.zeros((5, 1)), np.zeros((5, 0)))
    assert bare.cycles() == [] and bare.calendar([]).shape == (5, 0)
    with pytest.raises(TaskError, match="no regular dates"):
        bare.calendar(["day"])


def test_a_season_near_a_cycle_of_the_calendar_is_that_cycle():
    t = np.arange(2600)
    values = (np.sin(2 * np.pi * t / 365.25) + 1.0 * RNG.normal(size=len(t))).tolist()
    bare = season_of(np.array(values))
    assert bare != 365 and abs(bare - 365) <= 18
    days = [str(np.datetime64("2001-01-01") + day) for day in range(2600)]
    assert one_series(date=days, x=values).season() == 365
    fortnights = (np.sin(2 * np.pi * t / 14) + 0.1 * RNG.normal(size=len(t))).tolist()
    assert one_series(date=days, x=fortnights).season() == 14
    assert one_series(x=values).season() == bare


def test_the_calendar_says_which_season_changes_may_show():
    """Of a walk with a season of a year: found by the calendar alone, and in most columns or not at all."""
    rng = np.random.default_rng(3)
    walk, other = (2 * rng.normal(size=240).cumsum() for _ in range(2))
    values = (np.resize(3 * rng.normal(size=12), 240) + walk).tolist()
    months = [f"{2000 + m // 12}-{m % 12 + 1:02d}" for m in range(240)]
    assert season_of(np.array(values)) == 0
    assert one_series(date=months, x=values).season() == 12
    assert one_series(x=values).season() == 0
    assert one_series(date=months, x=values, y=other.tolist()).season() == 0
    assert one_series(date=months, x=values, y=values, z=other.tolist()).season() == 12


def test_the_season_of_several_series_is_one_that_some_of_them_show():
    """Whichever comes first, or is the longest; what few of them show is chance."""
    rng = np.random.default_rng(5)

    def series(values: np.ndarray) -> Series:
        return Series(["x"], values[:, None], np.zeros((len(values), 0)))

    with_season = [series(np.resize(rng.normal(size=12), 96) + 0.1 * rng.normal(size=96)) for _ in range(3)]
    without = [series(np.arange(95) + rng.normal(size=95)) for _ in range(9)]
    assert [one.season() for one in (*with_season, *without)] == [12] * 3 + [0] * 9
    walk = without[0]
    assert season_of_several([walk, *with_season]) == season_of_several([*with_season, walk]) == 12
    assert season_of_several([*without[:8], *with_season]) == 12
    assert season_of_several([*without[:9], *with_season]) == season_of_several(without) == 0
    assert season_of_several([series(np.arange(200.0)), *with_season]) == 12
    assert season_of_several([walk, with_season[0]]) == season_of_several([*without[:2], with_season[0]]) == 0
    assert season_of_several([walk, *with_season[:2]]) == season_of_several(with_season[:2]) == 12
    assert season_of_several(with_season[:1]) == 12 and season_of_several([walk.until(0)]) == 0


def test_months_are_told_from_all_of_a_series():
    """One that begins with a February, whose seconds would make a year of 13 months, and whose breaks hide the year."""
    months = [f"{2015 + m // 12}-{m % 12 + 1:02d}" for m in range(1, 64)]
    assert one_series(date=months, x=smooth(63)).steps_in("year") == pytest.approx(12, abs=0.05)
    t = np.arange(63)
    season = 25 * np.sin(t * np.pi / 6)
    for found in (11, 12, 13):
        repeats = np.resize(np.where(np.arange(found) % 2, 1.0, -1.0) * np.arange(found, dtype=float), 63)
        assert season_of(repeats) == found and one_series(date=months, x=repeats.tolist()).season() == 12
    assert one_series(date=months, x=season.tolist()).season() == 12


def test_later_parts_keep_their_history():
    table = from_python({"date": [f"20{y:02d}-{m:02d}" for y in range(10) for m in range(1, 13)], "x": smooth(120)})
    found = detect(table)
    parts = split(
        prepared(table, found), inputs=("x",), output=None, seed=0, fractions=(0.8, 0.1, 0.1), history=True, least=20
    )
    sizes = [len(there(part).columns["x"][0]) for part in (parts.train, parts.valid, parts.test)]
    assert sizes == [80, 100, 120]
    series = [series_of(there(part), ("x",), None)[0] for part in (parts.train, parts.valid, parts.test)]
    assert [one.start for one in series] == [0, 80, 100]
    with pytest.raises(TaskError, match="too short"):
        split(prepared(table, found), inputs=("x",), output=None, seed=0, history=True, least=60)


def test_rows_without_times_are_a_series_if_they_go_on():
    walk, other = RNG.normal(size=(2, 300)).cumsum(1) + 100
    found = detect(from_python({"a": walk.tolist(), "b": other.tolist()}))
    assert (found.task, found.inputs, found.output, found.sequences) == ("forecasting", ("a", "b"), None, "")
    assert "each number is close to the one before it" in found.evidence[0]
    shuffled = RNG.permutation(300)
    with pytest.raises(TaskError, match="can't tell"):
        detect(from_python({"a": walk[shuffled].tolist(), "b": other[shuffled].tolist()}))


@pytest.mark.parametrize(("bound", "most"), [("MOST", 2 * 40), ("MOST_STEPS", 40)])
def test_of_series_too_long_for_memory_the_latest_steps_are_taken(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int
):
    times = [f"2020-{month:02d}-{day:02d}" for month in (1, 3, 5, 7) for day in range(1, 32)]
    values = smooth(124)
    monkeypatch.setattr(f"elman.data.series.{bound}", most)
    found = DataSet.of(from_python({"date": times, "x": values}), task="forecasting")
    assert "of series of more than 40 steps the latest 40 are used; the longest has 124" in found.notes
    assert [len(there(part).columns["x"][0]) for part in (found.splits.train, found.splits.test)] == [26, 40]
    (series,) = series_of(there(found.splits.test), ("x",), None)
    assert series.values[~np.isnan(series.values)].tolist() == values[-40:] and series.time(0) == times[-40]


def test_a_gap_that_no_memory_has_room_for_is_named():
    times = [f"1970-01-01 00:00:0{second}" for second in range(3)]
    times += [f"2024-01-01 00:{minute:02d}:{second:02d}" for minute in range(5) for second in range(60)]
    with pytest.raises(TaskError, match=r"'2024-01-01 00:00:00' comes 1,704,067,198 steps of 1 second after the one"):
        DataSet.of(from_python({"time": times, "x": smooth(303)}), task="forecasting")


def test_words_among_the_numbers_of_a_series_are_named_with_their_file():
    table = replace(from_python({"x": [[1.0, "x", 2.0]]}), source="a.csv")
    with pytest.raises(TaskError, match=r"a\.csv: column 'x' holds something other than numbers: .*Correct it"):
        series_of(table, ["x"], None)
