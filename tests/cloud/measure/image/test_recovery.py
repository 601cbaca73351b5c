"""What the twin's images were drawn from is found again within the stated intervals.

The benchmark has a hundred of each kind (python -m tests.benchmarks.images).
"""

from pathlib import Path

import numpy as np
import pytest

from .twin import Checked, check_film, check_lithium, check_thickness

SEEDS = range(5)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Checked]]:
    folder = tmp_path_factory.mktemp("films")
    return [check_film(seed, folder) for seed in SEEDS]


def test_what_is_stated_holds(films: list[dict[str, Checked]], tmp_path: Path) -> None:
    others = [check(seed, tmp_path) for check in (check_lithium, check_thickness) for seed in SEEDS]
    stated = [one for found in films + others for one in found.values() if one.estimate is not None]
    assert len(stated) > 50
    assert np.mean([one.holds for one in stated]) >= 0.93


def test_intervals_are_of_use(films: list[dict[str, Checked]]) -> None:
    for name in ("sa", "sq", "length"):
        estimates = [one[name].estimate for one in films]
        widths = [(one.high - one.low) / 2.0 / one.value for one in estimates if one is not None]
        assert len(widths) == len(SEEDS)
        assert np.median(widths) < 0.12
