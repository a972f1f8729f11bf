"""Transcripts: text that is heard somewhere in the steps of another sequence, in the same order."""

from __future__ import annotations

from collections.abc import Sequence

from elman.kinds.text import EncodedText, TextKind
from elman.ragged import Ragged


class TranscriptKind(TextKind):
    """A text as the output of CTC; the id of the end mark, which isn't needed here, is the blank's."""

    name = "transcript"
    by_role = True

    def targets(self, encoded: Sequence[EncodedText]) -> Ragged:
        return Ragged.from_list([text.ids for text in encoded])

    def compared(self, text: str) -> str:
        """By words, whatever the elements are."""
        return text
