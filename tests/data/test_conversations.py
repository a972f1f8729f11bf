"""Files that language models are trained on, as their programs write them: an input and an output of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from elman.data.detect import detect
from elman.data.readers import as_table, read
from elman.errors import DataFileError

ASKED = [f"How do I fix lamp {i}?" for i in range(12)]
SAID = [f"You turn it {i} times." for i in range(12)]
PAIRS = list(zip(ASKED, SAID, strict=True))
ANSWERED = {"input": ASKED, "output": SAID}


def message(role: str, text: Any) -> dict[str, Any]:
    return {"role": role, "content": text}


FORMS = {
    "OpenAI": [{"messages": [message("user", q), message("assistant", a)]} for q, a in PAIRS],
    "parts": [
        {"messages": [message("user", [{"type": "text", "text": q}]), message("assistant", a)]} for q, a in PAIRS
    ],
    "ShareGPT": [{"conversations": [{"from": "human", "value": q}, {"from": "gpt", "value": a}]} for q, a in PAIRS],
    "Alpaca": [{"instruction": q, "input": "", "output": a} for q, a in PAIRS],
    "chosen": [{"chosen": [message("user", q), message("assistant", a)], "rejected": []} for q, a in PAIRS],
    "HH": [
        {"chosen": f"\n\nHuman: {q}\n\nAssistant: {a}", "rejected": "\n\nHuman: x\n\nAssistant: y"} for q, a in PAIRS
    ],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lines", [True, False])
def test_an_input_and_an_output(tmp_path: Path, form: str, lines: bool):
    path = tmp_path / ("a.jsonl" if lines else "a.json")
    path.write_text("\n".join(map(json.dumps, FORMS[form])) if lines else json.dumps(FORMS[form], indent=1))
    table = read(path)
    if form == "HH":
        table.columns["input"] = [str(cell).removeprefix("Human: ") for cell in table.columns["input"]]
    assert table.columns == ANSWERED
    if form in ("Alpaca", "HH"):
        assert as_table(FORMS[form]).names == ["input", "output"]
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("translation", ("input",), "output")


def test_parquet(tmp_path: Path):
    pd.DataFrame({"messages": [row["messages"] for row in FORMS["OpenAI"]]}).to_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").columns == ANSWERED


def test_several_turns_and_a_system(tmp_path: Path):
    talk = [message("system", "Be kind."), message("user", "Hi"), message("assistant", "Hello"), message("user", "Bye")]
    (tmp_path / "a.jsonl").write_text(
        f"{json.dumps({'messages': [*talk, message('assistant', 'Farewell')]})}\n{json.dumps({'messages': talk})}\n"
    )
    table = read(tmp_path / "a.jsonl")
    said = "user: Hi\nassistant: Hello\nuser: Bye"
    assert table.columns == {"system": ["Be kind."] * 2, "input": [said] * 2, "output": ["Farewell", None]}
    assert any("the last answer is 'output'" in note for note in table.notes)


def test_one_question_that_is_to_be_answered(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"messages": [message("user", "Hi")]}))
    assert read(tmp_path / "a.jsonl").columns == {"input": ["Hi"], "output": [None]}


def test_instructions_with_what_they_are_about(tmp_path: Path):
    (tmp_path / "a.csv").write_text("instruction,context,response\nSum up.,The sea.,Sea.\nTell.,,Yes.\n")
    assert read(tmp_path / "a.csv").columns == {"input": ["Sum up.\nThe sea.", "Tell."], "response": ["Sea.", "Yes."]}


def test_preferences_with_a_prompt(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{"prompt": "p", "chosen": "c", "rejected": "r"}\n' * 3)
    table = read(tmp_path / "a.jsonl")
    assert table.names == ["prompt", "chosen"] and any("'rejected' is left out" in note for note in table.notes)


def test_objects_with_roles_that_are_no_conversation(tmp_path: Path):
    rows = [{"cast": [{"role": "Hamlet", "text": "To be"}, {"role": "Ophelia", "text": "My lord"}], "act": 1}] * 3
    (tmp_path / "a.json").write_text(json.dumps(rows))
    assert read(tmp_path / "a.json").names == ["cast.role", "cast.text", "act"]


def test_intents_of_a_chatbot(tmp_path: Path):
    intents = [{"tag": tag, "patterns": [f"{tag} 1", f"{tag} 2"], "responses": ["ok"]} for tag in ("hi", "bye")]
    (tmp_path / "intents.json").write_text(json.dumps({"intents": intents}))
    assert read(tmp_path / "intents.json").columns == {
        "text": ["hi 1", "hi 2", "bye 1", "bye 2"],
        "label": ["hi", "hi", "bye", "bye"],
    }


def test_places_of_geojson(tmp_path: Path):
    point = {"type": "Point", "coordinates": [13.4, 52.5]}
    places = [{"type": "Feature", "geometry": point, "properties": {"name": f"P{i}", "size": i}} for i in range(3)]
    (tmp_path / "a.json").write_text(json.dumps({"type": "FeatureCollection", "features": places}))
    assert read(tmp_path / "a.json").columns == {
        "longitude": [13.4] * 3,
        "latitude": [52.5] * 3,
        "name": ["P0", "P1", "P2"],
        "size": [0, 1, 2],
    }


def test_rows_by_their_names(tmp_path: Path):
    (tmp_path / "a.json").write_text(json.dumps({f"talk-{i}": {"text": f"so {i}", "label": i % 2} for i in range(8)}))
    assert read(tmp_path / "a.json").columns["text"] == [f"so {i}" for i in range(8)]
    columns = {name: {f"r{i}": i for i in range(8)} for name in "abcdefg"}  # as pandas writes them
    (tmp_path / "b.json").write_text(json.dumps(columns))
    assert len(read(tmp_path / "b.json")) == 1


def test_questions_to_a_text_are_refused_line_by_line(tmp_path: Path):
    row = {"context": "In Rome.", "question": "Where?", "answers": {"text": ["Rome"], "answer_start": [3]}}
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(row)}\n" * 3)
    with pytest.raises(DataFileError, match="SQuAD"):
        read(tmp_path / "a.jsonl")


def test_a_system_that_answers(tmp_path: Path):
    """Dialogues with a booking system, which nobody else answers in; where somebody does, the system is told of."""
    turns = [("USER", "a flat in Rome"), ("SYSTEM", "for how many"), ("USER", "two"), ("SYSTEM", "one is free")]
    rows = [{"id": i, "turns": [{"speaker": who, "utterance": f"{said} {i}"} for who, said in turns]} for i in range(5)]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    table = read(tmp_path / "a.json")
    assert table.columns["output"] == [f"one is free {i}" for i in range(5)] and "system" not in table.names
    assert table.columns["input"][1] == "user: a flat in Rome 1\nassistant: for how many 1\nuser: two 1"
    told = [{"turns": [{"speaker": who, "utterance": "so"} for who in ("user", "system", "user", "assistant")]}] * 5
    (tmp_path / "b.json").write_text(json.dumps(told))
    assert read(tmp_path / "b.json").names == ["system", "input", "output"]
