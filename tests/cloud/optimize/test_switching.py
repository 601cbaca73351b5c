"""What is hard to change is changed less where a change is dear, and what was made is not asked of a pool again."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.optimize import Categorical, Continuous, Objective, Optimizer, Space
from adatom.cloud.optimize.table.setup import read_setup
from adatom.protocol.errors import InputError

FURNACE = Space([Continuous("furnace_c", 0, 1, step=0.05, hard_to_change=True), Continuous("x", 0, 1)])
SWITCH = "switch_cost = 3\n[space]\nx = [0.0, 1.0]\n[[objectives]]\nname = 'y'\n"


def changes(switch_cost: float, count: int) -> int:
    """How often nine or twelve asks of `count` points leave the furnace's setting, on a bowl."""
    optimizer = Optimizer(FURNACE, [Objective("r")], seed=1, switch_cost=switch_cost)
    settings = []
    for _ in range(9 if count > 1 else 12):
        points = optimizer.ask(count)
        settings.append(points[0]["furnace_c"])
        optimizer.tell(points, [{"r": (p["furnace_c"] - 0.6) ** 2 + (p["x"] - 0.3) ** 2} for p in points])
    return sum(one != other for one, other in pairwise(settings))


@pytest.mark.parametrize("count", [1, 2])
def test_a_dear_change_is_made_less(count: int) -> None:
    free, dear = changes(0.0, count), changes(1e6, count)
    assert dear < free
    assert dear <= 6  # the start is spread evenly whatever it costs; the first model may change once


def test_it_stands_in_the_file_of_a_space(tmp_path: Path) -> None:
    path = tmp_path / "SPACE.toml"
    path.write_text(SWITCH)
    assert read_setup(path).switch_cost == 3.0
    path.write_text(SWITCH.replace("3", "-1"))
    with pytest.raises(InputError, match="switch_cost: -1"):
        read_setup(path)


def test_of_a_pool_what_was_told_or_waits_is_not_asked_again() -> None:
    """Also where a point told lies outside of what a vector tells all of."""
    space = Space([Continuous("x", 0, 1, step=0.01), Categorical("gas", ["O2", "Ar"]), Continuous("fixed", 2, 2)])
    pool = space.points(space.sobol(40, 1))
    optimizer = Optimizer(space, [Objective("r")], seed=1)
    optimizer.tell([{"x": 0.5, "gas": "O2", "fixed": 3}, *pool[:10]], [{"r": 1.0 + i} for i in range(11)])
    asked = optimizer.ask(5, among=pool) + optimizer.ask(5, among=pool)
    keys = [space.key(point) for point in (*pool[:10], *asked)]
    assert len(set(keys)) == 20
    assert optimizer.room(pool) == len({space.key(point) for point in pool}) - 20
    assert np.isin([point["gas"] for point in asked], ["O2", "Ar"]).all()
