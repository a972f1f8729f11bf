"""Words with their tags, a line or a row each, as many programs write them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from elman.data.detect import detect
from elman.data.readers import read, stream
from elman.errors import DataFileError

SENTENCES = [
    [("Anna", "NNP", "B-PER"), ("k", "NNP", "I-PER"), ("sings", "VBZ", "O")],
    [("#", "SYM", "O"), ("10\u00a0000", "CD", "O")],
    [("Bob", "NNP", "B-PER")],
] * 8
WORDS = [[word for word, _, _ in sentence] for sentence in SENTENCES]
TAGS = [[tag for _, _, tag in sentence] for sentence in SENTENCES]


def text_of(sign: str, columns: tuple[int, ...] = (0, 1, 2), end: str = "\n", blank: str = "") -> str:
    blocks = [[sign.join(row[i] for i in columns) for row in sentence] for sentence in SENTENCES]
    return (end + blank + end).join(end.join(block) for block in blocks) + end


FORMS = {
    "spaces": text_of(" "),
    "tabs": text_of("\t"),
    "Windows": text_of("\t", end="\r\n"),
    "padded": text_of("\t\t"),
    "documents": "-DOCSTART- -X- O\n\n" + text_of(" ") + "\n-DOCSTART-\n\nlast NN O\n",
    "comments": "# a remark\n" + text_of(" ").replace("\n\n", "\n\n# sent_id = 4\n#\thttp://x\n"),
    "two columns": text_of(" ", (0, 2)),
    "names": "Word POS Tag\n" + text_of(" "),
    "names apart": "token\tpos\tner\n\n" + text_of("\t"),
    "tag first": text_of("\t", (2, 0)),
    "lone tabs": text_of("\t", blank="\t"),
}


@pytest.mark.parametrize("form", FORMS)
def test_words_and_tags_come_back(tmp_path: Path, form: str):
    for name in ("x.conll", "x.txt"):
        (tmp_path / name).write_bytes(FORMS[form].encode())
        table = read(tmp_path / name)
        found = detect(table)
        words, tags = table.columns[found.inputs[0]], table.columns[str(found.output)]
        assert (words[:24], tags[:24]) == (WORDS, TAGS)
        assert table.layout == "conll" and found.task == "tagging"
    if form == "documents":
        assert "x.txt: 2 lines -DOCSTART- left out" in table.notes
    if form.startswith("names"):
        assert table.names[1] in ("POS", "pos") and table.has_header


def test_words_that_are_counted(tmp_path: Path):
    rows = [[f"{i}\t{word}\t{tag}\tO" for i, (word, _, tag) in enumerate(s, start=1)] for s in SENTENCES]
    (tmp_path / "x.tsv").write_text("\n\n".join("#\thttp://x [2009]\n" + "\n".join(block) for block in rows))
    table = read(tmp_path / "x.tsv")
    assert table.names == ["token", "column_3", "tag"] and table.columns["token"] == WORDS


def test_tokens_that_hold_spaces(tmp_path: Path):
    (tmp_path / "x.conll").write_text("New York\tB-LOC\nis\tO\n\nit\tO\nis\tO\n" * 3)
    assert read(tmp_path / "x.conll").columns["token"][0] == ["New York", "is"]


def test_other_columns_of_tags_are_said(tmp_path: Path):
    (tmp_path / "x.conll").write_text(text_of(" "))
    found = detect(read(tmp_path / "x.conll"))
    assert found.output == "tag" and any(
        "column_2" in sentence and "--output" in sentence for sentence in found.evidence
    )
    assert detect(read(tmp_path / "x.conll"), output="column_2").output == "column_2"


def test_conll_2012_is_refused_by_name(tmp_path: Path):
    row = "bc/cctv 0 0 In IN (TOP(S* - - - Speaker#1 * -\n"
    (tmp_path / "x.conll").write_text(
        "#begin document (bc/cctv); part 000\n" + row * 3 + "\n" + row + "#end document\n"
    )
    with pytest.raises(DataFileError, match="CoNLL-2012"):
        read(tmp_path / "x.conll")


# A row per word


def rows_of(every: bool, name: str = "Sentence: {}") -> pd.DataFrame:
    """As Kaggle has it: the sentence is named in each row, or in its first one alone."""
    rows = [
        (name.format(number) if every or not place else None, *word)
        for number, sentence in enumerate(SENTENCES, start=1)
        for place, word in enumerate(sentence)
    ]
    return pd.DataFrame(rows, columns=["Sentence #", "Word", "POS", "Tag"])


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("name", ["Sentence: {}", "{}"])
def test_a_row_per_word_becomes_a_row_per_sentence(tmp_path: Path, every, name):
    rows_of(every, name).to_csv(tmp_path / "x.csv", index=False)
    table = read(tmp_path / "x.csv")
    assert (table.names, table.columns["Word"], table.columns["Tag"]) == (["Word", "POS", "Tag"], WORDS, TAGS)
    found = detect(table)
    assert (found.task, found.inputs, found.output) == ("tagging", ("Word",), "Tag")
    assert [row for part in stream(tmp_path / "x.csv", 7) for row in part.columns["Word"]] == WORDS


def test_sentences_parted_by_blank_lines_in_a_table(tmp_path: Path):
    for blank in ("", ",,"):
        (tmp_path / "x.csv").write_text("Word,POS,Tag\n" + text_of(",", blank=blank))
        assert read(tmp_path / "x.csv").columns["Word"] == WORDS


def test_rows_that_do_not_stand_together_and_missing_words_are_named(tmp_path: Path):
    frame = rows_of(True)
    frame.sample(frac=1, random_state=1).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(DataFileError, match="don't stand together"):
        read(tmp_path / "x.csv")
    frame.loc[4, "Word"] = None
    frame.to_csv(tmp_path / "y.csv", index=False)
    with pytest.raises(DataFileError, match=r"row 5: has no word"):
        read(tmp_path / "y.csv")
    assert len(read(tmp_path / "y.csv", skip_bad=True)) == len(SENTENCES) - 1


def test_texts_beside_the_name_of_a_sentence_stay_rows(tmp_path: Path):
    rows = [(i // 3, f"the room {i} was fine", "ab"[i % 2]) for i in range(30)]
    pd.DataFrame(rows, columns=["sentence_id", "sentence", "label"]).to_csv(tmp_path / "x.csv", index=False)
    assert len(read(tmp_path / "x.csv")) == 30
