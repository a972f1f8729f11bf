"""Workbooks that tests make, as ISO/IEC 29500 (.xlsx) and OpenDocument (.ods) say."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[Any]]


class Day(NamedTuple):
    iso: str


class Moment(NamedTuple):
    iso: str


class Span(NamedTuple):
    """A length of time, shown as [h]:mm:ss."""

    hours: float


class Formula(NamedTuple):
    text: str
    value: float


class Failed(NamedTuple):
    error: str


SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
STYLES = (
    f'{XML}<styleSheet xmlns="{SHEET}"><numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm:ss"/></numFmts>'
    '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/></cellXfs>'
    "</styleSheet>"
)


def serial(iso: str) -> float:
    """Days since the end of 1899, as Excel counts them."""
    return (datetime.datetime.fromisoformat(iso) - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)


def xlsx_cell(place: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case Day(iso):
            return f'<c r="{place}" s="1"><v>{serial(iso)}</v></c>'
        case Moment(iso):
            return f'<c r="{place}" s="2"><v>{serial(iso)}</v></c>'
        case Span(hours):
            return f'<c r="{place}" s="3"><v>{hours / 24}</v></c>'
        case Formula(text, result):
            return f'<c r="{place}"><f>{text}</f><v>{result}</v></c>'
        case Failed(error):
            return f'<c r="{place}" t="e"><v>{error}</v></c>'
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def xlsx(path: Path, sheets: dict[str, Rows], merged: Sequence[str] = (), hidden: Sequence[str] = ()) -> None:
    """``merged`` as Excel names them ("A2:A4"), in every sheet."""

    def state(name: str) -> str:
        return "hidden" if name in hidden else "visible"

    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in numbers
        )
        + f'<Relationship Id="rId0" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}" state="{state(name)}"/>'
            for i, name in zip(numbers, sheets, strict=True)
        )
        + "</sheets></workbook>",
        "xl/styles.xml": STYLES.removeprefix(XML),
    }
    ranges = "".join(f'<mergeCell ref="{cells}"/>' for cells in merged)
    for i, rows in zip(numbers, sheets.values(), strict=True):
        lines = "".join(
            f'<row r="{r}">{"".join(xlsx_cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row))}</row>'
            for r, row in enumerate(rows, start=1)
        )
        parts[f"xl/worksheets/sheet{i}.xml"] = (
            f'<worksheet xmlns="{SHEET}"><sheetData>{lines}</sheetData>'
            + (f"<mergeCells>{ranges}</mergeCells>" if merged else "")
            + "</worksheet>"
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, XML + text)


def ods_cell(value: Any) -> str:
    def typed(kind: str, attributes: str, shown: str = "x") -> str:
        return f'<table:table-cell office:value-type="{kind}" {attributes}><text:p>{shown}</text:p></table:table-cell>'

    match value:
        case None:
            return "<table:table-cell/>"
        case Day(iso) | Moment(iso):
            return typed("date", f'office:date-value="{iso.replace(" ", "T")}"')
        case Span(hours):
            return typed("time", f'office:time-value="PT{int(hours):02}H{round(hours % 1 * 60):02}M00S"')
        case Formula(text, result):
            return typed("float", f'table:formula="of:={text}" office:value="{result}"')
        case Failed(error):
            return typed("string", 'calcext:value-type="error"', error)
        case bool():
            return typed("boolean", f'office:boolean-value="{str(value).lower()}"')
        case str():
            return typed("string", "", escape(value))
    return typed("float", f'office:value="{value}"')


def ods(path: Path, sheets: dict[str, Rows]) -> None:
    names = {
        **{name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")},
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    spaces = " ".join(f'xmlns:{name}="{space}"' for name, space in names.items())
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    body = f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        archive.writestr(
            "META-INF/manifest.xml",
            f'{XML}<manifest:manifest xmlns:manifest="{manifest}"><manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
        archive.writestr("content.xml", f"{XML}{body}</office:spreadsheet></office:body></office:document-content>")
