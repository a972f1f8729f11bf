# pyright: strict
"""``fit``: a plan, which can be looked at before anything runs, and the run that makes a model of it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Unpack

import torch

from elman import answers, bundle, memory, recipes
from elman.answers.base import NETWORK, AnyAnswer, AnyParts, Cells, ToFit
from elman.answers.reporting import report
from elman.answers.start import Start
from elman.answers.unlabelled import check_reads_texts, reading_run
from elman.data.bad import Skipped
from elman.data.folds import FOLDS
from elman.data.format import FormatChoices, choices_among
from elman.data.readers import Data
from elman.data.unlabelled import unlabelled_cells
from elman.data.vector_files import VectorFile
from elman.dataset import DataOptions, DataSet
from elman.errors import BackendUnavailableError, TaskError
from elman.kinds import KINDS, to_json
from elman.kinds.lines import count_words
from elman.kinds.text import plain
from elman.kinds.tokenizers import choose_level
from elman.model import Model
from elman.models.answering import Answering
from elman.models.network import Network
from elman.models.weights import Frugal
from elman.nn.pretrained import settle
from elman.recipes import TrainingStatistics
from elman.scoring.evaluation import Evaluation
from elman.scoring.report import Race
from elman.settings import Settings, find, parsed
from elman.settings.changes import SettingsChanges
from elman.settings.used import check_used, read_by
from elman.stages import stage
from elman.stored import Rows, blocks_of
from elman.training import checkpoint
from elman.training.loop import Event, NeedsRemedy, Progress, Run

Watch = Callable[[Event], None]

REMEDIES = 3
"""How often a run may begin again with a remedy applied."""

COPIES = 6
"""Times the weights' size that a run needs on disk: five for a checkpoint (weights, their average, the best, two of the
optimizer), and the model."""
COPIES_IN_MEMORY = 10
"""Times the weights' size that a run needs in memory beside them: their gradient and average, the best, two of the
optimizer, four of these to go back to, and one while the average is evaluated."""
BYTES = torch.get_default_dtype().itemsize


class FitOptions(SettingsChanges, FormatChoices, total=False):
    """What ``fit`` takes beside the arguments that it names."""


def fit(
    data: Data,
    *,
    input: str | Sequence[str] | None = None,
    output: str | None = None,
    task: str | None = None,
    next: str | None = None,
    ahead: Sequence[str] = (),
    alone: bool = False,
    group: str | None = None,
    valid: Data | None = None,
    test: Data | None = None,
    to: str | Path | None = None,
    minutes: float = 0.0,
    epochs: int = 0,
    seed: int = 0,
    device: str = "cpu",
    resume: bool = False,
    skip_bad: bool = False,
    auto_remedy: bool = False,
    start: Model | str | Path | None = None,
    unlabelled: Data | None = None,
    watch: Watch = lambda event: None,
    **options: Unpack[FitOptions],
) -> Model:
    """Learn ``output`` from ``input`` and measure how well.

        >>> model = elman.fit("messages.csv", minutes=1)                                   # doctest: +SKIP
        >>> model = elman.fit({"text": texts, "label": labels}, hidden_size=64)            # doctest: +SKIP

    data:     paths of files of one format, or of a folder; a table (pandas, Polars, Arrow, ``Table``); a dict of lists
              of equal length, or a list of dicts; or a pair (inputs, outputs). A row is an example, unless times say
              that rows are the steps of sequences
    input:    the input column, or a list of several; a name is one column, whatever stands in it
    output:   the output column; with ``input`` and ``task`` chosen by ``detect`` where they aren't given
    task:     its name, such as "classification", "tagging", "forecasting" or "translation"
    next:     the column whose value at the next step of a sequence is learned, from all steps before
    ahead:    columns that are given ahead: of a series for the steps to forecast, or of the next step
    alone:    each row stands for itself, even where times say that rows follow each other
    group:    the column whose equal cells (a person, a recording) say which rows stay together when parts are held out
    valid, test: data of the same columns; held out of ``data`` where they aren't given
    to:       the folder that the model is saved to, with checkpoints beside it while it trains; None saves nothing
    minutes:  of training, at most; 0 sets no limit
    epochs:   passes over the training part, at most; 0 leaves their number to the recipe, by the size of the data
    seed:     the same seed gives the same model on the same machine, unless ``minutes`` ended the training
    device:   where the network trains, as torch names it: "cpu", "cuda", "cuda:1", "mps"
    resume:   go on with the interrupted run that wrote its checkpoint beside ``to``, to the same result
    skip_bad: items that can't be read or learned from are left out, and listed in the report, instead of an error
    auto_remedy: begin again, in what is left of the budget, with the settings that a warning's remedy names
    start:    a model, or its folder, to go on from: its network and its words are taken over, and those that are new
              are added; the settings that decide what the network is are the model's
    unlabelled: texts without an output, from which reading is learned first: files of them alone, or with the input
              column
    watch:    called with every ``Event`` of the run, in the thread that trains
    options:  settings, those of ``Settings`` by their names, such as ``cell="gru"`` or ``hidden_size=64``; and how
              files are written, where that isn't to be found: ``encoding`` and others, as ``read`` takes them

    Returns the model with the best validation score, its ``report`` made on the test part (or on the validation part,
    where no test part is held out). Ctrl-C ends training early, with the best model so far.

    Raises DataFileError for files that can't be read, with file and line; TaskError for data that allow several
    readings, or none, and for settings that aren't there or that the run doesn't use; BackendUnavailableError for a
    device that isn't there; ExtraMissingError for a package that has to be installed; BundleError where ``to`` can't be
    written; TrainingError where training diverges, or there is nothing to resume. All of them are ElmanErrors.
    """
    format, settings = choices_among(options)
    planned = plan(
        data,
        input=input,
        output=output,
        task=task,
        next=next,
        ahead=ahead,
        alone=alone,
        group=group,
        valid=valid,
        test=test,
        changes={**settings, "seed": seed, "minutes": minutes, "epochs": epochs},
        device=device,
        to=to,
        skip_bad=skip_bad,
        auto_remedy=auto_remedy,
        start=start,
        unlabelled=unlabelled,
        **format,
    )
    return Trainer(planned, watch).run(resume=resume)


@dataclass(frozen=True)
class Plan:
    """What will be trained, on what, and with which settings, before anything has run.

    to:          the folder that the model is saved to, with checkpoints beside it; None saves nothing
    auto_remedy: a warning in the first half of a run ends it, and it begins again with what the warning suggests
    start:       the model to go on from; None begins anew
    unlabelled:  texts without an output, from which reading is learned first

    >>> planned = elman.plan(elman.samples.load("flowers"), changes={"epochs": 1})
    >>> planned.task.name, planned.settings.epochs, planned.data.rows
    ('classification', 1, {'train': 480, 'valid': 60, 'test': 60})
    """

    data: DataSet
    settings: Settings
    device: str = "cpu"
    to: Path | None = None
    auto_remedy: bool = False
    start: Start | None = None
    unlabelled: list[Any] = field(default_factory=list[Any], repr=False)

    @property
    def task(self) -> AnyAnswer:
        return self.data.task


def plan(
    data: Data,
    *,
    valid: Data | None = None,
    test: Data | None = None,
    changes: Mapping[str, Any] | None = None,
    device: str = "cpu",
    to: str | Path | None = None,
    skip_bad: bool = False,
    auto_remedy: bool = False,
    start: Model | str | Path | None = None,
    unlabelled: Data | None = None,
    **options: Unpack[DataOptions],
) -> Plan:
    """What ``fit`` would do: the data in parts, the task, and the settings, before anything runs.

    >>> planned = elman.plan(elman.samples.load("reviews"), changes={"hidden_size": 64})
    >>> planned.task.name, planned.settings.hidden_size, planned.data.rows["train"]
    ('classification', 64, 3200)

    changes: the settings that are chosen by hand, by their names, with ``seed``, ``minutes`` and ``epochs``
    options: ``input``, ``output``, ``task``, ``next``, ``ahead``, ``alone`` and ``group``, and how files are written;
             they and the others are as ``fit`` takes them

    Raises what ``fit`` raises before it trains.
    """
    check_device(device)
    folder = Path(to) if to else None
    if folder is not None:
        bundle.check_writable(folder)
    changes = parsed({key: value for key, value in (changes or {}).items() if value is not None})
    for budget in ("minutes", "epochs"):  # 0 leaves the choice to the recipe
        if not changes.get(budget, 1):
            del changes[budget]
    begun = start_of(start)
    data_set = DataSet.read(
        data,
        valid=valid,
        test=test,
        seed=changes.get("seed", 0),
        horizon=changes.get("horizon", 0),
        skip_bad=skip_bad,
        **options,
    )
    with stage("choosing settings"):
        settings = settings_for(data_set, changes, begun, reads=unlabelled is not None)
    texts = [] if unlabelled is None else texts_beside(data_set, unlabelled, settings, skip_bad=skip_bad)
    memory.give_back()
    return Plan(data_set, settings, device, folder, auto_remedy, begun, texts)


def texts_beside(data: DataSet, unlabelled: Data, settings: Settings, *, skip_bad: bool) -> list[Any]:
    """Unlabelled texts like those of the training part. Raises TaskError where a run has no use for them."""
    check_reads_texts(data.task, settings)
    return unlabelled_cells(unlabelled, data.detection.inputs[0], data.task.columns(settings)[0], skip_bad=skip_bad)


def start_of(model: Model | str | Path | None) -> Start | None:
    """A model, or one in a folder, to go on from."""
    if model is None:
        return None
    name = "the model" if isinstance(model, Model) else str(model)
    model = model if isinstance(model, Model) else Model.load(model)
    return Start(name, model.task, replace(model.parts, module=model.network))


def settings_for(
    data: DataSet, changes: Mapping[str, Any], start: Start | None = None, *, reads: bool = False
) -> Settings:
    """The task's recipe for data of this size, changed by what the model to go on from is, and by what the user asked
    for.

    reads: whether reading is learned from unlabelled texts first
    """
    inputs, outputs = data.train
    texts = data.task.columns(Settings())[0].texts_in(inputs)
    level = changes.get("level", "auto")
    if level == "auto":
        level = choose_level(texts) if texts else ""
    if data.task.input_kind.of_numbers:
        steps = float(data.task.input_kind.count_each(inputs).sum()) / len(inputs)
    else:
        blocks = (list(map(plain, block)) for block in blocks_of(inputs))
        sizes = (sum(map(len, some)) if level == "characters" else count_words(some) for some in blocks)
        steps = sum(sizes) / len(inputs)
    statistics = TrainingStatistics(
        rows=len(inputs),
        steps=steps,
        level=level,
        inputs=inputs,
        outputs=outputs,
        classes=data.classes,
        asked=dict(changes),
    )
    settings = Settings().with_changes(data.task.recipe(statistics))
    if start is not None:
        settings = start.settled(data.task, settings, changes)
    # A budget in minutes alone is a limit: the recipe's epochs still say when enough is enough.
    settings = settings.with_changes(dict(changes))
    asked = changes.keys() - (read_by(reading_run, data.task, settings) if reads else frozenset())
    check_used(asked, settings, data.task.title, data.task.takes, answers.uses)
    check_recipe(settings, data.task)
    settings = left_to_choose(data.task, settings, changes, start)
    rows = len(inputs) + len(data.splits.valid)
    if data.task.races(settings) and rows > MOST_RACED:
        raise TaskError(
            f"{rows:,} rows to train and to validate on are too many for MiniRocket and folds, which take "
            f"{MOST_RACED:,} at most: pass --recipe {NETWORK}"
        )
    if settings.vectors:
        VectorFile(Path(settings.vectors))  # what is no such file is refused before anything is learned
    recipes.check_causal(settings)
    return settings


MOST_RACED = 2_000
"""Rows whose features, and whose inner products with all others, fit in memory."""
BUDGET = frozenset({"seed", "epochs", "minutes"})
"""Changes that ask for nothing that a recipe could lack."""


def left_to_choose(task: AnyAnswer, settings: Settings, changes: Mapping[str, Any], start: Start | None) -> Settings:
    """The settings with the only recipe that takes all that the user asked for, where there is just one.

    Raises TaskError where there is none.
    """
    if start is not None and not task.trains(settings):
        raise TaskError(f"the recipe {settings.recipe} trains no network that could go on from a model: leave one out")
    if not task.candidates or settings.recipe:
        return settings
    if task.races(settings) and (start is not None or not settings.folds):
        return settings.with_changes({"recipe": NETWORK})
    asked = {find(name).name for name in changes} - BUDGET
    left = [name for name in task.candidates if asked <= task.takes(settings.with_changes({"recipe": name}))]
    if not left:
        wanted, names = ", ".join(sorted(asked)), ", ".join(task.candidates)
        raise TaskError(f"none of the recipes {names} takes all of {wanted}: leave out one of these")
    return settings.with_changes({"recipe": left[0]}) if len(left) == 1 else settings


def check_recipe(settings: Settings, task: AnyAnswer) -> None:
    """Raise TaskError for a recipe that isn't a candidate, and for a single fold, beside which nothing is left."""
    name = settings.recipe
    if name and name not in task.candidates:
        raise TaskError(f"there is no recipe {name!r} for {task.title}; choose one of {', '.join(task.candidates)}")
    if settings.folds == 1:
        raise TaskError("folds=1 leaves nothing to learn from; pass 2 or more, or 0 for none")


class Trainer:
    """Runs a plan: ``Trainer(plan).run()`` is a trained, measured model. ``watch`` is called with every event.

    >>> planned = elman.plan(elman.samples.load("flowers"), changes={"epochs": 1})
    >>> model = elman.Trainer(planned).run()
    >>> model.report.rows
    60
    """

    def __init__(self, plan: Plan, watch: Watch = lambda event: None):
        self.plan, self.watch = plan, watch
        self.data, self.task = plan.data, plan.data.task
        self.settings = plan.settings
        self.remedied: list[dict[str, Any]] = []  # warnings of runs that were ended for them
        self.interrupted = False  # a training after the first one was

    def run(self, *, resume: bool = False) -> Model:
        """Fit the kinds of column, train the network, and report on the test part (or validation, if there is none).

        resume: go on from the checkpoint of an interrupted run, to the same result. Raises TrainingError where there
            is none, or it is another run's.
        """
        while True:
            try:
                with KINDS.blaming(*self.data.kinds):
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
        left = [epochs_said(self.settings.epochs)] * bool(settings.epochs)
        left += [f"{self.settings.minutes:.2g} min"] * bool(settings.minutes)
        self.watch(Event("remedy", message=f"beginning again with {remedy.flags}; left are {' or '.join(left)}"))

    def _run(self, resume: bool) -> Model:
        train, to = self.data.train, self.plan.to
        settings = self._first()
        torch.manual_seed(settings.seed)  # pyright: ignore[reportUnknownMemberType]
        parts = self._built(train, settings)
        if self.plan.start:
            self.watch(Event("start", message=self.plan.start.said(parts.input, parts.output)))
        if settings.vectors:
            self.watch(Event("vectors", message=parts.input.how_read()))
        scored = self.task.scorable(parts, *self.data.watched)
        validation = self.task.batches(parts, *scored)
        begun = self._read_before(parts, self.data.train[0], scored[0]) if not resume else 0.0
        progress = self._learned(parts, validation, resume)
        progress.seconds += begun
        memory.give_back()

        self.watch(Event("measuring", message="measuring the model and the baselines on the held-out part ..."))
        few = len(train[1]) <= (most := self.task.most_folded(parts)) and len(self.plan.unlabelled) <= 2 * most
        folds = self.data.folds_of_train(FOLDS, settings.seed) if few else ()
        held = self.task.fit_baselines(parts, ToFit(train, self.data.watched, self.plan.unlabelled, folds))
        self.task.lend(parts, held)
        raced = self.task.finish(parts, validation, scored[0])
        validated = self.task.validated(parts, held, scored)
        if progress.finished and (settings.refit or self.task.races(settings)):
            scored = self.task.scorable(parts, *self.data.valid)
            rows = [*zip(*train, strict=True), *zip(*scored, strict=True)]
            parts, by_folds = self._refit(parts, rows, progress, held)
            raced = by_folds or raced
        # As asked for: where there are several runs, each had its share of the minutes.
        parts.settings = parts.settings.with_changes({"minutes": self.settings.minutes})
        (inputs, outputs), whole = self.data.held_out, self.data.all_held_out
        drawn_from = self.task.rows_in(*whole) if len(outputs) < len(whole[1]) else 0
        measured = report(self.task, parts, held, inputs, outputs, validated=validated, drawn_from=drawn_from)
        measured = replace(measured, skipped=Skipped.of(self.data.skipped), race=raced)
        model = Model(self.data.columns, parts, held, self._about(progress), measured)
        if to is not None:
            with stage("saving the model"):
                model.save(to)
        # An interrupted run can still be resumed: from where the first network was, whichever training it was.
        if progress.finished and not self.interrupted and (unfinished := self._unfinished()):
            checkpoint.discard(unfinished)
        return model

    def _built(self, cells: Cells, settings: Settings) -> AnyParts:
        """Fitted columns and a new network between them. Raises TaskError or BundleError now, not minutes later, where
        memory or the disk has no room for what training makes of it: before its weights take any, where these alone
        have none."""
        free = memory.available()
        with stage("building the model"), Frugal(math.inf if free is None else free / BYTES, self._too_large):
            parts = self.task.parts(*cells, settings, self.plan.start, self.plan.unlabelled)
        weights = sum(p.numel() for p in parts.module.parameters())
        if self.plan.device == "cpu" and memory.lacking(COPIES_IN_MEMORY * BYTES * weights):
            raise self._too_large(weights)
        if self.plan.to is not None:
            bundle.check_room(self.plan.to, COPIES * BYTES * weights)
        return parts

    def _too_large(self, weights: int) -> TaskError:
        labels = f" for {self.data.classes:,} labels" if self.data.classes else ""
        said = memory.lacking(COPIES_IN_MEMORY * BYTES * weights)
        return TaskError(
            f"while it learns, a network of {weights:,} weights{labels} takes {said}. Pass data with fewer labels, a "
            "smaller vocabulary (--set vocabulary_size=10000), or fewer units (--set hidden_size=64)"
        )

    def _first(self) -> Settings:
        """Of the first network, which the rest of the run may replace; all that are trained share the minutes."""
        s = self.settings
        if self.task.races(s) and self.task.trains(s):
            return s.with_changes({"members": 1, "minutes": s.minutes / self._trainings})
        runs = (2 if s.refit else 1) * (2 if self.plan.unlabelled else 1)
        return s.with_changes({"minutes": s.minutes / runs})

    @property
    def _trainings(self) -> int:
        """Of one network each, where folds choose: the first, one for each fold, and those that answer."""
        return 1 + self.settings.folds + self.settings.members

    def _read_before(self, parts: AnyParts, inputs: Sequence[Any], held_out: Sequence[Any]) -> float:
        """Where there are texts without labels, learn to read from all texts; the seconds that it took. An interruption
        ends this alone."""
        if not self.plan.unlabelled:
            return 0.0
        texts, without = [*inputs, *self.plan.unlabelled], len(self.plan.unlabelled)
        message = f"learning to read from {len(texts):,} texts, {without:,} of them without a label ..."
        self.watch(Event("reading", message=message))
        progress = self._go(reading_run(parts, texts, held_out, self.plan.device, self.watch), parts)
        self.watch(Event("read", message="now from those with a label ..."))
        return progress.seconds

    def _learned(self, parts: AnyParts, validation: Any, resume: bool) -> Progress:
        """Train the network, from its beginning or on from a checkpoint. What only training needs is let go after it:
        copies of weights, gradients, encoded rows."""
        if not self.task.trains(parts.settings):
            return Progress(finished=True)
        evaluate = self.task.evaluation(parts, validation.on(self.plan.device))
        with stage("building the model"):
            run = self._begin(parts, self.data.train, evaluate, validation.tokens, self._unfinished())
        if resume:
            run.resume()
        elif kept := run.set_aside():
            self.watch(Event("kept", message=f"an unfinished run was here; it is kept as {kept}"))
        progress = self._go(run, parts)
        if progress.finished:  # an interrupted run has saved where it goes on, which isn't its best weights
            run.save()  # measuring can fail too; --resume then comes straight back here
        settle(parts.module)
        return progress

    def _unfinished(self) -> Path | None:
        to = self.plan.to
        return to.resolve().with_name(to.resolve().name + ".unfinished") if to else None

    def _begin(
        self,
        parts: AnyParts,
        cells: Cells,
        evaluate: Callable[[Network], Evaluation],
        validation_tokens: int = 0,
        folder: Path | None = None,
    ) -> Run:
        batches = self.task.batches(parts, *cells).on(self.plan.device)
        parts.module.to(self.plan.device)
        return Run(
            parts.module,
            batches,
            evaluate,
            parts.settings,
            validation_tokens=validation_tokens,
            folder=folder,
            watch=self.watch,
            note={"data": self.data.fingerprint, "task": self.task.name, "columns": fitted(parts)},
            used=self.task.uses(parts.settings),
            stop_on_warning=self.plan.auto_remedy and len(self.remedied) < REMEDIES,
        )

    def _go(self, run: Run, parts: AnyParts) -> Progress:
        progress = run.go()
        parts.module.to("cpu").zero_grad()
        return progress

    def _refit(
        self, best: AnyParts, rows: list[tuple[Any, Any]], progress: Progress, held: list[Any]
    ) -> tuple[AnyParts, Race | None]:
        """A new network trained on all but the test part, for as many epochs as were best for the one before; and how
        recipes did by folds, where these choose.

        Interrupted, it is dropped and the one before is kept.
        """
        epochs, races = max(1, round(progress.best_epoch)), self.task.races(best.settings)
        share = self._trainings / self.settings.members if races else 2.0
        changes = {"epochs": epochs, "patience": 0, "members": self.settings.members}
        settings = best.settings.with_changes(changes | {"minutes": self.settings.minutes / share})
        inputs, outputs = map(list, zip(*rows, strict=True))
        torch.manual_seed(settings.seed)  # pyright: ignore[reportUnknownMemberType]
        parts = self.task.parts(inputs, outputs, settings, self.plan.start, self.plan.unlabelled)
        raced = self._race(best, parts, (inputs, outputs), progress, held) if races else None
        if races and raced is None:
            return best, None
        trains = self.task.trains(best.settings)
        if trains:
            message = f"training anew on the training and validation parts together, for {epochs_said(epochs)}"
            self.watch(Event("refit", message=message))
        parts.settings = parts.settings.with_changes({"recipe": best.settings.recipe})
        progress.seconds += self._read_before(parts, inputs, self.data.valid[0])
        again = self._trained_on(parts, (inputs, outputs)) if trains else Progress(finished=True)
        progress.seconds += again.seconds
        if not again.finished:
            return best, raced
        self.task.inherit(best, parts)
        return parts, raced

    def _trained_on(self, parts: AnyParts, cells: Cells) -> Progress:
        """There is nothing left to choose by: what counts is to have gone on to the end."""
        run = self._begin(parts, cells, lambda network: Evaluation(float(run.progress.step), {}))
        progress = self._go(run, parts)
        self.interrupted |= not progress.finished
        settle(parts.module)
        return progress

    def _race(self, best: AnyParts, parts: AnyParts, cells: Cells, progress: Progress, held: list[Any]) -> Race | None:
        """Let ``best`` answer by the recipe that does best on folds of all rows; the linear model that may be it is
        ``held``, too. None where that was interrupted."""
        folds = self.data.folds(parts, cells[1], self.settings.folds or FOLDS, self.settings.seed)

        def without(fold: Rows) -> AnyParts | None:
            self.watch(Event("refit", message=f"a network on all rows but {len(fold):,}, which it is tried on ..."))
            own, again = self._of_fold(parts, cells, fold)
            progress.seconds += again.seconds
            return own if again.finished else None

        found = self.task.race(best, folds, cells, without)
        if found is None:
            return None
        raced, linear = found
        held.append(linear)
        return raced

    def _of_fold(self, parts: AnyParts, cells: Cells, held_out: Rows) -> tuple[AnyParts, Progress]:
        """A network of its own, between columns that were fitted on all rows, trained on all rows but a fold's."""
        out = set(held_out.tolist())
        rest = [[cell for row, cell in enumerate(column) if row not in out] for column in cells]
        settings = parts.settings.with_changes({"members": 1, "minutes": self.settings.minutes / self._trainings})
        torch.manual_seed(settings.seed)  # pyright: ignore[reportUnknownMemberType]
        module = self.task.network(parts.input, parts.output, settings)
        own = replace(parts, settings=settings, network=Answering(module), module=module)
        return own, self._trained_on(own, (rest[0], rest[1]))

    def _about(self, progress: Progress) -> bundle.About:
        return {
            "data": {
                "source": self.data.splits.train.source,
                "columns": self.data.columns.names,
                "format": self.data.columns.format.to_json(),
                "sha256": self.data.fingerprint,
                "rows": self.data.rows,
                "report_on": "test" if self.data.splits.test else "valid",
            },
            "history": [{k: v if math.isfinite(v) else None for k, v in entry.items()} for entry in progress.history],
            "warnings": [*self.remedied, *progress.warnings],
            "seconds": progress.seconds,
            "best_epoch": progress.best_epoch,
        }


def epochs_said(count: int) -> str:
    """For people."""
    return f"{count} epoch{'s' * (count != 1)}"


def check_device(device: str) -> None:
    """Raise BackendUnavailableError unless torch can use ``device`` here."""
    kind = device.split(":")[0]
    ready = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not ready.get(kind, False):
        there = ", ".join(name for name, is_there in ready.items() if is_there)
        raise BackendUnavailableError(f"device {device!r} isn't available here; pass --device with one of: {there}")


def fitted(parts: AnyParts) -> str:
    """A hash of the columns as they were fitted before the network learned: of their words too, which other files of
    unlabelled texts or of vectors would change."""
    states = [to_json(parts.input), to_json(parts.output)]
    return hashlib.sha256(json.dumps(states, sort_keys=True, default=repr).encode()).hexdigest()
