"""One mechanism for what other packages bring, tried on packages that are installed as far as Python can see."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Any

import pytest

from elman.errors import PluginError, TaskError
from elman.plugins import Registry


class Fruit:
    name = "fruit"


class Apple(Fruit):
    name = "apple"


def registry() -> Registry[type[Fruit]]:
    return Registry("tests.fruits", "fruit", {"apple": f"{__name__}:Apple"}, Fruit)


@pytest.fixture
def install(installed):
    """A package that brings fruits."""
    return partial(installed, "tests.fruits")


PEAR = f"from {__name__} import Fruit\nclass Pear(Fruit):\n    name = 'pear'\n"


def test_ours_and_theirs(install):
    install("fruit-pear", {"pear": "Pear"}, PEAR)
    fruits = registry()
    assert list(fruits) == ["apple", "pear"] and len(fruits) == 2
    assert "pear" in fruits and "plum" not in fruits
    assert fruits["apple"] is Apple and fruits["pear"].__name__ == "Pear"
    assert (fruits.package("apple"), fruits.package("pear")) == ("", "fruit-pear")
    assert fruits.saved("pear", "fruit-pear") is fruits["pear"]


def test_a_package_is_imported_only_when_its_name_is_asked_for(install):
    module = install("fruit-late", {"late": "Late"}, "raise OSError('no such tree')")
    fruits = registry()
    assert list(fruits) == ["apple", "late"] and fruits["apple"] is Apple
    with pytest.raises(PluginError, match=r"'late' of the package 'fruit-late'.*OSError: no such tree"):
        fruits["late"]
    module.unlink()


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("apple", "Pear", PEAR, r"'fruit-one' brings a fruit called 'apple', which is the name of one of Elman's own"),
        ("plum", "Pear", PEAR, r"'fruit-one' brings a fruit as 'plum' that calls itself 'pear'"),
        ("pear", "Plum", PEAR, r"'pear' of the package 'fruit-one' can't be imported \(AttributeError"),
        ("pear", "Pear", "Pear = 3", r"'pear' of the package 'fruit-one' is 3; expected a Fruit"),
    ],
)
def test_a_package_at_fault_is_named(install, name, value, code, message):
    install("fruit-one", {name: value}, code)
    with pytest.raises(PluginError, match=message):
        dict(registry())


def test_two_packages_with_one_name(install):
    install("fruit-a", {"pear": "Pear"}, PEAR)
    install("fruit-b", {"pear": "Pear"}, PEAR)
    with pytest.raises(PluginError, match="'fruit-a' and 'fruit-b' both bring a fruit called 'pear'"):
        list(registry())


def test_a_name_that_is_not_there():
    with pytest.raises(PluginError, match=r"no fruit called 'aple'\. Did you mean 'apple'\?"):
        registry()["aple"]
    with pytest.raises(PluginError, match="'pear' of the package 'fruit-pear', which isn't installed: pip install"):
        registry().saved("pear", "fruit-pear")


def test_what_foreign_code_raises_names_its_package(install):
    code = PEAR + "    def ripe(self, day):\n        return {1: True}[day]\n"
    install("fruit-pear", {"pear": "Pear"}, code)
    fruits = registry()
    pear: Any = fruits["pear"]()
    message = r"the fruit 'pear' of the package 'fruit-pear' failed \(KeyError: 2\).*report it"
    with pytest.raises(PluginError, match=message), fruits.blaming("apple", "pear"):
        pear.ripe(2)
    with pytest.raises(KeyError), fruits.blaming("apple"):  # it isn't at work
        pear.ripe(2)
    with pytest.raises(ZeroDivisionError), fruits.blaming("apple", "pear"):  # it isn't where this comes from
        1 / 0  # noqa: B018
    with pytest.raises(TaskError, match="as it is"), fruits.blaming("pear"):
        raise TaskError("as it is")
    with fruits.blaming("pear"):
        assert pear.ripe(1)


def test_ours_need_no_look_at_other_packages():
    code = (
        "import sys; from elman.plugins import Registry; r = Registry('x', 'x', {'path': 'pathlib:Path'}, object); "
        "import importlib.metadata as m; m.entry_points = None; import elman.plugins as p; p.entry_points = None; "
        "print(r['path'].__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Path"
