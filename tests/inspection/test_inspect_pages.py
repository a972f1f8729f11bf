"""A page for every architecture: complete, well-formed, standing alone; and the same as data."""

from __future__ import annotations

import json
import re

import pytest
import torch
from inspected import NAMES, built

from elman.drawing.figures import INK, PAPER
from elman.inspection import inspect
from elman.nn import LSTM
from pages import Reader

RECURRENT = {"flow", "terms", "memory", "states", "spectra"}
HISTORY = [{"epoch": 1.0, "seconds": 2.0, "loss": 0.7}, {"epoch": 2.0, "seconds": 4.0, "loss": 0.5}]
ABOUT = {"history": HISTORY, "best_epoch": 2.0}


def found_in(name: str, labelled: bool = True, **settings):
    task, parts, inputs, outputs = built(name, **settings)
    return inspect(task, parts, inputs, outputs if labelled else None, about=ABOUT, source="the test's rows")


@pytest.mark.parametrize("name", NAMES)
def test_every_architecture_has_a_page(name):
    found = found_in(name)
    sections = {section.name for section in found.sections}
    assert {"unrolled", "invariance", "scores", "curves"} <= sections
    assert sections >= RECURRENT or name in ("rows", "window")
    assert ("attention" in sections) == (name == "translation")
    page, reader = found.to_html(), Reader()
    reader.feed(page)
    assert not reader.open and len(page.encode()) < 3_000_000
    ids = [value for key, value in reader.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    links = [value for key, value in reader.attributes if key in ("href", "xlink:href", "src") and value]
    links += [link for _, value in reader.attributes for link in re.findall(r"url\(([^)]*)\)", value or "")]
    for link in links:
        assert link.startswith("data:") or (link[0] == "#" and link[1:] in ids), link
    for section in found.sections:
        assert section.words and all(sentence in reader.words for sentence in section.words)
        for i, picture in enumerate(section.pictures):
            assert i or picture.caption  # the first of a kind says how to read it
            assert picture.caption in reader.words
    drawings = page[page.index("<svg") :]
    assert INK not in drawings and PAPER not in drawings  # the page's colours, so that it can be dark
    data = json.dumps(found.to_json(), allow_nan=False)
    assert set(json.loads(data)["sections"]) == sections


def test_nothing_is_left_changed():
    task, parts, inputs, outputs = built("tagging")
    before = {name: value.clone() for name, value in parts.module.state_dict().items()}
    random_state, threads = torch.get_rng_state(), torch.get_num_threads()
    inspect(task, parts, inputs, outputs, about=ABOUT)
    assert all(torch.equal(value, before[name]) for name, value in parts.module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state) and torch.get_num_threads() == threads
    assert all(p.grad is None for p in parts.module.parameters())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in parts.module.modules())


def test_without_answers_the_models_own_stand_for_them():
    found = found_in("classification", labelled=False)
    assert "taken to be right" in found.about
    assert all(point.right is not None for point in found["memory"].data[0].points)
    assert found["memory"].data[0].whole.right == 1.0
    with pytest.raises(KeyError, match="unrolled"):
        found["attention"]


def test_without_data_only_what_the_model_holds_is_told():
    task, parts, _, _ = built("classification")
    found = inspect(task, parts, [], None, about=ABOUT)
    assert [section.name for section in found.sections] == ["summary", "curves"] and "No data" in found.about


def test_the_same_rows_give_the_same_page():
    assert found_in("classification").to_html() == found_in("classification").to_html()


def test_pictures_are_png_files():
    found = found_in("classification", cell="gru")
    pictures = found.pngs()
    assert {"unrolled-1", "flow", "memory", "gates", "states-1"} <= set(pictures)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())


def test_a_single_word_and_no_word_are_looked_at():
    task, parts, _, _ = built("classification")
    found = inspect(task, parts, ["plot", ""], ["good", "bad"], about=ABOUT)
    assert found.to_html()


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "rnn"},
        {"cell": "mgu", "num_layers": 2},
        {"pooling": "attention+mean"},
        {"bidirectional": False},
        {"cell": "gru", "num_layers": 2, "bidirectional": False},
    ],
)
def test_cells_layers_and_directions(settings):
    found = found_in("classification", **settings)
    layers = settings.get("num_layers", 1) * (1 + settings.get("bidirectional", True))
    assert len(found["terms"].data) == layers and all(each.error < 1e-4 for each in found["terms"].data)
    assert len(found["flow"].data.verdicts) == layers
    assert found.to_html()


def test_weights_behind_dropout_have_their_terms():
    (found,) = found_in("language-model", weight_dropout=0.4)["terms"].data
    assert found.error < 1e-4


def test_tags_of_a_crf_have_transitions():
    assert found_in("tagging", crf=True)["transitions"].data.rows == ["N", "P"]


@pytest.mark.parametrize("options", [{"layer_norm": True}, {"zoneout": 0.1}])
def test_cells_with_more_inside_are_said_to_be_left_out(options):
    """No task makes them, but a network of one's own may have them."""
    task, parts, inputs, outputs = built("classification", pooling="last")
    stack = parts.module.stack
    stack.rnn = LSTM(stack.rnn.input_size, 8, bidirectional=True, batch_first=False, **options).eval()
    found = inspect(task, parts, inputs, outputs, about=ABOUT)
    names = {section.name for section in found.sections}
    assert {"left-out", "memory", "inputs", "invariance", "scores"} <= names and not names & {"flow", "gates", "terms"}
    assert found.to_html()
