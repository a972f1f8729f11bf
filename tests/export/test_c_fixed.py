"""C programs whose recurrences run in whole numbers: as expected to the bit, near the network, or refused by name."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from elman import nn
from elman.errors import ExportError
from elman.export.c import calibrated, export, proof, rounded
from elman.export.c.fixed import ONE, Fixed, as_int16, divided
from elman.graph import Graph, Writer
from elman.graph.elementwise import Concat, LayerNorm, Standardise
from elman.graph.pooling import Pool
from elman.graph.recurrence import LastOutput
from elman.graph.tokens import Embed
from elman.sequences import Sequences

needs_compiler = pytest.mark.skipif(not proof.compiler(), reason="there is no C compiler")
FEATURES = 5


def trained(layer: Any) -> Any:
    """A layer whose weights are all far from where they started."""
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return layer


def layers(**options: Any) -> list[Any]:
    """Two layers of every cell with every option that keeps the state within 1."""
    torch.manual_seed(0)
    made = [nn.RNN(FEATURES, 7, 2, nonlinearity=name, **options) for name in ("tanh", "sigmoid")]
    made += [cell(FEATURES, 7, 2, reset_after=after, **options) for cell in (nn.GRU, nn.MGU) for after in (True, False)]
    made += [nn.LSTM(FEATURES, 7, 2, **options), nn.LSTM(FEATURES, 3, 1, bias=False, **options)]
    return [trained(layer) for layer in made]


def side_by_side(every: list[Any], reads: str = "each step") -> Graph:
    """The outputs of layers: at each step, at the last, or their mean."""
    g = Writer()
    mean, scale = np.linspace(-2, 2, FEATURES, dtype=np.float32), np.linspace(0.5, 3, FEATURES, dtype=np.float32)
    x = g.add(Standardise(mean, scale), g.input("input", "float32", FEATURES))
    written = [layer.write(g, x) for layer in every]
    if reads == "last step":
        parts = [
            g.add(LastOutput(1 + layer.bidirectional), h) for layer, (_, h, *_) in zip(every, written, strict=True)
        ]
    else:
        parts = [y if reads == "each step" else g.add(Pool("mean"), y) for y, *_ in written]
    return g.graph(scores=g.add(Concat(), *parts))


def rows(count: int = 6) -> list[dict[str, Sequences]]:
    """Sequences of several lengths, one a batch."""
    rng = np.random.default_rng(0)
    lengths = [0, 1, 2, 63, 9, 17][:count]
    given = [rng.normal(0, 3, (length, FEATURES)).astype(np.float32) for length in lengths]
    return [{"input": Sequences(x, np.array([len(x)]))} for x in given]


@needs_compiler
@pytest.mark.parametrize("reads", ["each step", "last step", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_cell_answers_to_the_bit(tmp_path, bidirectional, reads):
    graph = side_by_side(layers(bidirectional=bidirectional), reads)
    done = export(graph, tmp_path / "out", given=rows(), int8=True, activations=calibrated(graph, rows()))
    assert done.sources.streams == (not bidirectional)
    assert done.difference is not None
    assert done.difference <= (1e-6 if reads == "mean" else 0)  # a mean is of floating numbers
    assert 1e-4 < done.rounding < 0.1


@needs_compiler
def test_a_planted_fault_is_seen(tmp_path, monkeypatch):
    graph = side_by_side([trained(nn.LSTM(FEATURES, 4))])
    steps = calibrated(graph, rows())
    monkeypatch.setattr("elman.export.c.layers.STATE_STEP", 2.0**-14)  # as whoever scales the state otherwise
    with pytest.raises(ExportError, match="answers otherwise than the network"):
        export(graph, tmp_path / "out", int8=True, activations=steps)


@needs_compiler
def test_it_says_the_same_on_another_machine(tmp_path):
    compiler, runner = shutil.which("arm-linux-gnueabihf-gcc"), shutil.which("qemu-arm")
    if compiler is None or runner is None:
        pytest.skip("there is no arm-linux-gnueabihf-gcc with qemu-arm")
    graph = side_by_side(layers())
    export(graph, tmp_path / "out", name="tiny", int8=True, activations=calibrated(graph, rows()))
    there = proof.prove(tmp_path / "out", "tiny", compiler=compiler, runner=[runner], flags=["-static"])
    assert there == 0


@needs_compiler
def test_embeddings_are_read_in_whole_numbers(tmp_path):
    g, weight = Writer(), np.random.default_rng(0).normal(size=(9, 16)).astype(np.float32)
    y, *_ = trained(nn.GRU(16, 6)).write(g, g.add(Embed(weight), g.input("input", "int64")))
    graph, ids = g.graph(scores=y), np.arange(9)
    given = [{"input": Sequences(ids, np.array([9]))}]
    (step,) = calibrated(graph, given)
    assert step == pytest.approx(float(np.abs(weight).max()) / 32767)
    assert export(graph, tmp_path / "out", given=given, int8=True, activations=[step]).difference == 0


def test_it_stays_near_the_network():
    """Trained networks of 8 bits lose little; here of random weights, on inputs that the step was found on."""
    for layer in layers():
        graph = side_by_side([layer])
        whole = rounded(graph, calibrated(graph, rows()))
        apart = [graph(row)["scores"].values - whole(row)["scores"].values for row in rows()]
        assert np.sqrt(np.mean(np.concatenate(apart) ** 2)) < 0.004


def test_long_sequences_keep_their_memory():
    """A forget gate of 1 can't be: no sum grows beyond int32, however long the sequence."""
    lstm: Any = nn.LSTM(1, 1)
    with torch.no_grad():
        for parameter in lstm.parameters():
            parameter.fill_(0.0)
        lstm.bias_ih_l0.fill_(40.0)  # all gates open, and a candidate of 1
    g = Writer()
    y, *_ = lstm.write(g, g.input("input", "float32", 1))
    x = np.ones((70_000, 1), np.float32)
    given = {"input": Sequences(x, np.array([len(x)]))}
    found = rounded(g.graph(scores=y), [1 / 32767])(given)["scores"].values
    assert found.min() > 0.7 and found.max() <= 1


def test_functions_are_near_their_exact_values():
    x = np.arange(-20 * ONE, 20 * ONE, 7)
    exact = 1 / (1 + np.exp(-x / ONE)), np.tanh(x / ONE)
    for found, expected, most in zip((Fixed(x).sigmoid(), Fixed(x).tanh()), exact, (7e-5, 1.4e-4), strict=True):
        assert np.abs(found.numbers / ONE - expected).max() < most
        assert np.abs(found.numbers).max() < ONE


def test_numbers_are_rounded_to_the_nearest():
    x = np.array([-7, -5, -3, 0, 3, 5, 7])
    assert divided(x, 2).tolist() == [-4, -3, -2, 0, 2, 3, 4]
    given: NDArray[np.float32] = np.array([np.nan, 1e9, -1e9, 0.74, -0.76, np.inf], np.float32)
    assert as_int16(given, 0.5).tolist() == [0, 32767, -32767, 1, -2, 32767]


@pytest.mark.parametrize(
    ("layer", "why"),
    [(nn.RNN(FEATURES, 3, nonlinearity="relu"), "isn't kept between -1 and 1"), (None, "has no recurrent layer")],
)
def test_what_cant_be_is_refused(layer, why):
    g = Writer()
    x = g.input("input", "float32", FEATURES)
    graph = g.graph(scores=x if layer is None else layer.write(g, x)[0])
    with pytest.raises(ExportError, match=f"{why}.*Leave them out"):
        calibrated(graph, rows())


def test_what_stands_before_must_be_exact():
    g, ones = Writer(), np.ones(FEATURES, np.float32)
    y, *_ = nn.GRU(FEATURES, 3).write(g, g.add(LayerNorm(ones, ones), g.input("input", "float32", FEATURES)))
    with pytest.raises(ExportError, match="layer_norm, whose floating numbers differ"):
        calibrated(g.graph(scores=y), rows())


def test_rows_must_say_how_large_inputs_are():
    graph = side_by_side(layers()[:1])
    for given in ([], rows(1)):
        with pytest.raises(ExportError, match="rows of data"):
            calibrated(graph, given)


def test_weights_that_are_too_large():
    gru: Any = nn.GRU(FEATURES, 3)
    torch.nn.init.constant_(gru.weight_hh_l0, 1e5)
    graph = side_by_side([gru])
    whole = rounded(graph, calibrated(graph, rows()))
    with pytest.raises(ExportError, match="too large"):
        whole(rows()[3])
