"""The main job in Python: ``fit`` data, get a ``Model``; evaluate, predict, generate, suggest, save, load."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from elman import answers, bundle, inspection
from elman.answers.base import Answer, Parts, Prediction
from elman.answers.language_model import LanguageModelTask, Suggestion
from elman.answers.reporting import report
from elman.answers.sequences import GenerationTask
from elman.data.audit import Finding, audit
from elman.data.bad import BadItem, Skipped, item_of
from elman.data.detect import Detection, detect, prepared
from elman.data.readers import from_python, read
from elman.data.splits import Splits, split
from elman.data.steps import at_row
from elman.data.table import Table
from elman.errors import BackendUnavailableError, BundleError, DataFileError, ElmanError, TaskError
from elman.inspection import Inspection
from elman.kinds import Kind, from_json, to_json
from elman.kinds.text import plain
from elman.kinds.tokenizers import choose_level
from elman.models.network import Network
from elman.recipes import TrainingStatistics
from elman.scoring import saved as known_baselines
from elman.scoring.report import Report
from elman.settings import Settings
from elman.training.loop import Evaluation, Event, NeedsRemedy, Progress, Run

Watch = Callable[[Event], None]


def fit(
    data: Any,
    *,
    input: str | Sequence[str] | None = None,
    output: str | None = None,
    task: str | None = None,
    ahead: Sequence[str] = (),
    alone: bool = False,
    valid: Any = None,
    test: Any = None,
    to: str | Path | None = None,
    minutes: float = 0.0,
    epochs: int = 0,
    seed: int = 0,
    device: str = "cpu",
    resume: bool = False,
    skip_bad: bool = False,
    auto_remedy: bool = False,
    watch: Watch = lambda event: None,
    **settings: Any,
) -> Model:
    """Learn ``output`` from ``input`` and measure how well.

    data:     paths of files (or a folder), a table (pandas, polars, Arrow), a dict of lists, or (inputs, outputs)
    input:    the input column, or a list of several; a name is one column, whatever stands in it
    output, task: chosen by ``detect``, as is ``input``, where they aren't given
    ahead:    columns of a series that are known ahead, also for the steps to forecast
    alone:    each row stands for itself, even where times say that rows follow each other
    valid, test: data of the same form; carved out of ``data`` where they aren't given
    to:       the folder that the model is saved to; None saves nothing
    minutes, epochs: the budget; by default chosen by the size of the data
    skip_bad: items that can't be read or learned from are left out, and listed in the report, instead of an error
    auto_remedy: begin again, in what is left of the budget, with the settings that a warning's remedy names
    settings: any field of ``Settings``, such as ``cell="gru"`` or ``hidden_size=64``

    Raises ElmanError for data that can't be read or learned from.
    """
    return Trainer(
        as_table(data, skip_bad),
        input=input,
        output=output,
        task=task,
        ahead=ahead,
        alone=alone,
        valid=None if valid is None else as_table(valid, skip_bad),
        test=None if test is None else as_table(test, skip_bad),
        changes={**settings, "seed": seed, "minutes": minutes, "epochs": epochs},
        device=device,
        to=Path(to) if to else None,
        watch=watch,
        skip_bad=skip_bad,
        auto_remedy=auto_remedy,
    ).run(resume=resume)


REMEDIES = 3
"""How often a run may begin again with a remedy applied."""

COPIES = 6
"""Times the weights' size that a run needs on disk: five for a checkpoint (weights, their average, the best, two of the
optimizer), and the model."""


class Trainer:
    """From tables to a trained, measured model, step by step, so that whoever watches can say what happens."""

    def __init__(
        self,
        table: Table,
        *,
        input: str | Sequence[str] | None = None,
        output: str | None = None,
        task: str | None = None,
        ahead: Sequence[str] = (),
        alone: bool = False,
        valid: Table | None = None,
        test: Table | None = None,
        changes: dict[str, Any] | None = None,
        device: str = "cpu",
        to: Path | None = None,
        watch: Watch = lambda event: None,
        skip_bad: bool = False,
        auto_remedy: bool = False,
    ):
        check_device(device)
        if to is not None:
            bundle.check_writable(to)
        self.device, self.to, self.watch = device, to, watch
        self.auto_remedy = auto_remedy
        self.remedied: list[dict[str, Any]] = []  # warnings of runs that were ended for them
        self.detection: Detection = detect(table, input=input, output=output, task=task, ahead=ahead, alone=alone)
        self.names = table.names
        changes = {key: value for key, value in (changes or {}).items() if value is not None}
        for budget in ("minutes", "epochs"):  # 0 leaves the choice to the recipe
            if not changes.get(budget, 1):
                del changes[budget]
        parts = {"train": table, "valid": valid, "test": test}
        given = {
            name: prepared(part.named_as(self.names), self.detection)
            for name, part in parts.items()
            if part is not None
        }
        self.task: Answer = answers.for_detection(task, self.detection, given["train"])
        fields = self.task.fields(Settings())
        self.skipped: list[BadItem] = []
        for name, part in given.items():
            given[name], faulty = sound_rows(self.task, fields, part, self.detection, skip_bad)
            self.skipped += [*parts[name].skipped, *faulty]  # type: ignore[union-attr]  # those that are there
        table = given["train"]
        self.splits: Splits = split(
            table,
            inputs=self.detection.inputs,
            output=self.detection.output,
            seed=int(changes.get("seed", 0)),
            fractions=self.task.fractions,
            history=self.detection.task == "forecasting",
            least=int(changes.get("horizon", 0)),
            valid=given.get("valid"),
            test=given.get("test"),
        )
        self.notes: list[str] = [*table.notes, *self.splits.notes]
        if self.skipped:
            self.notes.append(str(Skipped.of(self.skipped)))
        for part in (valid, test):
            if part is not None:
                self.notes += [f"{part.source}: {note}" for note in part.notes]
        self.findings: list[Finding] = audit(self.splits.train, self.splits.valid, self.splits.test, self.detection)
        self.settings = self._settings(changes)

    def _cells(self, table: Table) -> tuple[list[Any], list[Any]]:
        return paired(self.task, table, self.detection.inputs, self.detection.output)

    def _settings(self, changes: dict[str, Any]) -> Settings:
        """The task's recipe for data of this size, changed by what the user asked for."""
        inputs, outputs = self._cells(self.splits.train)
        texts = [cell for cell in inputs if isinstance(cell, str)]
        level = str(changes.get("level", "auto"))
        if level == "auto":
            level = choose_level(texts) if texts else ""
        elements = len if level == "characters" else lambda text: len(text.split())
        if self.task.numeric:
            steps = sum(1 if isinstance(cell, tuple) else len(cell or ()) for cell in inputs) / len(inputs)
        else:
            steps = sum(elements(plain(cell)) for cell in inputs) / len(inputs)
        statistics = TrainingStatistics(
            rows=len(inputs), steps=steps, level=level, inputs=inputs, outputs=outputs, asked=changes
        )
        settings = Settings().with_changes(self.task.recipe(statistics))
        # A budget in minutes alone is a limit: the recipe's epochs still say when enough is enough.
        return settings.with_changes(changes)

    def run(self, *, resume: bool = False) -> Model:
        """Fit the fields, train the network, and report on the test part (or validation, where there is none)."""
        while True:
            try:
                return self._run(resume)
            except NeedsRemedy as need:
                self._apply(need)
                resume = False

    def _apply(self, need: NeedsRemedy) -> None:
        """Change the settings as a warning says, and take what was used from the budget."""
        remedy, used, settings = need.warning.remedy, need.progress, self.settings
        self.remedied += [{**warning, "applied": True} for warning in used.warnings[-1:]]
        budget: dict[str, Any] = {"epochs": max(1, settings.epochs - used.epoch)} if settings.epochs else {}
        if settings.minutes:
            budget["minutes"] = settings.minutes - used.seconds / 60
        self.settings = settings.with_changes({**remedy.changes, **budget})
        left = [f"{self.settings.epochs} epochs"] * bool(settings.epochs)
        left += [f"{self.settings.minutes:.2g} min"] * bool(settings.minutes)
        self.watch(Event("remedy", message=f"beginning again with {remedy.flags}; left are {' or '.join(left)}"))

    def _run(self, resume: bool) -> Model:
        train, valid = self._cells(self.splits.train), self._cells(self.splits.valid)
        settings = self.settings.with_changes({"minutes": self.settings.minutes / (2 if self.settings.refit else 1)})
        torch.manual_seed(settings.seed)
        parts = self.task.parts(*train, settings)
        known = self.task.scorable(parts, *valid)
        validation = self.task.batches(parts, *known)
        validation.device = self.device
        if self.to is not None:
            bundle.check_room(self.to, COPIES * sum(p.nbytes for p in parts.network.parameters()))
        run = self._begin(parts, train, self.task.evaluation(parts, validation), validation.tokens, self._unfinished())
        if resume:
            run.resume()
        elif kept := run.set_aside():
            self.watch(Event("kept", message=f"an unfinished run was here; it is kept as {kept}"))
        progress = self._go(run, parts)
        run.save()  # measuring can fail too; --resume then comes straight back here
        validation.device = "cpu"

        self.watch(Event("measuring", message="measuring the model and the baselines on the held-out part ..."))
        held = self.task.fit_baselines(parts, train, valid)
        if settings.ngrams:
            parts.ngram_model = next((b for b in held if b.name == "order_free"), None)
        self.task.finish(parts, validation, known[0])
        if settings.refit and progress.finished:
            parts = self._refit(parts, [*zip(*train, strict=True), *zip(*known, strict=True)], progress)
        # As asked for: a model that is trained twice had half of the minutes each time.
        parts.settings = parts.settings.with_changes({"minutes": self.settings.minutes})
        model = Model(self.task, self.detection, parts, held, self._about(progress))
        model.report = report(self.task, parts, held, *self._cells(self.splits.test or self.splits.valid))
        model.report = replace(model.report, skipped=Skipped.of(self.skipped))
        if self.to is not None:
            model.save(self.to)
            if progress.finished:  # an interrupted run can still be resumed
                run.discard()
        return model

    def _unfinished(self) -> Path | None:
        return self.to.resolve().with_name(self.to.resolve().name + ".unfinished") if self.to else None

    def _begin(
        self,
        parts: Parts,
        cells: tuple[list[Any], list[Any]],
        evaluate: Callable[[Network], Evaluation],
        validation_tokens: int = 0,
        folder: Path | None = None,
    ) -> Run:
        batches = self.task.batches(parts, *cells)
        batches.device = self.device
        parts.network.to(self.device)
        note = {"data": fingerprint(self.splits.train), "task": self.task.name}
        return Run(
            parts.network,
            batches,
            evaluate,
            parts.settings,
            validation_tokens=validation_tokens,
            folder=folder,
            watch=self.watch,
            note=note,
            architecture=self.task.architecture(parts.settings),
            stop_on_warning=self.auto_remedy and len(self.remedied) < REMEDIES,
        )

    def _go(self, run: Run, parts: Parts) -> Progress:
        progress = run.go()
        parts.network.to("cpu")
        return progress

    def _refit(self, best: Parts, rows: list[tuple[Any, Any]], progress: Progress) -> Parts:
        """A new network trained on all but the test part, for as many epochs as were best for the one before.

        Interrupted, it is dropped and the one before is kept.
        """
        epochs = max(1, round(progress.best_epoch))
        message = f"training anew on the training and validation parts together, for {epochs} epochs"
        self.watch(Event("refit", message=message))
        settings = best.settings.with_changes({"epochs": epochs, "patience": 0})
        inputs, outputs = map(list, zip(*rows, strict=True))
        torch.manual_seed(settings.seed)
        parts = self.task.parts(inputs, outputs, settings)
        # There is nothing left to choose by: what counts is to have gone on to the end.
        run = self._begin(parts, (inputs, outputs), lambda network: Evaluation(float(run.progress.step), {}))
        again = self._go(run, parts)
        progress.seconds += again.seconds
        if not again.finished:
            return best
        self.task.inherit(best, parts)
        return parts

    def _about(self, progress: Progress) -> dict[str, Any]:
        return {
            "data": {
                "source": self.splits.train.source,
                "columns": self.names,
                "sha256": fingerprint(self.splits.train),
                "rows": {
                    name: len(part) for name in ("train", "valid", "test") if (part := getattr(self.splits, name))
                },
                "report_on": "test" if self.splits.test else "valid",
            },
            "history": [{k: v if math.isfinite(v) else None for k, v in entry.items()} for entry in progress.history],
            "warnings": [*self.remedied, *progress.warnings],
            "seconds": progress.seconds,
            "best_epoch": progress.best_epoch,
        }


class Model:
    """A trained model: what it learned, how good it was, and what it can be used for."""

    def __init__(self, task: Answer, detection: Detection, parts: Parts, baselines: list[Any], about: dict[str, Any]):
        self.task, self.detection, self.parts = task, detection, parts
        self.baselines, self.about = baselines, about
        self.report: Report | None = None
        self.saved_card = ""  # of a model that was loaded from disk

    @property
    def network(self) -> Network:
        """The network itself, an ``nn.Module``."""
        return self.parts.network

    def evaluate(self, data: Any, *, skip_bad: bool = False) -> Report:
        """Metrics with intervals, beside the baselines, on data of the form that ``fit`` takes.

        skip_bad: items that can't be read are left out, and listed in the report
        """
        if isinstance(data, tuple) and len(data) == 2 and not any(map(is_path, data)):
            data = self._named(*data)
        table = as_table(data, skip_bad)
        skipped = table.skipped
        table = prepared(table.named_as(self.about["data"]["columns"]), self.detection)
        table, faulty = sound_rows(self.task, (self.parts.input, self.parts.output), table, self.detection, skip_bad)
        inputs, outputs = paired(self.task, table, self.detection.inputs, self.detection.output)
        for row, cell in enumerate(outputs, start=1):
            if not self.task.knows(self.parts, cell):
                raise TaskError(
                    f"row {row} has the output {cell!r}, which the training data didn't have; remove such rows, or "
                    "train again with data that have it"
                )
        where = "{} of " + table.source.replace("{", "{{").replace("}", "}}")
        measured = report(self.task, self.parts, self.baselines, inputs, outputs, where)
        return replace(measured, skipped=Skipped.of([*skipped, *faulty]))

    def predict(self, inputs: Any) -> list[Prediction]:
        """An answer for each input, in order: a list of cells, or a table that has the input column."""
        if isinstance(inputs, str) and not is_path(inputs):
            raise TaskError(f"predict takes a list of inputs: pass [{inputs[:30]!r}]")
        if getattr(inputs, "ndim", 0) == 1:  # a column of pandas, an array
            inputs = list(inputs)
        if isinstance(inputs, (list, tuple)) and not inputs:
            return []
        if isinstance(inputs, (list, tuple)) and not isinstance(inputs[0], dict):
            return self.task.predict(self.parts, list(inputs))
        table = prepared(as_table(inputs).named_as(self.about["data"]["columns"]), self.detection)
        cells, _ = self.task.cells(table, input_columns(self.detection, table), self.detection.output)
        return self.task.predict(self.parts, cells)

    def inspect(
        self,
        data: Any = None,
        *,
        texts: Sequence[str] = (),
        seed: int = 0,
        watch: Callable[[str], None] = lambda title: None,
    ) -> Inspection:
        """Look inside: gradients through time, memory, gates, what decided; as data, and as a page.

        data:  as ``fit`` takes it; without the output column, the model's own answers stand for what is right
        texts: inputs instead of data;  with neither, only what the model itself holds is told
        watch: told the title of each section
        """
        inputs, outputs, source = self._to_inspect(data, texts)
        return inspection.inspect(
            self.task,
            self.parts,
            inputs,
            outputs,
            about=self.about,
            baselines=self.baselines,
            source=source,
            saved_report=without_examples(self.report) if self.report else None,
            seed=seed,
            watch=watch,
            columns=self.detection.inputs,
        )

    def _to_inspect(self, data: Any, texts: Sequence[str]) -> tuple[list[Any], list[Any] | None, str]:
        """Inputs, outputs where there are any, and where they come from."""
        if texts:
            inspection.check_text(self.task, self.parts.input)
            return list(texts), None, "the text that was passed"
        if data is None:
            return [], None, "no data"
        if isinstance(data, tuple) and len(data) == 2 and not any(map(is_path, data)):
            data = self._named(*data)
        table = prepared(as_table(data).named_as(self.about["data"]["columns"]), self.detection)
        inputs, outputs = self.task.cells(table, input_columns(self.detection, table), self.detection.output)
        if outputs is not None:
            inputs, outputs = paired(self.task, table, self.detection.inputs, self.detection.output)
        return inputs, outputs, table.source

    def _named(self, inputs: Any, outputs: Any) -> dict[str, Any]:
        """A pair as columns under the names that the model knows."""
        names = self.detection.inputs
        columns = {names[0]: inputs} if len(names) == 1 else dict(zip(names, zip(*inputs, strict=True), strict=True))
        return {**columns, str(self.detection.output): outputs}

    def generate(
        self,
        start: str = "",
        *,
        input: Any = None,
        length: int = 200,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> Any:
        """Write a text (of music, a ``Tune``) that begins with ``start``; one-to-many models need the ``input``."""
        choice: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        choice["generator"] = torch.Generator()
        if seed is None:
            choice["generator"].seed()
        else:
            choice["generator"].manual_seed(seed)
        if isinstance(self.task, LanguageModelTask):
            return self.task.generate(self.parts, start=start, length=length, **choice)
        if isinstance(self.task, GenerationTask):
            if input is None:
                known = ", ".join(self.parts.input.allowed_values()[:5])
                raise TaskError(
                    f"this model writes for a value of {self.detection.given!r}; pass --input ({known} ...)"
                )
            return self.task.generate(self.parts, input, start=start, length=length, **choice)
        raise TaskError(f"a {self.task.name} model can't generate; use predict")

    def suggest(self, text: str, *, count: int = 3) -> list[Suggestion]:
        """The likeliest next words after ``text``; a begun word is completed. For language models."""
        if not isinstance(self.task, LanguageModelTask):
            raise TaskError(f"a {self.task.name} model can't suggest words; train one on plain text (--task next-word)")
        return self.task.suggest(self.parts, text, count=count)

    # -- on disk ------------------------------------------------------------------------------

    def save(self, folder: str | Path) -> None:
        """Write the model as a folder of safetensors and JSON."""
        from elman.card import card

        baseline_records, arrays = known_baselines.to_json(self.baselines)
        record = {
            "task": {"name": self.task.name, "input": self.task.input},
            "detection": self.detection.to_json(),
            "input": to_json(self.parts.input),
            "output": None if self.parts.output is self.parts.input else to_json(self.parts.output),
            "settings": self.parts.settings.to_json(),
            "mixing_weights": self.parts.mixing_weights,
            "baselines": baseline_records,
            "report": without_examples(self.report) if self.report else None,
            **self.about,
        }
        tensors = {f"network.{name}": tensor for name, tensor in own_tensors(self.parts.network).items()}
        tensors |= {f"baselines.{name}": torch.from_numpy(array) for name, array in arrays.items()}
        bundle.write(Path(folder), bundle.Bundle(record, tensors, self.saved_card or card(self)))

    @classmethod
    def load(cls, folder: str | Path) -> Model:
        """Read a model that ``save`` wrote. Raises BundleError for anything else."""
        saved = bundle.read(folder)
        record = saved.record
        try:
            task = answers.find(**record["task"])
            settings = Settings().with_changes(record["settings"])
            input = from_json(record["input"])
            output = input if record["output"] is None else from_json(record["output"])
            network = task.network(input, output, settings)
            load_tensors(network, _under("network", saved.tensors))
            arrays = {name: tensor.numpy() for name, tensor in _under("baselines", saved.tensors).items()}
            held = known_baselines.from_json(record["baselines"], arrays)
            detection = Detection.from_json(record["detection"])
            mixing_weights = tuple(record["mixing_weights"]) if record["mixing_weights"] else None
            about = {key: record[key] for key in ("data", "history", "warnings", "seconds", "best_epoch")}
            measured = Report.from_json(record["report"]) if record.get("report") else None
        except KeyError as problem:
            raise BundleError(f"{folder} is damaged (no {problem} in it); restore it, or train again") from problem
        except (TypeError, ValueError, RuntimeError, TaskError) as problem:
            raise BundleError(f"{folder} is damaged ({problem}); restore it from a copy, or train again") from problem
        network.eval()
        ngram_model = next((b for b in held if b.name == "order_free"), None) if mixing_weights else None
        model = cls(task, detection, Parts(input, output, settings, network, ngram_model, mixing_weights), held, about)
        model.report, model.saved_card = measured, saved.card
        return model


def load(folder: str | Path) -> Model:
    """A model that ``train`` or ``Model.save`` wrote."""
    return Model.load(folder)


def own_tensors(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Parameters and buffers by name; weights that are shared stand there once."""
    return {**dict(network.named_parameters()), **dict(network.named_buffers())}


def load_tensors(network: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> None:
    """Put back ``own_tensors``. Raises ValueError where one is missing or doesn't belong."""
    differing = set(own_tensors(network)) ^ set(tensors)
    if differing:
        raise ValueError(f"its tensors don't fit the network: {', '.join(sorted(differing)[:5])}")
    network.load_state_dict(tensors, strict=False)


def without_examples(report: Report) -> dict[str, Any]:
    """The report less the rows of data that it shows: those aren't the model's to pass on."""
    return {key: value for key, value in report.to_json().items() if key != "worst"}


# -- data -------------------------------------------------------------------------------------


def as_table(data: Any, skip_bad: bool = False) -> Table:
    """Paths, tables and Python containers alike as a ``Table``."""
    if isinstance(data, Table):
        return data
    if isinstance(data, (str, Path)):
        return read([data], skip_bad=skip_bad)
    if isinstance(data, Sequence) and data and all(map(is_path, data)):
        return read(list(data), skip_bad=skip_bad)
    return from_python(data)


def sound_rows(
    task: Answer, fields: Sequence[Kind], table: Table, detection: Detection, skip_bad: bool
) -> tuple[Table, list[BadItem]]:
    """The rows whose cells the input and output fields can take, and what is wrong with the others.

    Raises DataFileError or TaskError, with the place, for the first of those unless they are skipped. Files are only
    decoded for this where some may be: training decodes them too, and raises the same.
    """
    faults: dict[int, ElmanError] = {}
    cells = task.cells(table, input_columns(detection, table), detection.output)
    for field, column in zip(fields, cells, strict=False):
        if column is not None and (skip_bad or not field.decodes):
            faults |= field.faults(column)
    if not faults:
        return table, []
    if not skip_bad:
        row = min(faults)
        first, hint = faults[row], "(--skip-bad leaves out all such items)."
        if isinstance(first, DataFileError):
            raise DataFileError(f"{first.why} {hint}", first.place)
        raise at_row(table, row, f"{first} {hint}")
    items = [item_of(faults[row], f"{table.source}, row {row + 1}") for row in sorted(faults)]
    return table.select([row for row in range(len(table)) if row not in faults]), items


def is_path(thing: Any) -> bool:
    """Whether ``thing`` names a file or folder that is there."""
    try:
        return isinstance(thing, (str, Path)) and Path(thing).exists()
    except (OSError, ValueError):  # a text too long, or with signs, that no file's name can have
        return False


def paired(task: Answer, table: Table, inputs: Sequence[str], output: str | None) -> tuple[list[Any], list[Any]]:
    """Input and output cells of the rows that have an answer. Raises TaskError where the column is missing."""
    given, outputs = task.cells(table, inputs, output)
    if outputs is None:
        table.column(str(output))  # says which columns there are
        raise TaskError(f"{table.source} has no column {output!r}")
    rows = [row for row, cell in enumerate(outputs) if cell is not None]
    if not rows:
        raise TaskError(f"{table.source}: the output column {output!r} is empty")
    if task.blank_is_an_answer:
        return given, outputs
    return [given[row] for row in rows], [outputs[row] for row in rows]


def fingerprint(table: Table) -> str:
    """A hash of all cells, which tells whether two runs saw the same data."""
    digest = hashlib.sha256()
    for name, cells in table.columns.items():
        digest.update(name.encode("utf-8", "surrogatepass"))
        for cell in cells:
            digest.update(repr(cell).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def check_device(device: str) -> None:
    """Raise BackendUnavailableError unless torch can use ``device`` here."""
    kind = device.split(":")[0]
    ready = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not ready.get(kind, False):
        there = ", ".join(name for name, is_there in ready.items() if is_there)
        raise BackendUnavailableError(f"device {device!r} isn't available here; pass --device with one of: {there}")


def _under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name[len(prefix) + 1 :]: tensor for name, tensor in tensors.items() if name.startswith(prefix + ".")}


def stream_predictions(
    model: Model, tables: Iterator[Table], *, skip_bad: bool = False
) -> Iterator[tuple[Table, list[Prediction]]]:
    """Predictions for one chunk of a file after another, so that the file need not fit in memory.

    skip_bad: items that can't be read are left out, and listed in the table that they are missing in
    Where rows are the steps of sequences, a chunk must hold whole ones.
    """
    for table in tables:
        skipped = table.skipped
        table = prepared(table.named_as(model.about["data"]["columns"]), model.detection)
        table, faulty = sound_rows(model.task, [model.parts.input], table, model.detection, skip_bad)
        cells, _ = model.task.cells(table, input_columns(model.detection, table), model.detection.output)
        yield replace(table, skipped=[*skipped, *faulty]), model.task.predict(model.parts, cells) if len(table) else []


def input_columns(detection: Detection, table: Table) -> tuple[str, ...]:
    """The model's input columns in ``table``; the only column, where there is only one."""
    wanted = detection.inputs
    alone = len(wanted) == len(table.names) == 1
    return tuple(table.names) if alone else wanted


__all__ = ["Model", "Trainer", "fit", "load"]
