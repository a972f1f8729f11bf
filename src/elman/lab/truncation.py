"""Truncated backpropagation through time: the state is carried on, the gradient is cut (Williams & Peng 1990).

A stream is read in pieces. What happened before a piece still reaches it through the state, but what it did wrong there
it is never told.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from elman.drawing.figures import heading, line
from elman.lab.experiment import Experiment, Findings, Number, Trial, percent
from elman.lab.exploding import angle
from elman.models.batch import Batch
from elman.models.many_to_many import ManyToMany
from elman.nn.encoders import TokenEmbedding, Words
from elman.nn.heads import TagHead
from elman.ragged import Ragged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SYMBOLS, STREAMS, HIDDEN = 4, 16, 32
WINDOW = 32  # steps of each stream behind one update, whatever the cut
LAGS, CUTS = (2, 6), (2, 4, 8, 16, 32)
UPDATES, LEARNING_RATE = 300, 1e-2


def measure(seed: int, *, updates: int = UPDATES) -> Trial:
    numbers, arrays = {}, {}
    for lag in LAGS:
        scores = []
        for cut in CUTS:
            torch.manual_seed(seed)
            network = new_network()
            learn(network, lag, cut, updates)
            scores.append(accuracy(network, lag))
            numbers[f"lag {lag}, cut every {cut}: right answers"] = percent(scores[-1])
        arrays[f"lag {lag}"] = 100 * np.array(scores)
    torch.manual_seed(seed)
    network, window = new_network(), next(stream(max(LAGS), WINDOW))
    whole, _ = gradient(network, window, WINDOW)
    found = [gradient(network, window, cut) for cut in CUTS]
    arrays["turned"] = np.array([angle(cut_short, whole) for cut_short, _ in found])
    arrays["kept"] = np.array([kept / 1024 for _, kept in found])
    for cut, turned, kept in zip(CUTS, arrays["turned"], arrays["kept"], strict=True):
        numbers[f"cut every {cut}: gradient of weight_hh turned by"] = Number(float(turned), "degrees")
        numbers[f"cut every {cut}: kept for the backward pass"] = Number(float(kept), "KiB")
    return Trial(numbers, arrays)


def new_network() -> ManyToMany:
    return ManyToMany(
        TokenEmbedding(SYMBOLS, 8),
        partial(TagHead, classes=SYMBOLS),
        cell="gru",
        hidden_size=HIDDEN,
        bidirectional=False,
    )


def stream(lag: int, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Windows of endless random symbols ``[streams, steps]``, with the symbols ``lag`` steps before as the answers."""
    symbols = torch.randint(SYMBOLS, (STREAMS, lag))
    while True:
        symbols = torch.cat([symbols[:, -lag:], torch.randint(SYMBOLS, (STREAMS, steps))], 1)
        yield symbols[:, lag:], symbols[:, :steps]


def pieces(window: tuple[Tensor, Tensor], cut: int, continues: bool) -> Iterator[Batch]:
    """A window in batches of ``cut`` steps; a model carries its state from each to the next, and cuts the gradient."""
    for words, answers in zip(*(part.split(cut, dim=1) for part in window), strict=True):
        lengths = torch.full((STREAMS,), words.shape[1])
        inputs, targets = (Ragged(part.reshape(-1), lengths) for part in (words, answers))
        yield Batch(Words(inputs), targets, continues=continues)
        continues = True


def learn(network: ManyToMany, lag: int, cut: int, updates: int) -> None:
    """An update per window; only where the gradient is cut within it differs."""
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    windows = stream(lag, WINDOW)
    for update in range(updates):
        optimizer.zero_grad()
        for piece in pieces(next(windows), cut, continues=update > 0):
            (network.loss(piece)[0].sum() / (STREAMS * WINDOW)).backward()
        clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()


@torch.no_grad()
def accuracy(network: ManyToMany, lag: int) -> float:
    """On a new stream, without its first ``lag`` steps, whose answers the network hasn't seen."""
    test = next(pieces(next(stream(lag, 200)), 200, continues=False))
    right = torch.cat(network.best(test.inputs)) == test.targets.values
    return right.view(STREAMS, -1)[:, lag:].double().mean().item()


def gradient(network: ManyToMany, window: tuple[Tensor, Tensor], cut: int) -> tuple[Tensor, int]:
    """dL/dweight_hh with the gradient cut every ``cut`` steps; and the most bytes kept at once for it."""
    network.zero_grad()
    most = 0
    for piece in pieces(window, cut, continues=False):
        kept: dict[int, int] = {}

        def keep(tensor: Tensor, kept: dict[int, int] = kept) -> Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss, _ = network.loss(piece)
        loss.sum().backward()
        most = max(most, sum(kept.values()))
    grad = network.stack.rnn.get_parameter("weight_hh_l0").grad
    assert grad is not None
    return grad.flatten().clone(), most


def judge(numbers: dict[str, float]) -> dict[str, bool]:
    lag, parts = max(LAGS), {}
    below = [cut for cut in CUTS if cut < lag]
    short, long = (numbers[f"lag {lag}, cut every {cut}: right answers"] for cut in (max(below), max(CUTS)))
    parts[f"lag {lag} isn't learned with a cut every {max(below)} steps (below 60 %)"] = short < 60
    parts[f"lag {lag} is learned with a cut every {max(CUTS)} (at least 90 %)"] = long >= 90
    turned = [numbers[f"cut every {cut}: gradient of weight_hh turned by"] for cut in (min(CUTS), max(below))]
    parts["a gradient that is cut points elsewhere (by more than 10 degrees)"] = min(turned) > 10
    kept = [numbers[f"cut every {cut}: kept for the backward pass"] for cut in (min(CUTS), max(CUTS))]
    parts[f"a cut every {min(CUTS)} steps keeps at most a fourth of what {max(CUTS)} keep"] = kept[0] <= kept[1] / 4
    return parts


def draw(figure: Figure, findings: Findings) -> None:
    learned, turned, kept = figure.subplots(1, 3)
    for lag in LAGS:
        line(learned, CUTS, findings.array(f"lag {lag}"), f"lag {lag}")
    learned.axhline(100 / SYMBOLS, color="gray", linewidth=0.8, linestyle="--")
    learned.set_ylim(0, 105)
    line(turned, CUTS, findings.array("turned"), "")
    line(kept, CUTS, findings.array("kept"), "")
    for axes in (learned, turned, kept):
        axes.set_xscale("log", base=2)
        axes.set_xticks(CUTS, list(map(str, CUTS)))
    kept.set_ylim(bottom=0)
    heading(learned, "learning", "gradient cut every ... steps", "right answers, %", "lower right")
    heading(turned, "bias", "gradient cut every ... steps", "gradient turned by, degrees", legend=False)
    heading(kept, "memory", "gradient cut every ... steps", "kept for the backward pass, KiB", legend=False)


EXPERIMENT = Experiment(
    name="truncation",
    claim="Truncated backpropagation saves memory, but what depends on steps before the cut isn't learned.",
    setup=(
        f"{STREAMS} endless streams of {SYMBOLS} symbols; the answer at each step is the symbol {LAGS[0]} (or "
        f"{LAGS[1]}) steps before; guessing gives {100 / SYMBOLS:g} %. A GRU of {HIDDEN} units carries its state "
        f"along and is updated after every {WINDOW} steps, {UPDATES} times; within them the gradient is cut every "
        f"{', '.join(map(str, CUTS))} steps. Bias and memory: the gradient of weight_hh over {WINDOW} steps, "
        "untrained, against the uncut one."
    ),
    measure=measure,
    judge=judge,
    draw=draw,
    caption=(
        "Left: right answers on a new stream (dashed: guessing). Middle: angle between the cut gradient and the "
        "whole one, untrained. Right: what is held in memory for the backward pass."
    ),
    seeds=3,
)
