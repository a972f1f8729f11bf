# pyright: strict
"""Columns whose cells are read in another form than they have: words joined by a sign, as many as another column has in
every row; labels with blanks between them; lists that hold one thing each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from types import NoneType

from elman.data.combined import ALONE, BLANKS, PARTED, Combined, parted
from elman.data.table import Cell, Table
from elman.kinds.classes import MAX_LABEL_WORDS, ROWS_PER_LABEL
from elman.kinds.column import Profile, is_list, name_words
from elman.kinds.tokens import GLANCE, MANY_TAGS, TIMES_EACH
from elman.stored import types_of
from elman.tasks import Task

SEVERAL = frozenset("tags labels genres topics categories keywords themes classes subjects".split())  # noqa: SIM905
"""Last words of the names of columns that hold several labels in a cell."""
FEWEST_TWICE = 0.1
"""Of cells with several words, the share that has one twice, at least, if these came one after another."""
MANY_WAYS = 2
"""Different cells for each word, at least, where words stand beside this and that other one."""


def find_joined(table: Table, output: str | None, task: Task | None) -> list[Combined]:
    """The columns whose cells are to be read in another form."""
    if table.layout != "table":
        return []
    alone = [Combined(name, (name,), ALONE) for name in table.names if hold_one_each(table.columns[name])]
    joined = list(tags_of_words(table, output)) if task is None or task.each_step else []
    joined = joined or list(sequences(table))
    labels = [
        Combined(name, (name,), BLANKS)
        for name, found in table.profiles.items()
        if not joined and output in (None, name) and are_labels(table.columns[name], found)
    ]
    return [*alone, *joined, *labels]


def hold_one_each(cells: Sequence[Cell]) -> bool:
    """Whether each cell is a list of one text or number, as of one label where there may be several."""
    if not {list} <= types_of(cells) <= {list, NoneType}:
        return False
    return all(cell is None or (len(cell) == 1 and isinstance(cell[0], str | int | float)) for cell in cells)


# -- tags -------------------------------------------------------------------------------------


def tags_of_words(table: Table, output: str | None) -> Iterator[Combined]:
    """``B-PER|O|B-LOC`` beside ``Anna saw Oslo``, or beside ``Anna|saw|Oslo``."""
    texts = {name: table.columns[name] for name, found in table.profiles.items() if not found.numeric}
    for name in [output] if output in texts else texts:
        for sign in PARTED:
            others = [other for other in texts if other != name] if are_joined(texts[name][:GLANCE], sign) else []
            for other in others:
                for between in (sign, None):
                    if are_tags_of(texts[name], sign, texts[other], between):
                        yield Combined(name, (name,), PARTED[sign])
                        if between and list not in types_of(texts[other]):
                            yield Combined(other, (other,), PARTED[sign])
                        return


def are_joined(cells: Sequence[Cell], sign: str) -> bool:
    """Whether texts are of several lengths, parted at a sign, so that it is no chance if others have as many words."""
    texts = all(cell is None or isinstance(cell, str) for cell in cells)
    return texts and len({len(parted(cell, sign)) for cell in cells if cell is not None}) > 1


def are_tags_of(tags: Sequence[Cell], sign: str, words: Sequence[Cell], between: str | None) -> bool:
    """Whether there is a tag for each word in every row that has both; and fewer different ones, which come again and
    again."""
    own, theirs = Counter[str](), set[str]()
    for tag, word in zip(tags, words, strict=True):
        if tag is None or word is None:
            continue
        each, beside = words_in(tag, sign), words_in(word, between)
        if len(each) != len(beside):
            return False
        own.update(each)
        if len(theirs) <= MANY_TAGS:  # more are surely more than tags
            theirs.update(beside)
        if len(own) > MANY_TAGS:
            return False
    few = len(own) <= own.total() / TIMES_EACH and len(own) < len(theirs)
    return few and all(part and len(part.split()) == 1 for part in own)


def words_in(cell: Cell, sign: str | None) -> list[str]:
    """Of a list, its elements; of a text what stands between the signs, or between white space."""
    return list(map(str, cell)) if is_list(cell) else parted(cell, sign) if sign else str(cell).split()


def sequences(table: Table) -> Iterator[Combined]:
    """``9|20|13|20``: what came one after another, some of it twice; beside a text these may be the votes of several
    people, and labels of it."""
    if any(found.kind.predicts_itself or found.kind.foremost for found in table.profiles.values()):
        return
    for name, found in table.profiles.items():
        cells = table.columns[name]
        for sign in PARTED if found.kind.empty_says_none and types_of(cells) <= {str, NoneType} else ():
            parts = [parted(cell, sign) for cell in cells if cell is not None]
            twice = sum(len({*own}) < len(own) for own in parts)
            if twice >= FEWEST_TWICE * sum(len(own) > 1 for own in parts) > 0:
                yield Combined(name, (name,), PARTED[sign])
                break


# -- labels -----------------------------------------------------------------------------------


def are_labels(cells: Sequence[Cell], found: Profile) -> bool:
    """Whether cells are a few words with blanks between, here more and there fewer and none twice, under a name that
    says that each is a label; and there are so many different cells for so few words that none goes with another."""
    if found.numeric or not {*name_words(found.name)[-1:]} & SEVERAL:
        return False
    if list in types_of(cells) or not 1 < found.words <= MAX_LABEL_WORDS:
        return False
    different = [str(cell).split() for cell in {*cells} - {None}]
    words = {word for cell in different for word in cell}
    if any(sign in word for word in words for sign in PARTED):
        return False
    once = all(len({*cell}) == len(cell) for cell in different) and len({*map(len, different)}) > 1
    return once and MANY_WAYS * len(words) <= len(different) and ROWS_PER_LABEL * len(words) <= found.filled
