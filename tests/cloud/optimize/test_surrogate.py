"""The surrogate finds what is there, and says how sure it is."""

import numpy as np
import pytest
from adatom.cloud.optimize.surrogate import Scale, Success, Surrogate, fit_hyper, pooled, unfolded


def data(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Losses that depend on the first of four inputs."""
    features = np.random.default_rng(seed).random((count, 4))
    return features, 3.0 * (features[:, 0] - 0.3) ** 2


def fitted(features: np.ndarray, losses: np.ndarray, sd: float = 0.01) -> Surrogate:
    scale = Scale.of(losses)
    sds = np.full(len(losses), sd)
    hyper = fit_hyper(features, scale.to_unit(losses), (sds / scale.spread) ** 2)
    return Surrogate(pooled(features, losses, sds), hyper, scale)


def test_it_learns_the_input_that_matters() -> None:
    model = fitted(*data(30))
    lengths = model.hyper[1:-1]
    assert lengths[0] < lengths[1:].min() - 0.5
    features, losses = data(50, 1)
    mean, _ = model.predict(features)
    assert np.corrcoef(mean, losses)[0, 1] > 0.98


def test_uncertainty_covers_what_it_should() -> None:
    model = fitted(*data(12))
    features, losses = data(200, 2)
    mean, sd = model.predict(features)
    assert np.mean(np.abs(mean - model.scale.folded(losses)) < 2.0 * sd) > 0.9


def test_pretended_points_leave_the_mean_and_shrink_the_doubt() -> None:
    model = fitted(*data(12))
    point = np.full((1, 4), 0.9)
    believing = model.with_belief(point)
    assert believing.predict(point)[0] == pytest.approx(model.predict(point)[0], abs=0.05)
    assert believing.predict(point)[1] < model.predict(point)[1]


def test_a_noisy_value_weighs_less() -> None:
    features = np.array([[0.2] * 4, [0.5] * 4, [0.8] * 4])
    losses = np.array([0.0, 1.0, 0.0])
    hyper = np.array([0.0, 0.0, 0.0, 0.0, 0.0, -6.0])
    sure, unsure = (
        Surrogate(pooled(features, losses, np.array([0.1, sd, 0.1])), hyper, Scale.of(losses)).predict(features[1:2])[0]
        for sd in (0.1, 2.0)
    )
    assert unsure < sure


def test_replicates_are_pooled_and_surer_unless_they_disagree() -> None:
    features = np.array([[0.9], [0.1], [0.5], [0.1], [0.5]])
    values = pooled(features, np.array([7.0, 1.0, 0.0, 1.1, 3.0]), np.full(5, 0.02))
    assert values.features[:, 0].tolist() == [0.9, 0.1, 0.5]
    assert values.losses == pytest.approx([7.0, 1.05, 1.5])
    assert values.repeats.tolist() == [1.0, 2.0, 2.0]
    assert values.sds[1] < values.sds[0] == pytest.approx(0.02)
    assert values.sds[2] > 0.5


def test_folding_keeps_the_order_and_can_be_undone() -> None:
    losses = np.array([-1.0, 0.0, 0.5, 1.0, 4.0, 9.0])
    scale = Scale.of(losses)
    folded = scale.folded(losses)
    assert (np.diff(folded) > 0).all()
    assert unfolded(folded, scale.knee) == pytest.approx(losses)
    assert folded[:3] == pytest.approx(losses[:3])


def test_chance_falls_near_failures_only() -> None:
    features = np.vstack([np.full((5, 3), 0.1), np.full((5, 3), 0.9)])
    success = Success(features, np.array([1.0] * 5 + [0.0] * 5))
    near_good, near_bad = success.chance(np.array([[0.1] * 3, [0.9] * 3]))
    far = Success(features, np.array([1.0] * 9 + [0.0])).chance(np.full((1, 3), 5.0))[0]
    assert near_bad < 0.5 < near_good
    assert far > 0.8
