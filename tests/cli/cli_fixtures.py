"""Models that are trained once for all tests of the command line, and small files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from commands import OF_TEXTS, SMALL, elman

from elman import samples

TEXTS = ("reviews", "tags", "numbers")
SIZE = 30_000  # characters of a sample that are learned from


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``trained(sample)``: the folder of a model that was trained on a sample for an epoch."""
    folder = tmp_path_factory.mktemp("models")

    def train(name: str, *flags: str) -> Path:
        if not (folder / name).exists():
            data = folder / f"{name}{samples.sample(name).suffix}"
            content = samples.text(name)
            data.write_text(content[:SIZE].rpartition("\n")[0] + "\n", encoding="utf-8")
            outcome = elman("train", data, "--to", folder / name, *(OF_TEXTS if name in TEXTS else SMALL), *flags)
            assert outcome.code == 0, outcome.err
        return folder / name

    return train


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """A small CSV file of texts and labels."""
    path = tmp_path / "reviews.csv"
    rows = samples.text("reviews").splitlines(keepends=True)[:201]
    path.write_text("".join(rows), encoding="utf-8")
    return path
