"""`elman predict`, `evaluate`, `generate`, `suggest`: what a saved model is used for."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pytest
from commands import elman
from PIL import Image

from elman import samples
from elman.answers.base import PREDICT_ROWS
from elman.model import Model, load

pytest_plugins = ["cli_fixtures"]

# -- predict ----------------------------------------------------------------------------------------------


def test_texts_are_answered_in_order_with_probabilities(trained):
    outcome = elman("predict", trained("reviews"), "the plot was bad.", "the cast was good.", "--json")
    records = [json.loads(line) for line in outcome.out.splitlines()]
    assert [record["input"] for record in records] == ["the plot was bad.", "the cast was good."]
    for record in records:
        assert record["probability"] == max(record["probabilities"].values())
        assert sum(record["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_people_get_a_line_per_text(trained):
    outcome = elman("predict", trained("reviews"), "the plot was bad.", "the cast was good.")
    lines = [line.split("\t") for line in outcome.out.splitlines()]
    assert [line[2] for line in lines] == ["the plot was bad.", "the cast was good."]
    assert all(line[1].endswith("%") and line[0] in ("positive", "negative") for line in lines)


def test_sets_of_labels_at_a_confidence(trained, tmp_path):
    texts = ["the plot was bad.", "a film"]
    asked = "--confidence", "0.9"
    answers = [
        json.loads(line) for line in elman("predict", trained("reviews"), *texts, *asked, "--json").out.splitlines()
    ]
    assert len(answers) == 2
    for answer in answers:
        assert answer["prediction"] == answer["labels"][0] and {*answer["labels"]} <= {"positive", "negative"}
    lines = elman("predict", trained("reviews"), *texts, *asked).out.splitlines()
    assert [line.split("\t")[2] for line in lines] == [f"{{{', '.join(one['labels'])}}}" for one in answers]
    (tmp_path / "in.csv").write_text("text\n" + "\n".join(texts) + "\n")
    outcome = elman("predict", trained("reviews"), "--file", tmp_path / "in.csv", "--to", tmp_path / "out.csv", *asked)
    assert outcome.code == 0, outcome.err
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8")))
    assert [json.loads(row["labels"]) for row in rows] == [answer["labels"] for answer in answers]
    for wrong in ("95", "0", "0.99999"):
        outcome = elman("predict", trained("reviews"), "a film", "--confidence", wrong)
        assert outcome.code == 2 and "confidence" in outcome.err


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_files_keep_their_order_however_long_they_are(trained, tmp_path, suffix):
    texts = [f"{text} {i}" for i, text in enumerate(samples.load("reviews").columns["text"])]
    texts += texts[:500]
    with (tmp_path / "in.csv").open("w", newline="") as out:
        csv.writer(out).writerows([["text"], *([text] for text in texts)])
    to = tmp_path / f"out{suffix}"
    outcome = elman("predict", trained("reviews"), "--file", tmp_path / "in.csv", "--to", to)
    assert outcome.code == 0, outcome.err
    content = to.read_text(encoding="utf-8")
    rows = (
        list(map(json.loads, content.splitlines()))
        if suffix == ".jsonl"
        else list(csv.DictReader(io.StringIO(content)))
    )
    assert [row["input"] for row in rows] == texts
    again = json.loads(elman("predict", trained("reviews"), texts[4000], "--json").out)
    assert rows[4000]["prediction"] == again["prediction"]
    assert float(rows[4000]["probability"]) == pytest.approx(again["probability"], abs=1e-5)


def test_answers_in_parts_are_those_of_the_whole_file(trained, tmp_path):
    path = tmp_path / "in.csv"
    texts = [f"{text} {'x' * (i % 7)}" for i, text in enumerate(samples.load("reviews").columns["text"])]
    path.write_text("text\n" + "".join(f'"{text}"\n' for text in texts * 3))
    assert len(texts) * 3 > PREDICT_ROWS
    model = load(trained("reviews"))
    tables = list(model.columns.stream(path))
    assert len(tables[0]) == PREDICT_ROWS and len(tables) == 2
    in_parts = [answer for _, answers in model.predict_tables(tables) for answer in answers]
    assert in_parts == model.predict(path)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_an_interrupted_prediction_leaves_what_was_written(trained, tmp_path, monkeypatch, suffix):
    path, to = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    path.write_text("text\n" + "a good plot\n" * 50)
    monkeypatch.setattr("elman.columns.PREDICT_ROWS", 20)
    monkeypatch.setattr("elman.columns.FEWEST_ROWS", 20)
    assert elman("predict", trained("reviews"), "--file", path, "--to", to).code == 0
    whole = to.read_bytes()
    answered, chunks = Model.predict_tables, iter(range(3))

    def interrupted(self, tables, **choices):
        for found in answered(self, tables, **choices):
            if next(chunks) == 2:
                raise KeyboardInterrupt
            yield found

    monkeypatch.setattr(Model, "predict_tables", interrupted)
    outcome = elman("predict", trained("reviews"), "--file", path, "--to", to)
    unfinished = tmp_path / f"out{suffix}.unfinished"
    assert outcome.code == 130 and str(unfinished) in outcome.err.replace("\n", "")
    assert to.read_bytes() == whole  # as it was before
    begun = unfinished.read_bytes()
    assert whole.startswith(begun) and len(begun.splitlines()) == 40 + (suffix == ".csv")
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted(["in.csv", to.name, unfinished.name])


def test_an_interrupted_prediction_of_which_nothing_was_written_leaves_nothing(trained, tmp_path, monkeypatch):
    (tmp_path / "in.csv").write_text("text\n" + "a good plot\n" * 50)

    def interrupted(self, tables, **choices):
        raise KeyboardInterrupt

    monkeypatch.setattr(Model, "predict_tables", interrupted)
    outcome = elman("predict", trained("reviews"), "--file", tmp_path / "in.csv", "--to", tmp_path / "out.csv")
    assert outcome.code == 130 and [item.name for item in tmp_path.iterdir()] == ["in.csv"]


def test_a_plain_text_file_goes_to_standard_output(trained, tmp_path):
    (tmp_path / "in.txt").write_text("the plot was bad.\nthe cast was good.\n")
    outcome = elman("predict", trained("reviews"), "--file", tmp_path / "in.txt")
    assert [json.loads(line)["input"] for line in outcome.out.splitlines()] == [
        "the plot was bad.",
        "the cast was good.",
    ]


def test_standard_input(trained, monkeypatch):
    def given(content: bytes, *words: str):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        outcome = elman("predict", trained("reviews"), "--json", *words)
        return outcome, [json.loads(line)["input"] for line in outcome.out.splitlines()]

    lines = "the plot was bad.\n\nthe café was good.\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert given(lines.encode(encoding), "-")[1] == lines.splitlines()
    assert given(lines.encode("cp1252"), "--encoding", "cp1252")[1] == lines.splitlines()
    refused, answered = given(lines.encode("cp1252"))
    assert refused.code == 2 and "standard input:3: holds the byte 0xe9, which isn't UTF-8" in refused.err
    left_out, answered = given(lines.encode("cp1252"), "--skip-bad")
    assert left_out.code == 0 and answered == lines.splitlines()[:2] and "left out as bad: 1 item" in left_out.err


def test_words_are_tagged(trained):
    record = json.loads(elman("predict", trained("tags"), "the old dog .", "--json").out)
    assert len(record["prediction"]) == len(record["probabilities"]) == 4
    assert elman("predict", trained("tags"), "the old dog .").out.startswith("the/")


def test_rows_of_values(trained, tmp_path):
    assert json.loads(elman("predict", trained("flowers"), "4.1, 1.2, 5.5, 2.0", "--json").out)["probability"] > 0.25
    assert "expected 4" in elman("predict", trained("flowers"), "4.1,1.2").err
    samples.write("flowers", tmp_path / "f.csv")
    elman("predict", trained("flowers"), "--file", tmp_path / "f.csv", "--to", tmp_path / "o.csv")
    first = next(csv.DictReader((tmp_path / "o.csv").open()))
    assert list(first) == ["petal_length", "petal_width", "sepal_length", "sepal_width", "prediction", "probability"]


def test_empty_inputs_of_a_file_are_told(trained, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "good"}\n{"text": " "}\n{"text": null}\n')
    outcome = elman("predict", trained("reviews"), "--file", tmp_path / "in.jsonl")
    assert outcome.code == 0 and len(outcome.out.splitlines()) == 3
    assert "empty inputs: 2" in outcome.err
    (tmp_path / "in.jsonl").write_text('{"text": "good"}\n')
    assert not elman("predict", trained("reviews"), "--file", tmp_path / "in.jsonl").err


def test_nothing_half_written(trained, tmp_path):
    bad = tmp_path / "in.jsonl"
    bad.write_text('{"text": "good"}\n' * 3000 + '{"text": \n')
    outcome = elman("predict", trained("reviews"), "--file", bad, "--to", tmp_path / "out.csv")
    assert outcome.code == 2
    assert "in.jsonl:3001" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--file", "nowhere.csv"), "no such file"),
        (("a", "--file", "x.csv"), "either TEXT or --file"),
        (("a", "--to", "x.xlsx"), ".jsonl, .csv or .png"),
        (("a", " "), "text 2 of 2 has no words"),
        (("few.csv",), "few.csv is a file, and no text: pass it as such (elman predict MODEL --file few.csv"),
    ],
)
def test_bad_words(trained, words, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.csv").write_text("text\ngood\n")
    outcome = elman("predict", trained("reviews"), *words)
    assert outcome.code == 2
    assert message in outcome.err


# -- evaluate ---------------------------------------------------------------------------------------------


def test_evaluate_prints_one_object(trained, reviews):
    outcome = elman("evaluate", trained("reviews"), reviews, "--json")
    record = json.loads(outcome.out)
    assert (record["task"], record["rows"]) == ("classification", 200)
    for measured in record["metrics"].values():
        assert measured["low"] <= measured["value"] <= measured["high"]
    assert {"accuracy", "f1", "f1_positive", "f1_negative"} <= set(record["metrics"])
    assert set(record["baselines"]["majority"]) == set(record["metrics"])
    assert len(record["verdicts"]) == len(record["baselines"]) == 2


def test_evaluate_for_people_has_units(trained, tmp_path):
    samples.write("tags", tmp_path / "t.conll")
    out = elman("evaluate", trained("tags"), tmp_path / "t.conll").out
    assert "tag_accuracy" in out
    assert "95 % interval" in out
    assert "frequent tag" in out


def test_labels_that_training_never_saw(trained, tmp_path):
    (tmp_path / "x.csv").write_text("text,label\nthe plot was odd.,lukewarm\n")
    outcome = elman("evaluate", trained("reviews"), tmp_path / "x.csv")
    assert outcome.code == 2
    assert "x.csv: row 1 of those with an output has 'lukewarm'" in outcome.err


def test_a_folder_of_pictures_for_a_model_of_texts(trained, tmp_path):
    """The names of the files were read as texts."""
    for label in ("positive", "negative"):
        (tmp_path / "pictures" / label).mkdir(parents=True)
        Image.new("L", (4, 4)).save(tmp_path / "pictures" / label / "a.png")
    for command in (["predict", trained("reviews"), "--file"], ["evaluate", trained("reviews")]):
        outcome = elman(*command, tmp_path / "pictures")
        assert outcome.code == 2 and "holds pictures, and the model reads text" in outcome.err


def test_columns_that_are_missing(trained, tmp_path):
    (tmp_path / "x.csv").write_text("txt,label\nthe plot was odd.,positive\n")
    outcome = elman("evaluate", trained("reviews"), tmp_path / "x.csv")
    assert outcome.code == 2
    assert "no column 'text', which the model reads" in outcome.err
    assert "'txt'" in outcome.err


@pytest.mark.parametrize(
    "words", [("predict", "--file"), ("evaluate",), ("inspect",), ("train",), ("detect",)], ids=lambda words: words[0]
)
def test_a_model_in_place_of_data_is_called_one(trained, words):
    command, *flag = words
    model = trained("reviews")
    outcome = elman(command, *(() if command in ("train", "detect") else (model,)), *flag, model)
    assert outcome.code == 2
    assert "is a model that Elman saved, and no data" in outcome.err


# -- generate and suggest ---------------------------------------------------------------------------------


def test_generate_begins_as_told_and_repeats_by_seed(trained):
    story = trained("story")
    words = ("generate", story, "--start", "the queen", "--length", "12", "--temperature", "0.5", "--seed")
    first, again, other = (elman(*words, seed).out for seed in (1, 1, 2))
    assert first.startswith("the queen")
    assert first == again
    assert first != other


def test_generate_for_a_value(trained):
    names = trained("names", "--task", "generation")
    outcome = elman("generate", names, "--input", "forest", "--length", "8", "--seed", "1")
    assert outcome.code == 0, outcome.err
    assert outcome.out.strip()


def test_generate_without_its_value_and_models_that_can_not(trained):
    assert elman("generate", trained("names", "--task", "generation")).code == 2
    assert "can't generate" in elman("generate", trained("reviews")).err
    assert "can't suggest" in elman("suggest", trained("reviews"), "the").err


def test_suggestions_complete_the_word(trained):
    story = trained("story")
    record = json.loads(elman("suggest", story, "the qu", "--count", "2", "--json").out)
    assert len(record["suggestions"]) <= 2
    assert all(item["word"].startswith("qu") and 0 < item["probability"] <= 1 for item in record["suggestions"])


# -- damaged models ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["missing", "truncated", "tampered", "newer", "no json", "half json"])
def test_damaged_models_are_refused(trained, tmp_path, damage):
    model = tmp_path / "m"
    shutil.copytree(trained("reviews"), model)
    tensors, record = model / "model.safetensors", model / "elman.json"
    match damage:
        case "missing":
            tensors.unlink()
        case "truncated":
            tensors.write_bytes(tensors.read_bytes()[:-100])
        case "tampered":
            data = bytearray(tensors.read_bytes())
            data[-1] ^= 1
            tensors.write_bytes(data)
        case "newer":
            record.write_text(json.dumps({**json.loads(record.read_text()), "format": 99}))
        case "no json":
            record.unlink()
        case "half json":
            record.write_text(record.read_text()[:500])
    outcome = elman("predict", model, "good")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert str(model) in outcome.err


def test_records_that_lack_something_are_refused(trained, tmp_path):
    record = json.loads((trained("reviews") / "elman.json").read_text())
    for key in record:
        if key in ("versions", "report"):
            continue
        shutil.copytree(trained("reviews"), tmp_path / key)
        (tmp_path / key / "elman.json").write_text(json.dumps({k: v for k, v in record.items() if k != key}))
        assert elman("predict", tmp_path / key, "good").code == 2, key
