"""The kernels where numpy, safetensors and Elman are all there is, as the script says that is run on every wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from elman.kernels import cpu

PROGRAM = Path(__file__).with_name("bare_kernels.py")


@pytest.mark.skipif(not cpu.built(), reason=f"the extension is not built: {cpu.problem()}")
@pytest.mark.parametrize("isa", cpu.targets() if cpu.available() else [])
def test_they_agree_with_their_equations(bare, isa):
    done = bare.process(PROGRAM.read_text(encoding="utf-8"), ELMAN_CPU=isa)
    if "this CPU lacks it" in done.stderr:
        pytest.skip(f"this CPU lacks {isa}")
    assert done.returncode == 0, done.stderr
    assert f"cells agree with their equations: {isa} of" in done.stdout
