# pyright: strict
"""A record: several columns of different kinds beside each other, texts among them, as one input."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from elman.errors import ElmanError, TaskError
from elman.kinds.base import Kind, other_columns, text_of, within
from elman.kinds.column import Column
from elman.kinds.names import NamesKind
from elman.kinds.recognition import KINDS, recognise
from elman.kinds.row import RowKind, from_object
from elman.kinds.text import EncodedTexts, TextKind
from elman.kinds.union import UnionFeatures, UnionRow
from elman.kinds.word_vectors import VectorSource
from elman.stored import Beside, Counts, Stored, at_least, beside, columns_of, counted, written

if TYPE_CHECKING:
    from elman.export.around import Meaning
    from elman.graph import Graph, Value
    from elman.settings import Settings

ONE_LANGUAGE = 0.5
"""Two texts are of one language where so large a share of the tokens of each stands in the other, too."""


@dataclass(frozen=True)
class Part:
    """Columns of a record that are read together, by their places, and the fitted kind that reads them."""

    columns: list[int]
    kind: Kind

    def cells(self, records: Sequence[Sequence[Any]]) -> Sequence[Any]:
        """Of each record what the part is of: a value, or the values of a row."""
        if isinstance(records, Beside):
            columns = [records.columns[i] for i in self.columns]
            return beside(columns) if isinstance(self.kind, RowKind) else columns[0]
        if isinstance(self.kind, RowKind):
            return [tuple(record[i] for i in self.columns) for record in records]
        return [record[self.columns[0]] for record in records]


class ColumnsKind(Kind):
    """Columns of several kinds, looked at together. A cell is a tuple, what stands in each column.

    columns: their names, and the kinds that they are read as by name
    """

    def __init__(self, columns: Mapping[str, str] | None = None):
        self.columns = dict(columns or {})

    def reading(self, columns: Mapping[str, str]) -> Self:
        self.columns = dict(columns)
        return self

    @classmethod
    def together(cls, columns: Sequence[Sequence[Any]]) -> Any:
        """Of each row what stands in its columns."""
        return beside(columns)

    @property
    def names_of_columns(self) -> list[str]:
        return list(self.columns)


class RecordKind(ColumnsKind):
    """Texts, several labels, categories, numbers and dates beside each other. A cell is a tuple, a value per column.

    Each text and each column of several labels is a part with an encoder of its own; all other columns are one more, a
    row. Two texts of one language are a pair (a question and its answer, two sentences that may agree): they share
    vocabulary and encoder. A text that is missing has no tokens; what is missing of a row, ``RowKind`` says.

    columns: their names, and the kinds that they are read as by name; found from the cells, where none are given
    """

    name = "record"
    by_role = of_parts = as_one_vector = comes_again = has_ngrams = True
    one_is = "record"
    goes_in = "several columns in"
    example = "A TEXT,12.5,shop"
    uses = TextKind.uses

    def __init__(self, columns: Mapping[str, str] | None = None):
        super().__init__(columns)
        self.parts: list[Part] = []
        self.new_text: Callable[[], TextKind] = TextKind

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        kind = cls()
        kind.new_text = lambda: TextKind.from_settings(settings)
        return kind

    def taking_vectors(self, source: VectorSource, *, fills: bool) -> Self:
        new = self.new_text
        self.new_text = lambda: new().taking_vectors(source, fills=fills)
        return self

    def how_read(self) -> str:
        texts = [(self.names_of_columns[part.columns[0]], part.kind) for part in self.parts if part.kind.of_tokens]
        return "; ".join(f"{name}: {how}" for name, kind in texts if (how := kind.how_read()))

    def go_on_from(self, old: Kind) -> None:
        parts = old.parts if isinstance(old, RecordKind) and old.columns == self.columns else []
        if [part.columns for part in parts] != [part.columns for part in self.parts]:
            raise other_columns(self.names_of_columns)
        gone_on: set[int] = set()
        for new, before in zip(self.parts, parts, strict=True):
            if id(new.kind) not in gone_on:
                new.kind.go_on_from(before.kind)
                gone_on.add(id(new.kind))

    def names_of_rows(self) -> list[list[str]]:
        return [names for part in self.parts for names in part.kind.names_of_rows()]

    def texts_in(self, cells: Sequence[Any]) -> list[str]:
        texts = [i for i, kind in enumerate(self.columns.values()) if KINDS[kind].beside_as == TextKind.name]
        return [cell[i] for cell in cells for i in texts if isinstance(cell[i], str)]

    # -- fitting ------------------------------------------------------------------------------

    def fit(self, cells: Sequence[Any]) -> None:
        columns = [column if isinstance(column, Stored) else list(column) for column in columns_of(cells)]
        if not self.columns:
            self.columns = {f"column_{i + 1}": role_of(column) for i, column in enumerate(columns)}
        roles = [KINDS[kind].beside_as for kind in self.columns.values()]
        places = {role: [i for i, own in enumerate(roles) if own == role] for role in ("text", "names", "row")}
        self.parts = self._texts(columns, places["text"])
        self.parts += [Part([i], fitted(NamesKind(), columns[i])) for i in places["names"]]
        if places["row"]:
            part = Part(places["row"], RowKind([self.names_of_columns[i] for i in places["row"]]))
            part.kind.fit(part.cells(cells))
            self.parts.append(part)

    def _texts(self, columns: Sequence[Sequence[Any]], places: Sequence[int]) -> list[Part]:
        """A part for each text; two texts of one language have one kind."""
        own = [fitted(self.new_text(), columns[i]) for i in places]
        if len(places) == 2 and of_one_language(*((kind, columns[i]) for kind, i in zip(own, places, strict=True))):
            both = written(chain.from_iterable(columns[i] for i in places), columns[places[0]])
            own = [fitted(self.new_text(), both)] * 2
        return [Part([i], kind) for i, kind in zip(places, own, strict=True)]

    @property
    def pair(self) -> bool:
        """Whether its first two parts are texts that share one encoder."""
        return len(self.parts) > 1 and self.parts[0].kind is self.parts[1].kind

    # -- encoding -----------------------------------------------------------------------------

    def faults(self, cells: Sequence[Any]) -> dict[int, ElmanError]:
        wanted = len(self.columns)
        found: dict[int, ElmanError] = {}
        for row, cell in enumerate(cells):
            if cell is None:
                found[row] = TaskError("a record is missing; give it its values, or leave it out")
            elif isinstance(cell, str) or (wanted and len(cell) != wanted):
                names = ", ".join(self.columns)
                found[row] = TaskError(f"is {cell!r}, expected a record of {wanted} values, one for each of {names}")
        whole = [row for row in range(len(cells)) if row not in found]
        for part in self.parts or self._to_come():
            wrong = part.kind.faults(part.cells([cells[row] for row in whole]))
            found |= {whole[place]: error for place, error in wrong.items() if whole[place] not in found}
        return found

    def _to_come(self) -> list[Part]:
        """The row that will be a part, before it is fitted."""
        places = [i for i, kind in enumerate(self.columns.values()) if KINDS[kind].beside_as == RowKind.name]
        return [Part(places, RowKind([self.names_of_columns[i] for i in places]))] if places else []

    def encode(self, cells: Sequence[Any]) -> list[tuple[Any, ...]]:
        if faults := self.faults(cells):
            raise faults[min(faults)]
        return list(zip(*(part.kind.encode(part.cells(cells)) for part in self.parts), strict=True))

    def collate(self, encoded: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
        """A tuple of the parts' batches."""
        return tuple(part.kind.collate([one[k] for one in encoded]) for k, part in enumerate(self.parts))

    def before(self, graph: Graph, part: str = "") -> Graph:
        for k, own in enumerate(self.parts):
            graph = own.kind.before(graph, within(part, str(k)))
        return graph

    def before_arrays(self, examples: Sequence[tuple[Any, ...]], part: str = "") -> dict[str, Value]:
        found: dict[str, Value] = {}
        for k, own in enumerate(self.parts):
            found |= own.kind.before_arrays([one[k] for one in examples], within(part, str(k)))
        return found

    def meanings(self, part: str = "") -> dict[str, Meaning]:
        """Of all its parts; a text and names by those of their columns."""
        found: dict[str, Meaning] = {}
        for k, own in enumerate(self.parts):
            for name, meaning in own.kind.meanings(within(part, str(k))).items():
                column = self.names_of_columns[own.columns[0]]
                of_one = len(own.columns) == 1 and not isinstance(own.kind, RowKind)
                found[name] = replace(meaning, name=f"{column} {meaning.name}") if of_one else meaning
        return found

    # -- elements -----------------------------------------------------------------------------

    def steps(self, encoded: tuple[Any, ...]) -> int:
        """Tokens of all its texts; one, where there are none."""
        return max(1, sum(len(names) for names in self._tokens(encoded)))

    def cut(self, encoded: tuple[Any, ...], steps: int) -> tuple[Any, ...]:
        """Each of its texts cut to so many tokens."""
        return tuple(part.kind.cut(one, steps) for part, one in zip(self.parts, encoded, strict=True))

    def element_names(self, encoded: tuple[Any, ...], steps: int) -> list[str]:
        return [self.name] if steps == 1 else [name for names in self._tokens(encoded) for name in names]

    def _tokens(self, encoded: tuple[Any, ...]) -> list[list[str]]:
        pairs = zip(self.parts, encoded, strict=True)
        return [part.kind.element_names(one, part.kind.steps(one)) for part, one in pairs if part.kind.of_tokens]

    def source_columns(self) -> list[int]:
        """A text is one number, however many features it has."""
        return [part.columns[i] for part in self.parts for i in part.kind.source_columns() or [0]]

    # -- beside the network -------------------------------------------------------------------

    def linear_features(self) -> UnionFeatures:
        return UnionFeatures(sum(part.kind.of_tokens for part in self.parts), self.values)

    @property
    def values(self) -> int:
        """How many figures, categories and names there are beside the texts."""
        return sum(len(vocabulary) for vocabulary in self._vocabularies()) + self._figures()

    def _vocabularies(self) -> list[Any]:
        rows = [part.kind for part in self.parts if isinstance(part.kind, RowKind)]
        named = [part.kind.vocabulary for part in self.parts if isinstance(part.kind, NamesKind)]
        return [*named, *(vocabulary for row in rows for vocabulary in row.categories.values())]

    def _figures(self) -> int:
        return sum(part.kind.figures for part in self.parts if isinstance(part.kind, RowKind))

    def linear_inputs(self, cells: Sequence[Any]) -> list[UnionRow]:
        """The texts of each record, and which of the values beside them it has, how strongly."""
        starts = np.cumsum([0, *map(len, self._vocabularies())]).tolist()
        return [self._as_union(cell, encoded, starts) for cell, encoded in zip(cells, self.encode(cells), strict=True)]

    def _as_union(self, cell: Sequence[Any], encoded: tuple[Any, ...], starts: list[int]) -> UnionRow:
        texts = tuple(part.kind.parse(cell[part.columns[0]]) for part in self.parts if part.kind.of_tokens)
        chosen: list[int] = []
        figures: list[float] = []
        at = 0
        for part, one in zip(self.parts, encoded, strict=True):
            if isinstance(part.kind, NamesKind):
                chosen += [starts[at] + int(i) for i in one]
                at += 1
            elif isinstance(part.kind, RowKind):
                chosen += [starts[at + k] + int(i) for k, i in enumerate(one[1])]
                at += len(one[1])
                figures += one[0].tolist()
        ids = [*chosen, *range(starts[-1], starts[-1] + len(figures))]
        weights = np.array([1.0] * len(chosen) + figures, np.float32)
        return UnionRow(texts, np.array(ids, np.int64), weights)

    # -- for people ---------------------------------------------------------------------------

    def in_short(self, cell: Any) -> str:
        """The values with a stroke between them."""
        return " | ".join(" ".join(text_of(value).split()) for value in cell or ())

    @classmethod
    def typed(cls, text: str, columns: Sequence[str]) -> tuple[Any, ...]:
        """The values separated by commas, as in a CSV file; or a JSON object of some of them by the columns' names."""
        if text.lstrip().startswith("{"):
            return from_object(text, columns)
        values = next(csv.reader([text], skipinitialspace=True), list[str]())
        if len(values) != len(columns):
            raise TaskError(
                f"{text!r} has {len(values)} values; expected {len(columns)}, separated by commas: "
                f"{', '.join(columns)}. Put a value with commas in it between double quotes, or pass a JSON object: "
                f'{{"{columns[0]}": ...}}'
            )
        return tuple(value.strip() or None for value in values)

    # -- saving -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        from elman.kinds import to_json

        once = self.parts[1:] if self.pair else self.parts  # the kind of a pair stands once
        return {
            "columns": self.columns,
            "pair": self.pair,
            "places": [part.columns for part in self.parts],
            "kinds": [to_json(part.kind) for part in once],
        }

    def load_state(self, state: dict[str, Any]) -> None:
        from elman.kinds import from_json

        kinds = [from_json(record) for record in state["kinds"]]
        kinds = [kinds[0], *kinds] if state["pair"] else kinds
        self.columns = dict(state["columns"])
        self.parts = [Part(list(places), kind) for places, kind in zip(state["places"], kinds, strict=True)]
        if sorted(i for part in self.parts for i in part.columns) != [*range(len(self.columns))]:
            raise ValueError("the parts of its records aren't made of their columns")


def fitted(kind: Any, cells: Sequence[Any]) -> Any:
    """The kind, once it is fitted."""
    kind.fit(cells)
    return kind


def role_of(column: Sequence[Any]) -> str:
    """The kind, by name, as which a column is read that nobody has looked at yet."""
    found = recognise(Column("column", column))
    if found.kind.beside_as:
        return found.kind.name
    return "number" if found.numeric else TextKind.name


def of_one_language(*texts: tuple[TextKind, Sequence[Any]]) -> bool:
    """Whether most tokens of either of two texts stand in the other one, too."""
    tokens = EncodedTexts.of(list(map(kind.fold, kind.split(cell))) for kind, cells in texts for cell in cells)
    middle = int(tokens.offsets[len(texts[0][1])])
    sides = [counted(tokens.distinct, tokens.often(steps)) for steps in (slice(middle), slice(middle, None))]

    def share(own: Counter[str] | Counts, other: Counter[str] | Counts) -> float:
        beside = zip(at_least(own, 0), at_least(other, 0), strict=True)  # both of all tokens, in one order
        return sum(count for (_, count), (_, there) in beside if there) / max(1, own.total())

    return min(share(sides[0], sides[1]), share(sides[1], sides[0])) >= ONE_LANGUAGE
