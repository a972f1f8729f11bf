"""Gradient flow through time: how much of a gradient is left so many steps before the loss that it came from.

    >>> with record_gradients() as records:               # doctest: +SKIP
    ...     losses, _ = network.loss(batch)
    >>> losses.sum().backward()                           # doctest: +SKIP
    >>> for flow in flows(records, network):              # doctest: +SKIP
    ...     print(flow.name, flow.state.half_life)

Where there is a loss at every step, ``dL/dh_t`` is a sum over all losses behind ``t``, and doesn't tell how far any
of them reaches. So each call is run once more on some of its sequences, and of the gradient that came to it from above
only what arrived at a sequence's last step is let in. What then stands at step ``t`` has come all the way from there:

    dL_T/dh_t = (dh_(t+1)/dh_t)^T ... (dh_T/dh_(T-1))^T dL/dh_T

(Pascanu, Mikolov & Bengio 2013, equation 5), by the engine's own backward pass. Of an LSTM ``h`` and ``c`` are one
state, since what leaves one comes back through the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import torch
from torch import Tensor, nn

from elman.ops import GradientRecord, record_gradients, recurrent
from elman.ragged import Ragged

LEFT = 0.01
"""A gradient has gone when this share of it is left; it exploded when it grew by as much."""
SEQUENCES = 32  # of a call, at most, are run once more
STEPS = 20_000  # of those sequences together, at most (one sequence is always run, however long)
NOTHING = 1e-36  # shares below this are float32's rounding to zero


@dataclass(frozen=True)
class Curve:
    """Norms of a gradient against the distance from the loss, as natural logarithms, gathered over sequences.

    count:  ``[D]``, how many sequences have a step at distance d = 0 ... D-1
    mean:   ``[D]``, of ln(norm at d / norm at the last step), so that ``exp(mean)`` is a geometric mean
    square: ``[D]``, the mean square of the same
    """

    count: np.ndarray
    mean: np.ndarray
    square: np.ndarray

    @classmethod
    def of(cls, norms: Sequence[np.ndarray]) -> Curve:
        """From each sequence's norms ``[T]``, the last step's first. Those that begin with nothing are left out."""
        norms = [each for each in norms if len(each) and 0 < each[0] < math.inf]
        longest = max(map(len, norms), default=0)
        count, total, squares = (np.zeros(longest) for _ in range(3))
        for each in norms:
            relative = np.nan_to_num(each / each[0], nan=np.inf)  # what was infinite before is no number after
            logs = np.log(np.clip(relative, NOTHING, 1 / NOTHING))
            count[: len(each)] += 1
            total[: len(each)] += logs
            squares[: len(each)] += logs**2
        return cls(count, total / np.maximum(count, 1), squares / np.maximum(count, 1))

    def __add__(self, other: Curve) -> Curve:
        """Both curves' sequences together."""
        size = max(len(self.count), len(other.count))
        counts, means, squares = (
            [np.pad(part, (0, size - len(part))) for part in pair]
            for pair in ((self.count, other.count), (self.mean, other.mean), (self.square, other.square))
        )
        count = counts[0] + counts[1]
        share = counts[0] / np.maximum(count, 1)
        return Curve(*(count, *(share * pair[0] + (1 - share) * pair[1] for pair in (means, squares))))

    @property
    def norms(self) -> np.ndarray:
        """``[D]``: geometric means of the share that is left; 1 at the last step."""
        return np.exp(self.mean)

    @property
    def spread(self) -> np.ndarray:
        """``[D]``: geometric standard deviation over sequences, a factor of 1 or more."""
        return np.exp(np.sqrt(np.maximum(self.square - self.mean**2, 0)))

    @property
    def horizon(self) -> int:
        """The largest distance that at least a twentieth of the sequences have."""
        return int((self.count >= max(1.0, self.count[0] / 20)).sum()) - 1 if len(self.count) else 0

    @property
    def factor(self) -> float:
        """What a step back changes the norm by, as a geometric mean: up to where the gradient has gone (or has grown
        a hundredfold), or to the horizon. NaN where no sequence has two steps."""
        if self.horizon < 1:
            return math.nan
        logs = self.mean[1 : self.horizon + 1]
        far = np.flatnonzero(np.abs(logs) >= -math.log(LEFT))
        distance = int(far[0]) + 1 if len(far) else self.horizon
        return math.exp(self.mean[distance] / distance)

    @property
    def half_life(self) -> float:
        """Steps after which half of the gradient is left, at ``factor`` a step; infinite where it doesn't shrink."""
        return math.log(2) / -math.log(self.factor) if self.factor < 1 else math.inf if self.factor >= 1 else math.nan

    @property
    def reach(self) -> float:
        """Steps after which 1 % of the gradient is left: as measured, and past the horizon at ``factor`` a step."""
        return self.half_life * math.log2(1 / LEFT)

    def left(self, distance: np.ndarray) -> np.ndarray:
        """The share that is left at each ``distance``: as measured, and past the horizon at ``factor`` a step."""
        distance = np.asarray(distance)
        if self.horizon < 1:
            return np.ones(len(distance))
        measured = self.mean[np.minimum(distance, self.horizon)]
        return np.exp(measured + np.maximum(distance - self.horizon, 0) * math.log(self.factor))


@dataclass(frozen=True)
class Flow:
    """Gradient flow in one direction of one recurrent layer.

    name:    the layer, as its weights are called: "stack.rnn, layer 1, backwards"
    cell:    its name
    state:   what a loss at the last step leaves in earlier states, ``h`` and ``c`` together; the half-life is of this
    h, c:    the same of each alone, relative to its own last step; ``c`` where there is one
    whole:   the gradient of the whole loss in ``h``, which each step gets; where it vanishes, early steps learn nothing
    """

    name: str
    cell: str
    state: Curve
    h: Curve
    c: Curve | None
    whole: Curve

    def __add__(self, other: Flow) -> Flow:
        """Both flows' sequences together; they are of one layer."""
        c = None if self.c is None or other.c is None else self.c + other.c
        return Flow(self.name, self.cell, self.state + other.state, self.h + other.h, c, self.whole + other.whole)


def flows(
    records: Iterable[GradientRecord], network: nn.Module | None = None, *, sequences: int = SEQUENCES
) -> list[Flow]:
    """The flow of every recorded call whose backward pass has run, in the order of the calls.

    network:   what the calls' weights are called in; without it layers are numbered
    sequences: how many of a call's sequences are looked at, spread evenly over the batch

    Calls of one layer (an encoder that runs twice) become one flow. Calls with no gradient, of no sequence with a
    step, or with something inside the cell (zoneout, recurrent dropout, layer normalisation), are left out.
    """
    names = layer_names(network) if network is not None else {}
    found: dict[str, Flow] = {}
    for number, record in enumerate(records):
        if record.call is None or record.grad_h is None or not len(record.grad_h):
            continue
        name = names.get(record.call.weight_ih.data_ptr(), f"call {number}")
        flow = flow_of(record, name, sequences)
        found[name] = found[name] + flow if name in found else flow
    return list(found.values())


def gathered(looks: Iterable[Sequence[Flow]]) -> list[Flow]:
    """Per layer one flow from several batches'."""
    by_name: dict[str, list[Flow]] = {}
    for flow in (flow for look in looks for flow in look):
        by_name.setdefault(flow.name, []).append(flow)
    return [reduce(add, same) for same in by_name.values()]


def flow_of(record: GradientRecord, name: str, sequences: int = SEQUENCES) -> Flow:
    """One call's flow, of at most so many ``sequences``."""
    assert record.call is not None and record.grad_h is not None
    rows = chosen(record.lengths, sequences)
    whole = Ragged(record.grad_h, record.lengths).select(rows)
    again = last_step_alone(record, rows)
    h = norms(again.grad_h, again.lengths, record.reverse)
    c = None if again.grad_c is None else norms(again.grad_c, again.lengths, record.reverse)
    both = h if c is None else [np.hypot(*pair) for pair in zip(h, c, strict=True)]
    return Flow(
        name,
        record.call.cell,
        Curve.of(both),
        Curve.of(h),
        None if c is None else Curve.of(c),
        Curve.of(norms(whole.values, whole.lengths, record.reverse)),
    )


def chosen(lengths: Tensor, sequences: int = SEQUENCES) -> Tensor:
    """Rows of at most so many sequences that have a step, spread evenly over the batch, with ``STEPS`` steps in all."""
    rows = lengths.nonzero().flatten()
    if len(rows) > sequences:
        rows = rows[torch.linspace(0, len(rows) - 1, sequences).round().to(torch.int64)]
    fits = lengths[rows].cumsum(0) <= STEPS
    return rows[: max(1, int(fits.sum()))]


def last_step_alone(record: GradientRecord, rows: Tensor) -> GradientRecord:
    """Run the sequences ``rows`` of a call once more, and let in only the gradient of their last steps' ``h``.

    Each sequence's is scaled to norm 1 first; backpropagation is linear in it, and so float32 lasts for longer.
    """
    call, lengths = record.call, record.lengths
    assert call is not None and record.grad_h is not None
    some, offsets = Ragged(call.x, lengths).select(rows), Ragged(call.x, lengths).offsets[rows]
    last = offsets if record.reverse else offsets + lengths[rows] - 1
    others = call.weight_hh, call.bias_ih, call.bias_hh
    weight_hh, bias_ih, bias_hh = (None if weight is None else weight.detach() for weight in others)
    with torch.enable_grad(), record_gradients() as again:
        _, h_n, _ = recurrent(
            call.cell,
            some.values.requires_grad_(),
            some.lengths,
            call.weight_ih.detach(),
            weight_hh,
            bias_ih,
            bias_hh,
            call.h0[rows],
            None if call.c0 is None else call.c0[rows],
            reverse=record.reverse,
            nonlinearity=call.nonlinearity,
            reset_after=call.reset_after,
        )
    seed = record.grad_h[last]
    torch.autograd.grad(h_n, some.values, nn.functional.normalize(seed, eps=1e-30))
    return again[0]


def norms(gradient: Tensor | None, lengths: Tensor, reverse: bool) -> list[np.ndarray]:
    """Each sequence's norms ``[T]`` of ``gradient`` ``[N, H]``, in the order in which backpropagation came by."""
    assert gradient is not None
    each = Ragged(gradient.norm(dim=1).double().cpu(), lengths).unbind()
    return [(one if reverse else one.flip(0)).numpy() for one in each]


def layer_names(network: nn.Module) -> dict[int, str]:
    """By the address of its ``weight_ih``, what to call each recurrent layer in each direction."""
    return {p.data_ptr(): layer_name(name) for name, p in network.named_parameters() if "weight_ih_l" in name}


def layer_name(weight: str) -> str:
    """What a weight belongs to: ``stack.rnn.weight_ih_l1_reverse`` to "stack.rnn, layer 2, backwards"."""
    module, _, kind = weight.rpartition("weight_ih_l")
    number, reverse = int(kind.removesuffix("_reverse")) + 1, kind.endswith("_reverse")
    where = [f"layer {number}", "backwards" if reverse else "forwards"]
    return ", ".join([module.rstrip(".")] * bool(module) + where)
