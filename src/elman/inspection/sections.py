"""Measurements put into words and pictures, in the order in which a page tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from elman.inspection import attribution, calibration, inside, invariance, unrolled, within
from elman.inspection.recurring import recurring
from elman.inspection.section import Listing, Picture, Section, percent
from elman.inspection.subject import Subject, stacks_of


def sections(subject: Subject) -> Iterator[Callable[[], Section | None]]:
    """The measurements of a subject, each to be called when its turn comes."""
    yield partial(drawing, subject)
    if stacks_of(subject.network):
        yield from recurring(subject)
    elif within.reads_parts(subject):
        yield partial(read_in_parts, subject)
    yield partial(decided, subject)
    yield partial(aligned_by_attention, subject)
    yield partial(chained, subject)
    yield partial(near, subject)
    yield partial(audited, subject)
    yield partial(calibrated, subject)


def drawing(subject: Subject) -> Section:
    drawn = [unrolled.unrolled(subject, row) for row in subject.shown]
    pictures = [
        Picture(
            f"unrolled-{i + 1}",
            partial(unrolled.draw, drawing=one),
            unrolled.CAPTION if i == 0 else "",
            f"The network unrolled over {one.row}",
            max(22.0, 4.6 * unrolled.width_of(one)),
        )
        for i, one in enumerate(drawn)
    ]
    weights = sum(p.numel() for p in subject.network.parameters())
    sizes = ", ".join(one.row for one in drawn)
    words = [f"The network has {weights:,} weights. It is drawn here over {sizes} of the data."]
    return Section("unrolled", "The network, unrolled", words, drawn, pictures)


def read_in_parts(subject: Subject) -> Section:
    words = [
        "Each text of a record is read by a recurrence of its own, and what they come to stands beside the other "
        "columns. Gradient flow, the steps' terms, memory, gates, hidden states, Jacobians and what single words "
        "decided are left out here: they are measured of models that read one column. What follows holds for any."
    ]
    return Section("left-out", "What couldn't be looked at", words, subject.columns, mood="unsure")


def decided(subject: Subject) -> Section | None:
    every = [attribution.attribution(subject, row) for row in subject.shown]
    found = [each for each in every if each is not None]
    long = sum(attribution.too_long(subject, row) for row in subject.shown)
    if not found and not long:
        return decided_within(subject)
    pictures, words = [], [f"{long} of the rows shown are too long to leave steps out."] * bool(long)
    for i, each in enumerate(found):
        strongest = sorted(range(len(each.words)), key=lambda t: -abs(each.occlusion[t]))[:3]
        named = [(each.words[t], each.occlusion[t]) for t in strongest]
        words.append(f"{each.row}: {attribution.decided_by(each.answer, named, 'steps')} {completeness(each.gap)}")
        pictures.append(
            Picture(
                f"inputs-{i + 1}",
                partial(attribution.draw, found=each),
                attribution.CAPTION if i == 0 else "",
                words[-1],
            )
        )
    if found and found[len(found) // 2].matrix:
        each = found[len(found) // 2]
        pictures.append(
            Picture(
                "inputs-matrix",
                partial(attribution.draw_matrix, found=each),
                attribution.MATRIX_CAPTION,
                f"What each answer of {each.row} rests on",
            )
        )
    more = decided_within(subject)
    if more is not None:
        words, pictures = words + more.words, pictures + more.pictures
    return Section(
        "inputs", "Which inputs decided", words, {"steps": found, "within": more.data if more else []}, pictures
    )


def decided_within(subject: Subject) -> Section | None:
    """Where an input is more than steps: its columns, or its places."""
    by_column = [one for row in subject.shown if (one := within.columns(subject, row))]
    by_place = [one for row in subject.shown if (one := within.places(subject, row))]
    words, pictures = [], []
    for i, one in enumerate(by_column):
        strongest = np.abs(one.occlusion).argsort()[::-1][:3]
        named = [(one.names[k], one.occlusion[k]) for k in strongest]
        words.append(f"{one.row}: {attribution.decided_by(one.answer, named, 'columns')} {completeness(one.gap)}")
        pictures.append(
            Picture(
                f"columns-{i + 1}",
                partial(within.draw_columns, found=one),
                within.COLUMNS_CAPTION if i == 0 else "",
                words[-1],
            )
        )
        if one.by_step:
            pictures.append(
                Picture(
                    f"columns-steps-{i + 1}",
                    partial(within.draw_steps, found=one),
                    within.STEPS_CAPTION if i == 0 else "",
                    f"Columns by step, {one.row}",
                )
            )
    for i, one in enumerate(by_place):
        falls = np.array(one.occlusion)
        down, across = np.unravel_index(falls.argmax(), falls.shape)
        words.append(
            f"{one.row}: {one.answer!r} loses most ({falls.max():+.2g}) without the place {across + 1} of "
            f"{falls.shape[1]} from the left, {down + 1} of {falls.shape[0]} from the top. "
            f"{completeness(one.gap)}"
        )
        pictures.append(
            Picture(
                f"places-{i + 1}",
                partial(within.draw_places, found=one),
                within.PLACES_CAPTION if i == 0 else "",
                words[-1],
            )
        )
    if not words:
        return None
    return Section("inputs", "Which inputs decided", words, [*by_column, *by_place], pictures)


def completeness(gap: float) -> str:
    return f"Completeness gap of gradient × input: {percent(min(gap, 9.99))}."


def aligned_by_attention(subject: Subject) -> Section | None:
    row = subject.middle
    found = inside.alignment(subject, row)
    if found is None:
        return None
    draw = partial(inside.draw_matrix, found=found, down="written", along="read")
    words = [f"Attention over {subject.name(row)}."]
    return Section(
        "attention",
        "Where attention looks",
        words,
        found,
        [Picture("attention", draw, inside.ATTENTION_CAPTION, words[0])],
    )


def chained(subject: Subject) -> Section | None:
    found = inside.transitions(subject)
    if found is None:
        return None
    values = np.array(found.values)
    a, b = np.unravel_index(values.argmax(), values.shape)
    words = [f"The most encouraged transition is {found.rows[a]} → {found.columns[b]} ({values[a, b]:+.2f} nats)."]
    draw = partial(inside.draw_matrix, found=found, down="from", along="to")
    return Section(
        "transitions",
        "Transitions of the CRF",
        words,
        found,
        [Picture("transitions", draw, inside.TRANSITIONS_CAPTION, words[0])],
    )


def near(subject: Subject) -> Section | None:
    found = inside.neighbours(subject)
    if not found:
        return None
    rows = [[each.token, ", ".join(f"{token} {cosine:.2f}" for token, cosine in each.nearest)] for each in found]
    words = ["Words whose vectors point the same way are the same to the network."]
    caption = "The nearest by the cosine of their vectors: 1 is the same direction, 0 none in common."
    return Section(
        "neighbours",
        "Nearest neighbours of embeddings",
        words,
        found,
        listings=[Listing(["token", "nearest"], rows, caption=caption)],
    )


def audited(subject: Subject) -> Section:
    found = invariance.audit(subject)
    unlike = [way for way in found.ways if not way.alike]
    words = [
        f"{found.answers:,} answers to {found.rows} rows, asked for in other ways: "
        + (
            "all the same but for rounding."
            if not unlike
            else "not the same " + ", ".join(way.name for way in unlike) + ". Please report this: it is a bug."
        )
    ]
    rows = [
        [
            way.name,
            "–" if way.difference is None else f"{way.difference:.1e}",
            "–" if way.changes is None else f"{way.changes:,}",
            way.why_not,
        ]
        for way in found.ways
    ]
    caption = (
        "The largest difference of any score, in units of the largest score; float32 rounds at about 1e-7. Then how "
        "many answers it changes: scores that are as good as equal may fall either way."
    )
    listing = Listing(["asked for", "largest difference", "answers changed", ""], rows, range(1, 3), caption)
    return Section(
        "invariance",
        "The same answer, however asked",
        words,
        found,
        listings=[listing],
        mood="bad" if unlike else "good",
    )


def calibrated(subject: Subject) -> Section | None:
    found = calibration.of_answers(subject)
    if found is None:
        return None
    words = [f"Over {found.answers:,} answers of the network alone: {found}"]
    draw = partial(calibration.draw, found=found)
    return Section(
        "calibration",
        "Calibration",
        words,
        found,
        [Picture("calibration", draw, calibration.CAPTION, words[0], 18.0)],
        mood="good" if found.is_sound else "unsure",
    )
