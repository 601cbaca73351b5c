"""Ask for points, tell what came of them. What is asked depends on seed, number of the ask and ordered tells alone.

Sans-I/O and without a clock: ask number k draws from default_rng([seed, k]), so that a resumed optimizer continues
bit-identically. Must not know of trials, stores or benches.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.acquisition.cost import with_switching
from adatom.cloud.optimize.acquisition.pareto import non_dominated
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.belief import LEAST_VALUES, Belief, Believer
from adatom.cloud.optimize.checks import check_difference, check_name, check_objectives, check_space, check_whole
from adatom.cloud.optimize.domain import Domain, Point
from adatom.cloud.optimize.explain import Explanation, Prediction, explained, predictions
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.question import TABLE, Options, Question, Scores
from adatom.cloud.optimize.state import State, differences, saved, upgraded
from adatom.cloud.optimize.stopping import Stop, advice
from adatom.cloud.optimize.strategies import CONFIRMED, STRATEGIES, confirms
from adatom.cloud.optimize.tells import Tells, Told
from adatom.cloud.optimize.views import Held, held_to, near, no_room, room_in_settings
from adatom.protocol.errors import FailedError, InputError
from threadpoolctl import ThreadpoolController

SPARES = 256  # random points tried when the strategy's are all refused or known
SHOWN = 5  # differences that a refused state names
STOPPING = 1  # names the random numbers of an advice, apart from those of asks

Check = Callable[[Point], list[str]]

_THREADS = ThreadpoolController()  # one thread: the order of sums, and so the last bits, must not depend on the machine


class Optimizer:
    """Ask / tell over one space. `check` has the last word on every point that leaves `ask`."""

    def __init__(
        self,
        space: Domain,
        objectives: Sequence[Objective],
        *,
        seed: int = 0,
        check: Check | None = None,
        strategy: str = "bo",
        reference: Point | None = None,
        budget: int | None = None,
        scores: Scores | None = None,
        log_cost: Callable[[Array], Array] | None = None,
        switch_cost: float = 0.0,
        options: Options = TABLE,
    ) -> None:
        """`reference`: the first point asked. `budget`: trials planned; a small one shortens the start.

        `check`: point -> the reasons why it is not allowed, [] where it is.
        `scores`: V in 0 to 1 of points, a mild prior on suggestions. `log_cost`: (n, d) vectors -> (n,) log of what a
        trial costs, taken from the log gain. `switch_cost`: what a change of the columns that are hard to change costs,
        in trials: `bo` changes them where that gains as much more. Raises InputError for an unknown strategy or
        objectives none of which steers.
        """
        if strategy not in STRATEGIES:
            raise InputError("strategy", f"{strategy!r}: must be one of {', '.join(STRATEGIES)}")
        self.space, self.objectives = check_space(space), check_objectives(objectives)
        self.seed, self.strategy, self.options = check_whole("seed", seed, 0), strategy, options
        self.budget = None if budget is None else check_whole("budget", budget, 0)
        self.reference = None if reference is None else space.plain(reference)
        self._check: Check = check or (lambda _: [])
        self._scores, self._log_cost = scores, log_cost
        self.switch_cost = check_difference("switch_cost", switch_cost)
        self._asks = 0
        self._drawn = 0
        self._tells = Tells(space, self.objectives)
        self._others: dict[str, Tells] = {}  # by source
        self._believer = Believer(
            space.feature_groups,
            fold=options.fold,
            scatter=options.scatter,
            prior=options.prior,
            mixture=options.mixture,
        )
        self._believed: tuple[list[int], Belief] | None = None

    # --- ask / tell --------------------------------------------------------------------------------------------

    def ask(self, count: int = 1, among: Sequence[Mapping[str, Any]] | None = None) -> list[Point]:
        """`count` points, pending from now on: new ones, and at times the best so far once more to confirm it.

        Columns that are hard to change are the same in all of them. `among`: the only points allowed, such as what lies
        in the cupboard. Raises FailedError when the check refuses whatever is tried or when too few candidates are new.
        """
        count = check_whole("ask", count, 1)
        pool = None if among is None else [self.space.plain(point) for point in among]
        batch: list[Point] = []
        with _THREADS.limit(limits=1):
            rng = np.random.default_rng([self.seed, self._asks])
            while len(batch) < count:
                batch.append(self._next(batch, count, pool, rng))
        self._asks += 1
        self._drawn += count
        self._tells.pending += batch
        return [dict(point) for point in batch]

    def room(self, among: Sequence[Mapping[str, Any]]) -> int:
        """How many of these candidates one ask can give: new, allowed, of one setting of what is hard to change."""
        _, vectors = self._candidates([self.space.plain(point) for point in among])
        return int(room_in_settings(self.space, vectors).max(initial=0))

    def tell(
        self,
        points: Sequence[Mapping[str, Any]],
        results: Sequence[Mapping[str, Any]],
        source: str | None = None,
    ) -> None:
        """What came of points: asked or not, any order, in part, replicates again. All are taken or none.

        A result is {objective: value, (value, sd) or {"value", "sd", "n"}} and / or {"failed": reason}, with "sample":
        id of the plate, day or film when an error is shared; what was not measured is left out. {"mishap": reason} says
        nothing of the point (the laser stopped, a cell was dropped): it may be asked again, once. Points may lie
        outside the ranges, and teach from there; those that teach nothing are in `left_out`. Raises InputError or
        ProtocolError for what is neither.

        `source`: names another origin (another bench or substrate, published values), on a scale of its own. Its
        values, not its failures, are learnt from as far as they turn out to be alike (`correlations`); it is no part of
        this search: nothing of it is pending, tested or the best.
        """
        if source is None:
            self._tells.add(points, results)
            return
        name = check_name("source", source)
        other = self._others.get(name) or Tells(self.space, self.objectives)
        other.add(points, results)
        self._others[name] = other

    def amend(self, index: int, values: Mapping[str, Any]) -> None:
        """What was measured later of the told point at `index`: the values join the others of the same sample.

        {objective: value or (value, sd)}; a newer value of one replaces it. Raises InputError as `tell` does, and for
        a mishap.
        """
        self._tells.amend(index, values)
        self._believed = None
        self._believer.forget()

    def forget(self, points: Sequence[Mapping[str, Any]]) -> None:
        """Points that nobody will try (an abandoned trial) are no longer pending."""
        self._tells.forget(points)

    @property
    def pending(self) -> list[Point]:
        """Points asked and not told yet, oldest first."""
        return [dict(point) for point in self._tells.pending]

    @property
    def told(self) -> list[Told]:
        """(point, result) in the order told."""
        return list(self._tells.told)

    @property
    def left_out(self) -> list[int]:
        """Indices into `told` of what teaches nothing: mishaps, points whose parts or fixed values are others'."""
        covered = set(self._tells.covered)
        return [index for index in range(len(self._tells.told)) if index not in covered]

    # --- what it believes --------------------------------------------------------------------------------------

    def predict(self, points: Sequence[Mapping[str, Any]]) -> list[dict[str, Prediction]]:
        """Per point the median and central 95 % of the true value of every objective with a model, in its own unit.

        Raises FailedError before two values of any are told.
        """
        with _THREADS.limit(limits=1):
            belief = self._belief()
            if not belief.objectives:
                raise FailedError(f"no prediction before {LEAST_VALUES} values of an objective are told")
            vectors = self.space.vectors([self.space.plain(point) for point in points])
            return predictions(belief, self.space.features(vectors))

    def incumbent(self) -> int | None:
        """Index into `told` of the best posterior mean among successes; the best value while there is no posterior.

        By the options of a table, those within the ranges where there are any.
        """
        steered = [i for i, (_, result) in enumerate(self._tells.told) if self._tells.steers(result)]
        known = self._tested() or self._tells.tested(inside=False)
        with _THREADS.limit(limits=1):
            belief = self._belief()
            if known and belief.steers:
                features = self.space.features(self._tells.vectors(known))
                mean, _ = belief.blend(features)
                return known[int((mean - belief.log_chances(features)).argmin())]
        return min(known or steered, key=lambda i: self._tells.loss(self._tells.told[i][1]), default=None)

    def correlations(self) -> dict[str, dict[str, float]]:
        """{objective: {source: correlation}} of what is learnt from; {} of an objective that learns from none."""
        with _THREADS.limit(limits=1):
            return {name: dict(model.correlations) for name, model in self._belief().models.items()}

    def front(self) -> list[int]:
        """Indices into `told` of the points whose expected losses no other tested point beats in all objectives."""
        known = self._tested()
        with _THREADS.limit(limits=1):
            belief = self._belief()
            if not known or not belief.steers:
                return []
            means, _ = belief.losses(self.space.features(self._tells.vectors(known)))
        return [known[row] for row in np.flatnonzero(non_dominated(means))]

    def explain(self, point: Mapping[str, Any]) -> Explanation:
        """Why a point: prediction, chance to beat the best or to join the front, what it hangs on, nearest points."""
        with _THREADS.limit(limits=1):
            return explained(
                self._belief(),
                self.space,
                self.space.plain(point),
                self._tested(),
                self._tells.told,
                apart=self.options.pareto,
            )

    def suggest_stop(self, worthwhile: float | None = None) -> Stop:
        """Whether to go on, with the chance that an improvement by more than `worthwhile` is left.

        `worthwhile` is a difference of the (weighted sum of) losses, decades on a log scale; where several losses are
        judged apart a share of the hypervolume of the front; None: what one measurement can tell apart.
        """
        if worthwhile is not None:
            worthwhile = check_difference("worthwhile", worthwhile)
        if self.budget is not None and self._drawn >= self.budget:
            return Stop(True, None, worthwhile, f"the budget of {self.budget} is used up")
        rng = np.random.default_rng([self.seed, self._asks, STOPPING])
        with _THREADS.limit(limits=1):
            tested = self._tells.vectors(self._tested())
            return advice(self._belief(), self.space, tested, rng, worthwhile, apart=self.options.pareto)

    def _tested(self) -> list[int]:
        """Indices into `told` of the points that may be the best."""
        return self._tells.tested(inside=self.options.constrained)

    def _belief(self) -> Belief:
        """Of all tells that a vector describes; a point that differs in something the space fixes is left out."""
        counts = [len(tells.told) for tells in (self._tells, *self._others.values())]
        if self._believed is None or self._believed[0] != counts:
            self._believed = counts, self._believer.belief(self._tells, self._others, relative=self.options.pareto)
        return self._believed[1]

    # --- the next one ------------------------------------------------------------------------------------------

    def _next(self, batch: list[Point], count: int, pool: list[Point] | None, rng: np.random.Generator) -> Point:
        if pool is not None:
            return self._of_pool(batch, count, pool, rng)
        known = self._tells.known(batch)
        if self.reference is not None and not known and not self._check(self.reference):
            return self.reference
        repeated = self._to_confirm(batch)
        if repeated is not None:
            return repeated
        question = self._question(batch, count, None, rng)
        for vectors in (STRATEGIES[self.strategy](question), question.space.random(SPARES, rng)):
            for point in self.space.points(vectors):
                if self.space.key(point) not in known and not self._check(point):
                    return point
        raise FailedError(f"no new point is allowed: {self.strategy} and {SPARES} random ones are refused or known")

    def _of_pool(self, batch: list[Point], count: int, pool: list[Point], rng: np.random.Generator) -> Point:
        """The next of a pool; the first of a batch comes from a setting that all of it find room in."""
        allowed, vectors = self._candidates(pool, batch)
        if batch:
            _, left = held_to(self.space, vectors, self.space.vectors(batch[:1])[0])
        else:
            room = room_in_settings(self.space, vectors)
            left = vectors[room >= count]
            if not len(left):
                raise FailedError(no_room(self.space, count, int(room.max(initial=0))))
        chosen = STRATEGIES[self.strategy](self._question(batch, count, left, rng))[0]
        return allowed[int(np.abs(vectors - chosen).sum(axis=1).argmin())]

    def _candidates(self, pool: Sequence[Point], batch: Sequence[Point] = ()) -> tuple[list[Point], Array]:
        """The points of the pool that are new and allowed, and their vectors (n, d).

        Keys cost far more than vectors: they are asked of points near to known ones alone, where all have vectors.
        """
        vectors, known = self.space.vectors(pool), self._tells.known(batch)
        tried = [*(point for point, _ in self._tells.told), *self._tells.pending, *batch]
        covered = [point for point in tried if self.space.covers(point)]
        alike = near(vectors, self.space.vectors(covered)) | (len(covered) < len(tried))
        new = [not (same and self.space.key(point) in known) for same, point in zip(alike, pool, strict=True)]
        kept = [row for row, point in enumerate(pool) if new[row] and not self._check(point)]
        return [pool[row] for row in kept], vectors[kept]

    def _to_confirm(self, batch: Sequence[Point]) -> Point | None:
        """The best point so far, when it is the turn to repeat it and it was not made often enough."""
        if not confirms(self.strategy, self._drawn + len(batch), self.budget, self.options):
            return None
        index = self.incumbent()
        if index is None:
            return None
        point, _ = self._tells.told[index]
        return None if self._tells.times(point, batch) >= CONFIRMED or self._check(point) else dict(point)

    def _question(self, batch: Sequence[Point], count: int, pool: Array | None, rng: np.random.Generator) -> Question:
        waiting = [point for point in (*self._tells.pending, *batch) if self.space.covers(point)]
        space = self.space
        if batch and space.shared.any():  # the first of a batch sets what all of it share
            space = Held(space, space.vectors([batch[0]])[0])
        return Question(
            space=space,
            rng=rng,
            seed=self.seed,
            drawn=self._drawn + len(batch),
            budget=self.budget,
            told=len(self._tells.covered),
            tested=self._tells.vectors(self._tested()),
            open=self.space.vectors(waiting),
            believe=self._belief,
            features=self.space.features,
            scores=self._scores,
            options=self.options,
            count=count - len(batch),
            pool=pool,
            log_cost=self._cost(batch, count),
        )

    def _cost(self, batch: Sequence[Point], count: int) -> Callable[[Array], Array] | None:
        """Log of what points cost, that of leaving the setting of the latest one asked or told with it."""
        if not self.switch_cost or not self.space.shared.any():
            return self._log_cost
        told = [point for point, _ in self._tells.told]
        latest = [point for point in (*told, *self._tells.pending, *batch) if self.space.covers(point)][-1:]
        current = self.space.vectors(latest)[0] if latest else None
        return with_switching(self._log_cost, current, self.space.shared, self.switch_cost, count)

    # --- state -------------------------------------------------------------------------------------------------

    def state(self) -> State:
        """All that `from_state` needs, JSON-ready: counters, pending, tells. Hyper-parameters follow from the tells."""
        return saved(
            self.space,
            self.objectives,
            seed=self.seed,
            strategy=self.strategy,
            budget=self.budget,
            reference=self.reference,
            asks=self._asks,
            drawn=self._drawn,
            pending=self.pending,
            told=self._tells.as_list(),
            others={source: tells.as_list() for source, tells in self._others.items()},
        )

    @classmethod
    def from_state(
        cls,
        state: Mapping[str, Any],
        space: Domain,
        objectives: Sequence[Objective],
        *,
        check: Check | None = None,
        scores: Scores | None = None,
        log_cost: Callable[[Array], Array] | None = None,
        switch_cost: float = 0.0,
        options: Options = TABLE,
        changed: bool = False,
    ) -> Self:
        """The optimizer that gave the state, with the same next ask.

        `changed`: ranges, rules and what the objectives mean are others on purpose, and what was told is judged by
        those given now; without it they must be what they were (thresholds and weights need not). Raises InputError
        that says what differs, and for a state with other columns or with results of an objective that is not given.
        """
        state = upgraded(state, objectives)
        if tuple(state["columns"]) != check_space(space).names:
            raise InputError("state.columns", f"{state['columns']}: this space has {list(space.names)}")
        other = [] if changed else differences(state, space, objectives)
        if other:
            more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
            said = f"{'; '.join(other[:SHOWN])}{more}: is it meant so? from_state(..., changed=True)"
            raise InputError("state", said)
        optimizer = cls(
            space,
            objectives,
            seed=state["seed"],
            check=check,
            strategy=state["strategy"],
            reference=state["reference"],
            budget=state["budget"],
            scores=scores,
            log_cost=log_cost,
            switch_cost=switch_cost,
            options=options,
        )
        optimizer._asks, optimizer._drawn = state["asks"], state["drawn"]
        optimizer._tells.add([point for point, _ in state["told"]], [result for _, result in state["told"]])
        for source, told in state["others"].items():
            optimizer.tell([point for point, _ in told], [result for _, result in told], source)
        optimizer._tells.pending = [space.plain(point) for point in state["pending"]]
        return optimizer
