"""Settings take strings as typed and refuse what doesn't fit."""

from __future__ import annotations

import pytest

from elman.errors import TaskError
from elman.settings import Settings


def test_values_are_parsed_by_type():
    settings = Settings().with_changes({"hidden_size": "64", "dropout": "0.25", "crf": "yes", "pooling": "max+mean"})
    assert (settings.hidden_size, settings.dropout, settings.crf) == (64, 0.25, True)
    assert Settings(**settings.to_json()) == settings


@pytest.mark.parametrize(
    "change, message",
    [
        ({"hiden_size": 3}, "did you mean hidden_size"),
        ({"hidden_size": "many"}, "takes a value of type int"),
        ({"cell": "elman"}, "is one of rnn, lstm, gru"),
        ({"pooling": "max+median"}, "is one of"),
        ({"crf": "perhaps"}, "true or false"),
        ({"learning_rate": -1}, "must not be negative"),
        ({"learning_rate": "nan"}, "must not be negative"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(TaskError, match=message):
        Settings().with_changes(change)
