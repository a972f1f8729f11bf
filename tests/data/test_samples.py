from __future__ import annotations

import pytest

from elman import samples
from elman.data.audit import audit
from elman.data.detect import ARCHITECTURES, detect, prepared
from elman.data.readers import read
from elman.data.splits import split
from elman.errors import DataFileError, TaskError
from elman.samples.numbers import spell


@pytest.mark.parametrize("name", samples.names())
def test_a_sample_is_the_same_again_read_back_and_detected(name, tmp_path):
    sample, table = samples.SAMPLES[name], samples.load(name)
    assert table.columns == samples.load(name).columns
    path = tmp_path / f"{name}{sample.suffix}"
    samples.write(name, path)
    back = read(path)
    assert back.columns == table.columns
    task = sample.task if name == "names" else None  # which is read forwards: name -> style
    assert detect(back, task=task).task == sample.task
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", samples.names())
def test_a_sample_is_clean(name):
    table = samples.load(name)
    found = detect(table, task=samples.SAMPLES[name].task)
    table, history = prepared(table, found), found.task == "forecasting"
    parts = split(table, input=found.input, output=found.output, seed=0, history=history)
    findings = audit(parts.train, parts.valid, parts.test, found)
    assert not [finding for finding in findings if finding.level == "warning" and name != "tags"]


def test_all_architectures_have_one():
    assert {ARCHITECTURES[sample.task] for sample in samples.SAMPLES.values()} == set(ARCHITECTURES.values())


def test_reviews_are_seldom_told_by_counting_words():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    table = samples.load("reviews")
    counts = CountVectorizer().fit_transform(table.columns["text"])
    labels = table.columns["label"]
    assert LogisticRegression().fit(counts[:2000], labels[:2000]).score(counts[2000:], labels[2000:]) < 0.75


def test_numbers_are_spelled_right():
    assert [spell(n) for n in (0, 13, 20, 85, 207, 1000, 7004, 9915)] == [
        "zero",
        "thirteen",
        "twenty",
        "eighty five",
        "two hundred and seven",
        "one thousand",
        "seven thousand and four",
        "nine thousand nine hundred and fifteen",
    ]


def test_wrong_names_and_places(tmp_path):
    with pytest.raises(TaskError, match="Did you mean reviews"):
        samples.load("review")
    with pytest.raises(TaskError, match=r"tags\.conll"):
        samples.write("tags", tmp_path / "tags.csv")
    with pytest.raises(DataFileError, match="can't be written"):
        samples.write("tags", tmp_path / "nowhere" / "tags.conll")
