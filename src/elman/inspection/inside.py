"""Parts that only some networks have: attention, a CRF's transitions, embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from elman.drawing.figures import heading, heat, words_along
from elman.inspection.answers import answers
from elman.inspection.subject import Subject
from elman.inspection.words import short
from elman.kinds.text import visible
from elman.kinds.vocabulary import END, UNK
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.many_to_one import ManyToOne
from elman.nn.attention import Attention, AttentionPooling
from elman.nn.encoders import TokenEmbedding, WordEmbedding
from elman.nn.heads import CRFTagHead

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 40  # rows and columns of a matrix
KEYS, NEAREST = 12, 5


@dataclass(frozen=True)
class Matrix:
    """Numbers with names on both sides, row by row."""

    rows: list[str]
    columns: list[str]
    values: list[list[float]]


ATTENTION_CAPTION = (
    "Where attention looks: each row is a token that is written, each column one that was read, and the stronger the "
    "blue, the more of the look goes there. Rows add up to 1."
)
TRANSITIONS_CAPTION = (
    "What the CRF thinks of a tag (column) after another (row), in nats: blue is encouraged, orange discouraged. "
    "Transitions that the scheme of the tags forbids stay empty."
)


def alignment(subject: Subject, row: int) -> Matrix | None:
    """Attention weights over a row; None for a network without attention."""
    network = subject.network
    batch = subject.collate([row])
    if isinstance(network, ManyToOne) and isinstance(getattr(network, "attention", None), AttentionPooling):
        return pooled(subject, network.attention, row, batch)
    if not isinstance(network, EncoderDecoder) or not isinstance(network.attention, Attention):
        return None
    seen: list[Tensor] = []
    handle = network.attention.register_forward_hook(lambda module, args, out: seen.append(out[1]))
    try:
        with torch.no_grad():
            answers(network, batch)
    finally:
        handle.remove()
    weights = seen[0][0, :MOST, :MOST]
    written, read = subject.outcomes(row), subject.elements(row, weights.shape[1])
    return Matrix(written[:MOST], read[:MOST], weights.tolist())


def pooled(subject: Subject, attention: AttentionPooling, row: int, batch: Any) -> Matrix:
    seen: list[Tensor] = []
    handle = attention.register_forward_pre_hook(lambda module, args: seen.append(attention.weights(args[0]).values))
    try:
        with torch.no_grad():
            answers(subject.network, batch)
    finally:
        handle.remove()
    read = subject.elements(row, len(seen[0]))
    return Matrix(["the answer"], read[:MOST], [seen[0][:MOST].tolist()])


def transitions(subject: Subject) -> Matrix | None:
    """The scores of one tag after another; None without a CRF."""
    head, output = subject.network.head, subject.parts.output
    if not isinstance(head, CRFTagHead):
        return None
    scores = head.crf.transitions.detach().clone()
    if head.crf.allowed_transitions is not None:
        scores[~head.crf.allowed_transitions] = 0
    names = output.allowed_values()[:MOST]
    return Matrix(names, names, scores[:MOST, :MOST].tolist())


def draw_matrix(figure: Figure, found: Matrix, down: str, along: str) -> None:
    values = np.array(found.values)
    figure.set_size_inches(7.2, min(6.5, 1.4 + 0.17 * len(values)))
    axes = figure.add_subplot()
    heat(axes, values)
    words_along(axes, [short(word, 10) for word in found.columns])
    axes.set_yticks(range(len(found.rows)), [short(word, 14) for word in found.rows], fontsize=7)
    heading(axes, "", along, down, legend=False)


@dataclass(frozen=True)
class Neighbours:
    """A token, and those whose vectors point most nearly the same way, with the cosines."""

    token: str
    nearest: list[tuple[str, float]]


def neighbours(subject: Subject) -> list[Neighbours]:
    """Of the commonest words with letters in them; none where the input isn't text."""
    kind, encoder = subject.parts.input, getattr(subject.network, "encoder", None)
    if isinstance(encoder, WordEmbedding):
        encoder = encoder.tokens
    tokens = kind.tokens_by_count()
    if not tokens or not isinstance(encoder, TokenEmbedding):
        return []
    vectors = torch.nn.functional.normalize(encoder.embedding.weight.detach(), dim=1)
    named = [i for i, token in enumerate(tokens) if token not in (END, UNK)]
    spread = named[: 2 * KEYS : 2] if len(named) >= 2 * KEYS else named[:KEYS]
    found, are_named = [], set(named)
    for i in spread:
        cosines = vectors @ vectors[i]
        nearest: list[int] = cosines.argsort(descending=True).tolist()
        best = [*islice((j for j in nearest if j != i and j in are_named), NEAREST)]
        found.append(Neighbours(visible(tokens[i]), [(visible(tokens[j]), float(cosines[j])) for j in best]))
    return found
