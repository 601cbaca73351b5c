"""One search of one method on one problem, and how its incumbents are judged.

After every batch two incumbents are noted, both among the points measured without failure: `observed`, the best mean
of the told values (the same rule for all), and `own`, the one that the method recommends (for a method with a model
its best posterior mean; `observed` for the others). Both are judged by the *true* loss, which no method is told. With
several objectives the true hypervolume of the points whose told values no other dominates is noted instead.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import peers
from .problem import Problem, check
from .problems.scales import hypervolume
from .space import Array, Point

VERSION = 1  # of what a record means; another version's records are run again
DIGITS = 6

Record = dict[str, Any]


def search(problem: Problem, method: str, seed: int, evaluations: int) -> Record:
    """The record of a search, JSON-ready: incumbents' true losses after every evaluation from the starts on."""
    chosen = peers.make(method, problem, seed)
    points: list[Point] = []
    losses: list[Array | None] = []
    incumbents: dict[str, list[float | None]] = {"observed": [], "own": []}
    seconds: list[float] = []
    while len(points) < evaluations:
        began = time.process_time()
        asked = chosen.ask(problem.batch) if points else problem.start(seed)
        seconds.append(time.process_time() - began)
        check(problem, asked)
        results = [problem.measure(point, seed, len(points) + i) for i, point in enumerate(asked)]
        points, losses = points + asked, losses + [problem.told_losses(result) for result in results]
        chosen.tell(asked, results)
        began = time.process_time()
        own = chosen.recommend()
        seconds[-1] += time.process_time() - began
        _note(incumbents, problem, points, losses, own, len(asked))
    return {
        "version": VERSION,
        "problem": problem.name,
        "family": problem.family,
        "method": method,
        "seed": seed,
        "evaluations": len(points),
        "starts": problem.starts,
        "failed": sum(loss is None for loss in losses),
        **incumbents,
        "cpu_s": [round(s, 4) for s in seconds[1:]],
    }


def _note(
    incumbents: dict[str, list[float | None]],
    problem: Problem,
    points: Sequence[Point],
    losses: Sequence[Array | None],
    own: int | None,
    count: int,
) -> None:
    """Append the true worth of both incumbents, once for each evaluation of the batch; the starts count once."""
    times = 1 if not incumbents["own"] else count
    if len(problem.goals) > 1:
        worth: float | None = front_worth(problem, points, losses)
        found = {"observed": worth, "own": worth}
    else:
        observed = best_observed(problem, points, losses)
        chosen = {"observed": observed, "own": observed if own is None else own}
        found = {name: None if i is None else float(problem.losses(points[i])[0]) for name, i in chosen.items()}
    for name, value in found.items():
        incumbents[name] += [None if value is None else float(f"{value:.{DIGITS}g}")] * times


def best_observed(problem: Problem, points: Sequence[Point], losses: Sequence[Array | None]) -> int | None:
    """Number of the first point with the best mean of its told losses; None before a success."""
    told: dict[tuple[Any, ...], list[float]] = {}
    first: dict[tuple[Any, ...], int] = {}
    for number, (point, loss) in enumerate(zip(points, losses, strict=True)):
        if loss is not None:
            told.setdefault(problem.space.key(point), []).append(float(loss[0]))
            first.setdefault(problem.space.key(point), number)
    best = min(told, key=lambda key: float(np.mean(told[key])), default=None)
    return None if best is None else first[best]


def front_worth(problem: Problem, points: Sequence[Point], losses: Sequence[Array | None]) -> float:
    """True hypervolume of the points that no other dominates by what was told."""
    good = [i for i, loss in enumerate(losses) if loss is not None]
    told = np.array([losses[i] for i in good])
    front = [i for i, row in zip(good, told, strict=True) if not _dominated(row, told)]
    return hypervolume(np.array([problem.losses(points[i]) for i in front]), problem.corner)


def _dominated(row: Array, others: Array) -> bool:
    return bool(((others <= row).all(axis=1) & (others < row).any(axis=1)).any())
