"""How the site shows docstrings: runs of lines ``name:  meaning`` become a list, as they look in the source."""

from __future__ import annotations

import re

import griffe

ENTRY = re.compile(r"^(?P<names>\w+(?:, \w+)*):\s+(?P<meaning>\S.*)$")
CODE = re.compile(r"(?<!`)``([^`]+)``(?!`)")  # and not the fence of an example, which has three


class Lists(griffe.Extension):
    """Rewrites each docstring as Markdown."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """``name: meaning`` lines as bullets; doubled backquotes single; examples as code."""
    lines, fenced = [], False
    for line in text.splitlines():
        stripped = line.strip()
        example = stripped.startswith((">>>", "...")) or (fenced and stripped != "")
        if example != fenced:
            lines += ["", "```python"] if example else ["```", ""]
            fenced = example
        if fenced:
            lines.append(stripped.replace("# doctest: +SKIP", "").rstrip())
        else:
            lines.append(bullet(line))
    return CODE.sub(r"`\1`", "\n".join([*lines, "```"] if fenced else lines))


def bullet(line: str) -> str:
    """A line ``name: meaning`` as an item of a list, what follows it as it is."""
    found = ENTRY.match(line)
    if found is None:
        return line
    names = ", ".join(f"`{name.strip()}`" for name in found["names"].split(","))
    return f"\n- {names}: {found['meaning']}"
