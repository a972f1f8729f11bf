from __future__ import annotations

import json
import math
import random
from collections import Counter
from pathlib import Path

import pytest

from conftest import shared_data
from elman.data.detect import Detection, detect, prepared
from elman.data.evidence import SUMMARIES
from elman.data.readers import from_python, read
from elman.data.table import Table
from elman.errors import DataFileError, TaskError
from elman.kinds.row import RowKind

TEXTS = [f"this is text number {i} of many" for i in range(40)]
LABELS = ["pos", "neg"] * 20
VECTORS = [[[t / 3, i / 7] for t in range(2 + i % 3)] for i in range(40)]
SENTENCES = [["a", "dog", "runs"], ["it", "sleeps"]] * 20
GESTURES = ",".join(f"{point}{axis}" for point in ("lh", "rh", "h", "s", "lw", "rw") for axis in "xyz")
EXCHANGE = ",".join(f"column_{i}" for i in range(1, 9))
TAGS = [["DET", "NOUN", "VERB"], ["PRON", "VERB"]] * 20


@pytest.mark.parametrize(
    ("files", "architecture", "task", "input", "output"),
    [
        ("sms_spam/SMSSpamCollection", "many-to-one", "classification", "text", "label"),
        ("sms_spam/train.csv", "many-to-one", "classification", "text", "label"),
        ("sms_spam/test.csv", "many-to-one", "classification", "text", "label"),
        ("sst2/train.tsv", "many-to-one", "classification", "text", "label"),
        ("surnames", "many-to-one", "classification", "text", "label"),
        ("ud_english_ewt/en_ewt-ud-dev.conllu", "many-to-many", "tagging", "form", "upos"),
        ("wnut17/wnut17train.conll", "many-to-many", "tagging", "token", "tag"),
        ("wnut17/emerging.test.annotated", "many-to-many", "tagging", "token", "tag"),
        ("cmudict/g2p_train.tsv", "encoder-decoder", "translation", "column_1", "column_2"),
        ("multi30k_en_de/val.en multi30k_en_de/val.de", "encoder-decoder", "translation", "en", "de"),
        ("tiny_shakespeare/input.txt", "many-to-many", "language-model", "text", None),
        ("wikitext2_small/wiki.valid.tokens", "many-to-many", "language-model", "text", None),
        ("japanese_vowels", "many-to-one", "classification", "sequence", "label"),
        ("gesture_phase", "many-to-many", "tagging", GESTURES, "phase"),
        ("timeseries/airline-passengers.csv", "many-to-one", "forecasting", "Passengers", None),
        ("timeseries/monthly-sunspots.csv", "many-to-one", "forecasting", "Sunspots", None),
        ("timeseries/daily-min-temperatures.csv", "many-to-one", "forecasting", "Temp", None),
        ("timeseries/ETTh1.csv", "many-to-one", "forecasting", "HUFL,HULL,MUFL,MULL,LUFL,LULL,OT", None),
        ("timeseries/exchange_rate.txt.gz", "many-to-one", "forecasting", EXCHANGE, None),
        ("gesture_phase/a1_raw.csv", "many-to-many", "tagging", GESTURES, "phase"),
        ("scitldr/dev.jsonl.gz", "encoder-decoder", "translation", "source", "target"),
    ],
)
def test_real_data_without_flags(files, architecture, task, input, output):
    base = shared_data(files.split("/")[0]).parent
    found = detect(read([base / name for name in files.split()]))
    assert (found.architecture, found.task, ",".join(found.inputs), found.output) == (architecture, task, input, output)
    assert found.evidence
    assert set(json.loads(json.dumps(found.to_json()))) == {
        "architecture",
        "task",
        "inputs",
        "output",
        "evidence",
        "runner_up",
        "sequences",
        "order",
        "spellings",
        "weekdays",
        "combined",
        "ahead",
        "group",
        "throughout",
        "input_kind",
        "input_kinds",
        "output_kind",
    }


def test_summaries_are_named_as_evidence():
    assert SUMMARIES in detect(read([shared_data("scitldr") / "dev.jsonl.gz"])).evidence
    assert SUMMARIES not in detect(read([shared_data("cmudict") / "g2p_valid.tsv"])).evidence


def test_runner_up_is_what_a_person_would_ask_about():
    tags = detect(read(shared_data("ud_english_ewt") / "en_ewt-ud-dev.conllu")).runner_up
    assert tags and "--output xpos" in tags["why"]
    names = detect(read(shared_data("surnames"))).runner_up
    assert names and (names["architecture"], names["task"]) == ("one-to-many", "generation")


@pytest.mark.parametrize(
    ("columns", "task", "input", "output"),
    [
        ({"a": TEXTS, "b": LABELS}, "classification", "a", "b"),
        ({"b": LABELS, "a": TEXTS}, "classification", "a", "b"),
        ({"id": list(range(40)), "text": TEXTS, "label": [0, 1] * 20}, "classification", "text", "label"),
        ({"text": TEXTS, "stars": [1, 2, 3, 4, 5] * 8}, "classification", "text", "stars"),
        ({"text": TEXTS, "price": [i * 1.5 for i in range(40)]}, "regression", "text", "price"),
        ({"text": TEXTS, "topics": [["a", "b"], ["c"], [], ["a"]] * 10}, "multilabel", "text", "topics"),
        ({"text": TEXTS, "topics": ["a;b", "c", "b;c", "a"] * 10}, "multilabel", "text", "topics"),
        ({"text": TEXTS, "topics": ["a", "b", "c", "a", "b, c"] * 8}, "multilabel", "text", "topics"),
        ({"text": TEXTS, "kinds": ["a|b|c", None, "b", "none", "a|c"] * 8}, "multilabel", "text", "kinds"),
        (
            {"text": TEXTS, "city": ["Paris, France", "Lyon, France", "Rome, Italy"] * 13 + [None]},
            "classification",
            "text",
            "city",
        ),
        ({"tokens": SENTENCES, "ner_tags": [[0, 1, 2], [0, 1]] * 20}, "tagging", "tokens", "ner_tags"),
        ({"words": SENTENCES, "x": TAGS}, "tagging", "words", "x"),
        ({"q": TEXTS, "a": TEXTS[::-1]}, "translation", "q", "a"),
        ({"x": VECTORS, "kind": LABELS}, "classification", "x", "kind"),
        ({"x": VECTORS, "amount": [i / 7 for i in range(40)]}, "regression", "x", "amount"),
        ({"x": VECTORS, "kinds": [["p", "q"], ["r"], ["q"], []] * 10}, "multilabel", "x", "kinds"),
        ({"x": [v[:2] for v in VECTORS], "y": [["p", "q"], ["q", "q"]] * 20}, "tagging", "x", "y"),
        ({"text": TEXTS, "embedding": [[0.5, i / 7] for i in range(40)], "y": LABELS}, "classification", "text", "y"),
        ({"target": TEXTS, "source": TEXTS[::-1]}, "translation", "source", "target"),
        (
            {"h": [i / 7 for i in range(40)], "w": [i / 3 for i in range(40)], "kind": LABELS},
            "classification",
            "h,w",
            "kind",
        ),
        ({"anything": TEXTS}, "language-model", "anything", None),
        ({"split": ["train", "test"] * 20, "t": TEXTS, "l": LABELS}, "classification", "t", "l"),
        ({"a": ["good film", "bad film", "nice"] * 3, "y": ["p", "n", "p"] * 3}, "classification", "a", "y"),
    ],
)
def test_made_up_columns(columns, task, input, output):
    found = detect(from_python(columns))
    assert (found.task, ",".join(found.inputs), found.output) == (task, input, output)


def test_joined_labels_are_several():
    some = ["red", "green", "blue", "old", "new", "big"]
    joined = [";".join(sorted({some[i % 6], some[i * 5 % 7 % 6], some[i * i % 6]})) for i in range(200)]
    texts = [f"text {i} is here" for i in range(200)]
    found = detect(from_python({"text": texts, "kinds": [f"{cell};n{i % 30}" for i, cell in enumerate(joined)]}))
    assert (found.task, found.output) == ("multilabel", "kinds")


@pytest.mark.parametrize(
    "columns",
    [
        {"a": TEXTS, "b": LABELS, "c": ["x", "y", "x", "z"] * 10},
        {"a": TEXTS, "b": TEXTS[::-1], "c": TEXTS[3:] + TEXTS[:3]},
        {"a": [i / 7 for i in range(40)], "b": [i / 3 for i in range(40)]},
    ],
)
def test_unsure_means_asking_with_flags_that_work(columns):
    table = from_python(columns)
    with pytest.raises(TaskError) as caught:
        detect(table)
    words = str(caught.value).split("for example\n")[1].split("   (")[0].split()
    flags = {flag: [value for own, value in batched(words) if own == flag] for flag in words[::2]}
    assert {"--input", "--output"} <= flags.keys() <= {"--task", "--input", "--output"}
    (output,), (task,) = flags["--output"], flags.get("--task", [None])
    found = detect(table, task=task, input=flags["--input"], output=output)
    assert (found.task if task else None, found.inputs, found.output) == (task, tuple(flags["--input"]), output)


def batched(words):
    return zip(words[::2], words[1::2], strict=True)


def test_flags_override():
    names = from_python({"name": [f"na{i}me" for i in range(40)], "style": LABELS})
    assert detect(names).task == "classification"
    backwards = detect(names, task="generation")
    assert (backwards.architecture, backwards.inputs, backwards.output) == ("one-to-many", ("style",), "name")
    assert detect(names, input="style", output="name").task == "generation"
    assert detect(names, task="language-model").inputs == ("name",)
    assert detect(names, output="style").inputs == ("name",)
    stars = from_python({"text": TEXTS, "stars": [1, 2, 3, 4] * 10})
    assert detect(stars, task="regression").architecture == "many-to-one"
    assert detect(from_python({"id": TEXTS, "label": LABELS}), input="id").inputs == ("id",)
    spaced = from_python({"w": ["a b", "c d e"] * 20, "t": ["X Y", "Z Z Z"] * 20, "u": TEXTS})
    with pytest.raises(TaskError, match="no columns fit --task tagging"):
        detect(spaced, task="tagging", input="u", output="t")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"task": "classify"}, "Did you mean classification"),
        ({"input": "txt"}, "did you mean 'text'"),
        ({"output": "lable"}, "did you mean 'label'"),
        ({"input": "text", "output": "text"}, "both --input and --output"),
        (
            {"input": ["text", "text"], "output": "label"},
            r"'text' is named twice \(--input\). Name each input column once",
        ),
        ({"task": "regression"}, "no columns fit --task regression"),
    ],
)
def test_wrong_flags(flags, message):
    with pytest.raises(TaskError, match=message):
        detect(from_python({"text": TEXTS, "label": LABELS}), **flags)


def test_one_class_only():
    with pytest.raises(TaskError, match=r"'pos' in every row.*another one"):
        detect(from_python({"text": TEXTS, "label": ["pos"] * 40}))
    with pytest.raises(TaskError, match="nothing to tell apart"):
        detect(from_python({"text": TEXTS, "x": ["pos"] * 40}), output="x")
    with pytest.raises(TaskError, match="no rows"):
        detect(from_python({"text": [], "label": []}))


def test_a_task_is_known_by_the_name_of_its_preset():
    lines = Table({"text": ["the cat sat", "the dog sat on the mat", "a cat"] * 20}, layout="text")
    assert detect(lines, task="next-word").task == "language-model"
    with pytest.raises(TaskError, match="Did you mean next-word"):
        detect(lines, task="next-wrd")


def test_lines_that_come_back_are_a_text_where_that_is_named():
    lines = Table({"text": ["Ali", "Bo", "Cem", "Di"] * 50}, layout="text")
    assert detect(lines, task="language-model").output is None


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["comment", "rude", "threat", "insult"], "3 columns of 0 and 1"),
        (["id", "comment", "a", "b", "c", "d", "e"], "5 columns of 0 and 1 (a, b, c, ...)"),
    ],
)
def test_columns_of_0_and_1_beside_a_text_are_labels(names, said):
    marks = {name: [int((i * (k + 3)) % 7 < 2) for i in range(140)] for k, name in enumerate(names)}
    given = {"id": list(range(140)), "comment": [f"this is comment {i} of many" for i in range(140)]}
    table = from_python({**marks, **{name: cells for name, cells in given.items() if name in names}})
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("multilabel", ("comment",), "labels")
    assert said in found.evidence[0]
    labels = [name for name in names if name not in given]
    expected = [[name for name in labels if table.columns[name][row]] for row in range(140)]
    assert prepared(table, found).columns["labels"] == expected
    bare = from_python({"comment": ["new"]})
    assert prepared(bare, found).columns == bare.columns
    assert detect(table, input="comment", output=labels[-1]).task == "classification"
    assert Detection.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_columns_of_which_one_is_1_in_each_row_are_a_label():
    table = from_python(
        {"text": TEXTS * 3, **{name: [int(i % 3 == k) for i in range(120)] for k, name in enumerate("pqr")}}
    )
    found = detect(table)
    assert (found.task, found.output) == ("classification", "label")
    assert prepared(table, found).columns["label"] == list("pqr") * 40


@pytest.mark.parametrize(
    "columns",
    [
        {
            "text": TEXTS,
            "has_link": [0, 1] * 20,
            "is_reply": [0, 0, 1, 1] * 10,
            "mobile": [1, 0, 0, 0] * 10,
            "label": LABELS,
        },
        {"text": TEXTS, "has_link": [0, 1] * 20, "is_reply": [0, 0, 1, 1] * 10},
        {"x": [i / 7 for i in range(40)], "a": [0, 1] * 20, "b": [0, 0, 1, 1] * 10, "c": [1, 0, 0, 0] * 10},
    ],
)
def test_flags_beside_a_label_or_numbers_are_no_labels(columns):
    table = from_python(columns)
    try:
        assert not detect(table).combined
    except TaskError as error:
        assert "--output" in str(error)


def test_a_value_in_some_rows_is_not_said_to_stand_in_every_row():
    found = detect(from_python({"text": TEXTS, "mark": ["seen", None, None, None] * 10, "label": LABELS}))
    assert "left out, column 'mark': 'seen' in 10 of 40 rows, and nothing in the others" in found.evidence


def test_two_columns_of_joined_labels_are_not_tags_of_each_other():
    joined = ["a;b", "b", "a;c", "c"] * 10 + ["a;b;c"] * 10
    columns = from_python({"text": [f"text {i} here" for i in range(50)], "kinds": joined, "topics": joined[::-1]})
    assert [found.kind.name for found in columns.profiles.values()] == ["text", "labels", "labels"]


def test_labels_are_tidied_where_that_is_asked_for():
    spelled = ["Good", "good", "good ", "good", "BAD", "bad", "bad", " bad"]
    table = from_python({"text": TEXTS, "label": spelled * 5})
    assert not detect(table).spellings
    found = detect(table, tidy_labels=True)
    assert found.spellings == {"good": "good", "bad": "bad"}
    assert "8 spellings of 2 labels" not in found.evidence[-1]
    assert "6 spellings of 2 labels" in found.evidence[-1]
    assert prepared(table, found).columns["label"] == (["good"] * 4 + ["bad"] * 4) * 5
    later = from_python({"text": ["x", "y", "z"], "label": [None, "GOOD", "new"]})
    assert prepared(later, found).columns["label"] == [None, "good", "new"]
    with pytest.raises(TaskError, match="--tidy-labels"):
        detect(from_python({"text": TEXTS, "price": [i / 7 for i in range(40)]}), tidy_labels=True)


WIDE = {
    f"V{t}": [round((i % 9) + t / 5 + (i * t % 4) / 9, 2) if t < 30 - i % 17 else None for i in range(40)]
    for t in range(1, 31)
}


def test_a_series_along_each_row():
    names = [f"Y{i}" for i in range(40)]
    table = from_python({"id": names, **WIDE})
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("forecasting", ("V1 to V30",), None)
    assert "each row is a series: its 30 numbers" in found.evidence[0]
    rows = prepared(table, found).columns["V1 to V30"]
    assert [len(row) for row in rows] == [29 - i % 17 for i in range(40)]
    longer = from_python({"id": ["a"], **{f"V{t}": [t] for t in range(1, 36)}})
    assert prepared(longer, found).columns["V1 to V30"] == [list(range(1, 36))]
    labelled = detect(from_python({"id": names, **WIDE, "label": LABELS}))
    assert (labelled.task, labelled.inputs, labelled.output) == ("classification", ("V1 to V30",), "label")


@pytest.mark.parametrize("who", [[f"p{i // 3:02d}" for i in range(40)], [f"New York {i // 3}" for i in range(40)]])
def test_a_series_beside_whom_it_is_of(who):
    """Names of one word, or ones that come again, say nothing that is to be learned from."""
    found = detect(from_python({"patient": who, **WIDE, "diagnosis": LABELS}))
    assert (found.task, found.inputs, found.output) == ("classification", ("V1 to V30",), "diagnosis")


def test_numbers_along_a_row_that_do_not_go_on_are_values():
    values = {f"f{k}": [(i * 7919 * (k + 3)) % 101 / 7 for i in range(40)] for k in range(20)}
    found = detect(from_python({**values, "kind": LABELS}))
    assert (found.task, len(found.inputs), found.combined) == ("classification", 20, [])
    whole = {name: [cell or 0.0 for cell in cells] for name, cells in WIDE.items()}
    assert detect(from_python({**whole, "label": LABELS}), alone=True).combined == []


def test_series_under_dates_beside_what_stays_the_same():
    days = {f"{1 + i // 28}/{1 + i % 28}/20": [k * 10 + i * i for k in range(40)] for i in range(60)}
    places = {"region": [f"{k * 7919 % 997} R" for k in range(40)], "lat": [k * 1.5 for k in range(40)]}
    table = from_python({**places, **days})
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("forecasting", ("1/1/20 to 3/4/20",), None)
    assert prepared(table, found).columns["1/1/20 to 3/4/20"][3] == [30 + i * i for i in range(60)]
    assert sum("the same throughout each sequence" in sentence for sentence in found.evidence) == 2


def test_the_class_after_many_numbers():
    numbers = {f"gene_{k * 7919 % 997}_{k}": [(i * 7919 * (k + 3)) % 101 / 7 for i in range(40)] for k in range(40)}
    counts = {f"count_{k * 31 % 7}_{k}": [(i * (k + 2)) % 7 for i in range(40)] for k in range(5)}
    found = detect(from_python({**numbers, **counts, "result": ["ill", "healthy"] * 20}))
    assert (found.task, len(found.inputs), found.output) == ("classification", 45, "result")
    assert not found.runner_up or "--input" not in found.runner_up["why"]


ROWS = 200
PEOPLE = {
    "age": [20 + i * 7 % 50 for i in range(ROWS)],
    "sex": [("f", "m")[i * i % 7 % 2] for i in range(ROWS)],
    "smoker": [("yes", "no")[i % 3 % 2] for i in range(ROWS)],
    "weight": [50.5 + 3.25 * (i * i % 101) for i in range(ROWS)],
}
AMOUNTS = [1000.5 + 37.25 * (i * i % 103) for i in range(ROWS)]
YES_NO = [i * i % 11 % 2 for i in range(ROWS)]


def test_where_it_asks_of_a_table_the_last_column_stands_first():
    people = {**PEOPLE, "children": [i * i % 7 for i in range(ROWS)]}
    with pytest.raises(TaskError, match=r"for example\n  --task classification .*--output children   .*\n.*--output"):
        detect(Table(people))


@pytest.mark.parametrize(
    ("columns", "task", "output"),
    [
        ({**PEOPLE, "charges": AMOUNTS}, "regression", "charges"),
        ({**PEOPLE, "anything": AMOUNTS}, "regression", "anything"),
        ({**PEOPLE, "anything": YES_NO}, "classification", "anything"),
        ({"SalePrice": AMOUNTS, **PEOPLE}, "regression", "SalePrice"),
        ({"Sale price": AMOUNTS, **PEOPLE, "anything": [a / 7 for a in AMOUNTS]}, "regression", "Sale price"),
        ({**PEOPLE, "isFraud": YES_NO, "z": AMOUNTS}, "classification", "isFraud"),
        ({"x": AMOUNTS, "y": [a / 3 for a in AMOUNTS], "z": [a / 9 for a in AMOUNTS], "what": YES_NO}, None, "what"),
        ({"Time": sorted(i * i * 7919 % 90001 for i in range(ROWS)), **PEOPLE, "Class": YES_NO}, None, "Class"),
    ],
)
def test_the_output_of_a_table_is_the_last_column_or_the_one_that_is_called_so(columns, task, output):
    found = detect(Table(columns))
    assert found.output == output and task in (None, found.task)
    assert len(found.inputs) == len(columns) - 1
    said = " ".join(found.evidence)
    assert f"named as usual: {output}" in said or f"the last column, {output!r}; for another one, pass --output" in said


@pytest.mark.parametrize(
    ("columns", "has_header"),
    [
        ({**PEOPLE, "math score": [i % 97 for i in range(ROWS)], "reading score": [i % 89 for i in range(ROWS)]}, True),
        ({"house_value": AMOUNTS, "age": PEOPLE["age"], "near": PEOPLE["sex"]}, True),
        ({"column_1": PEOPLE["sex"], "column_2": PEOPLE["age"], "column_3": AMOUNTS}, False),
        ({"column_1": YES_NO, "column_2": PEOPLE["age"], "column_3": AMOUNTS}, False),
        ({"column_1": PEOPLE["sex"], "column_2": PEOPLE["smoker"], "column_3": PEOPLE["sex"][::-1]}, False),
        ({name: [math.sin(i / 3 + k) + i * i * 7 % 11 / 7 for i in range(ROWS)] for k, name in enumerate("abc")}, True),
        ({"student": [i % 9 for i in range(ROWS)], "lesson": PEOPLE["sex"], "right": YES_NO}, True),
    ],
)
def test_where_two_columns_may_be_the_output_it_asks_with_a_flag_for_each(columns, has_header):
    with pytest.raises(TaskError, match=r"for example\n(.*--output (\S+|'.+')   .*\n){2}"):
        detect(Table(columns, has_header=has_header))


def test_names_of_things_are_categories_and_no_amounts():
    films = [30 + i * i % 50 for i in range(ROWS)]
    found = detect(Table({"filmId": films, "age": PEOPLE["age"], "minutes": AMOUNTS}))
    assert (found.output, found.columns) == ("minutes", {"filmId": "label", "age": "number"})
    kind = RowKind().reading(found.columns)
    kind.fit([*zip(films, PEOPLE["age"], strict=True)])
    assert (len(kind.numbers), len(kind.categories)) == (1, 1)


def test_texts_with_a_comma_each_are_no_labels():
    rng = random.Random(0)
    said = [f"{rng.choice('abcd')} great room, {rng.choice('efgh')} kind staff" for _ in range(200)]
    assert from_python({"text": said, "label": LABELS * 5}).profiles["text"].kind.name == "text"
    genres = [", ".join(rng.sample(["drama", "comedy", "war", "crime"], rng.randrange(1, 4))) for _ in range(200)]
    assert from_python({"text": said, "genres": genres}).profiles["genres"].kind.name == "labels"


def test_misspelled_labels_are_read_for_what_is_meant_where_that_is_asked_for():
    labels = ["positive"] * 98 + ["postive", "Positve"] + ["negative"] * 97 + ["engative", "negatvie", "Neg4tive"]
    table = from_python({"text": TEXTS * 5, "label": labels})
    found = detect(table, tidy_labels=True)
    assert "'postive' as 'positive'" in found.evidence[-1] and "engative" not in found.evidence[-1]
    assert Counter(prepared(table, found).columns["label"]) == {
        "positive": 100,
        "negative": 98,
        "engative": 1,
        "Neg4tive": 1,
    }


def test_what_is_read_as_a_table_is_detected_too(tmp_path: Path):
    """A path, rows in Python: whatever ``fit`` takes; and an object that is named stays whole."""
    path = tmp_path / "reviews.jsonl"
    rows = [{"text": f"a {('good', 'dull')[i % 2]} plot {i}", "about": {"kind": i % 2, "of": "x"}} for i in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for data in (path, str(path), [path], rows):
        assert detect(data, input="text", output="about.kind").task == "classification"
    with pytest.raises(DataFileError, match="nofile"):
        detect("nofile.csv")
