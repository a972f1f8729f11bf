# pyright: strict
"""What language models are trained on: conversations, instructions with their input, and pairs of answers of which one
was preferred. Each becomes an ``input``, a text, and an ``output``, what is to be written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from elman.data.naming import free_name
from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.column import is_list, is_mapping

ROLES = ("role", "from", "speaker")
TEXTS = ("content", "value", "text", "utterance")
"""Keys of a message, as OpenAI, ShareGPT and sets of spoken requests write them, the likelier first."""
ANSWERING = frozenset({"assistant", "gpt", "bot", "model", "chatgpt", "bing", "bard", "chatbot"})
OTHERS = frozenset(
    {"system", "user", "human", "developer", "tool", "function", "observation", "function_call", "prompter"}
)
ASKING = frozenset({"user", "human"})
SAMPLE_ROWS = 200
SAID_AT_LAST = "\n\nAssistant:"
"""What stands before the last answer, where a conversation is one text."""


class Message(NamedTuple):
    role: str
    text: str


def for_language_models(source: Source) -> Source:
    """The rows with an input and an output, where they are for training language models; any other source as it is."""
    return with_instructions(with_last_answers(without_rejected(source)))


# -- conversations ----------------------------------------------------------------------------


def with_last_answers(source: Source) -> Source:
    """A column of conversations as what was said before the last answer, ``input``, and this answer, ``output``; what
    the system was told stands in ``system``."""
    sample = list(islice(source.rows(), SAMPLE_ROWS))
    place = next((i for i in range(len(source.names)) if are_conversations([row[i] for row in sample])), None)
    if place is None:
        return source
    told = any(message.role == "system" for row in sample for message in messages_in(row[place]) or [])
    others = [name for i, name in enumerate(source.names) if i != place]
    new: list[str] = []
    for name in ["system", "input", "output"] if told else ["input", "output"]:
        new.append(free_name(name, [*others, *new]))
    names = [*source.names[:place], *new, *source.names[place + 1 :]]

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            cells = parted(row[place])
            yield [*row[:place], *(cells if told else cells[1:]), *row[place + 1 :]]

    said = (
        f"conversations ({source.names[place]!r}): the last answer is {new[-1]!r}, and what was said before {new[-2]!r}"
    )
    return replace(source, names=names, rows=rows, notes=[*source.notes, said])


def are_conversations(cells: Sequence[Cell]) -> bool:
    found = [messages_in(cell) for cell in cells if cell is not None]
    roles = {message.role for messages in found for message in messages or []}
    return bool(found) and None not in found and bool(roles & (ANSWERING | ASKING)) and roles <= ANSWERING | OTHERS


def messages_in(cell: Cell) -> list[Message] | None:
    """The messages of a conversation; None for anything else."""
    if not is_list(cell) or not cell:
        return None
    found: list[Message] = []
    for item in map(as_object, cell):
        role = first_of(item, ROLES) if is_mapping(item) else None
        if not isinstance(role, str) or not is_mapping(item) or not any(key in item for key in TEXTS):
            return None
        found.append(Message(role.lower(), text_of(first_of(item, TEXTS))))
    return with_system_answering(found)


def with_system_answering(messages: list[Message]) -> list[Message]:
    """Where nobody else answers, the system that speaks after somebody does, as in dialogues with a booking system."""
    others = any(message.role in ANSWERING for message in messages)
    if others or not any(message.role == "system" for message in messages[1:]):
        return messages
    return [message._replace(role="assistant") if message.role == "system" else message for message in messages]


def as_object(item: Any) -> Any:
    """An object that stands there as JSON, as in Parquet."""
    if not isinstance(item, str) or not item.startswith("{"):
        return item
    try:
        return json.loads(item)
    except (ValueError, RecursionError):
        return item


def first_of(item: Mapping[Any, Any], keys: Sequence[str]) -> Any:
    return next((item[key] for key in keys if key in item), None)


def text_of(content: Any) -> str:
    """What a message says; of several parts, those that are texts."""
    if is_list(content):
        texts = [part.get("text") if is_mapping(part) else part for part in content]
        return "\n".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def parted(cell: Cell) -> list[Cell]:
    """What the system was told, what was said before the last answer, and this answer; None for what is missing."""
    messages = messages_in(cell) or []
    system = "\n".join(message.text for message in messages if message.role == "system") or None
    spoken = [message for message in messages if message.role != "system"]
    answer = spoken.pop().text if spoken and spoken[-1].role in ANSWERING else None
    before = [f"{message.role}: {message.text}" for message in spoken] if len(spoken) > 1 else [m.text for m in spoken]
    return [system, "\n".join(before) or None, answer]


# -- instructions and preferences -------------------------------------------------------------


def with_instructions(source: Source) -> Source:
    """An instruction and what it is about, which may be empty, as one text, ``input``."""
    lower = [name.lower() for name in source.names]
    about = next((name for name in ("input", "context") if name in lower), None)
    if "instruction" not in lower or about is None:
        return source
    first, second = lower.index("instruction"), lower.index(about)
    if any(
        not (cell is None or isinstance(cell, str))
        for row in islice(source.rows(), SAMPLE_ROWS)
        for cell in (row[first], row[second])
    ):
        return source
    kept = [i for i in range(len(source.names)) if i not in (first, second)]
    name = free_name("input", [source.names[i] for i in kept])

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            text = "\n".join(str(cell) for cell in (row[first], row[second]) if cell)
            yield [text or None, *(row[i] for i in kept)]

    said = f"columns {source.names[first]!r} and {source.names[second]!r} are read as one text, {name!r}"
    return replace(source, names=[name, *(source.names[i] for i in kept)], rows=rows, notes=[*source.notes, said])


def without_rejected(source: Source) -> Source:
    """Of two answers the one that was chosen; where what was asked stands within it, that is the ``input``."""
    if not {"chosen", "rejected"} <= set(source.names):
        return source
    place, rejected = source.names.index("chosen"), source.names.index("rejected")
    kept = [i for i in range(len(source.names)) if i != rejected]
    cells = [row[place] for row in islice(source.rows(), SAMPLE_ROWS)]
    whole = bool(cells) and all(isinstance(cell, str) and SAID_AT_LAST in cell for cell in cells)
    names = [name for i in kept for name in (["input", "output"] if whole and i == place else [source.names[i]])]

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            if whole:
                asked, _, answer = str(row[place]).rpartition(SAID_AT_LAST)
                yield [cell for i in kept for cell in ([asked.strip(), answer.strip()] if i == place else [row[i]])]
            else:
                yield [row[i] for i in kept]

    said = (
        "preferences: what was chosen is learned; 'rejected' is left out, as nothing is learned from pairs of answers"
    )
    return replace(source, names=names, rows=rows, notes=[*source.notes, said])
