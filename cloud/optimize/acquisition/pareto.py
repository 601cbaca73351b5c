"""Several losses at once: fronts, their hypervolume, and what a point is expected to add to it.

Losses (n, k) are minimised; a reference point is what no point of interest exceeds. Exact for 2 and 3 losses, by a
decomposition of the space that no point of the front dominates into disjoint boxes.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from adatom.cloud.optimize.acquisition.improvement import log1mexp, log_expected_improvement
from adatom.cloud.optimize.arrays import Array, Bools
from scipy.special import gammaln, logsumexp, ndtr, ndtri

EXACT_MOST = 3  # losses
FRONT_MOST = 64  # points of a front; beyond the boxes cost more than they tell
TERMS_MOST = 2_000_000  # boxes times candidates held at once: 50 MB
MARGIN = 0.1  # of the range, between the worst values and the reference point (Ishibuchi et al. 2018)
AUGMENTATION = 0.05  # of the sum, beside the maximum (Knowles 2006)
LOG_2PI = math.log(2.0 * math.pi)
CHANCE_DRAWS = 4096  # of a point's losses where boxes would be too many: a chance is off by less than 0.01
RAYS_BITS = 8  # 256 rays: a hypervolume by them is off by about 1 % for two losses and 3 % for four
LEAST_RAY = 1e-9  # of a unit vector: a ray within a face divides by it


def non_dominated(losses: Array) -> Bools:
    """(n,) of (n, k) losses: whether no other row is at least as good in all and better in one. Equal rows all stay."""
    kept = np.ones(len(losses), dtype=bool)
    for row, loss in enumerate(losses):
        if kept[row]:
            no_worse = (losses <= loss).all(axis=1)
            better = (losses < loss).any(axis=1)
            kept[row] = not bool((no_worse & better).any())
    return kept


def front_of(losses: Array, reference: Array | None = None) -> Array:
    """(m, k) distinct non-dominated rows, those that beat the reference point where one is given; sorted."""
    front = np.unique(losses[non_dominated(losses)], axis=0)
    return front if reference is None else front[(front < reference).all(axis=1)]


def reference_point(losses: Array) -> Array:
    """(k,) inferred from (n, k) losses, n >= 1: the worst of each and a tenth of its range beyond, 1 if it has none.

    Of all rows and not of the front alone: a front of few points spans little, and what lies beside it would count
    nothing. On a formulation of three objectives (30 evaluations, 2 seeds) the mean share of the hypervolume was 0.64
    and 0.73 by this rule, 0.33 and 0.52 by the front's.
    """
    spans = np.ptp(losses, axis=0)
    return np.asarray(losses.max(axis=0) + MARGIN * np.where(spans > 0.0, spans, 1.0))


def boxes(front: Array, reference: Array) -> tuple[Array, Array]:
    """(lower, upper), (b, k) each: disjoint boxes of all that is below the reference and not dominated by the front.

    One box a local upper bound, at most m + 1 of them for k = 2 and 2 m + 1 for k = 3; lower corners reach -inf.
    Lacour, Klamroth & Fonseca 2017, section 4 (incremental update with the points that define each bound).
    """
    k = len(reference)
    uppers = np.asarray(reference, dtype=float)[None, :]
    # definers[b, j]: the point of the front that bound b owes its j-th coordinate to; at first the reference's faces
    definers = np.full((1, k, k), -math.inf)
    definers[0, np.arange(k), np.arange(k)] = reference
    for point in front_of(front, reference):
        inside = (point < uppers).all(axis=1)
        kept = [(uppers[~inside], definers[~inside])]
        kept += [_split(uppers[inside], definers[inside], point, axis) for axis in range(k)]
        uppers = np.concatenate([bounds for bounds, _ in kept])
        definers = np.concatenate([owners for _, owners in kept])
    lowers = np.full_like(uppers, -math.inf)
    for axis in range(1, k):
        lowers[:, axis] = definers[:, :axis, axis].max(axis=1)
    solid = (lowers < uppers).all(axis=1)
    return lowers[solid], uppers[solid]


def _split(uppers: Array, definers: Array, point: Array, axis: int) -> tuple[Array, Array]:
    """The bounds that arise where `point` cuts those given along one axis."""
    others = np.delete(definers[:, :, axis], axis, axis=1)
    valid = point[axis] >= others.max(axis=1, initial=-math.inf)
    uppers, definers = uppers[valid].copy(), definers[valid].copy()
    uppers[:, axis] = point[axis]
    definers[:, axis, :] = point
    return uppers, definers


def hypervolume(losses: Array, reference: Array) -> float:
    """Volume between (n, k) losses and the reference point, exact; k is 2 or 3 (any k, slowly growing with n)."""
    front = front_of(losses, reference)
    if not len(front):
        return 0.0
    ideal = front.min(axis=0)
    lower, upper = boxes(front, reference)
    free = np.maximum(upper - np.maximum(lower, ideal), 0.0).prod(axis=1).sum()
    return float(np.prod(reference - ideal) - free)


def log_hypervolume_improvement(means: Array, sds: Array, front: Array, reference: Array) -> Array:
    """(n,) log of the expected growth of the hypervolume by points whose losses ~ N(means, sds), (n, k), independent.

    The sum over boxes of the product over losses of EI(upper) - EI(lower): what a loss gains on the upper face of a box
    and not beyond its lower one (Yang et al. 2019). In logs, so that it still ranks points far from the front.
    """
    lower, upper = boxes(front, reference)
    chunk = max(1, TERMS_MOST // len(upper))
    parts = [
        _log_in_boxes(means[at : at + chunk], sds[at : at + chunk], lower, upper) for at in range(0, len(means), chunk)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _log_in_boxes(means: Array, sds: Array, lower: Array, upper: Array) -> Array:
    total = np.zeros((len(upper), len(means)))
    for axis in range(means.shape[1]):
        # faces are shared by many boxes: each distinct one is integrated once
        faces, place = np.unique(np.concatenate([lower[:, axis], upper[:, axis]]), return_inverse=True)
        logs = np.full((len(faces), len(means)), -math.inf)
        known = np.isfinite(faces)
        logs[known] = log_expected_improvement(means[:, axis], sds[:, axis], faces[known, None])
        below, above = logs[place[: len(lower)]], logs[place[len(lower) :]]
        total += above + np.where(np.isfinite(below), log1mexp(np.minimum(below - above, 0.0)), 0.0)
    return np.asarray(logsumexp(total, axis=0))


def chance_to_join(means: Array, sds: Array, front: Array) -> Array:
    """(n,) chance that no row of the front is as good in all losses as a point whose losses ~ N(means, sds), (n, k).

    What of the belief lies in the boxes that the front leaves free; above three losses counted among draws.
    """
    sds = np.maximum(sds, np.finfo(float).tiny)
    if front.shape[1] > EXACT_MOST:
        drawn = means + sds * np.random.default_rng(0).standard_normal((CHANCE_DRAWS, *means.shape))
        beaten = np.zeros(drawn.shape[:2], dtype=bool)
        for row in front:
            beaten |= (row <= drawn).all(axis=2)
        return np.asarray(1.0 - beaten.mean(axis=0))
    lower, upper = boxes(front, np.full(front.shape[1], math.inf))
    inside = ndtr((upper - means[:, None]) / sds[:, None]) - ndtr((lower - means[:, None]) / sds[:, None])
    return np.asarray(np.clip(inside.prod(axis=2).sum(axis=1), 0.0, 1.0))


@dataclass(frozen=True)
class Frame:
    """What hypervolumes are measured by: a reference point, the spans from the best of each loss to it, and rays.

    The mean over rays of `volumes` is a point's hypervolume, in shares of the box that the spans make; that of the
    largest along each ray is the hypervolume of all points together. Any k, with the error of the rays alone.
    """

    reference: Array  # (k,)
    spans: Array  # (k,)

    @classmethod
    def of(cls, losses: Array) -> Self:
        """Of all rows (n, k), n >= 1."""
        reference = reference_point(losses)
        return cls(reference, reference - losses.min(axis=0))

    def volumes(self, losses: Array) -> Array:
        """(..., d) of (..., k) losses: c_k max(0, min_j gap_j / ray_j)^k, c_k = pi^(k/2) / (2^k Gamma(k/2 + 1)).

        Zhang and Golovin 2020, lemma 5.
        """
        k = len(self.reference)
        scale = math.exp(0.5 * k * math.log(math.pi) - k * math.log(2.0) - float(gammaln(0.5 * k + 1.0)))
        gaps, rays = np.maximum((self.reference - losses) / self.spans, 0.0), directions(k)
        reach = gaps[..., :1] / rays[:, 0]
        for axis in range(1, k):
            np.minimum(reach, gaps[..., axis : axis + 1] / rays[:, axis], out=reach)
        return np.asarray(scale * reach**k)

    def gains(self, losses: Array, along: Array) -> Array:
        """(...) of (..., k) losses: what each point alone adds to what is had `along` the rays (d,)."""
        return np.asarray(np.maximum(self.volumes(losses) - along, 0.0).mean(axis=-1))


@cache
def directions(k: int) -> Array:
    """(256, k) unit vectors evenly over the positive orthant; not to be written to."""
    from scipy.stats import qmc  # half a second to import

    uniform = qmc.Sobol(k, scramble=True, rng=np.random.default_rng(0)).random_base2(RAYS_BITS)
    rays = np.maximum(np.abs(ndtri(np.clip(uniform, LEAST_RAY, 1.0 - LEAST_RAY))), LEAST_RAY)
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def is_exact(front: Array) -> bool:
    """Whether the expected hypervolume is worth its time for this front; else a scalarisation answers."""
    return front.shape[1] <= EXACT_MOST and len(front) <= FRONT_MOST


def scalarised(losses: Array, weights: Array, ideal: Array, spans: Array) -> Array:
    """(n,) augmented Chebyshev loss of (n, k) losses: max_k w_k u_k + 0.05 sum_k w_k u_k of losses scaled to [0, 1]."""
    parts = weights * (losses - ideal) / spans
    return np.asarray(parts.max(axis=1) + AUGMENTATION * parts.sum(axis=1))


def scalarised_belief(means: Array, sds: Array, weights: Array, ideal: Array, spans: Array) -> tuple[Array, Array]:
    """(mean, sd), (n,) each, of `scalarised` when the losses ~ N(means, sds), (n, k), independent.

    The maximum of normals is folded pair by pair with its exact first two moments (Clark 1961); the sum, whose weight
    is small, is taken at its mean.
    """
    parts, widths = weights * (means - ideal) / spans, weights * sds / spans
    mean, variance = parts[:, 0], widths[:, 0] ** 2
    for axis in range(1, means.shape[1]):
        mean, variance = _larger(mean, variance, parts[:, axis], widths[:, axis] ** 2)
    return mean + AUGMENTATION * parts.sum(axis=1), np.sqrt(variance)


def _larger(a: Array, a_variance: Array, b: Array, b_variance: Array) -> tuple[Array, Array]:
    """Mean and variance of the larger of two independent normals."""
    spread = np.sqrt(np.maximum(a_variance + b_variance, 1e-18))
    gap = (a - b) / spread
    density, first, second = np.exp(-0.5 * gap**2 - 0.5 * LOG_2PI), ndtr(gap), ndtr(-gap)
    mean = a * first + b * second + spread * density
    square = (a**2 + a_variance) * first + (b**2 + b_variance) * second + (a + b) * spread * density
    return mean, np.maximum(square - mean**2, 0.0)


def random_weights(k: int, rng: np.random.Generator) -> Array:
    """(k,) uniform on the simplex: one direction towards the front (ParEGO)."""
    return np.asarray(rng.dirichlet(np.ones(k)))
