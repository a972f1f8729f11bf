"""Checkpoints: all that a run needs to go on, in one safetensors file, written beside and renamed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from elman.errors import BundleError
from elman.paths import replacing


def write(path: Path, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write tensors and a JSON record to ``path`` in one go: either the old file stands or the new one."""
    from safetensors.torch import save

    # Bytes rather than save_file: tensors that share memory (tied weights) are stored once for each name.
    data = save(
        {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}, {"record": json.dumps(record)}
    )
    try:
        with replacing(path) as beside, beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise BundleError(
            f"can't write {path}: {problem.strerror or problem}; free some space or pass another --to"
        ) from problem


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


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's state by parameter number and name, as tensors."""
    state = optimizer.state_dict()["state"]
    return {
        f"optimizer.{number}.{name}": torch.as_tensor(value)
        for number, values in state.items()
        for name, value in values.items()
        if value is not None
    }


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what ``optimizer_tensors`` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer."):
            _, number, name = key.split(".", 2)
            state.setdefault(int(number), {})[name] = value.clone()  # the optimizer changes what it is given
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def without_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: tensor for name, tensor in tensors.items() if name.startswith(prefix + ".")}


def copy_of(module: nn.Module) -> dict[str, Tensor]:
    """A copy of the module's state."""
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
