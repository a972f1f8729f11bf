from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import conllu
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import shared_data
from elman.data import readers
from elman.data.readers import as_table, from_python, read, stream
from elman.errors import DataFileError, TaskError


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# Real files: rows as their README files say, which were counted by others.


@pytest.mark.parametrize(
    ("folder", "files", "rows", "names", "header"),
    [
        ("sms_spam", "SMSSpamCollection", 5574, ["label", "text"], False),
        ("sms_spam", "train.csv", 4459, ["text", "label"], True),
        ("sms_spam", "test.csv", 1115, ["text", "label"], True),
        ("sst2", "train.tsv", 6920, ["text", "label"], False),
        ("sst2", "dev.tsv", 872, ["text", "label"], False),
        ("sst2", "train.tsv dev.tsv", 7792, ["text", "label"], False),
        ("cmudict", "g2p_train.tsv", 30_000, ["column_1", "column_2"], False),
        ("wnut17", "wnut17train.conll", 3394, ["token", "tag"], False),
        ("wnut17", "emerging.dev.conll", 1009, ["token", "tag"], False),
        ("wnut17", "emerging.test.annotated", 1287, ["token", "tag"], False),
        ("multi30k_en_de", "train.en train.de", 29_000, ["en", "de"], False),
        ("multi30k_en_de", "train.en train.de val.en val.de", 30_014, ["en", "de"], False),
        ("tiny_shakespeare", "input.txt", 40_000, ["text"], False),
        ("wikitext2_small", "wiki.valid.tokens wiki.test.tokens", 8118, ["text"], False),
        ("scitldr", "train.jsonl.gz dev.jsonl.gz", 2611, None, True),
        ("surnames", "", 20_050, ["text", "label"], False),
    ],
)
def test_real_files(folder, files, rows, names, header):
    base = shared_data(folder)
    table = read([base / name for name in files.split()] or [base])
    assert (len(table), table.has_header) == (rows, header)
    assert names is None or table.names == names


def test_real_labels_and_types():
    spam = read(shared_data("sms_spam") / "SMSSpamCollection").columns
    assert (spam["label"].count("ham"), spam["label"].count("spam")) == (4827, 747)
    assert set(read(shared_data("sst2") / "dev.tsv").columns["label"]) == {0, 1}
    assert len(set(read(shared_data("surnames")).columns["label"])) == 18
    first = read(shared_data("scitldr") / "train.jsonl.gz").columns["source"][0]
    assert isinstance(first, list) and first[0].startswith("Due to the success")


def test_running_text_keeps_every_character():
    path = shared_data("tiny_shakespeare") / "input.txt"
    assert "\n".join(read(path).columns["text"]) + "\n" == path.read_text(encoding="utf-8")


def test_conllu_against_the_conllu_package():
    path = shared_data("ud_english_ewt") / "en_ewt-ud-dev.conllu"
    table = read(path)
    sentences = conllu.parse(path.read_text(encoding="utf-8"))
    words = [[token for token in sentence if isinstance(token["id"], int)] for sentence in sentences]
    assert table.columns["form"] == [[token["form"] for token in sentence] for sentence in words]
    assert table.columns["upos"] == [[token["upos"] for token in sentence] for sentence in words]
    assert sum(map(len, words)) == 25_147


def test_conllu_train_has_hash_as_a_word():
    table = read(shared_data("ud_english_ewt") / "en_ewt-ud-train.conllu.gz")
    assert (len(table), sum(map(len, table.columns["form"]))) == (12_544, 204_577)
    assert sum(form.count("#") for form in table.columns["form"]) == 37


# CSV and TSV

# Line ends inside a cell come back as LF, so cells hold no CR; controls and NUL make a file binary.
characters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n",;\t')
cell_text = st.text(characters, max_size=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(cell_text, cell_text, st.integers(-(10**6), 10**6)), min_size=2, max_size=8))
def test_csv_that_the_csv_module_wrote_comes_back(tmp_path, rows):
    path = tmp_path / "round.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(["text", "other", "n"])
        writer.writerows(rows)
    table = read(path)
    assert table.columns["n"] == [n for _, _, n in rows]
    for name, position in (("text", 0), ("other", 1)):
        expected = [row[position] for row in rows]
        for found, cell in zip(table.columns[name], expected, strict=True):
            assert found is None if not cell.strip() else str(found) == cell or float(found) == float(cell)


@pytest.mark.parametrize(
    "content",
    [
        "text,label\nhello there,1\ngood bye,0\n",
        "text,label\r\nhello there,1\r\ngood bye,0",
        "\ufefftext,label\nhello there,1\n\ngood bye,0\n\n",
        '"text","label"\n"hello there","1"\n"good bye","0"\n',
        "text;label\nhello there;1\ngood bye;0\n",
        "text, label\nhello there, 1\ngood bye, 0\n",
    ],
    ids=["plain", "crlf", "bom and blank lines", "all quoted", "semicolons", "blank after comma"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_csv_in_its_many_forms(tmp_path, content, encoding):
    if encoding == "utf-16":  # which brings its own mark
        content = content.removeprefix("\ufeff")
    table = read(written(tmp_path, "a.csv", content.encode(encoding)))
    assert table.columns == {"text": ["hello there", "good bye"], "label": [1, 0]}
    assert table.has_header


def test_cells_with_line_ends_commas_and_quotes(tmp_path):
    content = 'text,label\n"two\r\nlines, and ""quotes""",a\nplain "inner" quote,b\n'
    assert read(written(tmp_path, "a.csv", content)).columns["text"] == [
        'two\nlines, and "quotes"',
        'plain "inner" quote',
    ]


def test_unbalanced_quotes_in_tsv_swallow_no_rows(tmp_path):
    # Quoted reading would be consistent as well, and two rows short.
    content = 'ham\t"so it begins\nham\tmiddle\nspam\tit ends"\nham\tmore\n'
    table = read(written(tmp_path, "a.tsv", content))
    assert len(table) == 4 and table.columns["text"][0] == '"so it begins'


def test_numbers_missing_cells_and_codes(tmp_path):
    content = "a,b,c,d\n1,1.5,007,NA\n,NA,010,x\n3,2e3,100,y\n"
    table = read(written(tmp_path, "a.csv", content))
    assert table.columns == {
        "a": [1, None, 3],
        "b": [1.5, None, 2000.0],
        "c": ["007", "010", "100"],  # leading zeros: codes
        "d": ["NA", "x", "y"],  # a word, among words
    }
    assert "1 row with missing cells" in table.notes


def test_latin_1_is_read_and_said(tmp_path):
    table = read(written(tmp_path, "a.csv", "text,label\ncafé au lait,1\nnaïf,0\n".encode("latin-1")))
    assert table.columns["text"] == ["café au lait", "naïf"]
    assert any("Latin-1" in note for note in table.notes)
    curly = read(written(tmp_path, "b.csv", "text,label\nit’s,1\nno,0\n".encode("cp1252")))
    assert curly.columns["text"][0] == "it’s"


def test_one_damaged_byte_does_not_spoil_the_accents(tmp_path):
    content = "text,label\nété à la plage,1\n".encode() + b"bro\xffken,0\n"
    table = read(written(tmp_path, "a.csv", content))
    assert table.columns["text"] == ["été à la plage", "bro\ufffdken"]
    assert any("1 byte can't be read as UTF-8" in note for note in table.notes)


def test_a_cell_of_ten_megabytes(tmp_path):
    path = written(tmp_path, "a.csv", 'text,label\n"' + "long " * 2_000_000 + '",a\nshort,b\n')
    assert len(read(path).columns["text"][0]) == 10_000_000


def test_files_with_columns_in_another_order_are_joined(tmp_path):
    first = written(tmp_path, "a.csv", "text,label\nhello,1\n")
    second = written(tmp_path, "b.csv", "label,text\n0,bye\n")
    assert read([first, second]).columns == {"text": ["hello", "bye"], "label": [1, 0]}
    with pytest.raises(DataFileError, match="other columns"):
        read([first, written(tmp_path, "c.csv", "text,other\nhello,1\n")])


def test_unusual_headers(tmp_path):
    table = read(written(tmp_path, "a.csv", ",text,text\n0,hello,x\n1,bye,y\n"))
    assert table.names == ["column_1", "text", "text_2"]
    german = "satz\tklasse\n" + "".join(f"das ist satz nummer {i}\t{'ab'[i % 2]}\n" for i in range(12))
    assert read(written(tmp_path, "a.tsv", german)).names == ["satz", "klasse"]
    assert read(written(tmp_path, "one.csv", "hello there\ngood bye\n")).columns == {
        "column_1": ["hello there", "good bye"]
    }
    no_header = "".join(f"word{i}\tW O R D {i % 7} X{i}\n" for i in range(30))
    assert read(written(tmp_path, "b.tsv", no_header)).names == ["column_1", "column_2"]


# JSON lines, Parquet, Python


def test_jsonl_with_lists_missing_keys_and_half_characters(tmp_path):
    lines = ['{"text": "a", "tags": ["x", "y"]}', "", '{"text": "b\\ud800", "n": NaN}', '{"meta": {"k": 1}}']
    table = read(written(tmp_path, "a.jsonl", "\n".join(lines)))
    assert table.columns["text"] == ["a", "b\ufffd", None]
    assert table.columns["tags"] == [["x", "y"], None, None]
    assert table.columns["n"] == [None, None, None]
    assert table.columns["meta.k"] == [None, None, 1]
    array = read(written(tmp_path, "a.json", json.dumps([{"text": "a"}, {"text": "b"}], indent=2)))
    assert array.columns == {"text": ["a", "b"]}


@pytest.mark.parametrize("after", ["0", '"abc"', "null", "[3]", "true"])
def test_what_stands_after_an_object_and_is_none(tmp_path, after):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text":\n "fine", "label": "x"}\n' + after)
    with pytest.raises(DataFileError, match=r"a\.jsonl.* isn't a JSON object|a\.jsonl: item 2 is no object"):
        read(path)
    assert len(read(path, skip_bad=True)) == 1


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv", "a.data", "a"])
@pytest.mark.parametrize("indent", [None, 2, "lines"])
def test_json_under_another_name_is_json(tmp_path, name, indent):
    rows = [{"text": 'so, "it" ends', "label": "x"}, {"text": "a\tb", "label": "y"}]
    text = "\n".join(map(json.dumps, rows)) if indent == "lines" else json.dumps(rows, indent=indent)
    table = read(written(tmp_path, name, text + "\n"))
    assert table.columns == {"text": [row["text"] for row in rows], "label": ["x", "y"]}


@pytest.mark.parametrize("first", ["{a},b", "[1, 2],x", '{"a", "b"},x', "{},1"])
def test_a_table_whose_cells_are_in_brackets_stays_one(tmp_path, first):
    assert read(written(tmp_path, "a.csv", f"{first}\n" * 3)).layout == "table"
    assert read(written(tmp_path, "a.csv", f"{first}\n" * 3)).names[0] == "column_1"


def test_what_is_said_of_a_table_makes_it_one(tmp_path):
    table = read(written(tmp_path, "a.csv", '{"a": 1};x\n{"a": 2};y\n'), delimiter=";", header=False)
    assert table.columns["column_1.a"] == [1, 2]


def test_a_delimiter_that_parts_nothing(tmp_path):
    with pytest.raises(DataFileError, match=r"has no semicolon between cells \(--delimiter\), but other signs"):
        read(written(tmp_path, "a.csv", "a,b\n1,2\n3,4\n"), delimiter="semicolon")
    with pytest.raises(DataFileError, match=r"has no semicolon between cells \(--delimiter\), but other signs"):
        read(written(tmp_path, "a.csv", "9,31,5\n12,40,6\n"), delimiter="semicolon")
    for numbers in (["9,31", "12,40", "-7,5"], ["9,31 kg", "12,40 kg"], ["1,234,567", "2,345,678"]):
        found = read(
            written(tmp_path, "c.csv", "\n".join(numbers)),
            delimiter="semicolon",
            decimal="," if numbers[0][0] == "9" else ".",
        )
        assert [len(column) for column in found.columns.values()] == [len(numbers)]
        assert all(isinstance(cell, int | float) for column in found.columns.values() for cell in column)
    found = read(written(tmp_path, "b.csv", "text\nhe came, and went\nno\n"), delimiter="semicolon")
    assert found.columns == {"text": ["he came, and went", "no"]}


def test_jsonl_error_names_the_line(tmp_path):
    with pytest.raises(DataFileError, match=r"a\.jsonl:3: .*valid JSON"):
        read(written(tmp_path, "a.jsonl", '{"a": 1}\n\n{"a": \n'))
    with pytest.raises(DataFileError, match=r"a\.jsonl:2: .*isn't a JSON object"):
        read(written(tmp_path, "a.jsonl", '{"a": 1}\n[1]\n'))
    with pytest.raises(DataFileError):
        read(written(tmp_path, "a.jsonl", '{"a": ' + "[" * 100_000))


@pytest.mark.parametrize("packed", [False, True])
def test_parquet_against_pandas(tmp_path, packed):
    frame = pd.DataFrame({"text": ["a", "é", None], "n": [1, 2, 3], "tags": [["x"], ["y", "z"], []]})
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    if packed:
        path = written(tmp_path, "b.parquet.gz", gzip.compress(path.read_bytes(), mtime=0))
    assert read(path).columns == {"text": ["a", "é", None], "n": [1, 2, 3], "tags": [["x"], ["y", "z"], []]}
    with pytest.raises(DataFileError, match="Parquet"):
        read(written(tmp_path, "cut.parquet", (tmp_path / "a.parquet").read_bytes()[:300]))


def test_python_containers():
    expected = {"text": ["a", None], "n": [1, 2]}
    assert from_python(expected).columns == expected
    assert from_python([{"text": "a", "n": 1}, {"n": 2}]).columns == expected
    assert from_python(pd.DataFrame(expected)).columns == expected
    assert from_python(pa.table(expected)).columns == expected
    assert from_python((["a", "b"], [0, 1])).columns == {"input": ["a", "b"], "output": [0, 1]}
    assert from_python(["a", "b"]).columns == {"text": ["a", "b"]}
    several: list[Any] = [3, [1, 2], "text", object()]
    for nonsense in several:
        with pytest.raises(TaskError, match=r"can't read \w+ as data\. Expected"):
            from_python(nonsense)
    for empty, called in (([], "list"), ((), "tuple"), (np.array([]), "list")):
        with pytest.raises(TaskError, match=f"the {called} of data is empty: there is nothing to learn from. Expected"):
            from_python(empty)


def test_paths_and_containers_alike(tmp_path):
    path = written(tmp_path, "a.csv", "text,label\na,x\nb,y\n")
    for data in (path, str(path), [path], [str(path)], (path,)):
        assert as_table(data).columns == {"text": ["a", "b"], "label": ["x", "y"]}
    assert as_table(["a", "no-such-file.csv"]).columns == {"text": ["a", "no-such-file.csv"]}
    with pytest.raises(DataFileError, match=r"no-such-file.csv"):
        as_table([tmp_path / "no-such-file.csv"])


# CoNLL, text, folders


def test_conll_sentence_breaks_columns_and_comments(tmp_path):
    content = "-DOCSTART- -X- O\n\n# id = 1\nThe DT O\n# NN B-x\n\n \t\nEnd NN O\n"
    table = read(written(tmp_path, "a.conll", content))
    assert table.names == ["token", "column_2", "tag"]
    assert table.columns["token"] == [["The", "#"], ["End"]]
    assert table.columns["tag"] == [["O", "B-x"], ["O"]]


def test_conll_line_with_too_few_columns_is_named(tmp_path):
    with pytest.raises(DataFileError, match=r"a\.conll:2: has 1 column, expected 2"):
        read(written(tmp_path, "a.conll", "a\tO\nb\n\nc\tO\nd\tO\n"))
    with pytest.raises(DataFileError, match=r"a\.conllu:2: expected 10"):
        read(written(tmp_path, "a.conllu", "# text = a\n1\ta\ta\n"))


def test_content_decides_without_an_extension(tmp_path):
    assert read(written(tmp_path, "one", "a\tO\nb\tB-x\n\nc\tO\n")).layout == "conll"
    assert read(written(tmp_path, "two", "ham\thello you\nspam\tbuy now\nham\tbye\n")).layout == "table"
    assert read(written(tmp_path, "three", '{"a": "b"}\n')).columns == {"a": ["b"]}
    assert read(written(tmp_path, "four", "Some prose, here.\n\nAnd more, of it.\n")).layout == "text"
    labelled = "".join(f'"a film, number {i}",{"good" if i % 2 else "bad"}\n' for i in range(12))
    assert read(written(tmp_path, "commas", labelled)).columns["text"][3] == "a film, number 3"
    assert read(written(tmp_path, "named", 'text,label\n"a, b",x\nc,y\n')).columns["label"] == ["x", "y"]
    assert read(written(tmp_path, "verse", "".join(f"O line {i}, with {i} ends\n" for i in range(12)))).layout == "text"
    assert read(written(tmp_path, "five.txt", "a\n\n b \u2028c\n")).columns["text"] == ["a", "", " b \u2028c"]


def test_parallel_files_of_unequal_length_say_where(tmp_path):
    english = written(tmp_path, "train.en", "one\ntwo\nthree\n")
    german = written(tmp_path, "train.de", "eins\nzwei\n")
    with pytest.raises(DataFileError, match=r"train\.en:3: has 3 lines, but train\.de has 2"):
        read([english, german])


def test_names_of_splits_are_no_languages(tmp_path):
    paths = [written(tmp_path, f"text.{part}.txt", f"{part} text\n") for part in ("train", "valid")]
    assert read(paths).columns == {"text": ["train text", "valid text"]}


def test_folders_of_classes(tmp_path):
    (tmp_path / "files").mkdir()
    for name in ("Ham.txt", "Spam.txt"):
        written(tmp_path / "files", name, f"\n  first {name[0]} \n\nsecond\n")
    written(tmp_path / "files", "README.md", "about")
    written(tmp_path / "files", ".hidden", "no")
    assert read(tmp_path / "files").columns == {
        "text": ["first H", "second", "first S", "second"],
        "label": ["Ham", "Ham", "Spam", "Spam"],
    }
    for part in ("train", "test"):
        for label in ("pos", "neg"):
            (tmp_path / "reviews" / part / label).mkdir(parents=True)
            written(tmp_path / "reviews" / part / label, "1.txt", f"{label} {part}\nmore")
    assert read(tmp_path / "reviews" / "train").columns == {
        "text": ["neg train\nmore", "pos train\nmore"],
        "label": ["neg", "pos"],
    }
    assert read(tmp_path / "reviews").columns["split"] == ["test", "test", "train", "train"]


# Bad input: one clear error each


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.txt", b" \n\n", "is empty"),
        ("header.csv", b"text,label\n", "no rows"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", r"ragged\.csv:3: has 3 cells"),
        ("open.csv", b'a,b\n"x,y,2\n', r"open\.csv:2: "),
        ("noise.txt", bytes(range(256)) * 4, "zero bytes"),
        ("noise.csv", bytes(range(1, 32)) * 40, "binary"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("sheet.xlsx", b"PK\x03\x04rest", "save the sheet as CSV"),
        ("cut.csv.gz", gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:40], "damaged or cut off"),
        ("half.csv", "a,b\n1,2\n".encode("utf-16")[:-1], "UTF-16"),
        ("only.conllu", b"# nothing\n# else\n", "no words"),
    ],
)
def test_bad_files(tmp_path, name, content, message):
    with pytest.raises(DataFileError, match=message):
        read(written(tmp_path, name, content))


def test_missing_mixed_and_classless(tmp_path):
    table = written(tmp_path, "train.csv", "a,b\n1,2\n")
    with pytest.raises(DataFileError, match=r"Did you mean train\.csv"):
        read(tmp_path / "trian.csv")
    with pytest.raises(DataFileError, match="no folder"):
        read(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(DataFileError, match="several formats"):
        read([table, written(tmp_path, "a.jsonl", '{"a": 1}\n')])
    with pytest.raises(DataFileError, match="not one to train on"):
        read(tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(DataFileError, match="without files"):
        read(tmp_path / "none")
    (tmp_path / "one" / "class").mkdir(parents=True)
    written(tmp_path / "one" / "class", "one.txt", "text")
    with pytest.raises(DataFileError, match="one class"):
        read(tmp_path / "one")
    with pytest.raises(DataFileError, match="no files given"):
        read([])


@pytest.mark.parametrize("chunk_rows", [1, 7, 1024])
def test_streaming_gives_the_rows_of_read(tmp_path, chunk_rows):
    rows = [{"text": f"text {i}", "n": i} for i in range(63)]
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    frame.to_parquet(tmp_path / "a.parquet")
    frame["text"].to_csv(tmp_path / "a.txt", index=False, header=False)
    for name in ("a.csv", "a.jsonl", "a.parquet", "a.txt"):
        chunks = list(stream(tmp_path / name, chunk_rows))
        assert [len(chunk) for chunk in chunks[:-1]] == [chunk_rows] * (len(chunks) - 1)
        joined = {column: [cell for chunk in chunks for cell in chunk.columns[column]] for column in chunks[0].names}
        assert joined == read(tmp_path / name).columns


@pytest.mark.parametrize("line", ["date,store,sales", "name;age;city of birth", "V1,V2,V3", "text,label"])
def test_a_header_alone_is_not_a_row(tmp_path, line):
    path = tmp_path / "a.csv"
    path.write_text(f"{line}\n")
    with pytest.raises(DataFileError, match=r"has a header \(.*\) but no rows.*--header no"):
        read(path)
    path.write_text("some text here,good\n")
    assert len(read(path)) == 1


def test_lines_that_begin_with_a_label_are_pointed_out(tmp_path):
    lines = [f"{['DESC', 'NUM', 'ENTY'][i % 3]} How was the number {i} ?" for i in range(90)]
    table = read(written(tmp_path, "questions.txt", "\n".join(lines) + "\n"))
    assert "begins with one of 3 words" in table.notes[-1] and "put a tab behind them" in table.notes[-1]
    running = [f"{['the', 'a', 'it'][i % 3]} house and the garden {i}" for i in range(90)]
    assert not read(written(tmp_path, "running.txt", "\n".join(running) + "\n")).notes


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = written(tmp_path, "a.csv", "text,label\n" + "a word,yes\n" * 50)
    chunks = stream(path, 20)
    assert len(next(chunks)) == 20
    with path.open("a") as file:
        file.write("another,no\n")
    with pytest.raises(DataFileError, match=r"a\.csv.*changed while it was read"):
        list(chunks)
    monkeypatch.setattr(readers, "check_room", lambda source, name: path.write_text("text,label\nother,no\n"))
    with pytest.raises(DataFileError, match=r"a\.csv.*changed while it was read"):
        read(path)
