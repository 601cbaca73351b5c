"""The box grows with successes, shrinks with failures, starts again, and depends on the ordered tells alone."""

import numpy as np
import pytest
from adatom.cloud.optimize.acquisition import trust
from hypothesis import given
from hypothesis import strategies as st


def length(losses: list[float], first: int = 1, dimension: int = 4) -> float:
    vectors = np.linspace(0.0, 1.0, len(losses))[:, None] * np.ones(dimension)
    return trust.region(vectors, np.array(losses), first).length


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.0], 0.8),
        ([3.0, 2.0, 1.0, 0.0], 1.6),
        ([0.0] + [1.0] * 4, 0.4),
        ([0.0] + [1.0] * 8, 0.2),
        ([3.0, 2.0, 1.0, 5.0, 0.0], 0.8),  # not in a row
        ([0.0] + [1.0] * 4 * 7, 0.8),  # collapsed: 0.8 / 2^7 is below the least length
    ],
)
def test_length_by_the_tells(losses: list[float], expected: float) -> None:
    assert length(losses) == pytest.approx(expected)


def test_the_first_points_are_no_choice() -> None:
    assert length([0.0] + [1.0] * 4, first=5) == trust.LENGTH_START


def test_patience_grows_with_the_dimension() -> None:
    assert length([0.0] + [1.0] * 8, dimension=9) == trust.LENGTH_START


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60))
def test_the_centre_is_the_best_and_the_box_holds_it(losses: list[float]) -> None:
    vectors = np.random.default_rng(len(losses)).random((len(losses), 3))
    region = trust.region(vectors, np.array(losses), 2)
    low, high = region.bounds()
    assert (region.centre == vectors[int(np.argmin(losses))]).all()
    assert ((low <= region.centre) & (region.centre <= high)).all()
    assert ((low >= 0.0) & (high <= 1.0)).all()


def test_it_pays_in_wide_spaces_and_long_searches() -> None:
    assert trust.pays(9, 10)
    assert trust.pays(2, 151)
    assert not trust.pays(8, 150)
