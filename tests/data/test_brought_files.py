"""Files in the forms in which people bring them: read right, or refused with a word that helps."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elman.data.combined import find_combined
from elman.data.detect import Wanted, detect
from elman.data.readers import read
from elman.data.readers.lexicon import is_lexicon
from elman.data.steps import evenly_spaced
from elman.data.table import Table
from elman.errors import DataFileError, TaskError
from sounds import save, tone

RNG = random.Random(11)
LABELS_IN_FRONT = [f"{i % 3} a fine room {i}" for i in range(40)]
TYPED = [f"{('NUM:date', 'LOC:city')[i % 2]} where was it {i} ?" for i in range(40)]
LABELS_BEHIND = [f"a fine room {i}@{'pn'[i % 2]}" for i in range(40)]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize("place", [0, 17, 40])
@pytest.mark.parametrize("lines", [LABELS_IN_FRONT, TYPED, LABELS_BEHIND])
def test_a_line_without_a_label_among_few_that_have_one_is_named(tmp_path: Path, lines: list[str], place: int):
    path = written(tmp_path / "x.txt", "\n".join([*lines[:place], "what a room", *lines[place:]]))
    with pytest.raises(DataFileError, match=rf"x\.txt:{place + 1}: has no label.*--skip-bad"):
        read(path)
    assert len(read(path, skip_bad=True)) == 40


@pytest.mark.parametrize("count", [10, 12])
def test_of_ten_lines_one_may_lack_a_label(tmp_path: Path, count: int):
    path = written(tmp_path / "x.txt", "\n".join([*LABELS_BEHIND[:count], "what a room"]))
    with pytest.raises(DataFileError, match=rf":{count + 1}: has no label"):
        read(path)


@pytest.mark.parametrize("strays", [4, 40])
def test_texts_of_which_many_have_no_label_stay_texts(tmp_path: Path, strays: int):
    lines = [*LABELS_BEHIND, *(f"what a room {i}" for i in range(strays))]
    assert read(written(tmp_path / "x.txt", "\n".join(lines))).names == ["text"]


def test_a_text_may_begin_with_a_number_that_is_no_label(tmp_path: Path):
    found = read(written(tmp_path / "x.txt", "\n".join([*LABELS_IN_FRONT, "12 rooms were fine"])))
    assert found.columns["label"].count("12") == 1


def test_a_line_of_nothing_but_a_remark_is_no_pronunciation():
    assert not is_lexicon([" # of rooms", *(f"room{i}  R UW M" for i in range(5))])


@pytest.mark.parametrize("missing", ["?", "NA"])
def test_signs_for_missing_numbers_with_blanks_between(tmp_path: Path, missing: str):
    """As UCI's horse-colic.data is written."""
    rows = [[str(i % 2), *[missing if (i + k) % 3 else str(i + k) for k in range(7)]] for i in range(60)]
    found = read(written(tmp_path / "x.data", "".join(" ".join(row) + " \n" for row in rows)))
    assert len(found.names) == 8 and found.columns["column_2"][:4] == [0, None, None, 3]


def wave(kind: int, steps: int) -> list[float]:
    return [round(math.sin((1 + kind) * i / 9) + RNG.gauss(0, 0.02), 4) for i in range(steps)]


def test_a_series_without_names_before_its_class(tmp_path: Path):
    """UCI's sonar: the class is no step, though its column is called as those of the steps are."""
    lines = [",".join(map(str, wave(i % 2, 30))) + f",{'MR'[i % 2]}" for i in range(40)]
    found = detect(table := read(written(tmp_path / "x.csv", "\n".join(lines))))
    assert (found.task, found.inputs, found.output) == ("classification", ("column_1 to column_30",), "column_31")
    (series,) = found.combined
    for given in (table, table.about(columns=dict(list(table.columns.items())[:30]))):
        assert {len(cells) for cells in series.add_to(given).columns[series.name]} == {30}


def test_numbers_of_which_a_few_are_missing_are_no_series():
    """Wisconsin's breast cancer: whole numbers, one of them missing in a few rows."""
    columns = {f"column_{i}": [RNG.randint(1, 10) for _ in range(90)] for i in range(1, 12)}
    columns["column_6"][5] = columns["column_6"][50] = None  # type: ignore[call-overload]
    columns["column_12"] = [2, 4, 2] * 30
    assert find_combined(Table(columns, has_header=False), [], None, None, alone=False) is None


def test_series_filled_up_with_zeros_before_their_class():
    """MIT-BIH's heart beats as a table: the class is no step of them."""
    rows = [[*wave(i % 3, 20 + i % 9), *[0.0] * (60 - i % 9), float(i % 3)] for i in range(60)]
    columns = {f"column_{i}": list(cells) for i, cells in enumerate(zip(*rows, strict=True), 1)}
    found = detect(Table(columns, has_header=False))
    assert (found.task, found.output) == ("classification", "column_81")


@pytest.mark.parametrize("name", ["subject{}.dat", "2004.02.12.1{}.32.39"])
def test_a_folder_of_recordings_is_no_folder_of_classes(tmp_path: Path, name: str):
    """PAMAP2's subjects and the bearings of IMS: text of nothing but numbers, a file for each recording."""
    for k in range(3):
        rows = [f"{8.38 + i / 100:.2f} {i // 40 % 3} {'NaN' if i % 9 else i} {RNG.gauss(0, 1):.4f}" for i in range(200)]
        written(tmp_path / name.format(k), "\n".join(rows) + "\n")
    found = detect(table := read(tmp_path))
    assert (table.layout, [count for _, count in table.files]) == ("sequences", [200] * 3)
    assert evenly_spaced(table) == "column_1"
    assert (found.task, found.output, found.order, found.sequences) == ("tagging", "column_2", "column_1", "")


def test_times_of_several_files_that_are_not_even_in_one_are_none(tmp_path: Path):
    for k in range(2):
        rows = [f"{i / 8 + (i > 70) * k},{RNG.gauss(0, 1):.4f}" for i in range(120)]
        written(tmp_path / f"r{k}.dat", "\n".join(rows))
    assert evenly_spaced(read(tmp_path)) is None


def test_a_sensor_that_counts_up_slowly_is_no_state():
    """One of the sensors of NASA's turbofans holds a few whole numbers."""
    rows = [(engine, i, RNG.gauss(0, 1), 392 + i // 40) for engine in range(1, 9) for i in range(1, 121)]
    columns = {f"column_{i}": list(cells) for i, cells in enumerate(zip(*rows, strict=True), 1)}
    with pytest.raises(TaskError, match=r"--task forecasting.*\n.*--task tagging.* --output column_4"):
        detect(Table(columns, has_header=False))


def test_a_word_behind_the_last_rows_of_a_weather_station(tmp_path: Path):
    rows = [
        f"   {1900 + i // 12}  {i % 12 + 1:2d}  {i + 0.5:6.1f}{'*' * (i % 7 == 0)}    ---  {i / 4}" for i in range(120)
    ]
    above = "Oxford\nLat 51.761 Lon -1.262\n   yyyy  mm   tmax   rain  sun\n              degC     mm hours\n"
    text = above + "\n".join([*rows[:-3], *(f"{row}  Provisional" for row in rows[-3:])])
    found = read(written(tmp_path / "x.txt", text))
    assert found.columns["tmax"][-2:] == [118.5, 119.5] and found.columns["sun"][-1] == 119 / 4
    assert "'Provisional' behind the last cells of some lines left out" in " ".join(found.notes)


@pytest.mark.parametrize("sign", [" ", ",", ";", "\t", "|"])
@pytest.mark.parametrize("place", [30, 60])
@pytest.mark.parametrize("odd", ["7{0}8{0}9{0}9", "7{0}8"])
def test_a_row_of_another_width_among_few_is_named(tmp_path: Path, sign: str, place: int, odd: str):
    rows = [sign.join([str(i), str(i / 8), f"{RNG.gauss(0, 1):.3f}"]) for i in range(60)]
    rows.insert(place, odd.format(sign))
    with pytest.raises(DataFileError, match=rf"x\.dat:{place + 1}: has . cells, but line 1 has 3"):
        read(written(tmp_path / "x.dat", "\n".join(rows)))


@pytest.mark.parametrize("prices", [[9.99, 7.99], [9, 10, 11]])
def test_prices_at_dates_are_forecast_and_no_classes(prices: list[float]):
    """Few prices, and promotions that are known ahead."""
    days = [f"2023-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(330)]
    columns = {"date": days, "sales": [100 + RNG.gauss(0, 9) for _ in days]}
    columns |= {"price": [RNG.choice(prices) for _ in days], "promo": [int(RNG.random() < 0.2) for _ in days]}
    found = detect(Table(columns, has_header=True))
    assert (found.task, found.output, found.inputs) == ("forecasting", None, ("sales", "price", "promo"))


def test_orders_with_several_dates_stand_for_themselves():
    """Olist's: when they were bought, approved and delivered; no series of their states."""
    bought = [1_500_000_000 + RNG.randrange(3 * 10**7) for _ in range(90)]
    dated = [[datetime.fromtimestamp(at + days * 86_400, UTC).isoformat(" ") for at in bought] for days in (0, 9)]
    status = ["delivered", "shipped", "canceled"] * 30
    found = detect(Table({"order_status": status, "bought": dated[0], "delivered": dated[1]}, has_header=True))
    assert (found.task, found.output, found.sequences) == ("classification", "order_status", None)


def hours(count: int) -> list[str]:
    return [f"2012-10-{1 + i // 24:02d} {i % 24:02d}:00" for i in range(count)]


def test_hours_that_come_again_are_named_and_no_sequences_of_clouds():
    """Traffic of a motorway, beside its weather: what happens to tell the hours apart names no sequences."""
    times = hours(400)
    times[50:50], times[200:200] = times[49:50], times[199:200]
    clouds = RNG.sample([i % 100 for i in range(402)], 402)
    columns = {"clouds": clouds, "at": times, "cars": [RNG.randrange(7000) for _ in times]}
    with pytest.raises(TaskError, match=r"row 51: the time '2012-10-03 01:00' comes again"):
        detect(Table(columns, has_header=True))


def test_years_that_stand_one_after_another_the_latest_first_are_sorted():
    """PJM's load: whole blocks of hours, in another order; but an hour twice is named."""
    times = hours(480)
    times = times[320:] + times[:160] + times[160:320]
    load = [30 + RNG.gauss(0, 1) for _ in times]
    found = detect(Table({"at": times, "load": load}, has_header=True))
    assert (found.task, found.order, found.sequences) == ("forecasting", "at", "")
    assert "by which they are sorted first" in found.evidence[0]
    times[300] = times[299]
    with pytest.raises(TaskError, match=r"comes again|stands after"):
        detect(Table({"at": times, "load": load}, has_header=True))


def test_quotes_around_all_cells_say_where_these_end(tmp_path: Path):
    """AG's news: a semicolon in each text parts lines alike, too, but not between quotes."""
    rows = [f'"{i % 4 + 1}","a fine room, no {i}","what; a {RNG.random()} room"' for i in range(60)]
    assert read(written(tmp_path / "x.csv", "\n".join(rows))).names == ["column_1", "column_2", "column_3"]


def test_places_in_a_text_are_no_pictures_that_are_not_there(tmp_path: Path):
    """SNLI's captions are numbered as Flickr's are; its pictures are another set."""
    rows = [{"captionID": f"{i}.jpg#{i % 5}", "one": f"a man {i} sings", "gold_label": "abc"[i % 3]} for i in range(60)]
    found = detect(read(written(tmp_path / "x.jsonl", "\n".join(map(json.dumps, rows)))))
    assert (found.inputs, found.output) == (("one",), "gold_label")


def test_letters_among_the_numbers_of_bills_are_no_strays(tmp_path: Path):
    rows = [f"{'C' * (i == 60)}{536365 + i},{RNG.choice('abcd')},{i % 7 + RNG.random():.2f}" for i in range(90)]
    found = read(written(tmp_path / "x.csv", "\n".join(["InvoiceNo,Shelf,Price", *rows])))
    detect(found)
    assert found.columns["InvoiceNo"][60] == "C536425"
    renamed = written(tmp_path / "y.csv", "\n".join(["Weight,Shelf,Price", *rows]))
    with pytest.raises(DataFileError, match=r"y\.csv:62: holds 'C536425' where column 'Weight' has numbers"):
        detect(read(renamed))


def lessons(people: int = 12) -> dict[str, list[object]]:
    """In the order of what was learned, as ASSISTments' are sorted."""
    rows = [
        (number, number % people, RNG.randrange(50), RNG.randrange(2), f"skill {number * 7 % 5}")
        for number in range(1000, 1600)
    ]
    rows.sort(key=lambda row: row[-1])
    names = ("order_id", "user_id", "problem_id", "correct", "skill")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def test_of_lessons_it_is_asked_whether_the_next_one_is_right():
    table = Table(lessons(), has_header=True)
    with pytest.raises(TaskError, match=r"'user_id' did \(.*--alone\).*for example\n  --next correct .*'user_id'"):
        detect(table)
    found = detect(table, next="correct")
    assert (found.sequences, found.order, "order_id" in found.inputs) == ("user_id", "order_id", False)
    assert "sorted first" in found.evidence[0]
    assert detect(table, alone=True).output == "correct"


def baskets() -> dict[str, list[object]]:
    """Several things bought at once; a time for each basket."""
    names = ("InvoiceNo", "StockCode", "Bought", "Price", "CustomerID", "Country")
    goods = [f"{20000 + i}{'AB'[i % 2]}" for i in range(40)]
    rows: list[tuple[object, ...]] = []
    for basket in range(150):
        at = f"2011-01-{1 + basket // 6:02d} {10 + basket % 6}:{RNG.randrange(10, 60)}"
        customer = 17000 + RNG.randrange(15)
        rows += [
            (f"C{500 + basket}", RNG.choice(goods), at, RNG.random(), customer, "UK") for _ in range(1 + basket % 7)
        ]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def test_of_baskets_it_is_asked_what_a_customer_buys_next():
    table = Table(baskets(), has_header=True)
    with pytest.raises(TaskError, match=r"'CustomerID' did .*for example\n  --next StockCode .*'CustomerID'"):
        detect(table)
    found = detect(table, next="StockCode")
    assert (found.sequences, found.order) == ("CustomerID", "Bought")


def test_rows_of_nobody_are_named_where_they_would_be_the_steps_of_one_customer():
    columns = baskets()
    columns["CustomerID"][7] = columns["CustomerID"][9] = None
    with pytest.raises(TaskError, match=r"row 8: column 'CustomerID', .* is empty here, as in 2 rows"):
        detect(Table(columns, has_header=True), next="StockCode")


def test_a_question_shows_several_outputs_and_not_one_in_several_ways():
    """LIAR's statements: which of the names is to be learned isn't plain."""
    texts = [f"the room {i} was fine and quiet" for i in range(60)]
    columns = {"one": texts, "two": texts[::-1], "a": ["x", "y"] * 30, "b": ["p", "q", "r"] * 20}
    with pytest.raises(TaskError) as asked:
        detect(Table(columns, has_header=False))
    shown = [line.split("   (")[1] for line in str(asked.value).splitlines() if line.startswith("  -")]
    assert {"a", "b"} <= {line.split(" -> ")[1].split(":")[0] for line in shown}


def in_degrees(value: float, letters: str, form: str) -> str:
    """As people write a place, to a second of arc."""
    seconds = round(abs(value) * 3600)
    degrees, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return form.format(degrees, minutes, rest, letters[value < 0], minutes + rest / 60, seconds / 3600)


@pytest.mark.parametrize(
    "form",
    [
        "{0}°{1:02d}'{2:02d}\"{3}",
        "{0}° {1}′ {2}″ {3}",
        "{3}{0}°{1}'{2}''",
        "{0}°{4:.4f}'{3}",
        "{5:.6f}{3}",
        "{5:.6f}° {3}",
    ],
)
def test_places_in_degrees_and_minutes_are_numbers(tmp_path: Path, form: str):
    places = [(RNG.uniform(-89, 89), RNG.uniform(-179, 179)) for _ in range(60)]
    rows = [
        f"{in_degrees(lat, 'NS', form)}\t{in_degrees(lon, 'EW', form)}\t{i % 7}" for i, (lat, lon) in enumerate(places)
    ]
    found = read(written(tmp_path / "x.tsv", "\n".join(["lat\tlon\tn", *rows])))
    for name, wanted in zip(("lat", "lon"), zip(*places, strict=True), strict=True):
        assert found.columns[name] == pytest.approx(wanted, abs=1 / 3600)
        assert f"column {name!r}: places" in " ".join(found.notes)


@pytest.mark.parametrize(
    "cells", [["5 W", "7 W"], ["5'11\"", "6'02\""], ["12°61'N", "12°10'S"], ["5N", "7W"], ["370°1'N"] * 2]
)
def test_what_is_no_place_is_not_read_as_one(tmp_path: Path, cells: list[str]):
    found = read(written(tmp_path / "x.tsv", "a\tn\n" + "".join(f"{cells[i % 2]}\t{i}\n" for i in range(40))))
    assert "degrees" not in " ".join(found.notes) and found.columns["a"][0] in (cells[0], 5, 71)  # 5'11" are inches


@pytest.mark.parametrize("lines", [True, False])
def test_sentences_whose_words_stand_beside_their_tags(tmp_path: Path, lines: bool):
    """NLTK's form, as JSON has it; a sentence of two words is no row of a text and its label."""
    pairs = [[[f"word{k}", ("O", "B-PER")[k % 2]] for k in range(1 + i % 6)] for i in range(60)]
    text = "\n".join(map(json.dumps, pairs)) if lines else json.dumps(pairs)
    found = read(written(tmp_path / ("x.jsonl" if lines else "x.json"), text))
    assert found.columns["tag"][5] == ["O", "B-PER"] * 3 and detect(found).task == "tagging"


PUBTATOR = (
    "7{0}|t|Aspirin helps\n7{0}|a|Pain of the head goes.\n"
    "7{0}\t0\t7\tAspirin\tChemical\tD001241\n7{0}\t14\t18\tPain\tDisease\tD1\n\n"
)
COCO = {
    "images": [{"id": i, "file_name": f"{i:012d}.jpg", "height": 427} for i in range(4)],
    "annotations": [{"image_id": 3 - i, "id": i, "caption": f"a man {i}"} for i in range(4)],
}


def run_what_it_says(path: Path) -> None:
    """The command in the error, in the folder of the file."""
    with pytest.raises(DataFileError) as error:
        read(path)
    said = str(error.value).partition("python -c ")[2]
    command, _, target = said.rpartition('"')[0].lstrip('"'), "", said.rpartition("> ")[2]
    done = subprocess.run([sys.executable, "-c", command], cwd=path.parent, capture_output=True, check=True, text=True)
    if "> " in said.rpartition('"')[2]:
        Path(target.strip().rstrip(".")).write_text(done.stdout)


def test_a_file_of_pubtator_is_refused_with_what_converts_it(tmp_path: Path):
    run_what_it_says(written(tmp_path / "x.txt", "".join(PUBTATOR.format(i) for i in range(20))))
    found = read(tmp_path / "x.jsonl")
    assert found.columns["tags"][0][:3] == ["B-Chemical", "O", "B-Disease"] and len(found) == 20


def test_captions_of_coco_are_refused_with_what_puts_them_beside_their_pictures(tmp_path: Path):
    pytest.importorskip("pandas")
    run_what_it_says(written(tmp_path / "captions.json", json.dumps(COCO)))
    found = read(tmp_path / "captions.csv")
    assert found.columns["file_name"][0] == f"{3:012d}.jpg" and found.columns["caption"] == [
        f"a man {i}" for i in range(4)
    ]


@pytest.mark.parametrize("deep", [False, True])
def test_recordings_and_their_table_in_folders_beside_each_other(tmp_path: Path, deep: bool):
    """ESC-50 and UrbanSound8K."""
    rows = ["file_name,class,fold"]
    for i in range(24):
        folder = tmp_path / "audio" / (f"fold{i % 3}" if deep else "")
        folder.mkdir(parents=True, exist_ok=True)
        save(tone(300, 0.01), folder / f"{i}-a.wav")
        rows.append(f"{i}-a.wav,{'abc'[i % 3]},{i % 5}")
    (tmp_path / "metadata").mkdir()
    written(tmp_path / "metadata" / "about.csv", "\n".join(rows))
    found = read(tmp_path)
    assert all(Path(str(cell)).is_file() for cell in found.columns["file_name"])
    assert (detect(found).inputs, detect(found).output) == (("file_name",), "class")


@pytest.mark.parametrize(("count", "notes"), [(3, 3), (4, 1), (60, 1)])
def test_what_is_said_of_many_files_is_said_once(tmp_path: Path, count: int, notes: int):
    for label in "ab":
        (tmp_path / label).mkdir()
    for i in range(count):
        (tmp_path / "ab"[i % 2] / f"{i:02d}").write_bytes("ein schöner Tag für die Straße\n".encode("latin-1"))
    said = [note for note in read(tmp_path).notes if "not valid UTF-8" in note]
    assert len(said) == notes and (count < 4 or f"and {count - 3} more: not valid" in said[0])


def test_names_of_who_wrote_texts_are_left_out_though_some_wrote_twice():
    """Sentiment140's tweets."""
    columns = {"who": [f"user{i % 80}" for i in range(120)], "mood": ["good", "bad", "mixed"] * 40}
    columns["likes"] = [f"{i * 7919 % 900}.5" for i in range(120)]
    columns["said"] = [f"the room {i} was fine and quiet" for i in range(120)]
    found = detect(Table({**columns, "likes": [*map(float, columns["likes"])]}, has_header=True))
    assert found.inputs == ("said", "likes") and any(
        "names the rows, or whose they are" in said for said in found.evidence
    )


@pytest.mark.parametrize("name", ["unsup", "Unlabelled"])
def test_texts_without_labels_beside_classes_are_no_class(tmp_path: Path, name: str):
    """IMDB's reviews, of which half of the training part are there to learn to read from."""
    for label in ("neg", "pos", name):
        (tmp_path / label).mkdir()
        for i in range(9):
            written(tmp_path / label / f"{i}.txt", f"the room {i} was fine\n")
    found = read(tmp_path)
    assert {*found.columns["label"]} == {"neg", "pos"} and len(found) == 18
    assert any(f"what {name} of {tmp_path.name} holds has no labels; left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"next": "text"}, "next-label can't learn that. What comes next in texts is learned by --task language-model"),
        ({"task": "forecasting"}, "can't tell what to learn: no columns fit --task forecasting"),
    ],
)
def test_what_a_text_cannot_be_asked_is_said_with_what_it_can(tmp_path: Path, asked: Wanted, said: str):
    lines = [f"the room {i} was {RNG.choice(('fine', 'cold'))} and {i * 7} paces long" for i in range(90)]
    with pytest.raises(TaskError, match=said):
        detect(read(written(tmp_path / "x.txt", "\n".join(lines))), **asked)


@pytest.mark.parametrize(
    "names",
    [
        ["customer", "time", "product", "amount", "channel"],
        ["event.user.id", "ts", "itemid", "value", "kind"],
        ["Kundennummer", "Datum", "Artikel", "Menge", "Kanal"],
    ],
)
def test_how_something_was_bought_is_not_learned_from_its_amounts_alone(tmp_path: Path, names: list[str]):
    """What was bought says more of the channel than how much of it; and what comes next is the likelier question."""
    chance, rows = random.Random(5), list[list[object]]()
    for customer in range(40):
        day, channel = datetime(2022, 1, 1) + timedelta(hours=chance.randint(0, 900)), chance.choice(["web", "shop"])
        for _ in range(chance.randint(6, 20)):
            day += timedelta(hours=chance.randint(1, 300))
            channel = channel if chance.random() < 0.8 else chance.choice(["web", "shop", "app"])
            bought = f"A{chance.randint(0, 39)}"
            rows.append([f"C{customer:03d}", day.isoformat(" "), bought, chance.randint(1, 5) / 2, channel])
    (path := tmp_path / "a.csv").write_text("\n".join(",".join(map(str, row)) for row in [names, *rows]))
    with pytest.raises(TaskError, match=f"--next {names[2]}"):
        detect(read(path))
