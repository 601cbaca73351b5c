"""Remission of leukaemia under 6-MP and placebo (Freireich et al. 1963, Blood 21, 699): every textbook's example."""

import numpy as np
from adatom.cloud.measure.cycling.lifetimes import Lifetimes


def lives(name: str, cycles: list[float], failed: list[int] | None = None) -> Lifetimes:
    """A group; all failed unless told."""
    flags = np.ones(len(cycles), dtype=bool) if failed is None else np.array(failed, dtype=bool)
    return Lifetimes(name, np.array(cycles, dtype=np.float64), flags)


TREATED = lives(
    "treated",
    [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
    [1] * 9 + [0] * 12,
)
PLACEBO = lives("placebo", [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23])
