"""A network written in C gives what its graph gives, and what torch gives."""

from __future__ import annotations

import ctypes
import dataclasses
import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from elman import nn
from elman.cells import Cell, Rows
from elman.decoding.viterbi import Chain, best_paths
from elman.errors import ExportError
from elman.export.around import SCORES, ReadOut, from_raw, observed
from elman.export.c import export, proof
from elman.export.c.cells import cell_in_c
from elman.export.c.functions import LARGEST_ERROR, OWN, source_of
from elman.export.c.operators import IN_C
from elman.export.c.reads import numbers_of
from elman.export.c.rounding import rounded
from elman.export.c.source import Sources, write_sources
from elman.graph import Graph, Node, Writer, inputs_of
from elman.graph.elementwise import Activation, Add, Concat, LayerNorm, Linear, LogSoftmax, Mean, Standardise
from elman.graph.pictures import Convolution, Flatten, TimeConvolution
from elman.graph.pooling import AttentionPool, Pool
from elman.graph.recurrence import Recurrent
from elman.graph.series import Segments
from elman.graph.tokens import Window
from elman.kinds import RecordsKind, RowKind, SeriesKind, VectorKind
from elman.kinds.series import Series
from elman.models.ensemble import Ensemble
from elman.models.forecaster import Forecaster
from elman.models.many_to_many import ManyToMany, language_model
from elman.models.many_to_one import ManyToOne
from elman.models.one_to_one import OneToOne
from elman.models.record import RecordEncoder, SequenceReader, StepByStep
from elman.nn.encoders import (
    HorizonEncoder,
    NamesEncoder,
    RowEncoder,
    TokenEmbedding,
    VectorEncoder,
    WindowEncoder,
    WordEmbedding,
)
from elman.nn.heads import ClassHead, CRFTagHead, ForecastHead, SeveralHead, TagHead
from elman.nn.pictures import FrameByFrame, PictureEncoder
from elman.nn.signals import SignalEncoder
from elman.nn.sound import FrameEncoder
from elman.ragged import Ragged
from elman.sequences import Sequences
from rocket import drawn_patterns, shares_by_torch

COMPILER = proof.compiler() or ""
needs_compiler = pytest.mark.skipif(not COMPILER, reason="there is no C compiler")
LENGTHS = 0, 1, 2, 63
TOKENS = 20


@pytest.fixture(autouse=True)
def drawn() -> None:
    torch.manual_seed(0)


def trained(module: Any) -> Any:
    """A module outside training whose weights are all far from where they started."""
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return module.eval()


def random(*shape: int) -> NDArray[np.float32]:
    return torch.randn(*shape).numpy()


def compiled(folder: Path, sources: Sources) -> ctypes.CDLL:
    """The program as a library. It compiles without a warning, and needs memcpy and memset alone."""
    for file, text in (("h", sources.header), ("c", sources.source)):
        (folder / f"{sources.name}.{file}").write_text(text)
    name = sources.name
    flags = [flag for flag in proof.FLAGS if flag != "-O2"]
    subprocess.run([COMPILER, *flags, "-O1", "-fPIC", "-c", f"{name}.c"], cwd=folder, check=True)
    if shutil.which("nm"):
        needs = subprocess.run(["nm", "-u", f"{name}.o"], cwd=folder, check=True, capture_output=True, text=True)
        assert {*needs.stdout.split()} <= {"U", "memcpy", "memset", "_GLOBAL_OFFSET_TABLE_"}
    if shutil.which("size"):
        found = subprocess.run(["size", f"{name}.o"], cwd=folder, check=True, capture_output=True, text=True).stdout
        text, data, bss = map(int, found.split("\n")[1].split()[:3])
        assert sources.constants < text + data < sources.constants + 20_000  # the rest is code
        static = sources.state * (not sources.streams or "*const s = &memory" in sources.source)
        assert static * (not sources.streams) <= bss < static + 32 * 8  # each array begins at a round address
    subprocess.run([COMPILER, "-shared", f"{name}.o", "-o", f"{name}.so"], cwd=folder, check=True)
    return ctypes.CDLL(str(folder / f"{name}.so"))


class Program:
    """A compiled graph, called as a C program is."""

    def __init__(self, folder: Path, graph: Graph, read_out: ReadOut = SCORES, **options: Any):
        self.graph = graph
        self.sources = write_sources(graph, "net", read_out, **options)
        self.library = compiled(folder, self.sources)
        reads = self.reads = self.sources.reads
        self.type = np.int32 if reads.tokens else np.uint8 if reads.pixels else np.float32

    def run(self, x: NDArray[Any]) -> NDArray[np.float32] | int:
        """``[answers, outputs]``, or what it returned for an input that it refused."""
        y = np.full((len(x) + 1, self.sources.outputs), np.nan, np.float32)
        given = np.ascontiguousarray(x, self.type)
        steps = [ctypes.c_int(len(x))] if self.reads.steps else []
        answers = self.library.net_run(pointer(given), *steps, pointer(y))
        return y[:answers] if answers >= 0 else answers

    def bytes_of_state(self) -> int:
        """What ``reset`` sets to zero."""
        state = ctypes.create_string_buffer(b"\xff" * (1 << 16))
        self.library.net_reset(state)
        return state.raw.index(b"\xff")

    def step_by_step(self, x: NDArray[Any], *, seen: bool = True) -> NDArray[np.float32]:
        """The answers after each step; where none is ``seen`` before the last, that alone."""
        state = ctypes.create_string_buffer(1 << 16)
        self.library.net_reset(state)
        y = np.full((len(x), self.sources.outputs), np.nan, np.float32)
        for t, step in enumerate(np.ascontiguousarray(x, self.type)):
            given = ctypes.c_int(step) if self.reads.tokens else pointer(x[t])
            assert self.library.net_step(state, given, pointer(y[t]) if seen or t == len(x) - 1 else None) == 0
        return y if seen else y[-1:]

    def check(self, expected: Any, *, lengths: tuple[int, ...] = LENGTHS) -> None:
        """``expected(x)`` of made inputs is what it gives, as a whole, and step by step where it can."""
        for length in lengths:
            x = random(length, self.reads.inputs)
            if self.reads.tokens:
                x = torch.randint(self.reads.tokens, (length,)).numpy()
            wanted = np.asarray(expected(x))
            same(self.run(x), wanted)
            if self.sources.streams and length:
                after = self.step_by_step(x)
                same(after if self.sources.each else after[-1:], wanted)
                same(self.step_by_step(x, seen=False), wanted[-1:])

    def check_as_graph(self, **options: Any) -> None:
        (name,) = (one.name for one in self.graph.inputs if one.form != "state")

        def expected(x: NDArray[Any]) -> NDArray[Any]:
            scores = self.graph({name: Sequences(x, np.array([len(x)]))})["scores"]
            return scores.values if isinstance(scores, Sequences) else scores

        self.check(expected, **options)


def pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def same(found: Any, expected: NDArray[Any]) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def of_one(module: Any) -> Any:
    """A torch network that reads a batch as a function of one sequence ``[T, ...]``."""

    def scores(x: NDArray[Any]) -> NDArray[Any]:
        with torch.no_grad():
            found = module(Ragged(torch.from_numpy(x), torch.tensor([len(x)])))
        found = found[0] if isinstance(found, tuple) else found
        return (found.values if isinstance(found, Ragged) else found).numpy()

    return scores


# -- every cell ---------------------------------------------------------------------------------------------


def layers(**options: Any) -> list[Any]:
    """Two layers of every cell with every option."""
    made = [nn.RNN(5, 7, 2, nonlinearity=name, **options) for name in ("tanh", "relu", "sigmoid")]
    made += [cell(5, 7, 2, reset_after=after, **options) for cell in (nn.GRU, nn.MGU) for after in (True, False)]
    made += [nn.LSTM(5, 7, 2, **options), nn.LSTM(5, 3, 1, bias=False, **options)]
    return [trained(layer) for layer in made]


def side_by_side(every: list[Any]) -> Graph:
    """The outputs of layers at each step."""
    g = Writer()
    x = g.input("input", "float32", 5)
    return g.graph(scores=g.add(Concat(), *(layer.write(g, x)[0] for layer in every)))


@needs_compiler
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_cell(tmp_path, bidirectional):
    every = layers(bidirectional=bidirectional)
    program = Program(tmp_path, side_by_side(every))
    assert program.sources.streams == (not bidirectional)
    assert bidirectional or program.bytes_of_state() == program.sources.state

    def expected(x: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([of_one(lambda ragged, layer=layer: layer.unroll(ragged)[0])(x) for layer in every], 1)

    program.check(expected)


@needs_compiler
def test_swapped_gates_are_seen(tmp_path):
    """The proof itself: a program with its gates in another order isn't let through."""
    layer = trained(nn.LSTM(5, 7))
    graph = side_by_side([layer])
    sources = write_sources(graph, "net")
    cases = proof.made_cases(graph, sources, SCORES)
    swapped = sources.source.replace("in[7 + j] + of[7 + j]", "in[14 + j] + of[14 + j]")
    assert swapped != sources.source
    for text, right in ((sources.source, True), (swapped, False)):
        (tmp_path / "net.c").write_text(text)
        (tmp_path / "net.h").write_text(sources.header)
        (tmp_path / "net_test.c").write_text(proof.write_test(sources, cases))
        if right:
            assert proof.prove(tmp_path, "net", compiler=COMPILER) < 1e-5
        else:
            with pytest.raises(ExportError, match="answers otherwise"):
                proof.prove(tmp_path, "net", compiler=COMPILER)


class Doubled(Cell):
    """A cell of another package: its equations alone say what its C is."""

    name, title, rows, states = "doubled", "Doubled", (Rows("a", "a"), Rows("b", "b")), ("h", "c")

    def activate(self, input: Any, product: Any) -> tuple[Any, ...]:
        a, b = (input * 2 + product)[..., :1], (1 - product)[..., 1:]
        return a.sigmoid(), (-b).relu()

    def remember(self, values: Any, memory: Any) -> Any:
        return values[0] * memory - (values[1] - memory) / 2

    def output(self, values: Any, memory: Any) -> Any:
        return memory * memory


def test_a_cell_is_written_from_its_equations():
    assert cell_in_c(Doubled(), 3).lines == [
        "const float a_ = sigmoid_of(in[j] * 2.0f + of[j]);",
        "const float b_ = relu_of(0.0f - (1.0f - of[3 + j]));",
        "const float next_c = a_ * c[j] - (b_ - c[j]) / 2.0f;",
        "const float next_h = next_c * next_c;",
        "c[j] = next_c;",
        "h[j] = next_h;",
    ]


def test_a_cell_that_does_more_than_arithmetic_is_refused():
    class Normed(Doubled):
        def activate(self, input: Any, product: Any) -> tuple[Any, ...]:
            return (input.mean(-1),)

    with pytest.raises(ExportError, match="the cell Doubled can't be written in C"):
        cell_in_c(Normed(), 3)


# -- tags that are chosen together ---------------------------------------------------------------------------


@needs_compiler
@pytest.mark.parametrize("tags", [1, 2, 5])
def test_the_best_path(tmp_path, tags):
    """As over arrays, which is held against all paths there are; of scores in halves, so that paths tie."""
    rng = np.random.default_rng(tags)
    parts = (rng.integers(-4, 4, shape).astype(np.float32) / 2 for shape in (tags, (tags, tags), tags))
    chain = Chain(*parts)
    if tags > 2:
        chain.transitions[0, 1] = -1e4  # what may not be
    g = Writer()
    graph = g.graph(scores=g.add(Linear(random(tags, 3)), g.input("input", "float32", 3)))
    program = Program(tmp_path, graph, ReadOut("scores", tuple("abcde"[:tags]), chain=chain))
    assert "net_tags" in program.sources.header and "net_best" not in program.sources.header
    for length in (*LENGTHS, *range(3, 30)):
        scores = rng.integers(-4, 4, (length, tags)).astype(np.float32) / 2
        found, given = np.full(length + 1, -1, np.int32), scores.copy()
        program.library.net_tags(pointer(given), length, pointer(found))
        expected = best_paths(Sequences(scores, np.array([length])), chain).values
        assert found.tolist() == [*expected, -1]


# -- networks -----------------------------------------------------------------------------------------------

POOLS = "last+mean+max+attention+inputs"


@needs_compiler
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_sequence_comes_down_to_one_answer(tmp_path, bidirectional):
    network = trained(
        ManyToOne(
            VectorEncoder(5, differences=True),
            lambda size: ClassHead(size, 4),
            cell="gru",
            hidden_size=7,
            num_layers=2,
            bidirectional=bidirectional,
            pooling=POOLS,
        )
    )
    program = Program(tmp_path, network.write()["scores"], ReadOut("softmax", ("a", "é", '"', "\\")))
    scores = of_one(network)
    program.check(lambda x: torch.from_numpy(scores(x)).softmax(-1).numpy())
    assert program.library.net_best(pointer(np.array([0, 3, 5, 1], np.float32))) == 2
    labels = (ctypes.c_char_p * 4).in_dll(program.library, "net_labels")
    assert [label.decode() for label in labels] == ["a", "é", '"', "\\"]
    if bidirectional:
        assert program.run(random(129, 5)) == -1  # more steps than there is memory for


@needs_compiler
def test_a_language_model_by_ids(tmp_path):
    network = trained(language_model(TokenEmbedding(TOKENS, 8), TOKENS, hidden_size=9, num_layers=2))
    program = Program(tmp_path, network.write()["scores"])
    program.check_as_graph()
    assert program.run(np.array([3, TOKENS])) == -1
    assert program.run(np.array([-1])) == -1


@needs_compiler
def test_weights_as_int8(tmp_path):
    """With embeddings that the output shares, rows too short for a scale, and a reset before the product."""
    g, token = Writer(), TokenEmbedding(TOKENS, 16)
    gru = trained(nn.GRU(16, 16, 2, reset_after=False))
    trained(token)
    steps, *_ = gru.write(g, token.write(g))
    tied = g.add(Linear(token.token_weight.detach().numpy()), steps)
    exact = g.graph(scores=g.add(Linear(random(3, TOKENS), random(3)), g.add(Linear(random(TOKENS, TOKENS)), tied)))
    graph = rounded(exact)
    program = Program(tmp_path, graph, int8=True)
    program.check_as_graph(lengths=(1, 63))
    matrices = TOKENS * 16 + TOKENS * TOKENS + 3 * TOKENS + 4 * 48 * 16
    rows = TOKENS + TOKENS + 3 + 4 * 48
    assert program.sources.constants == matrices + 4 * rows + 4 * (4 * 48 + 3)
    done = export(exact, tmp_path / "out", int8=True)
    assert done.difference is not None and done.difference < 1e-5 < done.rounding < 0.5


@needs_compiler
def test_frames_of_sound(tmp_path):
    """Convolutions over time see what is to come; one step in two is left."""
    encoder = FrameEncoder([0.5] * 5, [2.0] * 5, 6, subsampling=2)
    network = trained(ManyToMany(encoder, lambda size: CRFTagHead(size, ["O", "B-a", "I-a"]), hidden_size=6))
    Program(tmp_path, network.write()["scores"]).check(of_one(network))


@needs_compiler
def test_signals(tmp_path):
    """Several networks that answer together, each with convolutions of its own."""
    members = [
        ManyToOne(
            SignalEncoder(VectorEncoder(2), 6, convolutions=2, kernel=5),
            lambda size: ClassHead(size, 3),
            hidden_size=4,
            pooling="last+max+mean",
        )
        for _ in range(2)
    ]
    network = trained(Ensemble(members))
    Program(tmp_path, network.write()["scores"]).check(of_one(network))


@needs_compiler
def test_other_operators(tmp_path):
    g = Writer()
    x = g.input("input", "float32", 5)
    x = g.add(Standardise(random(5), np.abs(random(5)) + 1), x)
    x = g.add(LayerNorm(random(5), random(5)), x)
    x = g.add(Mean(), x, g.add(Linear(random(5, 5)), x))
    first = g.add(Window(3), x)
    scores = g.add(LogSoftmax(), g.add(Linear(random(4, 15), random(4)), first))
    Program(tmp_path, g.graph(scores=scores)).check_as_graph()


@needs_compiler
@pytest.mark.parametrize("shape", [(3, 12, 9), (1, 63, 40), (1, 1, 2), (2, 7, 1)])
def test_pictures(tmp_path, shape):
    """Of odd sizes and large ones, whose first convolution takes strides."""
    channels = shape[0]
    encoder = trained(PictureEncoder(shape, [120.0] * channels, [60.0] * channels, 6, filters=3))
    for norm in encoder.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_var = torch.rand(norm.num_features) + 0.5
    program = Program(tmp_path, OneToOne(encoder, ClassHead(7, 4), hidden_size=7).eval().write()["scores"])
    assert not program.reads.steps and not program.sources.each
    pixels = np.random.default_rng(0).integers(256, size=(5, *shape), dtype=np.uint8)
    same(np.concatenate([program.run(one[None]) for one in pixels]), program.graph({"input": pixels})["scores"])


@needs_compiler
def test_wide_convolutions(tmp_path):
    g = Writer()
    pixels = g.input("input", "uint8", 2, 5, 3, form="rows")
    x = g.add(Standardise(random(2, 1, 1), np.abs(random(2, 1, 1)) + 1), pixels)
    for stride, weight in ((2, random(4, 2, 5, 5)), (1, random(2, 4, 3, 3)), (2, random(3, 2, 1, 1))):
        x = g.add(Convolution(weight, stride), x)
    program = Program(tmp_path, g.graph(scores=g.add(Flatten(), x)))
    given = np.random.default_rng(0).integers(256, size=(3, 2, 5, 3), dtype=np.uint8)
    same(np.concatenate([program.run(one[None]) for one in given]), program.graph({"input": given})["scores"])


@needs_compiler
def test_segments(tmp_path):
    g = Writer()
    rows = g.add(Linear(random(4, 15), random(4)), g.add(Segments(3), g.input("input", "float32", 5)))
    program = Program(tmp_path, g.graph(scores=rows))
    program.check_as_graph(lengths=(0, 3, 63))
    assert program.run(random(4, 5)) == -1


@needs_compiler
def test_rows_of_numbers(tmp_path):
    network = trained(OneToOne(RowEncoder(3, []), SeveralHead(6, 2), hidden_size=6, num_layers=2))
    program = Program(tmp_path, network.write()["scores"], ReadOut("sigmoid"))
    x = random(1, 3)
    with torch.no_grad():
        expected = network((torch.from_numpy(x), torch.zeros(1, 0).long())).sigmoid()
    same(program.run(x), expected.numpy())


# -- several inputs -----------------------------------------------------------------------------------------


def differing(folder: Path, graph: Graph, change: tuple[str, str] | None = None, **options: Any) -> float:
    """The largest difference between the program and the graph, for sequences of the usual lengths.

    It compiles without a warning and needs memcpy and memset alone; ``change`` plants a fault in its source.
    """
    read_out = options.pop("read_out", SCORES)
    sources = write_sources(graph, "net", read_out, **options)
    folder.mkdir(exist_ok=True)
    if change:
        assert change[0] in sources.source
        (folder / "net.h").write_text(sources.header)
        (folder / "net.c").write_text(sources.source.replace(*change))
    else:
        compiled(folder, sources)
    (folder / "net_test.c").write_text(proof.write_test(sources, proof.made_cases(graph, sources, read_out)))
    return proof.prove(folder, "net", compiler=COMPILER)


@pytest.fixture
def usual_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "LENGTHS", LENGTHS)


def of_words(bidirectional: bool, piece_size: int, **options: Any) -> Graph:
    words = WordEmbedding(TokenEmbedding(TOKENS, 16), pieces=30, piece_size=piece_size, **options)
    network = ManyToMany(words, lambda size: TagHead(size, 4), hidden_size=7, bidirectional=bidirectional)
    return trained(network).write()["scores"]


def of_rows() -> Graph:
    return trained(OneToOne(RowEncoder(3, [3, 40]), ClassHead(6, 2), hidden_size=6)).write()["scores"]


def of_categories() -> Graph:
    return trained(OneToOne(RowEncoder(0, [3]), ClassHead(6, 2), hidden_size=6)).write()["scores"]


def of_a_record(pair: bool) -> Graph:
    readers: list[Any] = [SequenceReader(TokenEmbedding(TOKENS, 8), hidden_size=5, pooling="last+max")]
    readers += [] if pair else [SequenceReader(TokenEmbedding(9, 8), hidden_size=5, bidirectional=False)]
    readers += [NamesEncoder(6, 4), RowEncoder(2, [3, 40])]
    encoder = RecordEncoder(readers, [0, 0, 1, 2] if pair else [0, 1, 2, 3], pair=pair)
    return trained(OneToOne(encoder, ClassHead(6, 2), hidden_size=6)).write()["scores"]


def of_steps_of_records(bidirectional: bool) -> Graph:
    steps = StepByStep(RecordEncoder([NamesEncoder(6, 4), RowEncoder(2, [3, 40])], [0, 1]))
    network = ManyToOne(steps, lambda size: ClassHead(size, 3), hidden_size=7, bidirectional=bidirectional)
    return trained(network).write()["scores"]


def of_gaps() -> tuple[Any, list[Any], Callable[[Any], Any]]:
    """A row: two numbers, one of which is missing at times, two dates, one of which is, and a category."""
    draw = Random(0)
    rows = [
        (draw.gauss(40, 9), draw.choice([None, draw.gauss(-3, 1)]), a_time(draw), a_time(draw), draw.choice("abc"))
        for _ in range(40)
    ]
    rows += [(1.0, 2.0, None, "1999-12-31 23:59", "z"), (None, None, None, None, None)]
    kind = RowKind()
    kind.fit(rows[:41])
    return kind, rows, of_a_row


def of_a_row(kind: RowKind) -> Any:
    return OneToOne(encoder_of_rows(kind), ClassHead(6, 2), hidden_size=6)


def encoder_of_rows(kind: RowKind) -> RowEncoder:
    return RowEncoder(kind.figures, [len(own) for own in kind.categories.values()])


def a_time(draw: Random) -> str:
    return f"20{draw.randint(10, 30)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d} {draw.randint(0, 23):02d}:30"


def of_events() -> tuple[Any, list[Any], Callable[[Any], Any]]:
    """Sequences of records with two times, as dates and as counts, and a number that is missing at times."""
    draw = Random(0)
    cells = [
        (
            [draw.choice([None, a_time(draw)]) for _ in range(length)],
            [draw.choice([None, draw.randint(0, 50)]) for _ in range(length)],
            [draw.choice([None, draw.gauss(5, 2)]) for _ in range(length)],
            [draw.choice("abc") for _ in range(length)],
        )
        for length in (5, 9, 0, 1, 2, 63)
    ]
    kind = RecordsKind({"time": "time", "month": "time", "level": "number", "what": "label"})
    kind.fit(cells)
    return kind, cells, of_records


def of_records(kind: RecordsKind, *, bidirectional: bool = True) -> Any:
    (part,) = kind.record.parts
    steps = StepByStep(RecordEncoder([encoder_of_rows(cast("RowKind", part.kind))], [0]))
    return ManyToOne(steps, lambda size: ClassHead(size, 3), hidden_size=7, bidirectional=bidirectional)


def of_measurements() -> tuple[Any, list[Any], Callable[[Any], Any]]:
    """Sequences of two numbers, one of which is missing at times."""
    draw = Random(0)
    cells = [[[draw.gauss(9, 2), draw.choice([None, draw.gauss(0, 1)])] for _ in range(n)] for n in (5, 0, 1, 2, 63)]
    kind = VectorKind()
    kind.fit(cells)
    return kind, cells, lambda kind: ManyToOne(VectorEncoder(kind.size), lambda size: ClassHead(size, 2), hidden_size=5)


RAW = {"rows": of_gaps, "sequences of records": of_events, "vectors": of_measurements}


def given_raw(kind: Any, cells: list[Any]) -> dict[str, Any]:
    """What the graph of ``before`` is given for cells, found without the kind's own arithmetic."""

    def numbers(rows: list[Any]) -> NDArray[np.float32]:
        return np.array([[math.nan if one is None else one for one in row] for row in rows], np.float32)

    def seconds(rows: list[Any]) -> NDArray[np.float64]:
        dates = [["NaT" if one is None else one.replace(" ", "T") for one in row] for row in rows]
        since = np.array(dates).astype("datetime64[s]") - np.datetime64(0, "s")
        return (since / np.timedelta64(1, "s")).reshape(len(rows), -1)

    batch = inputs_of(kind.collate(kind.encode(cells)))
    match kind:
        case RowKind():
            own = {"numbers": numbers([row[:2] for row in cells]), "dates": seconds([row[2:4] for row in cells])}
        case RecordsKind():
            steps = [step for cell in cells for step in zip(*cell, strict=True)]
            own = {
                "1.0.numbers": numbers([step[1:3] for step in steps]),
                "1.0.dates": seconds([step[:1] for step in steps]),
            }
        case _:
            lengths = np.array([len(cell) for cell in cells])
            own = {"input": Sequences(numbers([step for cell in cells for step in cell]), lengths)}
    return batch | own


def raw_graph(name: str, **options: Any) -> Graph:
    kind, _, network = RAW[name]()
    return kind.before(trained(network(kind, **options)).write()["scores"])


def of_names() -> Graph:
    return trained(OneToOne(NamesEncoder(6, 4), ClassHead(5, 2), hidden_size=5)).write()["scores"]


SEVERAL: dict[str, tuple[Callable[[], Graph], tuple[str, str]]] = {
    "words and pieces of them": (lambda: of_words(False, 3), ("ids[k]", "ids[0]")),
    "words and pieces added, to be read as a whole": (lambda: of_words(True, 0), ("ids[k]", "ids[0]")),
    "words, pieces and letters": (
        lambda: of_words(False, 3, letters=12, character_size=5),
        ("within0(x->spelling_letters, x->spelling_letters_count", "within0(x->spelling_letters, 1"),
    ),
    "words and letters, to be read as a whole": (
        lambda: of_words(True, 0, letters=12, character_size=16, cell="gru"),
        ("within0(x[t].spelling_letters, x[t].spelling_letters_count", "within0(x[t].spelling_letters, 1"),
    ),
    "names alone": (of_names, ("ids[k]", "ids[0]")),
    "numbers and categories": (of_rows, ("x->part_1 + 1", "x->part_1 + 0")),
    "one category": (of_categories, ("x->part_1 + 0", "&(const int){0}")),
    "two texts, names, numbers and categories": (lambda: of_a_record(False), ("x->part_1_ids_count", "1")),
    "a pair of texts": (lambda: of_a_record(True), ("u[i] > v[i]", "u[i] < v[i]")),
    "numbers, dates and gaps": (lambda: raw_graph("rows"), ("x[i] == x[i] ? (x[i]", "1 ? (x[i]")),
    "dates, days of the year": (lambda: raw_graph("rows"), ("+ 719162) % 146097", "+ 719163) % 146097")),
    "dates, days of the week": (lambda: raw_graph("rows"), ("+ 719162) % 7", "+ 719160) % 7")),
    "dates, seconds of the day": (
        lambda: raw_graph("rows"),
        ("- 86400.0 * (double)", "- 86401.0 * (double)"),
    ),
    "which are missing": (lambda: raw_graph("rows"), ("? 1.0f : 0.0f", "? 0.0f : 1.0f")),
    "times of steps": (lambda: raw_graph("sequences of records", bidirectional=False), ("*before = now;", "")),
    "times, to be read as a whole": (
        lambda: raw_graph("sequences of records"),
        ("-log_of(1.0f + size)", "log_of(1.0f + size)"),
    ),
    "vectors with gaps": (lambda: raw_graph("vectors"), ("? 1.0f : 0.0f", "? 0.0f : 1.0f")),
    "records step by step": (lambda: of_steps_of_records(False), ("x->part_1_1_1 + 1", "x->part_1_1_1 + 0")),
    "records, to be read as a whole": (lambda: of_steps_of_records(True), ("x[t].part_1_0_count", "1")),
}


@needs_compiler
@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.usefixtures("usual_lengths")
def test_several_inputs(tmp_path, name):
    make, fault = SEVERAL[name]
    graph = make()
    assert differing(tmp_path / "right", graph) < 1e-5
    with pytest.raises(ExportError, match=r"than the network|another number"):
        differing(tmp_path / "wrong", graph, fault)
    if name.startswith("words"):
        assert differing(tmp_path / "int8", rounded(graph), int8=True) < 1e-5


@needs_compiler
def test_ids_that_are_not_there_are_refused(tmp_path):
    sources = write_sources(of_steps_of_records(False), "net")
    library = compiled(tmp_path, sources)

    class Step(ctypes.Structure):
        _fields_ = (
            ("names", ctypes.POINTER(ctypes.c_int)),
            ("count", ctypes.c_int),
            ("numbers", ctypes.c_float * 2),
            ("categories", ctypes.c_int * 2),
        )

    names = (ctypes.c_int * 2)(5, 6)
    y = pointer(np.zeros(3, np.float32))

    def run(count: int, *categories: int) -> int:
        step = Step(names, count, (ctypes.c_float * 2)(), (ctypes.c_int * 2)(*categories))
        return library.net_run(ctypes.byref(step), 1, y)

    assert run(1, 2, 39) == 1
    assert run(2, 2, 39) == run(1, 3, 39) == run(1, 2, 40) == run(1, -1, 0) == run(-1, 0, 0) == -1


# -- forecasts ----------------------------------------------------------------------------------------------


def series_kind(columns: int, others: int, ahead: int, **options: Any) -> tuple[SeriesKind, list[Series]]:
    """A fitted kind, and the series that it was fitted on: some numbers are missing."""
    rng = np.random.default_rng(0)
    steps = np.arange(120.0)[:, None]
    values = 50 + 9 * np.sin(steps / 2) + rng.normal(size=(120, columns))
    values[[3, 50, 51]] = np.nan
    extras = rng.normal(7, 3, (120, others))
    names = [f"c{i}" for i in range(columns)]
    given = rng.normal(-4, 2, (120 + 5, ahead))
    series = [Series(names, values, extras, ahead=given, ahead_names=[f"a{i}" for i in range(ahead)])]
    kind = SeriesKind(12, **options)
    kind.fit(series)
    crossing = [0.3, -0.4][: len(kind.quantiles)]  # so that quantiles cross, and are put in order
    kind.trust, kind.shifts = 0.7, [[shift + step / 9 for shift in crossing] for step in range(kind.horizon)]
    if columns > 1:
        kind.classical = {"drift": 0.25, "linear": 0.5, "mean": 0.25}
        kind.linear = rng.normal(size=(8, kind.horizon)).astype(np.float32)
    return kind, series


def forecaster(kind: SeriesKind, **options: Any) -> Graph:
    segment = min(2, kind.horizon)
    horizon = HorizonEncoder(kind.features_ahead, kind.horizon, segment, 8, len(kind.columns))
    head: Callable[[int], ForecastHead] = lambda size: ForecastHead(size, segment, kind.quantiles)  # noqa: E731
    members = [
        trained(Forecaster(WindowEncoder(kind.step_size, 3, 8), horizon, head, hidden_size=7, **one))
        for one in (options, {**options, "from_last": True})
    ]
    return kind.before(Ensemble(members).eval().write()["scores"])


@needs_compiler
@pytest.mark.usefixtures("usual_lengths")
@pytest.mark.parametrize(
    ("sizes", "of_kind", "options"),
    [
        ((1, 0, 0), {"horizon": 5, "season": 4}, {}),
        ((3, 0, 0), {"horizon": 5, "season": 40, "quantiles": ()}, {"recurrent": True, "cell": "lstm"}),
        ((1, 2, 2), {"horizon": 1, "season": 5}, {"num_layers": 2}),
        ((2, 1, 1), {"horizon": 5, "season": 5}, {"bidirectional": True}),
    ],
)
def test_forecasts(tmp_path, sizes, of_kind, options):
    kind, series = series_kind(*sizes, **of_kind)
    graph = forecaster(kind, **options)
    assert differing(tmp_path / "right", graph) < 1e-5
    sources = write_sources(graph, "net")
    windows = kind.examples(kind.encode(series))
    cases = [
        proof.case(graph, sources, kind.before_arrays([windows[row]]), SCORES) for row in (0, 40, len(windows) - 1)
    ]
    assert any(np.isnan(numbers_of(case.given, sources.reads.members[0])).any() for case in cases)
    (tmp_path / "right" / "net_test.c").write_text(proof.write_test(sources, cases))
    assert proof.prove(tmp_path / "right", "net", compiler=COMPILER) < 1e-4
    faults = (
        ("h % period", "0"),
        ("trust * x[i]", "x[i]"),
        ("spread > least", "spread < least"),
        ("* ahead[", "* 0 * ahead["),
    )
    fault = faults[len(kind.columns) + kind.features_ahead - 1]
    with pytest.raises(ExportError, match="than the network"):
        differing(tmp_path / "wrong", graph, fault)


@needs_compiler
@pytest.mark.usefixtures("usual_lengths")
@pytest.mark.parametrize(
    ("method", "season", "fault"),
    [
        ("naive", 4, ("t - first < horizon", "t < first")),
        ("seasonal_naive", 4, ("y[h - lag]", "y[h - 1]")),
        ("drift", 1, ("(float)(h + 1) * slope", "slope")),
        ("mean", 1, ("(float)(t + 1)", "(float)(t + 2)")),
        ("median", 1, ("middle) > rank", "middle) >= rank")),
        ("theta", 1, ("drift = own * slope", "drift = slope")),
        ("optimised_theta", 1, ("drift = own * slope", "drift = 0.5 * own * slope")),
        ("optimised_theta", 7, ("drift * (h + behind)", "drift * (h - behind)")),
        ("holt_winters", 1, ("error >= least", "error <= least")),
        ("holt_winters", 7, ("level += slope;\n            y", "y")),
        ("holt_winters", 12, ("+ g * missed", "+ (g + 0.5) * missed")),
        ("holt_winters", 13, (" < added)", " > added)")),
        ("theta", 7, ("missed * missed", "-missed * missed")),
        ("theta", 13, ("value / (trend / season)", "value")),  # a season to divide by, as nothing is below zero
        ("theta", 12, ("? 0.5 : 1.0", "? 1.0 : 0.5")),
    ],
)
@pytest.mark.parametrize("trust", [0.0, 0.3])
def test_classical_forecasts(tmp_path, method, season, fault, trust):
    """With a share of the network's, and without one: then nothing of the network is written."""
    kind, series = series_kind(1 if trust else 2, 0, 0, horizon=5, season=season)
    if season == 12:  # one that is added
        series = [dataclasses.replace(series[0], values=series[0].values - 50)]
        kind.fit(series)
    kind.classical, kind.linear, kind.trust = {method: 1.0}, None, trust
    graph = forecaster(kind)
    assert {"recurrent", "linear"} & {node.operator.name for node in graph.nodes} == (
        {"recurrent", "linear"} if trust else set()
    )
    assert differing(tmp_path / "right", graph) < 1e-5
    sources = write_sources(graph, "net")
    windows = kind.examples(kind.encode(series))
    cases = [proof.case(graph, sources, kind.before_arrays([windows[row]]), SCORES) for row in (0, len(windows) - 1)]
    (tmp_path / "right" / "net_test.c").write_text(proof.write_test(sources, cases))
    assert proof.prove(tmp_path / "right", "net", compiler=COMPILER) < 1e-4
    sources = dataclasses.replace(sources, source=sources.source.replace(*fault))
    (tmp_path / "right" / "net.c").write_text(sources.source)
    with pytest.raises(ExportError, match="than the network"):
        proof.prove(tmp_path / "right", "net", compiler=COMPILER)


REQUIRED = {
    *("embed", "linear", "layer_norm", "standardise", "activation", "concat", "change", "recurrent", "last_output"),
    *("observed", "missing", "dates", "since"),
    *("bag", "take", "pick", "compare", "as_steps", "recent", "normalise", "forecast", "horizon", "add_pattern"),
    *("towards_linear", "towards_classical"),
    *(
        "patterns",
        "pool",
        "attention_pool",
        "segments",
        "time_convolution",
        "convolution",
        "max_pool",
        "batch_norm",
        "flatten",
    ),
}


def test_what_must_have_c():
    assert {operator.name for operator in IN_C} >= REQUIRED


@needs_compiler
@pytest.mark.parametrize("columns", [1, 3])
def test_patterns_are_found_as_by_torch(tmp_path, columns):
    """In sequences of none, of one, of as many steps as patterns have at some width and one more, and of many."""
    op, g = drawn_patterns(columns), Writer()
    graph = g.graph(scores=g.add(op, g.input("input", "float32", columns)))

    def expected(x):
        return shares_by_torch(op, x).reshape(1, -1) if len(x) else np.zeros((1, op.biases.size))

    Program(tmp_path, graph).check(expected, lengths=(0, 1, 8, 9, 10, 40, 41, 63))


# -- the functions ------------------------------------------------------------------------------------------


@needs_compiler
def test_functions_are_as_near_as_said(tmp_path):
    body = "".join(
        f"void {name}_all(float *x, int n) {{ for (int i = 0; i < n; i++) x[i] = {name}_of(x[i]); }}\n"
        for name in LARGEST_ERROR
    )
    own = source_of([*(name for name in OWN), "sigmoid_of"], libm=False)
    (tmp_path / "f.c").write_text(f"#include <stdint.h>\n{own}{body}")
    subprocess.run([COMPILER, "-std=c99", "-O1", "-shared", "-fPIC", "f.c", "-o", "f.so"], cwd=tmp_path)
    library = ctypes.CDLL(str(tmp_path / "f.so"))
    line = np.concatenate([np.linspace(-20, 20, 200001), np.linspace(-1, 1, 100001) * 1e-3]).astype(np.float32)
    above = np.exp(np.linspace(-60, 60, 200001)).astype(np.float32)

    def of(name: str, x: NDArray[np.float32]) -> NDArray[np.float64]:
        y = x.copy()
        getattr(library, f"{name}_all")(pointer(y), len(y))
        return y.astype(np.float64)

    wide, positive = line.astype(np.float64), above.astype(np.float64)
    apart = {
        "exp": np.abs(of("exp", line) / np.exp(wide) - 1),
        "tanh": np.abs(of("tanh", line) - np.tanh(wide)),
        "sigmoid": np.abs(of("sigmoid", line) - 1 / (1 + np.exp(-wide))),
        "sqrt": np.abs(of("sqrt", above) / np.sqrt(positive) - 1),
        "log": np.abs(of("log", above) - np.log(positive)) / np.maximum(np.abs(np.log(positive)), 1),
    }
    for name, most in LARGEST_ERROR.items():
        assert most / 4 < apart[name].max() <= most, name
    edges = np.array([-np.inf, -200, 200, np.inf, np.nan], np.float32)
    assert of("tanh", edges).tolist()[:4] == [-1, -1, 1, 1]
    assert of("sigmoid", edges)[1:3] == pytest.approx([0, 1])
    assert np.isnan([of("tanh", edges)[4], of("sigmoid", edges)[4]]).all()


# -- the folder ---------------------------------------------------------------------------------------------


def small() -> Graph:
    network = ManyToOne(VectorEncoder(2), lambda size: ClassHead(size, 3), hidden_size=4, bidirectional=False)
    return trained(network).write()["scores"]


@needs_compiler
def test_a_folder_that_proves_itself(tmp_path):
    done = export(small(), tmp_path / "out", name="tiny", libm=True, about="learned from nothing.")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["tiny.c", "tiny.h", "tiny_test.c"]
    assert done.difference is not None and done.difference < 1e-5
    assert done.sources.streams
    assert done.sources.constants == 4 * (16 * 2 + 16 * 4 + 2 * 16 + 3 * 4 + 3)
    assert (done.sources.state, done.sources.stack) == (4 * 2 * 4, 4 * (2 * 16 + 3))
    header = (tmp_path / "out" / "tiny.h").read_text()
    assert "learned from nothing." in header
    assert "without conditions" in header


@needs_compiler
def test_rows_of_data_are_tried_and_not_shipped(tmp_path):
    rows = [
        {"input": Sequences(np.full((steps, 2), 12345.678, np.float32), np.array([steps]))} for steps in (150, 0, 50)
    ]
    given = small().inputs[0], observed([12345.0, 0.0], [2.0, 0.0])
    done = export(from_raw(small(), "input", [given], []), tmp_path / "out", given=rows)
    assert done.difference is not None and done.difference < 1e-5
    assert not any("37036" in path.read_text() for path in (tmp_path / "out").iterdir())


@needs_compiler
def test_it_says_the_same_on_arm(tmp_path):
    compiler, runner = shutil.which("arm-linux-gnueabihf-gcc"), shutil.which("qemu-arm")
    if compiler is None or runner is None:
        pytest.skip("there is no arm-linux-gnueabihf-gcc with qemu-arm")
    graph = side_by_side([trained(layer(5, 16, 2)) for layer in (nn.LSTM, nn.GRU)])
    for int8 in (False, True):
        folder = tmp_path / f"int8-{int8}"
        here = export(graph, folder, name="tiny", int8=int8).difference
        there = proof.prove(folder, "tiny", compiler=compiler, runner=[runner], flags=["-static"])
        assert here == there < 1e-6  # as each step of the arithmetic is rounded alike


def test_without_a_compiler_nothing_is_claimed(tmp_path, monkeypatch):
    monkeypatch.setattr(proof, "COMPILERS", ())
    monkeypatch.delenv("CC", raising=False)
    assert export(small(), tmp_path / "out").difference is None


@needs_compiler
def test_nothing_is_half_written(tmp_path, monkeypatch):
    monkeypatch.setattr(proof, "TOLERANCE", -1.0)
    with pytest.raises(ExportError, match="answers otherwise than the network"):
        export(small(), tmp_path / "out")
    assert not [*tmp_path.iterdir()]


def test_a_network_too_large_for_compilers_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("elman.export.c.MOST_WEIGHTS", 142)
    with pytest.raises(ExportError, match=r"143 weights, more than the 142 .*Write it as"):
        export(small(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(ExportError, match="is not empty; it is left alone"):
        export(small(), tmp_path)


@pytest.mark.parametrize(
    ("graph", "options", "why"),
    [
        (lambda: dataclasses.replace(small(), outputs={}), {}, "writes step after step"),
        (
            lambda: ManyToOne(
                FrameByFrame(PictureEncoder((1, 8, 8), [0.0], [1.0], 4, changes=True)), lambda size: ClassHead(size, 2)
            ).write()["scores"],
            {},
            r"operators .*with_change, for which there is no C\. Write it as ONNX",
        ),
        (small, {"name": "no-name"}, "can't be a name in C"),
        (small, {"read_out": ReadOut("softmax", ("one",))}, "1 labels for 3 scores"),
    ],
)
def test_what_has_no_c_is_refused_by_name(tmp_path, graph, options, why):
    with pytest.raises(ExportError, match=why):
        export(graph(), tmp_path / "out", **options)
    assert not [*tmp_path.iterdir()]


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    graph = small()
    nodes = [
        Node(dataclasses.replace(node.operator, bias=np.full(3, np.nan, np.float32)), node.inputs, node.outputs)
        if isinstance(node.operator, Linear)
        else node
        for node in graph.nodes
    ]
    with pytest.raises(ExportError, match="bias of the operator linear2 isn't finite"):
        export(Graph(graph.inputs, tuple(nodes), graph.outputs), tmp_path / "out")


def test_a_state_from_elsewhere_is_refused():
    graph = side_by_side([trained(nn.GRU(5, 7))])
    (node, end) = graph.nodes
    assert isinstance(node.operator, Recurrent)
    with pytest.raises(ExportError, match="begins with what another part"):
        write_sources(
            Graph(graph.inputs, (Node(node.operator, ("input", "input"), node.outputs), end), graph.outputs), "n"
        )


# -- around a network ---------------------------------------------------------------------------------------


def test_raw_numbers_are_standardised_inside():
    kind, graph = VectorKind(), small()
    cells = [[[1.0, 5.0], [3.0, 5.0]], [[2.0, 5.0]]]  # the second column is constant
    kind.fit(cells)
    raw = Sequences(np.array([[1, 5], [3, 5], [2, 7]], np.float32), np.array([2, 1]))
    scores = kind.before(graph)({"input": raw})["scores"]
    same(scores, graph({"input": kind.collate(kind.encode([*cells[:1], [[2.0, 7.0]]]))})["scores"])


@pytest.mark.parametrize(
    ("kind", "cells", "why"),
    [
        (VectorKind(centred=True), [[[1.0], [2.0]]], "centred=false"),
        (VectorKind(scaled=True), [[[1.0], [2.0]]], "scaled=false"),
    ],
)
def test_what_arithmetic_on_a_step_cannot_do_is_refused(kind, cells, why):
    kind.fit(cells)
    with pytest.raises(ExportError, match=why):
        kind.before(small())


@pytest.mark.parametrize("name", RAW)
def test_what_stands_before_a_network_is_what_its_kind_does(name):
    """From the numbers and times that cells hold: given where they are, and NaN where they aren't."""
    kind, cells, network = RAW[name]()
    graph = trained(network(kind)).write()["scores"]
    batch = kind.collate(kind.encode(cells))
    same(kind.before(graph)(given_raw(kind, cells))["scores"], graph(inputs_of(batch))["scores"])


def test_times_as_numbers_that_a_float_cannot_hold_are_refused():
    kind = RecordsKind({"time": "time", "level": "number"})
    kind.fit([([1.7e9, 1.7e9 + 60], [1.0, 2.0])])
    with pytest.raises(ExportError, match=r"column 'time' can't be told apart.*steps of 60.*write them as dates"):
        kind.before(trained(of_records(kind)).write()["scores"])


def test_a_number_comes_out_in_its_unit():
    g = Writer()
    graph = g.graph(scores=g.add(Linear(random(1, 2)), g.input("input", "float32", 2)))
    x = Sequences(random(3, 2), np.array([3]))
    found = ReadOut("scores", mean=100.0, scale=7.0).on(graph)({"input": x})["scores"]
    same(found.values, graph({"input": x})["scores"].values * 7 + 100)
    assert ReadOut("softmax").on(graph) is graph


# -- damage -------------------------------------------------------------------------------------------------


def test_a_name_of_the_data_cannot_leave_its_comment():
    header = write_sources(small(), "net", about="a */ int x; /* b ?\\\n#error -> c.").header
    assert header.startswith("/* net: a int x; b #error -> c.\n   made by Elman")


@pytest.mark.parametrize(
    "damaged",
    [
        lambda g, x: g.add(Linear(random(4, 6)), x),
        lambda g, x: g.add(Linear(random(4, 5), random(3)), x),
        lambda g, x: g.add(Linear(random(5)), x),
        lambda g, x: g.add(LayerNorm(random(1), random(5)), x),
        lambda g, x: g.add(Standardise(random(1), random(1)), x),
        lambda g, x: g.add(Activation("system"), x),
        lambda g, x: g.add(Pool("x; int y"), x),
        lambda g, x: g.add(Add(), x, g.add(Linear(random(1, 5)), x)),
        lambda g, x: g.add(AttentionPool(random(3, 5), random(3), random(1, 2)), x),
        lambda g, x: g.add(TimeConvolution(random(4, 3, 3)), x),
        lambda g, x: g.add(Segments(0), x),
        lambda g, x: g.add(drawn_patterns(4), x),
        lambda g, x: g.add(dataclasses.replace(drawn_patterns(5), counts=(1, 1, 1)), x),
    ],
)
def test_parts_that_do_not_fit_are_refused(damaged):
    g = Writer()
    graph = g.graph(scores=damaged(g, g.input("input", "float32", 5)))
    with pytest.raises(ExportError, match="the model's parts don't fit"):
        write_sources(graph, "net")
