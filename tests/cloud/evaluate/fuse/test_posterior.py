"""Weights from outcomes and preferences: the prior where nothing is told, the truth where much is."""

import numpy as np
import pytest
from adatom.cloud.evaluate.fuse.posterior import Preference, log_ratios, posterior, weights_of

PRIOR = np.array([0.3, 0.1, 0.1, 0.2, 0.3])
NOTHING = np.zeros((0, 5))


def compared(count: int, weights: np.ndarray, sharpness: float, seed: int) -> tuple[np.ndarray, list[Preference]]:
    """Candidates, and answers of someone with these weights by Bradley and Terry's model."""
    rng = np.random.default_rng(seed)
    terms = rng.random((60, 5))
    found = []
    for _ in range(count):
        a, b = (int(k) for k in rng.choice(60, 2, replace=False))
        if rng.random() > 1.0 / (1.0 + np.exp(-sharpness * float((terms[a] - terms[b]) @ weights))):
            a, b = b, a
        found.append(Preference(a, b, sharpness))
    return terms, found


def test_without_evidence_the_weights_are_the_prior() -> None:
    found = posterior(PRIOR, NOTHING, np.zeros(0), NOTHING, [])
    assert found.weights == pytest.approx(PRIOR, abs=1e-4)
    assert found.distance(PRIOR) == pytest.approx(0.0, abs=1e-2)
    assert (found.sds > 0.02).all()


def test_log_ratios_and_weights_are_inverse() -> None:
    assert weights_of(log_ratios(PRIOR)) == pytest.approx(PRIOR)
    assert log_ratios(PRIOR).sum() == pytest.approx(0.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_by_bradley_and_terry_give_back_the_weights(seed: int) -> None:
    true = np.array([0.1, 0.45, 0.1, 0.25, 0.1])
    terms, answers = compared(250, true, 20.0, seed)
    found = posterior(PRIOR, NOTHING, np.zeros(0), terms, answers)
    assert np.abs(found.weights - true).sum() < 0.4 * np.abs(PRIOR - true).sum()
    assert found.distance(true) < 4.0
    assert found.sds.max() < 0.06


def test_who_answers_by_chance_moves_little_and_equal_pulls_together() -> None:
    terms, answers = compared(80, np.array([0.1, 0.45, 0.1, 0.25, 0.1]), 20.0, 3)
    moved = []
    for sharpness in (0.0, 2.0, 20.0):
        said = [Preference(one.better, one.worse, sharpness) for one in answers]
        moved.append(np.abs(posterior(PRIOR, NOTHING, np.zeros(0), terms, said).weights - PRIOR).sum())
    assert moved[0] == pytest.approx(0.0, abs=1e-3)
    assert moved[0] < moved[1] < moved[2]
    pair = np.array([[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]])
    alike = posterior(PRIOR, NOTHING, np.zeros(0), pair, [Preference(0, 1, 20.0, equal=True)] * 5).weights
    assert abs(alike[0] - alike[1]) < 0.5 * abs(PRIOR[0] - PRIOR[1])


def test_outcomes_raise_the_weight_of_the_score_that_tells() -> None:
    rng = np.random.default_rng(4)
    terms = rng.random((150, 5))
    good = (rng.random(150) < 1.0 / (1.0 + np.exp(-10.0 * (terms[:, 1] - 0.5)))).astype(float)
    found = posterior(PRIOR, terms, good, NOTHING, [])
    assert found.weights[1] > 2.0 * PRIOR[1]
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.slope > 0.3
