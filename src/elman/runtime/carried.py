# pyright: strict
"""The state of sequences that come in pieces: made, laid side by side for a batch, and written down as bytes."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.graph.graph import Graph, Input

State: TypeAlias = Mapping[str, NDArray[Any]]
"""By the names of a graph's states, each ``[layers, B, size]``."""

MAGIC, VERSION = b"ElmanSes", 1
HEAD = struct.Struct("<8sH16s16s")
"""Magic, version, the model's fingerprint, and the checksum of all that follows."""
MOST_STEPS = 2**53
DTYPES = frozenset({"float32", "float64", "int64"})


class Carried:
    """What is carried from piece to piece: states of a graph, what the answer remembers, and ``extra`` whole numbers.

    As bytes a state has one size alone, ``size``: a head, the numbers, and the arrays one after another; so there is
    nothing in them that says what to do, how much to read or where.
    """

    def __init__(self, graph: Graph, extra: int, about: str, memory: Sequence[Input] = ()):
        """about: what else makes this model another one than others, for its fingerprint
        memory: what the answer remembers beside the graph, by names that the graph's states don't have

        Raises BundleError for a graph that can't carry what it says it does.
        """
        self.graph, self.extra, self.about = graph, extra, about
        states = [input for input in graph.inputs if input.form == "state"]
        self.inputs = [*states, *memory]
        self._check({*graph.outputs, *(input.name for input in memory)})
        self.size = HEAD.size + 8 * extra + sum(_nbytes(input) for input in self.inputs)

    def zeros(self) -> State:
        """Of one sequence of which nothing was read."""
        return {input.name: np.zeros(_shape(input), input.dtype) for input in self.inputs}

    def together(self, states: Sequence[State]) -> State:
        """Of several sequences, each by itself, as one batch."""
        if len(states) == 1:
            return states[0]
        return {input.name: np.concatenate([state[input.name] for state in states], 1) for input in self.inputs}

    def apart(self, state: State, count: int) -> list[State]:
        """Of each of ``count`` sequences of a batch by itself, in memory of its own."""
        if count == 1:
            return [state]
        return [{name: part[:, row : row + 1].copy() for name, part in state.items()} for row in range(count)]

    def _check(self, given: set[str]) -> None:
        """Raise BundleError before memory is given to a state that no network of so many weights has."""
        weights: list[int] = []

        def keep(array: NDArray[Any]) -> str:
            weights.append(array.size)
            return ""

        self.graph.to_json(keep)
        for input in self.inputs:
            sizes = [size for size in input.shape if type(size) is int and size > 0]
            fits = len(sizes) == len(input.shape) == 2 and input.dtype in DTYPES and input.name in given
            if not fits or sizes[0] * sizes[1] > 4 * sum(weights):
                raise BundleError(
                    f"the model is damaged: its graph can't carry {input.name} ({input}) from piece to piece; restore "
                    "it from a copy, or train again"
                )

    # -- as bytes -----------------------------------------------------------------------------

    def to_bytes(self, state: State, extra: Sequence[int]) -> bytes:
        """A state of one sequence, little endian whatever the machine."""
        numbers = np.array(extra, "<i8").tobytes()
        arrays = (state[input.name].astype(_little(input)).tobytes() for input in self.inputs)
        body = b"".join([numbers, *arrays])
        return HEAD.pack(MAGIC, VERSION, self.fingerprint, _checksum(body)) + body

    def from_bytes(self, data: Any) -> tuple[State, tuple[int, ...]]:
        """What ``to_bytes`` wrote. Raises BundleError for anything else; no more is read than a state has."""
        if not isinstance(data, bytes | bytearray):
            raise BundleError(f"the state of a session is bytes, as its state() gives them; got {type(data).__name__}")
        if len(data) < HEAD.size or not data.startswith(MAGIC):
            raise BundleError("these bytes are no state of a session; pass what its state() gave")
        _, version, fingerprint, checksum = HEAD.unpack_from(data)
        if version != VERSION:
            raise BundleError(
                f"the state is of version {version}, and this version of Elman reads version {VERSION}: restore it "
                "with the version that wrote it, or begin the session anew"
            )
        if fingerprint != self.fingerprint:
            raise BundleError("the state is of a session of another model; restore it with the model that it is of")
        if len(data) != self.size:
            raise BundleError(
                f"the state has {len(data):,} bytes, and one of this model has {self.size:,}: it is damaged"
            )
        body = bytes(data[HEAD.size :])
        if checksum != _checksum(body):
            raise BundleError("the state was changed since it was written (its checksum differs): it is damaged")
        return self._arrays(body), tuple(np.frombuffer(body, "<i8", self.extra).tolist())

    def _arrays(self, body: bytes) -> State:
        """Raises BundleError for numbers that no session comes to."""
        state: dict[str, NDArray[Any]] = {}
        at = 8 * self.extra
        for input in self.inputs:
            shape = _shape(input)
            flat = np.frombuffer(body, _little(input), int(np.prod(shape)), at)
            bad = (
                not np.isfinite(flat).all()
                if flat.dtype.kind == "f"
                else bool(((flat < 0) | (flat > MOST_STEPS)).any())
            )
            if bad:
                raise BundleError(f"the state holds numbers in {input.name!r} that no session comes to: it is damaged")
            state[input.name] = flat.reshape(shape).astype(input.dtype)
            at += _nbytes(input)
        return state

    @cached_property
    def fingerprint(self) -> bytes:
        """Of the model: 16 bytes of a hash of its graph, its weights, and ``about``."""

        def keep(array: NDArray[Any]) -> str:
            return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() + array.dtype.str

        return hashlib.sha256(repr((self.graph.to_json(keep), self.about)).encode()).digest()[:16]


def _shape(input: Input) -> tuple[int, ...]:
    layers, size = (int(size or 0) for size in input.shape)
    return layers, 1, size


def _little(input: Input) -> np.dtype[Any]:
    return np.dtype(input.dtype).newbyteorder("<")


def _nbytes(input: Input) -> int:
    return int(np.prod(_shape(input))) * np.dtype(input.dtype).itemsize


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:16]
