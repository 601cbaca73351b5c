"""The genetic mode: posterior means lead, what does not repeat or lies at a limit is worth less."""

import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.genetic import evolved
from adatom.cloud.optimize.strategies import STRATEGIES

from ..trays import Tray, question

SPACE = Tray(2)
TESTED = SPACE.sobol(24, 3)


def test_it_goes_to_the_least_mean() -> None:
    losses = ((TESTED - 0.4) ** 2).sum(axis=1, keepdims=True)
    assert np.abs(STRATEGIES["ga"](question(SPACE, TESTED, losses))[0] - 0.4).max() < 0.1


def test_a_batch_of_a_front_is_spread_along_it() -> None:
    losses = np.hstack([((TESTED - at) ** 2).sum(axis=1, keepdims=True) for at in (0.2, 0.8)])
    batch = np.zeros((0, 2))
    for _ in range(4):
        batch = np.vstack([batch, STRATEGIES["ga"](question(SPACE, TESTED, losses, waiting=batch))[:1]])
    assert np.ptp(batch.mean(axis=1)) > 0.15


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6])
def test_it_evolves_towards_the_front(k: int) -> None:
    space, centres = Tray(3), np.linspace(0.2, 0.8, k)

    def fitness(vectors: Array) -> Array:
        return np.asarray(((vectors[:, None, :] - centres[:, None]) ** 2).sum(axis=2))

    starts = space.random(4, np.random.default_rng(0))
    vectors, values = evolved(fitness, space, starts, k, np.random.default_rng(1))
    again, _ = evolved(fitness, space, starts, k, np.random.default_rng(1))
    assert (vectors == again).all()
    assert values == pytest.approx(fitness(vectors))
    assert (space.repair(vectors) == vectors).all()
    # the front is the diagonal between the centres
    assert np.median(np.ptp(vectors, axis=1)) < 0.2


def test_a_narrow_place_loses_to_a_wide_one() -> None:
    space = Tray(1)
    tested = np.linspace(0.0, 1.0, 41)[:, None]
    narrow = np.exp(-(((tested - 0.2) / 0.03) ** 2))
    wide = 0.95 * np.exp(-(((tested - 0.7) / 0.2) ** 2))
    assert STRATEGIES["ga"](question(space, space.repair(tested), -(narrow + wide)))[0, 0] == pytest.approx(
        0.7, abs=0.06
    )
