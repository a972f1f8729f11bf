"""How experiments take times on a machine that does other things too."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from torch import Tensor


def best_times(passes: Mapping[str, Callable[[], Tensor]], repeats: int) -> dict[str, float]:
    """Milliseconds that the processor spends on a forward and backward pass of each, all its cores together.

    ``passes`` compute what the gradient starts from. The best of ``repeats`` counts, since others' load only ever adds;
    they take turns, so that all meet the same load. Time on the wall would measure the other programs too.
    """
    best = dict.fromkeys(passes, float("inf"))
    for _ in range(repeats):
        for name, forward in passes.items():
            started = time.process_time()
            forward().sum().backward()
            best[name] = min(best[name], 1000 * (time.process_time() - started))
    return best
