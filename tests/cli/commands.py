"""Commands run in this process, as ``main`` runs them."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from elman.cli import main

SMALL = ("--epochs", "1", "--hidden", "8")
EMBEDDED = (*SMALL, "--set", "embedding_size=8")
OF_TEXTS = (*EMBEDDED, "--set", "pieces=0")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def elman(*words: object) -> Outcome:
    """What `elman WORDS` prints, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return Outcome(int(ended.value.code or 0), out.getvalue(), err.getvalue())
