# pyright: strict
"""The face for users: a trained model, to evaluate, predict, generate, suggest, inspect, save and load."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np
from numpy.typing import NDArray

from elman import answers, bfloat16, bundle, int8, runtime
from elman.answers import AnyParts, Generates, GivesSets, Parts, Prediction, Suggestion, Suggests
from elman.answers.base import MEASURED_SCORES, stretches
from elman.cells import CELLS
from elman.columns import Columns
from elman.data.bad import Skipped
from elman.data.detection import Detection
from elman.data.drawn import drawn_rows
from elman.data.format import Format, FormatChoices
from elman.data.missing import present
from elman.errors import BundleError, ElmanError, ExportError, TaskError
from elman.extras import needed
from elman.kinds import KINDS, from_json, to_json
from elman.kinds.column import is_list
from elman.paths import is_path
from elman.scoring import saved as saved_baselines
from elman.settings import Settings
from elman.stored import Stored, chosen

MOST_MEASURED = 200_000
"""Of more rows that are measured one by one, so many are measured on: a share is then exact to 0.2 %."""
MOST_MEASURED_SCORES = 4 * MEASURED_SCORES
"""The same of the scores that this takes, where there are very many classes."""
DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError),
    TaskError,
)
"""What a record raises that can't have been saved so, whoever hashed it anew."""

if TYPE_CHECKING:
    from elman.data.readers import Data
    from elman.data.table import Cell, Table
    from elman.inspection import Inspection
    from elman.models.network import Network
    from elman.scoring.report import Report
    from elman.sessions import Reader, Session


class Model:
    """A trained model: what it learned, how good it was, and what it can be used for.

    Attributes:
        columns: which columns of a table it reads, and how.
        parts: the fitted kinds of column, the settings and the network.
        baselines: what it was compared with, fitted on the same data.
        about: its training: the data, the validation scores as they went, warnings, seconds.
        report: how good it was on the held-out part; None where it wasn't measured.

    >>> model = elman.fit(elman.samples.load("flowers"), epochs=10, to="flower-model")
    >>> model = elman.load("flower-model")
    >>> [answer.value for answer in model.predict([(5.7, 3.3, 6.0, 4.2), (2.8, 1.4, 6.6, 3.4)])]
    ['moonroot', 'starleaf']
    >>> model.evaluate(elman.samples.load("flowers")).rows
    600
    """

    def __init__(
        self,
        columns: Columns,
        parts: AnyParts,
        baselines: list[Any],
        about: bundle.About,
        report: Report | None = None,
        saved: bundle.Bundle | None = None,
    ):
        self.columns, self.parts, self.baselines, self.about = columns, parts, baselines, about
        self.task, self.detection = columns.task, columns.detection
        self.saved = saved  # what was read, of a model that was loaded from disk
        self._report = report

    @property
    def report(self) -> Report | None:
        """Of a loaded model, read when it is first asked for: answering needs nothing of it."""
        if self._report is None and self.saved is not None and (record := self.saved.record.get("report")):
            from elman.scoring.report import Report

            with undamaged():
                self._report = Report.from_json(record)
        return self._report

    @property
    def network(self) -> Network:
        """The network itself, an ``nn.Module``; of a loaded model it is made anew when it is first asked for.

        From then on it is what predicts, and what is saved: whoever holds it may change it. Of a model that answers
        without a network (``--recipe minirocket``, ``theta``) it is one that has learned nothing, and has no say.
        Raises ExtraMissingError without PyTorch.
        """
        if self.parts.module is None and self.saved is not None:
            needed("torch")
            self.parts.module = _module(self.task, self.parts, self.saved)
            self.parts.network = needed("elman.models.answering").Answering(self.parts.module)
        return cast("Network", self.parts.module)

    @property
    def graphs(self) -> runtime.GraphNetwork:
        """The network written down, be it loaded or just trained."""
        network = self.parts.network
        if isinstance(network, runtime.GraphNetwork):
            return network
        return needed("elman.models.answering").as_graphs(self.network)

    def evaluate(self, data: Data, *, skip_bad: bool = False, **format: Unpack[FormatChoices]) -> Report:
        """Metrics with intervals, beside the baselines, on data such as ``fit`` takes; of more than 200,000 rows that
        are measured one by one, on as many that chance draws.

        skip_bad: items that can't be read are left out, and listed in the report
        format:   how files are written, as ``read`` takes it; by default like those that the model was trained on
        """
        from elman.answers.reporting import report

        table = self.columns.table(data, skip_bad=skip_bad, **format)
        table = self.columns.without_faults(table, (self.parts.input, self.parts.output), skip_bad=skip_bad)
        inputs, outputs = self.columns.pairs(table)
        for row, cell in enumerate(outputs, start=1):
            if not self.task.knows(self.parts, cell):
                elements: list[Cell] = list(cell) if is_list(cell) else []
                new = next((one for one in elements if not self.task.knows(self.parts, [one])), cell)
                raise TaskError(
                    f"{table.source}: row {row} of those with an output has {new!r}, which the training data didn't "
                    "have; remove such rows, or train again with data that have it"
                )
        outcomes = self.parts.output.outcomes
        most = min(MOST_MEASURED, MOST_MEASURED_SCORES // outcomes)
        by_row = self.task.row_by_row
        rows = drawn_rows(outputs, most) if by_row else self.task.measured_rows(inputs, outputs, outcomes)
        drawn_from = self.task.rows_in(inputs, outputs) if len(rows) < len(outputs) else 0
        if drawn_from:
            inputs, outputs = chosen(inputs, rows), chosen(outputs, rows)
        where = "{} of " + table.source.replace("{", "{{").replace("}", "}}")
        with KINDS.blaming(self.parts.input.name, self.parts.output.name):
            measured = report(
                self.task,
                self.parts,
                self.baselines,
                inputs,
                outputs,
                where,
                validated=self.report.validated if self.report else None,
                drawn_from=drawn_from,
            )
        return replace(measured, skipped=Skipped.of(table.skipped))

    def predict(
        self, inputs: Data | Sequence[Cell], *, confidence: float | None = None, **format: Unpack[FormatChoices]
    ) -> list[Prediction]:
        """An answer for each input, in order: a list of cells, or data that have the input column.

        confidence: of a classification, answers name ``labels`` too, of which one is right in that share of rows
        format: how files are written, as for ``evaluate``

        Raises TaskError or DataFileError, with its place, for the first input that can't be read.
        """
        if isinstance(inputs, str) and not is_path(inputs):
            raise TaskError(f"predict takes a list of inputs: pass [{inputs[:30]!r}]")
        if getattr(inputs, "ndim", 0) == 1:  # a column of pandas, an array
            inputs = list(cast("Iterable[Cell]", inputs))
        inputs = self.columns.with_name(inputs)
        if isinstance(inputs, list | tuple) and not any(isinstance(cell, dict) for cell in inputs[:1]):
            return self._answers(self._readable([present(cell) for cell in inputs]), confidence)
        table = self.columns.read(cast("Data", inputs), **format)
        return [answer for _, answers in self.predict_tables([table], confidence=confidence) for answer in answers]

    def _readable(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells. Raises what is wrong with the first that can't be read; those that name files are read anyway."""
        kind = self.parts.input
        with KINDS.blaming(kind.name):
            faults: dict[int, ElmanError] = {} if kind.decodes else kind.faults(cells)
        if faults:
            row = min(faults)
            raise TaskError(f"input {row + 1} of {len(cells):,}: {faults[row]}") from faults[row]
        return list(cells)

    def _answers(self, cells: list[Cell], confidence: float | None = None) -> list[Prediction]:
        with KINDS.blaming(self.parts.input.name, self.parts.output.name):
            if confidence is None:
                return self.columns.as_written(self.task.predict(self.parts, cells)) if cells else []
            if not isinstance(self.task, GivesSets):
                raise TaskError(
                    f"a {self.task.name} model gives no sets of labels; a confidence is for classification by one label"
                )
            return self.task.sets(self.parts, self.task.predict(self.parts, cells) if cells else [], confidence)

    def predict_tables(
        self, tables: Iterable[Data], *, skip_bad: bool = False, confidence: float | None = None
    ) -> Iterator[tuple[Table, list[Prediction]]]:
        """Predictions for one chunk of a file after another, so that the file need not fit in memory.

        skip_bad: items that can't be read are left out, and listed in the table that they are missing in
        confidence: as for ``predict``
        Where rows are the steps of sequences, a chunk must hold whole ones.
        """
        for chunk in tables:
            table = self.columns.without_faults(self.columns.table(chunk), [self.parts.input], skip_bad=skip_bad)
            for part in self._in_parts(table):
                yield part, self._answers(self.columns.cells(part)[0], confidence)

    def _in_parts(self, table: Table) -> Iterator[Table]:
        """A table; one too large for memory in tables of as many rows as are predicted together."""
        if not any(isinstance(cells, Stored) for cells in table.columns.values()):
            yield table
            return
        for rows in stretches(self.columns.cells(table)[0]):
            part = table.select(np.arange(rows.start, rows.stop))
            yield part.about(skipped=[] if rows.start else table.skipped)

    def inspect(
        self,
        data: Data | None = None,
        *,
        texts: Sequence[str] = (),
        seed: int = 0,
        watch: Callable[[str], None] = lambda title: None,
    ) -> Inspection:
        """Look inside: gradients through time, memory, gates, what decided; as data, and as a page.

        data:  as ``fit`` takes it; without the output column, the model's own answers stand for what is right
        texts: inputs instead of data;  with neither, only what the model itself holds is shown
        watch: called with the title of each section
        """
        inspection = needed("elman.inspection")
        inputs, outputs, source = self._to_inspect(data, texts)
        return inspection.inspect(
            self.task,
            replace(self.parts, module=self.network),
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

    def _to_inspect(self, data: Data | None, texts: Sequence[str]) -> tuple[list[Any], list[Any] | None, str]:
        """Inputs, outputs where there are any, and where they come from."""
        if texts:
            needed("elman.inspection").check_text(self.task, self.parts.input)
            return list(texts), None, "the text that was passed"
        if data is None:
            return [], None, "no data"
        table = self.columns.table(data)
        inputs, outputs = self.columns.cells(table)
        if outputs is not None:
            inputs, outputs = self.columns.pairs(table)
        return inputs, outputs, table.source

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
        if seed is not None and seed < 0:
            raise TaskError(f"a seed is a whole number, 0 or more; got {seed}")
        choice: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        choice["generator"] = np.random.default_rng(seed)
        if not isinstance(self.task, Generates):
            raise TaskError(f"a {self.task.name} model can't generate; use predict")
        if self.task.needs_input and input is None:
            allowed = ", ".join(self.parts.input.allowed_values()[:5])
            raise TaskError(f"this model writes for a value of {self.detection.given!r}; pass --input ({allowed} ...)")
        return self.task.generate(self.parts, input, start=start, length=length, **choice)

    def suggest(self, text: str, *, count: int = 3) -> list[Suggestion]:
        """The likeliest next words after ``text``; a begun word is completed. For language models."""
        if not isinstance(self.task, Suggests):
            raise TaskError(f"a {self.task.name} model can't suggest words; train one on plain text (--task next-word)")
        return self.task.suggest(self.parts, text, count=count)

    # -- piece by piece -----------------------------------------------------------------------

    def stream(self) -> Session:
        """A session: one sequence that comes in pieces, with an answer after each.

        Raises TaskError for a model that must be given whole sequences; it says how to train one that need not be.
        """
        return self._reader.session()

    def restore(self, state: bytes) -> Session:
        """The session whose ``state()`` that was, of this very model. Raises BundleError for any other bytes."""
        return self._reader.restored(state)

    @cached_property
    def _reader(self) -> Reader:
        from elman.sessions import Reader

        return Reader(self.task, self.parts, self.graphs)

    # -- on disk ------------------------------------------------------------------------------

    def save(self, folder: str | Path) -> None:
        """Write the model as a folder of safetensors, JSON and a card."""
        bundle.write(Path(folder), self.to_bundle())

    def to_bundle(self) -> bundle.Bundle:
        """What there is to save: of a loaded model what was read, unless its network was asked for since."""
        if self.saved is not None and self.parts.module is None:
            return self.saved
        baseline_records, arrays = saved_baselines.to_json(self.baselines)
        learned = self.task.trains(self.parts.settings)  # a network that hasn't isn't worth keeping
        graphs, parts = self._network_to_bundle() if learned else (None, {})
        record = {
            "task": {"name": self.task.name, "input": self.task.input, "learns": self.task.learns},
            "detection": self.detection.to_json(),
            "input": to_json(self.parts.input),
            "output": None if self.parts.output is self.parts.input else to_json(self.parts.output),
            "settings": self.parts.settings.to_json(self.task.uses(self.parts.settings)),
            "cell_package": CELLS.package(self.parts.settings.cell),
            "network": graphs,
            "mixing_weights": self.parts.mixing_weights,
            "baselines": baseline_records,
            "report": without_examples(self.report) if self.report else None,
            **self.about,
        }
        parts["baselines"] = arrays
        if self.parts.sure is not None:
            parts["calibration"] = {"sure": self.parts.sure}
        return bundle.Bundle(record, parts, self.saved.card if self.saved else needed("elman.card").card(self))

    def _network_to_bundle(self) -> tuple[dict[str, Any] | None, dict[str, dict[str, NDArray[Any]]]]:
        """Its graphs as JSON, and the arrays of both, by the part of the bundle that they are."""
        weights, written = needed("elman.models.weights"), needed("elman.models.answering")
        views = weights.views_of(self.network)
        try:
            graphs, others = runtime.to_json(written.as_graphs(self.network), views)
        except ExportError:  # an encoder from elsewhere that doesn't write itself down
            graphs, others = None, {}
        return graphs, {"network": weights.weights_of(self.network), "graph": others}

    @classmethod
    def load(cls, folder: str | Path) -> Model:
        """Read a model that ``save`` wrote; PyTorch isn't needed. Raises BundleError for anything else."""
        return cls.of(bundle.read(folder), folder)

    @classmethod
    def of(cls, saved: bundle.Bundle, folder: str | Path = "the model") -> Model:
        """The model that a bundle holds, read from ``folder``. Raises BundleError where its parts don't fit."""
        record, arrays = saved.record, {part: widened(own) for part, own in saved.arrays.items()}
        with undamaged(folder):
            # What other packages bring comes first: where one is absent, the error names it.
            input = from_json(record["input"])
            output = input if record["output"] is None else from_json(record["output"])
            if package := record["cell_package"]:
                CELLS.saved(record["settings"]["cell"], package)
            task, settings = answers.find(**record["task"]), Settings().with_changes(record["settings"])
            if [type(input), type(output)] != [type(kind) for kind in task.columns(settings)]:
                raise ValueError(f"a {task.name} model doesn't learn {output.name} from {input.name}")
            weights = arrays.get("network", {}) | arrays.get("graph", {})
            network = None if record["network"] is None else runtime.from_json(record["network"], weights)
            held = saved_baselines.from_json(record["baselines"], arrays.get("baselines", {}))
            mixing_weights = pair_of(record["mixing_weights"]) if record["mixing_weights"] else None
            about = bundle.about(record)
            detection, data = Detection.from_json(record["detection"]), about["data"]
            columns = Columns(task, detection, data["columns"], Format.from_json(data["format"]))
        ngram_model = next((b for b in held if b.name == task.lent), None) if mixing_weights else None
        if mixing_weights and ngram_model is None:
            raise BundleError(
                f"{folder} is damaged (it lacks its linear model); restore it from a copy, or train again"
            )
        parts: AnyParts = Parts(
            input,
            output,
            settings,
            network,
            ngram_model=ngram_model,
            mixing_weights=mixing_weights,
            sure=arrays.get("calibration", {}).get("sure"),
        )
        model = cls(columns, parts, held, about, saved=saved)
        if network is None and task.trains(settings):
            _ = model.network  # which alone can predict
        return model


def _module(task: answers.AnyAnswer, parts: AnyParts, saved: bundle.Bundle) -> Network:
    """The torch network of a loaded model, or what it would be where none has learned. Raises BundleError where its
    weights don't fit."""
    from elman.models.weights import with_weights

    with undamaged():
        if not task.trains(parts.settings):
            return task.network(parts.input, parts.output, parts.settings).eval()
        weights = widened(saved.arrays.get("network", {}))
        return with_weights(lambda: task.network(parts.input, parts.output, parts.settings), weights).eval()


@contextmanager
def undamaged(folder: str | Path = "the model") -> Generator[None]:
    """Where what was saved is read: whatever doesn't fit is a BundleError."""
    try:
        yield
    except KeyError as problem:
        raise BundleError(f"{folder} is damaged (no {problem} in it); restore it, or train again") from problem
    except DAMAGE as problem:
        raise BundleError(f"{folder} is damaged ({problem}); restore it from a copy, or train again") from problem


def widened(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Arrays that were kept in fewer bits as float32."""
    return {name: bfloat16.widened(int8.restored(array)) for name, array in arrays.items()}


def load(folder: str | Path) -> Model:
    """A model that ``train`` or ``Model.save`` wrote."""
    return Model.load(folder)


def pair_of(numbers: Any) -> tuple[float, float]:
    """Two numbers. Raises ValueError or TypeError for anything else."""
    first, second = map(float, numbers)
    return first, second


def without_examples(report: Report) -> dict[str, Any]:
    """The report less the rows of data that it shows: those aren't the model's to pass on."""
    return {key: value for key, value in report.to_json().items() if key != "worst"}
