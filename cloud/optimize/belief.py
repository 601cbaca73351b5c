"""What the tells say: one surrogate per objective, the chance of success, and the blend that a point is judged by.

A pure function of the ordered tells: the same tells give the same bits. Must not know of asks, pending points or files.
"""

import math
from collections.abc import Sequence

import numpy as np
from adatom.cloud.optimize.acquisition.chances import log_success, log_within
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.surrogate import Scale, Success, Surrogate, fit_hyper, pooled, unfolded

REFIT_ALWAYS = 20  # up to so many values the hyper-parameters are refitted at each
REFIT_EVERY = 5  # beyond; from REFIT_RARELY_FROM on every REFIT_RARELY
REFIT_RARELY_FROM = 100
REFIT_RARELY = 20
LEAST_VALUES = 2  # of an objective before it is modelled
LEAST_FAILURES = 2  # before the chance of success counts: one failure is bad luck
LEAST_SD = 0.01  # of a loss: no measurement here repeats better than 2 %


def refit_point(values: int) -> int:
    """Of how many first values the hyper-parameters are those of the fit when there are `values`."""
    if values <= REFIT_ALWAYS:
        return values
    step = REFIT_EVERY if values < REFIT_RARELY_FROM else REFIT_RARELY
    return values - values % step


class Believer:
    """Makes surrogates, and remembers hyper-parameters by (quantity, values) so that none is fitted twice."""

    def __init__(self) -> None:
        self._hyper: dict[tuple[str, int], Array] = {}

    def surrogate(self, name: str, features: Array, losses: Array, sds: Array) -> Surrogate:
        """The surrogate of one quantity's losses, (n,) in the order told, replicates among them."""
        count = refit_point(len(losses))
        if (name, count) not in self._hyper:
            values = pooled(features[:count], losses[:count], sds[:count])
            scale = Scale.of(values.losses)
            variances = (values.sds / scale.spread) ** 2
            self._hyper[name, count] = fit_hyper(values.features, scale.to_unit(values.losses), variances)
        values = pooled(features, losses, sds)
        return Surrogate(values, self._hyper[name, count], Scale.of(values.losses))


class Belief:
    """Surrogates by objective (of enough values) and the chance of success, None while failures are few."""

    def __init__(self, objectives: Sequence[Objective], models: dict[str, Surrogate], success: Success | None) -> None:
        self.objectives = tuple(objective for objective in objectives if objective.name in models)
        self.models = models
        self.success = success

    @property
    def steers(self) -> bool:
        """Whether there is a surrogate of anything with a weight."""
        return any(objective.weight > 0.0 for objective in self.objectives)

    def blend(self, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of the weighted sum of folded losses, (n,) each; objectives are taken as independent."""
        mean, variance = np.zeros(len(features)), np.zeros(len(features))
        for objective in self.objectives:
            if objective.weight > 0.0:
                part, sd = self.models[objective.name].predict(features)
                mean += objective.weight * part
                variance += (objective.weight * sd) ** 2
        return mean, np.sqrt(variance)

    @property
    def trusted(self) -> bool:
        """Whether the surrogates are worth following."""
        return True

    @property
    def noise_sd(self) -> float:
        """Standard deviation of one more measurement of the blend."""
        parts = [o.weight * self.models[o.name].noise_sd for o in self.objectives if o.weight > 0.0]
        return math.sqrt(sum(part**2 for part in parts))

    def losses(self, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of the folded losses with a weight above 0, (n, k) each."""
        pairs = [self.models[o.name].predict(features) for o in self.objectives if o.weight > 0.0]
        return np.column_stack([mean for mean, _ in pairs]), np.column_stack([sd for _, sd in pairs])

    def draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) joint draws of the weighted sum of folded losses."""
        weighted = [o for o in self.objectives if o.weight > 0.0]
        parts = [o.weight * self.models[o.name].draws(features, count, rng) for o in weighted]
        return np.asarray(np.sum(parts, axis=0))

    def log_chances(self, features: Array) -> Array:
        """(n,) log of the chances to succeed and to be good enough."""
        value = np.zeros(len(features))
        if self.success is not None:
            value = value + log_success(self.success.chance(features))
        for objective in self.objectives:
            if objective.threshold is not None and objective is not self.objectives[0]:
                model = self.models[objective.name]
                limit = float(model.scale.folded(np.array([objective.loss(objective.threshold)]))[0])
                mean, sd = model.predict(features)
                value = value + log_within(mean[:, None], sd[:, None], [limit])
        return value

    def with_belief(self, features: Array) -> "Belief":
        """The belief after pretending that points not measured yet came out as expected."""
        models = {name: model.with_belief(features) for name, model in self.models.items()}
        return Belief(self.objectives, models, self.success)

    def loss(self, name: str, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of one objective's loss in its own units (decades for a log quantity), (n,) each."""
        model = self.models[name]
        mean, sd = model.predict(features)
        # the slope of unfolding carries the standard deviation over
        return unfolded(mean, model.scale.knee), sd * np.exp(np.maximum(mean - model.scale.knee, 0.0))
