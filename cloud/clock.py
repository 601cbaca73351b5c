"""The two clocks of the cloud, passed in: intervals come from the one, dates from the other."""

import time
from collections.abc import Callable
from typing import NamedTuple


class Clock(NamedTuple):
    """`monotonic_s` starts anywhere and never steps; `utc_s` is the wall clock, which may."""

    monotonic_s: Callable[[], float] = time.monotonic
    utc_s: Callable[[], float] = time.time


CLOCK = Clock()
