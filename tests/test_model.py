"""The main job in Python on the embedded samples: fit, measure, use, save, load."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import elman as main
from conftest import there
from elman import memory, samples
from elman.errors import BackendUnavailableError, BundleError, PluginError, TaskError
from elman.kinds import KINDS
from elman.model import Model
from elman.plugins import Registry
from elman.testing.tasks import close

TINY: dict[str, Any] = {"hidden_size": 24, "average": 0.9}
SMALL: dict[str, Any] = {**TINY, "embedding_size": 16}
CASES: dict[str, Any] = {
    "reviews": {"epochs": 2, "pieces": 500, **SMALL},
    "tags": {"epochs": 2, "pieces": 500, **SMALL},
    "numbers": {"epochs": 1, "pieces": 500, "beam_size": 2, "max_length": 20, **SMALL},
    "names": {"epochs": 1, "input": "style", "output": "name", "task": "generation", "max_length": 20, **SMALL},
    "story": {"epochs": 1, "streams": 8, **SMALL},
    "flowers": {"epochs": 5, **TINY},
}


def rows(name, count=500):
    return samples.load(name).select(range(count))


def fitted(name, folder=None, **changes):
    return main.fit(rows(name), to=folder, **(CASES[name] | changes))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    made = {}

    def get(name):
        if name not in made:
            folder = tmp_path_factory.mktemp(name) / "model"
            made[name] = fitted(name, folder), folder
        return made[name]

    return get


@pytest.mark.parametrize("name", CASES)
def test_a_saved_model_answers_as_before(models, name):
    model, folder = models(name)
    again = main.load(folder)
    assert not folder.with_name("model.unfinished").exists() and not folder.with_name("model.part").exists()
    again.save(folder.with_name("copied"))
    for file in ("elman.json", "README.md"):
        assert (folder.with_name("copied") / file).read_text() == (folder / file).read_text()
    assert again.report is not None and there(again.report).metrics == there(model.report).metrics
    assert there(again.report).verdicts == there(model.report).verdicts
    table = rows(name, 20)
    before, after = model.predict(table), again.predict(table)
    assert len(before) == 20
    assert close([p.to_json() for p in after], [p.to_json() for p in before])
    first, second = model.evaluate(rows(name, 60)), again.evaluate(rows(name, 60))
    assert close(first.to_json(), second.to_json())


@pytest.mark.parametrize("name", CASES)
def test_the_report_has_metrics_with_intervals_and_baselines(models, name):
    model, _ = models(name)
    report = json.loads(json.dumps(there(model.report).to_json(), allow_nan=False))
    assert report["task"] == model.task.name and report["rows"] > 0
    for metrics in (report["metrics"], *report["baselines"].values()):
        for estimate in metrics.values():
            assert estimate["low"] <= estimate["value"] <= estimate["high"]
    assert report["baselines"] and len(report["verdicts"]) == len(report["baselines"])


def test_the_same_seed_gives_the_same_model_and_another_seed_another():
    one, two, three = fitted("flowers"), fitted("flowers"), fitted("flowers", seed=1)
    first, second, third = (torch.cat([p.flatten() for p in m.network.parameters()]) for m in (one, two, three))
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


def test_reading_in_order_finds_what_counting_words_cannot():
    """The reviews' words alone say little; a model that reads them in order is right."""
    gentle: dict[str, Any] = {"dropout": 0.1, "word_dropout": 0.0, "weight_decay": 0.01, "learning_rate": 1e-2}
    small: dict[str, Any] = {"hidden_size": 32, "embedding_size": 32, "pieces": 0, "pooling": "last"}
    model = main.fit(rows("reviews", 2500), epochs=8, **small, **gentle)
    assert there(model.report).metrics["accuracy"]["value"] > 0.9
    assert there(model.report).metrics["accuracy"]["low"] > there(model.report).baselines[1].metrics["accuracy"]["high"]


def test_a_prediction_does_not_depend_on_the_others(models):
    model, _ = models("reviews")
    texts = samples.load("reviews").columns["text"][:7]
    together = model.predict(texts)
    alone = [model.predict([text])[0] for text in texts]
    assert [p.value for p in alone] == [p.value for p in together]
    assert [p.probability for p in alone] == pytest.approx([p.probability for p in together], abs=1e-5)
    (empty,) = model.predict([""])
    assert 0 <= empty.probability <= 1


def test_generation_is_repeatable_and_starts_as_asked(models):
    names, _ = models("names")
    style = samples.load("names").columns["style"][0]
    drawn = names.generate("Ka", input=style, length=12, seed=3)
    assert drawn == names.generate("Ka", input=style, length=12, seed=3)
    story, _ = models("story")
    text = story.generate("the ", length=30, seed=1, temperature=0.8, top_k=5)
    assert text.startswith("the ") and text == story.generate("the ", length=30, seed=1, temperature=0.8, top_k=5)
    suggested = story.suggest("The ", count=3)
    assert 0 < len(suggested) <= 3 and all(0 < s.probability <= 1 for s in suggested)
    assert story.generate("Žá ", length=3, seed=1).startswith("Žá ")  # tokens without an id stay
    with pytest.raises(TaskError, match="can't generate"):
        models("tags")[0].generate("x")
    with pytest.raises(TaskError, match="can't suggest"):
        models("tags")[0].suggest("x")


def test_a_begun_word_is_completed():
    lines = ["the cat sat on the mat", "the cat ran to the car"] * 60
    model = main.fit({"text": lines}, task="next-word", epochs=6, hidden_size=24, embedding_size=16, negatives=0)
    assert model.suggest("the c", count=2)[0].word.startswith("c")
    assert all(s.word.startswith("ma") for s in model.suggest("the cat sat on the ma"))


def test_labels_that_training_never_saw_are_refused_by_name(models):
    model, _ = models("reviews")
    with pytest.raises(TaskError, match=r"row 2 .*'sideways'"):
        model.evaluate({"text": ["fine", "odd"], "label": [samples.load("reviews").columns["label"][0], "sideways"]})


def test_what_can_not_be_learned_is_said_before_training(tmp_path):
    with pytest.raises(TaskError, match="in every row"):
        main.fit({"text": ["a b c", "b c d", "c d e"] * 20, "label": ["x"] * 60}, output="label")
    with pytest.raises(BackendUnavailableError, match="--device"):
        main.fit(samples.load("flowers"), device="tpu")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("keep me")
    with pytest.raises(BundleError, match="left alone"):
        main.fit(samples.load("flowers"), to=tmp_path / "mine", epochs=1)
    assert (tmp_path / "mine" / "diary.txt").read_text() == "keep me"
    with pytest.raises(TaskError, match="hidden_size"):
        main.fit(samples.load("flowers"), hiden_size=3)  # pyright: ignore[reportCallIssue]


def test_several_labels_and_numbers():
    words = ["red", "blue", "tall", "small"]
    said = [[w for i, w in enumerate(words) if n >> i & 1] for n in range(16)] * 12
    texts = [f"{n} {' '.join(row)}" for n, row in enumerate(said)]
    several = main.fit({"text": texts, "tags": said}, input="text", output="tags", task="multilabel", epochs=12)
    assert there(several.report).metrics["f1"]["value"] > 0.9
    assert set(several.predict(["red tall"])[0].value) == {"red", "tall"}
    blank = [row or None for row in said]  # no label applies: as a file's empty cell comes
    assert several.evaluate({"text": texts, "tags": blank}).rows == len(texts)
    number = main.fit(
        {"text": texts, "length": [len(row) + 0.25 for row in said]},
        task="regression",
        input="text",
        output="length",
        epochs=12,
    )
    assert there(number.report).metrics["rmse"]["value"] < there(number.report).baselines[0].metrics["rmse"]["value"]


def test_other_cells_and_optimizers_train():
    for cell, optimizer in (("rnn", "sgd"), ("gru", "adam")):
        model = fitted("tags", cell=cell, optimizer=optimizer, learning_rate=0.05 if optimizer == "sgd" else 3e-3)
        assert there(model.report).metrics["tag_accuracy"]["value"] > 0.3
        assert model.parts.settings.cell == cell


def test_a_model_takes_columns_pairs_and_lists_of_inputs(models):
    pandas = pytest.importorskip("pandas")
    model, _ = models("reviews")
    texts = ["the plot was not bad", "the cast was dull"]
    expected = [answer.value for answer in model.predict(texts)]
    for given in (pandas.Series(texts), np.array(texts), pandas.DataFrame({"text": texts}), {"text": texts}):
        assert [answer.value for answer in model.predict(given)] == expected
    assert model.evaluate((texts, expected)).metrics["accuracy"]["value"] == 1.0
    with pytest.raises(TaskError, match=r"pass \['the plot"):
        model.predict(texts[0])


def test_an_input_that_can_not_be_read_is_named(models):
    flowers, _ = models("flowers")
    good = (4.1, 1.2, 5.5, 2.0)
    with pytest.raises(TaskError, match=r"input 2 of 3: column 'petal_width' holds 'wide', expected a finite number"):
        flowers.predict([good, (4.1, "wide", 5.5, 2.0), good])
    with pytest.raises(TaskError, match=r"input 1 of 1: holds 2 values, expected 4: one for each column"):
        flowers.predict([(4.1, 1.2)])
    with pytest.raises(TaskError, match=r"input 2 of 2: a row of values is missing"):
        flowers.predict([good, None])
    columns: dict[str, Any] = {name: [cell, "wide"] for name, cell in zip(flowers.detection.inputs, good, strict=True)}
    with pytest.raises(TaskError, match=r"row 2: column 'petal_length' holds 'wide', expected a finite number"):
        flowers.predict(columns)


FOREIGN = """
from elman.errors import TaskError
from elman.kinds import TextKind

class OddKind(TextKind):
    name = "odd"

    def faults(self, cells):
        return {row: TaskError("is odd") for row, cell in enumerate(cells) if cell == "odd"}

    def encode(self, cells):
        return [{}[cell] for cell in cells]
"""


def test_what_a_kind_of_another_package_raises_names_the_package(models, installed, monkeypatch):
    installed("elman.kinds", "elman-odd", {"odd": "OddKind"}, FOREIGN)
    registry = Registry(KINDS.group, KINDS.what, KINDS.ours, KINDS.base)
    monkeypatch.setattr("elman.model.KINDS", registry)
    model, _ = models("reviews")
    kind = registry["odd"]()
    kind.load_state(model.parts.input.state())
    odd = Model(model.columns, replace(model.parts, input=kind, mixing_weights=None), [], model.about)
    with pytest.raises(TaskError, match="input 1 of 2: is odd"):
        odd.predict(["odd", "fine"])
    for use in (lambda: odd.predict(["fine"]), lambda: odd.predict({"text": ["fine"]})):
        with pytest.raises(PluginError, match=r"'odd' of the package 'elman-odd' failed \(KeyError: 'fine'\)"):
            use()


def test_a_disk_without_room_is_noticed_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10_000))
    with pytest.raises(BundleError, match=r"0.0 MB free where .*; the model and its checkpoints need about"):
        main.fit(samples.load("flowers"), to=tmp_path / "model", epochs=1)
    assert not (tmp_path / "model").exists()


def test_a_network_without_room_in_memory_is_refused_before_it_learns(monkeypatch):
    """Whether its weights alone have none, or what learning makes of them."""

    class BegunError(Exception):
        pass

    def watch(event):
        raise BegunError

    trainer = main.Trainer(main.plan(samples.load("reviews"), changes={"epochs": 1}), watch)
    weights = sum(p.nbytes for p in trainer.task.parts(*trainer.data.train, trainer.settings).module.parameters())
    for free in (weights // 2, 10 * weights - 1):
        monkeypatch.setattr(memory, "available", lambda free=free: free)
        with pytest.raises(TaskError, match=r"network of [\d,]+ weights for 2 labels takes about .* GB are free"):
            trainer.run()
    monkeypatch.setattr(memory, "available", lambda: 10 * weights)
    with pytest.raises(BegunError):
        trainer.run()


def test_bare_values_are_read_as_their_column_was(tmp_path):
    amounts = [f"{1000 + 37 * row:,}".replace(",", ".") + ",5" for row in range(80)]
    rows = {"x": amounts, "y": ["lo" if row < 40 else "hi" for row in range(80)]}
    model = main.fit(rows, input="x", output="y", epochs=2, alone=True)
    named = model.predict({"x": ["1.234", "3.900,5"]})
    assert model.predict(["1.234", "3.900,5"]) == named == model.predict([1234, 3900.5])
    assert named != model.predict([1.234, 3900.5])
    with pytest.raises(TaskError, match="abc"):
        model.predict(["abc"])
