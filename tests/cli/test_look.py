"""`elman detect`, `sample`, `doctor` and `demo`."""

from __future__ import annotations

import json

import pytest
from commands import elman

from elman import samples, tasks
from elman.cli import demo, doctor

pytest_plugins = ["cli_fixtures"]


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("flowers", "one-to-one"),
        ("reviews", "many-to-one"),
        ("tags", "many-to-many"),
        ("numbers", "encoder-decoder"),
        ("story", "many-to-many"),
    ],
)
def test_detect_names_the_architecture(tmp_path, name, architecture):
    path = tmp_path / f"data{samples.sample(name).suffix}"
    assert elman("sample", name, "--to", path).code == 0
    record = json.loads(elman("detect", path, "--json").out)
    assert record["architecture"] == architecture
    assert {"task", "inputs", "output", "evidence", "runner_up", "audit"} <= set(record)
    said = elman("detect", path).out
    assert record["task"] in said
    assert all(sentence in said for sentence in record["evidence"])


def test_detect_finds_rows_that_stand_in_two_parts(reviews):
    record = json.loads(elman("detect", reviews, "--test", reviews, "--json").out)
    assert any(finding["level"] == "warning" and "test" in finding["message"] for finding in record["audit"])


def test_detect_asks_when_unsure(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n" + "".join(f"{i / 7},{i / 3}\n" for i in range(40)))
    outcome = elman("detect", tmp_path / "x.csv")
    assert outcome.code == 2
    assert "--input" in outcome.err


def test_sample_to_standard_output_and_the_list():
    assert elman("sample", "flowers").out == samples.text("flowers")
    listed = elman("sample").out
    assert all(name in listed for name in samples.names())


def test_doctor_names_versions_threads_and_kernels():
    outcome = elman("doctor")
    for said in ("torch", "threads", "CPU kernels", "CUDA", "GB free here", "duckdb"):
        assert said in outcome.out
    assert outcome.code == (0 if "All is well." in outcome.out else 2)


def test_doctor_says_what_is_wrong_and_what_to_do(monkeypatch):
    monkeypatch.setattr("elman.kernels.cpu.problem", lambda: "no such instruction")
    monkeypatch.setattr(doctor, "FREE_GB", 1e9)
    outcome = elman("doctor")
    assert outcome.code == 2
    assert "not running: no such instruction" in outcome.out
    assert "CPU kernels: reinstall" in outcome.out
    assert "disk: " in outcome.out


def test_demo_prints_one_table(monkeypatch):
    monkeypatch.setattr(
        demo, "LESSONS", {"flowers": {"epochs": 2}, "reviews": {"epochs": 1, "hidden_size": 8, "pieces": 0}}
    )
    outcome = elman("demo")
    assert outcome.code == 0, outcome.err
    for said in ("one-to-one", "four measurements", "accuracy", "->", "order-free"):
        assert said in outcome.out


def test_demo_has_all_five_architectures():
    found = set()
    for name, lesson in demo.LESSONS.items():
        task = tasks.find(lesson.get("task", samples.sample(name).task))
        found.add(task.architecture_for(one_value=name in ("flowers", "shapes")))
    assert found == {"one-to-one", "one-to-many", "many-to-one", "many-to-many", "encoder-decoder"}
