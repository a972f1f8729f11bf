"""``check_cell``: one test of all that a cell promises."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from elman import cells
from elman.cells import Cell, ResettingCell
from elman.kernels import reference
from elman.nn import Recurrent, Stream, init_recurrent_, recurrent_layer, torch_kernels
from elman.ops import recurrent, step, why_not_compiled
from elman.ragged import Ragged
from elman.settings import Settings

LENGTHS = [2, 0, 63, 1]
INPUTS, HIDDEN = 3, 5
NONE = "none of these"  # an option that nobody offers
CLOSE = {torch.float64: 1e-10, torch.float32: 1e-4}


def check_cell(name: str) -> None:
    """Hold the cell called ``name`` against all that ``elman.cells.Cell`` promises.

    It is found by its name, so that a cell of another package has to be installed (``pip install -e .``); then

    - the name leads to the cell, through settings and back; gates and states are named, each once;
    - it takes the options that it offers, and no others;
    - the equations give the same in NumPy and in PyTorch, keep the dtype, change nothing in place, and treat each unit
      by itself; gates lie between 0 and 1 however large the inputs are; the gate that keeps the past says how much;
    - a ragged batch, with lengths of 0, 1, 2 and 63, gives what the equations give for each sequence alone, forwards
      and backwards; gradients are those of finite differences; steps one by one give what the whole does;
    - a state that ``bounded_by`` says to stay between -1 and 1 does so;
    - weights have the names, shapes and initial values that follow from ``rows``; layers can be copied and pickled;
    - compiled kernels, where there are some, read no memory that they didn't write; and PyTorch's own cell, where there
      is one, does the same.

    Raises AssertionError, which says what was expected and what came.

    >>> check_cell("lstm")
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _names(name)
        _options(name)
        for cell in _variants(name):
            _equations(cell)
            _gates(cell)
            _bounds(cell)
            _whole(cell)
            _gradients(cell)
            _layers(cell)
            _streaming(cell)
            _memory(cell)
            _torch(cell)
        _initial_weights(cells.find(name))


def _variants(name: str) -> Iterator[Cell]:
    """The cell with each choice that it offers."""
    own = cells.CELLS[name]
    for nonlinearity in own.nonlinearities or ("tanh",):
        for reset_after in (True, False) if issubclass(own, ResettingCell) else (True,):
            yield cells.find(name, nonlinearity=nonlinearity, reset_after=reset_after)


# -- what it says of itself ---------------------------------------------------------------------


def _names(name: str) -> None:
    cell = cells.find(name)
    _expect(cell.name == name, f"the cell that is found as {name!r} calls itself {cell.name!r}")
    _expect(bool(cell.title and cell.paper and cell.__doc__), f"{name}: title, paper and docstring must say something")
    _expect(cell.states in (("h",), ("h", "c")), f'{name}: states must be ("h",) or ("h", "c"), got {cell.states}')
    _expect(bool(cell.rows), f"{name}: rows must name at least one block")
    for what in ("symbol", "name"):
        found = [getattr(rows, what) for rows in cell.rows]
        _expect(len(set(found)) == len(found) and all(found), f"{name}: each {what} of rows once, got {found}")
    keeping = [rows for rows in cell.rows if rows.keeps]
    _expect(len(keeping) <= 1 and all(rows.gate for rows in keeping), f"{name}: one gate at most keeps the past")
    _expect(pickle.loads(pickle.dumps(cell)) == cell, f"{name}: a pickled cell must equal the cell")
    saved = Settings().with_changes({"cell": name}).to_json()
    _expect(Settings().with_changes(saved).cell == name, f"{name}: settings must give the name back")


def _options(name: str) -> None:
    cell = cells.CELLS[name]
    _refuses(lambda: cell(nonlinearity=NONE), f"{name}: a nonlinearity that isn't among {cell.nonlinearities}")
    if not issubclass(cell, ResettingCell):
        _refuses(lambda: cell(reset_after=False), f"{name}: reset_after=False, since it is no ResettingCell")


# -- equations ----------------------------------------------------------------------------------


def _products(cell: Cell, batch: int = 7, scale: float = 2.0) -> tuple[Tensor, Tensor | None]:
    """Random products of input and state, ``[B, G*H]``."""
    shape = batch, len(cell.rows) * HIDDEN
    input, product = scale * torch.randn(2, *shape, dtype=torch.float64)
    return input, product if cell.recurrent_weight else None


def _step_of(cell: Cell, input: Any, product: Any, memory: Any) -> list[Any]:
    """All that the equations give for one step, in arrays of the kind that they are given."""
    values = cell.activate(input, product)
    after = cell.remember(values, memory)
    return [*values, after, cell.output(values, after)]


def _equations(cell: Cell) -> None:
    input, product = _products(cell)
    memory = torch.randn(len(input), HIDDEN, dtype=torch.float64)
    given = [part for part in (input, product, memory) if part is not None]
    before = [part.clone() for part in given]
    found = _step_of(cell, input, product, memory)
    _expect(
        len(found) == len(cell.rows) + 2,
        f"{cell.name}: activate must give one array for each of the {len(cell.rows)} rows, got {len(found) - 2}",
    )
    for rows, part in zip([*(rows.name for rows in cell.rows), "memory", "h"], found, strict=True):
        _expect(part.shape == memory.shape, f"{cell.name}: {rows} must be [B, H], {_sizes(memory)}, got {_sizes(part)}")
    _expect(all(map(torch.equal, given, before)), f"{cell.name}: the equations must not change what they are given")
    for dtype in (torch.float64, torch.float32):
        tensors = [None if part is None else part.to(dtype) for part in (input, product, memory)]
        arrays = [None if part is None else part.numpy() for part in tensors]
        pairs = zip(_step_of(cell, *tensors), _step_of(cell, *arrays), strict=True)
        for ours, theirs in pairs:
            _expect(isinstance(theirs, np.ndarray), f"{cell.name}: NumPy's arrays must give NumPy's arrays")
            _expect(
                ours.dtype == dtype and theirs.dtype == arrays[0].dtype,  # pyright: ignore[reportOptionalMemberAccess]
                f"{cell.name}: {dtype} must stay so, got {ours.dtype} and {theirs.dtype}",
            )
            _close(cell, "the equations in PyTorch and in NumPy", ours, torch.from_numpy(theirs))
    turned = torch.randperm(HIDDEN)
    mixed = _step_of(cell, *(None if part is None else _permuted(part, turned) for part in (input, product, memory)))
    for one, other in zip(found, mixed, strict=True):
        _close(cell, "a step of units in another order", one[:, turned], other)


def _permuted(blocks: Tensor, order: Tensor) -> Tensor:
    """Units in another order, within each block of rows."""
    return blocks.view(len(blocks), -1, HIDDEN)[..., order].reshape(blocks.shape)


def _gates(cell: Cell) -> None:
    for scale in (1.0, 1e3):
        input, product = _products(cell, 50, scale)
        found = cell.opened(input, product)
        _expect(
            tuple(found) == cell.gates, f"{cell.name}: opened() must give the gates {cell.gates}, got {list(found)}"
        )
        for gate, values in found.items():
            inside = bool(((values >= 0) & (values <= 1)).all())
            _expect(
                inside,
                f"{cell.name}: the {gate} gate must lie between 0 and 1, got {float(values.min())} to "
                f"{float(values.max())} at inputs of about {scale:g}",
            )
            _expect(float(values.std()) > 0, f"{cell.name}: the {gate} gate never moves")
    keeps = cell.keeps
    if keeps is None:
        return
    input, product = _products(cell)
    memory = torch.randn(len(input), HIDDEN, dtype=torch.float64, requires_grad=True)
    (kept,) = torch.autograd.grad(cell.remember(cell.activate(input, product), memory).sum(), memory)
    gate = cell.opened(input, product)[keeps.name]
    said = f"the share of the past that stays, and the {keeps.name} gate, which keeps it when {keeps.keeps},"
    _close(cell, said, kept, gate if keeps.keeps == "open" else 1 - gate)


def _bounds(cell: Cell) -> None:
    """A state that is said to stay between -1 and 1 does so, whatever is read."""
    if cell.nonlinearity not in cell.bounded_by:
        return
    memory = torch.zeros(50, HIDDEN, dtype=torch.float64)
    for scale in (1.0, 10.0, 1e3) * 20:
        values = cell.activate(*_products(cell, len(memory), scale))
        memory = cell.remember(values, memory)
        largest = float(cell.output(values, memory).abs().max())
        _expect(
            largest <= 1,
            f"{cell.name}: h must stay between -1 and 1, as bounded_by says, got {largest:g}; leave it out",
        )


# -- sequences ----------------------------------------------------------------------------------


def _arguments(cell: Cell, lengths: Sequence[int], dtype: torch.dtype = torch.float64) -> list[Tensor | None]:
    """Random ``x, lengths, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0`` of one layer in one direction."""
    rows, batch = len(cell.rows) * HIDDEN, len(lengths)

    def random(*shape: int, there: bool = True) -> Tensor | None:
        return torch.randn(*shape, dtype=dtype) * max(1, shape[-1]) ** -0.5 if there else None

    return [
        random(sum(lengths), INPUTS),
        torch.tensor(lengths, dtype=torch.int64),
        random(rows, INPUTS),
        random(rows, HIDDEN, there=cell.recurrent_weight),
        random(rows),
        random(rows, there=cell.recurrent_weight),
        random(batch, HIDDEN),
        random(batch, HIDDEN, there="c" in cell.states),
    ]


def _run(cell: Cell, arguments: Sequence[Tensor | None], reverse: bool = False) -> list[Tensor]:
    options: dict[str, Any] = {"nonlinearity": cell.nonlinearity, "reset_after": cell.reset_after}
    results = recurrent(cell.name, *arguments, reverse=reverse, **options)  # pyright: ignore[reportArgumentType]
    return [part for part in results if part is not None]


def _whole(cell: Cell) -> None:
    """A ragged batch against each sequence alone, by the equations in NumPy and a loop."""
    arguments = _arguments(cell, LENGTHS)
    for reverse in (False, True):
        output, *final = _run(cell, arguments, reverse)
        expected = [_alone(cell, arguments, row, reverse) for row in range(len(LENGTHS))]
        way = "backwards" if reverse else "forwards"
        _close(cell, f"outputs of a ragged batch {way}, and of each sequence alone,", output, _joined(expected, 0))
        for k, (state, part) in enumerate(zip(cell.states, final, strict=True), start=1):
            _close(cell, f"the final {state} {way}, and that of each sequence alone,", part, _joined(expected, k))


def _joined(results: list[list[np.ndarray]], k: int) -> Tensor:
    return torch.from_numpy(np.concatenate([each[k] for each in results]))


def _alone(cell: Cell, arguments: Sequence[Tensor | None], row: int, reverse: bool) -> list[np.ndarray]:
    """Outputs ``[T, H]`` and final states ``[1, H]`` of one sequence."""
    x, _, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0 = (
        None if part is None else part.numpy() for part in arguments
    )
    assert x is not None and weight_ih is not None and h0 is not None
    first = sum(LENGTHS[:row])
    h, c, outputs = h0[row : row + 1], None if c0 is None else c0[row : row + 1], np.empty((LENGTHS[row], HIDDEN))
    steps = range(LENGTHS[row])
    for t in reversed(steps) if reverse else steps:
        input = x[first + t : first + t + 1] @ weight_ih.T + bias_ih
        if weight_hh is None or bias_hh is None:
            values = cell.activate(input, None)
        elif isinstance(cell, ResettingCell) and not cell.reset_after:
            gated = len(weight_hh) - HIDDEN
            product, before = h @ weight_hh[:gated].T + bias_hh[:gated], h

            def again(r: np.ndarray, before: np.ndarray = before, gated: int = gated) -> np.ndarray:
                return (r * before) @ weight_hh[gated:].T + bias_hh[gated:]

            values = cell.activate(input, product, again)
        else:
            values = cell.activate(input, h @ weight_hh.T + bias_hh)
        memory = cell.remember(values, h if c is None else c)
        h, c = cell.output(values, memory), None if c is None else memory
        outputs[t] = h[0]
    return [outputs, *(part for part in (h, c) if part is not None)]


def _gradients(cell: Cell) -> None:
    arguments = _arguments(cell, [3, 0, 1])
    floating = [k for k, part in enumerate(arguments) if part is not None and part.is_floating_point()]

    def function(*parts: Tensor) -> tuple[Tensor, ...]:
        filled = dict(zip(floating, parts, strict=True))
        return tuple(_run(cell, [filled.get(k, part) for k, part in enumerate(arguments)]))

    inputs = [part.requires_grad_() for k in floating if (part := arguments[k]) is not None]
    try:
        torch.autograd.gradcheck(function, inputs)
    except RuntimeError as wrong:
        raise AssertionError(f"{cell.name}: gradients must be those of finite differences. {wrong}") from wrong


def _layer(cell: Cell, num_layers: int = 2, **options: Any) -> Recurrent:
    given: dict[str, Any] = {} if not cell.nonlinearities else {"nonlinearity": cell.nonlinearity}
    if isinstance(cell, ResettingCell):
        given["reset_after"] = cell.reset_after
    return recurrent_layer(cell.name, INPUTS, HIDDEN, num_layers, dtype=torch.float64, **given, **options)


def _batch() -> Ragged:
    return Ragged.from_list([torch.randn(length, INPUTS, dtype=torch.float64) for length in LENGTHS])


def _layers(cell: Cell) -> None:
    layer, x = _layer(cell, bidirectional=True), _batch()
    output, state = layer.unroll(x)
    _expect(len(state) == len(cell.states), f"{cell.name}: a layer's state must have the parts {cell.states}")
    for part, name in zip(state, cell.states, strict=True):
        expected = (4, len(LENGTHS), HIDDEN)
        _expect(part.shape == expected, f"{cell.name}: {name} must be {expected}, got {tuple(part.shape)}")
    for zero in layer.initial_state(2):
        _expect(not zero.any(), f"{cell.name}: the state before the first step must be zeros")
    for again, how in ((copy.deepcopy(layer), "copied"), (pickle.loads(pickle.dumps(layer)), "pickled")):
        _close(cell, f"outputs of a layer and of the same, {how},", output.values, again.unroll(x)[0].values)
    other = _layer(cell, bidirectional=True)
    other.load_state_dict(layer.state_dict())
    _close(cell, "outputs of a layer, and of another with its weights,", output.values, other.unroll(x)[0].values)
    rows = len(cell.rows) * HIDDEN
    for name, weight in layer.named_parameters():
        _expect(len(weight) == rows, f"{cell.name}: {name} must have {rows} rows, got {len(weight)}")
        _expect(
            "_hh" not in name or cell.recurrent_weight, f"{cell.name}: without a recurrent weight there is no {name}"
        )


@torch.no_grad()
def _streaming(cell: Cell) -> None:
    layer = _layer(cell)
    x = torch.randn(9, 2, INPUTS, dtype=torch.float64)
    start = tuple(torch.randn_like(part) for part in layer.initial_state(2))
    whole, final = layer.unroll(Ragged(x.transpose(0, 1).reshape(18, INPUTS), torch.tensor([9, 9])), start)
    expected = whole.values.view(2, 9, HIDDEN).transpose(0, 1)
    state, outputs = start, []
    for row in x:
        output, state = layer.step(row, state)
        outputs.append(output)
    _close(cell, "outputs of layer.step, and of the whole,", torch.stack(outputs), expected)
    for part, other in zip(state, final, strict=True):
        _close(cell, "the state after all steps, and after the whole,", part, other)
    if why_not_compiled(cell.name, x, cell.reset_after) is None:
        stream = Stream(layer, 2, start)
        _close(
            cell, "outputs of a Stream, and of the whole,", torch.stack([stream(row).clone() for row in x]), expected
        )


# -- weights, kernels, PyTorch ------------------------------------------------------------------


@torch.no_grad()
def _initial_weights(cell: Cell) -> None:
    layer = init_recurrent_(_layer(cell, 1))
    assert isinstance(layer, Recurrent)
    _, weight_hh, bias_ih, bias_hh = layer.layer_parameters(0)
    assert bias_ih is not None
    for rows, bias in zip(cell.rows, bias_ih.chunk(len(cell.rows)), strict=True):
        _expect(bool((bias == rows.bias).all()), f"{cell.name}: the bias of {rows.name} must start with {rows.bias}")
    if bias_hh is not None:
        _expect(not bias_hh.any(), f"{cell.name}: bias_hh must start with zeros")
    for block in () if weight_hh is None else weight_hh.chunk(len(cell.rows)):
        identity = torch.eye(HIDDEN, dtype=torch.float64)
        _close(cell, "each block of weight_hh times itself, and the identity,", block @ block.T, identity)


def _memory(cell: Cell) -> None:
    """Outputs and gradients in memory that was full of NaN before, and by the reference."""
    arguments = _arguments(cell, LENGTHS, torch.float32)
    x = arguments[0]
    assert x is not None
    if why_not_compiled(cell.name, x, cell.reset_after) is not None:
        return
    wanted = [part.requires_grad_() for part in arguments if part is not None and part.is_floating_point()]
    options: dict[str, Any] = {"nonlinearity": cell.nonlinearity}
    expected = reference.recurrent(cell.name, *arguments, **options)  # pyright: ignore[reportArgumentType]
    expected = [part for part in expected if part is not None]
    slopes = torch.autograd.grad([part.sum() for part in expected], wanted)
    with _filled_with_nan():
        found = _run(cell, arguments)
        found_slopes = torch.autograd.grad([part.sum() for part in found], wanted)
    pairs = zip([*found, *found_slopes], [*expected, *slopes], strict=True)
    for ours, theirs in pairs:
        _close(cell, "results in memory full of NaN, and those of the reference,", ours, theirs)


@contextmanager
def _filled_with_nan() -> Iterator[None]:
    """New tensors hold NaN until they are written."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    fill = torch.utils.deterministic.fill_uninitialized_memory  # pyright: ignore[reportAttributeAccessIssue]
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = True  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        torch.utils.deterministic.fill_uninitialized_memory = fill  # pyright: ignore[reportAttributeAccessIssue]


@torch.no_grad()
def _torch(cell: Cell) -> None:
    if cell.torch is None:
        return
    x, lengths, *weights, h, c = _arguments(cell, LENGTHS)
    assert x is not None and lengths is not None and h is not None
    state = tuple(part.unsqueeze(0) for part in (h, c) if part is not None)
    settings = torch_kernels.Settings(True, 1, 0.0, False, False)
    there = [weight for weight in weights if weight is not None]
    output, final = torch_kernels.unroll(cell.torch, x, lengths, there, settings=settings, state=state)
    found = _run(cell, [x, lengths, *weights, h, c])
    for ours, theirs in zip(found, [output, *(part[0] for part in final)], strict=True):
        _close(cell, f"results, and those of torch.{cell.torch},", ours, theirs)
    rows, (weight_ih, weight_hh, bias_ih, bias_hh) = x[: len(LENGTHS)], weights
    assert weight_ih is not None
    after = step(
        cell.name, rows, weight_ih, weight_hh, bias_ih, bias_hh, h, c, nonlinearity=cell.nonlinearity
    )  # a cell that torch has resets after the product
    gates = torch.nn.functional.linear(rows, weight_ih, bias_ih)
    ours = reference.step(cell, gates, reference.State(h, c), weight_hh, bias_hh)
    for mine, theirs in zip(ours, after, strict=True):
        if mine is not None and theirs is not None:
            _close(cell, f"a step by the equations, and by torch.{cell.torch}_cell,", mine, theirs)


# -- saying what is wrong -----------------------------------------------------------------------


def _expect(true: bool, otherwise: str) -> None:
    if not true:
        raise AssertionError(otherwise)


def _close(cell: Cell, what: str, ours: Tensor, theirs: Tensor) -> None:
    shapes = f"{cell.name}: {what} must have one shape, got {_sizes(ours)} and {_sizes(theirs)}"
    _expect(ours.shape == theirs.shape, shapes)
    close, options = CLOSE[ours.dtype], f"nonlinearity={cell.nonlinearity!r}, reset_after={cell.reset_after}"
    if not torch.allclose(ours, theirs, rtol=close, atol=close):
        apart = float((ours - theirs).abs().max())
        raise AssertionError(f"{cell.name}: {what} must be the same; they differ by up to {apart:.3g} ({options})")


def _sizes(part: Any) -> list[int]:
    return list(part.shape)


def _refuses(make: Callable[[], object], what: str) -> None:
    try:
        make()
    except ValueError:
        return
    raise AssertionError(f"{what}, must be refused with a ValueError")
