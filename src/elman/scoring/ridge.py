# pyright: strict
"""Ridge regression of few rows on many features, in closed form: what it makes of each row when the row's fold is left
out is known without fitting it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman.scoring.linear import Floats, Linear

PENALTIES = np.logspace(-6, 1, 8)


@dataclass(frozen=True)
class Ridge:
    """The model of all rows; ``left_out`` ``[n, k]``, the scores of each row by that of the other folds; and the
    penalty."""

    model: Linear
    left_out: Floats
    penalty: float


def fit_ridge(x: Floats, y: Floats, folds: Sequence[NDArray[np.int64]]) -> Ridge:
    """Minimise ``|x w + b - y|^2 + penalty (|w|^2 + b^2)``, with the one of ``PENALTIES`` whose squared error on folds
    that are left out is least. x: ``[n, size]``, y: ``[n, k]``

    With ``G = K + penalty I``, ``K`` the rows' inner products, the model of all rows is ``a = G^-1 y``; that of all but
    the rows ``B`` misses these by ``[G^-1]_BB^-1 a_B`` (Rifkin & Lippert 2007, "Notes on regularized least squares",
    theorem 2, for several rows).
    """
    rows = x.astype(np.float64)
    values, vectors = np.linalg.eigh(rows @ rows.T + 1)  # the bias is a feature that is always 1
    target = y.astype(np.float64)
    turned = vectors.T @ target
    best: tuple[float, float, NDArray[np.float64], NDArray[np.float64]] | None = None
    for penalty in PENALTIES.tolist():
        shrunk = 1 / (np.maximum(values, 0) + penalty)
        inverse, dual = (vectors * shrunk) @ vectors.T, vectors @ (shrunk[:, None] * turned)
        missed = np.empty_like(target)
        for fold in folds:
            missed[fold] = np.linalg.solve(inverse[np.ix_(fold, fold)], dual[fold])
        error = float(np.square(missed).sum())
        if best is None or error < best[0]:
            best = error, penalty, dual, target - missed
    assert best is not None
    _, penalty, dual, left_out = best
    model = Linear((rows.T @ dual).astype(np.float32), dual.sum(0).astype(np.float32))
    return Ridge(model, left_out.astype(np.float32), penalty)
