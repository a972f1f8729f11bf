"""Sets for speech and for forecasts, as the programs that learn from them have them."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError
from sounds import save, tone

WORDS = "alpha beta gamma delta north south east west".split()  # noqa: SIM905
RNG = random.Random(1)
SPOKEN = [" ".join(RNG.choices(WORDS, k=4)) for _ in range(24)]


def recordings(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    paths = [folder / f"clip_{i}.wav" for i in range(len(SPOKEN))]
    for path in paths:
        save(tone(440.0, 0.1), path)
    return paths


def test_common_voice(tmp_path: Path):
    """Sentences beside recordings are what was spoken there, and who spoke is beside the point."""
    paths = recordings(tmp_path / "clips")
    rows = ["client_id\tpath\tsentence\tup_votes\tlocale"]
    rows += [f"c{i % 4}\t{path.name}\t{said}\t2\ten" for i, (path, said) in enumerate(zip(paths, SPOKEN, strict=True))]
    (tmp_path / "train.tsv").write_text("\n".join(rows) + "\n")
    found = detect(read(tmp_path))
    assert (found.task, found.inputs, found.output) == ("transcription", ("path",), "sentence")


def test_kaldi(tmp_path: Path):
    """Its files were texts of a class each. The command that is named makes a table."""
    paths = recordings(tmp_path / "sounds")
    folder = tmp_path / "train"
    folder.mkdir()
    (folder / "wav.scp").write_text("".join(f"utt{i} {path}\n" for i, path in enumerate(paths)))
    (folder / "text").write_text("".join(f"utt{i} {said}\n" for i, said in enumerate(SPOKEN)))
    (folder / "utt2spk").write_text("".join(f"utt{i} s{i % 3}\n" for i in range(len(SPOKEN))))
    with pytest.raises(DataFileError, match="is a folder of Kaldi") as caught:
        read(folder)
    command = str(caught.value).split('python -c "')[1].split('" > train.csv')[0]
    made = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=tmp_path)
    (tmp_path / "train.csv").write_text(made.stdout)
    table = read(tmp_path / "train.csv")
    assert table.columns["transcript"] == SPOKEN and detect(table).task == "transcription"


def test_gluonts(tmp_path: Path):
    rows = [
        {
            "start": f"2015-0{1 + k % 3}-01 00:00:00",
            "target": [round(50 + RNG.random() + i % 7, 2) for i in range(60 + k)],
            "item_id": f"T{k}",
            "feat_static_cat": [k % 3],
            "feat_dynamic_real": [[float(i % 7) for i in range(60 + k)]],
        }
        for k in range(12)
    ]
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = read(path)
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("forecasting", ("target",), None)
    assert [*map(list, table.columns["target"])] == [row["target"] for row in rows]
    assert any("feat_static_cat, feat_dynamic_real" in note for note in table.notes)


def test_a_start_and_a_target_that_are_no_series(tmp_path: Path):
    """Words, and the place where each begins."""
    path = tmp_path / "spans.jsonl"
    path.write_text(
        "".join(json.dumps({"start": i, "target": RNG.choice(WORDS), "text": "so it is"}) + "\n" for i in range(40))
    )
    assert read(path).names == ["start", "target", "text"]
