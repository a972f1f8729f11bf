"""A model folder that was damaged, changed or made by a newer version is refused with a message that says so."""

from __future__ import annotations

import json

import numpy as np
import pytest

from elman import bundle
from elman.bfloat16 import BFLOAT16, narrowed
from elman.errors import BundleError


@pytest.fixture
def folder(tmp_path):
    shared = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    network = {"a": shared, "b.weight": shared.T, "short": narrowed(shared), "alone": np.array(7.0)}
    arrays = {"network": network, "baselines": {"c": np.arange(5), "none": np.zeros((0, 3), np.float16)}}
    bundle.write(tmp_path / "model", bundle.Bundle({"task": "x"}, arrays, "# card"))
    return tmp_path / "model"


def test_round_trip(folder):
    saved = bundle.read(folder)
    assert saved.record["task"] == "x" and saved.record["format"] == bundle.FORMAT and saved.card == "# card"
    network, baselines = saved.arrays["network"], saved.arrays["baselines"]
    assert sorted(network) == ["a", "alone", "b.weight", "short"] and network["alone"].shape == ()
    np.testing.assert_array_equal(network["a"].T, network["b.weight"])
    assert baselines["c"].tolist() == [0, 1, 2, 3, 4] and baselines["none"].shape == (0, 3)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "elman.json", "model.safetensors"]


def test_bfloat16_is_stored_so_that_numpy_alone_can_read_it(folder):
    from safetensors.numpy import load_file

    stored, saved = load_file(folder / bundle.TENSORS), bundle.read(folder).arrays["network"]
    assert stored["network.short"].dtype == np.uint16 and saved["short"].dtype == BFLOAT16
    np.testing.assert_array_equal(saved["short"], narrowed(saved["a"]))
    assert bundle.read(folder).record["bfloat16"] == ["network.short"]


def test_writing_again_keeps_the_previous_models(folder):
    for number in (1, 2):
        bundle.write(folder, bundle.Bundle({"task": f"x{number}"}, {}, ""))
    kept = sorted(path.name for path in folder.parent.iterdir())
    assert kept == ["model", "model.previous", "model.previous-2"]
    assert bundle.read(folder.parent / "model.previous").record["task"] == "x"
    assert bundle.read(folder).record["task"] == "x2"


def change(folder, **changes):
    path = folder / bundle.RECORD
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_damage_is_told_apart(folder, tmp_path):
    weights = (folder / bundle.TENSORS).read_bytes()
    cases = {
        "truncated or changed": lambda: (folder / bundle.TENSORS).write_bytes(weights[:-3]),
        "not the file that was saved": lambda: (folder / bundle.TENSORS).write_bytes(weights[:-1] + b"\x00"),
        "pip install --upgrade": lambda: change(folder, format=bundle.FORMAT + 1),
        "names no format": lambda: change(folder, format=None),
        "is damaged": lambda: (folder / bundle.RECORD).write_text("{"),
        "is no Elman model": lambda: (folder / bundle.RECORD).unlink(),
    }
    for message, damage in cases.items():
        damage()
        with pytest.raises(BundleError, match=message):
            bundle.read(folder)
    with pytest.raises(BundleError, match="is no Elman model"):
        bundle.read(tmp_path / "nowhere")


def test_an_older_format_is_refused_as_old(folder):
    """Not as damaged, whatever its record held then, and though its hash may have been another one."""
    change(folder, format=bundle.FORMAT - 1, settings={"older": True}, record_sha256="another")
    with pytest.raises(
        BundleError, match=f"has the older format {bundle.FORMAT - 1}.* train the model again"
    ) as raised:
        bundle.read(folder)
    assert "damaged" not in str(raised.value) and f"Elman {bundle.versions()['elman']}" in str(raised.value)
    change(folder, versions={})
    with pytest.raises(BundleError, match="with the version of Elman that saved it"):
        bundle.read(folder)


def test_a_failed_write_leaves_the_old_model(folder, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(BundleError, match="No space left on device"):
        bundle.write(folder, bundle.Bundle({"task": "new"}, {}, ""))
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert bundle.read(folder).record["task"] == "x"
