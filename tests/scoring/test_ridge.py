"""Ridge regression in closed form, held against scikit-learn's, fitted anew without each fold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge as OtherRidge

from elman.scoring.ridge import PENALTIES, fit_ridge


def data(rows: int, size: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, size)).astype(np.float32) / np.sqrt(size)
    y = x @ generator.normal(size=(size, outputs)) + 0.3 * generator.normal(size=(rows, outputs)) + 1
    return x.astype(np.float32), y.astype(np.float32)


def scikit(x: np.ndarray, y: np.ndarray, penalty: float) -> OtherRidge:
    with_one = np.hstack([x, np.ones((len(x), 1))]).astype(np.float64)
    return OtherRidge(alpha=penalty, fit_intercept=False).fit(with_one, y.astype(np.float64))


@pytest.mark.parametrize("size", [5, 200])
def test_as_scikit_learn_without_each_fold(size: int) -> None:
    x, y = data(40, size, 3)
    folds = [np.arange(40)[start::7] for start in range(7)]
    found = fit_ridge(x, y, folds)
    with_one = np.hstack([x, np.ones((40, 1))])
    whole = scikit(x, y, found.penalty)
    np.testing.assert_allclose(found.model(x), whole.predict(with_one), atol=1e-4)
    errors = {}
    for penalty in PENALTIES.tolist():
        left_out = np.empty_like(y)
        for fold in folds:
            rest = np.setdiff1d(np.arange(40), fold)
            left_out[fold] = scikit(x[rest], y[rest], penalty).predict(with_one[fold])
        errors[penalty] = np.square(left_out - y).sum()
        if penalty == found.penalty:
            np.testing.assert_allclose(found.left_out, left_out, atol=1e-3)
    assert found.penalty == min(errors, key=errors.__getitem__)


def test_rows_that_are_the_same() -> None:
    x, y = data(10, 4, 1)
    found = fit_ridge(np.repeat(x, 3, 0), np.repeat(y, 3, 0), [np.arange(15), np.arange(15, 30)])
    assert np.isfinite(found.left_out).all() and np.isfinite(found.model.weight).all()
