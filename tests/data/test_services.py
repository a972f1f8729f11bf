"""JSON as services for data answer: prices, sensors, monitors, statistical offices. Each is known by its shape."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elman.data.audit import audit
from elman.data.detect import detect
from elman.data.readers import read
from elman.data.table import Table
from elman.errors import DataFileError, ElmanError

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(40)]
SECONDS = [1_704_067_200 + 900 * i for i in range(40)]
X, Y = ([float(1 + (i * step) % 17) for i in range(40)] for step in (3, 5))
PAIRS = [[second * 1000, x] for second, x in zip(SECONDS, X, strict=True)]
OTHERS = [[second * 1000, y] for second, y in zip(SECONDS, Y, strict=True)]


def table(folder: Path, value: Any) -> Table:
    (folder / "answer.json").write_text(json.dumps(value), encoding="utf-8")
    return read(folder / "answer.json")


ANSWERS: dict[str, Any] = {
    "by day, the latest first": {
        "Meta Data": {"2. Symbol": "IBM"},
        "Time Series (Daily)": {
            str(day): {"x": f"{x:.4f}", "y": f"{y:.4f}"} for day, x, y in [*zip(DAYS, X, Y, strict=True)][::-1]
        },
    },
    "pairs of time and value": {"x": PAIRS, "y": OTHERS},
    "series beside their times": {
        "unix_seconds": SECONDS,
        "production_types": [{"name": "x", "data": X}, {"name": "y", "data": Y}],
        "deprecated": False,
    },
    "series beside an object of times": {
        "name": "nile", "n_obs": 40, "time": {"index": list(range(40)), "raw": [str(1871 + i) for i in range(40)]},
        "series": [{"label": "x", "type": "int", "raw": X}, {"label": "y", "type": "float", "raw": Y}],
    },
    "names and cells": {
        "results": [{"series": [{"name": "cpu", "columns": ["time", "x", "y"],
                                 "values": [list(row) for row in zip(SECONDS, X, Y, strict=True)]}]}],
    },
    "names of columns further up": {
        "meta": {"view": {"id": "abcd", "columns": [{"name": name} for name in ("time", "x", "y")]}},
        "data": [[str(day), x, y] for day, x, y in zip(DAYS, X, Y, strict=True)],
    },
    "lists within objects": {
        "chart": {"result": [{"meta": {"currency": "USD"}, "timestamp": SECONDS,
                              "indicators": {"quote": [{"x": X, "y": Y}]}}], "error": None},
    },
    "rows behind a page": [
        {"page": 1, "pages": 1},
        [{"country": {"id": "AT"}, "date": str(day), "x": x, "y": y} for day, x, y in zip(DAYS, X, Y, strict=True)],
    ],
    "keys and values": {
        "columns": [{"code": "T", "text": "day", "type": "t"}, {"text": "x"}, {"text": "y"}],
        "data": [{"key": [str(day)], "values": [str(x), str(y)]} for day, x, y in zip(DAYS, X, Y, strict=True)],
    },
}  # fmt: skip


@pytest.mark.parametrize("form", ANSWERS)
def test_two_series(tmp_path: Path, form: str):
    found = table(tmp_path, ANSWERS[form])
    detected = detect(found)
    assert detected.task == "forecasting" and detected.inputs == ("x", "y") and detected.order
    latest_first = form.startswith("by day")
    assert found.columns["x"] == (X[::-1] if latest_first else X)
    assert found.columns["y"] == (Y[::-1] if latest_first else Y)
    assert any("read as 40 rows of" in note for note in found.notes)


def test_what_stands_beside_is_said(tmp_path: Path):
    assert any(
        note.endswith("Meta Data left out") for note in table(tmp_path, ANSWERS["by day, the latest first"]).notes
    )


@pytest.mark.parametrize("pairs", ["values", "datapoints", "table"])
def test_several_series_with_labels(tmp_path: Path, pairs: str):
    """Prometheus has time and value, Grafana value and time, InfluxDB names of columns."""
    rows = {"a": PAIRS, "b": OTHERS}
    series: list[Any] = []
    for host, own in rows.items():
        if pairs == "table":
            series.append({"tags": {"host": host}, "columns": ["time", "value"], "values": own})
        else:
            written = own if pairs == "values" else [pair[::-1] for pair in own]
            series.append({"metric": {"host": host}, pairs: written})
    found = table(tmp_path, {"status": "success", "data": {"result": series}})
    detected = detect(found)
    assert detected.task == "forecasting" and str(detected.sequences).endswith(".host")
    assert found.columns["value"] == X + Y


def test_values_by_day_alone(tmp_path: Path):
    found = table(tmp_path, {"base": "EUR", "rates": {str(day): x for day, x in zip(DAYS, X, strict=True)}})
    assert found.columns == {"time": [str(day) for day in DAYS], "value": X}


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_json_stat(tmp_path: Path, sparse: bool, listed: bool):
    """The order of the values is that of an array in C, which NumPy knows."""
    years, places, sexes = [str(year) for year in range(2001, 2010)], ["AT", "CH"], ["F", "M", "T"]
    values = np.random.default_rng(0).integers(0, 1000, (len(places), len(sexes), len(years)))

    def dimension(codes: list[str], names: list[str]) -> dict[str, Any]:
        index = codes if listed else {code: place for place, code in reversed(list(enumerate(codes)))}
        return {"category": {"index": index, "label": dict(zip(codes, names, strict=True))}}

    flat: Any = values.ravel().tolist()
    answer = {
        "version": "2.0", "class": "dataset", "id": ["geo", "sex", "time"], "size": list(values.shape),
        "dimension": {"geo": dimension(places, ["Austria", "Switzerland"]), "sex": dimension(sexes, sexes),
                      "time": dimension(years, years)},
        "value": {str(place): value for place, value in enumerate(flat) if place % 5} if sparse else flat,
    }  # fmt: skip
    found = table(tmp_path, answer).columns
    wanted = [place for place in range(values.size) if place % 5 or not sparse]
    for place, geo, sex, year, value in zip(
        wanted, found["geo"], found["sex"], found["time"], found["value"], strict=True
    ):
        where = np.unravel_index(place, values.shape)
        assert values[where] == value
        names = (["Austria", "Switzerland"][where[0]], sexes[where[1]], years[where[2]])
        assert (geo, sex, str(year)) == names


def test_a_single_row_with_lists_is_not_learned(tmp_path: Path):
    lists = {"a": [1.5, 2.5, 3.0, 2.0, 1.0, 7.5], "b": ["x", "y", "x", "x", "y", "y"], "c": ["u", "v", "w"]}
    with pytest.raises(ElmanError, match="holds one row, and a model learns 'b' from several"):
        detect(table(tmp_path, lists))


def test_a_dataset_of_labelled_sequences_stays_one(tmp_path: Path):
    """What its objects say beside their pairs doesn't tell them apart."""
    rows = [{"label": "ab"[i % 2], "steps": [[a + i, b] for a, b in PAIRS[:9]]} for i in range(20)]
    found = table(tmp_path, rows)
    assert len(found) == 20 and detect(found).task == "classification"


NAMES = st.sampled_from(["id", "size", "value", "dimension", "category", "index", "label", "columns", "data", "key",
                         "values", "name", "2024-01-01", "2024-01-02", "x"])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-3, 2**40) | st.floats() | st.sampled_from(["2024-01-01", "a", "7"])
ANY = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=9) | st.dictionaries(NAMES, inner, max_size=9))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY)
def test_whatever_it_is_that_is_called_so(tmp_path: Path, value: Any):
    with contextlib.suppress(ElmanError):
        table(tmp_path, value)


@pytest.mark.parametrize("form", ANSWERS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_of_which_a_part_is_something_else(tmp_path: Path, form: str, data: st.DataObject):
    value = json.loads(json.dumps(ANSWERS[form]))
    inner = value
    while isinstance(inner, dict | list) and inner:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.integers(0, 3)) == 0 or not isinstance(inner[key], dict | list):
            inner[key] = data.draw(ANY)
            break
        inner = inner[key]
    with contextlib.suppress(ElmanError):
        table(tmp_path, value)


def test_columns_of_pandas_by_days(tmp_path: Path):
    by_day = [{str(day): value for day, value in zip(DAYS, own, strict=True)} for own in (X, Y)]
    found = table(tmp_path, {"open": by_day[0], "close": by_day[1]})
    assert found.columns == {"time": [str(day) for day in DAYS], "open": X, "close": Y}
    cells = {"columns": ["open", "close"], "index": list(map(str, DAYS)), "data": [*zip(X, Y, strict=True)]}
    assert table(tmp_path, cells).columns == {"index": [str(day) for day in DAYS], "open": X, "close": Y}


def test_what_has_something_for_each_row_is_not_left_out(tmp_path: Path):
    value = {"data": [*zip(X, Y, strict=True)], "target": [i % 2 for i in range(len(X))], "names": ["a", "b"]}
    with pytest.raises(ElmanError, match="item 1 is no object"):
        table(tmp_path, value)


def test_times_of_two_sorts_are_no_one_column(tmp_path: Path):
    value = {"x": PAIRS, "y": [[str(day), y] for day, y in zip(DAYS, Y, strict=True)]}
    assert table(tmp_path, value).names == ["x", "y"]
    assert "time" not in table(tmp_path, {f"1.{i}.10": {"x": i, "y": i} for i in range(1, 12)}).names  # versions


def test_tables_side_by_side_with_the_same_columns(tmp_path: Path):
    """All but the first were left out."""
    found = table(tmp_path, {"AAPL": {"prices": PAIRS}, "MSFT": {"prices": OTHERS}, "by": {"whom": "x"}})
    assert found.columns["name"] == ["AAPL"] * 40 + ["MSFT"] * 40 and found.columns["prices"] == X + Y
    assert (detect(found).task, detect(found).sequences) == ("forecasting", "name")
    assert any(note.endswith("by left out") for note in found.notes)


def test_objects_and_lists_of_objects_under_one_name(tmp_path: Path):
    """Both have the path ``id.id``."""
    found = table(tmp_path, {"id": [None, {"id": "a"}, [{"id": "b"}, {"id": "c"}]]})
    assert found.names == ["id.id", "id.id_2"]
    assert [cell for cells in found.columns.values() for cell in cells if cell] == [["b", "c"], "a"]


def telegram(chats=1):
    """Chats as Telegram Desktop exports them: texts in pieces where there are links, calls among the messages."""
    link = {"type": "link", "text": "http://x.org"}
    texts = ["hello", ["see ", link, " ok"], "", ["so ", {"type": "bold", "text": "what"}]]
    messages = [
        {"id": i, "type": "message" if text else "service", "date": f"2023-01-01T10:{i:02d}:00", "from": "Ann"}
        | {"text": text, "text_entities": []}
        for i, text in enumerate(texts * 3)
    ]
    chat = {"name": "Bob", "type": "personal_chat", "id": 7, "messages": messages}
    return chat if chats == 1 else {"about": "All of it.", "chats": {"about": "Chats.", "list": [chat] * chats}}


def test_a_chat_of_telegram_is_its_messages(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps(telegram()))
    found = read(tmp_path / "result.json")
    assert found.columns["text"] == ["hello", "see http://x.org ok", None, "so what"] * 3
    assert list(found.columns) == ["id", "type", "date", "from", "text"]
    assert any("rows are what stands under 'messages'" in note for note in found.notes)


def test_all_chats_of_telegram_are_written_as_lines_first(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps(telegram(2)))
    with pytest.raises(DataFileError, match="holds all chats of Telegram") as raised:
        read(tmp_path / "result.json")
    command = str(raised.value).partition("line by line: ")[2].removesuffix(" (and pass that).")
    subprocess.run(command.replace("python", sys.executable, 1), shell=True, check=True)
    found = read(tmp_path / "result.jsonl")
    assert len(found) == 24 and found.columns["chat"] == ["Bob"] * 24 and found.columns["text"][1].startswith("see ")


def test_rows_beside_short_lists(tmp_path):
    """As chats are exported: who took part, and the messages; what was said in Latin-1 is pointed out."""
    said = ["où est le café", "très bien, à demain", "déjà vu", "ça va", "fenêtre fermée", "crème brûlée"]
    messages = [
        {"sender": ("Ann", "Bob")[i % 2], "timestamp_ms": 1672646400000 + 91000 * i, "content": f"{said[i % 6]} {i}"}
        for i in range(40)
    ]
    about = {"participants": [{"name": "Ann"}, {"name": "Bob"}], "title": "Ann", "magic_words": []}
    path = tmp_path / "message_1.json"
    for wrong in (None, "latin-1", "cp1252"):
        own = [m | {"content": m["content"].encode().decode(wrong)} if wrong else m for m in messages]
        path.write_text(json.dumps({**about, "messages": own}))
        table = read(path)
        assert len(table) == 40 and table.names == ["sender", "timestamp_ms", "content"]
        found = detect(table, input="content", output="sender")
        findings = [one.message for one in audit(table, None, None, found)]
        pointed = [text for text in findings if "which was meant as" in text]
        assert len(pointed) == (wrong is not None), pointed


def test_a_date_and_a_time_of_each_end(tmp_path):
    rows = [
        (f"2023-01-{1 + i // 4:02}", f"{8 + i % 4 * 3:02}:00:00", f"{9 + i % 4 * 3:02}:30:00", i % 7 + 0.5)
        for i in range(80)
    ]
    path = tmp_path / "hours.csv"
    lines = [f"{day},{start},{day},{end},{hours}" for day, start, end, hours in rows]
    path.write_text("Start date,Start time,End date,End time,Hours\n" + "\n".join(lines) + "\n")
    table = read(path)
    assert table.columns["Start date"][5] == "2023-01-02 11:00:00" and "Start time" not in table.names
