"""Bias and drift of a score against what came: two-sided cumulative sums of standardised surprises.

A surprise is (came - chance) / sqrt(chance (1 - chance)): mean 0 and variance 1 while the chances are true (Page 1954,
Biometrika 41, 100; Brook and Evans 1972). Must not know of stores.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALLOWANCE = 0.25  # standard deviations a trial that are let pass: tuned for a shift of half of one
# 100 trials of a true forecaster of chances 0.1 to 0.6 are alarmed in 5 %: tests/cloud/evaluate/meta/test_drift.py
LIMIT = 10.7
LEAST_CHANCE = 0.02  # of a surprise: one outcome against certainty is no drift


class Drift(NamedTuple):
    """`bias`: mean of came - said with its standard deviation; `at`: index of the alarm (None: none) and its side."""

    bias: float
    bias_sd: float
    highest: float  # of both sums
    at: int | None
    side: str  # "better than said", "worse than said", ""


def drift(said: Array, good: Array, limit: float = LIMIT, allowance: float = ALLOWANCE) -> Drift:
    """Of chances (n,) in the order of time and what came (n,)."""
    chance = np.clip(said, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
    up = down = highest = 0.0
    at, side = None, ""
    for place, surprise in enumerate((good - chance) / np.sqrt(chance * (1.0 - chance))):
        up, down = max(0.0, up + surprise - allowance), max(0.0, down - surprise - allowance)
        highest = max(highest, up, down)
        if at is None and max(up, down) > limit:
            at, side = place, "better than said" if up > down else "worse than said"
    wrong = good - said
    sd = float(wrong.std(ddof=1)) / math.sqrt(len(wrong)) if len(wrong) > 1 else math.inf
    return Drift(float(wrong.mean()) if len(wrong) else 0.0, sd, highest, at, side)
