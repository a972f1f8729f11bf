"""Learning: batches in an order drawn anew for each epoch, the loop, checkpoints."""

from elman import needs_torch as needs_torch
