"""What is learned from data that are too large for memory is, bit for bit, what is learned from data in it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import torch

import elman
from elman import cache, stored
from elman.answers import base
from elman.data.batches import Plan
from elman.dataset import DataSet
from elman.kinds import LabelKind
from elman.stored import Stored
from elman.training.batches import RowBatches, generator_of


def texts(generator):
    words = generator.choices(["good", "bad", "dull", "fine", "plot", "cast", "Story"], k=generator.randint(2, 12))
    return f"{' '.join(words)},{'yes' if 'good' in words else 'no'}"


def amounts(generator):
    words = generator.choices(["good", "bad", "dull", "fine"], k=generator.randint(3, 6))
    return f"{' '.join(words)},{words.count('good') + generator.random():.3f}"


def rows(generator):
    a, b, kind = generator.gauss(0, 1), generator.randrange(99), generator.choice("uvw")
    return f"{a:.3f},{b if b % 9 else ''},2021-0{b % 9 + 1}-11,{kind},{a - b / 20:.3f}"


def records(generator):
    words = generator.choices(["red", "blue", "old", "new", "car", "house"], k=4)
    return f"{' '.join(words)},{generator.randrange(99)}.5,{'high' if 'car' in words else 'low'}"


def pairs(generator):
    words = generator.choices(["good", "bad", "dull", "fine"], k=generator.randint(2, 7))
    return f"{' '.join(words)},{' '.join(reversed(words)).upper()}"


def recordings(generator):
    """The steps of one run."""
    run, kind, level = generator.randrange(10**9), generator.choice("uv"), generator.gauss(0, 1)
    steps = range(generator.randint(3, 9))
    numbers = [(level + generator.gauss(0, 0.1), generator.random() + (kind == "u")) for _ in steps]
    return "\n".join(f"{run},{t},{a:.3f},{f'{b:.3f}' if t != 2 else ''},{kind}" for t, (a, b) in enumerate(numbers))


def visits(generator):
    """What one customer did, and whether she stayed."""
    customer, stays, day = generator.randrange(10**9), generator.choice(["stays", "leaves"]), 1
    found = []
    for step in range(generator.randint(2, 7)):
        day += generator.randint(0, 2)
        product = generator.choice(["lamp", "rug", "vase"] if stays == "stays" else ["desk", "vase"])
        amount = f"{generator.random():.3f}" if generator.random() < 0.9 else ""
        found.append(
            f"{customer},2024-03-{day:02d} 0{day % 7}:1{step},{product},{amount},{'nws'[customer % 3]},{stays}"
        )
    return "\n".join(found)


def states(generator):
    """The steps of one run, each with its state and how far the run is."""
    run, level, found = generator.randrange(10**9), 0.0, []
    for t in range(generator.randint(3, 9)):
        level += generator.gauss(0, 1)
        found.append(f"{run},{t},{level:.3f},{generator.random():.2f},{'hot' if level > 0 else 'cold'},{level / 2:.3f}")
    return "\n".join(found)


def are_stored(cells):
    """Encoded cells of which none, or only tokens, were encoded beforehand, in files."""
    places = getattr(cells, "places", None), getattr(cells, "ends", None)
    return isinstance(cells, Stored) or any(isinstance(array, np.memmap) for array in places)


@pytest.mark.parametrize(
    ("header", "row", "settings"),
    [
        ("text,label", texts, {}),
        ("text,label", texts, {"characters": True, "level": "characters"}),
        ("text,price", amounts, {}),
        ("a,b,day,kind,price", rows, {"alone": True}),
        ("title,weight,price", records, {"input": ["title", "weight"], "output": "price"}),
        ("run,t,a,b,kind", recordings, {}),
        ("customer,time,product,amount,region,stays", visits, {"output": "stays"}),
        ("customer,time,product,amount,region,stays", visits, {"next": "product"}),
        ("customer,time,product,amount,region,stays", visits, {"next": "amount"}),
        ("run,t,a,b,state,left", states, {"input": ["a", "b"], "output": "state", "task": "tagging"}),
        ("run,t,a,b,state,left", states, {"input": ["a", "b"], "output": "left", "task": "step-regression", "bptt": 4}),
        ("english,shouted", pairs, {"input": "english", "output": "shouted", "task": "translation"}),
    ],
    ids=[
        "labels",
        "characters",
        "numbers of texts",
        "rows",
        "records",
        "recordings",
        "visits",
        "next label",
        "next number",
        "tags",
        "numbers of steps",
        "texts",
    ],
)
def test_weights_and_report_are_the_same(header, row, settings, tmp_path, monkeypatch):
    generator = random.Random(0)
    path = tmp_path / "data.csv"
    path.write_text("\n".join([header, *(row(generator) for _ in range(260))]))
    asked = {"epochs": 2, "hidden_size": 8, "batch_tokens": 100, **settings}
    small = elman.fit(path, **asked)
    answers = small.predict(path)
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setattr(stored, "BLOCK", 64)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))
    made = []
    begin = RowBatches.__init__
    monkeypatch.setattr(
        RowBatches, "__init__", lambda self, *given, **by: (made.append(given[2:]), begin(self, *given, **by))[1]
    )
    large = elman.fit(path, **asked)
    assert any(are_stored(cells) for sides in made for cells in sides)
    ours, theirs = (dict(one.network.named_parameters()) for one in (large, small))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert large.report and small.report and large.report.to_json() == small.report.to_json()
    assert large.predict(path) == answers
    monkeypatch.setattr(base, "PREDICT_ROWS", 100)
    assert [len(some) for _, some in large.predict_tables([path])] in ([100, 100, 60], [len(answers)])


def test_the_order_of_many_rows_is_drawn_in_a_file(tmp_path, monkeypatch):
    class Mixed(LabelKind):
        """Whose rows stay in the order that is drawn."""

        mixed = True

    label, pieces = Mixed(), list[Any]()
    label.fit(cells := ["a", "b", "c"] * 331)
    batches = RowBatches(label, label, label.encode(cells), None, batch_tokens=10)
    expected = list(map(list, batches._plan(generator_of(0, 1))))
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))
    plan_of = Plan.of
    monkeypatch.setattr(Plan, "of", lambda given, *by: plan_of((pieces.append(own) or own for own in given), *by))
    assert list(map(list, batches._plan(generator_of(0, 1)))) == expected
    assert len(pieces) > 3 and all(isinstance(piece, np.memmap) for piece in pieces)


def test_of_long_sequences_few_are_answered_at_a_time(tmp_path, monkeypatch):
    """By their steps, however few rows these are; each stretch of rows is one by itself."""
    path, numbers = tmp_path / "data.csv", random.Random(0)
    lengths = [90, 5, 5, 40, 30, 20, 10, 120, 7, 63]
    rows = [f"{i},{t},{numbers.random():.3f},{'ab'[t % 2]}" for i, length in enumerate(lengths) for t in range(length)]
    path.write_text("\n".join(["machine,t,x,state", *rows]))
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))
    trained = elman.fit(path, task="tagging", output="state", epochs=1, hidden_size=4)
    (whole,) = [some for _, some in trained.predict_tables([path])]
    monkeypatch.setattr(base, "PREDICT_STEPS", 100)
    parts = [some for _, some in trained.predict_tables([path])]
    assert [len(some) for some in parts] == [3, 4, 1, 2]
    assert [one.value for some in parts for one in some] == [one.value for one in whole]


def machines():
    """Two series, each of its own machine."""
    numbers = random.Random(0)
    rows = (f"{run},{t},{t % 7 + numbers.random():.3f},{numbers.random():.3f}" for run in "ab" for t in range(200))
    return ["run,t,x,y", *rows]


def hours(form="{:%Y-%m-%d %H:%M},", name="time", zone="UTC"):
    """One series by the hour, over the end of daylight saving."""
    numbers, start = random.Random(0), datetime(2021, 10, 20, tzinfo=ZoneInfo("UTC"))
    times = [(start + timedelta(hours=hour)).astimezone(ZoneInfo(zone)) for hour in range(400)]
    rows = (f"{form.format(time)}{time.hour + numbers.random():.3f},{numbers.random():.3f}" for time in times)
    return [f"{name},x,y", *rows]


def newest_first():
    header, *rows = hours()
    return [header, *reversed(rows)]


SERIES = {
    "several": machines,
    "one": hours,
    "day and time apart": partial(hours, "{0:%Y-%m-%d},{0:%H:%M:%S},", "date,time"),
    "daylight saving": partial(hours, zone="Europe/Berlin"),
    "newest first": newest_first,
}


@pytest.mark.parametrize(("task", "name"), [("anomaly", "several"), *(("forecasting", name) for name in SERIES)])
def test_forecasts_and_alarms_of_long_series_are_the_same(task, name, tmp_path, monkeypatch):
    path = tmp_path / "data.csv"
    path.write_text("\n".join(SERIES[name]()))
    asked = {"task": task, "epochs": 1, "hidden_size": 4}
    small = elman.fit(path, **asked)
    answers = small.predict(path)
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setattr(stored, "BLOCK", 64)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))
    large = elman.fit(path, **asked)
    ours, theirs = (dict(one.network.named_parameters()) for one in (large, small))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert large.report and small.report and large.report.to_json() == small.report.to_json()
    assert large.evaluate(path).to_json() == small.evaluate(path).to_json()
    assert large.predict(path) == answers and large.about["data"] == small.about["data"]


@pytest.mark.parametrize("name", [name for name in SERIES if name != "several"])
def test_no_more_of_a_long_series_is_in_memory_than_is_learned_from(name, tmp_path, monkeypatch):
    path = tmp_path / "data.csv"
    path.write_text("\n".join(SERIES[name]()))
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setattr(stored, "BLOCK", 64)
    monkeypatch.setattr("elman.data.order.LOOKED_AT", 50)
    monkeypatch.setattr("elman.data.series.MOST_STEPS", 120)
    monkeypatch.setenv(cache.WHERE, str(tmp_path / "cache"))
    read = []

    def counted(method):
        return lambda self, *given: (found := method(self, *given), read.append(len(found)))[0]

    for column, method in ((stored.Texts, "of"), (stored.Texts, "between"), (stored.Numbers, "numbers")):
        monkeypatch.setattr(column, method, counted(getattr(column, method)))
    data = DataSet.read(path, task="forecasting")
    assert len(data.train[0][0]) == 78 and data.fingerprint
    assert max(read) == 120
