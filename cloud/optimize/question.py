"""What a strategy is asked and what it may ask of the beliefs: two small protocols and the options of a campaign.

Must not know of tells, files or any one strategy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.domain import Domain, Point
from adatom.cloud.optimize.model.hyper import GENTLE, USUAL, Prior

Scores = Callable[[list[Point]], Sequence[float]]


class Belief(Protocol):
    """What the tells say of features (n, f). Losses are minimised; k are those with a weight above 0."""

    @property
    def steers(self) -> bool:
        """Whether there is a model of anything with a weight."""

    @property
    def trusted(self) -> bool:
        """Whether the models predict tells left out better than a constant does."""

    @property
    def noise_sd(self) -> float:
        """Standard deviation of one more measurement of the blend, about its true value."""

    def blend(self, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of the weighted sum of losses, (n,) each."""

    def losses(self, features: Array) -> tuple[Array, Array]:
        """(mean, sd) of the k losses apart, (n, k) each."""

    def draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) joint draws of the blend."""

    def log_chances(self, features: Array) -> Array:
        """(n,) log of the chance to succeed and to keep to the thresholds, with a floor."""

    def with_belief(self, features: Array) -> Self:
        """The belief after pretending that points not measured yet came out as expected."""


@dataclass(frozen=True)
class Options:
    """How the strategies behave. The defaults are a campaign's on a bench whose windows end in cliffs."""

    ambition: float = 0.7  # standard deviations of the tested losses below the best that count as improvement
    pareto: bool = False  # several losses apart, by hypervolume, instead of their weighted sum
    doubt: float = 1.0  # of the deviations that several losses apart are judged with
    noisy: bool = False  # average over which tested point is best where noise hides it
    penalise: bool = False  # keep a batch apart by penalties too, beside believing in pending points
    constrained: bool = False  # only a point that likely keeps to all limits is the one to beat
    least_gain: float = (
        0.0  # of a measurement's noise: an expected improvement below it leads elsewhere, every other time
    )
    draws: float = 0.0  # share of the asks of a pool that a draw of the belief answers
    trust: bool = False  # search a box around the best point in wide spaces
    start_most: int = 6  # first points by Sobol before a model leads
    start_least: int = 4
    start_share: float = 0.3  # of a small budget
    confirm: bool = True  # repeat the best point at times
    fold: bool = True  # differences between losses worse than the median count little
    scatter: float | None = 0.1  # decades by which equal runs usually differ (cells re-assembled: physics of the twin)
    prior: Prior = GENTLE  # of the hyper-parameters
    score_half: float = 20.0  # tells after which scores of candidates weigh half; inf: they do not fade
    mixture: bool = False  # average over hyper-parameters while values are few


# What counts as improvement in a campaign: a margin makes the search look further. On 10 or 20 worlds of the twin's
# hard variant the geometric mean of the incumbents' true resistance in ohm cm2 after 25, 50 and 100 trials was 159, 14,
# 5.0 with ten first points and an ambition of 1; 55, 15, 4.7 with six; 53, 13, 5.3 with six and 0.7; 39, 17, 7.9 with
# ten and 0.5. One search scatters by a factor of two or three, and one in twenty stays behind with any of them.
CAMPAIGN = Options()
# A table's: on 9 pairs of searches an ambition of 1 lost 0.10 +- 0.03 of the way to the best. Three full deviations at
# once send a search to the ends of its front: on DTLZ2 (25 evaluations) 0.11 of the hypervolume, 0.22 with 0.3 of them.
# Without averaging over hyper-parameters it loses 0.013 [-0.002, 0.029] on 208 pairs (26 problems, 8 seeds), 0.05 on
# mixtures of parts. On 8 pools of 118 to 420 candidates, most with noise, 8 searches of 40 evaluations each come 0.70
# of the way to the best without draws, 0.73 with a quarter of them, 0.715 with half; exact values (6 pools of computed
# data) lose 0.01, so draws are for noise.
TABLE = Options(
    ambition=0.0,
    pareto=True,
    doubt=0.3,
    noisy=True,
    penalise=True,
    constrained=True,
    least_gain=0.25,
    draws=0.25,
    trust=True,
    start_most=5,
    start_share=0.15,
    confirm=False,
    fold=False,
    scatter=None,
    prior=USUAL,
    mixture=True,
)


@dataclass(frozen=True)
class Question:
    """All that a strategy may know when it is asked for the next point."""

    space: Domain
    rng: np.random.Generator
    seed: int
    drawn: int  # points given out so far, this batch included
    budget: int | None
    told: int  # points of this space told so far, failures included
    tested: Array  # (n, d) vectors of those with a value, in the order told
    open: Array  # (m, d) vectors pending, this batch included
    believe: Callable[[], Belief]
    features: Callable[[Array], Array]
    scores: Scores | None
    options: Options = CAMPAIGN
    count: int = 1  # points wanted in this batch from now on, this one included
    pool: Array | None = None  # (p, d) the only vectors allowed
    log_cost: Callable[[Array], Array] | None = None  # (n, d) vectors -> (n,) taken from the log gain

    @property
    def starting(self) -> bool:
        """Whether this is one of the first points, which no model leads."""
        return self.told + len(self.open) < start_points(self.budget, self.options)


def start_points(budget: int | None, options: Options = CAMPAIGN) -> int:
    """How many points, the reference included, come before a model leads."""
    if budget is None:
        return options.start_most
    return min(options.start_most, max(options.start_least, round(options.start_share * budget)))
