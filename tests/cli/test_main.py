"""What all commands share: help, exit codes, messages."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest
from commands import elman

from elman import cli
from elman.cli import describe, without_debug
from elman.errors import TaskError

COMMANDS = (
    "train",
    "evaluate",
    "predict",
    "generate",
    "suggest",
    "detect",
    "compress",
    "export",
    "sample",
    "demo",
    "lab",
    "settings",
    "doctor",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command):
    outcome = elman(command, "--help")
    assert outcome.code == 0
    assert f"  elman {command}" in outcome.out.split("Example")[1]


def test_help_lists_the_commands_in_order():
    listed = elman("--help").out.split("Commands:")[1].split()
    assert [word for word in listed if word in COMMANDS] == list(COMMANDS)


def test_help_loads_nothing_heavy():
    code = (
        "import sys, atexit; atexit.register(lambda: print(sorted({m.split('.')[0] for m in sys.modules})));"
        "from elman.cli import main; main(['--help'])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("torch", "numpy", "duckdb", "rich", "pydantic"):
        assert f"'{heavy}'" not in loaded


def test_it_is_a_module_too():
    command = [sys.executable, "-m", "elman", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("elman ")


def test_package_loads_nothing_heavy():
    code = "import sys, elman; print('torch' in sys.modules, elman.__version__); elman.ElmanError; dir(elman)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("False 0.")


@pytest.mark.parametrize(("given", "expected"), [(None, "passive"), ("active", "active")])
def test_waiting_threads_sleep_unless_told_otherwise(monkeypatch, given, expected):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    cli.wait_politely()
    assert os.environ["OMP_WAIT_POLICY"] == expected


def test_errors_of_the_user_are_one_message():
    outcome = elman("sample", "revews")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("elman: there is no sample 'revews'. Did you mean reviews?")
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("words", [("--debug", "sample", "revews"), ("sample", "revews", "--debug")])
def test_debug_shows_where(words):
    outcome = elman(*words)
    assert outcome.code == 2
    assert "Traceback" in outcome.err


def test_debug_after_two_dashes_is_a_word():
    assert without_debug(["predict", "m", "--", "--debug"]) == (False, ["predict", "m", "--", "--debug"])


def test_our_own_mistakes_are_called_so(monkeypatch):
    monkeypatch.setattr("elman.samples.names", lambda: 1 / 0)
    outcome = elman("sample")
    assert outcome.code == cli.BUG
    assert "this is a bug in Elman: ZeroDivisionError" in outcome.err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TaskError("say this"), "say this"),
        (OSError(errno.ENOSPC, "No space left on device", "/d/f"), "/d/f: No space left on device; free some space"),
        (OSError(errno.EROFS, "Read-only file system", "/d/f"), "name a place that can be written to"),
        (PermissionError(errno.EACCES, "Permission denied", "/d/f"), "ask for permission"),
        (MemoryError(), "out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "out of memory"),
    ],
)
def test_each_error_has_a_remedy(error, message):
    assert message in describe(error)
    assert cli.expected(error)


def test_a_closed_pipe_ends_quietly():
    command = f'{sys.executable} -c \'from elman.cli import main; main(["sample", "reviews"])\' | head -n 1'
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert ended.stdout == "text,label\n"
    assert "Traceback" not in ended.stderr
    assert "rror" not in ended.stderr


def test_unknown_command_and_no_command():
    assert elman("trian").code == 2
    assert "Commands:" in elman().out + elman().err
