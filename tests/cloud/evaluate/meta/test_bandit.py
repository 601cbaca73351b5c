"""Steps of the bandit: bounded, towards what tells, and nothing where nothing is to be gained."""

import numpy as np
import pytest
from adatom.cloud.evaluate.meta.bandit import MOST_STEP, block_sd, bounded, proposal
from hypothesis import given, settings
from hypothesis import strategies as st

WEIGHTS = np.array([0.3, 0.1, 0.1, 0.2, 0.3])
SHARES = st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5).map(lambda x: np.array(x) / sum(x))


@given(SHARES, SHARES, st.floats(0.001, 0.5))
@settings(max_examples=60, deadline=None)
def test_a_step_is_never_longer_than_its_bound_and_stays_weights(
    start: np.ndarray, end: np.ndarray, most: float
) -> None:
    there = bounded(start, end, most)
    assert 0.5 * np.abs(there - start).sum() <= most + 1e-12
    assert there.sum() == pytest.approx(1.0)
    assert (there > 0.0).all()
    if 0.5 * np.abs(end - start).sum() <= most:
        assert there == pytest.approx(end)


def test_the_gradient_leads_to_the_score_that_tells() -> None:
    rng = np.random.default_rng(1)
    terms = rng.random((120, 5))
    good = (rng.random(120) < 1.0 / (1.0 + np.exp(-10.0 * (terms[:, 1] - 0.5)))).astype(float)
    said = proposal(WEIGHTS, terms, good, rng)
    assert said.weights[1] > WEIGHTS[1] + 0.5 * MOST_STEP
    assert 0.5 * np.abs(said.weights - WEIGHTS).sum() <= MOST_STEP + 1e-12
    assert said.gain > said.gain_sd > 0.0


def test_equal_candidates_give_no_gradient() -> None:
    said = proposal(WEIGHTS, np.full((30, 5), 0.4), np.ones(30), np.random.default_rng(2))
    assert said.gain == pytest.approx(0.0, abs=1e-9)


def test_the_doubt_is_of_blocks() -> None:
    assert block_sd(np.zeros(9)) == np.inf
    assert block_sd(np.repeat([0.0, 1.0], 5)) == pytest.approx(np.std([0, 1], ddof=1) / np.sqrt(2))
