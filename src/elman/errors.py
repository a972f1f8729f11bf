# pyright: strict
"""Every error that Elman raises on purpose.

    ElmanError
    ├── ShapeError (ValueError)        a tensor has the wrong shape, dtype or device
    │   └── LayerShapeError (RuntimeError)   the same, where torch.nn raises a RuntimeError
    ├── LengthsError (ValueError)      lengths are negative, too long, or don't add up
    ├── TracingError                   a layer can't be traced or exported as it is
    ├── DataFileError                  a file can't be read as data; has path, line, column
    ├── TaskError                      the data don't say, or don't allow, what to learn
    ├── TrainingError                  training could not go on
    ├── BundleError                    a saved model is damaged, foreign or newer
    ├── ExportError                    a network can't be written as another program or file, or answers otherwise there
    ├── BackendUnavailableError        a device or compiled kernel was asked for and isn't there
    ├── ExtraMissingError (ImportError)  a package is needed that isn't there; names the extra to install
    └── PluginError                    a kind, reader or cell of another package is absent, broken or clashes

A message says what is wrong, where, what was expected, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class ElmanError(Exception):
    """Root of all errors that a caller can act on; the command line prints it and exits with 2.

    >>> try:
    ...     elman.fit({"text": [], "label": []})
    ... except elman.ElmanError as error:
    ...     print(type(error).__name__, error)
    TaskError data has no rows: there is nothing to learn.
    """


class ShapeError(ElmanError, ValueError):
    """A tensor has the wrong shape, dtype or device."""


class LayerShapeError(ShapeError, RuntimeError):
    """A layer's input or state doesn't fit it; a RuntimeError too, which code written for torch.nn catches."""


class LengthsError(ElmanError, ValueError):
    """Lengths are negative, too long for their tensor, or don't add up."""


class TracingError(ElmanError):
    """A layer can't be traced, scripted or exported: PyTorch has no operator for what it does."""


UNPACKED: dict[str, tuple[str, str, str]] = {}
"""Of temporary folders that hold what was in an archive: the archive, the folder that a person would unpack it to, and
the command that does."""


def for_people(text: str) -> str:
    """Without temporary folders, which are gone when it is read: what lies in one would lie in that to which the
    archive is unpacked."""
    for folder, (archive, unpacked, _) in UNPACKED.items():
        text = archive if text == folder else text.replace(folder, unpacked)
    return text


def how_to_unpack(text: str) -> str:
    """What to say where a text names a file in an archive; "" where it doesn't."""
    said = [
        f" (It is in {archive}; this unpacks it: {command})"
        for _, (archive, place, command) in UNPACKED.items()
        if place in text
    ]
    return "".join(said[:1])


class DataFileError(ElmanError):
    """A file can't be read as data. The place stands in front of the message: ``path:line: ...``."""

    def __init__(self, message: str, path: str | Path, line: int | None = None, column: str | None = None):
        self.path, self.line, self.column = Path(path), line, column
        shown = for_people(str(path))
        self.place = shown if line is None else f"{shown}:{line}"
        self.why = for_people(f"{f'column {column!r}: ' if column else ''}{message}")
        said = f"{self.place}: {self.why}"
        super().__init__(said + how_to_unpack(said))


class TaskError(ElmanError):
    """The data don't say, or don't allow, what to learn; the message names the flags to pass."""


class TrainingError(ElmanError):
    """Training could not go on."""


class BundleError(ElmanError):
    """A saved model is damaged, tampered with, or of a format that this version can't read."""


class ExportError(ElmanError):
    """A network can't be written as a program or file of another kind, or what was written answers otherwise."""


class BackendUnavailableError(ElmanError):
    """A device or compiled kernel was asked for and isn't there."""


class ExtraMissingError(ElmanError, ImportError):
    """A package is needed that isn't installed; the message names the extra to install."""


class PluginError(ElmanError):
    """What another package brings (a kind of column, a reader, a cell) is absent, can't be imported, or clashes with
    something else of its name; the message names the package."""


def similar(name: str, names: Iterable[str], count: int = 1, cutoff: float = 0.6) -> list[str]:
    """The names most like one that isn't there, so many at most, for a message to ask about."""
    import difflib  # which takes long to import, and is needed where something is wrong

    return difflib.get_close_matches(name, list(names), count, cutoff)
