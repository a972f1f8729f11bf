"""The sections that are made of a model's own record: how its training went, and how good it was found to be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from elman.drawing.figures import INK, heading, heat, words_along
from elman.inspection import curves, inside
from elman.inspection.section import Listing, Picture, Section, number
from elman.inspection.words import short
from elman.scoring.calibration import Calibration, Coverage

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def trained(about: Mapping[str, Any]) -> Section | None:
    """Learning curves."""
    found, best = curves.curves(about.get("history") or []), float(about.get("best_epoch") or 0.0)
    if len(found.get("epoch", [])) < 1 or len(found) < 2:
        return None
    last = float(found["epoch"][-1] or 0.0)
    count = f"{last:.3g}"
    words = [f"Trained for {count} epoch{'s' * (count != '1')}; the weights of epoch {best:.3g} were kept."]
    warned = [
        f"Training warned, epoch {warning['epoch']:.2g}: {warning['message']}." for warning in about.get("warnings", [])
    ]
    picture = Picture("curves", partial(curves.draw, found=found, best=best), curves.CAPTION, words[0])
    return Section("curves", "Learning curves", warned + words, found, [picture], mood="bad" if warned else "")


def scored(report: dict[str, Any], of: str) -> Section:
    """Metrics beside the baselines, the confusion of labels, and the worst mistakes."""
    names = list(report["metrics"])
    held = report.get("baselines", {})
    rows = []
    for name in names[:12]:
        estimate, unit = report["metrics"][name], report.get("units", {}).get(name, "")
        factor = 100 if unit == "%" else 1

        def shown(value: float | None, factor: int = factor) -> str:
            return "–" if value is None else number(factor * value)

        others = [shown(values.get(name, {}).get("value")) for values in held.values()]
        interval = f"{shown(estimate['low'])} to {shown(estimate['high'])}"
        rows.append([name.replace("_", " "), unit, shown(estimate["value"]), interval, *others])
    table = Listing(
        ["metric", "unit", "model", "95 % interval", *(name.replace("_", " ") for name in held)],
        rows,
        range(2, 4 + len(held)),
    )
    words = [f"Measured on {report['rows']:,} {of}."]
    words += [f"The model is {verdict}." for verdict in report.get("verdicts", [])]
    words += filter(None, [report.get("deciding")])
    if report.get("calibration"):
        words.append(str(Calibration.from_json(report["calibration"])))
    words += [str(Coverage(**one)) for one in report.get("coverage", [])]
    listings = [table]
    mistakes = [each for each in report.get("worst") or [] if each["predicted"] != each["expected"]]
    if mistakes:
        worst = [
            [*(short(in_a_line(each[key]), 160) for key in ("input", "predicted", "expected")), number(each["loss"])]
            for each in mistakes
        ]
        unit = report.get("loss_unit", "nats")
        listings.append(
            Listing(["input", "answered", "right", f"loss, {unit}"], worst, range(3, 4), "The worst mistakes.")
        )
    pictures = []
    confusion = report.get("confusion")
    if confusion and 2 <= len(confusion["labels"]) <= inside.MOST:
        pictures.append(
            Picture(
                "confusion",
                partial(draw_confusion, confusion=confusion),
                CONFUSION_CAPTION,
                "Confusion of labels",
                18.0,
            )
        )
    return Section("scores", "Scores, confusions, mistakes", words, report, pictures, listings)


def in_a_line(cell: Any) -> str:
    return " ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


CONFUSION_CAPTION = (
    "Rows are what is right, columns what the model answered; the colour is the share of the row. All on the diagonal "
    "would be perfect."
)


def draw_confusion(figure: Figure, confusion: dict[str, Any]) -> None:
    labels, counts = [str(label) for label in confusion["labels"]], np.array(confusion["counts"], dtype=float)
    figure.set_size_inches(min(7.2, 2.2 + 0.35 * len(labels)), min(6.5, 1.6 + 0.3 * len(labels)))
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    heat(axes, shares, 1.0)
    if len(labels) <= 12:
        for (i, j), count in np.ndenumerate(counts):
            if count:
                ink = "white" if shares[i, j] > 0.5 else INK
                axes.text(j, i, f"{count:.0f}", ha="center", va="center", fontsize=8, color=ink)
    words_along(axes, [short(label, 12) for label in labels])
    axes.set_yticks(range(len(labels)), [short(label, 14) for label in labels], fontsize=7)
    heading(axes, "", "answered", "right", legend=False)
