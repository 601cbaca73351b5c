"""What the pictures of spectra show: a band of the noise that neither weights nor a few bad points widen."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.fit import fit_circuit
from adatom.cloud.measure.eis.kramers_kronig import judge
from adatom.cloud.measure.eis.lin_kk import lin_kk
from adatom.cloud.measure.eis.panels import Panel
from adatom.cloud.measure.eis.plot import check_panels, fit_panels

from .spectra import FREQ_HZ
from .test_fit import TWO_ARCS, noisy

NOISE = 0.003


def noise_of(panel: Panel) -> float:
    """The noise whose band the panel of residuals shows, as a share of |Z|."""
    return float(panel.bands[0].high[0]) / 100 / 1.96


@pytest.mark.parametrize("weighting", ["modulus", "unit", "proportional"])
def test_the_band_of_a_fits_residuals_is_the_noise_whatever_the_weights(weighting: str) -> None:
    z = noisy(TWO_ARCS, 3)
    fit = fit_circuit(FREQ_HZ, z, "L0-R0-p(R1,CPE1)-p(R2,CPE2)", weighting=weighting)
    assert noise_of(fit_panels(FREQ_HZ, z, fit)[1]) == pytest.approx(NOISE, rel=0.25)


def test_the_band_is_that_of_most_points() -> None:
    z = noisy(TWO_ARCS, 3)
    z[30:33] *= 1.1  # points that are off together are no outliers
    found = judge(FREQ_HZ, z, np.ones(z.size, dtype=np.bool_))
    assert found.verdict == "invalid"
    assert noise_of(check_panels(FREQ_HZ, found, lin_kk(FREQ_HZ, z))[0]) < 2 * NOISE
