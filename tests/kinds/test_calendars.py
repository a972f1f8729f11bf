"""Times that are equally far apart by the calendar, though not in seconds: days of months, and days of a week that
has some of its days alone. The oracle is Python's own calendar."""

import calendar
import datetime
import random

import numpy as np
import pandas as pd
import pytest

import elman
from elman.answers.forecast import Forecast
from elman.data.detect import detect, prepared
from elman.data.readers import from_python, read
from elman.data.series import series_of
from elman.errors import TaskError
from elman.kinds.times import grid_of, weekdays_of

DAY = datetime.timedelta(1)


def last_day(year: int, month: int) -> datetime.date:
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def last_weekday(year: int, month: int) -> datetime.date:
    day = last_day(year, month)
    while day.weekday() > 4:
        day -= DAY
    return day


def first_weekday(year: int, month: int) -> datetime.date:
    day = datetime.date(year, month, 1)
    while day.weekday() > 4:
        day += DAY
    return day


def thirtieth(year: int, month: int) -> datetime.date:
    return min(datetime.date(year, month, 28) + 2 * DAY if month != 2 else last_day(year, 2), last_day(year, month))


def months(start: int, count: int, every: int = 1) -> list[tuple[int, int]]:
    return [((start + i) // 12, (start + i) % 12 + 1) for i in range(0, count * every, every)]


@pytest.mark.parametrize("which", [last_day, last_weekday, first_weekday, thirtieth])
@pytest.mark.parametrize(("every", "step"), [(1, "1 month"), (3, "3 months"), (12, "1 year"), (5, "5 months")])
def test_the_same_day_of_each_month(which, every, step):
    for start in random.Random(every).sample(range(12 * 1990, 12 * 2030), 12):
        days = [str(which(*month)) for month in months(start, 80, every)]
        known, places = days[:63], np.arange(63)
        found, grid = grid_of(known, places)
        assert grid is not None and grid.step == step and not len(grid.gaps)
        assert found.tolist() == list(range(63))
        assert [grid.at(i) for i in range(80)] == days


MONTHLY = dict.fromkeys(("ME", "BME", "BMS", "MS"), "1 month")
QUARTERLY, YEARLY = dict.fromkeys(("QE", "BQE"), "3 months"), dict.fromkeys(("YE", "BYE"), "1 year")


@pytest.mark.parametrize(
    ("freq", "step"), {**MONTHLY, **QUARTERLY, **YEARLY, "W": "1 week", "B": "1 day from Mon to Fri"}.items()
)
def test_the_frequencies_of_pandas(freq, step):
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2011-04-05", periods=90, freq=freq)]
    places, grid = grid_of(days[:63], np.arange(63), weekdays_of(days[:63]))
    assert grid is not None and grid.step == step and places.tolist() == list(range(63))
    assert [grid.at(i) for i in range(90)] == days


def test_a_month_that_is_missing_and_months_whose_last_weekday_was_a_holiday():
    days = [last_weekday(*month) for month in months(12 * 2001, 60)]
    closed = [day - DAY if i % 10 == 3 else day for i, day in enumerate(days)]
    places, grid = grid_of([str(day) for i, day in enumerate(closed) if i != 20], np.arange(59))
    assert grid is not None and grid.gaps.tolist() == [20] and places.tolist() == [i for i in range(60) if i != 20]
    assert grid.at(61) == str(last_weekday(2006, 2))


def test_days_anywhere_in_their_months_are_not_regular():
    rng = random.Random(2)
    days = [str(datetime.date(year, month, rng.randrange(1, 28))) for year, month in months(12 * 2001, 60)]
    assert grid_of(days, np.arange(60))[1] is None


def days_but(closed: set[int], count: int, rng: random.Random) -> list[datetime.date]:
    """Days in order, none of those of the week that are ``closed``, and few others missing."""
    day, found = datetime.date(2017, 3, 1), []
    while len(found) < count:
        if day.weekday() not in closed and (rng.random() > 0.03 or len(found) in (0, count - 1)):
            found.append(day)
        day += DAY
    return found


@pytest.mark.parametrize("closed", [{5, 6}, {6}, {4, 5}, {0}, {2, 6}])
def test_days_of_the_week_that_never_come(closed):
    days = days_but(closed, 200, random.Random(1))
    wanted = [day for day in range(7) if day not in closed]
    assert weekdays_of([str(day) for day in days]) == wanted
    places, grid = grid_of([str(day) for day in days], np.arange(len(days)), wanted)
    opened = [days[0] + i * DAY for i in range(400) if (days[0] + i * DAY).weekday() not in closed]
    assert grid is not None and places.tolist() == [opened.index(day) for day in days]
    assert grid.gaps.tolist() == [i for i, day in enumerate(opened) if day < days[-1] and day not in days]
    assert [grid.at(i) for i in range(250)] == [str(day) for day in opened[:250]]


@pytest.mark.parametrize("place", [0, 5, 12])
def test_a_day_of_the_week_that_is_no_step_is_refused(place):
    """It would be taken for the Monday after it, and all forecasts would be late by a day."""
    days = [str(day) for day in days_but({5, 6}, 12, random.Random(1))]
    days.insert(place, {0: "2017-02-25", 5: "2017-03-11", 12: "2017-03-18"}[place])
    with pytest.raises(TaskError, match=r"2017-..-.. is a Sat, .*from Mon to Fri alone"):
        grid_of(sorted(days), np.arange(13), range(5))


def test_few_days_that_follow_each_other_over_a_weekend():
    friday, monday = "2024-01-05", "2024-01-08"
    places, grid = grid_of([friday, monday], np.arange(2), range(5))
    assert grid is not None and places.tolist() == [0, 1] and grid.at(2) == "2024-01-09"


def test_midnight_of_a_zone_with_summer_time(tmp_path):
    """As yfinance writes prices; given at Greenwich, times are at four or five o'clock."""
    days = [day.tz_localize("America/New_York") for day in pd.date_range("2022-01-03", periods=300, freq="B")]
    path = tmp_path / "prices.csv"
    path.write_text("Date,Close\n" + "".join(f"{day},{i % 5 + i / 7:.2f}\n" for i, day in enumerate(days)))
    table = read(path)
    found = detect(table)
    assert found.weekdays == [0, 1, 2, 3, 4]
    (series,) = series_of(prepared(table, found), found.inputs, None)
    assert series.grid is not None and series.grid.step == "1 day from Mon to Fri" and not len(series.grid.gaps)
    assert [series.grid.at(i)[:10] for i in range(300)] == [str(day.date()) for day in days]


def test_two_times_a_day_are_no_days():
    days = pd.date_range("2022-01-03", periods=60, freq="B")
    times = [f"{day:%Y-%m-%d} {hour}:00" for day in days for hour in ("08", "09")]
    assert weekdays_of(times) == []


def test_the_days_of_all_series_are_steps():
    """The longest isn't open on Saturdays, and another one is."""
    rng = random.Random(4)
    lists = [[str(day) for day in days_but(closed, count, rng)] for closed, count in (({5, 6}, 90), ({6}, 60))]
    table = from_python({"date": lists, "sales": [[rng.random() for _ in times] for times in lists]})
    found = detect(table, task="forecasting")
    assert found.weekdays == [0, 1, 2, 3, 4, 5]
    grids = [one.grid for one in series_of(prepared(table, found), found.inputs, None)]
    assert [grid and grid.step for grid in grids] == ["1 day from Mon to Sat"] * 2


def test_days_of_the_week_that_are_no_pattern():
    day = datetime.date(2020, 1, 1)
    assert weekdays_of([str(day + i * DAY) for i in range(60)]) == []
    assert weekdays_of([str(day + i * DAY) for i in range(5)]) == []  # all in one week
    assert weekdays_of([str(day + 7 * i * DAY) for i in range(60)]) == []  # weeks
    assert weekdays_of([str(last_day(*month)) for month in months(12 * 2001, 9)]) == []
    assert weekdays_of([f"{day + i * DAY} {i % 24:02}:00" for i in range(60) if (day + i * DAY).weekday() < 5]) == []
    assert weekdays_of(list(range(60))) == [] and weekdays_of([]) == []


def test_a_model_of_business_days_forecasts_no_weekend(tmp_path):
    """Also from rows of one week alone, which don't show that weekends are closed."""
    rng = random.Random(3)
    days = days_but({5, 6}, 150, rng)
    path, later = tmp_path / "prices.csv", tmp_path / "later.csv"
    rows = [f"{day},{20 + i % 5 + rng.random():.3f}\n" for i, day in enumerate(days)]
    path.write_text("date,price\n" + "".join(rows))
    found = detect(read(path))
    assert found.weekdays == [0, 1, 2, 3, 4]
    (series,) = series_of(prepared(read(path), found), found.inputs, None)
    assert series.grid is not None and series.season() == 5
    model = elman.fit(path, recipe="naive", horizon=3, context=4)
    week = [datetime.date(2024, 1, day) for day in range(8, 13)]
    later.write_text("date,price\n" + "".join(f"{day},{i + 0.5}\n" for i, day in enumerate(week)))
    (answer,) = model.predict(later)
    assert isinstance(answer, Forecast) and list(answer.times or ()) == ["2024-01-15", "2024-01-16", "2024-01-17"]
