"""Every encoder, head and architecture written down as a graph gives what the torch module gives."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from conftest import assert_close
from elman.errors import BundleError, ShapeError
from elman.graph import Graph, Writer
from elman.models.encoder_decoder import EncoderDecoder
from elman.models.ensemble import Ensemble
from elman.models.forecaster import Forecaster
from elman.models.many_to_many import ManyToMany, language_model
from elman.models.many_to_one import ManyToOne
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
    WindowEmbedding,
    WindowEncoder,
    Windows,
    WordEmbedding,
    Words,
)
from elman.nn.heads import ClassHead, CRFTagHead, ForecastHead, StepNumberHead
from elman.nn.pictures import FrameByFrame, PictureEncoder, PictureRows
from elman.nn.pretrained import PretrainedTable
from elman.nn.signals import SignalEncoder
from elman.nn.sound import FrameEncoder
from elman.ragged import Ragged
from elman.sequences import Sequences

LENGTHS = np.array([3, 0, 63, 1, 2])
TOKENS = 20


def trained(module: Any) -> Any:
    """A module outside training whose weights are all far from where they started."""
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    for name, buffer in module.named_buffers():
        if name.endswith(("running_mean", "preference")):
            buffer.normal_()
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    return module.eval()


@pytest.fixture(autouse=True)
def drawn() -> None:
    torch.manual_seed(0)


def tokens(lengths: NDArray[np.int64] = LENGTHS, count: int = TOKENS) -> Sequences:
    return Sequences(torch.randint(count, (int(lengths.sum()),)).numpy(), lengths)


def vectors(size: int, lengths: NDArray[np.int64] = LENGTHS) -> Sequences:
    return Sequences(torch.randn(int(lengths.sum()), size).numpy(), lengths)


def pixels(count: int, *shape: int) -> NDArray[np.uint8]:
    return torch.randint(256, (count, *shape), dtype=torch.uint8).numpy()


def ragged(x: Sequences) -> Ragged:
    return Ragged(torch.from_numpy(x.values), torch.from_numpy(x.lengths))


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, Ragged):
        assert found.lengths.tolist() == expected.lengths.tolist()
        found, expected = found.values, expected.values
    assert_close(torch.from_numpy(np.ascontiguousarray(found)), expected.detach())


def scores(network: Any, **inputs: Any) -> Any:
    return network.write()["scores"](inputs)["scores"]


# -- what reads ---------------------------------------------------------------------------------------------


def written(module: Any, inputs: dict[str, Any]) -> Any:
    g = Writer()
    return g.graph(y=module.write(g))(inputs)["y"]


@pytest.mark.parametrize("differences", [False, True])
def test_vectors(differences: bool):
    x = vectors(5)
    encoder = VectorEncoder(5, differences=differences)
    same(written(encoder, {"input": x}), encoder(ragged(x)))


@pytest.mark.parametrize("convolutions", [1, 3])
def test_signals(convolutions: int):
    vectors_first = VectorEncoder(5, differences=True)
    encoder, x = trained(SignalEncoder(vectors_first, 6, convolutions=convolutions, kernel=5)), vectors(5)
    same(written(encoder, {"input": x}), encoder(ragged(x)))


@pytest.mark.parametrize("options", [{"pieces": 30}, {"pieces": 30, "piece_size": 3}, {"letters": 12}, {}])
def test_words_by_their_spelling(options: dict[str, Any]):
    encoder = trained(WordEmbedding(TokenEmbedding(TOKENS, 8), character_size=4, **options))
    inside = np.array([0, 1, 2, 5, 3, 4, 7, 1, 2])
    ids, letters, pieces = tokens(), tokens(inside, 12), tokens(inside, 30)
    index = torch.randint(len(inside), (len(ids.values),))
    spelling = Spelling(index, ragged(letters), ragged(pieces))
    inputs = {"ids": ids, "spelling.index": index.numpy(), "spelling.letters": letters, "spelling.pieces": pieces}
    same(written(encoder, inputs), encoder(Words(ragged(ids), spelling)))


@pytest.mark.parametrize("mixed", [False, True])
def test_given_vectors(mixed: bool):
    places = torch.tensor([-1, 2, 0, *[1, -1] * TOKENS])[:TOKENS]
    table = PretrainedTable(torch.randn(3, 5), places, torch.eye(5, 8), seen=TOKENS - 2, mixed=mixed)
    encoder, ids = trained(TokenEmbedding(TOKENS, 8, table=table)), tokens()
    same(written(encoder, {"ids": ids}), encoder(Words(ragged(ids))))


def test_the_first_tokens():
    encoder, ids = trained(WindowEmbedding(TokenEmbedding(TOKENS, 8), 2)), tokens()
    same(written(encoder, {"ids": ids}), encoder(Words(ragged(ids))))


def test_one_value():
    encoder, values = trained(ValueEmbedding(4, 3)), torch.tensor([3, 0, 0])
    same(written(encoder, {"input": values.numpy()}), encoder(values))


@pytest.mark.parametrize("categories", [[], [3, 40]])
def test_rows(categories: list[int]):
    encoder = trained(RowEncoder(2, categories))
    numbers, chosen = torch.randn(5, 2), torch.randint(3, (5, len(categories)))
    same(written(encoder, {"0": numbers.numpy(), "1": chosen.numpy()}), encoder((numbers, chosen)))


def record(pair: bool = False) -> tuple[RecordEncoder, dict[str, Any], tuple[Any, ...]]:
    """Two texts, several names and a row: an encoder, its inputs by name, and the same as modules take them."""
    first, second = (
        SequenceReader(TokenEmbedding(TOKENS, 8), cell="gru", hidden_size=5, pooling="last+max+inputs")
        for _ in range(2)
    )
    which = [0, 0, 1, 2] if pair else [0, 1, 2, 3]
    readers = [first, *([] if pair else [second]), NamesEncoder(6, 4), RowEncoder(2, [3, 40])]
    texts, names = [tokens(), tokens(LENGTHS[::-1].copy())], tokens(np.array([2, 0, 0, 1, 3]), 6)
    numbers, chosen = torch.randn(5, 2), torch.randint(3, (5, 2))
    given = {"0.ids": texts[0], "1.ids": texts[1], "2": names, "3.0": numbers.numpy(), "3.1": chosen.numpy()}
    batch = (*(Words(ragged(ids)) for ids in texts), ragged(names), (numbers, chosen))
    return trained(RecordEncoder(readers, which, pair=pair)), given, batch


@pytest.mark.parametrize("pair", [False, True])
def test_records(pair: bool):
    encoder, given, batch = record(pair)
    same(written(encoder, given), encoder(batch))
    network = trained(OneToOne(encoder, ClassHead(6, 2), hidden_size=6))
    same(scores(network, **given), network(batch))


def test_records_one_after_another():
    record = RecordEncoder([RowEncoder(2, [3, 40])], [0], hidden=7)
    encoder, steps = trained(StepByStep(record)), tokens(np.array([2, 0, 1, 63]))
    numbers, chosen = torch.randn(66, 2), torch.randint(3, (66, 2))
    given = {"0": steps, "1.0.0": numbers.numpy(), "1.0.1": chosen.numpy()}
    batch = (ragged(steps), ((numbers, chosen),))
    same(written(encoder, given), encoder(batch))
    network = trained(
        ManyToOne(encoder, lambda size: ClassHead(size, 2), cell="gru", hidden_size=6, pooling="last+mean")
    )
    same(scores(network, **given), network(batch))


def test_a_pair_is_compared_as_infersent_does():
    encoder, _, batch = record(pair=True)
    u, v = (encoder.parts.of(place)(batch[place]) for place in (0, 1))
    found = encoder(batch)
    assert encoder.output_size == found.shape[1] == 4 * u.shape[1] + 4 + 2 + 3 + 16 + 64
    start = sum(encoder.sizes)
    assert start == 2 * u.shape[1] + 4 + 2 + 3 + 16
    assert torch.equal(found[:, start:-64], torch.cat([(u - v).abs(), encoder.scale * (u * v)], 1))
    assert encoder.values is not None
    values = encoder.values(found[:, 2 * u.shape[1] : start])
    assert torch.equal(found[:, -64:], values)


@pytest.mark.parametrize("shape", [(3, 41, 30), (1, 28, 28), (1, 7, 5)])
def test_pictures_as_one_and_by_places(shape: tuple[int, int, int]):
    encoder = trained(PictureEncoder(shape, [100.0] * shape[0], [50.0] * shape[0], 10, filters=4))
    pictures = pixels(3, *shape)
    whole, places = encoder.look(torch.from_numpy(pictures))
    same(written(encoder, {"input": pictures}), whole)
    g = Writer()
    one, looked_at = encoder.write_look(g)
    found = g.graph(one=one, places=looked_at)({"input": pictures})
    same(found["one"], whole)
    same(found["places"], places)


def test_frames_of_clips():
    clips = Sequences(pixels(9, 3, 40, 30), np.array([3, 0, 5, 1]))
    for changes in (False, True):
        pictures = PictureEncoder((3, 40, 30), [100.0] * 3, [50.0] * 3, 10, filters=4, changes=changes)
        encoder = trained(FrameByFrame(pictures))
        same(written(encoder, {"input": clips}), encoder(ragged(clips)))


def test_rows_of_pictures():
    encoder, pictures = PictureRows((3, 4, 5), [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).eval(), pixels(2, 3, 4, 5)
    same(written(encoder, {"input": pictures}), encoder(torch.from_numpy(pictures)))


@pytest.mark.parametrize("subsampling", [1, 2, 4])
def test_sound(subsampling: int):
    encoder, x = trained(FrameEncoder([0.1] * 5, [2.0] * 5, 6, subsampling=subsampling)), vectors(5)
    same(written(encoder, {"input": x}), encoder(ragged(x)))


# -- what answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mgu"])
@pytest.mark.parametrize("pooling", ["last", "mean+max+inputs", "attention"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_many_to_one(cell: str, pooling: str, bidirectional: bool):
    options: dict[str, Any] = {"cell": cell, "pooling": pooling, "bidirectional": bidirectional}
    network = trained(
        ManyToOne(VectorEncoder(5), lambda size: ClassHead(size, 4), hidden_size=7, num_layers=2, **options)
    )
    x = vectors(5)
    same(scores(network, input=x), network(ragged(x)))


def test_one_to_one():
    network = trained(OneToOne(RowEncoder(3, []), ClassHead(6, 2), hidden_size=6, num_layers=2))
    x = torch.randn(5, 3)
    same(scores(network, **{"0": x.numpy(), "1": np.zeros((5, 0), np.int64)}), network((x, x[:, :0].long())))


@pytest.mark.parametrize("head", [lambda n: CRFTagHead(n, ["O", "B-a", "I-a"]), StepNumberHead])
def test_aligned(head: Any):
    network, x = trained(ManyToMany(VectorEncoder(5), head, hidden_size=6)), vectors(5)
    same(scores(network, input=x), network(ragged(x))[0])


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mgu"])
@pytest.mark.parametrize("project", [True, False])
def test_language_model_reads_on(cell: str, project: bool):
    """As a whole, in pieces, and step by step, with the state carried."""
    network = trained(
        language_model(TokenEmbedding(TOKENS, 8), TOKENS, cell=cell, hidden_size=9, num_layers=2, tied=project)
    )
    graph, names = network.write()["scores"], network.stack.rnn.spec.states
    state, carried = None, {}
    for lengths in (LENGTHS, LENGTHS[::-1].copy(), np.ones(5, np.int64), np.ones(5, np.int64)):
        ids = tokens(lengths)
        expected, state = network(Words(ragged(ids)), state)
        found = graph({"ids": ids, **carried})
        carried = {name: found[name] for name in names}
        same(found["scores"], expected)
        for name, part in zip(names, state, strict=True):
            same(found[name], part)


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("from_last", [False, True])
@pytest.mark.parametrize("features", [0, 2])
def test_forecasts(recurrent: bool, from_last: bool, features: int):
    def forecaster() -> Forecaster:
        return Forecaster(
            WindowEncoder(3, 2, 8),
            HorizonEncoder(features, 5, 2, 8, 4),
            lambda size: ForecastHead(size, 2, (0.1, 0.9)),
            recurrent=recurrent,
            from_last=from_last,
            hidden_size=7,
        )

    network = trained(Ensemble([forecaster(), forecaster()]))
    windows = Windows(
        Ragged(torch.randn(24, 3), torch.full((4,), 6)),
        base=torch.randn(4, 5),
        scale=torch.rand(4),
        pattern=torch.randn(4, 5),
        ahead=torch.randn(4, 5, features),
        columns=torch.tensor([0, 3, 3, 1]),
    )
    inputs = {name: getattr(windows, name).numpy() for name in ("pattern", "ahead", "columns")}
    steps = Sequences(windows.steps.values.numpy(), windows.steps.lengths.numpy())
    same(scores(network, steps=steps, **inputs), network(windows))


# -- what writes --------------------------------------------------------------------------------------------

TARGET = np.array([2, 0, 4, 1, 2])


def step_by_step(network: Any, inputs: dict[str, Any], previous: Ragged) -> NDArray[np.float32]:
    """Log-probabilities ``[N, V]`` after each token, by the graphs ``read`` and ``write``."""
    graphs, states = network.write(), [name for name in ("h", "c") if name in network.write()["read"].outputs]
    source = graphs["read"](inputs)
    state = {name: source.pop(name) for name in states}
    if "tokens" in source:
        state["runs"] = np.zeros_like(source["tokens"])
    found = np.full((len(previous.values), TOKENS), np.nan, np.float32)
    for t in range(int(TARGET.max())):
        rows = np.flatnonzero(t < TARGET)
        at = previous.offsets.numpy()[rows] + t
        own = {name: part[rows] if name == "runs" else part[:, rows] for name, part in state.items()}
        token = Sequences(previous.values.numpy()[at], (t < TARGET).astype(np.int64))
        after = graphs["write"]({"token": token, **source, **own})
        found[at] = after["scores"].values
        for name, part in state.items():
            part[(rows if name == "runs" else (slice(None), rows))] = after[name]
    return found


@pytest.mark.parametrize("attention", ["dot", "additive", "none"])
@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_encoder_decoder(attention: str, copy: bool, layers: int):
    if copy and attention == "none":
        pytest.skip("there is nothing to copy by")
    options: dict[str, Any] = {"attention": attention, "copy": copy, "num_layers": layers}
    encoder = TokenEmbedding(TOKENS, 8)
    network = trained(EncoderDecoder(encoder, TOKENS, embedding_size=8, hidden_size=10, **options))
    ids, target = tokens(), ragged(tokens(TARGET))
    expected = network(Words(ragged(ids)), target).values
    found = step_by_step(network, {"ids": ids}, shift(target, network.end))
    same(found, expected if copy else expected.log_softmax(-1))


@pytest.mark.parametrize("feed", ["back", "repeat"])
def test_one_to_many(feed: str):
    network = trained(OneToMany(ValueEmbedding(4, 6), TOKENS, cell="gru", num_layers=2, feed=feed))
    values, target = torch.tensor([3, 0, 0, 1, 2]), ragged(tokens(TARGET))
    expected = network(values, target).values.log_softmax(-1)
    same(step_by_step(network, {"input": values.numpy()}, shift(target, network.end)), expected)


def test_a_caption_looks_at_places():
    encoder = PictureEncoder((1, 40, 30), [100.0], [50.0], 10, filters=4)
    network, pictures = trained(OneToMany(encoder, TOKENS)), pixels(5, 1, 40, 30)
    target = ragged(tokens(TARGET))
    expected = network(torch.from_numpy(pictures), target).values.log_softmax(-1)
    same(step_by_step(network, {"input": pictures}, shift(target, network.end)), expected)


# -- as data ------------------------------------------------------------------------------------------------


def kept(graph: Graph) -> tuple[Any, dict[str, NDArray[Any]]]:
    """A graph as JSON that went through text, and its weights by name."""
    weights: dict[str, NDArray[Any]] = {}

    def keep(array: NDArray[Any]) -> str:
        name = str(len(weights))
        weights[name] = array.copy()
        return name

    return json.loads(json.dumps(graph.to_json(keep))), weights


def small() -> tuple[Any, Sequences]:
    network = trained(ManyToOne(VectorEncoder(5), lambda size: ClassHead(size, 4), hidden_size=7, num_layers=2))
    return network, vectors(5)


def test_a_graph_comes_back_from_json():
    network, x = small()
    record, weights = kept(network.write()["scores"])
    same(Graph.from_json(record, weights.__getitem__)({"input": x})["scores"], network(ragged(x)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record["nodes"][0].update(operator="unheard_of"),
        lambda record: record["nodes"][0].pop("cell"),
        lambda record: record["nodes"][0].update(more=1),
        lambda record: record["nodes"][1].update(inputs=["nothing"]),
        lambda record: record.update(outputs={"scores": "nothing"}),
        lambda record: record.pop("inputs"),
        lambda record: record["inputs"][0].update(shape=3),
    ],
)
def test_a_damaged_graph_is_refused(damage: Any):
    record, weights = kept(small()[0].write()["scores"])
    damage(record)
    with pytest.raises(BundleError):
        Graph.from_json(record, weights.__getitem__)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"input": vectors(4)},
        {"input": vectors(5).values},
        {"input": Sequences(np.zeros((69, 5)), LENGTHS)},
    ],
)
def test_inputs_of_another_form_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ShapeError, match="input"):
        small()[0].write()["scores"](wrong)
