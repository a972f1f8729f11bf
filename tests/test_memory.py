"""Memory that was freed goes back to the system, where the C library can do that."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from elman import memory


@pytest.mark.skipif(sys.platform != "linux" or memory._trim() is None, reason="only glibc keeps what was freed")
def test_holes_between_what_stays_are_given_back():
    def resident() -> int:
        return 1024 * int(re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[0])

    blocks = [np.ones(12_000) for _ in range(2_000)]  # each below the size that is asked of the system by itself
    kept = blocks[::2]
    del blocks
    before = resident()
    memory.give_back()
    assert before - resident() > 0.7 * sum(block.nbytes for block in kept)


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    memory._trim.cache_clear()
    memory.give_back()
    assert memory._trim() is None
    memory._trim.cache_clear()
