"""What a microscope sees of the film: a height map with grains and droplets, and the film's thickness profile.

Pure functions of the film and a generator. A self-affine Gaussian surface has the autocorrelation
C(r) = Sq^2 exp(-(r/xi)^(2H)) (Sinha 1988, Phys. Rev. B 38, 2297); xi is where it falls to 1/e.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .film import Film

Floats = npt.NDArray[np.float64]

LENGTH_PER_GRAIN = 1.0  # K: columns are as wide as grains, and so are the hills
HURST = 0.75  # K: 0.6-0.9 in oxide films grown from a plume
DROPLET_MEDIAN_NM, DROPLET_SPREAD_LOG = 700.0, 0.35  # K: droplets of 0.2 to 2 um, lognormal
DROPLET_HEIGHT = 0.4  # K: of its diameter; molten droplets flatten where they land
PLUME_POWER = 8.0  # K: thickness over the substrate falls as cos^p of the angle, p 4 to 20


@dataclass(frozen=True)
class Texture:
    """The truth that a height map is drawn from."""

    sq_nm: float
    length_nm: float
    hurst: float
    droplets_per_mm2: float
    droplet_nm: float  # median diameter


def texture_of(film: Film) -> Texture:
    """The texture of a film."""
    length = LENGTH_PER_GRAIN * film.grain_nm
    return Texture(film.roughness_nm, length, HURST, film.droplets_per_cm2 / 100.0, DROPLET_MEDIAN_NM)


def height_map(texture: Texture, rng: np.random.Generator, pixels: int, pixel_nm: float) -> Floats:
    """Heights, nm (pixels, pixels): the rough film, a tilt as every microscope has it, and droplets on top."""
    z = _rough(texture, rng, pixels, pixel_nm)
    tilt = rng.normal(0.0, 2.0 * texture.sq_nm, 2)
    across = np.linspace(-1.0, 1.0, pixels)
    z += tilt[0] * across + tilt[1] * across[:, None]
    side_nm = pixels * pixel_nm
    margin = 3.0 * texture.droplet_nm  # droplets that reach in from outside
    number = rng.poisson(texture.droplets_per_mm2 * ((side_nm + 2.0 * margin) * 1e-6) ** 2)
    for x, y, log_size in zip(
        *rng.uniform(-margin, side_nm + margin, (2, number)), rng.normal(0.0, DROPLET_SPREAD_LOG, number), strict=True
    ):
        _land(z, x / pixel_nm, y / pixel_nm, texture.droplet_nm * math.exp(log_size) / pixel_nm, pixel_nm)
    return z


def thickness_map(film: Film, rng: np.random.Generator, pixels: int, side_mm: float, distance_mm: float) -> Floats:
    """Thickness, nm (pixels, pixels), over the substrate: cos^p around a plume that does not aim at its middle."""
    aim_mm = rng.normal(0.0, 0.15 * side_mm, 2)
    across = (np.arange(pixels) + 0.5) / pixels * side_mm - side_mm / 2.0
    squared = (across - aim_mm[0]) ** 2 + (across[:, None] - aim_mm[1]) ** 2
    profile = (1.0 + squared / distance_mm**2) ** (-PLUME_POWER / 2.0)
    return np.asarray(film.thickness_nm * profile)


def _rough(texture: Texture, rng: np.random.Generator, pixels: int, pixel_nm: float) -> Floats:
    """A Gaussian surface of exactly that autocorrelation, by the spectrum of a torus twice as wide (cut out of it)."""
    n = 2 * pixels
    lag = np.minimum(np.arange(n), n - np.arange(n)) * pixel_nm
    distance = np.hypot(lag, lag[:, None])
    wanted = texture.sq_nm**2 * np.exp(-((distance / texture.length_nm) ** (2.0 * texture.hurst)))
    spectrum = np.maximum(np.fft.fft2(wanted).real, 0.0)
    white = np.fft.fft2(rng.standard_normal((n, n)))
    return np.asarray(np.fft.ifft2(white * np.sqrt(spectrum)).real[:pixels, :pixels])


def _land(z: Floats, x: float, y: float, diameter_px: float, pixel_nm: float) -> None:
    """Put a flattened droplet, half an ellipsoid, onto the film."""
    radius = diameter_px / 2.0
    rows = slice(max(0, int(y - radius)), max(0, int(y + radius) + 2))
    columns = slice(max(0, int(x - radius)), max(0, int(x + radius) + 2))
    part = z[rows, columns]
    if not part.size:
        return
    j, i = np.arange(rows.start, rows.start + part.shape[0]), np.arange(columns.start, columns.start + part.shape[1])
    squared = ((i - x) ** 2 + (j[:, None] - y) ** 2) / radius**2
    part += 2.0 * DROPLET_HEIGHT * radius * pixel_nm * np.sqrt(np.maximum(1.0 - squared, 0.0))
