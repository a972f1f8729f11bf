# pyright: strict
"""What other packages bring by entry points: kinds of column, readers, cells.

A registry has Elman's own by their names and where they are written, and finds those of other packages by the entry
point group that they name. Either is imported when it is asked for, and not before::

    [project.entry-points."elman.kinds"]
    protein = "elman_fasta.protein:ProteinKind"
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from elman.errors import ElmanError, PluginError, similar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Things of one sort by name: ours, and those of the packages that are installed.

    group: the entry point group, such as ``elman.kinds``
    what:  one of them, for people: "kind of column"
    ours:  where each of Elman's own is written, ``"module:attribute"`` by name
    base:  the class that each of them is a subclass or an instance of

    Iterating gives the names, ours first. Raises PluginError, which names the package: where two bring the same name,
    where an import fails, where something else than a ``base`` stands there, and where a name isn't there at all.
    """

    def __init__(self, group: str, what: str, ours: Mapping[str, str], base: type):
        self.group, self.what, self.ours, self.base = group, what, dict(ours), base
        self._loaded: dict[str, T] = {}

    def __iter__(self) -> Iterator[str]:
        return iter([*self.ours, *self._brought])

    def __len__(self) -> int:
        return len(self.ours) + len(self._brought)

    def __contains__(self, name: object) -> bool:
        return name in self.ours or name in self._brought

    def __getitem__(self, name: str) -> T:
        if name not in self._loaded:
            self._loaded[name] = self._ours(name) if name in self.ours else self._plugin(name)
        return self._loaded[name]

    def saved(self, name: str, package: str) -> T:
        """The one of this name that ``package`` brought when it was saved; "" for one of ours."""
        if name not in self.ours and name not in self._brought and package:
            raise PluginError(
                f"this needs the {self.what} {name!r} of the package {package!r}, which isn't installed: pip install "
                f"{package}"
            )
        return self[name]

    def package(self, name: str) -> str:
        """The package that brings this name; "" for one of ours."""
        return "" if name in self.ours else package_of(self._brought[name])

    @property
    def homes(self) -> dict[str, str]:
        """The modules of Elman's own, by the names that they have there: ``TextKind``."""
        places = (place.partition(":") for place in self.ours.values())
        return {attribute: module for module, _, attribute in places}

    @contextmanager
    def blaming(self, *names: str) -> Generator[None]:
        """While things of these names are at work: what the code of their packages raises without saying what is wrong
        (a KeyError, say) becomes a PluginError, which names the package. Errors from elsewhere stay as they are."""
        try:
            yield
        except (ElmanError, OSError, MemoryError):  # which say what is wrong
            raise
        except Exception as problem:
            for name in filter(self.package, names):
                if _passed(problem, module_of(self[name])):
                    raise PluginError(
                        f"the {self.what} {name!r} of the package {self.package(name)!r} failed "
                        f"({type(problem).__name__}: {problem}). See whether the data are as it expects them; if they "
                        "are, report it to those who make that package."
                    ) from problem
            raise

    @cached_property
    def _brought(self) -> dict[str, EntryPoint]:
        """Entry points by name."""
        from importlib.metadata import entry_points  # which takes as long to import as all else here

        found: dict[str, EntryPoint] = {}
        for point in sorted(entry_points(group=self.group), key=lambda point: (point.name, package_of(point))):
            if point.name in self.ours:
                raise PluginError(
                    f"the package {package_of(point)!r} brings a {self.what} called {point.name!r}, which is the name "
                    "of one of Elman's own. Rename it in that package, or uninstall the package."
                )
            if point.name in found:
                raise PluginError(
                    f"the packages {package_of(found[point.name])!r} and {package_of(point)!r} both bring a "
                    f"{self.what} called {point.name!r}. Uninstall one of them."
                )
            found[point.name] = point
        return found

    def _ours(self, name: str) -> T:
        module, _, attribute = self.ours[name].partition(":")
        return getattr(import_module(module), attribute)

    def _plugin(self, name: str) -> T:
        if name not in self._brought:
            near = similar(name, self)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(self)}."
            raise PluginError(f"there is no {self.what} called {name!r}. {hint}")
        package = package_of(self._brought[name])
        try:
            loaded = self._brought[name].load()
        except Exception as problem:  # whatever a foreign module raises while it is imported
            raise PluginError(
                f"the {self.what} {name!r} of the package {package!r} can't be imported "
                f"({type(problem).__name__}: {problem}). Repair or uninstall that package."
            ) from problem
        if not self._fits(loaded):
            raise PluginError(
                f"the {self.what} {name!r} of the package {package!r} is {loaded!r}; expected a {self.base.__name__}"
            )
        if loaded.name != name:
            raise PluginError(
                f"the package {package!r} brings a {self.what} as {name!r} that calls itself {loaded.name!r}; one of "
                "them is to be the other"
            )
        return loaded

    def _fits(self, loaded: Any) -> bool:
        return issubclass(loaded, self.base) if isinstance(loaded, type) else isinstance(loaded, self.base)


def module_of(thing: object) -> str:
    """The outermost module that a class, or the class of an instance, is written in."""
    return (thing if isinstance(thing, type) else type(thing)).__module__.partition(".")[0]


def _passed(problem: BaseException, module: str) -> bool:
    """Whether an error came through the code of a module."""
    from traceback import walk_tb

    frames = (frame for frame, _ in walk_tb(problem.__traceback__))
    return any(str(frame.f_globals.get("__name__")).partition(".")[0] == module for frame in frames)


def package_of(point: EntryPoint) -> str:
    """The name of the distribution that an entry point belongs to."""
    return point.dist.name if point.dist else point.value.partition(".")[0]
