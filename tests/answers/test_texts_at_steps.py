"""Texts, and several labels, at the steps of sequences: what customers wrote, one message after another."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import elman
from elman import exporting
from elman.data.detect import detect
from elman.data.readers import from_python
from elman.data.table import Table
from elman.errors import ExportError, TaskError

GOOD, BAD = ["thanks", "great", "solved", "works"], ["angry", "broken", "again", "refund"]


def tickets(customers: int = 120) -> Table:
    """Whoever complains leaves; the channel alternates."""
    draw, rows = random.Random(4), list[tuple[Any, ...]]()
    for customer in range(customers):
        leaves = customer % 2
        for step in range(draw.randint(2, 5)):
            words = [draw.choice(["order", "app", "screen"]), draw.choice(BAD if leaves else GOOD), f"no{len(rows)}"]
            tags = "|".join(draw.sample(["login", "money", "parcel"], draw.randint(1, 2)))
            time, channel = f"2024-01-{step + 1:02d} 0{draw.randrange(9)}:00", ("mail", "chat")[step % 2]
            rows.append((f"c{customer}", time, channel, f"the {' '.join(words)} here", tags, ("no", "yes")[leaves]))
    names = ["customer", "time", "channel", "message", "tags", "churned"]
    return from_python(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


INPUTS = ("time", "channel", "message", "tags")


def test_messages_of_one_customer_are_steps():
    found = detect(tickets())
    assert (found.inputs, found.output, found.sequences) == (INPUTS, "churned", "customer")
    assert found.input_kinds == ("time", "label", "text", "labels")
    assert "text message" in found.evidence[1] and "labels tags" in found.evidence[1]


def test_reviews_of_one_user_stand_for_themselves():
    table = tickets()
    table.columns["stars"] = [1 + len(text) % 5 for text in table.columns["message"]]
    del table.columns["churned"]
    assert detect(table, output="stars").sequences is None


def test_an_answer_for_each_line_of_a_log():
    lines = [f"worker {i % 7} " + ("failed to open" if i * i % 3 else "is done") for i in range(90)]
    levels = ["ERROR" if i * i % 3 else "INFO" for i in range(90)]
    times = [f"2024-01-01 00:{i // 60:02d}:{i % 60:02d}" for i in range(90)]
    table = from_python({"time": times, "message": lines, "level": levels})
    assert detect(table).sequences is None
    found = detect(table, task="tagging")
    assert (found.inputs, found.output, found.sequences) == (("time", "message"), "level", "")


def test_a_text_is_not_what_comes_next():
    assert "--next message" not in " ".join(detect(tickets()).evidence)
    with pytest.raises(TaskError, match="'message'"):
        detect(tickets(), next="message")


def test_what_they_wrote_is_learned_saved_and_exported(tmp_path: Path):
    model = elman.fit(tickets(), epochs=12, seed=1)
    report = model.report
    assert report is not None and report.metrics["accuracy"]["value"] > 0.8  # half of the customers leave
    assert min(report.columns, key=lambda one: one.without).column == "message"
    rows = tickets(6)
    model.save(tmp_path / "model")
    again = elman.load(tmp_path / "model").predict(rows)
    assert [one.value for one in again] == [one.value for one in model.predict(rows)]
    exporting.to_onnx(model, tmp_path / "onnx")
    with pytest.raises(ExportError, match="texts at the steps"):
        exporting.to_c(model, tmp_path / "c")


def test_what_comes_next_step_by_step(tmp_path: Path):
    model = elman.fit(tickets(), next="channel", epochs=2, seed=1)
    rows = tickets(1).columns
    steps = [dict(zip(INPUTS, step, strict=True)) for step in zip(*(rows[name] for name in INPUTS), strict=True)]
    session = model.stream()
    pushed = [session.push(step) for step in steps]
    whole = model.predict(tickets(1))[0]
    assert pushed[-1].value == whole.value
    assert pushed[-1].probability == pytest.approx(whole.probability, abs=1e-5)
    exporting.to_onnx(model, tmp_path / "onnx")
