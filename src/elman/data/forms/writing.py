# pyright: strict
"""Dates as a column writes them: an example of it, with the parts of another date in the places of its own."""

from __future__ import annotations

import datetime

from elman.data.forms.moments import ALIKE, MONTH_WORDS, Layout, Order, layout_of

ENGLISH = [line.split()[:2] for line in MONTH_WORDS.strip().splitlines()]
ENGLISH[4] = ["may", "may"]
"""The short and the whole name of each month."""
UNKNOWN = frozenset({"week", "ordinal", "until", "era", "noon", "oclock"})
"""Parts that other times may not have, or not so."""
MAY_LACK_A_ZERO = frozenset({"a", "b", "day", "month", "hour"})


def like(example: str, time: datetime.datetime, order: Order, bare: frozenset[str]) -> str | None:
    """The time in the form of the example; None where that has what isn't known of other times, as days of the week.

    bare: parts that stand without a zero before them where they have one figure
    """
    layout = layout_of(example.translate(ALIKE))
    if layout is None or min(place.start for place in layout.values()) or UNKNOWN & layout.keys():
        return None
    text, end = "", 0
    for part, place in sorted(layout.items(), key=lambda item: item[1].start):
        if part in ("sep", "zone", "named") or place.start < end:
            continue
        written = part_like(part, example[place], time, order, part in bare, layout)
        if written is None:
            return None
        text, end = text + example[end : place.start] + written, place.stop
    return text + example[end:]


def part_like(part: str, example: str, time: datetime.datetime, order: Order, bare: bool, layout: Layout) -> str | None:
    """One part of a time, as that of the example is written."""
    if part == "word":
        return month_like(example, time.month)
    if part == "half":
        return example.translate(str.maketrans("AaPp", "AaAa" if time.hour < 12 else "PpPp"))
    if part == "compact":
        return f"{time:%M%S}"[: len(example)]
    if part in ("fraction", "fraction_"):
        return f"{time.microsecond:06d}000"[: len(example)]
    number = {
        **dict(zip("abc", in_order(time, order), strict=True)),
        "year": time.year,
        "quarter": (time.month + 2) // 3,
        "semester": (time.month + 5) // 6,
        "month": time.month,
        "day": time.day,
        "hour": (time.hour + 11) % 12 + 1 if "half" in layout else time.hour,
        "minute": time.minute,
        "minute_": time.minute,
        "second": time.second,
        "second_": time.second,
    }[part]
    mark, figures = ("'", example[1:]) if example.startswith("'") else ("", example)
    if part in ("year", "c", "a") and len(figures) == 2:
        number %= 100
    return mark + (str(number) if bare else f"{number:0{len(figures)}d}")


def in_order(time: datetime.datetime, order: Order) -> tuple[int, int, int]:
    if order == "year-first":
        return time.year, time.month, time.day
    return (time.day, time.month, time.year) if order == "day-first" else (time.month, time.day, time.year)


def month_like(example: str, month: int) -> str | None:
    """The name of a month, short or whole and in the case of the example; None where that isn't English."""
    short = next((place for place in (0, 1) if any(example.lower() == names[place] for names in ENGLISH)), None)
    if short is None:
        return None
    name = ENGLISH[month - 1][short]
    return name.upper() if example.isupper() else name.title() if example.istitle() else name


def without_zeros(shapes: set[str]) -> tuple[str, ...]:
    """The parts of dates that stand with one figure alone in some of these texts, whose figures are all 0."""
    layouts = [layout for shape in shapes if (layout := layout_of(shape))]
    bare = {part for layout in layouts for part, place in layout.items() if place.stop - place.start == 1}
    return tuple(sorted(bare & MAY_LACK_A_ZERO))
