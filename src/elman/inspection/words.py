"""Answers and steps of rows in words, for pictures and tables."""

from __future__ import annotations

from elman.inspection.answers import chosen
from elman.inspection.subject import Subject, notes_named, visible
from elman.kinds import ChordsKind, LabelKind, LabelsKind, MelodyKind, NumberKind, TextKind
from elman.nn.ctc import CTCHead
from elman.nn.heads import ForecastHead
from elman.ragged import Ragged

BLANK = "·"  # what CTC says where it says nothing


def said(subject: Subject, found: Ragged) -> list[list[str]]:
    """What the network answers, sequence by sequence, from its scores."""
    output, head = subject.parts.output, subject.network.head
    if isinstance(output, LabelsKind):
        likely = (found.values > 0).tolist()
        names = [" + ".join(c for c, there in zip(output.classes, row, strict=True) if there) or "∅" for row in likely]
    elif isinstance(output, ChordsKind):
        names = notes_named(output, found.values > 0)
    elif isinstance(output, NumberKind):
        names = [f"{value * output.scale + output.mean:.3g}" for value in found.values.squeeze(-1).tolist()]
    elif isinstance(head, ForecastHead):
        names = [f"the next {found.values.shape[1]}"] * len(found.values)
    else:
        ids = chosen(subject.network, found)
        assert ids is not None
        if isinstance(output, LabelKind):
            names = [output.classes[i] for i in ids.tolist()]
        else:
            assert isinstance(output, (TextKind, MelodyKind))
            blank = {output.vocabulary.end_id: BLANK} if isinstance(head, CTCHead) else {}
            tokens = output.vocabulary.decode(ids.tolist())
            names = [blank.get(i, visible(token)) for i, token in zip(ids.tolist(), tokens, strict=True)]
    sizes = found.lengths.tolist()
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [names[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def short(word: str, most: int = 12) -> str:
    """A word of at most so many letters."""
    return word if len(word) <= most else word[: most - 1] + "…"
