"""Whatever is wrong with an item, its error says that it may be left out; where it is, that isn't said again."""

from __future__ import annotations

import pytest

from elman.data.readers import read
from elman.errors import DataFileError

FILES = {
    "x.jsonl": '{"text": "a", "label": "x"}\n' * 9 + '{"text": "b", "label":\n',
    "x.csv": "text,label\n" + "a,x\n" * 9 + "a,x,y\n",
    "zero.csv": "text,label\n" + "a,x\n" * 9 + "a\0,x\n",
    "x.arff": "@relation r\n@attribute a numeric\n@attribute c {x, y}\n@data\n" + "1,x\n" * 9 + "1,z\n",
    "x.ts": "@timeStamps false\n@classLabel true a b\n@data\n" + "1,2,3:a\n" * 9 + "1,2,3\n",
}


@pytest.mark.parametrize("name", FILES)
def test_each_error_of_an_item_names_the_way_out(tmp_path, name):
    (tmp_path / name).write_text(FILES[name], encoding="utf-8", newline="")
    with pytest.raises(DataFileError, match=r"[^.] \(--skip-bad leaves out all such items\)\.$") as raised:
        read(tmp_path / name)
    found = read(tmp_path / name, skip_bad=True)
    assert len(found) == 9 and [item.place for item in found.skipped] == [raised.value.place]


def test_what_breaks_off_says_so(tmp_path):
    for text in ('[{"text": "a"}, {"text": "b"', '[{"text": "a"}, {"text": "b'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(DataFileError, match="breaks off at its end"):
            read(tmp_path / "x.json")
