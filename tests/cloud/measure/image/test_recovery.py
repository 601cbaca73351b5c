"""What the twin's images were drawn from is found again within the stated intervals.

The benchmark has a hundred of each kind (python -m tests.benchmarks.images).
"""

from pathlib import Path

import numpy as np

from .twin import check_film, check_lithium, check_thickness

SEEDS = range(5)


def test_what_is_stated_holds(tmp_path: Path) -> None:
    checks = [check(seed, tmp_path) for check in (check_film, check_lithium, check_thickness) for seed in SEEDS]
    stated = [one for found in checks for one in found.values() if one.estimate is not None]
    assert len(stated) > 50
    assert np.mean([one.holds for one in stated]) >= 0.93


def test_intervals_are_of_use(tmp_path: Path) -> None:
    found = [check_film(seed, tmp_path) for seed in SEEDS]
    for name in ("sa", "sq", "length"):
        estimates = [one[name].estimate for one in found]
        widths = [(one.high - one.low) / 2.0 / one.value for one in estimates if one is not None]
        assert len(widths) == len(SEEDS)
        assert np.median(widths) < 0.12
