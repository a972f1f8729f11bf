"""What each operator of a graph is in ONNX, a file for each of ``elman.graph``'s; loading them fills the table."""

from elman.export.onnx.operators import (
    attention,
    carried,
    copying,
    elementwise,
    patterns,
    pictures,
    pooling,
    recurrence,
    series,
    tokens,
)
from elman.export.onnx.table import EMITTERS, emit, emitter_of

FILES = (attention, carried, copying, elementwise, patterns, pictures, pooling, recurrence, series, tokens)
"""Each has entered its functions by being imported."""

__all__ = ["EMITTERS", "emit", "emitter_of"]
