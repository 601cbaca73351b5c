"""Changes this process' wall clock when the environment asks for it; the monotonic clock stays."""

import os
import time

_FILE = os.environ.get("ADATOM_SOAK_WALL_CLOCK", "")
_true_s = time.time


def _changed_s() -> float:
    with open(_FILE, encoding="utf-8") as file:
        offset_s, drift, since_s = map(float, file.read().split())
    return _true_s() + offset_s + drift * (time.monotonic() - since_s)


if _FILE:
    time.time = _changed_s
    time.time_ns = lambda: int(1e9 * _changed_s())
