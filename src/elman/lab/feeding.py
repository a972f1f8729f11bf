"""One-to-many: what the decoder is fed at each step, in training and in use.

A decoder can be fed its own last output ("back"), or the one value again and again ("repeat"). Fed back, it is trained
on the true outputs (teacher forcing, Williams & Zipser 1989), but in use it gets its own, mistakes included (exposure
bias, Ranzato et al. 2016).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from elman.decoding.sampling import sampled
from elman.drawing.figures import heading, line
from elman.lab.experiment import Experiment, Findings, Trial, percent
from elman.lab.figures import bars
from elman.lab.training import fit
from elman.models.answering import Answering
from elman.models.batch import Batch
from elman.models.one_to_many import OneToMany
from elman.nn.encoders import ValueEmbedding
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNK, END, FIRST, LETTERS = 0, 1, 2, 8  # ids: of the marks, then the letters
VALUES, WAYS, LENGTH = 4, 3, 6  # every value can be written in so many ways, of so many letters
CHAIN = 16  # letters of the chains on which forced and free running are compared
UPDATES, CHAIN_UPDATES, BATCH, TEST = 200, 80, 32, 300
FEEDS = {"fed its own output": "back", "fed the value again": "repeat"}


def measure(seed: int, *, updates: int = UPDATES, chain_updates: int = CHAIN_UPDATES, test: int = TEST) -> Trial:
    numbers = {}
    ways = torch.randint(FIRST, FIRST + LETTERS, (VALUES, WAYS, LENGTH))
    for name, feed in FEEDS.items():
        network = decoder(VALUES, feed)
        fit(network, partial(spellings, ways, BATCH), steps=updates)
        numbers[f"{name}: outputs that are one of the right ones"] = percent(valid(network, ways, test))
    forced, free = chains(chain_updates, test)
    arrays = {"forced": 100 * forced, "free": 100 * free}
    for place in (2, CHAIN):
        numbers[f"letter {place} right, fed the true ones"] = percent(forced[place - 1])
        numbers[f"letter {place} right, running free"] = percent(free[place - 1])
    return Trial(numbers, arrays)


def decoder(values: int, feed: str) -> OneToMany:
    return OneToMany(
        ValueEmbedding(values, 16), FIRST + LETTERS, end=END, embedding_size=16, cell="gru", hidden_size=32, feed=feed
    )


def drawn(network: OneToMany, values: Tensor, longest: int, temperature: float = 1.0) -> list[list[int]]:
    """What the network writes for each value."""
    generator = np.random.default_rng(int(torch.randint(2**31, ())))
    options: dict[str, Any] = {"max_length": longest, "temperature": temperature, "generator": generator}
    return sampled(Answering(network), values, end=END, never=[UNK], **options)


# -- several right answers: can the steps agree on one? -----------------------------------------------


def spellings(ways: Tensor, count: int) -> Batch:
    """Values, each with one of its ways at random."""
    values = torch.randint(VALUES, (count,))
    return Batch(values, ended(ways[values, torch.randint(WAYS, (count,))]))


def ended(letters: Tensor) -> Ragged:
    """``[B, T]`` letters as sequences that end with the end mark."""
    return Ragged.from_list([torch.cat([row, torch.tensor([END])]) for row in letters])


def valid(network: OneToMany, ways: Tensor, count: int) -> float:
    """The share of sampled outputs that are, letter for letter, one of their value's ways."""
    values = torch.randint(VALUES, (count,))
    written = drawn(network, values, LENGTH + 1)
    right = [row in ways[value].tolist() for row, value in zip(written, values.tolist(), strict=True)]
    return float(np.mean(right))


# -- a long chain: do mistakes add up? ----------------------------------------------------------------


def chains(updates: int, test: int) -> tuple[np.ndarray, np.ndarray]:
    """By place ``[CHAIN]`` the share of right letters: fed the true ones, and running free.

    Each letter of a chain follows from the two before it by a table drawn at random; the value gives the first two.
    """
    table = torch.randint(LETTERS, (LETTERS, LETTERS))
    network = decoder(LETTERS * LETTERS, "back")
    fit(network, lambda: chain_batch(table, torch.randint(LETTERS * LETTERS, (BATCH,))), steps=updates)
    example = chain_batch(table, torch.randint(LETTERS * LETTERS, (test,)))
    true = example.targets.values.view(test, CHAIN + 1)[:, :CHAIN]
    with torch.no_grad():
        forced = network(example.inputs, example.targets).values.argmax(-1).view(test, CHAIN + 1)[:, :CHAIN]
        free = drawn(network, example.inputs, CHAIN, temperature=0.0)
    written = torch.tensor([(row + [END] * CHAIN)[:CHAIN] for row in free])
    return (forced == true).double().mean(0).numpy(), (written == true).double().mean(0).numpy()


def chain_batch(table: Tensor, values: Tensor) -> Batch:
    letters = [values // LETTERS, values % LETTERS]
    while len(letters) < CHAIN:
        letters.append(table[letters[-2], letters[-1]])
    return Batch(values, ended(torch.stack(letters, 1) + FIRST))


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    own, again = (numbers[f"{name}: outputs that are one of the right ones"] for name in FEEDS)
    first, last = (numbers[f"letter {place} right, running free"] for place in (2, CHAIN))
    return {
        "where several outputs are right, one that is fed its own output writes one of them (at least 80 %)": own >= 80,
        "one that is fed the value again mixes them up (less than half as often right)": again < own / 2,
        f"running free, letter {CHAIN} is right more than 5 points less often than fed the true ones": numbers[
            f"letter {CHAIN} right, fed the true ones"
        ]
        - last
        > 5,
        f"mistakes add up: running free, letter {CHAIN} is right less often than letter 2": last < first,
    }


def draw(figure: Figure, findings: Findings) -> None:
    modes, growth = figure.subplots(1, 2)
    bars(modes, findings, {"": {name: f"{name}: outputs that are one of the right ones" for name in FEEDS}})
    modes.set_ylim(0, 105)
    heading(modes, f"{WAYS} right outputs for each value", y="outputs that are one of them, %", legend=False)
    for name, label in (("forced", "fed the true letters"), ("free", "running free")):
        line(growth, np.arange(1, CHAIN + 1), findings.array(name), label)
    growth.set_ylim(0, 105)
    growth.set_xticks(range(2, CHAIN + 1, 2))
    heading(growth, "a chain, letter by letter", "letter", "right letters, %", "lower left")


EXPERIMENT = Experiment(
    name="feeding",
    claim="A decoder must be fed its own outputs to agree with itself; trained on true ones, its mistakes add up.",
    setup=(
        f"First: {VALUES} values, each written in {WAYS} random ways of {LENGTH} letters, equally often; a decoder "
        f"(GRU of 32 units) that is fed its own output, and one that is fed the value again at each step; {UPDATES} "
        f"steps of {BATCH}; {TEST} sampled outputs. Second: chains of {CHAIN} letters, each of which follows from the "
        f"two before it; after {CHAIN_UPDATES} steps of training with true inputs, the likeliest letters given true "
        "inputs, and its own."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Left: sampled outputs that are, letter for letter, one of the right ones. Right: right letters by place in "
        "the chain, when the letters before are the true ones and when they are the network's own."
    ),
)
