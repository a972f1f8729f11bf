# pyright: strict
"""Seeing inside a trained model: gradients through time, memory, gates, what decided, as plain data and as one page.

    >>> found = model.inspect("reviews.csv")              # doctest: +SKIP
    >>> found.write("inside.html")                        # doctest: +SKIP
    >>> found["memory"].words                             # doctest: +SKIP
    ['The recurrence uses about 12 steps back ...']

One file per measurement, each of which returns dataclasses and draws itself; ``sections`` puts them into words, in the
order of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elman import needs_torch as needs_torch
from elman.answers.base import AnyAnswer, AnyParts
from elman.answers.reporting import report
from elman.cells import find
from elman.errors import TaskError
from elman.inspection.page import whole_page
from elman.inspection.recorded import scored, trained
from elman.inspection.section import Section
from elman.inspection.sections import sections
from elman.inspection.subject import Subject, one_network, own_answers, stacks_of, subject
from elman.inspection.summary import summary
from elman.kinds import Kind
from elman.paths import replacing
from elman.ragged import whole_numbers

__all__ = ["Inspection", "Section", "check_text", "inspect"]

NO_NETWORK = "it holds no network that could be looked into"
MOST_ROWS = 4_000
"""Rows that scores are measured on where they can't be drawn one by one."""


@dataclass(frozen=True)
class Inspection:
    """What was found: ``sections`` in the order of the page.

    >>> found = model.inspect(elman.samples.load("flowers").select(range(20)))
    >>> [section.name for section in found.sections][:3]
    ['summary', 'unrolled', 'inputs']
    >>> found["scores"].words[0]
    'Measured on 20 rows of sample flowers.'
    """

    title: str
    about: str
    notes: list[str]
    sections: list[Section]

    def __getitem__(self, name: str) -> Section:
        """A section by name. Raises KeyError with the names that there are."""
        for section in self.sections:
            if section.name == name:
                return section
        raise KeyError(f"no {name!r} was measured for this model; there is {', '.join(s.name for s in self.sections)}")

    def to_json(self) -> dict[str, Any]:
        """All of it but the pictures, ready for ``json.dumps``."""
        return {
            "title": self.title,
            "about": self.about,
            "notes": self.notes,
            "sections": {section.name: section.to_json() for section in self.sections},
        }

    def to_html(self) -> str:
        """One page that needs nothing beside it. Raises ExtraMissingError without matplotlib."""
        return whole_page(self.title, self.about, self.notes, self.sections)

    def pngs(self) -> dict[str, bytes]:
        """Every picture as a PNG file, by name."""
        return {picture.name: picture.png for section in self.sections for picture in section.pictures}

    def write(self, path: str | Path) -> None:
        """``to_html`` to a file."""
        with replacing(Path(path)) as beside:
            beside.write_text(self.to_html(), encoding="utf-8")


def inspect(
    task: AnyAnswer,
    parts: AnyParts,
    inputs: Sequence[Any],
    outputs: Sequence[Any] | None,
    *,
    about: Mapping[str, Any],
    baselines: Sequence[Any] = (),
    saved_report: dict[str, Any] | None = None,
    source: str = "the data",
    columns: Sequence[str] = (),
    seed: int = 0,
    watch: Callable[[str], None] = lambda title: None,
) -> Inspection:
    """Look inside a trained model.

    inputs, outputs: cells of the data; without outputs the model's own answers stand for what is right, and without
                     inputs only what needs no data is shown
    about, saved_report: what the model keeps of its training, and of its scores on the held-out part
    columns: what the columns are called that an input is made of
    watch:   called with what is measured next

    torch's random state and the network's gradients are left as they were.
    """
    import torch

    found: list[Section] = []
    looked_at: Subject | None = None
    scores: tuple[dict[str, Any], str] | None = None
    single, notes = one_network(parts)
    learned = task.trains(parts.settings)
    if alone := task.instead_of_network(parts):
        lacks = "the network that is looked into has no share in its answers" if learned else NO_NETWORK
        notes.append(f"The model answers by {alone}; {lacks}.")
    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
        parts.module.eval()
        if inputs and learned:
            wanted = own_answers(task, parts, inputs) if outputs is None else list(outputs)
            looked_at = subject(task, single, list(inputs), wanted, seed, columns)
            try:
                for measure in sections(looked_at):
                    section = measure()
                    if section is not None:
                        watch(section.title)
                        found.append(section)
            finally:
                parts.module.zero_grad(set_to_none=True)
        if inputs and outputs is not None:
            watch("Scores")
            validated = (saved_report or {}).get("validated")
            scores = _report(task, parts, baselines, list(inputs), list(outputs), source, validated)
    held_out = saved_report if scores else None
    if scores is None and saved_report is not None:
        scores = saved_report, "held-out rows when it was trained"
    found += [scored(*scores)] if scores else []
    found += [section] if (section := trained(about)) else []
    flow = next((section.data for section in found if section.name == "flow"), None)
    measured, of = scores or (None, "")
    aligned = task.architecture(parts.settings) == "many-to-many" and parts.input is not parts.output
    found.insert(0, summary(measured, of, about, flow, parts.settings, aligned, held_out))
    return Inspection(
        f"Inside a {task.name} model",
        what_was_read(task, single, looked_at, source, outputs is not None),
        notes + ([] if looked_at is None else looked_at.notes),
        found,
    )


def _report(
    task: AnyAnswer,
    parts: AnyParts,
    baselines: Sequence[Any],
    inputs: list[Any],
    outputs: list[Any],
    source: str,
    validated: dict[str, float] | None,
) -> tuple[dict[str, Any], str]:
    """Scores on some rows: series and running text as they are, of others as many as take seconds."""
    import torch

    if task.most_reported is None:
        rows = list(range(len(inputs)))[:MOST_ROWS]
    else:
        scorable = [row for row, output in enumerate(outputs) if task.knows(parts, output)]
        rows = sorted(scorable[i] for i in whole_numbers(torch.randperm(len(scorable))[: task.most_reported]))
    chosen = [inputs[row] for row in rows], [outputs[row] for row in rows]
    measured = report(task, parts, list(baselines), *chosen, validated=validated)
    return measured.to_json(), f"rows of {source}"


def what_was_read(task: AnyAnswer, parts: AnyParts, looked_at: Subject | None, source: str, labelled: bool) -> str:
    """What was looked at."""
    s = parts.settings
    if not task.trains(s):
        return f"The architecture is {task.architecture(s)}; it holds no network."
    layers = f"{s.num_layers} layer{'s' * (s.num_layers > 1)} of {s.hidden_size} units"
    cells = f"{find(s.cell).title}, {layers}" if stacks_of(parts.module) else layers
    cells += f", learning rate {s.learning_rate:g}"
    text = f"The architecture is {task.architecture(s)} ({cells}). "
    if looked_at is None:
        return text + "No data were passed, so only what the model itself holds can be shown: pass some to see more."
    text += f"Looked at with {len(looked_at):,} rows of {source}, drawn at random."
    if not labelled:
        text += " They have no answers with them: the model's own are taken to be right."
    return text


def check_text(task: AnyAnswer, kind: Kind) -> None:
    """Raise TaskError where a text can't be an input of the model."""
    if not (kind.of_tokens or kind.allowed_values()):
        raise TaskError(f"this {task.name} model reads {kind.name}s, not texts: pass a file of them instead of --text")
