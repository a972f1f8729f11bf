"""The slopes of one step of a cell, all steps at once: what backpropagation multiplies by on its way.

A step makes ``(h', c')`` from the product ``p = W_hh h + b_hh`` and, unit by unit, from the old state:

    dL/dp    = dh'/dp dL/dh' + dc'/dp dL/dc'                     so that the step's term of dL/dW_hh is dL/dp h^T
    dL/dh    = W_hh^T dL/dp + dh'/dh dL/dh'                      (the second part: what a GRU keeps of h)
    dL/dc    = dc'/dc dL/dc' + dh'/dc dL/dh'

Everything but ``W_hh`` acts on each unit alone, so that autograd gives all slopes of a batch in two passes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from elman.inspection.trace import LayerRun
from elman.kernels.reference import State, combine


@dataclass(frozen=True)
class Slopes:
    """Of every step; rows are steps. ``dL/dc'`` is taken to hold what reaches ``c'`` through ``h'`` already.

    h_p, c_p: ``[N, G*H]``, of h' and c' by the product, None where a cell has none
    h_h: ``[N, H]``, of h' by h past the product
    c_c: ``[N, H]``, of c' by c;  h_c: ``[N, H]``, of h' by its own c'
    """

    h_p: Tensor | None
    h_h: Tensor
    c_p: Tensor | None = None
    c_c: Tensor | None = None
    h_c: Tensor | None = None


def slopes(run: LayerRun) -> Slopes:
    """The slopes of every step of a layer run."""
    product = None if run.product is None else run.product.detach().requires_grad_()
    h = run.before.h.detach().requires_grad_()
    c = None if run.before.c is None else run.before.c.detach().requires_grad_()
    seen: list[Tensor] = []

    def see(value: Tensor) -> Tensor:
        """What h' is made of, cut off from c': so that what passes through c' counts there alone."""
        seen.append(value.detach().requires_grad_())
        return seen[0]

    with torch.enable_grad():
        after = combine(run.spec, run.gates, product, State(h, c), see=see)
        h_h, h_p, *h_c = _by(after.h, h, product, *seen)
        if c is None or after.c is None:
            return Slopes(h_p, h_h)
        c_c, c_p = _by(after.c, c, product)
    return Slopes(h_p, h_h, c_p, c_c, h_c[0])


def _by(result: Tensor, first: Tensor, *others: Tensor | None) -> tuple[Tensor, *tuple[Tensor | None, ...]]:
    """The slopes of ``result`` by numbers of the same unit; None for an input that isn't there."""
    there = [x for x in (first, *others) if x is not None]
    slope, *rest = torch.autograd.grad(result.sum(), there, retain_graph=True, materialize_grads=True)
    found = iter(rest)
    return slope, *(None if x is None else next(found) for x in others)


def grad_product(slopes: Slopes, grad_h: Tensor, grad_c: Tensor | None) -> Tensor:
    """dL/dp ``[N, G*H]`` from dL/dh_t and dL/dc_t, of a cell that has a ``weight_hh``."""
    assert slopes.h_p is not None
    gates = slopes.h_p.shape[1] // grad_h.shape[1]
    found = slopes.h_p * grad_h.repeat(1, gates)
    if slopes.c_p is None or grad_c is None:
        return found
    return found + slopes.c_p * grad_c.repeat(1, gates)


def jacobian(run: LayerRun, slopes: Slopes, step: int) -> Tensor:
    """What a step does to a small change of the state: ``[S, S]``, the derivative of the new by the old.

    ``S`` is ``H``, or ``2H`` where there is a ``c``: ``h`` above ``c``.
    """
    hidden = run.before.h.shape[1]

    def by_product(slope: Tensor | None) -> Tensor:
        if slope is None or run.weight_hh is None:
            return run.gates.new_zeros(hidden, hidden)
        return (slope[step].unsqueeze(1) * run.weight_hh).view(-1, hidden, hidden).sum(0)

    by_h = by_product(slopes.h_p) + torch.diag(slopes.h_h[step])
    if slopes.c_c is None or slopes.h_c is None:
        return by_h
    c_by_h, c_by_c, through = by_product(slopes.c_p), torch.diag(slopes.c_c[step]), slopes.h_c[step].unsqueeze(1)
    above = torch.cat([by_h + through * c_by_h, through * c_by_c], 1)
    return torch.cat([above, torch.cat([c_by_h, c_by_c], 1)])
