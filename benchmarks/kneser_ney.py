"""Interpolated modified Kneser-Ney n-grams: the peer that a recurrent language model must beat.

    python benchmarks/kneser_ney.py wiki.valid.tokens wiki.test.tokens --first-half

Chen & Goodman 1999, "An empirical study of smoothing techniques for language modeling", section 3 and appendix A.
Tokens are anything hashable: words, characters, pitches. As in Elman, the vocabulary is what the training part
holds, and ``<unk>`` for all else.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Container, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

UNKNOWN = "<unk>"
END = "<eos>"

Context = tuple[Hashable, ...]


@dataclass
class Follows:
    """What follows one context: how often each token, how often all, and the counts taken off by discounting."""

    counts: dict[Hashable, int]
    total: int = 0
    removed: float = 0.0


class KneserNey:
    """An n-gram model of ``order``, in which each order is interpolated with the one below, the lowest with 1/V.

    ``discount`` takes one fixed discount for all counts, instead of the three of each order (for counts of 1, 2,
    and 3 or more) that the counts themselves suggest.
    """

    def __init__(self, order: int, discount: float | None = None):
        self.order, self.discount = order, discount

    def fit(self, tokens: Sequence[Hashable]) -> KneserNey:
        self.vocabulary = {*tokens, UNKNOWN}
        highest: dict[Context, Follows] = {}
        for i in range(self.order - 1, len(tokens)):
            follows = highest.setdefault(tuple(tokens[i - self.order + 1 : i]), Follows({}))
            follows.counts[tokens[i]] = follows.counts.get(tokens[i], 0) + 1
        self.orders = [highest]
        for _ in range(self.order - 1):
            self.orders.insert(0, continuations(self.orders[0]))
        self.discounts = [self._finish(contexts) for contexts in self.orders]
        return self

    def _finish(self, contexts: dict[Context, Follows]) -> tuple[float, float, float, float]:
        """The discounts of counts 0, 1, 2 and 3 or more of one order; fills in what each context's sums are."""
        if self.discount is not None:
            discounts = (0.0, self.discount, self.discount, self.discount)
        else:
            discounts = modified_discounts(Counter(c for f in contexts.values() for c in f.counts.values()))
        for follows in contexts.values():
            follows.total = sum(follows.counts.values())
            follows.removed = sum(discounts[min(count, 3)] for count in follows.counts.values())
        return discounts

    def probability(self, token: Hashable, context: Context) -> float:
        """P(token | context), of which the last ``order - 1`` tokens count."""
        seen = context[max(0, len(context) - self.order + 1) :]
        *seen, token = (t if t in self.vocabulary else UNKNOWN for t in (*seen, token))
        probability = 1 / len(self.vocabulary)
        for length in range(len(seen) + 1):
            follows = self.orders[length].get(tuple(seen[len(seen) - length :]))
            if follows is None:  # nor does any longer context have a count
                break
            count = follows.counts.get(token, 0)
            kept = count - self.discounts[length][min(count, 3)]
            probability = (kept + follows.removed * probability) / follows.total
        return probability

    def nats_per_token(self, tokens: Sequence[Hashable]) -> float:
        """The mean negative log-likelihood of a text, each token after those before it."""
        contexts = (tuple(tokens[max(0, i - self.order + 1) : i]) for i in range(len(tokens)))
        return -sum(math.log(self.probability(t, c)) for t, c in zip(tokens, contexts, strict=True)) / len(tokens)


def continuations(contexts: dict[Context, Follows]) -> dict[Context, Follows]:
    """Kneser and Ney's counts of the order below: before how many different tokens an n-gram was seen."""
    below: dict[Context, Follows] = {}
    for context, follows in contexts.items():
        counts = below.setdefault(context[1:], Follows({})).counts
        for token in follows.counts:
            counts[token] = counts.get(token, 0) + 1
    return below


def modified_discounts(frequencies: Counter[int]) -> tuple[float, float, float, float]:
    """D of counts 0, 1, 2, 3+ from how many n-grams have counts 1 to 4 (Chen & Goodman's equation 17).

    Where the text is so small that one of these is 0, the equation has no answer, and the one discount of plain
    Kneser-Ney, n1 / (n1 + 2 n2), serves for all; of a text without any n-gram seen once, 1/2.
    """
    n1, n2, n3, n4 = (frequencies[count] for count in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2) if n1 else 0.5
    if not (n1 and n2 and n3 and n4):
        return 0.0, y, y, y
    return 0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3


# -- the command ------------------------------------------------------------------------------------------


def words(path: Path) -> list[str]:
    """Words between white space, with an end mark after each line."""
    return [word for line in path.read_text(encoding="utf-8").splitlines() for word in (*line.split(), END)]


def wikitext_perplexity(folder: Path, vocabulary: Container[str], order: int = 3) -> float:
    """Trained on WikiText-2's validation file, measured on the first half of the lines of its test file.

    Words outside ``vocabulary`` are read as <unk> on both sides, so that two models' perplexities compare.
    """

    def replaced(tokens: list[str]) -> list[str]:
        return [token if token in vocabulary or token == END else UNKNOWN for token in tokens]

    lines = (folder / "wiki.test.tokens").read_text(encoding="utf-8").splitlines()
    test = [word for line in lines[: len(lines) // 2] for word in (*line.split(), END)]
    model = KneserNey(order).fit(replaced(words(folder / "wiki.valid.tokens")))
    return math.exp(model.nats_per_token(replaced(test)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--order", type=int, default=3, help="tokens in an n-gram (3)")
    parser.add_argument("--characters", action="store_true", help="characters rather than words")
    parser.add_argument("--first-half", action="store_true", help="test on the first half of the tokens only")
    options = parser.parse_args()

    started = time.perf_counter()
    read = (lambda path: list(path.read_text(encoding="utf-8"))) if options.characters else words
    train, test = read(options.train), read(options.test)
    test = test[: len(test) // 2] if options.first_half else test
    model = KneserNey(options.order).fit(train)
    nats = model.nats_per_token(test)
    unseen = sum(token not in model.vocabulary for token in test) / len(test)
    print(f"trained on {len(train):,} tokens, vocabulary of {len(model.vocabulary):,}")
    print(f"tested on {len(test):,} tokens, {100 * unseen:.1f} % of them unseen and read as {UNKNOWN}")
    print(f"{options.order}-gram: {nats:.4f} nats per token, perplexity {math.exp(nats):.1f} choices per token")
    print(f"in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
