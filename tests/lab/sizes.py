"""Sizes at which every experiment takes a moment; what it finds so means nothing."""

from __future__ import annotations

from typing import Any

TINY: dict[str, dict[str, Any]] = {
    "any-length": {"updates": 2, "test": 8},
    "same-weights": {"updates": 2, "test": 8},
    "bptt": {},
    "vanishing": {"steps": 5, "hidden": 16},
    "exploding": {"steps": 4, "hidden": 4, "updates": 5},
    "gates": {"budget": 1000},
    "truncation": {"updates": 1},
    "memory": {"updates": 2, "test": 4},
    "order": {"updates": 2},
    "both-sides": {"updates": 2, "test": 4},
    "stepwise": {},
    "feeding": {"updates": 2, "chain_updates": 2, "test": 4},
    "embedding": {"updates": 2, "test": 16},
    "padding": {"longest": 6, "repeats": 1},
    "speed": {"hidden": 4, "repeats": 1},
    "when-to-use-what": {"updates": 1, "test": 4},
}
