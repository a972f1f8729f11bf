"""A page for every kind of column: pictures, clips, sounds, music, series, vectors, tags of a CRF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from clips import captioned_clips
from elman.inspection import Inspection
from pages import Reader
from pictures import captioned, class_folders
from sounds import save, tone
from tunes import folder_of_melodies

SMALL = {"hidden_size": 8, "epochs": 1, "batch_tokens": 200, "seed": 1}
EMBEDDED = {"embedding_size": 8, **SMALL}
PICTURES = {"filters": 2, **EMBEDDED, "batch_tokens": 20}
TRIADS = [[*[[60 + i % 12, 64], [59, 67]] * (1 + i % 5), [48 + i % 12]] for i in range(60)]
Made = tuple[Any, Any]  # a model and its data


def trained(data: Any, settings: dict[str, Any], **options: Any) -> Made:
    return elman.fit(data, **settings, **options), data


def series(folder: Path) -> Made:
    steps = np.arange(144)
    return trained({"x": (steps / 40 + np.sin(steps * np.pi / 6)).tolist()}, EMBEDDED, task="forecasting", horizon=6)


def transcripts(folder: Path) -> Made:
    rows = ["audio,transcript"]
    for i in range(24):
        save(tone((300, 1_200)[i % 2], 0.4, seed=i), folder / "sounds" / f"{i}.wav")
        rows.append(f"{i}.wav,{['low', 'high'][i % 2]}")
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    return trained(folder, EMBEDDED, task="transcription")


def vectors(folder: Path) -> Made:
    draw = np.random.default_rng(0)
    steps = [draw.normal(size=(4 + row % 5, 3)).tolist() for row in range(40)]
    return trained({"steps": steps, "label": ["up" if s[-1][1] > 0 else "down" for s in steps]}, SMALL)


def rows(folder: Path) -> Made:
    data = {"size": [float(i % 7) for i in range(60)], "colour": ["red" if i % 3 else "blue" for i in range(60)]}
    return trained({**data, "label": ["xy"[i % 2] for i in range(60)]}, SMALL, output="label")


KINDS: dict[str, Callable[[Path], Made]] = {
    "series": series,
    "transcripts": transcripts,
    "vectors": vectors,
    "rows": rows,
    "pictures": lambda folder: trained(class_folders(folder, each=8), PICTURES),
    "rows of pictures": lambda folder: trained(class_folders(folder, each=8), SMALL, picture_rows=True),
    "captions": lambda folder: trained(captioned(folder, each=4), PICTURES, level="words"),
    "clips": lambda folder: trained(captioned_clips(folder, each=4), PICTURES, level="words"),
    "melodies": lambda folder: trained(folder_of_melodies(folder / "tunes"), EMBEDDED),
    "chords": lambda folder: trained({"notes": TRIADS}, SMALL),
}
WITHIN = {
    "vectors": "columns-1",
    "rows": "columns-1",
    "pictures": "places-1",
    "rows of pictures": "places-1",
    "captions": "places-1",
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Inspection]:
    model, data = KINDS[request.param](tmp_path_factory.mktemp("kind"))
    return request.param, model.inspect(data)


def test_every_kind_of_column_has_a_page(kind: tuple[str, Inspection]) -> None:
    name, found = kind
    reader, page = Reader(), found.to_html()
    reader.feed(page)
    assert not reader.open and len(page.encode()) < 3_000_000
    assert {"unrolled", "invariance", "scores", "curves"} <= {section.name for section in found.sections}
    pictures = [picture.name for section in found.sections for picture in section.pictures]
    assert name not in WITHIN or WITHIN[name] in pictures
    ways = found["invariance"].data.ways
    assert all(way.alike for way in ways)
