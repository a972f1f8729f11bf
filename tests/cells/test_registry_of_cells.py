"""The registry, options, and a cell's equations as an example shows them."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

from elman import cells
from elman.cells import log_sigmoid, sigmoid, tanh
from elman.errors import ShapeError


@pytest.mark.parametrize("module", ["elman.cells", *(place.partition(":")[0] for place in cells.CELLS.ours.values())])
def test_examples_run(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted and not found.failed


def test_an_option_that_a_cell_lacks_is_an_error() -> None:
    wrong: list[tuple[str, Any]] = [("lstm", {"nonlinearity": "relu"}), ("rnn", {"nonlinearity": "softplus"})]
    for name, options in wrong:
        with pytest.raises(ShapeError, match="Unknown nonlinearity"):
            cells.find(name, **options)
    with pytest.raises(ShapeError, match="no reset gate"):
        cells.find("lstm", reset_after=False)
    with pytest.raises(ShapeError, match="there is no cell 'mlp'; expected one of rnn, lstm, gru, mgu"):
        cells.find("mlp")


def test_which_gate_keeps_the_past() -> None:
    """Hochreiter & Schmidhuber, Cho et al., Zhou et al.: f c, z h, (1 - f) h."""
    found = {name: cells.find(name).keeps for name in cells.CELLS.ours}
    assert {name: own and (own.name, own.keeps) for name, own in found.items()} == {
        "rnn": None,
        "lstm": ("forget", "open"),
        "gru": ("update", "open"),
        "mgu": ("forget", "shut"),
    }


def test_functions_are_those_of_torch_however_large_the_numbers_are() -> None:
    x = np.array([-1e4, -50.0, -1.0, 0.0, 1.0, 50.0, 1e4])
    with np.errstate(all="raise", under="ignore"):
        for function, expected in (
            (tanh, torch.tanh),
            (sigmoid, torch.sigmoid),
            (log_sigmoid, torch.nn.functional.logsigmoid),
        ):
            for ours in (torch.from_numpy(function(x)), function(torch.from_numpy(x))):
                torch.testing.assert_close(ours, expected(torch.from_numpy(x)), rtol=1e-12, atol=1e-300)


def test_cells_need_no_torch() -> None:
    code = "import sys, elman.cells as c; [c.find(n) for n in c.names()]; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
