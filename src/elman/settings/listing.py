# pyright: strict
"""All settings by group, with what they are by default and what they may be, as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from elman.settings import declared
from elman.settings.setting import Setting, typed


def lines() -> Iterator[str]:
    """A heading for each group, and below it a line for each setting."""
    width = max(len(_default(each)) for each in declared().values())
    for group, members in groupby(declared().values(), key=lambda each: each.group):
        yield group
        for each in members:
            yield f"  {_default(each):{width}}  {each.check.help}{_allowed(each)}"


def _default(each: Setting) -> str:
    return f"{each.name}={typed(each.default)}"


def _allowed(each: Setting) -> str:
    """The choices, or the limits that a number has beside not being negative."""
    check = each.check
    if each.choices and each.type is not bool:
        return f": {', '.join(map(typed, each.choices))}" + f", joined by {check.joined}" * bool(check.joined)
    if check.most < math.inf:
        return f"; {check.least:g} to {check.most:g}"
    if check.below < math.inf:
        return f"; below {check.below:g}"
    return f"; at least {check.least:g}" if check.least else ""
