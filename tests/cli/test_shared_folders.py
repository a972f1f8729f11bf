"""Every folder of real data, as somebody who was given it would pass it."""

from __future__ import annotations

import re

import pytest
from commands import elman

from conftest import DATA, shared_data
from elman.data.detect import detect
from elman.data.readers import read
from elman.data.splits import split

FOUND = {
    "cmudict": ("encoder-decoder", "translation"),
    "ecg_anomaly": ("many-to-many", "tagging"),
    "emoji_captions": ("one-to-many", "captioning"),
    "jsb_chorales": ("many-to-many", "language-model"),
    "fashion_mnist_png": ("one-to-one", "classification"),
    "fsdd": ("many-to-one", "classification"),
    "gesture_phase": ("many-to-many", "tagging"),
    "japanese_vowels": ("many-to-one", "classification"),
    "m1_yearly": ("many-to-one", "forecasting"),
    "multi30k_en_de": ("encoder-decoder", "translation"),
    "scitldr": ("encoder-decoder", "translation"),
    "sms_spam": ("many-to-one", "classification"),
    "sst2": ("many-to-one", "classification"),
    "surnames": ("many-to-one", "classification"),
    "tiny_shakespeare": ("many-to-many", "language-model"),
    "ud_english_ewt": ("many-to-many", "tagging"),
    "watch_exercises": ("many-to-one", "classification"),
    "wnut17": ("many-to-many", "tagging"),
}
NOT_YET = {"keras_models"}  # nothing reads or learns these as they are meant
SEVERAL = {  # a person has to choose
    "ucr_ts": r"several data sets \(ACSF1, ArrowHead, .*Pass one of them: .*ACSF1",
    "timeseries": r"several data sets.*ETTh1\.csv.*exchange_rate\.txt\.gz.*Pass the file",
    "wikitext2_small": r"not one to train on and another \(wiki\.test\.tokens, wiki\.valid\.tokens\).*--valid",
}
PARTS = {
    "cmudict": (30_000, 2_163, 3_229),
    "multi30k_en_de": (29_000, 1_014, 2_000),
    "scitldr": (1_992, 619, 618),
    "sms_spam": (4_459, None, 1_115),
    "sst2": (6_920, 872, 1_821),
    "ud_english_ewt": (12_544, 2_001, 2_077),
    "wnut17": (3_394, 1_009, 1_287),
}


def test_every_folder_is_in_the_tables():
    folders = {item.name for item in DATA.iterdir() if item.is_dir()} if DATA.is_dir() else set()
    assert folders <= {*FOUND, *SEVERAL, *NOT_YET}


@pytest.mark.parametrize("name", FOUND)
def test_a_folder_needs_no_flags(name):
    table = read(shared_data(name))
    found = detect(table)
    assert (found.architecture, found.task) == FOUND[name]
    assert found.evidence
    if name in PARTS:
        rows = [sum(part in names for part in table.columns["split"]) for names in (("train",), ("valid",), ("test",))]
        assert rows == [count or 0 for count in PARTS[name]]
        parts = split(table, inputs=found.inputs, output=found.output, seed=0)
        assert parts.test is not None and len(parts.test) == PARTS[name][2]


@pytest.mark.parametrize("name", SEVERAL)
def test_a_folder_of_several_things_names_them(name):
    outcome = elman("detect", shared_data(name))
    assert outcome.code == 2 and re.search(SEVERAL[name], outcome.err)


def test_what_was_read_of_a_folder_is_said(tmp_path):
    outcome = elman("detect", shared_data("cmudict"))
    assert "parts by the names of files: g2p_test.tsv test, g2p_train.tsv train, g2p_valid.tsv valid" in outcome.out
    assert "read of cmudict: g2p_test.tsv, g2p_train.tsv, g2p_valid.tsv" in outcome.out


def test_the_only_file_of_a_folder(tmp_path):
    (tmp_path / "book.txt").write_text("one line\nand another\n")
    (tmp_path / "LICENSE").write_text("do what you like\n")
    (tmp_path / ".hidden").touch()
    table = read(tmp_path)
    assert table.columns == {"text": ["one line", "and another"]}
    assert table.notes == [f"read of {tmp_path.name}: book.txt"]


def test_pictures_whose_names_say_parts_are_no_tables(tmp_path):
    for name in ("train_1.png", "train_2.png", "test_1.png", "test_2.png"):
        (tmp_path / name).touch()
    assert "image" in read(tmp_path).names


def test_one_table_for_each_part_beside_pictures(tmp_path):
    for part in ("train", "test"):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / f"{part}.png").touch()
        (tmp_path / f"{part}.csv").write_text(f"image,caption\n{part}.png,a thing that is {part}\n")
    table = read(tmp_path)
    assert table.columns["split"] == ["test", "train"]
    assert table.columns["image"] == [str(tmp_path / "images" / f"{part}.png") for part in ("test", "train")]
