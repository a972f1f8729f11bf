"""The example package adds a kind and a reader by its entry points alone: read, detected, trained, saved, loaded."""

from __future__ import annotations

import json
import random
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.data.readers.files import TextFile
from elman.errors import DataFileError, PluginError
from installed import install, python

ROOT = Path(__file__).resolve().parents[2]
MOTIFS = {"kinase": "GKGSFG", "mutant": "GFSGKG"}  # of the same amino acids
CHECK = """
from elman.data.readers import read
from elman.testing import check_kind
from elman.kinds.column import Column
from elman_fasta.protein import ProteinKind

protein = "MKVLAAGIVGLLLAQ"
assert ProteinKind.recognises(Column("a", [protein, 3])) is None
assert ProteinKind.recognises(Column("a", [protein.lower(), protein[::-1].lower()]))
assert ProteinKind.recognises(Column("a", ["a word or two", "and more of them"])) is None
proteins = Column("a", [protein, protein[::-1], None])
check_kind(ProteinKind, ["MKVLAAGIV", "m", "", "acdefghiklmnpqrstvwyXBZ*"], column=proteins, bad=["MK1V", "é"])
table = read("some.fasta")
assert table.names == ["id", "sequence", "OS", "GN"], table.names
assert table.columns["sequence"] == ["MKVLAAGIV", "", "AC"], table.columns
assert table.columns["OS"] == ["Homo sapiens", None, "Mus"] and table.columns["GN"] == ["HBA", None, None]
"""
SOME = """>sp|P1 alpha OS=Homo sapiens GN=HBA
MKVLA
AGIV

>empty
>p3 OS=Mus
AC
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site-packages")
    install(ROOT / "examples" / "fasta", folder)
    return folder


def elman_report(folder: Path) -> dict[str, Any]:
    """What a saved model says of how good it is."""
    return next(
        record["report"] for path in folder.glob("*.json") if "report" in (record := json.loads(path.read_text()))
    )


def families(path: Path, rows: int) -> None:
    """Proteins of two families, which differ in the order of a motif alone."""
    drawn = random.Random(0)
    with path.open("w") as file:
        for row in range(rows):
            family = sorted(MOTIFS)[row % 2]
            around = "".join(drawn.choices("ACDEFGHIKLMNPQRSTVWY", k=drawn.randint(15, 40)))
            at = drawn.randrange(len(around))
            file.write(f">p{row} family={family}\n{around[:at]}{MOTIFS[family]}\n{around[at:]}\n")


def test_it_keeps_what_a_kind_promises_and_reads_files(installed, tmp_path):
    (tmp_path / "some.fasta").write_text(SOME)
    (tmp_path / "check.py").write_text(CHECK)
    python(installed, "check.py", at=tmp_path)


def test_a_sequence_without_a_header_is_refused_with_its_line(installed, tmp_path):
    (tmp_path / "torn.fasta").write_text("\nMKV\n")
    (tmp_path / "read.py").write_text(
        "from elman.data.readers import read\nfrom elman.errors import DataFileError\n"
        "try:\n    read('torn.fasta')\nexcept DataFileError as error:\n    print(error)\n"
    )
    assert "torn.fasta:2" in python(installed, "read.py", at=tmp_path)


def test_families_are_detected_and_learned(installed, tmp_path):
    families(tmp_path / "proteins.fasta", 400)
    found = json.loads(python(installed, "elman", "detect", "proteins.fasta", "--json", at=tmp_path))
    assert (found["task"], found["inputs"], found["output"]) == ("classification", ["sequence"], "family")
    trained = python(installed, *shlex.split("elman train proteins.fasta --to model --epochs 25 --json"), at=tmp_path)
    report = json.loads(trained)
    assert report["metrics"]["accuracy"]["value"] > 0.85
    assert report["baselines"]["order_free"]["accuracy"]["value"] < 0.75
    answered = python(installed, "elman", "predict", "model", "MKVLAGKGSFGAAC", at=tmp_path)
    assert answered.split()[0] in MOTIFS
    assert 'elman predict FOLDER "MKVLAAGIVGLLLAQ"' in (tmp_path / "model" / "README.md").read_text()
    with pytest.raises(PluginError, match=r"'protein' of the package 'elman-fasta'.*pip install"):
        elman.load(tmp_path / "model")  # here it isn't installed


def test_the_page_that_tells_how_is_run_as_written(tmp_path):
    page = (ROOT / "docs" / "how-to" / "kind.md").read_text()
    files = re.findall(r"```\w+ title=\"([\w.]+)\"\n(.*?)```", page, re.S)
    for name, text in files:
        (tmp_path / name).write_text(text)
    assert [name for name, _ in files] == ["pyproject.toml", "elman_dna.py", "check.py", "strands.py"]
    folder = tmp_path / "site-packages"
    folder.mkdir()
    install(tmp_path, folder)
    python(folder, "check.py", at=tmp_path)
    commands = "".join(re.findall(r"```sh\n(.*?)```", page, re.S))
    said = [python(folder, *shlex.split(line.removeprefix("python ")), at=tmp_path) for line in commands.splitlines()]
    assert "strands of DNA" in said[1] and said[3].split()[0] in ("promoter", "other")
    assert elman_report(tmp_path / "strands")["metrics"]["accuracy"]["value"] > 0.75
    pieces, *_ = re.findall(r"```python\n(.*?)```", page, re.S)
    (tmp_path / "pieces.py").write_text(f"{pieces}print(session.push('').value)")
    assert python(folder, "pieces.py", at=tmp_path).strip() in ("promoter", "other")


def test_the_reader_on_the_page_reads_and_says_what_it_cannot_read(tmp_path):
    page = (ROOT / "docs" / "how-to" / "kind.md").read_text()
    *_, code = re.findall(r"```python\n(.*?)```", page, re.S)
    made: dict[str, Any] = {}
    exec(code, made)
    good, wrong = tmp_path / "a.strands", tmp_path / "b.strands"
    good.write_text("promoter TATAAA\nother AAATAT\n")
    wrong.write_text("promoter TATAAA\nAAATAT\n")
    source = made["READER"].open([TextFile(good)])
    assert source.names == ["label", "strand"]
    assert list(source.rows()) == [["promoter", "TATAAA"], ["other", "AAATAT"]]
    with pytest.raises(DataFileError, match=r"b\.strands:2"):
        list(made["READER"].open([TextFile(wrong)]).rows())
