"""What programs for annotation export, object by object, as a text and its spans or labels, in columns of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from elman.data.readers.source import Source
from elman.data.table import Cell
from elman.kinds.column import is_list, is_mapping

OF_PIECES = {"text", "entity", "slot_name"}
VERDICTS = frozenset({"accept", "reject", "ignore"})
MORE_THAN_ONE_LABEL = ("spans", "accept", "options", "relations")
"""What Prodigy asks about where it doesn't ask whether a label applies."""
CHOSEN_BY = frozenset({"score", "priority"})
"""How Prodigy chose what to ask first."""


def row_of(item: Any) -> dict[str, Any] | None:
    """A row of the object of an export; any other object is a row already. None for what is no row.

    ``[text, {"entities": [...], "cats": {...}}]`` is spaCy's, ``{"data": ..., "annotations": [...]}`` Label Studio's,
    ``{"type": "Feature", ...}`` GeoJSON's, ``{"text": ..., "text_entities": [...]}`` Telegram's;
    ``[["Ann", "B-PER"], ["sings", "O"]]`` is a sentence, as NLTK has it.
    """
    if are_pairs(item):
        return {"token": [token for token, _ in item], "tag": [tag for _, tag in item]}
    if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], dict):
        return {"text": item[0], **with_labels(item[1])}
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("data"), dict) and isinstance(item.get("annotations", item.get("completions")), list):
        return of_label_studio(item)
    if item.get("type") == "Feature" and isinstance(item.get("properties"), dict) and "geometry" in item:
        return of_place(item)
    if "_task_hash" in item:
        return of_prodigy(item)
    if {"text", "text_entities"} <= item.keys():
        return of_telegram(item)
    if are_pieces(item.get("data")):
        return of_pieces(item)
    if {"annotation", "content"} <= item.keys() and (spans := points_of(item["annotation"])) is not None:
        return {name: cell for name, cell in item.items() if name != "annotation"} | {"spans": spans}
    return with_labels(item)


def of_prodigy(item: Mapping[str, Any]) -> dict[str, Any]:
    """What was annotated, without what Prodigy notes of it; of choices, those that were made."""
    row = {name: cell for name, cell in item.items() if not name.startswith("_") and name not in CHOSEN_BY}
    if isinstance(row.get("meta"), dict):
        row["meta"] = {name: cell for name, cell in row["meta"].items() if name not in CHOSEN_BY}
    if asked_of(item):
        row.pop("spans", None)
    if item.get("answer") == "reject" and (label := asked_of(item)):
        row["label"] = f"not {label}"
    if isinstance(item.get("accept"), list) and isinstance(item.get("options"), list):
        row = {name: cell for name, cell in row.items() if name not in ("accept", "options")}
        row["label"] = one_or_all(item["accept"])
    return row


def of_telegram(item: Mapping[str, Any]) -> dict[str, Any]:
    """A message of a chat: its text, of which links and the like are pieces by themselves; none of a call."""
    pieces = item["text"] if is_list(item["text"]) else [item["text"]]
    text = "".join(str(piece.get("text", "")) if is_mapping(piece) else str(piece) for piece in pieces)
    return {name: cell for name, cell in item.items() if name != "text_entities"} | {"text": text or None}


def are_pieces(data: Any) -> bool:
    """Whether a text stands in pieces, some of which say what they are, and nothing else, as Snips has it."""
    return (
        is_list(data)
        and bool(data)
        and all(is_mapping(one) and isinstance(one.get("text"), str) and one.keys() <= OF_PIECES for one in data)
    )


def of_pieces(item: Mapping[str, Any]) -> dict[str, Any]:
    """The text of its pieces, and the spans of those that are something."""
    text, spans = "", list[dict[str, Any]]()
    for piece in item["data"]:
        start, text = len(text), text + piece["text"]
        if "entity" in piece:
            spans.append({"start": start, "end": len(text), "label": piece["entity"]})
    return {name: cell for name, cell in item.items() if name != "data"} | {"text": text, "spans": spans}


def points_of(annotation: Any) -> list[dict[str, Any]] | None:
    """The spans of an annotation of DataTurks, whose ends are their last characters; None for any other."""
    marks: list[Any] = [] if annotation is None else annotation if is_list(annotation) else [None]
    if not all(is_mapping(one) and is_list(one.get("points")) and is_list(one.get("label")) for one in marks):
        return None
    return [
        {"start": point["start"], "end": point["end"] + 1, "label": kind}
        for one in marks
        for point in one["points"]
        if is_mapping(point) and type(point.get("start")) is type(point.get("end")) is int
        for kind in one["label"][:1]
    ]


def are_pairs(item: Any) -> TypeGuard[list[list[str]]]:
    """Whether it is a sentence, each word of which stands beside its tag."""
    if not is_list(item) or not item:
        return False
    return all(
        is_list(pair) and len(pair) == 2 and all(isinstance(one, str) and len(one.split()) == 1 for one in pair)
        for pair in item
    )


def with_labels(item: Mapping[str, Any]) -> dict[str, Any]:
    """spaCy's numbers for each category as the labels that apply."""
    cats = item.get("cats")
    if not isinstance(cats, dict) or not all(isinstance(value, int | float) for value in cats.values()):
        return dict(item)
    rest = {name: cell for name, cell in item.items() if name != "cats"}
    return rest | {"label": one_or_all([name for name, value in cats.items() if value >= 0.5])}


def one_or_all(labels: Sequence[Any]) -> Any:
    return labels[0] if len(labels) == 1 else list(labels)


def was_left_out(item: Any, *, rejected_too: bool) -> bool:
    """Whether who annotated in Prodigy skipped it, or rejected it and that is no answer."""
    verdict = verdict_of(item) if is_mapping(item) and "_task_hash" in item else None
    answers = verdict == "reject" and asked_of(item) and not rejected_too
    return verdict in ("reject", "ignore") and not answers


def asked_of(item: Any) -> str | None:
    """The label of which Prodigy asked no more than whether it applies."""
    asks = is_mapping(item) and verdict_of(item) and not any(item.get(other) for other in MORE_THAN_ONE_LABEL)
    return item["label"] if asks and isinstance(item.get("label"), str) else None


def verdict_of(item: Mapping[str, Any]) -> str | None:
    """What who annotated said of it; None for an answer to something else."""
    verdict = item.get("answer")
    return verdict if isinstance(verdict, str) and verdict in VERDICTS else None


def of_label_studio(task: Mapping[str, Any]) -> dict[str, Any]:
    """What was annotated, with the first annotation of it that wasn't cancelled."""
    row = dict(task["data"])
    made = [one for one in task.get("annotations", task.get("completions")) if isinstance(one, dict)]
    done = next((one for one in made if not one.get("was_cancelled") and isinstance(one.get("result"), list)), None)
    if done is None:
        return row
    spans: list[Any] = []
    marks_spans = not done["result"]
    for result in done["result"]:
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict):
            continue
        if "start" in value and "labels" in value:
            marks_spans = True
            spans.append({name: value[name] for name in ("start", "end", "text", "labels") if name in value})
        elif name := next((name for name in ("choices", "rating", "number", "text") if name in value), None):
            given = value[name]
            row[str(result.get("from_name", name))] = one_or_all(given) if isinstance(given, list) else given
    return row | ({"spans": spans} if marks_spans else {})


def of_annotators(source: Source) -> Source:
    """A table that Label Studio exports without what it notes of annotations, and with several choices as a list."""
    if not source.names or not {"annotation_id", "annotator", "lead_time"} <= {*source.names}:
        return source
    left_out = [name for name in source.names if name in NOTED]
    kept = [i for i, name in enumerate(source.names) if name not in NOTED]
    several = {i for row in source.rows() for i in kept if isinstance(row[i], str) and CHOICES.fullmatch(row[i])}

    def rows() -> Iterator[Sequence[Cell]]:
        for row in source.rows():
            yield [choices_in(row[i]) if i in several else row[i] for i in kept]

    note = f"left out, as Label Studio notes them of annotations: {', '.join(left_out)}"
    return replace(source, names=[source.names[i] for i in kept], rows=rows, notes=[*source.notes, note])


NOTED = frozenset({"annotation_id", "annotator", "created_at", "lead_time", "updated_at"})
CHOICES = re.compile(r'\{"choices": ?\[("[^"]*",? ?)*\]\}')


def choices_in(cell: Cell) -> Cell:
    """The list of several choices, or of the one that stands by itself."""
    if not isinstance(cell, str):
        return cell
    return json.loads(cell)["choices"] if CHOICES.fullmatch(cell) else [cell]


def of_place(feature: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a place, and where it is, if it is a point."""
    row, geometry = dict(feature["properties"]), feature["geometry"]
    where = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if isinstance(where, list) and len(where) >= 2:
        row = {"longitude": where[0], "latitude": where[1]} | row
    return row


def patterns_of(item: Any) -> list[dict[str, Any]] | None:
    """The rows of an intent of a chatbot, whose patterns are texts, and whose tag is their label; None for any other
    item."""
    if not isinstance(item, dict) or not isinstance(item.get("tag"), str) or not isinstance(item.get("patterns"), list):
        return None
    return [{"text": pattern, "label": item["tag"]} for pattern in item["patterns"]]
