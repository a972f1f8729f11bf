"""What is inspected: a trained network, and rows of data in the form that every measurement takes.

Some rows are drawn from the data, so few and short that each measurement takes seconds, whatever the size of the data
or of the network; three of them, of different lengths, are shown in pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from elman.answers.abilities import Streams
from elman.answers.base import AnyAnswer, AnyParts
from elman.errors import TaskError
from elman.models.answering import Answering
from elman.models.batch import Batch
from elman.models.ensemble import Ensemble
from elman.models.network import Network
from elman.models.stack import RecurrentStack
from elman.models.tensors import tensors_of
from elman.sequences import Sequences
from elman.training.batches import RowBatches, WindowBatches

ROWS, SHOWN = 200, 3
MOST_STEPS, FEWEST_STEPS, WORK = 20_000, 500, 1e10
"""Steps of recurrence in all rows: at most, at least, and what they times the weights come to."""
PIECE = 100  # tokens of running text that make a row


@dataclass(frozen=True)
class Subject:
    """A network with rows of data.

    collate: rows -> the batch of them
    sizes:   how many steps each row has
    origin:  which row of the data each is, counted from 1;  unit: what a row is, as text
    elements, outcomes: row -> what stands at each step of the input, and of the output where it is a sequence, as text
    notes:   what a careful reader should know about the choice
    columns: what the input's columns are called, where it is made of several
    """

    task: AnyAnswer
    parts: AnyParts
    collate: Callable[[Sequence[int]], Batch]
    sizes: list[int]
    origin: list[int]
    elements: Callable[[int, int], list[str]]
    outcomes: Callable[[int], list[str]]
    notes: list[str] = field(default_factory=list)
    unit: str = "row"
    columns: list[str] = field(default_factory=list)

    def column(self, index: int) -> str:
        """What a column of the input is called."""
        return self.columns[index] if index < len(self.columns) else f"column {index + 1}"

    def name(self, row: int) -> str:
        """A row as a person finds it in the data."""
        return f"{self.unit} {self.origin[row]:,}"

    @property
    def network(self) -> Network:
        return self.parts.module

    def __len__(self) -> int:
        return len(self.sizes)

    @cached_property
    def shown(self) -> list[int]:
        """Rows for pictures: of those with at least two steps, a short, a middling and a long one."""
        ranked = sorted(range(len(self)), key=lambda row: self.sizes[row])
        for least in (2, 1):
            ranked = [row for row in ranked if self.sizes[row] >= least] or ranked
        return list(dict.fromkeys(ranked[round(share * (len(ranked) - 1))] for share in (0.25, 0.5, 0.95)))[:SHOWN]

    @property
    def middle(self) -> int:
        """The row that pictures of one row show."""
        return self.shown[len(self.shown) // 2]

    def within(self, steps: float, rows: int = ROWS) -> list[int]:
        """The first rows that have about ``steps`` in all; one at least."""
        chosen, used = [], 0
        for row, size in enumerate(self.sizes[:rows]):
            if chosen and used + size > steps:
                continue
            chosen.append(row)
            used += size
        return chosen


def stacks_of(network: Network) -> dict[str, RecurrentStack]:
    """The recurrent stacks of a network, by what a person would call them."""
    names = {"reader": "encoder", "writer": "decoder", "upper": "decoder above the attention", "stack": "recurrence"}
    return {names[name]: part for name, part in network.named_children() if isinstance(part, RecurrentStack)}


def one_network(parts: AnyParts) -> tuple[AnyParts, list[str]]:
    """The same with a single network to look into, and a note for the reader about that."""
    if not isinstance(parts.module, Ensemble):
        return parts, []
    members = parts.module.members
    note = f"The model answers with the mean of {len(members)} networks, of which the first is looked into."
    return replace(parts, network=Answering(members[0]), module=cast(Network, members[0])), [note]


def recurrent_weights(network: Network) -> int:
    """How many weights are used at every step."""
    return sum(p.numel() for stack in stacks_of(network).values() for p in stack.rnn.parameters()) or 1


def most_steps(network: Network) -> int:
    """How many steps are looked at, so that a large network takes no longer than a small one."""
    return int(min(MOST_STEPS, max(FEWEST_STEPS, WORK / recurrent_weights(network))))


# -- choosing rows ----------------------------------------------------------------------------


def subject(
    task: AnyAnswer, parts: AnyParts, inputs: list[Any], outputs: list[Any], seed: int = 0, columns: Sequence[str] = ()
) -> Subject:
    """Rows drawn from the data, whose input is made of ``columns``. Raises TaskError where none is of use."""
    parts.module.eval()
    if isinstance(task, Streams):
        return _of_running_text(task, task, parts, inputs, seed)
    generator = torch.Generator().manual_seed(seed)
    usable = [
        row for row, output in enumerate(outputs) if task.knows(parts, output) and parts.input.can_encode(inputs[row])
    ]
    drawn = sorted(usable[i] for i in torch.randperm(len(usable), generator=generator)[:ROWS].tolist())
    if not drawn:
        raise TaskError("no row of the data has an input and an output that training saw; pass other data")
    chosen = [inputs[row] for row in drawn], [outputs[row] for row in drawn]
    batches = task.batches(parts, *chosen)
    if isinstance(batches, WindowBatches):
        return _of_windows(task, parts, batches)
    assert isinstance(batches, RowBatches)
    return replace(_of_rows(task, parts, batches, drawn), columns=list(columns) if len(columns) > 1 else [])


def _of_rows(task: AnyAnswer, parts: AnyParts, batches: RowBatches, drawn: list[int]) -> Subject:
    most, notes = most_steps(parts.module), []
    assert batches.outputs is not None
    given, wanted = list(batches.inputs), list(batches.outputs)
    for row, encoded in enumerate(given):
        shorter, size = parts.input.cut(encoded, most), parts.input.steps(encoded)
        if parts.input.steps(shorter) < size:
            given[row] = shorter
            wanted[row] = parts.output.cut(wanted[row], most) if parts.output.aligned else wanted[row]
            notes.append(f"Row {drawn[row] + 1:,} has {size:,} steps, of which the last {most:,} are looked at.")
    written = task.architecture(parts.settings) in ("one-to-many", "encoder-decoder")
    sizes = [
        max(batches.input.steps(x), batches.output.steps(y) if written else 0)
        for x, y in zip(given, wanted, strict=True)
    ]
    kept, used = [], 0
    for row, size in enumerate(sizes):
        if not kept or used + size <= most:
            kept.append(row)
            used += size
    given, wanted = [given[row] for row in kept], [wanted[row] for row in kept]
    looked_at = RowBatches(parts.input, parts.output, given, wanted, batch_tokens=batches.batch_tokens)

    def outcomes(row: int) -> list[str]:
        return parts.output.target_names(wanted[row])

    return Subject(
        task,
        parts,
        lambda rows: looked_at.placed(looked_at.collate(list(rows))),
        [sizes[row] for row in kept],
        [drawn[row] + 1 for row in kept],
        lambda row, steps: parts.input.element_names(given[row], steps),
        outcomes,
        notes[:3],
    )


def _of_windows(task: AnyAnswer, parts: AnyParts, batches: WindowBatches) -> Subject:
    """Forecasts from windows of the past, spread over the part."""
    every = len(batches.windows)
    steps = max(1, batches.kind.context // max(1, parts.settings.segment))
    count = max(1, min(every, ROWS, most_steps(parts.module) // steps))
    rows = torch.linspace(0, every - 1, count).long().tolist()
    segment, context = parts.settings.segment, batches.kind.context

    def elements(row: int, count: int) -> list[str]:
        return [f"{k * segment - context}…{(k + 1) * segment - context - 1}" for k in range(count)]

    def collate(chosen: Sequence[int]) -> Batch:
        return batches.placed(batches.collate([rows[row] for row in chosen]))

    return Subject(
        task, parts, collate, [steps] * count, [row + 1 for row in rows], elements, lambda row: [], unit="forecast"
    )


def _of_running_text(task: AnyAnswer, stream: Streams, parts: AnyParts, lines: list[Any], seed: int) -> Subject:
    """Pieces of running text, each read from an empty memory."""
    text = parts.input
    ids = stream.stream(text, lines)
    previous = text.with_begin(ids[:-1])
    starts = list(range(0, max(1, len(ids) - PIECE // 2), PIECE))
    generator = torch.Generator().manual_seed(seed)
    count = max(1, min(ROWS, most_steps(parts.module) // PIECE))
    starts = sorted(starts[i] for i in torch.randperm(len(starts), generator=generator)[:count].tolist())
    # A language model's text has no natural ends, so that pictures get pieces of different lengths.
    sizes = [min(PIECE, len(ids) - start) for start in starts]
    for place, share in zip(range(2), (0.1, 0.3), strict=False):
        sizes[place : place + 1] = [max(2, round(share * size)) for size in sizes[place : place + 1]]

    def collate(rows: Sequence[int]) -> Batch:
        pieces = [slice(starts[row], starts[row] + sizes[row]) for row in rows]
        return Batch(
            tensors_of(text.going_on([previous[piece] for piece in pieces])),
            tensors_of(Sequences.of([ids[piece] for piece in pieces], ids[:0])),
            list(rows),
        )

    def tokens(of: NDArray[np.int64], row: int) -> list[str]:
        return text.names(of[starts[row] : starts[row] + sizes[row]])

    return Subject(
        task,
        parts,
        collate,
        sizes,
        [start + 1 for start in starts],
        lambda row, steps: tokens(previous, row),
        lambda row: tokens(ids, row),
        unit="the text from token",
    )


# -- answers of the model itself --------------------------------------------------------------


def own_answers(task: AnyAnswer, parts: AnyParts, cells: Sequence[Any]) -> list[Any]:
    """What the model answers, as cells of the output column: for texts that nobody labelled.

    A number would have no error by itself: it is taken to be a standard deviation more.
    """
    values = [prediction.value for prediction in task.predict(parts, cells)]
    return [parts.output.wrong_cell(value) for value in values]


__all__ = ["Subject", "one_network", "own_answers", "recurrent_weights", "stacks_of", "subject"]
