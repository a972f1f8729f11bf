"""Environments that hold numpy, safetensors, Elman and what more is named, and scripts run in them."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import elman

BASE = ("numpy", "safetensors")


def environment(folder: Path, more: tuple[str, ...] = ()) -> Path:
    """Fill ``folder`` with what ``pip install elman`` and some more bring, as links to what is installed here."""
    for name in {*BASE, "elman", *with_their_needs(more)}:
        installed = distribution(name)
        for first in {file.parts[0] for file in installed.files or []} - {"..", "elman", "__pycache__"}:
            place = Path(str(installed.locate_file(first)))
            if place.is_dir() or place.suffix == ".py":
                (folder / first).symlink_to(place)
    source = Path(elman.__file__).parent
    (folder / "elman" / "kernels").mkdir(parents=True)
    for place in (*source.iterdir(), *(source / "kernels").iterdir()):
        if place.name not in ("kernels", "__pycache__"):
            (folder / "elman" / place.relative_to(source)).symlink_to(place)
    extension = importlib.util.find_spec("elman.kernels._cpu")  # elsewhere, where Elman is installed to be edited
    if extension and extension.origin:
        link = folder / "elman" / "kernels" / Path(extension.origin).name
        if not link.exists():
            link.symlink_to(extension.origin)
    return folder


def with_their_needs(names: tuple[str, ...]) -> set[str]:
    """The distributions, and what they need that is installed."""
    found: set[str] = set()
    for name in names:
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:  # of another system
            continue
        needed = (re.split(r"[^\w.-]", one)[0] for one in needs if "extra ==" not in one)
        found |= {name, *with_their_needs(tuple(needed))}
    return found


class Bare:
    """``run(code, *words)``: what Python code prints that finds the standard library and ``folder`` alone."""

    def __init__(self, folder: Path, more: tuple[str, ...] = ()):
        self.folder = environment(folder, more)

    def run(self, code: str, *words: str, at: Path | None = None, **variables: str) -> str:
        """Fails as the process does; ``words`` are its arguments, ``variables`` are set in its environment."""
        done = self.process(code, *words, at=at, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def process(
        self, code: str, *words: str, at: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """The process when it has ended, however it did."""
        begin = f"import sys; sys.path.append({str(self.folder)!r}); exec(sys.argv.pop(1), {{'__name__': '__main__'}})"
        # -I: no variables and no folder of the user's; -S: no site-packages
        command = [sys.executable, "-I", "-S", "-c", begin, code, *words]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=at, env={**os.environ, **variables}, check=False
        )
