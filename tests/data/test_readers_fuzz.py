"""Whatever the bytes, a reader gives a table whose columns agree, or an ElmanError."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import ElmanError

SUFFIXES = ["", ".csv", ".tsv", ".jsonl", ".json", ".parquet", ".conll", ".conllu", ".txt"]
# Pieces that files are made of, so that the fuzzer gets past the first line.
PIECES = st.sampled_from(
    [
        *(
            b"\n",
            b"\r\n",
            b"\r",
            b"\t",
            b",",
            b";",
            b'"',
            b'""',
            b" ",
            b"a",
            b"B-x",
            b"O",
            b"1",
            b"-2.5",
            b"007",
        ),
        *(
            b"NA",
            b"# ",
            b"1-2",
            b"8.1",
            b"{",
            b"}",
            b'{"a": [1, "b"]}',
            b'{"a": null}',
            b"[",
            b"]",
            b":",
            b"\\",
            b'\\"',
            b"sep=;\n",
            b"|",
            b"2019",
        ),
        *(
            b"\\ud800",
            b"PAR1",
            b"\x1f\x8b",
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\xe9",
            b"\xc3\xa9",
            b"\0",
            b"\x85",
        ),
        *(b"\xe2\x80\xa8", b"\x0c", b"1\ta\ta\tX\tY\t_\t0\troot\t_\t_\n", b"token\tO\n", b"x,y\n"),
        b"text,label\n",
    ]
)
CONTENT = st.binary(max_size=200) | st.lists(PIECES, max_size=40).map(b"".join)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=CONTENT, packed=st.booleans(), skip_bad=st.booleans())
def test_only_elman_errors_come_out(tmp_path, suffix, content, packed, skip_bad):
    path = tmp_path / f"data{suffix}"
    path.write_bytes(gzip.compress(content) if packed else content)
    try:
        table = read(path, skip_bad=skip_bad)
        assert {len(cells) for cells in table.columns.values()} == {len(table)}
        for cells in table.columns.values():
            str(cells).encode("utf-8")  # what was read can be written again
        assert sum(count for _, count in table.files) in (0, len(table))
        detect(table)
    except ElmanError as error:
        assert str(error)


@pytest.mark.parametrize("names", [("a.en", "a.de"), ("a.en", "a.csv"), ("a.csv", "b.csv")])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=CONTENT, second=CONTENT)
def test_pairs_of_files(tmp_path, names, first, second):
    paths = [tmp_path / name for name in names]
    for path, content in zip(paths, (first, second), strict=True):
        path.write_bytes(content)
    try:
        read(paths)
    except ElmanError as error:
        assert str(error)
