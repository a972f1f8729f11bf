"""Checkpoints: all that a run needs to go on, in one safetensors file, written beside and renamed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from elman.errors import BundleError
from elman.paths import replacing


def write(path: Path, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write tensors and a JSON record to ``path`` in one go: either the old file stands or the new one."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    # As arrays: of tensors, it refuses those that share memory (tied weights), which are stored once for each name.
    arrays = {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in tensors.items()}
    try:
        with replacing(path) as beside:
            save_file(arrays, beside, {"record": json.dumps(record)})
            with beside.open("rb+") as file:
                os.fsync(file.fileno())
    except (OSError, SafetensorError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise BundleError(f"can't write {path}: {why}; free some space or pass another --to") from problem


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What ``write`` wrote. Raises BundleError for a damaged file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            return {name: file.get_tensor(name) for name in names}, json.loads(
                (file.metadata() or {}).get("record", "{}")
            )
    except (SafetensorError, ValueError, OSError) as problem:
        raise BundleError(f"{path} is damaged ({problem}); train again, or restore the file") from problem


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def without_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: tensor for name, tensor in tensors.items() if name.startswith(prefix + ".")}


def copy_of(module: nn.Module, over: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
    """A copy of the module's state."""
    return copied(module.state_dict(), over)


def copied(tensors: dict[str, Tensor], over: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
    """A copy of each, in the memory of an older copy where that is given: two at a time would take twice as much."""

    def copy(name: str, tensor: Tensor) -> Tensor:
        old = (over or {}).get(name)
        return tensor.detach().clone() if old is None or old.shape != tensor.shape else old.copy_(tensor.detach())

    return {name: copy(name, tensor) for name, tensor in tensors.items()}


def discard(folder: Path) -> None:
    """Remove the checkpoint: the run is over, and what it led to is saved."""
    if folder.exists():
        shutil.rmtree(folder)
