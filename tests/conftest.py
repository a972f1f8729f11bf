"""Shared fixtures and the one table of tolerances."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from hypothesis import settings

from bare import Bare
from elman.testing.tasks import close

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

# The same examples at every run: a change is judged by what it does, not by what chance tried this time. To look for
# more, add --hypothesis-profile=default.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

# (rtol, atol) by what is compared. Sums over a few hundred terms in another order explain each figure.
TOLERANCES = {
    ("forward", torch.float32): (1e-4, 1e-5),
    ("forward", torch.float64): (1e-9, 1e-10),
    ("gradient", torch.float32): (2e-3, 1e-4),
    ("gradient", torch.float64): (1e-8, 1e-9),
    ("forward", torch.bfloat16): (3e-2, 3e-2),
}


T = TypeVar("T")


def there(value: T | None) -> T:
    """The value, which must not be None: a report, a gradient."""
    assert value is not None
    return value


def negative_view(tensor: torch.Tensor) -> torch.Tensor:
    """``-tensor`` as a view of the same numbers, like ``z.conj().imag``."""
    return torch._neg_view(tensor)  # pyright: ignore[reportPrivateImportUsage]


def assert_close(actual: torch.Tensor | None, expected: torch.Tensor | None, kind: str = "forward") -> None:
    """Both are there, and equal within the table's tolerance for this kind of result and the dtype of ``actual``."""
    assert actual is not None and expected is not None
    rtol, atol = TOLERANCES[kind, actual.dtype]
    torch.testing.assert_close(actual, expected, rtol=rtol, atol=atol)


def alike(found: Any, expected: Any) -> bool:
    """Whether two reports, or lists of predictions, are equal up to rounding: as a trained model's, whose network is
    PyTorch's, and those of the same model loaded, whose graph runs over NumPy."""
    found, expected = (
        [one.to_json() for one in some] if isinstance(some, list) else some.to_json() for some in (found, expected)
    )
    return close(json.loads(json.dumps(found)), json.loads(json.dumps(expected)))


def shared_data(name: str) -> Path:
    """The folder of a real dataset; skips the test where it isn't there (as on a user's machine)."""
    folder = DATA / name
    if not folder.exists():
        pytest.skip(f"real data {name!r} not found in {DATA} (set ELMAN_DATA to the folder that holds it)")
    return folder


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """Python that finds numpy, safetensors and Elman alone."""
    return Bare(tmp_path_factory.mktemp("bare"))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a package as far as Python can see: a module and its entry points, in a folder on the path."""
    folder = tmp_path / "installed"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def install(group: str, package: str, points: dict[str, str], code: str) -> Path:
        """points: names of what it brings -> attributes of the module, whose path is given back"""
        module = package.replace("-", "_")
        monkeypatch.delitem(sys.modules, module, raising=False)
        (folder / f"{module}.py").write_text(code)
        about = folder / f"{module}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        listed = "".join(f"{name} = {module}:{attribute}\n" for name, attribute in points.items())
        (about / "entry_points.txt").write_text(f"[{group}]\n{listed}")
        return folder / f"{module}.py"

    return install
