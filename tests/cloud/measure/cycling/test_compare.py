import numpy as np
import pytest
from adatom.cloud.measure.cycling.compare import compare, holm, life_ratio, outlives
from adatom.protocol.errors import InputError

from tests.cloud.measure.cycling.groups import PLACEBO, TREATED, lives


def test_the_textbook_comparison() -> None:
    """R's survreg has log ratio 1.267 and scale 0.732; its log-rank test chi-squared 16.79."""
    (found,) = compare([TREATED, PLACEBO], "placebo")
    assert found.ratio is not None
    assert np.log(found.ratio.value) == pytest.approx(1.267, abs=1e-3)
    assert 1.8 < found.ratio.low < 2.2
    assert 6.3 < found.ratio.high < 8.0
    assert found.log_rank_p == pytest.approx(4.17e-5, rel=1e-3)
    assert found.holm_p == found.log_rank_p
    assert found.effect_d == pytest.approx(1.267 / 0.732 * 6**0.5 / np.pi, abs=2e-3)
    assert 0.75 < found.outlives < 0.85


def test_the_ratio_turns_with_its_groups_and_does_not_know_the_unit() -> None:
    there, _ = life_ratio(TREATED, PLACEBO)
    hours = [lives(g.name, (24 * g.cycles).tolist(), g.failed.tolist()) for g in (PLACEBO, TREATED)]
    back, _ = life_ratio(*hours)
    assert there is not None
    assert back is not None
    assert back.value == pytest.approx(1 / there.value)
    assert back.low == pytest.approx(1 / there.high, rel=0.1)


def test_intervals_of_small_groups_hold() -> None:
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(60):
        good = 1000 * rng.weibull(2.0, 5)
        found, _ = life_ratio(
            lives("good", np.minimum(good, 1200).tolist(), (good <= 1200).tolist()),
            lives("bad", (100 * rng.weibull(2.0, 5)).tolist()),
        )
        held += found is not None and found.low <= 10 <= found.high
    assert held >= 52  # 57 expected, with a standard deviation of 1.7


def test_a_group_that_never_fails_bounds_the_ratio_from_below() -> None:
    good, bad = lives("good", [50.0] * 6, [0] * 6), lives("bad", [4.0, 5.0, 6.0, 5.0, 7.0])
    (found,) = compare([good, bad], "bad")
    assert found.ratio is not None
    assert found.ratio.low > 5
    assert (found.ratio.value, found.ratio.high) == (np.inf, np.inf)
    assert "from one side" in found.notes[0]
    (turned,) = compare([good, bad], "good")
    assert turned.ratio is not None
    assert (turned.ratio.low, turned.ratio.value) == (0, 0)
    assert turned.ratio.high < 0.2


def test_without_any_failure_there_is_nothing_to_compare() -> None:
    (found,) = compare([lives("a", [50.0], [0]), lives("b", [50.0], [0])], "b")
    assert (found.ratio, found.log_rank_p, found.holm_p, found.outlives) == (None, None, None, 0.5)


def test_scatter_that_differs_is_noted() -> None:
    rng = np.random.default_rng(3)
    even, wide = (
        lives("even", (100 * rng.weibull(9.0, 30)).tolist()),
        lives("wide", (100 * rng.weibull(0.7, 30)).tolist()),
    )
    assert "scatter differently" in compare([even, wide], "wide")[0].notes[0]


def test_pairs() -> None:
    assert outlives(lives("a", [9.0]), lives("b", [5.0])) == 1
    assert outlives(lives("a", [5.0], [0]), lives("b", [5.0])) == 1
    assert outlives(lives("a", [4.0], [0]), lives("b", [5.0])) == 0.5
    assert outlives(lives("a", [5.0]), lives("b", [5.0])) == 0.5


def test_holm_is_that_of_his_paper() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("names", "problem"), [(["a", "b"], "'baseline' is no group; groups: a, b"), (["baseline"], "at least two")]
)
def test_groups_that_cannot_be_compared(names: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        compare([lives(name, [5.0]) for name in names], "baseline")
