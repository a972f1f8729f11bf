"""Tables as sets that many people use are written: which column is to be learned, and which numbers are names."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from elman.data.detect import Wanted, detect
from elman.data.readers import read
from elman.data.steps import evenly_spaced
from elman.data.table import Table
from elman.errors import DataFileError, TaskError

RNG = random.Random(7)
SAID = [
    f"the {RNG.choice('abcdefgh')} room was {RNG.choice('klmnop')} and {RNG.choice('rstuv')} {i}" for i in range(90)
]
CLASSES = ["yes", "no", "maybe"] * 30


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("columns", "output"),
    [
        ({"genre": ["slate", "fiction"] * 45, "gold_label": CLASSES, "one": SAID, "two": SAID[::-1]}, "gold_label"),
        ({"airline": ["Delta", "United"] * 45, "airline_sentiment": CLASSES, "text": SAID}, "airline_sentiment"),
        ({"genre": ["news"] * 90, "one": SAID, "two": SAID[::-1], "score": [i / 9 for i in range(90)]}, "score"),
    ],
)
def test_the_column_that_is_called_as_outputs_are_is_learned(columns: dict[str, list[object]], output: str):
    assert detect(Table(columns, has_header=True)).output == output


@pytest.mark.parametrize(
    ("columns", "inputs", "output"),
    [
        ({"link": [f"https://x.org/{i}" for i in range(90)], "headline": SAID, "odd": CLASSES}, ("headline",), "odd"),
        ({"url": [f"http://{c}{i}.org" for i, c in enumerate(CLASSES)], "kind": CLASSES}, ("url",), "kind"),
        (
            {"x": [i / 9 for i in range(90)], "subject": [f"s{i // 9}" for i in range(90)], "does": CLASSES},
            None,
            "does",
        ),
    ],
)
def test_where_texts_are_from_and_who_did_something_is_not_learned(columns, inputs, output: str):
    found = detect(Table(columns, has_header=True))
    assert found.output == output and found.inputs == (inputs or found.inputs)


def test_two_columns_called_labels_are_a_question():
    with pytest.raises(TaskError, match="can't tell what to learn"):
        detect(Table({"fine_label": CLASSES, "coarse_label": ["a", "b"] * 45, "text": SAID}, has_header=True))


def test_an_output_of_one_value_alone_is_still_refused():
    with pytest.raises(TaskError, match=r"'genre': 'news' in every row.*nothing to tell apart"):
        detect(Table({"genre": ["news"] * 90, "text": SAID}, has_header=True))


@pytest.mark.parametrize("few", [1, 4])
def test_a_number_that_never_changes_beside_letters_is_a_name(tmp_path: Path, few: int):
    """Public holidays of Rossmann's shops: 0 on most days, a, b or c on others."""
    days = "".join(f"2021-03-{i % 28 + 1:02d},{i % 7},{'abc'[i % 3] if i < few else 0}\n" for i in range(84))
    found = read(written(tmp_path / "x.csv", "day,sold,holiday\n" + days))
    assert set(found.columns["holiday"]) == {*"abc"[:few], "0"}


def test_numbers_that_change_beside_a_letter_are_numbers_with_a_stray(tmp_path: Path):
    rows = "".join(f"2021-01-01 {i // 60:02d}:{i % 60:02d},{'a' if i == 40 else i / 8}\n" for i in range(90))
    with pytest.raises(DataFileError, match=r"x\.csv:42: holds 'a' where column 'heat' has numbers"):
        detect(read(written(tmp_path / "x.csv", "time,heat\n" + rows)))


def test_several_numbers_in_cells_are_labels(tmp_path: Path):
    """As feelings are numbered in GoEmotions, whose rows are named by codes."""
    labels = [",".join(map(str, sorted(RNG.sample(range(12), 3 if i % 9 == 0 else 1)))) for i in range(90)]
    rows = "".join(f"{SAID[i]}\t{labels[i]}\te{i * 7919 % 65536:04x}q\n" for i in range(90))
    found = detect(read(written(tmp_path / "x.tsv", rows)))
    assert (found.task, found.inputs, found.output) == ("multilabel", ("column_1",), "column_2")


def test_decimal_commas_are_no_lists_of_labels(tmp_path: Path):
    rows = "".join(f"{SAID[i]}\t{i // 10},{i % 10}\n" for i in range(90))
    assert read(written(tmp_path / "x.tsv", "text\tscore\n" + rows)).columns["score"][:3] == [0.0, 0.1, 0.2]


@pytest.mark.parametrize("stem", ["d_", "Week ", "month"])
def test_numbered_days_are_steps_also_of_counts(stem: str):
    """Sales of M5, mostly 0 or 1 a day: neither smooth nor with dates for names."""
    counts = {f"{stem}{i}": [RNG.randrange(3) for _ in range(60)] for i in range(1, 41)}
    found = detect(Table({"item_id": [f"a{i}" for i in range(60)], **counts}, has_header=True))
    assert found.task == "forecasting" and found.inputs == (f"{stem}1 to {stem}40",)


def test_texts_before_their_labels(tmp_path: Path):
    lines = [f"{text} @ noon@{label}" for text, label in zip(SAID, CLASSES, strict=True)]
    found = read(written(tmp_path / "x.txt", "\n".join(lines)))
    assert found.columns == {"label": CLASSES, "text": [f"{text} @ noon" for text in SAID]}
    assert (detect(found).task, detect(found).output) == ("classification", "label")


def test_a_line_without_a_label_among_those_that_have_one_is_named(tmp_path: Path):
    lines = [f"a fine room {i}@{'pn'[i % 2]}" for i in range(2_500)]
    path = written(tmp_path / "x.txt", "\n".join([*lines, "a room", "no room@p"]))
    with pytest.raises(DataFileError, match=r"x\.txt:2501: has no label.*--skip-bad"):
        read(path)
    assert len(read(path, skip_bad=True)) == 2_501


@pytest.mark.parametrize(
    "lines", [[f"write to me@a{i}.org, all of you" for i in range(40)], ["ann@x.org", "bo@y.org"] * 20]
)
def test_addresses_are_no_labels(tmp_path: Path, lines: list[str]):
    assert "text" in read(written(tmp_path / "x.txt", "\n".join(lines))).names


def test_pictures_with_several_captions(tmp_path: Path):
    """Flickr8k numbers them behind the name of the picture."""
    for i in range(20):
        (tmp_path / f"{i}.jpg").touch()
    rows = "".join(f"{i}.jpg#{k}\t{SAID[i]} {k}\n" for i in range(20) for k in range(3))
    found = read(written(tmp_path / "captions.txt", rows))
    assert found.columns["column_1"] == [str(tmp_path / f"{i}.jpg") for i in range(20) for _ in range(3)]
    assert detect(found).task == "captioning"


def test_a_first_row_of_dates_and_codes_is_no_header(tmp_path: Path):
    """Plays of last.fm: times that others share, but not the first one."""
    rows = "".join(
        f"user_{u:06d}\t2021-01-01T00:{u % 2 + 2 * i:02d}:00Z\tsong {i % 7}\n" for u in range(9) for i in range(20)
    )
    first = "user_000000\t2020-12-31T23:59:00Z\tsong 9\n"
    assert len(read(written(tmp_path / "x.tsv", first + rows))) == 181


def test_numbers_of_customers_are_no_amounts():
    sessions = {"session": [*range(40)], "page": [RNG.choices("abc", k=3 + i % 5) for i in range(40)]}
    assert Table(sessions, has_header=True).profiles["session"].kind.name == "id"


@pytest.mark.parametrize(("step", "time"), [(33, "column_1"), (1, None)])
def test_whole_times_by_even_steps_are_those_of_a_recording(tmp_path: Path, step: int, time: str | None):
    """Milliseconds of the sensors of Opportunity; numbers of rows go up by 1."""
    times = [i * step + i % 2 * (step > 1) for i in range(150)]
    rows = "".join(f"{at} {RNG.gauss(0, 9):.3f} {RNG.gauss(0, 9):.3f}\n" for at in times)
    assert evenly_spaced(read(written(tmp_path / "x.dat", rows))) == time


def recording(runs: int) -> dict[str, list[float]]:
    """Three sensors without a column of times, and what goes on, which changes ``runs`` times but one."""
    values, columns = [0.0, 9.0, 4.0], {"a": [], "b": [], "c": [], "state": []}
    for i in range(600):
        state = i * runs // 600 % 2
        values = [0.97 * x + RNG.gauss(state, 0.3) for x in values]
        for name, value in zip(columns, [*values, state], strict=True):
            columns[name].append(value)
    return columns


@pytest.mark.parametrize("flags", [Wanted(output="state", task="tagging"), Wanted(alone=True)])
def test_a_recording_without_times_is_not_parted_at_random(flags: Wanted):
    """As of EEG beside open and closed eyes: rows drawn from between those learned from would tell too much."""
    table = Table(recording(runs=9), has_header=True)
    with pytest.raises(TaskError, match=r"--task tagging.*\n[^$]*pass --alone"):
        detect(table)
    assert (detect(table, **flags).sequences is None) == ("alone" in flags)


def test_a_table_sorted_by_classes_is_no_recording():
    assert detect(Table(recording(runs=2), has_header=True)).task == "classification"
