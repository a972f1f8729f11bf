"""The networks of the applications as one writes them in Keras, on JAX: how long a step on the same batch takes.

The recurrent layers have the same sizes, and so have what they read, the attention and the classes. What stands around
them is the plain thing: no pieces or letters of words, no CRF, no regularisation but dropout, so that Keras has less to
do. Sequences are padded to a multiple of 16 steps, batches to one of 8 sequences, as each new shape is compiled anew;
what is padded is masked and weighs nothing. Each batch is seen once before its step is measured.

Needs ``pip install keras jax``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

os.environ["KERAS_BACKEND"] = "jax"

STEPS, SEQUENCES = 16, 8  # of which lengths and batches are multiples


def seconds_of_keras(network: Any, batches: Iterable[Any]) -> list[float]:
    """Of a training step on each batch (an ``elman.training.batches.Batch``), after one on each that doesn't count."""
    import keras

    model, arrays = FORMS[type(network).__name__](network)
    loss = (
        "mse" if type(network).__name__ == "Ensemble" else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.compile(keras.optimizers.AdamW(1e-3, global_clipnorm=1.0), loss, jit_compile=True)
    given = [arrays(batch) for batch in batches]
    taken = []
    for measured in (False, True):
        for x, y, weight in given:
            began = time.perf_counter()
            model.train_on_batch(x, y, weight)
            if measured:
                taken.append(time.perf_counter() - began)
    return taken


def rounded(count: int, to: int) -> int:
    return -(-count // to) * to


def filled(ragged: Any) -> np.ndarray:
    """Ids, from 1 on, or vectors, with zeros behind: ``[B', T']`` or ``[B', T', F]``."""
    lengths = ragged.lengths.numpy()
    values = ragged.values.numpy() + (0 if ragged.values.is_floating_point() else 1)
    shape = (rounded(len(lengths), SEQUENCES), rounded(max(1, int(lengths.max())), STEPS))
    array = np.zeros((*shape, *values.shape[1:]), values.dtype)
    array[: len(lengths)][np.arange(shape[1]) < lengths[:, None]] = values
    return array


def as_filled(targets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Targets of each step, or of each sequence, and what each weighs."""
    if hasattr(targets, "lengths"):
        ids = filled(targets)
        return np.maximum(ids - 1, 0), (ids > 0).astype("float32")
    y = targets.numpy()
    array = np.zeros((rounded(len(y), SEQUENCES), *y.shape[1:]), y.dtype)
    array[: len(y)] = y
    return array, (np.arange(len(array)) < len(y)).astype("float32")


def recurrent(rnn: Any, of_each_step: bool) -> list[Any]:
    """Layers of an ``elman.nn`` layer's sizes."""
    from keras import layers

    kind = {"LSTM": layers.LSTM, "GRU": layers.GRU, "RNN": layers.SimpleRNN}[
        type(rnn).__name__.removeprefix("Parametrized")
    ]
    made = []
    for layer in range(rnn.num_layers):
        one = kind(rnn.hidden_size, return_sequences=of_each_step or layer + 1 < rnn.num_layers)
        made.append(layers.Bidirectional(one) if rnn.bidirectional else one)
    return made


def reading(encoder: Any, size: int) -> tuple[Any, Any]:
    """An input of ids or vectors, and what the recurrence reads of it: vectors of so many numbers."""
    from keras import Input, layers

    tokens = getattr(encoder, "tokens", encoder)
    if not hasattr(tokens, "embedding"):
        x = Input((None, size))
        return x, layers.Masking()(x)
    x = Input((None,), dtype="int64")
    return x, layers.Dropout(0.3)(layers.Embedding(tokens.embedding.num_embeddings + 1, size, mask_zero=True)(x))


def classes(head: Any) -> int:
    return next(module.out_features for module in head.modules() if hasattr(module, "out_features"))


def read(batch: Any, size: int) -> np.ndarray:
    """Ids of the words, without their pieces; or vectors, with zeros behind where the network adds features."""
    x = filled(getattr(batch.inputs, "ids", batch.inputs))
    return x if x.ndim == 2 else np.concatenate([x, np.zeros((*x.shape[:2], size - x.shape[2]), x.dtype)], axis=2)


def one_to_each(network: Any, of_each_step: bool) -> tuple[Any, Any]:
    """A classifier or tagger."""
    from keras import Model, layers

    rnn = network.stack.rnn
    x, h = reading(network.encoder, rnn.input_size)
    for layer in recurrent(rnn, of_each_step):
        h = layer(h)
    model = Model(x, layers.Dense(classes(network.head))(layers.Dropout(0.3)(h)))
    return model, lambda batch: (read(batch, rnn.input_size), *as_filled(batch.targets))


def translator(network: Any) -> tuple[Any, Any]:
    """Two recurrent layers write, with attention between them."""
    from keras import Input, Model, layers

    x, memory = reading(network.encoder, network.reader.rnn.input_size)
    for layer in recurrent(network.reader.rnn, True):
        memory = layer(memory)
    vocabulary, size = network.embedding.embedding.num_embeddings, network.embedding.embedding.embedding_dim
    before = Input((None,), dtype="int64")
    h = layers.Embedding(vocabulary + 1, size, mask_zero=True)(before)
    (lower,) = recurrent(network.writer.rnn, True)
    upper = [] if network.upper is None else recurrent(network.upper.rnn, True)
    h = lower(h)
    found = layers.Attention()([h, layers.Dense(network.writer.rnn.hidden_size, use_bias=False)(memory)])
    h = layers.Concatenate()([h, found])
    for layer in upper:
        h = layer(h)
    h = layers.Dense(network.combine.out_features, "tanh")(layers.Concatenate()([h, found]))
    model = Model([x, before], layers.Dense(classes(network.head))(layers.Dropout(0.3)(h)))

    def arrays(batch: Any) -> Any:
        y, weight = as_filled(batch.targets)
        behind = np.concatenate([np.ones_like(y[:, :1]), y[:, :-1] + 1], axis=1)
        return (read(batch, 0), behind * (weight > 0)), y, weight

    return model, arrays


def forecaster(network: Any) -> tuple[Any, Any]:
    """Members side by side, each of which reads the window's segments and goes on over those to come."""
    from keras import Input, Model, layers

    first = network.members[0]
    features, ahead = first.encoder.linear.in_features, first.ahead.linear.in_features
    window, given = Input((None, features)), Input((None, ahead))
    answers = []
    for member in network.members:
        hidden = member.stack.rnn.hidden_size
        layer = layers.GRU(hidden, return_sequences=True, return_state=True)
        _, state = layer(layers.Dense(hidden)(window))
        states, _ = layer(layers.Dense(hidden)(given), initial_state=state)
        answers.append(layers.Dense(classes(member.head))(layers.Dropout(0.5)(states)))
    model = Model([window, given], layers.Average()(answers))

    def arrays(batch: Any) -> Any:
        count, rng = len(batch.inputs), np.random.default_rng(0)  # of the same sizes: the numbers don't matter
        x = batch.inputs.steps.values.numpy().reshape(count, -1, features)
        to_come = first.ahead(batch.inputs).shape[1]
        z, y = (rng.normal(size=(count, to_come, size)).astype("float32") for size in (ahead, classes(first.head)))
        return (x, z), y, np.ones((count, to_come), "float32")

    return model, arrays


FORMS = {
    "ManyToOne": lambda network: one_to_each(network, False),
    "ManyToMany": lambda network: one_to_each(network, True),
    "EncoderDecoder": translator,
    "Ensemble": forecaster,
}
