# pyright: strict
"""A network's weights as arrays, and back: what a saved model holds of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from elman.bfloat16 import BFLOAT16
from elman.graph.writer import weight
from elman.models.tensors import tensor_of

Module = TypeVar("Module", bound=nn.Module)
MAKERS = frozenset({torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.arange, torch.eye})
"""Functions that give a tensor memory, by its size."""
SPARE = 1 << 22
"""Numbers that any network may take for other things than weights."""


def tensors_in(network: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by name; weights that are shared stand there once."""
    return {**dict(network.named_parameters()), **dict(network.named_buffers())}


def weights_of(network: nn.Module) -> dict[str, NDArray[Any]]:
    """All that ``tensors_in`` finds as arrays."""
    return {name: array_of(tensor) for name, tensor in tensors_in(network).items()}


def views_of(network: nn.Module) -> dict[str, NDArray[Any]]:
    """All that ``tensors_in`` finds of a network on the CPU, over the same memory."""
    return {name: weight(tensor) for name, tensor in tensors_in(network).items()}


def with_weights(build: Callable[[], Module], arrays: Mapping[str, NDArray[Any]]) -> Module:
    """The network that ``build`` makes, with the weights of ``weights_of``.

    Raises ValueError where one is missing, has another shape or doesn't belong, and where the network asks for much
    more memory than the weights take, before it is given that.
    """
    room = SPARE + 4 * sum(array.size for array in arrays.values())  # initialising makes copies of some
    with Frugal(room, lambda asked: ValueError("its settings ask for a larger network than its weights are of")):
        network = build()
    check_fit(network, arrays)
    with torch.no_grad():
        for name, tensor in tensors_in(network).items():
            tensor.copy_(weight_of(arrays[name]))
    return network


class Frugal(TorchFunctionMode):
    """A context where tensors of so many numbers in all may be asked for; of more, it raises what ``refused`` makes of
    their count."""

    def __init__(self, numbers: float, refused: Callable[[int], Exception]):
        super().__init__()
        self.most, self.asked, self.refused = numbers, 0, refused

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in MAKERS:
            sizes = args[0] if args and not isinstance(args[0], (int, float)) else args
            self.asked += math.prod(size for size in sizes if isinstance(size, int))
            if self.asked > self.most:
                raise self.refused(self.asked)
        return func(*args, **(kwargs or {}))


def check_fit(network: nn.Module, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise ValueError where ``arrays`` aren't the network's own, by name and shape."""
    own = tensors_in(network)
    differing = set(own) ^ set(arrays)
    if differing:
        raise ValueError(f"its tensors don't fit the network: {', '.join(sorted(differing)[:5])}")
    for name, tensor in own.items():
        if tensor.shape != arrays[name].shape:
            raise ValueError(f"its tensor {name} is {arrays[name].shape}, the network's is {tuple(tensor.shape)}")


def array_of(tensor: Tensor) -> NDArray[Any]:
    """A copy of a tensor on any device; bfloat16 as ``BFLOAT16``."""
    tensor = tensor.detach().cpu().contiguous()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(BFLOAT16).copy()
    return tensor.numpy().copy()


def weight_of(array: NDArray[Any]) -> Tensor:
    """The tensor over the same memory, which may be of ``BFLOAT16``."""
    if array.dtype == BFLOAT16:
        return tensor_of(array.view(np.int16)).view(torch.bfloat16)
    return tensor_of(array)
