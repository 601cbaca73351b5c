"""Whether a spectrum is that of a causal, linear, stable cell: its residuals from Kramers-Kronig, noise or structure.

The smoother's fixed RC terms obey the relations whatever their coefficients (Boukamp 1995, J. Electrochem. Soc. 142,
1885). Noise leaves residuals without order; what breaks the relations leaves neighbouring points off to the same side.
So the order of the residuals decides, not their size. Knows no circuit; single bad points are outliers (smooth.py).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from adatom.cloud.measure.eis.smooth import smooth_residuals

MODEL_ERROR = 0.0007  # of |Z|: what the smoother leaves of a CPE arc has order too
WINDOW = 5  # points: half a decade of the usual sweep
SUSPECT_SCORE, INVALID_SCORE = 1.0, 2.0  # valid spectra lie at -1.8 with a standard deviation of about 1 (benchmark)
INVALID_SIZE = 0.01  # of |Z|: ordered residuals below it harm no fit much; the usual limit of lin-KK (Schonleber 2014)


@dataclass(frozen=True)
class Verdict:
    """What the residuals say: `band_hz` is where they have most order, None when valid.

    score: the correlation of neighbouring residuals times sqrt(2 N). size: the largest mean residual over WINDOW
    points, of |Z|. residuals: (N,) (z - smooth) / |z|.
    """

    verdict: Literal["valid", "suspect", "invalid"]
    score: float
    size: float
    band_hz: tuple[float, float] | None
    residuals: Complexes


def judge(freq_hz: Floats, z_ohm: Complexes, keep: Flags) -> Verdict:
    """The verdict on the points of `keep` (N,) of a spectrum; freq in Hz > 0, Z in ohm, in any order."""
    residuals = smooth_residuals(freq_hz, z_ohm, keep)
    order = np.argsort(freq_hz[keep], kind="stable")
    freq, ordered = freq_hz[keep][order], residuals[keep][order]
    score, mean = _score(ordered), np.abs(np.convolve(ordered, np.full(WINDOW, 1 / WINDOW), mode="same"))
    size = float(mean.max())
    if score < SUSPECT_SCORE:
        return Verdict("valid", score, size, None, residuals)
    invalid = score >= INVALID_SCORE and size >= INVALID_SIZE
    return Verdict("invalid" if invalid else "suspect", score, size, _band(freq, mean), residuals)


def _score(residuals: Complexes) -> float:
    """Correlation of neighbours, both parts pooled, in standard deviations of white noise."""
    together = float((residuals[1:] * residuals[:-1].conj()).real.sum())
    size = float((np.abs(residuals) ** 2).sum()) + 2 * residuals.size * MODEL_ERROR**2
    return together / size * float(np.sqrt(2 * residuals.size))


def _band(freq_hz: Floats, mean: Floats) -> tuple[float, float]:
    """The frequencies around the largest of the means (N,) where they exceed half of it."""
    peak = int(mean.argmax())
    below = np.flatnonzero(mean < 0.5 * mean[peak])
    first = int(below[below < peak].max(initial=-1)) + 1
    last = int(below[below > peak].min(initial=mean.size)) - 1
    return float(freq_hz[first]), float(freq_hz[last])
