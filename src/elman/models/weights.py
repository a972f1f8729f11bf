"""A network's weights as arrays, and back: what a saved model holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from elman.bfloat16 import BFLOAT16


def tensors_in(network: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by name; weights that are shared stand there once."""
    return {**dict(network.named_parameters()), **dict(network.named_buffers())}


def weights_of(network: nn.Module) -> dict[str, NDArray[Any]]:
    """All that ``tensors_in`` finds as arrays."""
    return {name: array_of(tensor) for name, tensor in tensors_in(network).items()}


def load_weights(network: nn.Module, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Put back ``weights_of``. Raises ValueError where one is missing, has another shape or doesn't belong."""
    own = tensors_in(network)
    differing = set(own) ^ set(arrays)
    if differing:
        raise ValueError(f"its tensors don't fit the network: {', '.join(sorted(differing)[:5])}")
    for name, tensor in own.items():
        if tensor.shape != arrays[name].shape:
            raise ValueError(f"its tensor {name} is {arrays[name].shape}, the network's is {tuple(tensor.shape)}")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensor_of(arrays[name]))


def array_of(tensor: Tensor) -> NDArray[Any]:
    """A copy of a tensor on any device; bfloat16 as ``BFLOAT16``."""
    tensor = tensor.detach().cpu().contiguous()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(BFLOAT16).copy()
    return tensor.numpy().copy()


def tensor_of(array: NDArray[Any]) -> Tensor:
    """The tensor over the same memory."""
    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)
