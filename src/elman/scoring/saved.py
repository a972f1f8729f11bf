"""Fitted baselines on disk, so that a saved model can be measured beside them on any data later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from elman.errors import BundleError
from elman.scoring.baselines import (
    Baseline,
    CommonOrCopy,
    FirstSentence,
    FrequentTag,
    Majority,
    MajorityTag,
    Marginals,
    Mean,
    Nearest,
    Unigram,
)
from elman.scoring.each_step import AfterSame, EachStep, SameAgain
from elman.scoring.forecasting import SIMPLE
from elman.scoring.order_free import OrderFreeLabel, OrderFreeLabels, OrderFreeNumber, OrderFreeTags
from elman.scoring.watching import MovingZScore, SeasonalError

Arrays = dict[str, NDArray[Any]]

KINDS: dict[str, type[Baseline]] = {
    kind.__name__: kind
    for kind in (
        *(Majority, Mean, MajorityTag, FrequentTag, Unigram, Marginals, CommonOrCopy, FirstSentence, Nearest),
        *(OrderFreeLabel, OrderFreeLabels, OrderFreeNumber, OrderFreeTags, EachStep, SameAgain, AfterSame),
        *(MovingZScore, SeasonalError),
        *SIMPLE,
    )
}


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
    if record["kind"] not in KINDS:
        raise BundleError(f"the model holds a baseline of kind {record['kind']!r}, which this version doesn't have")
    return KINDS[record["kind"]].from_state(record, arrays)
