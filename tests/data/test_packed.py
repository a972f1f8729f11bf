"""Files that are packed: gzip, bzip2 and xz, whatever they are called."""

from __future__ import annotations

import bz2
import gzip
import lzma

import pandas
import pytest

from elman.data.readers import read
from elman.errors import DataFileError

PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
TABLE = "text,label\n" + "".join(f'"some, words {i}",{"ab"[i % 2]}\n' for i in range(63))


@pytest.mark.parametrize("ending", PACK)
def test_packed_files_are_read_by_the_name_within(tmp_path, ending):
    (tmp_path / f"x.csv.{ending}").write_bytes(PACK[ending](TABLE.encode()))
    (tmp_path / "x.csv").write_bytes(PACK[ending](TABLE.encode()))
    assert read(tmp_path / f"x.csv.{ending}").columns == read(tmp_path / "x.csv").columns
    assert len(read(tmp_path / "x.csv")) == 63
    frame = pandas.DataFrame({"n": [1, 2, 3]})
    (tmp_path / f"x.parquet.{ending}").write_bytes(PACK[ending](frame.to_parquet()))
    assert read(tmp_path / f"x.parquet.{ending}").columns == {"n": [1, 2, 3]}
    for side in ("en", "de"):
        (tmp_path / f"x.{side}.{ending}").write_bytes(PACK[ending](f"a line in {side}\n".encode()))
    assert read([tmp_path / f"x.{side}.{ending}" for side in ("en", "de")]).names == ["en", "de"]


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("kept", [7, 20, 0.5, -1])
def test_packed_files_that_are_cut_off(tmp_path, ending, kept):
    data = PACK[ending](TABLE.encode())
    data = data[: int(len(data) * kept)] if kept == 0.5 else data[:kept]
    (tmp_path / f"x.csv.{ending}").write_bytes(data)
    with pytest.raises(DataFileError, match=rf"x\.csv\.{ending}: the packed data are damaged or cut off"):
        read(tmp_path / f"x.csv.{ending}")
