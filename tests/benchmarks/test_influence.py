"""The benchmark of influence, short: noise stays noise, what is planted is found, the twin's truth is its own."""

import numpy as np
from adatom.cloud.measure.influence.study import Study

from tests.benchmarks.influence import alarms, table
from tests.cloud.measure.influence import twin


def test_noise_raises_few_alarms() -> None:
    assert alarms(6, 12, 0.0, None)["false_alarms"] <= 0.2


def test_what_is_planted_is_found_and_what_is_idle_is_not() -> None:
    row = alarms(1, 40, 0.0, 0.1)
    assert row["found"][1] == 1.0
    assert row["false_alarms"] == 0.0


def test_correlated_factors_are_correlated() -> None:
    made: Study = table(1, 200, 0.9, 0.5)
    assert np.corrcoef(made.values[:, 0], made.values[:, 3])[0, 1] > 0.8


def test_the_twins_own_shares_are_of_the_twin() -> None:
    """Heat decides in every world; what nothing depends on has no share."""
    recipes, values = twin.measured(3, 14)
    made = twin.study(recipes, values)
    shares = twin.true_shares(made, recipes, 3)
    assert set(shares) == set(made.names)
    assert max(shares, key=lambda name: shares[name]) == "substrate_c"
    assert min(shares.values()) >= 0.0
