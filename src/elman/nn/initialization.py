# pyright: strict
"""Initial weights that train better than ``torch.nn``'s uniform ones."""

from __future__ import annotations

import torch
from torch import nn

from elman.nn.stack import Recurrent


@torch.no_grad()
def init_recurrent_(module: nn.Module) -> nn.Module:
    """Initialise every recurrent layer inside ``module`` in place, and return ``module``.

    Per block of rows: recurrent weights orthogonal (Saxe et al. 2014), input weights Xavier uniform (Glorot & Bengio
    2010); biases as the cell says, zero but for gates that start open, such as an LSTM's forget gate.
    """
    for layer in module.modules():
        if isinstance(layer, Recurrent):
            _init_layers(layer)
    return module


def _init_layers(layer: Recurrent) -> None:
    rows = layer.spec.rows
    for k in range(layer.num_layers):
        for direction in range(layer.num_directions):
            weight_ih, weight_hh, bias_ih, bias_hh = layer.layer_parameters(k, direction)
            for block in weight_ih.chunk(len(rows)):
                nn.init.xavier_uniform_(block)
            for block in () if weight_hh is None else weight_hh.chunk(len(rows)):
                nn.init.orthogonal_(block)
            for own, block in zip(rows, () if bias_ih is None else bias_ih.chunk(len(rows)), strict=False):
                nn.init.constant_(block, own.bias)
            if bias_hh is not None:  # the two biases add up, so that the other alone says what gates start with
                nn.init.zeros_(bias_hh)
