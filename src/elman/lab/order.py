"""What counting words cannot tell: "beautiful but not intelligent" against "intelligent but not beautiful".

Both sentences hold the same words. Whoever adds up the words' vectors gets the same sum for both, and so the same
answer, whatever the vectors are.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import torch

from elman.drawing.figures import heading
from elman.lab.any_length import accuracy
from elman.lab.experiment import Experiment, Findings, Trial, percent
from elman.lab.figures import bars
from elman.lab.training import fit
from elman.models.batch import Batch
from elman.models.many_to_one import ManyToOne
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.heads import ClassHead
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIND = ["intelligent", "clever", "wise", "witty", "learned", "brilliant"]
LOOKS = ["beautiful", "handsome", "pretty", "lovely", "graceful", "elegant"]
FORMS = (  # and whether the first of the two is what is granted
    ("{} but not {}", True),
    ("not {} but {}", False),
    ("{} though not {}", True),
    ("though not {} {}", False),
)
VOCABULARY = {word: i for i, word in enumerate([*MIND, *LOOKS, "but", "not", "though"])}
TEST_PAIRS = 12  # of the 36 pairs of words, kept for testing
UPDATES, BATCH = 150, 32
READERS = {"counting words": "inputs", "reading in order": "last"}  # and how each pools a sentence


def measure(seed: int, *, updates: int = UPDATES) -> Trial:
    rng = random.Random(seed)
    pairs = [(mind, looks) for mind in MIND for looks in LOOKS]
    rng.shuffle(pairs)
    test = sentences(pairs[:TEST_PAIRS])
    train = sentences(pairs[TEST_PAIRS:])
    shuffled = [(rng.sample(words, len(words)), granted) for words, granted in test]
    numbers = {}
    for name, pooling in READERS.items():
        network = ManyToOne(
            TokenEmbedding(len(VOCABULARY), 16),
            partial(ClassHead, classes=2),
            cell="gru",
            hidden_size=24,
            bidirectional=False,
            pooling=pooling,
        )
        fit(network, lambda: batch(rng.sample(train, BATCH)), steps=updates)
        numbers[f"{name}: right on new sentences"] = percent(accuracy(network, batch(test)))
        numbers[f"{name}: right when their words are shuffled"] = percent(accuracy(network, batch(shuffled)))
    return Trial(numbers)


def sentences(pairs: list[tuple[str, str]]) -> list[tuple[list[str], int]]:
    """Every form with every pair, either word first: words, and 1 where the mind is granted."""
    found = []
    for mind, looks in pairs:
        for form, first_granted in FORMS:
            found.append((form.format(mind, looks).split(), int(first_granted)))
            found.append((form.format(looks, mind).split(), int(not first_granted)))
    return found


def batch(rows: list[tuple[list[str], int]]) -> Batch:
    ids = Ragged.from_list([torch.tensor([VOCABULARY[word] for word in words]) for words, _ in rows])
    return Batch(Words(ids), torch.tensor([granted for _, granted in rows]))


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    ordered = numbers["reading in order: right on new sentences"]
    return {
        "counting words does no better than guessing (within 5 points)": abs(
            numbers["counting words: right on new sentences"] - 50
        )
        <= 5,
        "reading in order is right on at least 95 %": ordered >= 95,
        "shuffling the words costs it more than 20 points": ordered
        - numbers["reading in order: right when their words are shuffled"]
        > 20,
    }


def draw(figure: Figure, findings: Findings) -> None:
    axes = figure.subplots()
    places = {
        "new sentences": "right on new sentences",
        "the same, words shuffled": "right when their words are shuffled",
    }
    bars(axes, findings, {name: {place: f"{name}: {what}" for place, what in places.items()} for name in READERS})
    axes.axhline(50, color="gray", linewidth=0.8, linestyle="--")
    axes.set_ylim(0, 125)
    axes.set_yticks(range(0, 101, 20))
    heading(axes, "Is the mind praised?  guessing: dashed", y="right answers, %", legend="upper right")


EXPERIMENT = Experiment(
    name="order",
    claim='Counting words cannot tell "beautiful but not intelligent" from "intelligent but not beautiful".',
    setup=(
        f"Sentences in {len(FORMS)} forms that grant one of two words and deny the other, each pair of words in both "
        f"orders; {TEST_PAIRS} of the {len(MIND) * len(LOOKS)} pairs are kept for testing. The question is whether the "
        f"mind is praised. One network takes the mean of its word vectors; the other reads them with a GRU. {UPDATES} "
        f"steps of {BATCH} sentences."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption="Right answers on new pairs of words, as written and with the words of each sentence in random order.",
)
