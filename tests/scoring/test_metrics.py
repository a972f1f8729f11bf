"""Every metric against an implementation we did not write, and by hand where the convention matters."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.errors import ShapeError, TaskError
from elman.scoring.metrics import METRICS, common_subsequence, edits, metric, spans

LABELS = ["ham", "spam", "other one"]


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)


# -- labels -----------------------------------------------------------------------------------------------


def test_label_metrics_agree_with_sklearn(rng):
    sklearn = pytest.importorskip("sklearn.metrics")
    actual = rng.choices(LABELS, [6, 3, 1], k=211)
    predicted = [rng.choice(LABELS) if rng.random() < 0.4 else a for a in actual]
    assert metric("accuracy")(predicted, actual) == pytest.approx(sklearn.accuracy_score(actual, predicted))
    assert metric("f1")(predicted, actual) == pytest.approx(sklearn.f1_score(actual, predicted, average="macro"))
    by_label = sklearn.f1_score(actual, predicted, average=None, labels=LABELS)
    for label, expected in zip(LABELS, by_label, strict=True):
        assert metric(f"f1_{label}")(predicted, actual) == pytest.approx(expected)


def test_f1_of_tags_agrees_with_sklearn(rng):
    sklearn = pytest.importorskip("sklearn.metrics")
    actual = [rng.choices(LABELS, [6, 3, 1], k=length) for length in (1, 2, 63, 0, 41)]
    predicted = [[rng.choice([*LABELS, "new"]) if rng.random() < 0.4 else a for a in row] for row in actual]
    flat = [[tag for row in side for tag in row] for side in (actual, predicted)]
    assert metric("tag_f1")(predicted, actual) == pytest.approx(sklearn.f1_score(*flat, average="macro"))


def test_several_labels_agree_with_sklearn(rng):
    sklearn = pytest.importorskip("sklearn.metrics")
    actual = [{label for label in LABELS if rng.random() < 0.5} for _ in range(97)]
    predicted = [{label for label in LABELS if (label in a) != (rng.random() < 0.2)} for a in actual]
    hot_actual, hot_predicted = ([[label in row for label in LABELS] for row in side] for side in (actual, predicted))
    expected = sklearn.accuracy_score(np.array(hot_actual), np.array(hot_predicted))
    assert metric("accuracy")(predicted, actual) == pytest.approx(expected)
    expected = sklearn.f1_score(np.array(hot_actual), np.array(hot_predicted), average="macro")
    assert metric("f1")(list(map(sorted, predicted)), actual) == pytest.approx(expected)


def test_f1_of_a_label_that_never_occurs_is_zero_and_left_out_of_the_mean():
    assert metric("f1_egg")(["ham"], ["ham"]) == 0
    assert metric("f1")(["ham"], ["ham"]) == 1
    of_a_resample_without_the_second_label = np.array([1.0, 1, 1, 0, 0, 0])
    assert metric("f1").value(of_a_resample_without_the_second_label) == 1


def test_number_labels_are_found_by_name():
    assert metric("f1_1")([1, 0, 1], [1, 1, 1]) == pytest.approx(0.8)


# -- tags -------------------------------------------------------------------------------------------------

BIO = ["O", "B-per", "I-per", "B-creative-work", "I-creative-work"]


def test_spans_agree_with_seqeval_on_any_tags(rng):
    seqeval = pytest.importorskip("seqeval.metrics")
    actual = [rng.choices(BIO, k=rng.choice([1, 2, 17])) for _ in range(150)]
    predicted = [[rng.choice(BIO) if rng.random() < 0.3 else t for t in row] for row in actual]
    assert metric("span_f1")(predicted, actual) == pytest.approx(seqeval.f1_score(actual, predicted))
    assert metric("tag_accuracy")(predicted, actual) == pytest.approx(seqeval.accuracy_score(actual, predicted))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("", set()),
        ("O", set()),
        ("B-a", {("a", 0, 1)}),
        ("B-a B-a", {("a", 0, 1), ("a", 1, 2)}),
        (
            "B-a I-a O I-a",
            {("a", 0, 2), ("a", 3, 4)},
        ),  # conlleval: I- with nothing before it begins an entity
        ("I-a I-b", {("a", 0, 1), ("b", 1, 2)}),
        ("B-a I-b I-b", {("a", 0, 1), ("b", 1, 3)}),
    ],
)
def test_spans_by_hand(tags, expected):
    assert spans(tags.split()) == expected


def test_empty_sentences_count_nothing():
    assert metric("tag_accuracy")([[], ["O"]], [[], ["O"]]) == 1
    assert metric("span_f1")([[], ["B-a"]], [[], ["B-a"]]) == 1


def test_tags_of_another_length_are_refused():
    with pytest.raises(ShapeError, match="row 1: 1 predicted tags for 2"):
        metric("tag_accuracy")([["O"], ["O"]], [["O"], ["O", "O"]])


# -- sequences and text -----------------------------------------------------------------------------------

HYPOTHESES = [
    "The cat sat on the mat.",
    "hello , world",
    "",
    "A man (in blue) runs!",
    "one two three four five",
]
REFERENCES = [
    ["The cat is on the mat.", "There is a cat on the mat."],
    ["Hello, world"],
    ["never empty"],
    ["A man (in blue) is running!", "A man in blue runs.", "A man runs!"],
    ["one two three four five six"],
]


def test_bleu_and_chrf_are_sacrebleus():
    streams: Any = [[r[k] if k < len(r) else None for r in REFERENCES] for k in range(3)]
    assert metric("bleu")(HYPOTHESES, REFERENCES) == pytest.approx(sacrebleu.corpus_bleu(HYPOTHESES, streams).score)
    assert metric("chrf")(HYPOTHESES, REFERENCES) == pytest.approx(sacrebleu.corpus_chrf(HYPOTHESES, streams).score)


def test_bleu_is_cased_and_splits_punctuation():
    assert metric("bleu")(["The cat sat here ."], [["The cat sat here."]]) == pytest.approx(100)
    assert metric("bleu")(["the cat sat here ."], [["The cat sat here."]]) < 99


def test_bleu_joins_tokens():
    assert metric("bleu")([list("abcde")], [[list("abcde")]]) == pytest.approx(100)


@given(st.lists(st.integers(0, 3), max_size=70), st.lists(st.integers(0, 3), max_size=70))
@settings(max_examples=300, deadline=None)
def test_edits_are_levenshteins(source, target):
    nltk = pytest.importorskip("nltk.metrics.distance")
    assert edits(source, target) == nltk.edit_distance(source, target)


def test_edit_distance_is_to_the_nearest_reference_per_its_token():
    predictions = ["HH AH L OW", ["K", "AE"], ""]
    references = [["HH EH L OW", "HH AH L OW W"], [["K", "AE", "T"]], ["A B"]]
    assert metric("edit_distance")(predictions, references) == pytest.approx((1 + 1 + 2) / (4 + 3 + 2))


def test_exact_match_takes_any_reference():
    assert metric("exact_match")(["a b", "a"], [["b a", "a b"], ["a b"]]) == 0.5


@pytest.mark.parametrize("name", ["bleu", "chrf", "exact_match", "edit_distance"])
@pytest.mark.parametrize("reference", ["a b", []])
def test_one_bare_or_no_reference_is_refused(name, reference):
    with pytest.raises(ShapeError, match="row 1: expected a list of one or more references"):
        metric(name)(["a", "a"], [["a"], reference])


def summaries(rng, count):
    """Predictions and one to three references of words with case, marks, numbers, hyphens; some of them empty."""
    words = ["The", "the", "model", "models,", "F1-score", "0.5", "(LSTM)", "long-term", "--", "a_b", "it's", "end."]

    def text():
        return " ".join(rng.choices(words, k=rng.choice([0, 1, 2, 7, 63])))

    return [text() for _ in range(count)], [[text() for _ in range(rng.randint(1, 3))] for _ in range(count)]


@pytest.mark.parametrize("name", ["rouge1", "rouge2", "rougeL"])
def test_rouge_agrees_with_rouge_score(rng, name):
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    scorer = rouge_scorer.RougeScorer([name])
    predictions, references = summaries(rng, 150)
    expected = [
        max(scorer.score(reference, prediction)[name].fmeasure for reference in several)
        for prediction, several in zip(predictions, references, strict=True)
    ]
    assert 0.05 < sum(expected) / len(expected) < 0.95
    rows = metric(name).contributions(predictions, references)
    assert isinstance(rows, np.ndarray) and rows[:, 0].tolist() == pytest.approx(expected)
    assert metric(name)(predictions, references) == pytest.approx(sum(expected) / len(expected))


def test_rouge_reads_any_script():
    assert metric("rouge1")(["Größe zählt"], [["größe ZÄHLT nicht"]]) == pytest.approx(0.8)


@given(st.lists(st.integers(0, 3), max_size=70), st.lists(st.integers(0, 3), max_size=70))
@settings(deadline=None, max_examples=50)
def test_the_longest_common_subsequence(a, b):
    """By the textbook's table."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    assert common_subsequence(a, b) == table[-1][-1]


# -- likelihoods and numbers ------------------------------------------------------------------------------


def test_likelihoods_are_weighted_by_token():
    nats, tokens = [[math.log(2)] * 3, [math.log(8)], []], [[1, 2, 3], [4], []]
    assert metric("nats_per_token")(nats, tokens) == pytest.approx(1.5 * math.log(2))
    assert metric("perplexity")(nats, tokens) == pytest.approx(2**1.5)


@pytest.mark.parametrize("offset", [0, 1e6])
def test_number_metrics_agree_with_sklearn(offset):
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    actual = offset + rng.normal(size=101)
    predicted = actual + rng.normal(scale=0.5, size=101)
    assert metric("mae")(predicted, actual) == pytest.approx(sklearn.mean_absolute_error(actual, predicted))
    assert metric("rmse")(predicted, actual) == pytest.approx(sklearn.root_mean_squared_error(actual, predicted))
    assert metric("r2")(predicted, actual) == pytest.approx(sklearn.r2_score(actual, predicted), rel=1e-6)


def test_r2_of_equal_references():
    assert metric("r2")([2.0, 2.0], [2.0, 2.0]) == 1
    assert metric("r2")([2.0, 2.1], [2.0, 2.0]) == 0


def test_numbers_of_sequences_are_pooled():
    assert metric("mae")([[1, 2, 3], [4]], [[1, 2, 4], [7]]) == 1


# -- all --------------------------------------------------------------------------------------------------


def test_names_and_formats():
    assert list(METRICS) == [
        *("accuracy", "f1", "tag_accuracy", "tag_f1", "span_f1", "bleu", "chrf"),
        *("rouge1", "rouge2", "rougeL", "exact_match", "edit_distance", "wer"),
        *("perplexity", "nats_per_token", "nats_per_pitch", "nats_per_step"),
        *("mae", "rmse", "mase", "std_mse", "std_mae", "r2"),
        *("average_precision", "roc_auc", "range_f1", "events_found", "delay", "false_alarms"),
    ]
    assert metric("accuracy").format(0.9874) == "98.7 %"
    assert metric("nats_per_token").format(1.5801) == "1.580 nats per token"
    assert metric("perplexity").format(123.45) == "123.5 choices per token"


def test_unknown_metrics_unequal_sides_and_no_rows_are_refused():
    with pytest.raises(TaskError, match="no metric is called 'acuracy'"):
        metric("acuracy")
    with pytest.raises(ShapeError, match="1 predictions for 2 references"):
        metric("accuracy")(["a"], ["a", "b"])
    with pytest.raises(TaskError, match="no rows"):
        metric("accuracy")([], [])


def test_pitches_of_a_melody_are_every_second_token():
    nats, tokens = [np.array([1.0, 9.0, 3.0]), np.array([5.0])], [[7, 8, 9], [1]]
    assert metric("nats_per_pitch")(nats, tokens) == pytest.approx(3.0)
    assert metric("nats_per_token")(nats, tokens) == pytest.approx(18 / 4)
    with pytest.raises(ShapeError):
        metric("nats_per_pitch")([np.array([1.0])], [[1, 2, 3]])
