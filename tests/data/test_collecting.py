"""The collector of circles comes back as it was, whatever happened meanwhile."""

from __future__ import annotations

import gc

import pytest

from elman import samples
from elman.data.collecting import SELDOM, seldom_collecting
from elman.data.table import Table
from elman.dataset import DataSet
from elman.errors import TaskError


def test_it_collects_seldom_within_and_as_before_after_an_error():
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), seldom_collecting():
        assert gc.get_threshold() == (SELDOM, *before[1:])
        raise ZeroDivisionError
    assert gc.get_threshold() == before


def test_a_data_set_leaves_it_as_it_was():
    before = gc.get_threshold()
    DataSet.of(samples.load("reviews"))
    with pytest.raises(TaskError):
        DataSet.of(Table({}))
    assert gc.get_threshold() == before
