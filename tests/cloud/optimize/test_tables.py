"""Ask / tell over any laboratory's space: samples, targets, candidates, batches, several objectives."""

import json
import math
from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize import Composition, Constraint, Continuous, Integer, Linear, Objective, Optimizer, Space
from adatom.cloud.optimize.strategies import STRATEGIES
from adatom.protocol.errors import FailedError, InputError

PLANE = Space([Continuous("x", 0, 1), Continuous("y", 0, 1)])


def bowl(point: dict[str, Any]) -> float:
    return float((point["x"] - 0.3) ** 2 + (point["y"] - 0.6) ** 2)


def run(optimizer: Optimizer, trials: int, tell: Any) -> list[dict[str, Any]]:
    """Points asked one by one, each told as `tell` says."""
    asked = []
    for _ in range(trials):
        [point] = optimizer.ask()
        optimizer.tell([point], [tell(point)])
        asked.append(point)
    return asked


def test_a_target_is_hit() -> None:
    optimizer = Optimizer(PLANE, [Objective("t", "target", target=0.2)], seed=1)
    asked = run(optimizer, 18, lambda point: {"t": 3 * point["x"] - point["y"]})
    assert min(abs(3 * point["x"] - point["y"] - 0.2) for point in asked) < 0.005


def test_an_error_that_a_plate_shares_does_not_mislead() -> None:
    """Plates differ by more than points do; only `sample` can tell."""
    rng = np.random.default_rng(5)
    shifts = {f"plate {i}": float(shift) for i, shift in enumerate(rng.normal(0.0, 0.5, 6))}
    points = PLANE.points(PLANE.sobol(36, 4))
    plates = [f"plate {i % 6}" for i in range(36)]
    values = [bowl(point) + shifts[plate] for point, plate in zip(points, plates, strict=True)]
    found = {}
    for named in (True, False):
        optimizer = Optimizer(PLANE, [Objective("z")], seed=1)
        results: list[dict[str, Any]] = [
            {"z": value, "sample": plate} if named else {"z": value}
            for value, plate in zip(values, plates, strict=True)
        ]
        optimizer.tell(points, results)
        index = optimizer.incumbent()
        assert index is not None
        found[named] = bowl(optimizer.told[index][0])
    assert found[True] < 0.03
    assert found[True] <= found[False]


def test_candidates_are_the_only_ones_asked_each_once() -> None:
    candidates = PLANE.points(PLANE.sobol(60, 3))
    optimizer = Optimizer(PLANE, [Objective("z")], seed=1)
    asked = []
    for _ in range(20):
        batch = optimizer.ask(3, among=candidates)
        optimizer.tell(batch, [{"z": bowl(point)} for point in batch])
        asked += batch
    assert sorted(map(str, asked)) == sorted(map(str, candidates))
    assert bowl(min(asked[:21], key=bowl)) == bowl(min(candidates, key=bowl))
    with pytest.raises(FailedError, match="no candidate"):
        optimizer.ask(1, among=candidates)


def test_a_hard_to_change_factor_is_one_in_a_batch() -> None:
    space = Space([Continuous("temperature_c", 400, 800, step=5, hard_to_change=True), Continuous("x", 0, 1)])
    optimizer = Optimizer(space, [Objective("z")], seed=1)
    best = math.inf
    for _ in range(8):
        batch = optimizer.ask(4)
        assert len({point["temperature_c"] for point in batch}) == 1
        assert len({point["x"] for point in batch}) == 4
        values = [((p["temperature_c"] - 610) / 200) ** 2 + (p["x"] - 0.7) ** 2 for p in batch]
        best = min(best, *values)
        optimizer.tell(batch, [{"z": value} for value in values])
    assert best < 0.01


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_candidates_of_one_batch_share_what_is_hard_to_change(strategy: str) -> None:
    space = Space([Continuous("temperature_c", 400, 800, step=100, hard_to_change=True), Continuous("x", 0, 1)])
    left = [{"temperature_c": t, "x": x / 7} for t in (400, 500, 600) for x in range(7)]
    left += [{"temperature_c": 700, "x": x} for x in (0.5, 0.5, 0.6)]  # too few for a batch: a jar that stands twice
    optimizer = Optimizer(space, [Objective("z")], seed=1, strategy=strategy)
    for _ in range(4):
        batch = optimizer.ask(3, among=left)
        assert len({point["temperature_c"] for point in batch}) == 1
        assert len({point["x"] for point in batch}) == 3
        optimizer.tell(batch, [{"z": (p["temperature_c"] / 200 - 2.5) ** 2 + p["x"]} for p in batch])
    assert optimizer.room(left) >= 3
    with pytest.raises(FailedError, match=r"only \d candidates are left at any one setting of temperature_c"):
        optimizer.ask(8, among=left)


def test_a_mixture_under_rules_is_found() -> None:
    space = Space(
        [Composition({"a": (0, 1), "b": (0, 1), "c": (0, 1), "d": (0, 1)}, total=1.0, at_most=3), Integer("n", 1, 9)],
        constraints=[Linear({"a": 1, "n": -0.05}, high=0.3), Constraint(lambda p: p["b"] >= p["c"], "more b than c")],
    )
    optimizer = Optimizer(space, [Objective("strength", "maximise")], seed=1)

    def strength(p: dict[str, Any]) -> dict[str, float]:
        return {"strength": -((p["a"] - 0.5) ** 2) - (p["b"] - 0.4) ** 2 - ((p["n"] - 6) / 10) ** 2}

    asked = run(optimizer, 25, strength)
    assert all(space.violations(point) == [] for point in asked)
    assert max(strength(point)["strength"] for point in asked) > -0.02


def test_a_front_grows_with_two_objectives_told_in_part() -> None:
    optimizer = Optimizer(PLANE, [Objective("f"), Objective("g")], seed=1)
    for turn in range(14):
        [point] = optimizer.ask()
        values = {"f": point["x"] ** 2 + point["y"], "g": (point["x"] - 1) ** 2 + point["y"]}
        optimizer.tell([point], [values if turn % 5 else {"f": values["f"]}])
        if not turn % 5:
            optimizer.tell([point], [{"g": values["g"]}])
    front = [optimizer.told[index][0] for index in optimizer.front()]
    assert len(front) >= 5
    assert sorted(point["y"] for point in front)[len(front) // 2] < 0.05


def test_resume_is_bit_identical_with_all_that_a_table_tells() -> None:
    def tell(point: dict[str, Any]) -> dict[str, Any]:
        failed = {"failed": "cracked"} if point["x"] > 0.8 else {"z": {"value": bowl(point), "sd": 0.01, "n": 2}}
        return {**failed, "sample": f"{point['y']:.1f}"}

    unbroken = Optimizer(PLANE, [Objective("z")], seed=3)
    run(unbroken, 12, tell)
    resumed = Optimizer.from_state(json.loads(json.dumps(unbroken.state())), PLANE, [Objective("z")])
    assert run(resumed, 3, tell) == run(unbroken, 3, tell)
    assert resumed.state() == unbroken.state()


def test_wrong_use_is_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        Optimizer(PLANE, [Objective("z"), Objective("z")])
    with pytest.raises(InputError, match="1 or more"):
        Optimizer(PLANE, [Objective("z")]).ask(0)
    with pytest.raises(InputError, match=r"results\[0\].q"):
        Optimizer(PLANE, [Objective("z")]).tell([{"x": 0.5, "y": 0.5}], [{"q": 1.0}])


def test_an_optimum_that_the_model_does_not_suspect_is_found_under_noise() -> None:
    """A narrow dip beside a broad bowl: who only polishes the bowl's bottom never sees it."""
    space, noise = Space([Continuous("x", 0, 1), Continuous("y", 0, 1)]), np.random.default_rng(1)

    def dip(point: dict[str, Any]) -> float:
        near = (point["x"] - 0.85) ** 2 + (point["y"] - 0.2) ** 2
        return bowl(point) - 1.5 * math.exp(-near / 0.01)

    found = 0
    for seed in range(2):
        optimizer = Optimizer(space, [Objective("z")], seed=seed)
        asked = run(optimizer, 45, lambda point: {"z": dip(point) + 0.03 * noise.standard_normal()})
        found += min(dip(point) for point in asked) < -0.8
    assert found == 2


def test_a_space_with_nothing_to_choose_is_searched_all_the_same() -> None:
    space = Space([Continuous("x", 0.5, 0.5)])
    optimizer = Optimizer(space, [Objective("z")], seed=1)
    optimizer.tell([{"x": 0.5}] * 3, [{"z": 1.0}, {"z": 2.0}, {"failed": "cracked"}])
    assert optimizer.explain({"x": 0.5}).nearest[0].distance == 0.0
    assert optimizer.suggest_stop().stop is False
    with pytest.raises(FailedError, match="no new point"):
        optimizer.ask()
