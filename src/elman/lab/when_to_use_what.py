"""The shape of the data picks the architecture: the five of them on data of their own, each beside a wrong one."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from elman import samples
from elman.decoding.beam import beam_search
from elman.decoding.sampling import sampled
from elman.drawing.figures import heading
from elman.lab.any_length import accuracy
from elman.lab.experiment import Experiment, Findings, Trial, percent
from elman.lab.figures import bars
from elman.lab.training import fit
from elman.models.answering import Answering
from elman.models.batch import Batch
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.many_to_many import ManyToMany, language_model
from elman.models.many_to_one import ManyToOne
from elman.models.one_to_many import OneToMany, shift
from elman.models.one_to_one import OneToOne
from elman.nn.encoders import Encoder, TokenEmbedding, ValueEmbedding, WindowEmbedding, Words
from elman.nn.heads import ClassHead, TagHead
from elman.ragged import Ragged
from elman.samples.names import STYLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES, BATCH, HELD_OUT, SIZE = 250, 32, 200, 32
WINDOW = 5  # words that the feed-forward network reads of a review
UNK, END = 0, 1  # ids of the marks
PAIRS = {  # data: the architecture that fits, and one that doesn't
    "flowers": ("one-to-one", "many-to-one"),
    "names": ("one-to-many", "language model"),
    "reviews": ("many-to-one", "one-to-one"),
    "tags": ("many-to-many", "one-to-one"),
    "numbers": ("encoder-decoder", "many-to-many"),
}
Rows = list[tuple[Any, Any]]


class Given(Encoder):
    """Vectors that are there already."""

    def __init__(self, size: int):
        super().__init__()
        self.output_size = size

    def forward(self, vectors: Any) -> Any:
        return vectors


def measure(seed: int, *, updates: int = UPDATES, test: int = HELD_OUT) -> Trial:
    numbers = {}
    for data, contest in CONTESTS.items():
        rows = list(zip(*samples.load(data).columns.values(), strict=True))
        random.Random(seed).shuffle(rows)
        scores = contest(rows[test:], rows[:test], updates)
        numbers |= {f"{data}: {name}": percent(score) for name, score in zip(PAIRS[data], scores, strict=True)}
    return Trial(numbers)


# -- one contest per architecture: the scores of the right and the wrong one --------------------------


def flowers(train: Rows, test: Rows, updates: int) -> tuple[float, float]:
    """Four measurements -> species; the wrong one reads them as a sequence of four steps."""
    values = torch.tensor([[float(value) for value in row[:-1]] for row in train])
    mean, spread, kinds = values.mean(0), values.std(0), number({row[-1] for row in train})

    def rows_as_vectors(rows: Rows) -> Batch:
        x = torch.tensor([[float(value) for value in row[:-1]] for row in rows])
        return Batch((x - mean) / spread, torch.tensor([kinds[row[-1]] for row in rows]))

    def rows_as_sequences(rows: Rows) -> Batch:
        batch = rows_as_vectors(rows)
        return Batch(Ragged.from_list([row.unsqueeze(1) for row in batch.inputs]), batch.targets)

    right = OneToOne(Given(4), ClassHead(SIZE, len(kinds)), hidden_size=SIZE)
    wrong = many_to_one(Given(1), len(kinds))
    trained(right, train, rows_as_vectors, updates)
    trained(wrong, train, rows_as_sequences, updates)
    return accuracy(right, rows_as_vectors(test)), accuracy(wrong, rows_as_sequences(test))


def names(train: Rows, test: Rows, updates: int) -> tuple[float, float]:
    """Style -> a name of that style; the wrong one writes names, but can't be told the style.

    The score is how many of the sampled names their style can give.
    """
    letters, styles = vocabulary([name for _, name in train]), number(STYLES)

    def rows_as_names(rows: Rows) -> Batch:
        return Batch(torch.tensor([styles[style] for style, _ in rows]), ended([name for _, name in rows], letters))

    def rows_as_text(rows: Rows) -> Batch:
        targets = rows_as_names(rows).targets
        return Batch(Words(shift(targets, END)), targets)

    tokens = 2 + len(letters)
    right = OneToMany(ValueEmbedding(len(styles), 16), tokens, end=END, embedding_size=16, cell="gru", hidden_size=64)
    wrong = language_model(TokenEmbedding(tokens, 16), tokens, tied=False, cell="gru", hidden_size=64)
    trained(right, train, rows_as_names, updates)
    trained(wrong, train, rows_as_text, updates)
    wanted = [style for style, _ in test]
    values = torch.tensor([styles[style] for style in wanted])
    generator = np.random.default_rng(int(torch.randint(2**31, ())))
    told = sampled(Answering(right), values, end=END, never=[UNK], max_length=20, generator=generator)
    return in_style(told, wanted, letters), in_style(write(wrong, len(wanted), 20), wanted, letters)


def reviews(train: Rows, test: Rows, updates: int) -> tuple[float, float]:
    """Sentence -> positive or negative; the wrong one reads the first words only."""
    words = vocabulary([text.split() for text, _ in train])

    def rows_as_batch(rows: Rows) -> Batch:
        labels = torch.tensor([int(label == "positive") for _, label in rows])
        return Batch(Words(ids([text.split() for text, _ in rows], words)), labels)

    right = many_to_one(TokenEmbedding(2 + len(words), 16), 2)
    wrong = OneToOne(WindowEmbedding(TokenEmbedding(2 + len(words), 16), WINDOW), ClassHead(SIZE, 2), hidden_size=SIZE)
    for network in (right, wrong):
        trained(network, train, rows_as_batch, updates)
    return accuracy(right, rows_as_batch(test)), accuracy(wrong, rows_as_batch(test))


def tags(train: Rows, test: Rows, updates: int) -> tuple[float, float]:
    """Words -> their parts of speech; the wrong one sees each word alone."""
    words, kinds = vocabulary([row[0] for row in train]), number({tag for row in train for tag in row[1]})

    def rows_as_sentences(rows: Rows) -> Batch:
        tagged = Ragged.from_list([torch.tensor([kinds[tag] for tag in row[1]]) for row in rows])
        return Batch(Words(ids([row[0] for row in rows], words)), tagged)

    def rows_as_words(rows: Rows) -> Batch:
        batch = rows_as_sentences(rows)
        single = torch.ones(len(batch.targets.values), dtype=torch.int64)
        return Batch(Words(Ragged(batch.inputs.ids.values, single)), batch.targets.values)

    right = many_to_many(2 + len(words), len(kinds))
    wrong = OneToOne(
        WindowEmbedding(TokenEmbedding(2 + len(words), 16), 1), ClassHead(SIZE, len(kinds)), hidden_size=SIZE
    )
    trained(right, train, rows_as_sentences, updates)
    trained(wrong, train, rows_as_words, updates)
    sentences = rows_as_sentences(test)
    found = torch.cat(right.best(sentences.inputs)) == sentences.targets.values
    return found.double().mean().item(), accuracy(wrong, rows_as_words(test))


def numbers(train: Rows, test: Rows, updates: int) -> tuple[float, float]:
    """Number in words -> digits; the wrong one writes a digit or a blank at each word. Right is what is all right."""
    words, digits = vocabulary([text.split() for text, _ in train]), number("0123456789", first=2)

    def source(rows: Rows) -> Words:
        return Words(ids([text.split() for text, _ in rows], words))

    def rows_as_pairs(rows: Rows) -> Batch:
        return Batch(source(rows), ended([figures.split() for _, figures in rows], digits))

    def rows_as_aligned(rows: Rows) -> Batch:
        inputs = source(rows)
        targets = [
            torch.tensor(([digits[digit] for digit in figures.split()] + [END] * length)[:length])
            for (_, figures), length in zip(rows, inputs.ids.lengths.tolist(), strict=True)
        ]
        return Batch(inputs, Ragged.from_list(targets))

    right = EncoderDecoder(
        TokenEmbedding(2 + len(words), 16), 2 + len(digits), end=END, embedding_size=16, cell="gru", hidden_size=64
    )
    wrong = many_to_many(2 + len(words), 2 + len(digits))
    trained(right, train, rows_as_pairs, updates)
    trained(wrong, train, rows_as_aligned, updates)
    true = [[digits[digit] for digit in figures.split()] for _, figures in test]
    found = beam_search(Answering(right), source(test), end=END, beam_size=1, max_length=8)
    written = [hypothesis.ids for hypothesis in found]
    with torch.no_grad():
        aligned = [[token for token in best.tolist() if token != END] for best in wrong.best(source(test))]
    return share(written, true), share(aligned, true)


CONTESTS: dict[str, Callable[[Rows, Rows, int], tuple[float, float]]] = {
    "flowers": flowers,
    "names": names,
    "reviews": reviews,
    "tags": tags,
    "numbers": numbers,
}


# -- what they share ----------------------------------------------------------------------------------


def many_to_one(encoder: Encoder, classes: int) -> ManyToOne:
    return ManyToOne(encoder, partial(ClassHead, classes=classes), cell="gru", hidden_size=SIZE)


def many_to_many(tokens: int, classes: int) -> ManyToMany:
    return ManyToMany(TokenEmbedding(tokens, 16), partial(TagHead, classes=classes), cell="gru", hidden_size=SIZE)


def trained(network: Any, rows: Rows, as_batch: Callable[[Rows], Batch], updates: int) -> None:
    def draw() -> Batch:
        return as_batch([rows[i] for i in torch.randint(len(rows), (BATCH,)).tolist()])

    fit(network, draw, steps=updates)


def number(things: Any, first: int = 0) -> dict[Any, int]:
    return {thing: i for i, thing in enumerate(sorted(things), start=first)}


def vocabulary(texts: Sequence[Sequence[str]]) -> dict[str, int]:
    """Ids of all elements of some texts, after those of <unk> and the end mark."""
    return number({element for text in texts for element in text}, first=2)


def ids(texts: Sequence[Sequence[str]], ids_of: dict[str, int]) -> Ragged:
    return Ragged.from_list([torch.tensor([ids_of.get(element, 0) for element in text]) for text in texts])


def ended(texts: Sequence[Sequence[str]], ids_of: dict[str, int]) -> Ragged:
    """With the end mark after each."""
    return Ragged.from_list([torch.tensor([*(ids_of.get(element, 0) for element in text), END]) for text in texts])


@torch.no_grad()
def write(network: ManyToMany, count: int, longest: int) -> list[list[int]]:
    """Sample texts from a language model, a step at a time with the state carried along."""
    tokens, state, written = torch.full((count,), END), None, []
    for _ in range(longest):
        scores, state = network(Words(Ragged(tokens, torch.ones(count, dtype=torch.int64))), state)
        tokens = torch.multinomial(scores.values.softmax(-1), 1).squeeze(1)
        written.append(tokens)
    rows = torch.stack([*written, torch.full((count,), END)], 1).tolist()
    return [row[: row.index(END)] for row in rows]


def in_style(written: list[list[int]], styles: list[str], letters: dict[str, int]) -> float:
    """How many of the names can be put together from the sounds of their style."""
    spelled = {i: letter for letter, i in letters.items()}
    found = ["".join(spelled.get(i, "?") for i in row).lower() for row in written]
    fits = [pattern(style).fullmatch(name) is not None for name, style in zip(found, styles, strict=True)]
    return float(np.mean(fits))


def pattern(style: str) -> re.Pattern[str]:
    start, middle, end = ("(" + "|".join(sounds.split()) + ")" for sounds in STYLES[style])
    return re.compile(f"{start}({middle}{end}){{1,2}}")


def share(found: list[list[int]], true: list[list[int]]) -> float:
    return float(np.mean([one == other for one, other in zip(found, true, strict=True)]))


# -- what it says -------------------------------------------------------------------------------------


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    return {
        f"{data}: {right} is better than {wrong} (by more than 5 points)": numbers[f"{data}: {right}"]
        > numbers[f"{data}: {wrong}"] + 5
        for data, (right, wrong) in PAIRS.items()
    }


def draw(figure: Figure, findings: Findings) -> None:
    axes = figure.subplots()
    places = {data: f"{data}\n{right},\nnot {wrong}" for data, (right, wrong) in PAIRS.items()}
    series = {
        kind: {place: f"{data}: {PAIRS[data][i]}" for data, place in places.items()}
        for i, kind in enumerate(("the one that fits", "the other"))
    }
    bars(axes, findings, series)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_ylim(0, 125)
    axes.set_yticks(range(0, 101, 20))
    heading(axes, "held-out rows", y="right, %", legend="upper right")


EXPERIMENT = Experiment(
    name="when-to-use-what",
    claim="The shape of the data picks the architecture: the one that fits does better than another.",
    setup=(
        f"The samples that come with Elman (elman sample), {HELD_OUT} rows held out; small networks (GRU, {SIZE} or "
        f"{2 * SIZE} units), {UPDATES} steps of {BATCH} rows each. The others: flowers, the measurements read one "
        f"after the other; names, a language model that isn't told the style; reviews, the first {WINDOW} words; "
        "tags, each word alone; numbers, a digit or a blank at each word. Right is an answer that is all right; for "
        "names, a sampled name that its style can give."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption="Right answers on held-out rows, of the architecture that fits the data and of one that doesn't.",
    seeds=3,
)
