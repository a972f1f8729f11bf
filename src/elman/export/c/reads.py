"""What a program is given for a row, or for a step of a sequence: inputs of the graph, and how they lie in C.

One input alone is given as it is: numbers, an id, the bytes of a picture. Several are the members of a struct; one that
is a sequence within the row or the step, as the pieces of a word are, is a pointer there, with how many it points to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.export.around import AS_ONNX, Meaning, without
from elman.export.c.program import Place, exact, in_comment, indented, literal
from elman.export.inputs import Given, by_recurrence, leading_to, of_steps, readers
from elman.graph import Graph, Input, Node
from elman.graph.classical import TowardsClassical
from elman.graph.operator import values_of
from elman.graph.raw import EARLIEST, LATEST, Since
from elman.graph.series import Forecast, Horizon, Recent
from elman.graph.tokens import AsSteps, Bag, Embed, Pick, Take
from elman.sequences import Sequences

TYPES = {"float32": "float", "float64": "double", "int64": "int", "uint8": "uint8_t"}


@dataclass(frozen=True)
class Member:
    """An input of the graph in C.

    input:   its name in the graph;  name: in C
    type:    of its numbers
    shape:   of one of them
    many:    whether it is a sequence within a row or step
    shown:   the input of the graph that says which of them each step shows, where they are given once
    choices: of ids, how many there are to choose from: one number, or one for each column; () of anything else
    least:   steps that it must have, where it is a series
    most:    steps that it may have at most, where it is a sequence within a row; 0 for any number
    says:    what it is
    values:  of each column of ids, its name and what they stand for
    """

    input: str
    name: str
    type: str
    shape: tuple[int, ...]
    many: bool
    shown: str
    choices: tuple[int, ...]
    least: int
    most: int
    says: str = ""
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def size(self) -> int:
        """Numbers of one of them."""
        return int(np.prod(self.shape))

    def declared(self) -> str:
        """Its lines in the struct."""
        comment = f"/* {in_comment(self.says)} */\n" if self.says else ""
        if self.many:
            return f"{comment}const {self.type} *{self.name};\nint {self.name}_count;"
        sizes = "".join(f"[{size}]" for size in self.shape)
        return f"{comment}{self.type} {self.name}{sizes};"

    def wrong(self, x: str) -> list[str]:
        """Statements that return 0 where the struct at ``x`` holds what can't be read."""
        at, count, lines = f"{x}->{self.name}", f"{x}->{self.name}_count", list[str]()
        if self.many:
            above = f" || {count} > {self.most}" if self.most else ""
            lines += [f"if ({count} < {self.least}{above})", "    return 0;"]
        if self.type == "double":  # times
            wrong = f"{at}[i] < {EARLIEST:.1f} || {at}[i] >= {LATEST:.1f}"
            lines += [f"for (int i = 0; i < {self.size}; i++)", f"    if ({wrong})", "        return 0;"]
        places = [f"{at}[{k}]" for k in range(len(self.choices))] if self.shape and not self.many else [at]
        for place, choices in zip(places, self.choices, strict=False):
            if self.many:
                lines += [f"for (int i = 0; i < {count}; i++)", f"    if ({place}[i] < 0 || {place}[i] >= {choices})"]
                lines.append("        return 0;")
            else:
                lines += [f"if ({place} < 0 || {place} >= {choices})", "    return 0;"]
        return lines


@dataclass(frozen=True)
class Reads:
    """What a program is given.

    members: the inputs that it reads;  steps: whether it reads sequences of them, step by step
    unread:  inputs of the graph that say nothing more in C
    most:    steps of a sequence, at most, where all of it is needed at once
    """

    members: tuple[Member, ...]
    unread: tuple[str, ...]
    steps: bool
    most: int

    @property
    def only(self) -> Member | None:
        """The one input, where there is no more than one, and it isn't several ids, or times."""
        first = self.members[0]
        several = bool(first.choices and first.shape) or first.type == "double"
        return first if len(self.members) == 1 and not several else None

    @property
    def least(self) -> int:
        """Steps of a series, at least."""
        return max(one.least for one in self.members)

    @property
    def tokens(self) -> int:
        """How many ids there are to choose from, where an id is all that is read; else 0."""
        return self.only.choices[0] if self.only and self.only.choices else 0

    @property
    def pixels(self) -> bool:
        """Whether it is given a picture, as bytes."""
        return bool(self.only and self.only.type == "uint8_t")

    @property
    def inputs(self) -> int:
        """Numbers of a row or step, of one input; else 1."""
        return self.only.size if self.only else 1

    def type(self, name: str) -> str:
        """Of what is given, or of its numbers."""
        return self.only.type if self.only else f"{name}_input"

    @property
    def within(self) -> bool:
        """Whether a row has sequences in it."""
        return not self.steps and any(member.many for member in self.members)

    def sums(self, node: Node) -> bool:
        """Whether an operator takes the mean of all that is read, which isn't there before the end."""
        of_all = self.only.input if self.only and self.steps else ""
        return isinstance(node.operator, Bag) and node.inputs[0] == of_all

    def places(self, whole: bool) -> dict[str, Place | None]:
        """Where the inputs of the graph lie, by their names."""
        found: dict[str, Place | None] = dict.fromkeys(self.unread)
        if (one := self.only) is not None:
            shape = one.shape if self.pixels else ()
            steps = ("steps" if whole else "1") if self.steps else "1" if self.pixels else ""
            return found | {one.input: Place("x", one.size, steps, self.most if whole else 1, shape)}
        for one in self.members:
            address = "&" if not one.many and not one.shape else ""
            at = f"{address}x->{one.name}"
            if not self.steps and one.many:
                found[one.input] = Place(at, one.size, f"x->{one.name}_count", one.most)
            elif not self.steps:
                found[one.input] = self._of_a_row(one, at)
            else:
                each = f"{address}x[t].{one.name}" if whole else at
                count = f"{each}_count" if one.many else ""
                found[one.input] = Place(
                    at,
                    one.size,
                    "steps" if whole else "1",
                    self.most if whole else 1,
                    each=each,
                    count=count,
                    most_within=one.most,
                )
        return found

    def _of_a_row(self, one: Member, at: str) -> Place:
        """Vectors of something to come, as what is given ahead, are so many steps."""
        if len(one.shape) == 2:
            return Place(f"{at}[0]", one.shape[1], str(one.shape[0]), one.shape[0])
        return Place(at, one.size)

    # -- as text ------------------------------------------------------------------------------

    def declared(self, name: str) -> str:
        """The struct, and what ids in it stand for; nothing for one input alone."""
        if self.only:
            return ""
        lines = [line for one in self.members for line in one.declared().split("\n")]
        at = "at a step" if self.steps else "for an answer"
        text = f"/* What is read {at}. */\ntypedef struct {{\n{indented(lines)}}} {name}_input;\n\n"
        for array, (column, values) in self.named_values(name).items():
            about = f" of {in_comment(column)}" if column else ""
            text += f"/* What the ids{about} stand for; 0 is any other. */\n"
            text += f"extern const char *const {array}[{len(values)}];\n\n"
        return text

    def named_values(self, name: str) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Arrays of what ids stand for, by their names in C."""
        found: dict[str, tuple[str, tuple[str, ...]]] = {}
        for one in self.members:
            for k, values in enumerate(one.values):
                found[f"{name}_{one.name}{k if len(one.values) > 1 else ''}_values"] = values
        return found

    def fits(self, name: str) -> str:
        """The function that says whether a struct can be read; nothing for one input alone."""
        lines = [line for one in self.members for line in one.wrong("x")]
        if self.only or not lines:
            return ""
        return f"static int {name}_fits(const {name}_input *x)\n{{\n{indented([*lines, 'return 1;'])}}}\n\n"

    def unfit(self, name: str, x: str) -> str:
        """C that is true where one row or step can't be read; "" where all can."""
        if self.tokens:
            return f"{x} < 0 || {x} >= {self.tokens}"
        return f"!{name}_fits({x})" if self.fits(name) else ""

    def count(self, given: Given) -> int:
        """How many rows or steps there are."""
        one = self.members[0]
        value = given[one.shown or one.input]
        assert value is not None
        return len(value) if one.many and not one.shown else len(values_of(value))

    def initialisers(self, given: Given, pointed: dict[str, list[str]]) -> list[str]:
        """Rows or steps as a C program writes them down; what their pointers point to goes on in ``pointed``, by the
        names of arrays."""
        if (one := self.only) is not None:
            return [literal_of(one, number) for number in numbers_of(given, one).ravel().tolist()]
        columns = [self._column(given, one, pointed) for one in self.members]
        return [f"{{{', '.join(parts)}}}" for parts in zip(*columns, strict=True)]

    def _column(self, given: Given, one: Member, pointed: dict[str, list[str]]) -> list[str]:
        """What each row or step has of a member."""
        value = given[one.input]
        if not isinstance(value, Sequences) or not one.many:
            return [braced(one, row) for row in numbers_of(given, one)]
        each = np.split(value.values, value.offsets[1:]) if len(value) else []
        shown = [each[place] for place in numbers_of(given, one, one.shown)] if one.shown else each
        array, column = pointed.setdefault(f"{one.name}_given", []), list[str]()
        for row in shown:
            column.append(f"{one.name}_given + {len(array)}, {len(row)}")
            array += [literal_of(one, number) for number in row.ravel().tolist()]
        return column

    def arrays(self, pointed: Mapping[str, Sequence[str]]) -> str:
        """Definitions of what ``initialisers`` point to."""
        types = {f"{one.name}_given": one.type for one in self.members}
        return "".join(
            f"static const {types[name]} {name}[{max(1, len(values))}] = {{{', '.join(values) or '0'}}};\n"
            for name, values in pointed.items()
        )

    @property
    def zero(self) -> str:
        """An initialiser, where nothing is given."""
        return "0" if self.only else "{0}"


def numbers_of(given: Given, one: Member, name: str = "") -> NDArray[Any]:
    value = given[name or one.input]
    assert value is not None
    return values_of(value)


def literal_of(one: Member, number: float) -> str:
    if one.type == "double":
        return exact(number)
    return literal(number) if one.type == "float" else str(number)


def braced(one: Member, value: Any) -> str:
    """A number, or an array as it is initialised."""
    if np.ndim(value):
        return f"{{{', '.join(braced(one, part) for part in value)}}}"
    return literal_of(one, value.item())


# -- of a graph ---------------------------------------------------------------------------------------------


def reads_of(graph: Graph, most: int, meanings: Mapping[str, Meaning] | None = None) -> Reads:
    """What a program of a graph is given; ``most``: steps where all of a sequence is needed at once.

    Raises ExportError for inputs that a C program can't be given.
    """
    read = {name for node in graph.nodes for name in read_by(node)}
    given = [one for one in graph.inputs if one.form != "state"]
    used = [one for one in given if one.name in read and 0 not in one.shape]
    below = of_steps(graph)
    mains = {*below.values(), *(one.name for one in used if len(used) == 1 and one.form == "sequences")}
    if len(mains) > 1:
        why = "this network reads how words are spelled in several texts at once"
        raise without("C", why, f"{AS_ONNX}, train it without (--set pieces=0 --set characters=false)")
    if not used:
        names = ", ".join(one.name for one in given)
        raise without("C", f"this network reads {names}, not steps of one sequence", AS_ONNX)
    meanings = meanings or {}
    members = tuple(member_of(graph, one, mains, most, meanings.get(one.name)) for one in used)
    unused = tuple(one.name for one in given if one not in used)
    return Reads(members, unused, bool(mains), 0 if members[0].least else most)


def read_by(node: Node) -> tuple[str, ...]:
    """The inputs of an operator that it needs in C, where one row or step is there at a time."""
    inputs, op = node.inputs, node.operator
    if isinstance(op, (Take, AsSteps, Since)):
        return inputs[:1]
    if isinstance(op, Horizon):
        return (inputs[0],) * (op.weight is not None) + (inputs[1],) * (op.columns is not None)
    if isinstance(op, (Recent, TowardsClassical, Forecast)) and len(op.mean) == 1:
        return inputs[:-1]
    return inputs


def member_of(graph: Graph, input: Input, mains: set[str], most: int, meaning: Meaning | None) -> Member:
    """An input in C. Raises ExportError for one of sizes that aren't known before."""
    shape = tuple(one for one in input.shape if one is not None)
    picture = input.dtype == "uint8" and input.form == "rows" and len(input.shape) == 3
    if len(shape) < len(input.shape) or input.dtype not in TYPES or (input.dtype == "uint8") != picture:
        why = f"this network reads {input}, and not numbers of a fixed size, ids, or a picture"
        raise without("C", why, AS_ONNX)
    takes = [node for node in graph.nodes if isinstance(node.operator, Take)]
    series = [operator for operator, _ in readers(graph, input.name) if isinstance(operator, Recent)]
    many = input.form == "sequences" and input.name not in mains
    by_a_recurrence = any(input.name in node.inputs for nodes in by_recurrence(graph).values() for node in nodes)
    name = meaning.name if meaning else input.name if input.name[:1].isalpha() else f"part_{input.name}"
    return Member(
        input.name,
        re.sub(r"\W", "_", name),
        TYPES[input.dtype],
        shape,
        many,
        next((node.inputs[1] for node in takes if input.name in leading_to(graph, node.inputs[0])), ""),
        choices_of(graph, input.name) if input.dtype == "int64" else (),
        series[0].context if series else 0,
        most if many and not series and (not mains or by_a_recurrence) else 0,
        meaning.says if meaning else "",
        meaning.values if meaning else (),
    )


def choices_of(graph: Graph, name: str) -> tuple[int, ...]:
    """How many ids each column may choose from: what reads them, reads no further."""
    columns: dict[int, list[int]] = {}
    for operator, outputs in readers(graph, name):
        match operator:
            case Embed() | Bag():
                columns.setdefault(0, []).append(len(operator.weight))
            case Pick():
                columns.setdefault(operator.column, []).extend(choices_of(graph, outputs[0]))
            case Horizon() | Recent() | TowardsClassical() | Forecast():
                own = operator.columns if isinstance(operator, Horizon) else operator.mean
                columns.setdefault(0, []).append(1 if own is None else len(own))
            case Take() | AsSteps():
                pass
            case _:
                raise without("C", f"this network's ids are read by {operator.name}, not by an embedding", AS_ONNX)
    return tuple(min(columns[k]) for k in range(len(columns)))
