"""From circuits to material constants: formulas by hand, truths in intervals, geometry's uncertainty carried over."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.capacitance import brug_blocking, brug_faradaic, hsu_mansfeld
from adatom.cloud.measure.eis.electrolyte import Physics, physics_of
from adatom.cloud.measure.eis.fit import Problem, fit_circuit
from adatom.cloud.measure.eis.geometry import Geometry, Value, propagated
from adatom.cloud.measure.eis.select import select
from adatom.protocol.errors import InputError

from .pellet import AREA_CM2, FREQ_HZ, THICKNESS_CM, Pellet
from .spectra import arc

GEOMETRY = Geometry(AREA_CM2, 0.01, THICKNESS_CM, 0.002)
EXACT = Geometry(AREA_CM2, 0.0, THICKNESS_CM, 0.0)


def test_capacitances_by_hand() -> None:
    q, n, r_series, r = 2e-5, 0.85, 12.0, 340.0
    log_q, log_series, log_r = np.log([q, r_series, r])
    faradaic = q ** (1 / n) * (1 / r_series + 1 / r) ** ((n - 1) / n)
    assert np.exp(brug_faradaic(log_q, n, log_series, log_r)) == pytest.approx(faradaic)
    assert np.exp(brug_blocking(log_q, n, log_series)) == pytest.approx(q ** (1 / n) * r_series ** ((1 - n) / n))
    assert np.exp(hsu_mansfeld(log_q, n, log_r)) == pytest.approx((q * r) ** (1 / n) / r)  # τ / R


def test_capacitances_agree_where_they_must() -> None:
    log_q = np.log(3e-6)
    for found in (brug_faradaic(log_q, 1.0, 2.0, 5.0), brug_blocking(log_q, 1.0, 2.0), hsu_mansfeld(log_q, 1.0, 5.0)):
        assert found == pytest.approx(log_q)
    assert brug_faradaic(log_q, 0.8, 2.0, 300.0) == pytest.approx(brug_blocking(log_q, 0.8, 2.0))  # R without end


def test_uncertainty_is_carried_over_with_its_correlations() -> None:
    log_p = np.log([100.0, 50.0])
    covariance = np.array([[4e-4, -3e-4], [-3e-4, 9e-4]])
    found = propagated(lambda p: float(np.logaddexp(*p)), log_p, covariance, "Ω")
    drawn = np.exp(np.random.default_rng(1).multivariate_normal(log_p, covariance, 200_000)).sum(axis=1)
    assert found.value == pytest.approx(150.0)
    assert found.sd_log == pytest.approx(np.log(drawn).std(), rel=0.01)
    twice = found.times(2.0, "Ω", 0.03, 0.04)
    assert twice.sd_log == pytest.approx(np.hypot(found.sd_log, 0.05))


def analysed(temperature_c: float, seed: int, geometry: Geometry = GEOMETRY) -> Physics:
    z_ohm = Pellet(permittivity=50.0).spectrum(temperature_c, 0.003, seed)
    return physics_of(select(Problem(FREQ_HZ, z_ohm)).best, geometry)


def test_a_pellet_is_bulk_and_grain_boundary() -> None:
    found = analysed(25.0, 3)
    assert [one.role for one in found.arcs] == ["bulk", "grain boundary"]
    bulk, grains = Pellet().resistances(25.0)
    truths: list[tuple[Value | None, float]] = [
        (found.bulk, THICKNESS_CM / AREA_CM2 / bulk),
        (found.total, THICKNESS_CM / AREA_CM2 / (bulk + grains)),
        (found.arcs[0].permittivity, 50.0),
        (found.arcs[1].hsu_mansfeld, 3e-9),
    ]
    for one, truth in truths:
        assert one is not None
        assert one.interval[0] < truth < one.interval[1]
        thick = 0.0 if one.unit == "F/cm²" else 0.002 / THICKNESS_CM
        assert one.sd_log == pytest.approx(np.hypot(0.01 / AREA_CM2, thick), rel=0.3)
    assert found.blocking is not None


def test_conductivities_hold_their_intervals() -> None:
    """By the fit alone, geometry exact: 15 spectra, of which 12 and fewer would be rare (1 in 30) at 95 %."""
    bulk, grains = Pellet().resistances(25.0)
    truth, hits = THICKNESS_CM / AREA_CM2 / (bulk + grains), 0
    for seed in range(15):
        total = analysed(25.0, seed, EXACT).total
        assert total is not None
        hits += total.interval[0] < truth < total.interval[1]
    assert hits >= 13


def test_a_bulk_too_fast_to_be_seen_is_the_series_resistance() -> None:
    slow: Floats = FREQ_HZ[FREQ_HZ < 1e5]
    w = 2 * np.pi * slow
    z = 200.0 + arc(w, 300.0, 3e-9 * AREA_CM2, 0.95)
    noisy = z * (1 + 1e-4 * np.random.default_rng(1).standard_normal(w.size))
    fit = fit_circuit(slow, noisy, "R0-p(R1,CPE1)")
    found = physics_of(fit, EXACT)
    assert found.bulk is not None
    assert found.total is not None
    assert found.bulk.value == pytest.approx(THICKNESS_CM / AREA_CM2 / 200.0, rel=0.01)
    assert found.total.value == pytest.approx(THICKNESS_CM / AREA_CM2 / 500.0, rel=0.01)
    assert "leads included" in found.notes[0]


def test_an_interface_counts_for_one_of_two_sides() -> None:
    w = 2 * np.pi * FREQ_HZ
    z = 50.0 + arc(w, 120.0, 2e-6, 0.9)
    noisy = z * (1 + 1e-4 * np.random.default_rng(2).standard_normal(w.size))
    fit = fit_circuit(FREQ_HZ, noisy, "R0-p(R1,CPE1)")
    two, one = (physics_of(fit, Geometry(AREA_CM2, symmetric=symmetric)).arcs[0] for symmetric in (True, False))
    assert two.role == one.role == "interface"
    assert one.hsu_mansfeld.value == pytest.approx(2e-6 / AREA_CM2, rel=0.01)
    assert two.hsu_mansfeld.value == pytest.approx(2 * one.hsu_mansfeld.value)
    assert two.permittivity is None


@pytest.mark.parametrize(("exponent", "blocks"), [(0.9, True), (0.5, False)])
def test_a_tail_of_diffusion_is_no_blocking_electrode(exponent: float, blocks: bool) -> None:
    w = 2 * np.pi * FREQ_HZ
    z = 50.0 + 1.0 / (1e-4 * (1j * w) ** exponent)
    fit = fit_circuit(FREQ_HZ, z * (1 + 1e-4 * np.random.default_rng(2).standard_normal(w.size)), "R0-CPE1")
    found = physics_of(fit, Geometry(AREA_CM2)).blocking
    assert (found is not None) == blocks
    if found is not None:  # two electrodes in series
        truth = (1e-4) ** (1 / 0.9) * 50.0 ** (0.1 / 0.9) * 2 / AREA_CM2
        assert found.value == pytest.approx(truth, rel=0.01)


def test_without_a_thickness_there_is_no_conductivity() -> None:
    found = analysed(25.0, 1, Geometry(AREA_CM2))
    assert (found.bulk, found.total) == (None, None)
    assert "--thickness-cm" in found.notes[0]
    assert {one.role for one in found.arcs} == {"pellet"}


@pytest.mark.parametrize(
    "sizes", [(0.0,), (-1.0,), (1.0, -0.1), (1.0, 1.0), (1.0, 0.0, 0.0), (1.0, 0.0, 0.1, 0.2), (np.nan,)]
)
def test_sizes_are_checked(sizes: tuple[float, ...]) -> None:
    with pytest.raises(InputError):
        Geometry(*sizes)


def test_a_circuit_of_other_parts_has_no_conductivity() -> None:
    fit = fit_circuit(FREQ_HZ, Pellet().spectrum(25.0, 0.003, 1), "R0-p(R1,C1)-p(R2,CPE2)")
    found = physics_of(fit, EXACT)
    assert (found.bulk, found.total) == (None, None)
    assert "out of sight" in found.notes[0]


def test_a_conductivity_has_the_ends_of_its_resistance() -> None:
    """Where these are found by profile likelihood, the standard error alone tells others."""
    slow = FREQ_HZ[FREQ_HZ > 30.0]
    w = 2 * np.pi * slow
    z = arc(w, 3e5, 3e-9 * AREA_CM2, 0.9)
    noisy = z * (1 + 0.01 * (np.random.default_rng(3).standard_normal((2, w.size)).T @ [1.0, 1j]))
    fit = fit_circuit(slow[slow > 3e3], noisy[slow > 3e3], "p(R1,CPE1)")
    found, r = physics_of(fit, EXACT).total, fit.parameters[0]
    assert found is not None
    assert r.sd_log > 0.03
    per_ohm = THICKNESS_CM / AREA_CM2
    assert found.interval == pytest.approx((per_ohm / r.high, per_ohm / r.low))
    assert np.log(r.high / r.value) != pytest.approx(np.log(r.value / r.low), rel=0.01)
    wide = physics_of(fit, GEOMETRY).total
    assert wide is not None
    assert wide.interval[0] < found.interval[0] < found.interval[1] < wide.interval[1]


def test_a_resistance_at_its_limit_is_not_known_exactly() -> None:
    """No lead's resistance in series: R0 goes to the lower limit, and was a conductivity of 1e3 S/cm without error."""
    w = 2 * np.pi * FREQ_HZ
    z = arc(w, 300.0, 2e-6, 0.9) * (1 + 1e-3 * (np.random.default_rng(2).standard_normal((2, w.size)).T @ [1.0, 1j]))
    fit = fit_circuit(FREQ_HZ, z, "R0-p(R1,CPE1)")
    assert fit.parameters[0].held
    found = physics_of(fit, EXACT)
    assert (found.bulk, found.total) == (None, None)
    assert found.notes[-1].startswith("R0 at the limit")
    assert found.arcs[0].brug is not None
    assert found.arcs[0].brug.interval == (0.0, np.inf)


def test_what_is_known_to_less_than_a_thousandfold_has_no_end() -> None:
    assert Value(2.0, "Ω", 400.0).interval == (0.0, np.inf)
    assert Value(2.0, "Ω", np.inf).times(3.0, "Ω", 0.1).interval == (0.0, np.inf)
    low, high = Value(2.0, "Ω", 3.5).interval
    assert (low, high) == pytest.approx((2.0 * np.exp(-6.86), 2.0 * np.exp(6.86)))
    one = Value(2.0, "Ω", 0.1, (0.2, np.inf))
    assert one.interval == (pytest.approx(2.0 * np.exp(-0.2)), np.inf)
    assert one.inverse("S").interval == (0.0, pytest.approx(0.5 * np.exp(0.2)))
