"""Dates in ISO 8601 in the form of the column that they belong to."""

from __future__ import annotations

import datetime

import pytest

import elman
from elman.answers.forecast import Forecast
from elman.data.readers import as_table

DAYS = [datetime.datetime(2021, 1, 1) + datetime.timedelta(days=9 * i) for i in range(90)]
HOURS = [datetime.datetime(2021, 2, 27) + datetime.timedelta(hours=7 * i, minutes=5, seconds=9) for i in range(90)]


def bare(time, form):
    """Without zeros before single figures, as spreadsheets write them."""
    return " ".join("/".join(part.lstrip("0") for part in half.split("/")) for half in time.strftime(form).split(" "))


@pytest.mark.parametrize(
    ("times", "form"),
    [
        *((DAYS, form) for form in ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%y", "%Y/%m/%d", "%d-%b-%y", "%B %d, %Y")),
        *((DAYS, form) for form in ("%Y-%m-%d", "%d %B %Y", "%b %d %Y", "%d-%b-%Y")),
        *((HOURS, form) for form in ("%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y/%m/%d %H:%M", "%Y%m%d %H%M%S")),
        (HOURS, "%Y-%m-%dT%H:%M:%SZ"),
    ],
)
def test_what_was_read_is_written_back(times, form):
    texts = [time.strftime(form) for time in times]
    read, written = read_and_written(texts)
    assert len(set(read)) == len(texts) and written == texts


def test_without_zeros():
    texts = [bare(time, "%m/%d/%Y") for time in DAYS]
    assert read_and_written(texts)[1] == texts
    texts = [f"{bare(time, '%d/%m/%Y')} {time.hour}:{time:%M}" for time in HOURS]
    assert read_and_written(texts)[1] == texts


def test_numbers_of_times():
    seconds = [int((time - datetime.datetime(1970, 1, 1)).total_seconds()) for time in HOURS]
    assert read_and_written(seconds)[1] == seconds
    milliseconds = [1000 * time + 250 for time in seconds]
    assert read_and_written(milliseconds)[1] == milliseconds
    figures = [int(time.strftime("%Y%m%d")) for time in DAYS]
    assert read_and_written(figures)[1] == figures


@pytest.mark.parametrize("texts", [["Fri, 01 Jan 2021", "Sat, 02 Jan 2021"], ["3. Mai 2021", "4. Juni 2021"]])
def test_what_the_example_does_not_say_stays_as_it_is(texts):
    read, written = read_and_written(texts)
    assert written == read and read[0].startswith("2021-0")


def read_and_written(cells):
    table = as_table({"timestamp": cells})
    assert table.format is not None and table.format.forms is not None
    read = table.columns["timestamp"]
    return read, [table.format.forms.columns["timestamp"].write(cell) for cell in read]


def test_answers_have_times_as_the_data_have_them():
    table = as_table({"when": [time.strftime("%d.%m.%Y") for time in DAYS], "x": [i * 0.5 for i in range(90)]})
    planned = elman.plan(table)
    answer = Forecast({"x": [1.0]}, times=("2023-04-01",))
    (found,) = planned.data.columns.as_written([answer])
    assert found == Forecast({"x": [1.0]}, times=("01.04.2023",))
