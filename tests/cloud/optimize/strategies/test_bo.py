"""Bayesian optimisation: near the optimum where it is known, away from pending points, wary of a bad model."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from adatom.cloud.optimize.acquisition import pareto
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.question import CAMPAIGN, TABLE, start_points
from adatom.cloud.optimize.strategies import STRATEGIES

from ..trays import Beliefs, Tray, question

SPACE = Tray(2)
TESTED = SPACE.sobol(14, 3)


def bowl(vectors: Array, at: float = 0.42) -> Array:
    return ((vectors - at) ** 2).sum(axis=1, keepdims=True)


def test_it_goes_where_the_loss_is_least() -> None:
    found = STRATEGIES["bo"](question(SPACE, TESTED, bowl(TESTED)))
    assert np.abs(found[0] - 0.42).max() < 0.05


def test_the_second_of_a_batch_goes_elsewhere() -> None:
    first = STRATEGIES["bo"](question(SPACE, TESTED, bowl(TESTED)))[:1]
    second = STRATEGIES["bo"](question(SPACE, TESTED, bowl(TESTED), waiting=first))[0]
    assert np.abs(second - first[0]).max() >= 0.01


def test_a_front_grows_by_what_is_between_its_ends() -> None:
    losses = np.hstack([bowl(TESTED, 0.2), bowl(TESTED, 0.8)])
    found = STRATEGIES["bo"](question(SPACE, TESTED, losses))[:1]
    front = pareto.front_of(losses)
    reference = front.max(axis=0) + 0.1 * np.ptp(front, axis=0)  # near, so that what is between the ends counts
    gained = np.vstack([losses, np.hstack([bowl(found, 0.2), bowl(found, 0.8)])])
    assert pareto.hypervolume(gained, reference) > 1.02 * pareto.hypervolume(losses, reference)


def test_four_losses_are_scalarised_and_still_answered() -> None:
    losses = np.hstack([bowl(TESTED, at) for at in (0.2, 0.4, 0.6, 0.8)])
    found = STRATEGIES["bo"](question(SPACE, TESTED, losses))[0]
    assert ((found > 0.15) & (found < 0.85)).all()


def test_a_limit_keeps_it_out_of_the_best_place() -> None:
    # the least loss lies at 0.42, where a second quantity, of no weight here but limited, is too large
    limited = np.hstack([bowl(TESTED), 1.0 - TESTED[:, :1]])
    options = replace(TABLE, pareto=False)
    found = STRATEGIES["bo"](question(SPACE, TESTED, limited, limits=[None, 0.3], options=options))[0]
    assert found[0] > 0.65


def test_a_bad_model_is_not_trusted_half_of_the_time() -> None:
    belief = Beliefs.of(TESTED, bowl(TESTED))
    belief.trusted = False
    even = SPACE.sobol(len(TESTED) + 1, 0)[-1]
    spread = 0
    for seed in range(20):
        asked = replace(question(SPACE, TESTED, bowl(TESTED), believe=lambda: belief), rng=np.random.default_rng(seed))
        spread += bool((STRATEGIES["bo"](asked)[0] == even).all())
    assert 4 <= spread <= 16


def test_a_batch_takes_the_setting_with_room_for_all_its_points() -> None:
    # at 0.2 one place is good, at 0.7 a whole line is nearly as good: for one point the first, for four the second
    space = Tray(2, held=1)
    x, y = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    tested = space.repair(np.column_stack([x.ravel(), y.ravel()]))

    def loss(v: Array) -> Array:
        peak = 1.1 * np.exp(-(((v[:, 0] - 0.2) / 0.08) ** 2) - ((v[:, 1] - 0.5) / 0.08) ** 2)
        return -(peak + np.exp(-(((v[:, 0] - 0.7) / 0.15) ** 2)))[:, None]

    kept = np.abs(tested - [0.2, 0.5]).max(axis=1) > 0.05
    asked = question(space, tested[kept], loss(tested[kept]), count=4)
    assert len(np.unique(STRATEGIES["bo"](asked)[:, 0])) == 1


def test_noise_is_averaged_over_and_costs_are_minded() -> None:
    rng = np.random.default_rng(0)
    noisy = bowl(TESTED) + 0.2 * rng.standard_normal((len(TESTED), 1))
    assert len(STRATEGIES["bo"](question(SPACE, TESTED, noisy))) > 0
    dear = question(SPACE, TESTED, bowl(TESTED), log_cost=lambda v: np.where(v[:, 0] < 0.5, 20.0, 0.0))
    assert STRATEGIES["bo"](dear)[0, 0] >= 0.5


# two families of candidates: one about the best tested point, one about a corner that nobody has looked at
FAMILIES = np.vstack([0.42 + 0.03 * SPACE.sobol(20, 5), 0.95 + 0.05 * SPACE.sobol(20, 6)])
NEAR_ONE = TESTED[(TESTED < 0.75).all(axis=1)]


def of_families(seed: int, share: float, **more: Any) -> int:
    """The family that is asked of."""
    options = replace(TABLE, pareto=False, least_gain=0.0, draws=share)
    asked = question(SPACE, NEAR_ONE, bowl(NEAR_ONE), options=options)
    asked = replace(asked, pool=FAMILIES, rng=np.random.default_rng(seed), **more)
    return int(STRATEGIES["bo"](asked)[0][0] > 0.9)


def test_draws_ask_of_families_of_a_pool_that_expected_improvement_leaves_alone() -> None:
    assert [of_families(seed, 0.0) for seed in range(20)] == [0] * 20
    assert 1 <= sum(of_families(seed, 1.0) for seed in range(60)) <= 30
    scores = lambda points: [1.0] * len(points)  # noqa: E731
    assert [of_families(seed, 1.0, scores=scores) for seed in range(20)] == [0] * 20


def test_a_draw_of_a_large_pool_is_of_some_of_it() -> None:
    options = replace(TABLE, pareto=False, draws=1.0)
    pool = SPACE.sobol(4096, 7)
    found = STRATEGIES["bo"](replace(question(SPACE, TESTED, bowl(TESTED), options=options), pool=pool))
    assert np.abs(found[0] - 0.42).max() < 0.15
    assert (found[:, None] == pool).all(axis=2).any(axis=1).all()


def test_the_start_by_budget() -> None:
    assert [start_points(budget) for budget in (None, 5, 20, 100)] == [6, 4, 6, 6]
    assert [start_points(budget, TABLE) for budget in (None, 5, 50, 100)] == [5, 4, 5, 5]
    assert CAMPAIGN.confirm
    assert math.isclose(CAMPAIGN.ambition, 0.7)
