"""Packages as an installer leaves them on the path, made from their ``pyproject.toml`` without any installer."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path


def install(source: Path, folder: Path) -> Path:
    """Copy the modules of the package in ``source`` to ``folder``, and write beside them what its entry points are."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))
    about = project["project"]
    for module in project["tool"]["setuptools"]["py-modules"]:
        shutil.copy(source / f"{module}.py", folder)
    info = folder / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n")
    groups = about["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in points.items()) for group, points in groups]
    (info / "entry_points.txt").write_text("".join(lines))
    return folder


def run(code: str, installed: Path, *words: str, cwd: Path | None = None) -> None:
    """Python code in a process of its own, that sees the packages in ``installed``; fails as the process does."""
    begin = f"import sys; sys.path.insert(0, {str(installed)!r})\n"
    done = subprocess.run([sys.executable, "-c", begin + code, *words], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
