# pyright: strict
"""Sequences that are still coming in: a model answers after each piece, and says where it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from elman.answers.abilities import AnswersAlong
from elman.answers.base import AnyAnswer, AnyParts
from elman.answers.prediction import Prediction
from elman.errors import BundleError, TaskError
from elman.kinds import KINDS, to_json
from elman.kinds.base import Before
from elman.runtime import GraphNetwork
from elman.runtime.carried import Carried, State

if TYPE_CHECKING:
    from elman.model import Model

TRAIN_CAUSAL = "train one that can take pieces with --causal (elman train --causal, or elman.fit(..., causal=True))"


class Session:
    """One sequence that comes in pieces, and how far a model has read it; ``Model.stream()`` begins one.

    Sessions of one model are independent, and each may be used by a thread of its own; one session by one at a time.

    >>> data = {"sensors": [[[i, 2], [3, i], [5, 6]] for i in range(20)], "force": [[1.5, i, 3] for i in range(20)]}
    >>> session = elman.fit(data, task="step-regression", causal=True, epochs=1).stream()
    >>> len(session.push([1, 2]).value), len(session.push([[3, 4], [5, 6]]).value)
    (1, 2)
    """

    def __init__(self, reader: Reader, state: State, before: Before):
        self._reader, self._state, self._before = reader, state, before

    def push(self, piece: Any) -> Prediction:
        """Read a piece of the sequence, one element or several, and answer.

        piece: of a text its next words or other tokens, each whole, or its next characters, where it is read by those;
               of vectors a step, or a list of steps; of records the values of a step by the names of their columns, or
               a list for each; of a melody pitches and lengths such as "C4 2 R"; of chords a list of steps, or
               "C4+E4 R"

        Returns the same as the whole until then gives: for tags, numbers and scores per step those of the steps of the
        piece, for a class or a number that of all that was read, or of the step to come; for language models the
        likeliest next elements with their probabilities. Raises TaskError for what can't be read; the session then
        stands where it stood.
        """
        return advance([self], [piece])[0]

    def fork(self) -> Session:
        """Another session that stands where this one does, and goes on by itself."""
        return Session(self._reader, self._state, self._before)

    def state(self) -> bytes:
        """Where the session stands, as bytes of the same number whatever was read; ``Model.restore`` goes on from them.

        They say something of what was read, as any state of a network does; a checksum finds damage, but is no
        signature.
        """
        return self._reader.carried.to_bytes(self._state, self._before)

    @classmethod
    def restore(cls, model: Model, state: bytes) -> Session:
        """The session whose ``state()`` that was. Raises BundleError for any other bytes."""
        return model.restore(state)


class Reader:
    """What the sessions of one model share: it holds nothing of any of them.

    Raises TaskError for a model that must be given whole sequences.
    """

    def __init__(self, task: AnyAnswer, parts: AnyParts, network: GraphNetwork):
        self.task, self.parts, self.network = _along(task), parts, network
        why = self.task.why_whole(parts)
        if not why and not network.carried:
            why = (
                "the network reads sequences backwards too, convolves them, or weighs all of their steps together, or "
                "there are several that answer together"
            )
        if why:
            instead = TRAIN_CAUSAL if task.may_be_causal else "use predict, which takes whole sequences"
            raise TaskError(f"this model can't be streamed: {why}; {instead}")
        kind = parts.input
        about = json.dumps([task.name, to_json(kind), to_json(parts.output)], sort_keys=True, default=str)
        graph = network.graphs["read_on"]
        self.carried = Carried(graph, len(kind.nothing_before), about, self.task.memory(parts))
        self.start = self.carried.zeros()
        if (begun := self.task.begun(parts)) is not None:
            self.start = {**self.start, **network.advance(begun, self.start)[1]}

    def session(self) -> Session:
        """A new one, of which nothing was read."""
        return Session(self, self.start, self.parts.input.nothing_before)

    def restored(self, data: bytes) -> Session:
        """The session that these bytes are of. Raises BundleError."""
        state, before = self.carried.from_bytes(data)
        if not self.parts.input.can_follow(before):
            raise BundleError("the state remembers what no sequence begins with: it is damaged")
        return Session(self, state, before)

    def read(self, given: Sequence[Any], states: Sequence[State], before: Sequence[Before]) -> Any:
        """One more piece of each sequence: answers, states, and what is remembered."""
        with KINDS.blaming(self.parts.input.name, self.parts.output.name):
            batch, after = self.task.next_batch(self.parts, given, before)
            stood = self.carried.together(states)
            scores, state = self.network.advance(batch, stood)
            answers, remembered = self.task.answered(self.parts, batch, scores, after, stood)
            return answers, self.carried.apart({**state, **remembered}, len(given)), after


def advance(sessions: Sequence[Session], pieces: Sequence[Any]) -> list[Prediction]:
    """Push to each session its piece, all in one batch: as ``[s.push(x) for s, x in zip(sessions, pieces)]``, to about
    1e-6, and many times as fast where they are many.

    Raises TaskError, and leaves all sessions where they stand, for a piece that can't be read, sessions of several
    models, or one session twice.
    """
    if len(sessions) != len(pieces):
        raise TaskError(f"there are {len(sessions)} sessions and {len(pieces)} pieces; pass a piece for each session")
    if not sessions:
        return []
    readers = {id(session._reader) for session in sessions}  # pyright: ignore[reportPrivateUsage]
    if len(readers) > 1:
        raise TaskError(f"the sessions are of {len(readers)} models; advance those of each model by themselves")
    if len(set(map(id, sessions))) < len(sessions):
        raise TaskError("a session stands in the list twice; push its pieces one after another, or as one piece")
    return _advanced(sessions, pieces)


def _advanced(sessions: Sequence[Session], pieces: Sequence[Any]) -> list[Prediction]:
    reader = sessions[0]._reader  # pyright: ignore[reportPrivateUsage]
    stood = [(session._state, session._before) for session in sessions]  # pyright: ignore[reportPrivateUsage]
    answers, states, before = reader.read(pieces, *zip(*stood, strict=True))
    for session, *stands in zip(sessions, states, before, strict=True):
        session._state, session._before = stands  # pyright: ignore[reportPrivateUsage]
    return answers


def _along(task: AnyAnswer) -> AnswersAlong:
    if not isinstance(task, AnswersAlong):
        raise TaskError(
            f"a {task.name} model takes whole sequences; classes, numbers, tags and what comes next can be streamed"
        )
    return cast("AnswersAlong", task)
