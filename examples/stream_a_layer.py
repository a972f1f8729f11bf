"""Run a layer one step at a time: the same outputs as over the whole sequence, with nothing kept but the state."""

import torch

from elman import nn

layer = nn.LSTM(input_size=8, hidden_size=16, batch_first=True)
sequence = torch.randn(1, 50, 8)
whole, _ = layer(sequence)

state, steps = None, []
for t in range(sequence.shape[1]):  # as they come in: from a microphone, a sensor, a keyboard
    output, state = layer(sequence[:, t : t + 1], state)
    steps.append(output)
torch.testing.assert_close(torch.cat(steps, 1), whole)
print("one step after another gives what the whole gives")
