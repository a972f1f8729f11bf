# pyright: strict
"""Tables of vectors of which each batch reads few, as a vocabulary's: a row costs something only when it is read.

AdamW (Loshchilov & Hutter 2019) moves every weight at each step: one without a gradient by what is left of its
momentum, and by its decay; and the running average follows. A row that no batch reads is left as it is, and takes the
steps that it has missed when it is read again, or when all weights are asked for. The weights are those of the dense
way to rounding: momentum is made up for step by step for as long as it is more than that, and what remains in one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from elman.kernels import cpu

FEWEST = 2_000
"""Rows of a table that is worth it; a smaller one is in the cache anyway."""
KERNELS = {torch.float32: "row_steps_float32", torch.float64: "row_steps_float64"}
ROOM = 4_096
"""Steps that are remembered, at most: then all rows take them."""

HISTORY = ("rate", "correction", "keep", "mix", "kept", "mixed", "summed")
"""What is remembered of each step, as ``RowSteps`` in ``csrc/kernels.h`` says; of the last three, from 0 steps on."""


class Table:
    """The rows of an embedding's weight ``[V, E]`` under AdamW, and their running average.

    weight:  the parameter
    average: its running average, which is changed in place; None where there is none
    """

    def __init__(
        self, weight: Tensor, average: Tensor | None, betas: tuple[float, float], epsilon: float, decay: float
    ):
        self.weight, self.average = weight, average
        self.betas, self.epsilon, self.decay = betas, epsilon, decay
        self.mean, self.square = torch.zeros_like(weight), torch.zeros_like(weight)
        nothing = torch.finfo(weight.dtype).eps / 8  # so small a share of a step is none
        self.patience = math.ceil(math.log(nothing) / math.log(betas[0] / math.sqrt(betas[1])))
        self.all = torch.arange(len(weight))
        self.taken = torch.zeros(len(weight), dtype=torch.int64)
        self.touched = torch.full_like(self.taken, -self.patience)  # there is no momentum yet
        self.steps = 0
        self.marks, self.places = torch.zeros(len(weight), dtype=torch.bool), torch.zeros_like(self.all)
        self.history = np.zeros((len(HISTORY), ROOM + 1))
        self.history[HISTORY.index("kept"), 0] = self.history[HISTORY.index("mixed"), 0] = 1
        self.gradient: tuple[Tensor, Tensor] | None = None
        self.function = getattr(cpu.extension(), KERNELS[weight.dtype])

    def read(self, ids: Tensor) -> None:
        """Brings the rows up to date that are about to be read."""
        if self.steps:
            self._take(self._distinct(ids))

    def collect(self) -> Tensor | None:
        """The gradient of the rows that were read ``[R, E]``, taken from the parameter; None where none was read.

        Where something else than reading rows made it, it is one of all rows.
        """
        found, self.weight.grad, self.gradient = self.weight.grad, None, None
        if found is None:
            return None
        if found.is_sparse:
            ids, each = found._indices()[0], found._values()  # pyright: ignore[reportPrivateUsage]
            rows = self._distinct(ids)
            self.places[rows] = self.all[: len(rows)]
            self.gradient = rows, each.new_zeros(len(rows), each.shape[1]).index_add_(0, self.places[ids], each)
        else:
            self.gradient = self.all, found.contiguous()
        return self.gradient[1]

    def step(self, number: int, rate: float, mix: float) -> None:
        """The step of this number, from 1 on, with the gradient that was collected: rows that have one take it.

        mix: how far the average goes to the weight
        """
        if self.steps == ROOM:
            self.settle()
        n, (beta1, beta2), keep = self.steps, self.betas, 1 - rate * self.decay
        self.history[:4, n] = rate / (1 - beta1**number), 1 / math.sqrt(1 - beta2**number), keep, mix
        kept, mixed, summed = self.history[4:, n]
        kept, mixed = kept * keep, mixed * (1 - mix)
        self.history[4:, n + 1] = kept, mixed, summed + mix * kept / mixed
        self.steps += 1
        if self.gradient is not None:
            self._take(*self.gradient)
            self.gradient = None

    def settle(self) -> None:
        """Brings all rows up to date, and forgets what the steps were."""
        if self.steps:
            self._take(self.all)
            self.touched.sub_(self.steps).clamp_(min=-self.patience)
            self.taken.zero_()
            self.steps = 0

    def tensors(self) -> dict[str, Tensor]:
        """What ``load`` goes on from to the last bit, beside the weight and its average as they are."""
        history = torch.tensor(self.history[:, : self.steps + 1])
        own = {"mean": self.mean, "square": self.square, "taken": self.taken, "touched": self.touched}
        return {**own, "history": history}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Goes on from ``tensors``; whoever keeps the weight and its average loads these."""
        for name in ("mean", "square", "taken", "touched"):
            getattr(self, name).copy_(tensors[name])
        self.steps, self.gradient = tensors["history"].shape[1] - 1, None
        self.history[:, : self.steps + 1] = tensors["history"].numpy()

    def _distinct(self, ids: Tensor) -> Tensor:
        """Each row once, in order; by marks, as sorting many ids takes longer."""
        self.marks[ids.reshape(-1)] = True
        rows = self.marks.nonzero()[:, 0]
        self.marks[rows] = False
        return rows

    def _take(self, rows: Tensor, gradient: Tensor | None = None) -> None:
        self.function(
            threads=torch.get_num_threads(),
            count=len(rows),
            size=self.weight.shape[1],
            rows=rows.data_ptr(),
            taken=self.taken.data_ptr(),
            touched=self.touched.data_ptr(),
            weight=self.weight.data_ptr(),
            mean=self.mean.data_ptr(),
            square=self.square.data_ptr(),
            average=0 if self.average is None else self.average.data_ptr(),
            gradient=0 if gradient is None else gradient.data_ptr(),
            steps=self.steps,
            patience=self.patience,
            **{name: row.ctypes.data for name, row in zip(HISTORY, self.history, strict=True)},
            beta1=self.betas[0],
            beta2=self.betas[1],
            epsilon=self.epsilon,
        )


def tables_in(network: nn.Module) -> Iterator[tuple[str, nn.Embedding | nn.EmbeddingBag]]:
    """The large embeddings whose weights nothing else has, with the names of these."""
    owners = Counter(id(weight) for module in network.modules() for weight in module.parameters(recurse=False))
    names = {id(weight): name for name, weight in network.named_parameters()}
    for module in network.modules():
        if cpu.available() and isinstance(module, nn.Embedding | nn.EmbeddingBag) and is_plain(module):
            alone = owners[id(module.weight)] == 1
            if alone and module.weight.requires_grad and len(module.weight) >= FEWEST:
                yield names[id(module.weight)], module


def is_plain(module: nn.Embedding | nn.EmbeddingBag) -> bool:
    """Whether a row's gradient is the sum over where it is read, in memory as the kernel has it."""
    weight, usual = module.weight, module.max_norm is None and not module.scale_grad_by_freq
    return usual and weight.is_contiguous() and weight.device.type == "cpu" and weight.dtype in KERNELS
