"""Transcripts: text that is heard somewhere in the steps of another sequence, in the same order."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from elman.kinds.text import EncodedText, TextKind
from elman.nn.ctc import CTCHead
from elman.ragged import Ragged
from elman.settings import Settings


class TranscriptKind(TextKind):
    """A text as the output of CTC; the id of the end mark, which isn't needed here, is the blank's."""

    kind = "transcript"

    def targets(self, encoded: Sequence[EncodedText]) -> Ragged:
        return Ragged.from_list([text.ids for text in encoded])

    def compared(self, text: str) -> str:
        """By words, whatever the elements are."""
        return text

    def head(self, input_size: int, settings: Settings) -> nn.Module:
        return CTCHead(input_size, len(self.vocabulary), blank=self.vocabulary.end_id)
