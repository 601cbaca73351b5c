"""Critical currents of groups: the laws beside lifelines' fits, intervals that hold, sides that are open."""

import numpy as np
import pytest
from adatom.cloud.measure.cycling.critical import Brackets, compare_critical, fit_critical
from adatom.cloud.measure.cycling.steps import LAWS, LOGNORMAL, WEIBULL, Law, fit_steps
from adatom.protocol.errors import InputError

PASSED = np.array([0.105, 0.16, 0.12, 0.21, 0.184, 0.139, 0.28, 0.0])
SHORTED = np.array([0.12, 0.184, 0.139, 0.24, 0.21, 0.16, np.inf, 0.115])
BASE = Brackets("baseline", PASSED, SHORTED)


def times(factor: float, name: str = "better") -> Brackets:
    return Brackets(name, factor * PASSED, factor * SHORTED)


def drawn(law: Law, rng: np.random.Generator, cells: int, median: float, sd: float, name: str = "a") -> Brackets:
    """Cells of a law on a ramp that grows by 15 % up to 3 mA/cm²."""
    x = np.exp(np.log(median) + sd * (law.draw(rng, (cells,)) - law.median_z))
    ladder = 0.02 * 1.15 ** np.arange(37)
    row = np.searchsorted(ladder, x)
    passed = np.where(row > 0, ladder[np.maximum(row - 1, 0)], 0.0)
    return Brackets(name, passed, np.where(row < ladder.size, ladder[np.minimum(row, ladder.size - 1)], np.inf))


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_laws_are_those_of_lifelines(law: Law) -> None:
    from lifelines import LogNormalFitter, WeibullFitter

    fitter = (WeibullFitter() if law is WEIBULL else LogNormalFitter()).fit_interval_censoring(PASSED, SHORTED)
    found = fit_critical(BASE, law)
    assert found is not None
    assert found.median.value == pytest.approx(fitter.median_survival_time_, rel=1e-3)
    assert found.log_likelihood == pytest.approx(fitter.log_likelihood_, abs=1e-4)
    assert found.scatter.value == pytest.approx(1 / fitter.rho_ if law is WEIBULL else fitter.sigma_, rel=1e-3)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_many_cells_give_the_law_that_they_were_drawn_from(law: Law) -> None:
    cells = drawn(law, np.random.default_rng(3), 4000, 0.3, 0.35)
    found = fit_steps(*cells.logs, [np.arange(4000)], law)
    median = float(np.exp((law.median_z + found.place[0, 0]) / found.inverse[0]))
    assert median == pytest.approx(0.3, rel=0.02)
    assert 1.0 / found.inverse[0] == pytest.approx(0.35, rel=0.05)


def test_intervals_of_five_cells_hold() -> None:
    rng = np.random.default_rng(4)
    fits = [fit_critical(drawn(WEIBULL, rng, 5, 0.2, 0.4), WEIBULL) for _ in range(25)]
    held = [one.median.low <= 0.2 <= one.median.high for one in fits if one is not None]
    assert len(held) == 25
    assert sum(held) >= 20  # 0.1 % of honest intervals do worse


def test_the_ratio_is_found_and_turns_around() -> None:
    [found] = compare_critical([BASE, times(3.0)], "baseline", WEIBULL)
    assert found.ratio.value == pytest.approx(3.0, rel=1e-6)
    assert 1.0 < found.ratio.low < 3.0 < found.ratio.high
    assert found.p < 0.01
    [back] = compare_critical([BASE, times(3.0)], "better", WEIBULL)
    assert back.ratio.value == pytest.approx(1 / found.ratio.value, rel=1e-6)
    [same] = compare_critical([BASE, times(1.0)], "baseline", LOGNORMAL)
    assert same.ratio.low < 1.0 < same.ratio.high
    assert same.p > 0.9


def test_a_group_that_nothing_shorts_bounds_the_ratio_from_one_side() -> None:
    living = Brackets("living", np.full(4, 1.0), np.full(4, np.inf))
    assert fit_critical(living, WEIBULL) is None
    [found] = compare_critical([BASE, living], "baseline", WEIBULL)
    assert (found.ratio.value, found.ratio.high) == (np.inf, np.inf)
    assert 1.0 < found.ratio.low < 10.0
    assert "one side" in found.notes[0]
    [back] = compare_critical([BASE, living], "living", WEIBULL)
    assert back.ratio.value == back.ratio.low == 0.0
    assert back.ratio.high == pytest.approx(1 / found.ratio.low, rel=1e-3)


def test_cells_of_one_step_have_an_interval_wider_than_it() -> None:
    found = fit_critical(Brackets("a", np.full(3, 0.1), np.full(3, 0.115)), LOGNORMAL)
    assert found is not None
    assert found.median.low < 0.1
    assert found.median.high > 0.115
    assert "scatter is not seen" in found.notes[0]


def test_cells_that_all_ended_at_the_first_or_beyond_the_last_current_have_an_interval() -> None:
    found = fit_critical(Brackets("a", np.array([0.0, 0.0, 2.0]), np.array([0.02, 0.02, np.inf])), WEIBULL)
    assert found is not None
    assert found.median.low < 0.02 < found.median.high


def test_the_fit_is_the_maximum() -> None:
    low, high = BASE.logs
    best = fit_steps(low, high, [np.arange(8)], WEIBULL)
    shape, place = best.inverse[0], best.place[0, 0]
    for a, b in ((1.01, 0.0), (0.99, 0.0), (1.0, 0.02), (1.0, -0.02)):
        za, zb = (a * shape * x - place - b for x in (low, high))
        assert np.log(WEIBULL.below(zb) - WEIBULL.below(za)).sum() < best.log_likelihood[0] + 1e-6


def test_a_law_that_fits_better_is_named() -> None:
    early = np.concatenate([np.geomspace(0.3, 0.4, 30), [0.003, 0.004]])
    found = fit_critical(Brackets("a", early, 1.15 * early), LOGNORMAL)
    assert found is not None
    assert "a Weibull law fits these cells better" in found.notes


@pytest.mark.parametrize(
    ("passed", "shorted"), [([], []), ([0.2], [0.1]), ([-0.1], [0.1]), ([np.inf], [np.inf]), ([np.nan], [1.0])]
)
def test_brackets_that_are_none_are_refused(passed: list[float], shorted: list[float]) -> None:
    with pytest.raises(InputError):
        Brackets("a", np.array(passed), np.array(shorted))


def test_too_few_shorted_cells_are_refused_in_words() -> None:
    one = Brackets("one", np.array([0.1, 0.2]), np.array([0.2, np.inf]))
    none = Brackets("baseline", np.array([0.1]), np.array([np.inf]))
    with pytest.raises(InputError, match="fewer than two"):
        compare_critical([none, one], "baseline", WEIBULL)
    with pytest.raises(InputError, match="no group"):
        compare_critical([none, one], "x", WEIBULL)
    with pytest.raises(InputError, match="at least two"):
        compare_critical([none], "baseline", WEIBULL)
