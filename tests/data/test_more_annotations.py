"""What more programs for annotation export: DataTurks, AutoML, Argilla, Rasa, Snips, Prodigy, Label Studio."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError

TEXT = "Anna Berg lives in Paris."
TOKENS = ["Anna", "Berg", "lives", "in", "Paris", "."]
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
ENDS = [(0, 9, "PER"), (19, 24, "LOC")]
RASA = [{"start": s, "end": e, "value": TEXT[s:e], "entity": kind} for s, e, kind in ENDS]
NONE = "Nobody is here."


def written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def dataturks(text: str, ends: list[tuple[int, int, str]]) -> dict[str, Any]:
    points = [{"label": [kind], "points": [{"start": s, "end": e - 1, "text": text[s:e]}]} for s, e, kind in ends]
    return {"content": text, "annotation": points or None, "extras": None}


def automl(text: str, ends: list[tuple[int, int, str]]) -> dict[str, Any]:
    spans = [
        {"text_extraction": {"text_segment": {"start_offset": s, "end_offset": e}}, "display_name": kind}
        for s, e, kind in ends
    ]
    return {"annotations": spans, "text_snippet": {"content": text}}


def argilla(text: str, ends: list[tuple[int, int, str]]) -> dict[str, Any]:
    tokens = TOKENS if ends else ["Nobody", "is", "here."]
    return {"text": text, "tokens": tokens, "spans": [{"start": s, "end": e, "label": kind} for s, e, kind in ends]}


@pytest.mark.parametrize("program", [dataturks, automl, argilla])
def test_spans(tmp_path: Path, program: Any):
    rows = [program(TEXT, ENDS), program(NONE, [])] * 20
    (path := tmp_path / "a.json").write_text("\n".join(map(json.dumps, rows)))
    table = read(path)
    words = table.names[0]
    assert (table.columns[words][0], table.columns["tags"][0]) == (TOKENS, TAGS)
    assert set(table.columns["tags"][1]) == {"O"} and "tokens" not in table.columns
    assert len(table.columns[words][1]) == (3 if program is argilla else 4)  # the tokens of the file
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("tagging", (words,), "tags")


def test_a_token_that_is_not_in_its_text_is_named(tmp_path: Path):
    rows = [argilla(TEXT, ENDS) | {"tokens": ["Anna", "Bergs"]}] * 2
    (path := tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DataFileError, match="row 1: the token 'Bergs' isn't in the text"):
        read(path)


def test_examples_of_rasa_beside_lists_without_any(tmp_path: Path):
    examples = [{"text": TEXT, "intent": "live", "entities": RASA}, {"text": NONE, "intent": "x", "entities": []}] * 9
    value = {"rasa_nlu_data": {"common_examples": examples, "regex_features": [], "lookup_tables": []}}
    table = read(written(tmp_path / "nlu.json", value))
    assert len(table) == 18 and table.columns["tags"][0] == TAGS


def test_pieces_of_snips(tmp_path: Path):
    pieces = [
        {"text": "weather in "},
        {"text": "New York", "entity": "city"},
        {"text": " "},
        {"text": "today", "entity": "time"},
    ]
    table = read(written(tmp_path / "a.json", {"GetWeather": [{"data": pieces}, {"data": pieces[:2]}] * 9}))
    assert table.columns["text"][0] == ["weather", "in", "New", "York", "today"]
    assert table.columns["tags"][0] == ["O", "O", "B-city", "I-city", "B-time"]


def question(label: str, answer: str, text: str) -> str:
    asked = {"text": text, "label": label, "answer": answer, "_input_hash": 1, "_task_hash": 2, "_timestamp": 1.6e9}
    return json.dumps(asked)


def test_answers_to_the_question_whether_one_label_applies(tmp_path: Path):
    answers = ["accept", "reject", "ignore"] * 20
    rows = [question("GOOD", answer, f"a text {i}") for i, answer in enumerate(answers)]
    (path := tmp_path / "a.jsonl").write_text("\n".join(rows))
    table = read(path)
    assert table.columns["label"] == ["GOOD", "not GOOD"] * 20
    assert table.names == ["text", "label", "answer"]  # without what Prodigy notes of them
    (path := tmp_path / "b.jsonl").write_text("\n".join([*rows, question("BAD", "accept", "another")]))
    assert set(read(path).columns["label"]) == {"GOOD", "BAD"}  # what is none of several labels may be any other one


def test_answers_beside_no_spans_and_what_chose_the_questions(tmp_path: Path):
    rows = [
        {**json.loads(question("GOOD", ("accept", "reject")[i % 2], f"a text {i}")), "spans": [], "score": i / 40}
        | {"priority": i / 40, "meta": {"source": "ab"[i % 3 == 0], "score": i / 40}}
        for i in range(40)
    ]
    (path := tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    table = read(path)
    assert table.names == ["text", "label", "answer", "meta.source"]
    assert table.columns["label"] == ["GOOD", "not GOOD"] * 20


def test_an_answer_that_is_an_object_is_none_of_prodigys(tmp_path: Path):
    rows = [
        {"text": f"how to {i}", "answer": {"text": f"so {i}", "author": "x"}, "intent": "ab"[i % 2]} for i in range(20)
    ]
    (path := tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert read(path).columns["intent"] == ["a", "b"] * 10


@pytest.mark.parametrize("past", [0, 1], ids=["last token", "one past it"])
def test_spans_that_count_tokens(tmp_path: Path, past: int):
    rows = [
        {"text": "when is the next train in muncher freiheit?", "intent": "leave"}
        | {"entities": [{"entity": "stop", "start": 6, "stop": 7 + past, "text": "muncher freiheit"}]}
    ] * 12
    (path := tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert read(path).columns["tags"][0] == ["O"] * 6 + ["B-stop", "I-stop", "O"]


def test_tables_of_label_studio(tmp_path: Path):
    with open(tmp_path / "a.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["annotation_id", "annotator", "created_at", "id", "lead_time", "text", "topic", "updated_at"])
        for i in range(60):
            topic = "price" if i % 3 else json.dumps({"choices": ["price", "food"]})
            rows.writerow([i, 1, f"2024-01-01T10:00:{i:02d}Z", i, i * 7 % 31 / 3, f"a text {i}", topic, "2024-02-01"])
    table = read(tmp_path / "a.csv")
    assert table.names == ["id", "text", "topic"] and table.columns["topic"][:2] == [["price", "food"], ["price"]]
    found = detect(table)
    assert (found.task, found.inputs) == ("multilabel", ("text",))


def test_annotations_and_pieces_of_others_stay_what_they_are(tmp_path: Path):
    rows = [{"text": f"so it is {i}", "annotation": [None, "good", "bad"][i % 3]} for i in range(30)]
    table = read(written(tmp_path / "a.json", rows))
    assert table.names == ["text", "annotation"] and table.columns["annotation"][:3] == [None, "good", "bad"]
    said = [{"data": [{"text": "hello", "label": "greeting"}, {"text": "bye", "label": "parting"}]}] * 9
    assert read(written(tmp_path / "b.json", said)).columns["data.label"][0] == ["greeting", "parting"]
