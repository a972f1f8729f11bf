# pyright: strict
"""RNN, LSTM and GRU: ``torch.nn``'s layers, made for sequences of different lengths; and layers of any other cell.

Constructor, parameter names and initial distribution are those of ``torch.nn``, so that modules and state
dicts interchange. On top of it: inputs may be ``Ragged`` or come with ``lengths=``, layers may differ in
width (``hidden_size`` a sequence), and there are options that ``torch.nn`` lacks (``Options``).

For models that shouldn't care which cell they hold there is a second way in: ``unroll`` and ``step``, where
the state is one tuple, ``(h,)`` or ``(h, c)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from elman.nn.stack import Options, Recurrent, State

__all__ = ["GRU", "LSTM", "MGU", "RNN", "AnyCell", "State", "recurrent_layer"]


class RNN(Recurrent):
    """The simple (Elman 1990) recurrent network, ``h' = f(W_ih x + b_ih + W_hh h + b_hh)``.

    ``nonlinearity`` is "tanh", "relu" or "sigmoid"; the rest as ``torch.nn.RNN``, and ``Options``.

    >>> layer = elman.nn.RNN(3, 5, nonlinearity="relu", batch_first=True)
    >>> output, h = layer(torch.randn(2, 7, 3))
    >>> output.shape, h.shape
    (torch.Size([2, 7, 5]), torch.Size([1, 2, 5]))
    """

    cell = "rnn"

    def __init__(
        self,
        input_size: int,
        hidden_size: int | Sequence[int],
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        **options: Unpack[Options],
    ):
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device,
            dtype,
            nonlinearity=nonlinearity,
            **options,
        )


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997) with forget gates (Gers et al. 2000).

    State ``(h, c)``. Arguments as ``torch.nn.LSTM``, and ``Options``.

    >>> layer = elman.nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    >>> output, (h, c) = layer(torch.randn(7, 2, 3), lengths=torch.tensor([7, 4]))
    >>> output.shape, h.shape, c.shape
    (torch.Size([7, 2, 10]), torch.Size([4, 2, 5]), torch.Size([4, 2, 5]))
    >>> output[4:, 1].abs().max().item()        # past the end of the second sequence
    0.0
    """

    cell = "lstm"

    def __init__(
        self,
        input_size: int,
        hidden_size: int | Sequence[int],
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
        **options: Unpack[Options],
    ):
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device,
            dtype,
            proj_size=proj_size,
            **options,
        )


class GRU(Recurrent):
    """The gated recurrent unit (Cho et al. 2014).

    ``reset_after=False`` is the paper's cell, whose reset gate acts on the state itself; with True, as in
    torch and cuDNN, it acts on the state's product with ``weight_hh``. Other arguments as ``torch.nn.GRU``,
    and ``Options``.

    >>> layer = elman.nn.GRU(3, 5, reset_after=False)
    >>> output, h = layer(elman.Ragged.from_list([torch.randn(7, 3), torch.randn(2, 3)]))
    >>> output.lengths.tolist(), output.values.shape, h.shape
    ([7, 2], torch.Size([9, 5]), torch.Size([1, 2, 5]))
    """

    cell = "gru"

    def __init__(
        self,
        input_size: int,
        hidden_size: int | Sequence[int],
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        reset_after: bool = True,
        **options: Unpack[Options],
    ):
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device,
            dtype,
            reset_after=reset_after,
            **options,
        )


class MGU(GRU):
    """The minimal gated unit (Zhou et al. 2016): a GRU with one gate for both, two thirds of its weights.

    Arguments as ``GRU``; the paper's cell is ``reset_after=False``.

    >>> layer = elman.nn.MGU(3, 5, reset_after=False)
    >>> layer.weight_ih_l0.shape, elman.nn.GRU(3, 5).weight_ih_l0.shape
    (torch.Size([10, 3]), torch.Size([15, 3]))
    """

    cell = "mgu"


class AnyCell(Recurrent):
    """Layers of a cell that is given by name: what ``recurrent_layer`` makes where no class has a signature of its own.

    Arguments as ``RNN``, without ``nonlinearity``, and ``Options``.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int | Sequence[int],
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        nonlinearity: str = "tanh",
        reset_after: bool = True,
        **options: Unpack[Options],
    ):
        self.cell = cell  # before the parameters, which follow from it
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device,
            dtype,
            nonlinearity=nonlinearity,
            reset_after=reset_after,
            **options,
        )

    def extra_repr(self) -> str:
        return f"{self.cell!r}, {super().extra_repr()}"


def recurrent_layer(
    cell: str,
    input_size: int,
    hidden_size: int | Sequence[int],
    num_layers: int = 1,
    *,
    bidirectional: bool = False,
    dropout: float = 0.0,
    **options: Any,
) -> Recurrent:
    """The layer for ``cell``, a name in ``elman.cells.names()``; ``options`` are that layer's own keywords.

    Raises ShapeError (a ValueError) where no cell has this name.
    """
    own: Any = Recurrent.classes.get(cell)
    layer = partial(AnyCell, cell) if own is None else own
    return layer(input_size, hidden_size, num_layers, bidirectional=bidirectional, dropout=dropout, **options)
