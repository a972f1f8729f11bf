"""Trained models are loaded and used where numpy, safetensors and Elman are all there is, and answer as they did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import elman
from conftest import alike
from elman import samples
from elman.answers import Forecasts, Generates, Suggests
from elman.errors import ExportError
from elman.nn.encoders import RowEncoder
from elman.nn.heads import ClassHead
from elman.testing.tasks import close

SMALL: dict[str, dict[str, Any]] = {
    "flowers": {},
    "names": {"cell": "mgu"},
    "reviews": {"cell": "gru"},
    "tags": {},
    "numbers": {"max_length": 20},
    "visitors": {},
    "melodies": {},
    "shapes": {"filters": 4},
}
CELLS_AS_JSON = set(SMALL) - {"visitors", "melodies", "shapes"}
"""The others' cells are files, or made by a reader."""
ROWS = 120
FEW = 3
USE = """
import json, sys
import elman
found = {}
for name, cells in json.loads(sys.argv[2]).items():
    model = elman.load(sys.argv[1] + "/" + name)
    found[name] = [answer.to_json() for answer in model.predict(cells)]
assert "torch" not in sys.modules
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, elman.Model]]:
    folder = tmp_path_factory.mktemp("models")
    models = {}
    for name, settings in SMALL.items():
        data: Any = folder / f"{name}-data{samples.SAMPLES[name].suffix}"
        samples.write(name, data)
        if name not in ("visitors", "shapes"):
            data = elman.read(data)
            data = data.select(range(min(ROWS, len(data))))
        models[name] = elman.fit(data, epochs=1, hidden_size=8, to=folder / name, **settings)
    return folder, models


def cells_of(model: elman.Model, folder: Path, name: str) -> list[Any]:
    """What the model was trained on, as JSON can hold it."""
    data = folder / f"{name}-data{samples.SAMPLES[name].suffix}"
    cells, _ = model.columns.cells(model.columns.table(data))
    return cells[:FEW]


def test_predictions_are_those_of_the_trained_networks(bare: Any, trained: tuple[Path, dict[str, elman.Model]]):
    folder, models = trained
    given = {name: cells_of(model, folder, name) for name, model in models.items() if name in CELLS_AS_JSON}
    found = json.loads(bare.run(USE, str(folder), json.dumps(given)))
    for name, cells in given.items():
        expected = [answer.to_json() for answer in models[name].predict(cells)]
        assert close(found[name], json.loads(json.dumps(expected))), name


def test_abilities_are_those_of_the_trained_networks(trained: tuple[Path, dict[str, elman.Model]]):
    folder, models = trained
    for name, model in models.items():
        again = elman.load(folder / name)
        if isinstance(model.task, Generates) and not model.task.needs_input:
            assert str(again.generate(length=20, seed=1)) == str(model.generate(length=20, seed=1))
        if isinstance(model.task, Suggests):
            for one, other in zip(again.suggest("", count=3), model.suggest("", count=3), strict=True):
                assert one.word == other.word and close(one.probability, other.probability)
        if isinstance(model.task, Forecasts):
            table = model.columns.table(folder / f"{name}-data{samples.SAMPLES[name].suffix}")
            cells, _ = model.columns.cells(table)
            forecasts = model.task.forecasts
            found, expected = ([one.to_json() for one in forecasts(m.parts, cells)] for m in (again, model))
            assert close(found, expected)


def test_a_loaded_model_is_saved_as_it_was(tmp_path: Path, trained: tuple[Path, dict[str, elman.Model]]):
    folder, _ = trained
    elman.load(folder / "tags").save(tmp_path / "again")
    for file in ("model.safetensors", "elman.json", "README.md"):
        assert (tmp_path / "again" / file).read_bytes() == (folder / "tags" / file).read_bytes()


def test_its_torch_network_is_made_when_it_is_asked_for(trained: tuple[Path, dict[str, elman.Model]]):
    folder, models = trained
    again = elman.load(folder / "names")
    assert again.parts.module is None
    for one, other in zip(again.network.parameters(), models["names"].network.parameters(), strict=True):
        assert bool((one == other).all())


def test_an_encoder_that_is_not_written_down_needs_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(RowEncoder, "write")
    data = samples.load("flowers").select(range(ROWS))
    model = elman.fit(data, epochs=1, hidden_size=8, to=tmp_path / "model")
    again = elman.load(tmp_path / "model")
    cells = model.columns.cells(model.columns.table(data))[0][:FEW]
    assert alike(again.predict(cells), model.predict(cells))
    with pytest.raises(ExportError, match="RowEncoder has no write"):
        _ = again.graphs


def test_a_head_from_elsewhere_needs_no_write_to_be_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(ClassHead, "write")
    data = samples.load("flowers").select(range(ROWS))
    elman.fit(data, epochs=1, hidden_size=8, to=tmp_path / "model")
    with pytest.raises(ExportError, match="ClassHead has no write"):
        _ = elman.load(tmp_path / "model").graphs


def test_what_is_changed_in_its_network_is_predicted_with_and_saved(
    tmp_path: Path, trained: tuple[Path, dict[str, elman.Model]]
):
    folder, models = trained
    cells = cells_of(models["flowers"], folder, "flowers")
    model = elman.load(folder / "flowers")
    before = model.predict(cells)
    with torch.no_grad():
        for parameter in model.network.parameters():
            parameter.mul_(1.5)
    changed = model.predict(cells)
    assert not alike(changed, before)
    model.save(tmp_path / "changed")
    assert alike(elman.load(tmp_path / "changed").predict(cells), changed)
    assert (tmp_path / "changed" / "README.md").read_text() == (folder / "flowers" / "README.md").read_text()
