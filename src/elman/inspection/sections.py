"""Measurements put into words and pictures, in the order in which a page tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.utils.parametrize import is_parametrized

from elman.answers.abilities import Streams
from elman.diagnosis.verdict import SHORT
from elman.drawing.figures import INK, heading, heat, logarithmic, words_along
from elman.inspection import (
    attribution,
    calibration,
    curves,
    flowing,
    gates,
    inside,
    invariance,
    memory,
    spectra,
    unrolled,
    within,
)
from elman.inspection.answers import aligned, answers, losses
from elman.inspection.section import Listing, Picture, Section, number, percent
from elman.inspection.subject import Subject, stacks_of
from elman.inspection.terms import terms
from elman.inspection.trace import LayerRun, StackRun, plain, watched
from elman.inspection.trace import unrolled as layers_of
from elman.inspection.words import short
from elman.nn.stack import parameter_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLOW_STEPS, BATCHES, BATCH = 20_000, 4, 32


@dataclass(frozen=True)
class Look:
    """One forward and backward pass over some rows, watched; ``grads`` holds dL/dW_hh of every layer that has one."""

    subject: Subject
    rows: list[int]
    runs: list[StackRun]
    layers: list[LayerRun]
    grads: list[torch.Tensor | None]

    @classmethod
    def at(cls, subject: Subject, rows: list[int]) -> Look:
        network, batch = subject.network, subject.collate(rows)
        network.zero_grad()
        with watched(network) as runs:
            found = answers(network, batch)
        losses(network, found, batch).sum().backward()
        pairs = [(run, layer) for run in runs for layer in layers_of(run)]
        grads = [None if layer.weight_hh is None else weight_hh_of(run, layer).grad for run, layer in pairs]
        return cls(subject, rows, runs, [layer for _, layer in pairs], grads)

    @cached_property
    def words(self) -> dict[str, list[list[str]]]:
        """By stack: what each row reads there, step by step."""
        return {
            run.name: [
                unrolled.read_by(self.subject, run, row, int(steps))
                for row, steps in zip(self.rows, run.inputs.lengths, strict=True)
            ]
            for run in self.runs
        }


def weight_hh_of(run: StackRun, layer: LayerRun) -> torch.Tensor:
    """The recurrent weights as they are learned: behind weight dropout, where there is some."""
    name = parameter_name("weight_hh", layer.layer, int(layer.reverse))
    if is_parametrized(run.rnn, name):
        return run.rnn.get_parameter(f"parametrizations.{name}.original")
    return run.rnn.get_parameter(name)


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


def recurring(subject: Subject) -> Iterator[Callable[[], Section | None]]:
    """The measurements of its recurrence."""
    memories = memory.memory(subject)
    if closed := [name for name, stack in stacks_of(subject.network).items() if not plain(stack.rnn)]:
        yield partial(left_out, closed)
        yield partial(remembered, memories)
        return
    looks = [Look.at(subject, rows) for rows in batches(subject)]
    many, one = looks[0], Look.at(subject, [middling(subject)])
    yield partial(flowing_back, looks, memories)
    yield partial(step_terms, one)
    yield partial(remembered, memories)
    yield partial(opened, one, many)
    yield partial(hidden, one, many)
    yield partial(stretched, one)


def batches(subject: Subject) -> list[list[int]]:
    """Rows of several batches, each of which may say something else of how gradients flow."""
    rows = subject.within(FLOW_STEPS, BATCHES * BATCH)
    return [part for i in range(BATCHES) if (part := rows[i::BATCHES])]


def middling(subject: Subject) -> int:
    """The row that pictures of one row show."""
    return subject.shown[len(subject.shown) // 2]


# -- one section each -------------------------------------------------------------------------


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


def left_out(closed: list[str]) -> Section:
    names = " and ".join(closed)
    words = [
        f"The cells of the {names} have more inside than plain ones (layer normalisation, zoneout, a projection, or a "
        "reset gate before the product). What needs a plain cell's own equations is left out here: gradient flow, the "
        "steps' terms, gates, hidden states and Jacobians. All that follows holds for any cell."
    ]
    return Section("left-out", "What couldn't be looked at", words, closed, mood="unsure")


def read_in_parts(subject: Subject) -> Section:
    words = [
        "Each text of a record is read by a recurrence of its own, and what they come to stands beside the other "
        "columns. Gradient flow, the steps' terms, memory, gates, hidden states, Jacobians and what single words "
        "decided are left out here: they are measured of models that read one column. What follows holds for any."
    ]
    return Section("left-out", "What couldn't be looked at", words, subject.columns, mood="unsure")


def flowing_back(looks: list[Look], memories: list[memory.Memory]) -> Section | None:
    task, settings = looks[0].subject.task, looks[0].subject.parts.settings
    # Running text has no lengths of its own: what it needs is what is measured.
    running = isinstance(task, Streams)
    measured = {one.stack: one.uses or 1 for one in memories} if running else None
    found = flowing.flows([look.layers for look in looks], settings, task.uses(settings), measured)
    if found is None:
        return None
    worst = found.worst
    words = [worst.words, *(verdict.words for verdict in found.verdicts if verdict is not worst)]
    if worst.remedies:
        when = "If answers depend on steps further apart" if worst.state == SHORT else "What may help"
        either = "; or ".join(f"{remedy.flags} ({remedy.why})" for remedy in worst.remedies)
        words.insert(1, f"{when}: training again with {either}.")
    ill = "bad" if worst.remedies else "unsure"
    mood = {"vanishing": ill, "exploding": ill, "healthy": "good"}.get(worst.state, "")
    picture = Picture("flow", partial(flowing.draw, found=found), flowing.CAPTION, words[0])
    return Section("flow", "Gradient flow through time", words, found, [picture], mood=mood)


def step_terms(one: Look) -> Section | None:
    found = []
    for layer, grad in zip(one.layers, one.grads, strict=True):
        if layer.record is None or layer.record.grad_h is None or grad is None:
            continue
        found.append(terms(layer, grad))
    found = [each for each in found if each.norms]
    if not found:
        return None

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for each in found[:6]:
            axes.plot(
                np.where(np.array(each.norms) > 0, each.norms, np.nan),
                marker="" if len(each.norms) > 60 else "o",
                label=each.layer,
            )
        logarithmic(axes)
        heading(axes, "", "step", "size of the step's term")
        words = one.words[one.layers[0].stack][0]
        if len({len(each.norms) for each in found}) == 1 and len(words) == len(found[0].norms):
            words_along(axes, [short(word, 10) for word in words])

    worst = max(each.error for each in found)
    largest = [int(np.argmax(each.norms)) + 1 for each in found]
    places = ", ".join(f"step {at} ({each.layer})" for at, each in zip(largest, found[:6], strict=False))
    words = [
        f"The gradient of the recurrent weights is a sum with one term per step. Over {one.subject.name(one.rows[0])} "
        f"the largest terms are those of {places}. Together they are the whole gradient (largest difference "
        f"{number(worst)} of its largest entry)."
    ]
    caption = (
        "How much each step adds to dL/dW_hh, on a logarithmic axis. Weights learn from the steps whose terms are "
        "large; where the line falls away from the loss, early steps teach nothing."
    )
    return Section(
        "terms",
        "What each step adds to the gradient of the weights",
        words,
        found,
        [Picture("terms", draw, caption, words[0])],
    )


def remembered(found: list[memory.Memory]) -> Section:
    words = [describe_memory(one) for one in found]

    def draw(figure: Figure) -> None:
        panels = 1 + any(one.whole.right is not None for one in found) + any(one.changed for one in found)
        figure.set_size_inches(7.2, 2.9)
        axes = list(np.atleast_1d(figure.subplots(1, panels)))
        for one in found:
            steps = [point.steps for point in one.points]
            axes[0].plot(steps, [point.moved for point in one.points], marker="o", label=one.stack)
            if panels > 1 and one.whole.right is not None:
                axes[1].plot(steps, [100 * (p.right or 0) for p in one.points], marker="o", label=one.stack)
            if one.changed:
                axes[-1].plot(*zip(*one.changed, strict=True), marker="o", label=one.stack)
        titles = ["older steps forgotten"] + ["the same: score"] * (found[0].whole.right is not None)
        titles += ["one step exchanged"] * any(one.changed for one in found)
        sides = {"older steps forgotten": "answers moved", "the same: score": "right, %", "one step exchanged": "moved"}
        for axis, title in zip(axes, titles, strict=True):
            axis.set_xscale("symlog", base=2, linthresh=1)
            ticks = sorted({0, 1, *(2**k for k in range(0, 14, 2 if found[0].longest > 40 else 1))})
            shown = [tick for tick in ticks if tick < max(one.longest for one in found)] or [0]
            axis.set_xticks(shown, [str(tick) for tick in shown])
            axis.set_ylim(0, 105 if title == "the same: score" else None)
            along = "steps before the end" if "exchanged" in title else "steps of memory"
            heading(axis, title, along, sides[title], legend=len(found) > 1)

    caption = (
        "Left: everything older than so many steps is forgotten; how far the answers move from the whole model's (in "
        f"{found[0].unit}). At 0 each step stands alone, without any order. Beside it the score, which falls as "
        "the memory is taken away if the memory was good for something. Right, where there is one: a single step's "
        "input is exchanged for another's, so many steps before the last answer. Where the lines reach the bottom (or "
        "the score its height), more memory is not used."
    )
    return Section("memory", "Memory, measured", words, found, [Picture("memory", draw, caption, words[0])])


def describe_memory(one: memory.Memory) -> str:
    before = "to each side" if one.both_directions else "back"
    if one.uses is None:
        return f"The {one.stack}'s answers don't depend on earlier steps at all."
    steps = f"about {one.uses} step{'s' * (one.uses != 1)} {before}"
    text = f"The {one.stack} uses {steps} (of sequences of up to {one.longest:,} steps, {one.rows} looked at)."
    if one.uses >= one.longest - 1 > 0:
        text = f"The {one.stack} uses all of its {one.longest:,} steps: with one less, answers still move."
    first = one.points[0]
    if one.whole.right is not None and first.right is not None:
        lost = 100 * (one.whole.right - first.right)
        text += (
            f" With every step on its own, without any order, it would be right in {percent(first.right)} of the "
            f"answers instead of {percent(one.whole.right)}: {'a loss' if lost >= 0 else 'a gain'} of {abs(lost):.1f} "
            "points."
        )
    return text + f" The mean loss would be {number(first.loss)} instead of {number(one.whole.loss)}."


def opened(one: Look, many: Look) -> Section | None:
    shares, shown = gates.gates(many.layers), gates.gates(one.layers)
    if not shares:
        return None
    stack = one.layers[0].stack
    words = [
        f"{gate.layer}: the {gate.gate} gate is shut (below 0.1) in {percent(gate.shut)} and open (above 0.9) in "
        f"{percent(gate.open)} of all cases."
        for gate in shares
        if max(gate.shut, gate.open) > 0.9
    ] or ["No gate is stuck: none is shut or open in more than 90 % of all cases."]
    rows = [[gate.layer, gate.gate, percent(gate.shut), percent(gate.open), f"{gate.mean:.2f}"] for gate in shares]
    own = [gate for gate in shown if gate.layer.startswith(stack + ",")][:12]
    read = [short(word, 10) for word in one.words[stack][0]]
    picture = Picture("gates", lambda figure: gates.draw_gates(figure, own, read), gates.caption(one.layers), words[0])
    listing = Listing(["layer", "gate", "shut", "open", "mean"], rows, range(2, 5))
    mood = "unsure" if len(rows) and any(max(gate.shut, gate.open) > 0.9 for gate in shares) else "good"
    return Section("gates", "Gates over time", words, {"all": shares, "row": shown}, [picture], [listing], mood)


def hidden(one: Look, many: Look) -> Section:
    found = [gates.states(layer) for layer in one.layers]
    followed = []
    for run in many.runs:
        own = [layer for layer in many.layers if layer.stack == run.name]
        texts = many.subject.parts.input.of_tokens or unrolled.decodes(many.subject, run)
        followed += gates.followers(own, many.words[run.name], answers_at_steps(many, run), texts=texts)
    dead = sum(each.dead for each in found)
    words = [f"{dead} of {sum(each.of for each in found)} units never move." if dead else "All units move."]
    words += [
        f"Unit {each.unit} of {each.layer} follows {each.what!r} (r = {each.r:.2f} on rows that it wasn't chosen by)."
        for each in followed[:8]
    ]
    pictures = []
    for i, each in enumerate(found[:4]):
        read = [short(word, 10) for word in one.words[one.layers[i].stack][0]]
        draw = partial(gates.draw_states, found=each, words=read)
        pictures.append(
            Picture(f"states-{i + 1}", draw, gates.STATES_CAPTION if i == 0 else "", f"Hidden states of {each.layer}")
        )
    return Section(
        "states",
        "Hidden states, and units that follow something",
        words,
        {"states": found, "followers": followed},
        pictures,
        mood="unsure" if dead else "",
    )


def answers_at_steps(look: Look, run: StackRun) -> list[list[str]]:
    """What is right at each step, where there is an answer for each."""
    if not aligned(look.subject.network):
        return []
    named = [look.subject.outcomes(row) for row in look.rows]
    return named if [len(row) for row in named] == run.inputs.lengths.tolist() else []


def stretched(one: Look) -> Section:
    found = [spectra.spectrum(layer) for layer in one.layers if int(layer.lengths[0])]
    words = []
    for each in found:
        top = {name: max(values) for name, values in each.weights.items()}
        said = ", ".join(f"{number(value)} ({name})" if len(top) > 1 else number(value) for name, value in top.items())
        if each.steps:
            most, usual = number(each.largest[-1]), number(each.median[-1])
            back = f"Over {each.steps[-1]} steps back a change of the state is stretched {most}-fold at most, "
            back += f"{usual}-fold in the median direction."
        else:
            back = "The state is too large for products of Jacobians."
        weights = f"the largest singular value of weight_hh is {said}" if top else "there is no weight_hh"
        words.append(f"{each.layer}: {weights}. {back}")
    draw = partial(spectra.draw, found=found)
    return Section(
        "spectra",
        "What the recurrence stretches and shrinks",
        words,
        found,
        [Picture("spectra", draw, spectra.CAPTION, words[0] if words else "")],
    )


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
    row = middling(subject)
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
    found = calibration.calibration(subject)
    if found is None:
        return None
    much = abs(found.surer) > 0.05
    side = "surer than it should be" if found.surer > 0 else "less sure than it could be"
    words = [
        f"Over {found.answers:,} answers the probability and the share of right ones differ by {percent(found.error)} "
        f"(expected calibration error). "
        + (
            f"The network is {side}, by {percent(abs(found.surer))} on average."
            if much
            else "On average it is as sure as it should be."
        )
    ]
    draw = partial(calibration.draw, found=found)
    return Section(
        "calibration",
        "Calibration",
        words,
        found,
        [Picture("calibration", draw, calibration.CAPTION, words[0], 18.0)],
        mood="unsure" if much else "good",
    )


# -- from the model's own record --------------------------------------------------------------


def trained(about: Mapping[str, Any]) -> Section | None:
    """Learning curves."""
    found, best = curves.curves(about.get("history") or []), float(about.get("best_epoch") or 0.0)
    if len(found.get("epoch", [])) < 1 or len(found) < 2:
        return None
    last = float(found["epoch"][-1] or 0.0)
    count = f"{last:.3g}"
    words = [f"Trained for {count} epoch{'s' * (count != '1')}; the weights of epoch {best:.3g} were kept."]
    warned = [
        f"Training warned, epoch {warning['epoch']:.2g}: {warning['message']}." for warning in about.get("warnings", [])
    ]
    picture = Picture("curves", partial(curves.draw, found=found, best=best), curves.CAPTION, words[0])
    return Section("curves", "Learning curves", warned + words, found, [picture], mood="bad" if warned else "")


def scored(report: dict[str, Any], of: str) -> Section:
    """Metrics beside the baselines, the confusion of labels, and the worst mistakes."""
    names = list(report["metrics"])
    held = report.get("baselines", {})
    rows = []
    for name in names[:12]:
        estimate, unit = report["metrics"][name], report.get("units", {}).get(name, "")
        factor = 100 if unit == "%" else 1

        def shown(value: float | None, factor: int = factor) -> str:
            return "–" if value is None else number(factor * value)

        others = [shown(values.get(name, {}).get("value")) for values in held.values()]
        interval = f"{shown(estimate['low'])} to {shown(estimate['high'])}"
        rows.append([name.replace("_", " "), unit, shown(estimate["value"]), interval, *others])
    table = Listing(
        ["metric", "unit", "model", "95 % interval", *(name.replace("_", " ") for name in held)],
        rows,
        range(2, 4 + len(held)),
    )
    words = [f"Measured on {report['rows']:,} {of}."]
    words += [f"The model is {verdict}." for verdict in report.get("verdicts", [])]
    listings = [table]
    mistakes = [each for each in report.get("worst") or [] if each["predicted"] != each["expected"]]
    if mistakes:
        worst = [
            [*(short(in_a_line(each[key]), 160) for key in ("input", "predicted", "expected")), number(each["loss"])]
            for each in mistakes
        ]
        unit = report.get("loss_unit", "nats")
        listings.append(
            Listing(["input", "answered", "right", f"loss, {unit}"], worst, range(3, 4), "The worst mistakes.")
        )
    pictures = []
    confusion = report.get("confusion")
    if confusion and 2 <= len(confusion["labels"]) <= inside.MOST:
        pictures.append(
            Picture(
                "confusion",
                partial(draw_confusion, confusion=confusion),
                CONFUSION_CAPTION,
                "Confusion of labels",
                18.0,
            )
        )
    return Section("scores", "Scores, confusions, mistakes", words, report, pictures, listings)


def in_a_line(cell: Any) -> str:
    return " ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


CONFUSION_CAPTION = (
    "Rows are what is right, columns what the model answered; the colour is the share of the row. All on the diagonal "
    "would be perfect."
)


def draw_confusion(figure: Figure, confusion: dict[str, Any]) -> None:
    labels, counts = [str(label) for label in confusion["labels"]], np.array(confusion["counts"], dtype=float)
    figure.set_size_inches(min(7.2, 2.2 + 0.35 * len(labels)), min(6.5, 1.6 + 0.3 * len(labels)))
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    heat(axes, shares, 1.0)
    if len(labels) <= 12:
        for (i, j), count in np.ndenumerate(counts):
            if count:
                ink = "white" if shares[i, j] > 0.5 else INK
                axes.text(j, i, f"{count:.0f}", ha="center", va="center", fontsize=8, color=ink)
    words_along(axes, [short(label, 12) for label in labels])
    axes.set_yticks(range(len(labels)), [short(label, 14) for label in labels], fontsize=7)
    heading(axes, "", "answered", "right", legend=False)


__all__: Sequence[str] = ["scored", "sections", "trained"]
