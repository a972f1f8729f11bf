"""Operators are found by name, each in the module that is said to hold it."""

from __future__ import annotations

import importlib
import inspect

import pytest

from elman.errors import BundleError
from elman.graph import OPERATORS, Operator
from elman.graph.operator import HOMES, operator_named


def test_each_operator_is_where_it_is_looked_for():
    for home in HOMES:
        module = importlib.import_module(f"elman.graph.{home}")
        classes = [found for _, found in inspect.getmembers(module, inspect.isclass) if issubclass(found, Operator)]
        own = {found.name for found in classes if found.__module__ == module.__name__}
        assert own == {name for name, place in OPERATORS.items() if place == module.__name__}
    assert all(operator_named(name).name == name for name in OPERATORS)


def test_a_name_that_no_operator_has_is_refused():
    with pytest.raises(BundleError, match=r"'unheard_of'.*upgrade"):
        operator_named("unheard_of")
