"""Each operator of a graph in ONNX Runtime gives what it means over arrays, or is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elman import cells
from elman.errors import ExportError
from elman.export.onnx import models_of
from elman.export.onnx.operators import EMITTERS
from elman.export.onnx.proof import Proof, prove
from elman.graph import (
    OPERATORS,
    Writer,
    attention,
    carried,
    copying,
    elementwise,
    pictures,
    pooling,
    recurrence,
    series,
    tokens,
)
from rocket import drawn_patterns

REFUSED = {
    **dict.fromkeys(
        ("recent", "normalise", "towards_linear", "towards_classical", "forecast"),
        "from a series to its forecast: around the network",
    ),
    **dict.fromkeys(
        ("observed", "missing", "dates", "since"), "from what the data have to figures: before the network"
    ),
}
"""Operators that ONNX hasn't, and why. Of the recurrent one, some cells are: see below."""

rng = np.random.default_rng(0)


def drawn(*shape: int) -> NDArray[np.float32]:
    return rng.normal(size=shape).astype(np.float32)


def proof(write: Callable[[Writer], Any]) -> Proof:
    """That of the graph which ``write`` writes, whose value, or values by name, are the outputs."""
    g = Writer()
    found = write(g)
    return prove(models_of({"scores": g.graph(**(found if isinstance(found, dict) else {"y": found}))}, {}))


# -- inputs -------------------------------------------------------------------------------------------------


def steps(g: Writer, size: int = 5, name: str = "x") -> str:
    return g.input(name, "float32", size)


def rows(g: Writer, size: int = 5, name: str = "rows") -> str:
    return g.input(name, "float32", size, form="rows")


def images(g: Writer, channels: int = 3, height: int = 9, width: int = 6, name: str = "images") -> str:
    return g.input(name, "float32", channels, height, width, form="rows")


def ids(g: Writer, name: str = "ids") -> tuple[str, str]:
    """Tokens, and their vectors."""
    found = g.input(name, "int64")
    return found, g.add(tokens.Embed(drawn(7, 5)), found)


def memory(g: Writer) -> tuple[str, str, str]:
    """Keys, values and lengths of a memory."""
    values, lengths = g.add_several(2, attention.Pad(), steps(g, name="memory"))
    return values, values, lengths


def source(g: Writer) -> tuple[str, list[str]]:
    """Tokens that can be copied, and the memory that their vectors are."""
    found, vectors = ids(g, "source")
    values, lengths = g.add_several(2, attention.Pad(), vectors)
    return g.add_several(2, attention.Pad(-1), found)[0], [values, values, lengths]


# -- what is tried of each operator -------------------------------------------------------------------------


def attend(score: NDArray[np.float32] | None) -> Callable[[Writer], Any]:
    def write(g: Writer) -> dict[str, str]:
        contexts, weights = g.add_several(2, attention.Attend(0.5, score), steps(g), *memory(g))
        return {"contexts": contexts, "weights": weights}

    return write


def pad(g: Writer) -> dict[str, str]:
    vectors, lengths = g.add_several(2, attention.Pad(0.5), steps(g))
    return {"vectors": vectors, "numbers": lengths, "tokens": g.add_several(2, attention.Pad(-1), ids(g)[0])[0]}


def runs(g: Writer) -> dict[str, str]:
    token, vectors = ids(g)
    copied, around = source(g)
    start = g.add(recurrence.Steps(), g.add(tokens.Expand(), copied, token))
    after = g.add(copying.Runs(3), start, token, copied)
    twice = g.add(copying.Runs(3), after, token, copied)
    bias = g.add(copying.RunBias(drawn(3)), twice, token)
    _, weights = g.add_several(2, attention.Attend(), vectors, *around, bias)
    return {"runs": g.add(recurrence.Like(), twice, token), "bias": bias, "weights": weights}


def looked_at(g: Writer) -> dict[str, str]:
    copied, around = source(g)
    _, weights = g.add_several(2, attention.Attend(), steps(g), *around)
    plain = g.add(copying.LookedAt(1), weights)
    with_source = g.add(copying.LookedAt(1), weights, copied)
    return {name: g.add(recurrence.Like(), index, "x") for name, index in (("most", plain), ("unknown", with_source))}


def copy(g: Writer) -> str:
    copied, around = source(g)
    _, weights = g.add_several(2, attention.Attend(), steps(g), *around)
    scores, gate = (g.add(elementwise.Linear(drawn(size, 5)), "x") for size in (7, 1))
    return g.add(copying.Copy(), scores, gate, weights, copied)


def take(g: Writer) -> str:
    bags = g.add(tokens.Bag(drawn(9, 3)), g.input("pieces", "int64"))
    return g.add(tokens.Take(), bags, g.input("index", "int64", form="rows"), steps(g))


def weighted_bag(g: Writer) -> str:
    found = g.input("ngrams", "int64")
    return g.add(tokens.WeightedBag(drawn(9, 3)), found, g.input("times", "float32", 1, form="rows"))


def as_steps(g: Writer) -> dict[str, str]:
    """Numbers, an id and several ids of each step, and none of something."""
    places = g.input("places", "int64")
    bags = g.add(tokens.Bag(drawn(9, 3)), g.input("names", "int64"))
    picked = g.add(tokens.Embed(drawn(7, 2)), g.add(tokens.Pick(1), g.input("ids", "int64", 2, form="rows")))
    g.add(tokens.Embed(drawn(4, 2)), g.add(tokens.Pick(0), "ids"))
    beside = g.add(elementwise.Concat(), rows(g, 4), bags, picked, rows(g, 0, "none"))
    return {"y": g.add(tokens.AsSteps(), beside, places)}


def horizon(columns: int, features: int) -> Callable[[Writer], Any]:
    def write(g: Writer) -> str:
        weight = drawn(4, 2 * features) if features else None
        operator = series.Horizon(2, drawn(3, 4), drawn(columns, 4) if columns else None, weight)
        ahead = g.input("ahead", "float32", 5, features or None, form="rows")
        return g.add(operator, ahead, g.input("column", "int64", form="rows"))

    return write


def add_pattern(gated: bool) -> Callable[[Writer], Any]:
    def write(g: Writer) -> str:
        segments = horizon(3, 0)(g)
        scores = g.add(elementwise.Linear(drawn(6, 4)), segments)
        gates = g.add(elementwise.Linear(drawn(1, 4)), segments) if gated else ""
        return g.add(series.AddPattern(2), scores, gates, rows(g, 5, "pattern"))

    return write


def alone(g: Writer) -> dict[str, str]:
    each = g.add(recurrence.EachAlone(), steps(g))
    state = g.add(recurrence.ExpandState(), g.state("h", 2, 3), "x")
    again, h = g.add_several(2, recurrent("gru", 2, 1, 3), each, state)
    last = g.add(recurrence.Like(), g.add(recurrence.LastOutput(1), h), "x")
    return {"steps": g.add(recurrence.Like(), again, "x"), "last": last}


def states(g: Writer) -> dict[str, str]:
    h, c = g.add_several(2, recurrence.FirstState(2, 3), rows(g, 24))
    parts = [g.add(recurrence.Layers(*part), h) for part in ((0, 1), (1, 3))]
    last = g.add(recurrence.LastOutput(2), c)
    return {"h": g.add(recurrence.Stack(), *reversed(parts)), "c": c, "last": last}


def with_change(g: Writer) -> dict[str, str]:
    clips = g.input("clips", "float32", 2, 4, 3)
    frames = g.add(pictures.WithChange(), g.add(recurrence.Steps(), clips), clips)
    flat = g.add(recurrence.Like(), g.add(pictures.Flatten(), frames), clips)
    return {"clips": flat, "pictures": g.add(pictures.WithChange(), images(g))}


def places(g: Writer) -> dict[str, str]:
    fine = images(g, height=9, width=6)
    coarse = images(g, channels=2, height=4, width=3, name="coarse")
    operator = pictures.Places(drawn(54, 2))
    return {"one": g.add(operator, fine), "both": g.add(operator, fine, coarse)}


def since(g: Writer) -> dict[str, str]:
    x, count, last = steps(g), g.carry("count", 1, "int64"), g.carry("last", 5)
    change, last = g.add_several(2, carried.ChangeSince(), x, last, count)
    pools = {
        by: g.add_several(2, carried.PoolSince(by), x, g.carry(name, 5, "float64"), count)
        for by, name in (("mean", "sum"), ("max", "largest"))
    }
    g.carried(count=g.add(carried.Count(), x, count), last=last, sum=pools["mean"][1], largest=pools["max"][1])
    return {"change": change, "mean": pools["mean"][0], "max": pools["max"][0]}


def both(operator: Any) -> Callable[[Writer], Any]:
    """An operator of each row or step by itself, on both."""
    return lambda g: {"steps": g.add(operator, steps(g)), "rows": g.add(operator, rows(g))}


def of_several(operator: Any) -> Callable[[Writer], Any]:
    return lambda g: {
        "steps": g.add(operator, steps(g), g.add(elementwise.Linear(drawn(5, 5)), "x"), "x"),
        "rows": g.add(operator, rows(g), rows(g, 5, "more")),
    }


def recurrent(
    cell: str, layers: int, directions: int, size: int = 3, *, bias: bool = True, inputs: int = 5, **options: Any
) -> recurrence.Recurrent:
    blocks = len(cells.find(cell).rows)

    def weights(width: int) -> Any:
        biases = (drawn(blocks * size), drawn(blocks * size)) if bias else (None, None)
        return drawn(blocks * size, width), drawn(blocks * size, size), *biases

    widths = [inputs, *[size * directions] * (layers - 1)]
    members = {"nonlinearity": "tanh", "reset_after": True} | options
    return recurrence.Recurrent(
        cell, layers=tuple(tuple(weights(w) for _ in range(directions)) for w in widths), **members
    )


def reads(operator: recurrence.Recurrent, given: bool) -> Callable[[Writer], Any]:
    """A recurrent operator's outputs and its state, from a given state or from zeros."""
    names = cells.find(operator.cell).states

    def write(g: Writer) -> dict[str, str]:
        size, layers = (
            len(operator.layers[0][0][0]) // len(operator.spec.rows),
            len(operator.layers) * operator.directions,
        )
        state = [g.state(name, layers, size) for name in names] if given else []
        return dict(zip(("y", *names), g.add_several(1 + len(names), operator, steps(g), *state), strict=True))

    return write


def picture(operator: Any) -> Callable[[Writer], Any]:
    return lambda g: g.add(operator, images(g))


CASES: dict[str, list[Callable[[Writer], Any]]] = {
    "linear": [both(elementwise.Linear(drawn(3, 5), drawn(3))), both(elementwise.Linear(drawn(3, 5)))],
    "activation": [both(elementwise.Activation(function)) for function in elementwise.ACTIVATIONS],
    "add": [of_several(elementwise.Add())],
    "add_constant": [both(elementwise.AddConstant(drawn(5)))],
    "mean": [of_several(elementwise.Mean())],
    "concat": [of_several(elementwise.Concat())],
    "compare": [lambda g: g.add(elementwise.Compare(0.7), rows(g), rows(g, 5, "more"))],
    "standardise": [
        both(elementwise.Standardise(drawn(5), 1 + np.abs(drawn(5)))),
        lambda g: g.add(
            elementwise.Standardise(drawn(1, 1), drawn(3, 1, 1)), g.input("x", "uint8", 3, 4, 5, form="rows")
        ),
    ],
    "layer_norm": [both(elementwise.LayerNorm(drawn(5), drawn(5)))],
    "log_softmax": [both(elementwise.LogSoftmax())],
    "embed": [lambda g: ids(g)[1], lambda g: g.add(tokens.Embed(drawn(7, 4)), g.input("ids", "int64", form="rows"))],
    "bag": [take],
    "weighted_bag": [weighted_bag],
    "take": [take],
    "as_steps": [as_steps],
    "expand": [lambda g: g.add(tokens.Expand(), rows(g), steps(g))],
    "window": [lambda g: g.add(tokens.Window(4), steps(g))],
    "pick": [lambda g: g.add(tokens.Pick(2), rows(g))],
    "pool": [lambda g, by=by: g.add(pooling.Pool(by), steps(g)) for by in ("mean", "max", "sum")],
    "attention_pool": [lambda g: g.add(pooling.AttentionPool(drawn(3, 5), drawn(3), drawn(1, 3)), steps(g))],
    "recurrent": [
        reads(recurrent(cell, 2, directions, bias=bias, **options), given)
        for cell, *more in [
            ("lstm", {}),
            ("gru", {}),
            ("gru", {"reset_after": False}),
            *[("rnn", {"nonlinearity": function}) for function in ("tanh", "relu", "sigmoid")],
        ]
        for options in more
        for directions, bias, given in [(1, True, True), (1, False, False), (2, True, False), (2, False, True)]
    ],
    "last_output": [states],
    "first_state": [states],
    "layers": [states],
    "stack": [states],
    "each_alone": [alone],
    "steps": [with_change],
    "like": [alone],
    "expand_state": [alone],
    "pad": [pad],
    "attend": [attend(None), attend(drawn(1, 5)), runs],
    "runs": [runs],
    "run_bias": [runs],
    "looked_at": [looked_at],
    "copy": [copy],
    "change": [lambda g: g.add(series.Change(), steps(g))],
    "segments": [lambda g: g.add(series.Segments(3), steps(g))],
    "horizon": [horizon(3, 2), horizon(0, 2), horizon(3, 0), horizon(0, 0)],
    "add_pattern": [add_pattern(True), add_pattern(False)],
    "count": [since],
    "change_since": [since],
    "pool_since": [since],
    "patterns": [lambda g, size=size: g.add(drawn_patterns(size), steps(g, size)) for size in (1, 3)],
    "convolution": [picture(pictures.Convolution(drawn(4, 3, k, k), stride)) for k in (1, 3, 5) for stride in (1, 2)],
    "max_pool": [picture(pictures.MaxPool())],
    "batch_norm": [picture(pictures.BatchNorm(drawn(3), 0.5 + np.abs(drawn(3)), drawn(3), drawn(3)))],
    "with_change": [with_change],
    "flatten": [picture(pictures.Flatten())],
    "places": [places],
    "rows": [picture(pictures.Rows())],
    "time_convolution": [
        lambda g, k=k, stride=stride: g.add(pictures.TimeConvolution(drawn(4, 5, k), stride), steps(g))
        for k in (1, 3, 5)
        for stride in (1, 2, 4)
    ],
}


def test_each_operator_is_tried_or_refused():
    assert {*CASES} | {*REFUSED} == {*OPERATORS}
    assert {*CASES} == {operator.name for operator in EMITTERS}


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, cases in CASES.items() for place in range(len(cases))]
)
def test_operators_in_onnx(name: str, place: int):
    assert proof(CASES[name][place]).largest <= 1e-5


@pytest.mark.parametrize("cell", ["mgu"])
def test_cells_that_onnx_lacks_are_refused(cell: str):
    with pytest.raises(ExportError, match="MGU"):
        proof(reads(recurrent(cell, 1, 1), given=False))


def test_an_operator_without_an_entry_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(EMITTERS, pooling.Pool)
    with pytest.raises(ExportError, match="'pool'"):
        proof(CASES["pool"][0])
