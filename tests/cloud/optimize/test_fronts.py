"""Several objectives: what is said of a point and of the search, against functions whose whole front is known."""

import json

import numpy as np
import pytest
from adatom.cloud.optimize import Continuous, Objective, Optimizer, Space
from adatom.cloud.optimize.acquisition import pareto
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.process import GaussianProcess

SPACE = Space([Continuous("x", 0, 1), Continuous("y", 0, 1)])
EVERYWHERE = SPACE.sobol(512, 99)
WORTHWHILE = (0.05, 0.15, 0.4)  # of the hypervolume
RESIN = Space([Continuous("solvent", -1, 2), Continuous("idle", 0, 1)])


def smooth(seed: int) -> Array:
    """(512,) values of a function drawn from a process with a length scale of 0.35, at EVERYWHERE."""
    rng = np.random.default_rng(seed)
    process = GaussianProcess(theta=np.log([1.0, 0.35, 0.35, 1e-6, 1e-6]), optimise=False)
    process.fit(np.full((1, 2), 0.5), rng.standard_normal(1))
    return np.asarray(process.draws(EVERYWHERE, 1, rng)[0])


def told(losses: Array, count: int, seed: int) -> Optimizer:
    """A search that knows the first `count` of EVERYWHERE."""
    names = [f"z{axis}" for axis in range(losses.shape[1])]
    optimizer = Optimizer(SPACE, [Objective(name) for name in names], seed=seed)
    results = [dict(zip(names, map(float, row), strict=True)) for row in losses[:count]]
    optimizer.tell(SPACE.points(EVERYWHERE[:count]), results)
    return optimizer


def joins(losses: Array, front: Array) -> Array:
    return np.asarray(~(front <= losses[:, None, :]).all(axis=2).any(axis=1))


def widest(losses: Array, count: int) -> float:
    """The largest share that any point adds to the hypervolume of the first `count`."""
    reference = pareto.reference_point(losses[:count])
    had = pareto.hypervolume(losses[:count], reference)
    front = pareto.front_of(losses[:count], reference)
    certain = np.zeros_like(losses)
    return float(np.exp(pareto.log_hypervolume_improvement(losses, certain, front, reference)).max() / had)


def resins(trials: int = 14) -> Optimizer:
    """Solvent makes a resin thin and dear: viscosity falls to 1, cost is least at 0, so that the front is 0 to 1."""
    optimizer = Optimizer(RESIN, [Objective("viscosity"), Objective("profit", "maximise")], seed=1)
    for point in RESIN.points(RESIN.sobol(trials, 5)):
        result = {"viscosity": (point["solvent"] - 1.0) ** 2, "profit": -50.0 * point["solvent"] ** 2}
        optimizer.tell([point], [result])
    return optimizer


def told_of(seed: int) -> tuple[Array, int, Optimizer]:
    """Two or three functions, how many of their values are told, and the search that knows these."""
    losses, count = np.column_stack([smooth(100 * seed + axis) for axis in range(2 + seed % 2)]), 10 + seed % 3 * 6
    return losses, count, told(losses, count, seed)


def chances_to_join(seed: int, every: int) -> list[tuple[float, bool]]:
    """Of points not told: the chance that is said, and whether the true front of those told leaves the point free."""
    losses, count, optimizer = told_of(seed)
    others = np.arange(count, len(losses), every)
    said = [optimizer.explain(point).chance_to_beat for point in SPACE.points(EVERYWHERE[others])]
    assert None not in said
    truths = joins(losses[others], pareto.front_of(losses[:count]))
    return [(chance or 0.0, bool(truth)) for chance, truth in zip(said, truths, strict=True)]


def chances_to_widen(seed: int) -> list[tuple[float, bool]]:
    """Of three shares of the hypervolume: the chance that is said, and whether a point really adds as much."""
    losses, count, optimizer = told_of(seed)
    most = widest(losses, count)
    return [(optimizer.suggest_stop(least).chance or 0.0, most > least) for least in WORTHWHILE]


def test_the_chance_to_join_the_front_is_calibrated() -> None:
    pairs = [pair for seed in range(12) for pair in chances_to_join(seed, 20)]
    chances, truths = np.array(pairs).T
    assert float(chances.mean()) == pytest.approx(float(truths.mean()), abs=0.08)
    assert np.corrcoef(chances, truths)[0, 1] > 0.65
    assert truths[chances < 0.1].mean() < 0.1
    assert truths[chances > 0.8].mean() > 0.8


def check_widening(seeds: range) -> None:
    pairs = [pair for seed in seeds for pair in chances_to_widen(seed)]
    chances, truths = np.array(pairs).T
    assert 0.25 < truths.mean() < 0.75
    assert float(chances.mean()) == pytest.approx(float(truths.mean()), abs=0.15)
    assert np.corrcoef(chances, truths)[0, 1] > 0.5


def test_the_chance_to_widen_the_front_is_calibrated() -> None:
    check_widening(range(5))  # the soak has more


def test_what_raises_one_objective_and_lowers_the_other_is_not_idle() -> None:
    """At the middle of the front the weighted sum is flat along the solvent, which is all that matters."""
    why = resins().explain({"solvent": 0.5, "idle": 0.5})
    assert why.sensitivities["solvent"] > 0.9


def test_a_point_of_the_front_trades_and_one_behind_it_does_not() -> None:
    optimizer = resins()
    on, behind = (optimizer.explain({"solvent": x, "idle": 0.5}) for x in (0.9, -0.8))
    assert on.trade is not None
    assert behind.trade is not None
    assert on.trade.told in optimizer.front()
    assert {*on.trade.better, *on.trade.worse} <= {"viscosity", "profit"}
    assert not {*on.trade.better} & {*on.trade.worse}
    assert (on.chance_to_beat or 0.0) > 0.6 > 0.05 > (behind.chance_to_beat or 0.0)
    assert behind.trade.worse == {"viscosity": "higher", "profit": "lower"}
    assert "chance to join the front; " in on.text
    assert f"viscosity higher, profit lower than told[{behind.trade.told}]" in behind.text
    assert json.loads(json.dumps(behind.as_dict()))["trade"]["worse"]["profit"] == "lower"


def test_advice_counts_the_hypervolume_and_ends_when_the_front_is_known() -> None:
    optimizer = resins(10)
    assert "to the hypervolume of the front" in optimizer.suggest_stop().reason
    points = [{"solvent": x, "idle": 0.5} for x in np.linspace(0.0, 1.0, 15)]
    results = [{"viscosity": (p["solvent"] - 1.0) ** 2, "profit": -50.0 * p["solvent"] ** 2} for p in points]
    optimizer.tell(points, results)
    advice = optimizer.suggest_stop(0.05)
    assert advice.stop
    assert advice.worthwhile == 0.05
    assert optimizer.suggest_stop(1e-6).chance == 1.0


def test_four_objectives_are_judged_too() -> None:
    losses = np.column_stack([smooth(axis) for axis in range(4)])
    optimizer = told(losses, 16, 0)
    why = optimizer.explain(SPACE.points(EVERYWHERE[40:41])[0])
    assert 0.0 < (why.chance_to_beat or 0.0) < 1.0
    assert 0.0 <= (why.exploring or 0.0) <= 1.0
    assert optimizer.suggest_stop(100.0).chance == 0.0
