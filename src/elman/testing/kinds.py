"""``check_kind``: one test of all that a kind of column promises."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import torch

from elman.errors import ElmanError, TaskError
from elman.kinds import Kind
from elman.kinds.column import Column, Profile
from elman.kinds.recognition import recognised_kinds
from elman.models.sides import encoder_of, head_of, read_by_encoder, read_by_head
from elman.models.tensors import tensors_of
from elman.ragged import Ragged
from elman.settings import Settings
from elman.tasks import NOTHING, TASK_OF
from elman.testing.expecting import expect, expect_names, expect_same, first, part
from elman.testing.pieces import Cut, check_pieces, elements_of
from elman.testing.reading import settings_read


def check_kind(
    make: Callable[[], Kind],
    cells: Sequence[Any],
    *,
    column: Column | None = None,
    bad: Sequence[Any] = (),
    back: Callable[[Any, Any], Any] | None = None,
    pieces: Cut = elements_of,
    settings: Settings | None = None,
) -> None:
    """Hold a kind of column against all that ``elman.kinds.Kind`` promises.

    make:  a new kind, not yet fitted: its class, or a function
    cells: of a column, as a reader gives them; among them some that are short, long or empty, as far as they may be
    column: one that detection is to find to be of this kind, ``elman.kinds.column.Column(name, cells)``; None for
           one of ``cells``. Of a kind that is only a role (``by_role``) no column is.
    bad:   cells that can't be encoded
    back:  ``(kind, encoded) -> cell``, where an encoded cell still holds all of it
    pieces: ``(kind, cell) -> its pieces``, of a kind whose sequences may come in pieces; by default its elements: the
            items of a list, the characters of a text where each is a step, or its words
    settings: what its encoder and head are made with; None for the defaults

    - it recognises its column before any other kind does, in figures that fit the column, and describes it by the end
      of a sentence on one line; any other column it leaves to others, or takes, but never with an exception;
    - cells at fault are found by their row, and no others; they and missing cells are encoded, or refused with an
      ElmanError, as is what a person asks a prediction for;
    - what it stands for is a kind in the table of tasks;
    - a cell is encoded alike in any company, and alike by what is saved as JSON and loaded again;
    - batches of no row, one and many hold arrays alone, and of many what each alone has; a row is an encoded cell, or
      one of several that ``examples`` makes of it;
    - a sequence that comes in pieces, where the kind says that it may, is read as the whole is, in any company;
    - there is a name for each step and each target, and something to show of a cell on one line;
    - its encoder and its head, where it has them, take its batches, and read no settings but those that they are marked
      with; linear models, where they can, take its cells;
    - importing it loads no torch.

    Raises AssertionError, which says what was expected and what came.

    >>> from elman.kinds import TextKind
    >>> check_kind(TextKind, ["a cat sat", "a dog", ""])
    """
    kind, settings = make(), settings or Settings()
    expect(isinstance(kind, Kind), f"make() to give a Kind; got {kind!r}")
    expect(bool(cells), "some cells to check it with")
    _placed(kind)
    if not kind.by_role:
        check_recognition(type(kind), column or Column("column", cells))
    _faults(make, cells, bad)
    kind.fit(list(cells))
    encoded = kind.encode(list(cells))
    _encoded(kind, cells, encoded)
    _refused(kind, bad)
    if back is not None:
        for cell, one in zip(cells, encoded, strict=True):
            expect_same(back(kind, one), cell, "back() to give the cell again")
    _saved(kind, cells, encoded)
    examples = kind.examples(encoded)
    rows = list(examples)
    expect_same(first(kind.collate(examples)), first(kind.collate(rows)), "collate of examples() to be that of each")
    expect(len(rows) >= len(cells), f"examples to make one or more of each of {len(cells)} cells; got {len(rows)}")
    _batches(kind, rows)
    is_output = _sides(kind, rows, settings)
    _names(kind, cells, rows, is_output)
    check_pieces(kind, cells, encoded, bad, pieces)
    _linear(kind, cells)
    _light(type(kind))


def _placed(kind: Kind) -> None:
    places = sorted({place for pair in TASK_OF for place in pair} - {NOTHING})
    right = not kind.stands_for or kind.stands_for in places
    expect(right, f"stands_for to be a kind in the table of tasks ({', '.join(places)}); got {kind.stands_for!r}")


# -- recognising ----------------------------------------------------------------------------------------------

OTHERS: tuple[list[Any], ...] = (
    [],
    [None, None],
    ["", ""],
    [1, 2.5, None],
    [True, False],
    ["a", "b c", None],
    ["a", 1],
    [[], None],
    [["a"], ["b", "c d"]],
    [["a"], "b"],
    [[1, 2], [None], []],
    [[[1.0, 2.0], [3.0, None]], []],
)
"""Cells of columns of all sorts."""


def check_recognition(kind: type[Kind], column: Column) -> None:
    """Hold a class against what it promises to detection, which finds ``column`` to be of this kind.

    Raises AssertionError, which says what was expected and what came.
    """
    found = _asked(kind, column)
    if found is None:
        raise AssertionError(f"expected recognises to take the column {column.name!r}; got None. Pass one by column=")
    asked = {one.name: one for one in recognised_kinds()} | {kind.name: kind}
    first = next(one for one in sorted(asked.values(), key=lambda one: -one.precedence) if one.recognises(column))
    expect(
        first is kind,
        f"the column {column.name!r} to be found of the kind {kind.name}, whose precedence is {kind.precedence}; "
        f"{first.name} comes before it, by {first.precedence}",
    )
    expect(isinstance(kind.among(found, column, {}), Profile), "among to give a Profile")
    for cells in OTHERS:
        _asked(kind, Column("column", cells))


def _asked(kind: type[Kind], column: Column) -> Profile | None:
    """What a kind finds in a column, and says of it. It is asked of every column of every table."""
    what = f"the column {column.name!r} of {list(column.cells)!r:.200}"
    try:
        found = kind.recognises(column)
        said = None if found is None else kind.describe(found)
    except Exception as problem:  # whatever a kind raises: that is the fault
        raise AssertionError(
            f"expected recognises to give a Profile or None, and describe a text, of {what}; "
            f"got {type(problem).__name__}: {problem}"
        ) from problem
    if found is None:
        return None
    expect(isinstance(found, Profile) and found.kind is kind, f"a Profile of this kind of {what}; got {found!r:.200}")
    figures, counted = (found.name, found.rows, found.missing), (column.name, len(column.cells), column.missing)
    expect(figures == counted, f"name, rows and missing cells {counted} in the Profile of {what}; got {figures}")
    fits = isinstance(said, str) and said.strip() and "\n" not in said and not said.endswith(".")
    expect(bool(fits), f"describe to end a sentence on one line, without its full stop, of {what}; got {said!r:.200}")
    return found


# -- cells ----------------------------------------------------------------------------------------------------


def _faults(make: Callable[[], Kind], cells: Sequence[Any], bad: Sequence[Any]) -> None:
    found = make().faults(list(cells))
    expect(not found, f"no fault in the cells; found { ({row: str(error) for row, error in found.items()}) }")
    for cell in bad:
        found = make().faults([cells[0], cell, cells[-1]])
        expect(set(found) == {1}, f"a fault in row 1 alone, which is {cell!r}; found some in the rows {sorted(found)}")
        expect(isinstance(found[1], ElmanError) and bool(str(found[1])), f"an ElmanError that says what; {found[1]!r}")


def _encoded(kind: Kind, cells: Sequence[Any], encoded: Sequence[Any]) -> None:
    expect(len(encoded) == len(cells), f"{len(cells)} encoded cells; got {len(encoded)}")
    expect(len(kind.encode([])) == 0, "encode([]) to give nothing")
    for row, cell in enumerate(cells):
        (alone,) = kind.encode([cell])
        expect_same(alone, encoded[row], f"row {row} to be encoded alike when it is alone")
        expect(kind.can_encode(cell), f"can_encode to be true of row {row}, which was encoded")


def _refused(kind: Kind, bad: Sequence[Any]) -> None:
    """Cells at fault are dropped from data, but one that a prediction is asked for comes to ``encode`` as it is."""
    for cell, called in ((None, "a missing cell (None)"), *((cell, f"the bad cell {cell!r:.200}") for cell in bad)):
        try:
            kind.encode([cell])
        except ElmanError:
            pass
        except Exception as problem:  # whatever a kind raises: that is the fault
            expect(False, f"{called} to be encoded, or an ElmanError; got {type(problem).__name__}: {problem}")


def _saved(kind: Kind, cells: Sequence[Any], encoded: Sequence[Any]) -> None:
    """As a bundle does it: the class called without arguments, and what it said of itself as JSON."""
    try:
        record = json.dumps(kind.state())
    except (TypeError, ValueError) as problem:
        expect(False, f"state() to be JSON: {problem}")
        return
    again = type(kind)()
    again.load_state(json.loads(record))
    expect_same(json.loads(json.dumps(again.state())), json.loads(record), "load_state to bring back all of state()")
    for row, other in enumerate(again.encode(list(cells))):
        expect_same(other, encoded[row], f"row {row} to be encoded alike by what was saved")


# -- batches --------------------------------------------------------------------------------------------------


def _batches(kind: Kind, rows: list[Any]) -> None:
    for name, make in (("collate", kind.collate), ("targets", kind.targets)):
        many, alone, none = make(rows), [make([row]) for row in rows], make([])
        for batch, count in ((many, len(rows)), (none, 0), *((batch, 1) for batch in alone)):
            expect(
                arrays_alone(batch), f"{name} to give arrays, or Sequences, tuples or dataclasses of them: {batch!r}"
            )
            expect(rows_of(batch) == count, f"{name} of {count} rows to have as many; got {rows_of(batch)}")
        expect_same(first(many), joined([first(batch) for batch in alone]), f"{name} of many rows to be that of each")
        expect(first(none).dtype == first(many).dtype, f"{name} of no rows to be {first(many).dtype}")
        shapes = first(none).shape[1:], first(many).shape[1:]
        expect(shapes[0] == shapes[1], f"elements of the shape {shapes[1]} from {name} of no rows; got {shapes[0]}")


def arrays_alone(batch: Any) -> bool:
    if isinstance(batch, tuple):
        return all(map(arrays_alone, batch))
    if dataclasses.is_dataclass(batch):
        return all(arrays_alone(getattr(batch, field.name)) for field in dataclasses.fields(batch))
    return batch is None or (isinstance(batch, np.ndarray) and batch.dtype.kind in "biuf")


def rows_of(batch: Any) -> int:
    return len(part(batch))


def joined(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(arrays)


# -- for people -----------------------------------------------------------------------------------------------


def _names(kind: Kind, cells: Sequence[Any], rows: list[Any], is_output: bool) -> None:
    expect(bool(kind.name) and bool(kind.example), "a name, and an example of a cell")
    for row, cell in enumerate(cells):
        expect("\n" not in kind.in_short(cell), f"in_short of row {row} on one line; got {kind.in_short(cell)!r:.200}")
    for row, one in enumerate(rows):
        steps = kind.steps(one)
        expect(type(steps) is int and steps >= 0, f"steps of row {row} to be a whole number; got {steps!r}")
        expect_names(kind.element_names(one, steps), steps, f"steps of row {row}")
        if is_output:
            expect_names(kind.target_names(one), len(first(kind.targets([one]))), f"targets of row {row}")
        shorter = kind.cut(one, 1)
        expect(
            kind.steps(shorter) <= max(1, steps), f"cut(row {row}, 1) to be no longer; got {kind.steps(shorter)} steps"
        )
        kind.collate([shorter])


# -- beside and above it --------------------------------------------------------------------------------------


def _sides(kind: Kind, rows: list[Any], settings: Settings) -> bool:
    """Its modules, if it has any, take its batches as tensors. Returns whether it can be an output."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        try:
            with settings_read() as read:
                encoder = encoder_of(kind, settings).eval()
        except TaskError:
            pass  # it is no input
        else:
            _marked(read, read_by_encoder(kind, settings), "encoder")
            found = encoder(tensors_of(kind.collate(rows)))
            vectors = found.values if isinstance(found, Ragged) else found
            expect(len(found) == len(rows), f"an encoder's output for {len(rows)} rows; got {len(found)}")
            expect(vectors.shape[-1] == encoder.output_size, f"output_size {encoder.output_size}; got {vectors.shape}")
            expect(bool(vectors.isfinite().all()), "finite vectors from the encoder")
        try:
            with settings_read() as read:
                head = head_of(kind, 5, settings)
        except TaskError:
            return False
        _marked(read, read_by_head(kind, settings), "head")
        expect(any(hasattr(head, name) for name in ("loss", "loss_of")), f"a head with a loss; got {head}")
        return True


def _marked(read: Collection[str], marked: Collection[str], side: str) -> None:
    missing = ", ".join(sorted(set(read) - set(marked)))
    expect(
        not missing, f"the {side} to be marked with the settings that it reads, by elman.settings.used.reads: {missing}"
    )


def _linear(kind: Kind, cells: Sequence[Any]) -> None:
    features = kind.linear_features()
    if features is None:
        return
    given = kind.linear_inputs([*cells, *cells])  # n-grams count that come twice
    expect(len(given) == 2 * len(cells), f"linear_inputs for {2 * len(cells)} cells; got {len(given)}")
    learned = features.fit(given)
    expect(len(learned) == 2 * len(cells), f"features of {2 * len(cells)} cells; got {len(learned)}")


def _light(kind: type[Kind]) -> None:
    """In a process of its own, with the modules where they are found here."""
    code = f"import sys; sys.path[:] = {sys.path!r}; import {kind.__module__}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()[-1:] or ["torch was loaded"]
    expect(done.returncode == 0, f"`import {kind.__module__}` to load no torch: {said[0]}")
