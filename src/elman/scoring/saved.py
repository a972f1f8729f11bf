"""Fitted baselines on disk, so that a saved model can be measured beside them on any data later."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from elman.errors import BundleError

if TYPE_CHECKING:
    from elman.scoring.baselines import Baseline

Arrays = dict[str, NDArray[Any]]

WRITTEN_IN = {
    "baselines": "Majority Mean MajorityTag FrequentTag Unigram Marginals CommonOrCopy FirstSentence Nearest",
    "order_free": "OrderFreeLabel OrderFreeLabels OrderFreeNumber OrderFreeTags",
    "each_step": "EachStep SameAgain AfterSame",
    "watching": "MovingZScore SeasonalError",
    "forecasting": "Naive SeasonalNaive Drift HistoryMean HistoryMedian Theta OptimisedTheta HoltWinters "
    "LinearOnWindow",
}
HOMES = {name: f"elman.scoring.{module}" for module, names in WRITTEN_IN.items() for name in names.split()}
"""The module of each kind, so that loading a model imports those of its own baselines alone."""


def to_json(baselines: Iterable[Baseline]) -> tuple[list[dict[str, Any]], Arrays]:
    """A record for each baseline, and the arrays of all, by the baseline's place and their name."""
    records: list[dict[str, Any]] = []
    arrays: Arrays = {}
    for place, baseline in enumerate(baselines):
        record, own = baseline.state()
        records.append({"kind": type(baseline).__name__, **record})
        arrays |= {f"{place}.{name}": array for name, array in own.items()}
    return records, arrays


def from_json(records: list[dict[str, Any]], arrays: Arrays) -> list[Baseline]:
    """What ``to_json`` wrote, ready to predict.

    Raises BundleError for a kind that this version doesn't have, or for arrays that don't fit each other.
    """
    return [_restored(record, _own(arrays, place)) for place, record in enumerate(records)]


def _own(arrays: Arrays, place: int) -> Arrays:
    prefix = f"{place}."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _restored(record: dict[str, Any], arrays: Arrays) -> Baseline:
    if record["kind"] not in HOMES:
        raise BundleError(f"the model holds a baseline of kind {record['kind']!r}, which this version doesn't have")
    kind: type[Baseline] = getattr(import_module(HOMES[record["kind"]]), record["kind"])
    return kind.from_state(record, arrays)
