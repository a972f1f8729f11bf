"""Where commands print: people's text, and JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """A console that prints data as they are: brackets are no markup, and numbers aren't painted."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def say(to: Console, text: str = "", style: str | None = None) -> None:
    """One line; folded at the width of a terminal, and whole where the output isn't one."""
    to.print(text, style=style, soft_wrap=not to.is_terminal)


def print_json(value: Any) -> None:
    """One JSON object on one line of standard output."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))
