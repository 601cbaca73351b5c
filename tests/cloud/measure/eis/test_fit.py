import numpy as np
import pytest
from adatom.cloud.measure.eis.arrays import Complexes, Floats
from adatom.cloud.measure.eis.files import read_spectrum
from adatom.cloud.measure.eis.fit import WEIGHTINGS, Problem, fit_circuit, fit_series
from adatom.cloud.measure.eis.result import CircuitFit
from adatom.cloud.measure.eis.select import select
from adatom.cloud.measure.eis.smooth import find_outliers
from adatom.protocol.errors import InputError

from .spectra import FREQ_HZ, arc, make_cell
from .test_files import EXAMPLES

W = 2 * np.pi * FREQ_HZ


def values(fit: CircuitFit) -> dict[str, float]:
    return {p.name: p.value for p in fit.parameters}


def noisy(z: Complexes, seed: int, noise: float = 0.003) -> Complexes:
    rng = np.random.default_rng(seed)
    return z * (1 + noise * (rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size)))


TWO_ARCS = 20 + arc(W, 100.0, 1e-6, 0.9) + arc(W, 300.0, 1e-4, 0.8) + 5e-7j * W


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_two_arcs_without_start_values(weighting: str) -> None:
    fit = fit_circuit(FREQ_HZ, noisy(TWO_ARCS, 1), "L0-R0-p(R1,CPE1)-p(R2,CPE2)", weighting=weighting)
    found = values(fit)
    assert fit.converged
    assert found["R1"] == pytest.approx(100, rel=0.05)
    assert found["R2"] == pytest.approx(300, rel=0.05)
    assert found["CPE2.Q"] == pytest.approx((300.0 * 1e-4) ** 0.8 / 300.0, rel=0.1)


def test_exact_data_give_exact_parameters() -> None:
    fit = fit_circuit(FREQ_HZ, TWO_ARCS, "L0-R0-p(R1,CPE1)-p(R2,CPE2)")
    assert values(fit)["R1"] == pytest.approx(100, rel=1e-6)
    assert values(fit)["CPE1.n"] == pytest.approx(0.9, rel=1e-6)


def test_nested_circuit_from_random_starts() -> None:
    diffusion = 50 * np.tanh(np.sqrt(0.5j * W)) / np.sqrt(0.5j * W)
    z = 10 + 1 / (1 / (40 + diffusion) + 1j * W * 2e-6)
    fit = fit_circuit(FREQ_HZ, noisy(z, 2), "R0-p(R1-Ws1,C1)")
    found = values(fit)
    assert found["R1"] == pytest.approx(40, rel=0.05)
    assert found["Ws1.tau"] == pytest.approx(0.5, rel=0.1)
    assert found["C1"] == pytest.approx(2e-6, rel=0.05)


S = np.sqrt(1 + 0.05j * W)
POROUS = np.sqrt(80 * 2e-4 * (1j * W) ** 0.9)
TAILS = {
    "La0-R0-p(R1,CPE1)": (
        2e-5 * (1j * W) ** 0.75 + arc(W, 300.0, 1e-3, 0.9),
        {"La0.L": 2e-5, "La0.n": 0.75, "R1": 300.0},
    ),
    "R0-p(R1,CPE1)-G2": (arc(W, 60.0, 1e-5, 0.95) + 90 / S, {"R1": 60.0, "G2.R": 90.0, "G2.tau": 0.05}),
    "R0-p(R1,CPE1)-Gs2": (
        arc(W, 60.0, 1e-5, 0.95) + 90 / (S * np.tanh(0.4 * S)),
        {"R1": 60.0, "Gs2.R": 90.0, "Gs2.tau": 0.05, "Gs2.phi": 0.4},
    ),
    "R0-TLMQ1": (80 / (POROUS * np.tanh(POROUS)), {"TLMQ1.R": 80.0, "TLMQ1.Q": 2e-4, "TLMQ1.n": 0.9}),
}


@pytest.mark.parametrize("circuit", TAILS)
def test_elements_that_impedance_py_knows_are_fitted_without_start_values(circuit: str) -> None:
    z, expected = TAILS[circuit]
    fit = fit_circuit(FREQ_HZ, noisy(20 + z, 3, 0.002), circuit)
    assert fit.converged
    for parameter in fit.parameters:
        if parameter.name in expected:
            off = abs(np.log(parameter.value / expected[parameter.name]))
            assert off < max(0.03, 4.0 * parameter.sd_log), (parameter, expected)
            assert off < 0.3, (parameter, expected)


def test_standard_errors_match_the_scatter_of_repeated_fits() -> None:
    fits = [fit_circuit(FREQ_HZ, noisy(TWO_ARCS, seed), "L0-R0-p(R1,CPE1)-p(R2,CPE2)") for seed in range(60)]
    for column, parameter in enumerate(fits[0].parameters):
        logs = [np.log(fit.parameters[column].value) for fit in fits]
        stated = np.median([fit.parameters[column].sd_log for fit in fits])
        assert np.std(logs) == pytest.approx(stated, rel=0.35), parameter.name


def test_measured_sigma_replaces_the_weighting() -> None:
    z = noisy(TWO_ARCS, 3)
    fit = fit_circuit(FREQ_HZ, z, "L0-R0-p(R1,CPE1)-p(R2,CPE2)", sigma_ohm=0.003 * np.abs(z))
    assert fit.sd_point == pytest.approx(1.0, rel=0.2)


def test_mains_spikes_are_found_and_left_out() -> None:
    z = noisy(TWO_ARCS, 4)
    z[[20, 33]] *= [1.08, 0.9 + 0.05j]
    fit = fit_circuit(FREQ_HZ, z, "L0-R0-p(R1,CPE1)-p(R2,CPE2)")
    assert list(np.flatnonzero(fit.outliers)) == [20, 33]
    assert values(fit)["R2"] == pytest.approx(300, rel=0.03)


def test_clean_spectra_have_no_outliers() -> None:
    rng = np.random.default_rng(5)
    flagged = [find_outliers(FREQ_HZ, make_cell(rng, 10 ** rng.uniform(0, 4), 20.0).z_ohm).sum() for _ in range(40)]
    assert sum(flagged) <= 1


def test_selection_finds_the_number_of_arcs() -> None:
    selection = select(Problem(FREQ_HZ, noisy(TWO_ARCS, 6)))
    assert selection.best.circuit.text == "L0-R0-p(R1,CPE1)-p(R2,CPE2)"
    refused = [c for c in selection.candidates if "p(R3" in c.fit.circuit.text]
    assert all(c.refused or c.fit.bic > selection.best.bic for c in refused)


def test_arcs_come_out_sorted_and_without_an_inductance_that_is_not_there() -> None:
    fit = select(Problem(FREQ_HZ, noisy(TWO_ARCS - 5e-7j * W, 7))).best
    assert fit.circuit.text.startswith("R0-")
    taus = [fit.log_p[leaf.start + 1] for leaf in fit.circuit.arcs()]
    assert taus == sorted(taus)


def test_blocking_tail_is_a_series_element() -> None:
    z = 50 + arc(W, 100.0, 1e-7, 0.95) + 1 / (1e-5 * (1j * W) ** 0.9)
    best = select(Problem(FREQ_HZ, noisy(z, 8))).best
    assert best.circuit.text.endswith("-CPE2")
    assert values(best)["CPE2.Q"] == pytest.approx(1e-5, rel=0.05)


def test_purely_resistive_spectrum_has_no_arc() -> None:
    z = noisy(np.full(FREQ_HZ.size, 50.0 + 0j), 9)
    assert select(Problem(FREQ_HZ, z)).best.circuit.text == "R0"


# file: circuit, parameter, value that an independent fit of the same data gives within a few percent
REAL = {
    "exampleDataBioLogic.mpt": ("R0-p(R1,CPE1)", "R1", 47.8, 0.03),
    "exampleDataGamry.DTA": ("p(R1,CPE1)-p(R2,CPE2)", "R1", 4110.0, 0.03),
    "exampleDataZPlot.z": ("L0-R0-p(R1,CPE1)", "R1", 507.0, 0.02),
    "exampleData.csv": ("L0-R0-p(R1,CPE1)-p(R2,CPE2)-W1", "R0", 0.0148, 0.05),
}


@pytest.mark.parametrize("name", REAL)
def test_real_spectra(name: str) -> None:
    spectrum = read_spectrum(EXAMPLES / name)
    circuit, parameter, expected, tolerance = REAL[name]
    fit = fit_circuit(spectrum.freq_hz, spectrum.z_ohm, circuit)
    assert fit.converged
    assert values(fit)[parameter] == pytest.approx(expected, rel=tolerance)
    assert all(0 <= p.sd_log < 0.5 for p in fit.parameters)
    chosen = select(Problem(spectrum.freq_hz, spectrum.z_ohm)).best
    assert chosen.converged
    assert chosen.bic <= fit.bic + 1.0


@pytest.mark.parametrize(
    ("freq", "z", "problem"),
    [
        (np.ones(3), np.ones(3), "at least 6"),
        (np.arange(1.0, 9.0), np.ones(7), "equally long"),
        (np.arange(0.0, 9.0), np.ones(9), "point 1"),
        (np.arange(1.0, 10.0), np.full(9, np.nan), "finite values"),
        (np.ones(9), np.ones(9), "different frequencies"),
    ],
)
def test_bad_spectra_are_refused(freq: Floats, z: Floats, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        fit_circuit(freq, z.astype(np.complex128), "R0-p(R1,C1)")


def test_bad_options_are_refused() -> None:
    with pytest.raises(InputError, match="allowed: modulus, unit, proportional"):
        fit_circuit(FREQ_HZ, TWO_ARCS, "R0", weighting="boukamp")
    with pytest.raises(InputError, match="14 parameters for 6 points"):
        fit_circuit(FREQ_HZ[:6], TWO_ARCS[:6], "L0-R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-p(R4,CPE4)")
    with pytest.raises(InputError, match="sigma"):
        fit_circuit(FREQ_HZ, TWO_ARCS, "R0", sigma_ohm=np.zeros(FREQ_HZ.size))


def test_a_series_comes_out_as_each_alone() -> None:
    spectra = [(FREQ_HZ[i:], noisy(TWO_ARCS, 20 + i)[i:]) for i in range(5)]  # five lengths
    spectra[2][1][8] *= 1.2
    for (freq, z), fit in zip(spectra, fit_series(spectra, "L0-R0-p(R1,CPE1)-p(R2,CPE2)"), strict=True):
        alone = fit_circuit(freq, z, "L0-R0-p(R1,CPE1)-p(R2,CPE2)")
        assert fit.chi2 == pytest.approx(alone.chi2, rel=1e-6)
        assert values(fit) == pytest.approx(values(alone), rel=1e-3)
        assert [p.sd_log for p in fit.parameters] == pytest.approx([p.sd_log for p in alone.parameters], rel=1e-2)
        assert list(fit.outliers) == list(alone.outliers)


def test_a_spiked_last_point_is_found_by_the_circuit() -> None:
    z = noisy(TWO_ARCS, 10)
    z[-1] *= 1.2
    assert not find_outliers(FREQ_HZ, z)[-1]  # a blocking capacitance explains it as well
    fit = fit_circuit(FREQ_HZ, z, "L0-R0-p(R1,CPE1)-p(R2,CPE2)")
    assert list(np.flatnonzero(fit.outliers)) == [FREQ_HZ.size - 1]
    assert values(fit)["R2"] == pytest.approx(300, rel=0.03)
    assert fit.sd_point == pytest.approx(0.003, rel=0.2)


def test_what_a_circuit_lacks_is_no_outlier() -> None:
    z = noisy(TWO_ARCS + 1 / (5e-2 * (1j * W) ** 0.9), 11)  # the tail lifts the last few points alone
    fit = fit_circuit(FREQ_HZ, z, "L0-R0-p(R1,CPE1)-p(R2,CPE2)")
    assert fit.sd_point > 0.006
    assert not fit.outliers.any()


@pytest.mark.parametrize(("points", "r_ohm"), [(20, 1.0), (20, 33.3), (71, 33.3), (64, 1.0)])
def test_an_exact_resistor_gets_no_arc_for_what_is_rounding(points: int, r_ohm: float) -> None:
    found = select(Problem(np.geomspace(1e6, 0.1, points), np.full(points, r_ohm + 0j)))
    assert found.best.circuit.text == "R0"
