"""What is said of a kind, a cell or a task is said in its home: elsewhere no code asks for its class or its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import elman
from elman.cells import names
from elman.kinds import KINDS
from elman.tasks import TASKS

SOURCE = Path(elman.__file__).parent

# What may be asked of where: the folder or file that a thing lives in, and the tables that put it together.
HOMES = {
    "kind": ("kinds", "models/sides.py"),
    "cell": ("cells",),
    "task": ("tasks.py", "recipes"),
}
NAMES = {"kind": {*KINDS}, "cell": {*names()}, "task": {*TASKS}}
HOLDERS = {"kind": {"kind", "input", "output", "input_kind", "output_kind"}, "cell": {"cell"}, "task": {"task"}}
"""Attributes and variables that hold one of a sort, or its name."""
ABILITIES = {"ResettingCell"}
"""Classes that say what some of a thing can do, as protocols do: those are asked for."""


def offences(source: str, where: str) -> Iterator[str]:
    """Each place in a file that asks for a class or a name from outside its home."""
    for node in ast.walk(ast.parse(source)):
        for thing in HOMES:
            if not where.startswith(HOMES[thing]) and asks(node, thing):
                yield f"{where}:{getattr(node, 'lineno', 0)} asks which {thing} it is: {ast.unparse(node)[:80]}"


def asks(node: ast.AST, thing: str) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass"):
        return any(belongs(name, thing) for name in names_in(node.args[1]))
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return any(holds(side, thing) for side in sides) and any(is_name(side, thing) for side in sides)
    if isinstance(node, ast.Match) and holds(node.subject, thing):
        return any(is_name(part, thing) for case in node.cases for part in ast.walk(case.pattern))
    return False


def names_in(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def belongs(name: str, thing: str) -> bool:
    """Whether a class is a particular kind, cell or task, rather than what all of them are."""
    ending = {"kind": "Kind", "cell": "Cell", "task": "Task"}[thing]
    return name.endswith(ending) and name != ending and name not in ABILITIES


def holds(node: ast.AST, thing: str) -> bool:
    """``kind``, ``column.kind``, ``kind.name``, ``task.name`` ..."""
    if isinstance(node, ast.Attribute) and node.attr == "name":
        return holds(node.value, thing)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in HOLDERS[thing]


def is_name(node: ast.AST, thing: str) -> bool:
    """The name of one of a sort as a string, or some of them."""
    if isinstance(node, (ast.Tuple, ast.Set, ast.List)):
        return any(is_name(part, thing) for part in node.elts)
    return isinstance(node, ast.Constant) and node.value in NAMES[thing]


def test_only_a_home_asks_for_classes_and_names():
    found = [
        offence
        for path in sorted(SOURCE.rglob("*.py"))
        for offence in offences(path.read_text(encoding="utf-8"), path.relative_to(SOURCE).as_posix())
    ]
    assert not found, "\n".join(found)


def test_an_offence_is_seen():
    planted = 'def f(kind, task, cell):\n    if kind.name == "text" or task.name in ("tagging", "b"):\n        pass\n'
    planted += '    match cell:\n        case "lstm":\n            pass\n    isinstance(kind, TextKind)\n'
    assert len(list(offences(planted, "cli/predict.py"))) == 4
    assert not list(offences('event.kind == "step"', "cli/progress.py"))
    assert not list(offences("isinstance(kind, Kind)", "cli/predict.py"))
    assert not list(offences("isinstance(kind, TextKind)", "kinds/text.py"))
