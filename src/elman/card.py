# pyright: strict
"""The model card: what a saved model does, how good it was, how to use it and what it can't do, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from elman.cells import find
from elman.recipes import left_out
from elman.settings.setting import typed
from elman.tasks import TASKS

if TYPE_CHECKING:
    from elman.answers.base import AnyAnswer, AnyParts
    from elman.bundle import About
    from elman.data.detection import Detection
    from elman.scoring.report import Report
    from elman.settings import Settings


class Described(Protocol):
    """What a card is written of: a trained model."""

    @property
    def parts(self) -> AnyParts: ...
    @property
    def about(self) -> About: ...
    @property
    def report(self) -> Report | None: ...

    task: AnyAnswer
    detection: Detection


def card(model: Described) -> str:
    """The card of a trained model (Mitchell et al. 2019, "Model cards for model reporting")."""
    sections = [what(model), data(model), quality(model.report), use(model), settings(model), limits(model)]
    if model.about["warnings"]:
        sections.insert(3, warnings(model.about["warnings"]))
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def what(model: Described) -> Iterator[str]:
    found, s = model.detection, model.parts.settings
    yield f"# {found.given} → {found.answer}"
    yield ""
    meaning = TASKS[found.task].meaning(found.architecture, found.reads.goes_in)
    if model.task.trains(s):
        network: Any = model.parts.module
        weights = sum(int(parameter.numel()) for parameter in network.parameters())
        by = f"{describe_network(model.task, s)}{answering(model)}; {weights:,} weights"
        how = f"{by}, trained for {model.about['seconds']:.0f} s with seed {s.seed}"
    else:
        how = f"The recipe {s.recipe}, without a network"
    yield f"An Elman model for {model.task.name} ({model.task.architecture(s)}): {meaning}. {how}."


def describe_network(task: AnyAnswer, s: Settings) -> str:
    """Cells, layers and sizes."""
    layers = f"{s.num_layers} layer{'s' if s.num_layers > 1 else ''} of {s.hidden_size} units"
    before = task.describe_encoder()
    if task.architecture(s) == "one-to-one":
        return f"{before}feed-forward, {layers}"
    both = " in each direction" if s.bidirectional and "bidirectional" in task.uses(s) else ""
    several = f", the mean of {s.members} networks" if s.members > 1 else ""
    return f"{before}{find(s.cell).title}, {layers}{both}{several}"


def answering(model: Described) -> str:
    """Who answers beside the network, or in its place."""
    if not model.parts.mixing_weights:
        return ""
    linear = f"a linear model on {model.task.beside}"
    if model.parts.mixing_weights[0]:
        return f", answering together with {linear}"
    return f", which has no share in the answers: those are of {linear}"


def data(model: Described) -> Iterator[str]:
    about = model.about["data"]
    rows = ", ".join(f"{count:,} for {name}" for name, count in about["rows"].items())
    yield "## Data"
    yield ""
    yield f"- Source: {about['source']} (SHA-256 of the training cells: `{about['sha256']}`)"
    yield f"- Rows: {rows}"
    yield f"- Input: {model.detection.given}; output: {model.detection.answer}"
    for how in dict.fromkeys(kind.how_read() for kind in (model.parts.input, model.parts.output)):
        if how:
            yield f"- {how[0].upper()}{how[1:]}"


def quality(report: Report | None) -> Iterator[str]:
    yield "## How good it is"
    yield ""
    if report is None:
        yield "Not measured here."
        return
    from elman.scoring.metrics import metric

    names = [baseline.name.replace("_", " ") for baseline in report.baselines]
    yield f"Measured on {report.extent}, with 95 % bootstrap intervals:"
    yield ""
    yield "| " + " | ".join(["metric", "unit", "model", "95 % interval", *names]) + " |"
    yield "|---" * (4 + len(names)) + "|"
    for name, measured in report.metrics.items():
        m = metric(name)
        others = [m.number(baseline.metrics[name]["value"]) for baseline in report.baselines]
        interval = f"{m.number(measured['low'])} to {m.number(measured['high'])}"
        yield "| " + " | ".join([escaped(name), m.unit, m.number(measured["value"]), interval, *others]) + " |"
    yield ""
    for verdict in report.verdicts:
        yield f"- The model is {verdict}."
    yield from (f"- {said}" for said in report.said)


def warnings(found: list[dict[str, Any]]) -> Iterator[str]:
    """What was warned of while the model trained."""
    yield "## Warnings in training"
    yield ""
    for warning in found:
        done = f" This was done: training began again with {warning['flags']}." if warning.get("applied") else ""
        yield f"- Epoch {warning['epoch']:.2f}: {warning['message']}.{done}"


def use(model: Described) -> Iterator[str]:
    from elman.answers.abilities import Suggests

    example = model.parts.input.example
    yield "## How to use it"
    yield ""
    yield "```sh"
    begins = model.task.begins() if isinstance(model.task, Suggests) else ""
    if begins:
        yield f'elman generate FOLDER --start "{begins}"'
        yield f'elman suggest FOLDER "{begins}"'
    else:
        if not model.task.input_kind.of_numbers:
            yield f'elman predict FOLDER "{example}"'
        yield "elman predict FOLDER --file data.csv --to answers.csv"
        yield "elman evaluate FOLDER data.csv"
    yield "```"
    yield ""
    yield "```python"
    yield "import elman"
    yield ""
    yield 'model = elman.load("FOLDER")'
    if begins:
        yield f'model.generate("{begins}")'
    else:
        yield 'model.predict("data.csv")' if model.task.input_kind.of_numbers else f'model.predict(["{example}"])'
    yield "```"


def settings(model: Described) -> Iterator[str]:
    yield "## Settings"
    yield ""
    used = model.task.uses(model.parts.settings)
    yield ", ".join(f"`{key}={typed(value)}`" for key, value in model.parts.settings.to_json(used).items())


def limits(model: Described) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield "- It can only be as good as its training data; on text of another kind, time or language expect worse."
    yield "- It repeats whatever bias the data hold. Look at the errors by group before decisions depend on it."
    yield "- Probabilities are the model's own, and may be too sure."
    if model.parts.settings.causal:
        used = model.task.uses(model.parts.settings)
        yield (
            f"- It was trained with --causal, which leaves out what needs whole sequences: {left_out(used)}. So "
            "`model.stream()` can answer while a sequence is still coming in."
        )
    if model.report is not None and model.about["data"]["report_on"] == "valid":
        yield "- It was measured on the validation part, which also chose the best weights: somewhat too favourable."


def escaped(cell: Any) -> str:
    """A cell of a Markdown table."""
    return str(cell).replace("|", "\\|").replace("\n", " ")
