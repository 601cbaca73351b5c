"""Line shapes of area 1: the sum and the product of Gaussian and Lorentzian, and their convolution (Voigt).

Each takes offsets from the centre in eV (N,), the full width at half maximum in eV and the share of the Lorentzian in
[0, 1], and gives values per eV (N,).
"""

import math
from collections.abc import Callable

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from scipy.special import erfcx, voigt_profile

LN16 = 4.0 * math.log(2.0)
LEAST_SHARE = 1e-6  # of the Lorentzian in the product, whose area is a limit at 0
LEAST_SIGMA_EV = 1e-6


def gauss_lorentz_sum(offset_ev: Floats, fwhm_ev: float, share: float) -> Floats:
    """(1 - m) G + m L of one width; CasaXPS calls it SGL(100 m)."""
    x2 = (offset_ev / fwhm_ev) ** 2
    gauss = math.sqrt(LN16 / math.pi) * np.exp(-LN16 * x2)
    lorentz = 2.0 / math.pi / (1.0 + 4.0 * x2)
    return np.asarray(((1.0 - share) * gauss + share * lorentz) / fwhm_ev)


def gauss_lorentz_product(offset_ev: Floats, fwhm_ev: float, share: float) -> Floats:
    """exp(-4 ln2 (1 - m) x^2) / (1 + 4 m x^2); CasaXPS calls it GL(100 m). Up to 5 % narrower than its nominal width.

    Its area is pi / sqrt(b) exp(a/b) erfc(sqrt(a/b)) with a = 4 ln2 (1 - m), b = 4 m.
    """
    m = max(share, LEAST_SHARE)
    a, b = LN16 * (1.0 - m), 4.0 * m
    area = math.pi / math.sqrt(b) * float(erfcx(math.sqrt(a / b)))
    x2 = (offset_ev / fwhm_ev) ** 2
    return np.asarray(np.exp(-a * x2) / (1.0 + b * x2) / (area * fwhm_ev))


def voigt(offset_ev: Floats, fwhm_ev: float, share: float) -> Floats:
    """Gaussian convolved with a Lorentzian of `share` of the whole width.

    f = 0.5346 f_L + sqrt(0.2166 f_L^2 + f_G^2) (Olivero and Longbothum, J. Quant. Spectrosc. Radiat. Transfer 17
    (1977) 233), within 0.02 %.
    """
    lorentz_ev = share * fwhm_ev
    gauss_ev = math.sqrt(max((fwhm_ev - 0.5346 * lorentz_ev) ** 2 - 0.2166 * lorentz_ev**2, 0.0))
    sigma_ev = max(gauss_ev / math.sqrt(2.0 * LN16), LEAST_SIGMA_EV)
    return np.asarray(voigt_profile(offset_ev, sigma_ev, lorentz_ev / 2.0))


SHAPES: dict[str, Callable[[Floats, float, float], Floats]] = {
    "sum": gauss_lorentz_sum,
    "product": gauss_lorentz_product,
    "voigt": voigt,
}
