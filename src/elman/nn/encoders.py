# pyright: strict
"""Input sides: from a batch of elements to vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elman.errors import TaskError
from elman.graph import Name, Writer
from elman.graph.carried import ChangeSince
from elman.graph.elementwise import Activation, Add, Concat
from elman.graph.recurrence import LastOutput
from elman.graph.series import Change, Horizon, Segments
from elman.graph.tokens import Bag, Embed, Pick, Take, Window
from elman.graph.writer import unwritten, weight
from elman.nn.dropout import EmbeddingDropout, SequenceDropout, WordDropout
from elman.nn.initialization import init_recurrent_
from elman.nn.pretrained import PretrainedTable
from elman.nn.recurrent import recurrent_layer
from elman.ragged import Ragged


@dataclass(frozen=True)
class Spelling:
    """The distinct words of a batch from within, and which of them each step shows (``index`` ``[N]``).

    letters: their characters, where asked for;  pieces: the hashes of their character n-grams, where asked for
    """

    index: Tensor
    letters: Ragged | None = None
    pieces: Ragged | None = None


@dataclass(frozen=True)
class Words:
    """A batch of token sequences: ids ``[N]``, and their spelling where the column has it."""

    ids: Ragged
    spelling: Spelling | None = None

    def __len__(self) -> int:
        return len(self.ids)


class Encoder(nn.Module):
    """An input side: a batch -> vectors of ``output_size`` features.

    memory_size: features of the places that attention can look at, of which ``look`` tells; 0 where there are none
    """

    output_size: int
    memory_size: int = 0

    @property
    def learns_tokens(self) -> bool:
        """Whether its vectors of tokens are its own to change, so that they may be those of an output, too."""
        return False

    @property
    def token_weight(self) -> Tensor:
        """The vectors of tokens ``[tokens, size]``, where it is tokens that it reads."""
        raise TypeError(f"{type(self).__name__} reads no tokens")

    def look(self, inputs: Any) -> tuple[Tensor, Ragged]:
        """What ``forward`` gives, and the places ``[N, memory_size]`` within each input."""
        raise NotImplementedError

    def write(self, g: Writer) -> Name:
        """Its vectors in a graph, of the inputs that a batch of its kind has.

        Raises ExportError where it doesn't say so.
        """
        raise unwritten(self)

    def write_on(self, g: Writer) -> Name | None:
        """``write``, of sequences that go on from what was read of them before; None where a vector depends on more
        than what came until then."""
        return None

    def write_look(self, g: Writer) -> tuple[Name, Name]:
        """``look`` in a graph. Raises ExportError where it doesn't say so."""
        raise unwritten(self)


class TokenEmbedding(Encoder):
    """A vector per token (Bengio et al. 2003): ``Words [N] -> Ragged [N, size]``.

    ``word_dropout`` replaces tokens by <unk> (id 0), so that its vector is learned; ``element_dropout`` drops
    whole words; ``dropout`` is variational, one mask per sequence (Gal & Ghahramani 2016). ``table`` gives the vectors
    where some of them aren't learned from nothing.
    """

    def __init__(
        self,
        tokens: int,
        size: int,
        *,
        dropout: float = 0.0,
        element_dropout: float = 0.0,
        word_dropout: float = 0.0,
        table: nn.Embedding | PretrainedTable | None = None,
    ):
        super().__init__()
        self.output_size = size
        self.word_dropout = WordDropout(word_dropout, unk=0)
        self.embedding = nn.Embedding(tokens, size) if table is None else table
        if table is None:
            nn.init.normal_(self.embedding.weight, std=size**-0.5)
        self.vectors = EmbeddingDropout(self.embedding, element_dropout)
        self.dropout = SequenceDropout(dropout)

    @property
    def learns_tokens(self) -> bool:
        return not isinstance(self.embedding, PretrainedTable)

    @property
    def token_weight(self) -> Tensor:
        """Raises TaskError for vectors that aren't a network's to change."""
        if not isinstance(self.embedding, nn.Embedding):
            raise TaskError(
                "vectors that are kept or mixed can't be those of the output too: pass --set pretrained=tuned; or "
                "tied=false, and copy=false"
            )
        return self.embedding.weight

    def lookup(self, words: Words) -> Ragged:
        """The vectors before dropout."""
        return self.word_dropout(words.ids).map(self.vectors)

    def forward(self, words: Words) -> Ragged:
        return self.dropout(self.lookup(words))

    def write(self, g: Writer) -> Name:
        return self.write_of(g, g.input("ids", "int64"))

    def write_on(self, g: Writer) -> Name:
        return self.write(g)

    def write_of(self, g: Writer, ids: Name) -> Name:
        """The vectors of these tokens in a graph."""
        return g.add(Embed(weight(self.embedding.weight)), ids)


class WordEmbedding(Encoder):
    """A word's own vector together with what its spelling says, so that unseen words get sensible vectors.

    pieces:  buckets for hashed character n-grams; the mean of their vectors is added to the word's own (Bojanowski et
             al. 2017), or stands beside it with ``piece_size`` features, but for a share ``piece_dropout`` of the words
    letters: size of the alphabet; a bidirectional RNN over the characters stands beside (Lample et al. 2016)
    """

    def __init__(
        self,
        tokens: TokenEmbedding,
        *,
        pieces: int = 0,
        piece_size: int = 0,
        piece_dropout: float = 0.0,
        letters: int = 0,
        character_size: int = 25,
        cell: str = "lstm",
    ):
        super().__init__()
        piece_size = piece_size if pieces else 0
        self.tokens, self.beside, self.piece_dropout = tokens, piece_size > 0, piece_dropout
        beside = (piece_size if pieces else 0) + (2 * character_size if letters else 0)
        self.output_size = tokens.output_size + beside
        self.dropout = SequenceDropout(tokens.dropout.p)
        size = piece_size or tokens.output_size
        self.pieces = nn.EmbeddingBag(pieces, size, mode="mean") if pieces else None
        self.letters = nn.Embedding(letters, character_size) if letters else None
        if self.pieces:
            nn.init.normal_(self.pieces.weight, std=size**-0.5)
        if self.letters:
            self.rnn = recurrent_layer(cell, character_size, character_size, bidirectional=True)
            init_recurrent_(self.rnn)

    @property
    def learns_tokens(self) -> bool:
        return self.tokens.learns_tokens

    @property
    def token_weight(self) -> Tensor:
        return self.tokens.token_weight

    def forward(self, words: Words) -> Ragged:
        spelling = words.spelling
        assert spelling is not None, "the text column must be made with pieces or characters"
        embedded = self.tokens.lookup(words)
        views = [embedded.values]
        if self.pieces and spelling.pieces:
            bags = self.pieces(spelling.pieces.values, spelling.pieces.offsets.to(embedded.device))[spelling.index]
            keep = F.dropout(bags.new_ones(len(bags), 1), self.piece_dropout, self.training)
            views = [*views, keep * bags] if self.beside else [embedded.values + keep * bags]
        if self.letters and spelling.letters:
            _, (h, *_) = self.rnn.unroll(spelling.letters.map(self.letters))
            views.append(torch.cat([h[0], h[1]], dim=-1)[spelling.index])
        return self.dropout(embedded.with_values(torch.cat(views, dim=-1)))

    def write(self, g: Writer) -> Name:
        views = [self.tokens.write(g)]
        ids, index = g.input("ids", "int64"), g.input("spelling.index", "int64", form="rows")
        if self.pieces:
            bags = g.add(Bag(weight(self.pieces.weight)), g.input("spelling.pieces", "int64"))
            shown = g.add(Take(), bags, index, ids)
            views = [*views, shown] if self.beside else [g.add(Add(), views[0], shown)]
        if self.letters:
            letters = g.add(Embed(weight(self.letters.weight)), g.input("spelling.letters", "int64"))
            _, h, *_ = self.rnn.write(g, letters)
            views.append(g.add(Take(), g.add(LastOutput(2), h), index, ids))
        return views[0] if len(views) == 1 else g.add(Concat(), *views)

    def write_on(self, g: Writer) -> Name:
        return self.write(g)


class WindowEmbedding(Encoder):
    """The first ``window`` tokens side by side as one vector: the fixed-length reading of a text.

    ``Words -> [B, window * size]``; shorter texts are filled with zeros, longer ones cut.
    """

    def __init__(self, tokens: Encoder, window: int):
        super().__init__()
        self.tokens, self.window = tokens, window
        self.output_size = window * tokens.output_size

    def forward(self, words: Words) -> Tensor:
        vectors = self.tokens(words).padded()[:, : self.window]
        return F.pad(vectors, (0, 0, 0, self.window - vectors.shape[1])).flatten(1)

    def write(self, g: Writer) -> Name:
        return g.add(Window(self.window), self.tokens.write(g))


class VectorEncoder(Encoder):
    """Vectors as they are, for the recurrence to weigh: ``Ragged [N, size] -> Ragged [N, output_size]``.

    differences: the change since the step before stands beside each vector, zero at a first step (delta features,
                 Furui 1986)
    noise:       standard deviation of Gaussian noise that training adds (Bishop 1995)
    """

    def __init__(self, size: int, *, differences: bool = False, noise: float = 0.0):
        super().__init__()
        self.differences, self.noise = differences, noise
        self.sizes = [1] * (2 * size if differences else size)  # features of each number, and of each change
        self.output_size = sum(self.sizes)

    def forward(self, steps: Ragged) -> Ragged:
        values = steps.values
        if self.training and self.noise:
            values = values + self.noise * torch.randn_like(values)
        if self.differences:
            change = values - torch.cat([values[:1], values[:-1]])
            values = torch.cat([values, change * (steps.positions > 0)[:, None]], dim=1)
        return steps.with_values(values)

    def write(self, g: Writer) -> Name:
        steps = self._write_steps(g)
        return g.add(Concat(), steps, g.add(Change(), steps)) if self.differences else steps

    def write_on(self, g: Writer) -> Name:
        steps = self._write_steps(g)
        if not self.differences:
            return steps
        last = g.carry("last", self.output_size // 2)
        change, after = g.add_several(2, ChangeSince(), steps, last, g.count(steps))
        g.carried(last=after)
        return g.add(Concat(), steps, change)

    def _write_steps(self, g: Writer) -> Name:
        return g.input("input", "float32", self.output_size // (2 if self.differences else 1))


@dataclass(frozen=True)
class Windows:
    """Windows of series, one after another: ``steps`` Ragged ``[B * L, F]``, normalised window by window.

    base:    the simple forecast ``[B, H]`` that the network's answer is added to, in the series' standard deviations
    scale:   what the window's values were divided by ``[B]``, in the same
    pattern: how the base forecast differs from the window's last value ``[B, H]``, normalised like the steps
    ahead:   what is given of the steps to forecast before they come ``[B, H, K]``
    columns: which column of the series each is of ``[B]``
    """

    steps: Ragged
    base: Tensor
    scale: Tensor
    pattern: Tensor
    ahead: Tensor
    columns: Tensor

    def __len__(self) -> int:
        return len(self.steps)


class WindowEncoder(Encoder):
    """Segments of windows as vectors, so that few steps of recurrence span many of the series (Lin et al. 2023).

    ``Windows`` of ``L`` steps -> ``Ragged [B * L / segment, size]``; ``segment`` divides ``L``.
    """

    def __init__(self, features: int, segment: int, size: int):
        super().__init__()
        self.segment, self.output_size = segment, size
        self.linear = nn.Linear(features * segment, size)

    def forward(self, windows: Windows) -> Ragged:
        segments = windows.steps.values.reshape(-1, self.linear.in_features)
        return Ragged(self.linear(segments).relu(), windows.steps.lengths // self.segment)

    def write(self, g: Writer) -> Name:
        steps = g.input("steps", "float32", self.linear.in_features // self.segment)
        return g.add(Activation("relu"), g.linear(g.add(Segments(self.segment), steps), self.linear))


class HorizonEncoder(Encoder):
    """The steps to forecast, segment by segment, as a decoder begins with them: ``Windows -> [B, M, size]``.

    Each of the ``M`` segments of ``horizon`` steps, the last of them filled up with zeros, has a vector of its own, and
    so has each of the series' ``columns`` (Lin et al. 2023). To the sum of the two a linear map of the segment's
    ``features`` numbers per step is added.
    """

    def __init__(self, features: int, horizon: int, segment: int, size: int, columns: int = 1):
        super().__init__()
        self.horizon, self.segment, self.output_size = horizon, segment, size
        self.segments = -(-horizon // segment)
        self.places = nn.Parameter(0.02 * torch.randn(self.segments, size))
        self.columns = nn.Parameter(0.02 * torch.randn(columns, size)) if columns > 1 else None
        self.linear = nn.Linear(features * segment, size, bias=False) if features else None

    def forward(self, windows: Windows) -> Tensor:
        vectors = self.places.expand(len(windows), -1, -1)
        if self.columns is not None:
            vectors = vectors + self.columns[windows.columns, None]
        if self.linear is None:
            return vectors
        filled = F.pad(windows.ahead, (0, 0, 0, self.segments * self.segment - self.horizon))
        return vectors + self.linear(filled.reshape(len(windows), self.segments, -1))

    def write(self, g: Writer) -> Name:
        columns, linear = self.columns, self.linear
        horizon = Horizon(
            self.segment,
            weight(self.places),
            None if columns is None else weight(columns),
            None if linear is None else weight(linear.weight),
        )
        features = None if linear is None else linear.in_features // self.segment
        ahead = g.input("ahead", "float32", self.horizon, features, form="rows")
        return g.add(horizon, ahead, g.input("columns", "int64", form="rows"))


class ValueEmbedding(nn.Embedding, Encoder):
    """A vector for one of ``values``: ids ``[B] -> [B, size]``."""

    def __init__(self, values: int, size: int):
        super().__init__(values, size)  # pyright: ignore[reportUnknownMemberType]
        self.output_size = size

    def write(self, g: Writer) -> Name:
        return g.add(Embed(weight(self.weight)), g.input("input", "int64", form="rows"))


class NamesEncoder(Encoder):
    """The mean of the vectors of several names: ``Ragged ids [N] -> [B, size]``; zeros for none."""

    def __init__(self, names: int, size: int):
        super().__init__()
        self.output_size = size
        self.embedding = nn.EmbeddingBag(names, size, mode="mean")

    def forward(self, names: Ragged) -> Tensor:
        return self.embedding(names.values, names.offsets.to(names.device))

    def write(self, g: Writer) -> Name:
        return g.add(Bag(weight(self.embedding.weight)), g.input("input", "int64"))


class RowEncoder(Encoder):
    """A row of a table as one vector: figures of numbers and dates beside an embedding for each category column.

    ``(numbers [B, M], categories [B, C]) -> [B, output_size]``
    """

    def __init__(self, numbers: int, category_sizes: list[int]):
        super().__init__()
        self.numbers = numbers
        self.embeddings = nn.ModuleList(nn.Embedding(size, min(16, size)) for size in category_sizes)
        for embed in self.embeddings.parameters():
            embed.data[0] = 0  # what training never sees is like nothing in particular
        self.sizes = [1] * numbers + [min(16, size) for size in category_sizes]  # features of each number and category
        self.output_size = sum(self.sizes)

    def forward(self, row: tuple[Tensor, Tensor]) -> Tensor:
        numbers, categories = row
        vectors = [embed(categories[:, i]) for i, embed in enumerate(self.embeddings)]
        return torch.cat([numbers, *vectors], dim=-1)

    def write(self, g: Writer) -> Name:
        numbers = g.input("0", "float32", self.numbers, form="rows")
        if not len(self.embeddings):
            return numbers
        categories = g.input("1", "int64", len(self.embeddings), form="rows")
        vectors = [
            g.add(Embed(weight(embed.weight)), g.add(Pick(column), categories))
            for column, embed in enumerate(self.embeddings)
        ]
        return g.add(Concat(), numbers, *vectors)
