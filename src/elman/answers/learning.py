"""What answers share while their networks learn: how good one is on the validation part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from elman.decoding.beam import beam_search
from elman.kinds import TextKind
from elman.kinds.text import EncodedText
from elman.models.answering import Answering
from elman.models.batch import Batch
from elman.models.network import Network
from elman.nn.heads import sum_steps
from elman.scoring.evaluation import Evaluation
from elman.scoring.metrics import Metric, metric
from elman.training.batches import RowBatches


def mean_loss(network: Network, batches: Iterable[Batch]) -> float:
    """Nats (or squared error) per value, over all batches."""
    total, count = 0.0, 0.0
    for batch in batches:
        losses, counts = network.loss(batch)
        total, count = total + float(losses.sum()), count + float(counts.sum())
    return total / max(count, 1.0)


def evaluation_by(name: str, output: TextKind, batches: RowBatches) -> Callable[[Network], Evaluation]:
    """By the metric of this name, on a sample where that means to write answers; of equals, by the loss."""
    by = metric(name)
    sample = None if name == "exact_match" else WrittenSample(output, batches, by)

    def evaluate(network: Network) -> Evaluation:
        value = sample.measure(network) if sample else exactly_right(network, batches)
        loss = mean_loss(network, (sample.batches if sample else batches).in_order())
        gain = value if by.higher_is_better else -value
        return Evaluation(gain - 1e-3 * loss, {name: value, "loss": loss})

    return evaluate


def exactly_right(network: Network, batches: RowBatches) -> float:
    """The share of targets that greedy search would write exactly.

    Where each token is the likeliest after the right ones before it, the likeliest at each step is all right.
    """
    right = rows = 0
    for batch in batches.in_order():
        wrong = network(batch.inputs, batch.targets).values.argmax(-1) != batch.targets.values
        right += int((sum_steps(batch.targets.with_values(wrong.float())) == 0).sum())
        rows += len(batch.targets)
    return right / max(rows, 1)


class WrittenSample:
    """What greedy search writes for evenly spaced sources of a part, set beside all their targets."""

    SOURCES = 200
    LENGTH = 1.5  # times the longest target: what doesn't end is cut there

    def __init__(self, output: TextKind, batches: RowBatches, by: Metric):
        self.output, self.by = output, by
        outputs: Sequence[EncodedText] = batches.outputs or []
        targets: dict[tuple[str, ...], list[int]] = {}
        for row, source in enumerate(batches.inputs):
            targets.setdefault(tuple(source.tokens), []).append(row)
        chosen = list(targets.values())[:: max(1, len(targets) // self.SOURCES)]
        rows = [several[0] for several in chosen]
        self.references = [[self.compared(outputs[row].tokens) for row in several] for several in chosen]
        self.longest = max(len(outputs[row].ids) for several in chosen for row in several)
        self.batches = RowBatches(
            batches.input,
            batches.output,
            *([part[row] for row in rows] for part in (batches.inputs, outputs)),
            batch_tokens=batches.batch_tokens,
        ).on(batches.device)

    def compared(self, tokens: Sequence[str]) -> str | list[str]:
        return self.output.compared(self.output.join(tokens))

    def measure(self, network: Network) -> float:
        """The metric of what ``network`` writes."""
        greedily: dict[str, Any] = {"beam_size": 1, "max_length": round(self.LENGTH * self.longest) + 1}
        end = self.output.vocabulary.end_id
        answers: list[Any] = [None] * len(self.references)
        for batch in self.batches.arrays():
            found = beam_search(Answering(network), batch.inputs, end=end, **greedily)
            for row, hypothesis in zip(batch.rows, found, strict=True):
                answers[row] = self.compared(self.output.vocabulary.decode(hypothesis.ids))
        return self.by(answers, self.references)
