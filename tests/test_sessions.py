"""Sessions: what is answered piece by piece is what is answered of the whole, and their bytes are hostile input."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

import elman
from elman import answers
from elman.answers import AnyParts
from elman.errors import BundleError, ElmanError, TaskError
from elman.models.answering import as_graphs
from elman.recipes import made_causal
from elman.runtime.carried import HEAD, Carried
from elman.sessions import Reader, Session, advance
from elman.settings import Settings

CELLS = ["rnn", "lstm", "gru", "mgu"]
WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "saw", "the", "dog", "which", "sat", "there", "too"]
GENERATOR = np.random.default_rng(0)
VECTORS = [GENERATOR.normal(size=(length, 3)).tolist() for length in (5, 9, 1, 30)]
SENTENCES = [WORDS, WORDS[3:], WORDS[:1], ["an", "unseen", "word"]]
CHORDS: list[Any] = [[[60, 64], [60], [67, 72], [], [72]], [[50], [50, 53]]]
MELODIES: list[Any] = [[60, 60, 62, -1, 64, 64], [55, 57]]
TEXTS = [" ".join(WORDS), "a dog", "mat!", "too, too"]

CASES: dict[str, tuple[str, str, list[Any], list[Any], dict[str, Any]]] = {
    "tagged vectors": ("tagging", "vector", VECTORS, [["x", "y"] * 15] * 4, {"differences": True}),
    "numbers per step": ("step-regression", "vector", VECTORS, [[1.0, 5.0] * 15] * 4, {"differences": True}),
    "tagged words": (
        "tagging",
        "text",
        SENTENCES,
        [["N", "V"] * 7] * 4,
        {"characters": True, "pieces": 50, "piece_size": 3, "character_size": 4},
    ),
    "classified text": (
        "classification",
        "text",
        TEXTS,
        ["p", "q", "q", "p"],
        {"level": "words", "pooling": "last+max+mean+inputs", "pieces": 40},
    ),
    "classified characters": ("classification", "text", TEXTS, ["p", "q", "q", "p"], {"level": "characters"}),
    "watched vectors": ("anomaly", "watched", VECTORS, [[0] * 30] * 4, {"season": 3}),
    "labels of vectors": ("multilabel", "vector", VECTORS, [["p"], ["q"], ["p", "q"], []], {"pooling": "max"}),
    "a number of vectors": (
        "regression",
        "vector",
        VECTORS,
        [1.0, 2.0, 5.0, 3.0],
        {"differences": True, "pooling": "mean"},
    ),
    "words": ("language-model", "text", TEXTS, TEXTS, {"level": "words", "tied": True}),
    "characters": ("language-model", "text", TEXTS, TEXTS, {"level": "characters", "tied": False}),
    "melodies": ("language-model", "notes", MELODIES, MELODIES, {"notes": "melody"}),
    "chords": ("language-model", "notes", CHORDS, CHORDS, {"notes": "chords"}),
    "classified chords": ("classification", "notes", CHORDS, ["p", "q"], {"pooling": "last+max+mean"}),
}
SEQUENCES: dict[str, tuple[list[Any], Any]] = {
    "tagged words": (SENTENCES[0], list),
    "classified text": (WORDS, " ".join),
    "classified characters": (list(TEXTS[0]), "".join),
    "words": (TEXTS[0].split(), " ".join),
    "characters": (list(TEXTS[0]), "".join),
    "melodies": (["C4", "4", "D4", "R", "2", "E5", "C4", "1", "A3"], " ".join),
    "chords": (CHORDS[0], list),
    "classified chords": (CHORDS[0], list),
}
"""The elements that come, and what makes a piece of some of them."""


@cache
def parts_of(case: str, cell: str = "lstm", **changes: Any) -> tuple[Any, AnyParts]:
    """An untrained model of random weights."""
    name, kind, inputs, outputs, own = CASES[case]
    task = answers.find(name, kind)
    sizes = {"hidden_size": 7, "embedding_size": 7, "num_layers": 2, "cell": cell}
    if name in ("tagging", "step-regression", "anomaly"):
        outputs = [row[: len(cells)] for row, cells in zip(outputs, inputs, strict=True)]
    settings = Settings().with_changes({**made_causal({}), **sizes, **own, **changes})
    parts = task.parts(inputs, outputs, settings)
    parts.module.eval()
    return task, parts


def reader(case: str, cell: str = "lstm", **changes: Any) -> Reader:
    task, parts = parts_of(case, cell, **changes)
    return Reader(task, parts, as_graphs(parts.module))


def elements(case: str) -> tuple[list[Any], Any]:
    return SEQUENCES.get(case, (VECTORS[3], list))


def whole(case: str, cell: str, until: int) -> Any:
    """What the torch network says of the first elements at once."""
    task, parts = parts_of(case, cell)
    given, joined = elements(case)
    if CASES[case][0] == "language-model":
        kind = parts.input
        cell_ = joined(given[:until])
        begun = (
            kind.opening(cell_) if isinstance(cell_, str) else kind.encode([[*cell_, [60]]])[0][:-1]
        )  # ends in a rest
        scores, _ = parts.network.read_on(kind.going_on([kind.with_begin(begun)]), None)
        named = kind.next_elements(begun, scores.values[-1])
        return dict(sorted(named, key=lambda one: -one[1]))
    (answer,) = task.predict(parts, [joined(given[:until])])
    return answer


def check(case: str, answer: Any, expected: Any, read: int, until: int) -> None:
    if CASES[case][0] == "language-model":
        assert len(answer.probabilities) >= 3 and answer.probability == max(answer.probabilities.values())
        for name, chance in answer.probabilities.items():
            assert expected[name] == pytest.approx(chance, abs=1e-5)
        likely = [chance for name, chance in expected.items() if name != "<unk>"]
        assert sorted(answer.probabilities.values()) == pytest.approx(
            sorted(likely)[-len(answer.probabilities) :], abs=1e-5
        )
    elif CASES[case][0] == "tagging":
        assert answer.value == expected.value[read:until]
        assert answer.probabilities == pytest.approx(expected.probabilities[read:until], abs=2e-4)
    elif CASES[case][0] in ("step-regression", "anomaly"):
        assert answer.value == pytest.approx(expected.value[read:until], abs=1e-4)
    elif CASES[case][0] == "regression":
        assert answer.value == pytest.approx(expected.value, abs=1e-4)
    else:
        assert answer.value == expected.value
        assert answer.probabilities == pytest.approx(expected.probabilities, abs=1e-5)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("case", CASES)
def test_pieces_give_what_the_whole_gives(case: str, cell: str):
    """In pieces of all sizes, through bytes, and after a fork that went elsewhere."""
    chance = random.Random(case + cell)
    given, joined = elements(case)
    shared = reader(case, cell)
    session, read = shared.session(), 0
    while read < len(given):
        until = min(len(given), read + chance.choice([1, 1, 2, 5]))
        until += case == "classified chords" and until == 4  # as a whole, a tune doesn't end in a rest
        how = chance.choice(["", "bytes", "fork"])
        if how == "bytes":
            session = shared.restored(session.state())
        elif how == "fork":
            other = session.fork()
            other.push(joined(given[:2]))
        answer = session.push(joined(given[read:until]))
        check(case, answer, whole(case, cell, until), read, until)
        read = until


@pytest.mark.parametrize("case", CASES)
def test_many_at_once_give_what_each_gives(case: str):
    """Sessions that stand at different places, with pieces of different lengths."""
    given, joined = elements(case)
    shared, chance = reader(case), random.Random(0)
    alone, together = ([shared.session() for _ in range(9)] for _ in range(2))
    places = [at for at, element in enumerate(given) if not str(element).isdecimal()]  # not the length of a pitch
    for _ in range(4):
        pieces = [joined(given[at : at + chance.randint(1, 3)]) for at in chance.choices(places, k=9)]
        expected = [session.push(piece) for session, piece in zip(alone, pieces, strict=True)]
        for one, other in zip(advance(together, pieces), expected, strict=True):
            assert one.value == pytest.approx(other.value, abs=1e-6)
            assert one.probability == pytest.approx(other.probability, abs=1e-6)
        for one, other in zip(together, alone, strict=True):
            assert one._before == other._before
            for name, part in one._state.items():
                np.testing.assert_allclose(part, other._state[name], atol=1e-6)


def test_a_single_step_needs_no_list():
    session, other = (reader("numbers per step").session() for _ in range(2))
    step = VECTORS[0][0]
    assert session.push(step) == other.push([step])
    assert session.push(np.array(step)) == other.push(np.array([step]))


def test_nothing_is_a_piece_too_where_answers_are_of_the_whole():
    session = reader("classified text").session()
    session.push("the cat")
    assert session.push("").probabilities == pytest.approx(session.push([]).probabilities)
    assert reader("tagged vectors").session().push([]).value == []
    with pytest.raises(TaskError, match="nothing in what was pushed"):
        reader("words").session().push(" ")


# -- refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "changes", "why"),
    [
        ("tagged vectors", {"bidirectional": True}, "backwards.*--causal"),
        ("tagged vectors", {"centred": True}, "mean.*--causal"),
        ("tagged words", {"crf": True}, "CRF.*--causal"),
        ("classified text", {"pooling": "attention"}, "weighs.*--causal"),
        ("classified text", {"window": 5}, "--causal"),
        ("tagged vectors", {"scaled": True}, "own scale.*--causal"),
        ("a number of vectors", {"convolutions": 2}, "convolves.*--causal"),
        ("melodies", {"voice": "1"}, "voice"),
    ],
)
def test_what_needs_the_whole_is_refused_with_the_flag(case: str, changes: dict[str, Any], why: str):
    with pytest.raises(TaskError, match=why):
        reader(case, **changes)


def test_a_model_with_ngrams_is_refused_with_the_flag():
    task, parts = parts_of("classified text")
    parts = replace(parts, mixing_weights=(1.0, 1.0))
    with pytest.raises(TaskError, match=r"n-grams.*--causal"):
        Reader(task, parts, as_graphs(parts.module))


@pytest.mark.parametrize("name", ["translation"])
def test_other_tasks_are_refused(name: str):
    task = answers.find(name, "text")
    parts = task.parts(TEXTS, TEXTS, Settings().with_changes({"hidden_size": 4, "embedding_size": 4}))
    with pytest.raises(TaskError, match=f"a {name} model takes whole sequences"):
        Reader(task, parts, as_graphs(parts.module))


def test_a_piece_that_cannot_be_read_changes_nothing():
    shared = reader("tagged vectors")
    sessions = [shared.session(), shared.session()]
    stood = [session.state() for session in sessions]
    for wrong in ([[1.0, 2.0]], [[1.0, 2.0, float("inf")]], "words", [1.0, "x", 2.0]):
        with pytest.raises(ElmanError):
            advance(sessions, [VECTORS[0], wrong])
    assert [session.state() for session in sessions] == stood
    with pytest.raises(TaskError, match="row 2 has 2 numbers"):
        advance(sessions, [VECTORS[0], [[1.0, 2.0]]])
    with pytest.raises(TaskError, match="no note"):
        reader("melodies").session().push("C4 H9")
    with pytest.raises(TaskError, match="a piece of a melody"):
        reader("melodies").session().push([60])


def test_advance_refuses_what_it_cannot_do():
    one, other = reader("words"), reader("characters")
    session = one.session()
    with pytest.raises(TaskError, match="1 sessions and 2 pieces"):
        advance([session], ["a", "b"])
    with pytest.raises(TaskError, match="2 models"):
        advance([session, other.session()], ["a", "b"])
    with pytest.raises(TaskError, match="twice"):
        advance([session, session], ["a", "b"])
    assert advance([], []) == []


# -- bytes --------------------------------------------------------------------------------------------------


def pushed(case: str) -> Session:
    session = reader(case).session()
    given, joined = elements(case)
    session.push(joined(given[:3]))
    return session


@pytest.mark.parametrize("case", CASES)
def test_mutated_bytes_are_refused(case: str):
    session, chance = pushed(case), random.Random(0)
    shared, data = session._reader, session.state()
    assert shared.restored(data).state() == data
    for _ in range(60):
        wrong = bytearray(data)
        wrong[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        with pytest.raises(BundleError):
            shared.restored(bytes(wrong))
    for wrong in (b"", data[:9], data[:-1], data + b"\0", data * 2, bytes(len(data)), b"x" * 10_000_000, "text", None):
        with pytest.raises(BundleError):
            shared.restored(wrong)  # pyright: ignore[reportArgumentType]


def signed_anew(data: bytes, body: bytes) -> bytes:
    """Another body with a checksum that fits."""
    magic, version, fingerprint, _ = HEAD.unpack_from(data)
    return HEAD.pack(magic, version, fingerprint, sha256(body).digest()[:16]) + body


@pytest.mark.parametrize("case", ["melodies", "tagged vectors", "classified text"])
def test_bytes_with_a_right_checksum_may_hold_anything(case: str):
    session, chance = pushed(case), random.Random(1)
    data = session.state()
    given, joined = elements(case)
    for _ in range(60):
        body = bytearray(data[HEAD.size :])
        for _ in range(chance.choice([1, 8])):
            body[chance.randrange(len(body))] = chance.randrange(256)
        try:
            restored = session._reader.restored(signed_anew(data, bytes(body)))
        except BundleError:
            continue
        with np.errstate(all="ignore"):
            restored.push(joined(given[:2]))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_no_session_comes_to_are_refused(number: float):
    session = pushed("tagged vectors")
    data = session.state()
    body = data[HEAD.size : -4] + struct.pack("<f", number)
    with pytest.raises(BundleError, match="no session comes to"):
        session._reader.restored(signed_anew(data, body))


def test_what_a_melody_cannot_remember_is_refused():
    session = pushed("melodies")
    data = session.state()
    body = struct.pack("<qq", 88, 0) + data[HEAD.size + 16 :]
    with pytest.raises(BundleError, match="no sequence begins with"):
        session._reader.restored(signed_anew(data, body))


def test_bytes_of_another_model_or_version_are_refused():
    data = pushed("words").state()
    with pytest.raises(BundleError, match="another model"):
        reader("words", "lstm", dropout=0.1).restored(data)  # the same sizes, other weights
    with pytest.raises(BundleError, match="another model"):
        reader("characters").restored(data)
    newer = bytearray(data)
    newer[8] += 1
    with pytest.raises(BundleError, match="version 2"):
        pushed("words")._reader.restored(bytes(newer))


@pytest.mark.parametrize(
    "wrong", [{"shape": (1, 10**12)}, {"shape": (1, -1)}, {"shape": (7,)}, {"dtype": "O"}, {"name": "nobody"}]
)
def test_a_damaged_model_is_refused_before_it_takes_memory(wrong: dict[str, Any]):
    graph = as_graphs(parts_of("numbers per step")[1].module).graphs["read_on"]
    inputs = [replace(input, **wrong) if input.name == "last" else input for input in graph.inputs]
    with pytest.raises(BundleError, match="the model is damaged"):
        Carried(replace(graph, inputs=tuple(inputs)), 0, "")


@pytest.mark.parametrize("other", [{"bidirectional": True}, {"crf": True}, {"centred": True}])
def test_what_needs_the_whole_is_not_trained_with_causal(other: dict[str, Any]):
    data = {"x": GENERATOR.normal(size=(20, 6, 3)).tolist(), "y": [["p", "q", "q"] * 2] * 20}
    with pytest.raises(TaskError, match="needs the whole sequence"):
        elman.plan(data, task="tagging", changes={"causal": True, **other})
    settings = elman.plan(data, task="tagging", changes={"causal": True}).settings
    assert not settings.bidirectional and not settings.centred and settings.differences


def test_an_lstm_of_128_units_has_a_state_below_10_kb():
    shared = reader("numbers per step", hidden_size=128, num_layers=1)
    state = shared.session().state()
    assert len(state) == shared.carried.size == HEAD.size + 4 * (2 * 128 + 3) + 8
    assert len(state) < 2_000


# -- threads ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["tagged words", "melodies"])
def test_threads_with_sessions_of_their_own(case: str):
    given, joined = elements(case)
    expected = [one.value for one in alone(reader(case), given, joined)]
    shared = reader(case)  # whose packed weights are made while all begin
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: alone(shared, given, joined), range(24)):
            assert [one.value for one in found] == expected


def alone(shared: Reader, given: Sequence[Any], joined: Any) -> list[Any]:
    session = shared.session()
    return [session.push(joined([element])) for element in given]


# -- as users have it ---------------------------------------------------------------------------------------

STREAMED = """
import threading, sys
import elman
assert threading.active_count() == 1
model = elman.load(sys.argv[1])
session = model.restore(bytes.fromhex(sys.argv[2]))
answers = [session.push([step]).value for step in ([0.5, 1.0], [2.0, -1.0])]
print(answers, elman.advance([session, session.fork()], [[0.0, 1.0], [[0.0, 1.0]]])[1].value)
assert "torch" not in sys.modules and threading.active_count() == 1
"""


def test_from_training_to_a_process_without_torch(tmp_path, bare):
    rows = [GENERATOR.normal(size=(12, 2)).tolist() for _ in range(20)]
    sums = [np.cumsum(np.array(row)[:, 0]).tolist() for row in rows]
    data = {"sensors": rows, "force": sums}
    model = elman.fit(data, causal=True, epochs=1, hidden_size=8, to=tmp_path / "model")
    assert "--causal, which leaves out" in (tmp_path / "model" / "README.md").read_text()
    session = model.stream()
    session.push(rows[0])
    state = session.state()
    expected = [session.push([step]).value for step in ([0.5, 1.0], [2.0, -1.0])]
    last = session.push([0.0, 1.0]).value
    printed = bare.run(STREAMED, str(tmp_path / "model"), state.hex())
    found, at_last = eval(printed.replace("] [", "], ["))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(at_last, last, atol=1e-5)
    assert Session.restore(model, state).state() == state
