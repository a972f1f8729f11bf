"""Whole networks in ONNX Runtime give what torch gives, and what differs from it isn't written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from conftest import assert_close
from elman.errors import BundleError, ExportError
from elman.export.inputs import made
from elman.export.onnx import export, models_of
from elman.export.onnx.operators import EMITTERS
from elman.export.onnx.proof import Session, begun, carried, prove
from elman.graph import elementwise
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.ensemble import Ensemble
from elman.models.forecaster import Forecaster
from elman.models.many_to_many import ManyToMany, language_model
from elman.models.many_to_one import ManyToOne
from elman.models.network import Network
from elman.models.one_to_many import OneToMany, shift
from elman.models.one_to_one import OneToOne
from elman.models.record import RecordEncoder, SequenceReader, StepByStep
from elman.nn.encoders import (
    HorizonEncoder,
    NamesEncoder,
    RowEncoder,
    Spelling,
    TokenEmbedding,
    ValueEmbedding,
    VectorEncoder,
    WindowEncoder,
    Windows,
    WordEmbedding,
    Words,
)
from elman.nn.heads import ClassHead, CRFTagHead, ForecastHead, StepNumberHead
from elman.nn.pictures import FrameByFrame, PictureEncoder, PictureRows
from elman.nn.signals import SignalEncoder
from elman.nn.sound import FrameEncoder
from elman.ragged import Ragged
from elman.sequences import Sequences

LENGTHS = np.array([3, 0, 63, 1, 2])
TOKENS = 20


@pytest.fixture(autouse=True)
def drawn() -> None:
    torch.manual_seed(0)


def trained(network: Network) -> Network:
    """A network outside training whose weights are all far from where they started."""
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    for name, buffer in network.named_buffers():
        if name.endswith(("running_mean", "preference")):
            buffer.normal_()
    return network.eval()


def sessions(network: Network) -> dict[str, Session]:
    return {name: Session(*written) for name, written in models_of(network.write(), {}).items()}


def ragged(x: Any) -> Any:
    return (
        Ragged(torch.from_numpy(x.values), torch.from_numpy(x.lengths))
        if isinstance(x, Sequences)
        else torch.from_numpy(x)
    )


def classes(size: int) -> ClassHead:
    return ClassHead(size, 4)


def signals() -> ManyToOne:
    encoder = SignalEncoder(VectorEncoder(5), 6, convolutions=2, kernel=5)
    return ManyToOne(encoder, classes, hidden_size=7, pooling="last+max+mean")


def picture(**options: Any) -> PictureEncoder:
    return PictureEncoder((3, 21, 14), [100.0] * 3, [50.0] * 3, 10, filters=4, **options)


def forecaster(**options: Any) -> Network:
    horizon = HorizonEncoder(2, 5, 2, 8, 4)
    head: Callable[[int], ForecastHead] = lambda size: ForecastHead(size, 2, (0.1, 0.9))  # noqa: E731
    return Forecaster(WindowEncoder(3, 2, 8), horizon, head, hidden_size=7, **options)


def spelled(inputs: dict[str, Any]) -> Words:
    parts = {name.removeprefix("spelling."): ragged(value) for name, value in inputs.items() if name != "ids"}
    return Words(ragged(inputs["ids"]), Spelling(parts["index"], parts.get("letters"), parts.get("pieces")))


def windows(inputs: dict[str, Any]) -> Windows:
    given = {name: ragged(value) for name, value in inputs.items()}
    return Windows(base=given["pattern"], scale=given["pattern"][:, 0], **given)


def one(inputs: dict[str, Any]) -> Any:
    return ragged(inputs["input"])


def words(inputs: dict[str, Any]) -> Words:
    return Words(ragged(inputs["ids"]))


def record(pair: bool) -> Network:
    readers: list[Any] = [SequenceReader(TokenEmbedding(TOKENS, 8), hidden_size=5, pooling="last+max")]
    spells = WordEmbedding(TokenEmbedding(TOKENS, 8), pieces=30)
    readers += [] if pair else [SequenceReader(spells, hidden_size=5)]
    readers += [NamesEncoder(6, 4), RowEncoder(2, [3, 40])]
    encoder = RecordEncoder(readers, [0, 0, 1, 2] if pair else [0, 1, 2, 3], pair=pair)
    return OneToOne(encoder, ClassHead(6, 2), hidden_size=6)


def parts(inputs: dict[str, Any]) -> tuple[Any, ...]:
    own = [{name[2:]: value for name, value in inputs.items() if name.startswith(f"{part}.")} for part in range(4)]
    second = spelled(own[1]) if len(own[1]) > 1 else words(own[1])
    return words(own[0]), second, ragged(inputs["2"]), (ragged(own[3]["0"]), ragged(own[3]["1"]))


def of_steps_of_records() -> Network:
    steps = StepByStep(RecordEncoder([NamesEncoder(6, 4), RowEncoder(2, [3, 40])], [0, 1]))
    return ManyToOne(steps, classes, hidden_size=7, pooling="last+mean+inputs")


def steps_of_records(inputs: dict[str, Any]) -> Any:
    return ragged(inputs["0"]), (ragged(inputs["1.0"]), (ragged(inputs["1.1.0"]), ragged(inputs["1.1.1"])))


NETWORKS: dict[str, tuple[Callable[[], Network], Callable[[dict[str, Any]], Any]]] = {
    **{
        f"many to one, {cell}, {pooling}": (
            lambda cell=cell, pooling=pooling: ManyToOne(
                VectorEncoder(5, differences=True), classes, hidden_size=7, num_layers=2, cell=cell, pooling=pooling
            ),
            one,
        )
        for cell in ("rnn", "lstm", "gru")
        for pooling in ("last", "mean+max+inputs", "attention")
    },
    "aligned tags": (
        lambda: ManyToMany(VectorEncoder(5), lambda n: CRFTagHead(n, ["O", "B-a", "I-a"]), hidden_size=6),
        one,
    ),
    "aligned tags of spelled words": (
        lambda: ManyToMany(
            WordEmbedding(TokenEmbedding(TOKENS, 8), letters=12, pieces=30, piece_size=3),
            lambda n: CRFTagHead(n, ["O", "B-a", "I-a"]),
            hidden_size=6,
        ),
        spelled,
    ),
    "language model": (lambda: language_model(TokenEmbedding(TOKENS, 8), TOKENS, hidden_size=9, num_layers=2), words),
    "one to one": (
        lambda: OneToOne(RowEncoder(3, [3, 40]), ClassHead(6, 2), hidden_size=6, num_layers=2),
        lambda inputs: (ragged(inputs["0"]), ragged(inputs["1"])),
    ),
    "record": (lambda: record(pair=False), parts),
    "pair of texts": (lambda: record(pair=True), parts),
    "records, step by step": (of_steps_of_records, steps_of_records),
    "picture": (lambda: OneToOne(picture(), ClassHead(6, 2), hidden_size=6, num_layers=1), one),
    "rows of pictures": (lambda: ManyToOne(PictureRows((3, 4, 5), [1.0] * 3, [4.0] * 3), classes, hidden_size=7), one),
    "clips": (lambda: ManyToOne(FrameByFrame(picture(changes=True)), classes, hidden_size=7), one),
    "sound": (
        lambda: ManyToMany(FrameEncoder([0.1] * 5, [2.0] * 5, 6, subsampling=4), StepNumberHead, hidden_size=6),
        one,
    ),
    "signals": (lambda: Ensemble([signals(), signals()]), one),
    "forecasts": (lambda: Ensemble([forecaster(recurrent=True), forecaster(recurrent=True)]), windows),
    "forecasts at once": (lambda: forecaster(recurrent=False, from_last=True), windows),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_answer_as_in_torch(name: str):
    make, tensors = NETWORKS[name]
    network = trained(make())
    session = sessions(network)["scores"]
    graph = session.layout.graph
    inputs = made(graph, LENGTHS, np.random.default_rng(0))
    given: dict[str, Any] = {input.name: inputs[input.name] for input in graph.inputs if input.form != "state"}
    with torch.no_grad():
        expected = network(tensors(given))
    expected = expected[0] if isinstance(expected, tuple) else expected
    found = session.layout.read(session(given)["scores"], graph(given)["scores"])
    assert_close(torch.from_numpy(found), expected.values if isinstance(expected, Ragged) else expected)


def test_a_language_model_reads_on_as_in_torch():
    """As a whole, then step by step, with the state carried."""
    network: Any = trained(language_model(TokenEmbedding(TOKENS, 8), TOKENS, hidden_size=9, num_layers=2))
    session, state, carried_on = sessions(network)["scores"], None, {}
    for lengths in (LENGTHS, LENGTHS[::-1].copy(), np.ones(5, np.int64), np.ones(5, np.int64)):
        ids = Sequences(np.random.default_rng(0).integers(TOKENS, size=int(lengths.sum())), lengths)
        with torch.no_grad():
            expected, state = network(Words(ragged(ids)), state)
        found = session({"ids": ids, **carried_on})
        carried_on = {name: found[name] for name in ("h", "c")}
        assert_close(torch.from_numpy(found["scores"][ids.sequence_ids, ids.positions]), expected.values)
        for name, part in zip(("h", "c"), state, strict=True):
            assert_close(torch.from_numpy(found[name]), part)


def step_by_step(network: Any, inputs: dict[str, Any], previous: Sequences) -> NDArray[np.float32]:
    """Log-probabilities ``[N, V]`` after each token of each row."""
    models = sessions(network)
    write, source = models["write"], models["read"](inputs)
    state = begun(write.layout, source, np.arange(len(previous)))
    found = np.full((len(previous.values), TOKENS), np.nan, np.float32)
    for t in range(int(previous.lengths.max())):
        there = t < previous.lengths
        at = previous.offsets[there] + t
        token = np.zeros(len(previous), np.int64)  # rows that have ended go on with anything
        token[there] = previous.values[at]
        after = write({**state, "token": Sequences(token, np.ones(len(token), np.int64))})
        state |= carried(write.layout.graph, after)
        found[at] = after["scores"][there]
    return found


TARGET = Sequences(np.array([3, 1, 4, 1, 5, 9, 2, 6, 5]), np.array([2, 0, 4, 1, 2]))


@pytest.mark.parametrize(
    ("attention", "copy", "layers"), [("dot", True, 2), ("additive", False, 2), ("none", False, 1)]
)
def test_encoder_decoders_write_as_in_torch(attention: str, copy: bool, layers: int):
    options: dict[str, Any] = {"attention": attention, "copy": copy, "num_layers": layers}
    network: Any = trained(
        EncoderDecoder(TokenEmbedding(TOKENS, 8), TOKENS, embedding_size=8, hidden_size=10, **options)
    )
    inputs = made(network.write()["read"], LENGTHS, np.random.default_rng(0))
    with torch.no_grad():
        expected = network(words(inputs), ragged(TARGET)).values
    previous = shift(ragged(TARGET), network.end)
    found = step_by_step(network, inputs, Sequences(previous.values.numpy(), TARGET.lengths))
    assert_close(torch.from_numpy(found), expected if copy else expected.log_softmax(-1))
    assert prove(models_of(network.write(), {})).largest < 1e-4


@pytest.mark.parametrize("encoder", [lambda: ValueEmbedding(4, 6), picture])
def test_one_to_many_writes_as_in_torch(encoder: Callable[[], Any]):
    network: Any = trained(OneToMany(encoder(), TOKENS, cell="gru", num_layers=2))
    inputs = made(network.write()["read"], LENGTHS, np.random.default_rng(0))
    with torch.no_grad():
        expected = network(one(inputs), ragged(TARGET)).values.log_softmax(-1)
    previous = shift(ragged(TARGET), network.end)
    found = step_by_step(network, inputs, Sequences(previous.values.numpy(), TARGET.lengths))
    assert_close(torch.from_numpy(found), expected)


# -- the folder ---------------------------------------------------------------------------------------------


def small() -> Network:
    return trained(ManyToOne(VectorEncoder(5), classes, hidden_size=7))


def test_sequences_that_come_in_pieces(tmp_path: Path):
    """After each piece the scores are those of torch for all that came until then."""
    encoder = VectorEncoder(5, differences=True)
    network = trained(ManyToOne(encoder, classes, hidden_size=7, bidirectional=False, pooling="last+mean+max+inputs"))
    session, lengths = sessions(network)["read_on"], np.array([[3, 0, 1, 2], [0, 2, 1, 0], [1, 1, 1, 63]])
    pieces = [Sequences(np.random.default_rng(int(n.sum())).normal(size=(n.sum(), 5)).astype("f"), n) for n in lengths]
    state: dict[str, Any] = {}
    for k, piece in enumerate(pieces):
        found = session({"input": piece, **state})
        state = carried(session.layout.graph, found)
        until_now = Sequences.of(
            [np.concatenate(parts) for parts in zip(*pieces[: k + 1], strict=True)], piece.values[:0]
        )
        with torch.no_grad():
            assert_close(torch.from_numpy(found["scores"]), network(ragged(until_now)))


def test_a_model_that_can_go_on_itself_is_one():
    written = models_of(trained(language_model(TokenEmbedding(TOKENS, 8), TOKENS, hidden_size=9)).write(), {})
    assert {*written} == {"scores"}


def test_a_folder_has_the_model_and_says_what_it_takes(tmp_path: Path):
    proof = export(small().write(), {"labels": ["a", "b", "ü", "d"]}, tmp_path / "out")
    assert 0 < proof.largest < 1e-5
    model = onnx.load(tmp_path / "out" / "model.onnx")
    assert model.ir_version == 8
    assert [opset.version for opset in model.opset_import] == [17]
    assert {item.key: item.value for item in model.metadata_props} == {"elman.labels": '["a", "b", "\\u00fc", "d"]'}
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| input | `input` | float32 | batch, length, 5 |" in card
    assert "| output | `scores` | float32 | batch, 4 |" in card
    assert f"{proof.largest:.1e}" in card


def test_an_empty_batch_and_sequences_of_no_steps_return(tmp_path: Path):
    """ONNX Runtime's recurrent operators abort the process of an empty batch."""
    export(small().write(), {}, tmp_path / "out")
    session = onnxruntime.InferenceSession(tmp_path / "out" / "model.onnx", providers=["CPUExecutionProvider"])
    for rows, steps in ((0, 0), (0, 3), (3, 0)):
        given = {"input": np.zeros((rows, steps, 5), np.float32), "lengths": np.zeros(rows, np.int64)}
        found: Any = session.run(None, given)
        assert found[0].shape == (rows, 4)


def test_what_computes_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(
        EMITTERS, elementwise.Linear, lambda b, op, x: b.add("MatMul", x, b.weight(1.01 * op.weight.T, "w"))
    )
    with pytest.raises(ExportError, match="computes something else"):
        export(small().write(), {}, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_damaged_graph_is_refused(tmp_path: Path):
    graph = small().write()["scores"]
    nodes, last = graph.nodes[:-1], graph.nodes[-1]
    assert isinstance(last.operator, elementwise.Linear)
    damaged = replace(last, operator=replace(last.operator, weight=last.operator.weight[:, :-1]))
    with pytest.raises(BundleError):
        export({"scores": replace(graph, nodes=(*nodes, damaged))}, {}, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_no_rows_prove_nothing(tmp_path: Path):
    with pytest.raises(ExportError, match="no rows"):
        export(small().write(), {}, tmp_path / "out", given=[])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="left alone"):
        export(small().write(), {}, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
