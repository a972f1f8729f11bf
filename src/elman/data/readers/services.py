# pyright: strict
"""JSON as services answer questions for data: values by their times, or tables of names and cells, somewhere within.

Alpha Vantage, CoinGecko, Yahoo's charts, Prometheus, Grafana, InfluxDB, the World Bank, Socrata, PxWeb and JSON-stat
(statistical offices, Eurostat) write what these forms are; they are known by their shape alone, whatever their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import prod
from typing import Any, TypeGuard, cast

from elman.data.forms.moments import ALIKE, layout_of, moment_in
from elman.data.forms.stamps import FIRST, LAST, PER_SECOND
from elman.data.naming import free_name
from elman.kinds.column import is_list

Row = dict[str, Any]
FEWEST = 6
"""Rows that show that it is a table, or a series."""
DEEPEST = 6
NAME, TIME, VALUE = "name", "time", "value"
"""What columns are called that have no name."""
INDEX = "index"
PAIR = 2
"""A time and a value."""


def rows_of_service(value: Any, deep: int = DEEPEST) -> tuple[list[Row], list[str]] | None:
    """The rows of the first such table within, or of all that stand side by side and have its columns, behind the name
    of each; and the names of what stands beside them. None where there is none."""
    for read in READ:
        if (rows := read(value)) and len(rows) >= FEWEST:
            return rows, []
    within = value.items() if is_object(value) else [("", value[0])] if is_list(value) and len(value) == 1 else ()
    tables = {name: found for name, inner in within if deep and (found := rows_of_service(inner, deep - 1))}
    if not tables:
        return None
    rows, left = next(iter(tables.values()))
    alike = {name: own for name, (own, _) in tables.items() if own[0].keys() == rows[0].keys()}
    if len(alike) > 1:
        called = free_name(NAME, rows[0])
        rows = [{called: name, **row} for name, own in alike.items() for row in own]
    return rows, left or [other for other, own in within if other not in alike and not is_plain(own)]


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def flat(value: Row, before: str = "", deep: int = DEEPEST) -> Row:
    """What stands within an object by its path, but for lists."""
    found: Row = {}
    for name, inner in value.items():
        if is_object(inner) and deep:
            found |= flat(inner, f"{before}{name}.", deep - 1)
        elif is_plain(inner):
            found[before + name] = inner
    return found


def are_times(cells: Sequence[Any]) -> bool:
    """Whether they are dates, or rise or fall as seconds or milliseconds since 1970; none comes twice."""
    if len(cells) < FEWEST or len(types := {*map(type, cells)}) > 1 or not types <= {str, int, float}:
        return False
    if len(set(cells)) < len(cells):
        return False
    if types == {str}:
        return all(map(is_date, cells))
    if not any(FIRST * unit <= cells[0] <= LAST * unit for unit in PER_SECOND.values()):
        return False
    return all(a < b for a, b in pairwise(cells)) or all(a > b for a, b in pairwise(cells))


def is_date(text: str) -> bool:
    layout = layout_of(text.translate(ALIKE))
    return layout is not None and "named" not in layout and moment_in(text, layout) is not None


# -- values by their times -------------------------------------------------------------------------------


def of_dates(value: Any) -> list[Row] | None:
    """``{"2024-04-09": {"open": "1.5"}, ...}``, ``{"2024-04-09": 1.5, ...}``."""
    if not is_object(value) or not are_times([*value]):
        return None
    if all(map(is_object, value.values())):
        return [{TIME: date, **flat(row)} for date, row in value.items()]
    return [{TIME: date, VALUE: cell} for date, cell in value.items()] if all(map(is_plain, value.values())) else None


def of_columns(value: Any) -> list[Row] | None:
    """``{"open": {"2024-04-09": 1.5, ...}, "close": {"2024-04-09": 1.6, ...}}``, as pandas writes a table."""
    columns = [*value.values()] if is_object(value) else []
    if len(columns) < PAIR or not all(map(is_object, columns)) or not are_times([*columns[0]]):
        return None
    if any(own.keys() != columns[0].keys() or not all(map(is_plain, own.values())) for own in columns):
        return None
    return [{TIME: time, **{name: own[time] for name, own in value.items()}} for time in columns[0]]


def pairs_of(value: Any) -> dict[Any, Any] | None:
    """Values by their times, of ``[[time, value], ...]`` or ``[[value, time], ...]``."""
    if not is_list(value) or len(value) < FEWEST:
        return None
    if not all(is_list(pair) and len(pair) == PAIR and all(map(is_plain, pair)) for pair in value):
        return None
    first, second = ([pair[place] for pair in value] for place in range(PAIR))
    if are_times(first):
        return dict(zip(first, second, strict=True))
    return dict(zip(second, first, strict=True)) if are_times(second) else None


def of_pairs(value: Any) -> list[Row] | None:
    """``{"prices": [[time, 1.5], ...], "volumes": [[time, 9.0], ...]}``."""
    named = {name: pairs for name, own in value.items() if (pairs := pairs_of(own))} if is_object(value) else {}
    times = {time for pairs in named.values() for time in pairs}
    if len({isinstance(time, str) for time in times}) != 1:
        return None
    times = sorted(times)
    return [{TIME: time, **{name: pairs.get(time) for name, pairs in named.items()}} for time in times]


def of_labelled_pairs(value: Any) -> list[Row] | None:
    """``[{"metric": {"instance": "a"}, "values": [[time, "1.5"], ...]}, ...]``, and tables in the place of pairs; what
    else an object says tells it from the others."""
    if not is_list(value) or not value or not all(map(is_object, value)):
        return None
    rows: list[Row] = []
    labels = set[str]()
    for one in cast("list[Row]", value):
        series = [pairs for own in one.values() if (pairs := pairs_of(own))]
        own = [{TIME: time, VALUE: cell} for time, cell in series[0].items()] if len(series) == 1 else None
        own = own or of_names_and_cells(one)
        if own is None:
            return None
        labels.add(repr(flat(one)))
        rows += [{**flat(one), **row} for row in own]
    return rows if len(labels) == len(value) else None


def of_series_beside_times(value: Any) -> list[Row] | None:
    """``{"unix_seconds": [...], "types": [{"name": "Solar", "data": [...]}, ...]}``: for each name a list as long as
    that of times, which may stand in an object of their own."""
    if not is_object(value):
        return None
    series = [item for own in value.values() if is_list(own) and all(map(is_object, own)) for item in own]
    columns = axes_of(value)
    for name, inner in value.items():
        for own in axes_of(inner).values() if is_object(inner) else ():
            columns[free_name(name, columns)] = own
    if not series or not columns:
        return None
    steps = {*map(len, columns.values())}
    for item in series:
        names = [cell for cell in item.values() if isinstance(cell, str)]
        lists = [cell for cell in item.values() if is_list(cell) and {len(cell)} == steps and all(map(is_plain, cell))]
        if not names or len(lists) != 1 or names[0] in columns:
            return None
        columns[names[0]] = lists[0]
    return as_rows(columns)


def axes_of(value: Row) -> dict[str, list[Any]]:
    """Lists of times, or of other numbers that rise; first those that are written as texts."""
    found = {name: own for name, own in value.items() if is_list(own) and (are_times(own) or rise(own))}
    return dict(sorted(found.items(), key=lambda axis: not isinstance(axis[1][0], str)))


def rise(cells: Sequence[Any]) -> bool:
    """Whether they are numbers, or spell whole ones, as years, each greater than that before."""
    types = {*map(type, cells)}
    spelled = types == {str} and all(map(str.isdecimal, cells))
    numbers = [int(cell) for cell in cells] if spelled else cells if types <= {int, float} else []
    return len(numbers) >= FEWEST and all(a < b for a, b in pairwise(numbers))


def of_lists_within(value: Any) -> list[Row] | None:
    """``{"timestamp": [...], "indicators": {"quote": [{"open": [...], "close": [...]}]}}``: equally long lists, one of
    times, in objects within each other."""
    if not is_object(value):
        return None
    columns = dict[str, list[Any]]()
    for name, cells in lists_in(value):
        columns.setdefault(name, cells)
    deeper = any(is_object(own) or (is_list(own) and any(map(is_object, own))) for own in value.values())
    alike = len({*map(len, columns.values())}) == 1
    return as_rows(columns) if deeper and alike and len(columns) > 1 and any(map(are_times, columns.values())) else None


def lists_in(value: Row, deep: int = DEEPEST) -> Iterator[tuple[str, list[Any]]]:
    """Lists of plain values by the name that each stands under, in an object and in those within it."""
    for name, own in value.items() if deep else ():
        if is_object(own):
            yield from lists_in(own, deep - 1)
        elif is_list(own) and len(own) == 1 and is_object(own[0]):
            yield from lists_in(own[0], deep - 1)
        elif is_list(own) and own and all(map(is_plain, own)):
            yield name, own


def as_rows(columns: dict[str, list[Any]]) -> list[Row]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


# -- tables ----------------------------------------------------------------------------------------------


def of_names_and_cells(value: Any) -> list[Row] | None:
    """``{"columns": ["time", "x"], "values": [[...], ...]}``; names may be those of objects, further within. What
    pandas calls ``index`` is a column, too; where another list has something for each row, these are no table."""
    if not is_object(value):
        return None
    for cells in value.values():
        if is_list(cells) and len(cells) >= FEWEST and all(map(is_list, cells)):
            widths = {len(row) for row in cells}
            names = next((names for names in names_in(value) if {len(names)} == widths), None)
            beside = {name: own for name, own in value.items() if is_list(own) and len(own) == len(cells)}
            beside = {name: own for name, own in beside.items() if own not in (names, cells, [*range(len(cells))])}
            if names and not beside.keys() - {INDEX}:
                columns = {name: [row[place] for row in cells] for place, name in enumerate(names)}
                return as_rows(beside | columns)
    return None


def names_in(value: Row, deep: int = DEEPEST) -> Iterator[list[str]]:
    """Lists of different names in an object, and in those within it."""
    for own in value.values() if deep else ():
        if is_object(own):
            yield from names_in(own, deep - 1)
        elif is_list(own) and own:
            names = [one.get("name") if is_object(one) else one for one in own]
            if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
                yield cast("list[str]", names)


def of_pxweb(value: Any) -> list[Row] | None:
    """``{"columns": [{"text": "year"}, {"text": "births"}], "data": [{"key": ["2020"], "values": ["7"]}, ...]}``."""
    columns, data = (value.get("columns"), value.get("data")) if is_object(value) else (None, None)
    keyed = is_list(data) and all(
        is_object(row) and is_list(row.get("key")) and is_list(row.get("values")) for row in data
    )
    if not (is_list(columns) and is_list(data) and keyed):
        return None
    names = [str(one.get("text") or one.get("code")) if is_object(one) else str(one) for one in columns]
    rows = [[*row["key"], *row["values"]] for row in data]
    return [dict(zip(names, row, strict=True)) for row in rows] if {*map(len, rows)} == {len(names)} else None


def of_json_stat(value: Any) -> list[Row] | None:
    """A dataset of JSON-stat: values in the order of all categories of all dimensions, or by their places in it
    (json-stat.org/full)."""
    if not is_object(value) or not {"id", "dimension", "value"} <= value.keys():
        return None
    cells, dimensions = value["value"], value["dimension"]
    if is_list(cells):
        cells = {str(place): cell for place, cell in enumerate(cells)}
    if not (is_object(cells) and is_list(value["id"]) and is_object(dimensions) and all(map(str.isdecimal, cells))):
        return None
    labels = {str(name): categories_of(dimensions.get(str(name))) for name in value["id"]}
    count = prod(map(len, labels.values()))
    if not all(int(place) < count for place in cells):
        return None
    rows: list[Row] = []
    for place, cell in cells.items():
        row, rest = {VALUE: cell}, int(place)
        for name, own in reversed(labels.items()):
            rest, number = divmod(rest, len(own))
            row = {name: own[number], **row}
        rows.append(row)
    return rows


def categories_of(dimension: Any) -> list[str]:
    """Of a dimension of JSON-stat, in their order, by what they are called; none of anything else."""
    category = dimension.get("category") if is_object(dimension) else None
    index, labels = (category.get("index"), category.get("label")) if is_object(category) else (None, None)
    named: Row = labels if is_object(labels) else {}
    if is_object(index) and all(isinstance(place, int) for place in index.values()):
        index = sorted(index, key=index.__getitem__)
    return [str(named.get(code, code)) for code in map(str, index if is_list(index) else named)]


def of_pages(value: Any) -> list[Row] | None:
    """``[{"page": 1, "pages": 1}, [{...}, ...]]``: rows behind what is said of them."""
    if not (is_list(value) and len(value) == PAIR and is_object(value[0]) and is_list(value[1])):
        return None
    return [flat(row) for row in value[1]] if value[1] and all(map(is_object, value[1])) else None


READ: tuple[Callable[[Any], list[Row] | None], ...] = (
    of_json_stat,
    of_pxweb,
    of_pages,
    of_names_and_cells,
    of_dates,
    of_columns,
    of_pairs,
    of_labelled_pairs,
    of_series_beside_times,
    of_lists_within,
)
