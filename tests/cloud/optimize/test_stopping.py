"""The chance to improve, against functions whose best point is known."""

import math

import numpy as np
import pytest
from adatom.cloud.optimize import Continuous, Objective, Optimizer, Space
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.process import GaussianProcess

SPACE = Space([Continuous("x", 0, 1), Continuous("y", 0, 1)])
EVERYWHERE = SPACE.sobol(1024, 99)
WORTHWHILE = 0.05
MARKS = (9, 13, 18, 24)  # trials


def smooth(seed: int) -> Array:
    """(1024,) values of a function drawn from a process with a length scale of 0.3, at EVERYWHERE."""
    rng = np.random.default_rng(seed)
    process = GaussianProcess(theta=np.log([1.0, 0.3, 0.3, 1e-6, 1e-6]), optimise=False)
    process.fit(np.full((1, 2), 0.5), rng.standard_normal(1))
    return np.asarray(process.draws(EVERYWHERE, 1, rng)[0])


def chances_and_truths(seed: int) -> list[tuple[float, bool]]:
    """After some trials of a search: the chance that is said, and whether more than WORTHWHILE was really left."""
    values = smooth(seed)
    candidates = SPACE.points(EVERYWHERE)
    place = {str(point): index for index, point in enumerate(candidates)}
    optimizer, pairs, best = Optimizer(SPACE, [Objective("z")], seed=seed), [], math.inf
    for trial in range(1, MARKS[-1] + 1):
        [point] = optimizer.ask(among=candidates)
        value = float(values[place[str(point)]])
        optimizer.tell([point], [{"z": value}])
        best = min(best, value)
        if trial in MARKS:
            chance = optimizer.suggest_stop(WORTHWHILE).chance
            assert chance is not None
            pairs.append((chance, bool(values.min() < best - WORTHWHILE)))
    return pairs


def check_calibrated(seeds: range) -> None:
    pairs = [pair for seed in seeds for pair in chances_and_truths(seed)]
    chances, truths = np.array([c for c, _ in pairs]), np.array([t for _, t in pairs])
    assert 0.25 < truths.mean() < 0.75
    assert float(chances.mean()) == pytest.approx(float(truths.mean()), abs=0.12)
    assert np.corrcoef(chances, truths)[0, 1] > 0.25
    assert truths[chances < 0.3].mean() < 0.35 < 0.5 < truths[chances > 0.7].mean()


def test_the_chance_is_calibrated() -> None:
    check_calibrated(range(8))  # the soak has more


def test_advice_follows_the_search_to_its_end() -> None:
    optimizer = Optimizer(SPACE, [Objective("z")], seed=3)
    assert optimizer.suggest_stop().stop is False
    said = []
    for _ in range(30):
        [point] = optimizer.ask()
        optimizer.tell([point], [{"z": (point["x"] - 0.3) ** 2 + (point["y"] - 0.6) ** 2}])
        said.append(optimizer.suggest_stop(0.03).stop)
    assert said[0] is False
    assert said[-1] is True
    assert "chance" in optimizer.suggest_stop(0.03).reason


def test_a_used_budget_ends_it_and_advice_changes_nothing() -> None:
    optimizer, other = (Optimizer(SPACE, [Objective("z")], seed=3, budget=2) for _ in range(2))
    for one in (optimizer, other):
        points = one.ask(1)
        one.tell(points, [{"z": 1.0}])
    assert optimizer.suggest_stop().stop is False
    assert optimizer.ask(1) == other.ask(1)
    assert optimizer.suggest_stop().stop is True
    assert "budget" in optimizer.suggest_stop().reason


def test_what_is_worthwhile_has_the_unit_of_the_loss() -> None:
    """A loss in other units is another number and the same chance, of the noise of a measurement as of one given."""
    small, large = (Optimizer(SPACE, [Objective("z", weight=2.0)], seed=3) for _ in range(2))
    rng = np.random.default_rng(0)
    for point in SPACE.points(SPACE.sobol(12, 1)):
        value = (point["x"] - 0.3) ** 2 + (point["y"] - 0.6) ** 2 + 0.03 * rng.standard_normal()
        small.tell([point], [{"z": value}])
        large.tell([point], [{"z": 128.0 * value}])
    said, scaled = small.suggest_stop(), large.suggest_stop()
    assert said.worthwhile is not None
    assert scaled.worthwhile == pytest.approx(128.0 * said.worthwhile, rel=1e-3)
    assert scaled.chance == pytest.approx(said.chance or 0.0, abs=0.01)
    assert large.suggest_stop(12.8).chance == pytest.approx(small.suggest_stop(0.1).chance or 0.0, abs=0.01)
