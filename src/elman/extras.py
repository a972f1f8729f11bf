# pyright: strict
"""Packages that only some of what Elman does needs: which extra brings each, and one error where one is missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from elman.errors import ExtraMissingError

EXTRAS = {
    "typer": "cli",
    "rich": "cli",
    "duckdb": "files",
    "python_calamine": "files",
    "sentencepiece": "subwords",
    "torch": "train",
    "sacrebleu": "train",
    "charset_normalizer": "files",
    "PIL": "image",
    "soundfile": "audio",
    "soxr": "audio",
    "kaldi_native_fbank": "audio",
    "mido": "music",
    "matplotlib": "plot",
    "tensorboard": "tensorboard",
    "onnx": "onnx",
    "onnxruntime": "onnx",
}
"""By the name that a package is imported by, the extra in ``pyproject.toml``."""


def needed(module: str) -> ModuleType:
    """Import a module, of another package or one of ours that needs others.

    Raises ExtraMissingError, with the command that installs it, where an extra's package is missing.
    """
    try:
        return import_module(module)
    except ImportError as problem:
        named = missing(problem)
        if named is None:
            raise
        raise named from problem


def missing(problem: BaseException) -> ExtraMissingError | None:
    """What to say where an import failed for want of an extra; None for anything else that went wrong."""
    package = (problem.name or "").partition(".")[0] if isinstance(problem, ImportError) else ""
    if package not in EXTRAS:
        return None
    broken = "" if isinstance(problem, ModuleNotFoundError) else f", which can't be imported ({problem})"
    return ExtraMissingError(f"this needs the package {package!r}{broken}: {install(EXTRAS[package])}")


def install(extra: str) -> str:
    """The command that installs an extra, as every shell takes it."""
    return f'pip install "elman[{extra}]"'
