"""Coefficients against scipy's, intervals against truth, and what cannot be correlated."""

import numpy as np
import pytest
from adatom.cloud.measure.correlate.correlations import clear, correlations
from adatom.protocol.errors import InputError
from scipy import stats


def columns(seed: int, n: int = 25, rho: float = 0.8) -> dict[str, list[float | None]]:
    rng = np.random.default_rng(seed)
    x, noise, other = rng.standard_normal((3, n))
    return {"sq": x.tolist(), "r": (rho * x + np.sqrt(1 - rho**2) * noise).tolist(), "other": other.tolist()}


def test_coefficients_are_scipys() -> None:
    data = columns(1)
    pair = correlations(data, ["sq"], ["r"])[0]
    assert pair.spearman.value == pytest.approx(stats.spearmanr(data["sq"], data["r"]).statistic)
    assert pair.pearson.value == pytest.approx(stats.pearsonr(data["sq"], data["r"]).statistic)
    assert clear(pair)


def test_the_clear_one_comes_first_and_all_pairs_are_corrected_for() -> None:
    found = correlations(columns(2), ["other", "sq"], ["r"])
    assert [pair.first for pair in found] == ["sq", "other"]
    assert found[0].spearman.holm_p == pytest.approx(2 * found[0].spearman.p)
    assert not clear(found[1])


def test_intervals_hold() -> None:
    found = [correlations(columns(seed, 40, 0.6), ["sq"], ["r"])[0].pearson for seed in range(12)]
    assert sum(one.low <= 0.6 <= one.high for one in found) >= 9
    assert all(one.high - one.low < 0.8 for one in found)


def test_samples_without_one_are_left_out() -> None:
    data = columns(3)
    data["r"][4] = None
    assert correlations(data, ["sq"], ["r"])[0].samples == 24


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (["nothing"], ["r"], "is no column of numbers"),
        (["r"], ["r"], "not the same"),
        (["flat"], ["r"], "the same in all samples"),
        (["few"], ["r"], "at least 5"),
    ],
)
def test_what_cannot_be_correlated(first: list[str], second: list[str], problem: str) -> None:
    data = {**columns(4), "flat": [1.0] * 25, "few": [1.0, 2.0, *[None] * 23]}
    with pytest.raises(InputError, match=problem):
        correlations(data, first, second)
