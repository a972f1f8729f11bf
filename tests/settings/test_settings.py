"""Settings take strings as typed and refuse what doesn't fit; each is declared once, with its check and explanation."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from elman.errors import TaskError
from elman.settings import GROUPS, Settings, declared
from elman.settings.setting import typed


def test_values_are_parsed_by_type():
    settings = Settings().with_changes({"hidden_size": "64", "dropout": "0.25", "crf": "yes", "pooling": "max+mean"})
    assert (settings.hidden_size, settings.dropout, settings.crf, settings.pooling) == (64, 0.25, True, "max+mean")
    assert Settings().with_changes({"subsampling": "4"}).subsampling == 4
    assert Settings().with_changes({"hidden_size": 64.0}).hidden_size == 64


def test_json_gives_the_same_settings():
    settings = Settings().with_changes({"quantiles": "0.75, .05,0.25", "pooling": "max+mean", "voice": "2"})
    assert Settings().with_changes(json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize("value", ["0.75, .05,0.25", [0.05, 0.25, 0.75], (0.25, 0.05, 0.75, 0.75)])
def test_quantiles_are_numbers(value):
    assert Settings().with_changes({"quantiles": value}).quantiles == (0.05, 0.25, 0.75)
    assert Settings().with_changes({"quantiles": ""}).quantiles == ()


@pytest.mark.parametrize(
    "change, message",
    [
        ({"hiden_size": 3}, "did you mean hidden_size"),
        ({"hidden_size": "many"}, "takes a whole number, got 'many'"),
        ({"hidden_size": 64.5}, "takes a whole number, got 64.5"),
        ({"hidden_size": True}, "takes a whole number, got True"),
        ({"hidden_size": math.inf}, "takes a whole number, got inf"),
        ({"hidden_size": 0}, "must be at least 1, got 0"),
        ({"dropout": "some"}, "takes a number, got 'some'"),
        ({"dropout": 1.0}, "must lie between 0 and 1"),
        ({"dropout": "nan"}, "must lie between 0 and 1"),
        ({"teacher_forcing": 1.5}, "must lie between 0 and 1"),
        ({"cell": "elman"}, "is one of rnn, lstm, gru, mgu; got 'elman'"),
        ({"pooling": "max+median"}, "is one of last, mean, max, inputs, attention, or several joined by +"),
        ({"pooling": ""}, "is one of"),
        ({"subsampling": 3}, "is one of 1, 2, 4; got 3"),
        ({"crf": "perhaps"}, "true or false"),
        ({"crf": 2}, "true or false"),
        ({"learning_rate": -1}, "must not be negative, got -1"),
        ({"seed": -1}, "must not be negative, got -1"),
        ({"learning_rate": "nan"}, "must be finite, got 'nan'"),
        ({"minutes": math.inf}, "must be finite, got inf"),
        ({"quantiles": "0.1,1"}, "shares between 0 and 1, such as 0.1,0.9"),
        ({"quantiles": "few"}, "shares between 0 and 1"),
        ({"quantiles": 0.5}, "shares between 0 and 1"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(TaskError, match=message):
        Settings().with_changes(change)


def test_each_setting_is_declared_once_and_explained():
    names = [field.name for group in GROUPS for field in dataclasses.fields(group)]
    assert len(names) == len(set(names)) and set(names) == {field.name for field in dataclasses.fields(Settings)}
    assert list(declared()) == names
    for each in declared().values():
        assert each.check.help and not each.check.help.endswith(".") and each.group, each.name
        assert each.parsed(each.default) == each.default == each.parsed(typed(each.default)), each.name
        assert getattr(Settings(), each.name) == each.default
        for choice in each.choices:
            assert each.parsed(choice) == choice == each.parsed(typed(choice))
