# pyright: strict
"""What happens to weights between two batches: clipping, the update, and their running average."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from elman.settings import Settings
from elman.training.rows import Table, tables_in

BETAS, EPSILON = (0.9, 0.99), 1e-8


class Optimizer:
    """AdamW, Adam or plain SGD over the weights of a network; weight decay acts on matrices, not on biases.

    average: the exponential moving average of all weights by their names (Polyak & Juditsky 1992), where there is one
    rate:    the latest learning rate
    """

    def __init__(self, network: nn.Module, settings: Settings):
        self.settings, self.rate = settings, settings.learning_rate
        self.weights = dict(network.named_parameters())
        # By parameter, not by state dict: weights that are tied stand in that twice.
        self.average = {n: p.detach().clone() for n, p in self.weights.items()} if settings.average else None
        self.embeddings = dict(tables_in(network)) if settings.optimizer == "adamw" else {}
        self.tables = {name: self._table(name, module.weight) for name, module in self.embeddings.items()}
        self.learned = {n: p for n, p in self.weights.items() if p.requires_grad and n not in self.tables}
        self.whole = whole(list(self.learned.values()), settings)

    def _table(self, name: str, weight: Tensor) -> Table:
        average = self.average[name] if self.average is not None else None
        return Table(weight, average, BETAS, EPSILON, self.settings.weight_decay)

    @contextmanager
    def reading(self) -> Generator[None]:
        """Inside, gradients of tables are of the rows that were read alone, which are brought up to date before."""
        hooks = [self.embeddings[n].register_forward_pre_hook(reader(table)) for n, table in self.tables.items()]
        for module in self.embeddings.values():
            module.sparse = True
        try:
            yield
        finally:
            for module in self.embeddings.values():
                module.sparse = False
            for hook in hooks:
                hook.remove()

    def clear(self) -> None:
        for weight in self.weights.values():
            weight.grad = None

    def clip(self) -> float:
        """The norm of the whole gradient, which is then brought down to ``clip``, if it was above that."""
        rows = [found for table in self.tables.values() if (found := table.collect()) is not None]
        gradients = [*rows, *(p.grad for p in self.learned.values() if p.grad is not None)]
        norm = nn.utils.get_total_norm(gradients)
        if self.settings.clip and (factor := self.settings.clip / (norm + 1e-6)) < 1:
            torch._foreach_mul_(gradients, factor)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]
        return float(norm)

    def step(self, number: int, rate: float) -> None:
        """The update of this number, from 1 on, by the gradient that ``clip`` has left."""
        self.rate = rate
        for group in self.whole.param_groups:
            group["lr"] = rate
        self.whole.step()
        # The average is shorter at the start.
        mix = 1 - min(self.settings.average, (1 + number) / (10 + number)) if self.average is not None else 0.0
        for table in self.tables.values():
            table.step(number, rate, mix)
        if self.average is not None:
            others = [name for name in self.average if name not in self.tables]
            averaged, weights = [self.average[name] for name in others], [self.weights[name].data for name in others]
            with torch.no_grad():
                torch._foreach_lerp_(averaged, weights, mix)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]

    def settle(self) -> None:
        """Brings all weights and their average up to date, to be looked at."""
        for table in self.tables.values():
            table.settle()

    # -- checkpoints --------------------------------------------------------------------------

    def tensors(self) -> dict[str, Tensor]:
        """All that ``load`` goes on from, beside the weights themselves as they are: the next step changes it."""
        state: dict[int, dict[str, Any]] = self.whole.state_dict()["state"]
        found = {
            f"whole.{n}.{name}": torch.as_tensor(v)
            for n, own in state.items()
            for name, v in own.items()
            if v is not None
        }
        for name, table in self.tables.items():
            found |= {f"table.{name}.{key}": value for key, value in table.tensors().items()}
        found |= {f"average.{name}": value for name, value in (self.average or {}).items()}
        return {f"optimizer.{name}": value for name, value in found.items()}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Goes on from ``tensors``; the weights are loaded by whoever keeps them."""
        own = {key.removeprefix("optimizer."): value for key, value in tensors.items() if key.startswith("optimizer.")}
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in own.items():
            if key.startswith("whole."):
                _, number, name = key.split(".", 2)
                state.setdefault(int(number), {})[name] = value.clone()  # the optimizer changes what it is given
        self.whole.load_state_dict({"state": state, "param_groups": self.whole.state_dict()["param_groups"]})
        for name, table in self.tables.items():
            prefix = f"table.{name}."
            table.load({key.removeprefix(prefix): value for key, value in own.items() if key.startswith(prefix)})
        for name, average in (self.average or {}).items():
            average.copy_(own[f"average.{name}"])


def reader(table: Table) -> Any:
    """What brings rows up to date before a module in training reads them."""

    def before(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if module.training:
            table.read(inputs[0])

    return before


def whole(weights: list[nn.Parameter], settings: Settings) -> torch.optim.Optimizer:
    """Of weights that are all updated at each step."""
    matrices, vectors = [p for p in weights if p.dim() > 1], [p for p in weights if p.dim() <= 1]
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=settings.learning_rate)
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=settings.learning_rate, betas=BETAS, eps=EPSILON, fused=True)


def learning_rate(done: float, settings: Settings) -> float:
    """The rate after a share ``done`` of the run: linear warm-up, then linear decay to nothing."""
    if done < settings.warmup:
        return settings.learning_rate * max(done / settings.warmup, 0.01)
    return settings.learning_rate * max(0.0, (1 - done) / (1 - settings.warmup))
