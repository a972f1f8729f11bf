"""What all experiments share: seeds, intervals, verdicts."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from elman.errors import TaskError
from elman.lab import EXPERIMENTS, Experiment, Number, Trial, find
from elman.lab.experiment import DEPENDS, FAILS, HOLDS, confidence, format_value, percent, verdict


def drawn_number(seed: int, *, shift: float = 0.0) -> Trial:
    return Trial({"drawn": Number(torch.rand(()).item() + shift, "m")}, {"line": np.full(3, seed)})


def toy(measure=drawn_number, judge=lambda numbers: {"it is positive": numbers["drawn"] > 0}) -> Experiment:
    return Experiment("toy", "A claim.", "A set-up.", measure, judge, lambda figure, findings: None, "A caption.")


def test_same_seed_gives_the_same_and_torchs_own_state_is_left_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    findings = toy().run(seeds=[4, 5, 4])
    assert torch.equal(torch.rand(3), expected)
    assert list(findings.trials) == [4, 5]
    assert findings.numbers["drawn"].by_seed == toy().run(seeds=[4, 5]).numbers["drawn"].by_seed
    assert len(set(findings.numbers["drawn"].by_seed)) == 2


def test_number_of_seeds():
    assert list(toy().run().trials) == [0, 1, 2, 3, 4]
    assert list(toy().run(seeds=2).trials) == [0, 1]
    with pytest.raises(TaskError, match="toy needs at least one seed"):
        toy().run(seeds=0)


def test_numbers_are_median_lowest_and_highest():
    values = iter([3.0, -1.0, 8.0])
    findings = toy(lambda seed: Trial({"drawn": Number(next(values), "m")})).run(seeds=3)
    number = findings.numbers["drawn"]
    assert (number.low, number.value, number.high, number.unit) == (-1.0, 3.0, 8.0, "m")
    assert findings.parts == {"it is positive": 2}
    assert findings.verdict == DEPENDS


@pytest.mark.parametrize(
    ("met", "expected"),
    [((5, 5), HOLDS), ((5,), HOLDS), ((5, 4), DEPENDS), ((5, 0), DEPENDS), ((1, 0), DEPENDS), ((0, 0), FAILS)],
)
def test_verdict_follows_from_the_counts(met, expected):
    assert verdict(met, seeds=5) == expected


def test_confidence_is_how_often_the_range_covers_the_median():
    rng = np.random.default_rng(0)
    for seeds in (1, 2, 5):
        samples = rng.exponential(size=(20_000, seeds))  # a skewed distribution with median ln 2
        covered = (samples.min(1) <= math.log(2)) & (math.log(2) <= samples.max(1))
        assert confidence(seeds) == pytest.approx(covered.mean(), abs=0.01)


def test_arrays_are_stacked_by_seed():
    assert toy().run(seeds=2).array("line").tolist() == [[0, 0, 0], [1, 1, 1]]


def test_json_has_no_infinities():
    findings = toy(lambda seed: Trial({"drawn": Number(math.inf if seed else 1.0)})).run(seeds=2)
    record = json.loads(json.dumps(findings.to_json(), allow_nan=False))
    assert record["numbers"]["drawn"]["by_seed"] == [1.0, None]
    assert record["parts"] == {"it is positive": {"seeds": 2, "of": 2}}
    assert record["verdict"] == HOLDS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (3.0, "3"),
        (1234567.0, "1,234,567"),
        (0.12345, "0.123"),
        (12.345, "12.3"),
        (99.96, "100"),
        (1234.5, "1,234"),
        (0.00012, "1.2e-04"),
        (-2.5, "-2.50"),
        (math.inf, "not finite"),
        (math.nan, "not finite"),
    ],
)
def test_values_are_formatted(value, expected):
    assert format_value(value) == expected


def test_percent():
    assert percent(0.5) == (50.0, "%")


def test_find():
    assert find("any-length").name == "any-length"
    with pytest.raises(TaskError, match="Did you mean vanishing"):
        find("vanish")
    assert [find(name).name for name in EXPERIMENTS] == list(EXPERIMENTS)
