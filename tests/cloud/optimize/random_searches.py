"""Short searches of chance over random spaces: what comes out is allowed, new, and the same after a resume.

The everyday test and the soak run it on many seeds.
"""

import json
from typing import Any

import numpy as np
from adatom.cloud.optimize import Objective, Optimizer
from adatom.cloud.optimize.strategies import STRATEGIES
from adatom.protocol.errors import FailedError

from .space.generate import chance, random_space

Rng = np.random.Generator
ROUNDS = 3


def check_search(seed: int) -> int:
    """How many points were asked; raises AssertionError for one that is not allowed."""
    rng = np.random.default_rng([seed, 3])
    space = random_space(seed)
    objectives = _objectives(rng)
    strategy = str(rng.choice(sorted(STRATEGIES)))
    optimizer = Optimizer(space, objectives, seed=seed, strategy=strategy)
    _tell_of_elsewhere(optimizer, rng)
    for _ in range(ROUNDS):
        resumed = Optimizer.from_state(json.loads(json.dumps(optimizer.state())), space, objectives)
        count = int(rng.integers(1, 4))
        try:
            points = optimizer.ask(count)
        except FailedError:  # a space of a few points may be used up
            assert _left(optimizer, rng) < count
            break
        for point in points:
            assert space.violations(point) == [], (seed, strategy, point)
        assert resumed.ask(count) == points, (seed, strategy)
        optimizer.tell(points, [_result(objectives, rng) for _ in points])
        assert np.isfinite(optimizer.explain(points[0]).chance_of_success)
        optimizer.suggest_stop()
    return len(optimizer.told)


def _left(optimizer: Optimizer, rng: Rng) -> int:
    """How many new points random ones find."""
    space = optimizer.space
    known = {space.key(point) for point in [*(told for told, _ in optimizer.told), *optimizer.pending]}
    return len({space.key(point) for point in space.points(space.random(1000, rng))} - known)


def _objectives(rng: Rng) -> list[Objective]:
    made = [Objective("a", log=chance(rng, 0.4))]
    if chance(rng, 0.3):
        made.append(Objective("b", "maximise", threshold=0.5 if chance(rng, 0.5) else None))
    if chance(rng, 0.15):
        made.append(Objective("c", "target", target=0.5))
    return made


def _tell_of_elsewhere(optimizer: Optimizer, rng: Rng) -> None:
    """Experiments made before the search, so that a model leads from the start."""
    points = optimizer.space.points(optimizer.space.random(int(rng.integers(0, 9)), rng))
    optimizer.tell(points, [_result(optimizer.objectives, rng) for _ in points])


def _result(objectives: Any, rng: Rng) -> dict[str, Any]:
    if chance(rng, 0.15):
        return {"failed": "cracked"}
    values: dict[str, Any] = {o.name: float(rng.lognormal(0.0, 2.0)) for o in objectives if chance(rng, 0.9)}
    if not values:
        values = {objectives[0].name: 1.0}  # equal values again and again
    return {**values, "sample": f"plate {rng.integers(3)}"} if chance(rng, 0.3) else values
