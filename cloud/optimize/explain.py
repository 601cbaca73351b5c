"""Why a point: what is expected of it in the user's units, how it compares, what it hangs on, in numbers and in words.

Must not know of strategies' insides.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.belief import Belief, Model
from adatom.cloud.optimize.domain import Domain, Point
from adatom.cloud.optimize.trades import Trade, standing
from scipy.special import ndtr

Z95 = 1.959964  # half width of a normal distribution's central 95 %, in standard deviations
NEAREST = 3
SWEEP = 21  # points along a column
LIMIT = 1e-9  # of a range: nearer to its end counts as at it
FAR = 1400.0  # z² beyond which a density is 0
SAFE = 0.9  # chance of success from which failing goes unsaid
HALF = 0.5  # share from which on a point is said to explore


@dataclass(frozen=True)
class Prediction:
    """Median and central 95 % of one objective's true value at a point, in its own unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Neighbour:
    """A tested point: its index among the tells, how far it is (rms over the features), what came of it."""

    told: int
    distance: float
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Explanation:
    """Why a point. `chance_to_beat`: of the best posterior mean among tested points; None without a model.

    `exploring`: share of the expected improvement that comes of doubt rather than of expectation.
    `sensitivities`: by column, the share of what the expected loss changes by along the column through this point.
    Of several losses apart `chance_to_beat` is the chance to join the front (that no tested point is as good in all),
    the improvement that of the hypervolume, and `trade` says how the point differs from the nearest one of the front.
    """

    predicted: dict[str, Prediction]
    chance_of_success: float
    chance_to_beat: float | None
    exploring: float | None
    sensitivities: dict[str, float]
    at_limits: tuple[str, ...]
    nearest: tuple[Neighbour, ...]
    trade: Trade | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @property
    def text(self) -> str:
        """In words, for a table's cell or a terminal."""
        parts = [f"{name} {p.value:.4g} ({p.low:.3g} to {p.high:.3g})" for name, p in self.predicted.items()]
        if self.chance_to_beat is None or self.exploring is None:
            parts.append("no model yet: spread over the space")
        else:
            aim = "beat the best so far" if self.trade is None else "join the front"
            parts.append(f"{self.chance_to_beat:.0%} chance to {aim}")
            parts.append("explores what is unknown" if self.exploring > HALF else "exploits what is known")
        if self.trade is not None:
            parts.append(self.trade.text(f"told[{self.trade.told}]"))
        if self.chance_of_success < SAFE:
            parts.append(f"{1.0 - self.chance_of_success:.0%} chance to fail")
        if self.at_limits:
            parts.append("at limits: " + ", ".join(self.at_limits))
        return "; ".join(parts)


def predictions(belief: Belief, features: Array) -> list[dict[str, Prediction]]:
    """Per row of (n, f), of every objective that has a model."""
    tables = {o.name: _intervals(belief.models[o.name], features) for o in belief.objectives}
    return [{name: rows[index] for name, rows in tables.items()} for index in range(len(features))]


def _intervals(model: Model, features: Array) -> list[Prediction]:
    low, middle, high = model.quantiles(features, (-Z95, 0.0, Z95))
    ends = [sorted(model.objective.unscaled(float(v)) for v in row) for row in zip(low, middle, high, strict=True)]
    return [Prediction(value, least, most) for least, value, most in ends]


def explained(
    belief: Belief | None,
    space: Domain,
    point: Point,
    tested: Sequence[int],
    told: Sequence[tuple[Point, Mapping[str, Any]]],
    *,
    apart: bool = False,
) -> Explanation:
    """Of one point; `tested`: indices into `told` of those with a value that steers; `belief`: None before any tell.

    `apart`: several losses are judged by their front and not by their weighted sum.
    """
    vector = space.vectors([point])
    nearest = _nearest(space, point, told)
    limits = _at_limits(space, vector[0])
    if belief is None or not belief.steers or not tested:
        return Explanation({}, 1.0, None, None, {}, limits, nearest)
    features = space.features(vector)
    known = space.features(space.vectors([told[index][0] for index in tested]))
    trade = None
    if apart and len(belief.steering) > 1:
        chance, exploring, trade = standing(belief, features, known, tested)
        shares = _sensitivities(lambda at: belief.losses(at)[0], known, space, vector[0])
    else:
        chance, exploring = _beside_the_best(belief, features, known)
        shares = _sensitivities(lambda at: belief.blend(at)[0][:, None], known, space, vector[0])
    predicted, success = predictions(belief, features)[0], float(belief.chance_of_success(features)[0])
    return Explanation(predicted, success, chance, exploring, shares, limits, nearest, trade)


def _beside_the_best(belief: Belief, features: Array, tested: Array) -> tuple[float, float]:
    """(chance to beat the best mean of the tested (n, f), share of the expected improvement that comes of doubt)."""
    mean, sd = (float(v[0]) for v in belief.blend(features))
    best = float(belief.blend(tested)[0].min())
    return float(ndtr((best - mean) / max(sd, np.finfo(float).tiny))), _exploring(mean, sd, best)


def _exploring(mean: float, sd: float, best: float) -> float:
    """Of EI = (best - mean) Phi(z) + sd phi(z) the share of the second term; 1 where the first is negative."""
    z = (best - mean) / max(sd, np.finfo(float).tiny)
    gain, doubt = (
        max(0.0, (best - mean) * float(ndtr(z))),
        sd * math.exp(-0.5 * min(z * z, FAR)) / math.sqrt(2 * math.pi),
    )
    return doubt / (gain + doubt) if gain + doubt > 0.0 else 1.0


def _sensitivities(expected: Callable[[Array], Array], tested: Array, space: Domain, vector: Array) -> dict[str, float]:
    """By column: the spread of the expected losses along it, other columns as they are, over the sum of all.

    `expected`: features (n, f) -> (n, k); each loss counts in units of its spread among the tested (n, f), so that what
    raises one and lowers another is not taken for idle.
    """
    sweeps = np.repeat(vector[None, None], space.dimension, axis=0).repeat(SWEEP, axis=1)
    steps = np.linspace(0.0, 1.0, SWEEP)
    for column in range(space.dimension):
        sweeps[column, :, column] = steps
    losses = expected(space.features(sweeps.reshape(-1, space.dimension)))
    units = expected(tested).std(axis=0)
    spreads = losses.reshape(space.dimension, SWEEP, -1).std(axis=1) / np.where(units > 0.0, units, 1.0)
    spreads = np.linalg.norm(spreads, axis=1)
    total = float(spreads.sum())
    shares = spreads / total if total > 0.0 else spreads
    return dict(zip(space.names, shares.tolist(), strict=True))


def _at_limits(space: Domain, vector: Array) -> tuple[str, ...]:
    ends = [(name, float(value)) for name, value in zip(space.names, vector, strict=True) if "=" not in name]
    low = [f"{name} lowest" for name, value in ends if value <= LIMIT]
    return (*low, *(f"{name} highest" for name, value in ends if value >= 1.0 - LIMIT))


def _nearest(space: Domain, point: Point, told: Sequence[tuple[Point, Mapping[str, Any]]]) -> tuple[Neighbour, ...]:
    covered = [index for index, (other, result) in enumerate(told) if "mishap" not in result and space.covers(other)]
    if not covered:
        return ()
    features = space.features(space.vectors([point, *(told[index][0] for index in covered)]))
    width = max(1, features.shape[1])  # a space that leaves nothing to choose has no features
    distances = np.sqrt(((features[1:] - features[0]) ** 2).sum(axis=1) / width)
    order = np.argsort(distances, kind="stable")[:NEAREST]
    return tuple(Neighbour(covered[i], float(distances[i]), dict(told[covered[i]][1])) for i in order)
