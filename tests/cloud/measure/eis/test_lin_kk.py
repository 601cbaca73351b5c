"""Lin-KK gives what the package that most people use gives: impedance.py 1.7.1 on its own example files."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.files import read_spectrum
from adatom.cloud.measure.eis.lin_kk import lin_kk
from adatom.protocol.errors import InputError

from .spectra import FREQ_HZ, arc
from .test_files import EXAMPLES

W = 2 * np.pi * FREQ_HZ

# impedance.validation.linKK(f, Z, c=0.85, max_M=50, fit_type=part, add_cap=capacitance): M, mu, sum of |residuals|²
PEER = [
    ("exampleData.csv", "real", True, 22, 0.830643, 0.000357579),
    ("exampleData.csv", "imag", True, 26, 0.848047, 0.000957949),
    ("exampleData.csv", "complex", True, 22, 0.847336, 0.000218387),
    ("exampleData.csv", "complex", False, 14, 0.818656, 0.0218144),
    ("exampleDataBioLogic.mpt", "real", False, 5, 0.738661, 0.0525454),
    ("exampleDataBioLogic.mpt", "complex", True, 5, 0.712099, 0.0493239),
    ("exampleDataGamry.DTA", "imag", False, 21, 0.806143, 0.54612),
    ("exampleDataGamry.DTA", "complex", False, 21, 0.849031, 0.191933),
    ("exampleDataZPlot.z", "real", True, 6, 0.716933, 0.000684082),
    ("exampleDataZPlot.z", "complex", False, 6, 0.793758, 0.000843755),
]


@pytest.mark.parametrize(("name", "part", "capacitance", "terms", "mu", "chi2"), PEER)
def test_terms_mu_and_residuals_are_those_of_the_peer(
    name: str, part: str, capacitance: bool, terms: int, mu: float, chi2: float
) -> None:
    spectrum = read_spectrum(EXAMPLES / name)
    found = lin_kk(spectrum.freq_hz, spectrum.z_ohm, part=part, capacitance=capacitance)
    assert found.terms == terms
    assert found.mu == pytest.approx(mu, abs=2e-6)
    assert found.chi2 == pytest.approx(chi2, rel=1e-4)
    assert found.over_fitted


def test_the_order_of_points_changes_nothing() -> None:
    z = 20 + arc(W, 100.0, 1e-7, 1.0) + arc(W, 50.0, 1e-5, 0.8)
    there, back = lin_kk(FREQ_HZ, z), lin_kk(FREQ_HZ[::-1], z[::-1])
    assert there.terms == back.terms
    assert np.allclose(there.residuals, back.residuals[::-1], atol=1e-9)


def test_the_most_terms_are_kept_to_and_said() -> None:
    found = lin_kk(FREQ_HZ, 20 + arc(W, 100.0, 1e-7, 0.7), max_terms=4)
    assert (found.terms, found.over_fitted) == (4, False)


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"part": "both"}, "allowed: complex"), ({"cutoff": 1.5}, "between 0 and 1"), ({"max_terms": 0}, "from 1")],
)
def test_wrong_options_are_input_errors(options: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        lin_kk(FREQ_HZ, 20 + arc(W, 100.0, 1e-7, 0.7), **options)  # type: ignore[arg-type]
