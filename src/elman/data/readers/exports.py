"""What programs for annotation export, object by object, as a text and its spans or labels, in columns of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from elman.kinds.column import is_list

VERDICTS = frozenset({"accept", "reject", "ignore"})


def row_of(item: Any) -> dict[str, Any] | None:
    """A row of the object of an export; any other object is a row already. None for what is no row.

    ``[text, {"entities": [...], "cats": {...}}]`` is spaCy's, ``{"data": ..., "annotations": [...]}`` Label Studio's,
    ``{"type": "Feature", ...}`` GeoJSON's; ``[["Ann", "B-PER"], ["sings", "O"]]`` is a sentence, as NLTK has it.
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
    if isinstance(item.get("accept"), list) and isinstance(item.get("options"), list):  # Prodigy's choices
        return {name: cell for name, cell in item.items() if name not in ("accept", "options")} | {
            "label": one_or_all(item["accept"])
        }
    return with_labels(item)


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


def was_left_out(item: Any) -> bool:
    """Whether who annotated in Prodigy rejected or skipped it."""
    verdict = item.get("answer") if isinstance(item, dict) and "_task_hash" in item else None
    return verdict in VERDICTS and verdict != "accept"


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
