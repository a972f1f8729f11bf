# pyright: strict
"""Names of classes that data sets of Hugging Face keep beside their numbers, in Parquet, Arrow and Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from elman.data.table import Cell
from elman.kinds.column import is_list, is_mapping, is_sequence

KEY = "huggingface"
"""Under which the metadata of a schema say what the columns are."""


def as_text(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    """What a schema says beside its columns, as far as it is text."""
    return {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in metadata.items()}


def names_in_metadata(metadata: Mapping[str, str]) -> dict[str, list[str]]:
    """By the name of a column, the names of its classes, the first that of 0; of metadata without any, nothing."""
    try:
        features = json.loads(metadata.get(KEY, "{}"))["info"]["features"]
        return names_of(features) if is_mapping(features) else {}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def names_of(features: Mapping[Any, Any]) -> dict[str, list[str]]:
    """The same of a data set's features, or of these as JSON has them."""
    found = {str(column): names_in(feature) for column, feature in features.items()}
    return {column: names for column, names in found.items() if names}


def names_in(feature: Any) -> list[str]:
    """Of one column: of a ``ClassLabel``, or of lists of such."""
    if is_list(feature):  # as older versions write lists
        return names_in(feature[0]) if len(feature) == 1 else []
    get: Callable[[str], Any] = feature.get if is_mapping(feature) else lambda key: getattr(feature, key, None)
    names, inner = get("names"), get("feature")
    if is_sequence(names) and all(isinstance(name, str) for name in names):
        return [*map(str, names)]
    return names_in(inner) if inner is not None else []


def called(value: Cell, names: list[str]) -> Cell:
    """The name of a class by its number, or of those in a list; -1 says that there is none."""
    if is_list(value):
        return [called(item, names) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and -1 <= value < len(names):
        return names[value] if value >= 0 else None
    return value
