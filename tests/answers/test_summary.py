"""Summaries: what is learned from, what is copied, and by what the best weights are chosen."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import elman as main
from conftest import alike, shared_data
from elman import answers, samples
from elman.answers.base import predicted
from elman.answers.learning import WrittenSample, exactly_right
from elman.data.detect import detect
from elman.data.readers import from_python, read
from elman.decoding.beam import beam_search
from elman.kinds import TextKind
from elman.models.encoder_decoder import EncoderDecoder
from elman.nn.copying import CopyHead
from elman.scoring.metrics import metric
from elman.trainer import plan
from elman.training.batches import DrawnTargets

SMALL: dict[str, Any] = {
    "hidden_size": 24,
    "embedding_size": 16,
    "average": 0.9,
    "batch_tokens": 1_000,
    "vocabulary_size": 300,
}


@pytest.fixture(scope="module")
def model():
    return main.fit(samples.load("reports").select(range(0, 1000, 4)), epochs=2, **SMALL)


def task_for(table, name=None):
    return answers.for_detection(name, detect(table, task=name), table).name


def test_long_texts_with_short_copies_are_summaries():
    reports = samples.load("reports")
    assert task_for(reports) == "summarise" and task_for(reports, "translation") == "translation"
    assert task_for(samples.load("numbers")) == "translation"
    backwards = from_python({"source": reports.columns["headline"], "target": reports.columns["report"]})
    assert task_for(backwards) == "translation"
    other_words = from_python({"source": reports.columns["report"], "target": [f"news {i}" for i in range(1000)]})
    assert task_for(other_words) == "translation"


def test_real_abstracts_are_summarised_and_translations_are_not():
    assert task_for(read([shared_data("scitldr") / "dev.jsonl.gz"])) == "summarise"
    base = shared_data("multi30k_en_de")
    pair = read([base / "val.en", base / "val.de"])
    assert task_for(pair) == "translation"
    detection = detect(pair)
    planned = plan(pair, input=detection.inputs, output=detection.output)
    assert not planned.settings.copy  # names and signs alone are the same in both languages


def test_a_summary_model_says_whether_it_beats_the_first_sentence(model):
    report = model.report
    assert list(report.metrics) == ["rouge1", "rouge2", "rougeL"]
    (first,) = report.baselines
    assert first.name == "first_sentence" and "taking the first sentence" in first.verdict
    assert 0 < first.metrics["rouge1"]["value"] < 0.4
    by = [entry["rouge1"] for entry in model.about["history"]]
    assert model.about["best_epoch"] == 1 + by.index(max(by))


def test_source_and_target_share_words_and_vectors(model, tmp_path):
    network = model.network
    assert model.parts.input is model.parts.output and model.parts.settings.copy
    assert isinstance(network, EncoderDecoder) and isinstance(network.head, CopyHead)
    weight = network.embedding.embedding.weight
    assert network.head.linear.weight is weight and network.encoder.get_parameter("embedding.weight") is weight
    headlines = samples.load("reports").columns["headline"]
    kind = model.parts.output
    assert isinstance(kind, TextKind) and kind.vocabulary.unk_id not in kind.encode(headlines[:1])[0].ids
    model.save(tmp_path / "saved")
    again = main.load(tmp_path / "saved")
    assert again.parts.input is again.parts.output
    texts = samples.load("reports").columns["report"][:5]
    assert alike(again.predict(texts), model.predict(texts))


def test_some_targets_are_stretches_of_the_source(model):
    table = samples.load("reports").select(range(60))
    inputs, outputs = table.columns["report"], table.columns["headline"]
    batches = model.task.batches(model.parts, inputs, outputs)
    assert isinstance(batches, DrawnTargets)
    kind = model.parts.output

    def targets(those):
        return {
            row: kind.join(kind.vocabulary.decode(ids[:-1].tolist()))
            for batch in those
            for row, ids in zip(batch.rows, batch.targets, strict=True)
        }

    assert targets(batches.in_order()) == dict(enumerate(outputs))  # what is measured is never a stretch
    first, again, second = (targets(batches.epoch(number)) for number in (0, 0, 1))
    assert first == again != second
    drawn = [row for row in first if first[row] != outputs[row]]
    assert 15 < len(drawn) < 45
    assert all(first[row] in inputs[row] for row in drawn)
    skipped = targets(batches.epoch(0, skip=1))
    assert skipped.items() < first.items()


def test_what_is_right_with_forcing_is_what_greedy_search_gets_right():
    table = samples.load("numbers").select(range(300))
    words, digits = table.columns["words"], [digits[:3] for digits in table.columns["digits"]]
    options: dict[str, Any] = {
        "hidden_size": 32,
        "embedding_size": 16,
        "average": 0.9,
        "learning_rate": 1e-2,
        "beam_size": 1,
        "batch_tokens": 200,
        "dropout": 0.0,
    }
    model = main.fit({"words": words, "digits": digits}, task="translation", epochs=8, **options)
    parts, task = model.parts, model.task
    batches = task.batches(parts, words, digits)
    with torch.no_grad():
        share = exactly_right(parts.module, batches)
    found = [prediction.value for prediction in task.predict(parts, words)]
    expected = sum(a == b for a, b in zip(found, digits, strict=True)) / len(words)
    assert 0 < share < 1 and share == expected


def test_the_sample_that_weights_are_chosen_on_is_measured_as_answers_are(model):
    table = samples.load("reports").select(range(40))
    inputs, outputs = table.columns["report"], table.columns["headline"]
    twice = [*inputs, *inputs[:3]], [*outputs, "Another headline", "And another", "And one more"]
    batches = model.task.batches(model.parts, *twice)
    sample = WrittenSample(model.parts.output, batches, metric("rouge1"))
    assert len(sample.references) == 40 and sample.references[1] == [outputs[1], "And another"]
    greedily = {"end": model.parts.output.vocabulary.end_id, "beam_size": 1}
    greedily["max_length"] = round(1.5 * sample.longest) + 1
    found = predicted(model.parts.input, inputs, lambda batch: beam_search(model.parts.network, batch, **greedily))
    texts = [model.parts.output.join(model.parts.output.vocabulary.decode(h.ids)) for h in found]
    with torch.no_grad():
        assert sample.measure(model.network) == pytest.approx(metric("rouge1")(texts, sample.references))
