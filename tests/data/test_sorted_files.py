"""Files that are sorted by their labels, that hold a class each, or series of several lengths; short yearly tables."""

from __future__ import annotations

import numpy as np
import pytest

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError, TaskError

WORDS = ["a", "dull", "film", "without", "wit", "that", "goes", "nowhere", "and", "takes", "its", "time", "over", "it"]


def line(rng: np.random.Generator) -> str:
    return " ".join(rng.choice(WORDS, rng.integers(1, 9)))


def lines(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [line(rng) for _ in range(count)]


@pytest.mark.parametrize("count", [30, 2_500])
@pytest.mark.parametrize("form", ["{label} {text}", "{text} .@{label}"])
def test_lines_that_are_sorted_by_their_labels_are_labelled_all_the_same(tmp_path, count, form):
    file = tmp_path / "polarity.all"
    rows = [form.format(label=label, text=text) for label in "01" for text in lines(count)]
    file.write_text("\n".join(rows))
    found = read(file)
    assert found.columns["label"] == ["0"] * count + ["1"] * count
    assert detect(found).task == "classification"


def test_verses_with_numbers_are_no_labelled_lines(tmp_path):
    file = tmp_path / "verses.txt"
    file.write_text("\n".join(f"{1 + verse % 40} {text}" for verse, text in enumerate(lines(5_000))))
    assert read(file).names == ["text"]


def test_lines_from_all_over_a_file_are_evenly_spaced(tmp_path):
    from elman.data.format import ReadingOptions
    from elman.data.readers.files import TextFile

    file = tmp_path / "x.txt"
    file.write_text("\n\n".join(map(str, range(1_000))))
    for most in (2, 63, 1_000, 2_000):
        found = [int(line) for line in TextFile(file, ReadingOptions.asked(False, {})).spread_lines(most)]
        assert len(set(np.diff(found))) == 1 and found[0] == 0
        assert len(found) <= most and found[-1] + found[1] > 999


@pytest.mark.parametrize(
    ("names", "labels"),
    [(("rt.pos", "rt.neg"), {"pos", "neg"}), (("Spam.txt", "Ham.txt"), {"Spam", "Ham"})],
)
def test_files_that_are_called_by_opposites_hold_a_class_each_and_are_no_translations(tmp_path, names, labels):
    for seed, name in enumerate(names):
        (tmp_path / name).write_text("\n".join(lines(40, seed)))
    for found in (read([tmp_path / name for name in names]), read(tmp_path)):
        assert set(found.columns["label"]) == labels and found.columns["label"].count(min(labels)) == 40
        assert detect(found).task == "classification"


def test_files_in_two_languages_stay_translations(tmp_path):
    for seed, name in enumerate(("books.en", "books.de")):
        (tmp_path / name).write_text("\n".join(lines(40, seed)))
    assert read([tmp_path / "books.en", tmp_path / "books.de"]).layout == "parallel"


def series(rows: list[list[float]]) -> str:
    return "\n".join(" ".join(f"{number:.6f}" for number in row) for row in rows) + "\n"


def test_series_of_several_lengths_are_read_as_the_archive_writes_series(tmp_path):
    rng, file = np.random.default_rng(1), tmp_path / "walks_TRAIN"
    walks = [rng.normal(size=rng.integers(5, 63)).cumsum() for _ in range(40)]
    file.write_text(series([[place % 2, *walk] for place, walk in enumerate(walks)]))
    found = read(file)
    assert [len(cell) for cell in found.columns["sequence"]] == list(map(len, walks))
    assert found.columns["label"] == ["0", "1"] * 20
    assert any("series have" in note for note in found.notes)


def test_of_series_that_are_equally_long_one_that_was_cut_off_is_an_error(tmp_path):
    rng, file = np.random.default_rng(2), tmp_path / "walks_TRAIN"
    rows = [[place % 3, *rng.normal(size=30).cumsum()] for place in range(50)]
    rows[17] = rows[17][:9]
    file.write_text(series(rows))
    with pytest.raises(DataFileError, match="walks_TRAIN:18: has 9 cells, but most lines have 31"):
        read(file)
    assert len(read(file, skip_bad=True)) == 49


def test_classes_that_come_twice_each_are_classes_under_their_usual_name(tmp_path):
    rng, file = np.random.default_rng(3), tmp_path / "many_TRAIN.tsv"
    file.write_text(series([[1 + place // 2, *rng.normal(size=30).cumsum()] for place in range(104)]))
    found = detect(read(file))
    assert (found.task, found.inputs, found.output) == ("classification", ("sequence",), "label")


def test_an_index_without_a_name_and_years_make_a_series(tmp_path):
    file = tmp_path / "lynx.csv"
    file.write_text(",0\n" + "".join(f"{1821 + year},{269 + year * year % 97}\n" for year in range(60)))
    found = read(file)
    assert found.names[1] == "0" and len(found) == 60
    assert detect(found).task == "forecasting"


def test_a_few_years_under_their_name_order_a_table():
    from elman.data.readers import from_python

    rng = np.random.default_rng(4)
    columns = {"obs": [*range(1, 17)], "gnp": [*rng.normal(size=16).cumsum()], "YEAR": [*range(1947, 1963)]}
    found = detect(from_python(columns))
    assert (found.task, found.order) == ("forecasting", "YEAR")


def test_months_behind_their_years_are_dates(tmp_path):
    file = tmp_path / "counts.csv"
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    rows = [f"{1991 + place // 12} {months[place % 12]},{place * place % 4}" for place in range(60)]
    file.write_text("Month,Scripts\n" + "\n".join(rows))
    found = read(file)
    assert found.columns["Month"][:2] == ["1991-01", "1991-02"]
    assert detect(found).task == "forecasting"


def test_numbers_beside_times_alone_are_a_series_however_they_jump():
    from elman.data.readers import from_python

    rng = np.random.default_rng(5)
    minutes = np.sort(rng.choice(50_000, 300, replace=False))
    times = [f"{np.datetime64('2015-09-01T00:00') + int(minute)}".replace("T", " ") for minute in minutes]
    values = [*map(int, rng.integers(20, 90, 300))]
    assert detect(from_python({"timestamp": times, "value": values})).task == "forecasting"
    times[150] = times[149]
    with pytest.raises(TaskError, match=r"row 151: the time .* comes again"):
        detect(from_python({"timestamp": times, "value": values}))
