"""Functions are marked with what they read; what nothing reads is refused, and what would read it is named."""

from __future__ import annotations

import pytest

from elman.errors import TaskError
from elman.settings import Settings
from elman.settings.used import check_used, read_by, read_by_methods, reads


@reads("dropout")
@reads("character_size", where=lambda thing, settings: settings.characters)
def inner(thing: str, settings: Settings) -> None: ...


@reads(inner, "cell", where=lambda thing, settings: thing == "text")
@reads("clip")
def outer(thing: str, settings: Settings) -> None: ...


class Reader:
    @reads(outer)
    def network(self) -> None: ...

    @reads("seed")
    def batches(self) -> None: ...


class Other(Reader):
    @reads("streams")
    def batches(self) -> None: ...


def test_marks_add_up_where_they_hold():
    characters = Settings(characters=True)
    assert read_by(outer, "text", Settings()) == {"clip", "cell", "dropout"}
    assert read_by(outer, "text", characters) == {"clip", "cell", "dropout", "character_size"}
    assert read_by(outer, "sound", characters) == {"clip"}
    assert read_by(len, "text", characters) == set()


def test_methods_that_are_overridden_no_longer_count():
    assert read_by_methods(Reader(), Settings()) == {"clip", "seed"}
    assert read_by_methods(Other(), Settings()) == {"clip", "streams"}


def test_a_mark_names_settings_that_there_are():
    with pytest.raises(ValueError, match="there are no settings colour"):
        reads("colour")


USES = {
    "spelling": lambda settings: frozenset({"characters", "pieces", *["character_size"] * settings.characters}),
    **{f"other-{i}": lambda settings: frozenset({"cell"}) for i in range(6)},
    "series": lambda settings: frozenset({"quantiles"}),
}


@pytest.mark.parametrize(
    "name, run, message",
    [
        ("quantiles", "spelling", "^the setting quantiles isn't used by spelling, but by series: leave it out$"),
        ("cell", "series", "but by other-0, other-1, other-2, other-3 and 2 more: leave it out$"),
        (
            "character_size",
            "spelling",
            "by spelling without characters=true: pass that too, or leave character_size out$",
        ),
        ("quantils", "series", "there is no setting 'quantils'; did you mean quantiles"),
    ],
)
def test_what_is_not_used_is_refused_and_what_would_use_it_is_named(name, run, message):
    with pytest.raises(TaskError, match=message):
        check_used([name], Settings(), run, USES[run], lambda: USES)


def test_what_is_used_passes_and_asks_no_other_run():
    def others():
        raise AssertionError("asked without need")

    check_used(["character_size", "pieces"], Settings(characters=True), "spelling", USES["spelling"], others)
