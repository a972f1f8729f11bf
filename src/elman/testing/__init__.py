"""Contracts: all that a kind of column, a cell or a task promises, for Elman's own and for those of other packages.

Each check is to be called from a test. It raises an AssertionError that says what was promised and what came instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elman.lazy import names_of

if TYPE_CHECKING:
    from elman.testing.cells import check_cell
    from elman.testing.kinds import check_kind
    from elman.testing.tasks import check_task

__all__ = ["check_cell", "check_kind", "check_task"]

__getattr__ = names_of(
    __name__,
    {
        "check_cell": "elman.testing.cells",
        "check_kind": "elman.testing.kinds",
        "check_task": "elman.testing.tasks",
    },
)
