"""Tables as Weka writes them; SciPy is the oracle for what it reads."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.io import arff as scipy_arff

from elman.data.detect import detect
from elman.data.readers import read
from elman.errors import DataFileError

HEADER = """% A comment
@RELATION 'made up'

@attribute 'sepal length' NUMERIC
@ATTRIBUTE class {x, 'y z', "it's"} % of three
@attribute note string
@attribute day date "dd/MM/yyyy HH:mm"
@DATA
% another one
"""


def written(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def test_dense_rows(tmp_path):
    rows = "1.5,x,'a, b',\"31/12/2020 23:59\"\n?,'y z',?,?\n -2e3 , \"it's\" , it\\'s,'01/02/2021 00:00', {3}\n"
    table = read(written(tmp_path / "a.arff", HEADER + rows))
    assert table.columns == {
        "sepal length": [1.5, None, -2000.0],
        "class": ["x", "y z", "it's"],
        "note": ["a, b", None, "it\\'s"],
        "day": ["2020-12-31 23:59:00", None, "2021-02-01 00:00:00"],
    }
    assert table.notes == ["1 row with missing cells", "the weights of 1 rows were left out"]


def test_sparse_rows(tmp_path):
    rows = "{0 3, 2 'so }, so'}\n{}\n{1 'y z', 3 \"01/01/2020 00:00\"},{0.5}\n"
    table = read(written(tmp_path / "a.arff", HEADER + rows))
    assert table.columns["sepal length"] == [3, 0, 0] and table.columns["class"] == ["x", "x", "y z"]
    assert table.columns["note"] == ["so }, so", "", ""] and table.columns["day"][2] == "2020-01-01 00:00:00"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER + "1,w,a,?\n", r"a\.arff:10: holds 'w' where attribute 'class' has one of x, y z, it's"),
        (HEADER + "1,x,'a,?\n", r"a\.arff:10: has quotes that don't pair up"),
        (HEADER + "1,x,a\n", r"a\.arff:10: has 3 cells, but there are 4 attributes"),
        (HEADER + "one,x,a,?\n", r"a\.arff:10: holds 'one' where a number"),
        (HEADER + "1,x,a,2020-01-01\n", r"a\.arff:10: holds '2020-01-01' where attribute 'day' has dates as"),
        (HEADER + "{4 1}\n", r"a\.arff:10: holds '4 1' where a sparse row has the number of an attribute, from 0 to 3"),
        (HEADER, "has no rows after @data"),
        (
            "@relation r\n@attribute bag relational\n@attribute a numeric\n@end bag\n@data\n",
            r":2: .*'bag' is relational",
        ),
        ("@relation r\n@attribute a colour\n@data\n1\n", r":2: .*has the type 'colour'"),
        ("@relation r\n@attribute d date qq\n@data\n1\n", r":2: .*whose 'q' isn't read"),
        ("@relation r\n@attribute d date MM-MM\n@data\n1\n", r":2: .*says one thing twice"),
        ("@relation r\n@attribute a numeric\n1\n", r":3: holds '1' before @data"),
        ("@relation r\n@attribute a numeric\n", "has no line @data"),
        ("@relation r\n@data\n1\n", "names no attributes"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, content, message):
    with pytest.raises(DataFileError, match=message):
        read(written(tmp_path / "a.arff", content))


def test_bad_rows_are_left_out_on_demand(tmp_path):
    table = read(written(tmp_path / "a.arff", HEADER + "1,w,a,?\n2,x,a,?\n"), skip_bad=True)
    assert table.columns["sepal length"] == [2] and [item.place[-2:] for item in table.skipped] == ["10"]


@pytest.mark.parametrize("rows", [1, 2, 63])
def test_as_scipy_reads_it(tmp_path, rows):
    rng = random.Random(rows)
    lines = ["@relation r", "@attribute a real", "@attribute b {p,q}", "@attribute c integer", "@data"]
    lines += [f"{rng.gauss(0, 9)!r},{rng.choice('pq')},{rng.choice(['?', rng.randrange(99)])}" for _ in range(rows)]
    path = written(tmp_path / "a.arff", "\n".join(lines))
    expected, _ = scipy_arff.loadarff(path)
    found = read(path).columns
    np.testing.assert_array_equal(np.array(found["a"], float), expected["a"])
    assert found["b"] == [name.decode() for name in expected["b"]]
    np.testing.assert_array_equal(np.array(found["c"], float), expected["c"])


def test_by_content_and_in_parts(tmp_path):
    rows = [f"{i % 7}.5,{'xy'[i % 2]}" for i in range(63)]
    head = "@relation r\n@attribute a numeric\n@attribute class {x,y}\n@data\n"
    written(tmp_path / "my_train.arff", head + "\n".join(rows))
    written(tmp_path / "my_test.arff", head + "\n".join(rows[:9]))
    table = read(tmp_path)
    assert table.columns["split"].count("test") == 9
    assert detect(table).task == "classification"
    assert read(written(tmp_path / "c.txt", head + "1,x\n")).columns == {"a": [1], "class": ["x"]}
    with pytest.raises(DataFileError, match="other attributes"):
        read([tmp_path / "my_train.arff", written(tmp_path / "d.arff", head.replace("{x,y}", "{x,z}") + "1,x\n")])
