"""Other sources: what another bench told helps a search where it is alike, and does no harm where it is not."""

import json
from typing import Any

import numpy as np
import pytest
from adatom.cloud.optimize import Continuous, Objective, Optimizer, Space
from adatom.protocol.errors import InputError

SQUARE = Space([Continuous("x", 0, 1), Continuous("y", 0, 1)])
LOSS = Objective("z")
SEEDS = range(5)
TOLD = 30  # values of the other source
ASKED = 8


def own(point: dict[str, Any]) -> float:
    """Least at (0.72, 0.31), in a narrow valley."""
    x, y = point["x"] - 0.72, point["y"] - 0.31
    return 40.0 * (x + y) ** 2 + 4.0 * (x - y) ** 2


def alike(point: dict[str, Any]) -> float:
    """The same on another scale, from another zero, moved a little."""
    return 300.0 + 7.0 * own({"x": point["x"] + 0.02, "y": point["y"] - 0.02})


def unlike(point: dict[str, Any]) -> float:
    return float(np.sin(9.0 * point["x"] + 1.0) * np.cos(7.0 * point["y"]))


def begun(seed: int, function: Any) -> Optimizer:
    optimizer = Optimizer(SQUARE, [LOSS], seed=seed)
    if function is not None:
        points = SQUARE.points(SQUARE.random(TOLD, np.random.default_rng(seed)))
        optimizer.tell(points, [{"z": function(point)} for point in points], source="bench-2")
    return optimizer


def least(seed: int, function: Any) -> float:
    """The best true value after some asks."""
    optimizer, values = begun(seed, function), []
    for _ in range(ASKED):
        (point,) = optimizer.ask()
        values.append(own(point))
        optimizer.tell([point], [{"z": values[-1]}])
    return min(values)


def test_a_source_alike_helps_and_one_unlike_does_no_harm() -> None:
    alone, helped, misled = (
        np.log([least(seed, function) + 1e-3 for seed in SEEDS]).mean() for function in (None, alike, unlike)
    )
    assert helped < alone - 1.0  # by a factor of 2.7
    assert misled < alone + 0.5


@pytest.mark.parametrize(("function", "learnt"), [(alike, True), (unlike, False)])
def test_whether_it_is_learnt_from_is_said(function: Any, learnt: bool) -> None:
    optimizer = begun(1, function)
    points = SQUARE.points(SQUARE.random(8, np.random.default_rng(7)))
    optimizer.tell(points, [{"z": own(point)} for point in points])
    found = optimizer.correlations()["z"]
    assert (found.get("bench-2", 0.0) > 0.8) == learnt


def test_a_source_is_no_part_of_the_search() -> None:
    optimizer = begun(2, alike)
    assert optimizer.told == []
    assert optimizer.incumbent() is None
    assert optimizer.correlations() == {}
    assert not optimizer.explain({"x": 0.5, "y": 0.5}).nearest


def test_a_state_holds_the_sources() -> None:
    unbroken = begun(3, alike)
    for _ in range(5):
        (point,) = unbroken.ask()
        unbroken.tell([point], [{"z": own(point)}])
    resumed = Optimizer.from_state(json.loads(json.dumps(unbroken.state())), SQUARE, [LOSS])
    assert resumed.state() == unbroken.state()
    assert resumed.ask(2) == unbroken.ask(2)


@pytest.mark.parametrize("source", ["", " ", 3, ["a"]])
def test_a_source_without_a_name_is_refused(source: Any) -> None:
    with pytest.raises(InputError, match="source"):
        Optimizer(SQUARE, [LOSS]).tell([{"x": 0.1, "y": 0.1}], [{"z": 1.0}], source=source)


def test_wrong_results_of_a_source_are_refused_and_nothing_is_taken() -> None:
    optimizer = Optimizer(SQUARE, [LOSS])
    with pytest.raises(InputError, match="w"):
        optimizer.tell([{"x": 0.1, "y": 0.1}], [{"w": 1.0}], source="paper")
    assert optimizer.state()["others"] == {}


def test_failures_and_few_values_of_a_source_change_nothing() -> None:
    plain, other = begun(4, None), begun(4, None)
    other.tell([{"x": 0.1, "y": 0.1}] * 2, [{"failed": "burst"}, {"z": 1.0}], source="paper")
    points = SQUARE.points(SQUARE.random(6, np.random.default_rng(3)))
    for optimizer in (plain, other):
        optimizer.tell(points, [{"z": own(point)} for point in points])
    assert plain.ask() == other.ask()
