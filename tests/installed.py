"""Packages outside Elman, as an installer leaves them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path


def install(project: Path, folder: Path) -> None:
    """The modules of a project in ``folder``, and beside them what an installer writes of its ``pyproject.toml``."""
    described = tomllib.loads((project / "pyproject.toml").read_text())
    about, tool = described["project"], described["tool"]["setuptools"]
    for module in tool.get("py-modules", ()):
        shutil.copy(project / f"{module}.py", folder)
    for package in tool.get("packages", ()):
        shutil.copytree(project / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    info = folder / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in points.items())
        for group, points in about["entry-points"].items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups))


def python(folder: Path, *words: str, at: Path) -> str:
    """What ``python WORDS`` prints in the folder ``at``, with the packages that are installed in ``folder``."""
    path = [str(folder), *filter(None, sys.path)]
    begin = f"import runpy, sys; sys.path[:] = {path!r}; sys.argv = sys.argv[1:]; "
    run = "__import__('elman.cli', fromlist=['main']).main()" if words[0] == "elman" else "runpy.run_path(sys.argv[0])"
    done = subprocess.run(
        [sys.executable, "-c", begin + run, *words], capture_output=True, text=True, cwd=at, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
