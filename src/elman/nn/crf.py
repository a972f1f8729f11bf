# pyright: strict
"""The linear-chain conditional random field: tags of a sequence chosen together, not one by one.

A path ``y`` of tags has the score ``start[y_1] + sum_t emission[t, y_t] + sum_t transition[y_t, y_t+1] +
end[y_T]``; its probability is ``exp(score) / Z``, with ``Z`` summed over all paths. Lafferty, McCallum and
Pereira (2001); on top of an LSTM: Huang, Xu & Yu (2015).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from elman.decoding.viterbi import Chain, best_paths, marginals
from elman.errors import ShapeError
from elman.nn.linear_chain import log_partition
from elman.nn.pooling import sum_pool
from elman.ragged import Ragged
from elman.sequences import Sequences

FORBIDDEN = -500.0  # far below any real score, and finite, so that no inf - inf arises


class CRF(nn.Module):
    """A linear-chain CRF over ``num_tags`` tags.

    allowed_start:       ``[K]`` bool, tags that a sequence may start with; all when None
    allowed_transitions: ``[K, K]`` bool, at ``[i, j]`` whether tag ``j`` may follow tag ``i``; all when None

    What isn't allowed is never decoded and has no marginal probability. The likelihood runs over all paths:
    constraining it adds nothing to constrained decoding (Lester et al. 2020), and an annotation that breaks
    the rules keeps a finite loss.

    >>> start, transitions = elman.nn.bio_constraints(["O", "B-PER", "I-PER"])
    >>> crf = elman.nn.CRF(3, allowed_start=start, allowed_transitions=transitions)
    >>> emissions = elman.Ragged.from_list([torch.tensor([[0.0, 1, 2], [0, 1, 2]]), torch.zeros(1, 3)])
    >>> tags = elman.Ragged.from_list([torch.tensor([1, 2]), torch.tensor([0])])
    >>> crf.loss(emissions, tags).shape
    torch.Size([2])
    >>> crf.decode(emissions)[0].tolist()               # nothing starts inside a span
    [1, 2]
    """

    allowed_start: Tensor | None
    allowed_transitions: Tensor | None

    def __init__(
        self,
        num_tags: int,
        *,
        allowed_start: Tensor | None = None,
        allowed_transitions: Tensor | None = None,
    ):
        super().__init__()
        _check_mask("allowed_start", allowed_start, (num_tags,))
        _check_mask("allowed_transitions", allowed_transitions, (num_tags, num_tags))
        self.num_tags = num_tags
        self.start = nn.Parameter(torch.zeros(num_tags))
        self.transitions = nn.Parameter(torch.zeros(num_tags, num_tags))
        self.end = nn.Parameter(torch.zeros(num_tags))
        self.register_buffer("allowed_start", allowed_start)
        self.register_buffer("allowed_transitions", allowed_transitions)

    # -- learning -----------------------------------------------------------------------------

    def loss(self, emissions: Ragged, tags: Ragged) -> Tensor:
        """Negative log-likelihood of ``tags`` ``[N]`` int64 under ``emissions`` ``[N, K]``: ``[B]``, in nats.

        A sequence with no steps has the loss 0.
        """
        self._check_emissions(emissions)
        if tags.values.shape != emissions.values.shape[:1] or not torch.equal(tags.lengths, emissions.lengths):
            raise ShapeError("tags must have the lengths of the emissions, and one number per step")
        log_z = log_partition(emissions, self.start, self.transitions, self.end)
        return log_z - self._score(emissions, tags)

    def _score(self, emissions: Ragged, tags: Ragged) -> Tensor:
        """``[B]``: the score of the path ``tags``."""
        y = tags.values
        first, last = tags.positions == 0, tags.positions == _ends(tags)
        emitted = emissions.values.gather(1, y.unsqueeze(1)).squeeze(1)
        came = torch.where(first, self.start[y], self.transitions[y.roll(1), y])
        return sum_pool(tags.with_values(emitted + came + torch.where(last, self.end[y], 0)))

    # -- answers ------------------------------------------------------------------------------

    def decode(self, emissions: Ragged) -> list[Tensor]:
        """Each sequence's most probable allowed path, ``[T_b]`` int64, by the Viterbi algorithm (1967)."""
        self._check_emissions(emissions)
        paths = best_paths(_as_arrays(emissions), self.chain())
        return emissions.with_values(torch.as_tensor(paths.values).to(emissions.device)).unbind()

    def marginals(self, emissions: Ragged) -> list[Tensor]:
        """Per sequence ``[T_b, K]``: the probability of each tag at each step, over all allowed paths."""
        self._check_emissions(emissions)
        found = marginals(_as_arrays(emissions), self.chain())
        return emissions.with_values(torch.as_tensor(found.values).to(emissions.device)).unbind()

    def chain(self) -> Chain:
        """What decoding needs of it: its scores, those not allowed far below all others."""
        start, transitions = self.start, self.transitions
        if self.allowed_start is not None:
            start = start.masked_fill(~self.allowed_start, FORBIDDEN)
        if self.allowed_transitions is not None:
            transitions = transitions.masked_fill(~self.allowed_transitions, FORBIDDEN)
        return Chain(*(part.detach().cpu().numpy() for part in (start, transitions, self.end)))

    def _check_emissions(self, emissions: Ragged) -> None:
        if emissions.values.dim() != 2 or emissions.values.shape[1] != self.num_tags:
            shape = list(emissions.values.shape)
            raise ShapeError(f"emissions must be [N, {self.num_tags}], a score per tag, got {shape}")

    def extra_repr(self) -> str:
        return f"{self.num_tags}, constrained={self.allowed_transitions is not None}"


def bio_constraints(labels: Sequence[str]) -> tuple[Tensor, Tensor]:
    """What may start a sequence ``[K]`` and what may follow what ``[K, K]``, read off the tags' names.

    ``B-x`` begins an entity of type ``x``, ``I-x`` continues it; ``E-x`` or ``L-x`` ends it and ``S-x`` or
    ``U-x`` is one of a single step (BIOES, BILOU); any other label lies outside. Where a type has no ``B-x``,
    as in IOB1, ``I-x`` may begin one too. The letters may also stand alone, if all labels are such. Labels that follow
    no such scheme are all allowed everywhere.
    """
    alone = {"B", "I"} <= set(labels) <= set("BIESLUO")
    tags = [(label, "") if alone else _parse(label) for label in labels]
    begun = {kind for prefix, kind in tags if prefix == "B"}
    must_close = any(prefix in ("E", "S") for prefix, _ in tags)

    def begins(prefix: str, kind: str) -> bool:
        return prefix in ("O", "B", "S") or kind not in begun

    def follows(before: tuple[str, str], tag: tuple[str, str]) -> bool:
        is_open = before[0] in ("B", "I")
        if is_open and tag[0] in ("I", "E") and tag[1] == before[1]:
            return True
        return begins(*tag) and not (is_open and must_close)

    start = torch.tensor([begins(*tag) for tag in tags], dtype=torch.bool)
    transitions = torch.tensor([[follows(a, b) for b in tags] for a in tags], dtype=torch.bool)
    return start, transitions


def _parse(label: str) -> tuple[str, str]:
    """``"B-PER"`` -> ``("B", "PER")``; BILOU's letters become BIOES'; any other label is ``("O", label)``."""
    prefix, separator, kind = label[:1], label[1:2], label[2:]
    if prefix in "BIESLU" and separator in ("-", "_") and kind:
        return {"L": "E", "U": "S"}.get(prefix, prefix), kind
    return "O", label


def _as_arrays(emissions: Ragged) -> Sequences:
    return Sequences(emissions.values.detach().cpu().numpy(), emissions.lengths.numpy())


def _ends(tags: Ragged) -> Tensor:
    """``[N]``: the position of the last step of each step's sequence."""
    return (tags.lengths - 1).to(tags.device)[tags.sequence_ids]


def _check_mask(name: str, mask: Tensor | None, shape: tuple[int, ...]) -> None:
    if mask is not None and (mask.dtype != torch.bool or mask.shape != shape):
        raise ShapeError(f"{name} must be bool {list(shape)}, got {mask.dtype} {list(mask.shape)}")
