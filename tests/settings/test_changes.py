"""What editors, shells and people are shown of the settings is what they are."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import get_type_hints

import pytest
import typer

from elman.cli.app import app
from elman.cli.settings import complete
from elman.cli.train import cells
from elman.cli.wanted import tasks
from elman.diagnosis.verdict import flag
from elman.settings import Settings, declared
from elman.settings.changes import SettingsChanges
from elman.settings.listing import lines
from elman.trainer import fit

OWN = {"epochs", "minutes", "seed"}
"""Settings that ``fit`` takes by parameters of its own."""
COMMANDS = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


def test_arguments_of_fit_are_the_settings():
    types = {name: hint for name, hint in get_type_hints(Settings).items() if name not in OWN}
    assert get_type_hints(SettingsChanges) == types
    parameters = inspect.signature(fit).parameters
    assert parameters.keys() & declared().keys() == OWN
    assert parameters["options"].annotation == "Unpack[FitOptions]"


def test_each_setting_is_listed_once_under_its_group():
    listed = list(lines())
    named = [line.split("=")[0].strip() for line in listed if line.startswith("  ")]
    assert named == list(declared())
    assert [line for line in listed if not line.startswith(" ")] == list(
        dict.fromkeys(each.group for each in declared().values())
    )
    text = "\n".join(listed)
    assert "cell=lstm              the recurrent cell: rnn, lstm, gru, mgu" in text
    assert "teacher_forcing=1" in text and "; 0 to 1" in text and "quantiles=0.1,0.9" in text


def test_the_page_of_commands_lists_them_too():
    listed = "```text\n" + "\n".join(lines()) + "\n```"
    assert listed in COMMANDS.read_text(encoding="utf-8"), "docs/commands.md: paste what `elman settings` prints"


@pytest.mark.parametrize(
    "begun, words",
    [
        ("cell=g", ["cell=gru"]),
        ("subs", ["subsampling="]),
        ("subsampling=", ["subsampling=1", "subsampling=2", "subsampling=4"]),
        ("crf=", ["crf=true", "crf=false"]),
        ("hidden_size=", []),
        ("colour=", []),
        ("colour", []),
    ],
)
def test_shells_complete_settings(begun, words):
    assert [word for word, _ in complete(begun)] == words


def test_shells_complete_tasks_and_cells():
    assert cells("l") == ["lstm"] and tasks("next-w") == ["next-word"]
    assert [word for word, _ in complete("")] == [f"{name}=" for name in declared()]


def test_flags_of_remedies_are_options_of_train():
    train = typer.main.get_command(app).commands["train"]  # type: ignore[attr-defined]
    options = {option for parameter in train.params for option in parameter.opts}
    for name, each in declared().items():
        option, value = flag(name, each.default).split(" ", 1)
        assert option in options and (option != "--set" or value.startswith(f"{name}="))
