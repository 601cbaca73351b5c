"""What a fit says of its uncertainty: ends by profile likelihood, sums whose split is not determined."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.arrays import Floats, Indices
from adatom.cloud.measure.eis.circuit import parse_circuit
from adatom.cloud.measure.eis.fit import Problem, fit_circuit, fit_problem
from adatom.cloud.measure.eis.intervals import Wanted, profile_ends, student
from adatom.cloud.measure.eis.least_squares import Model, minimise
from adatom.cloud.measure.eis.result import CircuitFit
from adatom.cloud.measure.eis.select import select

from .spectra import FREQ_HZ, arc
from .test_fit import TWO_ARCS, W, noisy

CIRCUIT = parse_circuit("L0-R0-p(R1,CPE1)-p(R2,CPE2)")
R1, R2 = 2, 5
NEAR_ARCS = 20 + arc(W, 100.0, 1e-6, 0.9) + arc(W, 150.0, 2e-6, 0.8) + 5e-7j * W  # half a decade apart


def cost_with(problem: Problem, fit: CircuitFit, column: int, value: float) -> float:
    """The least sum of squares with one parameter held."""
    lower, upper = problem.bounds(CIRCUIT)
    lower[column] = upper[column] = np.log(value)
    found = minimise(
        problem.model(CIRCUIT), fit.log_p[None], lower, upper, amplitude=CIRCUIT.amplitude, max_steps=300,
        tolerance=1e-9,
    )  # fmt: skip
    return float(found.cost[0])


@pytest.mark.parametrize("column", [R1, R2])
def test_ends_are_where_the_best_fit_is_just_too_bad(column: int) -> None:
    problem = Problem(FREQ_HZ, noisy(NEAR_ARCS, 3))
    fit = fit_problem(problem, CIRCUIT)
    parameter, dof = fit.parameters[column], 2 * fit.points - CIRCUIT.size
    assert parameter.sd_log > 0.1
    for end in (parameter.low, parameter.high):
        worse = (cost_with(problem, fit, column, end) / fit.chi2 - 1) * dof
        assert np.sqrt(worse) == pytest.approx(student(dof), rel=0.06), end
    assert np.log(parameter.high / parameter.value) != pytest.approx(np.log(parameter.value / parameter.low), rel=0.05)


def test_well_known_parameters_have_the_interval_of_their_standard_error() -> None:
    fit = fit_circuit(FREQ_HZ, noisy(TWO_ARCS, 1), CIRCUIT)
    for parameter in fit.parameters:
        reach = student(2 * fit.points - CIRCUIT.size) * parameter.sd_log
        ends = (parameter.value * np.exp(-reach), parameter.value * np.exp(reach))
        assert (parameter.low, parameter.high) == pytest.approx(ends, rel=1e-9), parameter.name
    assert fit.totals == ()


def test_of_arcs_that_overlap_the_sum_is_told() -> None:
    near = 20 + arc(W, 100.0, 1e-6, 0.9) + arc(W, 150.0, 1.2e-6, 0.8)
    (total,) = fit_circuit(FREQ_HZ, noisy(near, 4), "R0-p(R1,CPE1)-p(R2,CPE2)").totals
    assert total.names == ("R1", "R2")
    assert total.low < 250.0 < total.high
    assert total.high / total.low < 1.03


def test_a_resistance_without_an_end_says_so() -> None:
    beyond = 20 + arc(W, 1e7, 1e-6, 0.9)  # a sweep that sees the beginning of an arc
    r1 = fit_circuit(FREQ_HZ[FREQ_HZ > 10], noisy(beyond, 5)[FREQ_HZ > 10], "R0-p(R1,CPE1)").parameters[1]
    assert r1.high == np.inf
    assert 0 < r1.low < 1e7


def test_ends_are_sought_of_the_chosen_circuit_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take as long as the fits: of every candidate they were half of the time of a selection."""
    asked: list[int] = []

    def counted(model: Model, wanted: Wanted, amplitude: Indices) -> Floats:
        asked.append(wanted.side.size)
        return profile_ends(model, wanted, amplitude)

    monkeypatch.setattr("adatom.cloud.measure.eis.result.profile_ends", counted)
    found = select(Problem(FREQ_HZ, noisy(NEAR_ARCS, 3)))
    assert len(found.candidates) > 3
    assert len(asked) == 1
    assert any(one.fit is found.best for one in found.candidates)
    fitted = fit_problem(Problem(FREQ_HZ, noisy(NEAR_ARCS, 3)), found.best.circuit)
    assert len(asked) == 2
    for one, other in zip(found.best.parameters, fitted.parameters, strict=True):
        assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=0.02), one.name


def test_an_exact_fit_has_ends(recwarn: pytest.WarningsRecorder) -> None:
    fit = fit_circuit(FREQ_HZ, np.full(FREQ_HZ.size, 50.0 + 0j), "R0-p(R1,CPE1)")
    assert fit.parameters[0].low <= 50.0 <= fit.parameters[0].high * (1 + 1e-9)
    assert not recwarn.list
