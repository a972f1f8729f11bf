"""The op on the compiled kernels against torch.nn and the reference: values, gradients, and what must not matter."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_cases import CELLS, arguments, compare, each_cell, gradients, results
from torch import Tensor

from conftest import assert_close, negative_view
from elman import ops
from elman.errors import LengthsError, ShapeError
from elman.kernels import reference


@settings(max_examples=60, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    lengths=st.lists(st.sampled_from([0, 1, 1, 2, 3, 7, 12, 63]), max_size=9),
    inputs=st.integers(1, 9),
    hidden=st.sampled_from([1, 2, 3, 7, 8, 13, 16, 31, 37, 64, 67]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    bias=st.booleans(),
    reverse=st.booleans(),
    threads=st.sampled_from([1, 2]),
)
def test_as_the_reference_on_any_shape(cell, lengths, inputs, hidden, dtype, bias, reverse, threads) -> None:
    if cell[1] == "relu":  # it has no bound, and a slope that jumps: float32's rounding can grow to any difference
        dtype = torch.float64
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        given_ = arguments(cell[0], lengths, inputs, hidden, dtype, bias)
        compare(cell[0], given_, reverse=reverse, nonlinearity=cell[1])
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("hidden", [200, 300])  # 300 units are more than one block of the product holds
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@each_cell
def test_as_the_reference_at_larger_sizes(cell: str, nonlinearity: str, dtype: torch.dtype, hidden: int) -> None:
    lengths = [9, 4, 7, 7, 1, 12, 3, 0, 5, 6, 2]
    compare(cell, arguments(cell, lengths, 7, hidden, dtype), nonlinearity=nonlinearity)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [[63], [2], [31, 12], [0, 63]])
@each_cell
def test_threads_that_share_each_step_as_the_reference(cell, nonlinearity, lengths, reverse) -> None:
    """One or two sequences of a wide layer: three threads split the units among them."""
    given_ = arguments(cell, lengths, 7, 317, torch.float32)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        compare(cell, given_, reverse=reverse, nonlinearity=nonlinearity)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("inputs", "hidden"), [(90, 64), (33, 67), (210, 200)])
@pytest.mark.parametrize(("cell", "nonlinearity"), [c for c in CELLS if c[1] == "tanh"])
def test_weight_gradients_over_many_steps(cell, nonlinearity, inputs, hidden, reverse) -> None:
    """More steps than are packed at a time, widths that are turned first and others; equal on any number of threads."""
    given_ = arguments(cell, [*range(30), 300], inputs, hidden, torch.float64)
    compare(cell, given_, reverse=reverse, nonlinearity=nonlinearity)
    before, runs = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            outputs = results(ops.recurrent(cell, *given_, reverse=reverse))  # pyright: ignore
            runs.append([*outputs, *gradients(outputs, given_)])
    finally:
        torch.set_num_threads(before)
    for first, *others in zip(*runs, strict=True):
        assert all(torch.equal(first, other) for other in others)


@pytest.mark.parametrize(("inputs", "hidden"), [(0, 5), (3, 0), (0, 0)])
@each_cell
def test_no_inputs_or_no_units(cell: str, nonlinearity: str, inputs: int, hidden: int) -> None:
    compare(cell, arguments(cell, LENGTHS, 9, 37), nonlinearity=nonlinearity)  # leaves numbers in the scratch
    given_ = arguments(cell, LENGTHS, inputs, hidden)
    compare(cell, given_, nonlinearity=nonlinearity)
    with torch.no_grad():  # where the projection stands inside the loop
        actual = results(ops.recurrent(cell, *given_, nonlinearity=nonlinearity))  # pyright: ignore
        expected = results(reference.recurrent(cell, *given_, nonlinearity=nonlinearity))  # pyright: ignore
    for a, e in zip(actual, expected, strict=True):
        assert_close(a, e)


@pytest.mark.parametrize("index", [0, 2, 3, 4, 5, 6])
@each_cell
def test_one_gradient_alone(cell: str, nonlinearity: str, index: int) -> None:
    """Nobody else's gradient is wanted, so that nobody else's is computed."""
    given_ = [None if t is None else t.detach() for t in arguments(cell, LENGTHS, 3, 37)]
    wanted = given_[index]
    assert wanted is not None
    wanted.requires_grad_()
    compare(cell, given_, nonlinearity=nonlinearity)


# -- against torch.nn, which knows nothing of ours ----------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("steps", [1, 2, 63])
@pytest.mark.parametrize(("cell", "nonlinearity"), [c for c in CELLS if c[1] != "sigmoid"])
def test_as_torch_on_equal_lengths(cell: str, nonlinearity: str, steps: int, dtype: torch.dtype) -> None:
    batch, inputs, hidden = 5, 3, 37
    given_ = arguments(cell, [steps] * batch, inputs, hidden, dtype)
    x, _, *weights, h0, c0 = given_
    assert x is not None and h0 is not None
    layer_type = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}.get(cell, torch.nn.GRU)
    options = {"nonlinearity": nonlinearity} if cell == "rnn" else {}
    layer = layer_type(inputs, hidden, batch_first=True, **options).to(dtype)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    parameters = dict(zip(names, (as_gru(w) for w in weights) if cell == "mgu" else weights, strict=True))
    state = h0[None] if c0 is None else (h0[None], c0[None])
    padded = x.reshape(batch, steps, inputs)
    output, final = torch.func.functional_call(layer, parameters, (padded, state))  # pyright: ignore
    expected = [output.reshape(-1, hidden), *(f[0] for f in (final if c0 is not None else (final,)))]
    actual = results(ops.recurrent(cell, *given_, nonlinearity=nonlinearity))  # pyright: ignore
    for a, e in zip(actual, expected, strict=True):
        assert_close(a, e)
    for a, e in zip(gradients(actual, given_), gradients(expected, given_), strict=True):
        assert_close(a, e, "gradient")


def as_gru(weight: Tensor | None) -> Tensor:
    """An MGU is a GRU with r = f and z = 1 - f, which is what f's weights negated give."""
    assert weight is not None
    f, n = weight.chunk(2)
    return torch.cat([f, -f, n])


# -- what must not matter -----------------------------------------------------------------------------

LENGTHS = [7, 0, 1, 12, 3, 3, 9, 2, 5]


def split(values: Tensor, lengths: list[int]) -> list[Tensor]:
    return list(values.split(lengths))


@each_cell
def test_order_and_company_do_not_matter(cell: str, nonlinearity: str) -> None:
    """Each sequence alone gives what it gives among the others, to the last bit."""
    x, lengths, *weights, h0, c0 = arguments(cell, LENGTHS, 3, 37, torch.float32)
    assert x is not None and lengths is not None and h0 is not None
    together = ops.recurrent(cell, x, lengths, *weights, h0, c0, nonlinearity=nonlinearity)  # pyright: ignore
    with torch.no_grad():
        inference = ops.recurrent(cell, x, lengths, *weights, h0, c0, nonlinearity=nonlinearity)  # pyright: ignore
    assert torch.equal(inference[0], together[0]) and torch.equal(inference[1], together[1])
    for b, sequence in enumerate(split(x, LENGTHS)):
        alone = ops.recurrent(
            cell,
            sequence,
            lengths[b : b + 1],
            *weights,
            h0[b : b + 1],  # pyright: ignore
            None if c0 is None else c0[b : b + 1],  # pyright: ignore
            nonlinearity=nonlinearity,
        )
        assert torch.equal(alone[0], split(together[0], LENGTHS)[b])
        assert torch.equal(alone[1][0], together[1][b])


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("reverse", [False, True])
@each_cell
def test_states_left_out_are_zeros(cell: str, nonlinearity: str, reverse: bool, threads: int) -> None:
    lengths = LENGTHS if threads == 1 else [5, 0]  # two sequences: threads share a step
    given_ = arguments(cell, lengths, 3, 317 if threads > 1 else 37, torch.float32)
    zeros = [None if t is None else torch.zeros_like(t).requires_grad_() for t in given_[6:]]
    options = {"reverse": reverse, "nonlinearity": nonlinearity}
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        expected = results(ops.recurrent(cell, *given_[:6], *zeros, **options))  # pyright: ignore
        actual = results(ops.recurrent(cell, *given_[:6], **options))  # pyright: ignore
        for a, e in zip(actual, expected, strict=True):
            assert torch.equal(a, e)
        for a, e in zip(gradients(actual, given_[:6]), gradients(expected, given_[:6]), strict=True):
            assert_close(a, e, "gradient")
        unwatched = [t.detach() if isinstance(t, Tensor) else t for t in given_[:6]]
        for a, e in zip(results(ops.recurrent(cell, *unwatched, **options)), expected, strict=True):  # pyright: ignore
            assert_close(a, e.detach())
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("poison", [float("nan"), float("inf"), 1e-42])
@each_cell
def test_poison_stays_in_its_own_sequence(cell: str, nonlinearity: str, poison: float) -> None:
    x, *rest = arguments(cell, LENGTHS, 3, 37, torch.float32)
    assert x is not None
    poisoned = x.detach().clone()
    poisoned[8] = poison  # the first step of the third sequence that has any: row 8 of 7 + 1 + 12 ...
    poisoned.requires_grad_()
    clean = ops.recurrent(cell, x, *rest, nonlinearity=nonlinearity)[0]  # pyright: ignore
    dirty = ops.recurrent(cell, poisoned, *rest, nonlinearity=nonlinearity)[0]  # pyright: ignore
    elsewhere = torch.ones(len(x), dtype=torch.bool)
    elsewhere[8:20] = False
    assert torch.equal(clean[elsewhere], dirty[elsewhere])
    if poison != poison:
        assert dirty[8:20].isnan().all()
    clean_grad = torch.autograd.grad(clean.sum(), x)[0]
    dirty_grad = torch.autograd.grad(dirty.sum(), poisoned)[0]
    torch.testing.assert_close(clean_grad[elsewhere], dirty_grad[elsewhere])


@each_cell
def test_time_can_be_cut_where_the_state_is_carried(cell: str, nonlinearity: str) -> None:
    x, _, *weights, h, c = arguments(cell, [9], 3, 16)
    assert x is not None and h is not None

    def run(part: Tensor, h: Tensor, c: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
        lengths = torch.tensor([len(part)])
        return ops.recurrent(cell, part, lengths, *weights, h, c, nonlinearity=nonlinearity)  # pyright: ignore

    whole, parts = run(x, h, c), []
    for part in x.split(4):
        output, h, c = run(part, h, c)
        parts.append(output)
    assert_close(torch.cat(parts), whole[0])
    assert_close(h, whole[1])


@each_cell
def test_reverse_is_the_flipped_sequence(cell: str, nonlinearity: str) -> None:
    x, *rest = arguments(cell, LENGTHS, 3, 16)
    assert x is not None
    flipped = torch.cat([s.flip(0) for s in split(x, LENGTHS)])
    backwards = ops.recurrent(cell, x, *rest, reverse=True, nonlinearity=nonlinearity)  # pyright: ignore
    forwards = ops.recurrent(cell, flipped, *rest, nonlinearity=nonlinearity)  # pyright: ignore
    assert_close(backwards[0], torch.cat([s.flip(0) for s in split(forwards[0], LENGTHS)]))
    assert_close(backwards[1], forwards[1])


@each_cell
def test_bitwise_repeatable_and_every_element_written(cell: str, nonlinearity: str) -> None:
    """Memory that PyTorch hands out is filled with NaN meanwhile."""
    inputs = arguments(cell, LENGTHS, 3, 37, torch.float32)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = True  # pyright: ignore[reportAttributeAccessIssue]
    try:
        runs = []
        for _ in range(3):
            outputs = results(ops.recurrent(cell, *inputs, nonlinearity=nonlinearity))  # pyright: ignore
            runs.append([*outputs, *gradients(outputs, inputs)])
    finally:
        torch.use_deterministic_algorithms(False)
    for first, *others in zip(*runs, strict=True):
        assert not first.isnan().any()
        assert all(torch.equal(first, other) for other in others)


def test_final_states_alone_carry_gradients() -> None:
    inputs = arguments("lstm", LENGTHS)
    for k in (1, 2):
        actual = ops.recurrent("lstm", *inputs)[k]  # pyright: ignore
        expected = reference.recurrent("lstm", *inputs)[k]  # pyright: ignore
        assert actual is not None and expected is not None
        pairs = zip(gradients([actual], inputs), gradients([expected], inputs), strict=True)
        for a, e in pairs:
            assert_close(a, e, "gradient")


def test_strided_inputs() -> None:
    """Every tensor as a view with gaps."""
    inputs = arguments("gru", LENGTHS, 3, 16)
    gaps = [None if t is None else torch.stack([t.detach(), t.detach()], -1)[..., 0] for t in inputs]
    for a, e in zip(results(ops.recurrent("gru", *gaps)), results(ops.recurrent("gru", *inputs)), strict=True):  # pyright: ignore
        assert torch.equal(a, e)


@pytest.mark.parametrize("index", [2, 3, 4, 5, 6, 7])
def test_numbers_kept_with_the_other_sign(index: int) -> None:
    """A view like ``z.conj().imag``, which lies as any tensor does."""
    inputs = arguments("lstm", LENGTHS, 3, 16)
    original = inputs[index]
    assert original is not None
    views = [*inputs[:index], negative_view(-original.detach()).requires_grad_(), *inputs[index + 1 :]]
    expected, actual = (results(ops.recurrent("lstm", *given_)) for given_ in (inputs, views))  # pyright: ignore
    for a, e in zip(actual, expected, strict=True):
        assert torch.equal(a, e)
    for a, e in zip(gradients(actual, views), gradients(expected, inputs), strict=True):
        assert torch.equal(a, e)


# -- mistakes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "change", "error", "words"),
    [
        (0, lambda t: t[:-1], LengthsError, "sum to 10, but x holds 9"),
        (1, lambda t: t - 4, LengthsError, "must not be negative"),
        (1, lambda t: t.float(), LengthsError, "int64"),
        (2, lambda t: t[:, :-1], ShapeError, "weight_ih must have shape"),
        (3, lambda t: t[:-1], ShapeError, "weight_hh must have shape"),
        (4, lambda t: t.float(), ShapeError, "bias_ih must be torch.float64"),
        (6, lambda t: t[:-1], ShapeError, "h0 must have shape"),
        (7, lambda t: None, ShapeError, "c0 goes with h0 where a cell has a cell state"),
    ],
)
def test_mistakes_are_named(index, change, error, words) -> None:
    inputs = arguments("lstm", [3, 7])
    inputs[index] = change(inputs[index])
    with pytest.raises(error, match=words):
        ops.recurrent("lstm", *inputs)  # pyright: ignore
