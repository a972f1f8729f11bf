"""A C program that is being written: its constants, its memory, and the statements of each part of it.

A graph becomes a program in one of two ways:

step by step   where each operator needs the past alone: what it remembers stands in a struct, ``read`` takes in a
               step, and ``answer`` says what follows from those read so far
as a whole     where one needs what is still to come: ``run`` computes each value for all steps of a window
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ExportError
from elman.int8 import quantised

Array = NDArray[Any]
Memory = tuple[int, tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Place:
    """Where a value of the graph lies.

    at:    C that points to the first number of its row, or first step
    size:  numbers in a row or step
    steps: C that counts its steps, where the program runs over all of them at once; "1" of a program that goes step by
           step, and of a picture; "" of what is of a whole sequence
    most:  how many steps that can be
    shape: channels, height and width of a picture or of its maps; () of anything else
    each:  C that points to step ``t``, where steps don't lie one after another
    count: C that counts how many it is of, where each row or step has a sequence of its own
    most_within: how many these can be
    alone: whether each step is a sequence by itself
    """

    at: str
    size: int
    steps: str = ""
    most: int = 1
    shape: tuple[int, ...] = ()
    each: str = ""
    count: str = ""
    most_within: int = 0
    alone: bool = False

    @property
    def array(self) -> str:
        """The name of what it lies in, also where it begins further on there."""
        return self.at.partition(" ")[0]


@dataclass(frozen=True)
class Final:
    """The final state of a recurrent operator: ``h`` or ``c`` of each of its layers and directions.

    read: the C function that makes floating numbers of them
    """

    parts: tuple[Place, ...]
    read: str = "copy"


@dataclass(frozen=True)
class Matrix:
    """A matrix of weights in C.

    arguments: what names it where a function is called;  suffix: of the functions that take it
    """

    arguments: tuple[str, ...]
    suffix: str = ""

    def __str__(self) -> str:
        return ", ".join(self.arguments)

    def below(self, row: int, columns: int) -> Matrix:
        """Its rows from one on."""
        weight, *scale = self.arguments
        return Matrix((f"{weight} + {row * columns}", *(f"{one} + {row}" for one in scale)), self.suffix)


@dataclass
class Buffer:
    """Numbers that lie in memory while a window is run; a later value may take the place of one that is done with."""

    name: str
    size: int
    taken: bool = True


@dataclass
class Program:
    """The parts of a program, as operators add to them.

    whole: whether it runs over windows as a whole, and not step by step
    int8:  whether matrices are kept as whole numbers, with a scale for each row
    within: numbers of static memory that functions need which run over a sequence within a step
    """

    whole: bool
    int8: bool = False
    constants: dict[str, Array] = field(default_factory=dict[str, Array])
    functions: dict[str, None] = field(default_factory=dict[str, None])
    layers: list[str] = field(default_factory=list[str])
    state: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    buffers: list[Buffer] = field(default_factory=list[Buffer])
    read: list[str] = field(default_factory=list[str])
    answer: list[str] = field(default_factory=list[str])
    scratch: dict[str, int] = field(default_factory=dict[str, int])
    within: int = 0
    layer_names: dict[tuple[object, ...], str] = field(default_factory=dict[tuple[object, ...], str])
    _names: dict[Memory, str] = field(default_factory=dict[Memory, str])
    _used: set[str] = field(default_factory=set[str])
    _stem: str = ""

    # -- what operators ask for ---------------------------------------------------------------

    def begin(self, stem: str) -> None:
        """What follows belongs to the operator of this name."""
        self._stem = stem

    def inside(self) -> Program:
        """A function of it, over a sequence as a whole: what it remembers, and where it computes, is its own."""
        shared = {"constants": self.constants, "functions": self.functions, "layers": self.layers}
        names = {"layer_names": self.layer_names, "_names": self._names, "_used": self._used}
        return Program(whole=True, int8=self.int8, **shared, **names)

    def use(self, *functions: str) -> None:
        """Functions of ``elman.export.c.functions`` that are called."""
        self.functions |= dict.fromkeys(functions)

    def constant(self, array: Array | None, what: str, size: int) -> str:
        """The name of an array of so many weights; one that two operators share is one. NULL for none."""
        if array is None:
            return "NULL"
        self.expect(array.size == size, f"{what} holds {array.size} numbers, not {size}")
        if memory_of(array) in self._names:
            return self._names[memory_of(array)]
        if not np.isfinite(array).all():
            raise ExportError(f"{what} of the operator {self._stem} isn't finite: the training went wrong; train again")
        name = self._names[memory_of(array)] = self.unique(what)
        self.constants[name] = array
        return name

    def matrix(self, array: Array, what: str, columns: int) -> Matrix:
        """A matrix of weights, for ``linear`` or ``embed`` with its suffix."""
        self.expect(array.shape[1:] == (columns,), f"{what} is {list(array.shape)}, not of {columns} columns")
        if not (self.int8 and is_rounded(array)):
            return Matrix((self.constant(array, what, array.size),))
        if memory_of(array) not in self._names:
            rows = quantised(np.asarray(array, np.float32))
            name = self._names[memory_of(array)] = self.unique(what)
            self.constants |= {name: rows["int8"], f"{name}_scale": rows["scale"]}
        name = self._names[memory_of(array)]
        return Matrix((name, f"{name}_scale"), "8")

    def expect(self, fits: bool, wrong: str) -> None:
        """Raise ExportError for an operator that a trained network can't have: C would read beyond its arrays."""
        if not fits:
            raise self.misfit(wrong)

    def misfit(self, wrong: object) -> ExportError:
        """The error of an operator that a trained network can't have."""
        return ExportError(f"the model's parts don't fit: {self._stem}: {wrong}; restore it from a copy")

    def unique(self, what: str) -> str:
        """A name for something of this operator."""
        name = stem = f"{self._stem}_{what}"
        number = 1
        while name in self._used:
            number += 1
            name = f"{stem}_{number}"
        self._used.add(name)
        return name

    def remembers(self, what: str, size: int, type: str = "float") -> str:
        """``size`` numbers that are kept from step to step, zero at first."""
        name = f"{self._stem}_{what}"
        self.state[name] = type, size
        return f"s->{name}"

    def counts(self, what: str) -> str:
        """A count that is kept from step to step, zero at first."""
        name = f"{self._stem}_{what}"
        self.state[name] = "int", 1
        return f"s->{name}[0]"

    @property
    def remembered(self) -> int:
        """Bytes that are kept from step to step."""
        return sum((8 if type == "double" else 4) * size for type, size in self.state.values())

    def make(self, like: Place, size: int, *, steps: str = "", most: int = 0) -> Place:
        """Room for a value of as many steps as another has, or of so many; one of its size is of its shape."""
        shape = like.shape if size == like.size else ()
        if self.whole and (like.steps or size > MOST_ON_STACK):
            steps, most = steps or like.steps, most or like.most
            return Place(self._buffer(size * most), size, steps, most, shape)
        name = self.unique("out")
        self.scratch[name] = size
        self.lines_of(like).append(f"float {name}[{size}];")
        return Place(name, size, like.steps, like.most)

    def make_maps(self, like: Place, channels: int, height: int, width: int) -> Place:
        """Room for the maps of a picture."""
        maps = self.make(like, channels * height * width)
        return replace(maps, shape=(channels, height, width))

    def each(self, place: Place, *lines: str) -> None:
        """Statements for each step of a value; or once, for that of a whole sequence. ``at`` says where a step is."""
        if self._loops_over(place):
            inside = (f"    {line}" for line in lines)
            lines = (f"for (int t = 0; t < {place.steps}; t++) {{", *inside, "}")
        self.lines_of(place).extend(lines)

    def at(self, place: Place) -> str:
        """C that points to the step of a value that ``each`` is at."""
        if not self._loops_over(place):
            return place.at
        return place.each or f"{place.at} + t * {place.size}"

    def one(self, place: Place) -> str:
        """C for number ``i`` of the step that ``each`` is at."""
        if not self._loops_over(place):
            return f"{place.at}[i]"
        return f"{place.each}[i]" if place.each else f"{place.at}[t * {place.size} + i]"

    def _loops_over(self, place: Place) -> bool:
        return self.whole and place.steps not in ("", "1")

    def lines_of(self, place: Place) -> list[str]:
        """The statements among which those about a value belong."""
        return self.read if self.whole or place.steps else self.answer

    # -- memory of windows --------------------------------------------------------------------

    def _buffer(self, size: int) -> str:
        free = max((one for one in self.buffers if not one.taken), key=lambda one: one.size, default=None)
        if free is None:
            free = Buffer(f"buffer{len(self.buffers)}", size)
            self.buffers.append(free)
        free.size, free.taken = max(free.size, size), True
        return free.name

    def release(self, place: Place) -> None:
        """A value isn't read any more."""
        for buffer in self.buffers:
            buffer.taken = buffer.taken and buffer.name != place.array

    def keep(self, places: Iterable[Place]) -> None:
        """Nothing but these values is read any more."""
        names = {place.array for place in places}
        for buffer in self.buffers:
            buffer.taken = buffer.name in names


def memory_of(array: Array) -> Memory:
    """Where an array lies, and how it is read: what is the same for two operators that share a weight."""
    return array.__array_interface__["data"][0], array.shape, array.strides


MOST_ON_STACK = 1024
"""Numbers of a row that lies on the stack, where a program has static memory."""
SHORTEST_ROW = 16
"""Numbers of a row that has a scale of its own, at least."""


def is_rounded(array: Array) -> bool:
    """Whether int8 makes a matrix smaller by much."""
    return array.ndim == 2 and array.shape[1] >= SHORTEST_ROW


def constant_in_c(name: str, array: Array) -> str:
    """A definition of an array of numbers, each as exact as it is."""
    if array.dtype.kind == "i":
        type, each, numbers = f"{array.dtype}_t", 24, [str(number) for number in array.ravel().tolist()]
    else:
        type, each = "float", 8
        numbers = [literal(number) for number in np.asarray(array, np.float32).ravel().tolist()]
    rows = ("    " + ", ".join(numbers[first : first + each]) for first in range(0, len(numbers), each))
    return f"static const {type} {name}[{len(numbers)}] = {{\n" + ",\n".join(rows) + "\n};\n"


def literal(number: float) -> str:
    """A float32 in C: nine digits tell all of them apart."""
    if number != number:
        return "(0.0f / 0.0f)"
    text = f"{number:.9g}"
    return f"{text}f" if "e" in text or "." in text else f"{text}.0f"


def exact(number: float) -> str:
    """A float64 in C."""
    return repr(float(number)) if number == number else "(0.0 / 0.0)"


def in_comment(text: str) -> str:
    """A text that can't end a comment, nor begin one in it: columns of the data may be called anything."""
    return " ".join(re.sub(r"[*/\\?]", " ", text).split())


def indented(lines: Sequence[str], by: int = 1) -> str:
    return "".join(f"{'    ' * by}{line}\n" for line in lines)
