"""The numbers in the layer tests of Keras 3.15: an implementation of its own, with gates in another order.

There every input weight is 0.01, every recurrent weight 0.02 and every bias 0.03; all units then agree, so
that one number per sequence says it all, unless their initial states differ.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from elman import nn as elman_nn


def constant(layer: Any, forget_bias: float | None = None) -> Any:
    for name, parameter in layer.named_parameters():
        value = 0.01 if name.startswith("weight_ih") else 0.02 if name.startswith("weight_hh") else 0.03
        torch.nn.init.constant_(parameter, value)
    if not isinstance(layer, elman_nn.GRU) and layer.bias:  # Keras has one bias, but for the GRU
        torch.nn.init.zeros_(layer.bias_hh_l0)
    if forget_bias is not None:
        torch.nn.init.constant_(layer.get_parameter("bias_ih_l0").data.chunk(4)[1], forget_bias)
    return layer


def counting(batch: int, steps: int, features: int) -> torch.Tensor:
    return torch.arange(float(batch * steps * features)).view(batch, steps, features)


def final_h(layer: Any, x: torch.Tensor, hx: Any = None) -> torch.Tensor:
    output, state = layer(x, hx)
    h = state[0] if isinstance(state, tuple) else state
    torch.testing.assert_close(output[:, -1], h[0])
    return h[0]


def check(h: torch.Tensor, expected: list[Any]) -> None:
    rows = [row if isinstance(row, list) else [row] * h.shape[1] for row in expected]
    torch.testing.assert_close(h, torch.tensor(rows), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "backwards", "expected"),
    [
        ({}, False, [0.5217289, 0.6371659, 0.39384964]),
        ({}, True, [0.24406259, 0.611516, 0.3928808]),
        ({"bias": False}, False, [0.49988455, 0.64701194, 0.4103359]),
    ],
)
def test_gru(options: dict, backwards: bool, expected: list[float]):
    x = counting(3, 6, 4)
    check(
        final_h(constant(elman_nn.GRU(4, 3, batch_first=True, **options)), x.flip(1) if backwards else x),
        expected,
    )


def test_gru_that_resets_before_the_product():
    layer = constant(elman_nn.GRU(4, 3, batch_first=True, reset_after=False))
    torch.nn.init.zeros_(layer.bias_hh_l0)  # this variant has one bias
    check(final_h(layer, counting(3, 6, 4)), [0.51447755, 0.6426879, 0.40208298])


@pytest.mark.parametrize(
    ("options", "forget_bias", "backwards", "expected"),
    [
        ({}, 1.0, False, [0.6288687, 0.86899155, 0.9460773]),
        ({}, 1.0, True, [0.35622165, 0.74789524, 0.8872726]),
        ({}, None, False, [0.57019705, 0.8661914, 0.9459622]),
        ({"bias": False}, None, False, [0.54986924, 0.86226785, 0.9443936]),
    ],
)
def test_lstm(options: dict, forget_bias: float | None, backwards: bool, expected: list[float]):
    x = counting(3, 6, 4)
    layer = constant(elman_nn.LSTM(4, 3, batch_first=True, **options), forget_bias)
    check(final_h(layer, x.flip(1) if backwards else x), expected)


def test_initial_states():
    x = counting(2, 4, 3)
    h0 = torch.arange(4.0).view(1, 2, 2)
    gru = constant(elman_nn.GRU(3, 2, batch_first=True))
    check(final_h(gru, x, h0), [[0.23774096, 0.33508456], [0.83659905, 1.0227708]])
    lstm = constant(elman_nn.LSTM(3, 2, batch_first=True), 1.0)
    check(final_h(lstm, x, (h0, h0)), [[0.20574439, 0.3558822], [0.64930826, 0.66276]])
    rnn = constant(elman_nn.RNN(3, 4, batch_first=True))
    check(final_h(rnn, x, torch.arange(8.0).view(1, 2, 4)), [0.33621645, 0.6262637])


def test_carried_states():
    x = counting(2, 3, 4)
    for layer, expected in (
        (constant(elman_nn.RNN(4, 4, batch_first=True)), [0.40559256, 0.7361247]),
        (constant(elman_nn.GRU(4, 4, batch_first=True)), [0.29542392, 0.5885018]),
        (constant(elman_nn.LSTM(4, 4, batch_first=True), 1.0), [0.3124785, 0.6863672]),
    ):
        _, state = layer(x)
        check(final_h(layer, x, state), expected)


def test_rnn():
    layer, x = constant(elman_nn.RNN(4, 4, batch_first=True)), counting(2, 3, 4)
    check(final_h(layer, x), [0.405432, 0.73605347])
    check(final_h(layer, x.flip(1)), [0.11144729, 0.5528889])
