"""Elman's layers in a PyTorch model of your own: sequences of unlike length, with no padding."""

import torch

import elman


class Counter(torch.nn.Module):
    """How many of a sequence's numbers are above zero?"""

    def __init__(self) -> None:
        super().__init__()
        self.layer = elman.nn.GRU(input_size=1, hidden_size=32)
        self.head = torch.nn.Linear(32, 1)

    def forward(self, sequences: elman.Ragged) -> torch.Tensor:
        _, last = self.layer(sequences)  # [1, B, 32]
        return self.head(last[-1]).squeeze(1)


torch.manual_seed(0)
model = Counter()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(101):
    rows = [torch.randn(int(torch.randint(1, 20, ())), 1) for _ in range(32)]
    wanted = torch.stack([(row > 0).sum() for row in rows]).float()
    loss = torch.nn.functional.mse_loss(model(elman.Ragged.from_list(rows)), wanted)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        print(f"step {step}: mean squared error {loss:.3f}")
