"""Mean-square displacement and whether it is a straight line in time. Without one there is no diffusivity."""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats

SLOPE_BAND = (0.8, 1.2)  # of log displacement against log time: 1 is diffusion, 0 rattling in a cage, 2 flight
HALVES_RATIO = 1.5  # by which the slopes of both halves of the trajectory may differ
LEAST_A2 = 3.0  # of the last displacement: ions that have not left their site tell nothing
FEWEST_FRAMES = 40


@dataclass(frozen=True)
class Diffusion:
    """`cm2_s` is None where it is refused; `reason` then says why."""

    time_ps: Floats
    squared_a2: Floats
    exponent: float
    halves_ratio: float
    cm2_s: float | None
    reason: str


def diffusion(positions: Floats, every_ps: float) -> Diffusion:
    """Of ions (frames, n, 3) in angstrom, unwrapped, the drift of the whole taken out."""
    frames = len(positions)
    if frames < FEWEST_FRAMES or positions.shape[1] == 0:
        empty = np.zeros(0)
        return Diffusion(empty, empty, float("nan"), float("nan"), None, f"{frames} frames: {FEWEST_FRAMES} are needed")
    time, squared = _squared(positions, every_ps)
    part = slice(len(time) // 5, None)  # the first part holds vibration
    exponent = float(np.polyfit(np.log(time[part]), np.log(np.maximum(squared[part], 1e-12)), 1)[0])
    halves = [_slope(*_squared(half, every_ps)) for half in (positions[: frames // 2], positions[frames // 2 :])]
    ratio = max(halves) / min(halves) if min(halves) > 0.0 else float("inf")
    reason = _refusal(exponent, ratio, float(squared[-1]))
    slope = _slope(time, squared)
    return Diffusion(time, squared, exponent, ratio, None if reason else slope / 6.0 * 1e-4, reason)


def _squared(positions: Floats, every_ps: float) -> tuple[Floats, Floats]:
    """(lags in ps, displacement in A2), over all starts, to half the length: longer lags have few starts."""
    lags = np.arange(1, max(2, len(positions) // 2))
    squared = [float(((positions[lag:] - positions[:-lag]) ** 2).sum(axis=2).mean()) for lag in lags]
    return np.asarray(lags * every_ps, dtype=np.float64), np.array(squared)


def _slope(time: Floats, squared: Floats) -> float:
    part = slice(len(time) // 5, None)
    return float(np.polyfit(time[part], squared[part], 1)[0])  # A2/ps, that is 1e-4 cm2/s


def _refusal(exponent: float, ratio: float, last_a2: float) -> str:
    if last_a2 < LEAST_A2:
        return f"the ions moved by {last_a2:.2g} Å² only, less than the {LEAST_A2:g} Å² of leaving a site"
    if not SLOPE_BAND[0] <= exponent <= SLOPE_BAND[1]:
        return (
            f"the displacement is not linear in time: it grows as t^{exponent:.2f}, "
            f"t^{SLOPE_BAND[0]:g} to t^{SLOPE_BAND[1]:g} is allowed"
        )
    if ratio > HALVES_RATIO:
        return f"both halves of the trajectory disagree by a factor {ratio:.1f}, {HALVES_RATIO:g} is allowed"
    return ""
