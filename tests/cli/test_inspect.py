"""`elman inspect`, as it is typed."""

from __future__ import annotations

import json

import pytest

import elman as main
from elman import samples


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspected")
    samples.write("reviews", folder / "reviews.csv")
    lines = (folder / "reviews.csv").read_text().splitlines()[:200]
    (folder / "reviews.csv").write_text("\n".join(lines) + "\n")
    main.fit(folder / "reviews.csv", epochs=1, hidden_size=8, pieces=100, patience=0, to=folder / "model")
    return folder


def run(capsys, *words: str) -> tuple[int, str, str]:
    from elman.cli import main as command

    with pytest.raises(SystemExit) as end:
        command(["inspect", *words])
    out, err = capsys.readouterr()
    return int(end.value.code or 0), out, err


def test_a_page_is_written_and_told_of(trained, capsys):
    to = trained / "inside.html"
    code, out, _ = run(capsys, str(trained / "model"), str(trained / "reviews.csv"), "--to", str(to))
    assert code == 0 and "Gradient flow through time:" in out and "Memory, measured:" in out and str(to) in out
    assert to.read_text().startswith("<!doctype html>")


def test_json_and_pictures(trained, capsys, tmp_path):
    code, out, _ = run(
        capsys, str(trained / "model"), "--text", "the plot was not bad.", "--json", "--png", str(tmp_path / "pictures")
    )
    record = json.loads(out)
    assert code == 0 and "memory" in record["sections"] and record["sections"]["flow"]["words"]
    assert (tmp_path / "pictures" / "unrolled-1.png").read_bytes().startswith(b"\x89PNG")


def test_without_data_the_saved_scores_are_told(trained, capsys, tmp_path):
    code, out, _ = run(capsys, str(trained / "model"), "--to", str(tmp_path / "page.html"))
    assert code == 0 and "held-out rows when it was trained" in out


@pytest.mark.parametrize(
    "words, message",
    [
        (["--text", "a", "reviews.csv"], "leave one of them out"),
        (["--text", " "], "no words"),
    ],
)
def test_slips_end_in_a_message(trained, capsys, words, message, monkeypatch):
    monkeypatch.chdir(trained)
    code, _, err = run(capsys, "model", *words)
    assert code == 2 and message in err


def test_vectors_have_no_text(tmp_path, capsys):
    rows = [[[float(i), 1.0 - i]] * 4 for i in range(30)]
    main.fit((rows, ["xy"[i % 2] for i in range(30)]), epochs=1, hidden_size=4, to=tmp_path / "model")
    code, _, err = run(capsys, str(tmp_path / "model"), "--text", "words")
    assert code == 2 and "reads vectors, not texts" in err
