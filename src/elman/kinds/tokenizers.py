# pyright: strict
"""From a string to the elements of a sequence, and back."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Protocol

from elman.errors import TaskError
from elman.extras import needed

# Patterns are texts, so that a model compiles those that it uses alone, when it does; re keeps them from then on.

# A word with inner apostrophes or hyphens, a number with separators, a run of the same sign, or one sign.
WORD = r"\w+(?:['’\-]\w+)*|(?P<sign>[^\w\s])(?P=sign)*"
UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""Writing without blanks, of which each sign is a token."""
WORD_OR_SIGN = rf"[{UNSPACED}]|[^\W{UNSPACED}]+|[^\w\s]"
"""A run of letters and digits, or one sign: what spans of characters begin and end with."""
NO_SPACE_BEFORE = r"\s+([.,!?;:%)\]}»”]+)(?=\s|$)"
NO_SPACE_AFTER = r"([(\[{«“$£€#@])\s+"


class Tokenizer(Protocol):
    """Splits a string into tokens; ``join`` turns tokens back into what a person would write."""

    level: str

    def fit(self, texts: Iterable[str]) -> None: ...
    def split(self, text: str) -> list[str]: ...
    def join(self, tokens: Sequence[str]) -> str: ...
    def state(self) -> dict[str, Any]: ...


class Words:
    """Words and punctuation marks; white space is not kept."""

    level = "words"

    def fit(self, texts: Iterable[str]) -> None:
        """Nothing to learn."""

    def split(self, text: str) -> list[str]:
        tokens: list[str] = []
        for run in text.split():  # no token holds white space, and most runs are a word
            if run.isalnum():
                tokens.append(run)
            else:
                tokens += [match.group() for match in re.finditer(WORD, run)]
        return tokens

    def join(self, tokens: Sequence[str]) -> str:
        return re.sub(NO_SPACE_AFTER, r"\1", re.sub(NO_SPACE_BEFORE, r"\1", " ".join(tokens)))

    def state(self) -> dict[str, Any]:
        return {}


class Tokens(Words):
    """Whatever stands between white space: text that is tokenised already, phones, codes."""

    level = "tokens"

    def split(self, text: str) -> list[str]:
        return text.split()

    def join(self, tokens: Sequence[str]) -> str:
        return " ".join(tokens)


class Characters(Words):
    """Single Unicode characters, white space included."""

    level = "characters"

    def split(self, text: str) -> list[str]:
        return list(text)

    def join(self, tokens: Sequence[str]) -> str:
        return "".join(tokens)


class Subwords:
    """Pieces of words by the unigram model of SentencePiece (Kudo 2018), learned from the training texts."""

    level = "subwords"

    def __init__(self, size: int = 8_000, model: bytes | None = None):
        self.size = size
        self.model = model
        self._processor: Any = None

    def fit(self, texts: Iterable[str]) -> None:
        sentencepiece = needed("sentencepiece")
        stream, texts = io.BytesIO(), list(texts)
        characters = len({character for text in texts for character in text})
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(texts),
                model_writer=stream,
                vocab_size=max(self.size, characters + 100),  # every character is a piece
                hard_vocab_limit=False,
                character_coverage=1.0,
                num_threads=1,  # so that the same texts give the same pieces
                bos_id=-1,
                eos_id=-1,
                minloglevel=2,
            )
        except RuntimeError as problem:
            raise TaskError(
                f"SentencePiece can't learn subwords from these texts ({problem}); use --set level=words"
            ) from problem
        self.model, self._processor = stream.getvalue(), None

    @property
    def processor(self) -> Any:
        if self._processor is None:
            self._processor = needed("sentencepiece").SentencePieceProcessor(model_proto=self.model)
        return self._processor

    def split(self, text: str) -> list[str]:
        return self.processor.encode(text, out_type=str)

    def join(self, tokens: Sequence[str]) -> str:
        return self.processor.decode_pieces(list(tokens))

    def state(self) -> dict[str, Any]:
        assert self.model is not None, "fit before saving"
        return {"size": self.size, "model": base64.b64encode(self.model).decode("ascii")}


def tokenizer(level: str, *, size: int = 8_000, model: str | None = None) -> Tokenizer:
    """The tokenizer of a level; ``size`` and ``model`` (base64) matter to subwords only."""
    if level == "subwords":
        return Subwords(size, base64.b64decode(model) if model else None)
    return {"words": Words, "tokens": Tokens, "characters": Characters}[level]()


ATTACHED = r"\w[.,!?;:](?=\s|$)"
STANDING_ALONE = r"(?<!\S)[^\w\s]+(?!\S)"
WORDLIKE = r"[^\w\s]*+(?:(?:[^\W\d_]++|\d++)\d*+(?:(?:[-'.,:/_]|[^\w\s\x00-\x7f])[^\W\d_]*+\d*+)*+)?+[^\w\s]*+"
"""Letters or figures, in parts that usual signs, or marks on letters, join, with signs around: what stands between
blanks where words do."""
RUN = r"[^\W\d_]{4}|\d{4}"
"""So many letters, or figures, in a row are of a word, or of a number, whatever signs stand around, as in code."""
MANY = 0.1
"""Of what stands between blanks so many are different, at least, where they aren't the signs of a code."""


def choose_level(texts: Sequence[str]) -> str:
    """Characters for names and single words, and where most of what stands between blanks is no word, as in music
    written in letters; tokens where white space separates all signs; else words."""
    sample = [text for text in texts[:2_000] if text]
    if not sample:
        return "words"
    spaces = sum(len(text.split()) for text in sample) / len(sample)
    if spaces < 2.5 and max(len(text) for text in sample) < 200:
        return "characters"
    stretches = [text[:20_000] for text in sample]
    between = Counter(chain.from_iterable(map(str.split, stretches)))
    signs = sum(1 for part in between if not (re.fullmatch(WORDLIKE, part) or re.search(RUN, part)))
    if len(between) > MANY * between.total() and 2 * signs > len(between):
        return "characters"
    attached = sum(len(re.findall(ATTACHED, text)) for text in stretches)
    alone = sum(len(re.findall(STANDING_ALONE, text)) for text in stretches)
    return "tokens" if attached <= 0.1 * alone else "words"
