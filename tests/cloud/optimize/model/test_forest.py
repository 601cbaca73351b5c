"""Trees one by one against scikit-learn's forest of the same seeds."""

import numpy as np
import pytest
from adatom.cloud.optimize.model.forest import LEAF, TREES, Forest
from sklearn.ensemble import ExtraTreesRegressor


@pytest.mark.parametrize("count", [8, 40])
def test_the_forest_is_that_of_scikit_learn(count: int) -> None:
    rng = np.random.default_rng(count)
    rows, elsewhere = rng.random((count, 3)), rng.random((20, 3))
    targets = np.sin(5.0 * rows[:, 0]) + 0.1 * rng.standard_normal(count)
    usual = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, bootstrap=True, oob_score=True, random_state=0)
    usual.fit(rows, targets)
    forest = Forest.grown(rows, targets)
    assert forest.left_out == pytest.approx(usual.oob_prediction_, abs=1e-12)
    assert forest.mean(elsewhere) == pytest.approx(usual.predict(elsewhere), abs=1e-12)


def test_a_forest_asked_of_no_point_answers_nothing() -> None:
    rng = np.random.default_rng(1)
    assert Forest.grown(rng.random((8, 2)), rng.random(8)).mean(np.zeros((0, 2))).shape == (0,)
