"""How the site shows docstrings."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "docstrings.py"


@pytest.fixture(scope="module")
def as_markdown() -> Any:
    pytest.importorskip("griffe")
    spec = importlib.util.spec_from_file_location("docstrings", PAGE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.as_markdown


def test_examples_stay_code(as_markdown: Any):
    shown = as_markdown('What ``it`` is.\n\nname: of it\n\n>>> it["a"]["b"]\n[(1, 2)]')
    assert "What `it` is." in shown and "- `name`: of it" in shown
    assert '```python\n>>> it["a"]["b"]\n[(1, 2)]\n```' in shown
