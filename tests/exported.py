"""What stands in the folder of an exported model, called as by those who have nothing else."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from elman.export.c.proof import compiler

COMPILER = compiler() or ""
ALONE = """
import json, runpy, sys
sys.modules["elman"] = sys.modules["torch"] = None
predictions = runpy.run_path(sys.argv[1])["predictions"]
print(json.dumps(predictions(json.load(sys.stdin))))
"""


def alone(folder: Path, cells: list[Any]) -> Any:
    """What ``predict.py`` says in a process that has neither Elman nor torch."""
    command = [sys.executable, "-c", ALONE, str(folder / "predict.py")]
    done = subprocess.run(command, input=json.dumps(cells), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def library_of(folder: Path) -> ctypes.CDLL:
    """The program in a folder, as a library."""
    library = folder / "model.so"
    if not library.exists():
        subprocess.run([COMPILER, "-shared", "-fPIC", "model.c", "-o", library], cwd=folder, check=True)
    return ctypes.CDLL(str(library))


def answers(folder: Path, x: np.ndarray[Any, Any], outputs: int) -> np.ndarray[Any, Any]:
    """What the program in a folder makes of a sequence, ``[answers, outputs]``."""
    y = np.zeros((len(x) + 1, outputs), np.float32)
    x = np.ascontiguousarray(x)
    count = library_of(folder).model_run(ctypes.c_void_p(x.ctypes.data), len(x), ctypes.c_void_p(y.ctypes.data))
    return y[:count]
