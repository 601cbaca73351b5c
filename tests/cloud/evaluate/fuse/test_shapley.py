"""Shapley's axioms on any game, and the two games of the scores."""

import numpy as np
import pytest
from adatom.cloud.evaluate.fuse.shapley import Flags, of_candidate, of_foretelling, shapley
from hypothesis import given, settings
from hypothesis import strategies as st

COUNT = 4
GAMES = st.lists(st.floats(-10, 10), min_size=2**COUNT, max_size=2**COUNT)


def game(worths: list[float]) -> "dict[bytes, float]":
    sets = (np.arange(2**COUNT)[:, None] >> np.arange(COUNT)) & 1 == 1
    return {taken.tobytes(): worth for taken, worth in zip(sets, worths, strict=True)}


def values(worths: list[float]) -> np.ndarray:
    table = game(worths)
    return shapley(COUNT, lambda taken: table[taken.tobytes()])


@given(GAMES)
@settings(max_examples=50, deadline=None)
def test_efficiency_all_that_is_gained_is_shared(worths: list[float]) -> None:
    assert values(worths).sum() == pytest.approx(worths[-1] - worths[0], abs=1e-9)


@given(GAMES, GAMES, st.floats(-3, 3))
@settings(max_examples=50, deadline=None)
def test_linearity(one: list[float], two: list[float], factor: float) -> None:
    both = [a + factor * b for a, b in zip(one, two, strict=True)]
    assert values(both) == pytest.approx(values(one) + factor * values(two), abs=1e-8)


@given(GAMES)
@settings(max_examples=50, deadline=None)
def test_a_player_that_adds_nothing_gets_nothing_and_equal_ones_the_same(worths: list[float]) -> None:
    table = game(worths)

    def without_first(taken: Flags) -> float:
        return table[np.append(False, taken[1:]).tobytes()]

    def two_alike(taken: Flags) -> float:
        ordered = np.array([*sorted(taken[:2]), *taken[2:]])
        return table[ordered.tobytes()]

    assert shapley(COUNT, without_first)[0] == pytest.approx(0.0, abs=1e-9)
    alike = shapley(COUNT, two_alike)
    assert alike[0] == pytest.approx(alike[1], abs=1e-9)


def test_a_candidate_is_explained_by_weight_times_distance_from_the_mean() -> None:
    rng = np.random.default_rng(1)
    others, weights = rng.random((20, 5)), np.array([0.3, 0.1, 0.1, 0.2, 0.3])
    found = of_candidate(others[3], others, weights)
    assert found == pytest.approx(weights * (others[3] - others.mean(axis=0)))
    assert found.sum() == pytest.approx(others[3] @ weights - (others @ weights).mean())


def test_the_score_that_foretells_gets_what_is_gained() -> None:
    rng = np.random.default_rng(2)
    terms = rng.random((150, 5))
    good = (rng.random(150) < 1.0 / (1.0 + np.exp(-8.0 * (terms[:, 1] - 0.5)))).astype(float)
    shares, all_of_them, none = of_foretelling(terms, good, np.full(5, 0.2))
    assert shares.sum() == pytest.approx(all_of_them - none)
    assert shares.argmax() == 1
    assert shares[1] > 2.0 * np.abs(np.delete(shares, 1)).max()
