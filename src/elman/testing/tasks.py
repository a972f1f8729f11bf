"""``check_task``: one test of all that a task promises on a kind of input."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Unpack

import numpy as np

from elman import tasks
from elman.answers import Forecasts, Generates, Suggests
from elman.answers.abilities import AnswersAlong
from elman.answers.continuation import ContinuedParts, read_on
from elman.card import card
from elman.dataset import Data
from elman.errors import ElmanError
from elman.model import Model
from elman.scoring.metrics import metric
from elman.scoring.report import Report
from elman.settings.changes import SettingsChanges
from elman.testing.expecting import expect
from elman.testing.pieces import elements_of
from elman.trainer import fit

FEW = 5
CLOSE = 1e-4


def check_task(name: str, data: Data, *, epochs: int = 1, **settings: Unpack[SettingsChanges]) -> None:
    """Hold a task, learned from ``data``, against what its line in ``elman.tasks`` promises.

    name:     of the task, as a user says it
    data:     as ``elman.fit`` takes it: some dozens of rows
    epochs:   passes over the data
    settings: as ``elman.fit`` takes them; small networks are enough

    - the task is found under its name, and the network is of the architecture that it names;
    - its metrics and baselines have names, and its report is the same after it was JSON;
    - a saved model predicts as it did; a cell is predicted alike in any company; no cells have no predictions; one that
      is missing has one, or is refused with an ElmanError;
    - what it says that it can do, it does: generating is the same for the same seed, suggestions are probabilities,
      likeliest first, and forecasts have as many steps as times;
    - where it goes forward alone, step by step it comes to what it does at once; where its inputs may come in pieces, a
      model that is trained for that answers to them as to the whole;
    - a look inside has a summary, and its card names the task.

    Raises AssertionError, which says what was expected and what came.
    """
    with TemporaryDirectory(prefix="elman-") as folder:
        model = fit(data, task=name, to=Path(folder) / "model", epochs=epochs, **settings)
        again = Model.load(Path(folder) / "model")
    _line(model, name)
    _report(model)
    cells = [*model.columns.cells(model.columns.table(data))[0]][:FEW]
    _predictions(model, again, cells)
    _abilities(model, cells)
    if model.task.causal and isinstance(model.task, Suggests):
        _step_by_step(model.parts, model.task.begins())
    elif model.task.causal:
        _in_pieces(model, cells)
    elif comes_in_pieces(model):
        asked: SettingsChanges = {} if model.task.causal else {"causal": True}
        _in_pieces(fit(data, task=name, epochs=epochs, **{**settings, **asked}), cells)
    found = model.inspect(data)
    json.dumps(found.to_json())
    expect(found["summary"].words != [], "a look inside to say something first")
    expect(name in card(model), f"the card to name the task {name}")


def _line(model: Model, name: str) -> None:
    line, settings = tasks.find(name), model.parts.settings
    expect(model.task.name == name, f"the task {name}; got {model.task.name}")
    expected = {line.architecture_for(one_value=one_value) for one_value in (False, True)}
    found = model.task.architecture(settings)
    expect(found in expected, f"an architecture of {expected}; got {found}")
    missing = model.task.uses(settings) - set(vars(settings))
    expect(not missing, f"only settings to be used that there are; got {missing}")


def _report(model: Model) -> None:
    report = model.report
    if report is None:
        raise AssertionError("expected a report on the rows that were held out")
    expect(bool(report.metrics), "metrics")
    for name in report.metrics:
        expect(metric(name).name == name, f"a metric that is called {name}")
    names = [baseline.name for baseline in report.baselines]
    expect(bool(names) and len(set(names)) == len(names), f"baselines, each with a name of its own; got {names}")
    record = json.loads(json.dumps(report.to_json()))
    expect(Report.from_json(record).to_json() == report.to_json(), "the report to be the same after it was JSON")


def _predictions(model: Model, again: Model, cells: list[Any]) -> None:
    found = model.predict(cells)
    expect(len(found) == len(cells), f"{len(cells)} predictions; got {len(found)}")
    expect(model.predict([]) == [], "no prediction for no cell")
    for cell, one, saved in zip(cells, found, again.predict(cells), strict=True):
        json.dumps(one.to_json())
        expect(close(one.to_json(), saved.to_json()), f"a saved model to predict the same of {cell!r:.80}")
        (alone,) = model.predict([cell])
        expect(close(one.to_json(), alone.to_json()), f"{cell!r:.80} to be predicted alike when it is alone")
    try:
        model.predict([None])
    except ElmanError:
        pass
    except Exception as problem:  # whatever is raised: that is the fault
        expect(
            False, f"a missing cell (None) to be predicted, or an ElmanError; got {type(problem).__name__}: {problem}"
        )


def _abilities(model: Model, cells: list[Any]) -> None:
    task = model.task
    if isinstance(task, Generates):
        given = {"input": cells[0]} if task.needs_input else {}
        first, second = (str(model.generate(length=FEW, seed=3, **given)) for _ in range(2))
        expect(first == second, f"the same for the same seed; got {first!r:.80} and {second!r:.80}")
    if isinstance(task, Suggests):
        chances = [suggestion.probability for suggestion in model.suggest(task.begins(), count=FEW)]
        expect(all(0 <= chance <= 1 + CLOSE for chance in chances), f"probabilities; got {chances}")
        expect(chances == sorted(chances, reverse=True), f"the likeliest first; got {chances}")
    if isinstance(task, Forecasts):
        for forecast in task.forecasts(model.parts, cells):
            lengths = {len(values) for values in forecast.value.values()}
            expect(lengths == {len(forecast.times or ())}, f"a number for each of the times; got {lengths}")


def _step_by_step(parts: ContinuedParts, start: str) -> None:
    """Reading one element after another comes to the scores of reading all at once."""
    kind, network = parts.input, parts.network
    begun = kind.with_begin(kind.opening(start))
    at_once, _ = read_on(network.read_on, kind, begun, None)
    scores, state = read_on(network.read_on, kind, begun[:1], None)
    step = network.stepper()
    for t in range(1, len(begun)):
        scores, state = read_on(step, kind, begun[t : t + 1], state)
    apart = float(np.abs(scores - at_once).max())
    expect(apart < CLOSE, f"the same scores step by step as at once; they are {apart:g} apart")


def comes_in_pieces(model: Model) -> bool:
    """Whether a model of the same task and kind can be trained that answers while its input is coming in."""
    one_value = model.task.architecture(model.parts.settings) == "one-to-one"
    causal = model.task.causal or model.task.may_be_causal
    return isinstance(model.task, AnswersAlong) and causal and not one_value


def _in_pieces(model: Model, cells: list[Any]) -> None:
    """What is answered to the last piece, or to all of them, is what is answered to the whole."""
    for cell, whole in zip(cells, model.predict(cells), strict=True):
        session = model.stream()
        answers = [session.push(piece).value for piece in elements_of(model.parts.input, cell)]
        if answers:
            each_step = tasks.find(model.task.name).each_step
            found = [step for answer in answers for step in answer] if each_step else answers[-1]
            expect(close(found, whole.value), f"{whole.value!r:.200} of {cell!r:.80} in pieces; got {found!r:.200}")


def close(a: Any, b: Any) -> bool:
    """Whether two records are equal, numbers up to rounding."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    return a == b
