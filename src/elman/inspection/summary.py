"""What a page says first: what the model is worth, what is wrong with it, and what to change, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elman.inspection.flowing import Flows
from elman.inspection.section import Listing, Section
from elman.scoring.metrics import metric
from elman.scoring.report import BETTER
from elman.settings import Settings

BROKEN = ("exploding", "stuck", "dead")
"""Warnings of training that came off the rails: whatever else is seen may come of it."""
STILL_FALLING = 0.02
"""The share of its loss that a run lost in the last fifth of it, to be worth going on."""


@dataclass(frozen=True)
class Finding:
    """Something that was seen, the flags of ``elman train`` that may help, and why they should."""

    seen: str
    flags: str
    why: str


def summary(
    report: dict[str, Any] | None,
    of: str,
    about: Mapping[str, Any],
    flow: Flows | None,
    settings: Settings,
    aligned: bool,
    held_out: dict[str, Any] | None = None,
) -> Section:
    """report: scores as JSON, None where there are none;  of: what was measured on;  about: the record of training
    aligned: the model answers at each step about that step, and not by predicting what comes next
    held_out: other scores, of rows that weren't learned from"""
    words, mood = worth(report, of) if report else (["There are no answers to measure the model by."], "")
    if held_out:
        words.append(f"On rows held out when it was trained: {score(held_out)}. Rows it has learned from score higher.")
    perfect = report is not None and is_perfect(report)
    found = [] if perfect else list(findings(about, flow, settings, aligned and mood != "good"))
    if found:
        what = "What to change" if mood == "bad" else "What might make it better"
        words.append(f"{what}, the likeliest first; try one at a time:")
    elif mood == "bad":
        words.append("Nothing that was looked at says why.")
    rows = [[one.seen, one.flags, one.why] for one in found]
    listing = [Listing(["what was seen", "train again with", "why it should help"], rows)] if rows else []
    return Section("summary", "In short", words, found, listings=listing, mood=mood)


def worth(report: dict[str, Any], of: str) -> tuple[list[str], str]:
    """The first metric beside the baselines, as a sentence; and whether all, some or none of these were beaten."""
    verdicts = report.get("verdicts", [])
    beaten = [verdict.startswith(BETTER) for verdict in verdicts]
    mood = "" if not beaten else "good" if all(beaten) else "unsure" if any(beaten) else "bad"
    worst_first = sorted(zip(beaten, verdicts, strict=True), key=lambda pair: pair[0])
    said = [f"{score(report)} on {report['rows']:,} {of}.", *(f"The model is {verdict}." for _, verdict in worst_first)]
    return [" ".join(said)], mood


def score(report: dict[str, Any]) -> str:
    name, estimate = next(iter(report["metrics"].items()))
    value, low, high = (metric(name).format(estimate[side]) for side in ("value", "low", "high"))
    return f"{name.replace('_', ' ')} {value} (95 % interval {low} to {high})"


def is_perfect(report: dict[str, Any]) -> bool:
    name, estimate = next(iter(report["metrics"].items()))
    return estimate["value"] == (1.0 if metric(name).higher_is_better else 0.0)


def findings(about: Mapping[str, Any], flow: Flows | None, settings: Settings, one_sided: bool) -> Iterator[Finding]:
    """What training warned of when it came off the rails; how gradients flow; what the model can't see; and whether it
    was still learning. one_sided: the answers are no good, and would have a use for what comes after their step"""
    warned = [warning for warning in about.get("warnings", []) if not warning.get("applied")]
    yield from (in_training(warning) for warning in warned if warning["kind"] in BROKEN)
    if flow is not None and flow.worst.state in ("vanishing", "exploding"):
        for remedy in flow.worst.remedies:
            yield Finding(f"the gradient is {flow.worst.state}", remedy.flags, remedy.why)
    elif one_sided and not (settings.bidirectional or settings.causal):
        yield Finding(
            "each answer is given before what comes after it is read",
            "--set bidirectional=true",
            "a second direction tells each step what comes after it",
        )
    yield from (in_training(warning) for warning in warned if warning["kind"] == "truncated")
    history = [entry for entry in about.get("history") or [] if entry.get("loss") is not None]
    if len(history) >= 5 and float(about.get("best_epoch") or 0) >= history[-1]["epoch"] - 0.01:
        before, now = history[-1 - len(history) // 5]["loss"], history[-1]["loss"]
        if now < (1 - STILL_FALLING) * before:
            longer = max(1, round(2 * history[-1]["epoch"]))
            yield Finding("the last evaluation was the best", f"--epochs {longer}", "its loss was still falling")


def in_training(warning: dict[str, Any]) -> Finding:
    seen, _, why = warning["message"].partition(f"; {warning['flags']} may help: ")
    return Finding(f"in training, epoch {warning['epoch']:.2g}: {seen}", warning["flags"], why)
