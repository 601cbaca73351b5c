"""Plane levelling, height parameters after ISO 25178-2, and the correlation length. Knows nothing of files."""

import math
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Flags, Floats
from adatom.cloud.measure.image.estimate import Estimate, jackknifed
from adatom.cloud.measure.image.tiles import tile_sums, tiles_a_side

LONGEST_SHARE = 4  # lags up to a quarter of the side: longer ones have few pairs
LOWEST = 0.15  # where the autocorrelation need not be followed further: below (1 + e)/exp(1) - e for e up to 0.3
DISC = 1.3 * math.pi  # integral of the autocorrelation over the plane in squared lengths: pi (Hurst 1) to 2 pi (0.5)
HURST = 0.75  # where only the autocorrelation's powers need one
LENGTH_SHARE = 1.5  # on simulated Gaussian surfaces ln of the length scatters this much more than ln Sq
PLANE = 3  # degrees of freedom that levelling takes


@dataclass(frozen=True)
class Correlation:
    """Autocorrelation at lags 0, 1, … px along both axes, and where it falls to 1/e."""

    curve: Floats
    length_px: Estimate | None
    lost: float  # share of the variance that levelling takes, as estimated


def levelled(values: Floats, keep: Flags) -> Floats:
    """Heights over the least-squares plane of the kept pixels; same shape and unit."""
    y, x = (np.linspace(-1.0, 1.0, n) for n in values.shape)
    planes = [np.ones(values.shape), np.broadcast_to(x, values.shape), np.broadcast_to(y[:, None], values.shape)]
    basis = np.stack([plane[keep] for plane in planes])
    coefficients = np.linalg.lstsq(basis @ basis.T, basis @ values[keep], rcond=None)[0]
    return np.asarray(values - sum(c * plane for c, plane in zip(coefficients, planes, strict=True)))


def heights(z: Floats, keep: Flags, length_px: float, lost: float) -> dict[str, Estimate | None]:
    """Sa, Sq (nm), Ssk, Sku of levelled heights (nm) with 95 % intervals for the surface of which the image is a part.

    What levelling took off Sa and Sq (half of `lost`) is not put back, as ISO 25178 wants it, but widens the interval.
    """
    if not z[keep].any():
        return dict.fromkeys(("sa", "sq", "ssk", "sku"))
    side = tiles_a_side(z.shape, length_px)
    kept = np.where(keep, z, 0.0)
    powers = [keep.astype(np.float64), np.abs(kept), kept**2, kept**3, kept**4]
    sums = np.stack([tile_sums(power, z.shape, side) for power in powers], axis=1)
    least = [gaussian_sd(order, length_px, int(keep.sum())) for order in (2, 3, 4)]
    return {
        "sa": jackknifed(sums, _sa, "nm", log=True, bias_log=lost / 2.0, least_sd=least[0]),
        "sq": jackknifed(sums, _sq, "nm", log=True, bias_log=lost / 2.0, least_sd=least[0]),
        "ssk": jackknifed(sums, lambda s: s[3] / s[0] / _sq(s) ** 3, least_sd=least[1]),
        "sku": jackknifed(sums, lambda s: s[4] / s[0] / _sq(s) ** 4, log=True, least_sd=least[2]),
    }


def _sa(s: Floats) -> float:
    return float(s[1] / s[0])


def _sq(s: Floats) -> float:
    return math.sqrt(s[2] / s[0])


def gaussian_sd(order: int, length_px: float, pixels: int) -> float:
    """Standard deviation of ln Sq (order 2), Ssk (3) or ln Sku (4) on a Gaussian surface.

    The variance of the mean k-th Hermite polynomial is k! times the integral of the autocorrelation's k-th power over
    the area, which for exp(-(r/xi)^(2H)) is DISC xi^2 k^(-1/H).
    """
    share = DISC * max(length_px, 1.0) ** 2 / order ** (1.0 / HURST) / pixels
    return math.sqrt(math.factorial(order) * share) / {2: 2.0, 3: 1.0, 4: 3.0}[order]


# --- correlation ----------------------------------------------------------------------------------------------------
def correlation(z: Floats, keep: Flags) -> Correlation:
    """Autocorrelation of levelled heights by pairs of kept pixels along rows and columns; its length with interval."""
    kept = np.where(keep, z, 0.0)
    curve = _curve(kept, keep)
    first = crossing(curve, 1.0 / math.e)
    if first is None:
        return Correlation(curve, None, 0.0)
    lost = PLANE * DISC * first**2 / z.size
    lags = len(curve)
    side = tiles_a_side(z.shape, first)
    sums = np.concatenate([_pair_sums(kept, keep, lag, side) for lag in range(lags)], axis=1)  # (tiles, 2 lags)

    least = LENGTH_SHARE * gaussian_sd(2, first, int(keep.sum()))

    def length(s: Floats) -> float:
        found = crossing(s[0::2] / s[1::2] / (s[0] / s[1]), (1.0 + lost) / math.e - lost)
        return np.nan if found is None else found

    return Correlation(curve, jackknifed(sums, length, "px", log=True, least_sd=least), lost)


def crossing(curve: Floats, level: float) -> float | None:
    """The lag at which a curve from 1 first falls to a level, on straight lines between lags; None if it does not."""
    below = np.flatnonzero(curve <= level)
    if not below.size or below[0] == 0:
        return None
    k = int(below[0])
    return float(k - 1 + (curve[k - 1] - level) / (curve[k - 1] - curve[k]))


def _curve(kept: Floats, keep: Flags) -> Floats:
    """Autocorrelation at lags 0 … until it is low."""
    found: list[float] = []
    for lag in range(min(kept.shape) // LONGEST_SHARE):
        products, pairs = _pair_sums(kept, keep, lag, 1)[0]
        found.append(products / pairs if pairs else np.nan)
        if not found[0] > 0.0 or not found[-1] > LOWEST * found[0]:
            # a flat image has no correlation, and lags beyond a low one are noise
            return np.array(found) / found[0] if found[0] > 0.0 else np.ones(1)
    return np.array(found) / found[0]


def _pair_sums(kept: Floats, keep: Flags, lag: int, side: int) -> Floats:
    """(tiles, 2): sum of products of heights `lag` apart along both axes, and the number of such pairs."""
    rows, columns = kept.shape
    sums = np.zeros((side * side, 2))
    for a, b in ((np.s_[:, : columns - lag], np.s_[:, lag:]), (np.s_[: rows - lag, :], np.s_[lag:, :])):
        sums[:, 0] += tile_sums(kept[a] * kept[b], kept.shape, side)
        sums[:, 1] += tile_sums((keep[a] & keep[b]).astype(np.float64), kept.shape, side)
    return sums
