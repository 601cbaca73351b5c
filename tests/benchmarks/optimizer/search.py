"""One search of one method on one problem, and how its incumbents are judged.

After every batch two incumbents are noted, both among the points measured without failure: `observed`, the best mean
of the told values (the same rule for all), and `own`, the one that the method recommends (for a method with a model
its best posterior mean; `observed` for the others). Both are judged by the *true* loss, which no method is told. With
several objectives the true hypervolume of the points whose told values no other dominates is noted instead.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import peers
from .problem import Problem, Result, check
from .problems.scales import hypervolume
from .space import Array, Point

VERSION = 1  # of what a record means; another version's records are run again
DIGITS = 6

Record = dict[str, Any]


@dataclass
class Trail:
    """What a search has measured, and the true worth of its incumbents after every evaluation from the starts on."""

    problem: Problem
    points: list[Point] = field(default_factory=list)
    losses: list[Array | None] = field(default_factory=list)
    worth: dict[str, list[float | None]] = field(default_factory=lambda: {"observed": [], "own": []})
    cpu_s: list[float] = field(default_factory=list)

    def measured(self, points: Sequence[Point], seed: int) -> list[Result]:
        """Results of the next points, which are kept."""
        results = [self.problem.measure(point, seed, len(self.points) + i) for i, point in enumerate(points)]
        self.points += points
        self.losses += [self.problem.told_losses(result) for result in results]
        return results

    def note(self, own: int | None, count: int) -> None:
        """The worth of both incumbents, once for each of `count` evaluations; the starts count once."""
        times = 1 if not self.worth["own"] else count
        for name, value in self._worths(own).items():
            self.worth[name] += [None if value is None else float(f"{value:.{DIGITS}g}")] * times

    def _worths(self, own: int | None) -> dict[str, float | None]:
        if len(self.problem.goals) > 1:
            of_front = front_worth(self.problem, self.points, self.losses)
            return {"observed": of_front, "own": of_front}
        observed = best_observed(self.problem, self.points, self.losses)
        chosen = {"observed": observed, "own": observed if own is None else own}
        return {
            name: None if i is None else float(self.problem.losses(self.points[i])[0]) for name, i in chosen.items()
        }


def search(problem: Problem, method: str, seed: int, evaluations: int) -> Record:
    """The record of a search, JSON-ready; the worth of an incumbent is its true loss or hypervolume."""
    chosen, trail = peers.make(method, problem, seed), Trail(problem)
    while len(trail.points) < evaluations:
        began = time.process_time()
        asked = chosen.ask(problem.batch) if trail.points else problem.start(seed)
        spent = time.process_time() - began
        check(problem, asked)
        chosen.tell(asked, trail.measured(asked, seed))
        began = time.process_time()
        own = chosen.recommend()
        trail.cpu_s.append(spent + time.process_time() - began)
        trail.note(own, len(asked))
    return {
        "version": VERSION,
        "problem": problem.name,
        "family": problem.family,
        "method": method,
        "seed": seed,
        "evaluations": len(trail.points),
        "starts": problem.starts,
        "failed": sum(loss is None for loss in trail.losses),
        **trail.worth,
        "cpu_s": [round(s, 4) for s in trail.cpu_s[1:]],
    }


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
