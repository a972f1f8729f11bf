"""Threads, torch's or our own: the same numbers bit for bit; a forked process never waits for threads it lacks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from elman.kernels import cpu

pytestmark = pytest.mark.skipif(not cpu.built(), reason=f"the extension is not built: {cpu.problem()}")
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
PROGRAM = Path(__file__).with_name("bare_passes.py")
EACH = pytest.mark.parametrize("loaded", ["torch", "alone"])
WITH_TORCH = "torch's OpenMP" if sys.platform == "linux" else None


def python(*words: str) -> list[str]:
    """The lines that a program prints, which ends in time with all that it forked."""
    pipe = subprocess.PIPE
    program = subprocess.Popen([sys.executable, *words], stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        printed, errors = program.communicate(timeout=100)
    except subprocess.TimeoutExpired:
        if hasattr(os, "killpg"):
            os.killpg(program.pid, signal.SIGKILL)
        program.kill()
        raise
    assert program.returncode == 0, errors
    return printed.split("\n")[:-1]


@cache
def on_one_thread() -> str:
    return python(str(PROGRAM), "alone", "1")[1]


@EACH
@pytest.mark.parametrize("threads", ["2", "3", "8"])
def test_the_same_bits_whatever_the_threads(loaded: str, threads: str) -> None:
    """Eight are more than most machines have cores for: teams give up in the middle of a pass."""
    whose, digest = python(str(PROGRAM), loaded, threads)
    if loaded == "alone":
        assert whose == "its own"
    else:
        assert whose == (WITH_TORCH or whose)
    assert digest == on_one_thread()


@pytest.mark.parametrize("forked", [pytest.param("forks", marks=forks), ""])
def test_torchs_threads_are_found_where_torch_is_loaded_after_the_first_pass(forked: str) -> None:
    before, whose, digest, *found = python(str(PROGRAM), "later", "2", forked)
    assert before == f"its own {on_one_thread()}"
    assert whose == (WITH_TORCH or whose)
    assert digest == on_one_thread()
    assert found == ([f"{digest} {digest}"] if forked else [])


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@EACH
def test_memory_that_a_thread_lacks_is_the_callers_error(loaded: str) -> None:
    """And the next pass has its threads again."""
    _, problem, digest = python(str(PROGRAM), loaded, "3", "short")
    assert problem == "MemoryError"
    assert digest == on_one_thread()


@forks
@EACH
def test_a_forked_process_and_its_child_answer(loaded: str) -> None:
    _, digest, found = python(str(PROGRAM), loaded, "3", "forks")
    assert found.split() == [digest, digest] == [on_one_thread()] * 2


@forks
@EACH
def test_forked_while_another_thread_is_inside_a_pass(loaded: str) -> None:
    _, digest, found = python(str(PROGRAM), loaded, "2", "busy")
    assert found.split() == [digest] * 3 == [on_one_thread()] * 3


WORKERS = """
import multiprocessing, sys, torch
from elman import nn
torch.set_num_threads(2)
kind, how = getattr({"torch": torch.nn, "elman": nn}[sys.argv[1]], "LSTM"), sys.argv[2]
layer, x = kind(64, 256, batch_first=how != "time first"), torch.randn(32, 50, 64)
def answer(_):
    torch.set_num_threads(2)
    layer(x)[0].sum().backward()
    return float(layer.weight_hh_l0.grad.abs().sum())
class Answers(torch.utils.data.Dataset):
    def __len__(self): return 4
    def __getitem__(self, index): return answer(index)
answer(0)
layer.zero_grad()
if how == "loader":
    loader = torch.utils.data.DataLoader(Answers(), 1, num_workers=2, multiprocessing_context="fork")
    found = [float(batch) for batch in loader]
else:
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        found = pool.map(answer, range(4), chunksize=1)
print(len(found))
"""


@forks
@pytest.mark.parametrize("how", ["batch first", "time first", "loader"])
def test_workers_forked_after_the_parent_answered_train(how: str) -> None:
    """Also where torch itself copies, with threads: its team is ended before a fork."""
    assert python("-c", WORKERS, "elman", how) == ["4"]


@forks
@pytest.mark.skipif(sys.platform != "linux", reason="about GNU's OpenMP")
def test_where_elman_is_loaded_torchs_own_layers_answer_too() -> None:
    assert python("-c", WORKERS, "torch", "batch first") == ["4"]
