"""Layers: drop-in recurrent layers, attention, CRF, pooling, dropout."""

from __future__ import annotations

from elman.nn.dropout import EmbeddingDropout, SequenceDropout, WordDropout
from elman.nn.initialization import init_recurrent_
from elman.nn.recurrent import GRU, LSTM, RNN, Recurrent, recurrent_layer

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "EmbeddingDropout",
    "Recurrent",
    "SequenceDropout",
    "WordDropout",
    "init_recurrent_",
    "recurrent_layer",
]
