"""Every public class has an example in its docstring, and all examples of public names do what they say."""

from __future__ import annotations

import doctest
import inspect

import pytest
import torch

import elman

PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (elman, elman.nn)
    for name in module.__all__
    if inspect.isclass(getattr(module, name)) or inspect.isfunction(getattr(module, name))
}


@pytest.fixture(scope="module")
def model():
    """One that examples may use without making it."""
    return elman.fit(elman.samples.load("flowers"), epochs=10)


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_run(name, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    finder = doctest.DocTestFinder(exclude_empty=True, recurse=True)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    for test in finder.find(PUBLIC[name], name, module=False, globs={"elman": elman, "torch": torch, "model": model}):
        runner.run(test, out=said.append)
    done = runner.summarize(verbose=False)
    assert not done.failed, "".join(said)
    assert done.attempted or not inspect.isclass(PUBLIC[name]), "a public class needs an example that runs"
