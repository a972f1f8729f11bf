"""The example package adds a cell by its entry point alone: trained, saved, loaded, looked into, streamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from elman import load
from elman.errors import PluginError
from packages import install, run

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "minlstm"

USE = """
import sys, torch
import elman
from elman import cells, nn, samples
from elman.cli import main
from elman.errors import TaskError
from elman.models.stack import RecurrentStack

assert cells.names()[-1] == "minlstm" and cells.CELLS.package("minlstm") == "elman-minlstm"
folder = sys.argv[1]
text = samples.text("reviews").splitlines(keepends=True)
open(f"{folder}/some.csv", "w").write("".join(text[:161]))
sys.argv = f"elman train {folder}/some.csv --cell minlstm --layers 2 --hidden 8 --epochs 2 --to {folder}/model".split()
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
model = elman.load(f"{folder}/model")
rnn = next(part for part in model.network.modules() if isinstance(part, nn.Recurrent))
assert rnn.cell == "minlstm" and rnn.bidirectional and rnn.num_layers == 2
assert not [name for name, _ in rnn.named_parameters() if "_hh" in name]
assert len(model.predict(["a fine film", ""])) == 2
found = model.inspect(texts=["a fine film , but not a long one"])
for name in ("flow", "gates", "states", "spectra"):
    assert found[name].words, name
assert "keeps the past" in found.to_html() and len(found.pngs()) > 4
assert {gate.gate for gate in found["gates"].data["all"]} == {"forget", "input"}
assert "minLSTM" in open(f"{folder}/model/README.md").read()

try:
    elman.fit({"text": text[1:100]}, task="next-word", cell="minlstm", weight_dropout=0.3)
except TaskError as error:
    assert "isn't used by next-word of text with cell=minlstm: leave out one of them" in str(error), error
else:
    raise AssertionError("a cell without weight_hh took weight_dropout")

stack = RecurrentStack("minlstm", 3, 5, 2, dropout=0.0).eval()
x = torch.randn(7, 2, 3)
whole, _ = stack.rnn(x)
advance, state = stack.stepper(), stack.rnn.initial_state(2)
for row, expected in zip(x, whole):
    output, state = advance(row, state)
    torch.testing.assert_close(output, expected)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(EXAMPLE, tmp_path_factory.mktemp("site-packages"))


def test_it_keeps_what_a_cell_promises(installed: Path) -> None:
    code = "import doctest, elman_minlstm; from elman.testing import check_cell; check_cell('minlstm')\n"
    run(code + "found = doctest.testmod(elman_minlstm); assert found.attempted and not found.failed", installed)


def test_trained_saved_loaded_looked_into_and_streamed(installed: Path, tmp_path: Path) -> None:
    run(USE, installed, str(tmp_path))
    with pytest.raises(PluginError, match=r"cell 'minlstm' of the package 'elman-minlstm'.*pip install"):
        load(tmp_path / "model")  # here it isn't installed
