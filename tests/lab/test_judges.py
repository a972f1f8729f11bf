"""Each experiment at a tiny size; and that planted numbers bring out each verdict, whatever the real ones are."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from functools import cache

import pytest
from sizes import TINY

from elman.lab import EXPERIMENTS, Findings, Number, Trial, figures, find
from elman.lab.experiment import DEPENDS, FAILS, HOLDS, Experiment

Rules = dict[str, float]  # a number has the value of the first rule whose parts, split at "&", all stand in its name

HOLDING: dict[str, Rules] = {
    "any-length": {"GRU&right": 99, "15 words: size": 9, "words: size": 5, "size": 7, "right": 60},
    "same-weights": {"training": 99, "the same weights: right": 95, "right": 30, "size": 1},
    "bptt": {"": 1e-16},
    "vanishing": {"largest factor": 0.2, "bound": 0.25, "": 0.2},
    "exploding": {
        "factor": 1.3,
        "no clipping": math.inf,
        "by norm: loss": 0.5,
        "by value: loss": 2,
        "by norm: gradient": 0,
        "by value: gradient": 9,
    },
    "gates": {"simple": 30, "IRNN": 50, "": 60},
    "truncation": {"cut every 32: right": 99, "right": 40, "turned": 40, "cut every 32: kept": 99, "kept": 9},
    "memory": {"at 2 ": 99, "attention": 97, "16 units": 40, "48 units": 60},
    "order": {"counting": 50, "new sentences": 99, "": 50},
    "both-sides": {"one direction&next": 40, "": 99},
    "stepwise": {"changes": 0, "difference": 1e-8, "refuses": 1, "change": 15},
    "feeding": {"own output": 95, "value again": 20, "true ones": 95, "letter 2 ": 94, "": 60},
    "embedding": {"learned vectors: size": 10, "learned vectors: time": 1, "size": 50, "time": 5, "chance": 10, "": 90},
    "padding": {"changed, zeros read": 90, "changed": 0, "ragged": 1, "masked": 20, "zeros read": 5, "": 0},
    "speed": {"cell": 100, "torch": 30, "elman": 20, "convolutions": 10},
    "when-to-use-what": {
        "flowers: one-to-one": 90,
        "names: one-to-many": 90,
        "reviews: many-to-one": 90,
        "tags: many-to-many": 90,
        "encoder-decoder": 90,
        "": 50,
    },
}
FAILING: dict[str, Rules] = {
    "any-length": {"GRU: right at 5 ": 99, "size": 7, "": 60},
    "same-weights": {"training": 95, "the same weights: right": 50, "right": 79, "": 1},
    "bptt": {"": 0.1},
    "vanishing": {"predicted": 0.4, "": 1.5},
    "exploding": {"factor": 0.9, "no clipping": 0.5, "loss": 1.5, "by norm: gradient": 10, "by value: gradient": 0},
    "gates": {"simple": 30, "": 30},
    "truncation": {"cut every 32: right": 80, "right": 70, "": 5},
    "memory": {"fixed&16": 90, "fixed&at 2 ": 90, "fixed": 85, "at 2 ": 90, "": 60},
    "order": {"": 70},
    "both-sides": {"": 80},
    "stepwise": {"difference": 0.1, "refuses": 0, "": 0},
    "feeding": {"own output": 50, "value again": 50, "": 90},
    "embedding": {"learned vectors: right": 50, "right": 60, "": 10},
    "padding": {"changed, zeros read": 0, "changed": 5, "ragged": 9, "masked": 5, "zeros read": 6, "": 0},
    "speed": {"cell": 10, "torch": 20, "elman": 30, "convolutions": 40},
    "when-to-use-what": {"": 70},
}


@cache
def tiny(name: str) -> Findings:
    return find(name).run(seeds=2, **TINY[name])


def planted(name: str, *rules: Rules) -> Findings:
    """What the experiment would conclude if the seeds had given these numbers."""
    names = list(tiny(name).numbers)
    trials = {seed: Trial({what: Number(value_of(what, one)) for what in names}) for seed, one in enumerate(rules)}
    return Findings(find(name), trials, 0.0)


def value_of(name: str, rules: Rules) -> float:
    return next(value for words, value in rules.items() if all(part in name for part in words.split("&")))


def test_every_experiment_is_tested():
    assert set(TINY) == set(HOLDING) == set(FAILING) == set(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_gives_numbers_a_verdict_and_a_figure(name):
    findings = tiny(name)
    assert all(math.isfinite(value) for number in findings.numbers.values() for value in number.by_seed)
    assert findings.verdict in (HOLDS, DEPENDS, FAILS)
    drawn = figures.svg(findings)
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert drawn == figures.svg(findings)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_verdicts_follow_from_the_numbers(name):
    assert planted(name, HOLDING[name], HOLDING[name]).verdict == HOLDS
    assert planted(name, FAILING[name], FAILING[name]).verdict == FAILS
    assert planted(name, HOLDING[name], FAILING[name]).verdict == DEPENDS


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_part_of_the_claim_can_hold_and_fail(name):
    findings = planted(name, HOLDING[name], FAILING[name])
    assert findings.parts == dict.fromkeys(findings.parts, 1)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_says_what_is_claimed_and_done(name):
    experiment = find(name)
    assert isinstance(experiment, Experiment)
    for text in (experiment.claim, experiment.setup, experiment.caption):
        assert text.endswith(".") and "  " not in text
    assert len(experiment.claim) < 140
