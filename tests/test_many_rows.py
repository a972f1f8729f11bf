"""Tables of many rows: what is fitted and measured on a sample of them has a bound, and is said."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from collections import Counter

import pytest
from rich.console import Console

import elman
from conftest import there
from elman.answers import each_step, written
from elman.answers.value import ValueAnswer
from elman.answers.written import WrittenAnswer
from elman.data.readers import from_python
from elman.dataset import DataSet
from elman.kinds import text
from elman.kinds.ngrams import NgramFeatures
from elman.kinds.text import EncodedTexts
from elman.scoring import order_free
from elman.scoring.baselines import CommonOrCopy
from elman.scoring.order_free import OrderFreeTags
from elman.scoring.report import Report
from elman.settings import Settings
from elman.stages import watched_by

ROWS = 600


def table(rows: int = ROWS) -> elman.Table:
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefgh", k=5)) for _ in range(200)]
    labels = ["good", "bad", "neither"]
    texts = [" ".join([*rng.choices(words, k=6), labels[row % 3][:3]]) for row in range(rows)]
    return elman.Table({"text": texts, "label": [labels[row % 3] for row in range(rows)]})


@pytest.fixture
def trained(monkeypatch):
    monkeypatch.setattr(ValueAnswer, "most_measured", 30)
    monkeypatch.setattr(NgramFeatures, "most_rows", 120)
    events = []
    planned = elman.plan(table(), changes={"epochs": 1, "hidden_size": 8})
    return planned, elman.Trainer(planned, events.append).run(), events


def test_rows_that_are_fitted_and_measured_have_a_bound_that_is_said(trained):
    planned, model, _ = trained
    assert planned.data.rows == {"train": 480, "valid": 60, "test": 60}
    said = "of 60 validation rows and 60 test rows, 30 each are measured on, drawn by chance"
    assert said in planned.data.notes
    report = there(model.report)
    assert (report.rows, report.drawn_from) == (30, 60)
    assert report.extent == "30 held-out rows, drawn by chance from 60"
    assert sum(map(sum, there(report.confusion).counts)) == 30
    counting = next(one for one in report.baselines if one.name == "order_free")
    assert counting.description == "counting words in 120 of 480 training rows"
    assert counting.description in counting.verdict
    printed = io.StringIO()
    report.render(Console(file=printed, width=200))
    assert "measured on 30 held-out rows, drawn by chance from 60" in printed.getvalue()


def test_steps_that_are_fitted_and_measured_have_a_bound_that_is_said(monkeypatch):
    monkeypatch.setattr(each_step, "MOST_STEPS", 400)
    monkeypatch.setattr(each_step, "BLOCK", 10)
    rng = random.Random(0)
    steps = [(run, t, rng.random()) for run in range(100) for t in range(60)]
    columns = {"run": [run for run, _, _ in steps], "t": [t for _, t, _ in steps], "x": [x for _, _, x in steps]}
    columns["state"] = ["high" if x > 0.5 else "low" for x in columns["x"]]
    data = elman.Table(columns)
    model = elman.fit(data, task="tagging", output="state", epochs=1, hidden_size=4)
    assert model.detection.sequences == "run"
    notes = elman.plan(data, task="tagging", output="state").data.notes
    assert "of 600 validation steps and 600 test steps, 400 each are measured on, drawn by chance" in notes
    report = there(model.report)
    assert (report.rows, report.drawn_from) == (36, 60)  # blocks of ten: six sequences of ten
    again = model.evaluate(data)
    assert (again.rows, again.drawn_from) == (36, 600)


def test_words_that_are_tagged_have_a_bound_that_is_said(monkeypatch):
    monkeypatch.setattr(each_step, "MOST_WORDS", 100)
    rng = random.Random(0)
    texts = [" ".join(rng.choices(["red", "blue", "car", "house"], k=5)) for _ in range(400)]
    tags = [" ".join("A" if word in ("red", "blue") else "N" for word in text.split()) for text in texts]
    data = elman.Table({"tokens": texts, "tags": tags})
    planned = elman.plan(data, task="tagging", output="tags", changes={"epochs": 1, "hidden_size": 4})
    notes = planned.data.notes
    assert "of 200 validation words and 200 test words, 100 each are measured on, drawn by chance" in notes
    fitted, fit = [], OrderFreeTags.fit
    monkeypatch.setattr(OrderFreeTags, "fit", lambda self, *pairs: (fitted.append(pairs), fit(self, *pairs))[1])
    report = there(elman.Trainer(planned).run().report)
    assert (report.rows, report.drawn_from) == (20, 40)
    assert [len(some[0]) for some in fitted[0]] == [20, 20]


def test_texts_that_are_written_have_a_bound_that_keeps_references_together(monkeypatch):
    monkeypatch.setattr(WrittenAnswer, "most_measured", 30)
    monkeypatch.setattr(written, "MOST_FITTED", 50)
    sources = [f"{row // 3} {row // 3 * 7}" for row in range(600)]  # each with three right answers
    data = elman.Table(
        {"input": sources, "output": [f"{'abc'[row % 3]}{source}" for row, source in enumerate(sources)]}
    )
    planned = elman.plan(data, task="translation", output="output", changes={"epochs": 1, "hidden_size": 4})
    assert "of 60 validation rows and 60 test rows, 30 each are measured on, drawn by chance" in planned.data.notes
    inputs, outputs = planned.data.held_out
    assert len(outputs) == 30 and set(Counter(inputs).values()) == {3}
    fitted, fit = [], CommonOrCopy.fit
    monkeypatch.setattr(CommonOrCopy, "fit", lambda self, *pairs: (fitted.append(pairs), fit(self, *pairs))[1])
    report = there(elman.Trainer(planned).run().report)
    assert (report.rows, report.drawn_from) == (10, 20)
    assert len(fitted[0][0][0]) == 50


def test_of_many_words_the_commonest_parts_are_looked_at(monkeypatch):
    words = [["the", f"x{i}y"] for i in range(100)]
    tags = [["D", "N"]] * 100
    whole = OrderFreeTags().fit((words, tags), (words, tags))
    monkeypatch.setattr(order_free, "MOST_WEIGHTS", 40)
    bounded = OrderFreeTags().fit((words, tags), (words, tags))
    assert len(whole.ids) > 300 and len(bounded.ids) == 20 and "word the" in bounded.ids
    assert bounded.predict(words) == whole.predict(words) == tags


def test_what_was_sampled_is_kept_with_the_model(trained, tmp_path):
    _, model, _ = trained
    model.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    again = there(loaded.report)
    assert again.extent == there(model.report).extent
    assert next(b for b in loaded.baselines if b.name == "order_free").description.endswith("120 of 480 training rows")
    assert "drawn by chance from 60" in (tmp_path / "model" / "README.md").read_text()
    assert Report.from_json(json.loads(json.dumps(again.to_json()))).drawn_from == 60
    assert there(loaded.evaluate(table(100))).rows == 100  # what is asked for is measured whole


def test_few_rows_are_fitted_and_measured_whole():
    model = elman.Trainer(elman.plan(table(300), changes={"epochs": 1, "hidden_size": 8})).run()
    report = there(model.report)
    assert (report.rows, report.drawn_from) == (30, 0) and report.extent == "30 held-out rows"
    assert all(" of " not in baseline.description for baseline in report.baselines)


def test_memory_of_a_row_has_a_bound():
    """Beside its cells, which were made before: parting, audit, words, encoded rows and batches to train on."""
    rows, small = 10_000, Settings().with_changes({"hidden_size": 8, "embedding_size": 8, "lowercase": True})
    made = table(rows)
    tracemalloc.start()
    data = DataSet.of(made)
    parts = data.task.parts(*data.train, small)
    batches = data.task.batches(parts, *data.train)
    assert next(batches.epoch(0)).rows
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 400 * rows, f"{most / rows:.0f} bytes a row"


def test_every_part_of_the_work_is_a_stage(tmp_path, monkeypatch):
    """What takes seconds where rows are many: each has a name to be shown with a bar."""
    monkeypatch.setattr("elman.kinds.ngrams.BATCH_CHARACTERS", 1_000)
    made = table(300)
    path = tmp_path / "texts.csv"
    rows = zip(made.columns["text"], made.columns["label"], strict=True)
    path.write_text("text,label\n" + "\n".join(map(",".join, rows)) + "\n")
    told = []
    with watched_by(lambda name, share: told.append(name)):
        elman.fit(path, epochs=1, hidden_size=8, to=tmp_path / "model")
    reading = {"reading texts.csv", "looking at numbers and dates", "looking at the columns"}
    parting = {"parting the rows", "looking for what is odd", "choosing settings"}
    learning = {"building the model", "counting words", "encoding texts", "validating"}
    measuring = {"counting n-grams", "fitting a linear model", "predicting", "finding intervals", "saving the model"}
    assert reading | parting | learning | measuring <= set(told)


def test_which_of_thousands_of_columns_is_learned_takes_memory_by_their_number():
    """And not by its square, though each of them may be learned from all others."""
    columns = {f"x{i}": [(i * row) % 31 / 7 for row in range(20)] for i in range(2_000)}
    table = from_python(columns | {"kind": ["ab"[row % 2] for row in range(20)]})
    assert table.profiles
    tracemalloc.start()
    found = elman.detect(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.output == "kind" and len(found.inputs) > 1_900
    assert peak < 15e6, peak


def test_counting_words_takes_no_memory_for_each(monkeypatch):
    monkeypatch.setattr(text, "COUNTED", 1 << 10)
    words = [f"w{i % 7}" for i in range(200_003)]
    encoded = EncodedTexts.of([words])
    tracemalloc.start()
    assert dict(zip(encoded.distinct, encoded.often().tolist(), strict=True)) == Counter(words)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < len(words)
