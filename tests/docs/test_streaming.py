"""The page "Answers while a sequence is coming in", as one would follow it."""

from __future__ import annotations

import re
from pathlib import Path

from packages import run

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "stream.md").read_text(encoding="utf-8")


def test_the_page_as_written(tmp_path: Path) -> None:
    commands, *code = re.findall(r"^```(?:sh|python)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for command in commands.splitlines():
        words = command.split() + ["--epochs", "1"] * ("train" in command)
        run(f"from elman.cli import main\nsys.argv = {words!r}\nmain()", tmp_path, cwd=tmp_path)
    assert "with --causal" in (tmp_path / "tagger" / "README.md").read_text(encoding="utf-8")
    end = "\nassert len(answers) == 100 and len(state) < 10_000 and 'torch' not in sys.modules"
    run("".join(code) + end, tmp_path, cwd=tmp_path)
