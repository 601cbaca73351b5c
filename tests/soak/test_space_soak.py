"""A hundred thousand random search spaces: whatever comes out of one is feasible, canonical and read back unchanged.

ADATOM_SPACE_SOAK_N spaces (100 000), ADATOM_SOAK_SEED. About an hour on one core.
"""

import os

import numpy as np

from tests.cloud.optimize.space.generate import random_space
from tests.cloud.optimize.space.properties import check_space

SPACES = int(os.environ.get("ADATOM_SPACE_SOAK_N", "100000"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))


def test_a_hundred_thousand_spaces() -> None:
    failed = dict[int, str]()
    for seed in range(SEED, SEED + SPACES):
        try:
            check_space(random_space(seed), np.random.default_rng(seed))
        except Exception as error:
            failed[seed] = repr(error)[:200]
    assert failed == {}
