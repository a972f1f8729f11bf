"""Initial weights that train better than ``torch.nn``'s uniform ones."""

from __future__ import annotations

import torch
from torch import nn

from elman.kernels.reference import GATES
from elman.nn.stack import Recurrent


@torch.no_grad()
def init_recurrent_(module: nn.Module) -> nn.Module:
    """Initialise every recurrent layer inside ``module`` in place, and return ``module``.

    Per gate: recurrent weights orthogonal (Saxe et al. 2014), input weights Xavier uniform (Glorot & Bengio
    2010), biases zero; the LSTM's forget gate starts open, with a bias of 1 (Jozefowicz et al. 2015).
    """
    for layer in module.modules():
        if isinstance(layer, Recurrent):
            _init_layers(layer)
    return module


def _init_layers(layer: Recurrent) -> None:
    for k in range(layer.num_layers):
        for direction in range(layer.num_directions):
            weight_ih, weight_hh, bias_ih, bias_hh = layer.layer_parameters(k, direction)
            assert weight_ih is not None and weight_hh is not None
            for gate in weight_ih.chunk(GATES[layer.cell]):
                nn.init.xavier_uniform_(gate)
            for gate in weight_hh.chunk(GATES[layer.cell]):
                nn.init.orthogonal_(gate)
            if bias_ih is None or bias_hh is None:
                continue
            nn.init.zeros_(bias_ih)
            nn.init.zeros_(bias_hh)
            if layer.cell == "lstm":  # gates i f g o; the two biases add up, so only one gets the 1
                nn.init.ones_(bias_ih.chunk(4)[1])
