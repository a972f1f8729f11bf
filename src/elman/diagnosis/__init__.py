"""What is wrong with a recurrent network, from what backpropagation through time saw: numbers, a verdict, a remedy."""

from elman import needs_torch as needs_torch
