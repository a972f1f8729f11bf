"""The command line: one command per file, and each of them only parses, calls and prints.

``main`` is what they share: threads that wait politely, and errors that end in one clear message.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Sequence
from io import TextIOWrapper

from elman.errors import ElmanError
from elman.extras import missing

BAD_INPUT, BUG, INTERRUPTED = 2, 1, 130

REMEDIES = {
    errno.ENOSPC: "free some space, or name another place",
    errno.EDQUOT: "free some space, or name another place",
    errno.EROFS: "name a place that can be written to",
    errno.EACCES: "ask for permission, or name another place",
    errno.EPERM: "ask for permission, or name another place",
    errno.ENOENT: "check the name",
    errno.EISDIR: "name a file, not a folder",
    errno.ENOTDIR: "check the path: a file stands where a folder should",
    errno.EEXIST: "check the path: a file stands where a folder should",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 when done, 2 for what the user can correct, 1 for a bug, 130 after Ctrl-C."""
    wait_politely()
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of what is odd beside a picture, without the name of its file
    if arguments is None and hasattr(signal, "SIGPIPE"):  # end quietly when whoever reads our output has gone
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what a terminal can't show mustn't end a command
            stream.reconfigure(errors="replace")
    debug, words = without_debug(sys.argv[1:] if arguments is None else list(arguments))
    try:
        from elman.cli.app import app

        app(words)
    except Exception as problem:
        if debug:
            traceback.print_exc()
        error = missing(problem) or problem
        print(f"elman: {describe(error)}", file=sys.stderr)
        sys.exit(BAD_INPUT if expected(error) else BUG)


def wait_politely() -> None:
    """Let OpenMP threads sleep instead of spin when they wait; it must be set before torch is imported.

    A spinning thread takes the core from the very thread it waits for as soon as another program is busy.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def without_debug(words: list[str]) -> tuple[bool, list[str]]:
    """Whether ``--debug`` was passed, anywhere before ``--``; and the other words."""
    end = words.index("--") if "--" in words else len(words)
    options = [word for word in words[:end] if word != "--debug"]
    return len(options) < end, options + words[end:]


def expected(error: Exception) -> bool:
    """Whether the user can correct it; anything else is a mistake of ours."""
    return isinstance(error, ElmanError | OSError | MemoryError) or is_out_of_memory(error)


def is_out_of_memory(error: Exception) -> bool:
    """torch's own errors of this kind are RuntimeErrors, told apart by their text on the CPU."""
    return type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error)


def describe(error: Exception) -> str:
    """One message: what is wrong, where, and what to do."""
    if isinstance(error, ElmanError):
        return str(error)
    if isinstance(error, MemoryError) or is_out_of_memory(error):
        return (
            "out of memory. Close other programs, or pass a smaller --hidden, or --set batch_tokens=500 "
            "(fewer tokens in a batch)."
        )
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        remedy = REMEDIES.get(error.errno or 0, "see whether the disk and its permissions are in order")
        return f"{place}{error.strerror or error}; {remedy}."
    return (
        f"this is a bug in Elman: {type(error).__name__}: {error}\n"
        "Pass --debug to see where it happened, and please report it with what --debug prints."
    )
