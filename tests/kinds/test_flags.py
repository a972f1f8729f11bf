"""A kind is built on another only where all that the other says of itself holds of it too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from elman.kinds import KINDS, Kind, LabelKind


def turned_off(kind: type[Kind]) -> Iterator[str]:
    """Flags that a kind below ``Kind`` sets, and this one, which is built on it, takes back."""
    for parent in kind.__mro__[1:]:
        if parent is not Kind and issubclass(parent, Kind):
            yield from (name for name, value in vars(parent).items() if value is True and not getattr(kind, name))


@pytest.mark.parametrize("name", KINDS.ours)
def test_no_kind_takes_back_what_it_inherits(name):
    assert not list(turned_off(KINDS[name]))


def test_a_flag_that_is_taken_back_is_found():
    class Several(LabelKind):
        is_value = False

    assert list(turned_off(Several)) == ["is_value"]
