"""What the tells say: one Gaussian process per objective, the chance of success, and the losses a point is judged by.

A pure function of the ordered tells: the same tells give the same bits. Must not know of asks, pending points or files.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from adatom.cloud.optimize.acquisition.chances import log_success, log_within
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model.doubt import MANY, MEMBERS, averaged, plausible
from adatom.cloud.optimize.model.guard import Guarded, guarded
from adatom.cloud.optimize.model.hyper import USUAL, Prior
from adatom.cloud.optimize.model.learning import Settings, learnt
from adatom.cloud.optimize.model.multitask import LEAST_ROWS
from adatom.cloud.optimize.model.outputs import Output
from adatom.cloud.optimize.model.replicates import pooled
from adatom.cloud.optimize.model.rows import Rows
from adatom.cloud.optimize.model.sources import correlations, joint_of, with_sources
from adatom.cloud.optimize.model.success import Success, success_of
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.tells import Tells
from scipy.special import ndtr

REFIT_ALWAYS = 20  # up to so many values the hyper-parameters are refitted at each
REFIT_EVERY = 5  # beyond; from REFIT_RARELY_FROM on every REFIT_RARELY
REFIT_RARELY_FROM = 100
REFIT_RARELY = 20
LEAST_VALUES = 2  # of an objective before it is modelled
LEAST_JUDGED = 8  # values before a model may be called useless


def refit_point(values: int) -> int:
    """Of how many first values the hyper-parameters are those of the fit when there are `values`."""
    if values <= REFIT_ALWAYS:
        return values
    step = REFIT_EVERY if values < REFIT_RARELY_FROM else REFIT_RARELY
    return values - values % step


@dataclass(frozen=True)
class Model:
    """The posterior of one objective: of its value, and of its loss as strategies see it.

    That loss is the process's own scale (a bad tail folded, skew bent), stretched back to the unit of the loss, or the
    distance from the target on it.
    """

    objective: Objective
    process: Guarded
    output: Output
    correlations: Mapping[str, float] = field(default_factory=dict)  # with the sources that are learnt from

    def quantiles(self, features: Array, scores: Sequence[float]) -> list[Array]:
        """objective.scaled of the true value at standard normal scores, (n,) each."""
        mean, sd = self.process.predict(features, return_std=True)
        return [self.output.from_unit(mean + score * sd) for score in scores]

    def loss(self, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of the loss, (n,) each; of a target the moments of a folded normal (Leone 1961)."""
        mean, sd = self.process.predict(features, return_std=True)
        mean, sd = self._stretched(mean), self._spread * sd
        return (mean, sd) if self._target is None else _distance(mean - self._target, sd)

    def draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) joint draws of the loss."""
        drawn = self._stretched(self.process.draws(features, count, rng))
        return drawn if self._target is None else np.abs(drawn - self._target)

    def limit(self, value: float) -> float:
        """The loss of a value."""
        loss = float(self._stretched(self.output.to_unit(np.array([self.objective.scaled(value)])))[0])
        return loss if self._target is None else abs(loss - self._target)

    @cached_property
    def noise_sd(self) -> float:
        """Standard deviation of one more measurement of the loss on a new sample, about its true value."""
        hyper, rows = self.process.process.hyper_, self.process.process.rows_
        shared = hyper.sample if any(sample is not None for sample in rows.samples or ()) else 0.0
        return self._spread * math.sqrt(hyper.noise + shared + float(np.median(rows.variances)))

    @cached_property
    def helps(self) -> bool:
        """Whether values left out are predicted better than by the mean of the others."""
        targets = self.process.origin.targets
        count = len(targets)
        if count < LEAST_JUDGED:
            return True
        predicted, _ = self.process.origin.left_out()
        others = (targets.sum() - targets) / (count - 1)
        return bool(((targets - predicted) ** 2).sum() < ((targets - others) ** 2).sum())

    def with_belief(self, features: Array) -> Self:
        """The posterior after pretending that its own mean had been measured."""
        return replace(self, process=self.process.believing(features))

    def _stretched(self, units: Array) -> Array:
        return np.asarray(self.output.centre + self._spread * units)

    @property
    def _spread(self) -> float:
        return self.output.spread * self.output.width

    @cached_property
    def _target(self) -> float | None:
        if self.objective.target is None:
            return None
        scaled = np.array([self.objective.scaled(self.objective.target)])
        return float(self._stretched(self.output.to_unit(scaled))[0])


def _distance(mean: Array, sd: Array) -> tuple[Array, Array]:
    """(mean, sd) of |x| of x ~ N(mean, sd)."""
    ratio = mean / np.maximum(sd, np.finfo(float).tiny)
    centre = sd * math.sqrt(2.0 / math.pi) * np.exp(-0.5 * ratio**2) + mean * (1.0 - 2.0 * ndtr(-ratio))
    return centre, np.sqrt(np.maximum(mean**2 + sd**2 - centre**2, 0.0))


class Fit(NamedTuple):
    """What is remembered of a search for hyper-parameters."""

    settings: Settings
    members: tuple[Array, ...]  # further hyper-parameters of a mixture
    joint: Array | None  # those of all sources; empty where the others are not learnt from


class Believer:
    """Makes models, and remembers what fits found, so that nothing is searched for twice."""

    def __init__(
        self, groups: Sequence[int], *, fold: bool, scatter: float | None, prior: Prior = USUAL, mixture: bool = True
    ) -> None:
        """`groups`: features of one number share a length scale. `fold`: differences between bad losses count little.

        `scatter`: by how much equal runs usually differ; None: that is learnt from the values alone. `prior`: of the
        hyper-parameters. `mixture`: processes of several plausible ones are averaged while values are few.
        """
        self.groups, self.fold, self.scatter = tuple(groups), fold, scatter
        self.prior, self._most_averaged = prior, MANY if mixture else 0
        # by objective, number of values and those of other sources
        self._fits: dict[tuple[str, int, tuple[tuple[str, int], ...]], Fit] = {}

    def forget(self) -> None:
        """What fits found: values told earlier have changed, and a search resumed would not know the old ones."""
        self._fits.clear()

    def belief(self, tells: Tells, others: Mapping[str, Tells] | None = None, *, relative: bool) -> "Belief":
        """Of all tells that a vector describes; a point that differs in something the space fixes is left out.

        `others`: what other sources tell of the same space, by name.
        """
        covered = tells.covered
        features = tells.space.features(tells.vectors(covered))
        if not features.shape[1]:  # the space leaves nothing to choose
            return Belief(tells.objectives, {}, None, relative=relative)
        models = {}
        for objective in tells.objectives:
            rows = tells.rows(objective, covered, features)
            if objective.modelled and len(rows) >= LEAST_VALUES:
                elsewhere = {name: other.rows_of(objective) for name, other in (others or {}).items()}
                models[objective.name] = self.model(objective, rows, elsewhere)
        succeeded = tells.succeeded(covered)
        success = success_of(features, succeeded, self.groups)
        belief = Belief(tells.objectives, models, success, relative=relative)
        # a failure gives no value, but to look there again would teach little: its doubt goes, its expectation stays
        failed = features[succeeded == 0.0]
        return belief.with_belief(failed) if len(failed) else belief

    def model(self, objective: Objective, rows: Rows, others: Mapping[str, Rows] | None = None) -> Model:
        """The model of an objective's values, in the order told, replicates among them; `others`: of other sources."""
        merged = {name: pooled(other, self.scatter) for name, other in (others or {}).items() if len(other)}
        usable = {name: other for name, other in merged.items() if len(other) >= LEAST_ROWS}
        elsewhere = list(usable.values())
        count, most = refit_point(len(rows)), tuple((name, len(other)) for name, other in usable.items())
        if (objective.name, count, most) not in self._fits:
            first = pooled(rows.taken(np.arange(count)), self.scatter)
            self._fits[objective.name, count, most] = self._fit(first, elsewhere, count)
        fit, known = self._fits[objective.name, count, most], pooled(rows, self.scatter)
        model = learnt(known, self.groups, fold=self.fold, settings=fit.settings, prior=self.prior)
        model = with_sources(model, known, elsewhere, self.groups, fit.joint)
        process = averaged(model.process, fit.members) if fit.members else model.process
        alike = dict(zip(usable, correlations(model), strict=False))  # of all or of none
        return Model(objective, guarded(process), model.output, alike)

    def _fit(self, rows: Rows, others: Sequence[Rows], count: int) -> "Fit":
        """What a search finds for the first `count` values."""
        found = learnt(rows, self.groups, fold=self.fold, prior=self.prior)
        related = with_sources(found, rows, others, self.groups)
        if related is not found:  # with what others tell there is little doubt left in the hyper-parameters
            return Fit(related.settings, (), joint_of(related))
        few = count < self._most_averaged
        members = plausible(found.process, MEMBERS - 1, np.random.default_rng(count)) if few else []
        return Fit(found.settings, tuple(members), np.zeros(0))


class Belief:
    """Models by objective (of enough values) and the chance of success, None while failures are few."""

    def __init__(
        self, objectives: Sequence[Objective], models: Mapping[str, Model], success: Success | None, *, relative: bool
    ) -> None:
        """`relative`: weights count standard deviations of what was told, so that units do not matter."""
        self._all = tuple(objectives)
        self.objectives = tuple(objective for objective in objectives if objective.name in models)
        self.steering = tuple(objective for objective in self.objectives if objective.weight > 0.0)
        self.models, self.success, self.relative = dict(models), success, relative
        self._limited = tuple(o for o in objectives[1:] if o.threshold is not None and o.name in models)

    @property
    def steers(self) -> bool:
        """Whether there is a model of anything with a weight."""
        return bool(self.steering)

    @cached_property
    def trusted(self) -> bool:
        """Whether the models predict tells left out better than a constant does; of several one is enough."""
        return any(self.models[objective.name].helps for objective in self.steering)

    @cached_property
    def noise_sd(self) -> float:
        """Standard deviation of one more measurement of the blend, about its true value."""
        return math.sqrt(sum((self._weight(o) * self.models[o.name].noise_sd) ** 2 for o in self.steering))

    @cached_property
    def noise_sds(self) -> Array:
        """(k,) likewise of the losses apart."""
        return np.array([self.models[objective.name].noise_sd for objective in self.steering])

    def _weight(self, objective: Objective) -> float:
        return objective.weight / self.models[objective.name].output.spread if self.relative else objective.weight

    @property
    def unit(self) -> float:
        """Of the blend, in weighted losses: 1 but where the only loss counts relative to its spread."""
        alone = self.relative and len(self.steering) == 1
        return self.models[self.steering[0].name].output.spread if alone else 1.0

    def blend(self, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of the weighted sum of losses, (n,) each; objectives are taken as independent."""
        means, sds = self.losses(features)
        weights = np.array([self._weight(objective) for objective in self.steering])
        return means @ weights, np.sqrt((sds**2) @ weights**2)

    def losses(self, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of the k losses apart, (n, k) each."""
        parts = [self.models[objective.name].loss(features) for objective in self.steering]
        shape = (len(features), len(parts))
        return np.reshape([p[0] for p in parts], shape[::-1]).T, np.reshape([p[1] for p in parts], shape[::-1]).T

    def draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) joint draws of the blend."""
        drawn = np.zeros((count, len(features)))
        for objective in self.steering:
            drawn += self._weight(objective) * self.models[objective.name].draws(features, count, rng)
        return drawn

    def loss_draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n, k) joint draws of the k losses apart; objectives are taken as independent."""
        return np.stack([self.models[o.name].draws(features, count, rng) for o in self.steering], axis=2)

    def log_chances(self, features: Array) -> Array:
        """(n,) log of the chance to succeed and to keep to the thresholds, each with a floor.

        The first objective's threshold is the goal of the search and no limit.
        """
        total = log_success(self.chance_of_success(features))
        if self._limited:
            parts = [self.models[o.name].loss(features) for o in self._limited]
            limits = [self.models[o.name].limit(o.threshold) for o in self._limited if o.threshold is not None]
            total += log_within(np.column_stack([p[0] for p in parts]), np.column_stack([p[1] for p in parts]), limits)
        return total

    def chance_of_success(self, features: Array) -> Array:
        """(n,) chances that a trial does not fail; 1 while failures are few."""
        return np.ones(len(features)) if self.success is None else self.success.chance(features)

    def with_belief(self, features: Array) -> Self:
        """The belief after pretending that points not measured yet came out as expected."""
        models = {name: model.with_belief(features) for name, model in self.models.items()}
        return type(self)(self._all, models, self.success, relative=self.relative)
