"""A scale is bent when the losses are skewed and many enough, and what was found can be given again."""

import numpy as np
import pytest
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.model import learning
from adatom.cloud.optimize.model.hyper import USUAL, Evidence, fit_hyper
from adatom.cloud.optimize.model.learning import LEAST_ROWS, Learnt, Settings, learnt
from adatom.cloud.optimize.model.outputs import POWERS, STRAIGHT
from adatom.cloud.optimize.model.rows import Rows, checked_rows
from scipy.stats import spearmanr

from tests.cloud.optimize.model.data import smooth

QUERIES = np.random.default_rng(8).random((300, 4))


def skewed(count: int, seed: int, noise: float = 0.02) -> tuple[Rows, Array]:
    """(rows of losses with a long bad tail, true losses at QUERIES)."""
    features, values = smooth(count, seed=seed, noise=noise)
    return checked_rows(features, np.exp(2.0 * values)), np.exp(2.0 * truth(QUERIES))


def truth(features: Array) -> Array:
    """What `smooth` is without its noise."""
    return np.asarray((np.sin(5.0 * features[:, 0]) + 3.0 * (features[:, 1] - 0.4) ** 2 - 0.3) / 0.75)


def held_out(model: Learnt, losses: Array) -> float:
    """Mean log density of losses at QUERIES."""
    mean, sd = model.process.predict(QUERIES, return_std=True)
    units = model.output.to_unit(losses)
    return float(np.mean(-0.5 * ((units - mean) / sd) ** 2 - np.log(sd) + np.log(model.output.slope(losses))))


def test_a_long_tail_is_bent_and_foretold_better(monkeypatch: pytest.MonkeyPatch) -> None:
    density, rank = [], []
    for seed in range(5):
        rows, losses = skewed(25, seed)
        bent = learnt(rows, None)
        assert bent.output.power < STRAIGHT
        with monkeypatch.context() as patch:
            patch.setattr(learning, "LEAST_ROWS", 100)
            straight = learnt(rows, None)
        assert straight.output.power == STRAIGHT
        density.append(held_out(bent, losses) - held_out(straight, losses))
        rank.append(
            spearmanr(bent.process.predict(QUERIES), losses)[0]
            - spearmanr(straight.process.predict(QUERIES), losses)[0]
        )
    assert np.mean(density) > 0.3
    assert np.mean(rank) > 0.0


def test_even_losses_stay_straight() -> None:
    powers = [learnt(checked_rows(*smooth(40, seed=seed)), None).output.power for seed in range(6)]
    assert powers.count(STRAIGHT) >= 4
    assert min(powers) >= 0.5


def test_few_rows_are_never_bent() -> None:
    rows, _ = skewed(LEAST_ROWS - 1, 1)
    model = learnt(rows, None)
    assert model.output.power == STRAIGHT
    assert model.process.warp is None


def test_inputs_are_bent_where_a_function_is_steep_at_one_end() -> None:
    gains, used = [], 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        features = rng.random((50, 4))
        values, there = (1.0 / (0.1 + x[:, 0]) + np.exp(4.0 * x[:, 1]) / 8.0 for x in (features, QUERIES))
        rows = checked_rows(features, values + 0.02 * values.std() * rng.standard_normal(50))
        model = learnt(rows, None)
        straight = learnt(rows, None, settings=Settings(model.process.theta_, model.output.power))
        theta = fit_hyper(straight.process.rows_, np.arange(4), straight.process.theta_)
        straight = learnt(rows, None, settings=Settings(theta, model.output.power))
        used += model.process.warp is not None
        gains.append(held_out(model, there) - held_out(straight, there))
    assert used >= 4
    assert np.mean(gains) > 0.1


def test_the_likely_power_is_the_one_of_the_highest_evidence() -> None:
    """Against the long way round: evidence of each power's units at the straight kernel, the variance maximised."""
    rows, _ = skewed(30, 2)
    straight = learning._fitted(rows, learning.Output.of(rows.targets), None, USUAL)
    theta, scores = straight.process.theta_, []
    for power in POWERS:
        output = learning.Output.of(rows.targets, power=power)
        units = output.to_unit(rows.targets)
        best = max(
            Evidence(checked_rows(rows.features, units / scale), np.arange(4))(theta)[0] - 30 * np.log(scale)
            for scale in np.geomspace(0.1, 10.0, 200)
        )
        scores.append(best + output.log_slope(rows.targets))
    assert learning._likely_power(rows, straight, False) == POWERS[int(np.argmax(scores))]


@pytest.mark.parametrize("fold", [False, True])
def test_settings_given_again_are_the_same_model(fold: bool) -> None:
    rows, _ = skewed(30, 3)
    found = learnt(rows, (0, 0, 1, 1), fold=fold)
    again = learnt(rows, (0, 0, 1, 1), fold=fold, settings=found.settings)
    assert again.process.predict(QUERIES).tobytes() == found.process.predict(QUERIES).tobytes()
    assert again.output == found.output


def test_known_variances_are_carried_to_the_scale() -> None:
    rows, _ = skewed(30, 4)
    noisy = Rows(rows.features, rows.targets, np.full(30, 0.01), rows.counts, None)
    model = learnt(noisy, None)
    assert model.process.rows_.variances == pytest.approx(0.01 * model.output.slope(noisy.targets) ** 2)


def test_settings_hold_what_a_search_finds() -> None:
    rows = checked_rows(*smooth(12))
    theta = learnt(rows, None).settings.theta
    assert theta.shape == USUAL.normals(4)[0].shape
    model = learnt(rows, None)
    assert theta.tobytes() == fit_hyper(model.process.rows_, np.arange(4)).tobytes()
