"""Labels that lie in a table of their own, on the command line."""

from __future__ import annotations

import random

from commands import elman


def test_labels_of_recordings_are_trained_on_and_predicted(tmp_path):
    rng = random.Random(0)
    (tmp_path / "r").mkdir()
    for i in range(24):
        rows = "".join(f"{rng.gauss(3 * (i % 2), 1):.3f},{rng.gauss(0, 1):.3f}\n" for _ in range(5 + i % 3))
        (tmp_path / "r" / f"x_{i}.csv").write_text("left,right\n" + rows)
    (tmp_path / "l.csv").write_text("id,class\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(24)))
    outcome = elman("train", tmp_path / "r", "--labels", tmp_path / "l.csv", "--epochs", 2, "--to", tmp_path / "m")
    assert outcome.code == 0, outcome.err
    assert "labels are from l.csv" in outcome.out and "left, right -> class" in outcome.out
    outcome = elman("evaluate", tmp_path / "m", tmp_path / "r", "--labels", tmp_path / "l.csv")
    assert outcome.code == 0 and "24" in outcome.out
    outcome = elman("predict", tmp_path / "m", "--file", tmp_path / "r", "--json")
    assert outcome.code == 0 and outcome.out.count('"prediction"') == 24
