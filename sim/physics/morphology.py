"""What an electron microscope sees of lithium after cycling: islands and needles on the interface, brighter than it.

A pure function of the state and a generator. Nuclei keep apart, because each empties its surroundings of lithium.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Floats = npt.NDArray[np.float64]

BACKGROUND, LITHIUM = 0.3, 0.7  # K: brightness as a share of full scale
BLUR_PX = 0.8  # K: the beam
GAP_PX = 6.0  # K: at least between two bodies: what the emptied surroundings come to at this magnification
TRIES = 200
ISLAND_SQUASH = 1.6  # K: islands are up to this much longer than wide


@dataclass(frozen=True)
class Deposit:
    """Number densities (1/mm2), median sizes (nm), and the spreads of their logarithms."""

    islands_per_mm2: float
    island_nm: float  # diameter of the circle of the same area
    needles_per_mm2: float
    needle_nm: float  # length
    needle_width_nm: float
    spread_log: float


def lithium_image(deposit: Deposit, noise: float, rng: np.random.Generator, pixels: int, pixel_nm: float) -> Floats:
    """Brightness (pixels, pixels), a share of full scale: bodies cut out of a wider field, blur and noise on top."""
    margin = math.ceil(2.5 * max(deposit.island_nm, deposit.needle_nm) / pixel_nm)
    taken = np.zeros((pixels + 2 * margin,) * 2, dtype=bool)
    field_mm2 = (len(taken) * pixel_nm * 1e-6) ** 2
    for _ in range(rng.poisson(deposit.needles_per_mm2 * field_mm2)):
        length = deposit.needle_nm * math.exp(rng.normal(0.0, deposit.spread_log)) / pixel_nm
        _place(taken, length, deposit.needle_width_nm / pixel_nm, rng, needle=True)
    for _ in range(rng.poisson(deposit.islands_per_mm2 * field_mm2)):
        size = deposit.island_nm * math.exp(rng.normal(0.0, deposit.spread_log)) / pixel_nm
        squash = math.sqrt(rng.uniform(1.0, ISLAND_SQUASH))
        _place(taken, size * squash, size / squash, rng, needle=False)
    cut = taken[margin : margin + pixels, margin : margin + pixels]
    seen = ndimage.gaussian_filter(np.where(cut, LITHIUM, BACKGROUND), BLUR_PX)
    return np.asarray(np.clip(seen + noise * rng.standard_normal(seen.shape), 0.0, 1.0))


def _place(taken: npt.NDArray[np.bool_], long: float, wide: float, rng: np.random.Generator, *, needle: bool) -> None:
    """Mark a body where there is room; after TRIES places without room it does not grow."""
    for _ in range(TRIES):
        centre, angle = rng.uniform(0.0, len(taken), 2), rng.uniform(0.0, math.pi)
        reach = long / 2.0 + GAP_PX + 1.0
        rows, columns = (slice(max(0, int(c - reach)), int(c + reach) + 2) for c in centre)
        part = taken[rows, columns]
        y = np.arange(rows.start, rows.start + part.shape[0])[:, None] - centre[0]
        x = np.arange(columns.start, columns.start + part.shape[1]) - centre[1]
        u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
        if not (part & _within(u, v, long / 2.0 + GAP_PX, wide / 2.0 + GAP_PX, needle)).any():
            part |= _within(u, v, long / 2.0, wide / 2.0, needle)
            return


def _within(u: Floats, v: Floats, a: float, b: float, needle: bool) -> npt.NDArray[np.bool_]:
    """A needle is a rectangle, an island an ellipse, of half axes a and b."""
    return (np.abs(u) <= a) & (np.abs(v) <= b) if needle else (u / a) ** 2 + (v / b) ** 2 <= 1.0
