"""Another wall clock for a child process: its `time.time` is off by what a file says, read anew at each call.

`sitecustomize` in this folder is imported by every Python that has the folder on its path, before anything else.
"""

import os
import time
from pathlib import Path

FILE = "ADATOM_SOAK_WALL_CLOCK"


def environment(offset: Path) -> dict[str, str]:
    """What a child needs in its environment."""
    path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))))
    return {FILE: str(offset.absolute()), "PYTHONPATH": path}


def set_offset(file: Path, offset_s: float, drift: float = 0.0) -> None:
    """From now on the clock is off by `offset_s`, and by so much more of each second that passes."""
    new = file.with_suffix(".new")
    new.write_text(f"{offset_s!r} {drift!r} {time.monotonic()!r}", encoding="utf-8")
    new.replace(file)
