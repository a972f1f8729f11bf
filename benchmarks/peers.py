"""Recurrent layers of other libraries with the weights of a torch layer: Keras on JAX, and ONNX Runtime.

Both are optional: ``pip install keras jax`` and ``pip install onnx onnxruntime``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

Run = Callable[[], Any]


def weights_of(layer: torch.nn.RNNBase) -> list[np.ndarray]:
    """``weight_ih, weight_hh, bias_ih, bias_hh`` of a one-layer, one-direction layer."""
    return [parameter.detach().numpy() for parameter in layer.parameters()]


def gates(matrix: np.ndarray, hidden: int, order: str, wanted: str) -> np.ndarray:
    """Blocks of ``hidden`` rows in another order, as in ``gates(w, h, "ifgo", "iofg")``."""
    blocks = dict(zip(order, matrix.reshape(len(order), hidden, *matrix.shape[1:]), strict=True))
    return np.concatenate([blocks[gate] for gate in wanted])


TORCH_ORDER = {"rnn": "h", "lstm": "ifgo", "gru": "rzn"}


# -- Keras on JAX -------------------------------------------------------------------------------------


def keras_training_step(
    cell: str, layer: torch.nn.RNNBase, padded: Tensor, mask: Tensor, above: Tensor
) -> tuple[Run, np.ndarray]:
    """A jitted step that computes the gradients of all weights and of the input; and the layer's outputs."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax
    import keras

    hidden = layer.hidden_size
    kind = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    theirs: Any = kind(hidden, return_sequences=True)
    theirs.build(tuple(padded.shape))
    order, wanted = TORCH_ORDER[cell], {"rnn": "h", "lstm": "ifgo", "gru": "zrn"}[cell]
    w_ih, w_hh, b_ih, b_hh = (gates(w, hidden, order, wanted) for w in weights_of(layer))
    theirs.set_weights([w_ih.T, w_hh.T, np.stack([b_ih, b_hh]) if cell == "gru" else b_ih + b_hh])

    x, steps, grad = (jax.numpy.asarray(t.detach().numpy()) for t in (padded, mask, above))
    steps = None if bool(mask.all()) else steps  # without a mask Keras scans without one
    trainable, fixed = theirs.trainable_variables, theirs.non_trainable_variables
    variables, others = [v.value for v in trainable], [v.value for v in fixed]

    def loss(variables: list, x: Any) -> Any:
        output, _ = theirs.stateless_call(variables, others, x, mask=steps)
        return (output * grad).sum(), output

    step = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))
    _, output = step(variables, x)
    return lambda: jax.block_until_ready(step(variables, x)), np.asarray(output)


# -- ONNX Runtime -------------------------------------------------------------------------------------


def onnx_session(cell: str, layer: torch.nn.RNNBase, threads: int) -> Any:
    """A session with one recurrent node: inputs ``x [T, B, I], h`` and an LSTM's ``c``; outputs ``y, h_n, c_n``."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    hidden, lstm = layer.hidden_size, cell == "lstm"
    order, wanted = TORCH_ORDER[cell], {"rnn": "h", "lstm": "iofg", "gru": "zrn"}[cell]
    w_ih, w_hh, b_ih, b_hh = (gates(w, hidden, order, wanted) for w in weights_of(layer))
    constants = {"W": w_ih[None], "R": w_hh[None], "B": np.concatenate([b_ih, b_hh])[None]}
    states = ["h", "c"] if lstm else ["h"]
    options = {"linear_before_reset": 1} if cell == "gru" else {}
    inputs = ["x", "W", "R", "B", "", *states]
    outputs = ["y", *(f"{name}_n" for name in states)]
    node = helper.make_node({"rnn": "RNN"}.get(cell, cell.upper()), inputs, outputs, hidden_size=hidden, **options)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node],
        cell,
        [value("x", TensorProto.FLOAT, ["T", "B", layer.input_size])]
        + [value(name, TensorProto.FLOAT, [1, "B", hidden]) for name in states],
        [value("y", TensorProto.FLOAT, ["T", 1, "B", hidden])]
        + [value(f"{name}_n", TensorProto.FLOAT, [1, "B", hidden]) for name in states],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    # Threads that spin after their run would take the cores from whoever runs next.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
