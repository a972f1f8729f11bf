"""Sheets as Excel and LibreOffice write them."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta

import pytest

from elman.data.detect import detect
from elman.data.format import Format, ReadingOptions
from elman.data.readers import read, read_table
from elman.data.readers.workbook import letters
from elman.errors import DataFileError
from sheets import Day, Failed, Formula, Moment, Span, ods, xlsx


def test_cells_of_every_type(tmp_path):
    rows = [
        ["name", "count", "price", "day", "at", "good", "total", "code", "mixed", "took"],
        ["a", 1, 1.5, Day("2024-01-31"), Moment("2024-01-31 12:30:00"), True, Formula("B2*2", 2), "007", 5, Span(1.5)],
        ["b", 2, 2, Day("2024-02-01"), Moment("2024-02-01 00:00:00"), False, Failed("#N/A"), "010", "x", None],
        [None, 3, None, Day("1999-12-31"), None, None, "12", None, Day("2024-02-01"), Span(36)],
    ]
    expected = {
        "name": ["a", "b", None],
        "count": [1, 2, 3],
        "price": [1.5, 2.0, None],
        "day": ["2024-01-31", "2024-02-01", "1999-12-31"],
        "at": ["2024-01-31 12:30:00", "2024-02-01 00:00:00", None],
        "good": [True, False, None],
        "total": [2, None, 12],
        "code": ["007", "010", None],
        "mixed": ["5", "x", "2024-02-01"],
    }
    for write, path in ((xlsx, tmp_path / "a.xlsx"), (ods, tmp_path / "a.ods")):
        write(path, {"Sheet1": rows})
        found = read(path)
        took = found.columns.pop("took")
        assert found.columns == expected, path.suffix
        assert took == [5400, None, 129600]
        assert [type(value) for value in found.columns["count"]] == [int] * 3


def test_titles_remarks_blank_rows_and_columns_are_left_out_and_said(tmp_path):
    rows = [["Sales of 2024"], [], [None, "text", None, "n", "label"], [], [None, "some words", None, 1, "a"]]
    rows += [[None, f"more words {i}", None, i, "ab"[i % 2]] for i in range(12)] + [[], [None, "Source: our tills"]]
    xlsx(tmp_path / "a.xlsx", {"Read me": [["All about it"]], "Data": rows, "More": [["x"], [1]]})
    table = read(tmp_path / "a.xlsx")
    assert table.names == ["text", "n", "label"] and len(table) == 13
    said = "; ".join(table.notes)
    assert "read the sheet Data, not Read me, More" in said
    assert "left out above the table: Sales of 2024" in said and "left out below the table: Source: our tills" in said


def test_a_remark_below_two_columns_stands_apart(tmp_path):
    rows = [["text", "label"], *([f"words {i}", "ab"[i % 2]] for i in range(9)), ["no label"]]
    xlsx(tmp_path / "a.xlsx", {"S": rows})
    assert read(tmp_path / "a.xlsx").columns["text"][-1] == "no label"
    xlsx(tmp_path / "b.xlsx", {"S": [*rows, [], ["Source: us"]]})
    assert read(tmp_path / "b.xlsx").columns["text"][-1] == "no label"


def test_merged_cells_count_in_all_their_rows(tmp_path):
    rows = [["shop", "day", "sold"], ["north", 1, 5], [None, 2, 6], [None, 3, 7], ["south", 1, 8]]
    xlsx(tmp_path / "a.xlsx", {"S": rows}, merged=["A2:A4"])
    assert read(tmp_path / "a.xlsx").columns["shop"] == ["north", "north", "north", "south"]


def test_merged_names_count_in_all_their_columns(tmp_path):
    above = [["About", None, None, None, None], ["day", "warm", None, "wet", None], [None, "min", "max", "min", "max"]]
    rows = [[Day(f"2024-01-{i:02d}"), i, i + 1.5, 2 * i, 3 * i + 0.5] for i in range(1, 20)]
    xlsx(tmp_path / "a.xlsx", {"S": above + rows}, merged=["A1:E1", "A2:A3", "B2:C2", "D2:E2"])
    found = read(tmp_path / "a.xlsx")
    assert found.names == ["day", "warm min", "warm max", "wet min", "wet max"] and len(found) == 19
    assert "a.xlsx, S: left out above the table: About" in found.notes


def test_names_over_two_lines_of_a_cell(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"S": [["Time\n(UTC)", "Wind  \u00a0[m/s]"], [1, 2], [3, 4]]})
    assert read(tmp_path / "a.xlsx").names == ["Time (UTC)", "Wind [m/s]"]


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"])
def test_dates_half_of_which_a_sheet_took_for_others(tmp_path, form):
    """Where a sheet expects the day and the month the other way round, it reads what it can, wrongly, and leaves the
    rest as text."""
    days = [date(2024, 1, 1) + timedelta(i) for i in range(0, 120, 3)]
    read_by_sheet = [Day(f"{day:%Y-%d-%m}") if day.day <= 12 else day.strftime(form) for day in days]
    xlsx(tmp_path / "a.xlsx", {"S": [["day", "x"], *([cell, i] for i, cell in enumerate(read_by_sheet))]})
    with pytest.raises(DataFileError, match="column 'day' holds dates up to the 12th of a month, and texts such as"):
        read(tmp_path / "a.xlsx")
    some_as_text = [Day(f"{day:%Y-%m-%d}") if i % 4 else day.strftime(form) for i, day in enumerate(days)]
    xlsx(tmp_path / "b.xlsx", {"S": [["day", "x"], *([cell, i] for i, cell in enumerate(some_as_text))]})
    assert read(tmp_path / "b.xlsx").columns["day"] == [day.isoformat() for day in days]


def test_a_small_table_beside_the_table(tmp_path):
    rows = [["x", "y", None, "sign", "meaning"], [1, "a", None, "a", "alpha"], [2, "b", None, "b", "beta"]]
    rows += [[i, "ab"[i % 2], None, None, None] for i in range(3, 12)]
    xlsx(tmp_path / "a.xlsx", {"S": rows})
    found = read(tmp_path / "a.xlsx")
    assert found.names == ["x", "y"] and len(found) == 11
    assert "a.xlsx, S: left out beside the table: sign, meaning" in found.notes
    xlsx(tmp_path / "b.xlsx", {"S": [[i, None, 2 * i, None if i % 3 else 1] for i in range(1, 12)]})
    assert len(read(tmp_path / "b.xlsx").names) == 3


@pytest.mark.parametrize(("value", "said"), [("<v></v>", True), ("<v/>", True), ("", True), ("<v>3</v>", False)])
def test_formulas_that_were_never_computed(tmp_path, value, said):
    """As openpyxl writes them."""
    xlsx(
        tmp_path / "a.xlsx",
        {"S": [["x", "y", "sum"], *([i, 2 * i, Formula(f"A{i}+B{i}", 12321)] for i in range(2, 9))]},
    )
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"<v>12321</v>", value.encode()))
    found = read(tmp_path / "b.xlsx")
    assert any("never computed" in note for note in found.notes) == said
    assert found.columns["sum"] == [None if said else 3] * 7


def test_hidden_sheets_come_last_and_files_follow_each_other(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"old": [["x", "y"], [1, 2]], "new": [["x", "y"], [3, 4]]}, hidden=["old"])
    xlsx(tmp_path / "b.xlsx", {"only": [["x", "y"], [5, 6]]})
    table = read([tmp_path / "a.xlsx", tmp_path / "b.xlsx"])
    assert table.columns == {"x": [3, 5], "y": [4, 6]}
    xlsx(tmp_path / "c.xlsx", {"only": [["x", "z"], [5, 6]]})
    with pytest.raises(DataFileError, match=r"c\.xlsx: has other columns \(x, z\)"):
        read([tmp_path / "b.xlsx", tmp_path / "c.xlsx"])


def test_no_header(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"S": [[1, 2.5], [3, 4.5]]})
    assert read(tmp_path / "a.xlsx").columns == {"column_1": [1, 3], "column_2": [2.5, 4.5]}


def test_it_is_learned_from(tmp_path):
    rows = [["review", "label"]] + [[f"the room {i} was {'good' if i % 2 else 'bad'}", "ab"[i % 2]] for i in range(63)]
    ods(tmp_path / "a.ods", {"S": rows})
    assert detect(read(tmp_path / "a.ods")).task == "classification"


def test_what_is_no_workbook(tmp_path):
    (tmp_path / "text.xls").write_text("a\tb\n1\t2\n3\t4\n")  # as some programs call a table
    assert read(tmp_path / "text.xls").columns == {"a": [1, 3], "b": [2, 4]}
    (tmp_path / "page.xls").write_text("<html><table><tr><td>1</td></tr></table></html>")
    with pytest.raises(DataFileError, match="a page of HTML"):
        read(tmp_path / "page.xls")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(DataFileError, match=r"old\.xls: isn't a workbook that can be read"):
        read(tmp_path / "old.xls")
    xlsx(tmp_path / "a.xlsx", {"S": [["x"]]})
    with pytest.raises(DataFileError, match="no sheet with two rows"):
        read(tmp_path / "a.xlsx")
    (tmp_path / "cut.xlsx").write_bytes((tmp_path / "a.xlsx").read_bytes()[:-300])
    with pytest.raises(DataFileError, match=r"cut\.xlsx: isn't a workbook .* cut off"):
        read(tmp_path / "cut.xlsx")
    with zipfile.ZipFile(tmp_path / "doc.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(DataFileError, match="a document, which isn't read"):
        read(tmp_path / "doc.docx")


def test_a_workbook_that_becomes_far_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("elman.data.readers.workbook.MOST_BYTES", 1000)
    xlsx(tmp_path / "a.xlsx", {"S": [["x", "y"], [1, 2]]})
    with pytest.raises(DataFileError, match="GB when it is unpacked"):
        read(tmp_path / "a.xlsx")


def test_flags_for_tables_of_text_are_no_use_for_it(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"S": [["x", "y"], [1, 2]]})
    with pytest.raises(
        DataFileError, match=r"a\.xlsx: is a workbook .*--delimiter and --header are for tables that are text"
    ):
        read(tmp_path / "a.xlsx", header=False)


def test_the_sheet_with_the_most_rows_is_read_unless_one_is_named(tmp_path):
    path, few, many = tmp_path / "a.xlsx", [["x", "y"], [1, 2]], [["x", "z"], [3, 4], [5, 6]]
    xlsx(path, {"Key": few, "Data": many, "Old": [*many, [7, 8]]}, hidden=["Old"])
    table = read(path)
    assert (
        table.names == ["x", "z"]
        and "read the sheet Data, not Key, Old: for another one, pass --sheet" in table.notes[0]
    )
    assert read(path, sheet="key").columns == {"x": [1], "y": [2]}
    assert read(path, sheet="Old").columns["x"] == [3, 5, 7]
    with pytest.raises(DataFileError, match=r"has no sheet 'Keys' \(--sheet\); there are Key, Data, Old"):
        read(path, sheet="Keys")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataFileError, match=r"a\.csv: is a table \(CSV or TSV\): --sheet is for workbooks"):
        read(tmp_path / "a.csv", sheet="Key")


def test_the_sheet_that_was_learned_from_is_read_again(tmp_path):
    first, second = [["x", "y"], [1, 2]], [["x", "y"], [3, 4], [5, 6]]
    xlsx(tmp_path / "a.xlsx", {"May": first, "June": second})
    kept = read(tmp_path / "a.xlsx", sheet="May").format
    assert kept is not None and kept.sheet == "May"
    assert read_table([tmp_path / "a.xlsx"], ReadingOptions(kept=Format.from_json(kept.to_json()))).columns["x"] == [1]


def test_a_text_among_numbers_or_dates_of_a_sheet_is_named_or_left_out(tmp_path):
    rows = [["n", "day"], *([i * 1.5, Day(f"2024-01-{i + 1:02d}")] for i in range(28))]
    rows[5][0], rows[9][1] = "none yet", "soon"
    for write, path in ((xlsx, tmp_path / "a.xlsx"), (ods, tmp_path / "a.ods")):
        write(path, {"S": rows})
        with pytest.raises(DataFileError, match=r"holds 'none yet' where column 'n' has numbers.*--skip-bad"):
            detect(read(path))
        table = read(path, skip_bad=True)
        assert len(table) == 26 and len(table.skipped) == 2


def test_a_wrong_cell_is_named_as_the_sheet_does(tmp_path):
    """Blank rows and columns and a title before it count."""
    rows = [[None, None, None, None], [None, "Loads of 2024"], [], [None, "n", None, "load"]]
    rows += [[None, f"c{i}", None, "oops" if i == 7 else 1.5 * i] for i in range(30)]
    for name, write in (("a.xlsx", xlsx), ("a.ods", ods)):
        write(tmp_path / name, {"Data": rows})
        with pytest.raises(DataFileError, match=rf"{name}, Data!D12: holds 'oops' where column 'load' has numbers"):
            detect(read(tmp_path / name))
        assert [item.place for item in read(tmp_path / name, skip_bad=True).skipped] == [
            f"{tmp_path / name}, Data, row 12"
        ]


def test_letters_of_columns():
    assert [letters(i) for i in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


@pytest.mark.parametrize(("old", "new"), [(b"</table:table>", b"</tab>"), (b"UTF-8", b"UTF--1")])
def test_an_open_document_that_is_no_xml_is_refused(tmp_path, old, new):
    """calamine looks for the end of a table until it is found."""
    ods(tmp_path / "x.ods", {"S": [["a", "b"], [1, 2], [3, 4]]})
    change(tmp_path / "x.ods", old, new)
    with pytest.raises(DataFileError, match="damaged, or cut off"):
        read(tmp_path / "x.ods")


@pytest.mark.parametrize("rows", [2, 10**6])
def test_an_open_document_says_once_what_repeats(tmp_path, rows):
    """Blank cells to the right and below, as LibreOffice writes them, are none; filled ones may have no room."""
    ods(tmp_path / "x.ods", {"S": [["a", "b"], [1, 2], [3, 4]]})
    blank = b'<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    change(tmp_path / "x.ods", b"</table:table-row>", blank)
    last = b'<table:table-row table:number-rows-repeated="1048000">' + blank
    change(tmp_path / "x.ods", b"</table:table>", last + b"</table:table>")
    assert len(read(tmp_path / "x.ods")) == 2
    filled = b'<table:table-row table:number-rows-repeated="%d"><table:table-cell office:value-type="float" ' % rows
    filled += b'table:number-columns-repeated="9000" office:value="5"/></table:table-row></table:table>'
    change(tmp_path / "x.ods", last + b"</table:table>", filled)
    if rows > 2:
        with pytest.raises(DataFileError, match="goes on to column MHD and row 1,000,003: 9,000,027,000 cells"):
            read(tmp_path / "x.ods")
    else:
        assert len(read(tmp_path / "x.ods")) == 4


def change(path, old, new):
    """Another text in place of all of one in the content of an OpenDocument."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert old in content["content.xml"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data.replace(old, new) if name == "content.xml" else data)


def test_sheets_whose_endings_say_something_else(tmp_path):
    """As services that wrote .xls of old still call what they write now, and people what they save."""
    rows: list[list[object]] = [["text", "score"], *([f"text {i}", i / 2] for i in range(9))]
    right = tmp_path / "right.xlsx"
    xlsx(right, {"One": rows})
    for name in ("wrong.xls", "wrong.XLS"):
        wrong = tmp_path / name
        wrong.write_bytes(right.read_bytes())
        assert (
            read(wrong).columns
            == read(right).columns
            == {"text": [f"text {i}" for i in range(9)], "score": [i / 2 for i in range(9)]}
        )
