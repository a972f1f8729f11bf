"""What encoder-decoders write, and what it is compared with; language models measured in pieces."""

from __future__ import annotations

import numpy as np
import torch

import elman as main
from elman import samples
from elman.answers.continuation import EVALUATION_STREAMS, RunningAnswer
from elman.answers.written import alternatives, written
from elman.decoding.beam import Hypothesis
from elman.kinds import TextKind
from elman.training.batches import StreamBatches


def test_all_references_of_a_source_count():
    assert alternatives(["a b", "c", "a b"], ["x", "y", "z"]) == (["a b", "c"], [["x", "z"], ["y"]])


def test_an_unknown_word_is_copied_from_where_the_decoder_looked():
    kind = TextKind(level="tokens")
    kind.fit([["das", "ist", "gut"]])
    unk, (first, last) = kind.vocabulary.unk_id, kind.vocabulary.encode(["das", "gut"])
    hypothesis = Hypothesis([first, unk, last], 0.0, attended=[0, 2, 1])
    assert written(kind, hypothesis, ["this", "very", "Zaphod"]).value.split() == ["das", "Zaphod", "gut"]
    assert "Zaphod" not in written(kind, Hypothesis([first, unk], 0.0, attended=None), ["this", "Zaphod"]).value


def test_a_text_measured_in_pieces_is_measured_as_a_whole():
    model = main.fit(samples.load("story"), epochs=1, streams=8, hidden_size=24, embedding_size=16, average=0.9)
    task, parts, lines = model.task, model.parts, samples.load("story").columns["text"]
    assert isinstance(task, RunningAnswer) and isinstance(parts.input, TextKind)
    in_pieces = np.concatenate(task.nats(parts, lines))
    ids = task.stream(parts.input, lines)
    assert len(ids) > 1.5 * 500 * EVALUATION_STREAMS
    whole = StreamBatches(ids, streams=EVALUATION_STREAMS, bptt=len(ids), begin=parts.input.vocabulary.end_id)
    (batch,) = whole.in_order()
    with torch.no_grad():
        scores, _ = model.network(batch.inputs)
        expected = torch.nn.functional.cross_entropy(scores.values, batch.targets.values, reduction="none")
    np.testing.assert_allclose(in_pieces, expected.numpy(), rtol=1e-3, atol=1e-4)
