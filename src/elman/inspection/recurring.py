"""The sections about a network's recurrence, in the order in which a page tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from elman.answers.abilities import Streams
from elman.diagnosis.verdict import SHORT
from elman.inspection import flowing, gates, memory, spectra, terms, unrolled
from elman.inspection.answers import aligned
from elman.inspection.look import Look
from elman.inspection.memory import Memory
from elman.inspection.section import Listing, Picture, Section, number, percent
from elman.inspection.subject import Subject, stacks_of
from elman.inspection.trace import StackRun, plain
from elman.inspection.words import short

FLOW_STEPS, BATCHES, BATCH = 20_000, 4, 32


def recurring(subject: Subject) -> Iterator[Callable[[], Section | None]]:
    """The measurements of its recurrence."""
    memories = memory.memory(subject)
    if closed := [name for name, stack in stacks_of(subject.network).items() if not plain(stack.rnn)]:
        yield partial(left_out, closed)
        yield partial(remembered, memories)
        return
    looks = [Look.at(subject, rows) for rows in batches(subject)]
    many, one = looks[0], Look.at(subject, [subject.middle])
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


def left_out(closed: list[str]) -> Section:
    names = " and ".join(closed)
    words = [
        f"The cells of the {names} have more inside than plain ones (layer normalisation, zoneout, a projection, or a "
        "reset gate before the product). What needs a plain cell's own equations is left out here: gradient flow, the "
        "steps' terms, gates, hidden states and Jacobians. All that follows holds for any cell."
    ]
    return Section("left-out", "What couldn't be looked at", words, closed, mood="unsure")


def flowing_back(looks: list[Look], memories: list[Memory]) -> Section | None:
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
    watched = [
        terms.terms(layer, grad)
        for layer, grad in zip(one.layers, one.grads, strict=True)
        if grad is not None and layer.record is not None and layer.record.grad_h is not None
    ]
    found = [each for each in watched if each.norms]
    if not found:
        return None
    worst = max(each.error for each in found)
    largest = [int(np.argmax(each.norms)) + 1 for each in found]
    places = ", ".join(f"step {at} ({each.layer})" for at, each in zip(largest, found[:6], strict=False))
    words = [
        f"The gradient of the recurrent weights is a sum with one term per step. Over {one.subject.name(one.rows[0])} "
        f"the largest terms are those of {places}. Together they are the whole gradient (largest difference "
        f"{number(worst)} of its largest entry)."
    ]
    read = one.words[one.layers[0].stack][0]
    picture = Picture("terms", partial(terms.draw, found=found, read=read), terms.CAPTION, words[0])
    return Section("terms", "What each step adds to the gradient of the weights", words, found, [picture])


def remembered(found: list[Memory]) -> Section:
    words = [memory.describe(one) for one in found]
    picture = Picture("memory", partial(memory.draw, found=found), memory.caption(found), words[0])
    return Section("memory", "Memory, measured", words, found, [picture])


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
