"""Fitted baselines on disk: what they learned, as JSON and arrays."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from elman.errors import BundleError
from elman.fields.ngrams import NgramFeatures
from elman.scoring.baselines import CommonOrCopy, FrequentTag, Majority, Mean, Unigram
from elman.scoring.linear import Linear
from elman.scoring.metrics import metric
from elman.scoring.order_free import OrderFree, OrderFreeLabel, OrderFreeLabels, OrderFreeNumber, OrderFreeTags

Arrays = dict[str, NDArray]


def to_json(baselines: list[Any]) -> tuple[list[dict[str, Any]], Arrays]:
    """A record for each baseline, and the arrays of all, by the baseline's place and their name."""
    records, arrays = [], {}
    for place, baseline in enumerate(baselines):
        record, own = _state(baseline)
        records.append({"kind": type(baseline).__name__, **record})
        arrays |= {f"{place}.{name}": array for name, array in own.items()}
    return records, arrays


def from_json(records: list[dict[str, Any]], arrays: Arrays) -> list[Any]:
    """What ``to_json`` wrote, ready to predict. Raises BundleError for a kind that this version doesn't know."""
    return [_restored(record, _own(arrays, place)) for place, record in enumerate(records)]


def _own(arrays: Arrays, place: int) -> Arrays:
    prefix = f"{place}."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _state(baseline: Any) -> tuple[dict[str, Any], Arrays]:
    match baseline:
        case Majority():
            return {"labels": sorted(baseline.labels)}, {}
        case Mean():
            return {"answer": np.asarray(baseline.answer).tolist()}, {}
        case FrequentTag():
            return {"tags": baseline.tags, "default": baseline.default}, {}
        case Unigram():
            tokens, counts = zip(*baseline.counts.items(), strict=True)
            known = {"tokens": np.array(tokens, np.int64), "counts": np.array(counts, np.int64)}
            return {"vocabulary_size": baseline.vocabulary_size}, known
        case CommonOrCopy():
            return {"by": baseline.by.name, "copies": bool(baseline.copies), "answer": baseline.answer}, {}
        case OrderFreeTags():
            return {"tags": baseline.tags, "parts": list(baseline.ids)}, _weights(baseline.model)
        case OrderFree():
            settings, arrays = baseline.features.state()
            record = {"features": settings, **_outputs(baseline)}
            return record, {**{f"features.{k}": v for k, v in arrays.items()}, **_weights(baseline.model)}
    raise BundleError(f"a baseline of kind {type(baseline).__name__} can't be saved")


def _outputs(baseline: OrderFree) -> dict[str, Any]:
    if isinstance(baseline, OrderFreeNumber):
        return {"mean": baseline.mean.tolist(), "scale": baseline.scale.tolist()}
    assert isinstance(baseline, OrderFreeLabel)
    return {"labels": baseline.labels}


def _weights(model: Linear) -> Arrays:
    return {"weight": model.weight.detach().numpy(), "bias": model.bias.detach().numpy()}


def _restored(record: dict[str, Any], arrays: Arrays) -> Any:
    match record["kind"]:
        case "Majority":
            baseline: Any = Majority()
            baseline.labels = frozenset(record["labels"])
        case "Mean":
            baseline = Mean()
            baseline.answer = np.asarray(record["answer"])
        case "FrequentTag":
            baseline = FrequentTag()
            baseline.tags, baseline.default = record["tags"], record["default"]
        case "Unigram":
            baseline = Unigram(record["vocabulary_size"])
            pairs = zip(arrays["tokens"].tolist(), arrays["counts"].tolist(), strict=True)
            baseline.counts = Counter(dict(pairs))
            baseline.total = baseline.counts.total() + baseline.vocabulary_size
        case "CommonOrCopy":
            baseline = CommonOrCopy(metric(record["by"]))
            baseline.copies, baseline.answer = record["copies"], record["answer"]
        case "OrderFreeTags":
            baseline = OrderFreeTags()
            baseline.tags, baseline.ids = record["tags"], {part: i for i, part in enumerate(record["parts"])}
            baseline.model = _linear(arrays)
        case "OrderFreeLabel" | "OrderFreeLabels" | "OrderFreeNumber" as kind:
            features = {name.removeprefix("features."): a for name, a in arrays.items() if name.startswith("features.")}
            kinds = {"OrderFreeLabel": OrderFreeLabel, "OrderFreeLabels": OrderFreeLabels}
            baseline = kinds.get(kind, OrderFreeNumber)(NgramFeatures.from_state(record["features"], features))
            baseline.model = _linear(arrays)
            if kind == "OrderFreeNumber":
                baseline.mean, baseline.scale = (
                    torch.tensor(record[name], dtype=torch.float64) for name in ("mean", "scale")
                )
            else:
                baseline.labels = record["labels"]
        case kind:
            raise BundleError(f"the model holds a baseline of kind {kind!r}, which this version doesn't know")
    return baseline


def _linear(arrays: Arrays) -> Linear:
    return Linear(torch.from_numpy(arrays["weight"]), torch.from_numpy(arrays["bias"]))
