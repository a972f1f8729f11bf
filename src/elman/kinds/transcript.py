# pyright: strict
"""Transcripts: text spoken somewhere in the steps of another sequence, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from elman.kinds.text import NO_IDS, EncodedText, TextKind
from elman.sequences import Sequences

BLANK = "·"
"""The blank of CTC: no letter at this step."""


class TranscriptKind(TextKind):
    """A text as the output of CTC; the id of the end mark, which isn't needed here, is the blank's."""

    name = "transcript"
    by_role = True

    def targets(self, encoded: Sequence[EncodedText]) -> Sequences:
        return Sequences.of([text.ids for text in encoded], NO_IDS)

    def target_names(self, encoded: EncodedText) -> list[str]:
        """The tokens alone: nothing marks the end."""
        return super().target_names(encoded)[:-1]

    def names(self, targets: NDArray[Any]) -> list[str]:
        blank = self.vocabulary.end_id
        written = super().names(targets)
        return [BLANK if token == blank else name for token, name in zip(targets.tolist(), written, strict=True)]

    def compared(self, text: str) -> str:
        """By words, whatever the elements are."""
        return text
