# pyright: strict
"""Layers: drop-in recurrent layers, attention, CRF, pooling, dropout."""

from __future__ import annotations

from elman import needs_torch as needs_torch
from elman.nn.accelerate import Acceleration, accelerate
from elman.nn.attention import AdditiveAttention, AttentionPooling, DotAttention
from elman.nn.cells import GRUCell, LSTMCell, RNNCell
from elman.nn.crf import CRF, bio_constraints
from elman.nn.dropout import EmbeddingDropout, SequenceDropout, WeightDropout, WordDropout
from elman.nn.initialization import init_recurrent_
from elman.nn.pooling import last_pool, max_pool, mean_pool, sum_pool
from elman.nn.recurrent import GRU, LSTM, MGU, RNN, recurrent_layer
from elman.nn.stack import Recurrent
from elman.nn.stream import Stream

__all__ = [
    "CRF",
    "GRU",
    "LSTM",
    "MGU",
    "RNN",
    "Acceleration",
    "AdditiveAttention",
    "AttentionPooling",
    "DotAttention",
    "EmbeddingDropout",
    "GRUCell",
    "LSTMCell",
    "RNNCell",
    "Recurrent",
    "SequenceDropout",
    "Stream",
    "WeightDropout",
    "WordDropout",
    "accelerate",
    "bio_constraints",
    "init_recurrent_",
    "last_pool",
    "max_pool",
    "mean_pool",
    "recurrent_layer",
    "sum_pool",
]
