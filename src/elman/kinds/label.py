"""Labels: one of a few classes, several of them at once, or one per element of a sequence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.errors import TaskError
from elman.kinds.base import Kind
from elman.sequences import Sequences

if TYPE_CHECKING:
    from elman.kinds.column import Column, Profile

MAX_LABEL_WORDS = 4
MAX_LABEL_LENGTH = 40
ROWS_PER_LABEL = 4
"""A column of labels repeats itself: on average, each of its values stands in this many rows or more ..."""
FEW_LABELS = 10
"""... or in two rows, where there are only a few of them, as in a small table."""
MAX_NUMBER_CLASSES = 20
"""More whole numbers than this are amounts, not names of classes."""
LABELS_PER_ROW = 5
"""Lists of more elements than this, on the mean, are sequences."""


class LabelKind(Kind):
    """One class per row. A label that training never saw has no id; encoding one raises TaskError."""

    name = "label"
    precedence = 40
    is_value = in_rows = names_classes = comes_again = True
    read_as = "text"
    usual_outputs = frozenset(
        {"label", "class", "category", "sentiment", "intent", "rating", "species", "stars", "genre", "emotion"}
    )

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        """Values that come back: whole numbers, or texts of a few words."""
        distinct, rows = len(column.values), len(column.filled)
        if column.holds_lists or distinct == rows:
            return None
        if distinct > max(2, rows / ROWS_PER_LABEL, min(rows / 2, FEW_LABELS)):
            return None
        if column.numeric:
            fits = column.whole and distinct <= MAX_NUMBER_CLASSES
        else:
            longest = max(len(str(value)) for value in column.values)
            fits = column.words <= MAX_LABEL_WORDS and longest <= MAX_LABEL_LENGTH
        return column.profile(cls) if fits else None

    @classmethod
    def describe(cls, profile: Profile) -> str:
        listed = ", ".join(f"{value} {count:,}" for value, count in profile.top)
        more = ", ..." if profile.distinct > len(profile.top) else ""
        return f"{profile.distinct} values that come back ({listed}{more}), so they are classes"

    @classmethod
    def are_texts(cls, profile: Profile) -> bool:
        return profile.words > 1

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        return True

    @classmethod
    def names_in(cls, cell: Any) -> list[str]:
        return [cls.parse(cell)]

    def fit(self, cells: Sequence[Any]) -> None:
        self._learn(self.parse(cell) for cell in cells)

    def _learn(self, names: Iterable[str]) -> None:
        self._set_classes(sorted(set(names)))
        if len(self.classes) < 2:
            raise TaskError(
                f"the output has only one label, {self.classes[0]!r}: there is nothing to learn; "
                "name another column with --output"
                if self.classes
                else "the output holds no label at all: there is nothing to learn; name another column with --output"
            )

    def _set_classes(self, classes: list[str]) -> None:
        self.classes = classes
        self.ids = {name: i for i, name in enumerate(classes)}

    @staticmethod
    def parse(cell: Any) -> Any:
        """A label as text: ``1``, ``1.0`` and ``"1"`` are the same label."""
        if cell is None:
            raise TaskError("a label is missing; remove the row, or give it a label")
        return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

    def id_of(self, name: str) -> int:
        if name not in self.ids:
            shown = ", ".join(map(repr, self.classes[:10])) + (" ..." if len(self.classes) > 10 else "")
            raise TaskError(f"label {name!r} was not in the training data, which has {shown}")
        return self.ids[name]

    def encode(self, cells: Sequence[Any]) -> list[Any]:
        return [self.id_of(self.parse(cell)) for cell in cells]

    def collate(self, encoded: Sequence[Any]) -> Any:
        """``[B]`` int64"""
        return np.array(encoded, np.int64)

    def can_encode(self, cell: Any) -> bool:
        return self.parse(cell) in self.ids

    def allowed_values(self) -> list[str]:
        return self.classes

    def element_names(self, encoded: Any, steps: int) -> list[str]:
        return [self.classes[encoded]]

    def names(self, targets: NDArray[Any]) -> list[str]:
        return [self.classes[i] for i in targets.tolist()]

    def state(self) -> dict[str, Any]:
        return {"classes": self.classes}

    def load_state(self, state: dict[str, Any]) -> None:
        self._set_classes(state["classes"])


class LabelsKind(LabelKind):
    """Several classes per row, as a list or as text separated by ``;``, ``|`` or ``,``."""

    name = "labels"
    precedence = 30
    is_value = in_rows = names_classes = comes_again = False
    empty_says_none = True
    SEPARATORS: ClassVar[str] = ";|,"
    usual_outputs = frozenset({"labels"})

    @classmethod
    def recognises(cls, column: Column) -> Profile | None:
        return cls._lists(column) if column.holds_lists else cls._joined(column)

    @classmethod
    def _lists(cls, column: Column) -> Profile | None:
        """Short lists of a few different names, none of them twice."""
        if column.numeric or column.words > LABELS_PER_ROW or column.words_each > MAX_LABEL_WORDS:
            return None
        few = len(column.values) <= len(column.filled) / ROWS_PER_LABEL
        once = few and all(len(set(map(str, cell))) == len(cell) for cell in column.lists)
        return column.profile(cls) if once else None

    @classmethod
    def _joined(cls, column: Column) -> Profile | None:
        """Labels joined by a separator, in some rows at least."""
        rows = len(column.filled)
        joined = max(sum(separator in str(cell) for cell in column.filled) for separator in cls.SEPARATORS)
        if column.numeric or joined < rows / 10:
            return None
        parts = Counter(name for cell in column.filled for name in cls.parse(cell))
        words = sum(len(part.split()) for part in parts) / max(1, len(parts))
        short = words <= MAX_LABEL_WORDS and all(len(part) <= MAX_LABEL_LENGTH for part in parts)
        if not short or not 0 < len(parts) <= rows / ROWS_PER_LABEL:
            return None
        commonest = tuple(parts.most_common(len(column.profile(cls).top)))
        return column.profile(cls, distinct=len(parts), words=parts.total() / rows, top=commonest)

    @classmethod
    def among(cls, profile: Profile, column: Column, others: Mapping[str, tuple[Profile, Column]]) -> Profile:
        """Tokens or tags, however few there are, where lists of another column are as long in every row."""
        for other, lists in others.values():
            if (other.kind is cls or other.kind.names_each_element) and lists.lengths == column.lengths:
                from elman.kinds.tokens import TokensKind  # which is built on this file

                return profile.as_kind(TokensKind)
        return profile

    @classmethod
    def describe(cls, profile: Profile) -> str:
        return f"{profile.words:.1f} of {profile.distinct} labels per row"

    @classmethod
    def are_texts(cls, profile: Profile) -> bool:
        return False

    @classmethod
    def names_sequences(cls, profile: Profile) -> bool:
        return False

    @classmethod
    def names_in(cls, cell: Any) -> list[str]:
        return cls.parse(cell)

    def fit(self, cells: Sequence[Any]) -> None:
        self._set_classes(sorted({name for cell in cells for name in self.parse(cell)}))
        if not self.classes:
            raise TaskError("the output column holds no label; name another column with --output")

    @staticmethod
    def parse(cell: Any) -> list[str]:
        """The labels of a cell."""
        if cell is None:
            return []
        if isinstance(cell, (list, tuple)):
            return [LabelKind.parse(part) for part in cell]
        text = str(cell)
        separator = next((sign for sign in LabelsKind.SEPARATORS if sign in text), ";")
        return [part.strip() for part in text.split(separator) if part.strip()]

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.float32]]:
        several = np.zeros((len(cells), len(self.classes)), np.float32)
        for row, cell in zip(several, cells, strict=True):
            row[[self.id_of(name) for name in self.parse(cell)]] = 1.0
        return list(several)

    def collate(self, encoded: Sequence[Any]) -> NDArray[np.float32]:
        """``[B, classes]``, zeros and ones"""
        return np.array(encoded, np.float32).reshape(len(encoded), len(self.classes))

    def cut(self, encoded: Any, steps: int) -> Any:
        return encoded  # one value, though it is made of several numbers

    def can_encode(self, cell: Any) -> bool:
        return all(name in self.ids for name in self.parse(cell))

    def element_names(self, encoded: Any, steps: int) -> list[str]:
        return self.names(encoded[None])

    def names(self, targets: NDArray[Any]) -> list[str]:
        """The classes that apply, joined; ``∅`` where none does."""
        several = ([self.classes[i] for i in np.flatnonzero(row)] for row in targets)
        return [" + ".join(names) or "∅" for names in several]


class TagsKind(LabelKind):
    """One class per element of the input sequence; a cell is a list of tags, or text separated by spaces."""

    name = "tags"
    by_role = True
    is_value = False
    names_are = "tags"
    mostly_one = True  # O

    @classmethod
    def names_in(cls, cell: Any) -> list[str]:
        return cls.parse(cell)

    @classmethod
    def remark(cls, profile: Profile) -> str:
        begun = all(str(tag) == "O" or str(tag)[:2] in ("B-", "I-") for tag, _ in profile.top)
        return "the tags are O or begin with B- and I-: they mark spans" if begun else ""

    aligned = True

    def fit(self, cells: Sequence[Any]) -> None:
        self._learn(tag for cell in cells for tag in self.parse(cell))

    @staticmethod
    def parse(cell: Any) -> list[str]:
        return [str(tag) for tag in cell] if isinstance(cell, (list, tuple)) else str(cell or "").split()

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.int64]]:
        return [np.array([self.id_of(tag) for tag in self.parse(cell)], np.int64) for cell in cells]

    def steps(self, encoded: NDArray[np.int64]) -> int:
        return len(encoded)

    def collate(self, encoded: Sequence[NDArray[np.int64]]) -> Sequences:
        return Sequences.of(encoded, np.zeros(0, np.int64))

    @property
    def spans(self) -> bool:
        """True where the tags mark spans: B-, I- (and O, E-, S-)."""
        return spans_in(self.classes)

    def can_encode(self, cell: Any) -> bool:
        return all(tag in self.ids for tag in self.parse(cell))

    def element_names(self, encoded: NDArray[np.int64], steps: int) -> list[str]:
        return self.names(encoded)


def spans_in(tags: Iterable[str]) -> bool:
    """Whether tags mark spans by their first letters: B-, I-, E-, S- and O."""
    return all(tag == "O" or tag[:2] in ("B-", "I-", "E-", "S-") for tag in tags)
