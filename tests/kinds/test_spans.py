"""Tags that mark spans: each scheme is found, and read as IOB2 with the spans that seqeval finds in it."""

from __future__ import annotations

import random

import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, IOE1, IOE2, Entities

from elman.kinds import TagsKind
from elman.kinds.column import Column
from elman.kinds.spans import Scheme
from elman.kinds.spans import scheme_of as found_in
from elman.scoring.metrics import metric, spans

Spans = list[tuple[str, int, int]]
SCHEMES = {"IOB1": IOB1, "IOB2": IOB2, "IOE1": IOE1, "IOE2": IOE2, "BIOES": IOBES, "BILOU": BILOU}


def scheme_of(rows: list[list[str]]) -> Scheme:
    """The scheme of tags that mark spans."""
    found = found_in(rows)
    assert found is not None
    return found


def sentence(rng: random.Random, length: int) -> Spans:
    """Spans ``(type, first, past the last)`` in a row of so many words, often side by side."""
    found, at = [], 0
    while at < length:
        size = rng.randint(1, 4)
        if rng.random() < 0.6:
            found.append((rng.choice(["PER", "GPE-LOC", "x_y"]), at, min(at + size, length)))
        at += size
    return found


def written(found: Spans, length: int, scheme: str) -> list[str]:
    """Spans as tags, by the definition of each scheme."""
    tags = ["O"] * length
    for place, (kind, first, last) in enumerate(found):
        letters = ["I"] * (last - first)
        after = place + 1 < len(found) and found[place + 1][:2] == (kind, last)
        before = place > 0 and found[place - 1][0] == kind and found[place - 1][2] == first
        if scheme == "IOB2" or (scheme == "IOB1" and before):
            letters[0] = "B"
        if scheme == "IOE2" or (scheme == "IOE1" and after):
            letters[-1] = "E"
        if scheme in ("BIOES", "BILOU"):
            letters[0], letters[-1] = "B", scheme[{"BIOES": 3, "BILOU": 2}[scheme]]
            if last - first == 1:
                letters = [scheme[4]]
        tags[first:last] = [f"{letter}-{kind}" for letter in letters]
    return tags


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", range(3))
def test_every_scheme_is_read_with_the_spans_that_seqeval_finds(scheme, seed):
    rng = random.Random(seed)
    lengths = [0, 1, 2, 63, *(rng.randint(1, 17) for _ in range(97))]
    found = [sentence(rng, length) for length in lengths]
    rows = [written(*pair, scheme) for pair in zip(found, lengths, strict=True)]
    read_as = scheme_of(rows)
    assert read_as.called == scheme.rstrip("12" if "IOE" in scheme else "")
    read = [read_as.read(row) for row in rows]
    if scheme != "IOE1":  # there seqeval doesn't see a span of one word before another
        theirs = Entities(rows, SCHEMES[scheme]).entities
        assert [spans(row) for row in read] == [{entity.to_tuple()[1:] for entity in row} for row in theirs]
    assert [spans(row) for row in read] == list(map(set, found))
    assert [written(*pair, "IOB2") for pair in zip(found, lengths, strict=True)] == read
    assert [read_as.read(row) for row in read] == read  # IOB2 beside it, as in another file, is read as it is


@pytest.mark.parametrize("form", ["{0}_{1}", "{1}-{0}", "{1}_{0}", "{0}:{1}", "{0}/{1}"])
def test_letter_and_type_in_any_notation(form):
    rng = random.Random(5)
    found = [[(kind.replace("_", "-"), first, last) for kind, first, last in sentence(rng, 9)] for _ in range(40)]
    plain = [written(spans_of, 9, "IOB1") for spans_of in found]
    rows = [[tag if tag == "O" else form.format(tag[0], tag[2:]) for tag in row] for row in plain]
    read_as = scheme_of(rows)
    assert [spans(read_as.read(row)) for row in rows] == list(map(set, found))
    assert f"written {form.format('B', 'PER')}" in read_as.describe()


def test_small_letters_and_other_words_for_outside():
    read_as = scheme_of([["b-per", "i-per", "_", "i-per"], ["_", "b-loc"]])
    assert read_as.read(["b-per", "i-per", "_", "i-per"]) == ["B-per", "I-per", "O", "B-per"]
    assert "b-PER and '_' outside" in read_as.describe()


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (["B I O B B"], "B I O B B"),
        (["B M E S B E"], "B I I B B I"),
        (["B-x M-x E-x S-x"], "B-x I-x I-x B-x"),
        (["B-x M-x E-x W-x O"], "B-x I-x I-x B-x O"),
        (["O I-x I-y I-y"], "O B-x B-y I-y"),
        (["B-x I-y O I-y B-y I-x"], "B-x B-y O B-y B-y B-x"),  # broken: as conlleval reads it
        (["B-x O B-y"], "B-x O B-y"),
    ],
)
def test_by_hand(rows, read):
    rows = [row.split() for row in rows]
    assert scheme_of(rows).read(rows[0]) == read.split()


def test_broken_tags_are_scored_as_seqeval_scores_them():
    rng = random.Random(1)
    names = ["O", "B-a", "I-a", "B-b-c", "I-b-c"]
    actual = [[rng.choice(names) for _ in range(rng.choice([1, 2, 11]))] for _ in range(200)]
    predicted = [[rng.choice(names) if rng.random() < 0.4 else tag for tag in row] for row in actual]
    read_as = scheme_of(actual)
    assert read_as.called == "IOB1 and IOB2, mixed"
    ours = [[read_as.read(row) for row in side] for side in (predicted, actual)]
    assert metric("span_f1")(*ours) == pytest.approx(f1_score(actual, predicted))


@pytest.mark.parametrize(
    "rows",
    [
        [["DET", "NOUN"], ["VERB"]],
        [["B-adj", "N", "O"]],  # a part of speech that happens to begin so
        [["B-adj", "I-verb", "E-noun"]],  # nothing that goes on has begun
        [["B-adj", "S-noun"]],  # nothing goes on, nothing is outside
        [["N", "B", "I", "O"]],
        [["I", "O"], ["O", "I"]],  # in and out
        [["O", "I", "O", "B", "O", "I"]],  # letters alone, in no order of spans
        [["0", "1", "2"]],
        [["O"]],
        [[]],
        [],
        [[f"B-{i}" for i in range(2000)] + ["I-0", "O"]],
    ],
)
def test_other_tags_mark_no_spans(rows):
    assert found_in(rows) is None


def test_a_slip_is_said():
    rows = [["B-x", "I-x", "O"]] * 30 + [["O", "I-x", "O"]]
    assert "but for 1 of 31 spans that begin with I" in scheme_of(rows).describe()
    assert TagsKind.remark(Column("tags", rows).profile(TagsKind), rows) == scheme_of(rows).describe()


def test_a_column_of_tags_keeps_its_scheme():
    kind = TagsKind()
    kind.fit([["U-x", "O"], "B-x L-x"])
    again = TagsKind()
    again.load_state(kind.state())
    for one in (kind, again):
        assert one.classes == ["B-x", "I-x", "O"] and one.spans
        assert one.names(one.encode([["U-x", "B-x", "I-x", "L-x", "O"]])[0]) == ["B-x", "B-x", "I-x", "I-x", "O"]
        assert one.can_encode("B-x L-x") and not one.can_encode(["U-y"])
        assert "in BILOU" in one.how_read()
