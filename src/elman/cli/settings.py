"""`elman settings`: what can be set, and what each setting does."""

from __future__ import annotations

import typer


def settings() -> None:
    """List what `train --set` can change, with the defaults.

    A task's recipe changes the defaults by the size of the data; the card of a model lists what it was trained with.

    \b
    Examples:
      elman settings
      elman train messages.csv --set optimizer=sgd --set learning_rate=0.1
    """
    from elman.cli.console import console, say
    from elman.settings.listing import lines

    to = console()
    for line in lines():
        say(to, line, None if line.startswith(" ") else "bold")


def key_values(pairs: list[str]) -> dict[str, str]:
    """What stands after ``--set``, ``["a=1", "b=2"]``, as a dict."""
    for pair in pairs:
        if "=" not in pair:
            raise typer.BadParameter(f"--set takes KEY=VALUE, such as --set dropout=0.2; got {pair!r}")
    return dict(pair.split("=", 1) for pair in pairs)


def complete(begun: str) -> list[tuple[str, str]]:
    """For shells: what ``begun`` after ``--set`` may become, and what it does."""
    from elman.settings import declared
    from elman.settings.setting import typed

    name, sign, _ = begun.partition("=")
    if sign:
        choices = declared()[name].choices if name in declared() else ()
        words = [(f"{name}={typed(choice)}", "") for choice in choices]
    else:
        words = [(f"{each.name}=", each.check.help) for each in declared().values()]
    return [(word, help) for word, help in words if word.startswith(begun)]
