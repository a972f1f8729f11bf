"""JSON of every shape, and spans of characters as the programs for annotation export them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError

TEXT = "Anna Berg lives in Paris."
TOKENS = ["Anna", "Berg", "lives", "in", "Paris", "."]
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
PLACES = [(0, 4), (5, 9), (10, 15), (16, 18), (19, 24), (24, 25)]
ENDS = [(0, 9, "PER"), (19, 24, "LOC")]


def lines(tmp_path: Path, rows: list[Any], name: str = "x.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def array(tmp_path: Path, value: Any, name: str = "x.json") -> Path:
    path = tmp_path / name
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")
    return path


def label_studio(result: list[Any]) -> dict[str, Any]:
    made = {"id": 9, "completed_by": 1, "result": result, "was_cancelled": False, "ground_truth": False}
    return {"id": 7, "data": {"text": TEXT}, "annotations": [made], "predictions": [], "project": 1}


def of_label_studio(start: int, end: int, kind: str) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [kind]}
    return {"value": value, "id": "a", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual"}


PRODIGY = {
    "text": TEXT,
    "_input_hash": 1,
    "_task_hash": 2,
    "tokens": [
        {"text": word, "start": first, "end": last, "id": i, "ws": True}
        for i, (word, (first, last)) in enumerate(zip(TOKENS, PLACES, strict=True))
    ],
    "spans": [{"start": s, "end": e, "token_start": 0, "token_end": 1, "label": kind} for s, e, kind in ENDS],
    "_view_id": "ner_manual",
    "answer": "accept",
}
EXPORTS = {
    "doccano": {"id": 1, "text": TEXT, "label": list(map(list, ENDS)), "Comments": []},
    "doccano, older": {"id": 1, "text": TEXT, "labels": list(map(list, ENDS))},
    "doccano, relations": {
        "id": 1,
        "text": TEXT,
        "entities": [
            {"id": i, "label": kind, "start_offset": s, "end_offset": e} for i, (s, e, kind) in enumerate(ENDS)
        ],
        "relations": [{"id": 1, "from_id": 0, "to_id": 1, "type": "lives in"}],
    },
    "Prodigy": PRODIGY,
    "Label Studio": label_studio([of_label_studio(*span) for span in ENDS]),
    "Label Studio, small": {"text": TEXT, "id": 7, "label": [of_label_studio(*span)["value"] for span in ENDS]},
    "ends in an object": {
        "userInput": {"text": TEXT},
        "labels": [{"slot": kind, "valueSpan": {"startIndex": s, "endIndex": e}} for s, e, kind in ENDS],
    },
    "protocol buffers": {
        "text": TEXT,
        "labels": [
            {"slot": kind, "valueSpan": {"startIndex": s, "endIndex": e} if s else {"endIndex": e}}
            for s, e, kind in ENDS
        ],
    },
    "Comprehend": {
        "text": TEXT,
        "Entities": [{"BeginOffset": s, "EndOffset": e, "Type": kind, "Score": 0.9} for s, e, kind in ENDS],
    },
    "offset and length": {
        "text": TEXT,
        "entities": [{"offset": s, "length": e - s, "category": kind, "text": TEXT[s:e]} for s, e, kind in ENDS],
    },
    "spaCy": [TEXT, {"entities": list(map(list, ENDS))}],
}


@pytest.mark.parametrize("program", EXPORTS)
@pytest.mark.parametrize("form", [lines, array])
def test_spans_of_characters_become_tokens_and_tags(tmp_path: Path, program: str, form):
    table = read(form(tmp_path, [EXPORTS[program]] * 12))
    name = "userInput.text" if "userInput" in EXPORTS[program] else "text"
    assert (table.columns[name], table.columns["tags"]) == ([TOKENS] * 12, [TAGS] * 12)
    assert any("spans by characters" in note for note in table.notes)


def test_what_is_learned_from_an_export(tmp_path: Path):
    rows = [EXPORTS["doccano"] | {"id": i, "text": f"{TEXT} {i}"} for i in range(20)]
    found = detect(read(lines(tmp_path, rows)))
    assert (found.task, found.inputs, found.output) == ("tagging", ("text",), "tags")


def test_texts_that_nobody_annotated_do_not_hide_that_the_others_are_tagged(tmp_path: Path):
    rows = [{"text": f"{TEXT} {i}", "label": None if i % 3 else [[0, 9, "PER"]]} for i in range(30)]
    found = detect(read(lines(tmp_path, rows)))
    assert (found.task, found.inputs, found.output) == ("tagging", ("text",), "tags")


def test_ends_without_any_start_are_no_spans(tmp_path: Path):
    rows = [
        {"text": f"{TEXT} {i}", "parts": [{"type": "ab"[i % 2], "end": 4}, {"type": "c", "end": 9}]} for i in range(30)
    ]
    assert read(lines(tmp_path, rows)).names == ["text", "parts.type", "parts.end"]


def test_objects_within_lists_of_objects_are_no_words(tmp_path: Path):
    rows = [
        {"text": f"book a table for {i}", "slots": [{"slot": "ab"[i % 2], "at": {"x": i, "y": 2}}]} for i in range(30)
    ]
    table = read(lines(tmp_path, rows))
    assert table.names == ["text", "slots.slot"] and "left out, as they hold objects: 'slots.at'" in table.notes
    only = read(lines(tmp_path, [{"text": "a", "slots": [{"at": {"x": 1}}]}] * 2))
    assert only.columns["slots.at"] == [['{"x": 1}']] * 2


def test_spans_as_text_in_a_table(tmp_path: Path):
    frame = pd.DataFrame({"text": [TEXT] * 3, "entities": [ENDS, [], ENDS[:1]]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    assert read(tmp_path / "x.csv").columns["tags"] == [TAGS, ["O"] * 6, ["B-PER", "I-PER", *["O"] * 4]]


def test_writing_without_blanks_and_signs_beyond_the_first_plane(tmp_path: Path):
    rows = [{"text": "東京都渋谷区", "labels": [[0, 3, "LOC"]]}, {"text": "😀 Anna's", "labels": [[2, 6, "PER"]]}]
    table = read(lines(tmp_path, rows))
    assert table.columns["text"] == [list("東京都渋谷区"), ["😀", "Anna", "'", "s"]]
    assert table.columns["tags"] == [["B-LOC", "I-LOC", "I-LOC", "O", "O", "O"], ["O", "B-PER", "O", "O"]]


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([[0, 7, "PER"]], "'Anna Be', begins or ends within a word"),
        ([[19, 23, "LOC"]], "ends are expected one past the last character"),
        ([[0, 9, "PER"], [5, 9, "X"]], "'Berg', overlaps another one"),
        ([[0, 99, "PER"]], "isn't within the text, which has 25 characters"),
        ([[3, 3, "PER"]], "isn't within the text"),
        (
            [{"start": 0, "end": 4, "text": "Berg", "label": "PER"}],
            "is 'Anna' in the text, but 'Berg' in the annotation",
        ),
    ],
)
def test_spans_that_do_not_fit_are_named_or_left_out(tmp_path: Path, spans, message):
    rows = [{"text": TEXT, "label": [[0, 9, "PER"]]}] * 2 + [{"text": TEXT, "label": spans}]
    path = lines(tmp_path, rows)
    with pytest.raises(DataFileError, match=rf"row 3: .*{message}"):
        read(path)
    table = read(path, skip_bad=True)
    assert (len(table), len(table.skipped)) == (2, 1)


def test_blanks_around_a_span_and_a_span_twice_do_no_harm(tmp_path: Path):
    table = read(lines(tmp_path, [{"text": TEXT, "label": [[0, 10, "PER"], [0, 10, "PER"]]}] * 2))
    assert table.columns["tags"][0][:3] == ["B-PER", "I-PER", "O"]


def test_rejected_annotations_and_cancelled_ones_are_left_out(tmp_path: Path):
    table = read(lines(tmp_path, [PRODIGY, PRODIGY | {"answer": "reject"}, PRODIGY | {"answer": "ignore"}]))
    assert len(table) == 1 and any(note.startswith("2 annotations that were rejected") for note in table.notes)
    task = label_studio([of_label_studio(*ENDS[0])])
    task["annotations"].insert(0, {"id": 1, "result": [], "was_cancelled": True})
    assert read(array(tmp_path, [task] * 2)).columns["tags"][0][:2] == ["B-PER", "I-PER"]


def test_classes_of_the_same_programs(tmp_path: Path):
    choice = {"value": {"choices": ["good"]}, "from_name": "mood", "to_name": "text", "type": "choices"}
    assert read(array(tmp_path, [label_studio([choice])] * 2)).columns["mood"] == ["good", "good"]
    assert read(lines(tmp_path, [[TEXT, {"cats": {"A": 1.0, "B": 0.0}}]] * 2)).columns["label"] == ["A", "A"]
    assert read(lines(tmp_path, [{"text": TEXT, "label": ["A", "B"]}] * 2)).columns["label"] == [["A", "B"]] * 2


ROWS = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]


@pytest.mark.parametrize(
    "value",
    [
        ROWS,
        {"data": ROWS, "version": "1.0"},
        {"result": {"records": ROWS}},
        json.loads(pd.DataFrame(ROWS).to_json() or ""),
        *(json.loads(pd.DataFrame(ROWS).to_json(orient=form) or "") for form in ("index", "records", "split", "table")),
        pd.DataFrame(ROWS).to_dict("list"),
    ],
)
def test_rows_in_every_shape_of_json(tmp_path: Path, value):
    table = read(array(tmp_path, value))
    assert (table.columns["text"], table.columns["label"]) == (["a", "b"], ["x", "y"])


def test_objects_one_after_another_over_many_lines(tmp_path: Path):
    (tmp_path / "x.json").write_text("\n".join(json.dumps(row, indent=2) for row in ROWS))
    assert read(tmp_path / "x.json").columns["text"] == ["a", "b"]


def test_one_row_of_json_lines_stays_one(tmp_path: Path):
    row = {"tokens": ["a", "b"], "tags": ["O", "O"]}
    assert read(lines(tmp_path, [row])).columns == {name: [cell] for name, cell in row.items()}


def test_objects_within_objects_are_columns_by_their_paths(tmp_path: Path):
    rows = [
        {"text": "a", "meta": {"lang": "en", "of": {"year": 1}}, "words": [{"w": "a", "t": "X"}, {"w": "b", "t": "Y"}]},
        {"text": "b", "meta": None, "words": []},
    ]
    table = read(lines(tmp_path, rows))
    assert table.columns == {
        "text": ["a", "b"],
        "meta.lang": ["en", None],
        "meta.of.year": [1, None],
        "words.w": [["a", "b"], []],
        "words.t": [["X", "Y"], []],
    }
    many = [{"text": "a", "counts": {f"w{i}": 1}} for i in range(300)]
    assert read(lines(tmp_path, many)).columns["counts"][0] == '{"w0": 1}'


def test_damaged_documents_name_the_line(tmp_path: Path):
    (tmp_path / "x.json").write_text('[\n{"a": 1},\n{"a": }\n]')
    with pytest.raises(DataFileError, match=r"x\.json:3: .*valid JSON"):
        read(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": [{"id": 1, "question": "q"}]}]}]}, "SQuAD"),
        ({"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4}, "Jupyter"),
        ({"images": [{"id": 1}], "annotations": [{"id": 1, "bbox": [1, 2, 3, 4]}], "categories": [{"id": 1}]}, "COCO"),
    ],
)
def test_other_formats_are_refused_by_their_names(tmp_path: Path, value, name):
    with pytest.raises(DataFileError, match=name):
        read(array(tmp_path, value))
