"""`elman train --log tensorboard` and `--auto-remedy`."""

from __future__ import annotations

import sys

import pytest
from commands import OF_TEXTS, elman

pytest_plugins = ["cli_fixtures"]


def test_curves_are_written_where_tensorboard_reads_them(reviews, tmp_path) -> None:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS, "--log", "tensorboard")
    assert outcome.code == 0, outcome.err
    log = reader.EventAccumulator(str(tmp_path / "m.tensorboard"))
    log.Reload()
    scalars = set(log.Tags()["scalars"])
    assert {"training/loss", "training/learning_rate", "training/gradient_norm", "training/clipped"} <= scalars
    assert {"training/half_life", "validation/accuracy"} <= scalars
    losses = log.Scalars("training/loss")
    assert [event.step for event in losses] == list(range(1, len(losses) + 1)) and losses[0].value > 0


def test_a_missing_package_is_named_with_the_command_that_installs_it(reviews, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    outcome = elman("train", reviews, "--to", tmp_path / "m", *OF_TEXTS, "--log", "tensorboard")
    assert outcome.code == 2 and 'pip install "elman[tensorboard]"' in outcome.err
    assert not list(tmp_path.glob("m*"))


def test_other_logs_are_refused(reviews, tmp_path) -> None:
    outcome = elman("train", reviews, "--to", tmp_path / "m", "--log", "wandb")
    assert outcome.code == 2 and "--log takes tensorboard" in outcome.err
