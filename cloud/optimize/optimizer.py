"""Ask for recipes, tell what came of them. What is asked depends on seed, number of the ask and ordered tells alone.

Sans-I/O and without a clock: ask number k draws from default_rng([seed, k]), so that a resumed optimizer continues
bit-identically. Must not know of trials, stores or benches.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.belief import LEAST_FAILURES, LEAST_SD, LEAST_VALUES, Belief, Believer
from adatom.cloud.optimize.domain import Domain, Point
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.result import Result, checked_result, entry_of
from adatom.cloud.optimize.state import VERSION, upgraded
from adatom.cloud.optimize.strategies import CONFIRMED, STRATEGIES, Question, Scores, confirms
from adatom.cloud.optimize.surrogate import Success
from adatom.protocol.errors import FailedError, InputError
from threadpoolctl import ThreadpoolController

SPARES = 256  # random points tried when the strategy's are all refused or known

Check = Callable[[Point], list[str]]

_THREADS = ThreadpoolController()  # one thread: the order of sums, and so the last bits, must not depend on the machine


class Optimizer:
    """Ask / tell over one space. `check` has the last word on every recipe that leaves `ask`."""

    def __init__(
        self,
        space: Domain,
        objectives: Sequence[Objective],
        *,
        seed: int,
        check: Check | None = None,
        strategy: str = "bo",
        reference: Point | None = None,
        budget: int | None = None,
        scores: Scores | None = None,
    ) -> None:
        """`reference`: the first recipe asked. `budget`: trials planned; a small one shortens the start.

        `scores`: V in 0 to 1 of recipes, a mild prior on suggestions.
        Raises InputError for an unknown strategy or objectives of which none steers.
        """
        if strategy not in STRATEGIES:
            raise InputError("strategy", f"{strategy!r}: must be one of {', '.join(STRATEGIES)}")
        if not any(objective.weight > 0 for objective in objectives):
            raise InputError("objectives", "at least one needs a weight above 0")
        self.space, self.objectives = space, tuple(objectives)
        self.seed, self.strategy, self.budget = seed, strategy, budget
        self.reference = None if reference is None else self.space.plain(reference)
        self._check: Check = check or (lambda _: [])
        self._scores = scores
        self._asks = 0
        self._drawn = 0
        self._pending: list[Point] = []
        self._told: list[tuple[Point, Result]] = []
        self._believer = Believer()

    # --- ask / tell --------------------------------------------------------------------------------------------

    def ask(self, count: int = 1) -> list[Point]:
        """`count` recipes, pending from now on: new ones, and at times the best so far once more to confirm it.

        Raises FailedError when the check refuses whatever is tried.
        """
        batch: list[Point] = []
        with _THREADS.limit(limits=1):
            rng = np.random.default_rng([self.seed, self._asks])
            for _ in range(count):
                batch.append(self._next(batch, rng))
        self._asks += 1
        self._drawn += count
        self._pending += batch
        return [dict(recipe) for recipe in batch]

    def tell(self, points: Sequence[Point], results: Sequence[Mapping[str, Any]]) -> None:
        """What came of recipes: asked or not, any order, in part, replicates again. All are taken or none.

        Raises InputError for a result that is none and ProtocolError for a point that is no recipe.
        """
        if len(points) != len(results):
            raise InputError("tell", f"{len(points)} points and {len(results)} results")
        checked = [checked_result(f"results[{i}]", result, self.objectives) for i, result in enumerate(results)]
        plain = [self.space.plain(point) for point in points]
        self._told += list(zip(plain, checked, strict=True))
        self.forget(plain)

    def forget(self, points: Sequence[Point]) -> None:
        """Recipes that nobody will make (an abandoned trial) are no longer pending."""
        keys = {self.space.key(self.space.plain(point)) for point in points}
        self._pending = [recipe for recipe in self._pending if self.space.key(recipe) not in keys]

    @property
    def pending(self) -> list[Point]:
        """Recipes asked and not told yet, oldest first."""
        return [dict(recipe) for recipe in self._pending]

    @property
    def told(self) -> list[tuple[Point, Result]]:
        """(recipe, result) in the order told."""
        return list(self._told)

    # --- what it believes --------------------------------------------------------------------------------------

    def predict(self, points: Sequence[Point]) -> tuple[Array, Array]:
        """(mean, sd) of log10 r_interface_ohm_cm2 of recipes, without measurement noise.

        Raises FailedError before two values are told.
        """
        with _THREADS.limit(limits=1):
            belief = self._belief()
            if self.objectives[0].name not in belief.models:
                raise FailedError(f"no prediction before {LEAST_VALUES} values of {self.objectives[0].name} are told")
            return belief.loss(
                self.objectives[0].name,
                self.space.features(self.space.vectors([self.space.plain(point) for point in points])),
            )

    def incumbent(self) -> int | None:
        """Index into `told` of the best posterior mean among successes; the best value while there is no posterior."""
        steered = [i for i, (_, result) in enumerate(self._told) if self._steers(result)]
        with _THREADS.limit(limits=1):
            belief = self._belief()
            known = [i for i in steered if self.space.covers(self._told[i][0])]
            if known and belief.steers:
                mean, _ = belief.blend(self.space.features(self._vectors(known)))
                return known[int(mean.argmin())]
        return min(steered, key=lambda i: self._told_loss(self._told[i][1]), default=None)

    def _steers(self, result: Result) -> bool:
        return any(o.weight > 0 and o.name in result for o in self.objectives)

    def _told_loss(self, result: Result) -> float:
        return sum(o.weight * o.loss(entry_of(result, o.name).value) for o in self.objectives if o.name in result)

    def _vectors(self, indices: Sequence[int]) -> Array:
        return self.space.vectors([self._told[i][0] for i in indices])

    def _belief(self) -> Belief:
        """Of all tells that a vector describes; a recipe that differs in something the space fixes is left out."""
        told = [(recipe, result) for recipe, result in self._told if self.space.covers(recipe)]
        features = self.space.features(self.space.vectors([recipe for recipe, _ in told]))
        models = {}
        for objective in self.objectives:
            rows = [row for row, (_, result) in enumerate(told) if objective.name in result]
            if len(rows) >= LEAST_VALUES and objective.modelled:
                entries = [entry_of(told[row][1], objective.name) for row in rows]
                losses = np.array([objective.loss(entry.value) for entry in entries])
                sds = np.array([max(LEAST_SD, objective.scaled_sd(entry.value, entry.sd)) for entry in entries])
                models[objective.name] = self._believer.surrogate(objective.name, features[rows], losses, sds)
        succeeded = np.array([0.0 if "failed" in result else 1.0 for _, result in told])
        failed = features[succeeded == 0.0]
        belief = Belief(
            self.objectives, models, Success(features, succeeded) if len(failed) >= LEAST_FAILURES else None
        )
        # a failure gives no value, but to look there again would teach little: its doubt goes, its expectation stays
        return belief.with_belief(failed) if len(failed) else belief

    # --- the next one ------------------------------------------------------------------------------------------

    def _next(self, batch: Sequence[Point], rng: np.random.Generator) -> Point:
        known = {self.space.key(r) for r in (*(recipe for recipe, _ in self._told), *self._pending, *batch)}
        if self.reference is not None and not known and not self._check(self.reference):
            return self.reference
        repeated = self._to_confirm(batch)
        if repeated is not None:
            return repeated
        question = self._question(batch, rng)
        for vectors in (STRATEGIES[self.strategy](question), self.space.random(SPARES, rng)):
            for recipe in self.space.points(vectors):
                if self.space.key(recipe) not in known and not self._check(recipe):
                    return recipe
        raise FailedError(f"no new recipe is allowed: {self.strategy} and {SPARES} random ones are refused or known")

    def _to_confirm(self, batch: Sequence[Point]) -> Point | None:
        """The best recipe so far, when it is the turn to repeat it and it was not made often enough."""
        if not confirms(self.strategy, self._drawn + len(batch), self.budget):
            return None
        index = self.incumbent()
        if index is None:
            return None
        recipe, _ = self._told[index]
        made = [r for r, _ in self._told if self.space.key(r) == self.space.key(recipe)]
        made += [r for r in (*self._pending, *batch) if self.space.key(r) == self.space.key(recipe)]
        return None if len(made) >= CONFIRMED or self._check(recipe) else dict(recipe)

    def _question(self, batch: Sequence[Point], rng: np.random.Generator) -> Question:
        told = [(recipe, result) for recipe, result in self._told if self.space.covers(recipe)]
        waiting = [recipe for recipe in (*self._pending, *batch) if self.space.covers(recipe)]
        return Question(
            space=self.space,
            rng=rng,
            seed=self.seed,
            drawn=self._drawn + len(batch),
            budget=self.budget,
            told=len(told),
            tested=self.space.vectors([recipe for recipe, result in told if self._steers(result)]),
            open=self.space.vectors(waiting),
            believe=self._belief,
            features=self.space.features,
            scores=self._scores,
        )

    # --- state -------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that `from_state` needs, JSON-ready: counters, pending, tells. Hyper-parameters follow from the tells."""
        return {
            "version": VERSION,
            "columns": list(self.space.names),
            "seed": self.seed,
            "strategy": self.strategy,
            "budget": self.budget,
            "reference": self.reference,
            "asks": self._asks,
            "drawn": self._drawn,
            "pending": [dict(recipe) for recipe in self._pending],
            "told": [[dict(recipe), dict(result)] for recipe, result in self._told],
        }

    @classmethod
    def from_state(
        cls,
        state: Mapping[str, Any],
        space: Domain,
        objectives: Sequence[Objective],
        *,
        check: Check | None = None,
        scores: Scores | None = None,
    ) -> Self:
        """The optimizer that gave the state, with the same next ask. Raises InputError for a state of another space."""
        state = upgraded(state, objectives)
        if tuple(state["columns"]) != space.names:
            raise InputError("state.columns", f"{state['columns']}: this space has {list(space.names)}")
        optimizer = cls(
            space,
            objectives,
            seed=state["seed"],
            check=check,
            strategy=state["strategy"],
            reference=state["reference"],
            budget=state["budget"],
            scores=scores,
        )
        optimizer._asks, optimizer._drawn = state["asks"], state["drawn"]
        optimizer._pending = [space.plain(recipe) for recipe in state["pending"]]
        optimizer._told = [
            (space.plain(recipe), checked_result(f"state.told[{i}]", result, optimizer.objectives))
            for i, (recipe, result) in enumerate(state["told"])
        ]
        return optimizer
