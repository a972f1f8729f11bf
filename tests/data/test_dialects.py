"""A table is read as a spreadsheet would show it, whichever program wrote it; what is no row of it is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from elman.data.readers import read
from elman.data.readers.dialects import Dialect, Tally, are_filled, plain_rows
from elman.data.readers.files import TextFile
from elman.data.readers.header import is_header
from elman.errors import DataFileError

TEXTS = [f"the room {i} was {'good' if i % 2 else 'bad'}" for i in range(30)]
LABELS = ["pos" if i % 2 else "neg" for i in range(30)]
ROWS = "".join(f"{text};{label}\n" for text, label in zip(TEXTS, LABELS, strict=True))


def table(tmp_path, content, name="a.csv", **choices):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, **choices)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("sep=;\ntext;label\n" + ROWS, ["text", "label"]),
        ("\ufeff\n\ntext;label\n\n" + ROWS, ["text", "label"]),
        ("# made by a program, 2020\n# and more\ntext;label\n" + ROWS, ["text", "label"]),
        ("#a comment;of two cells\ntext;label\n" + ROWS, ["text", "label"]),
        ("text;label;\n" + ROWS.replace("\n", ";\n"), ["text", "label"]),
        ("text;label\n" + ROWS.replace("\n", ";\n"), ["text", "label"]),
        (ROWS.replace("\n", ";\n"), ["text", "label"]),
        ("text|label\n" + ROWS.replace(";", "|"), ["text", "label"]),
        ("text;label\n".replace("\n", "\r") + ROWS.replace("\n", "\r"), ["text", "label"]),
        ("What did you think?;How was it?\n" + ROWS, ["What did you think?", "How was it?"]),
        ("Tweet (text);Class: mood\n" + ROWS, ["Tweet (text)", "Class: mood"]),
        ("Comment #;Mood\n" + ROWS, ["Comment #", "Mood"]),
        ("評論，全文;評價\n" + ROWS, ["評論，全文", "評價"]),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_the_same_table(tmp_path, content, names, name):
    found = table(tmp_path, content, name)
    assert found.columns == dict(zip(names, [TEXTS, LABELS], strict=True))


def test_a_header_that_comes_again_is_no_row(tmp_path):
    found = table(tmp_path, "text;label\n" + ROWS + "text;label\n" + ROWS)
    assert found.columns == {"text": TEXTS * 2, "label": LABELS * 2} and found.files[0][1] == 60
    assert "a.csv: the header comes again; 1 line left out" in found.notes


def test_texts_that_begin_with_a_hash_are_rows(tmp_path):
    found = table(tmp_path, "#fun today;pos\n#sad day;neg\n" + ROWS)
    assert found.columns["text"] == ["#fun today", "#sad day", *TEXTS]


@pytest.mark.parametrize(
    ("name", "content", "names", "first"),
    [
        ("a.txt", '"mpg" "cyl" "car"\n"1" 21.5 6 "Mazda RX4"\n"2" 22.8 4 "Datsun"\n', ["row", "mpg", "cyl", "car"],
         [1, 21.5, 6, "Mazda RX4"]),
        ("a.tsv", "mpg\tcyl\nMazda RX4\t21.5\t6\nDatsun\t22.8\t4\n", ["row", "mpg", "cyl"], ["Mazda RX4", 21.5, 6]),
        ("a.csv", '"mpg","cyl"\n"1",21.5,6\n"2",22.8,4\n', ["row", "mpg", "cyl"], [1, 21.5, 6]),
        ("a.dat", "  1.5   2.0  3.5\n  4.0 5.0    6.5\n 10.1 2.2 3.3\n", None, [1.5, 2.0, 3.5]),
        ("a.txt", "# x y z\n1 2 3\n4 5 6\n7 8 9\n", ["x", "y", "z"], [1, 2, 3]),
        ("a.data", '18.5   8\t"audi 100 ls"\n15.0   9\t"buick skylark 320"\n', None, [18.5, 8, "audi 100 ls"]),
        ("a.data", "5.1, 3.5, a\n4.9, 3.0, b\n", None, [5.1, 3.5, "a"]),
        ("a.txt", '"fixed acidity";"quality"\n7.4;5\n7.8;5\n', ["fixed acidity", "quality"], [7.4, 5]),
        ("a.csv", "1,5;2,5;a\n3,5;4,5;b\n", None, None),
        ("a.csv", 'text,label\n"she said \\"hi\\", ok",a\n"plain",b\n', ["text", "label"], ['she said "hi", ok', "a"]),
        ("a.csv", 'path,label\n"C:\\new\\",a\n"D:\\old",b\n', ["path", "label"], ["C:\\new\\", "a"]),
        ("a.csv", 'text,label\n"two\nlines, ""so""",a\nplain,b\n', ["text", "label"], ['two\nlines, "so"', "a"]),
        ("a.csv", "a,a,,b\n1,2,3,4\n", ["a", "a_2", "column_3", "b"], [1, 2, 3, 4]),
        ("a.csv", ",text,label\n0,aa bb,x\n1,cc dd,y\n", ["column_1", "text", "label"], [0, "aa bb", "x"]),
    ],
)  # fmt: skip
def test_tables_as_programs_write_them(tmp_path, name, content, names, first):
    found = table(tmp_path, content, name)
    width = len(first) if first else 3
    assert found.names == (names or [f"column_{i + 1}" for i in range(width)])
    assert first is None or [cells[0] for cells in found.columns.values()] == first


def test_what_was_decided_is_said(tmp_path):
    assert "a.csv: read as a table whose cells end at a semicolon" in table(tmp_path, ROWS).notes
    assert any("a semicolon ends each line" in note for note in table(tmp_path, ROWS.replace("\n", ";\n")).notes)
    assert any("lacks a name" in note for note in table(tmp_path, "x\ty\na\t1\t2\nb\t3\t4\n", "a.tsv").notes)
    assert any("2 lines above" in note for note in table(tmp_path, "# a\n# b\nx,y\n1,2\n").notes)


def test_named_rows_between_commas(tmp_path):
    """As R's ``write.table(cars, sep=",")`` has them: the header has no name for the names of the rows."""
    cars = table(tmp_path, '"mpg","cyl"\n"Fiat 128",32.4,4\n"Honda Civic",30.4,4\n"Mazda RX4",21,6\n')
    assert cars.columns == {
        "row": ["Fiat 128", "Honda Civic", "Mazda RX4"],
        "mpg": [32.4, 30.4, 21.0],
        "cyl": [4, 4, 6],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Sales report\nname,shop,price\na,b,1\nc,d,2\n", r"columns stands 'Sales report' \(line 1\).*put # before"),
        ("text,label\n1,a\n2,b\n3\n", r"a\.csv:4: has 1 cell, but line 1 has 2.*Complete it"),
        ("a,b\n1,2,3\n1,2\n3,4\n", r"a\.csv:2: has 3 cells, but line 1 has 2"),
        ('a,b\n"x, x",1\ny,"2\nz,3\n"w",4\n', r"a\.csv:3: the quotes don't pair up in the row that begins here"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "Markdown"),
        ("a\tb\n" + "1\t2\n" * 30 + "3\n", r"a\.csv:32: has 1 cell"),
        ("a,b\n1,2\n1,2,3\n", r"a\.csv:3: has 3 cells, but line 1 has 2 \(cells end at a comma\)"),
        ("text,stars\nhello, world,5\nbye, world,1\n", r"a\.csv:2: has 3 cells, but line 1 has 2.*in quotes"),
        ("text,label\nhello, world,good\nbye, world,bad\n", r"a\.csv:2: has 3 cells, but line 1 has 2.*in quotes"),
    ],
)  # fmt: skip
def test_what_is_no_row_is_named(tmp_path, content, message):
    with pytest.raises(DataFileError, match=message):
        table(tmp_path, content)


def test_rows_whose_quotes_do_not_pair_up_are_left_out(tmp_path):
    content = 'text,label\n"one, and",a\n"two" more, of it,b\n"three, and",c\n\n"four, and",d\n"five, open,e\nsix,f\n'
    with pytest.raises(DataFileError, match=r"a\.csv:3: the quotes don't pair up.*--skip-bad"):
        table(tmp_path, content)
    found = table(tmp_path, content, skip_bad=True)
    assert found.columns["text"] == ["one, and", "three, and", "four, and", "six"]
    assert [item.place.rsplit(":")[-1] for item in found.skipped] == ["3", "7"]


@pytest.mark.parametrize(
    "text",
    [
        "The sea, the sky\nThe wind, the rain\nMy heart, my eye\nYour love, my pain\n" * 4,
        "It was a dark night, and the rain fell.\nNobody came, not even once.\n" * 10,
        "milk, eggs, bread\nbutter, jam, tea\n",
        "one two\nthree four\nfive six\n",
        "It was dark, and cold.\n\nNobody came; not even once.\n\nThe end, at last.\n",
        "#1 is the best\n#2 isn't\n",
        "1\n2\n3\n",
    ],
)
def test_running_text_is_no_table(tmp_path, text):
    found = table(tmp_path, text, "a.txt")
    assert found.names == ["text"] and found.columns["text"] == text.splitlines()


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("country,2019,2020,2021", [f"land{i},{3 * i + 1},{7 * i % 11},{i}" for i in range(12)]),
        (",2019,2020", [f"land{i},{3 * i + 1},{7 * i % 11}" for i in range(12)]),
        ("country,2019", [f"land{i},{3 * i + 0.5}" for i in range(25)]),
        ("0,1,2,3", ["4.5,5.1,6,7", "7,8,9,1"] * 6),
        ("shop,2020-01-01,2020-02-01", ["a,3,4", "b,5,6"]),
        ("Текст,Оценка (1-5)", ["очень хорошо,5", "плохо,1"]),
        ("Sentence #,Word,Tag", [f"Sentence: {i // 2},{['ann', 'Word'][i % 2]},{'PO'[i % 2]}" for i in range(60)]),
        ("word,tag", ["word,O", "is,O"] * 30),
        ("x,y", ["1,2"]),
        ("amount,price", ["1;5,$3", "2;5,$4"]),
    ],
)  # fmt: skip
def test_headers(first, rest):
    assert is_header(first.split(","), [row.split(",") for row in rest], ".txt")


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("land0,1900,1901", [f"land{i},{1900 + i},{1901 + i}" for i in range(1, 25)]),
        ("1,2,3", ["4,5,6", "7,8,9"]),
        ("5.1,3.5,a", ["4.9,3.0,b", "5,4,a"]),
        ("NA,3", ["4,5", "6,7"]),
        ("ham,see you at nine", [f"{'ham' if i % 3 else 'spam'},text {i} of many" for i in range(30)]),
        ("20:55,a", ["19:30,b", "18:00,a"]),
    ],
)
def test_rows_that_are_no_headers(first, rest):
    assert not is_header(first.split(","), [row.split(",") for row in rest], ".txt")


@pytest.mark.parametrize("content", ["#\t\n\t!\n!", "#\t\t\t\n\t\x01\t\t\n\t"])
def test_lines_with_fewer_cells_below_a_line_of_hashes(tmp_path, content):
    for name in ("a.csv", "a.tsv"):
        try:
            found = table(tmp_path, content, name, skip_bad=True)
        except DataFileError as error:
            assert name in str(error)
        else:
            assert {len(cells) for cells in found.columns.values()} == {len(found)}


@pytest.mark.parametrize(
    ("text", "rows", "lacking"),
    [
        ("text,label\na b c,x\n , y\nd e f,\ng h i,x\n", 4, 2),
        ("text,label\na b c,x\ntext,label\n,x\n", 2, 1),  # the header again
        ("text,\na b c,x\nd e f,y\ng h i,x\n", 4, 1),
        ("1,2\n,3\n1,2\n4,5\n", 4, 1),  # no header, and a row like the first
        (",2\n1,3\n,2\n4,5\n", 4, 2),
        ("1,2,\n,3,\n4,5,\n", 3, 1),  # a delimiter ends each line
        ('text,label\n"a, b",x\n"",y\nc,x\n', 3, 1),
    ],
)
def test_rows_with_missing_cells_are_counted(tmp_path, text, rows, lacking):
    path = tmp_path / "table.csv"
    path.write_text(text)
    table = read(path)
    assert len(table) == rows == sum(count for _, count in table.files)
    assert sum(None in row for row in zip(*table.columns.values(), strict=True)) == lacking
    said = [note for note in table.notes if "with missing cells" in note]
    assert [note.split(" ")[0] for note in said] == [str(lacking)] * bool(lacking)


@pytest.mark.parametrize(
    "line",
    ["1,2", "a b,c", "é,ü", ",2", "1,", "1, 2", "1 ,2", "\u3000,2", "1,\xa0", "1,2,3", "1", "", " ", "x,y", "ß,\x01"],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_lines_are_tallied_together_as_they_are_one_by_one(tmp_path, line, place):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    file, lines = TextFile(tmp_path / "a.csv"), ["3,4", "five,6", "x,7"]
    lines.insert(place, line)
    found = []
    for width in (2, 3):
        first = [",".join("xyz"[:width]), ",".join("abc"[:width])]
        for together in (True, False):
            tally, failure = Tally(file, Dialect(",", False)), ""
            tally.add_lines(1, first)
            try:
                if together:
                    tally.add_lines(3, lines)
                else:
                    for number, row in plain_rows(lines, ",", 3):
                        tally.add(number, row)
            except DataFileError as error:
                failure = str(error)
            found.append((failure, replace(tally, file=None)))
        assert found[-1] == found[-2]


def test_what_is_filled_is_seen_at_once():
    assert are_filled(["1,2", "a b,é"], ",", 2) and are_filled(["1;2;3"], ";", 3)
    for other in ("1", "1,2,3", "1,,2", ",1,2", "1, 2", " 1,2", "1,2 ", "1,\u3000", "1,2\n"):
        assert not are_filled(["1,2", other, "3,4"], ",", 2), other


@pytest.mark.parametrize("header", ["", "text\n", "comment\n"])
def test_sentences_with_a_comma_each_are_one_column(tmp_path, header):
    texts = [
        f"The {what} was good, but the {other} was bad."
        for what in ("room", "food")
        for other in ("bed", "tea", "view")
    ]
    found = table(tmp_path, header + "\n".join(texts * 4) + "\n")
    assert list(found.columns.values()) == [texts * 4]
    assert len(table(tmp_path, "question, answer\nIs it?, It is.\nWas it?, No.\n").columns) == 2


@pytest.mark.parametrize("blank", [";", " ; ", '"";""'])
def test_lines_without_a_filled_cell_are_no_rows(tmp_path, blank):
    blank = f"{blank}\n"
    found = table(tmp_path, "text;label\n" + ROWS + blank * 3)
    assert found.columns == {"text": TEXTS, "label": LABELS}
    ended = table(tmp_path, "text;label;\n" + ROWS.replace("\n", ";\n") + ";;\n" * 3)
    assert ended.columns == {"text": TEXTS, "label": LABELS} and ended.files[0][1] == len(TEXTS)


def test_numbers_far_apart_are_no_single_one(tmp_path):
    cars = [f'{18.5 + i}   8   {307.0 + i}\t"{"ab"[i % 2]} torino"' for i in range(40)]
    found = table(tmp_path, "\n".join(cars) + "\n", "b.data")
    assert found.columns["column_4"][:2] == ["a torino", "b torino"] and found.columns["column_1"][0] == 18.5


def test_a_header_without_its_last_name(tmp_path):
    """As Windows writes its events: the message has no name."""
    rows = "".join(f'Warning,{i},"The service\nstopped, {i}"\n' for i in range(9))
    (tmp_path / "a.csv").write_text("Level,Event ID\n" + rows)
    with pytest.raises(
        DataFileError, match=r"a\.csv:1: has 2 names of columns, but all rows have 3 cells.*Add the name"
    ):
        read(tmp_path / "a.csv")
