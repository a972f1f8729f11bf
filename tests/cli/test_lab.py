"""`elman lab`."""

from __future__ import annotations

import json
import sys

import pytest
from commands import elman

from elman.lab import EXPERIMENTS, find


def test_lists_names_and_claims():
    outcome = elman("lab")
    assert outcome.code == 0
    listed = " ".join(outcome.out.split())
    for name in EXPERIMENTS:
        assert name in listed
        assert find(name).claim.split()[0] in listed


def test_one_experiment_prints_what_it_found_and_writes_its_figure(tmp_path):
    outcome = elman("lab", "bptt", "--seeds", 2, "--to", tmp_path / "new" / "figures")
    assert outcome.code == 0, outcome.err
    about = find("bptt")
    for said in (
        f"Claim: {about.claim}",
        about.setup,
        "error against finite differences",
        "lowest to highest",
        "2 of 2 seeds: ",
        "Verdict: holds",
        "50% confidence",
        about.caption,
    ):
        assert said in outcome.out
    assert sorted(path.name for path in (tmp_path / "new" / "figures").iterdir()) == ["bptt.json", "bptt.svg"]


def test_json_is_one_object_and_the_rest_goes_to_standard_error(tmp_path):
    outcome = elman("lab", "bptt", "--seeds", 3, "--to", tmp_path, "--json")
    record = json.loads(outcome.out)
    assert (record["experiment"], record["verdict"], record["seeds"]) == ("bptt", "holds", [0, 1, 2])
    number = record["numbers"]["size of their sum |dL/dW|"]
    assert number["low"] <= number["value"] <= number["high"]
    assert "Claim: " in outcome.err


def test_all_writes_one_page_and_every_figure(tmp_path, monkeypatch):
    monkeypatch.setattr("elman.lab.EXPERIMENTS", ("bptt", "stepwise"))
    outcome = elman("lab", "all", "--seeds", 1, "--to", tmp_path)
    assert outcome.code == 0, outcome.err
    names = ["bptt.json", "bptt.svg", "index.html", "stepwise.json", "stepwise.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert (tmp_path / "index.html").read_text().count("<svg") == 2


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path):
    outcome = elman("lab", "vanish", "--to", tmp_path / "figures")
    assert outcome.code == 2
    assert "Did you mean vanishing?" in outcome.err
    assert not (tmp_path / "figures").exists()


@pytest.mark.parametrize("seeds", ["0", "-1", "many"])
def test_seeds_are_at_least_one(seeds, tmp_path):
    assert elman("lab", "bptt", "--seeds", seeds, "--to", tmp_path).code == 2


def test_without_matplotlib_it_says_what_to_install_and_measures_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("elman.lab.Experiment.run", lambda *_: pytest.fail("measured"))
    outcome = elman("lab", "bptt", "--to", tmp_path / "figures")
    assert outcome.code == 2
    assert 'pip install "elman[plot]"' in outcome.err
    assert not (tmp_path / "figures").exists()
