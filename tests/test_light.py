"""What ``pip install elman`` brings is enough to use a model: nothing that it needs imports torch, or any extra."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

import elman
from bare import Bare
from elman import samples
from elman.answers import ANSWERS
from elman.extras import EXTRAS
from elman.graph.operator import HOMES
from elman.kinds import KINDS

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
LIGHT = (
    "elman",
    "elman.bfloat16",
    "elman.bundle",
    "elman.card",
    "elman.cells",
    "elman.cli",
    "elman.data",
    "elman.dataset",
    "elman.decoding",
    "elman.drawing.figures",
    "elman.drawing.page",
    "elman.export",
    "elman.frames",
    "elman.graph",
    "elman.kernels.arrays",
    "elman.kernels.cpu",
    "elman.kinds",
    "elman.lazy",
    "elman.paths",
    "elman.plugins",
    "elman.recipes",
    "elman.samples",
    "elman.scoring",
    "elman.seeds",
    "elman.sequences",
    "elman.settings",
    "elman.tasks",
)
HEAVY = {"elman.scoring.fitting", "elman.scoring.render", "elman.scoring.weighing"}
"""Modules among these that are imported where a linear model is fitted, and a report printed."""
IMPORT_ALL = f"""
import importlib, pkgutil, sys
module = importlib.import_module(sys.argv[1])
if sys.argv[1] not in ("elman", "elman.cli"):
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), sys.argv[1] + "."):
        found.name in {HEAVY!r} or importlib.import_module(found.name)
"""


@pytest.mark.parametrize("module", LIGHT)
def test_it_needs_numpy_and_safetensors_alone(bare, module):
    bare.run(IMPORT_ALL, module)


def test_the_bare_environment_lacks_the_rest(bare):
    for package in ("torch", "duckdb", "rich"):
        assert f"No module named '{package}'" in bare.process(f"import {package}").stderr
    assert bare.run("import numpy, safetensors.numpy, elman; print(elman.__version__)").startswith("0.")


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("import elman; elman.fit", "train"),
        ("import elman; elman.plan", "train"),
        ("import elman; elman.Inspection", "train"),
        ("from elman import nn", "train"),
        ("from elman.nn import LSTM", "train"),
        ("from elman.nn.recurrent import LSTM", "train"),
        ("from elman.ops import recurrent", "train"),
        ("import elman.lab", "train"),
        ("import elman.inspection", "train"),
        ("from elman.training.loop import Event", "train"),
        ("from elman.testing import check_kind", "train"),
        ("from elman.data.readers import read; read('x.parquet')", "files"),
        ("from elman.kinds.tokenizers import Subwords; Subwords().fit(['a'])", "subwords"),
        ("import elman.scoring as s; s.metric('bleu')(['a'], [['a']])", "train"),
        ("from pathlib import Path; from elman.samples.shapes import write_pictures as w; w(Path('.'))", "image"),
    ],
)
def test_what_is_missing_is_named_with_its_extra(bare, tmp_path, code, extra):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    done = bare.process(code, at=tmp_path)
    assert "ExtraMissingError: this needs the package" in done.stderr
    assert done.stderr.endswith(f'pip install "elman[{extra}]"\n')


LOADED = """
import sys
import elman
model = elman.load(sys.argv[1])
loaded = sorted(sys.modules)
model.predict(["dull", "a joy"])
print(*loaded, "|", *sorted(set(sys.modules) - set(loaded)))
"""
TO_LEARN = tuple(f"elman.{name}." for name in ("recipes", "dataset", "trainer"))
TO_LEARN += tuple(f"elman.data.{name}." for name in ("audit", "detect", "readers", "splits", "steps"))
UNUSED = {"concurrent.futures", "csv", "difflib", "importlib.metadata", "shutil", "statistics", "tempfile", "zipfile"}
UNUSED |= {f"elman.data.forms.{name}" for name in ("columns", "dates", "moments", "numbers", "stamps", "together")}


def test_loading_a_model_imports_its_own_kinds_and_answer_alone(bare, tmp_path):
    """Importing takes most of the time that loading does."""
    elman.fit(samples.load("reviews").select(range(60)), epochs=1, hidden_size=4, to=tmp_path / "model")
    loaded, used = (set(part.split()) for part in bare.run(LOADED, str(tmp_path / "model")).split("|"))
    for there in (loaded, used):
        assert not there & UNUSED
        assert not [name for name in there if f"{name}.".startswith(TO_LEARN)]
    ours = {place.partition(":")[0] for place in KINDS.ours.values()}
    assert loaded & ours == {"elman.kinds.text", "elman.kinds.label"} and not used & ours
    graphs = {f"elman.graph.{home}" for home in HOMES}
    own = {f"elman.graph.{home}" for home in ("attention", "elementwise", "pooling", "recurrence", "tokens")}
    own |= {"elman.graph.patterns"}  # linear models know what all features are
    assert loaded & graphs <= own and not used & graphs
    answers = {f"elman.answers.{place.partition(':')[0]}" for place in ANSWERS.values()}
    assert loaded & answers == {"elman.answers.label"} and not used & answers


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system doesn't say how much memory was used")
def test_a_text_classifier_needs_little_memory(bare, tmp_path):
    """The weights of this one take 12 MB."""
    elman.fit(samples.load("reviews").select(range(60)), epochs=1, to=tmp_path / "model")
    used = "; print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
    code = f"import sys, elman; elman.load(sys.argv[1]).predict(['a joy']){used}"
    assert int(bare.run(code, str(tmp_path / "model"), OPENBLAS_NUM_THREADS="1")) < 100_000


@pytest.mark.parametrize("words", [(), ("train", "x.csv"), ("--help",)])
def test_without_the_command_line_its_extra_is_named(bare, words):
    done = bare.process("from elman.cli import main; main()", *words)
    assert done.stderr == "elman: this needs the package 'typer': pip install \"elman[cli]\"\n"
    assert (done.returncode, done.stdout) == (2, "")


@pytest.fixture(scope="module")
def command_line(tmp_path_factory) -> Bare:
    """With the extra ``cli``, which trains nothing."""
    return Bare(tmp_path_factory.mktemp("cli"), ("typer", "rich"))


ELMAN = "from elman.cli import main; main()"


def test_without_torch_there_are_help_settings_and_samples(command_line):
    assert command_line.run(ELMAN, "sample", "flowers").count("\n") > 100
    assert "hidden_size=128" in command_line.run(ELMAN, "settings")
    assert "Commands:" in command_line.run(ELMAN, "--help")


def test_without_torch_training_names_its_extra(command_line, tmp_path):
    command_line.run(ELMAN, "sample", "flowers", "--to", "x.csv", at=tmp_path)
    for words in (("train", "x.csv"), ("demo",), ("lab", "gates")):
        done = command_line.process(ELMAN, *words, at=tmp_path)
        assert done.stderr.endswith('pip install "elman[train]"\n'), done.stderr
        assert done.returncode == 2 and "Traceback" not in done.stderr


def test_without_torch_data_are_looked_at_and_settings_are_not(command_line, tmp_path):
    command_line.run(ELMAN, "sample", "reviews", "--to", "x.csv", at=tmp_path)
    assert "classification (many-to-one)" in command_line.run(ELMAN, "detect", "x.csv", "--seed", "3", at=tmp_path)
    done = command_line.process(ELMAN, "detect", "x.csv", "--set", "hidden_size=9", at=tmp_path)
    assert done.stderr.endswith('pip install "elman[train]"\n') and done.returncode == 2


def test_the_doctor_needs_no_torch(command_line):
    done = command_line.process(ELMAN, "doctor")
    assert "not installed" in next(line for line in done.stdout.splitlines() if line.startswith("torch "))
    assert "CPU kernels" in done.stdout and "Traceback" not in done.stderr


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_each_package_stands_under_the_extra_that_brings_it():
    extras = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    brought = {name: {normal(re.split(r"[^\w.-]", one)[0]) for one in needs} for name, needs in extras.items()}
    packages = importlib.metadata.packages_distributions()
    for module, extra in EXTRAS.items():
        names = {normal(name) for name in packages.get(module, [])}
        assert not names or names & brought[extra], f"{module} isn't in the extra {extra}"
