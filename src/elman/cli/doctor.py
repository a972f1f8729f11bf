"""`elman doctor`: what is installed, what this machine offers, and what to repair."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import typer

FREE_GB = 1.0  # less is a problem: a model and its checkpoint must fit


@dataclass(frozen=True)
class Check:
    """One line; ``remedy`` says what to do where something is wrong."""

    name: str
    found: str
    remedy: str = ""


def doctor() -> None:
    """Show what is installed and what is wrong.

    Versions, threads, kernels, devices and optional parts, with a remedy for each problem.
    Ends with exit code 2 if something is wrong.

    \b
    Example:
      elman doctor
    """
    checks = [*versions(), *processor(), *kernels(), *cells(), *devices(), *disk(), *packages()]
    for check in checks:
        print(f"{check.name:<20} {check.found}")
    wrong = [check for check in checks if check.remedy]
    print()
    for check in wrong:
        print(f"{check.name}: {check.remedy}")
    if wrong:
        raise typer.Exit(2)
    print("All is well.")


def versions() -> Iterator[Check]:
    from importlib import metadata

    yield Check("elman", metadata.version("elman"))
    yield Check("python", f"{platform.python_version()} on {platform.platform()}")


def processor() -> Iterator[Check]:
    cores, threads = os.cpu_count() or 1, ""
    if find_spec("torch"):
        import torch

        threads = f", {torch.get_num_threads()} threads for torch"
    yield Check("processor", f"{cores} cores{threads}")
    yield Check("threads that wait", f"OMP_WAIT_POLICY={os.environ.get('OMP_WAIT_POLICY', 'not set')}")
    if hasattr(os, "getloadavg"):
        load = os.getloadavg()[0]
        busy = " (busy: training will be slower than usual)" if load > cores else ""
        yield Check("load", f"{load:.1f} processes running, last minute{busy}")


def kernels() -> Iterator[Check]:
    from elman.kernels import cpu

    if problem := cpu.problem():
        yield Check("CPU kernels", f"not running: {problem}", "reinstall Elman with a C++ compiler at hand")
    else:
        forced = " (forced by ELMAN_CPU)" if "ELMAN_CPU" in os.environ else ""
        yield Check("CPU kernels", f"{cpu.isa()}{forced}; compiled in: {', '.join(cpu.targets())}")
        yield Check("threads of the kernels", cpu.threads())


def cells() -> Iterator[Check]:
    """What ``--cell`` takes, and whether each has compiled kernels."""
    from elman.cells import CELLS
    from elman.kernels import cpu

    compiled = {cell for cell, _ in cpu.cells()}
    for name in CELLS:
        how = "compiled" if name in compiled else "not compiled: the reference runs it"
        package = f", from {CELLS.package(name)}" if CELLS.package(name) else ""
        yield Check(f"cell {name}", f"{CELLS[name].title}{package}; {how}")


def devices() -> Iterator[Check]:
    """What torch can train on, where it is installed."""
    if not find_spec("torch"):
        return
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        yield Check("CUDA", f"{torch.version.cuda}: {', '.join(names)}; use it with --device cuda")
    else:
        why = "no device was found" if torch.version.cuda else "this torch was built without it"
        yield Check("CUDA", f"not available: {why}")
    available = torch.backends.mps.is_available()
    yield Check("MPS", "available; use it with --device mps" if available else "not available")


def disk() -> Iterator[Check]:
    free = shutil.disk_usage(".").free / 1e9
    short = f"less than {FREE_GB:g} GB is free here: make room, or train with --to on another disk"
    yield Check("disk", f"{free:.1f} GB free here", short if free < FREE_GB else "")


def packages() -> Iterator[Check]:
    """The packages that Elman needs, and those that add to it, by extra."""
    from importlib import metadata

    from elman.extras import install

    for requirement in metadata.requires("elman") or []:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra == ['\"](\w+)['\"]", requirement)
        if name is None or name[0] == "elman":
            continue
        try:
            yield Check(name[0], metadata.version(name[0]))
        except metadata.PackageNotFoundError:
            if extra:
                yield Check(name[0], f"not installed (optional: {install(extra[1])})")
            else:
                yield Check(name[0], "not installed", "pip install --force-reinstall elman")
