"""The page "Your own cell", as one would follow it: its files written, its package installed, its code run."""

from __future__ import annotations

import re
from pathlib import Path

from packages import install, run

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "cell.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[tuple[str, str]]:
    """The title and the text of each block of a language."""
    return re.findall(rf'^```{language}(?: title="([^"]+)")?\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_as_written(tmp_path: Path) -> None:
    source, installed = tmp_path / "mingru", tmp_path / "site-packages"
    for folder in (source, installed):
        folder.mkdir()
    for title, text in (*blocks("python"), *blocks("toml")):
        if title:
            (source / title).write_text(text)
    assert sorted(file.name for file in source.iterdir()) == ["elman_mingru.py", "pyproject.toml", "test_mingru.py"]
    install(source, installed)
    (code,) = (text for title, text in blocks("python") if not title)
    check = (source / "test_mingru.py").read_text()
    run(f"{check}\ntest_mingru()\n{code}\nassert output.shape == (5, 3, 32)", installed)
    (commands,) = (text for _, text in blocks("sh") if "elman train" in text)
    for command in commands.splitlines():
        run(f"from elman.cli import main\nsys.argv = {command.split()!r}\nmain()", installed, cwd=tmp_path)
    assert "minGRU" in (tmp_path / "model" / "README.md").read_text()
